//! Parameters: their definitions, and the references to them in a line.

use std::rc::Rc;

use super::{Expander, name_at};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::lexer::{Line, is_blank};
use crate::source::{Place, Span};

/// What a parameter stands for: one line or more, without comments.
#[derive(Debug)]
pub(super) struct Definition {
    /// Never empty.
    pub(super) lines: Vec<(String, Place)>,
}

/// What becomes of a line when its references are replaced once.
pub(super) enum Pass {
    /// There is nothing to replace.
    Unchanged,
    /// The new line is in the buffer.
    Changed,
    /// A definition of several lines goes behind what is in the buffer.
    Lines(Rc<Definition>),
}

impl Expander<'_> {
    /// Takes in the definition that begins on this line; returns where the line behind it begins. Lines that end in a
    /// backslash continue, blank lines among them do not count.
    pub(super) fn define(&mut self, first: Line<'_>) -> usize {
        let Some((name, value)) = definition(first.as_str()) else { return first.end + 1 };
        let mut line = Line { start: first.end - value.len(), ..first };
        let mut lines = Vec::new();
        loop {
            let text = line.as_str().trim_end();
            let continues = text.ends_with('\\') || (text.is_empty() && line.start > first.end);
            let line_at_text = line.trim_start();
            let text = line_at_text.as_str().trim_end();
            let text = without_comment(text.strip_suffix('\\').unwrap_or(text)).trim_end();
            if !text.is_empty() {
                lines.push((text.to_owned(), super::place(line_at_text)));
            }
            if !continues || line.end >= line.text.len() {
                break;
            }
            line = super::line_at(line.file, line.text, line.end + 1);
        }
        if lines.is_empty() {
            lines.push((String::new(), super::place(Line { start: first.end, ..first })));
        }
        self.sources.add_definition(name, first.span());
        self.definitions.insert(name.to_owned(), Rc::new(Definition { lines }));
        line.end + 1
    }

    /// Gives a parameter a value of one line.
    pub(super) fn set(&mut self, name: &str, value: String, place: Place) {
        let definition = Rc::new(Definition { lines: vec![(value, place)] });
        match self.definitions.get_mut(name) {
            Some(known) => *known = definition,
            None => {
                self.definitions.insert(name.to_owned(), definition);
            }
        }
    }

    /// Whether a line has a reference that would be replaced.
    pub(super) fn has_reference(&self, line: &str) -> bool {
        references(line).any(|reference| {
            reference.name.starts_with('_') && reference.braced
                || self.definitions.contains_key(reference.name)
        })
    }

    /// Replaces each reference once, from left to right, writing to `out`.
    pub(super) fn replace(&mut self, line: &str, place: Place, out: &mut String) -> Pass {
        out.clear();
        out.reserve(line.len());
        let mut done = 0;
        for reference in references(line) {
            if reference.start < done {
                continue;
            }
            let before = line.get(done..reference.start).unwrap_or("");
            let Some(definition) = self.definitions.get(reference.name) else {
                if let Some(value) = self.predefined(&reference, line, place) {
                    out.push_str(before);
                    out.push_str(&value);
                    done = reference.end;
                }
                continue;
            };
            if !reference.arguments.is_empty() {
                let message = format!("`{}` takes no words behind its name", reference.name);
                self.bad_reference(&reference, line, place, message);
                continue;
            }
            if let [(value, _)] = definition.lines.as_slice() {
                out.push_str(before);
                out.push_str(value);
                done = reference.end;
                continue;
            }
            // Several lines are only put in where nothing follows, and after what stands before them is settled: it
            // may be a condition or generate lines.
            let last = without_comment(line.get(reference.end..).unwrap_or("")).trim_end().is_empty();
            if last && done == 0 {
                let definition = Rc::clone(definition);
                out.push_str(before);
                return Pass::Lines(definition);
            }
        }
        if done == 0 {
            return Pass::Unchanged;
        }
        out.push_str(line.get(done..).unwrap_or(""));
        Pass::Changed
    }

    /// What a name that begins with an underscore stands for.
    fn predefined(&mut self, reference: &Reference<'_>, line: &str, place: Place) -> Option<String> {
        let words: Vec<&str> = reference.arguments.split_ascii_whitespace().collect();
        let quoted = || line.get(..reference.start).unwrap_or("").matches('"').count() % 2 == 1;
        let result = match (reference.name, words.as_slice()) {
            ("_PWD", []) => Ok(self.directory().to_string()),
            ("_INSTANCE", []) => Ok(self.options.config_id.to_owned()),
            ("_HASH", []) => Ok(if quoted() { "#" } else { "\\#" }.to_owned()),
            ("_BANG", []) => Ok(if quoted() { "!" } else { "\\!" }.to_owned()),
            ("_RANDOM", words) => self.random(words),
            ("_ENV", [name]) => self.environment(name),
            ("_ENV", _) => Err("`_ENV` takes the name of one environment variable".to_owned()),
            ("_PWD" | "_INSTANCE" | "_HASH" | "_BANG", _) => {
                Err(format!("nothing belongs behind `{}`", reference.name))
            }
            _ => return None,
        };
        match result {
            Ok(value) => Some(value),
            Err(message) => {
                self.bad_reference(reference, line, place, message);
                Some(String::new())
            }
        }
    }

    fn bad_reference(&mut self, reference: &Reference<'_>, line: &str, place: Place, message: String) {
        let written = self.sources.written(place);
        let whole = line.get(reference.start..reference.end).unwrap_or("");
        let at = self.sources.slice(written).find(whole).map(|at| written.start as usize + at);
        let span = at.map_or(written, |at| Span::new(written.file, at, at + whole.len()));
        self.report(Diagnostic::new(&ids::BAD_REFERENCE, span, message).help("it stands for nothing"));
    }

    fn random(&mut self, words: &[&str]) -> Result<String, String> {
        let number = |word: &&str| {
            word.parse::<u32>().map_err(|_| format!("`{word}` is not a number (0 to 4294967295)"))
        };
        let (min, max) = match words {
            [] => (0, 32767),
            [min] => (number(min)?, 32767),
            [min, max] => (number(min)?, number(max)?),
            _ => return Err("`_RANDOM` takes at most a smallest and a largest number".to_owned()),
        };
        if min > max {
            return Err(format!("there is no number from {min} to {max}"));
        }
        Ok(self.random.between(min, max).to_string())
    }

    fn environment(&self, name: &str) -> Result<String, String> {
        let found = self.options.environment.iter().find(|(known, _)| known == name);
        let value = found.map(|(_, value)| value.as_str());
        let value = value.ok_or_else(|| format!("there is no environment variable `{name}`"))?;
        if value.contains(['\n', '\0']) {
            return Err(format!("the environment variable `{name}` has more than one line"));
        }
        Ok(value.to_owned())
    }
}

