//! Every kind of finding, where it points, and how it is shown.

use std::collections::BTreeSet;

use config::{Diagnostic, Loaded, Options, Severity, load};

fn read(text: impl AsRef<[u8]>) -> Loaded {
    load("k.conf", text.as_ref(), &Options::of("node1"))
}

fn lines(loaded: &Loaded) -> Vec<String> {
    loaded.diagnostics.iter().map(|d| d.one_line(&loaded.sources)).collect()
}

/// An instance with these lines from line 4 on, and one more behind them.
fn v(more: &str) -> String {
    format!(
        "vrrp_instance V {{\ninterface eth0\nvirtual_router_id 7\n{more}\nvirtual_ipaddress {{ 192.0.2.9 }}\n}}\n"
    )
}

fn g(lines: &str) -> String {
    format!("global_defs {{\n{lines}\n}}\n")
}

/// The id, a text with exactly this finding, the place, and what the carets stand under.
type Case = (&'static str, Vec<u8>, &'static str, &'static str);

fn cases() -> Vec<Case> {
    let case = |id, text: String, place, under| (id, text.into_bytes(), place, under);
    let many: Vec<String> = (0..256).map(|n| format!("10.0.0.{n}\n")).collect();
    vec![
        case("V0002", g("router_id a\0b"), "2:12", "\0"),
        ("V0003", b"global_defs {\nrouter_id a\xffb\n}\n".to_vec(), "2:12", "\u{1a}"),
        case("V0004", g("router_id \"a b"), "2:11", "\""),
        case("V0006", g("router_id a!b"), "2:12", "!"),
        case("V0007", "\x7fELF".into(), "1:1", "\x7f"),
        case("V0008", "a".repeat(70_000), "1:1", "a"),
        case("V0009", g(&format!("router_id {}", "a".repeat(1100))), "2:1", "r"),
        case("V0013", "include /etc/x.conf\n".into(), "1:9", "/etc/x.conf"),
        case("V0014", "~SEQ(A,1,2,3,4) x\n".into(), "1:1", "~SEQ(A,1,2,3,4) x"),
        case("V0015", g("router_id a${_ENV NONE}"), "2:12", "${_ENV NONE}"),
        case("V0016", "$A=${A}\n$A\n".into(), "2:1", "$A"),
        case("V0101", v("prioritty 100"), "4:1", "prioritty"),
        case("V0102", "global_defs {\nrouter_id x\n".into(), "1:1", "global_defs"),
        case("V0103", g("router_id x\n}"), "4:1", "}"),
        case("V0104", "global_defs\nrouter_id x\n}\n".into(), "1:1", "global_defs"),
        case("V0105", g("router_id x {\n}"), "2:13", "{"),
        case("V0106", g("virtual_router_id 1"), "2:1", "virtual_router_id"),
        case("V0201", v("priority"), "4:1", "priority"),
        case("V0202", v("priority 1 2 3"), "4:12", "2 3"),
        case("V0203", v("priority abc"), "4:10", "abc"),
        case("V0204", v("priority 256"), "4:10", "256"),
        case("V0205", v("smtp_alert maybe"), "4:12", "maybe"),
        case("V0206", v("mcast_src_ip 192.0.2"), "4:14", "192.0.2"),
        case("V0207", v("track_interface {\nabcdefghijklmnop\n}"), "5:1", "abcdefghijklmnop"),
        case("V0208", v("priority 1\npriority 2"), "5:1", "priority"),
        case("V0209", v("garp_master_repeat 0"), "4:1", "garp_master_repeat 0"),
        case("V0210", v("advert_int 1.0000001"), "4:12", "1.0000001"),
        case("V0301", v("lvs_sync_daemon_interface eth0"), "4:1", "lvs_sync_daemon_interface"),
        case("V0303", g("lvs_id x"), "2:1", "lvs_id"),
        case(
            "V0401",
            "vrrp_instance V {\ninterface a\nno_virtual_ipaddress\n}\n".into(),
            "1:1",
            "vrrp_instance V",
        ),
        case(
            "V0402",
            "vrrp_instance V {\nvirtual_router_id 1\nno_virtual_ipaddress\n}\n".into(),
            "1:1",
            "vrrp_instance V",
        ),
        case("V0403", v("").repeat(2), "7:1", "vrrp_instance V"),
        case("V0404", v("") + &v("").replace(" V ", " W "), "7:1", "vrrp_instance W"),
        case("V0406", v("virtual_ipaddress {\n192.0.2.8\n2001:db8::1\n}"), "6:1", "2001:db8::1"),
        case("V0407", g("vrrp_mcast_group4 192.0.2.1"), "2:1", "vrrp_mcast_group4 192.0.2.1"),
        case(
            "V0408",
            "vrrp_instance V {\ninterface a\nvirtual_router_id 1\n}\n".into(),
            "1:1",
            "vrrp_instance V",
        ),
        case("V0409", v("").replace("192.0.2.9", "2001:db8::9"), "5:21", "2001:db8::9"),
        case("V0410", v("virtual_ipaddress_excluded {\n192.0.2.9/24\n}"), "5:1", "192.0.2.9/24"),
        case("V0411", v("").replace(" 192.0.2.9 ", &many.concat()), "260:1", "10.0.0.255"),
        case("V0412", v("state SLAVE"), "4:1", "state SLAVE"),
        case("V0413", v("priority 255\nnopreempt"), "5:1", "nopreempt"),
        case("V0414", v("priority 255\npreempt_delay 3"), "5:1", "preempt_delay 3"),
        case("V0415", v("advert_int 1.5"), "4:1", "advert_int 1.5"),
        case(
            "V0416",
            v("authentication {\nauth_type PASS\nauth_pass 123456789\n}"),
            "6:1",
            "auth_pass 123456789",
        ),
        case("V0417", v("authentication {\nauth_type PASS\n}"), "4:1", "authentication"),
        case("V0418", v("track_interface {\neth0\n}"), "5:1", "eth0"),
        case("V0419", v("version 2").replace("192.0.2.9", "fe80::9"), "4:1", "version 2"),
        case("V0420", v("track_interface {\neth1\neth1\n}"), "6:1", "eth1"),
        case("V0421", v("virtual_ipaddress_excluded {\n192.0.2.8 colour\n}"), "5:11", "colour"),
        case("V0422", v("").replace("eth0", "lo"), "2:1", "interface lo"),
        case("V0423", v("track_src_ip"), "4:1", "track_src_ip"),
        case("V0424", v("auth_hmac {\nactive_key 1\n}"), "4:1", "auth_hmac"),
        case("V0425", v("strict_mode\npreempt_delay 10"), "5:1", "preempt_delay 10"),
        case(
            "V0426",
            "vrrp_instance V {\ninterface eth0\nvirtual_router_id 7\nstrict_mode\nno_virtual_ipaddress\n}\n"
                .into(),
            "1:1",
            "vrrp_instance V",
        ),
    ]
    .into_iter()
    .chain(more_cases())
    .collect()
}

/// Routes, rules, and the rest.
fn more_cases() -> Vec<Case> {
    let case = |id, text: String, place, under| (id, text.into_bytes(), place, under);
    vec![
        case(
            "V0427",
            "vrrp_instance V {\nvirtual_router_id 1\nunicast_peer {\n192.0.2.2 min_ttl 255\n}\nno_virtual_ipaddress\n}\n".into(),
            "1:15",
            "V",
        ),
        case(
            "V0428",
            "vrrp_instance V {\nvirtual_router_id 1\nunicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2 min_ttl 255\n}\n\
             virtual_ipaddress {\n192.0.2.9\n}\n}\n"
                .into(),
            "1:15",
            "V",
        ),
        case("V0430", v("use_ipvlan"), "4:1", "use_ipvlan"),
        case("V0431", v("virtual_routes {\n198.51.100.0/24 metric 5\n}"), "5:1", "198.51.100.0/24"),
        case(
            "V0432",
            v("virtual_rules {\nto 198.51.100.0/24 table x pref 5\n}").replace("pref ", "order "),
            "5:1",
            "to 198.51.100.0/24 table x order 5",
        ),
        case("V0433", v("virtual_routes {\n198.51.100.0/24 dev a pref low\n}"), "5:23", "pref low"),
        case("V0434", v("virtual_routes {\n198.51.100.0/24 dev a protocol 9\n}"), "5:23", "protocol 9"),
        case(
            "V0435",
            v("virtual_rules {\nto 198.51.100.0/24 table 9\n}"),
            "5:1",
            "to 198.51.100.0/24 table 9",
        ),
        case(
            "V0436",
            "static_routes {\n198.51.100.0/24 dev a track_group G\n}\n".into(),
            "2:23",
            "track_group G",
        ),
        case(
            "V0429",
            v("state MASTER\npriority 100\nauthentication {\nauth_type AH\nauth_pass x\n}"),
            "4:1",
            "state MASTER",
        ),
        case("V0105", v("").replace("2.9", "2.9 {\nx\n}"), "5:31", "{"),
        case("V0209", v("use_vmac a/b"), "4:1", "use_vmac a/b"),
        case("V0501", g("smtp_server 192.0.2.1"), "2:1", "smtp_server 192.0.2.1"),
    ]
}

#[test]
fn each_finding_is_alone_and_points_at_its_place() {
    for (id, text, place, under) in cases() {
        let loaded = read(&text);
        let [found] = &loaded.diagnostics[..] else {
            panic!("{id}: {:#?}", lines(&loaded));
        };
        let expected = format!("k.conf:{place}: {}[{id}]: {}", found.severity, found.message);
        assert!(
            found.one_line(&loaded.sources).starts_with(&expected),
            "{id}: {}",
            found.one_line(&loaded.sources)
        );
        assert_eq!(loaded.sources.slice(found.span.unwrap()), under, "{id}");
        assert_carets(found, &loaded, place, under);
    }
}

/// The rendered text names the place, and the carets stand below the right part of the right line.
fn assert_carets(found: &Diagnostic, loaded: &Loaded, place: &str, under: &str) {
    let shown = found.render(&loaded.sources, false);
    let head = format!("[{}]: {}", found.id, found.message);
    assert!(shown.lines().next().is_some_and(|line| line.ends_with(&head)), "{shown}");
    assert!(shown.lines().any(|line| line.trim() == format!("--> k.conf:{place}")), "{shown}");
    let (number, column) = place.split_once(':').unzip();
    let carets = carets_below(&shown, number.unwrap_or_default());
    let expected =
        column.and_then(|column| column.parse().ok()).map(|column| (column, under.chars().count()));
    assert_eq!(carets, expected, "{shown}");
}

/// The column of the first caret below the source line of this number, and how many carets there are.
fn carets_below(shown: &str, number: &str) -> Option<(usize, usize)> {
    let mut lines = shown.lines();
    let source = lines.find(|line| line.trim_start().starts_with(&format!("{number} |")))?;
    let carets = lines.next()?;
    let before = carets.chars().position(|c| c == '^')?;
    Some((before - source.find('|')? - 1, carets.matches('^').count()))
}

#[test]
fn every_id_has_a_case() {
    let tested: BTreeSet<&str> = cases().iter().map(|(id, ..)| *id).collect();
    // What only a check looks for has tests of its own.
    let read = config::diagnostics::ids().map(|id| id.code).filter(|code| *code < "V0600");
    let all: BTreeSet<&str> = read.collect();
    let untested: Vec<_> = all.difference(&tested).copied().collect();
    // A file of four gigabytes is not for a test. Those of `include` and the endless generators have tests beside
    // the code that reads files and counts; the last one does not come alone and has its own test.
    assert_eq!(untested, ["V0001", "V0010", "V0011", "V0012", "V0017", "V0107"]);
}

#[test]
fn nesting_has_an_end() {
    let loaded = read("x {\n".repeat(100_000));
    let lines = lines(&loaded);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with("k.conf:1:1: error[V0101]"), "{}", lines[0]);
    assert_eq!(
        lines[1],
        "k.conf:17:1: error[V0107]: blocks are nested more than 16 deep; the rest is not read"
    );
}

