//! Between text and tree: lines that are kept or dropped (`@ID`), and the constructs that make lines out of others.
//!
//! Everything that turns one line into none or several belongs here, so that the tree only ever sees plain lines.

use std::collections::BTreeSet;

use crate::diagnostics::{self as ids, Diagnostic};
use crate::lexer::{self, Kind, Line, Token, is_blank};
use crate::source::{FileId, Sources, Span};

/// The tokens of a file after conditional lines are decided (keepalived.conf(5), "Conditional configuration").
pub(crate) fn tokens(
    sources: &Sources,
    file: FileId,
    config_id: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<Token> {
    let text = sources.text(file);
    let mut expander = Expander {
        file,
        text,
        config_id,
        // A token is about six bytes of text in real files.
        out: Vec::with_capacity(text.len() / 6),
        defined: BTreeSet::new(),
        found,
    };
    expander.run();
    expander.out
}

struct Expander<'a> {
    file: FileId,
    text: &'a str,
    config_id: &'a str,
    out: Vec<Token>,
    /// Parameters with a definition so far; references to others are plain text.
    defined: BTreeSet<&'a str>,
    found: &'a mut Vec<Diagnostic>,
}

impl<'a> Expander<'a> {
    fn run(&mut self) {
        let mut at = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        while at < self.text.len() {
            let line = self.line_at(at);
            at = self.line(line);
        }
    }

    fn line_at(&self, start: usize) -> Line<'a> {
        let rest = self.text.get(start..).unwrap_or("");
        let end = rest.find('\n').map_or(self.text.len(), |at| start + at);
        Line { file: self.file, text: self.text, start, end }
    }

    /// Handles one line; returns where the next one begins.
    fn line(&mut self, line: Line<'a>) -> usize {
        let next = line.end + 1;
        let mut line = line.trim_start();
        match line.as_str().bytes().next() {
            None => return next,
            Some(b'i') if is_include(line.as_str()) => {
                self.not_yet(line, "`include`");
                return next;
            }
            Some(_) => {}
        }
        while line.as_str().starts_with('@') {
            match self.condition(line) {
                Some(rest) => line = rest,
                None => return next,
            }
        }
        if let Some(name) = definition(line.as_str()) {
            self.defined.insert(name);
            self.not_yet(line, "a parameter definition");
            return self.end_of_definition(line);
        }
        if line.as_str().starts_with("~SEQ") || line.as_str().starts_with("~LST") {
            self.not_yet(line, "a generated line");
            return next;
        }
        let mark = self.out.len();
        if lexer::tokenize(line, &mut self.out, self.found) {
            self.references(mark);
        }
        next
    }

    /// The rest of a line behind `@ID`, if the line is to be kept.
    fn condition(&self, line: Line<'a>) -> Option<Line<'a>> {
        let text = line.as_str();
        let word_end = text.bytes().position(is_blank).unwrap_or(text.len());
        let word = text.get(1..word_end).unwrap_or("");
        let keep = match word.strip_prefix('^') {
            Some(other) => other != self.config_id,
            None => word == self.config_id,
        };
        keep.then(|| Line { start: line.start + word_end, ..line }.trim_start())
    }

    /// Behind the last line of a definition: lines that end in a backslash continue, blank lines do not count.
    fn end_of_definition(&self, first: Line<'a>) -> usize {
        let mut line = first;
        let mut continues = line.as_str().trim_end().ends_with('\\');
        while continues && line.end < self.text.len() {
            line = self.line_at(line.end + 1);
            let text = line.as_str().trim_end();
            continues = text.is_empty() || text.ends_with('\\');
        }
        line.end + 1
    }

    /// Looks for references to parameters in the line whose tokens begin at `mark`. Drops the words of the line if
    /// there is one, except before a brace: the block keeps its shape.
    fn references(&mut self, mark: usize) {
        let words = self.out.iter().skip(mark).filter(|token| token.kind == Kind::Word);
        let Some(span) = words.map(|token| token.span).find_map(|span| self.reference_in(span)) else {
            return;
        };
        let line = self.out.split_off(mark.min(self.out.len()));
        let opens = line.iter().any(|token| token.kind == Kind::Open);
        self.out.extend(line.into_iter().filter(|token| opens || token.kind != Kind::Word));
        self.found.push(
            Diagnostic::new(&ids::NOT_YET_LANGUAGE, span, "a reference to a parameter is not supported yet")
                .help("write the value out; the line is ignored"),
        );
    }

    fn reference_in(&self, word: Span) -> Option<Span> {
        let text = self.text.get(word.range())?;
        text.match_indices('$').find_map(|(at, _)| {
            let behind = text.get(at + 1..)?;
            let name = match behind.strip_prefix('{') {
                Some(braced) => name_at(braced),
                None => Some(name_at(behind)?).filter(|name| name.len() == behind.len()),
            }?;
            let known = self.defined.contains(name) || (name.starts_with('_') && behind.starts_with('{'));
            let start = word.start as usize + at;
            let len = 1 + name.len() + if behind.starts_with('{') { 2 } else { 0 };
            known.then(|| Span::new(word.file, start, (start + len).min(word.end as usize)))
        })
    }

    fn not_yet(&mut self, line: Line<'_>, what: &str) {
        self.found.push(
            Diagnostic::new(&ids::NOT_YET_LANGUAGE, line.span(), format!("{what} is not supported yet"))
                .help("write the lines out in this file; this one is ignored"),
        );
    }
}

