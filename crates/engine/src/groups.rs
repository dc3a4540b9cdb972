//! Sync groups: their members are in FAULT together, become Master together and become Backup together
//! (keepalived.conf(5), vrrp_sync_group).
//!
//! A member whose master-down timer expires is *ready*; when the last one is, all are promoted. A group whose members all
//! own their addresses needs no such agreement.

use std::collections::BTreeMap;
use std::time::Duration;

use config::model::SyncGroup;
use vrrp::{State, VirtualRouter};

use crate::engine::{Engine, Phase};
use crate::instance::{Instance, InstanceId};
use crate::observe::{EventKind, FaultCause};

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) config: SyncGroup,
    /// In the order of the configuration.
    pub(crate) members: Vec<InstanceId>,
    /// The state that all members were in last.
    pub(crate) state: State,
    /// Its members are being changed right now: what each one does is not looked at before all have done it.
    busy: bool,
}

/// The members of each instance's group.
fn companions(groups: &[Group]) -> BTreeMap<InstanceId, &[InstanceId]> {
    groups.iter().flat_map(|group| group.members.iter().map(|id| (*id, group.members.as_slice()))).collect()
}

impl Engine {
    /// Brings the groups in step with the configuration; those that stay keep their state. Returns the instances that have
    /// other companions than before.
    pub(crate) fn rebuild_groups(&mut self) -> Vec<InstanceId> {
        let old = std::mem::take(&mut self.groups);
        let groups = self.model.sync_groups.iter().map(|config| {
            let named = |name: &String| {
                self.order
                    .iter()
                    .copied()
                    .find(|id| self.instances.get(id).is_some_and(|i| i.config.name == *name))
            };
            let state = old.iter().find(|group| group.config.name == config.name).map(|group| group.state);
            Group {
                members: config.members.iter().filter_map(named).collect(),
                config: config.clone(),
                state: state.unwrap_or(State::Initialize),
                busy: false,
            }
        });
        self.groups = groups.collect();
        let waits: Vec<bool> = self.groups.iter().map(|group| !self.are_owners(&group.members)).collect();
        self.instances.values_mut().for_each(|instance| instance.group = None);
        for (at, (group, waits)) in self.groups.iter().zip(waits).enumerate() {
            for id in &group.members {
                if let Some(instance) = self.instances.get_mut(id) {
                    instance.group = Some(at);
                    instance.router.set_grouped(waits);
                }
            }
        }
        for instance in self.instances.values_mut().filter(|instance| instance.group.is_none()) {
            instance.router.set_grouped(false);
        }
        let (before, after) = (companions(&old), companions(&self.groups));
        self.order.iter().copied().filter(|id| before.get(id) != after.get(id)).collect()
    }

    /// What other companions mean for instances that a reload has not touched otherwise: a fault that is not theirs any
    /// more, or has become theirs; a state to share.
    pub(crate) fn align_groups(&mut self, regrouped: &[InstanceId]) {
        for id in regrouped {
            let source = self.instances.get(id).and_then(|instance| instance.source);
            self.act_on_faults(*id, source);
            self.settle_group(*id);
        }
    }

    fn group_of(&self, id: InstanceId) -> Option<usize> {
        self.instances.get(&id).and_then(|instance| instance.group)
    }

    /// All members of the instance's group but itself.
    pub(crate) fn other_members(&self, id: InstanceId) -> Vec<InstanceId> {
        let group = self.group_of(id).and_then(|at| self.groups.get(at));
        group.into_iter().flat_map(|group| &group.members).copied().filter(|member| *member != id).collect()
    }

    /// Why the instance is in FAULT although nothing is wrong with itself.
    pub(crate) fn fault_of_group(&self, id: InstanceId) -> Option<FaultCause> {
        let group = self.groups.get(self.group_of(id)?)?;
        let faulty = group.members.iter().filter(|member| **member != id).find_map(|member| {
            let instance = self.instances.get(member)?;
            (!instance.own_faults.is_empty()).then(|| instance.config.name.clone())
        })?;
        Some(FaultCause::SyncGroup { group: group.config.name.clone(), member: faulty })
    }

    /// Whether every other member is Master: then a new member is, too.
    pub(crate) fn joins_masters(&self, id: InstanceId) -> bool {
        let others = self.other_members(id);
        let active = |other: &InstanceId| self.state_of(*other) == State::Active;
        !others.is_empty() && others.iter().all(active)
    }

