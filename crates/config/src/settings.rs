//! The values of one block: which keyword was set to what, and where.

use std::net::IpAddr;
use std::time::Duration;

use crate::diagnostics::{self as ids, Diagnostic};
use crate::keywords::{Args, Keyword, Status};
use crate::source::Span;
use crate::tree::{Node, Statements};
use crate::value::{self, Value};

/// What a block's lines say. Keywords that hold words or blocks of their own are kept as nodes.
#[derive(Debug, Default)]
pub(crate) struct Settings<'a> {
    scalars: Vec<Setting>,
    nodes: Vec<(&'static Keyword, Node<'a>)>,
    /// Given, but not usable; a diagnostic says why.
    unusable: Vec<&'static Keyword>,
}

/// A value and its place.
#[derive(Debug)]
struct Setting {
    keyword: &'static Keyword,
    value: Value,
    /// The whole statement.
    span: Span,
}

impl<'a> Settings<'a> {
    /// Adds the statements of a block. Later values replace earlier ones.
    pub(crate) fn read(&mut self, statements: Statements<'a>, found: &mut Vec<Diagnostic>) {
        for node in statements {
            match node.keyword() {
                Some(written) => self.read_one(written, node, found),
                None => self.unusable.extend(node.unusable_keyword()),
            }
        }
    }

    fn read_one(&mut self, written: &'static Keyword, node: Node<'a>, found: &mut Vec<Diagnostic>) {
        let keyword = written.alias_of.unwrap_or(written);
        if keyword.from_document {
            return;
        }
        if let Some(modern) = written.alias_of {
            found.push(deprecated(written, modern, node.head()));
        }
        match keyword.status {
            Status::Effective | Status::NoEffect(_) => {}
            Status::NotYet(why) => {
                found.push(not_yet(keyword, why, &node));
                return;
            }
        }
        match keyword.args {
            Args::Unread(_) => {}
            Args::List(_) | Args::Options(_) | Args::Words(_) | Args::Block(..) => {
                if !keyword.repeats {
                    self.twice(keyword, &node, found);
                }
                self.nodes.push((keyword, node));
            }
            Args::Flag
            | Args::Switch
            | Args::Int { .. }
            | Args::Timer { .. }
            | Args::Word(_)
            | Args::OneOf(_)
            | Args::Address => match value::read(keyword, node.args(), found) {
                Some(value) => {
                    self.twice(keyword, &node, found);
                    self.scalars.push(Setting { keyword, value, span: node.span() });
                }
                None => self.unusable.push(keyword),
            },
        }
    }

    fn twice(&self, keyword: &'static Keyword, node: &Node<'_>, found: &mut Vec<Diagnostic>) {
        if let Some(first) = self.span(keyword) {
            found.push(
                Diagnostic::new(&ids::GIVEN_TWICE, node.head(), format!("`{}` is given twice", keyword.name))
                    .caret("this one counts")
                    .label(first, "first given here")
                    .help("remove one of the two"),
            );
        }
    }

    fn get(&self, keyword: &'static Keyword) -> Option<&Setting> {
        self.scalars.iter().rev().find(|setting| setting.keyword.is(keyword))
    }

    /// Where the keyword was given last.
    pub(crate) fn span(&self, keyword: &'static Keyword) -> Option<Span> {
        self.get(keyword).map(|setting| setting.span).or_else(|| self.node(keyword).map(|node| node.span()))
    }

    /// How many usable settings come before the last one of a keyword: of two keywords, which one is given later.
    pub(crate) fn place(&self, keyword: &'static Keyword) -> Option<usize> {
        self.scalars.iter().rposition(|setting| setting.keyword.is(keyword))
    }

    /// Whether the keyword was given in a way that could not be used.
    pub(crate) fn attempted(&self, keyword: &'static Keyword) -> bool {
        self.unusable.iter().any(|unusable| unusable.is(keyword))
    }

