//! Virtual addresses: desired state, observed state, and the operations that close the gap.
//!
//! A [`Slot`] exists for every address that the configuration names (or that must still be removed). The kernel's
//! answer to an operation and its notifications are both observations; nothing else is believed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use types::{Cidr, IfIndex, Instant};

use crate::api::{AddressOp, AddressSpec, Batch, BatchId};
use crate::instance::InstanceId;

const EEXIST: i32 = 17;
const ENODEV: i32 = 19;
const EADDRNOTAVAIL: i32 = 99;

/// The first batch is small so that the first addresses are announced before the last ones are installed.
const FIRST_BATCH: usize = 16;
/// Bounded by the time the kernel needs for it: advertisements wait meanwhile.
const BATCH: usize = 64;
/// An address that somebody removed comes back after this long, so that a vanishing interface is not mistaken for it.
const RESTORE_DELAY: Duration = Duration::from_millis(5);
/// The longest such delay when the removals do not end.
const RESTORE_DELAY_MAX: Duration = Duration::from_millis(80);
const RETRY: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Identity of an address in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) ifindex: IfIndex,
    pub(crate) cidr: Cidr,
}

#[derive(Debug)]
pub(crate) struct Slot {
    /// How it shall look; `None` once no configuration names it.
    spec: Option<AddressSpec>,
    wanted_by: Option<InstanceId>,
    observed: bool,
    /// Its lifetime must be renewed although it is there.
    renew: bool,
    /// Notifications of our own removals that have not arrived yet.
    expect_gone: u32,
    queued: bool,
    /// Its owner waits to hear that it is there.
    awaited: bool,
    /// Removed by somebody else and not yet back.
    restoring: bool,
    /// Not to be tried again before this.
    delayed_until: Option<Instant>,
    removals: u32,
    failure: Option<Failure>,
}

impl Slot {
    fn installed(&mut self, key: Key) -> Option<Outcome> {
        let owner = self.wanted_by?;
        let restored = std::mem::take(&mut self.restoring);
        std::mem::take(&mut self.awaited).then_some(Outcome::Installed { key, owner, restored })
    }
}

#[derive(Debug, Clone, Copy)]
struct Failure {
    errno: i32,
    attempts: u32,
}

/// What became of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is in the kernel now.
    Installed {
        key: Key,
        owner: InstanceId,
        /// It had been removed by somebody else.
        restored: bool,
    },
    /// The kernel refused; `news` unless the same refusal was reported before.
    Failed { key: Key, owner: Option<InstanceId>, errno: i32, news: bool },
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    slots: BTreeMap<Key, Slot>,
    queue: VecDeque<Key>,
    delayed: BTreeSet<(Instant, Key)>,
    in_flight: Option<(BatchId, Vec<(Key, Op)>)>,
    next_batch: u64,
    /// Operations sent since the queue was last empty.
    streak: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Remove,
}

impl Table {
    /// The configuration names this address; `observed` if the kernel is known to have it already.
    pub(crate) fn configure(&mut self, spec: AddressSpec, observed: bool) -> Key {
        let key = Key { ifindex: spec.ifindex, cidr: spec.cidr };
        let slot = self.slots.entry(key).or_insert_with(|| Slot {
            spec: None,
            wanted_by: None,
            observed: false,
            renew: false,
            expect_gone: 0,
            queued: false,
            awaited: false,
            restoring: false,
            delayed_until: None,
            removals: 0,
            failure: None,
        });
        slot.observed |= observed;
        // An address that is held and now shall look different is written again.
        slot.renew |=
            slot.observed && slot.wanted_by.is_some() && slot.spec.as_ref().is_some_and(|s| *s != spec);
        slot.spec = Some(spec);
        self.enqueue(key);
        key
    }

    /// No configuration of `owner` names this address any more.
    pub(crate) fn unconfigure(&mut self, key: Key, owner: InstanceId) {
        if let Some(slot) = self.slots.get_mut(&key)
            && slot.wanted_by.is_none_or(|by| by == owner)
        {
            slot.wanted_by = None;
            slot.spec = None;
            self.enqueue(key);
        }
    }

    /// `owner` wants the address in the kernel. Returns whether it is there already, and no removal under way.
    pub(crate) fn want(&mut self, key: Key, owner: InstanceId) -> bool {
        let removing = self.in_flight.as_ref().is_some_and(|(_, ops)| ops.contains(&(key, Op::Remove)));
        let Some(slot) = self.slots.get_mut(&key) else { return false };
        slot.wanted_by = Some(owner);
        slot.failure = None;
        let observed = slot.observed && !removing;
        slot.awaited = !observed;
        if let Some(at) = slot.delayed_until.take() {
            self.delayed.remove(&(at, key));
        }
        self.enqueue(key);
        observed
    }

