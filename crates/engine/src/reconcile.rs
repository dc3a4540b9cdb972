//! Desired state, observed state, and the operations that close the gap: for addresses, and for routes and rules.
//!
//! A [`Slot`] exists for every object that the configuration names (or that must still be removed). The kernel's
//! answer to an operation and its notifications are both observations; nothing else is believed.

mod object;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use types::{Cidr, IfIndex, Instant};

use crate::api::{AddressSpec, Batch, BatchId};
use crate::instance::InstanceId;
pub(crate) use object::{EEXIST, Key, Object};

/// What duplicate address detection found; no operation on an address ends like this.
pub(crate) const EADDRINUSE: i32 = 98;

/// The first batch is small so that the first addresses are announced before the last ones are installed.
const FIRST_BATCH: usize = 16;
/// Bounded by the time the kernel needs for it: advertisements wait meanwhile.
const BATCH: usize = 64;
/// An address that somebody removed comes back after this long, so that a vanishing interface is not mistaken for it.
const RESTORE_DELAY: Duration = Duration::from_millis(5);
/// The longest such delay when the removals do not end.
const RESTORE_DELAY_MAX: Duration = Duration::from_millis(80);
/// How long until an address that somebody else has is tried again.
const DUPLICATE_RETRY: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Slot<O> {
    /// How it shall look; `None` once no configuration names it.
    spec: Option<O>,
    /// Whose configurations name it: more than one while it moves from one to another, or when they share it.
    named_by: Vec<InstanceId>,
    wanted_by: Option<InstanceId>,
    /// Others who want it as well; nearly always nobody.
    also_wanted_by: Vec<InstanceId>,
    observed: bool,
    detection: Detection,
    /// How the kernel was last asked to make it; what was there before us is taken for what was configured first.
    written: Option<O>,
    /// It must be added again although it is there: for its lifetime, or because that is in doubt.
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

/// Duplicate address detection (RFC 4862 section 5.4), of an object that the kernel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detection {
    /// Finished, or not needed.
    Passed,
    Running,
    /// Somebody else has it.
    Failed,
}

impl<O: Object> Slot<O> {
    /// How it was written, if it shall look different now.
    fn outdated(&self) -> Option<&O> {
        self.written.as_ref().filter(|written| self.spec.as_ref().is_some_and(|spec| spec != *written))
    }

    /// Whether the kernel cannot make of it what it shall be: it must be removed before it is added again.
    fn must_be_replaced(&self) -> bool {
        let possible = |(before, spec): (&O, &O)| before.may_become(spec);
        !self.outdated().zip(self.spec.as_ref()).is_none_or(possible)
    }

    /// `owner` does not want it any more.
    fn dismiss(&mut self, owner: InstanceId) {
        self.also_wanted_by.retain(|other| *other != owner);
        if self.wanted_by == Some(owner) {
            self.wanted_by = self.also_wanted_by.pop();
        }
    }

    fn installed(&mut self, key: O::Key) -> Option<Outcome<O::Key>> {
        let owner = self.wanted_by?;
        let restored = std::mem::take(&mut self.restoring);
        let usable = self.detection == Detection::Passed;
        std::mem::take(&mut self.awaited).then_some(Outcome::Installed { key, owner, restored, usable })
    }
}

#[derive(Debug, Clone, Copy)]
struct Failure {
    errno: i32,
    attempts: u32,
}

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome<K> {
    /// It is in the kernel now.
    Installed {
        key: K,
        owner: InstanceId,
        /// It had been removed by somebody else.
        restored: bool,
        /// Not while the kernel looks for duplicates; [`Outcome::Usable`] follows.
        usable: bool,
    },
    /// The kernel has found no duplicate.
    Usable { key: K, owner: InstanceId },
    /// The kernel refused; `news` unless the same refusal was reported before.
    Failed { key: K, owner: Option<InstanceId>, errno: i32, news: bool },
    /// It was thought to be there, was added once more, and was refused for another reason than being there.
    Uncertain { key: K, errno: i32 },
}

/// The operations of a batch, in order.
type Sent<K> = Vec<(K, Op)>;

