//! Each keyword of the router's side in its block: with arguments that its record allows, and with others.

use std::io::{self, Write as _};

use config::keywords::{Arg, Args, Block, Count, Form, Keyword, Shape, blocks};
use config::{Options, load};

/// Where a block stands: what comes before its lines, and after.
const PLACES: [(&str, &str, &str); 20] = [
    ("", "", ""),
    ("global_defs", "global_defs {\nnotification_email { a@example.org }", "}"),
    ("vipd", "vipd {", "}"),
    ("vrrp_instance", "vrrp_instance V {", "}"),
    ("vrrp_instance.authentication", "vrrp_instance V {\nauthentication {", "}\n}"),
    ("vrrp_instance.auth_hmac", "vrrp_instance V {\nauth_hmac {", "}\n}"),
    ("virtual_ipaddress.entry", "vrrp_instance V {\nvirtual_ipaddress {", "}\n}"),
    ("virtual_routes.entry", "vrrp_instance V {\nvirtual_routes {", "}\n}"),
    ("virtual_rules.entry", "vrrp_instance V {\nvirtual_rules {", "}\n}"),
    ("static_ipaddress.entry", "static_ipaddress {", "}"),
    ("static_routes.entry", "static_routes {", "}"),
    ("static_rules.entry", "static_rules {", "}"),
    ("vrrp_sync_group", "vrrp_sync_group G {", "}"),
    ("vrrp_script", "vrrp_script S {", "}"),
    ("vrrp_track_process", "vrrp_track_process P {", "}"),
    ("track_file", "track_file F {", "}"),
    ("vrrp_track_file", "vrrp_track_file F {", "}"),
    ("track_group", "track_group T {", "}"),
    ("garp_group", "garp_group {", "}"),
    ("bfd_instance", "bfd_instance B {", "}"),
];

/// keepalived's rows for these blocks, and what vipd adds: its block with three keywords, `lvs_id`, and the options of
/// virtual addresses, routes and rules once more as those of static ones.
const ROWS: usize = 402;
const ADDED: usize = 1 + 3 + 1 + 15 + 49 + 35;

