//! Instances without `interface`: with unicast an instance may do without, if it says which address it sends from and
//! where its virtual addresses go (keepalived.conf(5), `interface`).

use std::net::IpAddr;

use super::{Sections, first_text};
use crate::build::DEFAULT_INTERFACE;
use crate::diagnostics::{self as ids, Diagnostic};
use crate::document::{Document, Section};
use crate::model::{Instance, Model};

pub(super) fn complete(model: &mut Model, document: &Document, found: &mut Vec<Diagnostic>) {
    let mut sections = Sections::new(&document.instances);
    let default = first_text(&document.global, "default_interface").unwrap_or(DEFAULT_INTERFACE);
    model.instances.retain_mut(|instance| {
        let Some(section) = sections.next(&instance.name) else { return true };
        let vrf = section.settings.get("vrf");
        if instance.interface.is_some() {
            if let Some(vrf) = vrf {
                let message = format!("{}: vrf has no effect beside interface", instance.name);
                found.push(
                    Diagnostic::new(&ids::NEVER_IN_FORCE, vrf.span, message)
                        .help("remove it: an interface is in its VRF without being told"),
                );
            }
            return true;
        }
        if let Some(diagnostic) = check(instance, section) {
            found.push(diagnostic);
            return false;
        }
        instance.vrf = first_text(&section.settings, "vrf").map(str::to_owned);
        place_addresses(instance, section, default, found);
        true
    });
}

/// Why it cannot do without an interface.
fn check(instance: &Instance, section: &Section) -> Option<Diagnostic> {
    let span = section.name.span;
    let Some(unicast) = &instance.unicast else {
        let message = format!("{}: there is no interface", instance.name);
        return Some(
            Diagnostic::new(&ids::NO_INTERFACE, span, message)
                .help("add `interface NAME`; the instance is not started without"),
        );
    };
    let Some(source) = instance.source else {
        let message = format!("{}: there is neither an interface nor an address to send from", instance.name);
        return Some(
            Diagnostic::new(&ids::ROAMING_UNUSABLE, span, message).help(
                "add `unicast_src_ip ADDRESS`, or `interface NAME`; the instance is not started without",
            ),
        );
    };
    let mut ends = std::iter::once(source).chain(unicast.peers.iter().map(|peer| peer.address));
    let link_local = |end: &IpAddr| matches!(end, IpAddr::V6(end) if end.is_unicast_link_local());
    match ends.find(link_local) {
        None => None,
        Some(end) => {
            let message =
                format!("{}: {end} is link-local, which means nothing without an interface", instance.name);
            Some(Diagnostic::new(&ids::ROAMING_UNUSABLE, span, message).help(
                "add `interface NAME`, or use addresses that are not link-local; the instance is not started",
            ))
        }
    }
}

fn place_addresses(instance: &mut Instance, section: &Section, default: &str, found: &mut Vec<Diagnostic>) {
    let Instance { name, addresses, excluded, .. } = instance;
    let mut lost = Vec::new();
    for address in addresses.iter_mut().chain(excluded).filter(|address| address.interface.is_none()) {
        lost.push(address.cidr.addr.to_string());
        address.interface = Some(default.to_owned());
    }
    if !lost.is_empty() {
        let which = if lost.len() == 1 { "names" } else { "name" };
        let message =
            format!("{name}: {} {which} no interface, and neither does the instance", lost.join(", "));
        found.push(
            Diagnostic::new(&ids::ADDRESS_WITHOUT_INTERFACE, section.name.span, message)
                .help(format!("{default} is used (default_interface); write `dev NAME` behind the address")),
        );
    }
}
