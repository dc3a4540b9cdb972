//! Gratuitous ARPs and unsolicited neighbour advertisements: bursts, their order and their pace.
//!
//! A burst goes round by round: one packet for every address, then the next round. Single announcements (an address
//! that was just installed) come before bursts, so that the first address of many is known before the last is there.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use types::{Family, IfIndex, Instant};

use crate::instance::InstanceId;
use crate::reconcile::Key;

/// Frames per turn of the loop: bounded by what an advertisement may wait for.
const BUDGET: usize = 128;

/// What to say about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// "It is here": gratuitous ARP, unsolicited neighbour advertisement.
    Announce,
    /// "Does anybody else have it?": ARP probe.
    Probe,
}

/// One frame to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) owner: InstanceId,
    pub(crate) key: Key,
    pub(crate) what: What,
}

#[derive(Debug)]
struct Burst {
    owner: InstanceId,
    what: What,
    rounds_left: u32,
    next: usize,
}

/// What shares one pace: an interface, or a group of them; gratuitous ARPs and neighbour advertisements apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    Interface(IfIndex, Family),
    /// The place of a `garp_group`.
    Group(usize, Family),
}

#[derive(Debug, Default)]
pub(crate) struct Announcer {
    singles: VecDeque<Job>,
    bursts: VecDeque<Burst>,
    /// With a configured gap: when the next frame may leave on a lane.
    next_ok: BTreeMap<Lane, Instant>,
    /// Everything that is left waits for its lane.
    stalled: bool,
}

impl Announcer {
    /// One announcement of one address.
    pub(crate) fn single(&mut self, owner: InstanceId, key: Key) {
        self.singles.push_back(Job { owner, key, what: What::Announce });
        self.stalled = false;
    }

    /// `rounds` packets for each address of `owner`. A burst of the same kind that still runs is enough.
    pub(crate) fn burst(&mut self, owner: InstanceId, what: What, rounds: u32) {
        if rounds > 0 && !self.bursts.iter().any(|b| b.owner == owner && b.what == what) {
            self.bursts.push_back(Burst { owner, what, rounds_left: rounds, next: 0 });
            self.stalled = false;
        }
    }

    /// `owner` is not Master any more: it must not claim anything.
    pub(crate) fn cancel(&mut self, owner: InstanceId) {
        self.singles.retain(|j| j.owner != owner);
        self.bursts.retain(|b| b.owner != owner);
    }

    /// Whether a burst of announcements of `owner` is under way.
    pub(crate) fn has_burst(&self, owner: InstanceId) -> bool {
        self.bursts.iter().any(|b| b.owner == owner && b.what == What::Announce)
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.singles.is_empty() && self.bursts.is_empty()
    }

    /// When there is something to send, and may be.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        if self.is_idle() {
            return None;
        }
        let next = self.next_ok.values().copied().filter(|at| self.stalled && *at > now).min();
        Some(next.unwrap_or(now))
    }

    /// The frames to send now. `addresses` lists an owner's addresses, `pace` says which lane a frame takes and how long
    /// the pause after it is.
    pub(crate) fn take<'a>(
        &mut self,
        now: Instant,
        addresses: impl Fn(InstanceId) -> &'a [Key],
        pace: impl Fn(Job) -> (Lane, Duration),
    ) -> Vec<Job> {
        self.next_ok.retain(|_, at| *at > now);
        let mut turn = Turn { now, jobs: Vec::new(), next_ok: &mut self.next_ok, pace };
        self.singles.retain(|job| !turn.send(*job));
        self.bursts.retain_mut(|burst| turn.advance(burst, addresses(burst.owner)));
        let jobs = turn.jobs;
        self.stalled = jobs.len() < BUDGET;
        jobs
    }
}

/// One turn of the loop. Who waits for a lane does not hold up the others.
struct Turn<'a, P> {
    now: Instant,
    jobs: Vec<Job>,
    next_ok: &'a mut BTreeMap<Lane, Instant>,
    pace: P,
}