#[test]
fn every_keyword_takes_what_its_record_says_and_nothing_else() {
    let (mut rows, mut good, mut bad) = (0, 0, 0);
    let mut wrong = Vec::new();
    for block in blocks() {
        let Some((_, before, after)) = PLACES.iter().find(|(path, ..)| *path == block.path) else { continue };
        if block.path.is_empty() && block.shape == Shape::Entries {
            continue;
        }
        for keyword in block.keywords() {
            let place = Place { before, after, block, keyword };
            let (samples, failures) = (samples(keyword), failures(keyword));
            assert!(!samples.is_empty() && !failures.is_empty(), "{} in {}", keyword.name, block.path);
            wrong.extend(
                samples.iter().filter(|text| !place.findings(text).is_empty()).map(|text| place.line(text)),
            );
            wrong.extend(
                failures.iter().filter(|text| place.findings(text).is_empty()).map(|text| place.line(text)),
            );
            (rows, good, bad) = (rows + 1, good + samples.len(), bad + failures.len());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    // Past what a test prints, which is shown for those that fail alone.
    let _ = writeln!(
        io::stderr(),
        "every keyword of the router: {rows} in their blocks, {good} lines accepted, {bad} rejected"
    );
    assert_eq!(rows, ROWS + ADDED);
}

/// The lines of entries whose blocks have no rows of their own.
#[test]
fn entries_of_lists() {
    let lists = [
        ("linkbeat_interfaces {", "eth0|eth0 MII", "abcdefghijklmnop|eth0 MIII|eth0 MII IOCTL"),
        ("interface_up_down_delays {", "eth0 1|eth0 0.5 255", "eth0|eth0 256|eth0 1 x|eth0 1 1 1"),
        ("track_group T {\ngroup {", "V|V W", ""),
        (
            "vrrp_sync_group G {\ntrack_interface {",
            "eth0|eth0 weight -253 reverse",
            "eth0 weight|eth0 weight 254",
        ),
        ("vrrp_sync_group G {\ntrack_script {", "s|s weight 2 noreverse", "s 2|s weight 2 revers"),
        ("vrrp_instance V {\ntrack_file {", "f|f weight 254", "f weight 255|f x"),
        (
            "vrrp_instance V {\nunicast_peer {",
            "192.0.2.1 min_ttl 1 max_ttl 255|2001:db8::1",
            "x|192.0.2.1 min_ttl 256",
        ),
        ("garp_group {\ninterfaces {", "eth0|eth0 eth1", "abcdefghijklmnop"),
    ];
    for (before, good, bad) in lists {
        let after = "}\n".repeat(before.matches('{').count());
        for line in good.split('|') {
            assert_eq!(findings(before, line, &after), Vec::<String>::new(), "{before} {line}");
        }
        for line in bad.split('|').filter(|line| !line.is_empty()) {
            assert_eq!(findings(before, line, &after).len(), 1, "{before} {line}");
        }
    }
}

struct Place<'a> {
    before: &'a str,
    after: &'a str,
    block: &'static Block,
    keyword: &'static Keyword,
}

impl Place<'_> {
    fn line(&self, arguments: &str) -> String {
        let name = self.keyword.name;
        if self.block.shape == Shape::Keywords {
            let inner = if self.keyword.inner().is_some() { "{\n}" } else { "" };
            return format!("{name} {arguments} {inner}");
        }
        let only_ipv6 = matches!(name, "home" | "-nodad" | "mngtmpaddr" | "preferred_lft");
        match (self.block.path, name) {
            (_, "(type)") => format!("{arguments} 198.51.100.0/24"),
            (_, "(address)" | "(destination)") => arguments.to_owned(),
            ("virtual_rules.entry" | "static_rules.entry", _) => {
                format!("from 198.51.100.0/24 table 100 {name} {arguments}")
            }
            (_, "peer") => format!("198.51.100.2 peer {arguments}"),
            (_, _) if only_ipv6 => format!("2001:db8::1/64 {name} {arguments}"),
            (_, _) => format!("198.51.100.0/24 {name} {arguments}"),
        }
    }

    fn findings(&self, arguments: &str) -> Vec<String> {
        findings(self.before, &self.line(arguments), self.after)
    }
}

/// What is said about the words of one line: unknown keywords, and arguments. Not that a value is taken as another,
/// and not what an instance lacks.
fn findings(before: &str, line: &str, after: &str) -> Vec<String> {
    let text = format!("{before}\n{line}\n{after}\n");
    let number = before.lines().count().max(1) + 1;
    let loaded = load("k.conf", text.as_bytes(), &Options::default());
    let about = loaded.diagnostics.iter().filter(|found| {
        let here = found.span.is_some_and(|span| loaded.sources.position(span).line == number);
        let code = found.id.code;
        here && (code.starts_with("V01") || code.starts_with("V02") || code == "V0421") && code != "V0209"
    });
    about.map(|found| found.one_line(&loaded.sources)).collect()
}

/// Arguments that a keyword takes.
fn samples(keyword: &'static Keyword) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match (keyword.name, keyword.args) {
        ("auth_type", _) => words(&["PASS", "AH"]),
        ("state", _) => words(&["MASTER", "BACKUP"]),
        ("smtp_server", _) => words(&["192.0.2.25", "mail.example.org 587"]),
        ("vrrp_mcast_group6", _) => words(&["ff02::12"]),
        ("vrrp_mcast_group4" | "mcast_dst_ip", _) => words(&["224.0.0.18"]),
        ("brd" | "broadcast", _) => words(&["198.51.100.255", "+", "-"]),
        ("virtual_server", _) => words(&["192.0.2.1 80", "fwmark 1", "group G"]),
        ("peer", _) => words(&["198.51.100.1", "198.51.100.1/24"]),
        (_, Args::Flag | Args::Block("", _)) => words(&[""]),
        (_, Args::Switch) => words(&["", "on", "off", "true", "false", "yes", "no"]),
        (_, Args::Options(block)) => option_samples(block),
        (_, Args::Block(..) | Args::Words(_) | Args::Unread(_)) => words(&["x"]),
        (_, args) => lines(&parts(args)),
    }
}

