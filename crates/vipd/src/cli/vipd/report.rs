//! Findings as text for people, as JSON for programs, and as workflow commands for GitHub.

use std::io::IsTerminal;

use config::diagnostics::Label;
use config::{Diagnostic, Sources, Span};
use serde::Serialize;

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// With source lines, for people.
    Text,
    /// One object a line.
    Json,
    /// GitHub's workflow commands.
    Github,
}

/// A finding for programs.
#[derive(Debug, Serialize)]
struct Finding<'a> {
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    severity: String,
    id: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    notes: Vec<Note<'a>>,
    suggestion: Option<Rewrite<'a>>,
}

/// Another place that belongs to it.
#[derive(Debug, Serialize)]
struct Note<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

/// What to write instead.
#[derive(Debug, Serialize)]
struct Rewrite<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    replacement: &'a str,
    /// Whether `--fix` writes it.
    safe: bool,
}

/// From the first character to behind the last, all counted from 1.
#[derive(Debug, Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

/// Nobody reads more, and each takes a while to draw.
const MOST_FOR_PEOPLE: usize = 1000;

/// The findings of the file `path`.
pub(super) fn render(
    format: Format,
    path: &str,
    diagnostics: &[Diagnostic],
    sources: &Sources,
    color: bool,
) -> String {
    let one = |diagnostic: &Diagnostic| match format {
        Format::Text => diagnostic.render(sources, color) + "\n\n",
        Format::Json => json(path, diagnostic, sources) + "\n",
        Format::Github => diagnostic.github(sources) + "\n",
    };
    let shown = match format {
        Format::Text => MOST_FOR_PEOPLE,
        Format::Json | Format::Github => usize::MAX,
    };
    let more = match diagnostics.len().saturating_sub(shown) {
        0 => String::new(),
        more => format!("{path}: {more} more findings (`--format json` shows all)\n\n"),
    };
    diagnostics.iter().take(shown).map(one).collect::<String>() + &more
}

/// Whether to use colours: for a terminal whose user has nothing against them (<https://no-color.org>).
pub(super) fn color(out: &impl IsTerminal) -> bool {
    out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn json(path: &str, diagnostic: &Diagnostic, sources: &Sources) -> String {
    let at = diagnostic.span.map(|span| place(span, sources));
    let finding = Finding {
        file: at.as_ref().map_or(path, |place| place.file),
        line: at.as_ref().map(|place| place.line),
        column: at.as_ref().map(|place| place.column),
        end_line: at.as_ref().map(|place| place.end_line),
        end_column: at.as_ref().map(|place| place.end_column),
        severity: diagnostic.severity.to_string(),
        id: diagnostic.id.code,
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        notes: diagnostic.labels.iter().map(|label| note(label, sources)).collect(),
        suggestion: diagnostic.suggestion.as_ref().map(|suggestion| Rewrite {
            place: place(suggestion.span, sources),
            replacement: &suggestion.replacement,
            safe: suggestion.safe,
        }),
    };
    serde_json::to_string(&finding).unwrap_or_default()
}

fn note<'a>(label: &'a Label, sources: &'a Sources) -> Note<'a> {
    Note { place: place(label.span, sources), text: &label.text }
}

fn place(span: Span, sources: &Sources) -> Place<'_> {
    let (from, to) = (sources.position(span), sources.position(Span { start: span.end, ..span }));
    Place {
        file: sources.name(span.file),
        line: from.line,
        column: from.column,
        end_line: to.line,
        end_column: to.column,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG: &str = "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n prioritty 100\n}\n";

    fn lines(format: Format) -> Vec<String> {
        let loaded = config::load("a.conf", WRONG.as_bytes(), &config::Options::default());
        let text = render(format, "a.conf", &loaded.diagnostics, &loaded.sources, false);
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn findings_for_programs() {
        let findings = lines(Format::Json);
        let findings = findings.iter().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let first = findings.into_iter().find(|finding| finding["id"] == "V0101").unwrap();
        let expected = serde_json::json!({
            "file": "a.conf", "line": 4, "column": 2, "end_line": 4, "end_column": 11,
            "severity": "error", "id": "V0101",
            "message": "unknown keyword `prioritty`: did you mean `priority`?",
            "help": null, "notes": [],
            "suggestion": {
                "file": "a.conf", "line": 4, "column": 2, "end_line": 4, "end_column": 11,
                "replacement": "priority", "safe": false,
            },
        });
        assert_eq!(first, expected);
    }

    #[test]
    fn findings_for_github() {
        let expected = "::error file=a.conf,line=4,col=2,title=V0101::unknown keyword `prioritty`: did you mean `priority`?";
        assert!(lines(Format::Github).iter().any(|line| line == expected));
    }

    #[test]
    fn nobody_is_shown_a_million_findings() {
        let text = "foo\n".repeat(1500);
        let loaded = config::load("a.conf", text.as_bytes(), &config::Options::default());
        let shown = |format| render(format, "a.conf", &loaded.diagnostics, &loaded.sources, false);
        assert!(shown(Format::Text).ends_with("a.conf: 500 more findings (`--format json` shows all)\n\n"));
        assert_eq!(shown(Format::Text).matches("error[V0101]").count(), 1000);
        assert_eq!(shown(Format::Json).lines().count(), 1500);
    }

    #[test]
    fn findings_for_people_show_the_line() {
        assert!(lines(Format::Text).iter().any(|line| line.contains("prioritty 100")));
    }
}
