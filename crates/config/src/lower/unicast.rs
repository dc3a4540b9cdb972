//! `unicast_peer`: who gets advertisements.

use std::collections::{BTreeMap, BTreeSet};

use types::Family;

use super::{Sections, is_on};
use crate::diagnostics::{self as ids, Diagnostic, Severity};
use crate::document::{Document, Section, Settings, Value};
use crate::model::{Instance, Model, Peer, Unicast};
use crate::source::Span;

/// What a packet to another network begins with.
const TTL: u8 = 255;

pub(super) fn complete(model: &mut Model, document: &Document, found: &mut Vec<Diagnostic>) {
    let check_source = is_on(&document.global, "vrrp_check_unicast_src");
    let mut sections = Sections::new(&document.instances);
    for instance in &mut model.instances {
        if let Some(section) = sections.next(&instance.name) {
            instance.unicast = unicast(instance, section, found);
            if let Some(unicast) = &mut instance.unicast {
                unicast.check_source |= check_source;
            }
            if let (true, Some(unicast)) = (instance.strict, &instance.unicast) {
                say_not_strict(instance, unicast, section, found);
            }
        }
    }
}

fn unicast(instance: &Instance, section: &Section, found: &mut Vec<Diagnostic>) -> Option<Unicast> {
    let settings = &section.settings;
    let (mut peers, mut known) = (Vec::<Peer>::new(), BTreeSet::new());
    for block in settings.all("unicast_peer") {
        for line in block.value.lines() {
            let Some(peer) = peer(&line.value) else { continue };
            if Family::of(peer.address) != instance.family {
                let message = format!(
                    "{}: {} is {}, but the advertisements are {}",
                    instance.name,
                    peer.address,
                    Family::of(peer.address),
                    instance.family
                );
                found.push(
                    Diagnostic::new(&ids::FAMILY_MISMATCH, line.span, message).help("this peer is left out"),
                );
            } else if known.insert(peer.address) {
                peers.push(peer);
            }
        }
    }
    let wanted = !peers.is_empty()
        || (settings.get("unicast_src_ip").is_some() && is_on(settings, "unicast_fault_no_peer"));
    let bounded = peers.iter().any(|peer| (peer.min_ttl, peer.max_ttl) != (0, u8::MAX));
    let ttl = match settings.get("unicast_ttl").map(|setting| &setting.value) {
        Some(Value::Int(ttl)) => u8::try_from(*ttl).ok().filter(|ttl| *ttl > 0).unwrap_or(TTL),
        Some(_) | None => TTL,
    };
    wanted.then(|| Unicast { peers, ttl, check_source: bounded || is_on(settings, "check_unicast_src") })
}

/// keepalived.conf(5) says that strict mode has no unicast, and keepalived 2.2.7 has it all the same: without its peers
/// the instance would be Master beside another one.
fn say_not_strict(instance: &Instance, unicast: &Unicast, section: &Section, found: &mut Vec<Diagnostic>) {
    let place = section.settings.get("unicast_peer").map_or(section.name.span, |setting| setting.span);
    let message =
        format!("{}: the RFCs have no unicast; its {} peers are used", instance.name, unicast.peers.len());
    let help = "write `strict_mode off` in this instance; the rest of strict mode holds";
    let mut diagnostic = Diagnostic::new(&ids::STRICT, place, message).help(help);
    diagnostic.severity = Severity::Hint;
    found.push(diagnostic);
}

/// `ADDRESS [min_ttl NUMBER] [max_ttl NUMBER]`.
fn peer(line: &Settings) -> Option<Peer> {
    let Value::Address(address) = line.get("(address)")?.value else { return None };
    let number = |option, default| match line.get(option).map(|setting| &setting.value) {
        Some(Value::Int(number)) => u8::try_from(*number).unwrap_or(default),
        Some(_) | None => default,
    };
    Some(Peer { address, min_ttl: number("min_ttl", 0), max_ttl: number("max_ttl", u8::MAX) })
}

/// Virtual routers of one number on one interface are told apart by their peers: they must have none in common, and only
/// one of them may be without.
pub(super) fn drop_overlapping(model: &mut Model, document: &Document, found: &mut Vec<Diagnostic>) {
    let mut taken: BTreeMap<_, (String, Span)> = BTreeMap::new();
    let mut sections = Sections::new(&document.instances);
    model.instances.retain(|instance| {
        let Some(section) = sections.next(&instance.name) else { return true };
        let Some(unicast) = &instance.unicast else { return true };
        let router =
            |peer: &Peer| (instance.place().into_owned(), instance.vrid, instance.family, peer.address);
        let first = unicast.peers.iter().find_map(|peer| Some((peer, taken.get(&router(peer))?.clone())));
        if let Some((peer, (first, place))) = first {
            let message = format!(
                "{}: virtual_router_id {} with the peer {} is taken on {} by {first}",
                instance.name,
                instance.vrid,
                peer.address,
                instance.place()
            );
            found.push(
                Diagnostic::new(&ids::DUPLICATE_VRID, section.name.span, message)
                    .label(place, "this instance")
                    .help("this one is not started: give it another virtual_router_id or other peers"),
            );
            return false;
        }
        let holder = (instance.name.clone(), section.name.span);
        taken.extend(unicast.peers.iter().map(|peer| (router(peer), holder.clone())));
        true
    });
}
