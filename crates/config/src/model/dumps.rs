//! What the daemon writes to files when a signal asks for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where dumps go, and their form. A place that ends in `/` is a directory; one that does not begin with `/` is below
/// the directory for temporary files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Dumps {
    /// `state_dump_file`; `None`: keepalived.data.
    pub state_file: Option<String>,
    /// `stats_dump_file`; `None`: keepalived.stats.
    pub stats_file: Option<String>,
    /// `json_dump_file`; `None`: keepalived.json.
    pub json_file: Option<String>,
    /// `json_version 2`: an object around the list of instances.
    pub json_object: bool,
    /// `umask`: permission bits that dumps do not get; `None`: keepalived's, which leaves them to their owner.
    pub umask: Option<u32>,
}
