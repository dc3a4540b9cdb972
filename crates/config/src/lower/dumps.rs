//! Files that signals ask for.

use super::{texts, values};
use crate::document::{Document, Settings};
use crate::model::{Dumps, Model};

/// The permission bits of `umask`, by their names there.
const BITS: [(&str, u32); 12] = [
    ("IRUSR", 0o400),
    ("IWUSR", 0o200),
    ("IXUSR", 0o100),
    ("IRWXU", 0o700),
    ("IRGRP", 0o040),
    ("IWGRP", 0o020),
    ("IXGRP", 0o010),
    ("IRWXG", 0o070),
    ("IROTH", 0o004),
    ("IWOTH", 0o002),
    ("IXOTH", 0o001),
    ("IRWXO", 0o007),
];

pub(super) fn complete(model: &mut Model, document: &Document) {
    let global = &document.global;
    model.global.dumps = Dumps {
        state_file: word(global, "state_dump_file"),
        stats_file: word(global, "stats_dump_file"),
        json_file: word(global, "json_dump_file"),
        json_object: word(global, "json_version").is_some_and(|version| version == "2"),
        umask: umask(global),
    };
}

fn word(settings: &Settings, name: &str) -> Option<String> {
    values(settings, name).iter().flat_map(texts).next().map(str::to_owned)
}

/// An octal number, or names with `|` between them; the words have been checked.
fn umask(settings: &Settings) -> Option<u32> {
    let words: Vec<&str> = values(settings, "umask").iter().flat_map(texts).collect();
    let bit = |name: &str| BITS.iter().find(|(known, _)| *known == name).map_or(0, |(_, bits)| *bits);
    match words.as_slice() {
        [] => None,
        [word, ..] if word.starts_with(|c: char| c.is_ascii_digit()) => u32::from_str_radix(word, 8).ok(),
        words => Some(words.iter().flat_map(|word| word.split('|')).map(bit).fold(0, |all, one| all | one)),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, load};

    fn umask(line: &str) -> Option<u32> {
        let text = format!("global_defs {{\n {line}\n}}\n");
        let loaded = load("k.conf", text.as_bytes(), &Options::default());
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        loaded.model.global.dumps.umask
    }

    /// keepalived.conf(5): a number, or bits with `|` between them.
    #[test]
    fn the_umask_in_both_spellings() {
        assert_eq!(umask(""), None);
        assert_eq!(umask("umask IXUSR|IRWXG|IRWXO"), Some(0o177));
        assert_eq!(umask("umask IWGRP|IWOTH"), Some(0o022));
        assert_eq!(umask("umask 022"), Some(0o022));
    }

    #[test]
    fn places_and_form() {
        let text =
            "global_defs {\n json_version 2\n json_dump_file /run/k.json\n stats_dump_file stats/\n}\n";
        let loaded = load("k.conf", text.as_bytes(), &Options::default());
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        let dumps = loaded.model.global.dumps;
        assert!(dumps.json_object);
        assert_eq!(dumps.json_file.as_deref(), Some("/run/k.json"));
        assert_eq!(dumps.stats_file.as_deref(), Some("stats/"));
        assert_eq!(dumps.state_file, None);
    }
}
