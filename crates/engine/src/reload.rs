//! A reload is the difference of two valid models. Virtual routers are matched by what they are on the wire (VRID,
//! family, interface), not by name; an unchanged one is not touched at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use config::model::{Instance as Config, Model};
use vrrp::State;

use crate::address_list::AddressList;
use crate::engine::{Engine, Phase};
use crate::instance::{Holding, Instance, InstanceId, params};
use crate::observe::EventKind;

impl Engine {
    pub(crate) fn reload(&mut self, model: Model) {
        if matches!(self.phase, Phase::Leaving { .. } | Phase::Left) {
            return;
        }
        // What it adds was in no earlier process.
        self.boot.replaces = false;
        let new_settings = self.model.vipd != model.vipd;
        let configs = model.instances.clone();
        self.model = model;
        let clashes = self.clashes.clone();
        let old: BTreeSet<InstanceId> = self.order.iter().copied().collect();
        let mut kept = BTreeSet::new();
        let mut order = Vec::with_capacity(configs.len());
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        let same = self.find_same(&configs);
        for (config, same) in configs.into_iter().zip(same) {
            match same {
                Some(id) => {
                    kept.insert(id);
                    order.push(id);
                    if self.apply_config(id, config) {
                        changed.push(id);
                    }
                }
                None => {
                    self.drop_retiring(&config);
                    let id = self.add_instance(config);
                    added.push(id);
                    order.push(id);
                }
            }
        }
        self.order = order;
        let regrouped = self.rebuild_groups();
        self.spread_advertisements();
        self.configure_bfd();
        let removed: Vec<InstanceId> = old.difference(&kept).copied().collect();
        for id in &removed {
            self.retire(*id);
        }
        let again: Vec<InstanceId> =
            if new_settings { kept.iter().copied().collect() } else { changed.clone() };
        self.want_vmacs();
        for id in added.iter().chain(&again) {
            self.bind(*id);
        }
        self.index_instances();
        self.bind_statics();
        self.watch_paths();
        self.subscribe();
        for id in &again {
            self.schedule_again(*id);
            self.evaluate(*id);
        }
        for id in self.order.clone() {
            if clashes.get(&id) != self.clashes.get(&id) {
                self.evaluate(id);
            }
        }
        // Those that were added, and those that waited for what is tracked no more.
        for id in self.order.clone() {
            self.begin(id);
        }
        self.align_groups(&regrouped);
        self.forget_verdicts();
        self.tell_strangers();
        self.event(
            None,
            EventKind::Reloaded {
                added: added.len(),
                removed: removed.len(),
                changed: changed.len(),
                unchanged: kept.len() - changed.len(),
            },
        );
    }

    /// Which running instance each of these is. Of several with one identity it is the one with a peer in common; of those
    /// that are left the one of the same name, and after that the first one, as with keepalived, to which peers mean nothing.
    fn find_same(&self, configs: &[Config]) -> Vec<Option<InstanceId>> {
        let mut running = BTreeMap::<_, Vec<(InstanceId, &Config)>>::new();
        for id in &self.order {
            if let Some(Instance { config, .. }) = self.instances.get(id) {
                running.entry((Instance::identity(config), config.version)).or_default().push((*id, config));
            }
        }
        let passes: [fn(&Config, &Config) -> bool; 3] =
            [Instance::shares_peer, |one, other| one.name == other.name, |_, _| true];
        let mut same = vec![None; configs.len()];
        for fits in passes {
            for (config, same) in configs.iter().zip(&mut same).filter(|(_, same)| same.is_none()) {
                let candidates = running.get_mut(&(Instance::identity(config), config.version));
                *same = candidates.and_then(|candidates| {
                    let at = candidates.iter().position(|(_, candidate)| fits(candidate, config))?;
                    Some(candidates.remove(at).0)
                });
            }
        }
        same
    }

    /// Takes a changed configuration over; returns whether anything is different.
    fn apply_config(&mut self, id: InstanceId, config: Config) -> bool {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return false };
        if instance.config == config {
            return false;
        }
        let new_params = params(&config);
        let says_the_same = instance.config.addresses == config.addresses
            && instance.config.destinations().eq(config.destinations());
        instance.address_list = AddressList::new(&config.addresses);
        instance.config = config;
        instance.forget_payload();
        if *instance.router.params() != new_params {
            instance.router.reconfigure(now, new_params);
        } else if !says_the_same {
            instance.router.advertise(now);
        }
        true
    }

    /// A lease or a period of announcements that was switched on or off, or changed, holds from now on.
    fn schedule_again(&mut self, id: InstanceId) {
        let now = self.now;
        let lease = self.model.vipd.vip_lease.map(|lease| now + lease / 3);
        if let Some(Instance { holding: Holding::Serving { .. }, schedule, config, .. }) =
            self.instances.get_mut(&id)
        {
            let every = |period: Duration| (!period.is_zero()).then(|| now + period);
            schedule.lease = lease;
            schedule.refresh = every(config.garp.refresh);
            schedule.elsewhere = every(config.garp.extra_every);
        }
        self.rearm(id);
    }

    /// An instance that is still handing over comes back under the same identity: the new one starts clean.
    fn drop_retiring(&mut self, config: &Config) {
        let same = |i: &Instance| i.retiring && Instance::is_same(&i.config, config);
        let Some(id) = self.instances.iter().find(|(_, i)| same(i)).map(|(id, _)| *id) else { return };
        self.finish_yield(id);
    }

    /// No longer configured: leaves like a router that stops, and goes when its addresses are handed over.
    fn retire(&mut self, id: InstanceId) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        instance.retiring = true;
        instance.router.retire(now);
        self.drain_actions(id);
        let replaced = self.instances.get(&id).is_some_and(|i| {
            self.order
                .iter()
                .filter_map(|o| self.instances.get(o))
                .any(|n| Instance::is_same(&n.config, &i.config))
        });
        if replaced {
            self.finish_yield(id);
        }
        if self.instances.get(&id).is_some_and(|i| i.holding == Holding::Nothing) {
            self.remove_instance(id);
        }
    }

    /// An instance that has not started yet: starts like at a cold start.
    fn begin(&mut self, id: InstanceId) {
        if self.phase == Phase::Running
            && self.instances.get(&id).is_some_and(|i| i.router.state() == State::Initialize)
        {
            self.start_instance(id, false);
        }
    }
}
