//! Programs that are run: notification, scripts and processes that are tracked, pipes.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A program with its arguments, and whom it runs as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Program {
    /// The program, a path or a name that is looked for in PATH, and its arguments; never empty.
    pub command: Vec<String>,
    /// Name of the user; `None`: `script_user`, else keepalived_script if there is such a user, else root.
    pub user: Option<String>,
    /// Name of the group; `None`: the user's own.
    pub group: Option<String>,
}

// Boxes, because most tell none, and there can be many thousands.
/// What an instance or a sync group tells programs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notify {
    /// `notify_master`.
    pub master: Option<Box<Program>>,
    /// `notify_backup`.
    pub backup: Option<Box<Program>>,
    /// `notify_fault`.
    pub fault: Option<Box<Program>>,
    /// `notify_stop`.
    pub stop: Option<Box<Program>>,
    /// `notify_deleted` is given: an instance that a reload removes is DELETED rather than in FAULT.
    pub tells_deleted: bool,
    /// The program behind `notify_deleted`.
    pub deleted: Option<Box<Program>>,
    /// `notify_master_rx_lower_pri`.
    pub lower_priority: Option<Box<Program>>,
    /// `notify`: for every state, with four arguments more.
    pub any: Option<Box<Program>>,
    /// `notify_priority_changes`: changes of the priority go to the pipes.
    pub priority_changes: bool,
}

/// A pipe that gets a line for each event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fifo {
    /// Path.
    pub path: String,
    /// Name of its owner; `None`: ours.
    pub user: Option<String>,
    /// Name of its group.
    pub group: Option<String>,
    /// The program that reads it; the path is its last argument.
    pub reader: Option<Program>,
}

/// A program that is waited for, for so long at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimedProgram {
    /// The program.
    pub program: Program,
    /// Then it is given up.
    pub timeout: Duration,
}

/// What `global_defs` says about programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Programs {
    /// `notify_fifo` and `vrrp_notify_fifo`.
    pub fifos: Vec<Fifo>,
    /// `fifo_write_vrrp_states_on_reload`.
    pub states_on_reload: bool,
    /// `script_user`: user and group of programs that name none.
    pub user: Option<(String, Option<String>)>,
    /// `enable_script_security`: what others may write is not run as root.
    pub secure: bool,
    /// `use_symlink_paths`: programs are run by the paths that are written, symbolic links and all.
    pub symlink_paths: bool,
    /// `set_supplementary_groups`: programs get all groups of their users.
    pub supplementary_groups: bool,
    /// `child_wait_time`: how long the last ones may take at the end.
    pub last_wait: Duration,
    /// `startup_script`.
    pub startup: Option<TimedProgram>,
    /// `shutdown_script`.
    pub shutdown: Option<TimedProgram>,
}

impl Default for Programs {
    fn default() -> Self {
        Self {
            fifos: Vec::new(),
            states_on_reload: false,
            user: None,
            secure: false,
            symlink_paths: false,
            supplementary_groups: false,
            last_wait: Duration::from_secs(5),
            startup: None,
            shutdown: None,
        }
    }
}

/// One `vrrp_script`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackScript {
    /// Name.
    pub name: String,
    /// What is run.
    pub program: Program,
    /// Time between the starts of two runs.
    pub interval: Duration,
    /// How long a run may take.
    pub timeout: Duration,
    /// Successes in a row that count as success, at least 1.
    pub rise: u32,
    /// Failures in a row that count as failure, at least 1.
    pub fall: u32,
    /// Failed until it has succeeded.
    pub init_fail: bool,
}

/// One `track_file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackFile {
    /// Name.
    pub name: String,
    /// Path.
    pub path: String,
    /// `init_file`: the number that the file is made with at start, if there is none (or anyway).
    pub init: Option<i64>,
    /// An existing file gets that number, too.
    pub overwrite: bool,
}

/// One `vrrp_track_process`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackProcess {
    /// Name.
    pub name: String,
    /// The program and its parameters; never empty.
    pub command: Vec<String>,
    /// How the parameters are compared.
    pub parameters: ParamMatch,
    /// Compare with the whole command line (`full_command`) rather than with the name of the process.
    pub full_command: bool,
    /// So many must run.
    pub quorum: u32,
    /// And not more than so many.
    pub quorum_max: Option<u32>,
    /// How long it must be gone to count as gone.
    pub terminate_delay: Duration,
    /// How long it must run to count as running.
    pub fork_delay: Duration,
}

/// How the parameters of processes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ParamMatch {
    /// They are not looked at.
    Ignore,
    /// All must be equal.
    Exact,
    /// The first ones must be equal, and the last one given may be the beginning of one.
    Initial,
    /// The first ones must be equal.
    Partial,
}
