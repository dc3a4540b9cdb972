//! What programs and pipes are told, in keepalived's words.

use engine::observe::EventKind;
use serde::{Deserialize, Serialize};
use types::Priority;
use vrrp::State;

/// Something that an instance or a group has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) subject: Subject,
    pub(super) word: Word,
    /// The effective priority; 0 for a group.
    pub(super) priority: u8,
}

/// Who tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Subject {
    Instance(String),
    Group(String),
}

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Word {
    Master,
    Backup,
    Fault,
    Stop,
    Deleted,
    LowerPriority,
    MasterPriority,
    BackupPriority,
}

impl Word {
    /// `stopping`: the daemon ends, so that what ends is stopped and not deleted.
    pub(super) const fn of(state: State, stopping: bool) -> Self {
        match state {
            State::Active => Self::Master,
            State::Backup => Self::Backup,
            State::Fault => Self::Fault,
            State::Initialize if stopping => Self::Stop,
            State::Initialize => Self::Deleted,
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Master => "MASTER",
            Self::Backup => "BACKUP",
            Self::Fault => "FAULT",
            Self::Stop => "STOP",
            Self::Deleted => "DELETED",
            Self::LowerPriority => "MASTER_RX_LOWER_PRI",
            Self::MasterPriority => "MASTER_PRIORITY",
            Self::BackupPriority => "BACKUP_PRIORITY",
        }
    }

    /// Whether it is a state; what is no state is not repeated.
    pub(super) const fn is_state(self) -> bool {
        match self {
            Self::Master | Self::Backup | Self::Fault | Self::Stop | Self::Deleted => true,
            Self::LowerPriority | Self::MasterPriority | Self::BackupPriority => false,
        }
    }
}

impl Told {
    /// What an event tells, if anything. `state`: the last word about an instance.
    pub(super) fn of(
        instance: Option<&str>,
        kind: &EventKind,
        stopping: bool,
        state: impl Fn(&str) -> Option<Word>,
    ) -> Option<Self> {
        let of = |name: &str, word, priority: Priority| {
            Some(Self { subject: Subject::Instance(name.to_owned()), word, priority: priority.0 })
        };
        match (instance, kind) {
            (Some(name), EventKind::Transition { transition, priority, .. }) => {
                of(name, Word::of(transition.to, stopping), *priority)
            }
            (Some(name), EventKind::LowerPriority { own, .. }) => of(name, Word::LowerPriority, *own),
            (Some(name), EventKind::Priority { to, .. }) => {
                let master = state(name) == Some(Word::Master);
                of(name, if master { Word::MasterPriority } else { Word::BackupPriority }, *to)
            }
            (None, EventKind::Group { name, to, .. }) => {
                let word = Word::of(*to, true);
                Some(Self { subject: Subject::Group(name.clone()), word, priority: 0 })
            }
            (Some(_) | None, _) => None,
        }
    }

    /// The four arguments of `notify`.
    pub(super) fn arguments(&self) -> [String; 4] {
        let (kind, name) = self.subject.words();
        [kind.to_owned(), name.to_owned(), self.word.text().to_owned(), self.priority.to_string()]
    }

    /// The line for a pipe.
    pub(super) fn line(&self) -> String {
        let (kind, name) = self.subject.words();
        format!("{kind} \"{name}\" {} {}\n", self.word.text(), self.priority)
    }
}

impl Subject {
    pub(super) fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Instance(name) => ("INSTANCE", name),
            Self::Group(name) => ("GROUP", name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a running keepalived 2.2.7.
    #[test]
    fn lines_as_keepalived_writes_them() {
        let instance =
            |word, priority| Told { subject: Subject::Instance("VI_1".into()), word, priority }.line();
        assert_eq!(instance(Word::Backup, 100), "INSTANCE \"VI_1\" BACKUP 100\n");
        assert_eq!(instance(Word::MasterPriority, 110), "INSTANCE \"VI_1\" MASTER_PRIORITY 110\n");
        let group = Told { subject: Subject::Group("G1".into()), word: Word::Master, priority: 0 };
        assert_eq!(group.line(), "GROUP \"G1\" MASTER 0\n");
        assert_eq!(group.arguments().join(" | "), "GROUP | G1 | MASTER | 0");
    }

    #[test]
    fn a_change_of_the_priority_is_told_with_the_state() {
        let kind = EventKind::Priority {
            from: Priority(100),
            to: Priority(110),
            base: Priority(100),
            moved_by: vec![("script web".into(), 10)],
        };
        let told = |state| Told::of(Some("VI_1"), &kind, false, |_| state).unwrap().word;
        assert_eq!(told(Some(Word::Master)), Word::MasterPriority);
        assert_eq!(told(Some(Word::Fault)), Word::BackupPriority);
        assert_eq!(told(None), Word::BackupPriority);
    }
}
