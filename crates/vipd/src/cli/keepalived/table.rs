//! Every option of keepalived in one list: the parser, the usage text and the notices come from it.

use std::fmt::Write as _;

use Argument::{None as Flag, Optional, Required};
use Support::{Full, NotYet, Refused};

/// One option.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) id: Id,
    pub(super) short: Option<char>,
    pub(super) long: &'static str,
    pub(super) argument: Argument,
    pub(super) help: &'static str,
    pub(super) support: Support,
}

/// Whether an option takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    None,
    Required(&'static str),
    /// Must be attached: `-tFILE`, `--config-test=FILE`.
    Optional(&'static str),
}

/// What an option does here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// What it does in keepalived, or nothing has to be done for it.
    Full,
    /// It is taken and a notice is logged.
    NotYet,
    /// Running without it would not be what was asked for: refused, with this advice.
    Refused(&'static str),
}

/// The options, for the parser's `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id {
    UseFile,
    Vrrp,
    Check,
    LogConsole,
    LogDetail,
    LogFacility,
    NoSyslog,
    Umask,
    DontReleaseVrrp,
    DontRespawn,
    NoBfd,
    DontFork,
    DumpConf,
    Pid,
    VrrpPid,
    ForNode,
    Namespace,
    LogFile,
    AllConfig,
    AddressMonitoring,
    CoreDump,
    CoreDumpPattern,
    Signum,
    ConfigTest,
    IgnoreSigint,
    Version,
    Help,
    /// Nothing has to be done.
    Inert,
    /// See [`Support`].
    Unsupported,
}

const fn spec(
    id: Id,
    short: char,
    long: &'static str,
    argument: Argument,
    support: Support,
    help: &'static str,
) -> Spec {
    Spec { id, short: if short == '\0' { None } else { Some(short) }, long, argument, help, support }
}

