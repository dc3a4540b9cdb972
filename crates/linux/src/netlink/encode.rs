//! Requests that add and remove addresses.

use std::net::IpAddr;

use engine::api::{AddressOp, AddressSpec};
use netlink_packet_core::{NLM_F_ACK, NLM_F_CREATE, NLM_F_REPLACE, NLM_F_REQUEST};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::{
    AddressAttribute, AddressFlags, AddressHeader, AddressHeaderFlags, AddressMessage, AddressProtocol,
    CacheInfo,
};
use types::{Cidr, Family, IfIndex};

use super::{DEL_ADDRESS, NEW_ADDRESS, Peers, TAG, route};

const FOREVER: u32 = u32::MAX;

/// Appends one request to `out`.
pub(super) fn operation(out: &mut Vec<u8>, op: &AddressOp, peers: &Peers, sequence: u32, answer: bool) {
    let (kind, flags, message) = match op {
        AddressOp::Add(spec) => (NEW_ADDRESS, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE, add(spec)),
        AddressOp::Remove { ifindex, cidr } => {
            let peer = peers.get(&(*ifindex, cidr.addr)).copied();
            (DEL_ADDRESS, NLM_F_REQUEST, bare(*ifindex, *cidr, peer))
        }
    };
    let flags = if answer { flags | NLM_F_ACK } else { flags };
    route::append(out, kind, flags, sequence, &message);
}

fn add(spec: &AddressSpec) -> AddressMessage {
    let mut message = bare(spec.ifindex, spec.cidr, spec.peer);
    message.header.scope = spec.scope.0.into();
    let attributes = &mut message.attributes;
    attributes.push(AddressAttribute::Protocol(AddressProtocol::Other(TAG)));
    if let Some(broadcast) = spec.broadcast {
        attributes.push(AddressAttribute::Broadcast(broadcast));
    }
    if let Some(label) = &spec.label {
        attributes.push(AddressAttribute::Label(label.clone()));
    }
    let flags = flags(spec);
    if !flags.is_empty() {
        attributes.push(AddressAttribute::Flags(flags));
    }
    // Without lifetimes, replacing an address makes it last forever as well.
    if (spec.valid_lft_secs, spec.preferred_lft_secs) != (FOREVER, FOREVER) {
        let mut lifetimes = CacheInfo::default();
        lifetimes.ifa_valid = spec.valid_lft_secs;
        lifetimes.ifa_preferred = spec.preferred_lft_secs;
        attributes.push(AddressAttribute::CacheInfo(lifetimes));
    }
    message
}

/// The address alone: what a removal needs. With a peer the prefix length is the peer's.
fn bare(ifindex: IfIndex, cidr: Cidr, peer: Option<Cidr>) -> AddressMessage {
    let remote = peer.unwrap_or(cidr);
    let mut message = AddressMessage::default();
    message.header = AddressHeader {
        family: match cidr.addr {
            IpAddr::V4(_) => AddressFamily::Inet,
            IpAddr::V6(_) => AddressFamily::Inet6,
        },
        prefix_len: remote.prefix_len,
        flags: AddressHeaderFlags::empty(),
        scope: 0.into(),
        index: ifindex.0,
    };
    message.attributes = Vec::with_capacity(7);
    message.attributes.extend([AddressAttribute::Local(cidr.addr), AddressAttribute::Address(remote.addr)]);
    message
}

/// The flags that the family knows; IPv4 would keep and show the others without any meaning.
fn flags(spec: &AddressSpec) -> AddressFlags {
    let v6 = spec.cidr.family() == Family::V6;
    let mut flags = AddressFlags::empty();
    flags.set(AddressFlags::Homeaddress, spec.flags.home && v6);
    flags.set(AddressFlags::Nodad, spec.flags.nodad && v6);
    flags.set(AddressFlags::Managetempaddr, spec.flags.mngtmpaddr && v6);
    flags.set(AddressFlags::Noprefixroute, spec.flags.noprefixroute);
    flags.set(AddressFlags::Mcautojoin, spec.flags.autojoin);
    flags
}
