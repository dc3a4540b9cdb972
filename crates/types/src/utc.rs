use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The time of day, as the machine's clock shows it: it may be wrong, and it may jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct UtcTime(Duration);

impl UtcTime {
    /// So long after 1970-01-01 00:00:00 UTC.
    pub const fn from_epoch(since: Duration) -> Self {
        Self(since)
    }

    /// Time since 1970-01-01 00:00:00 UTC.
    pub const fn since_epoch(self) -> Duration {
        self.0
    }
}
