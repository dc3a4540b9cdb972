//! What the kernel reports, and what it means for instances: interfaces that come, go and change their name, addresses,
//! faults, priorities and sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use config::model::{Authentication, SourceKeyword};
use types::{Cidr, Family, IfIndex, Priority};
use vrrp::State;

use crate::announce::What;
use crate::api::{AddressSpec, Link, Observed, Output, Subscription};
use crate::engine::{Engine, Phase};
use crate::instance::{Holding, Instance, InstanceId, address_spec};
use crate::observe::{EventKind, FaultCause};
use crate::reconcile::Key;
use crate::statics::STATIC;

/// How long until sockets that could not be opened are tried again.
const LISTEN_RETRY: Duration = Duration::from_secs(5);
/// How soon after an attempt its failure would have been told.
const LISTEN_VERDICT: Duration = Duration::from_millis(20);

impl Engine {
    /// The whole picture: at start, and whenever notifications were lost.
    pub(crate) fn resync(&mut self, links: Vec<Link>, addresses: Vec<Observed>) {
        let links = links.into_iter().map(|link| self.believed(link)).collect();
        self.kernel.replace_links(links);
        let present: BTreeSet<Key> =
            addresses.iter().map(|o| Key { ifindex: o.ifindex, cidr: o.cidr }).collect();
        for owner in self.table.resync(|key| present.contains(key)) {
            self.address_lost(owner);
        }
        for observed in addresses {
            let key = Key { ifindex: observed.ifindex, cidr: observed.cidr };
            let is_named = self.table.contains(&key);
            if is_named {
                self.wanted_seen(&observed);
            }
            if !is_named || self.table.wanted_by(&key) == Some(STATIC) {
                self.kernel.add_foreign(observed);
            }
        }
        self.doubt_all_paths();
        let first = self.phase == Phase::Blind;
        self.vmacs.stale = true;
        if first {
            self.want_vmacs();
        }
        self.bind_all();
        if first {
            let removed = self.sweep_leftovers();
            self.begin_with_statics(self.now + self.model.global.startup_delay);
            self.report_leftovers(removed);
        } else {
            self.start_all_settled();
        }
    }

    pub(crate) fn link_changed(&mut self, link: Link) {
        self.paths.suspect(self.now, link.ifindex);
        // A virtual interface is used once it is as it shall be.
        let renamed = self.kernel.link(link.ifindex).is_none_or(|old| {
            old.name != link.name
                || old.upper != link.upper
                || old.mac != link.mac
                || (old.master, old.vrf_table) != (link.master, link.vrf_table)
        });
        let old_mac = self.kernel.link(link.ifindex).map(|old| old.mac);
        // Virtual MAC addresses are put right again.
        let moved = old_mac.is_some_and(|old| old != link.mac) && link.upper.is_none();
        let ifindex = link.ifindex;
        self.vmacs.heard_of(&link.name);
        if !self.kernel.set_link(link) {
            return;
        }
        if renamed {
            // One of ours that somebody gave another name is nobody's now, and its MAC address is wanted again.
            self.sweep_vmacs();
            self.bind_all();
        } else {
            self.evaluate_all();
        }
        self.start_all_settled();
        if moved {
            self.announce_on(ifindex);
        }
    }

    /// The interface has another MAC address: the neighbours know the old one, and would send there for minutes.
    fn announce_on(&mut self, ifindex: IfIndex) {
        for (id, instance) in &self.instances {
            let serves = matches!(instance.holding, Holding::Serving { .. });
            if serves && instance.keys.iter().any(|key| key.ifindex == ifindex) {
                self.announcer.burst(*id, What::Announce, instance.config.garp.repeat);
            }
        }
        self.send_announcements();
    }

    pub(crate) fn link_gone(&mut self, ifindex: IfIndex) {
        self.paths.suspect(self.now, ifindex);
        let name = self.kernel.name(ifindex);
        self.vmacs.heard_of(&name);
        if self.kernel.remove_link(ifindex) {
            self.table.interface_gone(ifindex);
            self.bind_all();
            self.start_all_settled();
        }
    }

