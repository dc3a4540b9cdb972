//! Messages of the kernel about links and addresses. Only the attributes we need are looked at, so that nothing
//! new or odd in the others can make a link or an address invisible.

use std::net::IpAddr;

use config::model::Scope;
use engine::api::{Link, Observed};
use engine::vmac::api::{Upper, UpperKind};
use netlink_packet_core::NlasIterator;
use types::{Cidr, Family, IfIndex, MacAddr};

use super::TAG;
use crate::vmac::{
    INFO_DATA, INFO_KIND, IPVLAN_FLAGS, IPVLAN_MODE, MACVLAN_MODE, MARK, PRIVATE, attribute, ipvlan_mode,
};

/// IFA_PROTO, since Linux 5.18.
pub(super) const IFA_PROTO: u16 = 11;

/// `struct ifinfomsg` and attributes. `None` for what is no whole message and for AF_BRIDGE: those tell about
/// bridge ports, and a DELLINK among them means that a port left its bridge.
pub(super) fn link(payload: &[u8]) -> Option<Link> {
    const ETHERNET: u16 = libc::ARPHRD_ETHER;
    let (header, attributes) = payload.split_first_chunk::<16>()?;
    if i32::from(header[0]) == libc::AF_BRIDGE {
        return None;
    }
    let [_, _, t0, t1, i0, i1, i2, i3, f0, f1, f2, f3, ..] = *header;
    let flags = u32::from_ne_bytes([f0, f1, f2, f3]).cast_signed();
    let mut link = Link {
        ifindex: IfIndex(u32::from_ne_bytes([i0, i1, i2, i3])),
        name: String::new(),
        mac: MacAddr::default(),
        up: flags & libc::IFF_UP != 0 && flags & libc::IFF_RUNNING != 0,
        mtu: 0,
        upper: None,
        arp: u16::from_ne_bytes([t0, t1]) == ETHERNET && flags & (libc::IFF_NOARP | libc::IFF_LOOPBACK) == 0,
        master: None,
        vrf_table: None,
    };
    let (mut base, mut ours, mut kind) = (IfIndex(0), false, None);
    for attribute in NlasIterator::new(attributes).map_while(Result::ok) {
        let value = attribute.value();
        match attribute.kind() {
            libc::IFLA_LINK => base = IfIndex(word(value).unwrap_or_default()),
            libc::IFLA_IFALIAS => ours = text(value) == MARK,
            libc::IFLA_IFNAME => link.name = text(value),
            libc::IFLA_ADDRESS => link.mac = value.try_into().map(MacAddr).unwrap_or_default(),
            libc::IFLA_LINKINFO => {
                kind = upper_kind(value);
                link.vrf_table = vrf_table(value);
            }
            libc::IFLA_MASTER => link.master = word(value).map(IfIndex),
            libc::IFLA_MTU => link.mtu = word(value).unwrap_or_default(),
            _ => {}
        }
    }
    let admin_up = flags & libc::IFF_UP != 0;
    link.upper = kind.map(|kind| Upper { base, kind, admin_up, ours });
    Some(link)
}

/// Of the nested attributes that say what kind of interface it is: the table of a VRF.
fn vrf_table(info: &[u8]) -> Option<u32> {
    const VRF_TABLE: u16 = 1;
    let find = |attributes: &[u8], kind| {
        let mut all = NlasIterator::new(attributes).map_while(Result::ok);
        // The highest bits of a type are flags.
        all.find(|attribute| attribute.kind() & 0x3fff == kind).map(|attribute| attribute.value().to_vec())
    };
    let kind = find(info, libc::IFLA_INFO_KIND)?;
    (text(&kind) == "vrf").then_some(())?;
    word(&find(&find(info, libc::IFLA_INFO_DATA)?, VRF_TABLE)?)
}

/// IFLA_LINKINFO; `None` for everything that is neither macvlan nor ipvlan.
fn upper_kind(info: &[u8]) -> Option<UpperKind> {
    let data = |place| attribute(attribute(info, INFO_DATA)?, place);
    let short = |place| data(place)?.first_chunk().copied().map(u16::from_ne_bytes);
    match text(attribute(info, INFO_KIND)?).as_str() {
        "macvlan" => Some(UpperKind::Macvlan { private: data(MACVLAN_MODE).and_then(word) == Some(PRIVATE) }),
        "ipvlan" => Some(UpperKind::Ipvlan { mode: ipvlan_mode(short(IPVLAN_MODE), short(IPVLAN_FLAGS)) }),
        _ => None,
    }
}

/// `struct ifaddrmsg` and attributes; the peer as well where there is one. With a peer the prefix is the peer's,
/// and the local address stands alone.
pub(super) fn address(payload: &[u8]) -> Option<(Observed, Option<Cidr>)> {
    let (header, attributes) = payload.split_first_chunk::<8>()?;
    let [_, prefix_len, flags, scope, ifindex @ ..] = *header;
    let mut flags = u32::from(flags);
    let (mut local, mut remote, mut ours) = (None, None, false);
    for attribute in NlasIterator::new(attributes).map_while(Result::ok) {
        let value = attribute.value();
        match attribute.kind() {
            libc::IFA_LOCAL => local = ip(value),
            libc::IFA_ADDRESS => remote = ip(value),
            libc::IFA_FLAGS => flags = word(value).unwrap_or(flags),
            IFA_PROTO => ours = value == [TAG],
            _ => {}
        }
    }
    let addr = local.or(remote)?;
    let peer = remote.filter(|&remote| remote != addr).and_then(|remote| Cidr::new(remote, prefix_len).ok());
    let observed = Observed {
        ifindex: IfIndex(u32::from_ne_bytes(ifindex)),
        cidr: if peer.is_some() { Cidr::host(addr) } else { Cidr::new(addr, prefix_len).ok()? },
        ours,
        // The same bit says "temporary" about an IPv6 address.
        secondary: flags & libc::IFA_F_SECONDARY != 0 && Family::of(addr) == Family::V4,
        tentative: flags & libc::IFA_F_TENTATIVE != 0,
        dad_failed: flags & libc::IFA_F_DADFAILED != 0,
        scope: Scope(scope),
    };
    Some((observed, peer))
}

fn ip(value: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(value)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(value).map(IpAddr::from))
        .ok()
}

fn word(value: &[u8]) -> Option<u32> {
    value.first_chunk().copied().map(u32::from_ne_bytes)
}

/// Names of interfaces may be any bytes; those that are not UTF-8 cannot be in a configuration anyway.
fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value.strip_suffix(&[0]).unwrap_or(value)).into_owned()
}
