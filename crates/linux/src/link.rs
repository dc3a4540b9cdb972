//! Building small networks in the network namespace of the calling thread: bridges, veth pairs, addresses. For
//! laboratories and tests; the daemon changes addresses through [`crate::netlink`].

use std::fs;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd};

use netlink_packet_core::{Emitable, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use rustix::net::netdevice::name_to_index;
use rustix::net::{AddressFamily as SocketFamily, SocketFlags, SocketType, socket_with};
use types::{Cidr, IfIndex};

use crate::namespace::NetNs;
use crate::netlink::{Netlink, Route};

const NEW: u16 = NLM_F_CREATE | NLM_F_EXCL;

/// Makes a bridge, down.
pub fn add_bridge(name: &str) -> io::Result<()> {
    let info = LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Bridge)]);
    request(libc::RTM_NEWLINK, NEW, &link_message(0, vec![named(name), info]))
}

/// Makes a pair of interfaces joined by a cable, both down: `name` here, `peer_name` in `peer_ns`.
pub fn add_veth(name: &str, peer_name: &str, peer_ns: &NetNs) -> io::Result<()> {
    let there = LinkAttribute::NetNsFd(peer_ns.as_fd().as_raw_fd());
    let peer = InfoVeth::Peer(link_message(0, vec![named(peer_name), there]));
    let info = vec![LinkInfo::Kind(InfoKind::Veth), LinkInfo::Data(InfoData::Veth(peer))];
    request(libc::RTM_NEWLINK, NEW, &link_message(0, vec![named(name), LinkAttribute::LinkInfo(info)]))
}

/// Makes the interface a port of the bridge `master`.
pub fn set_master(name: &str, master: &str) -> io::Result<()> {
    let master = LinkAttribute::Controller(index_of(master)?.0);
    request(libc::RTM_SETLINK, 0, &link_message(index_of(name)?.0, vec![master]))
}

/// Sets the interface up or down.
pub fn set_up(name: &str, up: bool) -> io::Result<()> {
    let mut message = link_message(index_of(name)?.0, Vec::new());
    message.header.change_mask = LinkFlags::Up;
    message.header.flags.set(LinkFlags::Up, up);
    request(libc::RTM_SETLINK, 0, &message)
}

/// Renames the interface; before Linux 6.2 it must be down.
pub fn rename(name: &str, new_name: &str) -> io::Result<()> {
    request(libc::RTM_SETLINK, 0, &link_message(index_of(name)?.0, vec![named(new_name)]))
}

/// Deletes the interface, and with a veth its peer.
pub fn delete(name: &str) -> io::Result<()> {
    request(libc::RTM_DELLINK, 0, &link_message(index_of(name)?.0, Vec::new()))
}

/// Adds an address like an administrator would, without our tag; an IPv6 address is usable at once (nodad).
pub fn add_address(name: &str, cidr: Cidr) -> io::Result<()> {
    let mut message = address_message(name, cidr)?;
    if cidr.addr.is_ipv6() {
        message.attributes.push(AddressAttribute::Flags(AddressFlags::Nodad));
    }
    request(libc::RTM_NEWADDR, NEW, &message)
}

/// Removes an address.
pub fn del_address(name: &str, cidr: Cidr) -> io::Result<()> {
    request(libc::RTM_DELADDR, 0, &address_message(name, cidr)?)
}

/// The addresses of an interface, link-local ones included, in the kernel's order.
pub fn list_addresses(name: &str) -> io::Result<Vec<Cidr>> {
    let ifindex = index_of(name)?;
    let (_, addresses) = Netlink::open()?.links_and_addresses()?;
    Ok(addresses.iter().filter(|a| a.ifindex == ifindex).map(|a| a.cidr).collect())
}

/// Every address in this network namespace, with the name of its interface.
pub fn all_addresses() -> io::Result<Vec<(String, Cidr)>> {
    let (links, addresses) = Netlink::open()?.links_and_addresses()?;
    let named = |observed: &engine::api::Observed| {
        let link = links.iter().find(|link| link.ifindex == observed.ifindex)?;
        Some((link.name.clone(), observed.cidr))
    };
    Ok(addresses.iter().filter_map(named).collect())
}

/// The index of an interface.
///
/// # Errors
/// ENODEV: there is none of this name.
pub fn index_of(name: &str) -> io::Result<IfIndex> {
    let socket = socket_with(SocketFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    Ok(IfIndex(name_to_index(&socket, name)?))
}

/// Writes a sysctl, as in `net.ipv4.ip_forward`; those below `net` are the current namespace's own. Dots within
/// a name, as in an interface `eth0.5`, are written as slashes (sysctl(8)).
pub fn set_sysctl(name: &str, value: &str) -> io::Result<()> {
    fs::write(sysctl_path(name), value)
}

/// Reads a sysctl, without the line's end; names as for [`set_sysctl`].
pub fn sysctl(name: &str) -> io::Result<String> {
    Ok(fs::read_to_string(sysctl_path(name))?.trim_end().to_owned())
}

fn sysctl_path(name: &str) -> String {
    let path: String = name
        .chars()
        .map(|c| match c {
            '.' => '/',
            '/' => '.',
            other => other,
        })
        .collect();
    format!("/proc/sys/{path}")
}

fn named(name: &str) -> LinkAttribute {
    LinkAttribute::IfName(name.to_owned())
}

fn link_message(index: u32, attributes: Vec<LinkAttribute>) -> LinkMessage {
    let mut message = LinkMessage::default();
    message.header.index = index;
    message.attributes = attributes;
    message
}

fn address_message(name: &str, cidr: Cidr) -> io::Result<AddressMessage> {
    let mut message = AddressMessage::default();
    message.header.family = match cidr.addr {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    };
    message.header.prefix_len = cidr.prefix_len;
    message.header.index = index_of(name)?.0;
    message.attributes = vec![AddressAttribute::Local(cidr.addr), AddressAttribute::Address(cidr.addr)];
    Ok(message)
}

fn request(kind: u16, flags: u16, message: &impl Emitable) -> io::Result<()> {
    let mut route = Route::open()?;
    let sequence = route.sequence(1);
    let mut bytes = Vec::new();
    crate::netlink::append(&mut bytes, kind, NLM_F_REQUEST | NLM_F_ACK | flags, sequence, message);
    let mut result = Ok(());
    route.transact(&bytes, sequence, 1, &mut |_, errno, _| {
        result = Err(io::Error::from_raw_os_error(errno));
    })?;
    result
}
