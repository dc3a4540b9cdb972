//! Every keyword of the language as one record: from it come the parser, the default, the range and the
//! documentation. The facts are those of keepalived 2.4 (keepalived.conf(5) and observation).

pub mod bfd;
mod checkers;
mod common;
mod form;
pub mod global;
pub mod instance;
mod language;
pub mod routing;
pub mod top;
pub mod vipd;
mod virtual_server;

use std::fmt;

pub use form::{Arg, Count, Form};
pub use language::LANGUAGE;
pub use top::TOP;

/// One keyword.
#[derive(Debug)]
pub struct Keyword {
    /// As it is written.
    pub name: &'static str,
    /// What stands behind it.
    pub args: Args,
    /// The default: a value in the keyword's own syntax, or a description; empty if there is none.
    pub default: &'static str,
    /// What its number counts, in the plural; empty if it counts nothing, or if its kind of argument says so.
    pub unit: &'static str,
    /// The keepalived version that introduced it; empty if unknown or older than the records.
    pub since: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// What vipd makes of it.
    pub status: Status,
    /// The modern spelling, if this is an old one.
    pub alias_of: Option<&'static Keyword>,
    /// May stand several times in a block.
    pub repeats: bool,
    /// Read by the document alone, from which the model takes it.
    pub from_document: bool,
}