/// The name and the value in `$NAME=VALUE`.
pub(super) fn definition(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix('$')?;
    let name = name_at(rest)?;
    Some((name, rest.get(name.len()..)?.strip_prefix('=')?))
}

/// What looks like `$NAME` before a blank, `${NAME}` or `${NAME WORDS}`.
pub(super) struct Reference<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a str,
    pub(super) braced: bool,
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) fn references(line: &str) -> impl Iterator<Item = Reference<'_>> {
    line.match_indices('$').filter_map(|(start, _)| {
        let behind = line.get(start + 1..)?;
        let braced = behind.strip_prefix('{');
        let name = name_at(braced.unwrap_or(behind))?;
        let rest = braced.unwrap_or(behind).get(name.len()..)?;
        let first = rest.bytes().next();
        let Some(_) = braced else {
            let end = start + 1 + name.len();
            return first.is_none_or(is_blank).then_some(Reference {
                name,
                arguments: "",
                braced: false,
                start,
                end,
            });
        };
        first.filter(|byte| *byte == b'}' || is_blank(*byte))?;
        let (arguments, _) = rest.split_once('}')?;
        let end = start + 2 + name.len() + arguments.len() + 1;
        Some(Reference { name, arguments: arguments.trim(), braced: true, start, end })
    })
}

/// A line without its comment.
pub(super) fn without_comment(line: &str) -> &str {
    if !line.contains('#') && !line.contains('!') {
        return line;
    }
    let (mut quoted, mut before) = (false, 0);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'#' | b'!' if !quoted && before != b'\\' => return line.get(..at).unwrap_or(line),
            _ => {}
        }
        before = byte;
    }
    line
}

/// A small generator of numbers that look random (SplitMix64, by Sebastiano Vigna, in the public domain).
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from `min` to `max`, both included.
    fn between(&mut self, min: u32, max: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let count = u64::from(max) - u64::from(min) + 1;
        // Below 2^32, as `count` is at most 2^32 and the remainder at most `max - min`.
        min + ((mixed ^ (mixed >> 31)) % count) as u32
    }
}
