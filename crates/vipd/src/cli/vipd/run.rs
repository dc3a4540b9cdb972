use std::path::PathBuf;
use std::process::ExitCode;

use crate::logging::{self, Facility};
use crate::options::{DEFAULT_CONFIG, Options, Program};
use crate::roles::Entry;
use crate::supervisor;

/// Be the daemon, in the foreground
///
/// Needs CAP_NET_ADMIN (to set addresses) and CAP_NET_RAW (to send and hear advertisements); root has both.
/// SIGHUP reads the configuration again and changes nothing if it has an error. SIGTERM hands the addresses over
/// and stops; a second one stops at once.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Configuration file, in keepalived's language
    #[arg(short = 'f', long, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    config: PathBuf,
    /// PID file; it also keeps a second daemon from starting [default: /run/vipd/vipd.pid]
    #[arg(short, long, value_name = "FILE")]
    pid: Option<PathBuf>,
    /// Control socket for `vipd status` and `vipd upgrade` [default: beside a chosen PID file, else /run/vipd/vipd.sock]
    #[arg(long, value_name = "PATH", env = "VIPD_CONTROL")]
    control: Option<PathBuf>,
    /// Word for `@ID` lines of the configuration [default: the host name up to its first dot]
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,
    /// Log to syslog as well, with this facility: 0-7, local0-local7, user or daemon
    #[arg(long, value_name = "FACILITY", num_args = 0..=1, default_missing_value = "daemon")]
    log_syslog: Option<Facility>,
    /// Do not log to standard error
    #[arg(long)]
    log_quiet: bool,
    /// Log more
    #[arg(long)]
    log_detail: bool,
}

const EXAMPLES: &str = "\
Examples:
  vipd run                                     /etc/keepalived/keepalived.conf, logging to the terminal
  vipd run -f a.conf -p /run/a/vipd.pid        a second daemon, with a PID file and a control socket of its own
  kill -HUP $(cat /run/vipd/vipd.pid)          read the configuration again

Exit codes:
  0 stopped, 1 cannot work, 2 the configuration contradicts itself, 4 missing permission, 6 no configuration file, 70 our own fault";

pub(super) fn main(args: Args, entry: Entry) -> ExitCode {
    let options = Options {
        program: Program::Vipd,
        config: args.config,
        config_id: args.config_id,
        control: args.control,
        router_pid_file: args.pid.as_ref().map(|pid_file| pid_file.with_extension("router.pid")),
        pid_file: args.pid,
        namespace: None,
        log: logging::Settings {
            console: !args.log_quiet,
            syslog: args.log_syslog,
            file: None,
            detail: args.log_detail,
        },
        dont_respawn: false,
        no_bfd: false,
        leave_addresses: false,
        all_includes: false,
        address_monitoring: false,
        core_dumps: false,
        core_pattern: None,
        dump: false,
        ignore_sigint: false,
        umask: None,
        notices: Vec::new(),
    };
    match entry {
        Entry::Plain | Entry::Detached => supervisor::run(options, None).into(),
        Entry::Upgraded { state } => supervisor::resume(options, state).into(),
        Entry::Asked => supervisor::could_resume(&options),
    }
}