/// `include` and its variants with a file name behind.
fn is_include(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("include") else { return false };
    let rest = rest.strip_prefix(['r', 'm', 'w', 'b', 'a']).unwrap_or(rest);
    rest.bytes().next().is_none_or(is_blank)
}

/// The name in `$NAME=…`.
fn definition(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('$')?;
    let name = name_at(rest)?;
    rest.get(name.len()..)?.starts_with('=').then_some(name)
}

/// The parameter name at the beginning of `text`.
fn name_at(text: &str) -> Option<&str> {
    let end =
        text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_').unwrap_or(text.len());
    let name = text.get(..end)?;
    name.bytes().next().filter(|first| !first.is_ascii_digit())?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that survive with config-id `main`, and the findings.
    fn words(text: &str) -> (String, Vec<&'static str>) {
        let mut sources = Sources::default();
        let file = sources.add("t", text.as_bytes());
        let mut found = Vec::new();
        let tokens = tokens(&sources, file, "main", &mut found);
        let words = tokens.iter().filter(|token| token.kind != Kind::LineEnd);
        let words: Vec<_> = words.map(|token| sources.slice(token.span)).collect();
        (words.join(" "), found.iter().map(|d| d.id.code).collect())
    }

    #[test]
    fn conditional_lines_compare_the_whole_word() {
        assert_eq!(words("@main a\n@backup b\n@mainx c\n @main d").0, "a d");
        assert_eq!(words("@^main a\n@^backup b").0, "b");
        assert_eq!(words("@^backup @^other a\n@^backup @main b\n@main @backup c").0, "a b");
        assert_eq!(words("notify a@main").0, "notify a@main");
    }

    #[test]
    fn constructs_of_later_are_errors_and_never_misread() {
        assert_eq!(
            words("include x\nincludea x\ninclude_check\nincluded x"),
            ("include_check included x".to_owned(), vec!["V0005", "V0005"])
        );
        assert_eq!(words("$A=1\na $A\nb ${A}c\nd $AB\ne ${_PWD}/x\nf $1 ${X}").0, "d $AB f $1 ${X}");
        assert_eq!(words("~SEQ(A, 1, 3) x\n~LST(B,1) y\nz"), ("z".to_owned(), vec!["V0005", "V0005"]));
        assert_eq!(words("$A= \\\n x { \\\n\n y \\\n }\nz"), ("z".to_owned(), vec!["V0005"]));
        assert_eq!(words("@backup $A=1\n@main include x\nz"), ("include x z".to_owned(), vec![]));
    }

    #[test]
    fn line_ends_and_byte_order_mark() {
        assert_eq!(words("\u{feff}a\r\nb\r\n").0, "a b");
    }
}
