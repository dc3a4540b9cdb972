//! Exit codes of the daemon, as keepalived has them.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};

/// Why the daemon ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// Orderly stop.
    Ok,
    /// An error that a restart would not cure, or a bad command line.
    Fatal,
    /// A configuration that contradicts itself.
    Config,
    /// A missing permission.
    Permission,
    /// No configuration file.
    NoConfig,
    /// Our own fault.
    Internal,
}

impl Exit {
    /// The number for the shell.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Fatal => 1,
            Self::Config => 2,
            Self::Permission => 4,
            Self::NoConfig => 6,
            Self::Internal => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
