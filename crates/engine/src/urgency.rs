//! How urgent the process should be, judged by how late its timers are (keepalived.conf(5), `max_auto_priority`).

use std::time::Duration;

use config::model::{AutoPriority, Process};

/// The real-time priority of the process, and when it rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urgency {
    priority: Option<u8>,
    auto: Option<AutoPriority>,
}

impl Urgency {
    /// As configured. Priorities that were reached before are forgotten.
    pub fn new(process: &Process) -> Self {
        Self { priority: process.rt_priority, auto: process.auto_priority }
    }

    /// The SCHED_RR priority, 1 to 99; `None`: not real-time.
    pub fn priority(&self) -> Option<u8> {
        self.priority
    }

    /// A timer is handled so late. The priority that is reached, if it rises: by one each time, the first one makes the
    /// process real-time. A configured priority above the highest automatic one stays.
    pub fn timer_handled(&mut self, late_by: Duration) -> Option<u8> {
        let auto = self.auto.filter(|auto| late_by >= auto.delay)?;
        let raised = self.priority.map_or(1, |priority| priority.saturating_add(1));
        if raised > auto.max {
            return None;
        }
        self.priority = Some(raised);
        self.priority
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urgency(rt_priority: Option<u8>, max: u8) -> Urgency {
        let auto = AutoPriority { max, delay: Duration::from_millis(200) };
        Urgency::new(&Process { rt_priority, auto_priority: Some(auto), ..Process::default() })
    }

    /// As seen with keepalived 2.2.7.
    #[test]
    fn by_one_each_time_up_to_the_highest() {
        let (late, in_time) = (Duration::from_millis(200), Duration::from_millis(199));
        let mut process = urgency(None, 2);
        assert_eq!((process.timer_handled(in_time), process.priority()), (None, None));
        let raised = [0; 3].map(|_| process.timer_handled(late));
        assert_eq!((raised, process.priority()), ([Some(1), Some(2), None], Some(2)));
        let mut process = urgency(Some(10), 11);
        assert_eq!([0; 2].map(|_| process.timer_handled(late)), [Some(11), None]);
        let mut process = urgency(Some(10), 5);
        assert_eq!((process.timer_handled(late), process.priority()), (None, Some(10)), "never lower");
        let mut process = Urgency::new(&Process::default());
        assert_eq!(process.timer_handled(Duration::from_mins(1)), None, "switched off");
    }
}
