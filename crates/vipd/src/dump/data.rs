use std::time::{Duration, UNIX_EPOCH};

use config::model::{
    Authentication, Instance, IpvlanMode, Model, Notify, Track, TrackerKind, Vmac, VmacKind,
};
use engine::observe::InstanceSnapshot;
use types::{Family, Version};
use vrrp::State;

use super::lines::Lines;
use super::{Scene, address, global, program, routing, sections};

/// What keepalived's parent writes.
pub(super) fn parent(model: &Model) -> String {
    let mut lines = Lines::default();
    global::definitions(&mut lines, model);
    lines.into_text()
}

/// What keepalived's VRRP process writes, as far as it has a meaning here. keepalived.conf(5) promises nothing about the
/// form.
pub(super) fn data(scene: &Scene<'_>) -> String {
    let mut lines = Lines::default();
    global::definitions(&mut lines, scene.model);
    sections::garp_groups(&mut lines, scene);
    sections::statics(&mut lines, scene);
    lines.heading("VRRP Topology");
    for (instance, state) in scene.instances() {
        instance_lines(&mut lines, scene, instance, state);
    }
    sections::sockets(&mut lines, scene);
    sections::sync_groups(&mut lines, scene);
    sections::scripts(&mut lines, scene);
    sections::files(&mut lines, scene);
    sections::processes(&mut lines, scene);
    sections::bfd(&mut lines, scene);
    lines.into_text()
}

fn instance_lines(lines: &mut Lines, scene: &Scene<'_>, instance: &Instance, state: &InstanceSnapshot) {
    lines.value(1, "VRRP Instance", &instance.name);
    lines.value(3, "VRRP Version", instance.version.number());
    if let Some(group) = &state.group {
        lines.value(3, "Sync group", group);
    }
    if instance.family == Family::V6 {
        lines.put(3, "Using Native IPv6");
    }
    state_lines(lines, scene, state);
    place(lines, instance, state);
    timing(lines, instance);
    lines.value(3, "Virtual Router ID", instance.vrid.get());
    lines.value(3, "Priority", instance.priority.0);
    lines.value(3, "Effective priority", state.priority.0);
    let adds: i32 = state.tracks.iter().map(|track| track.adds).sum();
    lines.value(3, "Total priority", i32::from(state.base_priority.0) + adds);
    lines.value(3, "Advert interval", interval(instance));
    let enabled = |on: bool| if on { "enabled" } else { "disabled" };
    lines.value(3, "Accept", enabled(!instance.no_accept));
    lines.value(3, "Preempt", enabled(instance.preempt));
    if !instance.preempt_delay.is_zero() {
        lines.value(3, "Preempt delay", format_args!("{:.6}", instance.preempt_delay.as_secs_f64()));
    }
    lines.value(3, "Promote_secondaries", enabled(instance.promote_secondaries));
    let authentication = match &instance.authentication {
        Authentication::None => None,
        Authentication::Pass(_) => Some("SIMPLE_PASSWORD"),
        Authentication::Ah(_) => Some("IPSEC_AH"),
        Authentication::Hmac(_) => Some("auth_hmac"),
    };
    if let Some(kind) = authentication {
        lines.value(3, "Authentication type", kind);
        lines.value(3, "Password", "********");
    }
    lines.put(3, format_args!("Virtual IP ({}):", instance.addresses.len()));
    for one in &instance.addresses {
        lines.put(5, address::line(instance, one, state));
    }
    lines.list(
        3,
        "Virtual IP Excluded",
        instance.excluded.iter().map(|one| address::line(instance, one, state)),
    );
    unicast(lines, instance);
    lines.list(3, "Virtual Routes", instance.routes.iter().map(routing::route));
    lines.list(3, "Virtual Rules", instance.rules.iter().map(routing::rule));
    tracked(lines, instance);
    lines.value(3, "Using smtp notification", if instance.smtp_alert { "yes" } else { "no" });
    lines.value(3, "Notify deleted", if instance.notify.tells_deleted { "Deleted" } else { "Fault" });
    programs(lines, scene.model, &instance.notify);
    lines.value(3, "Notify priority changes", instance.notify.priority_changes);
}

