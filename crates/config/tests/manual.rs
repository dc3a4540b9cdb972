//! The written reference is what the records say now.

use std::collections::BTreeSet;

use config::keywords::{LANGUAGE, blocks};
use config::manual::{examples, grammar, man, markdown, schema};
use config::{Options, fmt, load, rules};

fn assert_current(path: &str, committed: &str, text: &str) {
    let line = committed.lines().zip(text.lines()).take_while(|(old, new)| old == new).count() + 1;
    assert!(committed == text, "{path} is stale from line {line} on: run `make docs`");
}

#[test]
fn the_reference_is_current() {
    assert_current("docs/keywords.md", include_str!("../../../docs/keywords.md"), &markdown());
}

#[test]
fn the_manual_page_is_current() {
    assert_current("docs/man/vipd.conf.5", include_str!("../../../docs/man/vipd.conf.5"), &man());
}

#[test]
fn the_grammar_is_current() {
    assert_current(
        "docs/vipd.tmLanguage.json",
        include_str!("../../../docs/vipd.tmLanguage.json"),
        &grammar().unwrap(),
    );
}

#[test]
fn the_schema_is_current() {
    assert_current(
        "docs/vipd.schema.json",
        include_str!("../../../docs/vipd.schema.json"),
        &schema().unwrap(),
    );
}

#[test]
fn every_keyword_is_in_each_of_them() {
    let (markdown, man, grammar) = (markdown(), man(), grammar().unwrap());
    for keyword in blocks().iter().flat_map(|block| block.keywords()).filter(|keyword| !keyword.is_position())
    {
        assert!(markdown.contains(&format!("- `{}", keyword.name)), "{}", keyword.name);
        assert!(man.contains(&format!("\\fB{}\\fR", keyword.name.replace('-', "\\-"))), "{}", keyword.name);
        assert!(grammar.contains(keyword.name), "{}", keyword.name);
    }
    let language = markdown.split("\n## ").find(|part| part.starts_with("<a id=\"language\">")).unwrap();
    assert_eq!(language.matches("\n- `").count(), LANGUAGE.len());
}

#[test]
fn each_section_that_is_linked_exists() {
    let text = markdown();
    let targets: Vec<&str> = text.split("](#").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(targets.len() > 20);
    for target in targets {
        assert!(text.contains(&format!("<a id=\"{target}\"></a>")), "{target}");
    }
}

/// Nothing is found in them but what is not supported yet, and they are laid out as `vipd fmt` does.
#[test]
fn the_examples_are_right() {
    for (path, example) in examples() {
        let loaded = load(path, example.as_bytes(), &Options::of("web1"));
        let found = loaded.diagnostics.iter().cloned().chain(rules::file(&loaded));
        let found: Vec<String> =
            found.filter(|d| d.id.code != "V0301").map(|d| d.one_line(&loaded.sources)).collect();
        assert!(found.is_empty(), "{found:#?}");
        let laid_out = fmt::format(path, example.as_bytes(), &Options::default()).unwrap();
        assert_eq!(String::from_utf8(laid_out).unwrap(), example, "{path}");
        assert!(!example.is_empty() || path == "vrrp_track_file", "{path} has no example");
    }
}

#[test]
fn each_rule_that_the_grammar_refers_to_exists() {
    let grammar: serde_json::Value = serde_json::from_str(&grammar().unwrap()).unwrap();
    let rules: BTreeSet<&str> =
        grammar["repository"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    collect_includes(&grammar, &mut seen);
    assert_eq!(seen, rules);
}

fn collect_includes<'a>(value: &'a serde_json::Value, seen: &mut BTreeSet<&'a str>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        if let (true, Some(target)) = (key == "include", inner.as_str()) {
            seen.insert(target.trim_start_matches('#'));
        }
        collect_includes(inner, seen);
    }
    value.as_array().into_iter().flatten().for_each(|inner| collect_includes(inner, seen));
}
