//! What tells one daemon from others on the same machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the daemon is called and where it lives, so that several can run on one machine. A reload cannot change it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// `net_namespace`: the network namespace to run in, by its name below /run/netns; `None`: where it was started.
    pub net_namespace: Option<String>,
    /// `instance`: part of the names of files and of the name in syslog.
    pub instance: Option<String>,
    /// `use_pid_dir`: PID files go to a directory of their own, as they do with the two above.
    pub own_directory: bool,
    /// `data_use_instance`: both names are part of the names of dumps of the state.
    pub in_dump_names: bool,
    /// `process_name`: what the supervisor is called in ps(1), at most 15 bytes.
    pub process_name: Option<String>,
    /// `vrrp_process_name`: what the router is called in ps(1), at most 15 bytes.
    pub router_process_name: Option<String>,
}

impl Identity {
    /// Namespace and instance as one word, for names of files: `blue_foo`.
    pub fn label(&self) -> Option<String> {
        let names: Vec<&str> =
            [&self.net_namespace, &self.instance].into_iter().flatten().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join("_"))
    }
}
