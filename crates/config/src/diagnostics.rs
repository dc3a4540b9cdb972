//! What we have to say about a configuration: where, how bad, why, and what to write instead.

mod fix;
mod github;
mod ids;
mod render;

use std::fmt;

use crate::source::{Sources, Span};

pub use fix::{Fixed, fix};
pub(crate) use ids::*;
pub use ids::{Id, find_id, ids};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Better written otherwise; nothing is lost.
    Hint,
    /// Understood, but something will not be as the author may think.
    Warning,
    /// Not usable as written. A reload with an error changes nothing.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Another place that belongs to a finding ("first defined here").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// Text that would settle a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What to replace; empty: insert here.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// Whether a machine may write it unasked: the meaning stays as it is, or there is no other that the author can
    /// have had. A guess, such as the nearest keyword, is not safe.
    pub safe: bool,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of finding.
    pub id: &'static Id,
    /// How bad it is.
    pub severity: Severity,
    /// One line without full stop.
    pub message: String,
    /// The place it is about; `None`: the configuration as a whole.
    pub span: Option<Span>,
    /// What to write at the caret; may be empty.
    pub caret: String,
    /// Other places.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// The same as text to insert.
    pub suggestion: Option<Suggestion>,
    /// How many more lines that come out of the same definition have the same; `help` says it, too.
    pub repeats: usize,
}

impl Diagnostic {
    pub(crate) fn new(id: &'static Id, span: Span, message: impl Into<String>) -> Self {
        Self {
            id,
            severity: id.severity,
            message: message.into(),
            span: Some(span),
            caret: String::new(),
            labels: Vec::new(),
            help: None,
            suggestion: None,
            repeats: 0,
        }
    }

    pub(crate) fn caret(mut self, text: impl Into<String>) -> Self {
        self.caret = text.into();
        self
    }

    pub(crate) fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// A guess at what was meant.
    pub(crate) fn suggest(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.suggestion = Some(Suggestion { span, replacement: replacement.into(), safe: false });
        self
    }

    /// What a machine may write unasked ([`Suggestion::safe`]).
    pub(crate) fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.suggestion = Some(Suggestion { span, replacement: replacement.into(), safe: true });
        self
    }

    /// Whether this is an error.
    pub const fn is_error(&self) -> bool {
        matches!(self.severity, Severity::Error)
    }

    /// The source lines with carets, in the manner of rustc. Ends without a line break.
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        render::full(self, sources, color)
    }

    /// `file:line:column: error[V0101]: message`, for logs.
    pub fn one_line(&self, sources: &Sources) -> String {
        let Self { id, severity, message, .. } = self;
        let help = self.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        match self.span {
            Some(span) => {
                let (name, at) = (sources.name(span.file), sources.position(span));
                format!("{name}:{at}: {severity}[{id}]: {message}{help}")
            }
            None => format!("{severity}[{id}]: {message}{help}"),
        }
    }

    /// A workflow command of GitHub: `::error file=…,line=…,col=…,title=V0101::message`.
    pub fn github(&self, sources: &Sources) -> String {
        github::command(self, sources)
    }

    /// keepalived's form: `(Line N) message`, or `(name: Line N) message` when the configuration is in several files.
    pub fn keepalived(&self, sources: &Sources) -> String {
        match self.span {
            Some(span) if sources.len() > 1 => {
                format!(
                    "({}: Line {}) {}",
                    sources.name(span.file),
                    sources.position(span).line,
                    self.message
                )
            }
            Some(span) => format!("(Line {}) {}", sources.position(span).line, self.message),
            None => self.message.clone(),
        }
    }
}
