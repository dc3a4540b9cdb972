//! Text that came out of parameters and generated lines, and where in the files each of its lines comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use super::{FileId, Sources, Span};

/// Where a piece of text was written: the line that holds it, from its first byte on, and the uses that led there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: FileId,
    /// Offset of the first byte of the piece; it reaches to the end of its line.
    pub(crate) start: u32,
    /// The use of the definition it is from, if it is from one.
    pub(crate) used: Option<Use>,
}

/// Number of a use of a definition, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use(NonZeroU32);

/// One line of expanded text.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Offset in the expanded text.
    start: u32,
    place: Place,
}

/// All expanded text. It only grows, a line at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Expanded {
    text: String,
    lines: Vec<Line>,
    /// Each place that used a definition, with the use that it is itself part of.
    uses: Vec<(Span, Option<Use>)>,
    known_uses: BTreeMap<(Span, Option<Use>), Use>,
    /// Where each parameter is defined.
    definitions: BTreeMap<String, Vec<Span>>,
}

/// As many definitions of one parameter are remembered for messages.
const MAX_DEFINITIONS: usize = 16;

impl Expanded {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place of a use, and those of the uses that it is part of.
    fn chain(&self, innermost: Option<Use>) -> impl Iterator<Item = Span> {
        let place = |number: Use| self.uses.get(number.0.get() as usize - 1).copied();
        let first = innermost.and_then(place);
        std::iter::successors(first, move |(_, within)| within.and_then(place)).map(|(at, _)| at)
    }

    fn line_at(&self, offset: u32) -> Option<Line> {
        let behind = self.lines.partition_point(|line| line.start <= offset);
        self.lines.get(behind.checked_sub(1)?).copied()
    }
}

impl Sources {
    /// Adds a line to the expanded text; returns its range there.
    pub(crate) fn add_expanded(&mut self, line: &str, place: Place) -> std::ops::Range<usize> {
        let start = self.expanded.text.len();
        self.expanded.text.push_str(line);
        self.expanded.text.push('\n');
        self.expanded.lines.push(Line { start: start as u32, place });
        start..start + line.len()
    }

    /// The number of a use of a definition.
    pub(crate) fn add_use(&mut self, at: Span, within: Option<Use>) -> Use {
        let expanded = &mut *self.expanded;
        *expanded.known_uses.entry((at, within)).or_insert_with(|| {
            expanded.uses.push((at, within));
            Use(NonZeroU32::new(expanded.uses.len() as u32).unwrap_or(NonZeroU32::MAX))
        })
    }

    /// Remembers where a parameter is defined.
    pub(crate) fn add_definition(&mut self, name: &str, at: Span) {
        if !self.expanded.definitions.contains_key(name) {
            self.expanded.definitions.insert(name.to_owned(), Vec::new());
        }
        if let Some(known) = self.expanded.definitions.get_mut(name)
            && known.len() < MAX_DEFINITIONS
            && !known.contains(&at)
        {
            known.push(at);
        }
    }

    /// Where a parameter is defined, in the order of reading.
    pub(crate) fn definitions(&self, name: &str) -> &[Span] {
        self.expanded.definitions.get(name).map_or(&[], Vec::as_slice)
    }

    /// Where the text under a span was written by somebody: for expanded text the place in the line it was made of.
    pub fn origin(&self, span: Span) -> Span {
        if span.file != FileId::EXPANDED {
            return span;
        }
        let Some(line) = self.expanded.line_at(span.start) else { return span };
        let written = self.written(line.place);
        let from = self.text(FileId::EXPANDED).get(line.start as usize..).unwrap_or("");
        let made = from.split('\n').next().unwrap_or("");
        let within = span.start.min(span.end)..span.end.max(span.start);
        let range = map(
            self.slice(written),
            made,
            (within.start - line.start) as usize..((within.end - line.start) as usize).min(made.len()),
        );
        let start = written.start as usize;
        Span::new(written.file, start + range.start, start + range.end)
    }

    /// The expanded line around a span, if it is one.
    pub(crate) fn expanded_line(&self, span: Span) -> Option<&str> {
        let line = self.expanded.line_at(span.start).filter(|_| span.file == FileId::EXPANDED)?;
        self.expanded.text.get(line.start as usize..)?.split('\n').next()
    }

