//! Suggestions carried out.

use super::Diagnostic;
use crate::source::FileId;

/// A file with suggestions carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed<'a> {
    /// The new content.
    pub bytes: Vec<u8>,
    /// What is settled by it, in the order of the text.
    pub settled: Vec<&'a Diagnostic>,
}

/// Carries out the safe suggestions that concern the file which was read first, whose content is `bytes`. Of those
/// that get in each other's way the first counts; reading the result again finds the others.
pub fn fix<'a>(bytes: &[u8], diagnostics: &'a [Diagnostic]) -> Fixed<'a> {
    let mut safe: Vec<_> = diagnostics
        .iter()
        .filter_map(|diagnostic| Some((diagnostic, diagnostic.suggestion.as_ref()?)))
        .filter(|(_, suggestion)| suggestion.safe && suggestion.span.file == FileId(0))
        .collect();
    safe.sort_by_key(|(_, suggestion)| suggestion.span);
    let mut fixed = Fixed { bytes: Vec::with_capacity(bytes.len()), settled: Vec::new() };
    let mut at = 0;
    let mut last = None;
    for (diagnostic, suggestion) in safe {
        let range = suggestion.span.range();
        let Some(kept) = bytes.get(at..range.start).filter(|_| last != Some(suggestion.span)) else {
            continue;
        };
        fixed.bytes.extend(kept);
        fixed.bytes.extend(suggestion.replacement.as_bytes());
        fixed.settled.push(diagnostic);
        at = range.end;
        last = Some(suggestion.span);
    }
    fixed.bytes.extend(bytes.get(at..).unwrap_or(&[]));
    fixed
}

#[cfg(test)]
mod tests {
    use super::super::{DEPRECATED, UNKNOWN_KEYWORD};
    use super::*;
    use crate::source::Span;

    fn at(start: usize, end: usize) -> Diagnostic {
        Diagnostic::new(&DEPRECATED, Span::new(FileId(0), start, end), "")
    }

    fn text(bytes: &[u8], diagnostics: &[Diagnostic]) -> (String, usize) {
        let fixed = fix(bytes, diagnostics);
        (String::from_utf8(fixed.bytes).unwrap(), fixed.settled.len())
    }

    #[test]
    fn safe_suggestions_are_written_in_their_places() {
        let span = |start, end| Span::new(FileId(0), start, end);
        let later = at(4, 7).fix(span(4, 7), "longer");
        let earlier = at(0, 3).fix(span(0, 3), "x");
        assert_eq!(text(b"old two!", &[later, earlier]), ("x longer!".to_owned(), 2));
        assert_eq!(text(b"ab", &[at(1, 1).fix(span(1, 1), "-")]), ("a-b".to_owned(), 1));
    }

    #[test]
    fn guesses_and_other_files_are_left_alone() {
        let guess = Diagnostic::new(&UNKNOWN_KEYWORD, Span::new(FileId(0), 0, 1), "");
        let guess = guess.suggest(Span::new(FileId(0), 0, 1), "x");
        let elsewhere = at(0, 1).fix(Span::new(FileId(1), 0, 1), "x");
        assert_eq!(text(b"a", &[guess, elsewhere, at(0, 1)]), ("a".to_owned(), 0));
    }

    #[test]
    fn of_two_in_each_others_way_the_first_counts() {
        let one = at(0, 3).fix(Span::new(FileId(0), 0, 3), "x");
        let two = at(2, 4).fix(Span::new(FileId(0), 2, 4), "y");
        assert_eq!(text(b"abcd", &[one.clone(), two]), ("xd".to_owned(), 1));
        assert_eq!(text(b"abcd", &[one.clone(), one]), ("xd".to_owned(), 1));
    }
}