#[test]
fn as_the_manual_shows_it() {
    let loaded = read(v("prioritty 100"));
    let expected = "\
error[V0101]: unknown keyword `prioritty`: did you mean `priority`?
 --> k.conf:4:1
  |
4 | prioritty 100
  | ^^^^^^^^^ ignored
  |
help: write
  |
4 - prioritty 100
4 + priority 100
  |";
    assert_eq!(loaded.diagnostics[0].render(&loaded.sources, false), expected);
    assert!(loaded.diagnostics[0].render(&loaded.sources, true).contains('\u{1b}'));
}

#[test]
fn another_place_is_shown_too() {
    let loaded = read(v("").repeat(2));
    let shown = loaded.diagnostics[0].render(&loaded.sources, false);
    assert!(shown.contains("1 | vrrp_instance V {\n  | --------------- first defined here"), "{shown}");
    assert!(shown.contains("7 | vrrp_instance V {\n  | ^^^^^^^^^^^^^^^\n"), "{shown}");
}

#[test]
fn the_form_of_keepalived() {
    let loaded = read(v("priority 256"));
    let line = loaded.diagnostics[0].keepalived(&loaded.sources);
    assert_eq!(line, "(Line 4) `priority` cannot be 256: it takes a whole number from 1 to 255");
}

