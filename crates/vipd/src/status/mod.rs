//! What `vipd status` shows: the engine's snapshot with the supervisor's knowledge added, in the units and
//! words of people. The same report is the JSON of `--json` and of the control socket.

mod bfd;
mod instance;
mod paths;
mod table;

pub use bfd::BfdReport;
pub use instance::{AddressReport, InstanceReport, TrackReport, VmacReport};
pub use paths::{PathReport, StaticReport};
pub use table::table;

use std::time::{Duration, SystemTime};

use engine::observe::{GroupSnapshot, Snapshot};
use serde::{Deserialize, Serialize};
use types::Instant;

use crate::describe;

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of vipd.
    pub version: String,
    /// Host name.
    pub host: String,
    /// Process number of the supervisor.
    pub pid: u32,
    /// Process number of the router; `null` while it is being restarted.
    pub router_pid: Option<u32>,
    /// How often the router had to be restarted.
    pub router_restarts: u64,
    /// The configuration file.
    pub config: String,
    /// When this report was made, RFC 3339 in UTC.
    pub now: String,
    /// When the daemon was started.
    pub started: String,
    /// Whole seconds since then.
    pub uptime_seconds: u64,
    /// The last SIGHUP.
    pub last_reload: Option<Reload>,
    /// How often the configuration was read again.
    #[serde(default)]
    pub reloads: Reloads,
    /// Mails that are not delivered yet.
    pub mails_waiting: usize,
    /// Log lines and messages lost because somebody was too slow.
    pub messages_lost: u64,
    /// How long a delay at the start still holds every instance back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_in_ms: Option<u64>,
    /// In the order of the configuration.
    pub instances: Vec<InstanceReport>,
    /// Sync groups, in the order of the configuration.
    pub groups: Vec<GroupReport>,
    /// BFD sessions, in the order of the configuration.
    #[serde(default)]
    pub bfd: Vec<BfdReport>,
    /// What is there in every state.
    #[serde(default)]
    pub statics: StaticReport,
    /// Notify programs that run now.
    #[serde(default)]
    pub scripts: Vec<ScriptReport>,
    /// Notify programs that failed and are run again (`notify_retry`).
    #[serde(default)]
    pub retries: Vec<RetryReport>,
}

/// A notify program that runs now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScriptReport {
    /// `INSTANCE VI_1`, `GROUP G1`.
    pub subject: String,
    /// Program and arguments.
    pub command: String,
    /// Its process number.
    pub pid: u32,
    /// How long it has been running.
    pub seconds: f64,
    /// Events whose programs wait for it.
    pub waiting: usize,
    /// Events of this subject whose programs were left out so far, because later ones made them outdated.
    pub left_out: u64,
}

/// A notify program that failed and is run again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryReport {
    /// `INSTANCE VI_1`, `GROUP G1`.
    pub subject: String,
    /// Program and arguments.
    pub command: String,
    /// How often it has failed, or could not be started.
    pub failures: u32,
    /// How long until it is run again.
    pub seconds: f64,
}

impl RetryReport {
    fn problem(&self) -> String {
        let Self { subject, command, failures, .. } = self;
        let times = if *failures == 1 { "once".to_owned() } else { format!("{failures} times") };
        let wait = describe::human(Duration::try_from_secs_f64(self.seconds).unwrap_or_default());
        format!("{subject}: {command} failed {times} and is run again in {wait}")
    }
}

/// One sync group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupReport {
    /// Name.
    pub name: String,
    /// MASTER, BACKUP, FAULT or STOPPED.
    pub state: String,
    /// Names of its instances.
    pub members: Vec<String>,
}

/// Reloads since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reloads {
    /// Files that were taken.
    pub applied: u64,
    /// Files that had an error, so that nothing has changed.
    pub refused: u64,
}

/// What became of a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reload {
    /// When.
    pub at: String,
    /// Whether the file was taken; if not, nothing has changed.
    pub applied: bool,
    /// Why not.
    pub error: Option<String>,
}

/// What only the supervisor knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Daemon {
    /// Host name.
    pub host: String,
    /// Our process number.
    pub pid: u32,
    /// The router's.
    pub router_pid: Option<u32>,
    /// Restarts of the router.
    pub router_restarts: u64,
    /// Configuration file.
    pub config: String,
    /// Start of the daemon.
    pub started: SystemTime,
    /// The last SIGHUP: when, and what was wrong.
    pub last_reload: Option<(SystemTime, Result<(), String>)>,
    /// All of them.
    pub reloads: Reloads,
    /// Mails in the queue.
    pub mails_waiting: usize,
    /// Messages lost.
    pub messages_lost: u64,
    /// Notify programs that run.
    pub scripts: Vec<ScriptReport>,
    /// Notify programs that are run again.
    pub retries: Vec<RetryReport>,
}