fn state_lines(lines: &mut Lines, scene: &Scene<'_>, state: &InstanceSnapshot) {
    lines.value(3, "State", word(state.state));
    lines.value(3, "Wantstate", word(state.state));
    lines.value(3, "Number of interface and track script faults", state.faults.len());
    lines.value(3, "Number of track scripts init", state.waiting_for.len());
    lines.value(3, "Last transition", moment(scene.since_epoch(state.since)));
    lines.value(3, "Master down timer", format_args!("{} usecs", state.master_down.as_micros()));
}

fn place(lines: &mut Lines, instance: &Instance, state: &InstanceSnapshot) {
    match (&instance.interface, instance.main_vmac()) {
        (Some(_), Some(vmac)) => own_link(lines, instance, vmac, state),
        (Some(interface), None) => lines.value(3, "Interface", interface),
        (None, _) => {}
    }
    if let Some(vrf) = &instance.vrf {
        lines.value(3, "VRF", vrf);
    }
    if let Some(source) = state.source {
        let configured = if instance.source.is_some() { " (from configuration)" } else { "" };
        lines.value(3, "Using src_ip", format_args!("{source}{configured}"));
    }
    if instance.unicast.is_none() {
        lines.put(3, format_args!("Multicast address {}", instance.destination));
    }
}

/// The interface of `use_vmac` or `use_ipvlan`.
fn own_link(lines: &mut Lines, instance: &Instance, vmac: &Vmac, state: &InstanceSnapshot) {
    let (name, base) = (&vmac.name, &vmac.base);
    let is_up = state.vmacs.iter().any(|shown| shown.interface == *name && shown.ready);
    match vmac.kind {
        VmacKind::Macvlan { .. } => {
            let from_base = instance.advertise_on.is_none();
            let text = format_args!("Use VMAC, i/f name {name}, is_up = {is_up}, xmit_base = {from_base}");
            lines.put(3, text);
            let xmit_base = if from_base { ", xmit base i/f" } else { "" };
            lines.value(3, "Interface", format_args!("{name}, vmac on {base}{xmit_base}"));
        }
        VmacKind::Ipvlan { mode, address } => {
            let address = address.map(|own| format!(", i/f address = {}", address::cidr(own)));
            let mode = match mode {
                IpvlanMode::Bridge => "bridge",
                IpvlanMode::Private => "private",
                IpvlanMode::Vepa => "vepa",
            };
            let address = address.unwrap_or_default();
            lines.put(3, format_args!("Use IPVLAN, i/f {name}, is_up = {is_up}{address}, type {mode}"));
            lines.value(3, "Interface", format_args!("{name}, ipvlan on {base}"));
        }
    }
}

fn timing(lines: &mut Lines, instance: &Instance) {
    let garp = &instance.garp;
    lines.value(3, "Gratuitous ARP delay", garp.delay.as_secs());
    lines.value(3, "Gratuitous ARP repeat", garp.repeat);
    lines.value(3, "Gratuitous ARP refresh", garp.refresh.as_secs());
    lines.value(3, "Gratuitous ARP refresh repeat", garp.refresh_repeat);
    lines.value(3, "Gratuitous ARP lower priority delay", garp.lower_prio_delay.as_secs());
    lines.value(3, "Gratuitous ARP lower priority repeat", garp.lower_prio_repeat);
    lines.value(3, "Down timer adverts", instance.down_timer_adverts);
    lines.value(3, "Send advert after receive lower priority advert", !instance.lower_prio_no_advert);
    lines.value(3, "Send advert after receive higher priority advert", instance.higher_prio_send_advert);
}