#[derive(Debug)]
pub(crate) struct Table<O: Object> {
    slots: BTreeMap<O::Key, Slot<O>>,
    queue: VecDeque<O::Key>,
    delayed: BTreeSet<(Instant, O::Key)>,
    in_flight: Option<(BatchId, Sent<O::Key>)>,
    next_batch: u64,
    /// Operations sent since the queue was last empty.
    streak: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Remove,
}

impl<O: Object> Default for Table<O> {
    fn default() -> Self {
        Self {
            slots: BTreeMap::new(),
            queue: VecDeque::new(),
            delayed: BTreeSet::new(),
            in_flight: None,
            next_batch: 0,
            streak: 0,
        }
    }
}

impl<O: Object> Table<O> {
    /// The configuration of `owner` names this object; `observed` if the kernel is known to have it already.
    pub(crate) fn configure(&mut self, spec: O, owner: InstanceId, observed: bool) -> O::Key {
        let key = self.specify(spec, observed);
        if let Some(slot) = self.slots.get_mut(&key)
            && !slot.named_by.contains(&owner)
        {
            slot.named_by.push(owner);
        }
        key
    }

    fn specify(&mut self, spec: O, observed: bool) -> O::Key {
        let key = spec.key();
        let slot = self.slots.entry(key.clone()).or_insert_with(|| Slot {
            spec: None,
            named_by: Vec::new(),
            wanted_by: None,
            also_wanted_by: Vec::new(),
            observed: false,
            detection: Detection::Passed,
            written: None,
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
        let before = slot.spec.replace(spec);
        if slot.observed && slot.written.is_none() {
            slot.written = before;
        }
        self.enqueue(&key);
        key
    }

    /// No configuration of `owner` names this object any more.
    pub(crate) fn unconfigure(&mut self, key: &O::Key, owner: InstanceId) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.dismiss(owner);
        slot.named_by.retain(|by| *by != owner);
        if slot.named_by.is_empty() {
            slot.spec = None;
        }
        self.enqueue(key);
    }

    /// `owner` wants the object in the kernel. Returns whether it is there already, and no removal under way.
    pub(crate) fn want(&mut self, key: &O::Key, owner: InstanceId) -> bool {
        let is_this = |(other, op): &(O::Key, Op)| *op == Op::Remove && other == key;
        let removing = self.in_flight.as_ref().is_some_and(|(_, ops)| ops.iter().any(is_this));
        let Some(slot) = self.slots.get_mut(key) else { return false };
        if let Some(other) = slot.wanted_by.replace(owner)
            && other != owner
        {
            slot.also_wanted_by.push(other);
        }
        slot.failure = None;
        let observed = slot.observed && slot.detection == Detection::Passed && !removing;
        slot.awaited = !observed;
        if let Some(at) = slot.delayed_until.take() {
            self.delayed.remove(&(at, key.clone()));
        }
        self.enqueue(key);
        observed
    }

    /// `owner` does not want the object any more; somebody else still may.
    pub(crate) fn unwant(&mut self, key: &O::Key, owner: InstanceId) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.dismiss(owner);
        if slot.wanted_by.is_none() {
            slot.restoring = false;
            slot.awaited = false;
            self.enqueue(key);
        }
    }

    /// Write a wanted object again, for its lifetime.
    pub(crate) fn renew(&mut self, key: &O::Key) {
        if let Some(slot) = self.slots.get_mut(key)
            && slot.wanted_by.is_some()
        {
            slot.renew = true;
            self.enqueue(key);
        }
    }

    pub(crate) fn contains(&self, key: &O::Key) -> bool {
        self.slots.contains_key(key)
    }

    pub(crate) fn is_observed(&self, key: &O::Key) -> bool {
        self.slots.get(key).is_some_and(|s| s.observed)
    }

    /// Whether it is there and nothing speaks against using it.
    pub(crate) fn is_usable(&self, key: &O::Key) -> bool {
        self.slots.get(key).is_some_and(|s| s.observed && s.detection == Detection::Passed)
    }

