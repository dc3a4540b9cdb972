//! Machines side by side: what is wrong between them, and who does what.

use std::collections::BTreeSet;

use config::nodes::{Comparison, compare};
use config::{Options, load};

fn comparison(files: &[(&str, &str)]) -> Comparison {
    let read = |(name, text): &(&str, &str)| {
        let file = format!("{name}.conf");
        ((*name).to_owned(), load(&file, text.as_bytes(), &Options::default()))
    };
    compare(&files.iter().map(read).collect::<Vec<_>>())
}

fn shown(comparison: &Comparison) -> Vec<String> {
    comparison.diagnostics.iter().map(|d| d.one_line(&comparison.sources)).collect()
}

/// An instance with these lines from line 4 on; the address is in line 6, or behind.
fn v(lines: &str) -> String {
    format!(
        "vrrp_instance V {{\ninterface eth0\nvirtual_router_id 7\n{lines}\nvirtual_ipaddress {{\n192.0.2.9\n}}\n}}\n"
    )
}

fn two_addresses(first: &str, second: &str) -> String {
    v("priority 50").replace("192.0.2.9", &format!("{first}\n{second}"))
}

/// What is alike on A: priority 100.
fn a(lines: &str) -> String {
    v(&format!("priority 100\n{lines}"))
}

struct Case {
    id: &'static str,
    a: String,
    /// With A, exactly this finding, here in its file.
    b: String,
    place: &'static str,
    under: &'static str,
    /// With A, nothing.
    near_miss: String,
}

/// What makes machines deaf for each other.
fn cases() -> Vec<Case> {
    let case = |id, a: String, b: String, place, under, near_miss: String| Case {
        id,
        a,
        b,
        place,
        under,
        near_miss,
    };
    let pass = |word: &str| format!("priority 50\nauthentication {{\nauth_type PASS\nauth_pass {word}\n}}");
    vec![
        case("V0701", a(""), v("priority 100"), "4:1", "priority 100", v("priority 99")),
        case("V0702", v("priority 255"), v("priority 255"), "4:1", "priority 255", v("priority 254")),
        case("V0703", a(""), v("priority 50\nversion 3"), "5:1", "version 3", v("priority 50\nversion 2")),
        case(
            "V0704",
            a(""),
            v("priority 50\nmcast_dst_ip 224.0.0.19"),
            "5:1",
            "mcast_dst_ip 224.0.0.19",
            v("priority 50\nmcast_dst_ip 224.0.0.18"),
        ),
        case("V0705", a(""), v(&pass("x")), "5:1", "authentication", v("priority 50")),
        case(
            "V0705",
            v(&pass("x")).replace("50", "100"),
            v(&pass("y")),
            "5:1",
            "authentication",
            v(&pass("x")),
        ),
        case(
            "V0706",
            a(""),
            v("priority 50\nadvert_int 2"),
            "5:1",
            "advert_int 2",
            v("priority 50\nadvert_int 1"),
        ),
        case(
            "V0707",
            a("version 3"),
            v("priority 50\nversion 3\nv3_checksum_as_v2"),
            "6:1",
            "v3_checksum_as_v2",
            v("priority 50\nversion 3\nv3_checksum_as_v2 off"),
        ),
    ]
}

