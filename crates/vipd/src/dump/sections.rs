//! What is around the virtual routers: groups, trackers, what is static, where packets come in.

use std::collections::BTreeMap;
use std::time::Duration;

use config::model::{Instance, TrackerId, TrackerKind, Verdict, VirtualRoute, VirtualRule};
use engine::observe::GroupSnapshot;
use types::{Cidr, Family};

use super::lines::Lines;
use super::{Scene, address, data, routing};
use crate::scripts::Launcher;

pub(super) fn garp_groups(lines: &mut Lines, scene: &Scene<'_>) {
    let groups = &scene.model.garp_groups;
    if !groups.is_empty() {
        lines.heading("Gratuitous ARP delays");
    }
    for (at, group) in groups.iter().enumerate() {
        lines.heading(&format!("GARP delay group {at}"));
        for (name, interval) in [("GARP interval", group.arp_interval), ("GNA interval", group.na_interval)] {
            if !interval.is_zero() {
                lines.value(1, name, interval.as_secs_f64());
            }
        }
        lines.put(1, "Interfaces");
        for interface in &group.interfaces {
            lines.put(2, interface);
        }
    }
}

pub(super) fn statics(lines: &mut Lines, scene: &Scene<'_>) {
    let statics = &scene.model.statics;
    let is_set = |cidr: Cidr, interface: &str| {
        let shown = &scene.snapshot.statics.addresses;
        shown.iter().any(|a| a.cidr == cidr && a.interface == interface && a.desired && a.observed)
    };
    let addresses = statics.addresses.iter().map(|one| {
        let interface = one.item.interface.as_deref().unwrap_or_default();
        let set = if is_set(one.item.cidr, interface) { " set" } else { "" };
        address::text(&one.item, interface, None) + set
    });
    section(lines, "Static Addresses", addresses);
    let routes = statics
        .routes
        .iter()
        .map(|one| routing::route(&VirtualRoute { route: one.item.clone(), no_track: one.no_track }));
    section(lines, "Static Routes", routes);
    let rules = statics
        .rules
        .iter()
        .map(|one| routing::rule(&VirtualRule { rule: one.item.clone(), no_track: one.no_track }));
    section(lines, "Static Rules", rules);
}

fn section(lines: &mut Lines, title: &str, entries: impl Iterator<Item = String>) {
    for (at, entry) in entries.enumerate() {
        if at == 0 {
            lines.heading(title);
        }
        lines.put(5, entry);
    }
}

/// Instances that send and receive in the same place share it.
pub(super) fn sockets(lines: &mut Lines, scene: &Scene<'_>) {
    let mut places: BTreeMap<_, Vec<&Instance>> = BTreeMap::new();
    let mut order = Vec::new();
    for (instance, _) in scene.instances() {
        let interface = instance.advertise_on.as_deref().or(instance.interface.as_deref());
        let own = instance.unicast.as_ref().and(instance.source);
        let place = (interface, instance.family, instance.unicast.is_some(), own);
        if !places.contains_key(&place) {
            order.push(place);
        }
        places.entry(place).or_default().push(instance);
    }
    lines.heading("VRRP Sockpool");
    for place in order {
        let (interface, family, unicast, own) = place;
        lines.value(3, "Interface", interface.unwrap_or("(any)"));
        lines.value(3, "Family", if family == Family::V4 { "IPv4" } else { "IPv6" });
        lines.value(3, "Protocol", "VRRP");
        lines.value(3, "Type", if unicast { "Unicast" } else { "Multicast" });
        if let Some(own) = own {
            lines.value(3, "Address", own);
        }
        lines.put(3, "VRRP instances");
        for instance in places.get(&place).into_iter().flatten() {
            lines.put(5, format_args!("{} vrid {}", instance.name, instance.vrid.get()));
        }
    }
}

pub(super) fn sync_groups(lines: &mut Lines, scene: &Scene<'_>) {
    if !scene.snapshot.groups.is_empty() {
        lines.heading("VRRP Sync groups");
    }
    for GroupSnapshot { name, state, members } in &scene.snapshot.groups {
        lines.value(1, "VRRP Sync Group", format_args!("{name}, {}", data::word(*state)));
        let of_members =
            || scene.snapshot.instances.iter().filter(|instance| members.contains(&instance.name));
        let faults = of_members().filter(|instance| !instance.faults.is_empty()).count();
        let waiting = of_members().filter(|instance| !instance.waiting_for.is_empty()).count();
        lines.put(3, format_args!("Num member fault {faults}, num member init {waiting}"));
        lines.list(3, "VRRP member instances", members);
        let Some(group) = scene.model.sync_groups.iter().find(|group| group.name == *name) else { continue };
        lines.value(3, "Using smtp notification", if group.smtp_alert { "yes" } else { "no" });
        data::programs(lines, scene.model, &group.notify);
    }
}

