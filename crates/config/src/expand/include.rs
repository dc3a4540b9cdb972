//! `include` and its variants (keepalived.conf(5), "DESCRIPTION" and `include_check`).

use std::rc::Rc;

use super::Expander;
use super::glob::{self, Alternative};
use crate::diagnostics::{self as ids, Diagnostic, Severity};
use crate::files::FileError;
use crate::lexer::{Line, is_blank};
use crate::source::{FileId, Sources, Span};

/// What to complain about when an `include` finds nothing, or nothing readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Checks {
    readable: bool,
    plain: bool,
    wild: bool,
    brace: bool,
}

/// Files within files: more than anybody writes.
const MAX_DEPTH: usize = 32;

/// More files than any configuration has.
const MAX_FILES: usize = 10_000;

/// All files of a configuration together.
const MAX_BYTES: usize = 256 << 20;

/// `include` and its variants with a file name behind.
pub(super) fn is_include(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("include") else { return false };
    let rest = rest.strip_prefix(['r', 'm', 'w', 'b', 'a']).unwrap_or(rest);
    rest.bytes().next().is_none_or(is_blank)
}

impl Checks {
    /// None of them, or all.
    pub(super) const fn new(all: bool) -> Self {
        Self { readable: all, plain: all, wild: all, brace: all }
    }

    /// `include_check [[+|-]CHECK…]`. Words that are no checks are left to the keyword's own record.
    pub(super) fn set(&mut self, line: &str) {
        let mut words = line.split_ascii_whitespace().skip(1).peekable();
        if words.peek().is_none() {
            *self = Self::new(true);
        }
        let mut on = None;
        for word in words {
            let name = word.trim_start_matches(['+', '-']);
            match word.as_bytes().first() {
                Some(b'+') => on = Some(true),
                Some(b'-') => on = Some(false),
                Some(_) | None if on.is_none() => {
                    *self = Self::new(false);
                    on = Some(true);
                }
                Some(_) | None => {}
            }
            let flag = match name {
                "readable" => &mut self.readable,
                "match" => &mut self.plain,
                "wildcard_match" => &mut self.wild,
                "brace_match" => &mut self.brace,
                _ => continue,
            };
            *flag = on.unwrap_or(true);
        }
    }

    /// With those that a variant of `include` adds.
    fn with(mut self, variant: Option<char>) -> Self {
        match variant {
            Some('r') => self.readable = true,
            Some('m') => self.plain = true,
            Some('w') => (self.plain, self.wild) = (true, true),
            Some('b') => self.brace = true,
            Some('a') => self = Self::new(true),
            Some(_) | None => {}
        }
        self.readable |= self.plain || self.wild || self.brace;
        self
    }
}