fn unicast(lines: &mut Lines, instance: &Instance) {
    let Some(unicast) = &instance.unicast else { return };
    lines.value(3, "Unicast TTL", unicast.ttl);
    lines.put(3, format_args!("Check unicast src : {}", if unicast.check_source { "yes" } else { "no" }));
    let peers = unicast.peers.iter();
    let line = |peer: &config::model::Peer| {
        format!("{} min_ttl {} max_ttl {}", peer.address, peer.min_ttl, peer.max_ttl)
    };
    lines.list(3, "Unicast Peer", peers.map(line));
}

fn tracked(lines: &mut Lines, instance: &Instance) {
    let reversed = |reverse: bool| if reverse { " reverse" } else { "" };
    let interfaces = instance.named_interfaces.iter().map(|name| {
        let track = instance.track_interfaces.iter().find(|track| track.interface == *name);
        // What counts for nothing has none.
        let (weight, reverse) = track.map_or((0, false), |track| (track.weight, track.reverse));
        format!("{name} weight {weight}{}", reversed(reverse))
    });
    lines.list(3, "Tracked interfaces", interfaces);
    for (kind, heading, between) in [
        (TrackerKind::Script, "Tracked scripts", ""),
        (TrackerKind::File, "Tracked files", ","),
        (TrackerKind::Process, "Tracked processes", ","),
        (TrackerKind::Bfd, "Tracked BFDs", ":"),
    ] {
        let of_kind = instance.tracks.iter().filter(|track| track.tracker.kind == kind);
        let line = |track: &Track| {
            format!("{}{between} weight {}{}", track.tracker.name, track.weight, reversed(track.reverse))
        };
        lines.list(3, heading, of_kind.map(line));
    }
}

/// Those that are told.
pub(super) fn programs(lines: &mut Lines, model: &Model, notify: &Notify) {
    for (name, told) in [
        ("Backup state transition script", &notify.backup),
        ("Master state transition script", &notify.master),
        ("Fault state transition script", &notify.fault),
        ("Stop state transition script", &notify.stop),
        ("Deleted state transition script", &notify.deleted),
        ("Generic state transition script", &notify.any),
        ("Master rx lower pri script", &notify.lower_priority),
    ] {
        if let Some(told) = told {
            lines.value(3, name, program(model, told));
        }
    }
}

fn interval(instance: &Instance) -> String {
    match (instance.version, instance.family) {
        (Version::V2, Family::V4 | Family::V6) => {
            format!("{} sec", instance.interval.as_duration().as_secs())
        }
        (Version::V3, Family::V4 | Family::V6) => {
            format!("{} milli-sec", instance.interval.as_duration().as_millis())
        }
    }
}

pub(super) const fn word(state: State) -> &'static str {
    match state {
        State::Initialize => "INIT",
        State::Backup => "BACKUP",
        State::Active => "MASTER",
        State::Fault => "FAULT",
    }
}

/// Seconds since 1970, and the time for people, in UTC.
fn moment(time: Duration) -> String {
    let people = humantime::format_rfc3339_micros(UNIX_EPOCH + time);
    format!("{}.{:06} ({people})", time.as_secs(), time.subsec_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::model::Verdicts;

    use crate::testing::{model, snapshot, then};

    /// Lines that keepalived 2.2.7 wrote for such an instance.
    #[test]
    fn lines_that_scripts_look_for() {
        let (model, snapshot) = (model(&["VI_1", "VI_2"]), snapshot());
        let now = (snapshot.at, then());
        let text = data(&Scene { model: &model, snapshot: &snapshot, verdicts: &Verdicts::new(), now });
        for line in [
            "------< Global definitions >------",
            "------< VRRP Topology >------",
            " VRRP Instance = VI_1",
            "   State = MASTER",
            "   Master down timer = 3609375 usecs",
            "   Effective priority = 100",
            "   Advert interval = 1 sec",
            "   Virtual IP (1):",
            "     192.168.200.100 dev eth0 scope global set",
            "   State = BACKUP",
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} is missing:\n{text}");
        }
        assert!(!text.contains("1111"), "a password does not leave the daemon");
    }
}