    pub(crate) fn address_seen(&mut self, observed: Observed) {
        let key = Key { ifindex: observed.ifindex, cidr: observed.cidr };
        self.paths.suspect(self.now, observed.ifindex);
        if self.table.contains(&key) {
            self.wanted_seen(&observed);
        } else {
            self.kernel.add_foreign(observed);
            self.relocate_bfd();
            self.evaluate_users(key.ifindex);
        }
    }

    /// The kernel shows an address that the configuration names.
    fn wanted_seen(&mut self, observed: &Observed) {
        let key = Key { ifindex: observed.ifindex, cidr: observed.cidr };
        let outcome = if observed.dad_failed {
            self.table.duplicate(self.now, &key)
        } else if observed.tentative {
            self.table.detecting(&key);
            None
        } else {
            self.table.observe(&key)
        };
        if let Some(outcome) = outcome {
            self.told(outcome);
            self.statics_progress();
            self.send_announcements();
        }
    }

    pub(crate) fn address_gone(&mut self, ifindex: IfIndex, cidr: Cidr) {
        let key = Key { ifindex, cidr };
        self.paths.suspect(self.now, ifindex);
        if self.table.contains(&key) {
            if self.table.observe_gone(self.now, &key)
                && let Some(owner) = self.table.wanted_by(&key)
            {
                self.address_lost(owner);
            }
        } else if self.kernel.remove_foreign(ifindex, cidr).is_some() {
            self.relocate_bfd();
            self.evaluate_users(ifindex);
        }
    }

    /// A Master waits for one more address to be installed.
    fn address_lost(&mut self, owner: InstanceId) {
        if let Some(Instance { holding: Holding::Serving { missing, .. }, .. }) =
            self.instances.get_mut(&owner)
        {
            *missing += 1;
        }
    }

    pub(crate) fn subscribe_failed(&mut self, ifindex: IfIndex, family: Family, reason: String) {
        self.listening.unconfirmed.remove(&(ifindex, family));
        self.listening.retry_at = Some(self.now + LISTEN_RETRY);
        let news =
            self.listening.failures.insert((ifindex, family), reason.clone()).as_ref() != Some(&reason);
        if news {
            let interface = self.kernel.name(ifindex);
            self.event(None, EventKind::SubscribeFailed { interface, reason });
            self.evaluate_users(ifindex);
        }
    }

    /// Tries failed sockets again, and believes the attempt when nothing was heard against it.
    pub(crate) fn listening_timer(&mut self) {
        if self.listening.retry_at.take_if(|at| *at <= self.now).is_some() {
            self.listening.unconfirmed = self.listening.failures.keys().copied().collect();
            self.listening.verdict_at = Some(self.now + LISTEN_VERDICT);
            self.output(Output::Subscribe(self.listening.subscribed.clone()));
        }
        if self.listening.verdict_at.take_if(|at| *at <= self.now).is_some() {
            for (ifindex, family) in std::mem::take(&mut self.listening.unconfirmed) {
                self.listening.failures.remove(&(ifindex, family));
                self.evaluate_users(ifindex);
            }
        }
    }

    /// Finds every instance's interface and addresses again.
    pub(crate) fn bind_all(&mut self) {
        for id in self.instances.keys().copied().collect::<Vec<_>>() {
            self.bind(id);
        }
        self.index_instances();
        self.bind_statics();
        self.watch_paths();
        self.subscribe();
        self.resolve_bfd();
        self.filtering.stale = true;
        self.evaluate_all();
        self.start_those_waiting();
        self.tell_strangers();
    }

    /// Virtual addresses that were there without our mark and that are removed, because only a Master has them: most
    /// likely the system's own configuration has them, too.
    pub(crate) fn tell_strangers(&mut self) {
        // Who will be Master at the start is not known yet.
        if self.phase == Phase::Blind {
            return;
        }
        for (id, key) in std::mem::take(&mut self.strangers) {
            if self.table.wanted_by(&key).is_none() {
                let interface = self.kernel.name(key.ifindex);
                self.event(Some(id), EventKind::StrangerRemoved { cidr: key.cidr, interface });
            }
        }
    }

