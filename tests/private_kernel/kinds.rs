//! Virtual routers on VLANs, bridges, bonds and dummy interfaces, beside Debian's keepalived: the same interfaces, addresses
//! and settings, the same elections, and the same answer to ports that lose their carriers.

use std::time::Duration;

use anyhow::Result;
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::links::{addresses, ip, link, settings};
use vipd_tests::programs::{
    daemon, debian_keepalived, instance, refused_in_all, start_keepalived, start_vipd, state,
};
use vipd_tests::watch::{await_holder, has_address};
use vipd_tests::{PATIENCE, always, eventually};

use crate::test;

const VIP: &str = "10.5.0.100";
const VMAC: &str = "  use_vmac";
const XMIT_BASE: &str = "  use_vmac\n  vmac_xmit_base";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("kinds::vmac_on_a_vlan_the_same_as_keepalived", || same_as_keepalived(VLAN, VMAC)),
        test("kinds::vmac_on_a_bridge_the_same_as_keepalived", || same_as_keepalived(BRIDGE, VMAC)),
        test("kinds::vmac_on_a_bond_the_same_as_keepalived", || same_as_keepalived(BOND, VMAC)),
        test("kinds::vmac_on_a_dummy_the_same_as_keepalived", || same_as_keepalived(DUMMY, VMAC)),
        test("kinds::xmit_base_on_a_vlan_the_same_as_keepalived", || same_as_keepalived(VLAN, XMIT_BASE)),
        test("kinds::xmit_base_on_a_bridge_the_same_as_keepalived", || same_as_keepalived(BRIDGE, XMIT_BASE)),
        test("kinds::xmit_base_on_a_bond_the_same_as_keepalived", || same_as_keepalived(BOND, XMIT_BASE)),
        test("kinds::xmit_base_on_a_dummy_the_same_as_keepalived", || same_as_keepalived(DUMMY, XMIT_BASE)),
        test("kinds::vlan_takeover", || takeover(VLAN, "")),
        test("kinds::bridge_takeover", || takeover(BRIDGE, "")),
        test("kinds::bond_takeover", || takeover(BOND, "")),
        test("kinds::vlan_vmac_takeover", || takeover(VLAN, VMAC)),
        test("kinds::bridge_vmac_takeover", || takeover(BRIDGE, VMAC)),
        test("kinds::bond_vmac_takeover", || takeover(BOND, VMAC)),
        test("kinds::bond_xmit_base_takeover", || takeover(BOND, XMIT_BASE)),
        test("kinds::without_multicast_beside_keepalived", without_multicast),
        test("kinds::without_multicast_two_hear_each_other", hear_each_other),
        test("kinds::vlan_loses_what_is_below", || loses(VLAN)),
        test("kinds::bridge_loses_its_ports", || loses(BRIDGE)),
        test("kinds::bond_loses_its_ports", || loses(BOND)),
    ]
}

/// A kind of interface.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// How it is made of eth0.
    made: &'static [&'static str],
    /// How eth1 is added.
    second: &'static [&'static str],
    /// What takes its carrier one after the other: only the last one does.
    down: &'static [&'static str],
    /// The other way round.
    up: &'static [&'static str],
}

const VLAN: Kind = Kind {
    name: "eth0.5",
    made: &["link add link eth0 name eth0.5 type vlan id 5"],
    second: &[],
    down: &["link set eth0 down"],
    up: &["link set eth0 up"],
};
const BRIDGE: Kind = Kind {
    name: "br0",
    made: &["link add br0 type bridge forward_delay 0", "link set eth0 master br0"],
    second: &["link set eth1 master br0"],
    down: &["link set eth1 down", "link set eth0 down"],
    up: &["link set eth0 up", "link set eth1 up"],
};
const BOND: Kind = Kind {
    name: "bond0",
    made: &[
        "link add bond0 type bond mode active-backup miimon 50",
        "link set eth0 down",
        "link set eth0 master bond0",
    ],
    second: &["link set eth1 down", "link set eth1 master bond0"],
    down: &["link set eth1 down", "link set eth0 down"],
    up: &["link set eth0 up", "link set eth1 up"],
};
/// With the flag MULTICAST, without which keepalived leaves the instance alone.
const DUMMY: Kind = Kind {
    name: "dummy0",
    made: &["link add dummy0 type dummy", "link set dummy0 multicast on"],
    second: &[],
    down: &[],
    up: &[],
};

