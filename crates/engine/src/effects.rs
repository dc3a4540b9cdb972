//! What became of kernel operations, and the frames that announce addresses.

use std::net::IpAddr;
use std::time::Duration;

use types::{Family, IfIndex};

use crate::announce::{Job, What};
use crate::api::{BatchId, Output};
use crate::engine::Engine;
use crate::instance::{Holding, Instance, InstanceId};
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
            Outcome::Installed { key, owner, restored } => self.installed(owner, key, restored),
            Outcome::Failed { key, owner, errno, news } => self.failed(owner, key, errno, news),
            // The kernel takes an address twice.
            Outcome::Uncertain { .. } => {}
        }
    }

    fn installed(&mut self, owner: InstanceId, key: Key, restored: bool) {
        if owner == STATIC {
            return self.static_installed(key, restored);
        }
        let Some(instance) = self.instances.get_mut(&owner) else { return };
        let Holding::Serving { missing, .. } = &mut instance.holding else { return };
        *missing = missing.saturating_sub(1);
        self.announcer.single(owner, key);
        if restored {
            instance.counters.addresses_restored += 1;
            let times = instance.counters.addresses_restored;
            for _ in 1..instance.config.garp.repeat {
                self.announcer.single(owner, key);
            }
            self.event(Some(owner), EventKind::AddressRestored { cidr: key.cidr, times });
        } else {
            self.check_installed(owner);
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
        if let Some(instance) = owner.and_then(|id| self.instances.get_mut(&id)) {
            instance.counters.kernel_failures += 1;
            // The others are not kept waiting for it.
            if let Holding::Serving { missing, .. } = &mut instance.holding
                && news
            {
                *missing = missing.saturating_sub(1);
            }
        }
        if news {
            let interface = self.kernel.name(key.ifindex);
            self.event(owner, EventKind::AddressFailed { cidr: key.cidr, interface, errno });
            match owner {
                Some(STATIC) => self.static_failed(key),
                Some(owner) => self.check_installed(owner),
                None => {}
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
        let gap = |id: InstanceId, addr: IpAddr| {
            instances.get(&id).map_or(Duration::ZERO, |i| match Family::of(addr) {
                Family::V4 => i.config.garp.arp_interval,
                Family::V6 => i.config.garp.na_interval,
            })
        };
        let jobs = self.announcer.take(self.now, keys, gap);
        let mut frames: Vec<(IfIndex, Vec<Vec<u8>>)> = Vec::new();
        for job in jobs {
            // An address that is not in the kernel is not announced.
            if !self.table.is_observed(&job.key) {
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

    fn frame(&self, job: Job) -> Option<Vec<u8>> {
        let link = self.kernel.link(job.key.ifindex).filter(|l| l.arp)?;
        match (job.key.cidr.addr, job.what) {
            (IpAddr::V4(addr), What::Announce) => Some(wire::arp::announcement(link.mac, addr).to_vec()),
            (IpAddr::V4(addr), What::Probe) => Some(wire::arp::probe(link.mac, addr).to_vec()),
            // RFC 9568 section 6.4.2: the router flag is set.
            (IpAddr::V6(addr), What::Announce) => {
                Some(wire::ndisc::announcement(link.mac, addr, true).to_vec())
            }
            // The kernel defends IPv6 addresses itself: conflicts are heard as advertisements.
            (IpAddr::V6(_), What::Probe) => None,
        }
    }
}
