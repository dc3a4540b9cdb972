//! One line until nothing in it is left to replace, or the lines that it stands for.

use std::rc::Rc;

use super::generate::{self, Generator};
use super::parameters::{self, Definition, Pass, without_comment};
use super::{Expander, MAX_LINE, include};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::lexer::Line;
use crate::source::{FileId, Place};

/// Definitions within definitions within generators: more than anybody writes by hand.
const MAX_DEPTH: usize = 100;

/// So often a line may change before a definition must be one that refers to itself.
const MAX_PASSES: usize = 100;

/// How much expansion there may be.
#[derive(Debug)]
pub(super) struct Budget {
    /// Bytes read and written, about, that are left.
    work: usize,
    /// Bytes of expanded text that there may be.
    text: usize,
    /// Lines that generators may still make.
    generated: usize,
    depth: usize,
    /// Reported; nothing is expanded any more.
    exhausted: bool,
}

impl Budget {
    /// What a line costs that has no bytes.
    const PER_LINE: usize = 512;

    /// Twice as many lines as the manual's 65,024 instances have: each may become a finding.
    const GENERATED: usize = 1 << 21;

    pub(super) const fn new(work: usize, text: usize) -> Self {
        Self { work, text, generated: Self::GENERATED, depth: 0, exhausted: false }
    }
}

impl Default for Budget {
    /// More than any configuration needs (the manual's 65,024 instances take 1.5 GiB of work for 26 MiB of text), and
    /// over within seconds.
    fn default() -> Self {
        Self::new(6 << 30, 256 << 20)
    }
}

/// Whether nothing in a line can be replaced, decided or generated: so it is with most of them.
fn is_settled(line: &str) -> bool {
    !line.contains('$') && !line.starts_with(|c: char| c.is_whitespace() || matches!(c, '@' | '~'))
}