impl<P: Fn(Job) -> (Lane, Duration)> Turn<'_, P> {
    /// Whether the frame leaves now.
    fn send(&mut self, job: Job) -> bool {
        if self.jobs.len() >= BUDGET {
            return false;
        }
        let (lane, gap) = (self.pace)(job);
        if self.next_ok.contains_key(&lane) {
            return false;
        }
        if !gap.is_zero() {
            self.next_ok.insert(lane, self.now + gap);
        }
        self.jobs.push(job);
        true
    }

    /// Sends what may leave of a burst; whether something is left of it.
    fn advance(&mut self, burst: &mut Burst, keys: &[Key]) -> bool {
        loop {
            match keys.get(burst.next) {
                Some(&key) if self.send(Job { owner: burst.owner, key, what: burst.what }) => burst.next += 1,
                Some(_) => return true,
                None => {
                    burst.rounds_left -= 1;
                    burst.next = 0;
                    if burst.rounds_left == 0 || keys.is_empty() {
                        return false;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: InstanceId = InstanceId(1);

    fn key(ifindex: u32, address: &str) -> Key {
        Key { ifindex: IfIndex(ifindex), cidr: address.parse().unwrap() }
    }

    fn at(ms: u64) -> Instant {
        Instant::from_nanos(ms * 1_000_000)
    }

    /// When which interface sends: a turn at each time that is due, up to `end`.
    fn sent(
        announcer: &mut Announcer,
        keys: &[Key],
        end: u64,
        pace: impl Fn(Job) -> (Lane, Duration),
    ) -> Vec<(u64, u32)> {
        let mut sent = Vec::new();
        let mut now = at(0);
        while let Some(due) = announcer.due(now).filter(|due| *due <= at(end)) {
            now = due;
            let jobs = announcer.take(now, |_| keys, &pace);
            sent.extend(jobs.iter().map(|job| (now.since(at(0)).as_millis() as u64, job.key.ifindex.0)));
        }
        sent
    }

    fn lane(job: Job) -> Lane {
        Lane::Interface(job.key.ifindex, Family::of(job.key.cidr.addr))
    }

    #[test]
    fn interfaces_of_a_group_share_its_pace_and_others_do_not_wait() {
        let keys = [key(1, "10.0.0.1/24"), key(2, "10.0.1.1/24"), key(3, "10.0.2.1/24")];
        let mut announcer = Announcer::default();
        for key in keys {
            announcer.single(OWNER, key);
        }
        // 1 and 2 are a group.
        let pace = |job: Job| match job.key.ifindex.0 {
            1 | 2 => (Lane::Group(0, Family::V4), Duration::from_millis(100)),
            _ => (lane(job), Duration::ZERO),
        };
        assert_eq!(sent(&mut announcer, &keys, 1000, pace), [(0, 1), (0, 3), (100, 2)]);
        assert!(announcer.is_idle());
    }

    #[test]
    fn a_slow_interface_holds_up_only_bursts_that_need_it() {
        let keys = [key(1, "10.0.0.1/24")];
        let mut announcer = Announcer::default();
        announcer.burst(OWNER, What::Announce, 3);
        announcer.burst(InstanceId(2), What::Announce, 2);
        let other = [key(2, "10.0.1.1/24")];
        let pace = |job: Job| (lane(job), Duration::from_millis(if job.owner == OWNER { 50 } else { 10 }));
        let mut sent = Vec::new();
        let mut now = at(0);
        while let Some(due) = announcer.due(now) {
            now = due;
            let jobs = announcer.take(now, |owner| if owner == OWNER { &keys } else { &other }, pace);
            sent.extend(jobs.iter().map(|job| (now.since(at(0)).as_millis(), job.owner.0)));
        }
        assert_eq!(sent, [(0, 1), (0, 2), (10, 2), (50, 1), (100, 1)]);
    }

    #[test]
    fn arp_and_neighbour_discovery_have_a_pace_each() {
        let keys = [key(1, "10.0.0.1/24"), key(1, "fe80::1/64"), key(1, "10.0.0.2/24"), key(1, "fe80::2/64")];
        let mut announcer = Announcer::default();
        for key in keys {
            announcer.single(OWNER, key);
        }
        let pace = |job: Job| {
            let gap = if job.key.cidr.family() == Family::V4 { 30 } else { 70 };
            (lane(job), Duration::from_millis(gap))
        };
        assert_eq!(sent(&mut announcer, &keys, 1000, pace), [(0, 1), (0, 1), (30, 1), (70, 1)]);
    }
}
