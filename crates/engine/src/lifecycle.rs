//! From the state machine's actions to addresses, announcements and events: serving, leaving, handing over.
//!
//! Make before break: a Master that leaves on purpose goes on serving its addresses until it hears its successor
//! announce them, so that no packet is lost in between. It ends at the latest after the master-down interval.

use std::time::Duration;

use config::model::Authentication;
use types::{Instant, Interval, Priority};
use vrrp::{Action, Cause, State, TimerReason, Transition};

use crate::announce::What;
use crate::api::{Claim, Output, Transmit};
use crate::engine::{Engine, Phase};
use crate::instance::{Holding, Instance, InstanceId, Schedule, Yield};
use crate::observe::{EventKind, FaultCause};
use crate::reconcile::Key;

/// How long after the successor's last sign of life its remaining announcements are waited for.
const GRACE: Duration = Duration::from_millis(200);
/// How often a winner that announces nothing is reminded.
const REMINDERS: u32 = 3;
/// When a new Master asks whether anybody else answers for its addresses: after every handover is over.
const PROBE_AFTER: Duration = Duration::from_secs(2);
/// When it asks again after somebody did, so that it is known whether that goes on.
const PROBE_AGAIN: Duration = Duration::from_secs(10);
/// At most one report of a conflict per instance in this time.
const CONFLICT_EVERY: Duration = Duration::from_mins(1);
/// At most one report of lateness in this time.
const LATE_EVERY: Duration = Duration::from_secs(10);
/// Beyond the master-down interval, for the kernel's part of leaving.
const LEAVE_MARGIN: Duration = Duration::from_millis(500);

impl Engine {
    /// Begins to take part.
    pub(crate) fn start_instance(&mut self, id: InstanceId, adopt: bool) {
        self.evaluate(id);
        // One that goes on is a running one, which a tracker that has not spoken does not touch.
        if (!adopt && self.is_waiting(id)) || self.awaits_vmac(id) {
            return;
        }
        if !adopt {
            self.group_starts(id);
        }
        let (now, joins, replaces) = (self.now, self.joins_masters(id), self.boot.replaces);
        let Some(instance) = self.instances.get_mut(&id) else { return };
        if instance.router.state() == State::Initialize {
            let soon = instance.config.start_as_master && !replaces;
            match instance.source {
                Some(source) if instance.faults.is_empty() => {
                    if adopt {
                        instance.router.adopt(now, source);
                    } else if joins {
                        instance.router.join(now, source);
                    } else if instance.group.is_some() && soon {
                        instance.router.startup_soon(now, source);
                    } else {
                        instance.router.startup(now, source);
                    }
                }
                Some(_) | None => instance.router.fault(now),
            }
        }
        self.drain_actions(id);
    }

    /// Leaves: every Master says priority 0 and hands over; the second time, or with `abrupt`, at once.
    pub(crate) fn stop(&mut self, abrupt: bool) {
        match self.phase {
            Phase::Left => {}
            Phase::Leaving { .. } => self.release_everything(),
            Phase::Blind | Phase::Waiting { .. } | Phase::Running => {
                let longest = self.instances.values().map(|i| i.router.master_down_interval()).max();
                let until = self.now + longest.unwrap_or_default() + LEAVE_MARGIN;
                self.phase = Phase::Leaving { until, attempts: 0 };
                self.stop_bfd();
                for id in self.instances.keys().copied().collect::<Vec<_>>() {
                    if let Some(instance) = self.instances.get_mut(&id) {
                        instance.router.shutdown(self.now);
                    }
                    self.drain_actions(id);
                }
                if abrupt {
                    self.release_everything();
                }
            }
        }
    }

    pub(crate) fn release_everything(&mut self) {
        for id in self.instances.keys().copied().collect::<Vec<_>>() {
            self.finish_yield(id);
        }
        self.bfd.abandon();
    }

    pub(crate) fn check_left(&mut self) {
        if matches!(self.phase, Phase::Leaving { .. })
            && self.bfd.is_silent()
            && self.instances.values().all(|i| i.holding == Holding::Nothing)
            && self.is_dismantled()
        {
            self.release_statics();
            if self.table.is_settled() && self.paths.table.is_settled() {
                self.left();
            }
        }
    }

