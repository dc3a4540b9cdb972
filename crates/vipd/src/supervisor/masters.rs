use std::collections::BTreeSet;

use engine::observe::{Event, EventKind};
use vrrp::State;

/// Which instances are Master, as far as the router has told: what its successor has to go on with.
#[derive(Debug, Default)]
pub(super) struct Masters(BTreeSet<String>);

impl Masters {
    /// Follows a transition.
    pub(super) fn hear(&mut self, event: &Event) {
        let (Some(name), EventKind::Transition { transition, .. }) = (&event.instance, &event.kind) else {
            return;
        };
        match transition.to {
            State::Active => {
                self.0.insert(name.clone());
            }
            State::Initialize | State::Backup | State::Fault => {
                self.0.remove(name);
            }
        }
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use types::{Instant, Priority};
    use vrrp::{Cause, Transition};

    #[test]
    fn the_last_state_counts() {
        let mut masters = Masters::default();
        for (name, to) in [
            ("VI_1", State::Active),
            ("VI_2", State::Active),
            ("VI_3", State::Backup),
            ("VI_2", State::Fault),
        ] {
            let transition = Transition { from: State::Initialize, to, cause: Cause::Startup };
            let kind = EventKind::Transition {
                transition,
                priority: Priority(100),
                faults: Vec::new(),
                late_by: Duration::ZERO,
            };
            masters.hear(&Event { at: Instant::ZERO, seq: 0, instance: Some(name.into()), kind });
        }
        assert_eq!(masters.names(), ["VI_1"]);
    }
}
