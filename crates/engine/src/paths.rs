//! Routes and rules: when they are wanted, and how we learn that they are gone.
//!
//! They take the same way through [`Table`] as addresses do. What differs is how their loss is noticed. Linux drops
//! IPv4 routes without a word when their interface goes down or an address goes away, and its notifications say too
//! little to tell two similar routes apart. So a notification, or a reason for one, is only a doubt: the route is
//! added once more. EEXIST says that it is there, success says that it was missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use types::{IfIndex, Instant};

use crate::api::{BatchId, Leftover, Output, Path, PathFailure, PathNews, PathOp};
use crate::engine::Engine;
use crate::instance::{Holding, InstanceId};
use crate::observe::{EventKind, PathSnapshot};
use crate::path::resolve;
use crate::reconcile::{EEXIST, Object, Outcome, Table};
use crate::statics::STATIC;

const ENOENT: i32 = 2;
const ESRCH: i32 = 3;

/// How long after a change of interfaces or addresses the routes that depend on them are looked at: a change seldom
/// comes alone.
const SETTLE: Duration = Duration::from_millis(5);

/// A route or a rule, and whether it is put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathSpec {
    pub(crate) path: Arc<Path>,
    pub(crate) no_track: bool,
}

impl Object for PathSpec {
    type Key = Arc<Path>;
    type Op = PathOp;
    const OWN_REMOVALS_ARE_HEARD: bool = false;
    const ADDED_MEANS_MISSING: bool = true;

    fn key(&self) -> Arc<Path> {
        self.path.clone()
    }

    fn is_tracked(&self) -> bool {
        !self.no_track
    }

    fn addition(&self) -> PathOp {
        PathOp::Add(self.path.clone())
    }

    fn removal(key: &Arc<Path>) -> PathOp {
        PathOp::Remove(key.clone())
    }

    fn is_there(&self, errno: i32, observed: bool) -> bool {
        // A route that must be alone is refused because of any other to its destination.
        let alone = matches!(&*self.path, Path::Route(spec)
            if spec.route.placement == config::model::Placement::Alone);
        errno == EEXIST && (observed || !alone)
    }

    fn is_gone(errno: i32) -> bool {
        matches!(errno, ENOENT | ESRCH)
    }
}

/// All routes and rules, and what is known about their surroundings.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    pub(crate) table: Table<PathSpec>,
    /// Interfaces on which something has changed.
    changed: BTreeSet<IfIndex>,
    /// When to look at the routes that depend on them.
    look_at: Option<Instant>,
    /// What the kernel said about those that it refuses.
    messages: BTreeMap<Arc<Path>, String>,
    /// Neither there nor missing for sure: a list of what is there will tell.
    uncertain: Vec<(Arc<Path>, i32, String)>,
    /// Whether notifications of routes and rules are asked for.
    watching: bool,
    /// What an earlier process left was looked for.
    started: bool,
}

impl Paths {
    /// Something happened to an interface or to an address on it.
    pub(crate) fn suspect(&mut self, now: Instant, ifindex: IfIndex) {
        if !self.watching {
            return;
        }
        self.changed.insert(ifindex);
        self.look_at.get_or_insert(now + SETTLE);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        [self.look_at, self.table.retry_at()].into_iter().flatten().min()
    }
}

impl Engine {
    /// Asks for notifications exactly while there are routes or rules.
    pub(crate) fn watch_paths(&mut self) {
        let configs = self.instances.values().map(|i| &i.config);
        let watching = configs.into_iter().any(|c| !c.routes.is_empty() || !c.rules.is_empty())
            || !self.model.statics.routes.is_empty()
            || !self.model.statics.rules.is_empty();
        // Only a start has leftovers to look for; it has routes from the beginning.
        self.paths.started |= !watching;
        if watching != self.paths.watching {
            self.paths.watching = watching;
            self.output(Output::WatchPaths(watching));
        }
    }

    /// Resolves the names in an instance's routes; a Master gets what is new and gives up what is no more.
    pub(crate) fn bind_paths(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get(&id) else { return };
        let config = &instance.config;
        let routes = config
            .routes
            .iter()
            .filter_map(|entry| Some(PathSpec { path: self.route(&entry.route)?, no_track: entry.no_track }));
        let rules = config.rules.iter().map(|entry| PathSpec {
            path: Arc::new(Path::Rule(entry.rule.clone())),
            no_track: entry.no_track,
        });
        let specs: Vec<PathSpec> = routes.chain(rules).collect();
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let old = std::mem::replace(&mut instance.paths, specs);
        if instance.paths_wanted && old != instance.paths {
            let new = instance.paths.clone();
            self.replace_paths(id, &old, &new);
        }
    }

