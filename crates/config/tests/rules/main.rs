//! Each rule by a file that breaks it alone and a near miss that nothing is said about.

mod file;
mod machine;
mod names;
mod pace;

use std::collections::BTreeSet;

use config::rules::{self, HostFacts};
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

fn all_cases() -> Vec<Case> {
    [
        file::cases(),
        file::more_cases(),
        names::references(),
        names::definitions(),
        names::groups(),
        pace::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
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
    let all = config::diagnostics::ids().map(|id| id.code);
    all.filter(|code| code.starts_with(first)).collect()
}

#[test]
fn every_rule_has_a_case() {
    let of_file: BTreeSet<_> = all_cases().iter().map(|case| case.id).collect();
    assert_eq!(of_file, codes("V06"));
    let mut of_host: BTreeSet<_> = machine::cases().iter().map(|case| case.id).collect();
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
fn what_an_instance_says_in_an_old_way_has_a_modern_form() {
    let said = |text: String| -> Vec<_> {
        let found = rules::file(&read(&text)).into_iter().filter(|found| found.id.code == "V0303");
        found.filter_map(|found| found.help).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(said(v("lvs_sync_daemon_interface eth1")), ["write `lvs_sync_daemon eth1 V` in global_defs"]);
    assert_eq!(said(g("lvs_sync_daemon eth1 V") + &v("")), none);
    assert_eq!(said(v("linkbeat_use_polling")), ["write `linkbeat_interfaces { eth0 }` outside of it"]);
    assert_eq!(said("linkbeat_use_polling\n".to_owned() + &v("")), none);
    let route = |gateways: &str| v(&format!("virtual_routes {{\n198.51.100.0/24 {gateways}\n}}"));
    assert_eq!(said(route("via 192.0.2.2 or 192.0.2.3")), ["write `nexthop via ADDRESS` for each gateway"]);
    assert_eq!(said(route("nexthop via 192.0.2.2 nexthop via 192.0.2.3")), none);
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

#[test]
fn each_rule_about_the_machine_finds_what_it_is_for_and_nothing_else() {
    for Case { id, text, place, under, near_miss } in machine::cases() {
        let loaded = read(&text);
        let found = rules::host(&loaded, &machine::machine());
        let [one] = &found[..] else { panic!("{id}: {text}\n{:#?}", shown(&loaded, &found)) };
        assert_eq!(one.id.code, id, "{:#?}", shown(&loaded, &found));
        assert_eq!(loaded.sources.slice(one.span.unwrap()), under, "{id}");
        assert_eq!(loaded.sources.position(one.span.unwrap()).to_string(), place, "{id}");
        assert!(one.help.is_some(), "{id} helps");

        let loaded = read(&near_miss);
        let found = rules::host(&loaded, &machine::machine());
        assert!(found.is_empty(), "{id}: {near_miss}\n{:#?}", shown(&loaded, &found));
    }
}

#[test]
fn missing_privileges_are_named_once() {
    let loaded = read(&(v("") + &w("").replace("2.9", "2.8")));
    let found = rules::host(&loaded, &HostFacts { net_raw: false, ..machine::machine() });
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
    let found = rules::host(&loaded, &machine::machine());
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
    let found = |text: &str| rules::host(&read(text), &machine::machine());
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