/// In the order of keepalived's own usage text.
#[rustfmt::skip]
pub(super) const OPTIONS: &[Spec] = &[
    spec(Id::UseFile, 'f', "use-file", Required("FILE"), Full, "use this configuration file (default /etc/keepalived/keepalived.conf)"),
    spec(Id::Vrrp, 'P', "vrrp", Flag, Full, "run VRRP only"),
    spec(Id::Check, 'C', "check", Flag, Full, "run health checkers only (there are none yet: refused without -P)"),
    spec(Id::NoBfd, 'B', "no_bfd", Flag, Full, "do not run BFD; sessions that are tracked count as down"),
    spec(Id::Inert, '\0', "all", Flag, Full, "start every process, even without configuration for it (vipd always does)"),
    spec(Id::LogConsole, 'l', "log-console", Flag, Full, "log to standard error as well"),
    spec(Id::LogDetail, 'D', "log-detail", Flag, Full, "log more"),
    spec(Id::LogFacility, 'S', "log-facility", Required("FACILITY"), Full, "syslog facility: 0-7, local0-local7, user or daemon (default)"),
    spec(Id::LogFile, 'g', "log-file", Optional("FILE"), Full, "log to a file as well, and to FILE_vrrp what the VRRP process says (default keepalived.log in TMPDIR or /tmp)"),
    spec(Id::Inert, '\0', "flush-log-file", Flag, Full, "flush the log file after each line (vipd always does)"),
    spec(Id::NoSyslog, 'G', "no-syslog", Flag, Full, "do not log to syslog"),
    spec(Id::Umask, 'u', "umask", Required("NUMBER"), Full, "umask for files that are created"),
    spec(Id::Inert, 'X', "release-vips", Flag, Full, "remove addresses when told to stop (vipd always does, unless -V)"),
    spec(Id::DontReleaseVrrp, 'V', "dont-release-vrrp", Flag, Full, "leave the addresses in place at stop"),
    spec(Id::Inert, 'I', "dont-release-ipvs", Flag, Full, "leave the IPVS tables in place at stop"),
    spec(Id::DontRespawn, 'R', "dont-respawn", Flag, Full, "end when a child dies, instead of restarting it"),
    spec(Id::DontFork, 'n', "dont-fork", Flag, Full, "stay in the foreground"),
    spec(Id::DumpConf, 'd', "dump-conf", Flag, Full, "write the configuration to the log"),
    spec(Id::Pid, 'p', "pid", Required("FILE"), Full, "PID file (default /run/keepalived.pid); the control socket is beside it"),
    spec(Id::VrrpPid, 'r', "vrrp_pid", Required("FILE"), Full, "PID file of the VRRP process (default /run/vrrp.pid)"),
    spec(Id::Inert, 'c', "checkers_pid", Required("FILE"), Full, "PID file of the checker process"),
    spec(Id::Inert, 'b', "bfd_pid", Required("FILE"), Full, "PID file of the BFD process"),
    spec(Id::Unsupported, 'T', "genhash", Flag, Refused("the genhash mode does not exist yet: use keepalived's genhash"), "genhash mode"),
    spec(Id::AddressMonitoring, 'a', "address-monitoring", Flag, Full, "log every address that comes or goes"),
    spec(Id::Unsupported, 'x', "snmp", Flag, NotYet, "run the SNMP agent"),
    spec(Id::Unsupported, 'A', "snmp-agent-socket", Required("ADDRESS"), NotYet, "AgentX socket"),
    spec(Id::Namespace, 's', "namespace", Required("NAME"), Full, "run in this network namespace (see ip-netns(8))"),
    spec(Id::CoreDump, 'm', "core-dump", Flag, Full, "raise the limits for core dumps"),
    spec(Id::CoreDumpPattern, 'M', "core-dump-pattern", Optional("PATTERN"), Full, "also set the kernel's core pattern (default core), for all programs, until the end"),
    spec(Id::AllConfig, 'e', "all-config", Flag, Full, "a missing include file is an error"),
    spec(Id::ForNode, 'i', "config-id", Required("ID"), Full, "use lines that begin with @ID (default: the host name up to its first dot)"),
    spec(Id::Signum, '\0', "signum", Required("WORD"), Full, "print the number of the signal STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON"),
    spec(Id::ConfigTest, 't', "config-test", Optional("LOG_FILE"), Full, "check the configuration, report to standard error or LOG_FILE, and end"),
    spec(Id::Unsupported, '\0', "config-fd", Required("FD"), NotYet, "internal to keepalived"),
    spec(Id::IgnoreSigint, '\0', "ignore-sigint", Flag, Full, "SIGINT does nothing"),
    spec(Id::Unsupported, '\0', "perf", Optional("WORD"), NotYet, "record performance"),
    spec(Id::Unsupported, '\0', "debug", Optional("LETTERS"), NotYet, "debug options"),
    spec(Id::Inert, '\0', "no-mem-check", Flag, Full, "nothing: there is no such check to turn off"),
    spec(Id::Unsupported, 'L', "mem-check-log", Flag, NotYet, "log memory checks"),
    spec(Id::Unsupported, '\0', "openssl-mem-check", Flag, NotYet, "check OpenSSL's memory"),
    spec(Id::Version, 'v', "version", Flag, Full, "show the version"),
    spec(Id::Help, 'h', "help", Flag, Full, "show this text"),
];

/// By its letter.
pub(super) fn by_short(letter: char) -> Option<&'static Spec> {
    OPTIONS.iter().find(|o| o.short == Some(letter))
}

/// By its name or an unambiguous beginning of it, as getopt_long(3) does.
pub(super) fn by_long(name: &str) -> Option<&'static Spec> {
    let exact = OPTIONS.iter().find(|o| o.long == name);
    exact.or_else(|| {
        let mut candidates = OPTIONS.iter().filter(|o| o.long.starts_with(name));
        candidates.next().filter(|_| candidates.next().is_none())
    })
}

/// An option for readers.
pub(in crate::cli) struct OptionText {
    /// `-f, --use-file=FILE`; without a letter there are blanks in its place.
    pub(in crate::cli) flags: String,
    /// What it does.
    pub(in crate::cli) help: String,
}

/// All of them, in the order of the usage text.
pub(in crate::cli) fn options() -> impl Iterator<Item = OptionText> {
    OPTIONS.iter().map(|option| {
        let short = option.short.map_or("   ".to_owned(), |c| format!("-{c},"));
        let argument = match option.argument {
            Flag => String::new(),
            Required(name) => format!("={name}"),
            Optional(name) => format!("[={name}]"),
        };
        let later = match option.support {
            Full => "",
            NotYet => " (not supported yet)",
            Refused(_) => " (refused: not supported yet)",
        };
        OptionText {
            flags: format!("{short} --{}{argument}", option.long),
            help: format!("{}{later}", option.help),
        }
    })
}

/// The text of `--help`.
pub(super) fn usage(program: &str) -> String {
    let mut text = format!("Usage: {program} [OPTION...]\n");
    for OptionText { flags, help } in options() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {flags:32} {help}");
    }
    text
}
