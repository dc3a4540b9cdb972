//! Unicast: whether each machine names all others as its peers, by the addresses that they send from.
//!
//! This looks at what is written, not at what is usable, so that it also helps where an instance has other faults.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use types::Family;

use super::Seen;
use crate::diagnostics::{self as ids, Diagnostic};
use crate::rules::Subject;
use crate::source::Span;

/// Compares all pairs of machines. Returns the virtual routers whose members do not hear each other.
pub(super) fn check(scenes: &[Seen<'_>], found: &mut Vec<Diagnostic>) -> BTreeSet<(Family, String)> {
    let mut routers: BTreeMap<(Family, String, String), Vec<End<'_>>> = BTreeMap::new();
    for seen in scenes {
        for (vrid, ends) in ends(seen) {
            let alone = ends.len() == 1;
            for end in ends {
                // One number on several interfaces is several virtual routers: then the name tells which is which.
                let name = if alone { String::new() } else { end.subject.name() };
                routers.entry((end.family, vrid.clone(), name)).or_default().push(end);
            }
        }
    }
    let mut deaf = BTreeSet::new();
    for ((family, vrid, _), ends) in routers {
        if ends.iter().all(|end| end.peers.is_none()) {
            continue;
        }
        for (index, one) in ends.iter().enumerate() {
            for other in ends.iter().skip(index + 1) {
                if !pair(one, other, found) {
                    deaf.insert((family, vrid.clone()));
                }
            }
        }
        if ends.len() > 1 {
            for end in &ends {
                unknown_source(end, found);
            }
        }
    }
    deaf
}

/// An instance as a partner.
struct End<'a> {
    seen: &'a Seen<'a>,
    subject: &'a Subject<'a>,
    family: Family,
    /// The addresses of `unicast_peer`, each with its place; `None`: multicast.
    peers: Option<BTreeMap<IpAddr, Span>>,
    /// `unicast_src_ip`
    source: Option<IpAddr>,
}

/// The instances of a machine by their number, as written.
fn ends<'a>(seen: &'a Seen<'a>) -> BTreeMap<String, Vec<End<'a>>> {
    let mut ends: BTreeMap<String, Vec<End<'a>>> = BTreeMap::new();
    for subject in &seen.scene.subjects {
        let Some(vrid) = subject.word("virtual_router_id") else { continue };
        let lines = subject.lines("unicast_peer").filter_map(|line| line.words().next());
        let peers: BTreeMap<IpAddr, Span> =
            lines.filter_map(|word| Some((word.text().parse().ok()?, word.span))).collect();
        let source = subject.word("unicast_src_ip").and_then(|text| text.parse().ok());
        let written = subject.instance.map(|instance| instance.family);
        let first = source.or_else(|| peers.keys().next().copied()).map(Family::of);
        let Some(family) = written.or(first).or_else(|| subject.first_address().map(Family::of)) else {
            continue;
        };
        let peers = (!peers.is_empty()).then_some(peers);
        ends.entry(vrid).or_default().push(End { seen, subject, family, peers, source });
    }
    ends
}

/// Whether two machines hear each other, as far as their lists of peers tell.
fn pair(one: &End<'_>, other: &End<'_>, found: &mut Vec<Diagnostic>) -> bool {
    let (Some(_), Some(_)) = (&one.peers, &other.peers) else {
        if one.peers.is_none() && other.peers.is_none() {
            return true;
        }
        let (unicast, multicast) = if one.peers.is_some() { (one, other) } else { (other, one) };
        let message = format!(
            "{}: {} sends to its peers, {} to the multicast group: neither hears the other",
            unicast.subject.name(),
            unicast.seen.name,
            multicast.seen.name
        );
        found.push(
            Diagnostic::new(&ids::MODES_DIFFER, unicast.place(), message)
                .label(multicast.seen.place(multicast.subject.head()), "no `unicast_peer` here")
                .help("use unicast_peer on all machines, or on none"),
        );
        return false;
    };
    let both = [(one, other), (other, one)].map(|(from, to)| names(from, to, found));
    both == [true, true]
}

/// Whether one machine sends to another.
fn names(from: &End<'_>, to: &End<'_>, found: &mut Vec<Diagnostic>) -> bool {
    let (Some(peers), Some(address)) = (&from.peers, to.source) else { return true };
    if peers.contains_key(&address) {
        return true;
    }
    let message = format!(
        "{}: {} does not name {} ({address}) as its peer: {} hears nothing from it, and becomes Master, too",
        from.subject.name(),
        from.seen.name,
        to.seen.name,
        to.seen.name
    );
    let mut diagnostic = Diagnostic::new(&ids::PEERS_DIFFER, from.place(), message)
        .label(to.seen.place(to.subject.place("unicast_src_ip")), "this address")
        .help(format!("add {address} to the unicast_peer of {}", from.seen.name));
    // One peer that is somewhere else is most probably this one, misspelt.
    if let (1, Some(span)) = (peers.len(), peers.values().next()) {
        diagnostic = diagnostic.label(from.seen.place(*span), "its peer");
    }
    found.push(diagnostic);
    false
}

fn unknown_source(end: &End<'_>, found: &mut Vec<Diagnostic>) {
    if end.source.is_some() || end.peers.is_none() {
        return;
    }
    let name = end.seen.name;
    let message = format!(
        "{}: {name} does not say which address it sends from: whether the others name it cannot be told",
        end.subject.name()
    );
    found.push(Diagnostic::new(&ids::SOURCE_UNKNOWN, end.place(), message).help(format!(
        "add `unicast_src_ip ADDRESS` to {name}, with the address that the others have as their peer"
    )));
}

impl End<'_> {
    fn place(&self) -> Span {
        self.seen.place(self.subject.place("unicast_peer"))
    }
}
