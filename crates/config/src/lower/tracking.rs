//! Sync groups, and what instances and groups track.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Sections, groups_of_members, is_on, lines, switch, texts, values, words};
use crate::document::{Document, Section, Settings, Value};
use crate::index::Index;
use crate::model::{
    Bfd, Instance, InterfaceDelays, Model, Notify, SyncGroup, Track, TrackInterface, TrackerId, TrackerKind,
};

/// The block that tracks, the kind, and the weight of a definition that has none.
const KINDS: [(&str, TrackerKind, i16); 4] = [
    ("track_script", TrackerKind::Script, 0),
    ("track_file", TrackerKind::File, 1),
    ("track_process", TrackerKind::Process, 0),
    ("track_bfd", TrackerKind::Bfd, 0),
];

/// Weight and `reverse`.
type Weight = (i16, bool);

/// The weight of each definition, by kind and name.
type Definitions<'d> = Index<(TrackerKind, &'d str), Weight>;

pub(super) fn complete(model: &mut Model, document: &Document) {
    let definitions = definitions(document, &model.bfd);
    let (groups, sections) = groups(document, &model.instances);
    let group_of = groups_of_members(&groups);
    let shared: Vec<_> = with_owners(&group_of, sections.len(), &model.instances)
        .into_iter()
        .zip(&sections)
        .map(|(fixed, section)| Shared::new(&section.settings, &definitions, fixed))
        .collect();
    let mut own_sections = Sections::new(&document.instances);
    for instance in &mut model.instances {
        if let Some(own) = own_sections.next(&instance.name) {
            instance.tracks = tracks(&own.settings, &definitions);
        }
        if instance.priority.is_owner() {
            drop_weights(instance, |_| true);
            instance.track_interfaces.retain(|track| track.weight == 0);
        }
        instance.named_interfaces =
            instance.track_interfaces.iter().map(|track| track.interface.clone()).collect();
        instance.needs = needs(instance);
        if let Some(shared) = group_of.get(instance.name.as_str()).and_then(|at| shared.get(*at)) {
            join(instance, shared);
        }
        for track in &mut instance.track_interfaces {
            if instance.needs.contains(&track.interface) {
                // As with keepalived 2.2.7: FAULT when it is down, and no weight.
                (track.weight, track.reverse) = (0, false);
            }
        }
    }
    model.sync_groups = groups;
    model.interface_delays =
        document.interface_delays.iter().filter_map(|line| delays(&line.value)).collect();
}

/// The interfaces without which some of what it holds would not be there.
fn needs(instance: &Instance) -> Vec<String> {
    let addresses = instance.all_addresses().filter(|address| !address.no_track);
    let routes = instance.routes.iter().filter(|route| !route.no_track && route.route.nexthops.is_empty());
    let rules = instance.rules.iter().filter(|rule| !rule.no_track).map(|rule| &rule.rule);
    let own = instance.interface.as_ref();
    let of_addresses = addresses.filter_map(|address| address.interface.as_ref());
    let of_the_rest = routes
        .filter_map(|route| route.route.hop.interface.as_ref())
        .chain(rules.flat_map(|rule| [&rule.input, &rule.output]).flatten());
    // What is on a virtual interface needs the one below.
    let bases: BTreeMap<&String, &String> =
        instance.vmacs.iter().map(|vmac| (&vmac.name, &vmac.base)).collect();
    let below = |name: &String| bases.get(name).map_or(name, |base| base).clone();
    // Routes and rules need the own interface even with `dont_track_primary`; addresses do not (keepalived 2.2.7).
    let needed: BTreeSet<String> = of_addresses
        .map(below)
        .filter(|name| own != Some(name))
        .chain(of_the_rest.map(below).filter(|name| own != Some(name) || instance.dont_track_primary))
        .collect();
    needed.into_iter().collect()
}

/// What a group tracks for its members.
struct Shared {
    tracks: Vec<Track>,
    interfaces: Vec<TrackInterface>,
    /// `sync_group_tracking_weight`
    weights_allowed: bool,
}