impl Kind {
    fn host(self, world: &mut World, name: &str, last: u8) -> Result<Host> {
        let host = world.host(name, &[])?;
        for line in self.made {
            ip(&host, line)?;
        }
        ip(&host, &format!("address add 10.5.0.{last}/24 dev {}", self.name))?;
        ip(&host, &format!("link set {} up", self.name))?;
        eventually(&format!("{} has a carrier and its addresses", self.name), PATIENCE, || {
            let settled = addresses(&host, self.name)?.iter().any(|address| address.contains("fe80"))
                && !ip(&host, "address show")?.contains("tentative");
            Ok(settled && link(&host, self.name)?["flags"].to_string().contains("LOWER_UP"))
        })?;
        Ok(host)
    }

    fn config(self, priority: u8, more: &str) -> String {
        let instance = Instance::priority(priority).every("1").on(self.name);
        file(3, &[instance.with_addresses(&["10.5.0.100/24"]).and(more)])
    }
}

/// One after the other on hosts that are alike, so that both become Master: the virtual interface, addresses and settings are
/// the same; afterwards everything is as it was before.
fn same_as_keepalived(kind: Kind, more: &str) -> Result<()> {
    let mut world = vipd_tests::world_with_links(2)?;
    let interfaces = ["all", "default", kind.name, "vrrp.51"];
    let mut seen = Vec::new();
    for (name, program) in [("ServerA", debian_keepalived()?), ("ServerB", daemon())] {
        let host = &kind.host(&mut world, name, 128)?;
        let before = (settings(host, &interfaces)?, addresses(host, kind.name)?);
        let mut daemon = Daemon::new(host, &program, &kind.config(100, more))?;
        daemon.start()?;
        eventually(&format!("{VIP} on {name}"), PATIENCE, || {
            Ok(has_address(host, "vrrp.51", VIP).unwrap_or(false))
        })?;
        eventually("no address is being checked", PATIENCE, || {
            Ok(!ip(host, "address show")?.contains("tentative"))
        })?;
        let both = [addresses(host, kind.name)?, addresses(host, "vrrp.51")?];
        seen.push((link(host, "vrrp.51")?, both, settings(host, &interfaces)?));
        daemon.stop(PATIENCE)?;
        anyhow::ensure!(link(host, "vrrp.51").is_err(), "{name} left its interface behind");
        let after = (settings(host, &interfaces)?, addresses(host, kind.name)?);
        // keepalived 2.2.7 forgets arp_ignore and arp_filter of the interface below.
        if name == "ServerB" {
            anyhow::ensure!(before == after, "not restored: {before:?} became {after:?}");
        }
    }
    let [(their_link, theirs, their_settings), (our_link, ours, our_settings)] = seen.as_slice() else {
        anyhow::bail!("two daemons were started")
    };
    anyhow::ensure!(their_link == our_link, "keepalived: {their_link}\nvipd: {our_link}");
    anyhow::ensure!(theirs == ours, "keepalived: {theirs:?}\nvipd: {ours:?}");
    let ours_alone = format!("ipv4/{}/arp_announce 2", kind.name);
    let pairs = their_settings.iter().zip(our_settings);
    let different: Vec<_> = pairs.filter(|(a, b)| a != b && **b != ours_alone).collect();
    anyhow::ensure!(different.is_empty(), "keepalived's and our settings: {different:?}");
    Ok(())
}

/// keepalived on A, vipd on B: each is Master once, and hears the other.
fn takeover(kind: Kind, more: &str) -> Result<()> {
    let mut world = vipd_tests::world_with_links(2)?;
    let [a, b] = [kind.host(&mut world, "ServerA", 128)?, kind.host(&mut world, "ServerB", 129)?];
    let mut theirs = start_keepalived(&a, &kind.config(150, more))?;
    await_holder(&[&a, &b], VIP, &a)?;
    let mut ours = start_vipd(&b, &kind.config(100, more))?;
    eventually("vipd hears keepalived", PATIENCE, || {
        let seen = instance(&ours, "VI_1");
        Ok(seen.is_ok_and(|i| i["state"] == "BACKUP" && i["counters"]["adverts_received"].as_u64() > Some(3)))
    })?;
    theirs.stop(PATIENCE)?;
    await_holder(&[&a, &b], VIP, &b)?;
    theirs.start()?;
    await_holder(&[&a, &b], VIP, &a)?;
    let refused = refused_in_all(&instance(&ours, "VI_1")?);
    anyhow::ensure!(refused == 0, "vipd refused {refused} of keepalived's advertisements");
    anyhow::ensure!(ours.stop(PATIENCE)?.success(), "the stop was not clean");
    Ok(())
}