    /// A timer of this instance is due.
    pub(crate) fn instance_timer(&mut self, id: InstanceId) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        if let Some((at, _)) = instance.router.deadline()
            && at <= now
        {
            let state = instance.router.state();
            self.late_by = now.since(at);
            instance.router.handle_timeout(now);
            self.drain_actions(id);
            self.tell_late(id, state);
            self.late_by = Duration::ZERO;
        }
        self.schedule_timer(id);
        if let Some(Instance { holding: Holding::Yielding(y), .. }) = self.instances.get(&id)
            && y.deadline() <= now
            && !self.remind(id)
        {
            self.finish_yield(id);
        }
        self.rearm(id);
    }

    /// A router that yielded to a better one has not heard it announce all addresses: most likely both were Master on
    /// two sides of a network that is whole again, and the winner does not know that the neighbours on this side
    /// still send here. One more advertisement tells it: to a Master a lower one is a reason to announce again.
    /// Returns whether to wait for that.
    fn remind(&mut self, id: InstanceId) -> bool {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return false };
        let Holding::Yielding(y) = &mut instance.holding else { return false };
        let yielded = instance.router.state() == State::Backup;
        if !yielded || y.remaining == 0 || y.reminders == REMINDERS {
            return false;
        }
        y.reminders += 1;
        y.grace = Some(now + GRACE);
        let waits = now < y.until;
        self.send_reminder(id);
        waits
    }

    /// It carries the winner's interval: a third router may believe it, and must not learn another one.
    fn send_reminder(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get(&id) else { return };
        let (priority, interval) = (instance.router.effective_priority(), instance.router.active_interval());
        self.transmit_with(id, priority, interval);
    }

    fn schedule_timer(&mut self, id: InstanceId) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let due = |at: &mut Option<Instant>| at.take_if(|at| *at <= now).is_some();
        let (garp, schedule) = (&instance.config.garp, &mut instance.schedule);
        if due(&mut schedule.second_burst) {
            self.announcer.burst(id, What::Announce, garp.repeat);
        }
        if due(&mut schedule.lower_second_burst) {
            self.announcer.burst(id, What::Announce, garp.lower_prio_repeat);
        }
        if due(&mut schedule.refresh) {
            self.announcer.burst(id, What::Announce, garp.refresh_repeat);
            schedule.refresh = Some(now + garp.refresh);
        }
        let elsewhere = due(&mut schedule.elsewhere);
        if elsewhere {
            schedule.elsewhere = (!garp.extra_every.is_zero()).then(|| now + garp.extra_every);
        }
        if due(&mut schedule.probe) {
            self.announcer.burst(id, What::Probe, 1);
        }
        if due(&mut schedule.lease) {
            schedule.lease = self.model.vipd.vip_lease.map(|lease| now + lease / 3);
            for key in instance.keys.clone() {
                self.table.renew(&key);
            }
        }
        if elsewhere {
            self.announce_elsewhere(id);
        }
    }

    /// Does what the state machine asks for.
    pub(crate) fn drain_actions(&mut self, id: InstanceId) {
        while let Some(action) = self.instances.get_mut(&id).and_then(|i| i.router.poll_action()) {
            match action {
                Action::Transmit { priority } => self.transmit(id, priority),
                Action::Transition(transition) => self.transitioned(id, transition),
                Action::Reannounce { from, priority } => {
                    self.reannounce_group(id);
                    self.tell_lower_priority(id, from, priority);
                }
                Action::Ready => self.member_ready(id),
            }
        }
        self.rearm(id);
        self.settle_group(id);
    }

    /// A pause that led to nothing is worth a word, too: an advertisement was missing, or is going to be.
    fn tell_late(&mut self, id: InstanceId, before: State) {
        let (now, by) = (self.now, self.late_by);
        let Some(instance) = self.instances.get(&id) else { return };
        let state = instance.router.state();
        let is_late = state == before && by > instance.config.interval.as_duration();
        if is_late && self.late_told.is_none_or(|told| now >= told + LATE_EVERY) {
            self.late_told = Some(now);
            let listens = instance.router.deadline().is_some_and(|(_, why)| why == TimerReason::Listen);
            self.event(Some(id), EventKind::Late { by, state, listens });
        }
    }

    fn tell_lower_priority(&mut self, id: InstanceId, from: std::net::IpAddr, priority: Priority) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let own = instance.router.effective_priority();
        if instance.lower_told.is_none_or(|at| at + instance.config.interval.as_duration() <= now) {
            instance.lower_told = Some(now);
            self.event(Some(id), EventKind::LowerPriority { from, priority, own });
        }
    }

    fn transmit(&mut self, id: InstanceId, priority: Priority) {
        if let Some(interval) = self.instances.get(&id).map(|i| i.config.interval) {
            self.transmit_with(id, priority, interval);
        }
    }

    fn transmit_with(&mut self, id: InstanceId, priority: Priority, interval: Interval) {
        let utc = self.utc();
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let (Some(ifindex), Some(src)) = (instance.advertise_on, instance.source) else { return };
        instance.counters.adverts_sent += 1;
        instance.counters.priority_zero_sent += u64::from(priority == Priority::STOP);
        let ttl = instance.config.unicast.as_ref().map_or(wire::vrrp::TTL, |unicast| unicast.ttl);
        let whole = matches!(instance.config.authentication, Authentication::Ah(_));
        for (dst, payload) in instance.packets(priority, interval, src, utc).iter() {
            let (dst, payload) = (*dst, payload.clone());
            self.output(Output::Transmit(Transmit { ifindex, src, dst, ttl, payload, whole }));
        }
    }

    fn transitioned(&mut self, id: InstanceId, transition: Transition) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        instance.since = self.now;
        instance.last_transition = Some(transition.clone());
        let priority = instance.router.effective_priority();
        let faults = if transition.to == State::Fault { instance.faults.clone() } else { Vec::new() };
        if transition.to == State::Active {
            instance.counters.became_master += 1;
            self.serve(id);
        } else if transition.from == State::Active {
            instance.counters.released_master += 1;
            self.leave(id, &transition.cause);
        }
        let late_by = self.late_by;
        self.event(Some(id), EventKind::Transition { transition, priority, faults, late_by });
        // Without addresses there is nothing whose installation could be waited for.
        self.check_installed(id);
    }

    /// Master: all addresses shall be here, and everybody shall know.
    fn serve(&mut self, id: InstanceId) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let garp = &instance.config.garp;
        instance.conflict = None;
        instance.schedule = Schedule {
            second_burst: (!garp.delay.is_zero()).then(|| now + garp.delay),
            refresh: (!garp.refresh.is_zero()).then(|| now + garp.refresh),
            elsewhere: (!garp.extra_every.is_zero()).then(|| now + garp.extra_every),
            lower_second_burst: None,
            probe: Some(now + PROBE_AFTER),
            lease: self.model.vipd.vip_lease.map(|lease| now + lease / 3),
        };
        let (present, missing): (Vec<Key>, Vec<Key>) =
            instance.keys.iter().partition(|key| self.table.want(key, id));
        let leased = self.model.vipd.vip_lease.is_some();
        for key in present {
            // The first round goes out address by address; these are there already.
            if !missing.is_empty() {
                self.announcer.single(id, key);
            }
            // Nobody knows how much is left of a lease that an earlier process gave.
            if leased {
                self.table.renew(&key);
            }
        }
        let missing = missing.len();
        self.filtering.stale = true;
        instance.holding = Holding::Serving { missing, installing: missing > 0, since: now };
        self.renew_paths(id);
    }

    /// Not Master any more.
    fn leave(&mut self, id: InstanceId, cause: &Cause) {
        self.announcer.cancel(id);
        let patience = self.patience_of(id);
        let Some(instance) = self.instances.get_mut(&id) else { return };
        instance.schedule = Schedule::default();
        instance.conflict = None;
        let heard = match cause {
            Cause::HigherPriority { from, .. }
            | Cause::HigherAddress { from }
            | Cause::Overslept { from, .. } => Some(*from),
            Cause::Fault
            | Cause::FaultCleared
            | Cause::SyncGroup
            | Cause::Shutdown
            | Cause::Removed
            | Cause::Startup
            | Cause::Owner
            | Cause::Adopted
            | Cause::MasterDown { .. }
            | Cause::ActiveStopped { .. }
            | Cause::Preempted { .. } => None,
        };
        let on = instance.ifindex.and_then(|i| self.kernel.link(i));
        let reachable = on.map_or(instance.config.interface.is_none(), |link| link.up)
            && instance.own_faults.iter().all(FaultCause::is_elsewhere);
        let has_addresses = !instance.keys.is_empty();
        instance.holding = Holding::Yielding(Yield {
            since: self.now,
            until: self.now + patience,
            successor: heard,
            grace: heard.map(|_| self.now + GRACE),
            remaining: instance.keys.len(),
            reminders: 0,
        });
        // Without a handover nothing is waited for, so the winner is reminded at once.
        let remind = !self.model.vipd.handover && heard.is_some() && !instance.config.higher_prio_send_advert;
        if remind {
            self.send_reminder(id);
        }
        if !self.model.vipd.handover || !reachable || !has_addresses {
            self.finish_yield(id);
        }
    }

    /// An advertisement of somebody else for an instance that is handing over.
    pub(crate) fn successor_heard(&mut self, id: InstanceId, from: std::net::IpAddr) {
        let now = self.now;
        if let Some(Instance { holding: Holding::Yielding(y), .. }) = self.instances.get_mut(&id)
            && y.successor.is_none()
        {
            y.successor = Some(from);
            y.grace = Some(now + GRACE);
            self.rearm(id);
        }
    }

    /// Another station claims an address on the link: a successor, or trouble.
    pub(crate) fn claim_heard(&mut self, claim: Claim) {
        let ours = self.kernel.is_own_mac(claim.mac);
        // A virtual MAC address is the successor's, too, and what we send ourselves is not heard.
        if ours && !self.kernel.is_virtual_mac(claim.mac) {
            return;
        }
        let Some((key, id)) = self.table.wanted_at(claim.ifindex, claim.addr) else { return };
        match self.instances.get(&id).map(|i| &i.holding) {
            Some(Holding::Yielding(_)) => self.address_handed_over(id, key),
            Some(Holding::Serving { .. }) if ours => {}
            Some(Holding::Serving { .. }) => self.conflict(id, claim),
            Some(Holding::Nothing) | None => {}
        }
    }

    fn address_handed_over(&mut self, id: InstanceId, key: Key) {
        self.table.unwant(&key, id);
        let grace = self.now + GRACE;
        let Some(Instance { holding: Holding::Yielding(y), .. }) = self.instances.get_mut(&id) else {
            return;
        };
        y.grace = Some(grace);
        y.remaining = y.remaining.saturating_sub(1);
        if y.remaining == 0 {
            self.finish_yield(id);
        }
        self.rearm(id);
    }

    fn conflict(&mut self, id: InstanceId, claim: Claim) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        // A former Master may still be handing over.
        if now < instance.since + PROBE_AFTER {
            return;
        }
        instance.counters.address_conflicts += 1;
        instance.conflict = Some((now, claim.addr, claim.mac));
        instance.schedule.probe = Some(now + PROBE_AGAIN);
        if instance.conflict_reported.is_none_or(|at| at + CONFLICT_EVERY <= now) {
            instance.conflict_reported = Some(now);
            self.event(Some(id), EventKind::AddressConflict { addr: claim.addr, mac: claim.mac });
        }
        self.rearm(id);
    }

    /// Gives up what is still held of a handover.
    pub(crate) fn finish_yield(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        self.filtering.stale = true;
        if let Holding::Yielding(y) = std::mem::replace(&mut instance.holding, Holding::Nothing) {
            let (keys, retiring) = (instance.keys.clone(), instance.retiring);
            let count = keys.len();
            self.release_paths(id);
            for key in &keys {
                self.table.unwant(key, id);
            }
            let took = self.now.since(y.since);
            if count > 0 {
                self.event(Some(id), EventKind::HandoverDone { successor: y.successor, took, count });
            }
            if retiring {
                self.remove_instance(id);
                self.subscribe();
            }
        }
        self.rearm(id);
    }

    /// A lower-priority advertisement was heard while Master.
    pub(crate) fn reannounce(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let garp = &instance.config.garp;
        if garp.lower_prio_repeat == 0 {
            return;
        }
        if !garp.lower_prio_delay.is_zero() {
            instance.schedule.lower_second_burst = Some(self.now + garp.lower_prio_delay);
        }
        self.announcer.burst(id, What::Announce, garp.lower_prio_repeat);
    }
}
