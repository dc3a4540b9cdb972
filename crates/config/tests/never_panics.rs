//! Whatever the bytes, reading ends with a model and findings that can be shown.

use config::{Options, load};
use proptest::prelude::*;

const VALID: &str = r#"global_defs {
    router_id "a b"   # comment
    notification_email { a@b c@d
    }
    smtp_server 192.0.2.1 2525
    vrrp_garp_interval 0.001
}
@node vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    advert_int 0.5
    authentication {
        auth_type PASS
        auth_pass 1\#2
    }
    track_interface { eth1 weight -5 reverse }
    virtual_ipaddress {
        192.0.2.1/24 brd + dev eth0 label eth0:1
        192.0.2.2
    }
}
virtual_server 192.0.2.9 80 { real_server 192.0.2.10 80 { TCP_CHECK { connect_timeout 3
} } }
"#;

fn read_and_show(bytes: &[u8]) {
    let loaded = load("x.conf", bytes, &Options::of("node"));
    for diagnostic in loaded.diagnostics.iter().take(20) {
        assert!(!diagnostic.one_line(&loaded.sources).is_empty());
        assert!(diagnostic.render(&loaded.sources, true).contains(diagnostic.id.code));
        assert!(diagnostic.keepalived(&loaded.sources).contains(&diagnostic.message));
    }
}

#[test]
fn every_truncation() {
    for len in 0..=VALID.len() {
        read_and_show(&VALID.as_bytes()[..len]);
    }
}

#[test]
fn deep_long_and_wide_texts() {
    read_and_show("{".repeat(100_000).as_bytes());
    read_and_show("}".repeat(10_000).as_bytes());
    read_and_show("vrrp_instance x {".repeat(1000).as_bytes());
    read_and_show("vrrp_instance a {\nvirtual_ipaddress {\n".repeat(1000).as_bytes());
    read_and_show("x".repeat(1_000_000).as_bytes());
    read_and_show("global_defs {\nrouter_id \"".repeat(100).as_bytes());
    read_and_show(format!("global_defs {{\nprior {} {{", "é".repeat(100_000)).as_bytes());
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_and_show(&bytes);
    }

    #[test]
    fn any_words(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "vrrp_instance", "global_defs", "virtual_ipaddress", "authentication", "interface", "eth0", "{", "}", "\n",
            "\n", "\n", "\"", "\"a b\"", "#", "!", "192.0.2.1/24", "fe80::1", "dev", "brd", "peer", "-1", "255", "0.5",
            "state", "MASTER", "priority", "track_interface", "weight", "virtual_server", "real_server", "TCP_CHECK",
            "$A=", "${A}", "$A", "\\\n", "~SEQ(A,1,2)", "@node", "@^node", "include x", "\0", "é", "vipd",
            "unicast_peer", "smtp_server", "notification_email", "lvs_id", "router_id",
        ]), 0..120)
    ) {
        read_and_show(words.join(" ").as_bytes());
    }

    #[test]
    fn a_damaged_file(at in 0..VALID.len(), byte in any::<u8>()) {
        let mut bytes = VALID.as_bytes().to_vec();
        bytes[at] = byte;
        read_and_show(&bytes);
    }
}
