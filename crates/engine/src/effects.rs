//! What became of kernel operations, and the frames that announce addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use config::model::GarpGroup;
use types::{Family, IfIndex};

use crate::announce::{Job, Lane, What};
use crate::api::{BatchId, Link, Output};
use crate::engine::Engine;
use crate::instance::{Holding, Instance, InstanceId};
use crate::kernel::Kernel;
use crate::observe::EventKind;
use crate::reconcile::{Key, Outcome};
use crate::statics::STATIC;

impl Engine {
    /// The kernel's answer to a batch.
    pub(crate) fn batch_done(&mut self, batch: BatchId, failed: &[(usize, i32)]) {
        for (_, outcome) in self.table.done(self.now, batch, failed) {
            self.told(outcome);
        }
        self.statics_progress();
        self.send_announcements();
    }

    /// What became of one address.
    pub(crate) fn told(&mut self, outcome: Outcome<Key>) {
        match outcome {
            Outcome::Installed { key, owner, restored, usable } => {
                self.installed(owner, key, restored, usable);
            }
            Outcome::Usable { key, owner } => self.usable(owner, key),
            Outcome::Failed { key, owner, errno, news } => self.failed(owner, key, errno, news),
            // The kernel takes an address twice.
            Outcome::Uncertain { .. } => {}
        }
    }

