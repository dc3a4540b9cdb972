//! Sync groups and trackers: what is drawn for them, and what they mean (keepalived.conf(5)), reckoned independently of the
//! engine.

use std::time::Duration;

use config::model::{Model, Notify, SyncGroup, Track, TrackerId, TrackerKind, Verdict};
use engine::api::Input;

use crate::host::{Host, Message};
use crate::rng::Rng;
use crate::rounds::Step;
use crate::scenario::{self, Scenario, interface};
use crate::world::World;

/// The first run of a script, after its daemon has started, has a result by then.
pub(crate) const FIRST_RUN: Duration = Duration::from_millis(300);

impl Scenario {
    /// What a virtual router tracks beside interfaces, on all hosts.
    pub(crate) fn draw_tracks(&mut self, rng: &mut Rng, router: usize) {
        if !rng.chance(350) {
            return;
        }
        let kind = *rng.pick(&[TrackerKind::Script, TrackerKind::Process, TrackerKind::File]);
        let weight = match kind {
            TrackerKind::File => *rng.pick(&[0, 1, 2, -1]),
            TrackerKind::Script | TrackerKind::Process | TrackerKind::Bfd => *rng.pick(&[0, 0, 60, -60, 253]),
        };
        let tracker = TrackerId { kind, name: format!("of VI_{}", router + 1) };
        let track = Track { tracker, weight, reverse: rng.chance(150) };
        for model in &mut self.models {
            if let Some(instance) = model.instances.get_mut(router) {
                instance.tracks.push(track.clone());
            }
        }
    }

    /// Sometimes the first virtual routers form a group. What decides about them is the same for all members: with other
    /// priorities, two hosts could each be the better one for a member, and no election would end.
    pub(crate) fn draw_group(&mut self, rng: &mut Rng) {
        let count = self.routers.len();
        if !rng.chance(450) {
            return;
        }
        let members = if count < 2 { 1 } else { 2 + rng.below(count - 1) };
        let name = |router: &scenario::Router| router.name.clone();
        let group = SyncGroup {
            name: "G".into(),
            members: self.routers.iter().take(members).map(name).collect(),
            smtp_alert: false,
            notify: Notify::default(),
        };
        for model in &mut self.models {
            let Some((first, others)) = model.instances.split_first_mut() else { continue };
            for other in others.iter_mut().take(members - 1) {
                other.priority = first.priority;
                other.preempt = first.preempt;
                other.preempt_delay = first.preempt_delay;
                other.track_interfaces.clone_from(&first.track_interfaces);
                other.tracks.clone_from(&first.tracks);
            }
            model.sync_groups = vec![group.clone()];
        }
        let patience = self.routers.first().map(|router| router.patience).unwrap_or_default();
        for router in self.routers.iter_mut().take(members) {
            router.patience = patience;
        }
        self.group = Some(group);
    }

    /// A virtual router and those that share its state in some configuration.
    pub(crate) fn circle(&self, router: usize) -> Vec<usize> {
        let members = self.group.as_ref().map_or(0, |group| group.members.len());
        if router < members { (0..members).collect() } else { vec![router] }
    }
}

/// The virtual routers that share a state in this configuration.
pub(crate) fn together(model: &Model, router: usize) -> Vec<usize> {
    let members = model.sync_groups.first().map_or(0, |group| group.members.len());
    if router < members { (0..members).collect() } else { vec![router] }
}

/// What a tracker may come to say.
fn draw_verdict(rng: &mut Rng, tracker: &TrackerId) -> Verdict {
    match tracker.kind {
        TrackerKind::File => Verdict::Value(*rng.pick(&[0, 0, 5, -5, 40, -40, -300])),
        TrackerKind::Script | TrackerKind::Process | TrackerKind::Bfd => {
            if rng.chance(600) {
                Verdict::Up
            } else {
                Verdict::Down
            }
        }
    }
}

