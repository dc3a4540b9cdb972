//! The control socket: a Unix stream on which anybody on this host may ask how things are.
//!
//! A request is one line of JSON, `{"request":"status"}`; the answer is one line too, a [`Report`] or
//! `{"error":"…"}`. A connection may ask again and again. What only reads is for every user; `{"request":"upgrade"}` is
//! for root and for the user that the daemon runs as. A slow or silent client costs a little memory for [`PATIENCE`],
//! never time.

mod server;

pub use server::{Handed, Server};

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::status::Report;

/// Where the daemon listens unless told otherwise.
pub const DEFAULT_PATH: &str = "/run/vipd/vipd.sock";
/// Clients that neither ask nor read for this long are disconnected.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// For so long a client waits for the router's answer; then it is told that there is none.
pub const ROUTER_PATIENCE: Duration = Duration::from_secs(5);

/// For so long a client waits for the answer to an upgrade: longer than the daemon waits for anything in it.
pub const UPGRADE_PATIENCE: Duration = Duration::from_mins(1);

/// What a client can ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// The [`Report`].
    Status,
    /// Go on as another version of the program.
    Upgrade {
        /// The file; `None`: the one that the daemon was started from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        binary: Option<PathBuf>,
    },
}

/// The daemon is another program than before, in the same process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upgraded {
    /// The version that it was.
    pub from: String,
    /// The version that it is.
    pub to: String,
    /// The file of the program.
    pub binary: PathBuf,
    /// The process, which is the same as before.
    pub pid: u32,
    /// For how long there was no process that speaks VRRP, in milliseconds.
    pub router_gap_ms: f64,
}

impl std::fmt::Display for Upgraded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, to, binary, pid, router_gap_ms } = self;
        write!(f, "vipd {from} is vipd {to} now ({}, process {pid} as before); ", binary.display())?;
        write!(f, "between the two routers were {router_gap_ms:.1} ms")
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// The request could not be answered.
    Error {
        /// Why.
        error: String,
    },
    /// To [`Request::Upgrade`].
    Upgraded(Upgraded),
    /// To [`Request::Status`].
    Status(Box<Report>),
}

/// Where the daemon with this PID file listens: beside the PID file if one was chosen, so that two daemons of
/// one host do not meet, else at [`DEFAULT_PATH`].
pub fn path_for(chosen_pid_file: Option<&Path>) -> PathBuf {
    chosen_pid_file.map_or_else(|| PathBuf::from(DEFAULT_PATH), |pid_file| pid_file.with_extension("sock"))
}

/// Asks the daemon that listens at `path` how things are.
pub fn ask_status(path: &Path) -> Result<Report, AskError> {
    match ask(path, &Request::Status, PATIENCE)? {
        Answer::Status(report) => Ok(*report),
        Answer::Error { error } => Err(AskError::Answer(error)),
        Answer::Upgraded(_) => Err(AskError::Answer("an answer to another question".to_owned())),
    }
}

/// Asks the daemon that listens at `path` to become another program.
pub fn ask_upgrade(path: &Path, binary: Option<PathBuf>) -> Result<Upgraded, AskError> {
    match ask(path, &Request::Upgrade { binary }, UPGRADE_PATIENCE)? {
        Answer::Upgraded(upgraded) => Ok(upgraded),
        Answer::Error { error } => Err(AskError::Answer(error)),
        Answer::Status(_) => Err(AskError::Answer("an answer to another question".to_owned())),
    }
}

fn ask(path: &Path, request: &Request, patience: Duration) -> Result<Answer, AskError> {
    let mut line = serde_json::to_string(request).map_err(AskError::Request)?;
    line.push('\n');
    let unreachable = |error| AskError::Unreachable { path: path.to_owned(), error };
    let mut stream = UnixStream::connect(path).map_err(unreachable)?;
    stream.set_read_timeout(Some(patience)).map_err(unreachable)?;
    stream.write_all(line.as_bytes()).map_err(unreachable)?;
    line.clear();
    if BufReader::new(stream).read_line(&mut line).map_err(unreachable)? == 0 {
        return Err(unreachable(io::Error::other("the connection was closed without an answer")));
    }
    serde_json::from_str(&line)
        .map_err(|e| AskError::Answer(format!("not an answer of this version of vipd: {e}")))
}

/// Why there is no answer.
#[derive(Debug)]
pub enum AskError {
    /// There are no words for what is asked, as for a path that is no text.
    Request(serde_json::Error),
    /// Nobody listens there, or nobody answers.
    Unreachable {
        /// Where.
        path: PathBuf,
        /// What the kernel says.
        error: io::Error,
    },
    /// The daemon answered something else.
    Answer(String),
}

impl std::fmt::Display for AskError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(error) => write!(f, "this cannot be asked: {error}"),
            Self::Unreachable { path, error } => {
                let kind = error.kind();
                let hint = if matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) {
                    "no daemon is running with this control socket; with --socket you can name another"
                } else if kind == io::ErrorKind::PermissionDenied {
                    "you may not open it; look at its mode and its folder's"
                } else {
                    "the daemon does not answer; its log may say why"
                };
                write!(f, "cannot ask the daemon at {}: {error}\n  {hint}", path.display())
            }
            Self::Answer(text) => write!(f, "the daemon answers: {text}"),
        }
    }
}

impl std::error::Error for AskError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn the_language_of_the_socket() {
        assert_eq!(serde_json::to_string(&Request::Status).unwrap(), r#"{"request":"status"}"#);
        assert_eq!(serde_json::from_str::<Request>(r#"{"request":"status"}"#).unwrap(), Request::Status);
        let upgrade = |binary: Option<&str>| Request::Upgrade { binary: binary.map(PathBuf::from) };
        assert_eq!(serde_json::to_string(&upgrade(None)).unwrap(), r#"{"request":"upgrade"}"#);
        let named = r#"{"request":"upgrade","binary":"/x"}"#;
        assert_eq!(serde_json::from_str::<Request>(named).unwrap(), upgrade(Some("/x")));
        assert!(serde_json::from_str::<Request>(r#"{"request":"stop"}"#).is_err());
        let error = Answer::Error { error: "busy".into() };
        assert_eq!(serde_json::to_string(&error).unwrap(), r#"{"error":"busy"}"#);
    }

    #[test]
    fn a_path_that_is_no_text_is_not_the_daemons_fault() {
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(b"/vipd-\xff"));
        let error = ask_upgrade(Path::new("/nonexistent/vipd.sock"), Some(path)).unwrap_err();
        assert!(
            error.to_string().starts_with("this cannot be asked: path contains invalid UTF-8"),
            "{error}"
        );
    }

    #[test]
    fn each_pid_file_has_a_socket_of_its_own() {
        assert_eq!(path_for(None), Path::new("/run/vipd/vipd.sock"));
        assert_eq!(path_for(Some(Path::new("/run/a/main.pid"))), Path::new("/run/a/main.sock"));
    }
}