    /// The places whose use of a definition led to the text under a span, the innermost first.
    pub(crate) fn uses(&self, span: Span) -> Vec<Span> {
        let line = self.expanded.line_at(span.start).filter(|_| span.file == FileId::EXPANDED);
        self.expanded.chain(line.and_then(|line| line.place.used)).collect()
    }

    /// The line that began all that led to a place: itself, or the outermost use.
    pub(crate) fn outermost(&self, place: Place) -> Span {
        self.expanded.chain(place.used).last().unwrap_or_else(|| self.written(place))
    }

    /// Where the parameters of a line have got the values that the expanded line around a span shows.
    pub(crate) fn definitions_of(&self, span: Span) -> Vec<(&str, Span)> {
        let Some(line) = self.expanded.line_at(span.start) else { return Vec::new() };
        let (written, made) = (self.slice(self.written(line.place)), self.expanded_line(span).unwrap_or(""));
        let name = |(at, sign): (usize, &'_ str)| {
            let behind = written.get(at + sign.len()..)?;
            crate::expand::name_at(behind.strip_prefix('{').unwrap_or(behind))
        };
        let names: BTreeSet<&str> = written.match_indices('$').filter_map(name).collect();
        let mut all = Vec::new();
        for name in names {
            let Some((name, sites)) = self.expanded.definitions.get_key_value(name) else { continue };
            let shown = |site: &&Span| {
                let value = self.slice(**site).split_once('=').map_or("", |(_, value)| value).trim();
                !value.is_empty() && made.contains(value)
            };
            let site = sites.iter().rev().find(shown).or_else(|| sites.first().filter(|_| sites.len() == 1));
            all.extend(site.map(|site| (name.as_str(), *site)));
        }
        all
    }

    /// From a place to the end of its line, without the backslash that continues a definition.
    pub(crate) fn written(&self, place: Place) -> Span {
        let start = place.start as usize;
        let rest = self.text(place.file).get(start..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("").trim_end();
        let line = line.strip_suffix('\\').unwrap_or(line).trim_end();
        Span::new(place.file, start, start + line.len())
    }
}

/// Which part of `written` became the part `range` of `made`: exact where both agree from the beginning or from the
/// end; otherwise everything between, which holds the references.
fn map(written: &str, made: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let same = |(a, b): &(u8, u8)| a == b;
    let head = written.bytes().zip(made.bytes()).take_while(same).count();
    let most = written.len().min(made.len()) - head;
    let tail = written.bytes().rev().zip(made.bytes().rev()).take(most).take_while(same).count();
    let start = if range.start <= head {
        range.start
    } else if range.start >= made.len() - tail {
        written.len() - (made.len() - range.start)
    } else {
        head
    };
    let end = if range.end <= head {
        range.end
    } else if range.end >= made.len() - tail {
        written.len() - (made.len() - range.end)
    } else {
        written.len() - tail
    };
    let (start, end) = (written.floor_char_boundary(start), written.ceil_char_boundary(end));
    start.min(end)..widen(written, start, end)
}

/// The end of a piece that begins or ends within a reference `${…}`: behind its brace.
fn widen(written: &str, start: usize, end: usize) -> usize {
    let open = written.get(start..end).unwrap_or("").rfind("${").map(|at| start + at);
    let Some(open) = open else { return end.max(start) };
    match written.get(open..).and_then(|rest| rest.find('}')) {
        Some(close) => end.max(open + close + 1),
        None => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped<'a>(written: &'a str, made: &str, part: &str) -> &'a str {
        let start = made.find(part).unwrap();
        &written[map(written, made, start..start + part.len())]
    }

    #[test]
    fn parts_are_found_where_they_were_written() {
        assert_eq!(mapped("priority ${PRIO} x", "priority 300 x", "priority"), "priority");
        assert_eq!(mapped("priority ${PRIO} x", "priority 300 x", "300"), "${PRIO}");
        assert_eq!(mapped("priority ${PRIO} x", "priority 300 x", "x"), "x");
        assert_eq!(mapped("a 10.${A}.0.${B}/24 y", "a 10.7.0.12/24 y", "10.7.0.12/24"), "10.${A}.0.${B}/24");
        assert_eq!(mapped("a ${P}${Q}", "a ${P} ", "${P}"), "${P}");
        assert_eq!(mapped("", "", ""), "");
    }
}
