//! What checks of a configuration know about this machine. Everything is only read.

use std::fs;
use std::io;
use std::net::ToSocketAddrs as _;
use std::path::Path;

use config::Loaded;
use config::rules::{self, Feature, HostFacts, InterfaceFacts};
use engine::api::{Input, Link, Observed};
use linux::netlink::Netlink;

use crate::programs;

/// Answers what this configuration depends on, in the network namespace of this process.
pub(super) fn facts(loaded: &Loaded) -> io::Result<HostFacts> {
    let answer = |run| (programs::facts(&run), run);
    let programs = rules::programs(loaded).into_iter().map(answer).map(|(facts, run)| (run, facts));
    let unresolved = rules::mail_server(loaded).into_iter().filter(|name| !resolves(name)).collect();
    Ok(HostFacts { programs: programs.collect(), unresolved, ..kernel()? })
}

/// Asks the name service, which can take its time.
fn resolves(name: &str) -> bool {
    (name, 0).to_socket_addrs().is_ok_and(|mut addresses| addresses.next().is_some())
}

/// Asks the kernel.
fn kernel() -> io::Result<HostFacts> {
    let Input::Resync { links, addresses } = Netlink::open()?.dump()? else {
        return Err(io::Error::other("the kernel told about one change instead of everything"));
    };
    Ok(HostFacts {
        interfaces: links.into_iter().map(|link| interface(link, &addresses)).collect(),
        net_admin: linux::process::has_net_admin(),
        net_raw: linux::process::has_net_raw(),
        programs: std::collections::BTreeMap::new(),
        lacking: lacking(),
        unresolved: std::collections::BTreeSet::new(),
    })
}

/// What is neither in the kernel nor among its modules. Without the lists of both nothing is certain.
fn lacking() -> Vec<Feature> {
    let Ok(release) = fs::read_to_string("/proc/sys/kernel/osrelease") else { return Vec::new() };
    let list = |name: &str| fs::read_to_string(format!("/lib/modules/{}/{name}", release.trim()));
    let (Ok(built_in), Ok(loadable)) = (list("modules.builtin"), list("modules.dep")) else {
        return Vec::new();
    };
    let is_there = |feature: &Feature| {
        let module = feature.module();
        has_module(&built_in, module)
            || has_module(&loadable, module)
            || Path::new("/sys/module").join(module).exists()
    };
    Feature::ALL.into_iter().filter(|feature| !is_there(feature)).collect()
}

/// Whether a list of modules of the kernel (`kernel/net/ip_vs.ko.xz: …`) has this one.
fn has_module(list: &str, module: &str) -> bool {
    let mut files = list.lines().filter_map(|line| line.split(':').next()?.rsplit('/').next());
    files.any(|file| file.split('.').next().is_some_and(|name| name.replace('-', "_") == module))
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
        let facts = kernel().unwrap();
        let lo = facts.interfaces.iter().find(|interface| interface.name == "lo").unwrap();
        assert!(!lo.arp, "nobody asks for addresses there");
        assert!(lo.mtu >= 1280, "{}", lo.mtu);
    }

    #[test]
    fn modules_are_found_in_the_lists_of_the_kernel() {
        let list = "kernel/net/netfilter/ipvs/ip_vs.ko.xz: kernel/net/x.ko\nkernel/drivers/net/macvlan.ko:\n\
                    kernel/net/netfilter/nf-tables.ko.zst:\n";
        assert!(has_module(list, "ip_vs") && has_module(list, "macvlan") && has_module(list, "nf_tables"));
        assert!(!has_module(list, "ipvlan") && !has_module(list, "x") && !has_module("", "ip_vs"));
    }
}
