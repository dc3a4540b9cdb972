use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use config::model::{Authentication, Instance, Model};
use engine::observe::InstanceSnapshot;
use types::{Family, Version};
use vrrp::State;

use super::{Scene, address, routing};

/// What keepalived's parent writes.
pub(super) fn parent(model: &Model) -> String {
    let mut text = String::new();
    definitions(&mut text, model);
    text
}

/// What keepalived's VRRP process writes, as far as it has a meaning here. keepalived.conf(5) promises nothing about the
/// form.
pub(super) fn data(scene: &Scene<'_>) -> String {
    let mut text = String::new();
    definitions(&mut text, scene.model);
    text.push_str("------< VRRP Topology >------\n");
    for (instance, state) in scene.instances() {
        instance_lines(&mut text, scene, instance, state);
    }
    if !scene.snapshot.groups.is_empty() {
        text.push_str("------< VRRP Sync groups >------\n");
    }
    for group in &scene.snapshot.groups {
        let _ = writeln!(text, " VRRP Sync Group = {}, {}", group.name, word(group.state));
        let _ = writeln!(text, "   VRRP member instances = {}", group.members.len());
        for member in &group.members {
            let _ = writeln!(text, "     {member}");
        }
    }
    text
}

fn definitions(text: &mut String, model: &Model) {
    let (global, process) = (&model.global, &model.global.process);
    text.push_str("------< Global definitions >------\n");
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, " {name} = {value}");
    };
    if let Some(name) = &global.router_id {
        line("Router ID", name.clone());
    }
    if let Some(mail) = &global.mail {
        line("Smtp server", mail.server.clone());
        line("Smtp server port", mail.port.to_string());
        for to in &mail.to {
            line("Email notification", to.clone());
        }
    }
    line("VRRP startup delay", format!("{:.6}", global.startup_delay.as_secs_f64()));
    line("VRRP process priority", process.nice.unwrap_or(0).to_string());
    line("VRRP don't swap", process.no_swap.to_string());
    line("VRRP realtime priority", process.rt_priority.unwrap_or(0).to_string());
    line("json_version", if global.dumps.json_object { "2" } else { "1" }.to_owned());
    line("umask", format!("0{:o}", global.dumps.umask.unwrap_or(super::place::KEEPALIVED_UMASK)));
}

fn instance_lines(text: &mut String, scene: &Scene<'_>, instance: &Instance, state: &InstanceSnapshot) {
    let _ = writeln!(text, " VRRP Instance = {}", instance.name);
    let garp = &instance.garp;
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "   {name} = {value}");
    };
    line("VRRP Version", instance.version.number().to_string());
    if let Some(group) = &state.group {
        line("Sync group", group.clone());
    }
    line("State", word(state.state).to_owned());
    line("Wantstate", word(state.state).to_owned());
    line("Number of interface and track script faults", state.faults.len().to_string());
    line("Number of track scripts init", state.waiting_for.len().to_string());
    line("Last transition", moment(scene.since_epoch(state.since)));
    line("Master down timer", format!("{} usecs", state.master_down.as_micros()));
    if let Some(interface) = &instance.interface {
        line("Interface", interface.clone());
    }
    if let Some(vrf) = &instance.vrf {
        line("VRF", vrf.clone());
    }
    if let Some(source) = state.source {
        line("Using src_ip", source.to_string());
    }
    if instance.unicast.is_none() {
        line("Multicast address", instance.destination.to_string());
    }
    line("Gratuitous ARP delay", garp.delay.as_secs().to_string());
    line("Gratuitous ARP repeat", garp.repeat.to_string());
    line("Gratuitous ARP refresh", garp.refresh.as_secs().to_string());
    line("Gratuitous ARP refresh repeat", garp.refresh_repeat.to_string());
    line("Gratuitous ARP lower priority delay", garp.lower_prio_delay.as_secs().to_string());
    line("Gratuitous ARP lower priority repeat", garp.lower_prio_repeat.to_string());
    line("Down timer adverts", instance.down_timer_adverts.to_string());
    line("Send advert after receive lower priority advert", (!instance.lower_prio_no_advert).to_string());
    line("Send advert after receive higher priority advert", instance.higher_prio_send_advert.to_string());
    line("Virtual Router ID", instance.vrid.get().to_string());
    line("Priority", instance.priority.0.to_string());
    line("Effective priority", state.priority.0.to_string());
    line("Advert interval", interval(instance));
    line("Preempt", if instance.preempt { "enabled" } else { "disabled" }.to_owned());
    line("Promote_secondaries", if instance.promote_secondaries { "enabled" } else { "disabled" }.to_owned());
    let authentication = match &instance.authentication {
        Authentication::None => None,
        Authentication::Pass(_) => Some("SIMPLE_PASSWORD"),
        Authentication::Ah(_) => Some("IPSEC_AH"),
        Authentication::Hmac(_) => Some("auth_hmac"),
    };
    if let Some(kind) = authentication {
        line("Authentication type", kind.to_owned());
        line("Password", "********".to_owned());
    }
    let _ = writeln!(text, "   Virtual IP ({}):", instance.addresses.len());
    for one in &instance.addresses {
        let _ = writeln!(text, "     {}", address::line(instance, one, state));
    }
    if !instance.excluded.is_empty() {
        text.push_str("   Virtual IP Excluded :\n");
    }
    for one in &instance.excluded {
        let _ = writeln!(text, "     {}", address::line(instance, one, state));
    }
    list(text, "Virtual Routes", instance.routes.iter().map(routing::route));
    list(text, "Virtual Rules", instance.rules.iter().map(routing::rule));
    if !instance.track_interfaces.is_empty() {
        text.push_str("   Tracked interfaces :\n");
    }
    for track in &instance.track_interfaces {
        let _ = writeln!(text, "     {} weight {}", track.interface, track.weight);
    }
    let _ = writeln!(text, "   Using smtp notification = {}", if instance.smtp_alert { "yes" } else { "no" });
}

/// A heading and lines below it, if there are any.
fn list(text: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    for (at, line) in lines.enumerate() {
        if at == 0 {
            let _ = writeln!(text, "   {heading} :");
        }
        let _ = writeln!(text, "     {line}");
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

const fn word(state: State) -> &'static str {
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
    use crate::testing::{model, snapshot, then};

    /// Lines that keepalived 2.2.7 wrote for such an instance.
    #[test]
    fn lines_that_scripts_look_for() {
        let (model, snapshot) = (model(&["VI_1", "VI_2"]), snapshot());
        let now = (snapshot.at, then());
        let text = data(&Scene { model: &model, snapshot: &snapshot, now });
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
