//! How the configuration is read again.

use super::{is_on, texts, values};
use crate::document::Document;
use crate::model::{Model, Reloading};

pub(super) fn complete(model: &mut Model, document: &Document) {
    let global = &document.global;
    let word = |name: &str| values(global, name).iter().flat_map(texts).next().map(str::to_owned);
    model.global.reloading = Reloading {
        save_dir: word("config_save_dir"),
        findings: word("reload_check_config"),
        time_file: word("reload_time_file"),
        repeats: is_on(global, "reload_repeat"),
        marks: global.get("reload_file").is_some(),
        marker: word("reload_file"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, load};

    fn read(lines: &str) -> Reloading {
        let text = format!("global_defs {{\n{lines}\n}}\n");
        let loaded = load("k.conf", text.as_bytes(), &Options::default());
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        loaded.model.global.reloading
    }

    #[test]
    fn all_of_it() {
        assert_eq!(read(""), Reloading::default());
        let all =
            "config_save_dir /s\nreload_check_config /l\nreload_time_file /t\nreload_repeat\nreload_file /m";
        let expected = Reloading {
            save_dir: Some("/s".into()),
            findings: Some("/l".into()),
            time_file: Some("/t".into()),
            repeats: true,
            marks: true,
            marker: Some("/m".into()),
        };
        assert_eq!(read(all), expected);
        let defaults = Reloading { marks: true, ..Reloading::default() };
        assert_eq!(read("reload_check_config\nreload_file"), defaults);
    }
}
