use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use config::diagnostics::{Id, find_id, ids};

use super::report;

/// Explain a finding: what it means, why it matters, an example and what to do
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Ids of findings, such as V0101
    #[arg(required_unless_present = "list", value_name = "ID")]
    ids: Vec<String>,
    /// All ids, one a line
    #[arg(long, conflicts_with = "ids")]
    list: bool,
}

const EXAMPLES: &str = "\
Examples:
  vipd explain V0404
  vipd explain --list

Exit codes:
  0 explained, 2 no such id";

pub(super) fn main(args: &Args) -> ExitCode {
    let color = report::color(&io::stdout());
    let (text, missing) = if args.list { (list(), Vec::new()) } else { explain(&args.ids, color) };
    // A reader that has left (`| head`) has seen enough.
    let _ = io::stdout().write_all(text.as_bytes());
    for id in &missing {
        eprintln!("there is no finding {id}: `vipd explain --list` shows all of them");
    }
    ExitCode::from(if missing.is_empty() { 0 } else { 2 })
}

fn list() -> String {
    let lines = ids().iter().map(|id| format!("{id}  {:7}  {}", id.severity.to_string(), id.title));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The text, and the ids that do not exist.
fn explain(wanted: &[String], color: bool) -> (String, Vec<&String>) {
    let (known, missing): (Vec<_>, Vec<_>) = wanted.iter().partition(|code| find_id(code).is_some());
    let texts: Vec<_> = known.iter().filter_map(|code| find_id(code)).map(|id| one(id, color)).collect();
    (texts.join("\n"), missing)
}

fn one(id: &'static Id, color: bool) -> String {
    let mut text = format!("{id}: {} ({})\n\n{}\n", id.title, id.severity, wrapped(id.explanation));
    // Writing to a string does not fail.
    if !id.remedy.is_empty() {
        let _ = write!(text, "\nWhat to do: {}\n", wrapped(id.remedy));
    }
    if !id.example.is_empty() {
        let loaded = config::load("example.conf", id.example, &config::Options::default());
        let _ = write!(text, "\nExample:\n\n{}", indented(&String::from_utf8_lossy(id.example)));
        let advice = config::rules::file(&loaded);
        if let Some(finding) = loaded.diagnostics.iter().chain(&advice).find(|finding| finding.id == id) {
            let _ = write!(text, "\nvipd says:\n\n{}", indented(&finding.render(&loaded.sources, color)));
        }
    }
    text
}

/// Lines of at most 100 characters.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if column > 0 {
            let fits = column + 1 + len <= 100;
            out.push(if fits { ' ' } else { '\n' });
            column = if fits { column + 1 } else { 0 };
        }
        out.push_str(word);
        column += len;
    }
    out
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_explained_and_listed() {
        for id in ids() {
            let text = one(id, false);
            assert!(text.starts_with(&format!("{id}: {} ({})\n\n", id.title, id.severity)), "{text}");
            assert!(list().contains(&format!("{id}  ")), "{id}");
        }
        assert!(list().contains("V0303  hint     deprecated\n"));
    }

    #[test]
    fn unknown_ids_are_named() {
        let wanted = ["v0101".to_owned(), "V9999".to_owned()];
        let (text, missing) = explain(&wanted, false);
        assert!(text.starts_with("V0101: unknown keyword (error)"));
        assert_eq!(missing, [&wanted[1]]);
        let code = |id: &str| main(&Args { ids: vec![id.to_owned()], list: false });
        assert_eq!((code("V0101"), code("x")), (ExitCode::SUCCESS, ExitCode::from(2)));
    }

    #[test]
    fn paragraphs_are_wrapped() {
        let text = wrapped(&"word ".repeat(50));
        assert!(text.lines().all(|line| line.len() <= 100));
        assert_eq!(text.split_whitespace().count(), 50);
        assert_eq!(text.lines().count(), 3);
    }
}
