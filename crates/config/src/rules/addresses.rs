//! Virtual addresses among themselves.

use std::net::IpAddr;

use super::{Scene, Subject};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::index::Index;
use crate::model::Instance;

/// Two virtual routers that move the same address take it away from each other.
pub(super) fn shared(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut holders: Index<(IpAddr, &str), (&Subject<'_>, &Instance)> = Index::default();
    for subject in &scene.subjects {
        let Some(instance) = subject.instance else { continue };
        for address in instance.all_addresses() {
            let interface = instance.interface_of(address);
            let addr = address.cidr.addr;
            let (first, first_instance) = *holders.entry((addr, interface), || (subject, instance));
            // Twice in one instance is found when it is read.
            if std::ptr::eq(first_instance, instance) {
                continue;
            }
            let message = format!(
                "{} and {} both move {addr} on {interface}: they would take it away from each other",
                first_instance.name, instance.name
            );
            found.push(
                Diagnostic::new(&ids::SAME_ADDRESS, subject.address(addr), message)
                    .label(first.address(addr), "also here")
                    .help("leave it in one of the two"),
            );
        }
    }
}