/// With one of its ports left it serves as before; without any it is in FAULT; with the first one back it serves again.
fn loses(kind: Kind) -> Result<()> {
    for start in [start_keepalived, start_vipd] {
        let mut world = vipd_tests::world_with_links(2)?;
        let host = kind.host(&mut world, "ServerA", 128)?;
        for line in kind.second {
            ip(&host, line)?;
        }
        let daemon = start(&host, &kind.config(150, ""))?;
        let log = |words: &str| daemon.log().matches(words).count();
        let holds = |there: bool| {
            eventually(&format!("{VIP} is there: {there}"), PATIENCE, || {
                Ok(host.holds(VIP.parse()?)? == there)
            })
        };
        holds(true)?;
        let (last, first) = kind.down.split_last().unwrap_or((&"", &[]));
        for line in first {
            ip(&host, line)?;
        }
        for round in 1..=2 {
            ip(&host, last)?;
            holds(false)?;
            eventually("FAULT", PATIENCE, || Ok(log("Entering FAULT STATE") == round))?;
            ip(&host, kind.up[0])?;
            // A VLAN's address stays where it is when the interface below goes down.
            holds(true)?;
        }
        for line in &kind.up[1..] {
            ip(&host, line)?;
        }
        eventually("Master", PATIENCE, || Ok(log("Entering MASTER STATE") == 3))?;
    }
    Ok(())
}

/// keepalived leaves an instance alone whose interface lacks the flag MULTICAST; here it serves, with and without a virtual
/// interface.
fn without_multicast() -> Result<()> {
    for (more, on) in [("", "dummy0"), (VMAC, "vrrp.51")] {
        let mut world = vipd_tests::world()?;
        let host = DUMMY.host(&mut world, "ServerA", 128)?;
        ip(&host, "link set dummy0 multicast off")?;
        let holds = || Ok(has_address(&host, on, VIP).unwrap_or(false));
        let theirs = start_keepalived(&host, &DUMMY.config(100, more))?;
        eventually("keepalived says why not", PATIENCE, || {
            Ok(theirs.log().contains("interface dummy0 does not support multicast"))
        })?;
        always("it does not serve", Duration::from_secs(5), || Ok(!holds()?))?;
        drop(theirs);
        let ours = start_vipd(&host, &DUMMY.config(100, more))?;
        eventually("vipd serves", PATIENCE, holds)?;
        anyhow::ensure!(state(&ours, "VI_1") == "MASTER");
    }
    Ok(())
}

/// The flag says nothing about what an Ethernet carries: who has others on it does not become a second Master.
fn hear_each_other() -> Result<()> {
    for (vip, own) in [(VIP, ["10.5.0.128/24", "10.5.0.129/24"]), ("fd05::100", ["fe80::a/64", "fe80::b/64"])]
    {
        let mut world = vipd_tests::world()?;
        let [a, b] = [world.host("ServerA", &[own[0]])?, world.host("ServerB", &[own[1]])?];
        for host in [&a, &b] {
            ip(host, "link set eth0 multicast off")?;
        }
        let addresses: &[&str] = if vip == VIP { &[VIP] } else { &["fe80::100/64", "fd05::100/64"] };
        let config = |priority| file(3, &[Instance::priority(priority).every("1").with_addresses(addresses)]);
        let mut better = start_vipd(&a, &config(150))?;
        await_holder(&[&a, &b], vip, &a)?;
        let other = start_vipd(&b, &config(100))?;
        eventually("it hears the Master", PATIENCE, || {
            let seen = instance(&other, "VI_1");
            Ok(seen.is_ok_and(|i| {
                i["state"] == "BACKUP" && i["counters"]["adverts_received"].as_u64() > Some(5)
            }))
        })?;
        await_holder(&[&a, &b], vip, &a)?;
        better.stop(PATIENCE)?;
        await_holder(&[&a, &b], vip, &b)?;
    }
    Ok(())
}
