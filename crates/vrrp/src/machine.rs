use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use types::{Instant, Interval, Priority, Version};

use crate::arithmetic::{below_owner, moved_priority};
use crate::phase::{Backup, Expectation, Phase};
use crate::{
    Action, Advert, Cause, Outlook, Params, State, TimerReason, Transition, master_down_interval, skew_time,
};

/// How many advertisements of routers that are no better are answered in an interval: more than there are routers, so that
/// each is answered at once, and few enough that a storm of theirs does not become one of ours.
const ANSWERS_PER_INTERVAL: u32 = 16;

/// One virtual router.
///
/// ```text
///                        +---------------+
///             +--------->|               |<-------------+
///             |          |  Initialize   |              |
///             |   +------|               |----------+   |
///             |   |      +---------------+          |   |
///             |   |                                 |   |
///             |   V                                 V   |
///     +---------------+                       +---------------+
///     |               |---------------------->|               |
///     |    Active     |                       |    Backup     |
///     |               |<----------------------|               |
///     +---------------+                       +---------------+
/// ```
///
/// (RFC 9568 section 6.3.) keepalived adds FAULT, which any state enters by [`fault`](Self::fault) and which is
/// left by [`clear_fault`](Self::clear_fault) to Backup, or to Active by the owner; [`adopt`](Self::adopt) and
/// [`join`](Self::join) lead from Initialize to Active for any priority.
///
/// A member of a sync group ([`set_grouped`](Self::set_grouped)) does not become Active by itself: it says that it is ready
/// and waits for [`promote`](Self::promote).
///
/// Late is not wrong, but unsure: a Backup whose timer is handled more than an interval late listens once more before it
/// takes over, and an Active router that was silent for so long that every Backup must have taken over listens before
/// its next advertisement.
///
/// Two owners on one network settle it by the tie rule: the one with the lower source address yields. The other
/// one stays at 255; keepalived's habit of lowering itself to 254 after a while is not followed.
#[derive(Debug, Clone)]
pub struct VirtualRouter {
    params: Params,
    /// 255 exactly for the owner, otherwise 1 to 254.
    effective: Priority,
    /// Our own source address, once started; breaks ties.
    source: Option<IpAddr>,
    /// How much earlier than after a whole interval the second advertisement of an Active router goes out.
    head_start: Duration,
    /// Member of a sync group.
    grouped: bool,
    /// How many routers that are no better were answered, and since when they are counted.
    answers: (u32, Instant),
    phase: Phase,
    actions: VecDeque<Action>,
}

impl VirtualRouter {
    /// A router in Initialize that wants nothing.
    pub fn new(params: Params) -> Self {
        let effective = params.base_priority;
        Self {
            params,
            effective,
            source: None,
            head_start: Duration::ZERO,
            grouped: false,
            answers: (0, Instant::ZERO),
            phase: Phase::Initialize,
            actions: VecDeque::new(),
        }
    }

    /// RFC 9568 section 6.4.1, Startup: the owner becomes Active at once, everybody else listens first.
    /// Nothing happens unless the state is Initialize.
    pub fn startup(&mut self, now: Instant, source: IpAddr) {
        if self.state() != State::Initialize {
            return;
        }
        self.source = Some(source);
        if self.is_owner() && !self.grouped {
            self.become_active(now, Cause::Owner);
        } else {
            self.become_backup(now, None, Cause::Startup);
        }
    }

    /// Startup of a process that replaces one which was Active a moment ago: Active at once, with an
    /// advertisement. Nothing happens unless the state is Initialize.
    pub fn adopt(&mut self, now: Instant, source: IpAddr) {
        if self.state() == State::Initialize {
            self.source = Some(source);
            self.become_active(now, Cause::Adopted);
        }
    }

    /// Startup of a new member of a sync group whose other members are all Active: Active at once. Nothing happens unless
    /// the state is Initialize.
    pub fn join(&mut self, now: Instant, source: IpAddr) {
        if self.state() == State::Initialize {
            self.source = Some(source);
            let cause = if self.is_owner() { Cause::Owner } else { Cause::SyncGroup };
            self.become_active(now, cause);
        }
    }