impl Expander<'_> {
    /// Reads the files that an `include` line names.
    pub(super) fn include(&mut self, line: Line<'_>) {
        let text = super::parameters::without_comment(line.as_str()).trim_end();
        let word = text.find(|c: char| c.is_ascii() && is_blank(c as u8)).unwrap_or(text.len());
        let variant = text.get("include".len()..word).and_then(|letter| letter.chars().next());
        let pattern = text.get(word..).unwrap_or("").trim();
        let start = line.start + text.len() - pattern.len();
        let span = Span::new(line.file, start, start + pattern.len());
        let Some(pattern) = self.pattern(pattern, line) else { return };
        let Some(files) = self.options.files else {
            let diagnostic = Diagnostic::new(&ids::BAD_INCLUDE, span, "no other file can be read here");
            self.found.push(diagnostic.help("write the lines out in this file; this one is ignored"));
            return;
        };
        let Some(alternatives) = glob::find(files, &pattern) else {
            let message = "the braces stand for more than ten thousand names";
            self.found.push(Diagnostic::new(&ids::BAD_INCLUDE, span, message).help("write fewer"));
            return;
        };
        let checks = self.checks.with(variant);
        let missing = missing(&alternatives, checks);
        if let Some((message, is_error)) = missing {
            let help = if is_error {
                "create it, or use a plain `include` without include_check if it may be missing"
            } else {
                "create it, or remove the line"
            };
            let diagnostic = Diagnostic::new(&ids::INCLUDE_MISSING, span, message).help(help);
            self.found.push(graded(diagnostic, is_error));
        }
        for path in alternatives.into_iter().flat_map(|alternative| alternative.matches) {
            self.include_file(&path, span, checks);
        }
    }

    /// The pattern, relative to the directory of the main file's name like every path.
    fn pattern(&mut self, written: &str, line: Line<'_>) -> Option<String> {
        let problem = if written.is_empty() {
            Some("`include` needs the name of a file behind it")
        } else if written.starts_with('"') {
            Some("`include` takes the name of a file without quotes")
        } else {
            None
        };
        if let Some(problem) = problem {
            let diagnostic = Diagnostic::new(&ids::BAD_INCLUDE, line.span(), problem);
            self.found.push(diagnostic.help("write `include FILE`; the line is ignored"));
            return None;
        }
        if written.starts_with('/') {
            return Some(written.to_owned());
        }
        Some(glob::join(directory_of(self.sources.name(line.file)), written))
    }

    fn include_file(&mut self, path: &str, span: Span, checks: Checks) {
        if let Some(diagnostic) = self.refused(path, span) {
            self.found.push(diagnostic);
            return;
        }
        let Some(files) = self.options.files else { return };
        let bytes = match files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.found.push(unreadable(path, &error, span, checks.readable));
                return;
            }
        };
        if self.sources.bytes() + bytes.len() > MAX_BYTES {
            let message = format!("the files together have more than {} MiB", MAX_BYTES >> 20);
            let help = format!("{path} is not read");
            self.found.push(Diagnostic::new(&ids::BAD_INCLUDE, span, message).help(help));
            return;
        }
        let file = self.sources.add(path, &bytes);
        drop(bytes);
        let (checks, directory) = (self.checks, self.directory.take());
        let current = std::mem::replace(&mut self.current, file);
        self.chain.push((current, span));
        self.file(file);
        self.chain.pop();
        self.current = current;
        // What is set in a file is forgotten at its end.
        (self.checks, self.directory) = (checks, directory);
    }

    /// Why a file is not read although it could be.
    fn refused(&self, path: &str, span: Span) -> Option<Diagnostic> {
        let opened = |file: &FileId| same_path(self.sources.name(*file), path);
        let chain: Vec<FileId> = self.chain.iter().map(|(file, _)| *file).chain([self.current]).collect();
        let (what, from) = if let Some(from) = chain.iter().position(opened) {
            (format!("{path} includes itself"), from)
        } else if chain.len() > MAX_DEPTH {
            (format!("files are included more than {MAX_DEPTH} deep"), 0)
        } else if self.sources.len() >= MAX_FILES {
            (format!("more than {MAX_FILES} files are included"), chain.len())
        } else {
            return None;
        };
        let names = chain.iter().skip(from).map(|file| self.sources.name(*file)).chain([path]);
        let names: Vec<&str> = names.collect();
        let mut diagnostic =
            Diagnostic::new(&ids::INCLUDE_LOOP, span, format!("{what}: {}", names.join(" -> ")));
        for (_, at) in self.chain.iter().skip(from) {
            diagnostic = diagnostic.label(*at, "included here");
        }
        Some(diagnostic.help("remove one of these lines; this one is ignored"))
    }

    /// The absolute directory of the file being read.
    pub(super) fn directory(&mut self) -> Rc<str> {
        if let Some(known) = &self.directory {
            return Rc::clone(known);
        }
        let directory = directory_of(self.sources.name(self.current));
        let absolute = match self.options.files {
            Some(files) => files.absolute(directory),
            None if directory.is_empty() => ".".to_owned(),
            None => directory.to_owned(),
        };
        let absolute: Rc<str> = absolute.into();
        self.directory = Some(Rc::clone(&absolute));
        absolute
    }
}

/// The directory in a path: empty if there is none.
fn directory_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
        None => "",
    }
}

/// Whether two paths are the same once `.` and double slashes are gone.
fn same_path(a: &str, b: &str) -> bool {
    fn parts(path: &str) -> impl Iterator<Item = &str> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".")
    }
    a.starts_with('/') == b.starts_with('/') && parts(a).eq(parts(b))
}

/// What to say about names that stand for no file, and whether it is an error.
fn missing(alternatives: &[Alternative], checks: Checks) -> Option<(String, bool)> {
    let empty = alternatives.iter().find(|alternative| alternative.matches.is_empty())?;
    let several = alternatives.len() > 1;
    let is_error = several && checks.brace || if empty.wild { checks.wild } else { checks.plain && !several };
    if empty.wild && !is_error {
        return None;
    }
    let what = if empty.wild { "no file matches" } else { "there is no file" };
    Some((format!("{what} {}", empty.pattern), is_error))
}

fn unreadable(path: &str, error: &FileError, span: Span, is_error: bool) -> Diagnostic {
    let help = match error {
        FileError::NotFound => {
            "it has gone since it was looked for, or its link leads nowhere; it is skipped"
        }
        FileError::Permission => "let the user that runs this read it; it is skipped",
        FileError::Directory => "to include what is in it, write `/*.conf` behind its name; it is skipped",
        FileError::Device | FileError::Socket | FileError::Pipe => "name a regular file; it is skipped",
        FileError::TooLarge(_) | FileError::Other(_) => "it is skipped",
    };
    let message = format!("{path} cannot be read: {error}");
    graded(Diagnostic::new(&ids::INCLUDE_UNREADABLE, span, message).help(help), is_error)
}

/// Without an include_check, keepalived goes on.
fn graded(mut diagnostic: Diagnostic, is_error: bool) -> Diagnostic {
    diagnostic.severity = if is_error { Severity::Error } else { Severity::Warning };
    diagnostic
}

impl Sources {
    /// The size of all files.
    fn bytes(&self) -> usize {
        (0..self.len()).map(|number| self.text(FileId(number as u32)).len()).sum()
    }
}
