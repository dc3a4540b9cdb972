//! Tokens to statements: each line's words, its keyword's record, and what is in its braces.
//!
//! The tree is two flat vectors in the order of the text: the tokens, and the statements that are made of them. A
//! statement's children follow it directly; `end` says where they stop, so that siblings are reached by jumping. Nothing
//! is allocated per statement and nothing recurses.

mod parse;

use std::borrow::Cow;

use crate::keywords::Keyword;
use crate::lexer::{Token, unquote};
use crate::source::{FileId, Sources, Span};

pub(crate) use parse::parse;

/// All statements of a configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    tokens: Vec<Token>,
    statements: Vec<Statement>,
}

/// One line (or part of one) that means something, with its block.
#[derive(Debug, Clone, Copy)]
struct Statement {
    /// Its record; `None` for entries and for what is unknown.
    keyword: Option<&'static Keyword>,
    /// The file of its words, which stand on one line.
    file: FileId,
    /// Its first token: the keyword, or the brace of a block that belongs to nothing.
    first: u32,
    /// Index behind its last descendant.
    end: u32,
    /// How many words it has, the keyword included.
    words: u16,
    /// False if the words it needs are missing.
    usable: bool,
    /// Whether a brace opens its block.
    open: bool,
}

impl Tree {
    /// How many statements there are, in all blocks.
    pub(crate) fn len(&self) -> usize {
        self.statements.len()
    }

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
        let first = self.statement.first as usize;
        let words = self.tree.tokens.get(first..first + usize::from(self.statement.words)).unwrap_or(&[]);
        let (sources, file) = (self.sources, self.statement.file);
        words.iter().map(move |token| Word { sources, span: token.span(file) })
    }

    /// The words behind the keyword.
    pub(crate) fn args(&self) -> impl ExactSizeIterator<Item = Word<'a>> + use<'a> {
        self.words().skip(1)
    }

    /// From the first word to the last.
    pub(crate) fn span(&self) -> Span {
        let last = usize::from(self.statement.words.saturating_sub(1));
        self.token(0).to(self.token(last))
    }

    /// The first word alone.
    pub(crate) fn head(&self) -> Span {
        self.token(0)
    }

    /// Where one of its tokens is.
    fn token(&self, index: usize) -> Span {
        let token = self.tree.tokens.get(self.statement.first as usize + index);
        // The parser makes a statement from a word or from a brace.
        token.map_or(Span::new(self.statement.file, 0, 0), |token| token.span(self.statement.file))
    }

    /// Whether it has braces, or is of a kind that has.
    pub(crate) fn has_block(&self) -> bool {
        let kind = self.statement.keyword.and_then(Keyword::inner);
        self.statement.open || kind.is_some()
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
