//! `--address-monitoring`: every address that comes or goes, in keepalived's words.

use std::collections::{BTreeMap, BTreeSet};

use engine::api::Input;
use types::{Cidr, IfIndex};

/// What the kernel has told.
#[derive(Debug, Default)]
pub(super) struct AddressLog {
    names: BTreeMap<IfIndex, String>,
    known: BTreeSet<(IfIndex, Cidr)>,
}

impl AddressLog {
    /// The lines for a notification.
    pub(super) fn hear(&mut self, input: &Input<'_>) -> Vec<String> {
        if let Input::Resync { links, addresses } = input {
            self.names = links.iter().map(|link| (link.ifindex, link.name.clone())).collect();
            let now: BTreeSet<_> = addresses.iter().map(|address| (address.ifindex, address.cidr)).collect();
            let gone: Vec<_> = self.known.difference(&now).copied().collect();
            let come: Vec<_> = now.difference(&self.known).copied().collect();
            self.known = now;
            let gone = gone.into_iter().map(|key| self.line(key, "removed from"));
            return gone.chain(come.into_iter().map(|key| self.line(key, "added to"))).collect();
        }
        if let Input::Link(link) = input {
            self.names.insert(link.ifindex, link.name.clone());
        } else if let Input::Address(address) = input {
            let key = (address.ifindex, address.cidr);
            if self.known.insert(key) {
                return vec![self.line(key, "added to")];
            }
        } else if let Input::AddressGone { ifindex, cidr } = input
            && self.known.remove(&(*ifindex, *cidr))
        {
            return vec![self.line((*ifindex, *cidr), "removed from")];
        }
        Vec::new()
    }

    fn line(&self, (ifindex, cidr): (IfIndex, Cidr), what: &str) -> String {
        let name = self.names.get(&ifindex).cloned().unwrap_or_else(|| format!("interface {ifindex}"));
        format!("Netlink reflector reports IP {} {what} {name}", cidr.addr)
    }
}