    /// Whether the kernel still looks for duplicates.
    pub(crate) fn is_detecting(&self, key: &O::Key) -> bool {
        self.slots.get(key).is_some_and(|s| s.observed && s.detection == Detection::Running)
    }

    pub(crate) fn wanted_by(&self, key: &O::Key) -> Option<InstanceId> {
        self.slots.get(key).and_then(|s| s.wanted_by)
    }

    /// Whether this owner wants it, alone or with others.
    pub(crate) fn is_wanted_by(&self, key: &O::Key, owner: InstanceId) -> bool {
        self.slots.get(key).is_some_and(|s| s.wanted_by == Some(owner) || s.also_wanted_by.contains(&owner))
    }

    pub(crate) fn errno(&self, key: &O::Key) -> Option<i32> {
        self.slots.get(key).and_then(|s| s.failure).map(|f| f.errno)
    }

    /// Everything that somebody wants.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (&O::Key, InstanceId)> {
        self.slots.iter().filter_map(|(key, slot)| Some((key, slot.wanted_by?)))
    }

    /// Somebody or something may have removed it without a word that can be trusted: after a moment it is added again,
    /// and the kernel's answer tells. Only for objects whose second addition is refused.
    pub(crate) fn doubt(&mut self, now: Instant, key: &O::Key) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        if slot.wanted_by.is_none() || !slot.observed || !slot.spec.as_ref().is_some_and(O::is_tracked) {
            return;
        }
        slot.renew = true;
        let delay = RESTORE_DELAY * 2u32.saturating_pow(slot.removals.min(8));
        self.delay(key, now + delay.min(RESTORE_DELAY_MAX));
    }

    /// What was uncertain is there, or it is not. Returns who wants it.
    pub(crate) fn settle(&mut self, key: &O::Key, present: bool) -> Option<InstanceId> {
        let slot = self.slots.get_mut(key)?;
        slot.observed = present;
        if present {
            slot.failure = None;
            slot.renew = false;
            if let Some(at) = slot.delayed_until.take() {
                self.delayed.remove(&(at, key.clone()));
            }
        } else {
            (slot.restoring, slot.awaited) = (true, true);
        }
        slot.wanted_by
    }

    /// The kernel has it; tells the owner who waited for it. What nobody wants here is removed: an address may be
    /// on another host as well.
    pub(crate) fn observe(&mut self, key: &O::Key) -> Option<Outcome<O::Key>> {
        let slot = self.slots.get_mut(key)?;
        slot.observed = true;
        let before = std::mem::replace(&mut slot.detection, Detection::Passed);
        let usable = slot.wanted_by.filter(|_| before != Detection::Passed && !slot.awaited);
        if usable.is_some() {
            slot.failure = None;
        }
        let usable = usable.map(|owner| Outcome::Usable { key: key.clone(), owner });
        let outcome = usable.or_else(|| slot.installed(key.clone()));
        if slot.wanted_by.is_none() {
            self.enqueue(key);
        }
        outcome
    }

    /// The kernel has it and looks for duplicates.
    pub(crate) fn detecting(&mut self, key: &O::Key) {
        if let Some(slot) = self.slots.get_mut(key) {
            (slot.observed, slot.detection) = (true, Detection::Running);
            self.enqueue(key);
        }
    }

    /// The kernel has it and does not use it, because somebody else has it. It is removed and tried again later.
    pub(crate) fn duplicate(&mut self, now: Instant, key: &O::Key) -> Option<Outcome<O::Key>> {
        let slot = self.slots.get_mut(key)?;
        slot.observed = true;
        let known = std::mem::replace(&mut slot.detection, Detection::Failed) == Detection::Failed;
        let owner = slot.wanted_by;
        if owner.is_none() || known {
            self.enqueue(key);
            return None;
        }
        let news = slot.failure.is_none_or(|failure| failure.errno != EADDRINUSE);
        slot.failure = Some(Failure { errno: EADDRINUSE, attempts: 1 });
        self.delay(key, now + DUPLICATE_RETRY);
        Some(Outcome::Failed { key: key.clone(), owner, errno: EADDRINUSE, news })
    }

    /// The kernel has it no longer. Returns whether that was somebody else's doing although it is wanted.
    pub(crate) fn observe_gone(&mut self, now: Instant, key: &O::Key) -> bool {
        let Some(slot) = self.slots.get_mut(key) else { return false };
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
        if !slot.spec.as_ref().is_some_and(O::is_tracked) {
            // Wanted again when its owner next becomes Master.
            slot.wanted_by = None;
            slot.also_wanted_by.clear();
            return false;
        }
        (slot.restoring, slot.awaited) = (true, true);
        let delay = RESTORE_DELAY * 2u32.saturating_pow(slot.removals.min(8));
        slot.removals = slot.removals.saturating_add(1);
        self.delay(key, now + delay.min(RESTORE_DELAY_MAX));
        true
    }

    /// A dump replaces everything that was observed. Returns who misses an object that was there before: somebody
    /// removed it while nobody listened.
    pub(crate) fn resync(&mut self, mut present: impl FnMut(&O::Key) -> bool) -> Vec<InstanceId> {
        let keys: Vec<O::Key> = self.slots.keys().cloned().collect();
        let mut robbed = Vec::new();
        for key in keys {
            if let Some(slot) = self.slots.get_mut(&key) {
                let was_observed = std::mem::replace(&mut slot.observed, present(&key));
                slot.expect_gone = 0;
                if was_observed && !slot.observed && slot.wanted_by.is_some() {
                    (slot.restoring, slot.awaited) = (true, true);
                    robbed.extend(slot.wanted_by);
                }
                self.enqueue(&key);
            }
        }
        robbed
    }

    /// Removes what no configuration names but what carries our tag.
    pub(crate) fn sweep(&mut self, spec: O) {
        let key = self.specify(spec, true);
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
            self.enqueue(&key);
        }
    }

    /// The next operations, unless some are under way.
    pub(crate) fn next_batch(&mut self, now: Instant) -> Option<Batch<O::Op>> {
        while self.delayed.first().is_some_and(|(at, _)| *at <= now)
            && let Some((_, key)) = self.delayed.pop_first()
        {
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.delayed_until = None;
            }
            self.enqueue(&key);
        }
        if self.in_flight.is_some() {
            return None;
        }
        let max = if self.streak == 0 { FIRST_BATCH } else { BATCH };
        let (mut ops, mut keys) = (Vec::new(), Vec::new());
        while ops.len() < max
            && let Some(key) = self.queue.pop_front()
        {
            if let Some((op, kind)) = self.operation(&key) {
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

    /// The kernel's answer: what became of which operation of the batch.
    pub(crate) fn done(
        &mut self,
        now: Instant,
        batch: BatchId,
        failed: &[(usize, i32)],
    ) -> Vec<(usize, Outcome<O::Key>)> {
        let Some((_, keys)) = self.in_flight.take_if(|(id, _)| *id == batch) else { return Vec::new() };
        let errno_of = |at: usize| failed.iter().find(|(i, _)| *i == at).map(|(_, errno)| *errno);
        let outcomes = keys
            .into_iter()
            .enumerate()
            .filter_map(|(at, (key, op))| Some((at, self.answer(now, key, op, errno_of(at))?)))
            .collect();
        if self.queue.is_empty() {
            self.streak = 0;
        }
        outcomes
    }

    fn answer(&mut self, now: Instant, key: O::Key, op: Op, errno: Option<i32>) -> Option<Outcome<O::Key>> {
        let slot = self.slots.get_mut(&key)?;
        let is_there = |errno| slot.spec.as_ref().is_none_or(|spec| spec.is_there(errno, slot.observed));
        let outcome = match (op, errno.filter(|errno| op == Op::Remove || !is_there(*errno))) {
            (Op::Add, None) => {
                // It was thought to be there, and was not.
                if O::ADDED_MEANS_MISSING && slot.observed && errno.is_none() && slot.wanted_by.is_some() {
                    slot.removals = slot.removals.saturating_add(1);
                    (slot.restoring, slot.awaited) = (true, true);
                }
                slot.observed = true;
                // What was a duplicate before may still be one.
                if slot.detection == Detection::Passed {
                    slot.failure = None;
                }
                slot.installed(key.clone())
            }
            (Op::Remove, None) => {
                slot.observed = false;
                slot.detection = Detection::Passed;
                None
            }
            (Op::Remove, Some(errno)) if O::is_gone(errno) => {
                slot.observed = false;
                slot.expect_gone = slot.expect_gone.saturating_sub(1);
                None
            }
            (Op::Add | Op::Remove, Some(errno)) => {
                if op == Op::Remove {
                    slot.expect_gone = slot.expect_gone.saturating_sub(1);
                }
                slot.renew |= op == Op::Add && slot.observed;
                let attempts = slot.failure.map_or(0, |f| f.attempts);
                let news = slot.failure.is_none_or(|f| f.errno != errno);
                slot.failure = Some(Failure { errno, attempts: attempts.saturating_add(1) });
                let wait = (RETRY * 2u32.saturating_pow(attempts.min(8))).min(RETRY_MAX);
                let owner = slot.wanted_by;
                let uncertain = op == Op::Add && O::ADDED_MEANS_MISSING && slot.observed;
                self.delay(&key, now + wait);
                if uncertain {
                    return Some(Outcome::Uncertain { key, errno });
                }
                return Some(Outcome::Failed { key, owner, errno, news });
            }
        };
        // What is wanted may have changed while the operation was under way.
        self.enqueue(&key);
        outcome
    }

    /// What must be done about this object, if anything.
    fn operation(&mut self, key: &O::Key) -> Option<(O::Op, Op)> {
        let slot = self.slots.get_mut(key)?;
        slot.queued = false;
        let wanted = slot.spec.as_ref().filter(|_| slot.wanted_by.is_some());
        match wanted {
            Some(_) if slot.observed && (slot.detection == Detection::Failed || slot.must_be_replaced()) => {
                slot.expect_gone += u32::from(O::OWN_REMOVALS_ARE_HEARD);
                Some((O::removal(key), Op::Remove))
            }
            Some(spec) if !slot.observed || slot.renew || slot.outdated().is_some() => {
                // The kernel's notification may come before its answer.
                if !slot.observed && spec.is_detected_first() {
                    slot.detection = Detection::Running;
                }
                // What changes from now on is not in it.
                (slot.renew, slot.written) = (false, Some(spec.clone()));
                Some((spec.addition(), Op::Add))
            }
            None if slot.observed => {
                // Counted from now on: the notification may come before the kernel's answer.
                slot.expect_gone += u32::from(O::OWN_REMOVALS_ARE_HEARD);
                Some((O::removal(key), Op::Remove))
            }
            Some(_) | None => {
                if slot.spec.is_none() && slot.expect_gone == 0 {
                    self.slots.remove(key);
                }
                None
            }
        }
    }

    /// Queues the object if it needs an operation.
    fn enqueue(&mut self, key: &O::Key) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        let wanted = slot.spec.is_some() && slot.wanted_by.is_some();
        let dead = slot.spec.is_none() && slot.expect_gone == 0;
        let unusable = slot.detection == Detection::Failed;
        let gap = wanted != slot.observed
            || (wanted && (slot.renew || unusable || slot.outdated().is_some()))
            || dead;
        if gap && !slot.queued && slot.delayed_until.is_none() {
            slot.queued = true;
            self.queue.push_back(key.clone());
        }
    }

    fn delay(&mut self, key: &O::Key, until: Instant) {
        if let Some(slot) = self.slots.get_mut(key)
            && slot.delayed_until.is_none()
        {
            slot.delayed_until = Some(until);
            self.delayed.insert((until, key.clone()));
        }
    }
}

impl Table<AddressSpec> {
    /// The wanted address with this number on the interface, and who wants it.
    pub(crate) fn wanted_at(&self, ifindex: IfIndex, addr: IpAddr) -> Option<(Key, InstanceId)> {
        let key = |prefix_len| Key { ifindex, cidr: Cidr { addr, prefix_len } };
        self.slots.range(key(0)..=key(u8::MAX)).find_map(|(key, slot)| Some((*key, slot.wanted_by?)))
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
}
