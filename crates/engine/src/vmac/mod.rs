//! Interfaces of our own, with virtual MAC addresses or as ipvlans: those the configuration wants, those the kernel shows, and
//! the requests that close the gap, one under way at a time. What is there with our mark is taken over; what is missing is made, however
//! it went; what nobody wants goes.

pub mod api;
mod filter;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use config::model::{Vipd, VirtualAddress, Vmac, VmacKind};
use types::{Family, IfIndex, Instant};
use vrrp::State;

use crate::api::{AddressSpec, Link, Output};
use crate::engine::{Engine, Phase};
use crate::instance::{InstanceId, address_spec};
use crate::kernel::Kernel;
use crate::observe::{EventKind, UnmarkedChange, VmacTrouble, WhyMade};
use crate::reconcile::Key;
use api::{Sysctl, SysctlOf, UpperKind, VmacAnswer, VmacOp, VmacRequestId};
pub(crate) use filter::Filtering;

const ENODEV: i32 = 19;
const PROMOTE: &str = "promote_secondaries";
const RETRY: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// How long the kernel's own notification of what we asked for may take.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Vmacs {
    slots: BTreeMap<String, Slot>,
    /// Interfaces that shall have `promote_secondaries`, and the link of that name where it has been set.
    promoting: BTreeMap<String, Option<IfIndex>>,
    /// Links that we have used.
    known: BTreeSet<IfIndex>,
    /// Links with our mark that nobody wants.
    doomed: BTreeSet<IfIndex>,
    /// What sysctls of other interfaces were before.
    originals: BTreeMap<Sysctl, u32>,
    /// The same, by name, as an earlier process found them; until the interfaces are known.
    inherited: BTreeMap<String, u32>,
    spread: bool,
    in_flight: Option<(VmacRequestId, Step)>,
    next_id: u64,
    /// Something changed since the last look.
    pub(crate) stale: bool,
}

#[derive(Debug)]
struct Slot {
    config: Vmac,
    /// The link whose sysctls are set.
    prepared: Option<IfIndex>,
    /// Why the next one is made.
    why: WhyMade,
    /// The link that has been up.
    was_up: Option<IfIndex>,
    /// The MTU of the base that it has followed.
    mtu: Option<u32>,
    failure: Option<Failure>,
    /// The kernel has done something that it has not told of yet; until then at the latest it is waited for.
    untold: Option<Instant>,
}

impl Slot {
    const fn new(config: Vmac) -> Self {
        Self {
            config,
            prepared: None,
            why: WhyMade::New,
            was_up: None,
            mtu: None,
            failure: None,
            untold: None,
        }
    }

    /// Not to be looked at before this.
    fn pause(&self) -> Option<Instant> {
        self.failure.map(|failure| failure.until).max(self.untold)
    }
}

#[derive(Debug, Clone, Copy)]
struct Failure {
    what: VmacTrouble,
    attempts: u32,
    until: Instant,
}

/// What is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Create(String),
    Prepare(String, IfIndex),
    Move(String),
    Spread,
    Promote(String, IfIndex),
    Up(String, IfIndex),
    FollowMtu,
    Replace(String, IfIndex),
    Sweep(IfIndex),
    /// Former values of these, for those whose interface is still there.
    Restore(Vec<Sysctl>),
}

/// What is there under a name that we want.
enum Found<'k> {
    Nothing,
    Right(&'k Link),
    /// Ours, but not as it shall be.
    Outdated(IfIndex),
    /// Somebody else's.
    Foreign,
}

impl Vmacs {
    /// `inherited`: sysctls that an earlier process changed, with the values that it found.
    pub(crate) fn new(inherited: BTreeMap<String, u32>) -> Self {
        Self { stale: !inherited.is_empty(), inherited, ..Self::default() }
    }

    /// Goes on where an earlier process stopped, now that the interfaces are known. The settings of an interface that is
    /// gone are gone with it.
    fn inherit(&mut self, kernel: &Kernel) {
        for (name, was) in std::mem::take(&mut self.inherited) {
            let index_of = |name: &str| kernel.link_named(name).map(|link| link.ifindex);
            if let Some(sysctl) = Sysctl::named(&name, index_of) {
                self.originals.entry(sysctl).or_insert(was);
            }
        }
    }

