//! The invariants, checked against the wire, the kernels and the plan of faults.

use std::time::Duration;

use types::Cidr;
use vrrp::State;

use crate::faults::RESTORED_WITHIN;
use crate::scenario::{SLACK, source};
use crate::strikes::{Broken, Strike};
use crate::world::World;

/// Two announcements this close together may have crossed each other on a slow wire.
const CROSSING: Duration = SLACK;
/// A healthy host's advertisements are this punctual: the scheduler wakes it within 0.1 ms.
const PUNCTUAL: Duration = Duration::from_millis(1);

impl World {
    /// The connected hosts that have a virtual router's first address.
    pub(crate) fn holders(&self, router: usize) -> Vec<usize> {
        let r = &self.scenario.routers[router];
        let holds = |h: &usize| self.has(*h, r.segment, r.addresses[0]);
        (0..self.hosts.len()).filter(holds).collect()
    }

    /// Notes for every address whether anybody has it.
    pub(crate) fn recount(&mut self) {
        for (router, r) in self.scenario.routers.iter().enumerate() {
            for (address, cidr) in r.addresses.iter().enumerate() {
                let held = (0..self.hosts.len()).any(|h| {
                    self.hosts[h].is_connected(r.segment) && self.hosts[h].kernel.holds(r.segment, cidr.addr)
                });
                self.judge.covered(self.now, router, address, held);
            }
        }
    }

    /// What must be true whenever nothing has disturbed the network for long enough.
    pub(crate) fn check_facts(&mut self) {
        for router in 0..self.scenario.routers.len() {
            self.check_router(router);
        }
        for host in 0..self.hosts.len() {
            self.check_snapshot(host);
            self.check_lease(host);
        }
    }

    /// What must be true at the end of a quiet time.
    pub(crate) fn check_round(&mut self) {
        self.check_facts();
        self.check_silence();
        self.check_gentleness();
        self.check_coverage();
    }

    /// An address that somebody removed is back, if this host still serves it.
    pub(crate) fn check_restored(&mut self, h: usize, life: u32, segment: usize, cidr: Cidr) {
        let host = &self.hosts[h];
        let instance = host.model.instances.iter().find(|i| i.all_addresses().any(|a| a.cidr == cidr));
        let serving = instance.is_some_and(|i| host.masters.contains(&i.name));
        let able = host.life == life && host.is_able(segment) && !host.deaf;
        let again = self.now.since(host.robbed) < RESTORED_WITHIN;
        let refused = host.robbed <= host.refused;
        if able && serving && !again && !refused && !host.kernel.holds(segment, cidr.addr) {
            self.violation(format!("host {h} has not put {cidr} back, which somebody removed"));
        }
    }

    /// A host that was killed and started again holds nothing that it does not serve.
    pub(crate) fn check_swept(&mut self, h: usize, life: u32) {
        let host = &self.hosts[h];
        if host.life != life || !host.is_running() || host.kernel.failing.is_some() {
            return;
        }
        let serves = |cidr: &Cidr| {
            host.model
                .instances
                .iter()
                .any(|i| host.masters.contains(&i.name) && i.all_addresses().any(|a| a.cidr == *cidr))
        };
        let kept: Vec<String> =
            host.kernel.tagged().filter(|(_, cidr)| !serves(cidr)).map(|(_, c)| c.to_string()).collect();
        if !kept.is_empty() {
            self.violation(format!("host {h} keeps {} of an earlier process", kept.join(", ")));
        }
    }

    /// One speaker in each part of the network, the right one; it has the addresses, nobody else has.
    fn check_router(&mut self, router: usize) {
        let segment = self.scenario.routers[router].segment;
        let connected: Vec<bool> = self.hosts.iter().map(|h| h.is_connected(segment)).collect();
        let parts = self.network.parts(segment, &connected);
        for part in 0..parts.len() {
            let members: Vec<usize> = (0..parts.len()).filter(|h| parts[*h] == part).collect();
            if !members.is_empty() {
                self.check_part(router, &members);
            }
        }
    }

