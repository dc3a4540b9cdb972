//! Each rule by a file that breaks it alone and a near miss that nothing is said about.

use std::collections::{BTreeMap, BTreeSet};

use config::rules::{self, Feature, HostFacts, InterfaceFacts, ProgramFacts, Run};
use config::{Diagnostic, Loaded, Options, Severity, load};

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
    format!("vrrp_sync_group G {{\ngroup {{\nV\nW\n}}\n{more}\n}}\n")
}

/// Another instance with another address.
fn other() -> String {
    w("").replace("2.9", "2.8")
}

/// A guarded script, with these lines behind its command.
fn script(lines: &str) -> String {
    format!("vrrp_script s {{\nscript /bin/true\n{lines}\n}}\n")
}

fn guarded() -> String {
    g("enable_script_security")
}

fn web(lines: &str) -> String {
    format!(
        "virtual_server 192.0.2.1 80 {{\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n{lines}\n\
         real_server 192.0.2.2 80 {{\nTCP_CHECK {{\n}}\n}}\n}}\n"
    )
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
            group("") + &v(WEIGHT) + &other(),
            "12:1",
            "eth1 weight 10",
            group("sync_group_tracking_weight") + &v(WEIGHT) + &other(),
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

fn cases_of_names() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    let track = |what: &str, name: &str| v(&format!("{what} {{\n{name}\n}}"));
    let bfd = "bfd_instance s {\nneighbor_ip 192.0.2.2\n}\n";
    let file = "track_file s {\nfile /run/s\n}\n";
    let process = "vrrp_track_process s {\nprocess s\n}\n";
    let peers = |lines: &str| v(&format!("{lines}\nunicast_peer {{\n192.0.2.2 min_ttl 255\n}}"));
    vec![
        case(
            "V0615",
            track("track_script", "s"),
            "5:1",
            "s",
            guarded() + &script("") + &track("track_script", "s"),
        ),
        case("V0615", track("track_file", "s"), "5:1", "s", file.to_owned() + &track("track_file", "s")),
        case(
            "V0615",
            track("track_process", "s"),
            "5:1",
            "s",
            process.to_owned() + &track("track_process", "s"),
        ),
        case("V0615", track("track_bfd", "s"), "5:1", "s", bfd.to_owned() + &track("track_bfd", "s")),
        case(
            "V0615",
            group("track_bfd {\ns\n}") + &v("") + &other(),
            "7:1",
            "s",
            bfd.to_owned() + &group("track_bfd {\ns\n}") + &v("") + &other(),
        ),
        case(
            "V0615",
            group("").replace('W', "W\nX") + &v("") + &other(),
            "5:1",
            "X",
            group("") + &v("") + &other(),
        ),
        case(
            "V0615",
            "track_group T {\ngroup {\nX\n}\n}\n".to_owned() + &v(""),
            "3:1",
            "X",
            "track_group T {\ngroup {\nV\n}\n}\n".to_owned() + &v(""),
        ),
        case(
            "V0615",
            "static_ipaddress {\n192.0.2.7/24 dev eth0 track_group T\n}\n".to_owned(),
            "2:35",
            "T",
            "track_group T {\ngroup {\nV\n}\n}\nstatic_ipaddress {\n192.0.2.7/24 dev eth0 track_group T\n}\n"
                .to_owned()
                + &v(""),
        ),
        case(
            "V0616",
            track("track_file", "s") + file,
            "5:1",
            "s",
            file.to_owned() + &track("track_file", "s"),
        ),
        case(
            "V0617",
            "vrrp_script s {\ninterval 1\n}\n".to_owned(),
            "1:1",
            "vrrp_script s",
            guarded() + &script(""),
        ),
        case("V0617", "track_file s {\nweight 1\n}\n".to_owned(), "1:1", "track_file s", file.to_owned()),
        case(
            "V0617",
            "vrrp_track_process s {\n}\n".to_owned(),
            "1:1",
            "vrrp_track_process s",
            process.to_owned(),
        ),
        case("V0617", "bfd_instance s {\n}\n".to_owned(), "1:1", "bfd_instance s", bfd.to_owned()),
        case(
            "V0618",
            group("").replace("W\n", "") + &v(""),
            "1:1",
            "vrrp_sync_group G",
            group("") + &v("") + &other(),
        ),
        case("V0618", "vrrp_sync_group G {\n}\n".to_owned(), "1:1", "vrrp_sync_group G", String::new()),
        case(
            "V0619",
            group("").replace('W', "W\nV") + &v("") + &other(),
            "5:1",
            "V",
            group("") + &v("") + &other(),
        ),
        case(
            "V0620",
            group("") + &group("") + &v("") + &other(),
            "8:1",
            "vrrp_sync_group G",
            group("") + &v("") + &other(),
        ),
        case(
            "V0621",
            bfd.to_owned() + &track("track_bfd", "s\ns weight 3"),
            "9:1",
            "s",
            bfd.to_owned() + &track("track_bfd", "s weight 3"),
        ),
        case(
            "V0622",
            v("virtual_rules {\nfrom 192.0.2.9 lookup 100\n}"),
            "5:1",
            "from 192.0.2.9 lookup 100",
            v("virtual_rules {\nfrom 192.0.2.9 lookup 100 preference 9\n}"),
        ),
        case(
            "V0623",
            v("unicast_src_ip 192.0.2.1"),
            "4:1",
            "unicast_src_ip 192.0.2.1",
            peers("unicast_src_ip 192.0.2.1"),
        ),
        case(
            "V0627",
            v("virtual_routes {\n198.51.100.0/24 via 192.0.2.3\n}"),
            "5:1",
            "198.51.100.0/24 via 192.0.2.3",
            v(
                "virtual_routes {\n198.51.100.0/24 via 192.0.2.3 dev eth0\n192.0.2.128/25 via 192.0.2.3 no_track\n}",
            ),
        ),
        case(
            "V0628",
            format!("{bfd}{}", bfd.replace("2.2", "2.3")),
            "4:14",
            "s",
            format!("{bfd}{}", bfd.replace("2.2", "2.3").replace(" s", " t")),
        ),
        case(
            "V0628",
            format!("{bfd}{}", bfd.replace(" s", " t")),
            "5:13",
            "192.0.2.2",
            format!("{bfd}{}", bfd.replace("2.2", "2.3").replace(" s", " t")),
        ),
        case("V0628", file.to_owned() + file, "4:12", "s", file.to_owned() + &file.replace(" s", " t")),
        case(
            "V0624",
            g("notification_email {\n}"),
            "2:1",
            "notification_email",
            g("notification_email {\na@example.com\n}\nsmtp_server 192.0.2.1"),
        ),
        case(
            "V0624",
            "garp_group {\ninterface eth0\n}\n".to_owned(),
            "1:1",
            "garp_group",
            "garp_group {\ninterface eth0\ngarp_interval 0.1\n}\n".to_owned(),
        ),
    ]
}