    /// The link of this name, if it may be used: for the name of one of ours only if it is as it shall be.
    pub(crate) fn resolve(&self, kernel: &Kernel, name: &str) -> Option<IfIndex> {
        match self.slots.get(name) {
            None => kernel.link_named(name).map(|link| link.ifindex),
            Some(slot) => match find(kernel, &slot.config) {
                // What is made here is set up when everything else about it is done.
                Found::Right(link) if is_set_up(link) => Some(link.ifindex),
                Found::Right(_) | Found::Nothing | Found::Outdated(_) | Found::Foreign => None,
            },
        }
    }

    /// Why this one is not there.
    pub(crate) fn failure(&self, name: &str) -> Option<VmacTrouble> {
        self.slots.get(name)?.failure.map(|failure| failure.what)
    }

    /// Whether it can be expected to be there in a moment.
    pub(crate) fn is_coming(&self, kernel: &Kernel, name: &str) -> bool {
        self.slots.get(name).is_some_and(|slot| {
            slot.failure.is_none()
                && kernel.link_named(&slot.config.base).is_some()
                && self.resolve(kernel, name).is_none()
        })
    }

    /// When something that failed is tried again.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.slots.values().filter_map(Slot::pause).min().filter(|_| self.in_flight.is_none())
    }

    pub(crate) fn is_settled(&self) -> bool {
        !self.stale && self.in_flight.is_none()
    }

    fn want(&mut self, wanted: BTreeMap<String, Vmac>, promoting: BTreeSet<String>) {
        self.promoting = promoting
            .into_iter()
            .map(|name| {
                let set = self.promoting.get(&name).copied().flatten();
                (name, set)
            })
            .collect();
        self.slots.retain(|name, _| wanted.contains_key(name));
        for (name, config) in wanted {
            match self.slots.get_mut(&name) {
                Some(slot) if slot.config == config => {}
                Some(slot) => *slot = Slot::new(config),
                None => drop(self.slots.insert(name, Slot::new(config))),
            }
        }
        self.stale = true;
    }

    /// The next thing to do, if any.
    fn next(&mut self, kernel: &Kernel, now: Instant) -> Option<(Step, VmacOp)> {
        if let Some(ifindex) = self.doomed.pop_first() {
            return Some((Step::Sweep(ifindex), VmacOp::Delete(ifindex)));
        }
        if !self.spread && self.slots.values().any(|slot| slot.config.ipv4) {
            self.spread = true;
            return Some((Step::Spread, VmacOp::SpreadReversePathFilter));
        }
        if let Some((name, link)) = self.promoting.iter().find_map(|(name, set)| {
            let link = kernel.link_named(name)?;
            (*set != Some(link.ifindex)).then_some((name, link))
        }) {
            let setting = (v4(link, PROMOTE), 1);
            return Some((Step::Promote(name.clone(), link.ifindex), VmacOp::Set(vec![setting])));
        }
        let due = |slot: &Slot| slot.pause().is_none_or(|until| until <= now);
        let step = self.slots.iter().filter(|(_, slot)| due(slot)).find_map(|(name, slot)| {
            let config = &slot.config;
            let base = kernel.link_named(&config.base)?;
            match find(kernel, config) {
                Found::Nothing => Some((
                    Step::Create(name.clone()),
                    VmacOp::Create {
                        name: name.clone(),
                        base: base.ifindex,
                        kind: config.kind,
                        group: config.group,
                        vrf: kernel.vrf_of(base.ifindex),
                    },
                )),
                Found::Outdated(ifindex) => {
                    Some((Step::Replace(name.clone(), ifindex), VmacOp::Delete(ifindex)))
                }
                Found::Right(link) if slot.prepared != Some(link.ifindex) => {
                    let step = Step::Prepare(name.clone(), link.ifindex);
                    Some((step, VmacOp::Set(settings(config, link, base))))
                }
                // Wherever the base is moved to, it follows, as with keepalived 2.2.7.
                Found::Right(link) if kernel.vrf_of(link.ifindex) != kernel.vrf_of(base.ifindex) => {
                    let vrf = kernel.vrf_of(base.ifindex);
                    Some((Step::Move(name.clone()), VmacOp::Move { ifindex: link.ifindex, vrf }))
                }
                Found::Right(link) if !is_set_up(link) => {
                    Some((Step::Up(name.clone(), link.ifindex), VmacOp::Up(link.ifindex)))
                }
                Found::Right(_) | Found::Foreign => None,
            }
        });
        step.or_else(|| self.follow_mtu(kernel)).or_else(|| self.restoration(kernel))
    }

    /// The kernel makes the MTU of a macvlan smaller with that of its base, and leaves it there when the base's grows again.
    /// What somebody else makes of it otherwise is left alone.
    fn follow_mtu(&mut self, kernel: &Kernel) -> Option<(Step, VmacOp)> {
        self.slots.values_mut().filter(|slot| slot.config.is_macvlan()).find_map(|slot| {
            let Found::Right(link) = find(kernel, &slot.config) else { return None };
            let mtu_bytes = kernel.link_named(&slot.config.base)?.mtu;
            let news = slot.mtu.replace(mtu_bytes) != Some(mtu_bytes) && link.mtu != mtu_bytes;
            news.then_some((Step::FollowMtu, VmacOp::SetMtu { ifindex: link.ifindex, mtu_bytes }))
        })
    }

    /// Gives sysctls their former values that no interface of ours needs any more.
    fn restoration(&mut self, kernel: &Kernel) -> Option<(Step, VmacOp)> {
        let in_use: BTreeSet<IfIndex> = self
            .slots
            .values()
            .filter(|slot| slot.config.ipv4 && slot.config.is_macvlan())
            .filter_map(|slot| kernel.link_named(&slot.config.base).map(|base| base.ifindex))
            .collect();
        let any = self.slots.values().any(|slot| slot.config.ipv4);
        let needed = |sysctl: &Sysctl| match (&sysctl.of, sysctl.name) {
            (SysctlOf::Interface { ifindex, .. }, PROMOTE) => {
                self.promoting.values().any(|set| *set == Some(*ifindex))
            }
            (_, "rp_filter") | (SysctlOf::All | SysctlOf::Default, _) => any,
            (SysctlOf::Interface { ifindex, .. }, _) => in_use.contains(ifindex),
        };
        let free: Vec<Sysctl> = self.originals.keys().filter(|sysctl| !needed(sysctl)).cloned().collect();
        self.spread &= any;
        if free.is_empty() {
            return None;
        }
        // One whose base has another name for a while needs its settings again.
        for slot in self.slots.values_mut().filter(|slot| kernel.link_named(&slot.config.base).is_none()) {
            slot.prepared = None;
        }
        let alive = |sysctl: &Sysctl| match &sysctl.of {
            SysctlOf::Interface { ifindex, .. } => kernel.link(*ifindex).is_some(),
            SysctlOf::All | SysctlOf::Default => true,
        };
        let former = |sysctl: &Sysctl| Some((sysctl.clone(), self.originals.remove(sysctl)?));
        let settings = free.iter().filter_map(former).filter(|(sysctl, _)| alive(sysctl)).collect();
        Some((Step::Restore(free), VmacOp::Set(settings)))
    }

    /// Whether it was to be remembered: sysctls of a virtual interface go with it.
    fn remember(&mut self, sysctl: &Sysctl, was: u32) -> bool {
        let of_ours = match &sysctl.of {
            SysctlOf::Interface { name, .. } => self.slots.contains_key(name),
            SysctlOf::All | SysctlOf::Default => false,
        };
        let news = !of_ours && !self.originals.contains_key(sysctl);
        if news {
            self.originals.insert(sysctl.clone(), was);
        }
        news
    }

    fn prepared(&mut self, name: &str, ifindex: IfIndex, is_up: bool) {
        if let Some(slot) = self.slots.get_mut(name) {
            slot.prepared = Some(ifindex);
            slot.failure = None;
            // One that was there before counts as made.
            slot.why = WhyMade::Gone;
            slot.was_up = slot.was_up.or_else(|| is_up.then_some(ifindex));
            self.known.insert(ifindex);
        }
    }

    /// Whether it had been up before.
    fn set_up(&mut self, name: &str, ifindex: IfIndex) -> bool {
        self.slots.get_mut(name).is_some_and(|slot| slot.was_up.replace(ifindex) == Some(ifindex))
    }

    fn promoted(&mut self, name: &str, ifindex: IfIndex) {
        if let Some(set) = self.promoting.get_mut(name) {
            *set = Some(ifindex);
        }
    }

    /// What failed and has nothing left to do is well now, or cannot be helped; whether there was something.
    fn forgive(&mut self, now: Instant) -> bool {
        let mut any = false;
        for slot in self.slots.values_mut().filter(|slot| slot.pause().is_some_and(|until| until <= now)) {
            slot.untold = None;
            any |= slot.failure.take().is_some();
        }
        any
    }

    /// The kernel told of a change of this link.
    pub(crate) fn heard_of(&mut self, name: &str) {
        self.stale = true;
        if let Some(slot) = self.slots.get_mut(name) {
            slot.untold = None;
        }
    }

    /// A request was carried out; the kernel tells what it has led to.
    fn done(&mut self, now: Instant, name: &str) {
        if let Some(slot) = self.slots.get_mut(name) {
            slot.untold = Some(now + TOLD_WITHIN);
        }
    }

    /// Whether the failure is news.
    fn fail(&mut self, now: Instant, name: &str, what: VmacTrouble) -> bool {
        let Some(slot) = self.slots.get_mut(name) else { return false };
        let attempts = slot.failure.as_ref().map_or(0, |f| f.attempts);
        let news = slot.failure.as_ref().is_none_or(|f| f.what != what);
        let wait = (RETRY * 2_u32.saturating_pow(attempts.min(8))).min(RETRY_MAX);
        slot.failure = Some(Failure { what, attempts: attempts.saturating_add(1), until: now + wait });
        news
    }
}