    /// `owner` does not want the address any more; somebody else still may.
    pub(crate) fn unwant(&mut self, key: Key, owner: InstanceId) {
        if let Some(slot) = self.slots.get_mut(&key)
            && slot.wanted_by == Some(owner)
        {
            slot.wanted_by = None;
            slot.restoring = false;
            slot.awaited = false;
            self.enqueue(key);
        }
    }

    /// Write a wanted address again, for its lifetime.
    pub(crate) fn renew(&mut self, key: Key) {
        if let Some(slot) = self.slots.get_mut(&key)
            && slot.wanted_by.is_some()
        {
            slot.renew = true;
            self.enqueue(key);
        }
    }

    pub(crate) fn contains(&self, key: Key) -> bool {
        self.slots.contains_key(&key)
    }

    pub(crate) fn is_observed(&self, key: Key) -> bool {
        self.slots.get(&key).is_some_and(|s| s.observed)
    }

    pub(crate) fn wanted_by(&self, key: Key) -> Option<InstanceId> {
        self.slots.get(&key).and_then(|s| s.wanted_by)
    }

    /// The wanted address with this number on the interface, and who wants it.
    pub(crate) fn wanted_at(&self, ifindex: IfIndex, addr: IpAddr) -> Option<(Key, InstanceId)> {
        let key = |prefix_len| Key { ifindex, cidr: Cidr { addr, prefix_len } };
        self.slots.range(key(0)..=key(u8::MAX)).find_map(|(key, slot)| Some((*key, slot.wanted_by?)))
    }

    pub(crate) fn errno(&self, key: Key) -> Option<i32> {
        self.slots.get(&key).and_then(|s| s.failure).map(|f| f.errno)
    }

    /// The kernel has it; tells the owner who waited for it. An address that nobody wants here is removed: it may be
    /// on another host as well.
    pub(crate) fn observe(&mut self, key: Key) -> Option<Outcome> {
        let slot = self.slots.get_mut(&key)?;
        slot.observed = true;
        let outcome = slot.installed(key);
        if slot.wanted_by.is_none() {
            self.enqueue(key);
        }
        outcome
    }

    /// The kernel has it no longer. Returns whether that was somebody else's doing although it is wanted.
    pub(crate) fn observe_gone(&mut self, now: Instant, key: Key) -> bool {
        let Some(slot) = self.slots.get_mut(&key) else { return false };
        if slot.expect_gone > 0 {
            slot.expect_gone -= 1;
            self.enqueue(key);
            return false;
        }
        let was_observed = std::mem::replace(&mut slot.observed, false);
        if slot.wanted_by.is_none() {
            self.enqueue(key);
            return false;
        }
        if !was_observed {
            return false;
        }
        (slot.restoring, slot.awaited) = (true, true);
        let delay = RESTORE_DELAY * 2u32.saturating_pow(slot.removals.min(8));
        slot.removals = slot.removals.saturating_add(1);
        self.delay(key, now + delay.min(RESTORE_DELAY_MAX));
        true
    }

    /// A dump replaces everything that was observed. Returns who misses an address that was there before: somebody
    /// removed it while nobody listened.
    pub(crate) fn resync(&mut self, mut present: impl FnMut(Key) -> bool) -> Vec<InstanceId> {
        let keys: Vec<Key> = self.slots.keys().copied().collect();
        let mut robbed = Vec::new();
        for key in keys {
            if let Some(slot) = self.slots.get_mut(&key) {
                let was_observed = std::mem::replace(&mut slot.observed, present(key));
                slot.expect_gone = 0;
                if was_observed && !slot.observed && slot.wanted_by.is_some() {
                    (slot.restoring, slot.awaited) = (true, true);
                    robbed.extend(slot.wanted_by);
                }
                self.enqueue(key);
            }
        }
        robbed
    }

    /// An interface is gone, and its addresses with it.
    pub(crate) fn interface_gone(&mut self, ifindex: IfIndex) {
        for (key, slot) in &mut self.slots {
            if key.ifindex == ifindex {
                slot.observed = false;
                slot.expect_gone = 0;
            }
        }
    }

