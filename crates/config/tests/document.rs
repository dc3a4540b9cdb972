//! What a document says about a text: the values, and where they stand.

use config::document::{Document, Settings, Value};
use config::{Loaded, Options, load};
use serde_json::{Value as Json, json};

fn read(text: &str) -> Loaded {
    load("d.conf", text.as_bytes(), &Options::of("node1"))
}

fn written(document: &Document) -> Json {
    serde_json::to_value(document).unwrap_or_default()
}

/// Text that nothing is wrong with: whatever is not supported yet is a warning.
fn clean(text: &str) -> Loaded {
    let loaded = read(text);
    let errors: Vec<_> =
        loaded.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.one_line(&loaded.sources)).collect();
    assert_eq!(errors, Vec::<String>::new(), "{text}");
    loaded
}

/// The same for lines of the manual that name tables and groups which this text does not have.
fn said_by_words(text: &str) -> Loaded {
    let loaded = read(text);
    let words = loaded.diagnostics.iter().filter(|d| !d.id.code.starts_with("V043"));
    assert_eq!(
        words.map(|d| d.one_line(&loaded.sources)).collect::<Vec<_>>(),
        Vec::<String>::new(),
        "{text}"
    );
    loaded
}

#[test]
fn an_instance_with_its_trackers_scripts_and_peers() {
    let loaded = clean(
        "vrrp_script chk {\n script \"/usr/bin/check --port 80 'a b'\"\n interval 2.5\n weight -20 reverse\n\
         user nobody nogroup\n}\n\
         vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n\
         virtual_ipaddress {\n 192.0.2.1/24 dev eth1 label eth1:1\n }\n\
         track_script {\n chk weight 5\n chk2\n }\n\
         notify_master \"/etc/up.sh master\" root\n no_accept\n}\n",
    );
    let document = written(&loaded.document);
    assert_eq!(
        document["scripts"],
        json!([{"name": "chk", "script": [["/usr/bin/check", "--port", "80", "a b"]], "interval": 2.5,
                "weight": [-20, "reverse"], "user": ["nobody", "nogroup"]}])
    );
    assert_eq!(
        document["instances"],
        json!([{"name": "VI_1", "interface": "eth0", "virtual_router_id": 51,
                "virtual_ipaddress": [[{"address": "192.0.2.1/24", "dev": "eth1", "label": "eth1:1"}]],
                "track_script": [[{"name": "chk", "weight": [5]}, {"name": "chk2"}]],
                "notify_master": [["/etc/up.sh", "master"], "root"], "no_accept": true}])
    );
}

/// The examples of keepalived.conf(5), each on one line.
#[test]
fn routes_and_rules_of_the_manual() {
    let loaded = said_by_words(
        "static_routes {\n\
         192.168.2.0/24 via 192.168.1.100 dev eth0 track_group GROUP1\n\
         192.168.100.0/24 table 6909 nexthop via 192.168.101.1 dev wlan0 onlink weight 1 nexthop via 192.168.101.2 dev wlan0 onlink weight 2\n\
         192.168.200.0/24 dev p33p1.2 table 6909 tos 0x04 protocol bird scope link priority 12 mtu 1000 hoplimit 100 advmss 101 rtt 102 rttvar 103 reordering 104 window 105 cwnd 106 ssthresh lock 107 realms PQA/0x14 rto_min 108 initcwnd 109 initrwnd 110 vrf blue features ecn add\n\
         src 192.168.100.1 to 192.168.109.0/24 via 192.168.200.254 dev eth1\n\
         blackhole 192.168.114.0/24\n\
         default via inet6 fe80::1 dev eth0\n}\n\
         static_rules {\n\
         from 192.168.28.0/24 to 192.168.29.0/26 table small iif p33p1 oif wlan0 tos 22 fwmark 24/12 preference 39 realms 30/20 goto 40\n\
         to 1:2:3:4:6:6:7:0/112 from 8:6:5:4:3:2::/96 l3mdev protocol 12 ipproto UDP sport 10-20 dport 20-30\n}\n",
    );
    let document = written(&loaded.document);
    let routes = &document["static_routes"];
    assert_eq!(routes.as_array().map(Vec::len), Some(6));
    assert_eq!(
        routes[0],
        json!({"destination": ["192.168.2.0/24"], "via": ["192.168.1.100"], "dev": "eth0", "track_group": "GROUP1"})
    );
    assert_eq!(
        routes[1]["nexthop"],
        json!([{"via": ["192.168.101.1"], "dev": "wlan0", "onlink": true, "weight": 1},
               {"via": ["192.168.101.2"], "dev": "wlan0", "onlink": true, "weight": 2}])
    );
    let third = &routes[2];
    assert_eq!(
        [&third["tos"], &third["protocol"], &third["rtt"]],
        [&json!(4), &json!("bird"), &json!([102])]
    );
    assert_eq!([&third["ssthresh"], &third["realms"]], [&json!(["lock", 107]), &json!("PQA/0x14")]);
    assert_eq!(routes[4], json!({"type": ["blackhole"], "destination": ["192.168.114.0/24"]}));
    assert_eq!(routes[5]["via"], json!(["inet6", "fe80::1"]));
    let rules = &document["static_rules"];
    assert_eq!([&rules[0]["fwmark"], &rules[0]["goto"]], [&json!("24/12"), &json!(40)]);
    assert_eq!([&rules[1]["l3mdev"], &rules[1]["sport"]], [&json!(true), &json!("10-20")]);
}