/// The words behind a keyword.
#[derive(Debug, Clone, Copy)]
pub enum Args {
    /// None.
    Flag,
    /// `[on|off|true|false|yes|no]`; on without a word.
    Switch,
    /// A whole number.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Seconds with decimals; bounds in microseconds.
    Timer {
        /// Smallest, in microseconds.
        min_us: u64,
        /// Largest, in microseconds.
        max_us: u64,
    },
    /// One word; the text names it.
    Word(&'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An IPv4 or IPv6 address.
    Address,
    /// One word or more, read by the builder; the text is the syntax.
    Words(&'static str),
    /// Words, each of its kind.
    List(&'static [Arg]),
    /// Options on the same line; those in parentheses are positions and come first.
    Options(&'static Block),
    /// Words that are not looked at; the text is the syntax.
    Unread(&'static str),
    /// A block, after the words the text describes.
    Block(&'static str, &'static Block),
}

/// What vipd makes of a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does what it says.
    Effective,
    /// Accepted; there is nothing to do because of the reason given.
    NoEffect(&'static str),
    /// Accepted with a warning and not acted on.
    NotYet(&'static str),
}

/// What may stand inside a pair of braces.
#[derive(Debug)]
pub struct Block {
    /// Where it is: `vrrp_instance.authentication`; empty for the top level.
    pub path: &'static str,
    /// What its lines are.
    pub shape: Shape,
    /// Its keywords, in groups that blocks share.
    pub groups: &'static [&'static [&'static Keyword]],
}

/// What the lines of a block are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Each begins with a keyword of the block.
    Keywords,
    /// Each is an entry; the block's keywords are options within it.
    Entries,
}

impl Block {
    /// All keywords.
    pub fn keywords(&self) -> impl Iterator<Item = &'static Keyword> {
        self.groups.iter().flat_map(|group| group.iter().copied())
    }

    /// The keyword of this name.
    pub fn find(&self, name: &str) -> Option<&'static Keyword> {
        // Asked for every line: loops are several times as fast as a chain of iterators.
        for group in self.groups {
            for keyword in *group {
                if keyword.name == name {
                    return Some(keyword);
                }
            }
        }
        None
    }

    /// Whether a line of these options cannot be empty.
    fn needs_words(&self) -> bool {
        self.keywords().any(|keyword| keyword.is_position() && keyword.needs_argument())
    }
}

/// Every block reachable from the top level, each once, the top level first.
pub fn blocks() -> Vec<&'static Block> {
    let mut blocks: Vec<&'static Block> = vec![&TOP];
    let mut next = 0;
    while let Some(block) = blocks.get(next).copied() {
        next += 1;
        for keyword in block.keywords() {
            if let Args::Block(_, inner) = keyword.args
                && !blocks.iter().any(|known| std::ptr::eq(*known, inner))
            {
                blocks.push(inner);
            }
        }
    }
    blocks
}

impl Keyword {
    const fn new(name: &'static str, args: Args) -> Self {
        Self {
            name,
            args,
            default: "",
            unit: "",
            since: "",
            doc: "",
            status: Status::Effective,
            alias_of: None,
            repeats: false,
            from_document: false,
        }
    }

    const fn flag(name: &'static str) -> Self {
        Self::new(name, Args::Flag).default("off")
    }

    const fn switch(name: &'static str) -> Self {
        Self::new(name, Args::Switch).default("off")
    }

    const fn int(name: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, Args::Int { min, max })
    }

    const fn timer(name: &'static str, min_us: u64, max_us: u64) -> Self {
        Self::new(name, Args::Timer { min_us, max_us })
    }

    const fn list(name: &'static str, args: &'static [Arg]) -> Self {
        Self::new(name, Args::List(args))
    }

    const fn options(name: &'static str, block: &'static Block) -> Self {
        Self::new(name, Args::Options(block))
    }

    const fn block(name: &'static str, words: &'static str, block: &'static Block) -> Self {
        Self::new(name, Args::Block(words, block))
    }

    /// A keyword that is known and does nothing yet.
    const fn later(name: &'static str, syntax: &'static str) -> Self {
        Self::new(name, if syntax.is_empty() { Args::Flag } else { Args::Unread(syntax) }).not_yet("")
    }

    /// A keyword whose words are read and which does nothing yet.
    const fn planned(name: &'static str, args: Args) -> Self {
        Self::new(name, args).not_yet("")
    }

    /// A keyword whose value the model takes from the document.
    const fn lowered(name: &'static str, args: Args) -> Self {
        let mut this = Self::new(name, args);
        this.from_document = true;
        this
    }

    /// A block of entries or keywords that the model takes from the document.
    const fn lowered_block(name: &'static str, words: &'static str, block: &'static Block) -> Self {
        Self::lowered(name, Args::Block(words, block)).repeats()
    }

    /// A block of entries or keywords that does nothing yet.
    const fn later_block(name: &'static str, words: &'static str, block: &'static Block) -> Self {
        Self::block(name, words, block).not_yet("").repeats()
    }

    const fn default(mut self, text: &'static str) -> Self {
        self.default = text;
        self
    }

    const fn unit(mut self, plural: &'static str) -> Self {
        self.unit = plural;
        self
    }

    const fn since(mut self, version: &'static str) -> Self {
        self.since = version;
        self
    }

    const fn doc(mut self, text: &'static str) -> Self {
        self.doc = text;
        self
    }

    const fn not_yet(mut self, why: &'static str) -> Self {
        self.status = Status::NotYet(why);
        self
    }

    const fn no_effect(mut self, why: &'static str) -> Self {
        self.status = Status::NoEffect(why);
        self
    }

    const fn alias_of(mut self, modern: &'static Keyword) -> Self {
        self.alias_of = Some(modern);
        self
    }

    const fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// Whether this is that record, and not one of the same name in another block.
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }

    /// Its name and what stands behind it, as the manual writes it.
    pub fn syntax(&self) -> String {
        let mut args = self.args.to_string();
        if !self.unit.is_empty() {
            args = args.replacen("NUMBER", &self.unit.to_uppercase(), 1);
        }
        if self.is_position() { args } else { format!("{} {args}", self.name).trim_end().to_owned() }
    }

    /// When it came, as a sentence without its full stop; empty if that is unknown.
    pub fn since_text(&self) -> String {
        match self.since.strip_prefix("after ") {
            Some(version) => format!("Newer than keepalived {version}"),
            None if self.since.is_empty() => String::new(),
            None => format!("Since keepalived {}", self.since),
        }
    }

    /// The default for readers: a number with what it counts.
    pub fn default_text(&self) -> String {
        let is_time =
            matches!(self.args, Args::Timer { .. } | Args::List([Arg { form: Form::Timer { .. }, .. }]));
        let is_millis = matches!(self.args, Args::List([Arg { form: Form::Millis { .. }, .. }]));
        let unit = if is_time {
            "seconds"
        } else if is_millis {
            "milliseconds"
        } else {
            self.unit
        };
        let is_number = !self.default.is_empty() && self.default.bytes().all(|byte| byte.is_ascii_digit());
        match (is_number, self.default, unit) {
            (true, default, unit) if !unit.is_empty() => {
                let one =
                    unit.strip_suffix("es").filter(|one| one.ends_with("ss")).or(unit.strip_suffix('s'));
                let unit = if default == "1" { one.unwrap_or(unit) } else { unit };
                format!("{default} {unit}")
            }
            (_, default, _) => default.to_owned(),
        }
    }

    /// Whether a word must follow.
    pub fn needs_argument(&self) -> bool {
        match self.args {
            Args::Flag | Args::Switch => false,
            Args::Int { .. } | Args::Timer { .. } | Args::Word(_) | Args::OneOf(_) | Args::Address => true,
            Args::List(args) => args.iter().any(|arg| matches!(arg.count, Count::One | Count::Many)),
            Args::Options(block) => block.needs_words(),
            Args::Words(syntax) | Args::Unread(syntax) | Args::Block(syntax, _) => {
                !syntax.is_empty() && !syntax.starts_with('[')
            }
        }
    }

    /// Whether it is a place at the beginning of a line, and its name stands for what is written there.
    pub fn is_position(&self) -> bool {
        self.name.starts_with('(')
    }

    /// Whether the builder of the model reads the words behind it, and reports what is wrong with them. Only in blocks
    /// that it reads.
    pub(crate) const fn is_read_by_model(&self) -> bool {
        match self.status {
            _ if self.from_document => false,
            Status::Effective => true,
            Status::NoEffect(_) => !matches!(self.args, Args::List(_) | Args::Options(_) | Args::Unread(_)),
            Status::NotYet(_) => false,
        }
    }

    /// The block behind it.
    pub const fn inner(&self) -> Option<&'static Block> {
        if let Args::Block(_, block) = self.args { Some(block) } else { None }
    }
}

