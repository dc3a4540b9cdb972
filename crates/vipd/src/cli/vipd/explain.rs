use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use config::diagnostics::{Id, find_id, ids};
use config::manual::{Description, describe};

use super::report;
use crate::cli::say;

/// Explain a finding (what it means, why it matters, what to do) or a keyword of the configuration
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Ids of findings, such as V0101, and keywords, such as advert_int or vrrp_script.weight
    #[arg(required_unless_present = "list", value_name = "ID|KEYWORD")]
    ids: Vec<String>,
    /// All ids, one a line
    #[arg(long, conflicts_with = "ids")]
    list: bool,
}

const EXAMPLES: &str = "\
Examples:
  vipd explain V0404                           a finding
  vipd explain advert_int                      a keyword, in each block that has it
  vipd explain vrrp_script.weight              a keyword of one block
  vipd explain --list                          all findings

Exit codes:
  0 explained, 2 no such finding or keyword";

pub(super) fn main(args: &Args) -> ExitCode {
    let color = report::color(&io::stdout());
    let (text, missing) = if args.list { (list(), Vec::new()) } else { explain(&args.ids, color) };
    say(text);
    for name in &missing {
        eprintln!(
            "there is no finding and no keyword {name}: `vipd explain --list` shows the findings, `vipd manual` the keywords"
        );
    }
    ExitCode::from(if missing.is_empty() { 0 } else { 2 })
}

fn list() -> String {
    let lines = ids().map(|id| format!("{id}  {:7}  {}", id.severity.to_string(), id.title));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The text, and what there is nothing to say about.
fn explain(wanted: &[String], color: bool) -> (String, Vec<&String>) {
    let (mut texts, mut missing) = (Vec::new(), Vec::new());
    for name in wanted {
        let descriptions = describe(name);
        match find_id(name) {
            Some(id) => texts.push(one(id, color)),
            None if descriptions.is_empty() => missing.push(name),
            None => texts.extend(descriptions.iter().map(keyword)),
        }
    }
    (texts.join("\n"), missing)
}

fn keyword(about: &Description) -> String {
    let place = if about.place.is_empty() { "top level" } else { &about.place };
    let mut text = format!("{}    ({place})\n\n{}\n", about.syntax, wrapped(about.text));
    // Writing to a string does not fail.
    if !about.facts.is_empty() {
        let _ = write!(text, "\n{}\n", wrapped(&about.facts));
    }
    if !about.example.is_empty() {
        let _ = write!(text, "\nExample:\n\n{}", indented(about.example));
    }
    text
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
    fn keywords_are_explained_in_each_block_that_has_them() {
        let of = |name: &str| explain(&[name.to_owned()], false).0;
        let text = of("preempt_delay");
        assert!(text.starts_with("preempt_delay SECONDS (0 to 1000)    (vrrp_instance)\n\n"), "{text}");
        assert!(text.ends_with("\n\nDefault: 0 seconds. Since keepalived 1.1.8.\n"), "{text}");
        let everywhere = of("weight");
        for place in
            ["vrrp_script", "track_file", "bfd_instance", "virtual_server", "vrrp_instance.track_script"]
        {
            assert!(everywhere.contains(&format!("    ({place})\n")), "{place}: {everywhere}");
        }
        let one = of("vrrp_script.weight");
        assert!(one.contains("(vrrp_script)") && !one.contains("(track_file)"), "{one}");
        assert!(of("vipd").contains("Example:\n\n    vipd {\n        handover on\n"));
        assert!(of("~SEQ").starts_with("~SEQ("));
    }

    #[test]
    fn paragraphs_are_wrapped() {
        let text = wrapped(&"word ".repeat(50));
        assert!(text.lines().all(|line| line.len() <= 100));
        assert_eq!(text.split_whitespace().count(), 50);
        assert_eq!(text.lines().count(), 3);
    }
}
