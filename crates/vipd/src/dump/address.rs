use std::fmt::Write as _;

use config::model::{Broadcast, Instance, PreferredLft, Scope, VirtualAddress};
use engine::observe::InstanceSnapshot;
use types::{Cidr, Family};

/// An address as keepalived 2.2.7 writes it, `192.0.2.10/24 dev v0 scope global label v0:1 set`; `set`: it is in the
/// kernel. An interface with a virtual MAC address is `vrrp.51@eth0`.
pub(super) fn line(instance: &Instance, address: &VirtualAddress, state: &InstanceSnapshot) -> String {
    let interface = instance.interface_of(address);
    let base = instance.vmacs.iter().find(|vmac| vmac.name == interface).map(|vmac| vmac.base.as_str());
    let mut text = text(address, interface, base);
    let is_set = |shown: &&engine::observe::AddressSnapshot| {
        shown.cidr == address.cidr && shown.interface == interface && shown.desired && shown.observed
    };
    if state.addresses.iter().any(|shown| is_set(&shown)) {
        text.push_str(" set");
        // What drops packets to it.
        text.push_str(if instance.drops_packets() { " nftable_set" } else { "" });
    }
    text
}

/// The same without its state. `base`: the interface below one with a virtual MAC address.
pub(super) fn text(address: &VirtualAddress, interface: &str, base: Option<&str>) -> String {
    let mut text = cidr(address.cidr);
    if let Some(broadcast) = broadcast(address) {
        let _ = write!(text, " brd {broadcast}");
    }
    let _ = write!(text, " dev {interface}");
    if let Some(base) = base {
        let _ = write!(text, "@{base}");
    }
    let _ = write!(text, " scope {}", scope(address.scope));
    if let Some(label) = &address.label {
        let _ = write!(text, " label {label}");
    }
    if let Some(peer) = address.peer {
        let _ = write!(text, " peer {}/{}", peer.addr, peer.prefix_len);
    }
    let flags = address.flags;
    let six = address.cidr.family() == Family::V6;
    for (on, word) in [
        (flags.home, " home"),
        (six && !flags.nodad, " -nodad"),
        (flags.mngtmpaddr, " mngtmpaddr"),
        (flags.noprefixroute, " noprefixroute"),
        (flags.autojoin, " autojoin"),
        (address.no_track, " no_track"),
    ] {
        text.push_str(if on { word } else { "" });
    }
    if six {
        match preferred_lft(address) {
            Some(0) => text.push_str(" deprecated"),
            Some(secs) => {
                let _ = write!(text, " preferred_lft {secs}");
            }
            None => text.push_str(" preferred_lft forever"),
        }
    }
    text
}

/// The prefix length of a host is not written.
pub(super) fn cidr(cidr: Cidr) -> String {
    if cidr.prefix_len == cidr.family().max_prefix_len() {
        cidr.addr.to_string()
    } else {
        format!("{}/{}", cidr.addr, cidr.prefix_len)
    }
}

/// Seconds; `None`: forever.
fn preferred_lft(address: &VirtualAddress) -> Option<u32> {
    match address.preferred_lft {
        PreferredLft::Secs(u32::MAX) => None,
        PreferredLft::Secs(secs) => Some(secs),
        PreferredLft::Default => (address.cidr.prefix_len == Family::V6.max_prefix_len()).then_some(0),
    }
}

fn broadcast(address: &VirtualAddress) -> Option<std::net::Ipv4Addr> {
    let std::net::IpAddr::V4(addr) = address.cidr.addr else { return None };
    let host_bits = u32::MAX.checked_shr(address.cidr.prefix_len.into()).unwrap_or(0);
    match address.broadcast? {
        Broadcast::Address(given) => Some(given),
        Broadcast::HostOnes => Some((u32::from(addr) | host_bits).into()),
        Broadcast::HostZeros => Some((u32::from(addr) & !host_bits).into()),
    }
}

fn scope(scope: Scope) -> String {
    match scope {
        Scope::GLOBAL => "global".to_owned(),
        Scope::SITE => "site".to_owned(),
        Scope::LINK => "link".to_owned(),
        Scope::HOST => "host".to_owned(),
        Scope::NOWHERE => "nowhere".to_owned(),
        Scope(number) => number.to_string(),
    }
}