    /// How long a successor may take: a group waits for the slowest of its members.
    pub(crate) fn patience_of(&self, id: InstanceId) -> Duration {
        let members = self.other_members(id).into_iter().chain([id]);
        let routers = members.filter_map(|member| self.instances.get(&member)).map(|i| &i.router);
        routers.map(VirtualRouter::master_down_interval).max().unwrap_or_default()
    }

    /// A lower-priority advertisement was heard for one member. Its sender was Master of the whole group, and yields the
    /// others without a word.
    pub(crate) fn reannounce_group(&mut self, id: InstanceId) {
        self.reannounce(id);
        for other in self.other_members(id) {
            if self.state_of(other) == State::Active {
                self.reannounce(other);
            }
        }
    }

    fn are_owners(&self, members: &[InstanceId]) -> bool {
        members.iter().all(|id| self.instances.get(id).is_some_and(|i| i.config.priority.is_owner()))
    }

    fn state_of(&self, id: InstanceId) -> State {
        self.instances.get(&id).map_or(State::Initialize, |instance| instance.router.state())
    }

    /// A group tells its state before its first member starts; later, after its last member has changed.
    pub(crate) fn group_starts(&mut self, id: InstanceId) {
        let Some(at) = self.group_of(id) else { return };
        let faulty = self.groups.get(at).is_some_and(|group| {
            group.members.iter().any(|m| self.instances.get(m).is_some_and(|i| !i.own_faults.is_empty()))
        });
        if !faulty && self.groups.get(at).is_some_and(|group| group.state == State::Initialize) {
            self.group_is(at, State::Backup);
        }
    }

    /// The member would be Master now. If all are, they become so.
    pub(crate) fn member_ready(&mut self, id: InstanceId) {
        let Some(at) = self.group_of(id) else { return };
        let members = self.groups.get(at).map(|group| group.members.clone()).unwrap_or_default();
        if !members.iter().all(|m| self.instances.get(m).is_some_and(|i| i.router.is_ready())) {
            return;
        }
        let now = self.now;
        self.together(at, &members, |instance| instance.router.promote(now));
    }

    /// After a member has done something: what it means for the others.
    pub(crate) fn settle_group(&mut self, id: InstanceId) {
        let Some(at) = self.group_of(id) else { return };
        if self.groups.get(at).is_none_or(|group| group.busy) {
            return;
        }
        let members = self.groups.get(at).map(|group| group.members.clone()).unwrap_or_default();
        let any = |engine: &Self, state| members.iter().any(|member| engine.state_of(*member) == state);
        if any(self, State::Backup) && any(self, State::Active) {
            // Owners do not wait for each other: the others will follow on their own, and would be held up for ever if
            // each that becomes Master were taken back.
            if self.are_owners(&members) {
                return;
            }
            let now = self.now;
            self.together(at, &members, |instance| instance.router.demote(now));
            return;
        }
        let all = |state| members.iter().all(|member| self.state_of(*member) == state);
        let states = [State::Active, State::Backup, State::Fault, State::Initialize];
        let Some(state) = states.into_iter().find(|state| all(*state)) else { return };
        self.group_is(at, state);
    }

    /// Does the same to all members before anybody looks at them.
    fn together(&mut self, at: usize, members: &[InstanceId], change: impl Fn(&mut Instance)) {
        if let Some(group) = self.groups.get_mut(at) {
            group.busy = true;
        }
        for member in members {
            if let Some(instance) = self.instances.get_mut(member) {
                change(instance);
            }
            self.drain_actions(*member);
        }
        if let Some(group) = self.groups.get_mut(at) {
            group.busy = false;
        }
        if let Some(first) = members.first() {
            self.settle_group(*first);
        }
    }

    fn group_is(&mut self, at: usize, state: State) {
        let Some(group) = self.groups.get_mut(at) else { return };
        if group.state != state {
            let from = std::mem::replace(&mut group.state, state);
            let name = group.config.name.clone();
            self.event(None, EventKind::Group { name, from, to: state });
        }
    }

    /// Members that could not start because another one waited for its trackers.
    pub(crate) fn start_waiting(&mut self, id: InstanceId) {
        if self.phase != Phase::Running {
            return;
        }
        let group = self.group_of(id).and_then(|at| self.groups.get(at));
        let members = group.map_or_else(|| vec![id], |group| group.members.clone());
        for member in members {
            let new = self
                .instances
                .get(&member)
                .is_some_and(|i| !i.retiring && i.router.state() == State::Initialize);
            if new {
                self.start_instance(member, false);
            }
        }
    }
}