    fn check_part(&mut self, router: usize, members: &[usize]) {
        let able: Vec<usize> = members.iter().copied().filter(|h| self.is_able(*h, router)).collect();
        let speaks = |h: &usize| self.speaks(*h, router);
        let speakers: Vec<usize> = members.iter().copied().filter(speaks).collect();
        let name = self.scenario.routers[router].name.clone();
        let speaker = match speakers[..] {
            [] if able.is_empty() => None,
            // Whom they would follow is in another part of another member's network.
            [] if self.depends_on_a_division(router) => None,
            [] => {
                self.violation(format!("{name}: nobody advertises, although hosts {able:?} could"));
                return;
            }
            [one] => Some(one),
            [..] => {
                self.violation(format!("{name}: hosts {speakers:?} all advertise"));
                return;
            }
        };
        if let Some(speaker) = speaker {
            if able.contains(&speaker) {
                if !self.depends_on_a_division(router) {
                    self.check_preference(router, speaker, &able);
                }
            } else {
                self.violation(format!("{name}: host {speaker} advertises, although it should be in FAULT"));
            }
        }
        self.check_holders(router, speaker, members);
    }

    /// The highest priority serves, unless the operator told it not to preempt.
    fn check_preference(&mut self, router: usize, speaker: usize, able: &[usize]) {
        let priority = |h: usize| self.effective_priority(h, router);
        let Some(top) = able.iter().copied().max_by_key(|h| priority(*h)) else { return };
        let instance = &self.hosts[top].model.instances[router];
        let preempts = instance.preempt || instance.priority.is_owner();
        let (best, found) = (priority(top), priority(speaker));
        if preempts && found < best {
            let name = &self.scenario.routers[router].name;
            let text = format!("{name}: host {speaker} ({found}) serves, host {top} ({best}) should");
            self.violation(text);
        }
    }

    /// Configured priority and the weights of tracked interfaces (keepalived.conf(5), track_interface): a positive
    /// one counts while the interface is up, a negative one while it is down; `reverse` turns the sign of what counts.
    fn effective_priority(&self, h: usize, router: usize) -> i16 {
        let instance = &self.hosts[h].model.instances[router];
        let base = i16::from(instance.priority.0);
        if instance.priority.is_owner() {
            return base;
        }
        let weights = instance.track_interfaces.iter().map(|track| {
            let up = self.is_up(h, &track.interface);
            let weight = if track.reverse { -track.weight } else { track.weight };
            if (track.weight > 0) == up { weight } else { 0 }
        });
        (base + weights.sum::<i16>() + self.hosts[h].tracked_weight(router)).clamp(1, 254)
    }

    fn check_holders(&mut self, router: usize, speaker: Option<usize>, members: &[usize]) {
        let r = &self.scenario.routers[router];
        let (segment, name, addresses) = (r.segment, r.name.clone(), r.addresses.clone());
        for (address, cidr) in addresses.into_iter().enumerate() {
            for h in members.iter().copied() {
                if !self.hosts[h].is_running() {
                    continue;
                }
                let instance = &self.hosts[h].model.instances[router];
                let wanted = speaker == Some(h) && instance.all_addresses().any(|a| a.cidr == cidr);
                let held = self.hosts[h].kernel.holds(segment, cidr.addr);
                if wanted && !held {
                    self.violation(format!("{name}: host {h} is Master without {cidr}"));
                } else if held && !wanted {
                    self.violation(format!("{name}: host {h} holds {cidr} and should not"));
                }
                if wanted && held {
                    self.check_announced(router, address, cidr, h, members);
                }
            }
        }
    }

    /// The holder's word about its address is the last one that was said on this network.
    fn check_announced(&mut self, router: usize, address: usize, cidr: Cidr, h: usize, members: &[usize]) {
        let own = self.judge.trace_of(router, address, h);
        let name = &self.scenario.routers[router].name;
        // A lease may put back what was removed while nobody listened: nobody ever knew.
        let unnoticed = self.scenario.lease.is_some() && own.announced > 0;
        if own.announced < own.installed && !unnoticed {
            let text = format!("{name}: host {h} has not announced {cidr}");
            self.violation(text);
            return;
        }
        let later = members.iter().copied().find(|other| {
            self.judge.trace_of(router, address, *other).last_word > own.announced_at + CROSSING
        });
        if let Some(other) = later {
            let text = format!(
                "{name}: host {h} holds {cidr}, but host {other} announced it last: stale neighbours"
            );
            self.violation(text);
        }
    }

