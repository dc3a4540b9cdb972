//! The reference as a manual page, in the macros of man(7).

use std::fmt::Write as _;

use super::{Entry, Section, language, parts};

const HEAD: &str = "\
.\\\" Written by `make docs` from the records in crates/config/src/keywords.
.TH VIPD.CONF 5 \"\" vipd \"File formats\"
.ad l
.nh
.SH NAME
vipd.conf \\- the configuration of vipd, in the language of keepalived.conf
.SH DESCRIPTION
Every block and every keyword of keepalived's language, and what vipd makes of it.
.B vipd check
judges a file by the same records;
.B vipd check \\-\\-coverage
lists what is in force.
Each example is a whole file that
.B vipd check
accepts.
.PP
Words in capitals stand for values, brackets for what may be left out, a bar separates alternatives, and dots mean once
more.
A keyword does what it says unless a sentence tells otherwise.
No effect means: accepted, and there is nothing to do.
Not supported yet means: read, checked, and reported with a warning.
Since names the version of keepalived that introduced the keyword.
";

const TAIL: &str = "\
.SH FILES
.I /etc/keepalived/keepalived.conf
is read unless another file is named.
.SH SEE ALSO
.BR ip\\-address (8),
.BR ip\\-route (8),
.BR ip\\-rule (8),
.BR ipvsadm (8)
";

/// The whole reference as the page vipd.conf(5).
pub fn man() -> String {
    let mut out = HEAD.to_owned();
    for part in parts() {
        // Writing to a string does not fail.
        let _ = writeln!(out, ".SH {}", roff(&part.title.to_uppercase()));
        out.extend(part.sections.iter().map(section));
    }
    out += ".SH THE LANGUAGE BELOW ITS KEYWORDS\n";
    out.extend(language().iter().map(item));
    out + TAIL
}

fn section(section: &Section) -> String {
    let title = if section.path.is_empty() { "Top level" } else { &section.path };
    let mut out = format!(".SS {}\n", roff(title).replace(' ', "\\ "));
    let paragraphs: Vec<String> = section.intro.iter().map(|text| line(text) + "\n").collect();
    out += &paragraphs.join(".PP\n");
    if !section.example.is_empty() {
        let lines: Vec<String> = section.example.lines().map(|text| format!("\\&{}\n", roff(text))).collect();
        let _ = write!(out, ".PP\n.RS 4\n.nf\n{}.fi\n.RE\n", lines.concat());
    }
    out.extend(section.entries.iter().map(item));
    out.extend(section.shared.iter().map(|text| format!(".PP\n{}\n", line(text))));
    out
}

/// A paragraph with the syntax as its tag, and one for each option, moved in.
fn item(entry: &Entry) -> String {
    let (name, words) = match entry.syntax.strip_prefix(entry.name) {
        Some(words) => (entry.name, words),
        None => ("", &*entry.syntax),
    };
    let mut out = format!(".TP\n\\fB{}\\fR{}\n", roff(name), roff(words));
    let texts = [entry.doc.to_owned(), entry.facts.join(" ")];
    let texts = texts.iter().filter(|text| !text.is_empty()).map(|text| line(text) + "\n");
    out += &texts.collect::<Vec<_>>().join(".br\n");
    if !entry.options.is_empty() {
        out += ".RS\n";
        out.extend(entry.options.iter().map(item));
        out += ".RE\n";
    }
    out
}

/// A line of text that is not a request; what is in backquotes is bold.
fn line(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts
        .map(|(index, part)| if index % 2 == 1 { format!("\\fB{}\\fR", roff(part)) } else { roff(part) });
    format!("\\&{}", parts.collect::<String>())
}

/// Text whose characters mean themselves; long alternatives may be broken.
fn roff(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            '`' => out.push_str("\\(ga"),
            '\'' => out.push_str("\\(aq"),
            '|' => out.push_str("|\\:"),
            '…' => out.push_str("..."),
            c => out.push(c),
        }
    }
    out
}