#[test]
fn what_a_line_lacks_or_mixes_is_said_and_where() {
    let cases = [
        ("static_routes {\ndev eth0\n}", "2:1: error[V0201]: the route has no destination"),
        (
            "static_rules {\nfrom 192.0.2.0/24\n}",
            "2:1: error[V0201]: the rule does not say what to do with packets",
        ),
        (
            "static_rules {\nfrom 192.0.2.0/24 to 2001:db8::/32 table 1\n}",
            "2:19: error[V0407]: the rule mixes IPv4 and IPv6",
        ),
        (
            "static_routes {\n192.0.2.0/24 via 192.0.2.1 mtu big\n}",
            "2:32: error[V0203]: `mtu`: `big` is not a whole number",
        ),
        ("static_routes {\n192.0.2.0/24 via\n}", "2:14: error[V0201]: `via` needs a value behind it"),
        (
            "static_routes {\n192.0.2.0/24 metrc 5\n}",
            "2:14: error[V0205]: `metrc` is not an option that can stand here",
        ),
        (
            "vrrp_script s {\nscript \"/bin/x 'a\"\n}",
            "2:8: error[V0205]: `script`: `/bin/x 'a` has a quote ' that is not closed",
        ),
        (
            "vrrp_script s {\nweight 254\n}",
            "2:8: error[V0204]: `weight`: `254` is not a whole number from -253 to 253",
        ),
        (
            "bfd_instance b {\nmin_rx 0\n}",
            "2:8: error[V0204]: `min_rx`: `0` is not a time in milliseconds from 1 to 4294967",
        ),
        (
            "vrrp_instance V {\nunicast_peer {\n192.0.2.300\n}\n}",
            "3:1: error[V0206]: `192.0.2.300` is not an IPv4 or IPv6 address",
        ),
        (
            "vrrp_instance V {\nauth_hmac {\nkey 1 short\n}\n}",
            "3:7: error[V0205]: `key`: `short` is a key of 5 bytes; it must have 32 to 64",
        ),
        (
            "track_file f {\nfile /x surplus\n}",
            "2:9: warning[V0202]: words behind the value of `file` are ignored",
        ),
    ];
    for (text, expected) in cases {
        let loaded = read(text);
        let lines: Vec<_> = loaded.diagnostics.iter().map(|d| d.one_line(&loaded.sources)).collect();
        let expected = format!("d.conf:{expected}");
        assert!(lines.iter().any(|line| line.starts_with(&expected)), "{expected}\n{lines:#?}");
    }
}

/// The old name in the text, the modern one in the document.
#[test]
fn old_spellings_are_hints() {
    let text = "vrrp_track_file f {\nfile /x\n}\nglobal_defs {\nvrrp_vmac_garp_intvl 10\n}\n\
                static_routes {\ndefault gw 192.0.2.1\n}\n";
    let loaded = clean(text);
    let hints: Vec<_> =
        loaded.diagnostics.iter().filter(|d| d.id.code == "V0303").map(|d| d.message.as_str()).collect();
    assert_eq!(
        hints,
        [
            "`vrrp_track_file` is deprecated: use `track_file`",
            "`vrrp_vmac_garp_intvl` is deprecated: use `vrrp_garp_extra_if`",
            "`gw` is deprecated: use `via`",
        ]
    );
    let document = written(&loaded.document);
    assert_eq!(document["track_files"], json!([{"name": "f", "file": "/x"}]));
    assert_eq!(document["global"], json!({"vrrp_garp_extra_if": [10]}));
    assert_eq!(document["static_routes"], json!([{"destination": ["default"], "via": ["192.0.2.1"]}]));
}

#[test]
fn values_know_their_places() {
    let text = "bfd_instance peer {\n  neighbor_ip 192.0.2.9\n  multiplier 3\n}\n";
    let loaded = clean(text);
    let session = &loaded.document.bfd[0];
    assert_eq!(loaded.sources.slice(session.name.span), "peer");
    let multiplier = session.settings.get("multiplier");
    assert_eq!(multiplier.map(|setting| &setting.value), Some(&Value::Int(3)));
    assert_eq!(multiplier.map(|setting| loaded.sources.slice(setting.span)), Some("multiplier 3"));
    assert_eq!(session.settings.iter().count(), 2);
    assert_eq!(Settings::default().iter().count(), 0);
}