    /// A fault appeared: an Active router says priority 0 and stops. From Backup and Initialize it enters Fault
    /// without an advertisement. Nothing happens if the state is Fault already.
    pub fn fault(&mut self, _now: Instant) {
        if self.state() != State::Fault {
            self.resign(Phase::Fault, Cause::Fault);
        }
    }

    /// The last fault went away: Backup with a fresh master-down interval, or Active for the owner.
    /// Nothing happens unless the state is Fault.
    pub fn clear_fault(&mut self, now: Instant, source: IpAddr) {
        if self.state() != State::Fault {
            return;
        }
        self.source = Some(source);
        if self.is_owner() && !self.grouped {
            self.become_active(now, Cause::FaultCleared);
        } else {
            self.become_backup(now, None, Cause::FaultCleared);
        }
    }

    /// An advertisement of this VRID that passed all checks.
    pub fn handle_advert(&mut self, now: Instant, advert: Advert) {
        // RFC 9568 section 6.4.3: the owner discards what it receives; an option, as in keepalived.
        if self.is_owner() && self.params.owner_ignore_adverts {
            return;
        }
        match self.phase {
            Phase::Initialize | Phase::Fault => {}
            Phase::Backup(_) => self.advert_in_backup(now, advert),
            Phase::Active { .. } => self.advert_in_active(now, advert),
        }
    }

