//! The reference of the language, written from the records: as Markdown, as a manual page, and as a grammar for
//! editors; and the schema of what it comes to.

mod chapters;
mod grammar;
mod man;
mod markdown;
mod schema;

pub use grammar::grammar;
pub use man::man;
pub use markdown::markdown;
pub use schema::schema;

use chapters::Chapter;

use crate::keywords::{Args, Block, Keyword, LANGUAGE, Shape, Status, TOP};

/// Blocks that belong together.
struct Part {
    title: &'static str,
    sections: Vec<Section>,
}

/// A block, with everything that may stand in it.
struct Section {
    /// The blocks around it and its own name, with dots between; empty for the top level.
    path: String,
    /// What it is, in paragraphs; text in backquotes is literal, here and below.
    intro: Vec<String>,
    /// A file that uses it; empty for old spellings.
    example: &'static str,
    entries: Vec<Entry>,
    /// What is the same as in another section, and is told there.
    shared: Vec<String>,
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

/// Every block that has a name, each once, in the order of [`chapters`].
fn parts() -> Vec<Part> {
    let mut places = vec![Place { path: String::new(), block: &TOP, opened_by: None, missing: None }];
    descend(0, &mut places);
    let mut told = Vec::new();
    let parts = chapters::PARTS.iter().map(|part| {
        let of = |chapter: &'static Chapter| {
            let place = places.iter().find(|place| place.path == chapter.path)?;
            Some(section(chapter, place, &places, &mut told))
        };
        Part { title: part.title, sections: part.chapters.iter().filter_map(of).collect() }
    });
    parts.collect()
}

/// The blocks that the manual has, and the examples in it: the path of the block and a whole file.
pub fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    let chapters = chapters::PARTS.iter().flat_map(|part| part.chapters);
    chapters.map(|chapter| (chapter.path, chapter.example))
}

/// What the manual says about a keyword of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The block, with the blocks around it and dots between; empty for the top level.
    pub place: String,
    /// The keyword and what stands behind it.
    pub syntax: String,
    /// What it does; words in backquotes are literal.
    pub text: &'static str,
    /// Default, version, what vipd makes of it.
    pub facts: String,
    /// A file that uses it, if it is a block.
    pub example: &'static str,
}

/// What the manual says about a keyword, `priority` or `vrrp_instance.priority`, in each block that has it. What several
/// blocks share is told once.
pub fn describe(name: &str) -> Vec<Description> {
    let mut found = Vec::new();
    for section in parts().iter().flat_map(|part| &part.sections) {
        collect(name, &section.path, &section.entries, &mut found);
    }
    collect(name, "", &language(), &mut found);
    found
}

fn collect(name: &str, place: &str, entries: &[Entry], found: &mut Vec<Description>) {
    for entry in entries {
        let path = if place.is_empty() { entry.name.to_owned() } else { format!("{place}.{}", entry.name) };
        if entry.name == name || path == name {
            found.push(Description {
                place: place.to_owned(),
                syntax: entry.syntax.clone(),
                text: entry.doc,
                facts: entry.facts.join(" "),
                example: examples().find(|(known, _)| *known == path).map_or("", |(_, example)| example),
            });
        }
        collect(name, &path, &entry.options, found);
    }
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
        Status::NotYet(_) => false,
    }
}

/// `told`: groups of keywords that earlier sections have, and which.
fn section(
    chapter: &'static Chapter,
    place: &Place,
    places: &[Place],
    told: &mut Vec<(&'static [&'static Keyword], String)>,
) -> Section {
    let mut intro = match place.opened_by {
        Some(keyword) => vec![format!("`{}`", keyword.syntax()), keyword.doc.to_owned()],
        None => Vec::new(),
    };
    intro.push(chapter.intro.to_owned());
    if place.block.shape == Shape::Entries {
        intro.push(
            "Each line is an entry: what is written in capitals first, then options in any order.".to_owned(),
        );
    }
    if let Some(missing) = place.missing {
        let why = status(missing);
        intro.push(format!("{why} Nothing in here has an effect, as `{}` has none.", missing.name));
    }
    let said = place.missing.is_some();
    let (mut entries, mut shared) = (Vec::new(), Vec::<(String, Vec<&str>)>::new());
    for &group in place.block.groups {
        let earlier =
            told.iter().find(|(known, _)| std::ptr::eq(*known, group)).map(|(_, path)| path.clone());
        match earlier {
            None => {
                told.push((group, place.path.clone()));
                entries.extend(group.iter().map(|keyword| entry(keyword, said, places)));
            }
            Some(path) => {
                let names = group.iter().filter(|keyword| !keyword.is_position()).map(|keyword| keyword.name);
                match shared.iter_mut().find(|(known, _)| *known == path) {
                    Some((_, known)) => known.extend(names),
                    None => shared.push((path, names.collect())),
                }
            }
        }
    }
    if place.path.is_empty() {
        // The blocks in the order in which the manual tells of them.
        entries
            .sort_by_key(|entry| examples().position(|(path, _)| path == entry.name).unwrap_or(usize::MAX));
    }
    let shared = shared
        .into_iter()
        .map(|(path, names)| format!("As in `{path}`: `{}`.", names.join("`, `")))
        .collect();
    Section { path: place.path.clone(), intro, example: chapter.example, entries, shared }
}

/// `said`: that nothing is done about it is written elsewhere.
fn entry(keyword: &'static Keyword, said: bool, places: &[Place]) -> Entry {
    let mut facts = Vec::new();
    if !keyword.default.is_empty() {
        facts.push(format!("Default: {}.", keyword.default_text()));
    }
    if !keyword.since.is_empty() {
        facts.push(keyword.since_text() + ".");
    }
    let record = keyword.alias_of.unwrap_or(keyword);
    if !said && record.status != Status::Effective {
        facts.push(status(record));
    }
    let inner =
        if let Args::Block(_, block) | Args::Options(block) = keyword.args { Some(block) } else { None };
    let elsewhere = inner.and_then(|block| places.iter().find(|place| std::ptr::eq(place.block, block)));
    facts.extend(elsewhere.map(|place| format!("Its lines: see `{}`.", place.path)));
    let here = inner.filter(|_| elsewhere.is_none());
    let quiet = said || keyword.status != Status::Effective;
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
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_block_has_a_chapter() {
        let mut places = vec![Place { path: String::new(), block: &TOP, opened_by: None, missing: None }];
        descend(0, &mut places);
        let places: BTreeSet<&str> = places.iter().map(|place| place.path.as_str()).collect();
        let chapters: Vec<&str> = examples().map(|(path, _)| path).collect();
        assert_eq!(chapters.len(), places.len(), "one chapter for each");
        assert_eq!(
            BTreeSet::from_iter(chapters),
            places,
            "chapters in manual/chapters.rs, blocks in the records"
        );
    }
}
