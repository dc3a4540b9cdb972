//! Help for somebody who is writing a configuration: what can stand at a place, what a keyword means, and where a
//! name is defined. Places are offsets of bytes in the main file.

mod cursor;

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use crate::Loaded;
use crate::expand::name_at;
use crate::keywords::{Arg, Args, Block, Count, Form, Keyword, Shape, Status};
use crate::lexer::unquote;
use crate::source::{FileId, Span};
use cursor::Cursor;

/// Something that can be written at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What to write.
    pub text: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Its syntax, in one line; may be empty.
    pub detail: String,
    /// What it means, as Markdown; may be empty.
    pub documentation: String,
    /// What it takes the place of: the word that the cursor is in.
    pub replace: Range<usize>,
}

/// What a [`Completion`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// A keyword, or an option within a line.
    Keyword,
    /// One of the words that a keyword takes.
    Value,
    /// A name that the configuration defines.
    Name,
}

/// What is known about the word at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The word.
    pub range: Range<usize>,
    /// Markdown.
    pub text: String,
}

/// What can stand at `offset`, in the order of the manual. Whatever has been typed of it already is not looked at.
pub fn complete(loaded: &Loaded, offset: usize) -> Vec<Completion> {
    let Some(cursor) = Cursor::at(loaded.sources.text(FileId::MAIN), offset) else { return Vec::new() };
    let Some(block) = cursor.block else { return Vec::new() };
    let mut all: Vec<Completion> =
        names(loaded, definers(&cursor)).map(|(name, _)| cursor.offer(name, CompletionKind::Name)).collect();
    match (block.shape, cursor.before.split_first()) {
        (Shape::Keywords, None) => all.extend(keywords(block).map(|keyword| cursor.offer_keyword(keyword))),
        (Shape::Keywords, Some((head, before))) => {
            if let Some(keyword) = block.find(head) {
                cursor.offer_args(keyword.args, before, &mut all);
            }
        }
        (Shape::Entries, _) => cursor.offer_options(block, &cursor.before, &mut all),
    }
    all
}

/// What is known about the keyword or option at `offset`.
pub fn hover(loaded: &Loaded, offset: usize) -> Option<Hover> {
    let text = loaded.sources.text(FileId::MAIN);
    let cursor = Cursor::at(text, offset)?;
    let word = text.get(cursor.word.clone())?;
    let block = cursor.block?;
    let keyword = match (block.shape, cursor.before.first()) {
        (Shape::Keywords, None) | (Shape::Entries, _) => block.find(word),
        (Shape::Keywords, Some(head)) => {
            let Args::Options(options) = block.find(head)?.args else { return None };
            options.find(word)
        }
    }?;
    let text = format!("```keepalived\n{}\n```\n\n{}", keyword.syntax(), documentation(keyword));
    Some(Hover { range: cursor.word, text })
}

/// Where the name or parameter at `offset` is defined: in the main file or in one that it includes.
pub fn definition(loaded: &Loaded, offset: usize) -> Option<Span> {
    let text = loaded.sources.text(FileId::MAIN);
    if let Some(name) = parameter_at(text, offset) {
        let sites = loaded.sources.definitions(name);
        let before = |site: &&Span| site.file == FileId::MAIN && site.start as usize <= offset;
        return sites.iter().rev().find(before).or(sites.first()).copied();
    }
    let cursor = Cursor::at(text, offset)?;
    let wanted = unquote(text.get(cursor.word.clone())?);
    let found = names(loaded, definers(&cursor)).find(|(name, _)| *name == wanted);
    found.map(|(_, span)| loaded.sources.origin(span))
}

/// The parameter whose reference or definition is at `offset`.
fn parameter_at(text: &str, offset: usize) -> Option<&str> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?.split('\n').next()?;
    line.match_indices('$').find_map(|(dollar, _)| {
        let rest = line.get(dollar + 1..)?;
        let name = name_at(rest.strip_prefix('{').unwrap_or(rest))?;
        let end = start + line.len() - rest.len() + usize::from(rest.starts_with('{')) + name.len();
        (start + dollar..=end).contains(&offset).then_some(name)
    })
}

