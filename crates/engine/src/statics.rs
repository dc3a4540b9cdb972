//! What is there in every state: static addresses, routes and rules, and the addresses of our own interfaces. They belong to
//! nobody's election; the engine owns them from the first look at the kernel until it has left.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use config::model::{Static, Vipd};
use types::Instant;

use crate::api::{AddressSpec, Observed, Path};
use crate::engine::{Engine, Phase};
use crate::instance::{InstanceId, address_spec};
use crate::observe::{AddressSnapshot, EventKind, FaultCause, StaticSnapshot};
use crate::paths::PathSpec;
use crate::reconcile::Key;

/// The owner of what is static; no instance ever has this number.
pub(crate) const STATIC: InstanceId = InstanceId(u32::MAX);

/// How long instances wait at the start for static things to be in place: they may need them to send at all.
const PATIENCE: Duration = Duration::from_millis(500);

/// The static things that can be in the kernel as its interfaces are now.
#[derive(Debug, Default)]
pub(crate) struct Statics {
    addresses: Vec<Key>,
    paths: Vec<PathSpec>,
    /// False once everything is given up.
    held: bool,
    /// The routes and rules are not yet what the configuration says.
    paths_due: bool,
    /// Instances begin at this time, once everything is in place.
    begin_at: Option<Instant>,
    /// By instance: what is missing of what its track groups name.
    missing: BTreeMap<String, Vec<FaultCause>>,
    pub(crate) addresses_restored: u64,
    pub(crate) paths_restored: u64,
}

impl Statics {
    pub(crate) fn paths(&self) -> impl Iterator<Item = Arc<Path>> {
        self.paths.iter().map(|spec| spec.path.clone())
    }

    /// Why this instance cannot serve, as far as static things are the reason.
    pub(crate) fn faults_of(&self, instance: &str) -> &[FaultCause] {
        self.missing.get(instance).map_or(&[], Vec::as_slice)
    }
}

impl Engine {
    /// The first look at the kernel is over: static things come first, then the instances.
    pub(crate) fn begin_with_statics(&mut self, instances_at: Instant) {
        self.statics.held = true;
        self.bind_statics();
        if self.statics_are_in_place() {
            self.startup_finished(instances_at);
            return;
        }
        self.statics.begin_at = Some(instances_at);
        self.phase = Phase::Waiting { until: instances_at.max(self.now + PATIENCE) };
    }

    /// Resolves the names of interfaces, and holds what can be held.
    pub(crate) fn bind_statics(&mut self) {
        if !self.statics.held {
            return;
        }
        let statics = &self.model.statics;
        let mut specs: Vec<AddressSpec> = statics
            .addresses
            .iter()
            .filter_map(|entry| {
                let interface = self.kernel.link_named(entry.item.interface.as_deref()?)?;
                Some(address_spec(&entry.item, interface.ifindex, &Vipd::default()))
            })
            .collect();
        specs.extend(self.own_addresses());
        self.hold_addresses(specs);
        self.statics.paths_due = true;
        self.hold_static_paths();
        self.find_missing_statics();
    }

    /// Routes and rules, once the addresses that they may need are there.
    fn hold_static_paths(&mut self) {
        if !self.statics.paths_due || !self.static_addresses_are_in_place() {
            return;
        }
        self.statics.paths_due = false;
        let statics = &self.model.statics;
        let routes = statics
            .routes
            .iter()
            .filter_map(|entry| Some(PathSpec { path: self.route(&entry.item)?, no_track: entry.no_track }));
        let rules = statics.rules.iter().map(|entry| PathSpec {
            path: Arc::new(Path::Rule(entry.item.clone())),
            no_track: entry.no_track,
        });
        let new: Vec<PathSpec> = routes.chain(rules).collect();
        let old = std::mem::replace(&mut self.statics.paths, new.clone());
        self.replace_paths(STATIC, &old, &new);
    }

    fn hold_addresses(&mut self, specs: Vec<AddressSpec>) {
        let old = std::mem::take(&mut self.statics.addresses);
        for spec in specs {
            let observed = self.kernel.is_on(spec.ifindex, spec.cidr);
            let key = self.table.configure(spec, STATIC, observed);
            if !self.table.is_wanted_by(&key, STATIC) {
                self.table.want(&key, STATIC);
            }
            self.statics.addresses.push(key);
        }
        for key in old.iter().filter(|key| !self.statics.addresses.contains(key)) {
            self.kernel.remove_foreign(key.ifindex, key.cidr);
            self.table.unconfigure(key, STATIC);
        }
    }

    /// Gives everything up, once there is no instance that needs it.
    pub(crate) fn release_statics(&mut self) {
        if !std::mem::take(&mut self.statics.held) {
            return;
        }
        self.statics.paths_due = false;
        let old = std::mem::take(&mut self.statics.paths);
        self.replace_paths(STATIC, &old, &[]);
        for key in std::mem::take(&mut self.statics.addresses) {
            self.table.unconfigure(&key, STATIC);
        }
    }

