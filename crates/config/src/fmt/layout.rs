//! Lines to pieces, pieces to lines.

use std::ops::Range;

use super::directive::{Directive, directive};
use crate::lexer::{self, Kind, Line, Token, is_blank};
use crate::show::INDENT;
use crate::source::Sources;

/// The bytes in canonical layout, if their lines and braces can be read; otherwise something of no use.
pub(super) fn layout(bytes: &[u8]) -> Vec<u8> {
    let mut sources = Sources::default();
    let file = sources.add("", bytes);
    let text = sources.text(file);
    let mut reader = Reader { file, text, pieces: Vec::new() };
    reader.run();
    let mut printer = Printer { bytes, out: Vec::with_capacity(bytes.len()), depth: 0, row: None };
    printer.run(&join_braces(reader.pieces));
    printer.out
}

/// Bytes of the file.
type Place = Range<usize>;

/// What lines are made of.
#[derive(Debug, Clone)]
enum Piece {
    Blank,
    Comment(Place),
    /// Words, which may open a block, and a comment behind.
    Statement {
        words: Vec<Place>,
        open: bool,
        comment: Option<Comment>,
    },
    /// A brace that is not behind its words.
    Open(Option<Comment>),
    Close(Option<Comment>),
    /// `@ID …`: the condition, and the line with its braces. What it opens is more than what it closes by this much.
    Conditional {
        condition: Place,
        words: Vec<Place>,
        comment: Option<Comment>,
        opens: isize,
    },
    /// Kept as it is but for the blanks before it.
    Verbatim {
        place: Place,
        opens: isize,
    },
}

/// A comment at the end of a line.
#[derive(Debug, Clone)]
struct Comment {
    place: Place,
    /// Directly behind a word, where it may be part of what was meant.
    attached: bool,
}

struct Reader<'a> {
    file: crate::FileId,
    text: &'a str,
    pieces: Vec<Piece>,
}

impl<'a> Reader<'a> {
    fn run(&mut self) {
        let mut at = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        while at < self.text.len() {
            let line = self.line_at(at).trim_start();
            at = self.line(line) + 1;
        }
    }

    fn line_at(&self, start: usize) -> Line<'a> {
        let rest = self.text.get(start..).unwrap_or("");
        let end = rest.find('\n').map_or(self.text.len(), |at| start + at);
        Line { file: self.file, text: self.text, start, end }
    }

    /// Takes a line in; returns where it ends.
    fn line(&mut self, line: Line<'a>) -> usize {
        let mut rest = line;
        while directive(rest.as_str()) == Some(Directive::Condition) {
            let word = rest.as_str().bytes().position(is_blank).unwrap_or(rest.end - rest.start);
            rest = Line { start: rest.start + word, ..rest }.trim_start();
        }
        match directive(rest.as_str()) {
            Some(Directive::Definition) => {
                let end = self.end_of_definition(rest);
                self.pieces.push(Piece::Verbatim { place: line.start..end, opens: 0 });
                return end;
            }
            Some(Directive::Include | Directive::Generated) => self.verbatim(line),
            Some(Directive::Condition) | None if rest.start > line.start => self.conditional(line, rest),
            Some(Directive::Condition) | None => self.plain(line),
        }
        line.end
    }

    /// Lines that end in a backslash continue, blank lines do not count.
    fn end_of_definition(&self, first: Line<'a>) -> usize {
        let mut line = first;
        let mut continues = line.as_str().trim_end().ends_with('\\');
        while continues && line.end < self.text.len() {
            line = self.line_at(line.end + 1);
            let text = line.as_str().trim_end();
            continues = text.is_empty() || text.ends_with('\\');
        }
        line.end
    }

    fn verbatim(&mut self, line: Line<'a>) {
        let opens = balance(&tokens(line));
        self.pieces.push(Piece::Verbatim { place: line.start..line.end, opens });
    }

    fn conditional(&mut self, line: Line<'a>, rest: Line<'a>) {
        let tokens = tokens(rest);
        self.pieces.push(Piece::Conditional {
            condition: line.start..rest.start,
            words: tokens.iter().map(|token| token.range()).collect(),
            comment: comment_behind(tokens.last(), rest),
            opens: balance(&tokens),
        });
    }

    fn plain(&mut self, line: Line<'a>) {
        let tokens = tokens(line);
        let comment = comment_behind(tokens.last(), line);
        let mut statements = split(&tokens);
        let splits_badly = |piece: &Piece| match piece {
            Piece::Statement { words, .. } => words
                .first()
                .and_then(|word| self.text.get(word.clone()))
                .is_some_and(|w| directive(w).is_some()),
            Piece::Blank
            | Piece::Comment(_)
            | Piece::Open(_)
            | Piece::Close(_)
            | Piece::Conditional { .. }
            | Piece::Verbatim { .. } => false,
        };
        if statements.iter().any(splits_badly) {
            // At the beginning of a line of its own the word would mean something else.
            return self.verbatim(line);
        }
        match (statements.last_mut(), comment) {
            (None, None) => self.pieces.push(Piece::Blank),
            (None, Some(comment)) => self.pieces.push(Piece::Comment(comment.place)),
            (Some(last), comment) => attach(last, comment),
        }
        self.pieces.append(&mut statements);
    }
}