    /// Removes an address that no configuration names but that carries our tag.
    pub(crate) fn sweep(&mut self, spec: AddressSpec) {
        let key = self.configure(spec, true);
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.spec = None;
        }
    }

    /// Whether operations are waiting for [`next_batch`](Self::next_batch) right now.
    pub(crate) fn is_ready(&self) -> bool {
        self.in_flight.is_none() && !self.queue.is_empty()
    }

    /// Whether operations are waiting that nobody has begun with.
    pub(crate) fn is_fresh(&self) -> bool {
        self.is_ready() && self.streak == 0
    }

    /// Whether nothing is left to do, not even later.
    pub(crate) fn is_settled(&self) -> bool {
        self.in_flight.is_none() && self.queue.is_empty() && self.delayed.is_empty()
    }

    /// When a delayed operation falls due.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.delayed.first().map(|(at, _)| *at).filter(|_| self.in_flight.is_none())
    }

    /// Operations that failed are due at once: a last attempt.
    pub(crate) fn retry_now(&mut self) {
        for (_, key) in std::mem::take(&mut self.delayed) {
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.delayed_until = None;
            }
            self.enqueue(key);
        }
    }

    /// The next operations, unless some are under way.
    pub(crate) fn next_batch(&mut self, now: Instant) -> Option<Batch> {
        while let Some(&(at, key)) = self.delayed.first()
            && at <= now
        {
            self.delayed.pop_first();
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.delayed_until = None;
            }
            self.enqueue(key);
        }
        if self.in_flight.is_some() {
            return None;
        }
        let max = if self.streak == 0 { FIRST_BATCH } else { BATCH };
        let (mut ops, mut keys) = (Vec::new(), Vec::new());
        while ops.len() < max
            && let Some(key) = self.queue.pop_front()
        {
            if let Some((op, kind)) = self.operation(key) {
                ops.push(op);
                keys.push((key, kind));
            }
        }
        if ops.is_empty() {
            self.streak = 0;
            return None;
        }
        self.streak += ops.len();
        self.next_batch += 1;
        let id = BatchId(self.next_batch);
        self.in_flight = Some((id, keys));
        Some(Batch { id, ops })
    }

    /// The kernel's answer.
    pub(crate) fn done(&mut self, now: Instant, batch: BatchId, failed: &[(usize, i32)]) -> Vec<Outcome> {
        let Some((_, keys)) = self.in_flight.take_if(|(id, _)| *id == batch) else { return Vec::new() };
        let errno_of = |at: usize| failed.iter().find(|(i, _)| *i == at).map(|(_, errno)| *errno);
        let outcomes = keys
            .iter()
            .enumerate()
            .filter_map(|(at, &(key, op))| self.answer(now, key, op, errno_of(at)))
            .collect();
        if self.queue.is_empty() {
            self.streak = 0;
        }
        outcomes
    }

    fn answer(&mut self, now: Instant, key: Key, op: Op, errno: Option<i32>) -> Option<Outcome> {
        let slot = self.slots.get_mut(&key)?;
        let outcome = match (op, errno) {
            (Op::Add, None | Some(EEXIST)) => {
                slot.observed = true;
                slot.failure = None;
                slot.renew = false;
                slot.installed(key)
            }
            (Op::Remove, None) => {
                slot.observed = false;
                None
            }
            (Op::Remove, Some(EADDRNOTAVAIL | ENODEV)) => {
                slot.observed = false;
                slot.expect_gone = slot.expect_gone.saturating_sub(1);
                None
            }
            (Op::Add | Op::Remove, Some(errno)) => {
                if op == Op::Remove {
                    slot.expect_gone = slot.expect_gone.saturating_sub(1);
                }
                let attempts = slot.failure.map_or(0, |f| f.attempts);
                let news = slot.failure.is_none_or(|f| f.errno != errno);
                slot.failure = Some(Failure { errno, attempts: attempts.saturating_add(1) });
                let wait = (RETRY * 2u32.saturating_pow(attempts.min(8))).min(RETRY_MAX);
                let outcome = Outcome::Failed { key, owner: slot.wanted_by, errno, news };
                self.delay(key, now + wait);
                return Some(outcome);
            }
        };
        // What is wanted may have changed while the operation was under way.
        self.enqueue(key);
        outcome
    }

    /// What must be done about this address, if anything.
    fn operation(&mut self, key: Key) -> Option<(AddressOp, Op)> {
        let slot = self.slots.get_mut(&key)?;
        slot.queued = false;
        let wanted = slot.spec.as_ref().filter(|_| slot.wanted_by.is_some());
        match wanted {
            Some(spec) if !slot.observed || slot.renew => Some((AddressOp::Add(spec.clone()), Op::Add)),
            None if slot.observed => {
                // Counted from now on: the notification may come before the kernel's answer.
                slot.expect_gone += 1;
                Some((AddressOp::Remove { ifindex: key.ifindex, cidr: key.cidr }, Op::Remove))
            }
            Some(_) | None => {
                if slot.spec.is_none() && slot.expect_gone == 0 {
                    self.slots.remove(&key);
                }
                None
            }
        }
    }

    /// Queues the address if it needs an operation.
    fn enqueue(&mut self, key: Key) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let wanted = slot.spec.is_some() && slot.wanted_by.is_some();
        let dead = slot.spec.is_none() && slot.expect_gone == 0;
        let gap = wanted != slot.observed || (wanted && slot.renew) || dead;
        if gap && !slot.queued && slot.delayed_until.is_none() {
            slot.queued = true;
            self.queue.push_back(key);
        }
    }

    fn delay(&mut self, key: Key, until: Instant) {
        if let Some(slot) = self.slots.get_mut(&key)
            && slot.delayed_until.is_none()
        {
            slot.delayed_until = Some(until);
            self.delayed.insert((until, key));
        }
    }
}
