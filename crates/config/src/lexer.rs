//! Bytes to tokens, one line at a time, without copying: a token is a kind and a place.
//!
//! The rules (keepalived.conf(5), "Quoted strings", and how keepalived 2.2.7 behaves): words are separated by blanks;
//! `{` and `}` stand for themselves even when attached to a word; `#` and `!` begin a comment anywhere outside double
//! quotes unless a backslash stands before them; what is between double quotes, on one line, is a word of its own even
//! when attached to others; nothing is escaped inside. The words of a command ([`is_command`]) are like those of a shell
//! instead: quotes of both kinds may begin and end within them, and a backslash changes what follows it.

use std::borrow::Cow;
use std::ops::Range;

use crate::diagnostics::{self as ids, Diagnostic};
use crate::source::{FileId, NOT_UTF8, Span};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or an argument.
    Word,
    /// `{`
    Open,
    /// `}`
    Close,
}

/// A token and where it is in its file, in eight bytes: a configuration can have millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    start: u32,
    /// The length above, [`Token::ENDS_LINE`] and the kind below.
    length: u32,
}

impl Token {
    /// The bits of the kind.
    const KIND: u32 = 0b11;
    /// Nothing follows on its line.
    const ENDS_LINE: u32 = 0b100;
    /// Lines are shorter than what is left for the length, by far.
    const LENGTH_SHIFT: u32 = 3;

    const fn new(kind: Kind, start: usize, end: usize) -> Self {
        Self { start: start as u32, length: ((end - start) as u32) << Self::LENGTH_SHIFT | kind as u32 }
    }

    /// What it is.
    pub(crate) const fn kind(self) -> Kind {
        match self.length & Self::KIND {
            0 => Kind::Word,
            1 => Kind::Open,
            _ => Kind::Close,
        }
    }

    /// Whether it is the last one of its line.
    pub(crate) const fn ends_line(self) -> bool {
        self.length & Self::ENDS_LINE != 0
    }

    /// Where it is; never empty.
    pub(crate) const fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + (self.length >> Self::LENGTH_SHIFT) as usize
    }

    pub(crate) const fn span(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.start + (self.length >> Self::LENGTH_SHIFT) }
    }
}

/// The tokens of several files, and which file each is from.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    all: Vec<Token>,
    /// From which token on they are from which file.
    runs: Vec<(usize, FileId)>,
}

impl Tokens {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { all: Vec::with_capacity(capacity), runs: Vec::new() }
    }

    /// Adds those of a line ([`tokenize`]).
    pub(crate) fn add(&mut self, line: Line<'_>, found: &mut Vec<Diagnostic>) -> bool {
        if self.runs.last().is_none_or(|(_, file)| *file != line.file) {
            self.runs.push((self.all.len(), line.file));
        }
        tokenize(line, &mut self.all, found)
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Forgets those behind the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.all.truncate(len);
    }

    /// How many there are of a kind.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.all.iter().filter(|token| token.kind() == kind).count()
    }

    /// All, each with its place.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (Token, Span)> {
        let ends = self.runs.iter().skip(1).map(|(start, _)| *start).chain([self.all.len()]);
        self.runs.iter().zip(ends).flat_map(|((start, file), end)| {
            let run = self.all.get(*start..end).unwrap_or(&[]);
            run.iter().map(|token| (*token, token.span(*file)))
        })
    }

    /// Without the files.
    pub(crate) fn into_vec(self) -> Vec<Token> {
        self.all
    }
}

/// Keywords with a program and its arguments behind them.
pub(crate) fn is_command(keyword: &str) -> bool {
    matches!(
        keyword,
        "script"
            | "notify"
            | "notify_master"
            | "notify_backup"
            | "notify_fault"
            | "notify_stop"
            | "notify_deleted"
            | "notify_master_rx_lower_pri"
            | "startup_script"
            | "shutdown_script"
            | "notify_fifo_script"
            | "vrrp_notify_fifo_script"
            | "lvs_notify_fifo_script"
            | "quorum_up"
            | "quorum_down"
            | "notify_up"
            | "notify_down"
            | "misc_path"
    )
}

