//! Sync groups: who outbids another machine does so for all members, or gets nothing.

use std::collections::BTreeMap;

use super::{Part, Seen, preempts};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::rules::members;

/// A group of which another machine outbids one member and underbids another. Observed with keepalived 2.2.7: a group
/// becomes Master when all its members may, so neither takes over from the other.
pub(super) fn check(scenes: &[Seen<'_>], routers: &[Vec<Part<'_>>], found: &mut Vec<Diagnostic>) {
    for (index, seen) in scenes.iter().enumerate() {
        for group in seen.scene.tops("vrrp_sync_group") {
            let names: Vec<String> = members(group).map(|(name, _)| name).collect();
            let mut rivals: BTreeMap<usize, Bids<'_>> = BTreeMap::new();
            for parts in routers {
                let own =
                    parts.iter().find(|part| part.index == index && names.contains(&part.instance.name));
                let Some(own) = own else { continue };
                for other in parts.iter().filter(|other| other.index != index) {
                    rivals.entry(other.index).or_default().add(*own, *other);
                }
            }
            let name = group.args().next().map(|word| word.text().into_owned()).unwrap_or_default();
            found.extend(rivals.values().filter_map(|bids| bids.finding(&name)));
        }
    }
}

/// What one other machine bids against the members of a group.
#[derive(Default)]
struct Bids<'a> {
    /// A member that wins, and whom it wins against.
    above: Option<(Part<'a>, Part<'a>)>,
    /// A member that loses.
    below: Option<(Part<'a>, Part<'a>)>,
}

impl<'a> Bids<'a> {
    fn add(&mut self, own: Part<'a>, other: Part<'a>) {
        let (ours, theirs) = (own.instance.priority, other.instance.priority);
        // Who does not preempt leaves things as they are.
        if ours > theirs && preempts(&own) {
            self.above.get_or_insert((own, other));
        }
        if ours < theirs && preempts(&other) {
            self.below.get_or_insert((own, other));
        }
    }

    fn finding(&self, group: &str) -> Option<Diagnostic> {
        let ((winner, beaten), (loser, rival)) = (self.above?, self.below?);
        let message = format!(
            "sync group {group} of {}: {} outbids {} ({} to {}), {} does not ({} to {}): whoever of the two is Master first stays, and after a failure nothing returns",
            winner.seen.name,
            winner.instance.name,
            beaten.seen.name,
            winner.instance.priority.0,
            beaten.instance.priority.0,
            loser.instance.name,
            loser.instance.priority.0,
            rival.instance.priority.0,
        );
        Some(
            Diagnostic::new(&ids::GROUP_DIVIDED, loser.place("priority"), message)
                .label(rival.place("priority"), format!("{} has this one", rival.seen.name))
                .help("let one machine have the higher priority for all members of the group"),
        )
    }
}