/// The change of priority, or `None` for a fault: the table of keepalived.conf(5), vrrp_script, and its words about
/// track_file.
fn effect(track: &Track, verdict: Verdict) -> Option<i16> {
    let (weight, reverse) = (track.weight, track.reverse);
    match verdict {
        Verdict::Up | Verdict::Down if weight == 0 => ((verdict == Verdict::Up) != reverse).then_some(0),
        Verdict::Up if weight > 0 => Some(if reverse { -weight } else { weight }),
        Verdict::Down if weight < 0 => Some(if reverse { -weight } else { weight }),
        Verdict::Pending | Verdict::Up | Verdict::Down => Some(0),
        Verdict::Value(value) if weight == 0 => ((value == 0) != reverse).then_some(0),
        Verdict::Value(value) => {
            let product = value * i64::from(weight) * if reverse { -1 } else { 1 };
            (product > -254).then(|| i16::try_from(product.min(253)).unwrap_or(0))
        }
    }
}

impl Host {
    fn verdict(&self, track: &Track) -> Verdict {
        self.verdicts.get(&track.tracker).copied().unwrap_or_default()
    }

    /// Whether no tracker keeps this virtual router in FAULT.
    fn is_healthy(&self, router: usize) -> bool {
        let tracks = &self.model.instances[router].tracks;
        tracks.iter().all(|track| effect(track, self.verdict(track)).is_some())
    }

    /// What trackers add to the priority.
    pub(crate) fn tracked_weight(&self, router: usize) -> i16 {
        let tracks = &self.model.instances[router].tracks;
        // What means FAULT may take a priority to its end, but decides nothing any more.
        tracks.iter().map(|track| effect(track, self.verdict(track)).unwrap_or(-254)).sum()
    }
}

impl World {
    /// Whether nothing keeps this host from serving a virtual router: its own affairs and those of its group.
    pub(crate) fn is_able(&self, h: usize, router: usize) -> bool {
        let host = &self.hosts[h];
        together(&host.model, router)
            .into_iter()
            .all(|member| host.is_able(self.scenario.routers[member].segment) && host.is_healthy(member))
    }

    /// Whether the network of another member is in parts: then it is not this part alone that decides.
    pub(crate) fn depends_on_a_division(&self, router: usize) -> bool {
        let own = self.scenario.routers[router].segment;
        let elsewhere = |member: &usize| self.scenario.routers[*member].segment;
        let mut segments: Vec<usize> = self.scenario.circle(router).iter().map(elsewhere).collect();
        segments.retain(|segment| *segment != own);
        segments.iter().any(|segment| {
            let connected: Vec<bool> = self.hosts.iter().map(|h| h.is_connected(*segment)).collect();
            let here: Vec<bool> = self.hosts.iter().map(|h| h.is_connected(own)).collect();
            self.network.parts(*segment, &connected) != self.network.parts(own, &here)
        })
    }

    /// The trackers of a daemon that has just started have their first result a while later.
    pub(crate) fn start_trackers(&mut self, h: usize) {
        let trackers: Vec<TrackerId> = self.hosts[h].verdicts.keys().cloned().collect();
        for tracker in trackers {
            let delay = self.rng.millis(1, FIRST_RUN.as_millis() as u64);
            let verdict = draw_verdict(&mut self.rng, &tracker);
            self.says(h, delay, tracker, verdict);
        }
    }

    /// One tracker of a host changes its mind, once or more often.
    pub(crate) fn flap_tracker(&mut self, h: usize, tracker: &TrackerId) -> Duration {
        let mut at = Duration::ZERO;
        for _ in 0..=self.rng.below(4) {
            let verdict = draw_verdict(&mut self.rng, tracker);
            self.says(h, at, tracker.clone(), verdict);
            at += self.rng.millis(1, 1_500);
        }
        at
    }

    fn says(&mut self, h: usize, delay: Duration, tracker: TrackerId, verdict: Verdict) {
        let boot = self.hosts[h].boot;
        self.disturbed_until(self.now + delay);
        self.plan(delay, Step::Says { host: h, boot, tracker, verdict });
    }

