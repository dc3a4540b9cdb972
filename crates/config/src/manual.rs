//! The reference of the language, written from the records: as Markdown, as a manual page, and as a grammar for
//! editors; and the schema of what it comes to.

mod grammar;
mod man;
mod markdown;
mod schema;

pub use grammar::grammar;
pub use man::man;
pub use markdown::markdown;
pub use schema::schema;

use std::fmt::Write as _;

use crate::keywords::{Args, Block, Keyword, LANGUAGE, Shape, Status, TOP};

/// A block, with everything that may stand in it.
struct Section {
    /// The blocks around it and its own name, with dots between; empty for the top level.
    path: String,
    /// What it is; text in backquotes is literal, here and below.
    intro: String,
    entries: Vec<Entry>,
}

/// A keyword.
struct Entry {
    name: &'static str,
    syntax: String,
    doc: &'static str,
    /// Default, version, status: a sentence each.
    facts: Vec<String>,
    /// What may stand on its lines, if that has no section of its own.
    options: Vec<Self>,
}

/// Every block that has a name, each once, what is inside it after it.
fn sections() -> Vec<Section> {
    let mut places = vec![Place { path: String::new(), block: &TOP, opened_by: None, missing: None }];
    descend(0, &mut places);
    places.iter().map(|place| section(place, &places)).collect()
}

/// The language below its keywords.
fn language() -> Vec<Entry> {
    let entry = |keyword: &&'static Keyword| Entry {
        name: keyword.name,
        // The words of a construct contain its name, those of an `include` or of a parameter follow it.
        syntax: match keyword.args.to_string() {
            args if args.starts_with(['@', '~', '$']) => args,
            args => format!("{} {args}", keyword.name).trim_end().to_owned(),
        },
        doc: keyword.doc,
        facts: Vec::new(),
        options: Vec::new(),
    };
    LANGUAGE.iter().map(entry).collect()
}

/// Where a block is.
struct Place {
    path: String,
    block: &'static Block,
    opened_by: Option<&'static Keyword>,
    /// The keyword that is not acted on, and because of which nothing in here is.
    missing: Option<&'static Keyword>,
}

fn descend(index: usize, places: &mut Vec<Place>) {
    let Some(Place { path, block, missing, .. }) = places.get(index) else { return };
    let (path, block, missing) = (path.clone(), *block, *missing);
    for keyword in block.keywords() {
        let Some(inner) = keyword.inner() else { continue };
        if inner.path.is_empty() || places.iter().any(|place| std::ptr::eq(place.block, inner)) {
            continue;
        }
        let dot = if path.is_empty() { "" } else { "." };
        let own = (!is_acted_on(keyword)).then_some(keyword);
        places.push(Place {
            path: format!("{path}{dot}{}", keyword.name),
            block: inner,
            opened_by: Some(keyword),
            missing: missing.or(own),
        });
        descend(places.len() - 1, places);
    }
}

fn is_acted_on(keyword: &Keyword) -> bool {
    match keyword.alias_of.unwrap_or(keyword).status {
        Status::Effective | Status::NoEffect(_) => true,
        Status::NotYet(_) | Status::Refused(_) => false,
    }
}

fn section(place: &Place, places: &[Place]) -> Section {
    let mut intro = match place.opened_by {
        Some(keyword) => format!("`{}`", keyword.syntax()) + "\n\n" + keyword.doc,
        None => "What may stand outside all braces.".to_owned(),
    };
    if place.block.shape == Shape::Entries {
        intro += " Each line is an entry: what is written in capitals first, then options in any order.";
    }
    if let Some(missing) = place.missing {
        // Writing to a string does not fail.
        let _ = write!(
            intro,
            " {} Nothing in here has an effect, as `{}` has none.",
            status(missing),
            missing.name
        );
    }
    let said = place.missing.is_some();
    Section {
        path: place.path.clone(),
        intro,
        entries: place.block.keywords().map(|keyword| entry(keyword, said, places)).collect(),
    }
}

/// `said`: that nothing is done about it is written elsewhere.
fn entry(keyword: &'static Keyword, said: bool, places: &[Place]) -> Entry {
    let mut facts = Vec::new();
    if !keyword.default.is_empty() {
        facts.push(format!("Default: {}.", keyword.default_text()));
    }
    if !keyword.since.is_empty() {
        facts.push(format!("Since keepalived {}.", keyword.since));
    }
    if let Some(modern) = keyword.alias_of {
        facts.push(format!("Old spelling: write `{}` instead.", modern.name));
    }
    if !said {
        facts.push(status(keyword.alias_of.unwrap_or(keyword)));
    }
    let inner = match keyword.args {
        Args::Block(_, block) | Args::Options(block) => Some(block),
        Args::Flag
        | Args::Switch
        | Args::Int { .. }
        | Args::Timer { .. }
        | Args::Word(_)
        | Args::OneOf(_)
        | Args::Address
        | Args::Words(_)
        | Args::List(_)
        | Args::Unread(_) => None,
    };
    let elsewhere = inner.and_then(|block| places.iter().find(|place| std::ptr::eq(place.block, block)));
    facts.extend(elsewhere.map(|place| format!("Its lines: see `{}`.", place.path)));
    let here = inner.filter(|_| elsewhere.is_none());
    let quiet = said || !is_acted_on(keyword);
    let options = here.into_iter().flat_map(Block::keywords).map(|option| entry(option, quiet, places));
    Entry {
        name: keyword.name,
        syntax: keyword.syntax(),
        doc: keyword.doc,
        facts,
        options: options.collect(),
    }
}

fn status(keyword: &Keyword) -> String {
    match keyword.status {
        Status::Effective => "Effective.".to_owned(),
        Status::NoEffect(why) => format!("No effect: {why}."),
        Status::NotYet("") => "Not supported yet.".to_owned(),
        Status::NotYet(why) => format!("Not supported yet: {why}."),
        Status::Refused(why) => format!("Not supported yet, and an error: {why}."),
    }
}
