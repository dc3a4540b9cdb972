//! Tokens to statements: each line's words, its keyword's record, and what is in its braces.
//!
//! The tree is two flat vectors in the order of the text. A statement's children follow it directly; `end` says where
//! they stop, so that siblings are reached by jumping. Nothing is allocated per statement and nothing recurses.

mod parse;

use std::borrow::Cow;
use std::ops::Range;

use crate::keywords::Keyword;
use crate::lexer::unquote;
use crate::source::{FileId, Sources, Span};

pub(crate) use parse::parse;

/// All statements of a configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    words: Vec<Span>,
    statements: Vec<Statement>,
}

/// One line (or part of one) that means something, with its block.
#[derive(Debug, Clone)]
struct Statement {
    /// Its record; `None` for entries and for what is unknown.
    keyword: Option<&'static Keyword>,
    /// False if the words it needs are missing.
    usable: bool,
    /// Its words, the keyword first.
    words: Range<u32>,
    /// The opening brace.
    open: Option<Span>,
    /// Index behind its last descendant.
    end: u32,
}

impl Tree {
    /// The statements of the top level.
    pub(crate) fn top<'a>(&'a self, sources: &'a Sources) -> Statements<'a> {
        Statements { tree: self, sources, next: 0, end: self.statements.len() }
    }
}

/// Siblings.
#[derive(Debug, Clone)]
pub(crate) struct Statements<'a> {
    tree: &'a Tree,
    sources: &'a Sources,
    next: usize,
    end: usize,
}

impl<'a> Iterator for Statements<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        if self.next >= self.end {
            return None;
        }
        let index = self.next;
        let statement = self.tree.statements.get(index)?;
        self.next = statement.end as usize;
        Some(Node { tree: self.tree, sources: self.sources, index, statement })
    }
}

/// A statement in its tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    tree: &'a Tree,
    sources: &'a Sources,
    index: usize,
    statement: &'a Statement,
}

impl<'a> Node<'a> {
    /// The record, if there is one and the words it needs are there.
    pub(crate) fn keyword(&self) -> Option<&'static Keyword> {
        self.statement.keyword.filter(|_| self.statement.usable)
    }

    /// The record of a keyword that lacks the words it needs.
    pub(crate) fn unusable_keyword(&self) -> Option<&'static Keyword> {
        self.statement.keyword.filter(|_| !self.statement.usable)
    }

    /// All words, the keyword first. Empty for a block that belongs to nothing.
    pub(crate) fn words(&self) -> impl ExactSizeIterator<Item = Word<'a>> + use<'a> {
        let range = self.statement.words.start as usize..self.statement.words.end as usize;
        let sources = self.sources;
        self.tree.words.get(range).unwrap_or(&[]).iter().map(move |span| Word { sources, span: *span })
    }

    /// The words behind the keyword.
    pub(crate) fn args(&self) -> impl ExactSizeIterator<Item = Word<'a>> + use<'a> {
        self.words().skip(1)
    }

    /// From the first word to the last.
    pub(crate) fn span(&self) -> Span {
        let (first, last) = (self.words().next(), self.words().last());
        let span = first.zip(last).map(|(first, last)| first.span.to(last.span));
        // The parser makes a statement from a word or from a brace.
        span.or(self.statement.open).unwrap_or(Span::new(FileId(0), 0, 0))
    }

    /// The first word alone.
    pub(crate) fn head(&self) -> Span {
        self.words().next().map_or_else(|| self.span(), |word| word.span)
    }

    /// Whether it has braces, or is of a kind that has.
    pub(crate) fn has_block(&self) -> bool {
        let kind = self.statement.keyword.and_then(Keyword::inner);
        self.statement.open.is_some() || kind.is_some()
    }

    /// Its place among all statements, in the order in which they were read.
    pub(crate) fn order(&self) -> usize {
        self.index
    }

    /// What is in its braces.
    pub(crate) fn children(&self) -> Statements<'a> {
        let end = self.statement.end as usize;
        Statements { tree: self.tree, sources: self.sources, next: self.index + 1, end }
    }
}

/// A word in its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<'a> {
    sources: &'a Sources,
    pub(crate) span: Span,
}

impl<'a> Word<'a> {
    /// As it is written.
    pub(crate) fn raw(&self) -> &'a str {
        self.sources.slice(self.span)
    }

    /// What it means, without quotes.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        unquote(self.sources.slice(self.span))
    }
}
