//! One missing or surplus brace is one error, at the right place, and the rest of the file is understood.

use config::{Loaded, Options, load};

fn read(text: &str) -> Loaded {
    load("k.conf", text.as_bytes(), &Options::default())
}

const TWO: &str = "global_defs {
    router_id x
}
vrrp_instance A {
    interface eth0
    virtual_router_id 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    track_interface {
        eth1
    }
    virtual_ipaddress {
        192.0.2.1
    }
    priority 10
}
vrrp_instance B {
    interface eth0
    virtual_router_id 2
    virtual_ipaddress {
        192.0.2.2
    }
}
";

/// The one error about a brace, and the names of the instances that are left.
fn one_error(text: &str) -> (String, Vec<String>) {
    let loaded = read(text);
    let lines: Vec<_> = loaded.diagnostics.iter().map(|d| d.one_line(&loaded.sources)).collect();
    assert_eq!(lines.len(), 1, "{text}\n{lines:#?}");
    let names = loaded.model.instances.iter().map(|i| format!("{} {}", i.name, i.priority)).collect();
    (lines[0].clone(), names)
}

/// `TWO` without its line `number` (from 1), or with something behind it.
fn edited(number: usize, edit: impl Fn(&str) -> String) -> String {
    let lines = TWO.lines().enumerate();
    lines.map(|(at, line)| if at + 1 == number { edit(line) } else { format!("{line}\n") }).collect()
}

#[test]
fn each_closing_brace_missing_is_one_error_and_costs_no_instance() {
    let expected = [
        (
            3,
            "k.conf:3:1: error[V0102]: `}` is missing before `vrrp_instance`, which stands outside all blocks",
        ),
        (
            10,
            "k.conf:10:5: error[V0102]: `}` is missing before `track_interface`, which belongs into `vrrp_instance`",
        ),
        (
            13,
            "k.conf:13:5: error[V0102]: `}` is missing before `virtual_ipaddress`, which belongs into `vrrp_instance`",
        ),
        (
            16,
            "k.conf:16:5: error[V0102]: `}` is missing before `priority`, which belongs into `vrrp_instance`",
        ),
        (
            18,
            "k.conf:18:1: error[V0102]: `}` is missing before `vrrp_instance`, which stands outside all blocks",
        ),
        (24, "k.conf:18:1: error[V0102]: the block of `vrrp_instance` is not closed"),
        (25, "k.conf:19:1: error[V0102]: the block of `vrrp_instance` is not closed"),
    ];
    for (number, message) in expected {
        let (line, names) = one_error(&edited(number, |_| String::new()));
        let message = if number == 24 { message.replace(":18:1", ":19:1") } else { message.to_owned() };
        assert!(line.starts_with(&message), "without line {number}: {line}");
        assert_eq!(names, ["A 10", "B 100"], "without line {number}");
    }
}

#[test]
fn each_opening_brace_missing_is_one_error_and_costs_no_instance() {
    for number in [1, 4, 7, 11, 14, 19, 22] {
        let (line, names) = one_error(&edited(number, |line| line.replace('{', "") + "\n"));
        assert!(line.starts_with(&format!("k.conf:{number}:")) && line.contains("error[V0104]"), "{line}");
        assert_eq!(names, ["A 10", "B 100"], "without the brace of line {number}");
    }
}

#[test]
fn a_surplus_closing_brace_is_one_error_and_costs_no_instance() {
    for number in [3, 5, 10, 13, 16, 18, 25] {
        let (line, names) = one_error(&edited(number, |line| format!("{line}\n}}\n")));
        assert!(
            line.starts_with(&format!("k.conf:{}:1: error[V0103]", number + 1)),
            "behind {number}: {line}"
        );
        assert_eq!(names, ["A 10", "B 100"], "behind line {number}");
    }
}

#[test]
fn a_surplus_opening_brace_is_one_error_and_costs_no_instance() {
    for number in [2, 5, 17] {
        let (line, names) = one_error(&edited(number, |line| format!("{line} {{\n")));
        assert!(line.contains(&format!("k.conf:{number}:")) && line.contains("error[V0105]"), "{line}");
        assert_eq!(names, ["A 10", "B 100"], "at line {number}");
    }
}

#[test]
fn a_keyword_in_the_wrong_block_of_a_balanced_file_moves_no_brace() {
    let (line, names) = one_error(&edited(8, |line| format!("{line}\nadvert_int 1\n")));
    assert!(line.contains("error[V0106]: `advert_int` cannot be in `authentication`"), "{line}");
    assert_eq!(names, ["A 10", "B 100"]);
}

#[test]
fn what_is_in_an_unknown_block_is_not_judged() {
    let (line, names) =
        one_error(&edited(4, |line| format!("something_else {{\n foo {{\n bar 1\n }}\n}}\n{line}\n")));
    assert!(line.contains("error[V0101]: unknown keyword `something_else`"), "{line}");
    assert_eq!(names, ["A 10", "B 100"]);
}