fn is_set_up(link: &Link) -> bool {
    link.upper.as_ref().is_some_and(|upper| upper.admin_up)
}

/// What is there under the name of `config`.
fn find<'k>(kernel: &'k Kernel, config: &Vmac) -> Found<'k> {
    let Some(link) = kernel.link_named(&config.name) else { return Found::Nothing };
    let Some(upper) = &link.upper else { return Found::Foreign };
    let base = kernel.link_named(&config.base).map(|base| base.ifindex);
    let as_wanted = match (config.kind, upper.kind) {
        (VmacKind::Macvlan { mac }, UpperKind::Macvlan { private }) => private && link.mac == mac,
        (VmacKind::Ipvlan { mode, .. }, UpperKind::Ipvlan { mode: seen }) => seen == Some(mode),
        (VmacKind::Macvlan { .. }, UpperKind::Ipvlan { .. })
        | (VmacKind::Ipvlan { .. }, UpperKind::Macvlan { .. }) => false,
    };
    if base == Some(upper.base) && as_wanted {
        Found::Right(link)
    } else if upper.ours {
        Found::Outdated(link.ifindex)
    } else {
        Found::Foreign
    }
}

/// What keepalived sets: the virtual interface answers for its own addresses only, and hears a Master that sends with
/// our own addresses' neighbours as its source; the base answers for nothing that is on the virtual one. Beyond keepalived,
/// an ipvlan hears others even if the reverse path filter is on: the way back to them is through the base.
fn settings(config: &Vmac, link: &Link, base: &Link) -> Vec<(Sysctl, u32)> {
    let mut settings = Vec::new();
    if config.ipv4 && !config.is_macvlan() {
        settings.push((v4(link, "rp_filter"), 0));
    }
    if config.ipv4 && config.is_macvlan() {
        settings.extend([
            (v4(link, "accept_local"), 1),
            (v4(link, "arp_ignore"), 1),
            (v4(link, PROMOTE), 1),
            (v4(link, "rp_filter"), 0),
            (v4(base, "arp_ignore"), 1),
            (v4(base, "arp_filter"), 1),
            // Beyond keepalived: otherwise the base, looking for the neighbour that an answer from a virtual address goes
            // to, says that the virtual address has the base's MAC address.
            (v4(base, "arp_announce"), 2),
        ]);
    }
    if !config.ipv6 {
        settings.push((Sysctl { family: Family::V6, of: of(link), name: "disable_ipv6" }, 1));
    }
    settings
}

