use std::net::IpAddr;
use std::time::Duration;

use types::{Instant, Interval, Priority};

use crate::{Action, Advert, Params, State, TimerReason};

/// One virtual router.
#[derive(Debug, Clone)]
pub struct VirtualRouter {
    params: Params,
}

impl VirtualRouter {
    /// A router in Initialize that wants nothing.
    pub fn new(params: Params) -> Self {
        Self { params }
    }

    /// RFC 9568 section 6.4.1, Startup: the owner becomes Active at once, everybody else listens first.
    /// Nothing happens unless the state is Initialize.
    pub fn startup(&mut self, _now: Instant, _source: IpAddr) {
        todo!()
    }

    /// Startup of a process that replaces one which was Active a moment ago: Active at once, with an
    /// advertisement. Nothing happens unless the state is Initialize.
    pub fn adopt(&mut self, _now: Instant, _source: IpAddr) {
        todo!()
    }

    /// A fault appeared: an Active router says priority 0 and stops. From Initialize it enters Fault silently.
    pub fn fault(&mut self, _now: Instant) {
        todo!()
    }

    /// The last fault went away: Backup with a fresh master-down interval, or Active for the owner.
    /// Nothing happens unless the state is Fault.
    pub fn clear_fault(&mut self, _now: Instant, _source: IpAddr) {
        todo!()
    }

    /// An advertisement of this VRID that passed all checks.
    pub fn handle_advert(&mut self, _now: Instant, _advert: Advert) {
        todo!()
    }

    /// To be called at or after [`deadline`](Self::deadline); early calls do nothing. The advertisement timer
    /// does not drift: the next deadline counts from the last one, except after lateness of more than an interval.
    pub fn handle_timeout(&mut self, _now: Instant) {
        todo!()
    }

    /// Told to stop: an Active router says priority 0; the state becomes Initialize.
    pub fn shutdown(&mut self, _now: Instant) {
        todo!()
    }

    /// The source address of our own advertisements changed; it breaks ties of equal priority.
    pub fn set_source(&mut self, _source: IpAddr) {
        todo!()
    }

    /// The effective priority changed by tracking, 1 to 254; ignored for the owner. A running master-down timer moves by
    /// the difference of the two skew times. An Active router advertises the new one with its next advertisement.
    pub fn set_priority(&mut self, _now: Instant, _effective: Priority) {
        todo!()
    }

    /// A reload changed the parameters: the state is kept, running timers are adapted, an Active router
    /// advertises at once.
    pub fn reconfigure(&mut self, _now: Instant, _params: Params) {
        todo!()
    }

    /// The next thing to do; call until `None` after every input.
    pub fn poll_action(&mut self) -> Option<Action> {
        todo!()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    pub fn deadline(&self) -> Option<(Instant, TimerReason)> {
        todo!()
    }

    /// The current state.
    pub fn state(&self) -> State {
        todo!()
    }

    /// The parameters in force.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The priority in advertisements: configured, moved by tracking.
    pub fn effective_priority(&self) -> Priority {
        todo!()
    }

    /// The interval of the Active router as learned (version 3), or our own.
    pub fn active_interval(&self) -> Interval {
        todo!()
    }

    /// The last accepted advertisement, for status.
    pub fn last_advert(&self) -> Option<(Instant, Advert)> {
        todo!()
    }

    /// The master-down interval in force.
    pub fn master_down_interval(&self) -> Duration {
        todo!()
    }
}
