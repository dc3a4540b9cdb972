//! The kernel under one host: interfaces and addresses, and what it notifies about them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use config::model::Scope;
use engine::api::{AddressOp, Input, Link, Observed};
use types::{Cidr, Family, IfIndex, Instant, MacAddr};

use crate::scenario;

const ENODEV: i32 = 19;
const EADDRNOTAVAIL: i32 = 99;

/// An ifindex far from the first ones, so that a stale one is never right by chance.
const RECREATED: u32 = 100;

#[derive(Debug)]
pub(crate) struct Kernel {
    host: usize,
    nics: Vec<Nic>,
    /// In the order in which they were added.
    addresses: Vec<Observed>,
    /// When the lifetime of an address ends, where it has one.
    expiry: BTreeMap<(IfIndex, Cidr), Instant>,
    recreated: u32,
    /// Address operations fail with this positive errno.
    pub(crate) failing: Option<i32>,
}

#[derive(Debug)]
struct Nic {
    /// `None` while the interface does not exist.
    ifindex: Option<IfIndex>,
    name: String,
    mac: MacAddr,
    plugged: bool,
}

impl Kernel {
    /// A host that has just been booted: interfaces with the administrator's addresses.
    pub(crate) fn boot(host: usize, segments: usize) -> Self {
        let nics = (0..segments).map(|segment| Nic {
            ifindex: Some(IfIndex(2 + segment as u32)),
            name: scenario::interface(segment),
            mac: MacAddr([2, 0, 0, 0, segment as u8, host as u8]),
            plugged: true,
        });
        let mut kernel = Self {
            host,
            nics: nics.collect(),
            addresses: Vec::new(),
            expiry: BTreeMap::new(),
            recreated: 0,
            failing: None,
        };
        for segment in 0..segments {
            for cidr in scenario::own_addresses(host, segment) {
                kernel.set_own_address(segment, cidr, false);
            }
        }
        kernel
    }

    /// The interface on a segment, if it exists.
    pub(crate) fn ifindex(&self, segment: usize) -> Option<IfIndex> {
        self.nics[segment].ifindex
    }

    /// Where an interface leads to.
    pub(crate) fn segment(&self, ifindex: IfIndex) -> Option<usize> {
        self.nics.iter().position(|nic| nic.ifindex == Some(ifindex))
    }

    /// Whether frames can pass: the interface exists and its cable is plugged in.
    pub(crate) fn is_connected(&self, segment: usize) -> bool {
        let nic = &self.nics[segment];
        nic.ifindex.is_some() && nic.plugged
    }

    /// Whether the interface of that segment is up under its name.
    pub(crate) fn is_up(&self, segment: usize) -> bool {
        self.is_connected(segment) && self.nics[segment].name == scenario::interface(segment)
    }

    /// Whether everything is as the administrator wants it: connected, under its name, with its own addresses.
    pub(crate) fn is_in_order(&self, segment: usize) -> bool {
        let own = scenario::own_addresses(self.host, segment);
        self.is_up(segment)
            && self.failing.is_none()
            && own
                .iter()
                .all(|cidr| self.find(segment, cidr.addr).is_some_and(|at| !self.addresses[at].tentative))
    }

    pub(crate) fn mac(&self, segment: usize) -> MacAddr {
        self.nics[segment].mac
    }

    pub(crate) fn holds(&self, segment: usize, addr: IpAddr) -> bool {
        self.find(segment, addr).is_some()
    }

