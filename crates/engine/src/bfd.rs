//! BFD sessions of this host: which packet is whose, timers, reload, and what trackers learn of them.

pub mod api;

mod observe;
mod session;
mod sessions;
#[cfg(test)]
mod tests;

pub use observe::{BfdCounters, BfdRefusal, BfdSnapshot};

pub(crate) use sessions::{Effect, Sessions};

use config::model::{Model, TrackerId, TrackerKind, Verdict};

use crate::api::Output;
use crate::engine::{Engine, Phase};

impl Engine {
    /// Brings the sessions in step with the configuration: when the kernel's state is known, and on a reload.
    pub(crate) fn configure_bfd(&mut self) {
        match self.phase {
            Phase::Waiting { .. } | Phase::Running => {
                self.bfd.configure(self.now, &self.model.bfd);
                self.resolve_bfd();
                self.miss_bfd();
            }
            Phase::Blind | Phase::Leaving { .. } | Phase::Left => {}
        }
    }

    /// A session that is tracked and does not run (`--no_bfd`) is down, as with keepalived.
    fn miss_bfd(&mut self) {
        let Model { instances, bfd, .. } = &self.model;
        let missing: Vec<TrackerId> = instances
            .iter()
            .flat_map(|instance| &instance.tracks)
            .map(|track| &track.tracker)
            .filter(|id| id.kind == TrackerKind::Bfd && bfd.iter().all(|session| session.name != id.name))
            .cloned()
            .collect();
        for tracker in missing {
            self.tracked(&tracker, Verdict::Down);
        }
    }

    /// An interface may have come, gone, got another name, or been moved into a VRF.
    pub(crate) fn resolve_bfd(&mut self) {
        let kernel = &self.kernel;
        self.bfd.resolve(
            self.now,
            |name| kernel.link_named(name).map(|link| link.ifindex),
            |session, current| kernel.vrf_of_session(session, current),
        );
        self.drain_bfd();
    }

    /// An address came or went: it may be what says in which VRF a session is.
    pub(crate) fn relocate_bfd(&mut self) {
        if self.kernel.has_vrfs() && !self.bfd.is_silent() {
            self.resolve_bfd();
        }
    }

    pub(crate) fn bfd_received(&mut self, packet: &api::Received<'_>) {
        self.bfd.receive(self.now, packet, self.kernel.vrf_of(packet.ifindex));
        self.drain_bfd();
    }

    pub(crate) fn bfd_trouble(&mut self, trouble: api::Trouble) {
        self.bfd.trouble(self.now, trouble);
        self.drain_bfd();
    }

    pub(crate) fn bfd_timer(&mut self) {
        self.bfd.handle_timeout(self.now);
        self.drain_bfd();
    }

    /// Tells every peer that the session ends.
    pub(crate) fn stop_bfd(&mut self) {
        self.bfd.stop(self.now);
        self.drain_bfd();
    }

    fn drain_bfd(&mut self) {
        while let Some(effect) = self.bfd.poll_effect() {
            match effect {
                Effect::Open(endpoints) => self.output(Output::BfdOpen(endpoints)),
                Effect::Transmit(packet) => self.output(Output::BfdTransmit(packet)),
                Effect::Verdict { session: name, verdict } => {
                    self.tracked(&TrackerId { kind: TrackerKind::Bfd, name }, verdict);
                }
                Effect::Event { session, kind } => self.event_of(Some(session), kind),
            }
        }
    }
}
