use config::model::Model;
use types::Instant;

use crate::api::{Deadline, Input, Output};
use crate::observe::Snapshot;

/// How this start differs from a cold one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Boot {
    /// Names of instances that were Master in the process that this one replaces a moment later (the
    /// supervisor remembers): they go on as Master.
    pub adopt: Vec<String>,
}

/// All virtual routers of this host.
#[derive(Debug)]
pub struct Engine {}

impl Engine {
    /// An engine that knows nothing of the kernel yet: its first input must be [`Input::Resync`].
    pub fn new(_now: Instant, _model: Model, _boot: Boot) -> Self {
        todo!()
    }

    /// Takes one input.
    pub fn handle(&mut self, _now: Instant, _input: Input<'_>) {
        todo!()
    }

    /// To be called at or after [`poll_timeout`](Self::poll_timeout); early calls do nothing.
    pub fn handle_timeout(&mut self, _now: Instant) {
        todo!()
    }

    /// The next thing to do; call until `None` after every input and timeout, and do the outputs in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        todo!()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        todo!()
    }

    /// Everything as it is now.
    pub fn snapshot(&self, _now: Instant) -> Snapshot {
        todo!()
    }
}
