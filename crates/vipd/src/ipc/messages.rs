use std::time::Duration;

use config::model::{Model, TrackerId, Verdict, Verdicts};
use engine::Unmarked;
use engine::observe::{Event, Snapshot};
use serde::{Deserialize, Serialize};

use super::Language;
use crate::exit::Exit;

/// From the supervisor to the router.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToRouter {
    /// The first message: what to run.
    Start(Box<Start>),
    /// A new valid configuration.
    Reload(Box<Model>),
    /// A script, a file or a process has a new verdict. After each [`ToRouter::Reload`] every verdict is told again: the
    /// router has forgotten those of trackers that the last configuration did not use.
    Tracked(TrackerId, Verdict),
    /// Answer with [`FromRouter::Snapshot`].
    Snapshot,
    /// The same, and then start counting anew.
    SnapshotAndClear,
    /// Answer with [`FromRouter::Alive`].
    Ping,
    /// Leave. In plain language supervisors of later versions say it to routers of earlier ones, so neither it nor its
    /// endings may be renamed.
    Stop(Ending),
    /// What follows is in this language; so is what follows the answer, [`FromRouter::Switching`]. Plain, before another
    /// version of the supervisor takes the place of this one.
    Switch(Language),
}

/// What the router runs.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    /// The configuration.
    pub model: Model,
    /// Instances that were Master in the router that died, or was replaced, a moment ago: they go on as Master.
    pub adopt: Vec<String>,
    /// How long that router had said nothing when it ended.
    pub silent_for: Duration,
    /// Whether there was such a router: nothing waits for the start of the machine or of the daemon any more.
    pub replaces: bool,
    /// What scripts, files and processes said last.
    pub verdicts: Verdicts,
    /// What earlier routers changed in the kernel and could not undo.
    pub unmarked: Unmarked,
    /// Give everything up at once and end: the next start will be too late to adopt.
    pub resign: bool,
    /// Whether debug lines are wanted.
    pub detail: bool,
    /// Whether every address that comes or goes is to be logged.
    pub address_monitoring: bool,
}

/// How to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// Serve the addresses until a successor is heard (make-before-break).
    Graceful,
    /// Give the addresses up at once.
    Abrupt,
    /// `--dont-release-vrrp`: end and leave the addresses where they are.
    LeaveAddresses,
}

/// From the router to the supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromRouter {
    /// The sockets that need no configuration are open: it waits for [`ToRouter::Start`].
    Opened,
    /// Sockets are open, the kernel's picture is read, the engine runs.
    Ready,
    /// Something happened.
    Event(Box<Event>),
    /// A line for the log that is no event.
    Log(LogLine),
    /// The engine as it is now.
    Snapshot(Box<Snapshot>),
    /// To [`ToRouter::Ping`]: the loop goes round.
    Alive,
    /// This many messages were lost because the supervisor did not read them in time.
    Lost(u64),
    /// Everything is given up, or left where it is; the process does nothing more and ends.
    Left,
    /// The last message before another language, see [`ToRouter::Switch`].
    Switching(Language),
    /// The router cannot work and a restart will not help.
    Fatal {
        /// Exit code for the whole daemon.
        exit: Exit,
        /// For people.
        text: String,
    },
}

/// A line for the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// 1 (error) to 5 (trace), as `log::Level`.
    pub level: u8,
    /// The line.
    pub text: String,
}

/// From the supervisor to the mailer.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToMailer {
    /// Send this now and answer with [`FromMailer`].
    Send(Box<MailJob>),
}

/// One mail, ready to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailJob {
    /// Server name or address.
    pub server: String,
    /// Port.
    pub port: u16,
    /// What to call ourselves.
    pub helo_name: String,
    /// For the connection and for each answer.
    pub timeout: Duration,
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Headers and body, lines ended by CR LF.
    pub message: Vec<u8>,
}

/// What became of the mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromMailer {
    /// The server took it.
    Sent,
    /// Not now: try again later.
    Deferred(String),
    /// Never: the server or an address refuses it.
    Rejected(String),
}
