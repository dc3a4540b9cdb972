//! What `vipd check --host` knows about this machine. Everything is only read.

use std::fs;
use std::io;

use config::rules::{HostFacts, InterfaceFacts};
use engine::api::{Input, Link, Observed};
use linux::netlink::Netlink;

/// Asks the kernel, in the network namespace of this process.
pub(super) fn facts() -> io::Result<HostFacts> {
    let Input::Resync { links, addresses } = Netlink::open()?.dump()? else {
        return Err(io::Error::other("the kernel told about one change instead of everything"));
    };
    Ok(HostFacts {
        interfaces: links.into_iter().map(|link| interface(link, &addresses)).collect(),
        net_admin: linux::process::has_net_admin(),
        net_raw: linux::process::has_net_raw(),
    })
}

fn interface(link: Link, addresses: &[Observed]) -> InterfaceFacts {
    let own = addresses.iter().filter(|address| address.ifindex == link.ifindex && !address.ours);
    InterfaceFacts {
        addresses: own.map(|address| address.cidr).collect(),
        ipv6: has_ipv6(&link.name),
        name: link.name,
        up: link.up,
        arp: link.arp,
        mtu: link.mtu,
    }
}

/// The setting is missing where there is no IPv6 at all, or where the MTU is too small for it.
fn has_ipv6(interface: &str) -> bool {
    let setting = fs::read_to_string(format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6"));
    setting.is_ok_and(|setting| setting.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_has_a_loopback_interface() {
        let facts = facts().unwrap();
        let lo = facts.interfaces.iter().find(|interface| interface.name == "lo").unwrap();
        assert!(!lo.arp, "nobody asks for addresses there");
        assert!(lo.mtu >= 1280, "{}", lo.mtu);
    }
}