/// The keywords of the top level that define what the word at the cursor names.
fn definers(cursor: &Cursor<'_>) -> &'static [&'static str] {
    let Some(block) = cursor.block else { return &[] };
    let owner = cursor.owner.map_or("", |keyword| keyword.name);
    match (block.shape, owner, cursor.before.as_slice()) {
        (Shape::Entries, "track_script", []) => &["vrrp_script"],
        (Shape::Entries, "track_file", []) | (_, "FILE_CHECK", ["track_file"]) => {
            &["track_file", "vrrp_track_file"]
        }
        (Shape::Entries, "track_process", []) => &["vrrp_track_process"],
        (Shape::Entries, "track_bfd", []) | (_, "BFD_CHECK", ["name"]) => &["bfd_instance"],
        (Shape::Entries, "group", _) | (_, "global_defs", ["lvs_sync_daemon", _]) => &["vrrp_instance"],
        (_, "", ["virtual_server", "group"]) => &["virtual_server_group"],
        (Shape::Entries, _, [.., "track_group"]) => &["track_group"],
        _ => &[],
    }
}

/// The names that these keywords define, and where.
fn names<'a>(loaded: &'a Loaded, definers: &'a [&str]) -> impl Iterator<Item = (Cow<'a, str>, Span)> {
    loaded.tree.top(&loaded.sources).filter_map(|node| {
        node.keyword().filter(|keyword| definers.contains(&keyword.name))?;
        let name = node.args().next()?;
        Some((name.text(), name.span))
    })
}

/// What can be written; old spellings are understood and not offered.
fn keywords(block: &'static Block) -> impl Iterator<Item = &'static Keyword> {
    block.keywords().filter(|keyword| !keyword.is_position() && keyword.alias_of.is_none())
}

impl Cursor<'_> {
    fn offer(&self, text: impl Into<String>, kind: CompletionKind) -> Completion {
        Completion {
            text: text.into(),
            kind,
            detail: String::new(),
            documentation: String::new(),
            replace: self.word.clone(),
        }
    }

    fn offer_keyword(&self, keyword: &'static Keyword) -> Completion {
        Completion {
            detail: keyword.syntax(),
            documentation: documentation(keyword),
            ..self.offer(keyword.name, CompletionKind::Keyword)
        }
    }

    fn offer_values(&self, words: &[&str], all: &mut Vec<Completion>) {
        all.extend(words.iter().map(|word| self.offer(*word, CompletionKind::Value)));
    }

    /// What can follow a keyword and the words `before`.
    fn offer_args(&self, args: Args, before: &[&str], all: &mut Vec<Completion>) {
        match args {
            Args::Switch if before.is_empty() => self.offer_values(&["on", "off"], all),
            Args::OneOf(words) if before.is_empty() => self.offer_values(words, all),
            Args::Word(syntax) | Args::Words(syntax) | Args::Unread(syntax) if before.is_empty() => {
                self.offer_values(&alternatives(syntax), all);
            }
            Args::List(list) => self.offer_values(listed(list, before.len()), all),
            Args::Options(block) => self.offer_options(block, before, all),
            Args::Flag
            | Args::Switch
            | Args::OneOf(_)
            | Args::Int { .. }
            | Args::Timer { .. }
            | Args::Word(_)
            | Args::Address
            | Args::Words(_)
            | Args::Unread(_)
            | Args::Block(..) => {}
        }
    }

    /// What can follow the words `before` on a line of positions and options.
    fn offer_options(&self, block: &'static Block, before: &[&str], all: &mut Vec<Completion>) {
        if let Some(option) = before.last().and_then(|word| block.find(word))
            && !matches!(option.args, Args::Flag)
        {
            self.offer_args(option.args, &[], all);
            if option.needs_argument() {
                return;
            }
        }
        if let Some(position) = block.keywords().filter(|keyword| keyword.is_position()).nth(before.len()) {
            self.offer_args(position.args, &[], all);
            if position.needs_argument() {
                return;
            }
        }
        let unused = keywords(block).filter(|option| option.repeats || !before.contains(&option.name));
        all.extend(unused.map(|option| self.offer_keyword(option)));
    }
}

