use std::time::Duration;

use config::model::{Authentication, Instance, Model, TrackerKind};
use engine::observe::{InstanceSnapshot, Refusal};
use serde::{Serialize, Serializer};
use serde_json::{Number, Value, json};
use vrrp::State;

use super::{Scene, address, command, number, refused, routing};

/// Version 1 is the list of instances, version 2 an object with that list under `vrrp`.
pub(super) fn json(scene: &Scene<'_>) -> Option<String> {
    let instances: Vec<_> = scene
        .instances()
        .map(|(instance, state)| One { data: data(scene, instance, state), stats: stats(state) })
        .collect();
    if instances.is_empty() {
        return None;
    }
    // Neither names nor values can fail to be written.
    let list = serde_json::to_string(&instances).ok()?;
    Some(if scene.model.global.dumps.json_object { format!("{{\"vrrp\":{list}}}") } else { list })
}

#[derive(Serialize)]
struct One {
    data: Fields,
    stats: Fields,
}

/// An object whose fields come in keepalived's order.
struct Fields(Vec<(&'static str, Value)>);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn data(scene: &Scene<'_>, instance: &Instance, state: &InstanceSnapshot) -> Fields {
    let garp = &instance.garp;
    let mut data = Vec::new();
    let mut put = |name: &'static str, value: Value| data.push((name, value));
    put("iname", json!(instance.name));
    put("dont_track_primary", json!(u8::from(instance.dont_track_primary)));
    put("skip_check_adv_addr", json!(u8::from(instance.skip_check_adv_addr)));
    put("strict_mode", json!(u8::from(instance.strict)));
    let vmac = instance.main_vmac().map(|vmac| vmac.name.as_str());
    put("vmac_ifname", json!(vmac.unwrap_or_default()));
    if let Some(interface) = vmac.or(instance.interface.as_deref()) {
        put("ifp_ifname", json!(interface));
    }
    put("master_priority", json!(state.master_priority.map_or(0, |priority| priority.0)));
    put("last_transition", micros(scene.since_epoch(state.since)));
    put("garp_delay", seconds(garp.delay));
    put("garp_refresh", json!(garp.refresh.as_secs()));
    put("garp_rep", json!(garp.repeat));
    put("garp_refresh_rep", json!(garp.refresh_repeat));
    put("garp_lower_prio_delay", json!(garp.lower_prio_delay.as_secs()));
    put("garp_lower_prio_rep", json!(garp.lower_prio_repeat));
    put("lower_prio_no_advert", json!(u8::from(instance.lower_prio_no_advert)));
    put("higher_prio_send_advert", json!(u8::from(instance.higher_prio_send_advert)));
    put("vrid", json!(instance.vrid.get()));
    put("base_priority", json!(instance.priority.0));
    put("effective_priority", json!(state.priority.0));
    put("vipset", json!(state.state == State::Active));
    put("promote_secondaries", json!(instance.promote_secondaries));
    put("adver_int", seconds(instance.interval.as_duration()));
    put("master_adver_int", seconds(Duration::from_millis(u64::from(state.active_interval_centis) * 10)));
    put("accept", json!(u8::from(!instance.no_accept)));
    put("nopreempt", json!(!instance.preempt));
    put("preempt_delay", json!(instance.preempt_delay.as_secs()));
    put("state", json!(number(state.state)));
    put("wantstate", json!(number(state.state)));
    put("version", json!(instance.version.number()));
    put("smtp_alert", json!(instance.smtp_alert));
    put("notify_deleted", json!(instance.notify.tells_deleted));
    data.extend(scripts(scene.model, instance));
    data.extend(lists(scene, instance, state));
    let (kind, secret) = match &instance.authentication {
        // keepalived shows auth_hmac in the counters only.
        Authentication::None | Authentication::Hmac(_) => (0, false),
        Authentication::Pass(_) => (1, true),
        Authentication::Ah(_) => (2, true),
    };
    data.push(("auth_type", json!(kind)));
    if secret {
        data.push(("auth_data", json!("********")));
    }
    Fields(data)
}

/// Those that are configured.
fn scripts(model: &Model, instance: &Instance) -> Vec<(&'static str, Value)> {
    let notify = &instance.notify;
    [
        ("script_backup", &notify.backup),
        ("script_master", &notify.master),
        ("script_fault", &notify.fault),
        ("script_stop", &notify.stop),
        ("script_deleted", &notify.deleted),
        ("script", &notify.any),
        ("script_master_rx_lower_pri", &notify.lower_priority),
    ]
    .into_iter()
    .filter_map(|(name, program)| Some((name, json!(command(model, program.as_ref()?)))))
    .collect()
}

/// Those that are not empty.
fn lists(scene: &Scene<'_>, instance: &Instance, state: &InstanceSnapshot) -> Vec<(&'static str, Value)> {
    let addresses = |list: &[config::model::VirtualAddress]| -> Vec<String> {
        list.iter().map(|one| address::line(instance, one, state)).collect()
    };
    let tracked = |kind: TrackerKind| {
        instance.tracks.iter().map(|track| &track.tracker).filter(move |id| id.kind == kind)
    };
    let check = |name: &str| {
        let script = scene.model.scripts.iter().find(|script| script.name == name)?;
        Some(command(scene.model, &script.program))
    };
    [
        ("vips", addresses(&instance.addresses)),
        ("evips", addresses(&instance.excluded)),
        ("vroutes", instance.routes.iter().map(routing::route).collect()),
        ("vrules", instance.rules.iter().map(routing::rule).collect()),
        ("track_ifp", instance.named_interfaces.clone()),
        ("track_script", tracked(TrackerKind::Script).filter_map(|id| check(&id.name)).collect()),
    ]
    .into_iter()
    .filter(|(_, list)| !list.is_empty())
    .map(|(name, list)| (name, json!(list)))
    .collect()
}

fn stats(state: &InstanceSnapshot) -> Fields {
    let counters = &state.counters;
    let numbers = [
        ("advert_rcvd", counters.adverts_received),
        ("advert_sent", counters.adverts_sent),
        ("become_master", counters.became_master),
        ("release_master", counters.released_master),
        ("packet_len_err", refused(state, Refusal::Length)),
        ("advert_interval_err", refused(state, Refusal::Interval)),
        ("ip_ttl_err", refused(state, Refusal::Ttl)),
        ("invalid_type_rcvd", refused(state, Refusal::Type)),
        ("addr_list_err", counters.address_list_mismatch),
        // One counter has both: what type was sent is in the event.
        ("invalid_authtype", 0),
        ("authtype_mismatch", refused(state, Refusal::AuthType)),
        ("auth_failure", refused(state, Refusal::Auth)),
        ("auth_ext_missing", refused(state, Refusal::ExtMissing)),
        ("auth_ext_malformed", refused(state, Refusal::ExtMalformed)),
        ("auth_ext_unknown_key", refused(state, Refusal::ExtUnknownKey)),
        ("auth_ext_invalid_hmac", refused(state, Refusal::ExtInvalidHmac)),
        ("auth_ext_stale", refused(state, Refusal::ExtStale)),
        ("auth_ext_replay", refused(state, Refusal::ExtReplay)),
        ("pri_zero_rcvd", counters.priority_zero_received),
        ("pri_zero_sent", counters.priority_zero_sent),
    ];
    Fields(numbers.into_iter().map(|(name, number)| (name, json!(number))).collect())
}

/// Whole seconds are whole numbers: exporters read them as such.
fn seconds(time: Duration) -> Value {
    if time.subsec_nanos() == 0 { json!(time.as_secs()) } else { json!(time.as_secs_f64()) }
}

/// Seconds to the microsecond, a fraction even where it is zero.
fn micros(time: Duration) -> Value {
    let rounded = Duration::from_micros(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    Number::from_f64(rounded.as_secs_f64()).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::model::Verdicts;

    use crate::testing::{model, snapshot, then};

    fn dumped(change: impl FnOnce(&mut config::model::Model)) -> Value {
        let (mut model, snapshot) = (model(&["VI_1", "VI_2"]), snapshot());
        change(&mut model);
        let now = (snapshot.at, then());
        let text =
            json(&Scene { model: &model, snapshot: &snapshot, verdicts: &Verdicts::new(), now }).unwrap();
        assert_eq!(text.lines().count(), 1, "one line");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn numbers_are_those_of_exporters() {
        let dump = dumped(|_| ());
        let data = &dump[0]["data"];
        assert_eq!((&data["state"], &data["wantstate"]), (&json!(2), &json!(2)));
        assert_eq!(dump[1]["data"]["state"], 1);
        assert!(
            data["adver_int"].is_u64() && data["garp_delay"].is_u64() && data["last_transition"].is_f64()
        );
        // then() less the 300 s that the snapshot is old.
        assert_eq!(data["last_transition"], 1_795_359_364.0);
        assert_eq!(dump[0]["stats"]["auth_failure"], 4);
        assert_eq!(data["vips"], json!(["192.168.200.100 dev eth0 scope global set"]));
        assert_eq!(data["auth_data"], "********", "a password does not leave the daemon");
        assert_eq!(data.get("evips"), None, "empty lists are left out");
    }

    #[test]
    fn version_2_has_a_name_for_the_list() {
        let dump = dumped(|model| model.global.dumps.json_object = true);
        assert_eq!(dump["vrrp"][1]["data"]["iname"], "VI_2");
    }
}
