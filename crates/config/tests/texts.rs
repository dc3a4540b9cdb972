//! The texts of the records are the reference, the hover text and the manual page: each says something of its own.

use std::collections::{BTreeMap, BTreeSet};

use config::keywords::{Args, Block, Keyword, LANGUAGE, Shape, blocks};

/// A record, and where it stands.
struct Record {
    place: &'static str,
    keyword: &'static Keyword,
    /// One of several options on a line.
    is_option: bool,
}

/// Every record, options of one line included.
fn records() -> Vec<Record> {
    fn add(place: &'static str, block: &'static Block, all: &mut Vec<Record>) {
        for keyword in block.keywords() {
            all.push(Record { place, keyword, is_option: block.shape == Shape::Entries });
            if let Args::Options(options) = keyword.args {
                add(keyword.name, options, all);
            }
        }
    }
    let language = LANGUAGE.iter().map(|keyword| Record { place: "(language)", keyword, is_option: false });
    let mut all: Vec<Record> = language.collect();
    for block in blocks() {
        add(block.path, block, &mut all);
    }
    assert!(all.len() > 651, "keepalived alone has 651, and this found {}", all.len());
    all
}

#[test]
fn each_says_enough_and_not_too_much() {
    for Record { place, keyword, is_option } in records() {
        let text = keyword.doc;
        // An option of a line may be as short as "The same as `dev` of a route."
        let least = if is_option { 5 } else { 7 };
        let words = text.split_whitespace().count();
        assert!((least..=100).contains(&words), "{place} {}: {words} words: {text}", keyword.name);
        let sentences = text.split(". ").count();
        assert!(sentences <= 6, "{place} {}: {sentences} sentences: {text}", keyword.name);
        assert!(text.ends_with('.'), "{place} {} ends without a full stop: {text}", keyword.name);
        assert!(!text.contains("  "), "{place} {}: two blanks: {text}", keyword.name);
        assert_eq!(text.matches('`').count() % 2, 0, "{place} {}: a backquote is open: {text}", keyword.name);
    }
}

/// What stands in several blocks under one name may have one text there.
#[test]
fn no_two_keywords_share_a_text() {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Record { keyword, .. } in records() {
        names.entry(keyword.doc).or_default().insert(keyword.name);
    }
    for (text, names) in names {
        assert_eq!(names.len(), 1, "{names:?}: {text}");
    }
}

#[test]
fn an_old_spelling_names_the_modern_one() {
    let mut seen = 0;
    for Record { place, keyword, .. } in records() {
        if let Some(modern) = keyword.alias_of {
            seen += 1;
            assert!(
                keyword.doc.contains(&format!("`{}`", modern.name)),
                "{place} {}: {}",
                keyword.name,
                keyword.doc
            );
        }
    }
    assert!(seen > 15, "{seen}");
}

/// Names in backquotes that look like keywords are keywords.
#[test]
fn what_a_text_refers_to_exists() {
    /// Names of files and users, words behind keywords, and what keepalived's manual calls things wrongly.
    const OTHERS: [&str; 8] = [
        "_parent",
        "allow_if_changes",
        "brace_match",
        "json_file_location",
        "keepalived_script",
        "state_file_location",
        "stats_file_location",
        "wildcard_match",
    ];
    let names: BTreeSet<&str> = records().into_iter().map(|record| record.keyword.name).collect();
    let mut seen = 0;
    for Record { place, keyword, .. } in records() {
        for quoted in keyword.doc.split('`').skip(1).step_by(2) {
            let first = quoted.split_whitespace().next().unwrap_or_default();
            let is_name =
                first.contains('_') && first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if is_name && !OTHERS.contains(&first) {
                seen += 1;
                assert!(names.contains(first), "{place} {} refers to `{first}`", keyword.name);
            }
        }
    }
    assert!(seen > 150, "{seen}");
}

/// Who reads of a switch wants to know what happens on its other side.
#[test]
fn a_switch_tells_both_sides() {
    let switches: Vec<Record> =
        records().into_iter().filter(|record| matches!(record.keyword.args, Args::Switch)).collect();
    assert!(switches.len() > 40, "{}", switches.len());
    let one_sided = |text: &str| !(text.contains("On") && text.to_lowercase().contains("off"));
    let found: Vec<String> = switches
        .iter()
        .filter(|record| one_sided(record.keyword.doc))
        .map(|Record { place, keyword, .. }| format!("{place} {}: {}", keyword.name, keyword.doc))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}
