//! The parser proper. It knows the keyword records, so that it can tell a missing or surplus brace from what it
//! leaves behind, and report each once.

use std::borrow::Cow;

use super::{Statement, Tree};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::keywords::{Block, Keyword, Shape, TOP, blocks};
use crate::lexer::{Kind, Tokens, unquote};
use crate::source::{Sources, Span};
use crate::suggest;

/// More levels than the language has.
const MAX_DEPTH: usize = 16;

/// Builds the tree; every token belongs to a statement or to a diagnostic.
pub(crate) fn parse(sources: &Sources, tokens: Tokens, found: &mut Vec<Diagnostic>) -> Tree {
    let (opens, closes) = (tokens.count(Kind::Open), tokens.count(Kind::Close));
    let mut parser = Parser {
        sources,
        found,
        statements: Vec::with_capacity(tokens.len() / 3),
        frames: Vec::new(),
        closed: None,
        missing: opens.saturating_sub(closes),
        surplus: closes.saturating_sub(opens),
    };
    parser.run(&tokens);
    Tree { statements: parser.statements, tokens: tokens.into_vec() }
}

/// A block that is open.
#[derive(Clone, Copy)]
struct Frame {
    statement: usize,
    /// `None`: nobody knows what may be inside; anything is taken without a word.
    block: Option<&'static Block>,
    /// The keyword or the brace that opened it.
    opened: Span,
}

struct Parser<'a> {
    sources: &'a Sources,
    found: &'a mut Vec<Diagnostic>,
    statements: Vec<Statement>,
    frames: Vec<Frame>,
    /// The block that was closed last, and by which brace, as long as no statement has followed.
    closed: Option<(Frame, Span)>,
    /// How many closing braces the file lacks that have not been accounted for.
    missing: usize,
    /// How many it has too many.
    surplus: usize,
}

