//! The reference as Markdown.

use std::fmt::Write as _;

use super::{Entry, language, sections};

const HEAD: &str = "\
<!-- Written by `make docs` from the records in crates/config/src/keywords. -->

# The configuration language

Every block and every keyword of keepalived's language, and what vipd makes of it. `vipd check FILE` judges a file by the
same records; `vipd check --coverage` lists what is in force.

In the lines of syntax, words in capitals stand for values, `[…]` may be left out, `|` separates alternatives, and `…`
means once more. *Effective* keywords do what they say. *Not supported yet* means: read, checked, and reported with a
warning.

";

/// The whole reference as Markdown, with a line feed at the end.
pub fn markdown() -> String {
    let sections = sections();
    let mut out = HEAD.to_owned() + "## Blocks\n\n- [The language below its keywords](#language)\n";
    for section in &sections {
        let depth = section.path.matches('.').count();
        // Writing to a string does not fail.
        let _ =
            writeln!(out, "{}- [{}](#{})", "  ".repeat(depth), title(&section.path), anchor(&section.path));
    }
    out += "\n## <a id=\"language\"></a>The language below its keywords\n\n";
    out.extend(language().iter().map(|entry| item(entry, 0)));
    for section in &sections {
        let (anchor, title) = (anchor(&section.path), title(&section.path));
        let _ = write!(out, "\n## <a id=\"{anchor}\"></a>{title}\n\n{}\n\n", escaped(&section.intro));
        out.extend(section.entries.iter().map(|entry| item(entry, 0)));
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
