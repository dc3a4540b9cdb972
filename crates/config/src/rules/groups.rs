//! `vrrp_sync_group`.

use std::collections::{BTreeMap, BTreeSet};

use super::tracks::members;
use super::{Scene, last, tracks};
use crate::diagnostics::{self as ids, Diagnostic};

/// keepalived.conf(5): members of a sync group have no weights, unless the group says `sync_group_tracking_weight`.
pub(super) fn weights(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut groups = BTreeMap::new();
    for node in scene.tops("vrrp_sync_group") {
        if last(node.children(), "sync_group_tracking_weight").is_some() {
            continue;
        }
        for (member, span) in members(node) {
            groups.entry(member).or_insert(span);
        }
    }
    for subject in &scene.subjects {
        let Some(instance) = subject.instance else { continue };
        let Some(member) = groups.get(&instance.name) else { continue };
        for track in tracks(scene, subject).iter().filter(|track| track.own && !track.is_process) {
            let instead =
                if track.is_plain_file { ", and takes any number in it but 0 as a FAULT" } else { "" };
            let message = format!(
                "{}: a member of a sync group cannot move its priority alone; keepalived ignores the weight of {}{instead}",
                instance.name, track.name
            );
            found.push(
                Diagnostic::new(&ids::WEIGHT_IN_GROUP, track.span, message)
                    .label(*member, "member of the group")
                    .help("leave the weight out (a failure then means FAULT for the whole group), or add `sync_group_tracking_weight` to the group"),
            );
        }
    }
}

/// keepalived 2.2.7: a group with a member of priority 255 has no weights.
pub(super) fn weights_beside_owners(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    let owners = scene.subjects.iter().filter_map(|subject| Some((subject, subject.instance?)));
    for (subject, instance) in owners.filter(|(_, instance)| instance.priority.is_owner()) {
        for track in tracks(scene, subject).iter().filter(|track| !track.own) {
            if told.insert(track.span) {
                let message = format!(
                    "{} has priority 255, and no priority moves in its group: the weight of {} is taken as 0",
                    instance.name, track.name
                );
                let help = "leave the weight out (a failure then means FAULT for the whole group), or use a priority below 255";
                found.push(Diagnostic::new(&ids::WEIGHT_IN_GROUP, track.span, message).help(help));
            }
        }
    }
}
