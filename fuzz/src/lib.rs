//! What must hold for every text, however broken. Each function is the body of a fuzz target; the tests of the
//! configuration crate run the same functions on the committed seeds and on damaged copies of them.

use std::collections::BTreeMap;

use config::rules::{self, HostFacts};
use config::{Diagnostic, FileError, Files, Options, Sources, fmt, load, nodes, show};

/// Reading ends, and every finding can be shown in every form and lies within the text.
pub fn parse(bytes: &[u8]) {
    let loaded = load("x.conf", bytes, &Options::of("node"));
    all_can_be_shown(&loaded.diagnostics, &loaded.sources);
}

/// As [`parse`], with files to include: a line `=== NAME` begins the text of the file of this name.
pub fn expand(bytes: &[u8]) {
    let files = Memory::of(bytes);
    let main = files.0.get("").cloned().unwrap_or_default();
    let environment = [("NAME".to_owned(), "value {".to_owned())];
    let options = Options { files: Some(&files), environment: &environment, ..Options::of("node") };
    let loaded = load("x.conf", &main, &options);
    all_can_be_shown(&loaded.diagnostics, &loaded.sources);
    // The same text comes to the same, as long as there is no chance in it.
    let again = load("x.conf", &main, &options);
    assert_eq!(loaded.model, again.model);
    assert_eq!(loaded.diagnostics.len(), again.diagnostics.len());
}

/// Laying out keeps the meaning, and laying out again changes nothing.
pub fn lay_out(bytes: &[u8]) {
    let options = Options::of("node");
    let Ok(once) = fmt::format("x.conf", bytes, &options) else { return };
    let Ok(twice) = fmt::format("x.conf", &once, &options) else {
        panic!("what was laid out cannot be laid out again:\n{}", text(&once))
    };
    assert!(once == twice, "{}\n--- becomes\n{}", text(&once), text(&twice));
    let (before, after) = (load("x.conf", bytes, &options), load("x.conf", &once, &options));
    assert_eq!(before.model, after.model, "{}", text(&once));
    assert_eq!(all_errors(&before.diagnostics), all_errors(&after.diagnostics), "{}", text(&once));
}

/// One line may become several, each with its own: what is said once for all of them is counted as often as it is found.
fn all_errors(found: &[Diagnostic]) -> usize {
    found.iter().filter(|diagnostic| diagnostic.is_error()).map(|diagnostic| 1 + diagnostic.repeats).sum()
}

/// All rules can be asked, about one machine and about several; what is shown as text reads back to the same model.
pub fn check(bytes: &[u8]) {
    let options = Options::of("node");
    let loaded = load("x.conf", bytes, &options);
    let facts = HostFacts::default();
    for found in [rules::file(&loaded), rules::host(&loaded, &facts), rules::complaints(&loaded, &facts)] {
        all_can_be_shown(&found, &loaded.sources);
    }
    rules::programs(&loaded);
    let shown = show("x.conf", bytes, &options);
    if loaded.errors() == 0 {
        assert_eq!(load("x.conf", shown.as_bytes(), &options).model, loaded.model, "{shown}");
    }
    let twice = [("a".to_owned(), loaded.clone()), ("b".to_owned(), loaded)];
    let compared = nodes::compare(&twice);
    all_can_be_shown(&compared.diagnostics, &compared.sources);
    assert!(compared.forecast.routers.is_empty() || !compared.forecast.to_string().is_empty());
}

fn all_can_be_shown(found: &[Diagnostic], sources: &Sources) {
    // A thousand findings are no different from twenty, and take longer.
    for diagnostic in found.iter().take(20) {
        assert!(diagnostic.one_line(sources).contains(diagnostic.id.code));
        assert!(diagnostic.render(sources, true).contains(diagnostic.id.code));
        assert!(diagnostic.keepalived(sources).contains(&diagnostic.message));
        if let Some(span) = diagnostic.span {
            let position = sources.position(span);
            assert!(position.line >= 1 && position.column >= 1, "{position}");
        }
    }
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Files that exist only here.
#[derive(Debug)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    fn of(bytes: &[u8]) -> Self {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut name = String::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_prefix(b"=== ") {
                Some(rest) => text(rest).trim().clone_into(&mut name),
                None => files.entry(name.clone()).or_default().extend_from_slice(line),
            }
        }
        Self(files)
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.get(path.trim_start_matches("./")).cloned().ok_or(FileError::NotFound)
    }

    fn list(&self, _directory: &str) -> Result<Vec<String>, FileError> {
        Ok(self.0.keys().filter(|name| !name.is_empty()).cloned().collect())
    }

    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path.trim_start_matches("./"))
    }

    fn absolute(&self, directory: &str) -> String {
        format!("/{directory}")
    }
}