impl Report {
    /// Puts both halves together. `now` and `wall` are the same moment on both clocks.
    pub fn new(daemon: &Daemon, snapshot: &Snapshot, now: Instant, wall: SystemTime) -> Self {
        let clock = Clock { now, wall };
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: daemon.host.clone(),
            pid: daemon.pid,
            router_pid: daemon.router_pid,
            router_restarts: daemon.router_restarts,
            config: daemon.config.clone(),
            now: rfc3339(wall),
            started: rfc3339(daemon.started),
            uptime_seconds: wall.duration_since(daemon.started).unwrap_or_default().as_secs(),
            last_reload: daemon.last_reload.as_ref().map(|(at, result)| Reload {
                at: rfc3339(*at),
                applied: result.is_ok(),
                error: result.as_ref().err().cloned(),
            }),
            reloads: daemon.reloads,
            mails_waiting: daemon.mails_waiting,
            messages_lost: daemon.messages_lost,
            scripts: daemon.scripts.clone(),
            retries: daemon.retries.clone(),
            starts_in_ms: snapshot.starts_at.and_then(|at| u64::try_from(at.since(now).as_millis()).ok()),
            instances: snapshot.instances.iter().map(|i| instance::instance(i, &clock)).collect(),
            groups: snapshot.groups.iter().map(group).collect(),
            bfd: snapshot.bfd.iter().map(|session| bfd::report(session, &clock)).collect(),
            statics: paths::statics(&snapshot.statics),
        }
    }

    /// Everything that is not as it should be, one sentence each. Empty: all is well.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.router_pid.is_none() {
            problems.push("the router process is not running; it is being restarted, see the log".to_owned());
        }
        if let Some(Reload { error: Some(error), at, .. }) = &self.last_reload {
            problems.push(format!("the reload at {at} changed nothing: {error}"));
        }
        if let Some(ms) = self.starts_in_ms {
            problems.push(format!(
                "nobody takes part for {} more (vrrp_startup_delay, vrrp_delay_after_boot)",
                describe::human(Duration::from_millis(ms))
            ));
        }
        for instance in &self.instances {
            if let Some(first) = instance.waiting_for.first() {
                problems.push(format!(
                    "{} waits for the first result of {first} before it starts",
                    instance.name
                ));
            }
            // Before it has started, the same causes only keep it waiting.
            let is = if instance.state == "FAULT" { "is in FAULT" } else { "has not started" };
            for fault in &instance.faults {
                problems.push(format!("{} {is}: {fault}", instance.name));
            }
            if let Some(conflict) = &instance.conflict {
                problems.push(format!("{}: {conflict}", instance.name));
            }
            let addresses = instance.addresses.iter().filter_map(|a| a.problem.as_ref());
            let wrong: Vec<_> =
                addresses.chain(instance.paths.iter().filter_map(|p| p.problem.as_ref())).collect();
            match wrong.as_slice() {
                [] => {}
                [one] => problems.push(format!("{}: {one}", instance.name)),
                [first, rest @ ..] => {
                    problems.push(format!("{}: {first} (and {} more)", instance.name, rest.len()));
                }
            }
        }
        problems.extend(self.bfd.iter().filter_map(BfdReport::problem));
        problems.extend(self.statics.problems().map(|problem| format!("static: {problem}")));
        problems.extend(self.retries.iter().map(RetryReport::problem));
        problems
    }
}

/// The same moment on both clocks.
struct Clock {
    now: Instant,
    wall: SystemTime,
}

impl Clock {
    fn wall_time(&self, at: Instant) -> SystemTime {
        self.wall - self.now.since(at)
    }
}