/// What a word means: without its quotes, or without the backslash before `#` and `!`.
pub(crate) fn unquote(raw: &str) -> Cow<'_, str> {
    if let Some(quoted) = raw.strip_prefix('"') {
        return Cow::Borrowed(quoted.strip_suffix('"').unwrap_or(quoted));
    }
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("\\#", "#").replace("\\!", "!"))
}

/// Tokenises the line `start..end` of `text` (without its line break) and appends the tokens to `out`; a line that
/// cannot be read adds none. Returns whether a `$` was seen.
pub(crate) fn tokenize(line: Line<'_>, out: &mut Vec<Token>, found: &mut Vec<Diagnostic>) -> bool {
    let mark = out.len();
    let mut scanner = Scanner { line, at: line.start, dollar: false };
    match scanner.run(out, found) {
        Ok(()) => {
            if let Some(last) = out.get_mut(mark..).and_then(<[Token]>::last_mut) {
                last.length |= Token::ENDS_LINE;
            }
        }
        Err(diagnostic) => {
            out.truncate(mark);
            found.push(*diagnostic);
        }
    }
    scanner.dollar
}

/// One line within a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl<'a> Line<'a> {
    /// The text from `start`.
    pub(crate) fn as_str(&self) -> &'a str {
        self.text.get(self.start..self.end).unwrap_or("")
    }

    pub(crate) fn span(&self) -> Span {
        let trimmed = self.as_str().trim_end().len();
        Span::new(self.file, self.start, self.start + trimmed.max(1).min(self.end - self.start))
    }

    /// Without leading blanks.
    pub(crate) fn trim_start(mut self) -> Self {
        let line = self.as_str();
        self.start += line.len() - line.trim_start_matches(is_blank_char).len();
        self
    }
}

/// Space, tab, vertical tab, form feed, carriage return.
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

/// The bytes that are more than a part of the word they are in.
const MEANS: [bool; 256] = {
    let mut means = [false; 256];
    let mut byte = 0;
    while byte < means.len() {
        means[byte] = is_blank(byte as u8)
            || matches!(byte as u8, b'"' | b'{' | b'}' | b'#' | b'!' | b'$' | 0 | NOT_UTF8);
        byte += 1;
    }
    means
};

fn is_blank_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_blank)
}