/// Arguments that it does not take.
fn failures(keyword: &'static Keyword) -> Vec<String> {
    let good = samples(keyword).pop().unwrap_or_default();
    let args = parts(keyword.args);
    let mut bad = Vec::new();
    if keyword.needs_argument() && !keyword.is_position() {
        bad.push(String::new());
    }
    for (index, arg) in args.iter().enumerate() {
        let before: Vec<_> = args[..index].iter().filter_map(|arg| valid(arg.form).pop()).collect();
        let last = index + 1 == args.len();
        if last || matches!(arg.count, Count::One | Count::Many) {
            bad.extend(invalid(arg.form).iter().map(|word| format!("{} {word}", before.join(" "))));
        }
    }
    let endless = args.last().is_some_and(|arg| matches!(arg.count, Count::Any | Count::Many));
    match (keyword.name, keyword.args) {
        ("smtp_server", _) => bad.push("192.0.2.25 70000".to_owned()),
        ("auth_type", _) => bad.push("pass".to_owned()),
        ("virtual_server" | "virtual_server_group", _) => {}
        (_, Args::Switch) => bad.push("ON".to_owned()),
        // The first one may be a name.
        (_, Args::Options(_)) => bad.push(format!("{good} surplus surplus")),
        _ if !endless => bad.push(format!("{good} surplus")),
        _ => {}
    }
    bad
}

fn parts(args: Args) -> Vec<Arg> {
    let one = |form| vec![Arg { form, count: Count::One }];
    match args {
        Args::List(args) => args.to_vec(),
        Args::Int { min, max } => one(Form::Int { min, max }),
        Args::Timer { min_us, max_us } => one(Form::Timer { min_us, max_us }),
        Args::Word(what) => one(Form::Word(what)),
        Args::OneOf(words) => one(Form::OneOf(words)),
        Args::Address => one(Form::Address(None)),
        Args::Flag | Args::Switch | Args::Options(_) | Args::Words(_) | Args::Unread(_) | Args::Block(..) => {
            Vec::new()
        }
    }
}

/// Every valid word of every part, with the least of the others around it; and as few parts as there may be.
fn lines(args: &[Arg]) -> Vec<String> {
    let needed = |arg: &Arg| matches!(arg.count, Count::One | Count::Many);
    let mut lines = vec![
        args.iter()
            .filter(|arg| needed(arg))
            .filter_map(|arg| valid(arg.form).pop())
            .collect::<Vec<_>>()
            .join(" "),
    ];
    for (index, arg) in args.iter().enumerate() {
        for word in valid(arg.form) {
            let mut line: Vec<_> = args[..index].iter().filter_map(|arg| valid(arg.form).pop()).collect();
            line.push(word);
            line.extend(
                args[index + 1..].iter().filter(|arg| needed(arg)).filter_map(|arg| valid(arg.form).pop()),
            );
            lines.push(line.join(" "));
        }
    }
    lines
}

fn option_samples(block: &'static Block) -> Vec<String> {
    let (positions, options): (Vec<_>, Vec<_>) = block.keywords().partition(|keyword| keyword.is_position());
    let needed: Vec<_> = positions
        .iter()
        .filter(|position| position.needs_argument())
        .filter_map(|position| samples(position).pop())
        .collect();
    let before = needed.join(" ");
    options
        .iter()
        .flat_map(|option| {
            samples(option).into_iter().map(|words| format!("{before} {} {words}", option.name))
        })
        .collect()
}

