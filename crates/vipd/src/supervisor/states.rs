use std::collections::{BTreeMap, BTreeSet};

use engine::observe::{Event, EventKind};
use serde::{Deserialize, Serialize};
use vrrp::State;

/// What each instance and each sync group is, as far as the router has told: what its successor has to go on with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct States {
    instances: BTreeMap<String, State>,
    groups: BTreeMap<String, State>,
    /// Of whom the router that was put in the place of another one has told nothing yet.
    #[serde(skip)]
    untold: BTreeSet<(Kind, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Instance,
    Group,
}

impl States {
    /// Follows a transition. `false`: it tells nothing new, because a router that was put in the place of another one begins
    /// with what that one has told.
    pub(super) fn hear(&mut self, event: &Event) -> bool {
        let (kind, name, from, to) = match (&event.instance, &event.kind) {
            (Some(name), EventKind::Transition { transition, .. }) => {
                (Kind::Instance, name, transition.from, transition.to)
            }
            (_, EventKind::Group { name, from, to }) => (Kind::Group, name, *from, *to),
            (Some(_) | None, _) => return true,
        };
        let states = match kind {
            Kind::Instance => &mut self.instances,
            Kind::Group => &mut self.groups,
        };
        let known =
            if to == State::Initialize { states.remove(name) } else { states.insert(name.clone(), to) };
        let untold = self.untold.remove(&(kind, name.clone()));
        !(untold && from == State::Initialize && known == Some(to))
    }

    /// From now on another router tells, which was put in the place of the last one.
    pub(super) fn replaced(&mut self) {
        let instances = self.instances.keys().map(|name| (Kind::Instance, name.clone()));
        self.untold = instances.chain(self.groups.keys().map(|name| (Kind::Group, name.clone()))).collect();
    }

    /// The names of the instances that are Master.
    pub(super) fn masters(&self) -> Vec<String> {
        let masters = self.instances.iter().filter(|(_, state)| **state == State::Active);
        masters.map(|(name, _)| name.clone()).collect()
    }

    /// Whether no router has told anything.
    pub(super) fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::transition;

    fn named(name: &str, from: State, to: State) -> Event {
        Event { instance: Some(name.into()), ..transition(from, to) }
    }

    #[test]
    fn the_last_state_counts() {
        let mut states = States::default();
        assert!(states.is_empty());
        for (name, to) in [
            ("VI_1", State::Active),
            ("VI_2", State::Active),
            ("VI_3", State::Backup),
            ("VI_2", State::Fault),
        ] {
            assert!(states.hear(&named(name, State::Initialize, to)));
        }
        assert_eq!(states.masters(), ["VI_1"]);
    }

    #[test]
    fn what_another_router_begins_with_is_no_news() {
        let mut states = States::default();
        let (fresh, backup, master) = (State::Initialize, State::Backup, State::Active);
        let group = |to| Event {
            instance: None,
            kind: EventKind::Group { name: "G".into(), from: State::Initialize, to },
            ..transition(fresh, to)
        };
        states.hear(&named("VI_1", fresh, backup));
        states.hear(&named("VI_2", fresh, backup));
        assert!(states.hear(&group(backup)));
        let mut states: States = serde_json::from_str(&serde_json::to_string(&states).unwrap()).unwrap();
        states.replaced();
        assert!(!states.hear(&named("VI_1", fresh, backup)) && !states.hear(&group(backup)));
        assert!(states.hear(&named("VI_1", fresh, backup)), "once");
        assert!(states.hear(&named("VI_2", fresh, master)), "it is something else");
        assert!(states.hear(&named("VI_3", fresh, backup)), "nobody knew it");
        assert_eq!(states.masters(), ["VI_2"]);
    }
}