fn group(snapshot: &GroupSnapshot) -> GroupReport {
    let GroupSnapshot { name, state, members } = snapshot;
    GroupReport {
        name: name.clone(),
        state: describe::state_word(*state).to_owned(),
        members: members.clone(),
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn rfc3339(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{daemon, snapshot, then};
    use engine::observe::{ConflictSnapshot, FaultCause};
    use vrrp::State;

    fn report(snapshot: &Snapshot) -> Report {
        Report::new(&daemon(), snapshot, Instant::ZERO + Duration::from_secs(1000), then())
    }

    #[test]
    fn wall_clock_times_come_from_the_monotonic_ones() {
        let report = report(&snapshot());
        assert_eq!(report.now, "2026-11-22T15:01:04.000Z");
        assert_eq!(report.started, "2026-11-22T14:51:04.000Z");
        assert_eq!(report.uptime_seconds, 600);
        let instance = &report.instances[0];
        assert_eq!(instance.since, "2026-11-22T14:56:04.000Z");
        assert!((instance.seconds_in_state - 300.0).abs() < 1e-9);
        assert!((instance.master_down_interval_ms - 3609.375).abs() < 1e-9);
    }

    #[test]
    fn the_json_that_scripts_read() {
        let json = serde_json::to_value(report(&snapshot())).unwrap();
        let instance = &json["instances"][0];
        assert_eq!(instance["name"], "VI_1");
        assert_eq!(instance["state"], "MASTER");
        assert_eq!(instance["vrid"], 51);
        assert_eq!(instance["addresses"][0]["address"], "192.168.200.100/32");
        assert_eq!(instance["addresses"][0]["observed"], true);
        assert_eq!(instance["counters"]["refused_auth"], 4);
        assert_eq!(instance["counters"]["adverts_sent"], 300);
        let back: Report = serde_json::from_value(json).unwrap();
        assert_eq!(back, report(&snapshot()));
    }

    #[test]
    fn a_notification_that_has_not_arrived_is_a_problem() {
        let mut report = report(&snapshot());
        let retry = |failures, seconds| RetryReport {
            subject: "INSTANCE VI_1".into(),
            command: "/usr/local/bin/move-address eth0".into(),
            failures,
            seconds,
        };
        report.retries = vec![retry(1, 5.0), retry(3, 20.0)];
        assert_eq!(
            report.problems(),
            [
                "INSTANCE VI_1: /usr/local/bin/move-address eth0 failed once and is run again in 5.00 s",
                "INSTANCE VI_1: /usr/local/bin/move-address eth0 failed 3 times and is run again in 20 s",
            ]
        );
    }

    #[test]
    fn all_well_is_no_problem() {
        assert!(report(&snapshot()).problems().is_empty());
    }

    #[test]
    fn what_only_waits_is_not_called_a_fault_and_a_second_station_is_named() {
        let mut snapshot = snapshot();
        snapshot.instances[0].conflict = Some(ConflictSnapshot {
            addr: [192, 168, 200, 100].into(),
            mac: types::MacAddr([2, 0, 0, 0, 0, 9]),
            age: Duration::from_secs(4),
        });
        snapshot.instances[1].state = vrrp::State::Initialize;
        snapshot.instances[1].faults = vec![FaultCause::SourceTentative("fe80::1".parse().unwrap())];
        assert_eq!(
            report(&snapshot).problems(),
            [
                "VI_1: 02:00:00:00:00:09 also answers for 192.168.200.100 (heard 4.00 s ago): two stations have one address",
                "VI_2 has not started: the kernel still looks for duplicates of the source address fe80::1",
            ]
        );
    }

    #[test]
    fn a_delay_at_the_start_is_named() {
        let mut snapshot = snapshot();
        snapshot.starts_at = Some(snapshot.at + Duration::from_millis(2500));
        assert_eq!(
            report(&snapshot).problems(),
            ["nobody takes part for 2.50 s more (vrrp_startup_delay, vrrp_delay_after_boot)"]
        );
    }

    #[test]
    fn every_problem_is_named() {
        let mut snapshot = snapshot();
        snapshot.instances[0].addresses[0].observed = false;
        snapshot.instances[0].addresses[0].errno = Some(99);
        snapshot.instances[1].state = State::Fault;
        snapshot.instances[1].faults = vec![FaultCause::InterfaceDown("eth0".into())];
        let mut daemon = daemon();
        daemon.router_pid = None;
        daemon.last_reload = Some((then(), Err("1 error in the file".into())));
        let report = Report::new(&daemon, &snapshot, Instant::ZERO + Duration::from_secs(1000), then());
        assert_eq!(
            report.problems(),
            [
                "the router process is not running; it is being restarted, see the log",
                "the reload at 2026-11-22T15:01:04.000Z changed nothing: 1 error in the file",
                "VI_1: 192.168.200.100/32 is missing on eth0: the kernel says \"Cannot assign requested address\"",
                "VI_2 is in FAULT: interface eth0 is down or has no carrier",
            ]
        );
    }
}