impl Parser<'_> {
    fn run(&mut self, tokens: &Tokens) {
        let mut rest = tokens.spans().enumerate().peekable();
        while let Some((first, (token, head))) = rest.next() {
            match token.kind() {
                Kind::Close => self.close(head),
                Kind::Open => self.stray_open(first, head),
                Kind::Word => {
                    let (mut words, mut ended) = (1, token.ends_line());
                    while !ended
                        && let Some((_, (word, _))) = rest.next_if(|(_, (next, _))| next.kind() == Kind::Word)
                    {
                        words += 1;
                        ended = word.ends_line();
                    }
                    // It may stand on the next line.
                    let open = rest.next_if(|(_, (next, _))| next.kind() == Kind::Open);
                    self.place(first, words, head, open.map(|(_, (_, brace))| brace));
                }
            }
            if self.frames.len() > MAX_DEPTH {
                let message = format!("blocks are nested more than {MAX_DEPTH} deep; the rest is not read");
                self.found.push(Diagnostic::new(&ids::TOO_DEEP, head, message));
                self.seal_from(0);
                return;
            }
        }
        self.unclosed();
    }

    /// Puts a statement where it belongs, after repairing the braces before it if they need it.
    fn place(&mut self, first: usize, words: usize, head: Span, open: Option<Span>) {
        let name = unquote(self.sources.slice(head));
        let here = self.block().filter(|block| block.shape == Shape::Keywords);
        let mut keyword = here.and_then(|block| block.find(&name));
        if keyword.is_none() {
            self.repair(&name, head, open.is_some());
            keyword = match self.block() {
                Some(block) if block.shape == Shape::Keywords => self.resolve(block, &name, head),
                Some(_) | None => None,
            };
        }
        self.closed = None;
        let inner = keyword.and_then(Keyword::inner);
        let usable = keyword.is_none_or(|keyword| self.has_arguments(keyword, head, words));
        let index = self.push(Statement {
            keyword,
            file: head.file,
            first: first as u32,
            end: 0,
            // A line has fewer.
            words: u16::try_from(words).unwrap_or(u16::MAX),
            usable,
            open: open.is_some(),
        });
        let takes_block = keyword.is_some_and(|keyword| keyword.inner().is_some());
        match open {
            Some(brace) => {
                let is_entry = self.block().is_some_and(|block| block.shape == Shape::Entries);
                if (keyword.is_some() || is_entry) && !takes_block {
                    self.unexpected_block(&name, brace);
                    if self.ignore_open() {
                        return;
                    }
                }
                self.frames.push(Frame { statement: index, block: inner, opened: head });
            }
            None if takes_block => {
                self.missing_open(&name, head);
                self.frames.push(Frame { statement: index, block: inner, opened: head });
                self.account_for_open();
            }
            None => {}
        }
    }

    /// Adds a statement without children so far.
    fn push(&mut self, statement: Statement) -> usize {
        let index = self.statements.len();
        self.statements.push(Statement { end: index as u32 + 1, ..statement });
        index
    }

    /// What may be inside the innermost open block.
    fn block(&self) -> Option<&'static Block> {
        self.frames.last().map_or(Some(&TOP), |frame| frame.block)
    }

    /// The record of a keyword in its block.
    fn resolve(&mut self, block: &'static Block, name: &str, head: Span) -> Option<&'static Keyword> {
        let keyword = block.find(name);
        if keyword.is_none() {
            self.unknown(block, name, head);
        }
        keyword
    }

    fn has_arguments(&mut self, keyword: &Keyword, head: Span, words: usize) -> bool {
        let enough = words > 1 || !keyword.needs_argument();
        if !enough {
            let Keyword { name, args, .. } = keyword;
            self.found.push(
                Diagnostic::new(&ids::MISSING_ARGUMENT, head, format!("`{name}` needs a value behind it"))
                    .help(format!("write `{name} {args}`")),
            );
        }
        enough
    }

    fn close(&mut self, brace: Span) {
        match self.frames.pop() {
            Some(frame) => {
                self.seal(frame);
                self.closed = Some((frame, brace));
            }
            None => {
                self.surplus = self.surplus.saturating_sub(1);
                self.found.push(
                    Diagnostic::new(&ids::EXTRA_CLOSE, brace, "this `}` closes nothing").help("remove it"),
                );
            }
        }
    }

    fn seal(&mut self, frame: Frame) {
        let end = self.statements.len() as u32;
        if let Some(statement) = self.statements.get_mut(frame.statement) {
            statement.end = end;
        }
    }

    /// Ends the blocks from this depth on, and returns them.
    fn seal_from(&mut self, depth: usize) -> Vec<Frame> {
        let open = self.frames.split_off(depth);
        for frame in open.iter().rev() {
            self.seal(*frame);
        }
        open
    }

    /// A brace with no statement before it.
    fn stray_open(&mut self, first: usize, brace: Span) {
        let message = "this `{` belongs to no keyword";
        self.found
            .push(Diagnostic::new(&ids::UNEXPECTED_BLOCK, brace, message).help("remove it, with its `}`"));
        if self.ignore_open() {
            return;
        }
        let statement = self.push(Statement {
            keyword: None,
            file: brace.file,
            first: first as u32,
            end: 0,
            words: 0,
            usable: true,
            open: true,
        });
        self.closed = None;
        self.frames.push(Frame { statement, block: None, opened: brace });
    }

    fn unexpected_block(&mut self, name: &str, brace: Span) {
        let message = format!("`{name}` takes no block");
        self.found
            .push(Diagnostic::new(&ids::UNEXPECTED_BLOCK, brace, message).help("remove it, with its `}`"));
    }

    /// Whether a brace that nobody expects is better taken as not there, because nothing closes it either.
    fn ignore_open(&mut self) -> bool {
        let ignored = self.missing > 0;
        self.missing = self.missing.saturating_sub(1);
        ignored
    }

    fn missing_open(&mut self, name: &str, head: Span) {
        self.found.push(
            Diagnostic::new(&ids::MISSING_OPEN, head, format!("`{{` is missing behind `{name}`"))
                .help("put it at the end of this line; the block is read as if it were there"),
        );
    }

    /// A `{` was supplied, so that one `}` fewer is surplus, or one more is missing.
    fn account_for_open(&mut self) {
        if self.surplus > 0 {
            self.surplus -= 1;
        } else {
            self.missing += 1;
        }
    }

    fn unclosed(&mut self) {
        let open = self.seal_from(0);
        let Some((outermost, inner)) = open.split_first() else { return };
        let name = unquote(self.sources.slice(outermost.opened));
        let mut diagnostic = Diagnostic::new(
            &ids::MISSING_CLOSE,
            outermost.opened,
            format!("the block of `{name}` is not closed: `}}` is missing at the end of the file or before"),
        )
        .caret("opened here");
        for frame in inner {
            diagnostic = diagnostic.label(frame.opened, "this one is open, too");
        }
        self.found.push(diagnostic.help("the block is read as if it ended with the file"));
    }
}