fn more_cases() -> Vec<Case> {
    let case = |id, a: String, b: String, place, under, near_miss: String| Case {
        id,
        a,
        b,
        place,
        under,
        near_miss,
    };
    let mail = |id: &str| {
        format!(
            "global_defs {{\nrouter_id {id}\nsmtp_server 192.0.2.1\nnotification_email {{\na@example.com\n}}\n}}\n"
        )
    };
    let track = |weight: i32| v(&format!("priority 50\ntrack_interface {{\neth1 weight {weight}\n}}"));
    vec![
        case(
            "V0708",
            a(""),
            two_addresses("192.0.2.9", "192.0.2.8"),
            "5:1",
            "virtual_ipaddress",
            two_addresses("192.0.2.9", "192.0.2.9"),
        ),
        case(
            "V0709",
            two_addresses("192.0.2.9", "192.0.2.8").replace("50", "100"),
            two_addresses("192.0.2.8", "192.0.2.9"),
            "5:1",
            "virtual_ipaddress",
            two_addresses("192.0.2.9", "192.0.2.8"),
        ),
        case(
            "V0710",
            a(""),
            v("priority 50").replace("2.9", "2.9/24"),
            "5:1",
            "virtual_ipaddress",
            v("priority 50").replace("2.9", "2.9/32"),
        ),
        case(
            "V0711",
            a("version 3"),
            v("priority 50\nversion 3\nadvert_int 0.5"),
            "6:1",
            "advert_int 0.5",
            v("priority 50\nversion 3\nadvert_int 1.00"),
        ),
        case(
            "V0711",
            a(""),
            v("priority 50\ndown_timer_adverts 4"),
            "5:1",
            "down_timer_adverts 4",
            v("priority 50\ndown_timer_adverts 3"),
        ),
        case(
            "V0712",
            a(""),
            v("priority 50") + &v("").replace(" V", " W").replace("_id 7", "_id 8").replace("2.9", "2.8"),
            "11:1",
            "virtual_router_id 8",
            v("priority 50").replace("eth0", "enp3s0").replace(" V", " Other"),
        ),
        case(
            "V0720",
            a("mcast_src_ip 192.0.2.1"),
            v("priority 50\nmcast_src_ip 192.0.2.9"),
            "5:1",
            "mcast_src_ip 192.0.2.9",
            v("priority 50\nmcast_src_ip 192.0.2.2"),
        ),
        case("V0714", a(""), track(49), "6:1", "eth1 weight 49", track(51)),
        case("V0714", a(""), track(-10), "6:1", "eth1 weight -10", track(50)),
        case(
            "V0715",
            mail("X") + &a(""),
            mail("X") + &v("priority 50"),
            "2:1",
            "router_id X",
            mail("Y") + &v("priority 50"),
        ),
    ]
}

fn unicast_cases() -> Vec<Case> {
    let case = |id, a: String, b: String, place, under, near_miss: String| Case {
        id,
        a,
        b,
        place,
        under,
        near_miss,
    };
    let peers = |priority: u8, source: &str, peers: &str| {
        v(&format!("priority {priority}\n{source}\nunicast_peer {{\n{peers}\n}}"))
    };
    let a = || peers(100, "unicast_src_ip 192.0.2.1", "192.0.2.2\n192.0.2.3");
    let b = |list: &str| peers(50, "unicast_src_ip 192.0.2.2", list);
    vec![
        case("V0716", a(), b("192.0.2.11"), "6:1", "unicast_peer", b("192.0.2.1")),
        case(
            "V0716",
            a(),
            b("192.0.2.3\n192.0.2.4"),
            "6:1",
            "unicast_peer",
            b("192.0.2.3\n192.0.2.1 min_ttl 255"),
        ),
        case("V0717", a(), peers(50, "", "192.0.2.1"), "6:1", "unicast_peer", b("192.0.2.1")),
        case("V0718", v("priority 100"), b("192.0.2.1"), "6:1", "unicast_peer", v("priority 50")),
    ]
}

#[test]
fn each_machine_must_name_the_others_as_its_peers() {
    let node = |source: u8, peers: &[u8]| {
        let peers: Vec<String> = peers.iter().map(|peer| format!("192.0.2.{peer}\n")).collect();
        v(&format!(
            "priority {source}\nunicast_src_ip 192.0.2.{source}\nunicast_peer {{\n{}}}",
            peers.concat()
        ))
    };
    let compared = |a: &[u8], b: &[u8], c: &[u8]| {
        let files = [node(101, a), node(102, b), node(103, c)];
        let compared = comparison(&[("a", &files[0]), ("b", &files[1]), ("c", &files[2])]);
        let peers = compared.diagnostics.iter().filter(|found| found.id.code == "V0716");
        let message =
            |found: &config::Diagnostic| found.message.split(':').nth(1).unwrap_or_default().to_owned();
        peers.map(message).collect::<Vec<_>>()
    };
    assert!(compared(&[102, 103], &[101, 103], &[101, 102]).is_empty());
    let expected =
        [" a does not name c (192.0.2.103) as its peer", " c does not name b (192.0.2.102) as its peer"];
    assert_eq!(compared(&[102], &[101, 103], &[101]), expected);
}