    /// Resolves interface names and brings the table in step with the configuration.
    pub(crate) fn bind(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let config = &instance.config;
        let own = config.interface.as_ref().and_then(|name| self.kernel.link_named(name)).map(|l| l.ifindex);
        let vrf = |name: &String| self.kernel.link_named(name).filter(|link| link.vrf_table.is_some());
        instance.advertise_on = match (&config.advertise_on, &config.interface, &config.vrf) {
            (Some(vmac), _, _) => self.vmacs.resolve(&self.kernel, vmac),
            (None, Some(_), _) => own,
            (None, None, Some(name)) => vrf(name).map(|link| link.ifindex),
            (None, None, None) => Some(IfIndex::ANY),
        };
        if instance.ifindex != own {
            instance.ifindex = own;
            instance.source = None;
            instance.forget_payload();
        }
        let specs: Vec<AddressSpec> = instance
            .config
            .all_addresses()
            .filter_map(|address| {
                let ifindex = match &address.interface {
                    Some(name) => self.vmacs.resolve(&self.kernel, name)?,
                    None => own?,
                };
                Some(address_spec(address, ifindex, &self.model.vipd))
            })
            .collect();
        let wanted: BTreeSet<Key> = specs.iter().map(|s| Key { ifindex: s.ifindex, cidr: s.cidr }).collect();
        let known: BTreeSet<Key> = instance.keys.iter().copied().collect();
        for key in known.difference(&wanted) {
            self.table.unconfigure(key, id);
        }
        let mut keys = Vec::with_capacity(specs.len());
        let mut missing_more = 0;
        for spec in specs {
            let seen = self.kernel.remove_foreign(spec.ifindex, spec.cidr);
            let key = self.table.configure(spec, id, seen.is_some());
            if seen.as_ref().is_some_and(|seen| !seen.ours) {
                self.strangers.push((id, key));
            }
            match seen {
                Some(seen) if seen.dad_failed => drop(self.table.duplicate(self.now, &key)),
                Some(seen) if seen.tentative => self.table.detecting(&key),
                Some(_) | None => {}
            }
            if matches!(instance.holding, Holding::Serving { .. }) && !known.contains(&key) {
                missing_more += usize::from(!self.table.want(&key, id));
            }
            keys.push(key);
        }
        instance.keys = keys;
        if let Holding::Serving { missing, installing, since } = &mut instance.holding
            && missing_more > 0
        {
            *missing += missing_more;
            (*installing, *since) = (true, self.now);
        }
        self.bind_paths(id);
    }

