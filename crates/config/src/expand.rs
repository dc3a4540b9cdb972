//! Between text and tree: which lines there are. Conditional lines (`@ID`) are decided, files included, parameters
//! replaced and lines generated here, so that the tree only ever sees plain lines.
//!
//! A line without any of these is tokenised where it stands. Every other one is written to the expanded text of
//! [`Sources`], which knows where each of its lines comes from; [`origin`] moves findings back there.

mod generate;
mod glob;
mod include;
mod line;
pub(crate) mod origin;
mod parameters;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::Options;
use crate::diagnostics::{self as ids, Diagnostic};
use crate::lexer::{Line, Tokens, is_blank};
use crate::source::{FileId, Place, Sources, Span};
use include::Checks;
use line::Budget;
use parameters::{Definition, Random};

/// The tokens of a configuration: of this file and of all that it includes.
pub(crate) fn tokens(
    sources: &mut Sources,
    file: FileId,
    options: &Options<'_>,
    found: &mut Vec<Diagnostic>,
) -> Tokens {
    tokens_within(sources, file, options, found, Budget::default())
}

fn tokens_within(
    sources: &mut Sources,
    file: FileId,
    options: &Options<'_>,
    found: &mut Vec<Diagnostic>,
    budget: Budget,
) -> Tokens {
    // A token is about six bytes of text in real files.
    let out = Tokens::with_capacity(sources.text(file).len() / 6);
    let mut expander = Expander {
        sources,
        options,
        out,
        definitions: BTreeMap::new(),
        random: Random::new(options.random_seed),
        checks: Checks::new(options.all_includes),
        current: file,
        chain: Vec::new(),
        directory: None,
        budget,
        spare: Vec::new(),
        found,
    };
    expander.file(file);
    expander.out
}

struct Expander<'a> {
    sources: &'a mut Sources,
    options: &'a Options<'a>,
    out: Tokens,
    definitions: BTreeMap<String, Rc<Definition>>,
    random: Random,
    /// What `include` is to complain about.
    checks: Checks,
    /// The file being read.
    current: FileId,
    /// The files that led to it, each with the line that includes the next one.
    chain: Vec<(FileId, Span)>,
    /// The absolute directory of the file being read, once it is known.
    directory: Option<Rc<str>>,
    budget: Budget,
    /// Pairs of buffers for lines that change, one for each level of definitions.
    spare: Vec<(String, String)>,
    found: &'a mut Vec<Diagnostic>,
}

/// Lines that keepalived reads have at most this many bytes.
const KEEPALIVED_LINE: usize = 1023;

/// The longest line that is read: more than any configuration needs.
const MAX_LINE: usize = 64 * 1024;

