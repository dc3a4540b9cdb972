//! Priorities and what moves them.

use super::{Scene, Subject, also, range, tracks};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::model::Instance;

pub(super) fn check(
    scene: &Scene<'_>,
    subject: &Subject<'_>,
    instance: &Instance,
    found: &mut Vec<Diagnostic>,
) {
    owner(subject, instance, found);
    weights(scene, subject, instance, found);
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
fn weights(scene: &Scene<'_>, subject: &Subject<'_>, instance: &Instance, found: &mut Vec<Diagnostic>) {
    let tracks = tracks(scene, subject);
    let (lowest, highest) = range(instance.priority, tracks.iter());
    for track in tracks.iter().filter(|track| track.own) {
        let why = if instance.priority.is_owner() {
            "the owner's priority (255) never moves".to_owned()
        } else {
            let (low, high) = (lowest - track.low, highest - track.high);
            if track.low == 0 && low >= 254 {
                "the priority is at least 254 without it, and 254 is the most".to_owned()
            } else if track.high == 0 && high <= 1 {
                "the priority is 1 without it, and 1 is the least".to_owned()
            } else {
                continue;
            }
        };
        let (name, tracked) = (&instance.name, &track.name);
        let message = format!("{name}: the weight of {tracked} has no effect: {why}");
        let diagnostic = Diagnostic::new(&ids::WEIGHT_WITHOUT_EFFECT, track.span, message)
            .help("choose a priority that leaves room, or leave the weight out: then a failure means FAULT");
        found.push(also(diagnostic, subject.place("priority"), "the configured priority"));
    }
}
