//! How the configuration is read again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `global_defs` says about reloads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Reloading {
    /// `config_save_dir`: a directory that gets a copy of each configuration that is read.
    pub save_dir: Option<String>,
    /// The file of `reload_check_config`: what is found in a configuration that is read again.
    pub findings: Option<String>,
    /// `reload_time_file`: a file that says when the configuration is to be read again.
    pub time_file: Option<String>,
    /// `reload_repeat`: that file stays, and a time without a date comes back every day.
    pub repeats: bool,
    /// `reload_file`: there is a file while the configuration is being read.
    pub marks: bool,
    /// Its path; `None`: `keepalived.reload` beside the PID file.
    pub marker: Option<String>,
}