impl Expander<'_> {
    /// Reads a file to its end.
    fn file(&mut self, file: FileId) {
        let text = self.sources.shared_text(file);
        if let Some(why) = not_text(&text) {
            let message = format!("{} is not a text file: {why}", self.sources.name(file));
            let first = Span::new(file, 0, text.chars().next().map_or(0, char::len_utf8));
            let help = "name the configuration itself, as plain text in UTF-8; nothing of this file is read";
            self.found.push(Diagnostic::new(&ids::NOT_TEXT, first, message).help(help));
            return;
        }
        let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        while at < text.len() {
            at = self.line(line_at(file, &text, at));
        }
    }

    /// Handles one line of a file; returns where the next one begins.
    fn line(&mut self, line: Line<'_>) -> usize {
        let next = line.end + 1;
        if line.end - line.start > KEEPALIVED_LINE && !self.length_is_bearable(line) {
            return next;
        }
        let line = line.trim_start();
        let text = line.as_str();
        match text.bytes().next() {
            None => next,
            Some(b'i') if include::is_include(text) => {
                self.include(line);
                next
            }
            Some(b'@' | b'~') => self.special(line),
            Some(b'$') if parameters::definition(text).is_some() => self.define(line),
            Some(_) => {
                self.plain(line);
                next
            }
        }
    }

    /// Says what is to be said about a line that keepalived does not read.
    fn length_is_bearable(&mut self, line: Line<'_>) -> bool {
        let length = line.end - line.start;
        let span = Span::new(line.file, line.start, line.start + 1);
        if length > MAX_LINE {
            let message = format!("this line has {length} bytes; at most {MAX_LINE} are read");
            self.found.push(
                Diagnostic::new(&ids::LINE_TOO_LONG, span, message)
                    .help("break it; the line is ignored. Is this a configuration file?"),
            );
            return false;
        }
        let comment = line.trim_start().as_str().starts_with(['#', '!']);
        if !comment {
            let message =
                format!("this line has {length} bytes; keepalived ignores more than {KEEPALIVED_LINE}");
            self.found.push(Diagnostic::new(&ids::LONG_LINE, span, message).help("vipd reads it; break it"));
        }
        true
    }

    /// A line that begins with a condition or generator: it may still turn out to be a definition of several lines.
    fn special(&mut self, line: Line<'_>) -> usize {
        match self.condition(line.as_str()) {
            None => return line.end + 1,
            Some(0) => {}
            Some(behind) => {
                let line = Line { start: line.start + behind, ..line };
                if parameters::definition(line.as_str()).is_some() {
                    return self.define(line);
                }
            }
        }
        self.expand(line.as_str(), place(line));
        line.end + 1
    }

    /// A line that is most probably what it looks like.
    fn plain(&mut self, line: Line<'_>) {
        let (mark, findings) = (self.out.len(), self.found.len());
        let dollar = self.out.add(line, self.found);
        if dollar && self.has_reference(line.as_str()) {
            self.out.truncate(mark);
            self.found.truncate(findings);
            self.expand(line.as_str(), place(line));
        } else {
            self.settings(line.as_str());
        }
    }

    /// Keywords that concern the reading itself.
    fn settings(&mut self, line: &str) {
        let mut words = line.split(|c: char| c.is_ascii() && is_blank(c as u8));
        match line.as_bytes().first() {
            Some(b'i') if words.next() == Some("include_check") => self.checks.set(line),
            Some(b'r') if words.next() == Some("random_seed") => {
                if let Some(seed) = words.find_map(|word| word.parse().ok()) {
                    self.random = Random::new(seed);
                }
            }
            Some(_) | None => {}
        }
    }

    /// How many bytes the conditions at the beginning of a line take; `None` if the line is to be dropped.
    fn condition(&self, line: &str) -> Option<usize> {
        let mut rest = line;
        while let Some(condition) = rest.strip_prefix('@') {
            let end = condition.bytes().position(is_blank).unwrap_or(condition.len());
            let (word, behind) = condition.split_at(end);
            let keep = match word.strip_prefix('^') {
                Some(other) => other != self.options.config_id,
                None => word == self.options.config_id,
            };
            if !keep {
                return None;
            }
            rest = behind.trim_start();
        }
        Some(line.len() - rest.len())
    }
}

fn place(line: Line<'_>) -> Place {
    Place { file: line.file, start: line.start as u32, used: None }
}

fn line_at(file: FileId, text: &str, start: usize) -> Line<'_> {
    let rest = text.get(start..).unwrap_or("");
    let end = rest.find('\n').map_or(text.len(), |at| start + at);
    Line { file, text, start, end }
}

/// The parameter name at the beginning of `text`.
pub(crate) fn name_at(text: &str) -> Option<&str> {
    let end =
        text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_').unwrap_or(text.len());
    let name = text.get(..end)?;
    name.bytes().next().filter(|first| !first.is_ascii_digit())?;
    Some(name)
}

/// Why something cannot be meant as text: one finding instead of one for each line.
fn not_text(text: &str) -> Option<&'static str> {
    /// As much is looked at.
    const HEAD: usize = 4096;
    let head = text.as_bytes().get(..text.len().min(HEAD)).unwrap_or(&[]);
    if head.starts_with(b"\x7fELF") {
        return Some("it is a program");
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\x1f") {
        return Some("it is compressed");
    }
    let nuls = head.split(|byte| *byte == 0).count() - 1;
    if nuls * 3 > head.len() && nuls * 3 < head.len() * 2 {
        return Some("it seems to be UTF-16");
    }
    (head.len() >= 32 && nuls * 8 > head.len()).then_some("it is full of NUL bytes")
}

#[cfg(test)]
mod tests;
