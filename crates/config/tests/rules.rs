//! Each rule by a file that breaks it alone and a near miss that nothing is said about.

use std::collections::BTreeSet;

use config::rules::{self, HostFacts, InterfaceFacts};
use config::{Diagnostic, Loaded, Options, load};

fn read(text: &str) -> Loaded {
    load("k.conf", text.as_bytes(), &Options::default())
}

fn shown(loaded: &Loaded, found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(|d| d.one_line(&loaded.sources)).collect()
}

/// An instance with these lines from line 4 on, and an address behind them.
fn v(lines: &str) -> String {
    format!(
        "vrrp_instance V {{\ninterface eth0\nvirtual_router_id 7\n{lines}\nvirtual_ipaddress {{\n192.0.2.9\n}}\n}}\n"
    )
}

fn g(lines: &str) -> String {
    format!("global_defs {{\n{lines}\n}}\n")
}

fn w(lines: &str) -> String {
    v(lines).replace("instance V", "instance W").replace("_id 7", "_id 8")
}

fn v6(addresses: u16) -> String {
    let lines: Vec<String> = (1..=addresses).map(|n| format!("fe80::{n:x}\n")).collect();
    v("").replace("192.0.2.9\n", &lines.concat())
}

fn group(more: &str) -> String {
    format!("vrrp_sync_group G {{\ngroup {{\nV\n}}\n{more}\n}}\n")
}

const WEIGHT: &str = "track_interface {\neth1 weight 10\n}";

struct Case {
    id: &'static str,
    /// Exactly this finding, here.
    text: String,
    place: &'static str,
    under: &'static str,
    /// Nothing is said about this one.
    near_miss: String,
}

fn cases() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    vec![
        case("V0601", v("state MASTER"), "4:1", "state MASTER", v("state MASTER\npriority 255")),
        case(
            "V0602",
            v("priority 255\nstate BACKUP"),
            "5:1",
            "state BACKUP",
            v("priority 254\nstate BACKUP"),
        ),
        case(
            "V0603",
            v(&format!("priority 254\n{WEIGHT}")),
            "6:1",
            "eth1 weight 10",
            v(&format!("priority 253\n{WEIGHT}")),
        ),
        case(
            "V0603",
            v(&format!("priority 255\n{WEIGHT}")),
            "6:1",
            "eth1 weight 10",
            v("priority 255\ntrack_interface {\neth1\n}"),
        ),
        case(
            "V0603",
            v(&format!("priority 1\n{WEIGHT} reverse").replace("10\n} reverse", "10 reverse\n}")),
            "6:1",
            "eth1 weight 10 reverse",
            v(&format!("priority 1\n{WEIGHT}")),
        ),
        case(
            "V0604",
            v("garp_lower_prio_delay 0"),
            "4:1",
            "garp_lower_prio_delay 0",
            v("garp_lower_prio_delay 1"),
        ),
        case(
            "V0604",
            g("vrrp_garp_lower_prio_delay 0") + &v("") + &w("").replace("2.9", "2.8"),
            "2:1",
            "vrrp_garp_lower_prio_delay 0",
            g("vrrp_garp_lower_prio_delay 0") + &v("garp_lower_prio_delay 5"),
        ),
        case(
            "V0605",
            v("garp_master_refresh_repeat 2"),
            "4:1",
            "garp_master_refresh_repeat 2",
            v("garp_master_refresh_repeat 2\ngarp_master_refresh 60"),
        ),
        case(
            "V0605",
            v("garp_lower_prio_delay 3\ngarp_lower_prio_repeat 0"),
            "4:1",
            "garp_lower_prio_delay 3",
            v("garp_lower_prio_delay 3\ngarp_lower_prio_repeat 1"),
        ),
        case(
            "V0605",
            v("preempt_delay 3\npriority 1"),
            "4:1",
            "preempt_delay 3",
            v("preempt_delay 3\npriority 2"),
        ),
        case(
            "V0605",
            v("down_timer_adverts 4\npriority 255"),
            "4:1",
            "down_timer_adverts 4",
            v("down_timer_adverts 4\npriority 254"),
        ),
        case(
            "V0606",
            g("vrrp_startup_delay 61") + &v(""),
            "2:1",
            "vrrp_startup_delay 61",
            g("vrrp_startup_delay 60") + &v(""),
        ),
    ]
}