    /// To be called at or after [`deadline`](Self::deadline); early calls do nothing. The advertisement timer
    /// does not drift: the next deadline counts from the last one, except after lateness of more than an interval.
    /// What was received before `now` must have been handed in before.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.phase {
            Phase::Initialize | Phase::Fault => {}
            Phase::Active { advertise_at, listening } => {
                if now >= advertise_at {
                    self.advertise_timer(now, now.since(advertise_at), listening);
                }
            }
            Phase::Backup(Backup { down_at, listening, .. }) => {
                if now >= down_at {
                    self.down_timer(now, now.since(down_at), listening);
                }
            }
        }
    }

    /// As [`startup`](Self::startup), but a Backup waits for about one interval only: a member of a sync group whose
    /// `state` is MASTER.
    pub fn startup_soon(&mut self, now: Instant, source: IpAddr) {
        if self.state() != State::Initialize {
            return;
        }
        self.startup(now, source);
        let wait = master_down_interval(self.params.version, Priority::OWNER, self.params.interval, 1);
        if let Phase::Backup(backup) = &mut self.phase {
            backup.down_at = now + wait;
        }
    }

    /// Whether it belongs to a sync group in which not everybody owns the addresses: then it does not become Active by
    /// itself.
    pub fn set_grouped(&mut self, grouped: bool) {
        self.grouped = grouped;
    }

    /// In a sync group: whether it would be Active if it were alone.
    pub fn is_ready(&self) -> bool {
        match &self.phase {
            Phase::Backup(backup) => backup.ready.is_some(),
            Phase::Active { .. } => true,
            Phase::Initialize | Phase::Fault => false,
        }
    }

    /// Every member of its sync group is ready: Active from now on. Nothing happens unless it is a Backup.
    pub fn promote(&mut self, now: Instant) {
        if let Phase::Backup(backup) = &mut self.phase {
            let cause = backup.ready.take().unwrap_or(Cause::SyncGroup);
            self.become_active(now, cause);
        }
    }

    /// Another member of its sync group is Backup: so is this one, without giving the addresses up in words. Nothing
    /// happens unless it is Active.
    pub fn demote(&mut self, now: Instant) {
        if self.state() == State::Active {
            self.become_backup(now, None, Cause::SyncGroup);
        }
    }

    /// Told to stop: an Active router says priority 0; the state becomes Initialize.
    pub fn shutdown(&mut self, _now: Instant) {
        self.end(Cause::Shutdown);
    }

    /// No longer configured: the same, for another reason.
    pub fn retire(&mut self, _now: Instant) {
        self.end(Cause::Removed);
    }

    fn end(&mut self, cause: Cause) {
        if self.state() != State::Initialize {
            self.resign(Phase::Initialize, cause);
        }
    }

    /// The source address of our own advertisements changed; it breaks ties of equal priority.
    pub fn set_source(&mut self, source: IpAddr) {
        self.source = Some(source);
    }

    /// From the next time it becomes Active, the advertisement after the first one goes out earlier by this much (and
    /// all that follow keep their interval). Hundreds of routers that became Active in the same moment so spread their
    /// advertisements over the interval. At most half an interval is taken; zero at first.
    pub fn set_head_start(&mut self, head_start: Duration) {
        self.head_start = head_start;
    }

    /// The effective priority changed by tracking, 1 to 254; ignored for the owner. A running master-down timer moves by
    /// the difference of the two skew times. An Active router advertises the new one with its next advertisement.
    pub fn set_priority(&mut self, now: Instant, effective: Priority) {
        if self.is_owner() {
            return;
        }
        let before = self.skew_time();
        self.effective = below_owner(effective.0);
        let after = self.skew_time();
        if let Phase::Backup(backup) = &mut self.phase {
            backup.move_timer(now, before, after);
        }
    }

    /// A reload changed the parameters: the state is kept, running timers are adapted, an Active router
    /// advertises at once. What tracking added to the priority stays added. Equal parameters change nothing at
    /// all. The VRID and the version are never different; a router with other ones is another router.
    pub fn reconfigure(&mut self, now: Instant, params: Params) {
        debug_assert_eq!((self.params.vrid, self.params.version), (params.vrid, params.version));
        if params == self.params {
            return;
        }
        let before = self.timer_length();
        self.effective = moved_priority(&self.params, self.effective, &params);
        self.params = params;
        let after = self.timer_length();
        match &mut self.phase {
            Phase::Initialize | Phase::Fault => {}
            Phase::Backup(backup) => backup.move_timer(now, before, after),
            Phase::Active { .. } => self.transmit_out_of_turn(now),
        }
    }

    /// What advertisements say has changed: an Active router says it at once, not only with its next one.
    pub fn advertise(&mut self, now: Instant) {
        if self.state() == State::Active {
            self.transmit_out_of_turn(now);
        }
    }

    /// The next thing to do; call until `None` after every input.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    pub fn deadline(&self) -> Option<(Instant, TimerReason)> {
        match &self.phase {
            Phase::Initialize | Phase::Fault => None,
            Phase::Backup(Backup { down_at, listening: true, .. }) => Some((*down_at, TimerReason::Listen)),
            Phase::Backup(backup) => Some((backup.down_at, TimerReason::MasterDown)),
            Phase::Active { advertise_at, listening: true } => Some((*advertise_at, TimerReason::Listen)),
            Phase::Active { advertise_at, listening: false } => Some((*advertise_at, TimerReason::Advertise)),
        }
    }

    /// The current state.
    pub fn state(&self) -> State {
        self.phase.state()
    }

    /// The parameters in force.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The priority in advertisements: configured, moved by tracking.
    pub fn effective_priority(&self) -> Priority {
        self.effective
    }

    /// The interval of the Active router as learned by a Backup (version 3), or our own.
    pub fn active_interval(&self) -> Interval {
        match (self.params.version, self.last_advert()) {
            (Version::V3, Some((_, advert))) => advert.interval,
            (Version::V3, None) | (Version::V2, _) => self.params.interval,
        }
    }

    /// The last advertisement that the current Backup accepted (not priority 0, not an ignored lower one);
    /// `None` in every other state.
    pub fn last_advert(&self) -> Option<(Instant, Advert)> {
        match &self.phase {
            Phase::Backup(backup) => backup.heard,
            Phase::Initialize | Phase::Active { .. } | Phase::Fault => None,
        }
    }

    /// What a Backup is about to do, where its state alone does not say so.
    pub fn outlook(&self) -> Option<Outlook> {
        let Phase::Backup(backup) = &self.phase else { return None };
        if backup.ready.is_some() {
            return Some(Outlook::Ready);
        }
        if let Expectation::Preemption { lower, priority } = backup.expectation {
            return Some(Outlook::Preempts { lower, priority, at: backup.down_at });
        }
        let (_, Advert { from: lower, priority, .. }) =
            backup.heard.filter(|(_, advert)| advert.priority < self.effective)?;
        match backup.lower_since {
            Some(since) => {
                Some(Outlook::Delayed { lower, priority, until: since + self.params.preempt_delay })
            }
            None if self.params.preempt => None,
            None => Some(Outlook::LeavesAlone { lower, priority }),
        }
    }

    /// The master-down interval in force.
    pub fn master_down_interval(&self) -> Duration {
        let Params { version, down_timer_adverts, .. } = self.params;
        master_down_interval(version, self.effective, self.active_interval(), down_timer_adverts)
    }

    /// RFC 9568 section 6.4.2, Backup, with keepalived's `preempt_delay`.
    fn advert_in_backup(&mut self, now: Instant, advert: Advert) {
        let Advert { from, priority, .. } = advert;
        let skew = self.skew_time();
        let preempts = self.params.preempt || self.is_owner();
        // Nothing holds back the owner (RFC 9568 section 6.1, Preempt_Mode).
        let delay = if self.is_owner() { Duration::ZERO } else { self.params.preempt_delay };
        let own = self.effective;
        let Phase::Backup(backup) = &mut self.phase else {
            return;
        };

        if priority == Priority::STOP {
            backup.down_at = now + skew;
            backup.expectation = Expectation::Stopped { from };
            return;
        }
        if priority >= own {
            backup.lower_since = None;
        } else if preempts {
            let since = *backup.lower_since.get_or_insert(now);
            if now >= since + delay {
                backup.expectation = Expectation::Preemption { lower: from, priority };
                return;
            }
        }
        backup.heard = Some((now, advert));
        backup.expectation = Expectation::Silence;
        (backup.ready, backup.listening) = (None, false);
        self.restart_down_timer(now);
    }

    /// RFC 9568 section 6.4.3, Active.
    fn advert_in_active(&mut self, now: Instant, advert: Advert) {
        let Advert { from, priority, .. } = advert;
        if priority == Priority::STOP {
            if self.may_answer(now) {
                self.transmit_out_of_turn(now);
            }
            return;
        }
        let overslept = matches!(self.phase, Phase::Active { listening: true, .. });
        // Without a source address of our own every sender has the higher one.
        let by_address = Some(from).cmp(&self.source);
        match priority.cmp(&self.effective).then(by_address) {
            std::cmp::Ordering::Greater => {
                if self.params.higher_prio_send_advert {
                    self.transmit(self.effective);
                }
                let cause = if priority > self.effective {
                    Cause::HigherPriority { from, priority }
                } else {
                    Cause::HigherAddress { from }
                };
                self.become_backup(now, Some(advert), cause);
            }
            std::cmp::Ordering::Less if overslept && !self.params.preempt && !self.is_owner() => {
                self.become_backup(now, Some(advert), Cause::Overslept { from, priority });
            }
            std::cmp::Ordering::Less if self.may_answer(now) => {
                if !self.params.lower_prio_no_advert {
                    self.transmit_out_of_turn(now);
                }
                self.actions.push_back(Action::Reannounce { from, priority });
            }
            // Our own came back, or an answer to another one was for this one, too.
            std::cmp::Ordering::Equal | std::cmp::Ordering::Less => {}
        }
    }

    /// Whether whoever advertises without being better is to be answered; then it counts as answered.
    fn may_answer(&mut self, now: Instant) -> bool {
        let (count, since) = &mut self.answers;
        if now >= *since + self.params.interval.as_duration() {
            (*count, *since) = (0, now);
        }
        *count = count.saturating_add(1);
        *count <= ANSWERS_PER_INTERVAL
    }

    /// RFC 9568 section 6.4.3: the Adver_Timer fires.
    fn advertise_timer(&mut self, now: Instant, late: Duration, listening: bool) {
        let interval = self.params.interval.as_duration();
        if !listening && late + interval >= self.longest_patience() {
            // Every Backup has taken over by now. Whoever it is will be heard within an interval.
            self.phase = Phase::Active { advertise_at: now + interval, listening: true };
            return;
        }
        let from = if late > interval { now } else { now - late };
        self.phase = Phase::Active { advertise_at: from + interval, listening: false };
        self.transmit(self.effective);
    }

    /// RFC 9568 section 6.4.2: the Active_Down_Timer fires.
    fn down_timer(&mut self, now: Instant, late: Duration, listening: bool) {
        let wait = self.listening_time();
        let grouped = self.grouped;
        let again = self.master_down_interval();
        let Phase::Backup(backup) = &mut self.phase else { return };
        if !listening && late > self.params.interval.as_duration() {
            backup.listening = true;
            backup.down_at = now + wait;
            return;
        }
        let cause = backup.cause_of_expiry(now);
        if !grouped {
            self.become_active(now, cause);
            return;
        }
        backup.listening = false;
        backup.down_at = now + again;
        backup.ready = Some(cause);
        self.actions.push_back(Action::Ready);
    }

    /// After so much silence every Backup has taken over, whatever its priority.
    pub fn longest_patience(&self) -> Duration {
        let Params { version, interval, down_timer_adverts, .. } = self.params;
        master_down_interval(version, Priority::STOP, interval, down_timer_adverts)
    }

    fn become_active(&mut self, now: Instant, cause: Cause) {
        self.transmit(self.effective);
        let interval = self.params.interval.as_duration();
        let advertise_at = now + interval - self.head_start.min(interval / 2);
        self.enter(Phase::Active { advertise_at, listening: false }, cause);
    }

    fn become_backup(&mut self, now: Instant, heard: Option<Advert>, cause: Cause) {
        self.enter(
            Phase::Backup(Backup {
                since: now,
                down_at: now,
                heard: heard.map(|advert| (now, advert)),
                lower_since: None,
                expectation: Expectation::Silence,
                listening: false,
                ready: None,
            }),
            cause,
        );
        self.restart_down_timer(now);
    }

    /// Leaves the protocol; an Active router says so (RFC 9568 section 6.4.3, Shutdown).
    fn resign(&mut self, to: Phase, cause: Cause) {
        if self.state() == State::Active {
            self.transmit(Priority::STOP);
        }
        self.enter(to, cause);
    }

    fn enter(&mut self, phase: Phase, cause: Cause) {
        let transition = Transition { from: self.state(), to: phase.state(), cause };
        self.phase = phase;
        self.actions.push_back(Action::Transition(transition));
    }

    fn transmit(&mut self, priority: Priority) {
        self.actions.push_back(Action::Transmit { priority });
    }

    /// "Send an ADVERTISEMENT; reset the Adver_Timer to Advertisement_Interval" (RFC 9568 section 6.4.3).
    fn transmit_out_of_turn(&mut self, now: Instant) {
        self.transmit(self.effective);
        if let Phase::Active { advertise_at, listening } = &mut self.phase {
            (*advertise_at, *listening) = (now + self.params.interval.as_duration(), false);
        }
    }

    fn restart_down_timer(&mut self, now: Instant) {
        let interval = self.master_down_interval();
        if let Phase::Backup(backup) = &mut self.phase {
            backup.down_at = now + interval;
        }
    }

    fn is_owner(&self) -> bool {
        self.params.base_priority.is_owner()
    }

    fn skew_time(&self) -> Duration {
        skew_time(self.params.version, self.effective, self.active_interval())
    }

    /// How long a Backup that was late listens once more.
    fn listening_time(&self) -> Duration {
        self.active_interval().as_duration() + self.skew_time()
    }

    /// What `Active_Down_Timer` was set to when it was started last.
    fn timer_length(&self) -> Duration {
        match &self.phase {
            Phase::Backup(Backup { listening: true, .. }) => self.listening_time(),
            Phase::Backup(Backup { expectation: Expectation::Stopped { .. }, .. }) => self.skew_time(),
            Phase::Initialize | Phase::Backup(_) | Phase::Active { .. } | Phase::Fault => {
                self.master_down_interval()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_start_shortens_only_the_first_interval() {
        let second = |ms: u64| Instant::from_nanos(ms * 1_000_000);
        for (head_start_ms, then_at_ms) in [(0, 1000), (300, 700), (900, 500)] {
            let mut router = VirtualRouter::new(Params {
                vrid: types::Vrid::new(51).unwrap(),
                version: Version::V3,
                base_priority: Priority::OWNER,
                interval: Interval::DEFAULT,
                down_timer_adverts: 3,
                preempt: true,
                preempt_delay: Duration::ZERO,
                lower_prio_no_advert: false,
                higher_prio_send_advert: false,
                owner_ignore_adverts: false,
            });
            router.set_head_start(Duration::from_millis(head_start_ms));
            router.startup(Instant::ZERO, IpAddr::from([192, 0, 2, 1]));
            for n in 0..3 {
                let at = second(then_at_ms + n * 1000);
                assert_eq!(router.deadline(), Some((at, TimerReason::Advertise)));
                router.handle_timeout(at);
            }
        }
    }
}
