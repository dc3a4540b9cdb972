use std::fmt::Write as _;
use std::time::Duration;

use super::{AddressReport, InstanceReport, PathReport, Report, ScriptReport, TrackReport};
use crate::describe::human;

/// More addresses than this are summed up as long as they are all as they should be.
const LISTED_ADDRESSES: usize = 8;
/// Counters that only say that things work as they should.
const ROUTINE_COUNTERS: [&str; 3] = ["adverts_received", "adverts_sent", "announcements_sent"];

/// The report for people: first what is wrong, then one line an instance, then the details of each.
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    let uptime = whole(report.uptime_seconds);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "vipd {} on {}, up {uptime}, {}", report.version, report.host, report.config);
    for problem in report.problems() {
        let _ = writeln!(out, "! {problem}");
    }
    out.push('\n');
    columns(&mut out, &overview(report));
    for instance in &report.instances {
        out.push('\n');
        details(&mut out, instance);
    }
    if !report.bfd.is_empty() {
        out.push('\n');
        columns(&mut out, &sessions(report));
    }
    if !report.statics.is_empty() {
        out.push_str("\nstatic:\n");
        for address in listed(&report.statics.addresses, |address| address.problem.is_some()) {
            let _ = writeln!(out, "  {} on {}: {}", address.address, address.interface, presence(address));
        }
        paths(&mut out, &report.statics.paths);
    }
    for script in &report.scripts {
        let ScriptReport { subject, command, pid, waiting, .. } = script;
        let long = human(Duration::try_from_secs_f64(script.seconds).unwrap_or_default());
        let _ = writeln!(
            out,
            "\n{subject}: {command} (process {pid}) has been running for {long}, {waiting} events wait"
        );
    }
    let _ = match (report.mails_waiting, report.messages_lost, report.router_restarts) {
        (0, 0, 0) => Ok(()),
        (mails, lost, restarts) => {
            writeln!(out, "\nmails waiting: {mails}, messages lost: {lost}, router restarts: {restarts}")
        }
    };
    out
}