#[test]
fn each_rule_finds_what_it_is_for_and_nothing_else() {
    for Case { id, a, b, place, under, near_miss } in
        [cases(), more_cases(), unicast_cases()].into_iter().flatten()
    {
        let compared = comparison(&[("a", &a), ("b", &b)]);
        let [one] = &compared.diagnostics[..] else { panic!("{id}: {a}{b}\n{:#?}", shown(&compared)) };
        assert_eq!(one.id.code, id, "{:#?}", shown(&compared));
        let span = one.span.unwrap();
        assert_eq!(compared.sources.slice(span), under, "{id}");
        assert_eq!(
            (compared.sources.name(span.file), &*compared.sources.position(span).to_string()),
            ("b.conf", place)
        );
        assert!(one.help.is_some(), "{id} helps");

        let compared = comparison(&[("a", &a), ("b", &near_miss)]);
        assert!(compared.diagnostics.is_empty(), "{id}: {a}{near_miss}\n{:#?}", shown(&compared));
    }
}

#[test]
fn one_address_under_two_numbers() {
    let b = v("priority 50").replace("_id 7", "_id 8");
    let found = shown(&comparison(&[("a", &a("")), ("b", &b)]));
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found[0].starts_with("a.conf:3:1: warning[V0712]: V: only a has virtual router 7 (IPv4)"),
        "{}",
        found[0]
    );
    assert!(found[1].starts_with("b.conf:3:1: warning[V0712]"), "{}", found[1]);
    assert!(
        found[2].starts_with(
            "b.conf:6:1: error[V0713]: 192.0.2.9 is moved by virtual router 7 on a and by 8 on b: \
             both would have it at the same time"
        ),
        "{}",
        found[2]
    );
}

#[test]
fn every_rule_has_a_case() {
    let mut tested: BTreeSet<_> =
        [cases(), more_cases(), unicast_cases()].iter().flatten().map(|case| case.id).collect();
    tested.extend(["V0713", "V0719"]);
    let all: BTreeSet<_> =
        config::diagnostics::ids().map(|id| id.code).filter(|code| code.starts_with("V07")).collect();
    assert_eq!(tested, all);
}

