//! Everything that moves a priority: what an instance tracks, and what its groups track for it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, Subject, is, last};
use crate::index::Index;
use crate::source::Span;
use crate::tree::{Node, Word};

/// Blocks of trackers, and the blocks that define what stands in them.
pub(super) const TRACKERS: [(&str, Option<&str>); 5] = [
    ("track_interface", None),
    ("track_script", Some("vrrp_script")),
    ("track_file", Some("track_file")),
    ("track_process", Some("vrrp_track_process")),
    ("track_bfd", Some("bfd_instance")),
];

/// Something that moves a priority.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    /// What is tracked.
    pub(crate) name: String,
    /// Where it says so.
    pub(crate) span: Span,
    /// The least that it adds to the priority, at most 0.
    pub(crate) low: i32,
    /// The most that it adds to the priority, at least 0.
    pub(crate) high: i32,
    /// Whether it is tracked for this instance alone, not for its group.
    pub(crate) own: bool,
    /// Whether it is the number in a file, with the weight that files have without one.
    pub(crate) is_plain_file: bool,
    /// Its weight counts in a sync group, too.
    pub(crate) is_process: bool,
}

/// The trackers with a weight, those of the instance before those of its groups. Of two entries of one name the first
/// counts.
pub(crate) fn of(scene: &Scene<'_>, subject: &Subject<'_>) -> Vec<Track> {
    let name = subject.name();
    let groups = scene.groups_of(&name);
    let mut tracks = Vec::new();
    let mut seen = BTreeSet::new();
    for (own, node) in std::iter::once((true, subject.node)).chain(groups.map(|group| (false, group))) {
        for (block, definition, node) in trackers_of(node) {
            for line in node.children() {
                let mut words = line.words();
                let Some(name) = words.next().map(|word| word.text()) else { continue };
                if !seen.insert((block, name.clone())) {
                    continue;
                }
                let inherited = || scene.weights().get(definition?)?.get(&*name).copied();
                let effect = effect(words).or_else(inherited);
                let is_plain_file = block == "track_file" && effect.unwrap_or(1) == 1;
                let (low, high) = match block {
                    // The number in the file is multiplied with the weight: anything may come of it.
                    "track_file" => (-254, 253),
                    _ => {
                        let effect = effect.unwrap_or(0);
                        (effect.min(0), effect.max(0))
                    }
                };
                if (low, high) != (0, 0) {
                    tracks.push(Track {
                        name: name.into_owned(),
                        span: line.span(),
                        low,
                        high,
                        own,
                        is_plain_file,
                        is_process: block == "track_process",
                    });
                }
            }
        }
    }
    tracks
}

/// The blocks of trackers in an instance or a group, in the order of [`TRACKERS`], with what defines what is in them.
pub(super) fn trackers_of<'a>(
    owner: Node<'a>,
) -> impl Iterator<Item = (&'static str, Option<&'static str>, Node<'a>)> {
    let tracker = |child: Node<'a>| {
        let (at, (block, definition)) =
            TRACKERS.into_iter().enumerate().find(|(_, (block, _))| is(&child, block))?;
        Some((at, block, definition, child))
    };
    let mut blocks: Vec<_> = owner.children().filter_map(tracker).collect();
    blocks.sort_by_key(|(at, ..)| *at);
    blocks.into_iter().map(|(_, block, definition, child)| (block, definition, child))
}

/// In which of these sync groups each instance is, by its name.
pub(super) fn groups_of(groups: &[Node<'_>]) -> BTreeMap<String, Vec<usize>> {
    let mut groups_of = BTreeMap::<String, Vec<usize>>::new();
    for (at, group) in groups.iter().enumerate() {
        let names: BTreeSet<String> = members(*group).map(|(name, _)| name).collect();
        for name in names {
            groups_of.entry(name).or_default().push(at);
        }
    }
    groups_of
}

/// By the keyword of the definition and by name.
pub(super) type Weights = BTreeMap<&'static str, Index<String, i32>>;

/// The weights that definitions give to what they define.
pub(super) fn weights(scene: &Scene<'_>) -> Weights {
    let mut weights = Weights::new();
    for definition in TRACKERS.iter().filter_map(|(_, definition)| *definition) {
        for node in scene.tops(definition) {
            let Some(name) = node.args().next() else { continue };
            if let Some(effect) = last(node.children(), "weight").and_then(|weight| effect(weight.words())) {
                let of_kind = weights.entry(definition).or_default();
                of_kind.entry(name.text().into_owned(), || effect);
            }
        }
    }
    weights
}

/// What `weight NUMBER [reverse]` adds while it counts: `reverse` turns a bonus into a malus.
fn effect<'a>(options: impl Iterator<Item = Word<'a>>) -> Option<i32> {
    let (mut weight, mut reverse, mut before) = (None, false, false);
    for word in options {
        let text = word.text();
        if before && weight.is_none() {
            weight = Some(text.parse::<i32>());
        }
        before = text == "weight";
        reverse |= text == "reverse";
    }
    let weight = weight?.ok()?;
    Some(if reverse { -weight } else { weight })
}

/// The names in the `group` blocks of a group, each with its place.
pub(crate) fn members(group: Node<'_>) -> impl Iterator<Item = (String, Span)> {
    let lines = group.children().filter(|node| is(node, "group")).flat_map(|node| node.children());
    lines.flat_map(|line| line.words()).map(|word| (word.text().into_owned(), word.span))
}

/// The lowest and the highest priority that tracking can lead to, before it is limited to 1 to 254.
pub(crate) fn range<'t>(base: types::Priority, tracks: impl Iterator<Item = &'t Track>) -> (i32, i32) {
    let base = i32::from(base.0);
    tracks.fold((base, base), |(low, high), track| (low + track.low, high + track.high))
}
