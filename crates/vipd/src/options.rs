//! What the operator asked the daemon for, whichever command line it was asked on.

use std::path::PathBuf;

use crate::logging;

/// Keepalived's default configuration file, and ours.
pub const DEFAULT_CONFIG: &str = "/etc/keepalived/keepalived.conf";

/// Which of the two commands was called: it decides the names that processes and log lines bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `keepalived`.
    Keepalived,
    /// `vipd run`.
    Vipd,
}

impl Program {
    /// Process name of the supervisor.
    pub const fn supervisor(self) -> &'static str {
        match self {
            Self::Keepalived => "keepalived",
            Self::Vipd => "vipd",
        }
    }

    /// Process name of the router; at most 15 bytes, as the kernel keeps no more.
    pub const fn router(self) -> &'static str {
        match self {
            Self::Keepalived => "keepalived_vrrp",
            Self::Vipd => "vipd_router",
        }
    }

    /// Process name of the mailer.
    pub const fn mailer(self) -> &'static str {
        match self {
            Self::Keepalived => "keepalived_mail",
            Self::Vipd => "vipd_mailer",
        }
    }

    /// Where its files are.
    pub(crate) const fn files(self) -> Files {
        match self {
            Self::Keepalived => Files {
                directory: "/run",
                own_directory: "/run/keepalived",
                supervisor: "keepalived",
                router: "vrrp",
            },
            Self::Vipd => Files {
                directory: "/run/vipd",
                own_directory: "/run/vipd",
                supervisor: "vipd",
                router: "router",
            },
        }
    }

    /// Names in syslog: of the supervisor and of the router.
    pub const fn idents(self) -> (&'static str, &'static str) {
        match self {
            Self::Keepalived => ("Keepalived", "Keepalived_vrrp"),
            Self::Vipd => ("vipd", "vipd_router"),
        }
    }
}

/// Names of PID files, without their endings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Files {
    /// Where they are.
    pub directory: &'static str,
    /// Where they are with `use_pid_dir`, `instance` or `net_namespace`.
    pub own_directory: &'static str,
    /// The supervisor's.
    pub supervisor: &'static str,
    /// The router's.
    pub router: &'static str,
}

/// Everything that the supervisor needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent option of the command line")]
pub struct Options {
    /// Which command it was.
    pub program: Program,
    /// The configuration file.
    pub config: PathBuf,
    /// What `@ID` lines are compared with; `None`: the host name up to its first dot.
    pub config_id: Option<String>,
    /// PID file of the supervisor; `None`: where the program has it, as for the two below.
    pub pid_file: Option<PathBuf>,
    /// PID file of the router.
    pub router_pid_file: Option<PathBuf>,
    /// Where to answer `vipd status`.
    pub control: Option<PathBuf>,
    /// The network namespace to run in; stands above the configuration.
    pub namespace: Option<String>,
    /// Log sinks.
    pub log: logging::Settings,
    /// A dead router ends the daemon instead of being restarted.
    pub dont_respawn: bool,
    /// Start no BFD session.
    pub no_bfd: bool,
    /// Leave the addresses where they are at stop.
    pub leave_addresses: bool,
    /// Included files that are missing are errors.
    pub all_includes: bool,
    /// Log every address that comes or goes.
    pub address_monitoring: bool,
    /// Allow core dumps.
    pub core_dumps: bool,
    /// The kernel's pattern for the names of core dumps while the daemon runs.
    pub core_pattern: Option<String>,
    /// Write the configuration to the log at start and reload.
    pub dump: bool,
    /// SIGINT does nothing.
    pub ignore_sigint: bool,
    /// Umask for files that are created.
    pub umask: Option<u32>,
    /// Options that were accepted and do nothing yet: to be logged.
    pub notices: Vec<String>,
}
