//! keepalived's dump files: the same names, fields and lines, so that exporters and scripts go on working.

mod address;
mod data;
mod json;
pub mod place;
mod routing;
mod stats;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use config::model::{Instance, Model};
use engine::observe::{InstanceSnapshot, Refusal, Snapshot};
use types::Instant;
use vrrp::State;

pub use place::{directory, path, write};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
