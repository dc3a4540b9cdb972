//! What instances depend on beside their own interface: sync groups and trackers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Notify;

/// One `vrrp_sync_group`: its members change their state together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncGroup {
    /// The name after `vrrp_sync_group`.
    pub name: String,
    /// Names of instances, each of which exists and is in no other group; at least one.
    pub members: Vec<String>,
    /// `smtp_alert`, global default applied.
    pub smtp_alert: bool,
    /// The programs that are told of its state.
    pub notify: Notify,
}

/// An entry of `interface_up_down_delays`: how long an interface must be down (or up) to count as that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InterfaceDelays {
    /// Interface name.
    pub interface: String,
    /// How long it must be down, 0 to 255 s.
    pub down: Duration,
    /// How long it must be up, 0 to 255 s.
    pub up: Duration,
}

/// What kind of thing is tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TrackerKind {
    /// `vrrp_script`.
    Script,
    /// `track_file`.
    File,
    /// `vrrp_track_process`.
    Process,
    /// `bfd_instance`.
    Bfd,
}

impl fmt::Display for TrackerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Script => "script",
            Self::File => "file",
            Self::Process => "process",
            Self::Bfd => "BFD session",
        })
    }
}

/// One thing that is tracked, by kind and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct TrackerId {
    /// Kind.
    pub kind: TrackerKind,
    /// The name of its definition.
    pub name: String,
}

impl fmt::Display for TrackerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// An entry of `track_script`, `track_file`, `track_process` or `track_bfd`, or the same of its sync group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Track {
    /// What is tracked; it is defined.
    pub tracker: TrackerId,
    /// The entry's weight, or else the definition's: -253 to 253, for files and processes -254 to 254. 0: failing means
    /// FAULT. Files: their number is multiplied with it.
    pub weight: i16,
    /// Success and failure exchanged, or the product of a file negated.
    pub reverse: bool,
}

/// What a tracker says now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Verdict {
    /// Nothing is known yet. An instance for which it would decide about FAULT waits for it before it starts; later on
    /// it has no effect.
    #[default]
    Pending,
    /// It succeeds, runs, is reached.
    Up,
    /// It fails.
    Down,
    /// The number in a file.
    Value(i64),
}

/// What every tracker says now; those that are missing are pending.
pub type Verdicts = BTreeMap<TrackerId, Verdict>;

impl Track {
    /// What this entry adds to the priority (keepalived.conf(5), vrrp_script and track_file). A file: its number times the
    /// weight, within -254 to 253.
    pub fn contribution(&self, verdict: Verdict) -> i32 {
        let weight = i32::from(self.weight);
        match verdict {
            Verdict::Pending => 0,
            Verdict::Up | Verdict::Down => contribution(weight, self.reverse, verdict == Verdict::Up),
            Verdict::Value(value) => self.product(value),
        }
    }

    /// Whether it keeps the instance in FAULT: without a weight, by failing (with `reverse`, by succeeding); a file
    /// without a weight by a number other than 0, and with one by -254 or less.
    pub fn is_fault(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Pending => false,
            Verdict::Up => self.weight == 0 && self.reverse,
            Verdict::Down => self.weight == 0 && !self.reverse,
            Verdict::Value(value) if self.weight == 0 => (value != 0) != self.reverse,
            Verdict::Value(value) => self.product(value) <= -254,
        }
    }

    fn product(&self, value: i64) -> i32 {
        let weight = i64::from(self.weight);
        let product = value.saturating_mul(if self.reverse { -weight } else { weight });
        i32::try_from(product.clamp(-254, 253)).unwrap_or(0)
    }
}

/// A positive weight counts while up, a negative one while down; `reverse` exchanges up and down and the sign.
pub(super) fn contribution(weight: i32, reverse: bool, up: bool) -> i32 {
    let counts = if weight > 0 { up } else { !up };
    match (counts, reverse) {
        (false, _) => 0,
        (true, false) => weight,
        (true, true) => -weight,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(kind: TrackerKind, weight: i16, reverse: bool) -> Track {
        Track { tracker: TrackerId { kind, name: "t".into() }, weight, reverse }
    }

    /// The table of keepalived.conf(5), VRRP script.
    #[test]
    fn weights_of_what_is_up_or_down() {
        for (weight, reverse, up, down) in [
            (20, false, 20, 0),
            (-20, false, 0, -20),
            (20, true, -20, 0),
            (-20, true, 0, 20),
            (0, false, 0, 0),
        ] {
            let t = track(TrackerKind::Script, weight, reverse);
            let says = (t.contribution(Verdict::Up), t.contribution(Verdict::Down));
            assert_eq!(says, (up, down), "weight {weight} {reverse}");
            assert_eq!(t.contribution(Verdict::Pending), 0);
        }
    }

    #[test]
    fn without_a_weight_failing_is_a_fault() {
        let plain = track(TrackerKind::Process, 0, false);
        let reverse = track(TrackerKind::Process, 0, true);
        assert_eq!(
            [Verdict::Up, Verdict::Down, Verdict::Pending].map(|v| plain.is_fault(v)),
            [false, true, false]
        );
        assert_eq!(
            [Verdict::Up, Verdict::Down, Verdict::Pending].map(|v| reverse.is_fault(v)),
            [true, false, false]
        );
        assert!(!track(TrackerKind::Process, 5, false).is_fault(Verdict::Down));
    }

    /// keepalived.conf(5), track_file.
    #[test]
    fn the_number_in_a_file_is_multiplied_and_limited() {
        for (weight, reverse, value, adds, fault) in [
            (1, false, 7, 7, false),
            (2, false, 7, 14, false),
            (2, true, 7, -14, false),
            (-1, false, 7, -7, false),
            (1, false, 1000, 253, false),
            (1, false, -253, -253, false),
            (1, false, -254, -254, true),
            (1, false, -1000, -254, true),
            (254, false, i64::MIN, -254, true),
            (0, false, 0, 0, false),
            (0, false, 1, 0, true),
            (0, false, -1, 0, true),
            (0, true, 0, 0, true),
            (0, true, 1, 0, false),
        ] {
            let t = track(TrackerKind::File, weight, reverse);
            let says = (t.contribution(Verdict::Value(value)), t.is_fault(Verdict::Value(value)));
            assert_eq!(says, (adds, fault), "{value} times {weight} {reverse}");
        }
    }
}