    /// Addresses that a router process added.
    pub(crate) fn tagged(&self) -> impl Iterator<Item = (IfIndex, Cidr)> + '_ {
        self.addresses.iter().filter(|o| o.ours).map(|o| (o.ifindex, o.cidr))
    }

    /// The answer to a dump of interfaces and addresses.
    pub(crate) fn dump(&self) -> Input<'static> {
        let links = (0..self.nics.len()).filter_map(|segment| self.link(segment)).collect();
        Input::Resync { links, addresses: self.addresses.clone() }
    }

    /// One operation of a batch: the notification, or the errno.
    pub(crate) fn execute(&mut self, now: Instant, op: &AddressOp) -> Result<Input<'static>, i32> {
        if let Some(errno) = self.failing {
            return Err(errno);
        }
        match op {
            AddressOp::Add(spec) => {
                self.segment(spec.ifindex).ok_or(ENODEV)?;
                let lifetime = Duration::from_secs(u64::from(spec.valid_lft_secs));
                if spec.valid_lft_secs == u32::MAX {
                    self.expiry.remove(&(spec.ifindex, spec.cidr));
                } else {
                    self.expiry.insert((spec.ifindex, spec.cidr), now + lifetime);
                }
                Ok(self.add(spec.ifindex, spec.cidr, spec.scope, true, false))
            }
            AddressOp::Remove { ifindex, cidr } => {
                self.segment(*ifindex).ok_or(ENODEV)?;
                self.remove(*ifindex, *cidr).ok_or(EADDRNOTAVAIL)
            }
        }
    }

    pub(crate) fn remove(&mut self, ifindex: IfIndex, cidr: Cidr) -> Option<Input<'static>> {
        let at = self.addresses.iter().position(|o| o.ifindex == ifindex && o.cidr == cidr)?;
        self.addresses.remove(at);
        self.expiry.remove(&(ifindex, cidr));
        Some(Input::AddressGone { ifindex, cidr })
    }

    /// When the lifetime of an address ends, if it does.
    pub(crate) fn expiry(&self, ifindex: IfIndex, cidr: Cidr) -> Option<Instant> {
        self.expiry.get(&(ifindex, cidr)).copied()
    }

    /// Removes an address whose lifetime is over.
    pub(crate) fn expire(&mut self, now: Instant, ifindex: IfIndex, cidr: Cidr) -> Option<Input<'static>> {
        self.expiry(ifindex, cidr).filter(|at| *at <= now)?;
        self.remove(ifindex, cidr)
    }

    pub(crate) fn plug(&mut self, segment: usize, plugged: bool) -> Option<Input<'static>> {
        self.nics[segment].plugged = plugged;
        self.link(segment).map(Input::Link)
    }

    pub(crate) fn rename(&mut self, segment: usize, name: String) -> Option<Input<'static>> {
        self.nics[segment].name = name;
        self.link(segment).map(Input::Link)
    }

    /// Deletes an interface; its addresses go first, as Linux tells it.
    pub(crate) fn delete(&mut self, segment: usize) -> Vec<Input<'static>> {
        let Some(ifindex) = self.nics[segment].ifindex else { return Vec::new() };
        self.nics[segment].plugged = false;
        let mut notices: Vec<Input<'static>> = self.link(segment).map(Input::Link).into_iter().collect();
        let gone = |o: &Observed| o.ifindex == ifindex;
        notices.extend(
            self.addresses.iter().filter(|o| gone(o)).map(|o| Input::AddressGone { ifindex, cidr: o.cidr }),
        );
        self.addresses.retain(|o| !gone(o));
        self.nics[segment].ifindex = None;
        notices.push(Input::LinkGone(ifindex));
        notices
    }

    /// Creates a deleted interface again, with a new number, without carrier and without addresses.
    pub(crate) fn create(&mut self, segment: usize) -> Option<Input<'static>> {
        self.recreated += 1;
        self.nics[segment].ifindex = Some(IfIndex(RECREATED + self.recreated));
        self.link(segment).map(Input::Link)
    }

    /// The administrator's address appears, or has passed duplicate address detection.
    pub(crate) fn set_own_address(
        &mut self,
        segment: usize,
        cidr: Cidr,
        tentative: bool,
    ) -> Option<Input<'static>> {
        let ifindex = self.nics[segment].ifindex?;
        let scope = match cidr.family() {
            Family::V4 => Scope::GLOBAL,
            Family::V6 => Scope::LINK,
        };
        Some(self.add(ifindex, cidr, scope, false, tentative))
    }

    fn add(
        &mut self,
        ifindex: IfIndex,
        cidr: Cidr,
        scope: Scope,
        ours: bool,
        tentative: bool,
    ) -> Input<'static> {
        let known = self.addresses.iter().position(|o| o.ifindex == ifindex && o.cidr == cidr);
        let secondary = cidr.family() == Family::V4
            && self
                .addresses
                .iter()
                .take(known.unwrap_or(usize::MAX))
                .any(|o| o.ifindex == ifindex && !o.secondary && same_subnet(o.cidr, cidr));
        let observed = Observed { ifindex, cidr, ours, secondary, tentative, dad_failed: false, scope };
        match known {
            Some(at) => self.addresses[at] = observed.clone(),
            None => self.addresses.push(observed.clone()),
        }
        Input::Address(observed)
    }

    fn find(&self, segment: usize, addr: IpAddr) -> Option<usize> {
        let ifindex = self.nics[segment].ifindex?;
        self.addresses.iter().position(|o| o.ifindex == ifindex && o.cidr.addr == addr)
    }

    fn link(&self, segment: usize) -> Option<Link> {
        let nic = &self.nics[segment];
        Some(Link {
            ifindex: nic.ifindex?,
            name: nic.name.clone(),
            mac: nic.mac,
            up: nic.plugged,
            mtu: 1500,
            arp: true,
            master: None,
            vrf_table: None,
            upper: None,
        })
    }
}

/// Whether two IPv4 addresses are in one subnet with the same prefix: the later one is a secondary address.
fn same_subnet(a: Cidr, b: Cidr) -> bool {
    let network = |cidr: Cidr| match cidr.addr {
        IpAddr::V4(addr) => u32::from(addr).checked_shr(32 - u32::from(cidr.prefix_len)),
        IpAddr::V6(_) => None,
    };
    a.prefix_len == b.prefix_len && network(a) == network(b)
}
