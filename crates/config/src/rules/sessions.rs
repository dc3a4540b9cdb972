//! BFD sessions: what they need of a machine.

use super::host::{HostFacts, no_interface};
use super::{Scene, last};
use crate::diagnostics::{self as ids, Diagnostic};

/// Interfaces of link-local neighbours and source addresses that are not there.
pub(super) fn host(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    let model = &scene.loaded.model;
    for session in &model.bfd {
        let mut nodes = scene.tops("bfd_instance");
        let named = |word: crate::tree::Word<'_>| word.text() == session.name;
        let Some(node) = nodes.find(|node| node.args().next().is_some_and(named)) else { continue };
        let place = |keyword| last(node.children(), keyword).map_or(node.span(), |line| line.span());
        if let Some(name) = &session.interface
            && facts.interfaces.iter().all(|interface| interface.name != *name)
        {
            found.push(no_interface(facts, name, place("neighbor_ip"), &format!("{}: ", session.name)));
        }
        let Some(source) = session.source else { continue };
        let own = facts.interfaces.iter().flat_map(|interface| &interface.addresses);
        let shared = model.instances.iter().flat_map(crate::model::Instance::all_addresses);
        if own.chain(shared.map(|address| &address.cidr)).all(|cidr| cidr.addr != source) {
            let message = format!("{}: {source} is no address of this machine", session.name);
            found.push(
                Diagnostic::new(&ids::SOURCE_MISSING, place("source_ip"), message)
                    .help("until it is one, the session cannot send: correct or add it"),
            );
        }
    }
}