    /// The last statement of a keyword that holds words or a block.
    pub(crate) fn node(&self, keyword: &'static Keyword) -> Option<Node<'a>> {
        self.nodes(keyword).last()
    }

    /// All statements of such a keyword.
    pub(crate) fn nodes(&self, keyword: &'static Keyword) -> impl Iterator<Item = Node<'a>> {
        self.nodes.iter().filter(move |(known, _)| known.is(keyword)).map(|(_, node)| *node)
    }

    /// Whether a flag or switch is on; `None` if it was not given.
    pub(crate) fn switch(&self, keyword: &'static Keyword) -> Option<bool> {
        match self.get(keyword)?.value {
            Value::Switch(on) => Some(on),
            Value::Int(_) | Value::Micros(_) | Value::Text(_) | Value::Address(_) => None,
        }
    }

    /// A number, if it was given.
    pub(crate) fn int(&self, keyword: &'static Keyword) -> Option<i64> {
        match self.get(keyword)?.value {
            Value::Int(number) => Some(number),
            Value::Switch(_) | Value::Micros(_) | Value::Text(_) | Value::Address(_) => None,
        }
    }

    /// A number, or the default of the keyword's record.
    pub(crate) fn int_or_default(&self, keyword: &'static Keyword) -> i64 {
        // A test holds every default that is used this way to be a number.
        self.int(keyword).or_else(|| keyword.default.parse().ok()).unwrap_or(0)
    }

    /// A time, if it was given.
    pub(crate) fn time(&self, keyword: &'static Keyword) -> Option<Duration> {
        match self.get(keyword)?.value {
            Value::Micros(micros) => Some(Duration::from_micros(micros)),
            Value::Switch(_) | Value::Int(_) | Value::Text(_) | Value::Address(_) => None,
        }
    }

    /// A time, or the default of the keyword's record.
    pub(crate) fn time_or_default(&self, keyword: &'static Keyword) -> Duration {
        let default =
            || Duration::from_micros(value::micros(keyword.default).map_or(0, |timer| timer.micros));
        self.time(keyword).unwrap_or_else(default)
    }

    /// A word, if it was given.
    pub(crate) fn text(&self, keyword: &'static Keyword) -> Option<&str> {
        match &self.get(keyword)?.value {
            Value::Text(text) => Some(text),
            Value::Switch(_) | Value::Int(_) | Value::Micros(_) | Value::Address(_) => None,
        }
    }

    /// Whether a keyword was ever set to this word.
    pub(crate) fn ever(&self, keyword: &'static Keyword, word: &str) -> bool {
        let mut set = self.scalars.iter().filter(|setting| setting.keyword.is(keyword));
        set.any(|setting| matches!(&setting.value, Value::Text(text) if text == word))
    }

    /// An address, if it was given.
    pub(crate) fn address(&self, keyword: &'static Keyword) -> Option<IpAddr> {
        match self.get(keyword)?.value {
            Value::Address(address) => Some(address),
            Value::Switch(_) | Value::Int(_) | Value::Micros(_) | Value::Text(_) => None,
        }
    }
}

pub(crate) fn deprecated(written: &Keyword, modern: &Keyword, span: Span) -> Diagnostic {
    let message = format!("`{}` is deprecated: use `{}`", written.name, modern.name);
    let diagnostic = Diagnostic::new(&ids::DEPRECATED, span, message);
    let same_words = written.args.to_string() == modern.args.to_string();
    if same_words { diagnostic.fix(span, modern.name) } else { diagnostic.suggest(span, modern.name) }
}

/// "known, and nothing is done about it".
pub(crate) fn not_yet(keyword: &Keyword, why: &str, node: &Node<'_>) -> Diagnostic {
    let what = if keyword.inner().is_some() {
        "is not supported yet, nor what is in its block"
    } else {
        "is not supported yet"
    };
    let diagnostic =
        Diagnostic::new(&ids::NOT_YET, node.head(), format!("`{}` {what}", keyword.name)).caret("ignored");
    if why.is_empty() { diagnostic } else { diagnostic.help(why) }
}
