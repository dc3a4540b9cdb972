//! What depends on a machine, and one to depend on.

use std::collections::BTreeMap;

use config::rules::{Feature, HostFacts, InterfaceFacts, ProgramFacts, Run};

use super::{Case, g, v, web};

/// eth0 192.0.2.1/24, 203.0.113.1/24 and fe80::1/64, eth1 down and without IPv6, small0 with an MTU of 100 bytes, lo.
pub(super) fn machine() -> HostFacts {
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
            interface("eth0", &["192.0.2.1/24", "203.0.113.1/24", "fe80::1/64"]),
            InterfaceFacts { up: false, ipv6: false, ..interface("eth1", &["192.0.2.1/24"]) },
            InterfaceFacts { mtu: 100, ..interface("small0", &["192.0.2.1/24"]) },
        ],
        net_admin: true,
        net_raw: true,
        programs: programs(),
        lacking: vec![Feature::Ipvs, Feature::Macvlan],
        unresolved: ["mail.invalid".to_owned(), "192.0.2.300".to_owned()].into(),
    }
}

/// /bin/true can be run by everybody; what the others are is their name.
fn programs() -> BTreeMap<Run, ProgramFacts> {
    let run = |program: &str, user: Option<&str>| Run {
        program: program.to_owned(),
        user: user.map(str::to_owned),
        group: None,
    };
    let runs = |as_root, writable: Option<&str>| ProgramFacts::Runs {
        as_root,
        writable: writable.map(str::to_owned),
    };
    [
        (run("/bin/true", None), runs(true, None)),
        (run("/missing", None), ProgramFacts::Missing),
        (run("/directory", None), ProgramFacts::NotAFile),
        (run("/text", None), ProgramFacts::NotExecutable),
        (run("/srv/open/x", None), runs(true, Some("/srv/open"))),
        (run("/srv/open/x", Some("root")), runs(true, Some("/srv/open"))),
        (run("/srv/open/x", Some("nobody")), runs(false, Some("/srv/open"))),
        (run("/bin/true", Some("noone")), ProgramFacts::NoUser),
        (run("", Some("noone")), ProgramFacts::NoUser),
        (run("", Some("nobody")), runs(false, None)),
    ]
    .into()
}

/// `id`, and the text with and without the finding.
fn case(id: &'static str, text: String, place: &'static str, under: &'static str, near_miss: String) -> Case {
    Case { id, text, place, under, near_miss }
}

/// Where advertisements come from.
fn sources() -> Vec<Case> {
    vec![
        case(
            "V0803",
            v("mcast_src_ip 192.0.2.2"),
            "4:1",
            "mcast_src_ip 192.0.2.2",
            v("mcast_src_ip 192.0.2.1"),
        ),
        // What `use_ipvlan` names goes to the interface that is made for it.
        case(
            "V0803",
            v("unicast_src_ip 192.0.2.2\nunicast_peer {\n192.0.2.3\n}"),
            "4:1",
            "unicast_src_ip 192.0.2.2",
            v("use_ipvlan ipv1 192.0.2.2/24"),
        ),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let bfd = |neighbor: &str| format!("bfd_instance b {{\nneighbor_ip {neighbor}\n}}\n");
    let on = |interface: &str| v("").replace("eth0", interface);
    let owner = |interface: &str, address: &str| {
        on(&format!("{interface}\npriority 255")).replace("192.0.2.9", address)
    };
    let many = |count: u8| {
        let lines: Vec<String> = (10..10 + count).map(|n| format!("192.0.2.{n}\n")).collect();
        on("small0").replace("192.0.2.9\n", &lines.concat())
    };
    let mut cases = sources();
    cases.extend([
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
            bfd("192.0.2.2\nsource_ip 192.0.2.9"),
            "3:1",
            "source_ip 192.0.2.9",
            bfd("192.0.2.2\nsource_ip 192.0.2.1"),
        ),
        case(
            "V0801",
            bfd("fe80::2%eth9\nhoplimit 255"),
            "2:1",
            "neighbor_ip fe80::2%eth9",
            bfd("fe80::2%eth0\nhoplimit 255"),
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
        case("V0806", owner("eth0", "192.0.2.1/24"), "7:1", "192.0.2.1/24", owner("eth0", "192.0.2.1")),
        // All that the interface has is virtual.
        case("V0803", owner("small0", "192.0.2.1/24"), "7:1", "192.0.2.1/24", owner("small0", "192.0.2.1")),
        case(
            "V0808",
            on("eth1\ndont_track_primary").replace("192.0.2.9", "fe80::9"),
            "7:1",
            "fe80::9",
            v("").replace("192.0.2.9", "fe80::9"),
        ),
        // Version 2: 20 + 8 + 8 + 4 n <= 100: 16 addresses fit.
        case("V0809", many(17), "5:1", "virtual_ipaddress", many(16)),
        case(
            "V0801",
            "linkbeat_interfaces {\neth9\n}\n".to_owned(),
            "2:1",
            "eth9",
            g("dynamic_interfaces") + &on("eth9"),
        ),
        case(
            "V0801",
            v("virtual_routes {\n198.51.100.0/24 dev eth9\n}"),
            "5:21",
            "eth9",
            v("virtual_routes {\n198.51.100.0/24 dev eth0\n}"),
        ),
        case("V0810", v("notify /missing"), "4:1", "notify /missing", v("notify /bin/true")),
        case("V0811", v("notify /directory"), "4:1", "notify /directory", v("notify /bin/true")),
        case("V0811", v("notify \"/text a\""), "4:1", "notify \"/text a\"", v("notify \"/bin/true a\"")),
        case("V0812", v("notify /srv/open/x"), "4:1", "notify /srv/open/x", v("notify /srv/open/x nobody")),
        case("V0813", v("notify /bin/true noone"), "4:1", "notify /bin/true noone", v("notify /bin/true")),
        case("V0813", g("script_user noone"), "2:1", "script_user noone", g("script_user nobody")),
        case(
            "V0815",
            g("smtp_server mail.invalid\nnotification_email {\na@example.com\n}"),
            "2:13",
            "mail.invalid",
            g("smtp_server 192.0.2.300\nnotification_email {\na@example.com\n}"),
        ),
        case("V0814", web(""), "1:1", "virtual_server 192.0.2.1 80", v("use_ipvlan")),
    ]);
    cases
}
