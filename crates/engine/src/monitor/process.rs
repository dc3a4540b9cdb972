//! One `vrrp_track_process` (keepalived.conf(5), VRRP track process): how many run, and since when that is so.

use config::model::{ParamMatch, TrackProcess, Verdict};
use types::Instant;

/// What the kernel keeps of the name of a process, in bytes.
const NAME_LEN: usize = 15;

/// Counts processes; a change counts after the delay for it.
#[derive(Debug, Clone)]
pub struct ProcessMonitor {
    process: TrackProcess,
    count: u32,
    verdict: Verdict,
    /// A change that waits: since when the count says so.
    changing_since: Option<Instant>,
}

impl ProcessMonitor {
    /// Nothing has been counted yet.
    pub fn new(process: TrackProcess) -> Self {
        Self { process, count: 0, verdict: Verdict::Pending, changing_since: None }
    }

    /// What another one knew of the same processes.
    pub fn known(
        process: TrackProcess,
        count: u32,
        verdict: Verdict,
        changing_since: Option<Instant>,
    ) -> Self {
        Self { process, count, verdict, changing_since }
    }

    /// Since when a change waits, for [`known`](Self::known).
    pub fn changing_since(&self) -> Option<Instant> {
        self.changing_since
    }

    /// What is tracked.
    pub fn process(&self) -> &TrackProcess {
        &self.process
    }

    /// How many there were at the last count.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// What it says now.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// So many run now. The first count decides at once.
    pub fn counted(&mut self, now: Instant, count: u32) {
        self.count = count;
        let enough = self.is_enough();
        match (self.verdict, enough) {
            (Verdict::Pending, _) => self.settle(),
            (Verdict::Up, true) | (Verdict::Down, false) => self.changing_since = None,
            (Verdict::Up | Verdict::Down | Verdict::Value(_), _) => {
                self.changing_since.get_or_insert(now);
                self.poll(now);
            }
        }
    }

    /// When a change that waits counts.
    pub fn deadline(&self) -> Option<Instant> {
        let delay = if self.is_enough() { self.process.fork_delay } else { self.process.terminate_delay };
        self.changing_since.map(|since| since + delay)
    }

    /// To be called at the deadline.
    pub fn poll(&mut self, now: Instant) {
        if self.deadline().is_some_and(|at| at <= now) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.changing_since = None;
        self.verdict = if self.is_enough() { Verdict::Up } else { Verdict::Down };
    }

    fn is_enough(&self) -> bool {
        self.count >= self.process.quorum && self.process.quorum_max.is_none_or(|max| self.count <= max)
    }
}

/// Whether a process is meant: `name` is what the kernel calls it (at most 15 bytes), `command_line` its words.
pub fn matches(process: &TrackProcess, name: &str, command_line: &[&str]) -> bool {
    let Some((program, wanted)) = process.command.split_first() else { return false };
    if !process.full_command {
        // The kernel cuts longer names.
        return name == &program[..program.floor_char_boundary(NAME_LEN)];
    }
    let Some((running, parameters)) = command_line.split_first() else { return false };
    running == program
        && match process.parameters {
            ParamMatch::Ignore => true,
            ParamMatch::Exact => wanted.iter().eq(parameters.iter()),
            ParamMatch::Initial => match wanted.split_last() {
                None => true,
                Some((last, first)) => {
                    parameters.len() > first.len()
                        && first.iter().zip(parameters).all(|(w, p)| w == p)
                        && parameters[first.len()].starts_with(last.as_str())
                }
            },
            ParamMatch::Partial => {
                parameters.len() >= wanted.len() && wanted.iter().zip(parameters).all(|(w, p)| w == p)
            }
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn process(command: &[&str], parameters: ParamMatch, full_command: bool) -> TrackProcess {
        TrackProcess {
            name: "p".into(),
            command: command.iter().map(ToString::to_string).collect(),
            parameters,
            full_command,
            quorum: 2,
            quorum_max: Some(3),
            terminate_delay: Duration::from_secs(5),
            fork_delay: Duration::from_secs(1),
        }
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(secs)
    }

    #[test]
    fn changes_count_after_their_delays() {
        let mut monitor = ProcessMonitor::new(process(&["x"], ParamMatch::Ignore, false));
        monitor.counted(at(0), 1);
        assert_eq!(monitor.verdict(), Verdict::Down, "the first count decides");
        monitor.counted(at(1), 2);
        assert_eq!((monitor.verdict(), monitor.deadline()), (Verdict::Down, Some(at(2))));
        monitor.poll(at(2));
        assert_eq!(monitor.verdict(), Verdict::Up);
        monitor.counted(at(3), 4);
        assert_eq!((monitor.verdict(), monitor.deadline()), (Verdict::Up, Some(at(8))));
        // Back in time: nothing has happened.
        monitor.counted(at(7), 3);
        assert_eq!((monitor.verdict(), monitor.deadline()), (Verdict::Up, None));
        monitor.counted(at(8), 0);
        monitor.counted(at(10), 1);
        monitor.poll(at(13));
        assert_eq!(monitor.verdict(), Verdict::Down, "counted from the first time on");
    }

    /// What keepalived 2.2.7 counted when `sleep 1000 100` ran; but it does not cut long names as the kernel does.
    #[test]
    fn names_and_parameters() {
        let sleep = ["sleep", "1000", "100"];
        for (wanted, how, full_command, is) in [
            (&["sleep"][..], ParamMatch::Ignore, false, true),
            (&["/bin/sleep"], ParamMatch::Ignore, false, false),
            (&["slee"], ParamMatch::Ignore, false, false),
            (&["sleep"], ParamMatch::Ignore, true, true),
            (&["/bin/sleep"], ParamMatch::Ignore, true, false),
            (&["sleep"], ParamMatch::Exact, true, false),
            (&["sleep", "1000"], ParamMatch::Exact, true, false),
            (&["sleep", "1000", "100"], ParamMatch::Exact, true, true),
            (&["sleep", "1000"], ParamMatch::Initial, true, true),
            (&["sleep", "10"], ParamMatch::Initial, true, true),
            (&["sleep", "1000", "10"], ParamMatch::Initial, true, true),
            (&["sleep", "100", "100"], ParamMatch::Initial, true, false),
            (&["sleep", "1000", "100", "1"], ParamMatch::Initial, true, false),
            (&["sleep", "1000"], ParamMatch::Partial, true, true),
            (&["sleep", "10"], ParamMatch::Partial, true, false),
            (&["sleep", "1000", "100", "1"], ParamMatch::Partial, true, false),
        ] {
            let is_meant = matches(&process(wanted, how, full_command), "sleep", &sleep);
            assert_eq!(is_meant, is, "{wanted:?} {how:?} {full_command}");
        }
        let long = process(&["a-very-long-program-name"], ParamMatch::Ignore, false);
        assert!(matches(&long, "a-very-long-pro", &[]));
        let kernel_thread = process(&["kthreadd"], ParamMatch::Exact, true);
        assert!(!matches(&kernel_thread, "kthreadd", &[""]));
    }
}
