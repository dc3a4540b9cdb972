//! What `vipd status` shows: the engine's snapshot with the supervisor's knowledge added, in the units and
//! words of people. The same report is the JSON of `--json` and of the control socket.

mod bfd;
mod paths;
mod table;

pub use bfd::BfdReport;
pub use paths::{PathReport, StaticReport};
pub use table::table;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use config::model::{Verdict, VmacKind};
use engine::observe::{
    AddressSnapshot, Counters, GroupSnapshot, InstanceSnapshot, Refusal, Snapshot, TrackSnapshot,
    VmacSnapshot,
};
use serde::{Deserialize, Serialize};
use types::Instant;
use vrrp::Outlook;

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

/// Something that an instance tracks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackReport {
    /// `interface eth1`, `script web` …
    pub what: String,
    /// up, down, pending, or the number in a file.
    pub says: String,
    /// Its weight; 0: failing means FAULT.
    pub weight: i16,
    /// What it adds to the priority now.
    pub adds: i32,
    /// Whether it keeps the instance in FAULT.
    pub fault: bool,
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

/// One virtual router.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceReport {
    /// Name.
    pub name: String,
    /// Interface; null: any.
    pub interface: Option<String>,
    /// The VRF that an instance without an interface is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vrf: Option<String>,
    /// VRID.
    pub vrid: u8,
    /// VRRP version.
    pub version: u8,
    /// MASTER, BACKUP, FAULT or STOPPED.
    pub state: String,
    /// Since when.
    pub since: String,
    /// The same, as seconds until `now`.
    pub seconds_in_state: f64,
    /// Why it entered this state.
    pub cause: Option<String>,
    /// Why it is in FAULT.
    pub faults: Vec<String>,
    /// Its sync group.
    pub group: Option<String>,
    /// What it tracks.
    pub tracks: Vec<TrackReport>,
    /// Trackers whose first result it waits for before it starts.
    pub waiting_for: Vec<String>,
    /// What a Backup is about to do, or why it leaves a Master alone that is no better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlook: Option<String>,
    /// Who else answered for an address of this Master lately.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// Effective priority.
    pub priority: u8,
    /// Configured priority.
    pub base_priority: u8,
    /// Our advertisement interval.
    pub advert_interval_ms: u64,
    /// Silence after which we take over.
    pub master_down_interval_ms: f64,
    /// The Master's address, as far as known; our own while we are it.
    pub master: Option<IpAddr>,
    /// Priority in the last advertisement heard.
    pub master_priority: Option<u8>,
    /// Its age.
    pub last_advert_age_ms: Option<f64>,
    /// Source address of our advertisements.
    pub source: Option<IpAddr>,
    /// Not Master any more, but serving until the successor is heard.
    pub handing_over: bool,
    /// Its interfaces with virtual MAC addresses.
    pub vmacs: Vec<VmacReport>,
    /// The virtual addresses.
    pub addresses: Vec<AddressReport>,
    /// The virtual routes, then the virtual rules.
    pub paths: Vec<PathReport>,
    /// All counters by name.
    pub counters: BTreeMap<String, u64>,
}

/// One interface of an instance's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmacReport {
    /// Its name.
    pub interface: String,
    /// The interface below.
    pub base: String,
    /// `macvlan` or `ipvlan`.
    pub kind: String,
    /// The virtual MAC address of a macvlan.
    pub mac: Option<String>,
    /// The address that is on an ipvlan in every state.
    pub address: Option<String>,
    /// Whether it is there and set up.
    pub ready: bool,
}

/// One virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressReport {
    /// Address and prefix length.
    pub address: String,
    /// Interface.
    pub interface: String,
    /// Whether it should be in the kernel.
    pub desired: bool,
    /// Whether it is.
    pub observed: bool,
    /// Why the two differ.
    pub problem: Option<String>,
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
            instances: snapshot.instances.iter().map(|i| instance(i, &clock)).collect(),
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

fn instance(snapshot: &InstanceSnapshot, clock: &Clock) -> InstanceReport {
    // One that is about to be preempted is not listened to any more, and is the Master all the same.
    let preempted = match snapshot.outlook {
        Some(Outlook::Preempts { lower, priority, .. }) => Some((lower, priority)),
        Some(Outlook::Delayed { .. } | Outlook::LeavesAlone { .. } | Outlook::Ready) | None => None,
    };
    InstanceReport {
        name: snapshot.name.clone(),
        interface: snapshot.interface.clone(),
        vrf: snapshot.vrf.clone(),
        vrid: snapshot.vrid.get(),
        version: snapshot.version.number(),
        state: describe::state_word(snapshot.state).to_owned(),
        since: rfc3339(clock.wall_time(snapshot.since)),
        seconds_in_state: clock.now.since(snapshot.since).as_secs_f64(),
        cause: snapshot
            .last_transition
            .as_ref()
            .map(|t| describe::cause(&t.cause, snapshot.priority, &snapshot.faults)),
        faults: snapshot.faults.iter().map(describe::fault).collect(),
        group: snapshot.group.clone(),
        tracks: snapshot.tracks.iter().map(track).collect(),
        outlook: snapshot.outlook.as_ref().map(|outlook| describe::outlook(outlook, clock.now)),
        conflict: snapshot.conflict.as_ref().map(describe::conflict),
        waiting_for: snapshot.waiting_for.iter().map(ToString::to_string).collect(),
        priority: snapshot.priority.0,
        base_priority: snapshot.base_priority.0,
        advert_interval_ms: u64::from(snapshot.interval_centis) * 10,
        master_down_interval_ms: millis(snapshot.master_down),
        master: snapshot.master.or(preempted.map(|(lower, _)| lower)),
        master_priority: snapshot.master_priority.or(preempted.map(|(_, priority)| priority)).map(|p| p.0),
        last_advert_age_ms: snapshot.last_advert_age.map(millis),
        source: snapshot.source,
        handing_over: snapshot.handing_over,
        vmacs: snapshot.vmacs.iter().map(vmac).collect(),
        addresses: snapshot.addresses.iter().map(address).collect(),
        paths: snapshot.paths.iter().map(paths::path).collect(),
        counters: counters(&snapshot.counters),
    }
}

