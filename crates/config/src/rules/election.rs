//! Priorities and what moves them.

use types::Priority;

use super::{Subject, also};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::model::{Instance, TrackInterface};

pub(super) fn check(subject: &Subject<'_>, instance: &Instance, found: &mut Vec<Diagnostic>) {
    owner(subject, instance, found);
    weights(subject, instance, found);
}

fn owner(subject: &Subject<'_>, instance: &Instance, found: &mut Vec<Diagnostic>) {
    if !instance.priority.is_owner() {
        return;
    }
    let name = &instance.name;
    if subject.last("priority").is_none() {
        let message =
            format!("{name}: without a priority, `state MASTER` means 255, the owner of the addresses");
        found.push(
            Diagnostic::new(&ids::IMPLIED_OWNER, subject.place("state"), message)
                .help("add `priority` with a number below 255, higher than on the other machines"),
        );
    } else if !instance.start_as_master {
        let message =
            format!("{name}: the owner of the addresses (priority 255) begins as Master, not as Backup");
        let diagnostic = Diagnostic::new(&ids::OWNER_AS_BACKUP, subject.place("state"), message)
            .help("remove `state BACKUP`, or use a priority below 255 if the addresses move");
        found.push(also(diagnostic, subject.place("priority"), "owner because of this"));
    }
}

/// keepalived.conf(5): the sum is limited to 1 to 254, and the owner's priority never moves.
fn weights(subject: &Subject<'_>, instance: &Instance, found: &mut Vec<Diagnostic>) {
    for track in instance.track_interfaces.iter().filter(|track| track.weight != 0) {
        let why = if instance.priority.is_owner() {
            "the owner's priority (255) never moves".to_owned()
        } else {
            let others = instance.track_interfaces.iter().filter(|other| *other != track);
            let (low, high) = range(instance.priority, others);
            let weight = effect(track);
            if weight > 0 && low >= 254 {
                "the priority is at least 254 without it, and 254 is the most".to_owned()
            } else if weight < 0 && high <= 1 {
                "the priority is 1 without it, and 1 is the least".to_owned()
            } else {
                continue;
            }
        };
        let (name, interface) = (&instance.name, &track.interface);
        let message = format!("{name}: the weight of {interface} has no effect: {why}");
        let diagnostic = Diagnostic::new(&ids::WEIGHT_WITHOUT_EFFECT, subject.track(interface), message)
            .help("choose a priority that leaves room, or leave the weight out: then a failure means FAULT");
        found.push(also(diagnostic, subject.place("priority"), "the configured priority"));
    }
}

/// The lowest and the highest priority that tracking can lead to, before it is limited to 1 to 254.
pub(crate) fn range<'t>(base: Priority, tracks: impl Iterator<Item = &'t TrackInterface>) -> (i32, i32) {
    let base = i32::from(base.0);
    tracks.map(effect).fold((base, base), |(low, high), effect| (low + effect.min(0), high + effect.max(0)))
}

/// What an entry adds while it counts: `reverse` turns a bonus into a malus.
pub(crate) fn effect(track: &TrackInterface) -> i32 {
    let weight = i32::from(track.weight);
    if track.reverse { -weight } else { weight }
}