fn overview(report: &Report) -> Vec<Vec<String>> {
    let head = ["INSTANCE", "STATE", "FOR", "PRIORITY", "INTERFACE", "VRID", "ADDRESSES", "MASTER"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for i in &report.instances {
        let priority = if i.priority == i.base_priority {
            i.priority.to_string()
        } else {
            format!("{} (of {})", i.priority, i.base_priority)
        };
        let present = i.addresses.iter().filter(|a| a.observed).count();
        rows.push(vec![
            i.name.clone(),
            if i.handing_over { format!("{} (handing over)", i.state) } else { i.state.clone() },
            human(Duration::try_from_secs_f64(i.seconds_in_state).unwrap_or_default()),
            priority,
            i.interface.as_ref().or(i.vrf.as_ref()).map_or_else(|| "any".to_owned(), Clone::clone),
            i.vrid.to_string(),
            format!("{present} of {}", i.addresses.len()),
            master(i),
        ]);
    }
    rows
}

fn sessions(report: &Report) -> Vec<Vec<String>> {
    let head = ["BFD", "STATE", "FOR", "NEIGHBOR", "ITS STATE", "SENDING EVERY", "DETECTION", "WHY"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let time = |ms: f64| human(Duration::try_from_secs_f64(ms / 1e3).unwrap_or_default());
    for s in &report.bfd {
        let interface = s.interface.as_ref().map(|name| format!("%{name}")).unwrap_or_default();
        rows.push(vec![
            s.name.clone(),
            s.state.clone(),
            human(Duration::try_from_secs_f64(s.seconds_in_state).unwrap_or_default()),
            format!("{}{interface}", s.neighbor),
            s.remote_state.clone().unwrap_or_else(|| "not heard".to_owned()),
            time(s.transmit_interval_ms),
            s.detection_time_ms.map_or_else(|| "-".to_owned(), time),
            s.cause.clone().unwrap_or_else(|| "not heard yet".to_owned()),
        ]);
    }
    rows
}

/// What is known to the second only.
fn whole(seconds: u64) -> String {
    if seconds < 10 { format!("{seconds} s") } else { human(Duration::from_secs(seconds)) }
}

fn master(instance: &InstanceReport) -> String {
    if instance.state == "MASTER" {
        return "this host".to_owned();
    }
    let Some(master) = instance.master else { return "nobody heard".to_owned() };
    let priority = instance.master_priority.map(|p| format!("priority {p}"));
    let age = instance
        .last_advert_age_ms
        .and_then(|ms| Duration::try_from_secs_f64(ms / 1e3).ok())
        .map(|age| format!("heard {} ago", human(age)));
    let known: Vec<_> = priority.into_iter().chain(age).collect();
    if known.is_empty() { master.to_string() } else { format!("{master} ({})", known.join(", ")) }
}

fn details(out: &mut String, instance: &InstanceReport) {
    let cause = instance.cause.as_deref().unwrap_or("not started");
    let _ = writeln!(out, "{}: {} since {}: {cause}", instance.name, instance.state, instance.since);
    if let Some(outlook) = &instance.outlook {
        let _ = writeln!(out, "  {outlook}");
    }
    if let Some(group) = &instance.group {
        let _ = writeln!(out, "  in sync group {group}");
    }
    for track in &instance.tracks {
        let _ = writeln!(out, "  tracks {}: {}, {}", track.what, track.says, effect(track));
    }
    for vmac in &instance.vmacs {
        let presence = if vmac.ready { "present" } else { "missing" };
        let with = vmac.mac.as_ref().or(vmac.address.as_ref()).map(|own| format!(" with {own}"));
        let with = with.unwrap_or_default();
        let _ = writeln!(out, "  {} on {}{with}: {presence}", vmac.interface, vmac.base);
    }
    for address in listed(&instance.addresses, |address| address.problem.is_some()) {
        let _ = writeln!(out, "  {} on {}: {}", address.address, address.interface, presence(address));
    }
    paths(out, &instance.paths);
    let counters: Vec<_> = instance
        .counters
        .iter()
        .filter(|(name, n)| **n > 0 && !ROUTINE_COUNTERS.contains(&name.as_str()))
        .map(|(name, n)| format!("{} {n}", name.replace('_', " ")))
        .collect();
    if !counters.is_empty() {
        let _ = writeln!(out, "  {}", counters.join(", "));
    }
}

/// What a tracker does to the instance now.
fn effect(track: &TrackReport) -> String {
    match (track.fault, track.adds) {
        (true, _) => "FAULT".to_owned(),
        (false, 0) if track.weight == 0 => "no FAULT".to_owned(),
        (false, adds) => format!("priority {adds:+}"),
    }
}

/// All if they are few, else only those that are not as they should be.
fn listed<T>(all: &[T], is_wrong: impl Fn(&T) -> bool) -> impl Iterator<Item = &T> {
    let few = all.len() <= LISTED_ADDRESSES;
    all.iter().filter(move |one| few || is_wrong(one)).take(LISTED_ADDRESSES)
}

fn paths(out: &mut String, paths: &[PathReport]) {
    for path in listed(paths, |path| path.problem.is_some()) {
        let _ = match (&path.problem, path.observed) {
            (Some(problem), _) => writeln!(out, "  {problem}"),
            (None, true) => writeln!(out, "  {}: present", path.path),
            (None, false) => writeln!(out, "  {}: absent, as it should be", path.path),
        };
    }
    let present = paths.iter().filter(|path| path.observed).count();
    if paths.len() > LISTED_ADDRESSES {
        let _ = writeln!(out, "  {present} of {} routes and rules present", paths.len());
    }
}

fn presence(address: &AddressReport) -> &str {
    match (&address.problem, address.observed) {
        (Some(problem), _) => problem,
        (None, _) if address.interface_missing => "absent: the interface is not there",
        (None, true) => "present",
        (None, false) => "absent, as it should be",
    }
}

/// Left-aligned columns, two spaces apart.
fn columns(out: &mut String, rows: &[Vec<String>]) {
    let count = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..count).map(width).collect();
    for row in rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{daemon, snapshot, then};
    use types::Instant;

    #[test]
    fn a_page_to_read_at_three_in_the_morning() {
        let mut daemon = daemon();
        daemon.router_restarts = 1;
        let now = Instant::ZERO + Duration::from_secs(1000);
        let text = table(&Report::new(&daemon, &snapshot(), now, then()));
        let expected = concat!(
            "vipd ",
            env!("CARGO_PKG_VERSION"),
            " on server-a, up 10 min, /etc/keepalived/keepalived.conf

INSTANCE  STATE   FOR    PRIORITY     INTERFACE  VRID  ADDRESSES  MASTER
VI_1      MASTER  5 min  100          eth0       51    1 of 1     this host
VI_2      BACKUP  5 min  90 (of 100)  eth0       52    0 of 1     192.168.200.129 (priority 200, heard 400 ms ago)

VI_1: MASTER since 2026-11-22T14:56:04.000Z: took over after 3.61 s without an advertisement from 192.168.200.129
  192.168.200.100/32 on eth0: present
  became master 1, refused auth 4

VI_2: BACKUP since 2026-11-22T14:56:04.000Z: started, listening for a Master
  192.168.200.200/32 on eth0: absent, as it should be

mails waiting: 0, messages lost: 0, router restarts: 1
"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn thousands_of_addresses_are_summed_up_but_the_missing_one_is_named() {
        let mut snapshot = snapshot();
        let address = snapshot.instances[0].addresses[0].clone();
        snapshot.instances[0].addresses = vec![address.clone(); 2000];
        snapshot.instances[0].addresses[1234].observed = false;
        let now = Instant::ZERO + Duration::from_secs(1000);
        let text = table(&Report::new(&daemon(), &snapshot, now, then()));
        assert!(text.contains("1999 of 2000"), "{text}");
        assert_eq!(text.lines().filter(|l| l.contains("192.168.200.100/32 on eth0")).count(), 1, "{text}");
        assert!(text.contains("! VI_1: 192.168.200.100/32 is not yet on eth0"), "{text}");
    }
}
