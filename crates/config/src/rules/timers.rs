//! Times that never pass, or take longer than expected.

use std::time::Duration;

use super::{Scene, Subject};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::model::Instance;
use crate::source::Span;

/// Longer than this, the addresses are missing for so long that somebody is called out of bed.
const LONG_STARTUP: Duration = Duration::from_mins(1);

pub(super) fn instance(
    scene: &Scene<'_>,
    subject: &Subject<'_>,
    instance: &Instance,
    found: &mut Vec<Diagnostic>,
) {
    second_announcement(scene, subject, instance, found);
    let mut idle = |span: Span, setting: &str, why: &str, help: &str| {
        let message = format!("{}: {setting} never has an effect: {why}", instance.name);
        found.push(Diagnostic::new(&ids::NEVER_IN_FORCE, span, message).help(help));
    };
    if let Some(node) = subject.last("garp_master_refresh_repeat")
        && instance.garp.refresh.is_zero()
    {
        let why = "without garp_master_refresh nothing is refreshed";
        idle(node.span(), "garp_master_refresh_repeat", why, "add `garp_master_refresh SECONDS`");
    }
    if let Some(node) = subject.last("garp_lower_prio_delay")
        && instance.garp.lower_prio_repeat == 0
        && !instance.garp.lower_prio_delay.is_zero()
    {
        let why = "garp_lower_prio_repeat 0 means no announcement at all";
        idle(node.span(), "garp_lower_prio_delay", why, "remove one of the two");
    }
    if let Some(node) = subject.last("preempt_delay")
        && !instance.preempt_delay.is_zero()
        && instance.priority.0 == 1
        && super::range(instance.priority, super::tracks(scene, subject).iter()).1 <= 1
    {
        let why = "no priority is lower than 1, so that there is nobody to preempt";
        idle(node.span(), "preempt_delay", why, "move it to the machine of higher priority");
    }
    if let Some(node) = subject.last("down_timer_adverts")
        && instance.priority.is_owner()
        && instance.start_as_master
    {
        let why = "the owner of the addresses (priority 255) waits for nobody";
        idle(node.span(), "down_timer_adverts", why, "remove it here; it counts on the other machines");
    }
}

/// After two Masters have met, neighbours may have learned the wrong one.
fn second_announcement(
    scene: &Scene<'_>,
    subject: &Subject<'_>,
    instance: &Instance,
    found: &mut Vec<Diagnostic>,
) {
    if instance.garp.lower_prio_repeat == 0 || !instance.garp.lower_prio_delay.is_zero() {
        return;
    }
    let own = subject.last("garp_lower_prio_delay");
    let Some(node) = own.or_else(|| scene.global("vrrp_garp_lower_prio_delay")) else { return };
    let message = "after a meeting with another Master the addresses are announced in one burst only";
    found.push(
        Diagnostic::new(&ids::NO_SECOND_ANNOUNCEMENT, node.span(), message)
            .help("a delay of some seconds repeats it, for switches and neighbors that missed the first"),
    );
}

pub(super) fn startup(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let delay = scene.loaded.model.global.startup_delay;
    let Some(node) = scene.global("vrrp_startup_delay") else { return };
    if delay <= LONG_STARTUP {
        return;
    }
    let message = format!(
        "after a power failure of all machines nobody serves the addresses for {} s",
        delay.as_secs_f64()
    );
    found.push(
        Diagnostic::new(&ids::LONG_STARTUP_DELAY, node.span(), message)
            .help("choose the time that switches and interfaces need, usually below 60 s"),
    );
}