/// Recovery: one error for one brace.
impl Parser<'_> {
    /// Closes or re-opens blocks when the next word, no keyword here, shows that a brace is missing or surplus.
    fn repair(&mut self, name: &str, head: Span, opens_block: bool) {
        if self.block().is_none() {
            return self.repair_in_unknown(name, head, opens_block);
        }
        if let Some((frame, brace)) = self.closed
            && self.surplus > 0
            && frame.block.is_some_and(|inner| inner.shape == Shape::Keywords && inner.find(name).is_some())
        {
            return self.reopen(frame, brace, name);
        }
        let enclosing = self.enclosing(name);
        let Some(depth) = enclosing else { return };
        let is_block = |block: &Block| block.find(name).is_some_and(|keyword| keyword.inner().is_some());
        let owner =
            if depth == 0 { Some(&TOP) } else { self.frames.get(depth - 1).and_then(|frame| frame.block) };
        let begins_block = opens_block && owner.is_some_and(is_block);
        // In a file whose braces balance, only a block of the top level is certain enough.
        if self.missing > 0 && (begins_block || !opens_block) || begins_block && depth == 0 {
            self.close_until(depth, name, head);
        }
    }

    /// Inside a block of which nothing is known only a block of the top level tells anything.
    fn repair_in_unknown(&mut self, name: &str, head: Span, opens_block: bool) {
        let is_top = TOP.find(name).is_some_and(|keyword| keyword.inner().is_some());
        if self.missing > 0 && opens_block && is_top {
            self.close_until(0, name, head);
        }
    }

    /// How many frames stay open if the innermost block around here that knows `name` is to be the current one.
    fn enclosing(&self, name: &str) -> Option<usize> {
        let outer = self.frames.len().checked_sub(1)?;
        (0..=outer).rev().find(|depth| {
            let block = match depth.checked_sub(1).and_then(|index| self.frames.get(index)) {
                Some(frame) => frame.block,
                None => Some(&TOP),
            };
            block.is_some_and(|block| block.shape == Shape::Keywords && block.find(name).is_some())
        })
    }

    fn close_until(&mut self, depth: usize, name: &str, head: Span) {
        let open = self.seal_from(depth);
        self.missing = self.missing.saturating_sub(open.len());
        let Some(frame) = open.first() else { return };
        let opened = unquote(self.sources.slice(frame.opened));
        let place = match depth.checked_sub(1).and_then(|index| self.frames.get(index)) {
            Some(outer) => format!("belongs into `{}`", unquote(self.sources.slice(outer.opened))),
            None => "stands outside all blocks".to_owned(),
        };
        let missing = "}".repeat(open.len());
        self.found.push(
            Diagnostic::new(
                &ids::MISSING_CLOSE,
                head,
                format!("`{missing}` is missing before `{name}`, which {place}"),
            )
            .label(frame.opened, format!("the block of `{opened}` is still open"))
            .help("close the block; it is read as if it ended here"),
        );
    }

    fn reopen(&mut self, frame: Frame, brace: Span, name: &str) {
        self.surplus -= 1;
        self.frames.push(frame);
        let opened = unquote(self.sources.slice(frame.opened));
        self.found.push(
            Diagnostic::new(
                &ids::EXTRA_CLOSE,
                brace,
                format!("this `}}` closes `{opened}` too early: `{name}` behind it belongs inside"),
            )
            .label(frame.opened, "opened here")
            .help("remove it; the block is read as if it went on"),
        );
    }
}

/// So many findings are looked at for what was probably meant; of more it is not worth the time.
const SUGGESTED: usize = 2000;
/// With so many findings, words that are no keywords are no news.
const REPORTED: usize = 100_000;

/// What to say about a word that is no keyword here.
impl Parser<'_> {
    fn unknown(&mut self, block: &'static Block, name: &str, head: Span) {
        if self.found.len() >= SUGGESTED {
            // Nobody looks at so many, and a text of nothing else must not cost minutes and gigabytes.
            if self.found.len() < REPORTED {
                let message = format!("unknown keyword `{name}` {}", within(block));
                self.found.push(Diagnostic::new(&ids::UNKNOWN_KEYWORD, head, message).caret("ignored"));
            }
            return;
        }
        if let Some((key, value)) = name.split_once('=')
            && block.find(key).is_some()
        {
            let replacement = format!("{key} {value}");
            self.found.push(
                Diagnostic::new(&ids::UNKNOWN_KEYWORD, head, format!("unknown keyword `{name}`"))
                    .help("a keyword and its value are separated by a blank")
                    .fix(head, replacement),
            );
            return;
        }
        let prefixed = format!("vrrp_{name}");
        let near = block.find(&prefixed).map(|keyword| keyword.name);
        let near = near.or_else(|| suggest::nearest(name, block.keywords().map(|keyword| keyword.name)));
        let elsewhere = if near.is_none() { places_of(name) } else { Vec::new() };
        let here = within(block);
        let diagnostic = match (near, elsewhere.as_slice()) {
            (Some(near), _) => Diagnostic::new(
                &ids::UNKNOWN_KEYWORD,
                head,
                format!("unknown keyword `{name}`: did you mean `{near}`?"),
            )
            .suggest(head, near),
            (None, []) => {
                Diagnostic::new(&ids::UNKNOWN_KEYWORD, head, format!("unknown keyword `{name}` {here}"))
            }
            (None, places) => {
                let message = format!("`{name}` cannot be {here}: it belongs into {}", places.join(" or "));
                Diagnostic::new(&ids::WRONG_PLACE, head, message)
            }
        };
        self.found.push(diagnostic.caret("ignored"));
    }
}

/// The blocks that have a keyword of this name.
fn places_of(name: &str) -> Vec<Cow<'static, str>> {
    let owners =
        blocks().into_iter().filter(|block| block.shape == Shape::Keywords && block.find(name).is_some());
    let mut places: Vec<_> = owners.map(block_name).collect();
    if places.len() > 3 {
        places.truncate(3);
        places.push(Cow::Borrowed("others"));
    }
    places
}

fn within(block: &'static Block) -> String {
    if block.path.is_empty() { "at the top level".to_owned() } else { format!("in {}", block_name(block)) }
}

fn block_name(block: &'static Block) -> Cow<'static, str> {
    if block.path.is_empty() {
        return Cow::Borrowed("the top level");
    }
    Cow::Owned(format!("`{}`", block.path.rsplit('.').next().unwrap_or(block.path)))
}
