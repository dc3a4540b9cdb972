//! Offsets of bytes to the protocol's positions (line, and UTF-16 units within it; both from 0) and back; paths to
//! URIs and back.

use std::fmt::Write;
use std::ops::Range;

use lsp_types::Position;

pub(super) fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let character = before[line_start..].encode_utf16().count();
    Position::new(line as u32, character as u32)
}

pub(super) fn range(text: &str, range: &Range<usize>) -> lsp_types::Range {
    lsp_types::Range::new(position(text, range.start), position(text, range.end))
}

/// A position beyond the end of its line is that end, one beyond the last line the end of the text.
pub(super) fn offset(text: &str, position: Position) -> usize {
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number == position.line as usize {
            let mut units = 0;
            let line = line.trim_end_matches('\n');
            let within = line.char_indices().find(|(_, c)| {
                let here = units >= position.character as usize;
                units += c.len_utf16();
                here
            });
            return start + within.map_or(line.len(), |(at, _)| at);
        }
        start += line.len();
    }
    text.len()
}

/// The path of a `file:` URI; another URI as it is.
pub(super) fn path(uri: &str) -> String {
    let Some(encoded) = uri.strip_prefix("file://") else { return uri.to_owned() };
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        let escaped = (*first == b'%').then(|| after.get(..2).and_then(hex)).flatten();
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The `file:` URI of an absolute path.
pub(super) fn uri(path: &str) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_units_of_utf16() {
        let text = "ab\n\u{fc}\u{1f600}x\n";
        assert_eq!(position(text, 9), Position::new(1, 3), "one unit for \u{fc}, two for the face");
        assert_eq!(offset(text, Position::new(1, 3)), 9);
        assert_eq!(offset(text, Position::new(0, 99)), 2);
        assert_eq!(offset(text, Position::new(9, 0)), text.len());
    }

    #[test]
    fn paths_and_uris() {
        assert_eq!(path("file:///etc/a%20b.conf"), "/etc/a b.conf");
        assert_eq!(uri("/etc/a b.conf"), "file:///etc/a%20b.conf");
        assert_eq!(path("file:///100%"), "/100%");
        assert_eq!(path("untitled:1"), "untitled:1");
    }
}
