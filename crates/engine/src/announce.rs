//! Gratuitous ARPs and unsolicited neighbour advertisements: bursts, their order and their pace.
//!
//! A burst goes round by round: one packet for every address, then the next round. Single announcements (an address
//! that was just installed) come before bursts, so that the first address of many is known before the last is there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use types::{IfIndex, Instant};

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

#[derive(Debug, Default)]
pub(crate) struct Announcer {
    singles: VecDeque<Job>,
    bursts: VecDeque<Burst>,
    /// With a configured gap: when the next frame may leave on an interface.
    next_ok: BTreeMap<IfIndex, Instant>,
}

impl Announcer {
    /// One announcement of one address.
    pub(crate) fn single(&mut self, owner: InstanceId, key: Key) {
        self.singles.push_back(Job { owner, key, what: What::Announce });
    }

    /// `rounds` packets for each address of `owner`. A burst of the same kind that still runs is enough.
    pub(crate) fn burst(&mut self, owner: InstanceId, what: What, rounds: u32) {
        if rounds > 0 && !self.bursts.iter().any(|b| b.owner == owner && b.what == what) {
            self.bursts.push_back(Burst { owner, what, rounds_left: rounds, next: 0 });
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
        // Without configured gaps nothing ever waits; with them the earliest interface decides.
        Some(self.next_ok.values().copied().filter(|at| *at > now).min().unwrap_or(now))
    }

    /// The frames to send now. `addresses` lists an owner's addresses, `gap` is the configured pause after an address.
    pub(crate) fn take<'a>(
        &mut self,
        now: Instant,
        addresses: impl Fn(InstanceId) -> &'a [Key],
        gap: impl Fn(InstanceId, IpAddr) -> Duration,
    ) -> Vec<Job> {
        self.next_ok.retain(|_, at| *at > now);
        let mut jobs = Vec::new();
        let mut blocked = BTreeSet::new();
        self.take_singles(now, &mut jobs, &mut blocked, &gap);
        while jobs.len() < BUDGET
            && let Some(burst) = self.bursts.front_mut()
        {
            let keys = addresses(burst.owner);
            let Some(&key) = keys.get(burst.next) else {
                burst.rounds_left -= 1;
                burst.next = 0;
                if burst.rounds_left == 0 || keys.is_empty() {
                    self.bursts.pop_front();
                }
                continue;
            };
            if self.next_ok.contains_key(&key.ifindex) {
                break;
            }
            burst.next += 1;
            let job = Job { owner: burst.owner, key, what: burst.what };
            pace(&mut self.next_ok, now, job, &gap);
            jobs.push(job);
        }
        jobs
    }

    fn take_singles(
        &mut self,
        now: Instant,
        jobs: &mut Vec<Job>,
        blocked: &mut BTreeSet<IfIndex>,
        gap: &impl Fn(InstanceId, IpAddr) -> Duration,
    ) {
        let mut waiting = VecDeque::new();
        while jobs.len() < BUDGET
            && let Some(job) = self.singles.pop_front()
        {
            if blocked.contains(&job.key.ifindex) || self.next_ok.contains_key(&job.key.ifindex) {
                blocked.insert(job.key.ifindex);
                waiting.push_back(job);
                continue;
            }
            pace(&mut self.next_ok, now, job, gap);
            jobs.push(job);
        }
        waiting.append(&mut self.singles);
        self.singles = waiting;
    }
}

fn pace(
    next_ok: &mut BTreeMap<IfIndex, Instant>,
    now: Instant,
    job: Job,
    gap: &impl Fn(InstanceId, IpAddr) -> Duration,
) {
    let gap = gap(job.owner, job.key.cidr.addr);
    if !gap.is_zero() {
        next_ok.insert(job.key.ifindex, now + gap);
    }
}