pub(super) fn scripts(lines: &mut Lines, scene: &Scene<'_>) {
    let scripts = &scene.model.scripts;
    if !scripts.is_empty() {
        lines.heading("VRRP Scripts");
    }
    for script in scripts {
        lines.value(1, "VRRP Script", &script.name);
        lines.value(3, "Command", super::command(scene.model, &script.program));
        lines.value(3, "Interval", format_args!("{} sec", script.interval.as_secs_f64()));
        lines.value(3, "Timeout", format_args!("{} sec", script.timeout.as_secs_f64()));
        lines.value(3, "Rise", script.rise);
        lines.value(3, "Fall", script.fall);
        lines.value(3, "Init state", if script.init_fail { "failed" } else { "unknown" });
        let status = match verdict(scene, TrackerKind::Script, &script.name) {
            Verdict::Up | Verdict::Value(_) => "GOOD",
            Verdict::Down => "BAD",
            Verdict::Pending => "INIT",
        };
        lines.value(3, "Status", status);
        if let Some((_, user)) = Launcher::new(scene.model).runs(&script.program) {
            lines.value(3, "Script uid:gid", format_args!("{}:{}", user.uid, user.gid));
        }
        tracking(lines, scene, TrackerKind::Script, &script.name);
    }
}

pub(super) fn files(lines: &mut Lines, scene: &Scene<'_>) {
    let files = &scene.model.files;
    if !files.is_empty() {
        lines.heading("VRRP Track files");
    }
    for file in files {
        lines.value(1, "Track file", &file.name);
        lines.value(3, "File", &file.path);
        if let Verdict::Value(value) = verdict(scene, TrackerKind::File, &file.name) {
            lines.value(3, "Status", value);
        }
        tracking(lines, scene, TrackerKind::File, &file.name);
    }
}

pub(super) fn processes(lines: &mut Lines, scene: &Scene<'_>) {
    let processes = &scene.model.processes;
    if !processes.is_empty() {
        lines.heading("VRRP Track processes");
    }
    let seconds = |delay: Duration| format!("{:.6}s", delay.as_secs_f64());
    for process in processes {
        lines.value(1, "VRRP Track process", &process.name);
        lines.value(3, "Process", process.command.join(" "));
        lines.value(3, "Min processes", process.quorum);
        if let Some(max) = process.quorum_max {
            lines.value(3, "Max processes", max);
        }
        let up = verdict(scene, TrackerKind::Process, &process.name) == Verdict::Up;
        lines.value(3, "Have quorum", up);
        lines.value(3, "Terminate delay", seconds(process.terminate_delay));
        lines.value(3, "Fork delay", seconds(process.fork_delay));
        lines.value(3, "Full command", process.full_command);
        tracking(lines, scene, TrackerKind::Process, &process.name);
    }
}

pub(super) fn bfd(lines: &mut Lines, scene: &Scene<'_>) {
    let sessions = &scene.model.bfd;
    if sessions.iter().any(|session| session.for_vrrp) {
        lines.heading("VRRP Track BFDs");
    }
    for session in sessions.iter().filter(|session| session.for_vrrp) {
        lines.value(1, "VRRP Track BFD", &session.name);
        lines.value(3, "Weight", session.weight);
        let shown = scene.snapshot.bfd.iter().find(|shown| shown.name == session.name);
        let up = shown.is_some_and(|shown| shown.state == bfd::State::Up);
        lines.put(3, if up { "Bfd is up" } else { "Bfd is down" });
        tracking(lines, scene, TrackerKind::Bfd, &session.name);
    }
}

fn verdict(scene: &Scene<'_>, kind: TrackerKind, name: &str) -> Verdict {
    scene.verdicts.get(&TrackerId { kind, name: name.to_owned() }).copied().unwrap_or_default()
}

fn tracking(lines: &mut Lines, scene: &Scene<'_>, kind: TrackerKind, name: &str) {
    let tracks = |instance: &Instance| {
        let track = instance.tracks.iter().find(|t| t.tracker.kind == kind && t.tracker.name == name)?;
        let reverse = if track.reverse { " reverse" } else { "" };
        Some(format!("{}, weight {}{reverse}", instance.name, track.weight))
    };
    lines.list(3, "Tracking instances", scene.instances().filter_map(|(instance, _)| tracks(instance)));
}
