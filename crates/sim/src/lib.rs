//! N engines on a seeded virtual network, with a fake kernel under each and invariant checkers beside them.

//!
//! Each host runs the real [`engine::Engine`] in the daemon's loop: handle what arrived, do the outputs in order,
//! sleep until the deadline. A plan of faults drawn from the seed disturbs the network, the kernels and the
//! processes; after each round of faults, once the protocol has had its time, the invariants are checked against
//! the wire and the kernels.

mod faults;
mod host;
mod judge;
mod kernel;
mod network;
mod rng;
mod rounds;
mod scenario;
mod strikes;
mod tracking;
mod verdict;
mod world;

use types::Instant;

use crate::world::World;

/// The most hosts on one network.
pub const MAX_NODES: usize = 8;

/// What to simulate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Hosts on the network, 1 to [`MAX_NODES`].
    pub nodes: usize,
    /// Length in virtual seconds.
    pub seconds: u64,
    /// Render the trace of events into [`Outcome::trace`].
    pub trace: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { nodes: 3, seconds: 60, trace: false }
    }
}

/// What came of one seed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Broken invariants in the order of virtual time, each with the command that replays it; empty is good.
    pub violations: Vec<String>,
    /// What happened, one line an event, when [`Options::trace`] asked for it.
    pub trace: Vec<String>,
    /// Advertisements sent by all hosts.
    pub adverts: u64,
    /// Changes of state of all virtual routers.
    pub transitions: u64,
}

/// What came of many seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Seeds simulated.
    pub seeds: u64,
    /// The outcomes with violations, in order of their seeds.
    pub failed: Vec<Outcome>,
    /// Advertisements sent in all.
    pub adverts: u64,
    /// Changes of state in all.
    pub transitions: u64,
}

/// Simulates one seed. The same seed and options always give the same outcome.
pub fn run(seed: u64, options: &Options) -> Outcome {
    let mut outcome = World::new(seed, options).run();
    let Options { nodes, seconds, trace: _ } = options;
    let replay = format!("vipd sim --seed {seed} --nodes {nodes} --seconds {seconds} --trace");
    for violation in &mut outcome.violations {
        *violation = format!("{violation} (replay: {replay})");
    }
    outcome
}

/// Simulates `count` seeds from `first_seed` on; `progress` sees every outcome as it comes.
pub fn run_many(
    first_seed: u64,
    count: u64,
    options: &Options,
    mut progress: impl FnMut(&Outcome),
) -> Summary {
    let mut summary = Summary::default();
    for seed in first_seed..first_seed.saturating_add(count) {
        let outcome = run(seed, options);
        progress(&outcome);
        summary.seeds += 1;
        summary.adverts += outcome.adverts;
        summary.transitions += outcome.transitions;
        if !outcome.violations.is_empty() {
            summary.failed.push(outcome);
        }
    }
    summary
}

/// Virtual time as people read it.
fn clock(now: Instant) -> String {
    let nanos = now.as_nanos();
    format!("{:3}.{:06}", nanos / 1_000_000_000, nanos % 1_000_000_000 / 1_000)
}