#[test]
fn a_finding_shows_both_files() {
    let compared = comparison(&[("a", &a("")), ("b", &v("priority 50\nadvert_int 2"))]);
    let expected = "\
error[V0706]: V: advert_int differs: a has 1 s, b has 2 s
 --> b.conf:5:1
  |
5 | advert_int 2
  | ^^^^^^^^^^^^ 2 s
  |
 ::: a.conf:1:1
  |
1 | vrrp_instance V {
  | --------------- 1 s
  |
  = help: make them equal: each of the two drops what the other says, and both are Master";
    assert_eq!(compared.diagnostics[0].render(&compared.sources, false), expected);
}

const SERVER_A: &str = include_str!("../../lab/assets/server-a.conf");
const SERVER_B: &str = include_str!("../../lab/assets/server-b.conf");

#[test]
fn two_servers_that_back_each_other_up() {
    let compared = comparison(&[("ServerA", SERVER_A), ("ServerB", SERVER_B)]);
    assert_eq!(
        shown(&compared),
        ["ServerB.conf:9:1: hint[V0715]: ServerA and ServerB have the same router_id `LVS_DEVEL_1`: \
          their mails look alike (name each machine differently, or leave router_id out: then it is the host name)"]
    );
    let expected = "\
VIRTUAL ROUTER   ADDRESSES        MASTER         IF ServerA FAILS  IF ServerB FAILS
VI_1 (51, IPv4)  192.168.200.100  ServerA (100)  ServerB (10)      ServerA (100)
VI_2 (52, IPv4)  192.168.200.200  ServerB (100)  ServerB (100)     ServerA (10)
";
    assert_eq!(compared.forecast.to_string(), expected);
}

fn table(files: &[(&str, &str)]) -> String {
    comparison(files).forecast.to_string()
}

#[test]
fn without_preemption_whoever_is_first_stays() {
    let patient = |priority: u8| v(&format!("priority {priority}\nnopreempt"));
    let expected = "\
VIRTUAL ROUTER  ADDRESSES  MASTER  IF a FAILS  IF b FAILS
V (7, IPv4)     192.0.2.9  a or b  b (50)      a (100)

V: whoever of them is started first stays Master, because of nopreempt
";
    assert_eq!(table(&[("a", &patient(100)), ("b", &patient(50))]), expected);
    // The patient one has the lower priority: the other one takes over from it.
    let expected = "\
VIRTUAL ROUTER  ADDRESSES  MASTER   IF a FAILS  IF b FAILS
V (7, IPv4)     192.0.2.9  a (100)  b (50)      a (100)
";
    assert_eq!(table(&[("a", &a("")), ("b", &patient(50))]), expected);
}

#[test]
fn the_file_does_not_say_who_wins_a_tie_unless_sources_are_named() {
    let expected = "\
VIRTUAL ROUTER  ADDRESSES  MASTER  IF a FAILS  IF b FAILS
V (7, IPv4)     192.0.2.9  a or b  b (100)     a (100)

V: a and b have equal priorities: the higher primary address becomes Master, and the files do not name it
";
    assert_eq!(table(&[("a", &v("")), ("b", &v(""))]), expected);
    let expected = "\
VIRTUAL ROUTER  ADDRESSES  MASTER   IF a FAILS  IF b FAILS
V (7, IPv4)     192.0.2.9  b (100)  b (100)     a (100)

V: stays on a when b is back: its priority is not lower
";
    let files = [v("mcast_src_ip 192.0.2.1"), v("mcast_src_ip 192.0.2.2")];
    assert_eq!(table(&[("a", &files[0]), ("b", &files[1])]), expected);
}

#[test]
fn machines_that_do_not_hear_each_other_are_all_master() {
    let expected = "\
VIRTUAL ROUTER  ADDRESSES  MASTER   IF a FAILS  IF b FAILS  IF c FAILS
V (7, IPv4)     192.0.2.9  a and b  b (50)      a (100)     -

V: all are Master at the same time: they drop each other's advertisements
not compared: V of c cannot be used as it is
";
    let b = v("priority 50\nversion 3");
    let c = v("").replace("virtual_router_id 7", "");
    assert_eq!(table(&[("a", &a("")), ("b", &b), ("c", &c)]), expected);
}

#[test]
fn three_machines_and_a_virtual_router_on_two_of_them() {
    let more = |priority: u8| {
        v(&format!("priority {priority}"))
            .replace(" V", " W")
            .replace("_id 7", "_id 8")
            .replace("192.0.2.9", "192.0.2.7\n192.0.2.8")
    };
    let expected = "\
VIRTUAL ROUTER  ADDRESSES             MASTER   IF a FAILS  IF b FAILS  IF c FAILS
V (7, IPv4)     192.0.2.9             a (100)  c (60)      a (100)     a (100)
W (8, IPv4)     192.0.2.7 and 1 more  c (2)    -           c (2)       b (1)
";
    let b = v("priority 50") + &more(1);
    let c = v("priority 60") + &more(2);
    assert_eq!(table(&[("a", &a("")), ("b", &b), ("c", &c)]), expected);
}

#[test]
fn a_number_on_two_interfaces_is_matched_by_addresses_and_names() {
    let vlan = |name: &str, interface: &str, host: u8, priority: u8| {
        v(&format!("priority {priority}"))
            .replace(" V", &format!(" {name}"))
            .replace("eth0", interface)
            .replace("2.9", &format!("2.{host}"))
    };
    let a = vlan("V", "eth0.1", 1, 100) + &vlan("W", "eth0.2", 2, 100) + &vlan("X", "eth0.3", 3, 100);
    // The address tells where the names are others; the name tells where the address is wrong.
    let b = vlan("X", "eno1.3", 4, 50) + &vlan("Green", "eno1.2", 2, 50) + &vlan("Red", "eno1.1", 1, 50);
    let compared = comparison(&[("a", &a), ("b", &b)]);
    let found = shown(&compared);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with(
            "b.conf:5:1: error[V0708]: X: the addresses differ: a lacks 192.0.2.4; b lacks 192.0.2.3"
        ),
        "{}",
        found[0]
    );
    let expected = "\
VIRTUAL ROUTER      ADDRESSES             MASTER   IF a FAILS  IF b FAILS
V, Red (7, IPv4)    192.0.2.1             a (100)  b (50)      a (100)
W, Green (7, IPv4)  192.0.2.2             a (100)  b (50)      a (100)
X (7, IPv4)         192.0.2.3 and 1 more  a (100)  b (50)      a (100)
";
    assert_eq!(compared.forecast.to_string(), expected);
}

