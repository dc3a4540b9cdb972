//! The canonical layout of a configuration file: one statement a line, four columns for each level of blocks, at most
//! one blank line in a row. Comments stay where they are; words, quotes and escapes stay as they are written; lines
//! that depend on the machine or stand for others keep their words together.

mod directive;
mod layout;

use std::collections::BTreeSet;

use crate::diagnostics as ids;
use crate::diagnostics::Id;
use crate::{Diagnostic, Options, Sources, Span, Text, show};

pub(crate) use directive::directive;

/// Why a file is left as it is.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// It cannot be told what its lines and braces are: these are the reasons.
    Unreadable {
        /// The text, for showing the reasons.
        sources: Sources,
        /// Errors about text and braces.
        diagnostics: Vec<Diagnostic>,
    },
    /// The new text would not say the same. A fault of ours.
    WouldChange,
}

/// The file in canonical layout. The result says the same as `bytes`, whatever machine it is for, and is left alone by
/// another call. Fails if the text or its braces cannot be read; other errors do not matter here.
pub fn format(name: &str, bytes: &[u8], options: &Options<'_>) -> Result<Vec<u8>, Refusal> {
    let mut unreadable = None;
    let mut readable = Vec::new();
    for config_id in machines(bytes, options) {
        let text = crate::read(name, bytes, &Options::of(&config_id));
        let diagnostics: Vec<_> = text.found.iter().filter(|d| concerns_layout(d.id)).cloned().collect();
        if diagnostics.is_empty() {
            readable.push((config_id, text));
        } else {
            unreadable.get_or_insert(Refusal::Unreadable { sources: text.sources, diagnostics });
        }
    }
    // A file that only makes sense with some ID has unbalanced braces without it.
    if let (true, Some(refusal)) = (readable.is_empty(), unreadable) {
        return Err(refusal);
    }
    // There may be one where no machine reads it. How many there are for the other bytes tells whether it is text at all,
    // and that would change.
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(nul(name, bytes, at));
    }
    let formatted = layout::layout(bytes);
    let same = |(config_id, before): &(String, Text)| {
        let after = crate::read(name, &formatted, &Options::of(config_id));
        !after.found.iter().any(|found| concerns_layout(found.id))
            && show::print(&before.sources, &before.tree) == show::print(&after.sources, &after.tree)
    };
    if readable.iter().all(same) { Ok(formatted) } else { Err(Refusal::WouldChange) }
}

fn nul(name: &str, bytes: &[u8], at: usize) -> Refusal {
    let mut sources = Sources::default();
    let span = Span::new(sources.add(name, bytes), at, at + 1);
    let diagnostic = Diagnostic::new(&ids::NUL_BYTE, span, "the file contains a NUL byte")
        .help("remove it; is this a text file, in UTF-8?");
    Refusal::Unreadable { sources, diagnostics: vec![diagnostic] }
}

/// Machines to try: the one at hand, those that `@ID` lines name, and one that they do not name.
fn machines(bytes: &[u8], options: &Options<'_>) -> BTreeSet<String> {
    /// Each costs as much as reading the file.
    const MOST: usize = 8;
    let mut machines = BTreeSet::from([options.config_id.to_owned()]);
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some(condition) = line.trim_ascii_start().strip_prefix(b"@") else { continue };
        let condition = condition.strip_prefix(b"^").unwrap_or(condition);
        let word = condition.split(u8::is_ascii_whitespace).next().unwrap_or(b"");
        machines.insert(String::from_utf8_lossy(word).into_owned());
        if machines.len() >= MOST {
            break;
        }
    }
    if machines.len() > 1 {
        machines.insert(String::new());
    }
    machines
}

/// Whether it is about text and braces, so that there is no telling what to indent.
fn concerns_layout(id: &'static Id) -> bool {
    [
        &ids::FILE_TOO_LARGE,
        &ids::NUL_BYTE,
        &ids::NOT_UTF8_TEXT,
        &ids::NOT_TEXT,
        &ids::LINE_TOO_LONG,
        &ids::UNTERMINATED_QUOTE,
        &ids::MISSING_CLOSE,
        &ids::EXTRA_CLOSE,
        &ids::MISSING_OPEN,
        &ids::UNEXPECTED_BLOCK,
        &ids::TOO_DEEP,
    ]
    .contains(&id)
}