impl Shared {
    /// With `fixed` no priority in it may move: every failure is a FAULT ("Cannot have weighted track file with member having
    /// priority 255 - setting weight 0", keepalived 2.2.7).
    fn new(group: &Settings, definitions: &Definitions<'_>, fixed: bool) -> Self {
        let (mut tracks, mut interfaces) = (tracks(group, definitions), interfaces(group));
        if fixed {
            for track in &mut tracks {
                track.weight = 0;
            }
            for track in &mut interfaces {
                track.weight = 0;
            }
        }
        Self { tracks, interfaces, weights_allowed: is_on(group, "sync_group_tracking_weight") }
    }
}

/// Which of so many groups have a member that owns its addresses.
fn with_owners(group_of: &Index<&str, usize>, groups: usize, instances: &[Instance]) -> Vec<bool> {
    let mut owned = vec![false; groups];
    for instance in instances.iter().filter(|instance| instance.priority.is_owner()) {
        if let Some(owned) = group_of.get(instance.name.as_str()).and_then(|at| owned.get_mut(*at)) {
            *owned = true;
        }
    }
    owned
}

/// The interfaces that a group tracks; of two entries of one the first counts.
fn interfaces(group: &Settings) -> Vec<TrackInterface> {
    let mut seen = BTreeSet::new();
    let entries = lines(group, "track_interface").filter_map(|line| {
        let interface = line.get("(interface)").and_then(|name| texts(&name.value).next())?;
        let (weight, reverse) =
            weight(line).map_or((0, false), |(weight, said)| (weight, said == Some(true)));
        let reverse = reverse || is_on(line, "reverse");
        seen.insert(interface).then(|| TrackInterface { interface: interface.to_owned(), weight, reverse })
    });
    entries.collect()
}

/// A member of a group: its weights are dropped unless the group allows them, and what the group tracks, all members
/// track (keepalived.conf(5), vrrp_sync_group).
fn join(instance: &mut Instance, shared: &Shared) {
    let Shared { tracks, interfaces, weights_allowed } = shared;
    if !weights_allowed {
        // keepalived 2.2.7 says that it ignores the weights of interfaces, and does not.
        drop_weights(instance, |kind| kind != TrackerKind::Process);
    }
    // What both track has the group's weight, but a member's 0 stays: it goes to FAULT (keepalived 2.2.7).
    let of_group: BTreeSet<&TrackerId> = tracks.iter().map(|track| &track.tracker).collect();
    instance.tracks.retain(|own| own.weight == 0 || !of_group.contains(&own.tracker));
    let mut known: BTreeSet<TrackerId> = instance.tracks.iter().map(|own| own.tracker.clone()).collect();
    instance.tracks.extend(tracks.iter().filter(|track| known.insert(track.tracker.clone())).cloned());
    let has = |tracks: &[TrackInterface], name: &str| tracks.iter().any(|track| track.interface == name);
    instance.track_interfaces.retain(|own| own.weight == 0 || !has(interfaces, &own.interface));
    for track in interfaces {
        // With `dont_track_primary` the group's entry is the only one for the own interface (keepalived 2.2.7).
        let primary = !instance.dont_track_primary && instance.interface.as_ref() == Some(&track.interface);
        let known = primary || has(&instance.track_interfaces, &track.interface);
        if !known {
            instance.track_interfaces.push(track.clone());
        }
    }
}

/// Where no priority may move, as keepalived does it: what has a weight is not tracked, except that a file with the weight
/// that files have anyway (1) is tracked without one ("weight 0 must be set", keepalived.conf(5), track_file): whatever it
/// says beside 0 is a FAULT.
fn drop_weights(instance: &mut Instance, of: fn(TrackerKind) -> bool) {
    let plain = |track: &&mut Track| track.tracker.kind == TrackerKind::File && track.weight == 1;
    for track in instance.tracks.iter_mut().filter(plain) {
        track.weight = 0;
    }
    instance.tracks.retain(|track| track.weight == 0 || !of(track.tracker.kind));
}