    fn installed(&mut self, owner: InstanceId, key: Key, restored: bool, usable: bool) {
        if owner == STATIC {
            if usable {
                self.static_installed(key, restored);
            }
            return;
        }
        let Some(instance) = self.instances.get_mut(&owner) else { return };
        let Holding::Serving { missing, .. } = &mut instance.holding else { return };
        *missing = missing.saturating_sub(1);
        // One that is not usable yet is announced when it is; nobody else waits for that.
        let rounds = match (usable, restored) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => instance.config.garp.repeat,
        };
        for _ in 0..rounds {
            self.announcer.single(owner, key);
        }
        if restored {
            instance.counters.addresses_restored += 1;
            let times = instance.counters.addresses_restored;
            if instance.tells_restored(self.now, times) {
                self.event(Some(owner), EventKind::AddressRestored { cidr: key.cidr, times });
            }
        } else {
            self.check_installed(owner);
        }
    }

    /// Nobody else has it: from now on it may be announced.
    fn usable(&mut self, owner: InstanceId, key: Key) {
        if owner == STATIC {
            return self.static_installed(key, false);
        }
        let Some(Instance { holding: Holding::Serving { .. }, config, .. }) = self.instances.get(&owner)
        else {
            return;
        };
        for _ in 0..config.garp.repeat {
            self.announcer.single(owner, key);
        }
    }

    /// When the last address is there, the remaining rounds of the burst follow.
    pub(crate) fn check_installed(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get(&id) else { return };
        let Holding::Serving { missing: 0, installing, since } = instance.holding else { return };
        self.serve_paths(id);
        let Some(instance) = self.instances.get(&id) else { return };
        if self.announcer.has_burst(id) {
            return;
        }
        let took = self.now.since(since);
        let count = instance.keys.iter().filter(|key| self.table.is_observed(key)).count();
        let rounds = instance.config.garp.repeat.saturating_sub(u32::from(installing));
        self.announcer.burst(id, What::Announce, rounds);
        if count > 0 {
            self.event(Some(id), EventKind::AddressesInstalled { count, took });
        }
    }

    fn failed(&mut self, owner: Option<InstanceId>, key: Key, errno: i32, news: bool) {
        let mut waited = false;
        if let Some(instance) = owner.and_then(|id| self.instances.get_mut(&id)) {
            instance.counters.kernel_failures += 1;
            // The others are not kept waiting for it.
            if let Holding::Serving { missing, .. } = &mut instance.holding
                && news
            {
                waited = *missing > 0;
                *missing = missing.saturating_sub(1);
            }
        }
        if news {
            let interface = self.kernel.name(key.ifindex);
            self.event(owner, EventKind::AddressFailed { cidr: key.cidr, interface, errno });
            match owner {
                Some(STATIC) => self.static_failed(key),
                Some(owner) if waited => self.check_installed(owner),
                Some(_) | None => {}
            }
        }
    }

    /// Sends what is due, at most one budget of frames.
    pub(crate) fn send_announcements(&mut self) {
        if self.announcer.is_idle() {
            return;
        }
        let instances = &self.instances;
        let keys = |id: InstanceId| instances.get(&id).map_or(&[][..], |i| i.keys.as_slice());
        let (kernel, groups) = (&self.kernel, &self.model.garp_groups);
        let pace = |job: Job| pace(instances.get(&job.owner), kernel, groups, job);
        let jobs = self.announcer.take(self.now, keys, pace);
        let mut frames: Vec<(IfIndex, Vec<Vec<u8>>)> = Vec::new();
        for job in jobs {
            // An address that is not in the kernel is not announced.
            if !self.table.is_usable(&job.key) {
                continue;
            }
            let Some(frame) = self.frame(job) else { continue };
            if let Some(Instance { counters, .. }) = self.instances.get_mut(&job.owner) {
                counters.announcements_sent += 1;
            }
            match frames.last_mut() {
                Some((ifindex, list)) if *ifindex == job.key.ifindex => list.push(frame),
                Some(_) | None => frames.push((job.key.ifindex, vec![frame])),
            }
        }
        for (ifindex, frames) in frames {
            self.output(Output::Frames { ifindex, frames });
        }
    }

    /// An address of each interface that sends nothing else with its own MAC address.
    pub(crate) fn announce_elsewhere(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get(&id) else { return };
        let (all, busy) = (instance.config.garp.extra_on_all, instance.advertise_on);
        let mut first = BTreeMap::new();
        for key in instance.keys.iter().filter(|key| Some(key.ifindex) != busy) {
            let virtual_mac = || self.kernel.link(key.ifindex).is_some_and(Link::is_macvlan);
            if (all || virtual_mac()) && self.table.is_usable(key) {
                first.entry(key.ifindex).or_insert(*key);
            }
        }
        for key in first.into_values() {
            self.announcer.single(id, key);
        }
    }

    /// After a fault, the peers of a unicast instance may have forgotten or mistaken where its source address is; keepalived
    /// 2.2.7 tells them once.
    pub(crate) fn announce_source(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get(&id).filter(|i| i.config.unicast.is_some()) else { return };
        let (Some(ifindex), Some(source)) = (instance.advertise_on, instance.source) else { return };
        if !self.kernel.has_address(ifindex, source) {
            return;
        }
        if let Some(frame) = self.frame_about(ifindex, source, What::Announce) {
            self.output(Output::Frames { ifindex, frames: vec![frame] });
        }
    }

    fn frame(&self, job: Job) -> Option<Vec<u8>> {
        self.frame_about(job.key.ifindex, job.key.cidr.addr, job.what)
    }

    fn frame_about(&self, ifindex: IfIndex, addr: IpAddr, what: What) -> Option<Vec<u8>> {
        let link = self.kernel.link(ifindex).filter(|l| l.arp)?;
        match (addr, what) {
            (IpAddr::V4(addr), What::Announce) => Some(wire::arp::announcement(link.mac, addr).to_vec()),
            (IpAddr::V4(addr), What::Probe) => Some(wire::arp::probe(link.mac, addr).to_vec()),
            // RFC 9568 section 6.4.1: the router flag is set. On a machine that does not forward the kernel's own answers have
            // it clear, which changes nothing for who does not have it as default router.
            (IpAddr::V6(addr), What::Announce) => {
                Some(wire::ndisc::announcement(link.mac, addr, true).to_vec())
            }
            // The kernel defends IPv6 addresses itself: conflicts are heard as advertisements.
            (IpAddr::V6(_), What::Probe) => None,
        }
    }
}

/// The pace of a frame: that of the group that its interface, or the one below it, is in; otherwise the instance's.
fn pace(instance: Option<&Instance>, kernel: &Kernel, groups: &[GarpGroup], job: Job) -> (Lane, Duration) {
    let Key { ifindex, cidr } = job.key;
    let family = cidr.family();
    let of = |arp: Duration, na: Duration| match family {
        Family::V4 => arp,
        Family::V6 => na,
    };
    let group_of = |ifindex: IfIndex| {
        let name = &kernel.link(ifindex)?.name;
        groups.iter().enumerate().find(|(_, group)| group.interfaces.contains(name))
    };
    let base = || kernel.link(ifindex).and_then(|link| Some(link.upper.as_ref()?.base));
    let group = if groups.is_empty() { None } else { group_of(ifindex).or_else(|| group_of(base()?)) };
    match (group, instance) {
        (Some((at, group)), _) => (Lane::Group(at, family), of(group.arp_interval, group.na_interval)),
        (None, Some(Instance { config, .. })) => {
            (Lane::Interface(ifindex, family), of(config.garp.arp_interval, config.garp.na_interval))
        }
        (None, None) => (Lane::Interface(ifindex, family), Duration::ZERO),
    }
}