    /// Rebuilds the indexes after interfaces or instances changed.
    pub(crate) fn index_instances(&mut self) {
        let (mut by_vrid, mut by_ifindex) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, BTreeSet<_>>::new());
        for (id, instance) in &self.instances {
            let exists = instance.ifindex.is_some() || instance.config.interface.is_none();
            let advertise_on = instance.advertise_on.filter(|_| exists);
            if let Some(ifindex) = advertise_on {
                let number = (ifindex, instance.config.vrid.get(), instance.config.family);
                by_vrid.entry(number).or_default().push(*id);
            }
            // Any interface may have the source address that peers send to.
            let anywhere = (instance.config.unicast.is_some() && instance.config.source.is_some())
                .then_some(IfIndex::ANY);
            let keys = advertise_on.map_or(&[][..], |_| &instance.keys).iter().map(|key| key.ifindex);
            for ifindex in instance.ifindex.into_iter().chain(advertise_on).chain(anywhere).chain(keys) {
                by_ifindex.entry(ifindex).or_default().insert(*id);
            }
        }
        (self.by_vrid, self.by_ifindex) = (by_vrid, by_ifindex);
        self.find_clashes();
    }

    /// Two virtual routers with one number, family and group on one link would be taken for one. The file is refused if
    /// it names one interface twice; here it turns out that two names are one link, because a macvlan or ipvlan came or was given
    /// a name. The first one in the file goes on, whoever came first, as after a start with the interfaces as they are.
    fn find_clashes(&mut self) {
        let link = |ifindex| {
            let link = self.kernel.link(ifindex)?;
            Some(link.upper.as_ref().map_or(link.ifindex, |upper| upper.base))
        };
        let mut first = BTreeMap::new();
        self.clashes.clear();
        for id in &self.order {
            let Some(instance) = self.instances.get(id).filter(|i| i.config.unicast.is_none()) else {
                continue;
            };
            let Some(link) = instance.ifindex.and_then(link) else { continue };
            let config = &instance.config;
            let holder = *first.entry((link, config.vrid.get(), config.destination)).or_insert(*id);
            if holder != *id {
                self.clashes.insert(*id, holder);
            }
        }
    }

    fn clash_of(&self, id: InstanceId) -> Option<FaultCause> {
        let holder = &self.instances.get(self.clashes.get(&id)?)?.config;
        let (vrid, interface) = (holder.vrid, holder.place().into_owned());
        Some(FaultCause::VridTaken { vrid, holder: holder.name.clone(), interface })
    }

    /// Asks for the sockets that the instances need, when that changed.
    pub(crate) fn subscribe(&mut self) {
        let mut wanted: BTreeMap<(IfIndex, std::net::IpAddr), (BTreeSet<u8>, bool)> = BTreeMap::new();
        for instance in self.instances.values() {
            if let Some(ifindex) = instance.advertise_on {
                let (vrids, ah) = wanted.entry((ifindex, instance.group_to_join())).or_default();
                vrids.insert(instance.config.vrid.get());
                *ah |= matches!(instance.config.authentication, Authentication::Ah(_));
            }
        }
        let subscription = |((ifindex, group), (vrids, ah)): (_, (BTreeSet<u8>, _))| Subscription {
            ifindex,
            vrf: self.kernel.vrf_of(ifindex),
            group,
            vrids: vrids.into_iter().collect(),
            ah,
        };
        let subscriptions: Vec<Subscription> = wanted.into_iter().map(subscription).collect();
        if subscriptions != self.listening.subscribed {
            self.listening.subscribed.clone_from(&subscriptions);
            self.output(Output::Subscribe(subscriptions));
        }
        let claims: BTreeSet<IfIndex> =
            self.instances.values().flat_map(|instance| &instance.keys).map(|key| key.ifindex).collect();
        if claims != self.listening.claims {
            self.listening.claims.clone_from(&claims);
            self.output(Output::WatchClaims(claims));
        }
    }

    pub(crate) fn evaluate_all(&mut self) {
        for id in self.instances.keys().copied().collect::<Vec<_>>() {
            self.evaluate(id);
        }
    }

    pub(crate) fn evaluate_users(&mut self, ifindex: IfIndex) {
        let users = [ifindex, IfIndex::ANY].map(|ifindex| self.by_ifindex.get(&ifindex));
        let users: BTreeSet<InstanceId> = users.into_iter().flatten().flatten().copied().collect();
        for id in &users {
            self.evaluate(*id);
        }
        for id in users {
            self.start_settled(id);
        }
    }

    /// One that waited for its source address, or for a member of its group that did, may begin.
    fn start_settled(&mut self, id: InstanceId) {
        if self.instances.get(&id).is_some_and(|i| !i.retiring && i.router.state() == State::Initialize) {
            self.start_waiting(id);
        }
    }

    fn start_all_settled(&mut self) {
        for id in self.order.clone() {
            self.start_settled(id);
        }
    }

    /// Source address, faults and priority of an instance, as the kernel and the trackers are now; what that means for
    /// the other members of its group.
    pub(crate) fn evaluate(&mut self, id: InstanceId) {
        let clash = self.clash_of(id);
        let address_missing = self.instances.get(&id).and_then(|i| self.own_address_missing(&i.config));
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let before = std::mem::take(&mut instance.own_faults);
        let was_faulty = !before.is_empty();
        let family = instance.config.family;
        let source = instance
            .config
            .source
            .or_else(|| instance.source_link().and_then(|i| self.kernel.source(i, family, instance.source)));
        let cannot_listen = instance.advertise_on.and_then(|i| self.listening.failures.get(&(i, family)));
        let old_source = std::mem::replace(&mut instance.source, source);
        instance.own_faults =
            instance.find_faults(&self.kernel, &self.verdicts, cannot_listen.map(String::as_str));
        instance.own_faults.extend_from_slice(self.statics.faults_of(&instance.config.name));
        let faults = instance.config.vmacs.iter().filter_map(|vmac| {
            let what = self.vmacs.failure(&vmac.name)?;
            Some(FaultCause::Vmac { interface: vmac.name.clone(), what })
        });
        instance.own_faults.extend(faults);
        instance.own_faults.extend(address_missing);
        instance.own_faults.extend(clash);
        let is_faulty = !instance.own_faults.is_empty();
        let stays = was_faulty && is_faulty && instance.router.state() == State::Fault;
        let other =
            instance.own_faults.first().filter(|first| stays && before.first() != Some(*first)).cloned();
        self.act_on_faults(id, old_source);
        if let Some(fault) = other {
            self.event(Some(id), EventKind::OtherFault { fault });
        }
        if was_faulty != is_faulty {
            for other in self.other_members(id) {
                let source = self.instances.get(&other).and_then(|other| other.source);
                self.act_on_faults(other, source);
            }
        }
    }

    /// An ipvlan is there and the kernel refuses the address that advertisements shall leave from.
    fn own_address_missing(&self, config: &config::model::Instance) -> Option<FaultCause> {
        let vmac = config.vmacs.iter().find(|vmac| self.lacks_own_address(vmac))?;
        let address = vmac.own_address()?.addr;
        Some(FaultCause::SourceAddressMissing { address, keyword: SourceKeyword::UseIpvlan })
    }

    /// Enters or leaves FAULT. `old_source`: the source address of advertisements until now.
    pub(crate) fn act_on_faults(&mut self, id: InstanceId, old_source: Option<std::net::IpAddr>) {
        let now = self.now;
        let running = self.phase == Phase::Running;
        let of_group = self.fault_of_group(id);
        let Some(instance) = self.instances.get_mut(&id) else { return };
        instance.faults = instance.own_faults.iter().cloned().chain(of_group).collect();
        if !running || instance.retiring {
            return;
        }
        let source = instance.source;
        let state = instance.router.state();
        match source {
            Some(source) if instance.faults.is_empty() => {
                if state == State::Fault {
                    instance.router.clear_fault(now, source);
                    self.announce_source(id);
                } else if old_source != Some(source) {
                    instance.router.set_source(source);
                    instance.forget_payload();
                }
            }
            // Priority 0 must still leave from the address that was known so far.
            Some(_) | None => {
                if state != State::Fault && state != State::Initialize {
                    instance.source = old_source;
                    instance.router.fault(now);
                    self.drain_actions(id);
                    if let Some(instance) = self.instances.get_mut(&id) {
                        instance.source = source;
                        instance.forget_payload();
                    }
                }
            }
        }
        self.evaluate_priority(id);
        self.drain_actions(id);
    }

    fn evaluate_priority(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let from: Priority = instance.router.effective_priority();
        let to = instance.find_priority(&self.kernel, &self.verdicts);
        if from != to {
            instance.router.set_priority(self.now, to);
            let base = instance.config.priority;
            let tracks = instance.track_snapshots(&self.kernel, &self.verdicts).into_iter();
            let moved_by =
                tracks.filter(|track| track.adds != 0).map(|track| (track.what, track.adds)).collect();
            self.event(Some(id), EventKind::Priority { from, to, base, moved_by });
        }
    }

    /// Addresses with our tag that nobody here wants: an earlier process was killed, and since then the file has
    /// changed, or an interface its name. Only on interfaces that this configuration uses, because another daemon may
    /// own others; but our own addresses are removed wherever they are.
    fn sweep_leftovers(&mut self) -> usize {
        let used: BTreeSet<IfIndex> = self.by_ifindex.keys().copied().collect();
        let named: BTreeSet<Cidr> = self
            .instances
            .values()
            .flat_map(|i| i.config.all_addresses().map(|address| address.cidr))
            .collect();
        let leftovers: Vec<Observed> = self
            .kernel
            .foreign()
            .filter(|o| o.ours && (used.contains(&o.ifindex) || named.contains(&o.cidr)))
            .cloned()
            .collect();
        for o in &leftovers {
            self.kernel.remove_foreign(o.ifindex, o.cidr);
            self.table.sweep(AddressSpec::plain(o.ifindex, o.cidr));
        }
        leftovers.len()
    }

    fn report_leftovers(&mut self, swept: usize) {
        let (mut adopted, mut removed) = (0, swept);
        for key in self.instances.values().flat_map(|i| &i.keys).filter(|k| self.table.is_observed(k)) {
            match self.table.wanted_by(key) {
                Some(_) => adopted += 1,
                None if self.strangers.iter().any(|(_, stranger)| stranger == key) => {}
                None => removed += 1,
            }
        }
        self.tell_strangers();
        if adopted + removed > 0 {
            self.event(None, EventKind::Leftovers { adopted, removed });
        }
    }
}
