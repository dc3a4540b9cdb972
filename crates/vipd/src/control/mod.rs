//! The control socket: a Unix stream on which anybody on this host may ask how things are.
//!
//! A request is one line of JSON, `{"request":"status"}`; the answer is one line too, a [`Report`] or
//! `{"error":"…"}`. A connection may ask again and again. Requests read only, so the socket is open to every
//! user; a slow or silent client costs a little memory for [`PATIENCE`], never time.

mod server;

pub use server::Server;

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

/// What a client can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// The [`Report`].
    Status,
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
    /// To [`Request::Status`].
    Status(Box<Report>),
}

/// Where the daemon with this PID file listens: beside the PID file if one was chosen, so that two daemons of
/// one host do not meet, else at [`DEFAULT_PATH`].
pub fn path_for(chosen_pid_file: Option<&Path>) -> PathBuf {
    chosen_pid_file.map_or_else(|| PathBuf::from(DEFAULT_PATH), |pid_file| pid_file.with_extension("sock"))
}

/// Asks the daemon that listens at `path`.
pub fn ask_status(path: &Path) -> Result<Report, AskError> {
    let unreachable = |error| AskError::Unreachable { path: path.to_owned(), error };
    let mut stream = UnixStream::connect(path).map_err(unreachable)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(unreachable)?;
    let mut line = serde_json::to_string(&Request::Status).map_err(|e| AskError::Answer(e.to_string()))?;
    line.push('\n');
    stream.write_all(line.as_bytes()).map_err(unreachable)?;
    line.clear();
    if BufReader::new(stream).read_line(&mut line).map_err(unreachable)? == 0 {
        return Err(unreachable(io::Error::other("the connection was closed without an answer")));
    }
    match serde_json::from_str(&line) {
        Ok(Answer::Status(report)) => Ok(*report),
        Ok(Answer::Error { error }) => Err(AskError::Answer(error)),
        Err(e) => Err(AskError::Answer(format!("not an answer of this version of vipd: {e}"))),
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum AskError {
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

    #[test]
    fn the_language_of_the_socket() {
        assert_eq!(serde_json::to_string(&Request::Status).unwrap(), r#"{"request":"status"}"#);
        assert_eq!(serde_json::from_str::<Request>(r#"{"request":"status"}"#).unwrap(), Request::Status);
        assert!(serde_json::from_str::<Request>(r#"{"request":"stop"}"#).is_err());
        let error = Answer::Error { error: "busy".into() };
        assert_eq!(serde_json::to_string(&error).unwrap(), r#"{"error":"busy"}"#);
    }

    #[test]
    fn each_pid_file_has_a_socket_of_its_own() {
        assert_eq!(path_for(None), Path::new("/run/vipd/vipd.sock"));
        assert_eq!(path_for(Some(Path::new("/run/a/main.pid"))), Path::new("/run/a/main.sock"));
    }
}
