//! What the kernel shows: interfaces, and the addresses that are not virtual (those are in [`crate::reconcile`]).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use config::model::{Bfd, Scope};
use types::{Family, IfIndex, MacAddr};

use crate::api::{Link, Observed};
use crate::observe::FaultCause;

#[derive(Debug, Default)]
pub(crate) struct Kernel {
    links: BTreeMap<IfIndex, Link>,
    by_name: BTreeMap<String, IfIndex>,
    /// In the kernel's order, because the first primary address is the source of advertisements.
    foreign: BTreeMap<IfIndex, Vec<Observed>>,
}

impl Kernel {
    pub(crate) fn link(&self, ifindex: IfIndex) -> Option<&Link> {
        self.links.get(&ifindex)
    }

    pub(crate) fn link_named(&self, name: &str) -> Option<&Link> {
        self.by_name.get(name).and_then(|i| self.links.get(i))
    }

    pub(crate) fn name(&self, ifindex: IfIndex) -> String {
        self.link(ifindex).map_or_else(|| format!("interface {ifindex}"), |l| l.name.clone())
    }

    pub(crate) fn is_own_mac(&self, mac: MacAddr) -> bool {
        self.links.values().any(|l| l.mac == mac)
    }

    /// Whether it is the address of an interface that may stand for a virtual router.
    pub(crate) fn is_virtual_mac(&self, mac: MacAddr) -> bool {
        self.links.values().any(|l| l.mac == mac && l.is_macvlan())
    }

    pub(crate) fn links(&self) -> impl Iterator<Item = &Link> {
        self.links.values()
    }

    /// Whether anything changed that the engine must look at.
    pub(crate) fn set_link(&mut self, link: Link) -> bool {
        if self.links.get(&link.ifindex) == Some(&link) {
            return false;
        }
        if let Some(old) = self.links.get(&link.ifindex)
            && old.name != link.name
            && self.by_name.get(&old.name) == Some(&link.ifindex)
        {
            self.by_name.remove(&old.name);
        }
        self.by_name.insert(link.name.clone(), link.ifindex);
        self.links.insert(link.ifindex, link);
        true
    }

    pub(crate) fn remove_link(&mut self, ifindex: IfIndex) -> bool {
        self.foreign.remove(&ifindex);
        let Some(old) = self.links.remove(&ifindex) else { return false };
        if self.by_name.get(&old.name) == Some(&ifindex) {
            self.by_name.remove(&old.name);
        }
        true
    }

    pub(crate) fn replace_links(&mut self, links: Vec<Link>) {
        self.by_name = links.iter().map(|l| (l.name.clone(), l.ifindex)).collect();
        self.links = links.into_iter().map(|l| (l.ifindex, l)).collect();
        self.foreign.clear();
    }

    pub(crate) fn add_foreign(&mut self, address: Observed) {
        let list = self.foreign.entry(address.ifindex).or_default();
        match list.iter_mut().find(|o| o.cidr == address.cidr) {
            Some(known) => *known = address,
            None => list.push(address),
        }
    }

    pub(crate) fn remove_foreign(&mut self, ifindex: IfIndex, cidr: types::Cidr) -> Option<Observed> {
        let list = self.foreign.get_mut(&ifindex)?;
        let at = list.iter().position(|o| o.cidr == cidr)?;
        Some(list.remove(at))
    }

    /// Whether an address that is not virtual is on the interface.
    pub(crate) fn is_on(&self, ifindex: IfIndex, cidr: types::Cidr) -> bool {
        self.foreign.get(&ifindex).into_iter().flatten().any(|o| o.cidr == cidr)
    }

    /// Whether an IPv4 address that comes now is behind another one of its subnet.
    pub(crate) fn would_be_secondary(&self, ifindex: IfIndex, cidr: types::Cidr) -> bool {
        let subnet = |cidr: types::Cidr| match cidr.addr {
            IpAddr::V4(addr) => addr.to_bits().checked_shr(32 - u32::from(cidr.prefix_len)),
            IpAddr::V6(_) => None,
        };
        let same = |o: &&Observed| o.cidr.prefix_len == cidr.prefix_len && subnet(o.cidr) == subnet(cidr);
        cidr.family() == Family::V4
            && self.foreign.get(&ifindex).into_iter().flatten().filter(|o| o.cidr != cidr).any(|o| same(&o))
    }

    pub(crate) fn foreign(&self) -> impl Iterator<Item = &Observed> {
        self.foreign.values().flatten()
    }

    pub(crate) fn has_address(&self, ifindex: IfIndex, addr: IpAddr) -> bool {
        self.usable(ifindex).any(|o| o.cidr.addr == addr)
    }

    /// Whether an interface of this VRF, or one outside of all VRFs, has the address.
    pub(crate) fn has_address_within(&self, vrf: Option<IfIndex>, addr: IpAddr) -> bool {
        let interfaces = self.foreign.keys().copied().filter(|ifindex| self.vrf_of(*ifindex) == vrf);
        interfaces.into_iter().any(|ifindex| self.has_address(ifindex, addr))
    }

    /// The VRF that an interface is in or is itself.
    pub(crate) fn vrf_of(&self, ifindex: IfIndex) -> Option<IfIndex> {
        let is_vrf = |i: &IfIndex| self.link(*i).is_some_and(|link| link.vrf_table.is_some());
        Some(ifindex).filter(is_vrf).or_else(|| self.link(ifindex)?.master.filter(is_vrf))
    }

    /// Whether any of the interfaces is a VRF.
    pub(crate) fn has_vrfs(&self) -> bool {
        self.links.values().any(|link| link.vrf_table.is_some())
    }

