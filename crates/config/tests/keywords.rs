//! The records: complete, unique, and consistent with themselves.

use std::collections::{BTreeMap, BTreeSet};

use config::keywords::{Args, LANGUAGE, Shape, Status, blocks};
use config::{Options, load};

/// How many keywords keepalived 2.4 has in each block. What vipd adds: `vipd` at the top, `lvs_id`, `nat_mask`.
const COUNTS: [(&str, usize); 38] = [
    ("", 25 + 1),
    ("SSL", 4),
    ("bfd_instance", 15),
    ("garp_group", 4),
    ("global_defs", 140 + 1),
    ("static_ipaddress.entry", 1 + 15),
    ("static_routes.entry", 1 + 49),
    ("static_rules.entry", 1 + 35),
    ("track_file", 3),
    ("track_group", 1),
    ("vipd", 3),
    ("virtual_ipaddress.entry", 15),
    ("virtual_routes.entry", 49),
    ("virtual_rules.entry", 35),
    ("virtual_server", 39 + 1),
    ("virtual_server.real_server", 26),
    ("virtual_server.real_server.BFD_CHECK", 2),
    ("virtual_server.real_server.DNS_CHECK", 15),
    ("virtual_server.real_server.FILE_CHECK", 2),
    ("virtual_server.real_server.HTTP_GET", 20),
    ("virtual_server.real_server.HTTP_GET.url", 10),
    ("virtual_server.real_server.MISC_CHECK", 10),
    ("virtual_server.real_server.PING_CHECK", 13),
    ("virtual_server.real_server.SMTP_CHECK", 15),
    ("virtual_server.real_server.SMTP_CHECK.host", 7),
    ("virtual_server.real_server.SSL_GET", 21),
    ("virtual_server.real_server.SSL_GET.url", 11),
    ("virtual_server.real_server.TCP_CHECK", 13),
    ("virtual_server.real_server.UDP_CHECK", 17),
    ("virtual_server_group.entry", 2),
    ("vrrp_instance", 70),
    ("vrrp_instance.auth_hmac", 5),
    ("vrrp_instance.authentication", 2),
    ("vrrp_script", 8),
    ("vrrp_sync_group", 15),
    ("vrrp_track_file", 3),
    ("vrrp_track_process", 9),
    ("(language)", 29),
];

#[test]
fn the_table_is_complete() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for block in blocks() {
        let named = !block.path.is_empty() || block.shape == Shape::Keywords;
        if named {
            assert_eq!(counts.insert(block.path, block.keywords().count()), None, "{} twice", block.path);
        }
    }
    counts.insert("(language)", LANGUAGE.len());
    assert_eq!(counts, BTreeMap::from(COUNTS));
    // 651 of keepalived; the options of SMTP_CHECK's `host` are counted there with its block.
    let total: usize = counts.values().sum();
    // Static addresses, routes and rules have the options of the virtual ones besides.
    assert_eq!(total, 651 + 8 + 5 + 15 + 49 + 35);
}

#[test]
fn names_are_unique_in_their_block() {
    for block in blocks() {
        let mut names = BTreeSet::new();
        for keyword in block.keywords() {
            assert!(names.insert(keyword.name), "{} twice in {}", keyword.name, block.path);
        }
    }
}

#[test]
fn what_is_effective_is_documented() {
    for block in blocks() {
        for keyword in block.keywords().filter(|keyword| keyword.status == Status::Effective) {
            assert!(keyword.doc.ends_with('.'), "{} in {} has no documentation", keyword.name, block.path);
        }
    }
}

#[test]
fn numbers_that_have_a_default_have_it_in_their_range() {
    for keyword in blocks().iter().flat_map(|block| block.keywords()) {
        if let (Args::Int { min, max }, Ok(default)) = (keyword.args, keyword.default.parse::<i64>()) {
            assert!((min..=max).contains(&default), "{}", keyword.name);
        }
    }
}

/// A line with each keyword in its block: nothing is unknown there.
#[test]
fn every_keyword_is_known_in_its_block() {
    let mut lines = 0;
    for block in blocks().into_iter().filter(|block| block.shape == Shape::Keywords && !block.path.is_empty())
    {
        for keyword in block.keywords() {
            let opening = format!("{} x {{\n", block.path.replace('.', " x {\n"));
            let closing = "}\n".repeat(block.path.split('.').count());
            let inner = if matches!(keyword.args, Args::Block(..)) { "{\n}" } else { "" };
            let text = format!("{opening}{} 1 {inner}\n{closing}", keyword.name);
            let loaded = load("k.conf", text.as_bytes(), &Options::default());
            let unknown = loaded.diagnostics.iter().find(|d| d.id.code.starts_with("V01"));
            assert_eq!(unknown.map(|d| &d.message), None, "{text}");
            lines += 1;
        }
    }
    // The sum of the table above without the top level, the entries and the language.
    assert_eq!(lines, 505);
}

/// What the reader of the text acts on is not called unsupported.
#[test]
fn what_is_done_while_the_file_is_read_is_no_warning() {
    let text = "global_defs {\n    include_check\n    random_seed 3\n}\n";
    let found = load("k.conf", text.as_bytes(), &Options::default()).diagnostics;
    assert!(found.is_empty(), "{found:?}");
}

/// Readers see what a number counts, in the syntax and in the default.
#[test]
fn numbers_say_what_they_count() {
    let blocks = blocks();
    let find = |path: &str, name: &str| {
        blocks.iter().find(|block| block.path == path).and_then(|block| block.find(name)).unwrap()
    };
    for (path, name, syntax, default) in [
        ("global_defs", "vrrp_garp_master_delay", "vrrp_garp_master_delay SECONDS (0 to 4294)", "5 seconds"),
        (
            "global_defs",
            "vrrp_garp_master_refresh_repeat",
            "vrrp_garp_master_refresh_repeat ANNOUNCEMENTS (0 to 4294967295)",
            "1 announcement",
        ),
        ("vrrp_instance", "advert_int", "advert_int SECONDS (0.01 to 255)", "1 second"),
        ("bfd_instance", "min_rx", "min_rx MILLISECONDS (1 to 4294967)", "10 milliseconds"),
        ("vrrp_track_process", "quorum", "quorum PROCESSES (1 to 65535)", "1 process"),
        ("vrrp_instance", "priority", "priority NUMBER (1 to 255)", "100"),
        (
            "global_defs",
            "vrrp_garp_lower_prio_delay",
            "vrrp_garp_lower_prio_delay SECONDS (0 to 4294)",
            "vrrp_garp_master_delay",
        ),
    ] {
        let keyword = find(path, name);
        assert_eq!((keyword.syntax().as_str(), keyword.default_text().as_str()), (syntax, default));
    }
}