/// What cannot be read has been reported when the file was read to be checked.
fn tokens(line: Line<'_>) -> Vec<Token> {
    let mut tokens = Vec::new();
    lexer::tokenize(line, &mut tokens, &mut Vec::new());
    tokens
}

/// What is left of a line behind its last token.
fn comment_behind(last: Option<&Token>, line: Line<'_>) -> Option<Comment> {
    let from = last.map_or(line.start, |token| token.range().end);
    let rest = Line { start: from, ..line }.trim_start();
    let attached = last.is_some_and(|token| token.kind() == Kind::Word) && rest.start == from;
    let place = rest.start..rest.start + rest.as_str().trim_end().len();
    (!place.is_empty()).then_some(Comment { place, attached })
}

/// How many braces are opened and not closed.
fn balance(tokens: &[Token]) -> isize {
    let count = |kind| tokens.iter().filter(|token| token.kind() == kind).count().cast_signed();
    count(Kind::Open) - count(Kind::Close)
}

/// The statements and braces of a line.
fn split(tokens: &[Token]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words: Vec<Place> = Vec::new();
    let flush = |words: &mut Vec<Place>, open: bool, pieces: &mut Vec<Piece>| {
        if !words.is_empty() {
            pieces.push(Piece::Statement { words: std::mem::take(words), open, comment: None });
        } else if open {
            pieces.push(Piece::Open(None));
        }
    };
    for token in tokens {
        match token.kind() {
            Kind::Word => words.push(token.range()),
            Kind::Open => flush(&mut words, true, &mut pieces),
            Kind::Close => {
                flush(&mut words, false, &mut pieces);
                pieces.push(Piece::Close(None));
            }
        }
    }
    flush(&mut words, false, &mut pieces);
    pieces
}

/// Puts a comment behind a piece.
fn attach(piece: &mut Piece, new: Option<Comment>) {
    match piece {
        Piece::Statement { comment, .. }
        | Piece::Open(comment)
        | Piece::Close(comment)
        | Piece::Conditional { comment, .. } => *comment = new,
        Piece::Blank | Piece::Comment(_) | Piece::Verbatim { .. } => {}
    }
}

/// Moves each brace that stands on a line below its words behind them; comments between are then inside the block. A
/// comment that may be part of a word keeps the brace where it is.
fn join_braces(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Piece::Open(behind) = piece else {
            joined.push(piece);
            continue;
        };
        let head = joined.iter_mut().rev().find(|piece| !matches!(piece, Piece::Blank | Piece::Comment(_)));
        match head {
            Some(Piece::Statement { open, comment, .. }) if !*open && !is_attached(comment.as_ref()) => {
                *open = true;
                match (comment.is_some(), behind) {
                    (false, behind) => *comment = behind,
                    (true, Some(second)) => joined.push(Piece::Comment(second.place)),
                    (true, None) => {}
                }
            }
            _ => joined.push(Piece::Open(behind)),
        }
    }
    joined
}

fn is_attached(comment: Option<&Comment>) -> bool {
    comment.is_some_and(|comment| comment.attached)
}

/// What is between blanks.
fn words_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty())
}

struct Printer<'a> {
    bytes: &'a [u8],
    out: Vec<u8>,
    depth: usize,
    row: Option<Row<'a>>,
}

