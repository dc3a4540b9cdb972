//! The reference as Markdown.

use std::fmt::Write as _;

use super::{Entry, Section, language, parts};

const HEAD: &str = "\
<!-- Written by `make docs` from the records in crates/config/src/keywords. -->

# The configuration language

Every block and every keyword of keepalived's language, and what vipd makes of it. `vipd check FILE` judges a file by the
same records; `vipd check --coverage` lists what is in force. Each example is a whole file that `vipd check` accepts.

In the lines of syntax, words in capitals stand for values, `[…]` may be left out, `|` separates alternatives, and `…`
means once more. A keyword does what it says unless a sentence tells otherwise. *No effect* means: accepted, and there is
nothing to do. *Not supported yet* means: read, checked, and reported with a warning. *Since* names the version of
keepalived that introduced the keyword.

";

/// The whole reference as Markdown, with a line feed at the end.
pub fn markdown() -> String {
    let parts = parts();
    let mut out = HEAD.to_owned();
    for part in &parts {
        // Writing to a string does not fail, here and below.
        let _ = writeln!(out, "- {}", part.title);
        for section in &part.sections {
            let depth = section.path.matches('.').count() + 1;
            let (title, anchor) = (title(&section.path), anchor(&section.path));
            let _ = writeln!(out, "{}- [{title}](#{anchor})", "  ".repeat(depth));
        }
    }
    out += "- [The language below its keywords](#language)\n";
    for part in &parts {
        let _ = write!(out, "\n## {}\n", part.title);
        out.extend(part.sections.iter().map(section));
    }
    out += "\n## <a id=\"language\"></a>The language below its keywords\n\n";
    out.extend(language().iter().map(|entry| item(entry, 0)));
    out
}

fn section(section: &Section) -> String {
    let intro: Vec<String> = section.intro.iter().map(|paragraph| escaped(paragraph)).collect();
    let (anchor, title, intro) = (anchor(&section.path), title(&section.path), intro.join("\n\n"));
    let mut out = format!("\n### <a id=\"{anchor}\"></a>{title}\n\n{intro}\n\n");
    if !section.example.is_empty() {
        let _ = write!(out, "```keepalived\n{}```\n\n", section.example);
    }
    out.extend(section.entries.iter().map(|entry| item(entry, 0)));
    for text in &section.shared {
        let _ = writeln!(out, "- {}", escaped(text));
    }
    out
}

fn anchor(path: &str) -> &str {
    if path.is_empty() { "top" } else { path }
}

fn title(path: &str) -> &str {
    if path.is_empty() { "Top level" } else { path }
}

/// An item of a list, with its options as a list of their own.
fn item(entry: &Entry, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let mut out = format!("{indent}- {}", code(&entry.syntax));
    if !entry.doc.is_empty() {
        let _ = write!(out, "  \n{indent}  {}", escaped(entry.doc));
    }
    if !entry.facts.is_empty() {
        let _ = write!(out, "  \n{indent}  {}", escaped(&entry.facts.join(" ")));
    }
    out.push('\n');
    out.extend(entry.options.iter().map(|option| item(option, depth + 1)));
    out
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// Text in which only backquotes mean something.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut literal = false;
    for c in text.chars() {
        literal ^= c == '`';
        if !literal && matches!(c, '\\' | '*' | '<' | '[') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
