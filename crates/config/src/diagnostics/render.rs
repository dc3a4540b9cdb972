//! Diagnostics as text with source lines, through `annotate-snippets`.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::{Diagnostic, Severity};
use crate::source::{FileId, Sources, Span};

pub(super) fn full(diagnostic: &Diagnostic, sources: &Sources, color: bool) -> String {
    let title = level(diagnostic.severity).primary_title(&*diagnostic.message).id(diagnostic.id.code);
    let mut primary = match diagnostic.span {
        Some(span) => title.elements(snippets(diagnostic, span, sources)),
        None => Group::with_title(title),
    };
    if let Some(help) = &diagnostic.help {
        primary = primary.element(Level::HELP.message(&**help));
    }
    let mut report = vec![primary];
    if let Some(suggestion) = &diagnostic.suggestion {
        let window = Window::around(sources, suggestion.span.file, &[suggestion.span]);
        let patch = Patch::new(window.shift(suggestion.span), &*suggestion.replacement);
        report.push(Level::HELP.secondary_title("write").element(window.snippet(sources).patch(patch)));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::INFO.with_name("hint"),
    }
}

/// One snippet per file, the primary span's file first.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    primary: Span,
    sources: &'a Sources,
) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut files = vec![primary.file];
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files.into_iter().map(|file| snippet(diagnostic, primary, file, sources)).collect()
}

fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    primary: Span,
    file: FileId,
    sources: &'a Sources,
) -> Snippet<'a, Annotation<'a>> {
    let mut annotated = Vec::new();
    if primary.file == file {
        let caret = (!diagnostic.caret.is_empty()).then_some(&*diagnostic.caret);
        annotated.push((AnnotationKind::Primary, primary, caret));
    }
    let labels = diagnostic.labels.iter().filter(|label| label.span.file == file);
    annotated.extend(labels.map(|label| (AnnotationKind::Context, label.span, Some(&*label.text))));
    let spans: Vec<Span> = annotated.iter().map(|(_, span, _)| *span).collect();
    let window = Window::around(sources, file, &spans);
    let annotations =
        annotated.into_iter().map(|(kind, span, text)| kind.span(window.shift(span)).label(text));
    let annotations: Vec<_> = annotations.collect();
    window.snippet(sources).annotations(annotations)
}

/// The lines a report needs: handing the renderer only these keeps it quick in a file of megabytes.
struct Window {
    file: FileId,
    start: usize,
    end: usize,
    first_line: usize,
}

impl Window {
    /// A line longer than this is cut around the span.
    const MAX_LINE: usize = 1000;

    fn around(sources: &Sources, file: FileId, spans: &[Span]) -> Self {
        let text = sources.text(file);
        let first = spans.iter().map(|span| span.start as usize).min().unwrap_or(0).min(text.len());
        let last = spans.iter().map(|span| span.end as usize).max().unwrap_or(0).clamp(first, text.len());
        let line_start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[last..].find('\n').map_or(text.len(), |at| last + at);
        Self {
            file,
            start: text.ceil_char_boundary(line_start.max(first.saturating_sub(Self::MAX_LINE))),
            end: text.floor_char_boundary(line_end.min(last + Self::MAX_LINE)),
            first_line: sources.position(Span::new(file, first, first)).line,
        }
    }

    fn shift(&self, span: Span) -> std::ops::Range<usize> {
        let offset = |at: u32| (at as usize).clamp(self.start, self.end) - self.start;
        offset(span.start)..offset(span.end)
    }

    fn snippet<'a, T: Clone>(&self, sources: &'a Sources) -> Snippet<'a, T> {
        let text = sources.text(self.file).get(self.start..self.end).unwrap_or("");
        Snippet::source(text).line_start(self.first_line).path(sources.name(self.file))
    }
}