fn vmac(snapshot: &VmacSnapshot) -> VmacReport {
    let VmacSnapshot { interface, base, kind, ready } = snapshot;
    let (kind, mac, address) = match kind {
        VmacKind::Macvlan { mac } => ("macvlan", Some(mac.to_string()), None),
        VmacKind::Ipvlan { address, .. } => ("ipvlan", None, address.map(|address| address.to_string())),
    };
    let (interface, base) = (interface.clone(), base.clone());
    VmacReport { interface, base, kind: kind.to_owned(), mac, address, ready: *ready }
}

fn group(snapshot: &GroupSnapshot) -> GroupReport {
    let GroupSnapshot { name, state, members } = snapshot;
    GroupReport {
        name: name.clone(),
        state: describe::state_word(*state).to_owned(),
        members: members.clone(),
    }
}

fn track(snapshot: &TrackSnapshot) -> TrackReport {
    let TrackSnapshot { what, verdict, weight, adds, fault } = snapshot;
    let says = match verdict {
        Verdict::Pending => "pending".to_owned(),
        Verdict::Up => "up".to_owned(),
        Verdict::Down => "down".to_owned(),
        Verdict::Value(value) => value.to_string(),
    };
    TrackReport { what: what.clone(), says, weight: *weight, adds: *adds, fault: *fault }
}

fn address(snapshot: &AddressSnapshot) -> AddressReport {
    let AddressSnapshot { cidr, interface, desired, observed, detecting, errno } = snapshot;
    let problem = match (desired, observed, errno) {
        (true, true, _) if *detecting => {
            Some(format!("{cidr} on {interface} waits for duplicate address detection"))
        }
        (true, _, Some(describe::EADDRINUSE)) => Some(describe::duplicate(*cidr, interface)),
        (true, true, _) | (false, false, _) => None,
        (true, false, Some(errno)) => Some(format!(
            "{cidr} is missing on {interface}: the kernel says \"{}\"",
            describe::errno_text(*errno)
        )),
        (true, false, None) => Some(format!("{cidr} is not yet on {interface}")),
        (false, true, Some(errno)) => Some(format!(
            "{cidr} is still on {interface}: the kernel says \"{}\"",
            describe::errno_text(*errno)
        )),
        (false, true, None) => Some(format!("{cidr} is on {interface}, although this host is not Master")),
    };
    AddressReport {
        address: cidr.to_string(),
        interface: interface.clone(),
        desired: *desired,
        observed: *observed,
        problem,
    }
}

/// By name; taking the struct apart makes the compiler ask for every new counter here.
fn counters(counters: &Counters) -> BTreeMap<String, u64> {
    let Counters {
        adverts_received,
        adverts_sent,
        became_master,
        released_master,
        priority_zero_received,
        priority_zero_sent,
        address_list_mismatch,
        announcements_sent,
        addresses_restored,
        paths_restored,
        kernel_failures,
        address_conflicts,
        refused,
    } = counters;
    let named = [
        ("adverts_received", adverts_received),
        ("adverts_sent", adverts_sent),
        ("became_master", became_master),
        ("released_master", released_master),
        ("priority_zero_received", priority_zero_received),
        ("priority_zero_sent", priority_zero_sent),
        ("address_list_mismatch", address_list_mismatch),
        ("announcements_sent", announcements_sent),
        ("addresses_restored", addresses_restored),
        ("paths_restored", paths_restored),
        ("kernel_failures", kernel_failures),
        ("address_conflicts", address_conflicts),
    ];
    let refused = Refusal::ALL.iter().map(|r| refused_name(*r)).zip(refused);
    named.into_iter().chain(refused).map(|(name, n)| (name.to_owned(), *n)).collect()
}

const fn refused_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Length => "refused_length",
        Refusal::Ttl => "refused_ttl",
        Refusal::Version => "refused_version",
        Refusal::Type => "refused_type",
        Refusal::Checksum => "refused_checksum",
        Refusal::Interval => "refused_interval",
        Refusal::AuthType => "refused_auth_type",
        Refusal::Auth => "refused_auth",
        Refusal::Destination => "refused_destination",
        Refusal::Source => "refused_source",
        Refusal::ExtMissing => "refused_auth_ext_missing",
        Refusal::ExtMalformed => "refused_auth_ext_malformed",
        Refusal::ExtUnknownKey => "refused_auth_ext_unknown_key",
        Refusal::ExtInvalidHmac => "refused_auth_ext_invalid_hmac",
        Refusal::ExtStale => "refused_auth_ext_stale",
        Refusal::ExtReplay => "refused_auth_ext_replay",
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
