//! What the members of a virtual router must have in common, and what they must not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use types::{Cidr, Family, Version, Vrid};

use super::{Part, Seen, authentication};
use crate::diagnostics::{self as ids, Diagnostic, Id};
use crate::rules::{range, tracks};

/// Compares the members of one virtual router. Returns whether each accepts the others' advertisements.
pub(super) fn check(parts: &[Part<'_>], nodes: usize, found: &mut Vec<Diagnostic>) -> bool {
    let Some((first, others)) = parts.split_first() else { return true };
    if others.is_empty() {
        if nodes > 1 {
            lonely(first, found);
        }
        return true;
    }
    let mut heard = true;
    for other in others {
        let mut pair = Pair { first, other, found };
        heard &= pair.packets();
        pair.addresses();
        pair.timers();
    }
    priorities(parts, found);
    for part in parts {
        weights(part, parts, found);
    }
    heard
}

fn lonely(part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let vrid = part.instance.vrid;
    let message = format!(
        "{}: only {} has virtual router {vrid} ({}): nobody takes over when it fails",
        part.instance.name, part.seen.name, part.instance.family
    );
    found.push(
        Diagnostic::new(&ids::NO_BACKUP, part.place("virtual_router_id"), message)
            .help("add the instance to another machine, with this virtual_router_id and another priority"),
    );
}

/// Two members of one virtual router.
struct Pair<'p, 'a> {
    first: &'p Part<'a>,
    other: &'p Part<'a>,
    found: &'p mut Vec<Diagnostic>,
}

impl Pair<'_, '_> {
    /// What makes one drop the other's advertisements: then both are Master. Returns whether nothing does.
    fn packets(&mut self) -> bool {
        let (a, b) = (self.first.instance, self.other.instance);
        let before = self.found.len();
        if a.version != b.version {
            let values = [a.version, b.version].map(|version| format!("version {version}"));
            self.differ(&ids::VERSIONS_DIFFER, "version", values);
            return false;
        }
        if a.destination != b.destination {
            let values = [a.destination, b.destination].map(|group| group.to_string());
            self.differ(&ids::GROUPS_DIFFER, "mcast_dst_ip", values);
        }
        if !authentication::fits(&a.authentication, &b.authentication) {
            let values = authentication::described([&a.authentication, &b.authentication]);
            self.differ(&ids::PASSWORDS_DIFFER, "authentication", values);
        }
        if a.interval != b.interval && a.version == Version::V2 {
            let values = [a, b].map(|instance| format!("{} s", instance.interval.as_centis() / 100));
            self.differ(&ids::INTERVALS_DIFFER, "advert_int", values);
        }
        let heard = self.found.len() == before;
        if a.version == Version::V3 && a.family == Family::V4 && a.checksum_as_v2 != b.checksum_as_v2 {
            let values = [a, b].map(|instance| if instance.checksum_as_v2 { "on" } else { "off" }.to_owned());
            self.differ(&ids::CHECKSUMS_DIFFER, "v3_checksum_as_v2", values);
        }
        heard
    }

    fn addresses(&mut self) {
        let lists = [self.first, self.other]
            .map(|part| part.instance.addresses.iter().map(|address| address.cidr).collect::<Vec<Cidr>>());
        let sets = [0, 1].map(|at| lists[at].iter().map(|cidr| cidr.addr).collect::<BTreeSet<IpAddr>>());
        let lacks = |at: usize| {
            let missing: Vec<_> = sets[1 - at].difference(&sets[at]).map(ToString::to_string).collect();
            let name = [self.first, self.other][at].seen.name;
            (!missing.is_empty()).then(|| format!("{name} lacks {}", few(&missing)))
        };
        let missing: Vec<_> = [lacks(0), lacks(1)].into_iter().flatten().collect();
        if !missing.is_empty() {
            let message = format!("the addresses differ: {}", missing.join("; "));
            let help =
                "name the same addresses on all machines: those that are missing disappear when it is Master";
            self.report(
                &ids::ADDRESSES_DIFFER,
                "virtual_ipaddress",
                &message,
                help,
                ["", ""].map(str::to_owned),
            );
            return;
        }
        let [mut a, mut b] = lists;
        if a.iter().map(|cidr| cidr.addr).ne(b.iter().map(|cidr| cidr.addr)) {
            let help = "use one order on all machines: advertisements are compared address by address";
            let message = "the same addresses, in another order";
            self.report(&ids::ORDER_DIFFERS, "virtual_ipaddress", message, help, ["", ""].map(str::to_owned));
        }
        a.sort_unstable();
        b.sort_unstable();
        if let Some((a, b)) = a.iter().zip(&b).find(|(a, b)| a != b) {
            let values = [a.to_string(), b.to_string()];
            self.differ(&ids::PREFIXES_DIFFER, "virtual_ipaddress", values);
        }
    }

    /// What the Backup may have otherwise without being deaf.
    fn timers(&mut self) {
        let (a, b) = (self.first.instance, self.other.instance);
        if a.version == Version::V3 && b.version == Version::V3 && a.interval != b.interval {
            let values = [a.interval, b.interval]
                .map(|interval| format!("{} s", interval.as_duration().as_secs_f64()));
            self.differ(&ids::TIMERS_DIFFER, "advert_int", values);
        }
        if a.down_timer_adverts != b.down_timer_adverts {
            let values =
                [a.down_timer_adverts, b.down_timer_adverts].map(|count| format!("{count} advertisements"));
            self.differ(&ids::TIMERS_DIFFER, "down_timer_adverts", values);
        }
    }

    /// One setting, two values.
    fn differ(&mut self, id: &'static Id, keyword: &'static str, values: [String; 2]) {
        let names = [self.first.seen.name, self.other.seen.name];
        let message =
            format!("{keyword} differs: {} has {}, {} has {}", names[0], values[0], names[1], values[1]);
        let help = match id.severity {
            crate::Severity::Error => {
                "make them equal: each of the two drops what the other says, and both are Master"
            }
            crate::Severity::Warning | crate::Severity::Hint => "make them equal",
        };
        self.report(id, keyword, &message, help, values);
    }

    fn report(
        &mut self,
        id: &'static Id,
        keyword: &'static str,
        message: &str,
        help: &str,
        values: [String; 2],
    ) {
        let [here, there] = values;
        let message = format!("{}: {message}", self.other.instance.name);
        let mut diagnostic = Diagnostic::new(id, self.other.place(keyword), message).help(help);
        diagnostic = diagnostic.label(
            self.first.place(keyword),
            if here.is_empty() { "the other one".to_owned() } else { here },
        );
        self.found.push(diagnostic.caret(there));
    }
}

/// Equal priorities leave the election to the addresses of the interfaces.
fn priorities(parts: &[Part<'_>], found: &mut Vec<Diagnostic>) {
    let mut first_of = BTreeMap::new();
    for part in parts {
        let priority = part.instance.priority;
        let Some(first) = first_of.insert(priority, part) else { continue };
        let names = [first.seen.name, part.seen.name];
        let (id, message, help) = if priority.is_owner() {
            let message = format!("{} and {} both own the addresses (priority 255)", names[0], names[1]);
            (&ids::TWO_OWNERS, message, "use priorities below 255 for addresses that move")
        } else {
            let message = format!(
                "{} and {} have equal priorities ({priority}): the higher primary address becomes Master, \
                 and after a failure nothing returns",
                names[0], names[1]
            );
            (&ids::EQUAL_PRIORITIES, message, "give each machine a priority of its own")
        };
        found.push(
            Diagnostic::new(id, part.place("priority"), format!("{}: {message}", part.instance.name))
                .label(first.place("priority"), "and here")
                .help(help),
        );
    }
}

/// A weight that leaves the order of the machines as it is, whatever else fails.
fn weights(part: &Part<'_>, parts: &[Part<'_>], found: &mut Vec<Diagnostic>) {
    let instance = part.instance;
    if instance.priority.is_owner() {
        return;
    }
    let tracks = tracks(&part.seen.scene, part.subject);
    let reach = |(low, high): (i32, i32)| (low.clamp(1, 254), high.clamp(1, 254));
    let (low, high) = reach(range(instance.priority, tracks.iter()));
    // Without any effect at all it is a finding about the file.
    if low == high {
        return;
    }
    let decides = parts.iter().filter(|other| other.index != part.index).any(|other| {
        let rival = other.instance;
        let (rival_low, rival_high) = if rival.priority.is_owner() {
            (255, 255)
        } else {
            reach(range(rival.priority, crate::rules::tracks(&other.seen.scene, other.subject).iter()))
        };
        low <= rival_high && rival_low <= high
    });
    if decides {
        return;
    }
    for track in tracks.iter().filter(|track| track.own) {
        let message = format!(
            "{}: the weight of {} never changes the election: {} moves between {low} and {high}, \
             and no other machine has a priority there",
            instance.name, track.name, part.seen.name
        );
        let mut diagnostic =
            Diagnostic::new(&ids::WEIGHT_NEVER_DECIDES, part.seen.place(track.span), message)
                .help("choose a weight larger than the difference of the priorities");
        for other in parts.iter().filter(|other| other.index != part.index) {
            diagnostic =
                diagnostic.label(other.place("priority"), format!("{} has this one", other.seen.name));
        }
        found.push(diagnostic);
    }
}

/// The same address under two numbers is moved by two virtual routers that know nothing of each other.
pub(super) fn addresses(groups: &BTreeMap<(Family, Vrid), Vec<Part<'_>>>, found: &mut Vec<Diagnostic>) {
    let mut holders: BTreeMap<IpAddr, Part<'_>> = BTreeMap::new();
    for part in groups.values().flatten() {
        for address in part.instance.all_addresses() {
            let addr = address.cidr.addr;
            let first = *holders.entry(addr).or_insert(*part);
            // On one machine it is a finding about the file.
            if first.index == part.index || first.instance.vrid == part.instance.vrid {
                continue;
            }
            let message = format!(
                "{addr} is moved by virtual router {} on {} and by {} on {}: both would have it at the same time",
                first.instance.vrid, first.seen.name, part.instance.vrid, part.seen.name
            );
            found.push(
                Diagnostic::new(
                    &ids::ADDRESS_UNDER_TWO_NUMBERS,
                    part.seen.place(part.subject.address(addr)),
                    message,
                )
                .label(first.seen.place(first.subject.address(addr)), "also here")
                .help("use one virtual_router_id for it on all machines"),
            );
        }
    }
}

/// What a machine sends from is its own, and moves with nobody; an owner has both.
pub(super) fn sources(groups: &BTreeMap<(Family, Vrid), Vec<Part<'_>>>, found: &mut Vec<Diagnostic>) {
    let mut holders: BTreeMap<IpAddr, Part<'_>> = BTreeMap::new();
    for part in groups.values().flatten() {
        for address in part.instance.all_addresses() {
            holders.entry(address.cidr.addr).or_insert(*part);
        }
    }
    for part in groups.values().flatten().filter(|part| !part.instance.priority.is_owner()) {
        let Some((source, holder)) = part.instance.source.and_then(|addr| Some((addr, holders.get(&addr)?)))
        else {
            continue;
        };
        let names = ["mcast_src_ip", "unicast_src_ip"];
        let keyword = names.into_iter().find(|name| part.subject.word(name).is_some()).unwrap_or_default();
        let (node, moves) = (part.seen.name, &holder.instance.name);
        let message =
            format!("{source} is {node}'s own, and {moves} moves it: {node} loses it to the Master");
        found.push(
            Diagnostic::new(&ids::ADDRESS_OF_A_MACHINE, part.place(keyword), message)
                .label(holder.seen.place(holder.subject.address(source)), "moved here")
                .help("move an address that no machine has for itself"),
        );
    }
}

/// Two machines with one router_id send mails that nobody can tell apart.
pub(super) fn names(seen: &[Seen<'_>], found: &mut Vec<Diagnostic>) {
    let mut first_of: BTreeMap<&str, &Seen<'_>> = BTreeMap::new();
    for seen in seen {
        let global = &seen.scene.loaded.model.global;
        let (Some(id), Some(place)) = (global.router_id.as_deref(), seen.scene.global("router_id")) else {
            continue;
        };
        let first = *first_of.entry(id).or_insert(seen);
        if std::ptr::eq(first, seen) || global.mail.is_none() {
            continue;
        }
        let message = format!(
            "{} and {} have the same router_id `{id}`: their mails look alike",
            first.name, seen.name
        );
        let mut diagnostic = Diagnostic::new(&ids::SAME_ROUTER_ID, seen.place(place.span()), message)
            .help("name each machine differently, or leave router_id out: then it is the host name");
        if let Some(there) = first.scene.global("router_id") {
            diagnostic = diagnostic.label(first.place(there.span()), "also here");
        }
        found.push(diagnostic);
    }
}

fn few(names: &[String]) -> String {
    const SHOWN: usize = 3;
    match names.get(..SHOWN) {
        Some(shown) if names.len() > SHOWN => {
            format!("{} and {} more", shown.join(", "), names.len() - SHOWN)
        }
        Some(_) | None => names.join(", "),
    }
}
