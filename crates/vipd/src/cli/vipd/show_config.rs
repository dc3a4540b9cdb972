use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use config::model::Model;

use super::{input, report};
use crate::cli::{complain, say};
use crate::files::Outside;
use crate::supervisor::short_host_name;

/// Show what a configuration comes to on a machine: conditions decided, one statement a line, without comments
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the daemon acts on, as JSON: defaults filled in, times in seconds and nanoseconds
    #[arg(long)]
    json: bool,
    /// Word for `@ID` lines [default: the host name up to its first dot]
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  vipd show-config /etc/keepalived/keepalived.conf
  vipd show-config -i node2 keepalived.conf             as another machine reads it
  vipd show-config --json keepalived.conf | jq '.instances[] | {name, vrid, priority}'

Passwords and keys are shown in the text, which reads back to the same configuration, and masked in JSON. Exit codes:
  0 shown, 1 shown as far as it is understood (the errors are on standard error), 2 the file cannot be read";

pub(super) fn main(args: &Args) -> ExitCode {
    let host = linux::process::host_name();
    let config_id = args.config_id.as_deref().unwrap_or_else(|| short_host_name(&host));
    let outside = Outside::of_this_process();
    match shown(&args.file, args.json, &outside.options(config_id)) {
        Ok((text, errors)) => {
            say(text);
            ExitCode::from(u8::from(errors > 0))
        }
        Err(message) => {
            complain(format_args!("{message}"));
            ExitCode::from(2)
        }
    }
}

/// The text, and how many errors there are.
fn shown(path: &Path, as_json: bool, options: &config::Options<'_>) -> Result<(String, usize), String> {
    let bytes = input::read(path)?;
    let name = path.display().to_string();
    let loaded = config::load(&name, &bytes, options);
    let color = report::color(&io::stderr());
    for error in loaded.diagnostics.iter().filter(|d| d.is_error()) {
        complain(format_args!("{}\n", error.render(&loaded.sources, color)));
    }
    let text = if as_json { json(&loaded.model)? } else { config::show(&name, &bytes, options) };
    Ok((text, loaded.errors()))
}

fn json(model: &Model) -> Result<String, String> {
    let text = serde_json::to_string_pretty(model);
    text.map(|text| text + "\n").map_err(|e| format!("cannot show the configuration as JSON: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;
    use config::Options;

    const TEXT: &str = "@a global_defs { # c\n@b global_defs {\nrouter_id x }\nvrrp_instance V\n{\n interface eth0\n\
                        virtual_router_id 51\n virtual_ipaddress { 192.0.2.1 }\n}\n";

    fn written(dir: &TempDir, text: &str) -> PathBuf {
        let path = dir.path().join("k.conf");
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn as_text_it_is_what_this_machine_reads() {
        let dir = TempDir::new("show");
        let (text, errors) = shown(&written(&dir, TEXT), false, &Options::of("a")).unwrap();
        let expected = "global_defs {\n    router_id x\n}\n\nvrrp_instance V {\n    interface eth0\n    \
                        virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}\n";
        assert_eq!((text.as_str(), errors), (expected, 0));
    }

    #[test]
    fn as_json_it_is_the_model() {
        let dir = TempDir::new("show-json");
        let (text, _) = shown(&written(&dir, TEXT), true, &Options::of("b")).unwrap();
        let model: Model = serde_json::from_str(&text).unwrap();
        assert_eq!(model, config::load("k", TEXT.as_bytes(), &Options::of("b")).model);
        assert_eq!(model.instances[0].name, "V");
    }

    #[test]
    fn exit_codes() {
        let dir = TempDir::new("show-codes");
        let code = |file| main(&Args { file, json: false, config_id: None });
        assert_eq!(code(written(&dir, "global_defs {\n}\n")), ExitCode::SUCCESS);
        assert_eq!(code(written(&dir, "global_defs {\n")), ExitCode::from(1));
        assert_eq!(code(dir.path().to_owned()), ExitCode::from(2));
    }
}