    /// The route with the numbers of its interfaces.
    pub(crate) fn route(&self, route: &config::model::Route) -> Option<Arc<Path>> {
        let ifindex = |name: &str| self.kernel.link_named(name).map(|link| link.ifindex);
        let vrf_table = |name: &str| self.kernel.link_named(name).and_then(|link| link.vrf_table);
        Some(Arc::new(Path::Route(resolve(route, ifindex, vrf_table)?)))
    }

    /// From one set of routes and rules to another; what is in both is not touched.
    pub(crate) fn replace_paths(&mut self, owner: InstanceId, old: &[PathSpec], new: &[PathSpec]) {
        let kept: BTreeSet<&Arc<Path>> = new.iter().map(|spec| &spec.path).collect();
        for spec in old.iter().rev().filter(|spec| !kept.contains(&spec.path)) {
            self.paths.table.unconfigure(&spec.path, owner);
        }
        for spec in new {
            let key = self.paths.table.configure(spec.clone(), owner, false);
            if !self.paths.table.is_wanted_by(&key, owner) {
                self.paths.table.want(&key, owner);
            }
        }
    }

    /// A Master whose addresses are in place gets its routes, then its rules.
    pub(crate) fn serve_paths(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        if instance.paths_wanted || !matches!(instance.holding, Holding::Serving { missing: 0, .. }) {
            return;
        }
        instance.paths_wanted = true;
        let new = instance.paths.clone();
        self.replace_paths(id, &[], &new);
    }

    /// Master again before the routes and rules were given up: while nobody looked after them, some may have gone.
    pub(crate) fn renew_paths(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get(&id).filter(|i| i.paths_wanted) else { return };
        for spec in &instance.paths {
            self.paths.table.renew(&spec.path);
        }
    }