fn more_cases() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    let server = |name: &str| g(&format!("smtp_server {name}\nnotification_email {{\na@example.com\n}}"));
    let mail = server("192.0.2.1");
    vec![
        case("V0613", server("192.0.2.300"), "2:1", "smtp_server 192.0.2.300", server("mail_1.example.com.")),
        case("V0613", server("mail..example"), "2:1", "smtp_server mail..example", server("2001:db8::25")),
        case(
            "V0613",
            server("-mail.example 26"),
            "2:1",
            "smtp_server -mail.example 26",
            server("localhost 26"),
        ),
        case("V0607", v("smtp_alert"), "4:1", "smtp_alert", mail + &v("smtp_alert")),
        case(
            "V0607",
            g("smtp_alert") + &v(""),
            "2:1",
            "smtp_alert",
            g("smtp_alert off") + &v("smtp_alert off"),
        ),
        case(
            "V0608",
            v("mcast_dst_ip 239.1.1.1"),
            "4:1",
            "mcast_dst_ip 239.1.1.1",
            v("mcast_dst_ip 224.0.0.200"),
        ),
        case(
            "V0608",
            g("vrrp_mcast_group6 ff05::12") + &v6(1),
            "2:1",
            "vrrp_mcast_group6 ff05::12",
            g("vrrp_mcast_group6 ff05::12") + &v(""),
        ),
        case(
            "V0609",
            v("unicast_peer {\n192.0.2.2\n}"),
            "4:1",
            "unicast_peer",
            v("unicast_peer {\n192.0.2.2 min_ttl 255\n}"),
        ),
        case(
            "V0609",
            v("unicast_peer {\n192.0.2.2 min_ttl 255\n192.0.2.3\n}"),
            "4:1",
            "unicast_peer",
            v("unicast_peer {\n192.0.2.2\n}\nauthentication {\nauth_type PASS\nauth_pass x\n}"),
        ),
        // 40 + 8 + 16 n <= 1500: 90 addresses fit.
        case("V0610", v6(91), "5:1", "virtual_ipaddress", v6(90)),
        case(
            "V0611",
            group("") + &v(WEIGHT),
            "11:1",
            "eth1 weight 10",
            group("sync_group_tracking_weight") + &v(WEIGHT),
        ),
        case(
            "V0612",
            v("") + &w(""),
            "14:1",
            "192.0.2.9",
            v("") + &w("").replace("192.0.2.9", "192.0.2.9 dev eth1"),
        ),
    ]
}

#[test]
fn each_rule_finds_what_it_is_for_and_nothing_else() {
    for Case { id, text, place, under, near_miss } in cases().into_iter().chain(more_cases()) {
        let loaded = read(&text);
        let found = rules::file(&loaded);
        let [one] = &found[..] else { panic!("{id}: {text}\n{:#?}", shown(&loaded, &found)) };
        assert_eq!(one.id.code, id, "{:#?}", shown(&loaded, &found));
        assert_eq!(loaded.sources.slice(one.span.unwrap()), under, "{id}");
        assert_eq!(loaded.sources.position(one.span.unwrap()).to_string(), place, "{id}");
        assert!(one.help.is_some(), "{id} helps");
        let shown_text = one.render(&loaded.sources, false);
        assert!(shown_text.contains(&format!("--> k.conf:{place}\n")), "{shown_text}");

        let loaded = read(&near_miss);
        let found = rules::file(&loaded);
        assert!(found.is_empty(), "{id}: {near_miss}\n{:#?}", shown(&loaded, &found));
    }
}

fn codes(first: &str) -> BTreeSet<&'static str> {
    let all = config::diagnostics::ids().iter().map(|id| id.code);
    all.filter(|code| code.starts_with(first)).collect()
}

#[test]
fn every_rule_has_a_case() {
    let of_file: BTreeSet<_> = cases().iter().chain(&more_cases()).map(|case| case.id).collect();
    assert_eq!(of_file, codes("V06"));
    let mut of_host: BTreeSet<_> = host_cases().iter().map(|case| case.id).collect();
    of_host.insert("V0807");
    assert_eq!(of_host, codes("V08"));
}

#[test]
fn both_places_of_an_address_are_shown() {
    let loaded = read(&(v("") + &w("")));
    let found = rules::file(&loaded);
    let expected = "\
error[V0612]: V and W both move 192.0.2.9 on eth0: they would take it away from each other
  --> k.conf:14:1
   |
 6 | 192.0.2.9
   | --------- also here
...
14 | 192.0.2.9
   | ^^^^^^^^^
   |
   = help: leave it in one of the two";
    assert_eq!(found[0].render(&loaded.sources, false), expected);
}

/// eth0 192.0.2.1/24 and fe80::1/64, eth1 down and without IPv6, small0 with an MTU of 100 bytes, lo.
fn machine() -> HostFacts {
    let interface = |name: &str, addresses: &[&str]| InterfaceFacts {
        name: name.to_owned(),
        up: true,
        arp: true,
        mtu: 1500,
        ipv6: true,
        addresses: addresses.iter().filter_map(|cidr| cidr.parse().ok()).collect(),
    };
    HostFacts {
        interfaces: vec![
            InterfaceFacts { arp: false, mtu: 65_536, ..interface("lo", &["127.0.0.1/8", "::1/128"]) },
            interface("eth0", &["192.0.2.1/24", "fe80::1/64"]),
            InterfaceFacts { up: false, ipv6: false, ..interface("eth1", &["192.0.2.1/24"]) },
            InterfaceFacts { mtu: 100, ..interface("small0", &["192.0.2.1/24"]) },
        ],
        net_admin: true,
        net_raw: true,
    }
}