#[test]
fn suggestions() {
    let message = |text: String| lines(&read(text)).join("\n");
    let starts = |text: String, expected: &str| {
        let message = message(text);
        assert!(message.contains(expected), "{message}");
    };
    starts(v("interfce eth0"), "did you mean `interface`?");
    starts(v("virtual-router-id 1"), "did you mean `virtual_router_id`?");
    starts("vrrp_instnace V {\n}\n".into(), "did you mean `vrrp_instance`?");
    starts(g("garp_master_delay 5"), "did you mean `vrrp_garp_master_delay`?");
    starts("garbage\n".into(), "unknown keyword `garbage` at the top level");
    starts(g("advert_int 1"), "`advert_int` cannot be in `global_defs`: it belongs into `vrrp_instance`");
    starts(v("mcast_src_ip=192.0.2.1"), "a keyword and its value are separated by a blank");
    starts(v("entirely_else 1"), "unknown keyword `entirely_else` in `vrrp_instance`");
    starts(v("virtual_ipaddress { 192.0.2.8 192.0.2.7 }"), "each address has a line of its own");
}

#[test]
fn what_is_not_supported_yet_is_said_once() {
    let text = "virtual_server 192.0.2.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n\
                real_server 192.0.2.2 80 {\nTCP_CHECK {\n\
                connect_timeout 3\n}\n}\n}\n";
    let loaded = read(text.to_owned() + &v("lvs_sync_daemon_interface eth0"));
    let lines = lines(&loaded);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    for (line, keyword) in lines.iter().zip(["virtual_server", "lvs_sync_daemon_interface"]) {
        assert!(line.contains(&format!("warning[V0301]: `{keyword}` is not supported yet")), "{line}");
    }
    assert_eq!(loaded.model.instances.len(), 1);
    assert!(loaded.is_usable(), "warnings are no errors");
}

#[test]
fn misspellings_are_found_in_blocks_that_are_not_supported_yet() {
    let loaded = read("virtual_server 192.0.2.1 80 {\nlb_allgo rr\nreal_server 192.0.2.2 80 {\n}\n}\n");
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].message, "unknown keyword `lb_allgo`: did you mean `lb_algo`?");
}
