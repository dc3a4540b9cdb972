//! What the documents promise is there: commands, tests, files, links.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use config::keywords::{Status, blocks};

const DOCUMENTS: [&str; 7] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/compatibility.md",
    "docs/users-scenarios.md",
    "docs/upgrading.md",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn documents() -> impl Iterator<Item = (&'static str, String)> {
    DOCUMENTS.into_iter().map(|name| (name, fs::read_to_string(root().join(name)).expect("a document")))
}

/// What stands between backquotes on a line.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The text of all Rust files of the project, by path.
fn sources() -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["crates", "tests", "bench", "fuzz"].iter().map(|n| root().join(n)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() && !entry.ends_with("target") {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("text");
                all.push((entry, text));
            }
        }
    }
    assert!(all.len() > 100, "{} files", all.len());
    all
}

/// With `--help` behind it, a command line is read up to there and nothing is done.
fn is_understood(line: &str) -> Result<(), String> {
    let mut words = line.split_whitespace();
    let program = match words.next() {
        Some("vipd") => env!("CARGO_BIN_EXE_vipd"),
        Some("keepalived") => env!("CARGO_BIN_EXE_keepalived"),
        other => return Err(format!("{other:?} is no program of ours")),
    };
    let output = Command::new(program)
        .args(words)
        .arg("--help")
        .stdin(Stdio::null())
        .output()
        .map_err(|e| e.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn is_command(line: &str) -> bool {
    // `vipd { … }` is a block of the configuration.
    (line.starts_with("vipd ") && !line.contains('{')) || line.starts_with("keepalived -")
}

#[test]
fn the_commands_in_the_documents_are_understood() {
    let mut lines = BTreeSet::new();
    for (_, text) in documents() {
        let indented = text.lines().filter_map(|line| line.strip_prefix("    "));
        let indented = indented.filter_map(|line| line.split('#').next()).map(str::trim);
        // With alternatives or an ellipsis it stands for several.
        let inline = quoted(&text).filter(|line| !line.contains(['…', '[', '|']));
        lines.extend(indented.chain(inline).filter(|line| is_command(line)).map(str::to_owned));
    }
    assert!(lines.len() > 12, "{lines:?}");
    for line in lines {
        if let Err(why) = is_understood(&line) {
            panic!("`{line}`: {why}");
        }
    }
}

#[test]
fn what_is_not_a_command_is_not_understood() {
    for line in ["vipd chekc a.conf", "vipd check --no-such a.conf", "keepalived --no-such"] {
        assert!(is_understood(line).is_err(), "{line}");
    }
}

/// The commands in the examples of `--help`, of every subcommand.
#[test]
fn the_examples_of_the_help_are_understood() {
    let help = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_vipd")).args(words).arg("--help").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let top = help(&[]);
    let commands =
        top.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"check"), "{commands:?}");
    let mut seen = 0;
    for text in commands.iter().filter(|name| **name != "help").map(|name| help(&[name])).chain([top.clone()])
    {
        for line in
            text.lines().skip_while(|line| *line != "Examples:").filter_map(|line| line.strip_prefix("  "))
        {
            // Two blanks divide the command from what it does.
            let command = line.split("  ").next().unwrap_or_default().trim();
            if is_command(command) && !command.contains(['|', '>', '<', '$', '\'', '"']) {
                seen += 1;
                if let Err(why) = is_understood(command) {
                    panic!("`{command}`: {why}");
                }
            }
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn links_lead_to_files() {
    let mut seen = 0;
    for (name, text) in documents() {
        let folder = root().join(name).parent().unwrap().to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !target.is_empty() && !target.contains("://") {
                seen += 1;
                assert!(folder.join(target).exists(), "{name} links to {target}");
            }
        }
    }
    assert!(seen > 7, "{seen}");
}

#[test]
fn the_files_that_are_named_exist() {
    let sources = sources();
    let mut seen = 0;
    for (name, text) in documents() {
        for file in quoted(&text).filter(|word| Path::new(word).extension().is_some_and(|e| e == "rs")) {
            seen += 1;
            let tail = Path::new(file);
            let inside = tail.strip_prefix(tail.components().next().unwrap()).unwrap_or(tail);
            let known =
                |path: &Path| path.ends_with(tail) || (inside != Path::new("") && path.ends_with(inside));
            assert!(sources.iter().any(|(path, _)| known(path)), "{name} names {file}");
        }
    }
    assert!(seen > 15, "{seen}");
}

/// `network::links::flapping_carrier`, `…::renamed_and_back` (the module of the one before), and with `…` at the end a
/// beginning that some test has.
#[test]
fn the_tests_that_are_named_exist() {
    let sources = sources();
    let registered = |name: &str, whole: bool| {
        let wanted = if whole { format!("\"{name}\"") } else { format!("\"{name}") };
        sources.iter().any(|(_, text)| text.contains(&wanted))
    };
    let mut seen = 0;
    for (document, text) in documents() {
        let mut module = "";
        for word in quoted(&text) {
            let suite = word.strip_prefix("network::").or_else(|| word.strip_prefix("private_kernel::"));
            let name = match (suite, word.strip_prefix("…::")) {
                (Some(path), _) if !path.is_empty() => {
                    module = path.split("::").next().unwrap_or_default();
                    path.to_owned()
                }
                (None, Some(test)) => format!("{module}::{test}"),
                (Some(_) | None, _) => continue,
            };
            seen += 1;
            let begins = name.trim_end_matches('…');
            // A matrix makes the names of its cells.
            let is_generated = begins != name && registered(&format!("{module}::{{}}"), true);
            assert!(registered(begins, begins == name) || is_generated, "{document} names the test {word}");
        }
    }
    assert!(seen > 20, "{seen}");
}

/// The README says what is not there yet: keywords that are in force by now have no place there.
#[test]
fn what_is_called_missing_is_missing() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let paragraph = text.split("\n\n").find(|part| part.starts_with("Not yet:")).unwrap();
    let blocks = blocks();
    let named = quoted(paragraph).filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    for name in named {
        let is_missing = blocks
            .iter()
            .flat_map(|block| block.keywords())
            .any(|keyword| keyword.name == name && matches!(keyword.status, Status::NotYet(_)));
        assert!(is_missing, "{name} is there");
    }
}

/// What a program of ours says.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().expect("it runs");
    String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
}