fn of(link: &Link) -> SysctlOf {
    SysctlOf::Interface { ifindex: link.ifindex, name: link.name.clone() }
}

fn v4(link: &Link, name: &'static str) -> Sysctl {
    Sysctl { family: Family::V4, of: of(link), name }
}

impl Engine {
    /// Addresses that belong to our interfaces in every state, where those are there.
    pub(crate) fn own_addresses(&self) -> Vec<AddressSpec> {
        let spec = |vmac: &Vmac| {
            let address = VirtualAddress::new(vmac.own_address()?);
            let ifindex = self.vmacs.resolve(&self.kernel, &vmac.name)?;
            Some(address_spec(&address, ifindex, &Vipd::default()))
        };
        self.instances.values().flat_map(|i| &i.config.vmacs).filter_map(spec).collect()
    }

    /// Instances came, went or changed, or interfaces did.
    pub(crate) fn want_vmacs(&mut self) {
        let wanted = self
            .instances
            .values()
            .filter(|_| !self.dismantling)
            .flat_map(|instance| &instance.config.vmacs)
            .map(|vmac| (vmac.name.clone(), vmac.clone()))
            .collect();
        let promoting = self
            .instances
            .values()
            .filter(|instance| instance.config.promote_secondaries && !self.dismantling)
            .filter_map(|instance| instance.config.interface.clone())
            .collect();
        self.vmacs.want(wanted, promoting);
        self.sweep_vmacs();
        self.filtering.stale = true;
    }

