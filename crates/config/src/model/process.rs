use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the kernel shall treat the router process, in which BFD runs, too: `vrrp_priority`, `bfd_rt_priority` … .
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Process {
    /// Nice value, -20 to 19; `None`: as it was started.
    pub nice: Option<i8>,
    /// SCHED_RR priority, 1 to 99.
    pub rt_priority: Option<u8>,
    /// `max_auto_priority`
    pub auto_priority: Option<AutoPriority>,
    /// CPU time in microseconds that keepalived's real-time process may use without waiting until it is ended
    /// (`vrrp_rlimit_rttime`). Half of it is what it is warned at.
    pub rlimit_rttime_us: u64,
    /// CPU numbers; empty: as it was started.
    pub cpu_affinity: Vec<u32>,
    /// Lock all memory.
    pub no_swap: bool,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            nice: None,
            rt_priority: None,
            auto_priority: None,
            rlimit_rttime_us: 10_000,
            cpu_affinity: Vec::new(),
            no_swap: false,
        }
    }
}

/// A process that is late takes itself more seriously.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AutoPriority {
    /// `max_auto_priority`: the highest SCHED_RR priority, 1 to 99.
    pub max: u8,
    /// `min_auto_priority_delay`: how late a timer must be handled.
    pub delay: Duration,
}