impl Expander<'_> {
    /// Handles a line that has something to replace, to decide or to generate.
    pub(super) fn expand(&mut self, line: &str, place: Place) {
        if self.budget.depth >= MAX_DEPTH {
            self.endless(place, "definitions are nested");
            return;
        }
        self.budget.depth += 1;
        self.passes(line, place);
        self.budget.depth -= 1;
    }

    fn passes(&mut self, line: &str, place: Place) {
        if is_settled(line) && line.len() <= MAX_LINE {
            if self.afford(line.len(), place) {
                self.emit(line, place);
            }
            return;
        }
        let mut buffers = self.spare.pop().unwrap_or_default();
        buffers.0.clear();
        buffers.0.push_str(line);
        self.passes_in(&mut buffers, place);
        self.spare.push(buffers);
    }

    /// The line is in the first buffer, and what becomes of it goes to the other one, in turn.
    fn passes_in(&mut self, (line, next): &mut (String, String), mut place: Place) {
        for pass in 0..=MAX_PASSES {
            if !self.afford(line.len(), place) {
                return;
            }
            if pass == MAX_PASSES || line.len() > MAX_LINE {
                return self.endless(place, "the line grows");
            }
            let Some(skip) = self.beginning(line, pass == 0, &mut place) else { return };
            let rest = line.get(skip..).unwrap_or("");
            if let Some((name, value)) = parameters::definition(rest) {
                let value = without_comment(value).trim().to_owned();
                self.sources.add_definition(name, self.sources.written(place));
                return self.set(name, value, place);
            }
            if let Some(split) = generate::split(rest) {
                return self.generate(rest, split, place);
            }
            match self.replace(rest, place, next) {
                Pass::Unchanged => return self.emit(rest, place),
                Pass::Changed if is_settled(next) && next.len() <= MAX_LINE => return self.emit(next, place),
                Pass::Changed => std::mem::swap(line, next),
                Pass::Lines(definition) => return self.lines(next, &definition, place),
            }
        }
    }

    /// How many bytes at the beginning of a line are blanks and conditions; `None` if the line is dropped. As long as
    /// the line is as it was written, its place moves along.
    fn beginning(&self, line: &str, as_written: bool, place: &mut Place) -> Option<usize> {
        let blanks = line.len() - line.trim_start().len();
        let skip = blanks + self.condition(line.get(blanks..)?)?;
        if as_written && skip > 0 {
            let written = self.sources.written(*place);
            if self.sources.slice(written).starts_with(line.get(..skip)?) {
                place.start += skip as u32;
            }
        }
        Some(skip)
    }

    /// Puts the lines of a definition behind what stands before the reference.
    fn lines(&mut self, before: &str, definition: &Rc<Definition>, place: Place) {
        let used = Some(self.sources.add_use(self.sources.written(place), place.used));
        let mut first = before.to_owned();
        for (index, (text, origin)) in definition.lines.iter().enumerate() {
            if self.budget.exhausted {
                return;
            }
            let here = Place { used, ..*origin };
            if index == 0 && !before.trim().is_empty() {
                first.push_str(text);
                self.expand(&first, place);
            } else {
                self.expand(text, here);
            }
        }
    }

    fn generate(&mut self, line: &str, split: Result<generate::Split<'_>, &'static str>, place: Place) {
        let parsed = split.map_err(str::to_owned).and_then(|split| {
            let inside = self.settle(split.inside, place);
            Ok((generate::parse(split.kind, &inside)?, split.rest))
        });
        let (generator, rest) = match parsed {
            Ok(parsed) => parsed,
            Err(why) => {
                let help = "write ~SEQ(NAME, START, STEP, END) LINE or ~LST(NAME, VALUE, …) LINE; the line is ignored";
                let diagnostic = Diagnostic::new(&ids::BAD_GENERATOR, self.sources.written(place), why);
                return self.report(diagnostic.help(help));
            }
        };
        let rest = line.get(rest..).unwrap_or("");
        let skip = rest.len() - rest.trim_start().len();
        // The place of the rest, if the line is still as it was written.
        let written = self.sources.slice(self.sources.written(place));
        let moved = written.strip_suffix(rest.trim_end()).map_or(0, |before| before.len() + skip);
        let rest_place = Place { start: place.start + moved as u32, ..place };
        match generator {
            Generator::Sequence { name, start, step, end, hex } => {
                let mut value = start;
                while !self.budget.exhausted && (if step > 0 { value <= end } else { value >= end }) {
                    let text = if hex { format!("{value:x}") } else { value.to_string() };
                    self.set(&name, text, place);
                    self.expand(rest.trim_start(), rest_place);
                    value += step;
                }
            }
            Generator::List { names, values } => {
                for tuple in values {
                    for (name, value) in names.iter().zip(tuple) {
                        self.set(name, value, place);
                    }
                    self.expand(rest.trim_start(), rest_place);
                }
            }
        }
    }

    /// Replaces what can be replaced within the parentheses of a generator.
    fn settle(&mut self, inside: &str, place: Place) -> String {
        let (mut text, mut next) = (inside.to_owned(), String::new());
        for _ in 0..MAX_PASSES {
            if !self.afford(text.len(), place) || text.len() > MAX_LINE {
                break;
            }
            match self.replace(&text, place, &mut next) {
                Pass::Changed => std::mem::swap(&mut text, &mut next),
                Pass::Unchanged | Pass::Lines(_) => break,
            }
        }
        text
    }

    /// A line that is finished.
    fn emit(&mut self, line: &str, place: Place) {
        let line = without_comment(line).trim();
        if line.is_empty() {
            return;
        }
        if include::is_include(line) {
            let message = "`include` cannot stand behind a condition or come out of a parameter";
            let diagnostic = Diagnostic::new(&ids::BAD_INCLUDE, self.sources.written(place), message);
            return self.report(diagnostic.help("write it on a line of its own; it is ignored"));
        }
        match self.budget.generated.checked_sub(1) {
            Some(rest) => self.budget.generated = rest,
            None => return self.give_up(place),
        }
        self.settings(line);
        let range = self.sources.add_expanded(line, place);
        let text = self.sources.text(FileId::EXPANDED);
        let line = Line { file: FileId::EXPANDED, text, start: range.start, end: range.end };
        self.out.add(line, self.found);
    }

    /// Accounts for a line; false if there has been too much.
    fn afford(&mut self, length: usize, place: Place) -> bool {
        if self.budget.exhausted {
            return false;
        }
        let rest = self.budget.work.checked_sub(length + Budget::PER_LINE);
        match rest.filter(|_| self.sources.text(FileId::EXPANDED).len() + length <= self.budget.text) {
            Some(rest) => self.budget.work = rest,
            None => self.give_up(place),
        }
        !self.budget.exhausted
    }

    fn give_up(&mut self, place: Place) {
        if self.budget.exhausted {
            return;
        }
        self.budget.exhausted = true;
        let message = "parameters, ~SEQ and ~LST make more lines here than any configuration needs";
        let diagnostic = Diagnostic::new(&ids::TOO_MUCH, self.sources.outermost(place), message);
        self.report(diagnostic.help("generate less; no further line is expanded"));
    }

    fn endless(&mut self, place: Place, what: &str) {
        let message = format!("expanding this line does not come to an end: {what} more and more");
        let span = self.sources.written(place);
        let help = "a definition probably refers to itself; the line is ignored";
        let mut diagnostic = Diagnostic::new(&ids::ENDLESS, span, message).help(help);
        let outer = self.sources.outermost(place);
        if outer != span {
            diagnostic = diagnostic.label(outer, "used here");
        }
        self.report(diagnostic);
        // What refers to itself twice would be reported over and over.
        self.budget.exhausted = true;
    }

    /// Reports once what every round of a generator would report again.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        let same = |known: &Diagnostic| known.span == diagnostic.span && known.message == diagnostic.message;
        if !self.found.iter().rev().take(100).any(same) {
            self.found.push(diagnostic);
        }
    }
}