fn host_cases() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    let on = |interface: &str| v("").replace("eth0", interface);
    let many = |count: u8| {
        let lines: Vec<String> = (10..10 + count).map(|n| format!("192.0.2.{n}\n")).collect();
        on("small0").replace("192.0.2.9\n", &lines.concat())
    };
    vec![
        case("V0801", on("eth9"), "2:1", "interface eth9", on("eth0")),
        case("V0801", v("track_interface {\neth9\n}"), "5:1", "eth9", v("track_interface {\neth1\n}")),
        case(
            "V0801",
            v("").replace("2.9", "2.9 dev eth9"),
            "6:1",
            "192.0.2.9",
            v("").replace("2.9", "2.9 dev lo"),
        ),
        case("V0802", on("eth1"), "2:1", "interface eth1", on("eth1\ndont_track_primary")),
        case(
            "V0803",
            v("mcast_src_ip 192.0.2.2"),
            "4:1",
            "mcast_src_ip 192.0.2.2",
            v("mcast_src_ip 192.0.2.1"),
        ),
        case(
            "V0803",
            on("small0").replace("192.0.2.9", "fe80::9"),
            "2:1",
            "interface small0",
            v("").replace("192.0.2.9", "fe80::9"),
        ),
        case(
            "V0804",
            v("").replace("192.0.2.9", "198.51.100.9"),
            "6:1",
            "198.51.100.9",
            v("").replace("192.0.2.9", "198.51.100.9/24"),
        ),
        case("V0805", v("priority 255"), "6:1", "192.0.2.9", v("priority 255").replace("2.9", "2.1")),
        case("V0806", v("").replace("2.9", "2.1"), "6:1", "192.0.2.1", v("")),
        case(
            "V0808",
            on("eth1\ndont_track_primary").replace("192.0.2.9", "fe80::9"),
            "7:1",
            "fe80::9",
            v("").replace("192.0.2.9", "fe80::9"),
        ),
        // Version 2: 20 + 8 + 8 + 4 n <= 100: 16 addresses fit.
        case("V0809", many(17), "5:1", "virtual_ipaddress", many(16)),
    ]
}

#[test]
fn each_rule_about_the_machine_finds_what_it_is_for_and_nothing_else() {
    for Case { id, text, place, under, near_miss } in host_cases() {
        let loaded = read(&text);
        let found = rules::host(&loaded, &machine());
        let [one] = &found[..] else { panic!("{id}: {text}\n{:#?}", shown(&loaded, &found)) };
        assert_eq!(one.id.code, id, "{:#?}", shown(&loaded, &found));
        assert_eq!(loaded.sources.slice(one.span.unwrap()), under, "{id}");
        assert_eq!(loaded.sources.position(one.span.unwrap()).to_string(), place, "{id}");
        assert!(one.help.is_some(), "{id} helps");

        let loaded = read(&near_miss);
        let found = rules::host(&loaded, &machine());
        assert!(found.is_empty(), "{id}: {near_miss}\n{:#?}", shown(&loaded, &found));
    }
}

#[test]
fn missing_privileges_are_named_once() {
    let loaded = read(&(v("") + &w("").replace("2.9", "2.8")));
    let found = rules::host(&loaded, &HostFacts { net_raw: false, ..machine() });
    assert_eq!(
        shown(&loaded, &found),
        [
            "warning[V0807]: this user could not run the daemon: it lacks CAP_NET_RAW (to send and hear advertisements) \
          (run it as root, or give the program these capabilities)"
        ]
    );
}

#[test]
fn a_misspelt_interface_is_recognised() {
    let loaded = read(&v("").replace("eth0", "ehth0"));
    let found = rules::host(&loaded, &machine());
    assert_eq!(found[0].help.as_deref(), Some("did you mean `eth0`?"));
}

#[test]
fn a_finding_about_generated_lines_points_at_what_was_written() {
    let loaded = read(&("$DELAY=0\n".to_owned() + &v("garp_lower_prio_delay ${DELAY}")));
    let found = rules::file(&loaded);
    let shown = found[0].render(&loaded.sources, false);
    assert!(shown.contains("--> k.conf:5:1\n"), "{shown}");
    assert!(shown.contains("5 | garp_lower_prio_delay ${DELAY}\n"), "{shown}");
}