    /// Gives up rules, then routes.
    pub(crate) fn release_paths(&mut self, id: InstanceId) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        if std::mem::take(&mut instance.paths_wanted) {
            let old = instance.paths.clone();
            self.replace_paths(id, &old, &[]);
        }
    }

    /// The kernel's answer to a batch.
    pub(crate) fn paths_done(&mut self, batch: BatchId, failed: &[PathFailure]) {
        let errors: Vec<(usize, i32)> = failed.iter().map(|f| (f.index, f.errno)).collect();
        let outcomes = self.paths.table.done(self.now, batch, &errors);
        let known = self.paths.uncertain.len();
        let message_of = |index| failed.iter().find(|f| f.index == index).map(|f| f.message.clone());
        for (index, outcome) in outcomes {
            match outcome {
                Outcome::Installed { key, owner, restored, .. } => self.path_installed(owner, &key, restored),
                // Nobody looks for duplicates of a route.
                Outcome::Usable { .. } => {}
                Outcome::Failed { key, owner, errno, news } => {
                    let message = message_of(index).unwrap_or_default();
                    self.path_failed(owner, key, errno, message, news);
                }
                Outcome::Uncertain { key, errno } => {
                    self.paths.uncertain.push((key, errno, message_of(index).unwrap_or_default()));
                }
            }
        }
        if self.paths.uncertain.len() > known {
            self.output(Output::ListPaths);
        }
        self.statics_progress();
    }

    fn path_installed(&mut self, owner: InstanceId, key: &Arc<Path>, restored: bool) {
        self.paths.messages.remove(key);
        if restored {
            let now = self.now;
            let (times, told) = match self.instances.get_mut(&owner) {
                Some(instance) => {
                    instance.counters.paths_restored += 1;
                    let times = instance.counters.paths_restored;
                    (times, instance.tells_restored(now, times))
                }
                None => {
                    self.statics.paths_restored += 1;
                    (self.statics.paths_restored, true)
                }
            };
            if told {
                self.event(Some(owner), EventKind::PathRestored { path: key.to_string(), times });
            }
        }
        if owner == STATIC {
            self.evaluate_trackers();
        }
    }

    fn path_failed(
        &mut self,
        owner: Option<InstanceId>,
        key: Arc<Path>,
        errno: i32,
        message: String,
        news: bool,
    ) {
        if let Some(instance) = owner.and_then(|id| self.instances.get_mut(&id)) {
            instance.counters.kernel_failures += 1;
        }
        let path = key.to_string();
        if owner.is_some() {
            self.paths.messages.insert(key, message.clone());
        }
        if news {
            self.event(owner, EventKind::PathFailed { path, errno, message });
        }
        if owner == Some(STATIC) {
            self.evaluate_trackers();
        }
    }

    /// Somebody removed or replaced a route or a rule.
    pub(crate) fn path_news(&mut self, news: &PathNews) {
        let wanted = self.paths.table.wanted();
        let meant: Vec<_> =
            wanted.filter(|(key, _)| key.is_meant_by(news)).map(|(k, o)| (k.clone(), o)).collect();
        for (key, owner) in meant {
            if self.holds_on(owner) {
                self.paths.table.doubt(self.now, &key);
            }
        }
    }

    /// Whether this owner still keeps its routes: one that hands over lets them go with its addresses.
    fn holds_on(&self, owner: InstanceId) -> bool {
        let serving = |i: &crate::instance::Instance| matches!(i.holding, Holding::Serving { .. });
        owner == STATIC || self.instances.get(&owner).is_some_and(serving)
    }

    /// Looks at the routes that may have gone without a word, and tries those again that the kernel refused before
    /// something changed.
    pub(crate) fn paths_timer(&mut self) {
        if self.paths.look_at.take_if(|at| *at <= self.now).is_none() {
            return;
        }
        let changed = std::mem::take(&mut self.paths.changed);
        let wanted = self.paths.table.wanted();
        let doubtful: Vec<_> =
            wanted.filter(|(key, _)| key.depends_on(&changed)).map(|(k, o)| (k.clone(), o)).collect();
        for (key, owner) in doubtful {
            if self.holds_on(owner) {
                self.paths.table.doubt(self.now, &key);
            }
        }
        self.paths.table.retry_now();
    }

    /// Notifications were lost: everything is in doubt.
    pub(crate) fn doubt_all_paths(&mut self) {
        let all: Vec<_> = self.paths.table.wanted().map(|(key, _)| key.clone()).collect();
        for key in all {
            self.paths.table.doubt(self.now, &key);
        }
    }

    /// Routes and rules with our mark, as the kernel lists them.
    pub(crate) fn paths_listed(&mut self, listed: Vec<Leftover>) {
        if !std::mem::replace(&mut self.paths.started, true) {
            return self.sweep_paths(listed);
        }
        for (key, errno, message) in std::mem::take(&mut self.paths.uncertain) {
            let present = listed.iter().any(|leftover| key.is(&leftover.seen));
            let owner = self.paths.table.settle(&key, present);
            if !present && owner.is_some() {
                self.path_failed(owner, key, errno, message, true);
            }
        }
    }

    /// At the start: what is wanted is adopted, and what an earlier process has left of
    /// what this configuration uses is removed. Others may belong to another daemon.
    fn sweep_paths(&mut self, found: Vec<Leftover>) {
        let configured: Vec<Arc<Path>> = self.configured_paths();
        let tables: BTreeSet<u32> = configured.iter().filter_map(|path| path.own_table()).collect();
        let mut interfaces: BTreeSet<IfIndex> = self.by_ifindex.keys().copied().collect();
        interfaces.extend(configured.iter().flat_map(|path| path.interfaces()));
        let (mut adopted, mut removed) = (0, 0);
        for leftover in found {
            let seen = &leftover.seen;
            if self.paths.table.wanted().any(|(key, _)| key.is(seen)) {
                adopted += 1;
                continue;
            }
            let ours = configured.iter().any(|path| path.takes_the_place_of(seen))
                || seen.table().is_some_and(|table| tables.contains(&table))
                || seen.interfaces().any(|interface| interfaces.contains(&interface));
            if ours {
                removed += 1;
                let path = Arc::new(Path::Leftover(leftover));
                self.paths.table.sweep(PathSpec { path, no_track: true });
            }
        }
        if adopted + removed > 0 {
            self.event(None, EventKind::PathLeftovers { adopted, removed });
        }
    }

    fn configured_paths(&self) -> Vec<Arc<Path>> {
        let of_instances = self.instances.values().flat_map(|i| &i.paths);
        of_instances.map(|spec| spec.path.clone()).chain(self.statics.paths()).collect()
    }

    pub(crate) fn path_snapshot(&self, owner: InstanceId, path: &Arc<Path>) -> PathSnapshot {
        PathSnapshot {
            path: path.to_string(),
            desired: self.paths.table.is_wanted_by(path, owner),
            observed: self.paths.table.is_observed(path),
            errno: self.paths.table.errno(path),
            message: self.paths.messages.get(path).cloned().unwrap_or_default(),
        }
    }
}