    /// An operation was answered: the instances may have waited for it.
    pub(crate) fn statics_progress(&mut self) {
        self.hold_static_paths();
        if let Some(at) = self.statics.begin_at
            && self.statics_are_in_place()
        {
            self.statics.begin_at = None;
            self.startup_finished(at);
        }
    }

    /// In place, or refused.
    fn statics_are_in_place(&self) -> bool {
        !self.statics.paths_due
            && self.static_addresses_are_in_place()
            && self.statics.paths.iter().all(|PathSpec { path, .. }| {
                self.paths.table.is_observed(path) || self.paths.table.errno(path).is_some()
            })
    }

    fn static_addresses_are_in_place(&self) -> bool {
        let answered = |key: &Key| self.table.is_observed(key) || self.table.errno(key).is_some();
        self.statics.addresses.iter().all(answered)
    }

    /// A static address is there: advertisements may be sent from it.
    pub(crate) fn static_installed(&mut self, key: Key, restored: bool) {
        let spec = self.model.statics.addresses.iter().find(|entry| entry.item.cidr == key.cidr);
        let scope = spec.map_or(config::model::Scope::GLOBAL, |entry| entry.item.scope);
        self.kernel.add_foreign(Observed {
            ifindex: key.ifindex,
            cidr: key.cidr,
            ours: true,
            secondary: self.kernel.would_be_secondary(key.ifindex, key.cidr),
            tentative: false,
            dad_failed: false,
            scope,
        });
        if restored {
            self.statics.addresses_restored += 1;
            let times = self.statics.addresses_restored;
            self.event(None, EventKind::AddressRestored { cidr: key.cidr, times });
        }
        self.evaluate_users(key.ifindex);
        self.evaluate_trackers();
        self.start_those_waiting();
    }

    /// A static address cannot be put where it belongs.
    pub(crate) fn static_failed(&mut self, key: Key) {
        self.kernel.remove_foreign(key.ifindex, key.cidr);
        self.evaluate_users(key.ifindex);
        self.evaluate_trackers();
        self.start_those_waiting();
    }

    /// Instances whose track group names something static that is missing are in Fault.
    pub(crate) fn evaluate_trackers(&mut self) {
        let before = self.statics.missing.clone();
        self.find_missing_statics();
        if before == self.statics.missing {
            return;
        }
        let concerned: Vec<InstanceId> = self
            .instances
            .iter()
            .filter(|(_, i)| before.get(&i.config.name) != self.statics.missing.get(&i.config.name))
            .map(|(id, _)| *id)
            .collect();
        for id in concerned {
            self.evaluate(id);
        }
    }

    fn find_missing_statics(&mut self) {
        let mut missing: BTreeMap<String, Vec<FaultCause>> = BTreeMap::new();
        let statics = &self.model.statics;
        let mut note = |tracked_by: &[String], what: String| {
            for name in tracked_by {
                missing.entry(name.clone()).or_default().push(FaultCause::StaticMissing(what.clone()));
            }
        };
        for Static { item, tracked_by, .. } in &statics.addresses {
            let link = item.interface.as_deref().and_then(|name| self.kernel.link_named(name));
            let failed = link.is_none_or(|link| {
                let key = Key { ifindex: link.ifindex, cidr: item.cidr };
                !self.table.is_usable(&key) && self.table.errno(&key).is_some()
            });
            if failed {
                note(tracked_by, format!("address {}", item.cidr));
            }
        }
        let is_lost =
            |path: &Arc<Path>| !self.paths.table.is_observed(path) && self.paths.table.errno(path).is_some();
        for Static { item, tracked_by, .. } in
            statics.routes.iter().filter(|entry| !entry.tracked_by.is_empty())
        {
            if self.route(item).is_none_or(|path| is_lost(&path)) {
                note(tracked_by, format!("route {item}"));
            }
        }
        for Static { item, tracked_by, .. } in
            statics.rules.iter().filter(|entry| !entry.tracked_by.is_empty())
        {
            if is_lost(&Arc::new(Path::Rule(item.clone()))) {
                note(tracked_by, format!("rule {item}"));
            }
        }
        self.statics.missing = missing;
    }

    pub(crate) fn statics_snapshot(&self) -> StaticSnapshot {
        let address = |key: &Key| AddressSnapshot {
            interface_missing: false,
            cidr: key.cidr,
            interface: self.kernel.name(key.ifindex),
            desired: self.table.is_wanted_by(key, STATIC),
            observed: self.table.is_usable(key) || self.table.is_detecting(key),
            detecting: self.table.is_detecting(key),
            errno: self.table.errno(key),
        };
        let mut paths: Vec<_> =
            self.statics.paths.iter().map(|spec| self.path_snapshot(STATIC, &spec.path)).collect();
        paths.extend(self.unresolved(self.model.statics.routes.iter().map(|entry| &entry.item)));
        StaticSnapshot {
            addresses: self.statics.addresses.iter().map(address).collect(),
            paths,
            addresses_restored: self.statics.addresses_restored,
            paths_restored: self.statics.paths_restored,
        }
    }
}
