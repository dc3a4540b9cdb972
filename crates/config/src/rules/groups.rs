//! `vrrp_sync_group`.

use std::collections::BTreeMap;

use super::{Scene, is, last};
use crate::diagnostics::{self as ids, Diagnostic};

/// keepalived.conf(5): members of a sync group have no weights, unless the group says `sync_group_tracking_weight`.
pub(super) fn weights(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut groups = BTreeMap::new();
    for node in scene.loaded.tree.top(&scene.loaded.sources).filter(|node| is(node, "vrrp_sync_group")) {
        if last(node.children(), "sync_group_tracking_weight").is_some() {
            continue;
        }
        let members = node.children().filter(|node| is(node, "group")).flat_map(|node| node.children());
        for word in members.flat_map(|line| line.words()) {
            groups.entry(word.text().into_owned()).or_insert(word.span);
        }
    }
    for subject in &scene.subjects {
        let Some(instance) = subject.instance else { continue };
        let Some(member) = groups.get(&instance.name) else { continue };
        for track in instance.track_interfaces.iter().filter(|track| track.weight != 0) {
            let message = format!(
                "{}: a member of a sync group cannot move its priority alone; keepalived ignores the weight of {}",
                instance.name, track.interface
            );
            found.push(
                Diagnostic::new(&ids::WEIGHT_IN_GROUP, subject.track(&track.interface), message)
                    .label(*member, "member of the group")
                    .help("leave the weight out (a failure then means FAULT for the whole group), or add `sync_group_tracking_weight` to the group"),
            );
        }
    }
}