impl fmt::Display for Args {
    /// The syntax as the manual writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => Ok(()),
            Self::Switch => f.write_str("[on|off]"),
            Self::Int { min, max: i64::MAX } => write!(f, "NUMBER (at least {min})"),
            Self::Int { min, max } => write!(f, "NUMBER ({min} to {max})"),
            Self::Timer { min_us, max_us } => {
                write!(f, "SECONDS ({} to {})", Seconds(*min_us), Seconds(*max_us))
            }
            Self::Word(text) | Self::Words(text) | Self::Unread(text) => f.write_str(text),
            Self::OneOf(words) => f.write_str(&words.join("|")),
            Self::List(args) => write_spaced(f, args.iter()),
            Self::Options(block) => {
                let syntax = |option: &'static Keyword| match (option.is_position(), option.args) {
                    (true, args) => args.to_string(),
                    (false, Args::Flag) => format!("[{}]", option.name),
                    (false, args) => format!("[{} {args}]", option.name),
                };
                write_spaced(f, block.keywords().map(syntax))
            }
            Self::Address => f.write_str("ADDRESS"),
            Self::Block("", _) => f.write_str("{ … }"),
            Self::Block(words, _) => write!(f, "{words} {{ … }}"),
        }
    }
}

fn write_spaced(f: &mut fmt::Formatter<'_>, words: impl Iterator<Item: fmt::Display>) -> fmt::Result {
    for (index, word) in words.enumerate() {
        let blank = if index == 0 { "" } else { " " };
        write!(f, "{blank}{word}")?;
    }
    Ok(())
}

/// Microseconds, shown as seconds without superfluous zeros.
pub(crate) struct Seconds(pub(crate) u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{rest:06}").trim_end_matches('0'))
    }
}