    /// Nobody alive means that the kernel removes leased addresses.
    fn check_lease(&mut self, h: usize) {
        let host = &self.hosts[h];
        let Some(lease) = self.scenario.lease else { return };
        let kept = host.kernel.tagged().count();
        let dead = self.round.broken.contains(&Broken::Killed { host: h }) && host.powered;
        if dead && self.now > host.killed + lease && kept > 0 {
            self.violation(format!("host {h} is dead, and {kept} addresses outlived their lease"));
        }
    }

    /// What an engine says of itself is what its kernel has, and what the wire has seen.
    fn check_snapshot(&mut self, h: usize) {
        if !self.hosts[h].is_running() {
            return;
        }
        let Some(process) = &self.hosts[h].process else { return };
        let snapshot = process.engine.snapshot(self.now);
        let mut wrong = Vec::new();
        for (router, instance) in snapshot.instances.iter().enumerate() {
            let Some(r) = self.scenario.routers.get(router) else { continue };
            let (name, segment) = (&instance.name, r.segment);
            let speaks = self.speaks(h, router);
            let able = self.is_able(h, router);
            let expected = match (able, speaks) {
                (true, true) => State::Active,
                (true, false) => State::Backup,
                (false, _) => State::Fault,
            };
            if instance.state != expected {
                wrong.push(format!("{name} says {:?}, the facts say {expected:?}", instance.state));
            }
            if able && instance.source != Some(source(h, segment, r.family)) {
                wrong.push(format!("{name} says that its source is {:?}", instance.source));
            }
            if instance.handing_over {
                wrong.push(format!("{name} is still handing over"));
            }
            let refused: u64 = instance.counters.refused.iter().sum();
            if refused > 0 {
                wrong.push(format!("{name} refused {refused} good advertisements"));
            }
            for address in &instance.addresses {
                let held = self.hosts[h].kernel.holds(segment, address.cidr.addr);
                if address.observed != held || address.desired != held {
                    wrong.push(format!("{name} says {address:?}, the kernel has it: {held}"));
                }
            }
        }
        for group in &snapshot.groups {
            let of = |i: &&engine::observe::InstanceSnapshot| group.members.contains(&i.name);
            for member in snapshot.instances.iter().filter(of).filter(|i| i.state != group.state) {
                wrong.push(format!("{} is {:?}, its group {:?}", member.name, member.state, group.state));
            }
        }
        let tagged = self.hosts[h].kernel.tagged().count();
        let said = snapshot.instances.iter().flat_map(|i| &i.addresses).filter(|a| a.observed).count();
        if tagged != said {
            wrong.push(format!("{said} addresses are said to be there, {tagged} are"));
        }
        for text in wrong {
            self.violation(format!("host {h}: {text}"));
        }
    }

    /// No change of state, no kernel work, no missed advertisement while nothing disturbs the network.
    fn check_silence(&mut self) {
        for h in 0..self.hosts.len() {
            let (transitions, work) = (self.judge.quiet_transitions(h), self.judge.quiet_work(h));
            if transitions > 0 {
                self.violation(format!("host {h} changed its state {transitions} times without a cause"));
            }
            if work > 0 {
                self.violation(format!("host {h} asked the kernel {work} times for changes without a cause"));
            }
            for router in 0..self.scenario.routers.len() {
                let interval = self.hosts[h].model.instances[router].interval.as_duration();
                let gap = self.judge.on_air(router, h).gap;
                if self.judge.on_air(router, h).speaks && gap > interval + PUNCTUAL {
                    let name = &self.scenario.routers[router].name;
                    let text = format!("{name}: host {h} was silent for {gap:?} without a cause");
                    self.violation(text);
                }
            }
        }
    }