#[test]
fn the_manual_pages_are_those_of_the_commands() {
    for (page, program) in
        [("vipd", env!("CARGO_BIN_EXE_vipd")), ("keepalived", env!("CARGO_BIN_EXE_keepalived"))]
    {
        let path = root().join(format!("docs/man/{page}.8"));
        let committed = fs::read_to_string(&path).unwrap_or_default();
        let current = said(env!("CARGO_BIN_EXE_vipd"), &["manual", "--page", page]);
        assert!(committed == current, "{} is stale: run `make docs`", path.display());
        // Every option of the usage text is on the page.
        let usage = said(program, &["--help"]);
        let options = usage.split_whitespace().filter(|word| word.starts_with("--"));
        for option in options.map(|word| word.trim_end_matches(|c: char| !c.is_alphanumeric())) {
            let name = option.split(['=', '[']).next().unwrap_or(option).replace('-', "\\-");
            assert!(current.contains(&name), "{option} is not in {page}(8)");
        }
    }
}

#[test]
fn a_reader_that_has_left_is_no_reason_to_die() {
    for arguments in [
        &["check", "/nonexistent/x.conf"][..],
        &["show-config", "/nonexistent/x.conf"],
        &["fmt", "/nonexistent/x.conf"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let status = Command::new(env!("CARGO_BIN_EXE_vipd"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(writer)
            .status()
            .expect("it runs");
        assert_eq!(status.code(), Some(2), "{arguments:?}: as with a reader");
    }
    for arguments in [
        &["check", "--coverage"][..],
        &["explain", "--list"],
        &["manual"],
        &["manual", "--page", "vipd"],
        &["sim", "--seed", "1", "--seconds", "10", "--trace"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_vipd"));
        let output = command.args(arguments).stdout(writer).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{arguments:?}: {said}");
    }
}

/// A disk that is full is another matter.
#[test]
fn what_cannot_be_written_is_said() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vipd"));
    let output = command.args(["explain", "V0404"]).stdout(full).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("cannot write to standard output: No space left"), "{said}");
}