struct Scanner<'a> {
    line: Line<'a>,
    at: usize,
    dollar: bool,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        if self.at < self.line.end { self.line.text.as_bytes().get(self.at).copied() } else { None }
    }

    /// Moves behind what is nothing but part of a word; returns its last byte.
    fn skip_plain(&mut self) -> Option<u8> {
        let rest = self.line.text.as_bytes().get(self.at..self.line.end).unwrap_or(&[]);
        let plain = rest.iter().position(|byte| MEANS[usize::from(*byte)]).unwrap_or(rest.len());
        self.at += plain;
        rest.get(plain.checked_sub(1)?).copied()
    }

    fn run(&mut self, out: &mut Vec<Token>, found: &mut Vec<Diagnostic>) -> Result<(), Box<Diagnostic>> {
        let (mut first, mut command) = (true, false);
        while let Some(byte) = self.peek() {
            let start = self.at;
            let kind = match byte {
                b'#' | b'!' => return Ok(()),
                b'{' | b'}' => {
                    self.at += 1;
                    if byte == b'{' { Kind::Open } else { Kind::Close }
                }
                _ if is_blank(byte) => {
                    self.at += 1;
                    continue;
                }
                _ if command && !first => {
                    self.command_word()?;
                    Kind::Word
                }
                b'"' => {
                    self.quoted()?;
                    Kind::Word
                }
                _ => {
                    self.word()?;
                    Kind::Word
                }
            };
            command = match kind {
                Kind::Word if first => is_command(self.line.text.get(start..self.at).unwrap_or("")),
                Kind::Word => command,
                Kind::Open | Kind::Close => false,
            };
            first = kind != Kind::Word;
            out.push(Token::new(kind, start, self.at));
            if kind == Kind::Word && matches!(self.peek(), Some(b'#' | b'!')) {
                found.push(self.comment_in_word(start));
            }
        }
        Ok(())
    }

    /// Moves behind the word that begins here.
    fn word(&mut self) -> Result<(), Box<Diagnostic>> {
        let mut before = 0;
        loop {
            before = self.skip_plain().unwrap_or(before);
            let Some(byte) = self.peek() else { return Ok(()) };
            match byte {
                b'{' if before == b'$' => self.reference(),
                b'"' | b'{' | b'}' => return Ok(()),
                b'#' | b'!' if before != b'\\' => return Ok(()),
                0 => return Err(self.nul()),
                NOT_UTF8 => return Err(self.not_utf8()),
                _ if is_blank(byte) => return Ok(()),
                _ => {
                    self.dollar |= byte == b'$';
                    self.at += 1;
                }
            }
            before = byte;
        }
    }

    fn quoted(&mut self) -> Result<(), Box<Diagnostic>> {
        let open = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                0 => return Err(self.nul()),
                NOT_UTF8 => return Err(self.not_utf8()),
                _ => {
                    self.dollar |= byte == b'$';
                    self.at += 1;
                }
            }
        }
        Err(self.unterminated(open))
    }

    /// Moves behind the word of a command that begins here.
    fn command_word(&mut self) -> Result<(), Box<Diagnostic>> {
        let (mut quote, mut before) = (None, 0);
        while let Some(byte) = self.peek() {
            match (byte, quote) {
                (0, _) => return Err(self.nul()),
                (NOT_UTF8, _) => return Err(self.not_utf8()),
                (b'\\', _) => {
                    self.at += 1;
                    // What follows stands for itself, unless nothing can be read there.
                    self.at += usize::from(self.peek().is_some_and(|next| next != 0 && next != NOT_UTF8));
                    before = byte;
                    continue;
                }
                (_, Some((open, _))) if byte == open => quote = None,
                (b'"' | b'\'', None) => quote = Some((byte, self.at)),
                (b'{', None) if before == b'$' => {
                    self.reference();
                    before = b'}';
                    continue;
                }
                (b'{' | b'}' | b'#' | b'!', None) => break,
                (_, None) if is_blank(byte) => break,
                (_, _) => self.dollar |= byte == b'$',
            }
            self.at += 1;
            before = byte;
        }
        match quote {
            Some((_, open)) => Err(self.unterminated(open)),
            None => Ok(()),
        }
    }

    fn unterminated(&self, open: usize) -> Box<Diagnostic> {
        let span = Span::new(self.line.file, open, self.line.end.min(open + 1));
        Box::new(
            Diagnostic::new(&ids::UNTERMINATED_QUOTE, span, "this quote is not closed on its line")
                .help("close it, or write the word without blanks and quotes; the line is ignored"),
        )
    }

    /// `{…}` behind a `$`: part of the word.
    fn reference(&mut self) {
        let rest = self.line.text.get(self.at..self.line.end).unwrap_or("");
        self.at += rest.find('}').map_or(1, |close| close + 1);
    }

    fn nul(&self) -> Box<Diagnostic> {
        let message = "the line contains a NUL byte";
        Box::new(
            Diagnostic::new(&ids::NUL_BYTE, self.here(), message)
                .help("the line is ignored; is this a text file, in UTF-8?"),
        )
    }

    fn not_utf8(&self) -> Box<Diagnostic> {
        let message = "the line contains bytes that are not UTF-8";
        Box::new(
            Diagnostic::new(&ids::NOT_UTF8_TEXT, self.here(), message)
                .help("the line is ignored; convert the file to UTF-8"),
        )
    }

    fn here(&self) -> Span {
        Span::new(self.line.file, self.at, self.at + 1)
    }

    /// keepalived's users lose the end of passwords this way.
    fn comment_in_word(&self, start: usize) -> Diagnostic {
        let (word, mark) = (Span::new(self.line.file, start, self.at), self.here());
        let raw = self.line.text.get(word.range()).unwrap_or("");
        let sign = self.line.text.get(mark.range()).unwrap_or("#");
        let insert = Span::new(self.line.file, self.at, self.at);
        let message = format!("`{sign}` begins a comment here, directly behind `{raw}`");
        Diagnostic::new(&ids::COMMENT_IN_WORD, mark, message)
            .help(format!("put a blank before the comment, or write `\\{sign}` if it belongs to the word"))
            .suggest(insert, " ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn tokens(text: &str) -> (Vec<String>, Vec<&'static str>) {
        let mut sources = Sources::default();
        let file = sources.add("t", text.as_bytes());
        let (mut out, mut found) = (Vec::new(), Vec::new());
        let text = sources.text(file);
        tokenize(Line { file, text, start: 0, end: text.len() }, &mut out, &mut found);
        let words = out.iter().map(|token| text[token.range()].to_owned()).collect();
        (words, found.iter().map(|d| d.id.code).collect())
    }

    #[test]
    fn braces_stand_alone_even_when_attached() {
        assert_eq!(tokens("a b{c}d").0, ["a", "b", "{", "c", "}", "d"]);
        assert_eq!(tokens("x ${A}b} c").0, ["x", "${A}b", "}", "c"]);
        assert_eq!(tokens(r#"x "{ }" "#).0, ["x", r#""{ }""#]);
    }

    #[test]
    fn comments_begin_anywhere_outside_quotes() {
        assert_eq!(tokens("a # b"), (vec!["a".to_owned()], vec![]));
        assert_eq!(tokens("!a").0, [""; 0]);
        assert_eq!(tokens("pass!word"), (vec!["pass".to_owned()], vec!["V0006"]));
        assert_eq!(tokens(r"a\#b").0, [r"a\#b"]);
        assert_eq!(tokens(r#"a "b # c" d"#).0, ["a", r#""b # c""#, "d"]);
    }

    #[test]
    fn a_quoted_word_stands_alone_and_ends_on_its_line() {
        assert_eq!(tokens(r#"ab"c d"ef g"#).0, ["ab", r#""c d""#, "ef", "g"]);
        assert_eq!(tokens(r#"a "" b"#).0, ["a", r#""""#, "b"]);
        assert_eq!(tokens(r#"router_id "foo\"bar x""#), (vec![], vec!["V0004"]), "as keepalived: no escapes");
    }

    #[test]
    fn the_words_of_commands_are_those_of_a_shell() {
        assert_eq!(tokens(r#"script "/x \"a  b\" '{'" # c"#).0, ["script", r#""/x \"a  b\" '{'""#]);
        assert_eq!(tokens(r"notify '/x # y'").0, ["notify", "'/x # y'"]);
        assert_eq!(
            tokens(r#"a { misc_path /x" a" b } c"#).0,
            ["a", "{", "misc_path", r#"/x" a""#, "b", "}", "c"]
        );
        assert_eq!(tokens(r#"notify "/x '\"' é\" root"#), (vec![], vec!["V0004"]));
        assert_eq!(tokens("notify /x ${A b}c\\ d").0, ["notify", "/x", "${A b}c\\ d"]);
        assert_eq!(tokens("notify '\\\0'").1, ["V0002"]);
        assert_eq!(tokens(r"router_id 'a b'").0, ["router_id", "'a", "b'"], "no command");
    }

    #[test]
    fn commands_are_what_their_records_say() {
        use crate::keywords::{Block, blocks};
        for keyword in blocks().into_iter().flat_map(Block::keywords) {
            let is_program = keyword.args.to_string().trim_start_matches('[').starts_with("COMMAND");
            // What is looked for, not what is run.
            let is_program = is_program && keyword.name != "process";
            assert_eq!(is_command(keyword.name), is_program, "{}", keyword.name);
        }
    }

    #[test]
    fn unreadable_lines_are_dropped_whole() {
        assert_eq!(tokens("a b\0c"), (vec![], vec!["V0002"]));
        assert_eq!(tokens("a \u{1a}"), (vec![], vec!["V0003"]));
        assert_eq!(tokens("a # \u{1a} Latin-1 in a comment").1, [""; 0]);
    }

    #[test]
    fn words_mean_what_is_left_without_quotes() {
        assert_eq!(unquote("plain"), "plain");
        assert_eq!(unquote(r#""c d""#), "c d");
        assert_eq!(unquote(r#""""#), "");
        assert_eq!(unquote(r"a\#b\!c\d"), r"a#b!c\d");
        assert_eq!(unquote(r#""a\#b""#), r"a\#b");
    }
}
