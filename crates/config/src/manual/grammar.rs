//! A TextMate grammar, which most editors colour text by.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::keywords::{Block, Keyword, Shape, TOP};

/// One rule of a grammar, or a reference to one.
#[derive(Debug, Default, Serialize)]
struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    matches: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    begin: Option<String>,
    #[serde(rename = "beginCaptures", skip_serializing_if = "BTreeMap::is_empty")]
    begin_captures: BTreeMap<&'static str, Self>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    captures: BTreeMap<&'static str, Self>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    patterns: Vec<Self>,
}

/// The grammar as a file has it.
#[derive(Debug, Serialize)]
struct Grammar {
    comment: &'static str,
    name: &'static str,
    #[serde(rename = "scopeName")]
    scope_name: &'static str,
    #[serde(rename = "fileTypes")]
    file_types: [&'static str; 2],
    patterns: Vec<Rule>,
    repository: BTreeMap<String, Rule>,
}

/// What may stand before the first keyword of a line: conditions and generators.
const BEFORE: &str = r"(?:^|(?<=[{}]))\s*((?:@\S+\s+|~(?:SEQx?|LST)\([^)]*\)\s*)*)";

/// The grammar, as JSON.
///
/// # Errors
/// None that is known: strings and lists can always be written.
pub fn grammar() -> Result<String, serde_json::Error> {
    let mut repository = BTreeMap::from([("common".to_owned(), common())]);
    let patterns = inside(&TOP, "", &mut repository);
    let grammar = Grammar {
        comment: "Written by `make docs` from the records in crates/config/src/keywords.",
        name: "keepalived.conf",
        scope_name: "source.keepalived",
        file_types: ["keepalived.conf", "vipd.conf"],
        patterns,
        repository,
    };
    Ok(serde_json::to_string_pretty(&grammar)? + "\n")
}

/// The rules for the lines of a block.
fn inside(block: &'static Block, path: &str, repository: &mut BTreeMap<String, Rule>) -> Vec<Rule> {
    let mut rules = vec![include("common")];
    let (blocks, words): (Vec<&Keyword>, Vec<&Keyword>) = block
        .keywords()
        .filter(|keyword| !keyword.is_position())
        .partition(|keyword| keyword.inner().is_some());
    for keyword in blocks {
        let key = if path.is_empty() { keyword.name.to_owned() } else { format!("{path}.{}", keyword.name) };
        if let Some(inner) = keyword.inner() {
            let rule = of_block(keyword, inner, &key, repository);
            repository.insert(key.clone(), rule);
        }
        rules.push(include(&key));
    }
    let names: Vec<&str> = words.iter().map(|keyword| keyword.name).collect();
    if !names.is_empty() {
        rules.push(of_words(&names, block.shape));
    }
    rules
}

/// From the name of the block to its closing brace; the opening one may be on a later line.
fn of_block(
    keyword: &Keyword,
    inner: &'static Block,
    key: &str,
    repository: &mut BTreeMap<String, Rule>,
) -> Rule {
    Rule {
        name: Some(format!("meta.block.{}.keepalived", keyword.name)),
        begin: Some(format!(r"{BEFORE}({})(?=[\s{{]|$)", keyword.name)),
        begin_captures: first_word("keyword.control.block.keepalived"),
        end: Some(r"\}".to_owned()),
        patterns: inside(inner, key, repository),
        ..Rule::default()
    }
}

fn of_words(names: &[&str], shape: Shape) -> Rule {
    let names = names.join("|");
    match shape {
        Shape::Keywords => Rule {
            matches: Some(format!(r"{BEFORE}({names})(?=[\s}}]|$)")),
            captures: first_word("keyword.other.keepalived"),
            ..Rule::default()
        },
        Shape::Entries => {
            scoped("keyword.other.option.keepalived", &format!(r"(?<=\s)(?:{names})(?=[\s}}]|$)"))
        }
    }
}

/// What is the same everywhere.
fn common() -> Rule {
    let string = Rule {
        name: Some("string.quoted.double.keepalived".to_owned()),
        begin: Some("\"".to_owned()),
        end: Some("\"|$".to_owned()),
        patterns: vec![scoped("constant.character.escape.keepalived", r"\\."), parameter()],
        ..Rule::default()
    };
    let patterns = vec![
        scoped("comment.line.keepalived", r"(?<!\\)[#!].*$"),
        string,
        scoped("keyword.control.include.keepalived", r"^\s*include[rmwba]?(?=\s)"),
        scoped("variable.other.definition.keepalived", r"^\s*\$[A-Za-z_][A-Za-z0-9_]*(?=\s*=)"),
        parameter(),
        scoped("constant.numeric.keepalived", r"(?<=\s)-?[0-9]+(?:[.:/][0-9]+)*(?=[\s}]|$)"),
        scoped(
            "constant.language.keepalived",
            r"(?<=\s)(?:on|off|true|false|yes|no|MASTER|BACKUP)(?=[\s}]|$)",
        ),
        scoped("punctuation.section.block.keepalived", r"\{"),
    ];
    Rule { patterns, ..Rule::default() }
}

fn parameter() -> Rule {
    scoped("variable.parameter.keepalived", r"\$\{[^}]*\}|\$[A-Za-z_][A-Za-z0-9_]*")
}

fn scoped(name: &str, regex: &str) -> Rule {
    Rule { name: Some(name.to_owned()), matches: Some(regex.to_owned()), ..Rule::default() }
}

fn include(key: &str) -> Rule {
    Rule { include: Some(format!("#{key}")), ..Rule::default() }
}

fn first_word(name: &str) -> BTreeMap<&'static str, Rule> {
    let scope = |name: &str| Rule { name: Some(name.to_owned()), ..Rule::default() };
    BTreeMap::from([("1", scope("keyword.control.conditional.keepalived")), ("2", scope(name))])
}