    /// Interfaces with our mark that nobody here wants, on top of those that this configuration uses: another daemon may
    /// have others.
    pub(crate) fn sweep_vmacs(&mut self) {
        let Self { vmacs, instances, kernel, .. } = self;
        let names = instances.values().flat_map(|i| {
            i.config.interface.iter().chain(i.config.all_addresses().filter_map(|a| a.interface.as_ref()))
        });
        let vmac_bases = instances.values().flat_map(|i| &i.config.vmacs).map(|vmac| &vmac.base);
        let bases: BTreeSet<IfIndex> =
            names.chain(vmac_bases).filter_map(|name| kernel.link_named(name).map(|l| l.ifindex)).collect();
        let orphan = |link: &&Link| {
            !vmacs.slots.contains_key(&link.name)
                && link.upper.as_ref().is_some_and(|m| {
                    m.ours && (bases.contains(&m.base) || vmacs.known.contains(&link.ifindex))
                })
        };
        vmacs.doomed = kernel.links().filter(orphan).map(|link| link.ifindex).collect();
    }

    /// Begins the next request, if nothing is under way.
    pub(crate) fn advance_vmacs(&mut self) {
        let due = self.vmacs.retry_at().is_some_and(|at| at <= self.now);
        if self.phase == Phase::Blind || self.vmacs.in_flight.is_some() || !(self.vmacs.stale || due) {
            return;
        }
        self.vmacs.inherit(&self.kernel);
        self.report_foreign();
        match self.vmacs.next(&self.kernel, self.now) {
            Some((step, op)) => {
                self.vmacs.next_id += 1;
                let id = VmacRequestId(self.vmacs.next_id);
                self.vmacs.in_flight = Some((id, step));
                self.output(Output::Vmac { id, op });
            }
            None => {
                self.vmacs.stale = false;
                if self.vmacs.forgive(self.now) {
                    self.evaluate_all();
                }
            }
        }
    }

    /// Names that somebody else uses.
    fn report_foreign(&mut self) {
        let taken: Vec<String> = self
            .vmacs
            .slots
            .iter()
            .filter(|(_, slot)| slot.pause().is_none_or(|until| until <= self.now))
            .filter(|(_, slot)| matches!(find(&self.kernel, &slot.config), Found::Foreign))
            .map(|(name, _)| name.clone())
            .collect();
        for name in taken {
            self.vmac_failed(&name, VmacTrouble::NameTaken);
        }
    }

    fn vmac_failed(&mut self, name: &str, what: VmacTrouble) {
        if self.vmacs.fail(self.now, name, what) {
            self.event(None, EventKind::VmacFailed { interface: name.to_owned(), what });
            self.evaluate_all();
            self.start_those_waiting();
        }
    }