fn cases_of_pace_and_programs() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    vec![
        case("V0614", script(""), "2:1", "script /bin/true", guarded() + &script("")),
        case("V0614", v("notify /bin/x"), "4:1", "notify /bin/x", v("notify /bin/x nobody")),
        case(
            "V0614",
            web("quorum_up /bin/x"),
            "5:1",
            "quorum_up /bin/x",
            g("script_user nobody") + &web("quorum_up /bin/x"),
        ),
        case(
            "V0625",
            guarded() + &script("interval 0.4"),
            "6:1",
            "interval 0.4",
            guarded() + &script("interval 0.5"),
        ),
        case("V0625", web("delay_loop 0.5"), "7:1", "TCP_CHECK", web("delay_loop 1")),
        case(
            "V0625",
            web("retry 3\ndelay_before_retry 0"),
            "8:1",
            "TCP_CHECK",
            web("retry 3\ndelay_before_retry 1"),
        ),
        case(
            "V0626",
            guarded() + &script("interval 2\ntimeout 3"),
            "7:1",
            "timeout 3",
            guarded() + &script("interval 2\ntimeout 2"),
        ),
        case(
            "V0605",
            g("startup_script_timeout 3"),
            "2:1",
            "startup_script_timeout 3",
            g("startup_script_timeout 3\nstartup_script /bin/x nobody"),
        ),
        case(
            "V0603",
            guarded() + &script("weight 2") + &v("priority 254\ntrack_script {\ns\n}"),
            "13:1",
            "s",
            guarded() + &script("weight -2") + &v("priority 254\ntrack_script {\ns\n}"),
        ),
        case(
            "V0611",
            guarded() + &script("") + &group("") + &v("track_script {\ns weight 2\n}") + &other(),
            "19:1",
            "s weight 2",
            guarded() + &script("") + &group("track_script {\ns weight 2\n}") + &v("") + &other(),
        ),
    ]
}