    /// The VRF of a BFD session: that of its interface, else of its own address, else of the subnet that the neighbour is in.
    /// What is outside of all VRFs comes first, as it would without any. While none of these is there (IPv6 addresses go
    /// with the carrier), it stays in `current`.
    pub(crate) fn vrf_of_session(&self, session: &Bfd, current: Option<IfIndex>) -> Option<IfIndex> {
        if let Some(link) = session.interface.as_ref().and_then(|name| self.link_named(name)) {
            return self.vrf_of(link.ifindex);
        }
        let says = |o: &&Observed| match session.source {
            Some(source) => o.cidr.addr == source,
            None => !session.multihop && o.cidr.contains(session.neighbor),
        };
        let places: BTreeSet<_> = self.foreign().filter(says).map(|o| self.vrf_of(o.ifindex)).collect();
        match places.first() {
            Some(vrf) => *vrf,
            None => current.filter(|vrf| self.link(*vrf).is_some()),
        }
    }

    /// The address to send from: IPv4 the first primary one, IPv6 the first link-local one (RFC 9568 section 5.1.2.1).
    /// `current` stays as long as it is usable.
    pub(crate) fn source(&self, ifindex: IfIndex, family: Family, current: Option<IpAddr>) -> Option<IpAddr> {
        let fits = |o: &&Observed| {
            o.cidr.family() == family
                && match family {
                    Family::V4 => !o.secondary && o.scope < Scope::HOST,
                    Family::V6 => o.scope == Scope::LINK,
                }
        };
        if let Some(current) = current
            && self.usable(ifindex).any(|o| o.cidr.addr == current && fits(&o))
        {
            return Some(current);
        }
        self.usable(ifindex).find(fits).map(|o| o.cidr.addr)
    }

    /// Why the address that would be sent from cannot be: this one, or without one the first that would fit.
    pub(crate) fn unusable_source(
        &self,
        ifindex: IfIndex,
        family: Family,
        configured: Option<IpAddr>,
    ) -> Option<FaultCause> {
        let is_it = |o: &&Observed| match configured {
            Some(source) => o.cidr.addr == source,
            None => o.cidr.family() == family && o.scope == Scope::LINK,
        };
        let unusable = |o: &&Observed| o.tentative || o.dad_failed;
        let found = self.foreign.get(&ifindex)?.iter().filter(unusable).find(is_it)?;
        let cause = if found.dad_failed { FaultCause::SourceDuplicate } else { FaultCause::SourceTentative };
        Some(cause(found.cidr.addr))
    }

    fn usable(&self, ifindex: IfIndex) -> impl Iterator<Item = &Observed> {
        self.foreign.get(&ifindex).into_iter().flatten().filter(|o| !o.tentative && !o.dad_failed)
    }
}

#[cfg(test)]
mod tests {
    use types::Cidr;

    use super::*;

    const BLUE: IfIndex = IfIndex(10);

    /// eth0 (2) outside of all VRFs and eth1 (3) in blue, with these addresses.
    fn kernel(addresses: &[(u32, &str)]) -> Kernel {
        let link = |ifindex, name: &str, master, vrf_table| Link {
            ifindex,
            name: name.to_owned(),
            mac: MacAddr::default(),
            up: true,
            mtu: 1500,
            arp: true,
            master,
            vrf_table,
            upper: None,
        };
        let mut kernel = Kernel::default();
        kernel.replace_links(vec![
            link(IfIndex(2), "eth0", None, None),
            link(IfIndex(3), "eth1", Some(BLUE), None),
            link(BLUE, "blue", None, Some(10)),
        ]);
        for (ifindex, cidr) in addresses {
            kernel.add_foreign(Observed {
                ifindex: IfIndex(*ifindex),
                cidr: cidr.parse::<Cidr>().unwrap(),
                ours: false,
                secondary: false,
                tentative: false,
                dad_failed: false,
                scope: Scope::GLOBAL,
            });
        }
        kernel
    }

    #[test]
    fn where_a_session_is() {
        let session = |neighbor: &str, source: Option<&str>, multihop| Bfd {
            source: source.map(|source| source.parse().unwrap()),
            multihop,
            ..Bfd::new("s", neighbor.parse().unwrap())
        };
        let kernel = kernel(&[(2, "192.0.2.1/24"), (3, "198.51.100.1/24"), (3, "192.0.2.9/24")]);
        for (neighbor, source, multihop, expected) in [
            ("198.51.100.2", None, false, Some(BLUE)),
            ("198.51.100.2", Some("192.0.2.1"), false, None),
            ("203.0.113.2", Some("198.51.100.1"), true, Some(BLUE)),
            // Its subnet is in both; who is not near is in no subnet.
            ("192.0.2.2", None, false, None),
            ("198.51.100.2", None, true, None),
        ] {
            let found = kernel.vrf_of_session(&session(neighbor, source, multihop), None);
            assert_eq!(found, expected, "{neighbor} {source:?} {multihop}");
        }
        let near = Bfd { interface: Some("eth1".into()), ..session("fe80::2", None, false) };
        assert_eq!(kernel.vrf_of_session(&near, None), Some(BLUE));
        // While its address is away it stays, unless the VRF has gone.
        let away = session("198.51.100.2", Some("198.51.100.77"), false);
        assert_eq!(kernel.vrf_of_session(&away, Some(BLUE)), Some(BLUE));
        assert_eq!(kernel.vrf_of_session(&away, Some(IfIndex(77))), None);
    }
}