/// V and W, which are Master together, with these priorities.
fn pair(first: u8, second: u8, more: &str) -> String {
    let w = v(&format!("priority {second}\n{more}"))
        .replace(" V ", " W ")
        .replace("eth0", "eth1")
        .replace("_id 7", "_id 8")
        .replace("2.9", "2.8");
    v(&format!("priority {first}\n{more}")) + &w
}

#[test]
fn a_sync_group_outbids_another_machine_for_all_members() {
    let group = "vrrp_sync_group G {\ngroup {\nV\nW\n}\n}\n";
    let found = |a: String, b: String| shown(&comparison(&[("a", &a), ("b", &b)]));
    let grouped = |text: String| text + group;
    assert_eq!(
        found(grouped(pair(150, 50, "")), pair(100, 101, "")),
        [
            "a.conf:13:1: warning[V0719]: sync group G of a: V outbids b (150 to 100), W does not (50 to 101): \
             whoever of the two is Master first stays, and after a failure nothing returns \
             (let one machine have the higher priority for all members of the group)"
        ]
    );
    // Both machines have the group.
    assert_eq!(found(grouped(pair(150, 50, "")), grouped(pair(100, 101, ""))).len(), 2);
    let nothing: [&str; 0] = [];
    assert_eq!(found(grouped(pair(150, 149, "")), grouped(pair(100, 101, ""))), nothing);
    assert_eq!(found(pair(150, 50, ""), pair(100, 101, "")), nothing);
    // Whoever is first stays.
    let (a, b) = (pair(150, 50, "nopreempt"), pair(100, 101, "nopreempt"));
    assert_eq!(found(grouped(a), grouped(b)), nothing);
}

#[test]
fn findings_about_generated_lines_point_at_what_was_written() {
    let a = "$PRIO=100\n".to_owned() + &v("priority ${PRIO}");
    let compared = comparison(&[("a", &a), ("b", &a)]);
    let expected = "\
warning[V0701]: V: a and b have equal priorities (100): the higher primary address becomes Master, and after a failure nothing returns
 --> b.conf:5:1
  |
5 | priority ${PRIO}
  | ^^^^^^^^^^^^^^^^
  |
 ::: a.conf:5:1
  |
5 | priority ${PRIO}
  | ---------------- and here
  |
  = help: give each machine a priority of its own";
    assert_eq!(compared.diagnostics[0].render(&compared.sources, false), expected);
}