fn all_cases() -> Vec<Case> {
    [cases(), more_cases(), cases_of_names(), cases_of_pace_and_programs()].into_iter().flatten().collect()
}

#[test]
fn each_rule_finds_what_it_is_for_and_nothing_else() {
    for Case { id, text, place, under, near_miss } in all_cases() {
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
    let of_file: BTreeSet<_> = all_cases().iter().map(|case| case.id).collect();
    assert_eq!(of_file, codes("V06"));
    let mut of_host: BTreeSet<_> = host_cases().iter().map(|case| case.id).collect();
    of_host.insert("V0807");
    assert_eq!(of_host, codes("V08"));
}

#[test]
fn what_keepalived_would_not_read_has_a_modern_form() {
    let text = g("vrrp_garp_interval 0\nvrrp_gna_interval 0.0\nvrrp_iptables\nvrrp_ipsets") + &v("");
    let found: Vec<_> = rules::file(&read(&text)).iter().map(|found| found.id.code).collect();
    assert_eq!(found, ["V0209", "V0209", "V0303", "V0303"]);
    let text = g("vrrp_garp_interval 0.000001\nnftables") + &v("");
    assert!(rules::file(&read(&text)).is_empty());
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
        programs: programs(),
        lacking: vec![Feature::Ipvs, Feature::Macvlan],
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
        case("V0814", web(""), "1:1", "virtual_server 192.0.2.1 80", v("use_ipvlan")),
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

#[test]
fn the_guard_makes_a_replaceable_program_an_error() {
    let found = |text: &str| rules::host(&read(text), &machine());
    let open = |globals: &str| found(&(g(globals) + &v("notify /srv/open/x root")))[0].severity;
    assert_eq!(open("enable_script_security"), Severity::Error);
    assert_eq!(open("no_email_faults"), Severity::Warning);
}

#[test]
fn every_program_is_asked_for() {
    let text = g("script_user u g\nstartup_script /a\nvrrp_notify_fifo_script /b root")
        + "vrrp_script s {\nscript \"/c d\"\nuser nobody\n}\n"
        + &v("notify_master \"/e f\"\nnotify /g")
        + "vrrp_sync_group G {\ngroup {\nV\n}\nnotify_fault /h nobody nogroup\n}\n"
        + &web("quorum_down /i")
            .replace("TCP_CHECK {", "notify_up /j\nMISC_CHECK {\nmisc_path \"/k l\"\nuser m");
    let shown: Vec<String> = rules::programs(&read(&text))
        .into_iter()
        .map(|run| {
            format!("{} {} {}", run.program, run.user.unwrap_or_default(), run.group.unwrap_or_default())
        })
        .collect();
    let expected = [
        " u g",
        "/a u g",
        "/b root ",
        "/c nobody ",
        "/e u g",
        "/g u g",
        "/h nobody nogroup",
        "/i u g",
        "/j u g",
        "/k m ",
    ];
    assert_eq!(shown, expected);
}