/// The groups that have members, each with its section.
fn groups<'d>(document: &'d Document, instances: &[Instance]) -> (Vec<SyncGroup>, Vec<&'d Section>) {
    if document.sync_groups.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let instances: Index<&str, ()> = instances.iter().map(|instance| (instance.name.as_str(), ())).collect();
    let (mut groups, mut sections) = (Vec::<SyncGroup>::new(), Vec::new());
    let (mut names, mut taken) = (BTreeSet::new(), BTreeSet::new());
    let global = &document.global;
    let alerts = switch(global, "smtp_alert_vrrp").or_else(|| switch(global, "smtp_alert")).unwrap_or(false);
    for section in &document.sync_groups {
        let name = &section.name.value;
        if names.contains(name) {
            continue;
        }
        let members: Vec<String> = words(&section.settings, "group", "(instance)")
            .filter(|member| instances.contains(*member) && taken.insert(*member))
            .map(str::to_owned)
            .collect();
        if !members.is_empty() {
            let smtp_alert = switch(&section.settings, "smtp_alert").unwrap_or(alerts);
            names.insert(name);
            groups.push(SyncGroup { name: name.clone(), members, smtp_alert, notify: Notify::default() });
            sections.push(section);
        }
    }
    (groups, sections)
}

/// The weight of every definition. BFD sessions that cannot be started, or are not for virtual routers, are none.
fn definitions<'d>(document: &'d Document, sessions: &'d [Bfd]) -> Definitions<'d> {
    let sections = [&document.scripts, &document.track_files, &document.track_processes];
    let for_vrrp = sessions.iter().filter(|session| session.for_vrrp);
    let mut definitions: Definitions<'_> = for_vrrp
        .map(|session| ((TrackerKind::Bfd, session.name.as_str()), (session.weight, session.reverse)))
        .collect();
    for ((_, kind, default), sections) in KINDS.into_iter().zip(sections) {
        for section in sections {
            let name = section.name.value.as_str();
            definitions.entry((kind, name), || {
                weight(&section.settings)
                    .map_or((default, false), |(weight, said)| (weight, said == Some(true)))
            });
        }
    }
    definitions
}

/// The entries of an instance or a group; what is not defined is left out, and of two of a name the first counts.
fn tracks(settings: &Settings, definitions: &Definitions<'_>) -> Vec<Track> {
    let mut tracks = Vec::new();
    for (block, kind, _) in KINDS {
        let mut seen = BTreeSet::new();
        for line in lines(settings, block) {
            let Some(name) = line.get("(name)").and_then(|name| texts(&name.value).next()) else { continue };
            let Some(default) = definitions.get(&(kind, name)) else { continue };
            let (weight, reverse) =
                weight(line).map_or(*default, |(own, said)| (own, said.unwrap_or(default.1)));
            if seen.insert(name) {
                tracks.push(Track { tracker: TrackerId { kind, name: name.to_owned() }, weight, reverse });
            }
        }
    }
    // There can be thousands of instances, each with one.
    tracks.shrink_to_fit();
    tracks
}

/// `INTERFACE DOWN_DELAY [UP_DELAY]`; an omitted second delay is 0, whatever keepalived.conf(5) says.
fn delays(line: &Settings) -> Option<InterfaceDelays> {
    let delay = |option| match values(line, option).first() {
        Some(Value::Time(time)) => *time,
        Some(_) | None => Duration::ZERO,
    };
    let interface = line.get("(interface)").and_then(|name| texts(&name.value).next())?.to_owned();
    Some(InterfaceDelays { interface, down: delay("(down_delay)"), up: delay("(up_delay)") })
}

/// `weight NUMBER [reverse|noreverse]`: the second only if it is said.
fn weight(settings: &Settings) -> Option<(i16, Option<bool>)> {
    let weight = values(settings, "weight");
    let Some(Value::Int(number)) = weight.first() else { return None };
    let reverse = weight.iter().flat_map(texts).next().map(|word| word == "reverse");
    Some((i16::try_from(*number).ok()?, reverse))
}