/// Conditional lines in a row, each of which opens or closes: on each machine one of them counts, so that all of them
/// stand at the same depth.
struct Row<'a> {
    /// Of the last line.
    condition: &'a [u8],
    depth: usize,
    opens: isize,
}

impl<'a> Printer<'a> {
    fn run(&mut self, pieces: &[Piece]) {
        let mut blank = false;
        // No blank line at the beginning of the file or of a block, nor at the end.
        let mut begins = true;
        for piece in pieces {
            if matches!(piece, Piece::Blank) {
                blank = true;
                continue;
            }
            if blank && !begins && !matches!(piece, Piece::Close(_)) {
                self.out.push(b'\n');
            }
            blank = false;
            begins = matches!(piece, Piece::Statement { open: true, .. } | Piece::Open(_));
            self.piece(piece);
            self.out.push(b'\n');
        }
    }

    fn piece(&mut self, piece: &Piece) {
        if !matches!(piece, Piece::Comment(_) | Piece::Conditional { .. }) {
            self.row = None;
        }
        match piece {
            Piece::Blank => {}
            Piece::Comment(place) => {
                self.indent();
                self.push(place);
            }
            Piece::Statement { words, open, comment } => {
                self.indent();
                self.words(words);
                if *open {
                    self.out.extend(b" {");
                    self.depth += 1;
                }
                self.comment(comment.as_ref(), *open);
            }
            Piece::Open(comment) => {
                self.indent();
                self.out.push(b'{');
                self.depth += 1;
                self.comment(comment.as_ref(), true);
            }
            Piece::Close(comment) => {
                self.shift(-1);
                self.indent();
                self.out.push(b'}');
                self.comment(comment.as_ref(), true);
            }
            Piece::Conditional { condition, words, comment, opens } => {
                self.stand_in_row(condition, *opens);
                self.shift((*opens).min(0));
                self.indent();
                self.condition(condition);
                self.words(words);
                self.comment(comment.as_ref(), words.is_empty());
                self.shift((*opens).max(0));
            }
            Piece::Verbatim { place, opens } => {
                self.shift((*opens).min(0));
                self.indent();
                self.lines(place);
                self.shift((*opens).max(0));
            }
        }
    }

    /// Moves to where the lines before it in the row began.
    fn stand_in_row(&mut self, condition: &Place, opens: isize) {
        let condition = self.at(condition);
        self.depth = match &self.row {
            Some(row) if row.opens == opens && !words_of(row.condition).eq(words_of(condition)) => row.depth,
            Some(_) | None => self.depth,
        };
        self.row = (opens != 0).then_some(Row { condition, depth: self.depth, opens });
    }

    fn shift(&mut self, by: isize) {
        self.depth = self.depth.saturating_add_signed(by);
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n(b' ', self.depth * INDENT));
    }

    /// Words and braces with one blank between, but for words that are attached to each other.
    fn words(&mut self, words: &[Place]) {
        let mut before: Option<&Place> = None;
        for word in words {
            if let Some(before) = before {
                let is_brace = |place: &Place| matches!(self.at(place), b"{" | b"}");
                if before.end != word.start || is_brace(before) || is_brace(word) {
                    self.out.push(b' ');
                }
            }
            self.push(word);
            before = Some(word);
        }
    }

    /// `@ID` and what else stands before the words, each with a blank behind.
    fn condition(&mut self, condition: &Place) {
        for word in words_of(self.at(condition)) {
            self.out.extend(word);
            self.out.push(b' ');
        }
    }

    fn comment(&mut self, comment: Option<&Comment>, behind_brace: bool) {
        let Some(Comment { place, attached }) = comment else { return };
        if behind_brace || !attached {
            self.out.push(b' ');
        }
        self.push(place);
    }

    /// Lines as they are, without carriage returns and the blanks at the end.
    fn lines(&mut self, place: &Place) {
        let lines = self.at(place).trim_ascii_end().split(|byte| *byte == b'\n');
        for (index, line) in lines.enumerate() {
            if index > 0 {
                self.out.push(b'\n');
            }
            self.out.extend(line.strip_suffix(b"\r").unwrap_or(line));
        }
    }

    fn push(&mut self, place: &Place) {
        self.out.extend(self.at(place));
    }

    fn at(&self, place: &Place) -> &'a [u8] {
        self.bytes.get(place.clone()).unwrap_or(&[])
    }
}
