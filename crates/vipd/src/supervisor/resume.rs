//! What one version of the supervisor leaves to the next one in the same process, as JSON in a file in memory.
//!
//! Whoever adds a field gives it a default, so that the next version reads what this one writes; whoever changes the meaning
//! of one raises [`FORMAT`], and then no running daemon is upgraded in place to that version.

use std::io::{self, Read as _};
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use config::model::Identity;
use engine::Unmarked;
use linux::child::Child;
use linux::exec::Inherited;
use linux::process;
use serde::{Deserialize, Serialize};

use super::backoff::Backoff;
use super::configuration::{self, Read};
use super::dumps::Pending;
use super::saved::Saved;
use super::states::States;
use super::{Failure, post, router};
use crate::control;
use crate::exit::Exit;
use crate::options::Options;
use crate::scripts::{HandedNotifier, HandedTrackers};
use crate::status::Reloads;

/// Of [`State`].
const FORMAT: u32 = 1;

/// The first line, which every version understands.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    /// The version that wrote it.
    vipd: String,
}

/// Everything else. Numbers of descriptors are of such that are left open.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub request: Request,
    pub host: String,
    pub binary: PathBuf,
    pub identity: Identity,
    pub started: SystemTime,
    pub states: States,
    pub saved: Saved,
    pub backoff: Backoff,
    pub restarts: u64,
    pub last_reload: Option<(SystemTime, Result<(), String>)>,
    pub reloads: Reloads,
    pub messages_lost: u64,
    pub core_pattern: Option<String>,
    pub dumps: Pending,
    pub unmarked: Unmarked,
    pub pid_file: RawFd,
    pub router_pid_file: Option<RawFd>,
    pub router: router::Handed,
    /// Process numbers of routers that end.
    pub dismissed: Vec<u32>,
    pub observers: Option<control::Handed>,
    pub post: post::Handed,
    pub notifier: HandedNotifier,
    pub trackers: HandedTrackers,
}

/// Who has asked for the upgrade, and what for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    /// Of the control socket.
    pub client: u64,
    /// The version that it was asked of.
    pub from: String,
    pub binary: PathBuf,
}

/// What a program says that can go on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Consent {
    /// Its version.
    pub resumes_as: String,
}

impl State {
    pub(super) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let header = Header { format: FORMAT, vipd: env!("CARGO_PKG_VERSION").to_owned() };
        let mut bytes = serde_json::to_vec(&header)?;
        bytes.push(b'\n');
        serde_json::to_writer(&mut bytes, self)?;
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (header, rest) = bytes.split_at(end);
        let header: Header = serde_json::from_slice(header)
            .map_err(|e| format!("there is no state of a running vipd: {e}"))?;
        if header.format != FORMAT {
            return Err(format!(
                "vipd {} leaves a state of format {}, and vipd {} reads format {FORMAT} only; restart the daemon instead",
                header.vipd,
                header.format,
                env!("CARGO_PKG_VERSION")
            ));
        }
        serde_json::from_slice(rest).map_err(|e| {
            format!("the state of vipd {} is not understood: {e}; restart the daemon instead", header.vipd)
        })
    }
}

/// The state that an earlier program in this process left behind this descriptor.
pub(super) fn take(fd: RawFd, inherited: &mut Inherited) -> Result<State, Failure> {
    let bytes = inherited.take(fd).and_then(|fd| {
        let mut bytes = Vec::new();
        std::fs::File::from(fd).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = bytes.map_err(Failure::internal("read the state of the earlier version"))?;
    State::from_bytes(&bytes).map_err(|text| Failure { exit: Exit::Internal, text })
}

/// Children known by their numbers.
pub(super) fn adopt(pids: &[u32]) -> Vec<Child> {
    pids.iter().filter_map(|pid| Child::adopt(*pid)).collect()
}

/// Says whether this program could go on with the state on standard input and the operator's options: a [`Consent`] on
/// standard output, or why not on standard error.
pub fn could_resume(options: &Options) -> ExitCode {
    match judge(options) {
        Ok(consent) => {
            println!("{consent}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn judge(options: &Options) -> Result<String, String> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|e| format!("cannot read the state: {e}"))?;
    let state = State::from_bytes(&bytes)?;
    configuration::read(options, &state.host).and_then(Read::startable).map_err(|failure| failure.text)?;
    process::audit()?;
    serde_json::to_string(&Consent { resumes_as: env!("CARGO_PKG_VERSION").to_owned() })
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::transition;
    use std::time::Duration;
    use vrrp::State as Vrrp;

    fn state() -> State {
        let mut states = States::default();
        states.hear(&transition(Vrrp::Initialize, Vrrp::Active));
        State {
            request: Request { client: 3, from: "0.1.0".into(), binary: "/usr/sbin/vipd".into() },
            host: "server-a".into(),
            binary: "/usr/sbin/vipd".into(),
            identity: Identity { instance: Some("foo".into()), ..Identity::default() },
            started: SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_359_664_123),
            states,
            saved: Saved::default(),
            backoff: Backoff::default(),
            restarts: 2,
            last_reload: Some((SystemTime::UNIX_EPOCH, Err("line 3".into()))),
            reloads: Reloads { applied: 1, refused: 1 },
            messages_lost: 4,
            core_pattern: Some("core\n".into()),
            dumps: Pending::default(),
            unmarked: Unmarked { tables: ["vipd".into()].into(), ..Unmarked::default() },
            pid_file: 5,
            router_pid_file: Some(6),
            router: serde_json::from_str(
                r#"{"pid": 7, "fd": 8, "on_the_way": {"input": [1], "output": []}}"#,
            )
            .unwrap(),
            dismissed: vec![9],
            observers: None,
            post: post::Handed::default(),
            notifier: HandedNotifier::default(),
            trackers: HandedTrackers::default(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = state().to_bytes().unwrap();
        let read = State::from_bytes(&bytes).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", state()));
        assert_eq!(read.states.masters(), ["VI_1"]);
    }

    #[test]
    fn another_format_is_refused_by_its_number() {
        let text = String::from_utf8(state().to_bytes().unwrap()).unwrap();
        let later = text.replacen("\"format\":1", "\"format\":2,\"more\":[]", 1);
        assert_ne!(later, text);
        let why = State::from_bytes(later.as_bytes()).unwrap_err();
        assert!(why.contains("format 2") && why.contains("restart"), "{why}");
        let why = State::from_bytes(b"GET / HTTP/1.0\r\n").unwrap_err();
        assert!(why.contains("no state"), "{why}");
        let cut = &text.as_bytes()[..text.len() - 2];
        assert!(State::from_bytes(cut).unwrap_err().contains("not understood"));
        assert!(State::from_bytes(b"").is_err());
    }

    /// What a later version adds to what it leaves does not keep an earlier one from reading it.
    #[test]
    fn an_unknown_field_is_passed_over() {
        let text = String::from_utf8(state().to_bytes().unwrap()).unwrap();
        let more = text.replacen("\"restarts\":2", "\"restarts\":2,\"added\":{\"x\":1}", 1);
        assert_ne!(more, text);
        assert_eq!(State::from_bytes(more.as_bytes()).unwrap().restarts, 2);
    }
}
