//! Files and places in them, and text that no file contains because it came out of parameters and generated lines.

mod expanded;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use expanded::Expanded;
pub(crate) use expanded::Place;

/// Number of a file within its [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

impl FileId {
    /// The file that was read first, which may include the others.
    pub const MAIN: Self = Self(0);
    /// Not a file: the lines that came out of parameters and generated lines.
    pub(crate) const EXPANDED: Self = Self(u32::MAX);
}

/// A range of bytes in one file. 12 bytes, so that every token can carry one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    pub(crate) const fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both; `self` if they are in different files.
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same place once the files have got the numbers from `first` on.
    pub(crate) const fn in_files_from(self, first: u32) -> Self {
        Self { file: FileId(self.file.0.saturating_add(first)), ..self }
    }

    /// As a range of byte offsets.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place as people name it; both numbers count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Character within the line.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One file: its name and its text.
#[derive(Debug, Clone)]
struct Source {
    name: String,
    /// Same length as the bytes read: what is not UTF-8 is replaced byte by byte, so that offsets agree.
    text: Arc<str>,
    /// Where its lines begin, once that is asked for.
    line_starts: OnceCell<Vec<u32>>,
}

impl Source {
    fn line_starts(&self) -> &[u32] {
        let newlines = || self.text.match_indices('\n').map(|(at, _)| at as u32 + 1);
        self.line_starts.get_or_init(|| std::iter::once(0).chain(newlines()).collect())
    }
}

/// All files of one configuration.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
    expanded: Box<Expanded>,
}

impl Sources {
    /// The longest file that spans can address.
    pub const MAX_LEN: usize = u32::MAX as usize - 1;

    /// Takes a file in. Bytes beyond [`Self::MAX_LEN`] are cut off; the caller has reported that.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> FileId {
        let bytes = &bytes[..bytes.len().min(Self::MAX_LEN)];
        let text = text_of(bytes);
        self.files.push(Source {
            name: name.to_owned(),
            text: Arc::from(text),
            line_starts: OnceCell::new(),
        });
        FileId(self.files.len() as u32 - 1)
    }

    /// Takes all files of another configuration in; returns the number of its first file.
    pub(crate) fn append(&mut self, other: &Self) -> u32 {
        let first = self.files.len() as u32;
        self.files.extend(other.files.iter().cloned());
        first
    }

    /// The name of a file, as the caller gave it or as it was included.
    pub fn name(&self, file: FileId) -> &str {
        self.get(file).map_or("", |source| &source.name)
    }

    /// The text of a file.
    pub fn text(&self, file: FileId) -> &str {
        if file == FileId::EXPANDED {
            return self.expanded.text();
        }
        self.get(file).map_or("", |source| &source.text)
    }

    /// The text of a file, to be kept while others are added.
    pub(crate) fn shared_text(&self, file: FileId) -> Arc<str> {
        self.get(file).map_or_else(|| Arc::from(""), |source| Arc::clone(&source.text))
    }

    /// The text under a span.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or("")
    }

    /// Where a span begins.
    pub fn position(&self, span: Span) -> Position {
        let span = self.origin(span);
        let Some(source) = self.get(span.file) else { return Position { line: 1, column: 1 } };
        let starts = source.line_starts();
        let line = starts.partition_point(|start| *start <= span.start);
        let line_start = starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = source.text.get(line_start as usize..span.start as usize).unwrap_or("");
        Position { line, column: before.chars().count() + 1 }
    }

    /// Names and texts of the files as they were read, the main one first.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|source| (source.name.as_str(), &*source.text))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn get(&self, file: FileId) -> Option<&Source> {
        self.files.get(file.0 as usize)
    }
}

/// What stands in the text for a byte that is not UTF-8: a control character that no configuration contains on
/// purpose, so that the lexer still sees where it was.
pub(crate) const NOT_UTF8: u8 = 0x1a;

fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::from(NOT_UTF8)));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.conf", "ab\nüx y\n".as_bytes());
        assert_eq!(sources.position(Span::new(file, 0, 1)).to_string(), "1:1");
        assert_eq!(sources.position(Span::new(file, 2, 3)).to_string(), "1:3");
        assert_eq!(
            sources.position(Span::new(file, 5, 6)).to_string(),
            "2:2",
            "ü is two bytes and one column"
        );
        assert_eq!(sources.position(Span::new(file, 9, 9)).to_string(), "3:1");
        assert_eq!(sources.slice(Span::new(file, 3, 6)), "üx");
    }

    #[test]
    fn offsets_survive_bytes_that_are_not_utf8() {
        let mut sources = Sources::default();
        let file = sources.add("a.conf", b"a\xff\xfeb");
        assert_eq!(sources.text(file), "a\u{1a}\u{1a}b");
    }
}