    /// The supervisor learns of a verdict and hands it on.
    pub(crate) fn said(&mut self, h: usize, tracker: TrackerId, verdict: Verdict) {
        self.hosts[h].verdicts.insert(tracker.clone(), verdict);
        self.deliver(h, Message::Other(Input::Tracked { tracker, verdict }));
    }

    /// A reload: the new configuration, and every verdict once more.
    pub(crate) fn reload(&mut self, h: usize) {
        let model = Box::new(self.hosts[h].model.clone());
        self.deliver(h, Message::Other(Input::Reload(model)));
        for (tracker, verdict) in self.hosts[h].verdicts.clone() {
            self.deliver(h, Message::Other(Input::Tracked { tracker, verdict }));
        }
    }

    /// The group is dissolved or formed again, on all hosts.
    pub(crate) fn change_group(&mut self) {
        let grouped = self.hosts.iter().all(|host| host.model.sync_groups.is_empty());
        let group = self.scenario.group.clone().filter(|_| grouped);
        for h in 0..self.hosts.len() {
            self.hosts[h].model.sync_groups = group.clone().into_iter().collect();
            self.reload(h);
        }
    }

    /// At every moment all members of a group have told the same state.
    pub(crate) fn check_groups(&mut self, h: usize) {
        for group in self.hosts[h].model.sync_groups.clone() {
            let states: Vec<_> = group.members.iter().map(|name| self.judge.told_state(h, name)).collect();
            if states.iter().any(|state| states.first() != Some(state)) {
                self.violation(format!("host {h}: the members of {} have the states {states:?}", group.name));
            }
        }
    }

    /// Whether an interface of this name is up.
    pub(crate) fn is_up(&self, h: usize, name: &str) -> bool {
        (0..self.scenario.segments)
            .any(|segment| interface(segment) == name && self.hosts[h].kernel.is_up(segment))
    }
}

#[cfg(test)]
mod tests {
    use engine::observe::{Event, EventKind};
    use types::Priority;
    use vrrp::{Cause, State, Transition};

    use super::*;
    use crate::Options;

    /// A world with a group of two members or more that has been running for a while.
    fn grouped_world() -> World {
        let drawn = |seed| World::new(seed, &Options::default());
        let is_grouped =
            |world: &World| world.scenario.group.as_ref().is_some_and(|group| group.members.len() > 1);
        let mut world = (1..100).map(drawn).find(is_grouped).expect("a third of all seeds have a group");
        world.first_round();
        while world.round.calm >= world.now {
            assert!(world.advance());
        }
        world
    }

    #[test]
    fn a_torn_group_is_found() {
        let mut world = grouped_world();
        world.check_groups(0);
        assert_eq!(world.judge.take_violations(), Vec::<String>::new());
        let name = world.hosts[0].model.sync_groups[0].members[0].clone();
        world.judge.process_started(0);
        let (from, to) = (State::Initialize, State::Fault);
        let kind = EventKind::Transition {
            transition: Transition { from, to, cause: Cause::Fault },
            priority: Priority(100),
            faults: Vec::new(),
            late_by: Duration::ZERO,
        };
        world.judge.event(0, &Event { at: world.now, seq: 1, instance: Some(name), kind });
        world.check_groups(0);
        assert!(world.judge.take_violations().join(" ").contains("the members of G have the states"));
    }

    #[test]
    fn the_fault_of_one_member_is_that_of_all() {
        let mut world = grouped_world();
        world.hosts[0].verdicts.clear();
        for member in [0, 1] {
            world.hosts[0].model.instances[member].tracks.clear();
        }
        assert!(world.is_able(0, 0) && world.is_able(0, 1));
        let tracker = TrackerId { kind: TrackerKind::Script, name: "new".into() };
        let track = Track { tracker: tracker.clone(), weight: 0, reverse: false };
        world.hosts[0].model.instances[1].tracks.push(track);
        world.hosts[0].verdicts.insert(tracker, Verdict::Down);
        assert!(!world.is_able(0, 0) && !world.is_able(0, 1) && world.is_able(1, 0));
    }
}
