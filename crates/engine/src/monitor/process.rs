//! One `vrrp_track_process` (keepalived.conf(5), VRRP track process): how many run, and since when that is so.

use config::model::{ParamMatch, TrackProcess, Verdict};
use types::Instant;

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
        let base = program.rsplit('/').next().unwrap_or(program);
        // The kernel cuts longer names.
        let cut = base.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= 15).last();
        return name == &base[..cut.unwrap_or(0)];
    }
    let Some((running, parameters)) = command_line.split_first() else { return false };
    running == program
        && match process.parameters {
            ParamMatch::Ignore => true,
            ParamMatch::Exact => wanted.iter().eq(parameters.iter()),
            ParamMatch::Initial => {
                parameters.len() >= wanted.len() && wanted.iter().zip(parameters).all(|(w, p)| w == p)
            }
            ParamMatch::Partial => match wanted.split_last() {
                None => true,
                Some((last, first)) => {
                    parameters.len() > first.len()
                        && first.iter().zip(parameters).all(|(w, p)| w == p)
                        && parameters[first.len()].starts_with(last.as_str())
                }
            },
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

    #[test]
    fn names_and_parameters() {
        let name = |command: &str, name| matches(&process(&[command], ParamMatch::Ignore, false), name, &[]);
        assert!(name("nginx", "nginx") && name("/usr/sbin/nginx", "nginx"));
        assert!(name("a-very-long-program-name", "a-very-long-pro"));
        assert!(!name("nginx", "nginx2"));
        let full =
            |wanted: &[&str], how, running: &[&str]| matches(&process(wanted, how, true), "?", running);
        for (how, running, is) in [
            (ParamMatch::Exact, vec!["sshd", "-D"], true),
            (ParamMatch::Exact, vec!["sshd", "-D", "-e"], false),
            (ParamMatch::Exact, vec!["sshd"], false),
            (ParamMatch::Initial, vec!["sshd", "-D", "-e"], true),
            (ParamMatch::Initial, vec!["sshd", "-De"], false),
            (ParamMatch::Initial, vec!["sshd"], false),
            (ParamMatch::Partial, vec!["sshd", "-De", "x"], true),
            (ParamMatch::Partial, vec!["sshd", "-e"], false),
            (ParamMatch::Ignore, vec!["sshd"], true),
            (ParamMatch::Ignore, vec!["ssh"], false),
        ] {
            assert_eq!(full(&["sshd", "-D"], how, &running), is, "{how:?} {running:?}");
        }
        assert!(full(&["sshd"], ParamMatch::Exact, &["sshd"]));
        assert!(!full(&["sshd"], ParamMatch::Exact, &["sshd", "-D"]));
    }
}
