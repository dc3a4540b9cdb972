//! Everything that moves a priority: what an instance tracks, and what its groups track for it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, Subject, is, last};
use crate::source::Span;
use crate::tree::Node;

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
    /// Whether it is the number in a file.
    pub(crate) is_file: bool,
}

/// The trackers with a weight, those of the instance before those of its groups. Of two entries of one name the first
/// counts.
pub(crate) fn of(scene: &Scene<'_>, subject: &Subject<'_>) -> Vec<Track> {
    let weights = scene.weights();
    let name = subject.name();
    let groups = scene.groups_of(&name);
    let mut tracks = Vec::new();
    let mut seen = BTreeSet::new();
    for (own, node) in std::iter::once((true, subject.node)).chain(groups.map(|group| (false, group))) {
        for (block, definition) in TRACKERS {
            for line in node.children().filter(|child| is(child, block)).flat_map(|child| child.children()) {
                let words: Vec<String> = line.words().map(|word| word.text().into_owned()).collect();
                let Some((name, options)) = words.split_first() else { continue };
                if !seen.insert((block, name.clone())) {
                    continue;
                }
                let inherited = || weights.get(definition?)?.get(name).copied();
                let effect = effect(options).or_else(inherited).unwrap_or(0);
                let (low, high) = match block {
                    // The number in the file is multiplied with the weight: anything may come of it.
                    "track_file" => (-254, 253),
                    _ => (effect.min(0), effect.max(0)),
                };
                if (low, high) != (0, 0) {
                    let is_file = block == "track_file";
                    tracks.push(Track { name: name.clone(), span: line.span(), low, high, own, is_file });
                }
            }
        }
    }
    tracks
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
pub(super) type Weights = BTreeMap<&'static str, BTreeMap<String, i32>>;

/// The weights that definitions give to what they define.
pub(super) fn weights(scene: &Scene<'_>) -> Weights {
    let mut weights = Weights::new();
    for definition in TRACKERS.iter().filter_map(|(_, definition)| *definition) {
        for node in scene.tops(definition) {
            let Some(name) = node.args().next() else { continue };
            let weight = last(node.children(), "weight");
            let words =
                weight.map(|node| node.words().map(|word| word.text().into_owned()).collect::<Vec<_>>());
            if let Some(effect) = words.and_then(|words| effect(&words)) {
                let of_kind = weights.entry(definition).or_default();
                of_kind.entry(name.text().into_owned()).or_insert(effect);
            }
        }
    }
    weights
}

/// What `weight NUMBER [reverse]` adds while it counts: `reverse` turns a bonus into a malus.
fn effect(options: &[String]) -> Option<i32> {
    let at = options.iter().position(|word| word == "weight")?;
    let weight: i32 = options.get(at + 1)?.parse().ok()?;
    Some(if options.iter().any(|word| word == "reverse") { -weight } else { weight })
}

/// The names in the `group` blocks of a group, each with its place.
pub(super) fn members(group: Node<'_>) -> impl Iterator<Item = (String, Span)> {
    let lines = group.children().filter(|node| is(node, "group")).flat_map(|node| node.children());
    lines.flat_map(|line| line.words()).map(|word| (word.text().into_owned(), word.span))
}

/// The lowest and the highest priority that tracking can lead to, before it is limited to 1 to 254.
pub(crate) fn range<'t>(base: types::Priority, tracks: impl Iterator<Item = &'t Track>) -> (i32, i32) {
    let base = i32::from(base.0);
    tracks.fold((base, base), |(low, high), track| (low + track.low, high + track.high))
}