    /// What does not concern the protocol does not move anything.
    fn check_gentleness(&mut self) {
        let strikes = self.round.strikes.clone();
        let crashed = |h: usize| strikes.contains(&Strike::Crash { host: h });
        let mixed = self.scenario.routers.iter().any(|r| r.mixed);
        let gentle = strikes.iter().all(|strike| match strike {
            Strike::Crash { .. } => !mixed,
            Strike::RemoveAddress { .. }
            | Strike::KernelRefuses { .. }
            | Strike::LoseNotifications { .. }
            | Strike::Resync { .. }
            | Strike::ReloadSame { .. }
            | Strike::ReloadAddresses { .. } => true,
            Strike::Break(_)
            | Strike::Mend(_)
            | Strike::Flap { .. }
            | Strike::Noise { .. }
            | Strike::OneWay { .. }
            | Strike::Pause { .. }
            | Strike::SocketsFail { .. }
            | Strike::ReloadPriority { .. }
            | Strike::Tracked { .. }
            | Strike::ReloadGroup => false,
        });
        if !gentle || strikes.is_empty() {
            return;
        }
        for h in (0..self.hosts.len()).filter(|h| !crashed(*h)) {
            let transitions = self.judge.transitions(h);
            if transitions > 0 {
                self.violation(format!("host {h} changed its state because of {strikes:?}"));
            }
        }
    }

    /// Make before break: when a host leaves, returns or takes over on purpose, every address has a holder at
    /// every moment.
    fn check_coverage(&mut self) {
        let [strike] = self.round.strikes[..] else { return };
        let smooth = match strike {
            Strike::Break(Broken::Stopped { abrupt: false, .. })
            | Strike::Mend(Broken::Stopped { .. } | Broken::Killed { .. } | Broken::Unplugged { .. })
            | Strike::Crash { .. }
            | Strike::LoseNotifications { .. }
            | Strike::Resync { .. }
            | Strike::ReloadSame { .. }
            | Strike::ReloadPriority { .. }
            | Strike::Tracked { .. } => true,
            Strike::Break(_)
            | Strike::Mend(_)
            | Strike::Flap { .. }
            | Strike::Noise { .. }
            | Strike::OneWay { .. }
            | Strike::Pause { .. }
            | Strike::SocketsFail { .. }
            | Strike::RemoveAddress { .. }
            | Strike::KernelRefuses { .. }
            | Strike::ReloadAddresses { .. }
            | Strike::ReloadGroup => false,
        };
        let divided = |b: &Broken| matches!(b, Broken::Divided { .. });
        if !smooth || !self.scenario.handover || self.round.broken.iter().any(divided) {
            return;
        }
        for router in 0..self.scenario.routers.len() {
            let before = &self.round.holders_before[router];
            // What a killed host left behind is removed before anything is said; somebody else must serve by then.
            let served = before.iter().any(|h| strike != Strike::Mend(Broken::Killed { host: *h }));
            // When a tracker fails and recovers, there may have been nobody else.
            let recovers = |h: &usize| matches!(strike, Strike::Tracked { host, .. } if host == *h);
            let holders = self.holders(router);
            if !served || holders.is_empty() || holders.iter().any(recovers) {
                continue;
            }
            for address in 0..self.scenario.routers[router].addresses.len() {
                let cidr = self.scenario.routers[router].addresses[address];
                if !self.hosts[0].model.instances[router].all_addresses().any(|a| a.cidr == cidr) {
                    continue;
                }
                let gap = self.judge.coverage_gap(router, address);
                if gap > Duration::ZERO {
                    self.violation(format!("nobody had {cidr} for {gap:?} because of {strike:?}"));
                }
            }
        }
    }

    /// Whether it advertises, and did so within an interval: one that has yielded and heard nobody announce its addresses
    /// advertises once more, as a reminder.
    fn speaks(&self, h: usize, router: usize) -> bool {
        let on_air = self.judge.on_air(router, h);
        let interval = self.hosts[h].model.instances[router].interval.as_duration();
        on_air.speaks && on_air.last.is_some_and(|last| self.now.since(last) <= interval + SLACK)
    }

    fn has(&self, h: usize, segment: usize, cidr: Cidr) -> bool {
        self.hosts[h].is_connected(segment) && self.hosts[h].kernel.holds(segment, cidr.addr)
    }
}

#[cfg(test)]
mod tests {
    use engine::api::{AddressOp, AddressSpec, Input};

    use super::*;
    use crate::Options;
    use crate::host::Message;

