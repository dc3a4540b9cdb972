//! What trackers say, and interfaces that are believed to have changed only after a while.

use std::collections::BTreeMap;
use std::time::Duration;

use config::model::{TrackerId, Verdict};
use types::{IfIndex, Instant};

use crate::api::Link;
use crate::engine::Engine;
use crate::instance::InstanceId;

impl Engine {
    /// A tracker says something.
    pub(crate) fn tracked(&mut self, tracker: &TrackerId, verdict: Verdict) {
        // What begins anew under a known name: its last word holds until it says something.
        if verdict == Verdict::Pending && self.verdicts.contains_key(tracker) {
            return;
        }
        let before = self.verdicts.insert(tracker.clone(), verdict);
        if before == Some(verdict) {
            return;
        }
        let concerned: Vec<InstanceId> = self
            .instances
            .iter()
            .filter(|(_, i)| i.config.tracks.iter().any(|track| track.tracker == *tracker))
            .map(|(id, _)| *id)
            .collect();
        for id in concerned {
            self.evaluate(id);
            self.start_waiting(id);
        }
    }

    /// Whether the instance, or another member of its group, must hear first verdicts of trackers before it starts, or
    /// nothing but that the kernel has done with its source address: a moment of each boot is no fault.
    pub(crate) fn is_waiting(&self, id: InstanceId) -> bool {
        let waits = |id: &InstanceId| {
            self.instances
                .get(id)
                .is_some_and(|i| !i.waiting_for(&self.verdicts).is_empty() || i.waits_for_detection())
        };
        waits(&id) || self.other_members(id).iter().any(waits)
    }

    /// Forgets what is tracked no more.
    pub(crate) fn forget_verdicts(&mut self) {
        let Self { verdicts, instances, .. } = self;
        verdicts.retain(|tracker, _| {
            instances.values().any(|i| i.config.tracks.iter().any(|track| track.tracker == *tracker))
        });
    }

    /// An interface as it is believed to be: with `interface_up_down_delays`, whether it is up is believed only after the
    /// delay.
    pub(crate) fn believed(&mut self, link: Link) -> Link {
        let before = self.kernel.link(link.ifindex).map(|known| known.up);
        let delays = self.model.interface_delays.iter().find(|delays| delays.interface == link.name);
        let (Some(before), Some(delays)) = (before, delays) else {
            self.debounce.settle(link.ifindex);
            return link;
        };
        let delay = if link.up { delays.up } else { delays.down };
        let up = self.debounce.report(self.now, link.ifindex, link.up, before, delay);
        Link { up, ..link }
    }

    /// Interfaces whose delay is over.
    pub(crate) fn debounce_timer(&mut self) {
        for (ifindex, up) in self.debounce.due(self.now) {
            if let Some(link) = self.kernel.link(ifindex).cloned() {
                self.link_changed(Link { up, ..link });
            }
        }
    }
}

/// Interfaces that are said to be up or down and not believed yet.
#[derive(Debug, Default)]
pub(crate) struct Debounce(BTreeMap<IfIndex, (Instant, bool)>);

impl Debounce {
    /// Returns what to believe for now.
    fn report(&mut self, now: Instant, ifindex: IfIndex, up: bool, believed: bool, delay: Duration) -> bool {
        if up == believed || delay.is_zero() {
            self.0.remove(&ifindex);
            return up;
        }
        let (_, pending) = *self.0.entry(ifindex).or_insert((now + delay, up));
        if pending == up { believed } else { up }
    }

    fn settle(&mut self, ifindex: IfIndex) {
        self.0.remove(&ifindex);
    }

    fn due(&mut self, now: Instant) -> Vec<(IfIndex, bool)> {
        let due: Vec<_> =
            self.0.iter().filter(|(_, (at, _))| *at <= now).map(|(i, (_, up))| (*i, *up)).collect();
        for (ifindex, _) in &due {
            self.settle(*ifindex);
        }
        due
    }

    /// When the next delay is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.0.values().map(|(at, _)| *at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETH1: IfIndex = IfIndex(3);

    fn at(secs: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(secs)
    }

    #[test]
    fn a_change_is_believed_when_it_lasts() {
        let mut debounce = Debounce::default();
        let delay = Duration::from_secs(2);
        assert!(debounce.report(at(0), ETH1, false, true, delay));
        assert_eq!(debounce.deadline(), Some(at(2)));
        // Said again: the delay does not begin anew.
        assert!(debounce.report(at(1), ETH1, false, true, delay));
        assert_eq!(debounce.due(at(1)), []);
        assert_eq!(debounce.due(at(2)), [(ETH1, false)]);
        assert_eq!(debounce.deadline(), None);
    }

    #[test]
    fn a_change_that_ends_in_time_never_happened() {
        let mut debounce = Debounce::default();
        let delay = Duration::from_secs(2);
        assert!(debounce.report(at(0), ETH1, false, true, delay));
        assert!(debounce.report(at(1), ETH1, true, true, delay));
        assert_eq!(debounce.deadline(), None);
        // Without a delay there is nothing to wait for.
        assert!(!debounce.report(at(2), ETH1, false, true, Duration::ZERO));
    }
}