/// The words of a syntax that is nothing but words with `|` between them.
fn alternatives(syntax: &str) -> Vec<&str> {
    let plain = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let words: Vec<&str> = syntax.split('|').collect();
    if words.len() > 1 && words.iter().all(|word| plain(word)) { words } else { Vec::new() }
}

/// The words that can stand at a place of a list.
fn listed(list: &'static [Arg], place: usize) -> &'static [&'static str] {
    let repeated = list.last().filter(|arg| matches!(arg.count, Count::Many | Count::Any));
    let Some(arg) = list.get(place).or(repeated) else { return &[] };
    match arg.form {
        Form::OneOf(words)
        | Form::Bits(words)
        | Form::AddressOrWord(_, words)
        | Form::Prefix(words)
        | Form::NumberOrWord { words, .. } => words,
        Form::Word(_)
        | Form::Name(..)
        | Form::Int { .. }
        | Form::Unsigned { .. }
        | Form::NumberOr { .. }
        | Form::Timer { .. }
        | Form::Millis { .. }
        | Form::Time
        | Form::Address(_)
        | Form::Group(_)
        | Form::Pair { .. }
        | Form::Realms
        | Form::Labels
        | Form::Neighbor
        | Form::Mac
        | Form::FileName(_)
        | Form::Path
        | Form::Command
        | Form::Secret => &[],
    }
}

/// Meaning, default, origin and what vipd makes of it, as Markdown.
fn documentation(keyword: &Keyword) -> String {
    let mut text = keyword.doc.to_owned();
    let mut fact = |line: String| {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n- {line}");
    };
    if !keyword.default.is_empty() {
        fact(format!("Default: {}", keyword.default_text()));
    }
    if !keyword.since.is_empty() {
        fact(keyword.since_text());
    }
    if let Some(modern) = keyword.alias_of {
        fact(format!("Old spelling of `{}`", modern.name));
    }
    match keyword.status {
        Status::Effective => {}
        Status::NoEffect(why) => fact(format!("Without effect: {why}")),
        Status::NotYet("") => fact("Not supported by vipd yet".to_owned()),
        Status::NotYet(why) => fact(format!("Not supported by vipd yet: {why}")),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    /// Reads a text in which `|` is the cursor.
    fn at(marked: &str) -> (Loaded, usize) {
        let offset = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        (crate::load("k.conf", text.as_bytes(), &Options::of("node")), offset)
    }

    fn offered(marked: &str) -> Vec<String> {
        let (loaded, offset) = at(marked);
        complete(&loaded, offset).into_iter().map(|completion| completion.text).collect()
    }

    /// The line (from 1) of the definition and its text.
    fn defined(marked: &str) -> Option<(usize, String)> {
        let (loaded, offset) = at(marked);
        let span = definition(&loaded, offset)?;
        Some((loaded.sources.position(span).line, loaded.sources.slice(span).to_owned()))
    }

    #[test]
    fn keywords_of_the_block_around() {
        let top = offered("|");
        assert!(
            top.contains(&"vrrp_instance".to_owned()) && !top.contains(&"priority".to_owned()),
            "{top:?}"
        );
        for text in [
            "vrrp_instance V {\n pri|\n}\n",
            "vrrp_instance V\n{\n |",
            "vrrp_instance V {\n authentication {\n }\n |\n}",
            "vrrp_instance V {\n @node |\n}",
        ] {
            let inside = offered(text);
            assert!(inside.contains(&"priority".to_owned()), "{text}: {inside:?}");
            assert!(!inside.contains(&"vrrp_instance".to_owned()), "{text}: {inside:?}");
        }
        assert_eq!(offered("vrrp_instance V {\n authentication {\n |"), ["auth_type", "auth_pass"]);
    }

    #[test]
    fn a_completion_replaces_the_word_and_is_documented() {
        let (loaded, offset) = at("vrrp_instance V {\n pri|o 5\n}\n");
        let all = complete(&loaded, offset);
        let priority = all.iter().find(|completion| completion.text == "priority").unwrap();
        assert_eq!(priority.replace, 19..23);
        assert!(priority.detail.starts_with("priority NUMBER (1 to 255)"), "{}", priority.detail);
        assert!(priority.documentation.contains("Default: 100"), "{}", priority.documentation);
    }

    #[test]
    fn words_behind_a_keyword() {
        assert_eq!(offered("vrrp_instance V {\n state |\n}\n"), ["MASTER", "BACKUP"]);
        assert_eq!(offered("vrrp_instance V {\n state MASTER |\n}\n"), [""; 0]);
        assert_eq!(offered("vrrp_instance V {\n priority |\n}\n"), [""; 0]);
        assert_eq!(offered("vrrp_instance V {\n frobnicate |\n}\n"), [""; 0]);
        let options = offered("vrrp_instance V {\n virtual_ipaddress {\n 192.0.2.1 |\n }\n}\n");
        assert!(options.contains(&"dev".to_owned()), "{options:?}");
        assert_eq!(offered("vrrp_instance V {\n virtual_ipaddress {\n 192.0.2.1 dev |\n }\n}\n"), [""; 0]);
    }

    #[test]
    fn nothing_in_comments_and_open_quotes() {
        for text in ["# |", "vrrp_instance V { ! pri|", "vrrp_script c {\n script \"x |\n}", "frob {\n |"] {
            assert_eq!(offered(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn names_that_are_defined() {
        let text = "vrrp_script web {\n script /bin/true\n}\nvrrp_instance V {\n track_script {\n |\n }\n}\n";
        assert_eq!(offered(text), ["web"]);
        let text = "vrrp_instance A {\n}\nvrrp_instance B {\n}\nvrrp_sync_group G {\n group {\n A |\n }\n}\n";
        assert_eq!(offered(text), ["A", "B"]);
    }

    #[test]
    fn hovering_over_a_keyword_tells_what_it_is() {
        let (loaded, offset) = at("vrrp_instance V {\n prio|rity 7\n}\n");
        let hover = hover(&loaded, offset).unwrap();
        assert_eq!(hover.range, 19..27);
        assert!(hover.text.starts_with("```keepalived\npriority NUMBER (1 to 255)\n```\n"), "{}", hover.text);
        let (loaded, offset) = at("vrrp_instance V {\n priority 1|0\n}\n");
        assert_eq!(super::hover(&loaded, offset), None);
        let (loaded, offset) = at("|virtual_server 192.0.2.1 80 {\n}\n");
        let server = super::hover(&loaded, offset).unwrap();
        assert!(server.text.contains("Not supported by vipd yet"), "{}", server.text);
        assert!(server.text.contains("load balancer IPVS"), "{}", server.text);
    }

    #[test]
    fn names_lead_to_their_definitions() {
        let cases = [
            ("vrrp_script c {\n}\nvrrp_instance V {\n track_script {\n  |c weight 2\n }\n}\n", 1, "c"),
            ("track_file f {\n}\nvrrp_instance V {\n track_file {\n  f| weight 2\n }\n}\n", 1, "f"),
            ("vrrp_track_process p {\n}\nvrrp_instance V {\n track_process {\n  |p\n }\n}\n", 1, "p"),
            ("bfd_instance b {\n}\nvrrp_instance V {\n track_bfd {\n  b|\n }\n}\n", 1, "b"),
            ("vrrp_sync_group G {\n group {\n  V1\n  V|2\n }\n}\nvrrp_instance V2 {\n}\n", 7, "V2"),
        ];
        for (text, line, name) in cases {
            assert_eq!(defined(text), Some((line, name.to_owned())), "{text}");
        }
        assert_eq!(defined("vrrp_instance V {\n track_script {\n  |nobody\n }\n}\n"), None);
        assert_eq!(defined("vrrp_instance V {\n interface V|\n}\n"), None);
    }

    #[test]
    fn parameters_lead_to_the_definition_in_force() {
        let text = "$PRIO=10\n$PRIO=20\nvrrp_instance V {\n priority ${PR|IO}\n}\n";
        assert_eq!(defined(text), Some((2, "$PRIO=20".to_owned())));
        let text = "$IF=eth0\nvrrp_instance V {\n interface |$IF\n}\n";
        assert_eq!(defined(text), Some((1, "$IF=eth0".to_owned())));
        assert_eq!(defined("vrrp_instance V {\n interface $N|ONE\n}\n"), None);
    }
}