/// Words of a form: where it has bounds, these.
fn valid(form: Form) -> Vec<String> {
    let words: &[&str] = match form {
        Form::Word(_) => &["word"],
        Form::Name(_, max) => return vec!["n".repeat(max), "n".to_owned()],
        Form::Int { min, max } => return vec![min.to_string(), max.to_string()],
        Form::Unsigned { max } => return vec!["0".to_owned(), format!("{max:#x}"), max.to_string()],
        Form::NumberOr { max, .. } => return vec!["name".to_owned(), max.to_string()],
        Form::NumberOrWord { words, max } => {
            return words.iter().map(|word| (*word).to_owned()).chain([max.to_string()]).collect();
        }
        Form::Timer { min_us, max_us } => return vec![seconds(min_us), seconds(max_us)],
        Form::Millis { min, max } => return vec![min.to_string(), format!("{min}.5"), max.to_string()],
        Form::Time => &["200ms", "2s", "200"],
        Form::OneOf(words) | Form::AddressOrWord(_, words) => words,
        Form::Bits(_) => &["022", "IXUSR|IRWXG|IRWXO"],
        Form::Address(_) => &["2001:db8::1", "198.51.100.1"],
        Form::Group(_) => &["ff02::81", "224.0.0.81"],
        Form::Prefix(_) => &["2001:db8::/32", "198.51.100.1", "198.51.100.0/24"],
        Form::Pair { separator: '/', .. } => &["24/12"],
        Form::Pair { .. } => &["10-20"],
        Form::Realms => &["30", "PQA/0x14"],
        Form::Labels => &["16", "16/1048575"],
        Form::Neighbor => &["198.51.100.2", "2001:db8::2", "fe80::2%eth0"],
        Form::Mac => &["02:00:5e:00:01", "02:00:5e:00:01:33"],
        Form::FileName(_) => &["blue", "node-1.example"],
        Form::Path => &["/etc/file"],
        Form::Command => &["/bin/true", "\"/bin/echo 'a b' \\\"c\\\"\""],
        Form::Secret => {
            &["hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "file:/etc/key"]
        }
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Words that are not of a form.
fn invalid(form: Form) -> Vec<String> {
    let words: &[&str] = match form {
        Form::Word(_) => &[],
        Form::Name(_, max) => return vec!["n".repeat(max + 1)],
        Form::Int { min, max } => {
            let mut bad = vec!["x".to_owned(), "1.5".to_owned(), (min - 1).to_string()];
            bad.extend(max.checked_add(1).map(|above| above.to_string()));
            return bad;
        }
        Form::Unsigned { max } | Form::NumberOr { max, .. } | Form::NumberOrWord { max, .. } => {
            return vec!["-1".to_owned(), (u128::from(max) + 1).to_string()];
        }
        Form::Timer { max_us, .. } => return vec!["-1".to_owned(), "1s".to_owned(), seconds(max_us + 1)],
        Form::Millis { min, max } => return vec![(min - 1).to_string(), (max + 1).to_string()],
        Form::Time => &["2h", "-1"],
        Form::OneOf(_) => &["no-such-word"],
        Form::Bits(_) => &["8", "IXUSR|X"],
        Form::Address(_) => &["198.51.100.256", "host", "198.51.100.0/24"],
        Form::AddressOrWord(..) => &["word", "2001:db8::1"],
        Form::Group(_) => &["198.51.100.1"],
        Form::Prefix(_) => &["198.51.100.0/33", "2001:db8::/129", "net"],
        Form::Pair { .. } => &["10-", "x", "10-99999999999"],
        Form::Realms => &["70000", "1/"],
        Form::Labels => &["label", "16/", "1048576"],
        Form::Neighbor => &["198.51.100.300", "eth0", "fe80::2%", "fe80::2%abcdefghijklmnop"],
        Form::Mac => &["02:00", "02:00:5e:00:01:100"],
        Form::FileName(_) => &["a/b", ".."],
        Form::Path => &["file"],
        Form::Command => &["\"\"", "\"/bin/echo 'a\""],
        Form::Secret => &["short", "hex:0g", "file:key"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