    /// What became of the request.
    pub(crate) fn vmac_answered(&mut self, id: VmacRequestId, answer: VmacAnswer) {
        let Some((_, step)) = self.vmacs.in_flight.take_if(|(known, _)| *known == id) else { return };
        self.vmacs.stale = true;
        for (sysctl, errno) in &answer.refused {
            // What is gone needs no setting.
            if *errno != ENODEV {
                self.event(None, EventKind::SysctlRefused { sysctl: sysctl.to_string(), errno: *errno });
            }
        }
        if let Step::Restore(sysctls) = &step {
            for sysctl in sysctls {
                self.event(
                    None,
                    EventKind::Unmarked(UnmarkedChange::SysctlRestored { sysctl: sysctl.to_string() }),
                );
            }
        } else {
            for (sysctl, was) in answer.changed {
                if self.vmacs.remember(&sysctl, was) {
                    self.event(
                        None,
                        EventKind::Unmarked(UnmarkedChange::Sysctl { sysctl: sysctl.to_string(), was }),
                    );
                }
            }
        }
        match (step, answer.errno) {
            (Step::Create(name), None) => self.vmac_made(&name),
            // What is gone has been told of, or will be in a moment.
            (
                Step::Create(name) | Step::Move(name) | Step::Up(name, _) | Step::Replace(name, _),
                Some(ENODEV),
            )
            | (Step::Move(name), None) => self.vmacs.done(self.now, &name),
            (Step::Up(interface, ifindex), None) => {
                self.vmacs.done(self.now, &interface);
                if self.vmacs.set_up(&interface, ifindex) {
                    self.event(None, EventKind::VmacSetUp { interface });
                }
            }
            (Step::Replace(name, _), None) => {
                self.vmacs.done(self.now, &name);
                if let Some(slot) = self.vmacs.slots.get_mut(&name) {
                    slot.why = WhyMade::Changed;
                }
            }
            (Step::Create(name), Some(errno)) => self.vmac_failed(&name, VmacTrouble::NotMade(errno)),
            (Step::Move(name), Some(errno)) => self.vmac_failed(&name, VmacTrouble::NotMoved(errno)),
            (Step::Up(name, _), Some(errno)) => self.vmac_failed(&name, VmacTrouble::NotUp(errno)),
            (Step::Replace(name, _), Some(errno)) => self.vmac_failed(&name, VmacTrouble::NotDeleted(errno)),
            (Step::Prepare(name, ifindex), _) => {
                let is_up = self.kernel.link(ifindex).is_some_and(is_set_up);
                self.vmacs.prepared(&name, ifindex, is_up);
            }
            // Refused or not: it has been told, and asking again would change nothing.
            (Step::Promote(name, ifindex), _) => self.vmacs.promoted(&name, ifindex),
            (Step::Spread | Step::FollowMtu | Step::Sweep(_) | Step::Restore(_), _) => {}
        }
    }

    fn vmac_made(&mut self, name: &str) {
        let Some(slot) = self.vmacs.slots.get_mut(name) else { return };
        let why = std::mem::replace(&mut slot.why, WhyMade::Gone);
        slot.failure = None;
        slot.untold = Some(self.now + TOLD_WITHIN);
        let Vmac { base, kind, .. } = slot.config.clone();
        self.event(None, EventKind::VmacMade { interface: name.to_owned(), base, kind, why });
    }

    /// Whether the instance, or another member of its group, waits for an interface before it starts.
    pub(crate) fn awaits_vmac(&self, id: InstanceId) -> bool {
        let awaits = |id: &InstanceId| {
            self.instances.get(id).is_some_and(|instance| {
                instance.config.vmacs.iter().any(|vmac| {
                    self.vmacs.is_coming(&self.kernel, &vmac.name) || self.awaits_own_address(vmac)
                })
            })
        };
        awaits(&id) || self.other_members(id).iter().any(awaits)
    }

    /// Whether an interface is there and not yet the address that belongs to it.
    fn awaits_own_address(&self, vmac: &Vmac) -> bool {
        self.own_key(vmac)
            .is_some_and(|key| !self.table.is_observed(&key) && self.table.errno(&key).is_none())
    }

    /// Whether the kernel has refused the address that belongs to it.
    pub(crate) fn lacks_own_address(&self, vmac: &Vmac) -> bool {
        self.own_key(vmac).is_some_and(|key| self.table.errno(&key).is_some())
    }

    fn own_key(&self, vmac: &Vmac) -> Option<Key> {
        let cidr = vmac.own_address()?;
        Some(Key { ifindex: self.vmacs.resolve(&self.kernel, &vmac.name)?, cidr })
    }

    /// Starts what waited for an interface, or for its address.
    pub(crate) fn start_those_waiting(&mut self) {
        if self.phase != Phase::Running {
            return;
        }
        let waiting: Vec<InstanceId> = self
            .instances
            .iter()
            .filter(|(_, i)| {
                !i.config.vmacs.is_empty() && i.router.state() == State::Initialize && !i.retiring
            })
            .map(|(id, _)| *id)
            .collect();
        for id in waiting {
            self.start_waiting(id);
        }
    }

    /// Removes what we made in the kernel; whether all of it is gone.
    pub(crate) fn is_dismantled(&mut self) -> bool {
        if !self.dismantling {
            self.dismantling = true;
            self.want_vmacs();
            self.advance_vmacs();
            self.advance_filter();
        }
        self.vmacs.is_settled() && self.filtering.is_settled()
    }
}
