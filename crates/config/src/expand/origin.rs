//! Findings about expanded text, moved to where somebody wrote it.

use std::collections::BTreeMap;

use crate::diagnostics::{Diagnostic, Label};
use crate::source::{FileId, Sources, Span};

/// As many uses of definitions within definitions are shown.
const MAX_USES: usize = 4;

/// Moves each finding to the definition its text comes from, with the uses that led there, and shows what the line
/// became. What every round of a generator would say again is said once.
pub(crate) fn relocate(sources: &Sources, found: &mut Vec<Diagnostic>) {
    let is_expanded = |d: &Diagnostic| {
        d.span.into_iter().chain(d.labels.iter().map(|l| l.span)).any(|s| s.file == FileId::EXPANDED)
    };
    if !found.iter().any(is_expanded) {
        return;
    }
    let mut first_of: BTreeMap<(&'static str, Span), usize> = BTreeMap::new();
    let mut kept: Vec<Diagnostic> = Vec::new();
    for mut diagnostic in found.drain(..) {
        if is_expanded(&diagnostic) {
            let at = diagnostic.span.map(|span| (diagnostic.id.code, sources.origin(span)));
            if let Some(first) = at.and_then(|at| first_of.get(&at)) {
                if let Some(first) = kept.get_mut(*first) {
                    first.repeats += 1;
                }
                continue;
            }
            if let Some(at) = at {
                first_of.insert(at, kept.len());
            }
            move_one(sources, &mut diagnostic);
        }
        kept.push(diagnostic);
    }
    for diagnostic in kept.iter_mut().filter(|diagnostic| diagnostic.repeats > 0) {
        let text =
            format!("{} more of the lines that come out of this one have the same", diagnostic.repeats);
        diagnostic.help = Some(match diagnostic.help.take() {
            Some(help) => format!("{help}; {text}"),
            None => text,
        });
    }
    *found = kept;
}

fn move_one(sources: &Sources, diagnostic: &mut Diagnostic) {
    let expanded = diagnostic.span.filter(|span| span.file == FileId::EXPANDED);
    for label in &mut diagnostic.labels {
        label.span = sources.origin(label.span);
    }
    if let Some(suggestion) = &mut diagnostic.suggestion {
        let origin = sources.origin(suggestion.span);
        // What stands there may be a reference; then there is nothing to replace.
        if sources.slice(origin) == sources.slice(suggestion.span) {
            suggestion.span = origin;
        } else {
            diagnostic.suggestion = None;
        }
    }
    let Some(span) = expanded else { return };
    let line = sources.expanded_line(span).unwrap_or("");
    let origin = sources.origin(span);
    if sources.slice(origin) != sources.slice(span) || diagnostic.caret.is_empty() {
        let became = format!("here: `{line}`");
        diagnostic.caret =
            if diagnostic.caret.is_empty() { became } else { format!("{}; {became}", diagnostic.caret) };
    }
    let mut label = |span: Span, text: String| {
        if span != origin && !diagnostic.labels.iter().any(|known| known.span == span) {
            diagnostic.labels.push(Label { span, text });
        }
    };
    for (name, site) in sources.definitions_of(span) {
        label(site, format!("`{name}` is defined here"));
    }
    for used in sources.uses(span).into_iter().take(MAX_USES) {
        label(used, "used here".to_owned());
    }
    diagnostic.span = Some(origin);
}