    /// A world that has just become quiet, with one virtual router or more, and the host that serves the first.
    fn quiet_world() -> (World, usize) {
        let options = Options { nodes: 3, ..Options::default() };
        let mut world = World::new(1, &options);
        world.first_round();
        let settling = world.scenario.routers.iter().map(crate::scenario::Router::settling).max();
        let quiet = world.round.calm + settling.unwrap_or_default();
        while world.now <= quiet {
            assert!(world.advance());
        }
        assert_eq!(world.judge.take_violations(), Vec::<String>::new());
        let holder = world.holders(0)[0];
        (world, holder)
    }

    fn violations(world: &mut World) -> String {
        world.check_facts();
        world.judge.take_violations().join("\n")
    }

    #[test]
    fn a_second_holder_is_found() {
        let (mut world, holder) = quiet_world();
        let other = (holder + 1) % 3;
        let router = world.scenario.routers[0].clone();
        let spec = AddressSpec::plain(
            world.hosts[other].kernel.ifindex(router.segment).unwrap(),
            router.addresses[0],
        );
        world.hosts[other].kernel.execute(world.now, &AddressOp::Add(spec)).unwrap();
        let found = violations(&mut world);
        assert!(
            found.contains(&format!("host {other} holds {} and should not", router.addresses[0])),
            "{found}"
        );
    }

    #[test]
    fn a_lost_address_is_found() {
        let (mut world, holder) = quiet_world();
        let router = world.scenario.routers[0].clone();
        let ifindex = world.hosts[holder].kernel.ifindex(router.segment).unwrap();
        world.hosts[holder].kernel.remove(ifindex, router.addresses[0]).unwrap();
        let found = violations(&mut world);
        assert!(found.contains(&format!("is Master without {}", router.addresses[0])), "{found}");
        // The engine has not been told, and says that the address is there.
        assert!(found.contains("the kernel has it: false"), "{found}");
    }

    #[test]
    fn two_speakers_and_a_wrong_one_are_found() {
        let (mut world, holder) = quiet_world();
        let router = world.scenario.routers[0].clone();
        let other = (holder + 1) % 3;
        let src = source(other, router.segment, router.family);
        let payload = [0x31, router.vrid, 100, 0, 0, 0, 0, 0];
        world.judge.advert(world.now, other, router.segment, src, &payload);
        let found = violations(&mut world);
        assert!(found.contains("all advertise"), "{found}");
        world.judge.watch(0);
        world.judge.advert(world.now, other, router.segment, src, &payload);
        let found = violations(&mut world);
        assert!(found.contains("should"), "{found}");
        world.judge.watch(0);
        assert!(violations(&mut world).contains("nobody advertises"));
    }

    #[test]
    fn an_unrest_without_a_cause_is_found() {
        let (mut world, holder) = quiet_world();
        world.deliver(holder, Message::Other(Input::Stop { abrupt: true }));
        world.check_round();
        let found = world.judge.take_violations().join("\n");
        assert!(found.contains("changed its state"), "{found}");
        assert!(found.contains("asked the kernel"), "{found}");
    }

    #[test]
    fn a_moment_without_a_holder_is_found() {
        let (mut world, holder) = quiet_world();
        world.next_round();
        let router = world.scenario.routers[0].clone();
        world.scenario.handover = true;
        world.round.strikes.push(Strike::Resync { host: 0 });
        let notice = world.hosts[holder].kernel.plug(router.segment, false);
        world.recount();
        world.now = world.now + Duration::from_millis(1);
        world.hosts[holder].kernel.plug(router.segment, true);
        world.recount();
        assert!(notice.is_some());
        world.check_coverage();
        let found = world.judge.take_violations().join("\n");
        assert!(found.contains(&format!("nobody had {} for 1ms", router.addresses[0])), "{found}");
    }

    #[test]
    fn a_stale_neighbour_is_found() {
        let (mut world, holder) = quiet_world();
        let router = world.scenario.routers[0].clone();
        let claim = engine::api::Claim {
            ifindex: types::IfIndex(2),
            mac: types::MacAddr::default(),
            addr: router.addresses[0].addr,
            gratuitous: true,
        };
        world.judge.announced(world.now, (holder + 1) % 3, router.segment, claim, u64::MAX);
        let found = violations(&mut world);
        assert!(found.contains("stale neighbours"), "{found}");
    }
}
