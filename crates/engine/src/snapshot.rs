//! The engine as everybody sees it.

use config::model::{Route, VirtualAddress};
use types::Instant;
use vrrp::State;

use crate::engine::{Engine, Phase};
use crate::instance::{Holding, Instance, InstanceId};
use crate::observe::{
    AddressSnapshot, Counters, GroupSnapshot, InstanceSnapshot, PathSnapshot, Snapshot, VmacSnapshot,
};

impl Engine {
    /// Everything as it is now.
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let instances = self
            .order
            .iter()
            .filter_map(|id| Some(self.instance_snapshot(now, *id, self.instances.get(id)?)));
        let groups = self.groups.iter().map(|group| GroupSnapshot {
            name: group.config.name.clone(),
            state: group.state,
            members: group.config.members.clone(),
        });
        let starts_at = match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Blind | Phase::Running | Phase::Leaving { .. } | Phase::Left => None,
        };
        Snapshot {
            at: now,
            starts_at,
            instances: instances.collect(),
            groups: groups.collect(),
            bfd: self.bfd.snapshot(now),
            statics: self.statics_snapshot(),
        }
    }

    /// Starts counting anew.
    pub fn clear_counters(&mut self) {
        for instance in self.instances.values_mut() {
            instance.counters = Counters::default();
        }
    }

    fn instance_snapshot(&self, now: Instant, id: InstanceId, instance: &Instance) -> InstanceSnapshot {
        let (config, router) = (&instance.config, &instance.router);
        let last = router.last_advert();
        let active = router.state() == State::Active;
        InstanceSnapshot {
            name: config.name.clone(),
            interface: config.interface.clone(),
            vrf: config.vrf.clone(),
            vrid: config.vrid,
            version: config.version,
            state: router.state(),
            since: instance.since,
            last_transition: instance.last_transition.clone(),
            base_priority: config.priority,
            priority: router.effective_priority(),
            interval_centis: config.interval.as_centis(),
            active_interval_centis: router.active_interval().as_centis(),
            master_down: router.master_down_interval(),
            master: if active { instance.source } else { last.map(|(_, a)| a.from) },
            master_priority: last.map(|(_, a)| a.priority),
            last_advert_age: last.map(|(at, _)| now.since(at)),
            source: instance.source,
            faults: instance.faults.clone(),
            group: instance.group.and_then(|at| self.groups.get(at)).map(|group| group.config.name.clone()),
            tracks: instance.track_snapshots(&self.kernel, &self.verdicts),
            waiting_for: if router.state() == State::Initialize {
                instance.waiting_for(&self.verdicts)
            } else {
                Vec::new()
            },
            outlook: router.outlook(),
            conflict: instance.recent_conflict(now),
            vmacs: config
                .vmacs
                .iter()
                .map(|vmac| VmacSnapshot {
                    interface: vmac.name.clone(),
                    base: vmac.base.clone(),
                    kind: vmac.kind,
                    ready: self.vmacs.resolve(&self.kernel, &vmac.name).is_some(),
                })
                .collect(),
            addresses: self.instance_addresses(id, instance),
            paths: self.instance_paths(id, instance),
            handing_over: matches!(instance.holding, Holding::Yielding(_)),
            counters: instance.counters.clone(),
        }
    }

    fn instance_addresses(&self, id: InstanceId, instance: &Instance) -> Vec<AddressSnapshot> {
        let config = &instance.config;
        let resolved = instance.keys.iter().map(|key| AddressSnapshot {
            cidr: key.cidr,
            interface: self.kernel.name(key.ifindex),
            interface_missing: false,
            desired: self.table.is_wanted_by(key, id),
            observed: self.table.is_usable(key) || self.table.is_detecting(key),
            detecting: self.table.is_detecting(key),
            errno: self.table.errno(key),
        });
        let is_missing = |address: &&VirtualAddress| {
            self.vmacs.resolve(&self.kernel, config.interface_of(address)).is_none()
        };
        let missing = config.all_addresses().filter(is_missing).map(|address| AddressSnapshot {
            cidr: address.cidr,
            interface: config.interface_of(address).to_owned(),
            interface_missing: true,
            desired: matches!(instance.holding, Holding::Serving { .. }),
            observed: false,
            detecting: false,
            errno: None,
        });
        resolved.chain(missing).collect()
    }

    fn instance_paths(&self, id: InstanceId, instance: &Instance) -> Vec<PathSnapshot> {
        let resolved = instance.paths.iter().map(|spec| self.path_snapshot(id, &spec.path));
        let mut paths: Vec<_> = resolved.collect();
        if matches!(instance.holding, Holding::Serving { .. }) {
            paths.extend(self.unresolved(instance.config.routes.iter().map(|entry| &entry.route)));
        }
        paths
    }

    /// Routes that would be in the kernel if their interfaces existed.
    pub(crate) fn unresolved<'a>(&self, routes: impl Iterator<Item = &'a Route>) -> Vec<PathSnapshot> {
        let unresolved = routes.filter(|route| self.route(route).is_none());
        let snapshot = |route: &Route| PathSnapshot {
            path: format!("route {route}"),
            desired: true,
            observed: false,
            errno: None,
            message: "an interface that it names does not exist".to_owned(),
        };
        unresolved.map(snapshot).collect()
    }
}
