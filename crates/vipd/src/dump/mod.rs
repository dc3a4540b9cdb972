//! keepalived's dump files: the same names, fields and lines, so that exporters and scripts go on working.

mod address;
mod data;
mod global;
mod json;
mod lines;
pub mod place;
mod routing;
mod sections;
mod stats;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use config::model::{Instance, Model, Program, Verdicts};
use engine::observe::{InstanceSnapshot, Refusal, Snapshot};
use serde::{Deserialize, Serialize};
use types::Instant;
use vrrp::State;

use crate::scripts::Launcher;
pub use place::{directory, path, write};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Dump {
    /// SIGUSR1: the supervisor's own state.
    Parent,
    /// SIGUSR1: the state of the virtual routers.
    Data,
    /// SIGUSR2 and SIGRTMAX-1: counters.
    Stats,
    /// SIGRTMIN+2: state and counters as JSON.
    Json,
}

/// What is to be shown: configuration and state belong together by the names of the instances.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The configuration in force.
    pub model: &'a Model,
    /// The engine.
    pub snapshot: &'a Snapshot,
    /// What is tracked.
    pub verdicts: &'a Verdicts,
    /// Now, on both time lines.
    pub now: (Instant, SystemTime),
}

impl Dump {
    /// The text of the file; `None`: nothing is to be written, as keepalived writes no JSON without instances.
    pub fn text(self, scene: &Scene<'_>) -> Option<String> {
        match self {
            Self::Parent => Some(data::parent(scene.model)),
            Self::Data => Some(data::data(scene)),
            Self::Stats => Some(stats::stats(scene)),
            Self::Json => json::json(scene),
        }
    }
}

impl<'a> Scene<'a> {
    /// Each instance that the engine runs, with its configuration.
    fn instances(&self) -> impl Iterator<Item = (&'a Instance, &'a InstanceSnapshot)> {
        let model = self.model;
        self.snapshot.instances.iter().filter_map(move |state| {
            Some((model.instances.iter().find(|instance| instance.name == state.name)?, state))
        })
    }

    /// The time of day at an instant, as the time since 1970.
    fn since_epoch(&self, at: Instant) -> Duration {
        let wall = self.now.1 - self.now.0.since(at);
        wall.duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// Each word in single quotes, the program by the path that is run; as it is written where there is none.
fn command(model: &Model, program: &Program) -> String {
    let found = Launcher::new(model).runs(program);
    let path = found.map(|(path, _)| path.display().to_string());
    let words = path.as_ref().or(program.command.first()).into_iter().chain(program.command.iter().skip(1));
    words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ")
}

/// The same, and whom it runs as.
fn program(model: &Model, program: &Program) -> String {
    let who =
        Launcher::new(model).runs(program).map(|(_, user)| format!(", uid:gid {}:{}", user.uid, user.gid));
    command(model, program) + &who.unwrap_or_default()
}

/// keepalived's number for a state.
const fn number(state: State) -> u8 {
    match state {
        State::Initialize => 0,
        State::Backup => 1,
        State::Active => 2,
        State::Fault => 3,
    }
}

/// How many advertisements were refused for this reason.
fn refused(state: &InstanceSnapshot, reason: Refusal) -> u64 {
    let at = Refusal::ALL.iter().position(|other| *other == reason);
    at.and_then(|at| state.counters.refused.get(at)).copied().unwrap_or(0)
}
