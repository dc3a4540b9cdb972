//! vipd and keepalived as peers whose interfaces are in a VRF.

use anyhow::Result;
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::links::{ip, link};
use vipd_tests::programs::{instance, refused_in_all, start_keepalived, start_vipd, state};
use vipd_tests::watch::{await_holder, has_address};
use vipd_tests::{PATIENCE, eventually};

use crate::test;

const VIP: &str = "192.168.200.100";
const OWN: [&str; 2] = ["192.168.200.128", "192.168.200.129"];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("vrf::multicast_beside_keepalived", || beside_keepalived("eth0", "", "")),
        test("vrf::unicast_beside_keepalived", || {
            beside_keepalived("eth0", &unicast(OWN[0], OWN[1]), &unicast(OWN[1], OWN[0]))
        }),
        test("vrf::unicast_without_interface_beside_keepalived", || {
            let ours = format!("  vrf blue\n{}", unicast(OWN[0], OWN[1]));
            beside_keepalived("", &ours, &unicast(OWN[1], OWN[0]))
        }),
        test("vrf::moved_in_and_out_while_master", || moved("eth0", "")),
        test("vrf::vmac_beside_keepalived", || {
            own_link_beside_keepalived(["  use_vmac", "  use_vmac"], "vrrp.51", VIP)
        }),
        test("vrf::ipvlan_beside_keepalived", || {
            let lines = ["  use_ipvlan 192.168.200.140", "  use_ipvlan 192.168.200.141"];
            own_link_beside_keepalived(lines, "vrrp.51", VIP)
        }),
        test("vrf::ipv6_beside_keepalived", || own_link_beside_keepalived(["", ""], "eth0", "2001:db8::100")),
        test("vrf::ipv6_vmac_beside_keepalived", || {
            own_link_beside_keepalived(["  use_vmac", "  use_vmac"], "vrrp.51", "2001:db8::100")
        }),
        test("vrf::vmac_moved_in_and_out_while_master", || moved("vrrp.51", "  use_vmac")),
    ]
}

fn unicast(own: &str, peer: &str) -> String {
    format!("  unicast_src_ip {own}\n  unicast_peer {{\n    {peer}\n  }}")
}

/// Two hosts with a VRF, table 10.
fn hosts() -> Result<(World, [Host; 2])> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &[&format!("{}/24", OWN[0])])?;
    let b = world.host("ServerB", &[&format!("{}/24", OWN[1])])?;
    for host in [&a, &b] {
        ip(host, "link add blue type vrf table 10")?;
        ip(host, "link set blue up")?;
    }
    Ok((world, [a, b]))
}

fn config(priority: u8, interface: &str, more: &str) -> String {
    let address = format!("{VIP}/24 dev eth0");
    // Not less than a second: other tests compute beside this one.
    file(3, &[Instance::priority(priority).every("1").on(interface).with_addresses(&[&address]).and(more)])
}

fn await_state(daemon: &Daemon, wanted: &str) -> Result<()> {
    eventually(&format!("VI_1 is {wanted}"), PATIENCE, || Ok(state(daemon, "VI_1") == wanted))
}

/// Election, takeover and back, with vipd higher and lower; the routes are in the VRF's table.
fn beside_keepalived(our_interface: &str, ours: &str, theirs: &str) -> Result<()> {
    for priority in [150, 50] {
        let (_world, [a, b]) = hosts()?;
        for host in [&a, &b] {
            ip(host, "link set eth0 master blue")?;
        }
        let route = "\n  virtual_routes {\n    198.51.100.0/24 via 192.168.200.10 dev eth0 vrf blue\n  }";
        let mut theirs = start_keepalived(&b, &config(100, "eth0", &format!("{theirs}{route}")))?;
        await_holder(&[&a, &b], VIP, &b)?;
        let mut ours = start_vipd(&a, &config(priority, our_interface, &format!("{ours}{route}")))?;
        let higher = if priority > 100 { &a } else { &b };
        await_state(&ours, if priority > 100 { "MASTER" } else { "BACKUP" })?;
        eventually("vipd is where it belongs", PATIENCE, || {
            let seen = instance(&ours, "VI_1")?;
            Ok(priority > 100 || seen["counters"]["adverts_received"].as_u64() > Some(3))
        })?;
        await_holder(&[&a, &b], VIP, higher)?;
        theirs.stop(PATIENCE)?;
        await_holder(&[&a, &b], VIP, &a)?;
        eventually("the route is in the VRF's table", PATIENCE, || {
            Ok(ip(&a, "route show table 10")?.contains("198.51.100.0/24 via 192.168.200.10"))
        })?;
        theirs.start()?;
        await_holder(&[&a, &b], VIP, higher)?;
        let refused = refused_in_all(&instance(&ours, "VI_1")?);
        anyhow::ensure!(refused == 0, "vipd refused {refused} of keepalived's advertisements");
        ours.stop(PATIENCE)?;
        await_holder(&[&a, &b], VIP, &b)?;
        let left = ip(&a, "route show table 10")?;
        anyhow::ensure!(!left.contains("198.51.100.0"), "left behind: {left}");
    }
    Ok(())
}

/// Wherever the interfaces of both are moved, in the end the better one is Master alone, and is heard.
fn moved(on: &str, more: &str) -> Result<()> {
    let (_world, [a, b]) = hosts()?;
    let ours = start_vipd(&a, &config(150, "eth0", more))?;
    let theirs = start_vipd(&b, &config(50, "eth0", more))?;
    await_holder(&[&a, &b], VIP, &a)?;
    for line in ["link set eth0 master blue", "link set eth0 nomaster", "link set eth0 master blue"] {
        for host in [&a, &b] {
            ip(host, line)?;
        }
        await_state(&ours, "MASTER")?;
        await_holder(&[&a, &b], VIP, &a)?;
        eventually("ServerB hears ServerA", PATIENCE, || {
            let seen = instance(&theirs, "VI_1")?;
            Ok(seen["state"] == "BACKUP"
                && seen["last_advert_age_ms"].as_f64().is_some_and(|age| age < 700.0))
        })?;
        anyhow::ensure!(has_address(&a, on, VIP)?);
        anyhow::ensure!(link(&a, on)?["master"] == link(&a, "eth0")?["master"], "{}", link(&a, on)?);
    }
    Ok(())
}

/// keepalived on A and vipd on B, each Master once: the interface is in the VRF with both, and equal but for its MAC address
/// where that is the base's; advertisements are heard, and the address is announced.
fn own_link_beside_keepalived(more: [&str; 2], on: &str, vip: &str) -> Result<()> {
    let (world, [a, b]) = hosts()?;
    let capture = world.capture()?;
    for host in [&a, &b] {
        ip(host, "link set eth0 master blue")?;
        eventually("there is a link-local address", PATIENCE, || {
            let seen = ip(host, "-6 address show dev eth0")?;
            Ok(seen.contains("fe80::") && !seen.contains("tentative"))
        })?;
    }
    let addresses: &[&str] =
        if vip == VIP { &["192.168.200.100/24"] } else { &["fe80::100/64", "2001:db8::100/64"] };
    let config = |priority: u8, more: &str| {
        file(3, &[Instance::priority(priority).every("1").with_addresses(addresses).and(more)])
    };
    let mut theirs = start_keepalived(&a, &config(100, more[0]))?;
    await_holder(&[&a, &b], vip, &a)?;
    let their_link = without_mac(&a, on)?;
    let mut ours = start_vipd(&b, &config(50, more[1]))?;
    await_state(&ours, "BACKUP")?;
    eventually("vipd hears keepalived", PATIENCE, || {
        Ok(instance(&ours, "VI_1")?["counters"]["adverts_received"].as_u64() > Some(3))
    })?;
    anyhow::ensure!(state(&ours, "VI_1") == "BACKUP");
    theirs.stop(PATIENCE)?;
    await_holder(&[&a, &b], vip, &b)?;
    let our_link = without_mac(&b, on)?;
    anyhow::ensure!(their_link == our_link, "keepalived: {their_link}\nvipd: {our_link}");
    anyhow::ensure!(our_link["master"] == "blue", "{our_link}");
    let mac = link(&b, if more[1].contains("use_vmac") { on } else { "eth0" })?["address"].clone();
    eventually("the address is announced", PATIENCE, || {
        Ok(capture.announcements(vip.parse()?).iter().any(|announced| mac == announced.mac.to_string()))
    })?;
    theirs.start()?;
    await_holder(&[&a, &b], vip, &a)?;
    let refused = refused_in_all(&instance(&ours, "VI_1")?);
    anyhow::ensure!(refused == 0, "vipd refused {refused} of keepalived's advertisements");
    ours.stop(PATIENCE)?;
    anyhow::ensure!(on == "eth0" || link(&b, on).is_err(), "{on} is left behind");
    Ok(())
}

fn without_mac(host: &Host, interface: &str) -> Result<Value> {
    let mut link = link(host, interface)?;
    if interface == "eth0" || !link["address"].to_string().starts_with("\"00:00:5e:00:0") {
        link["address"] = Value::Null;
    }
    Ok(link)
}
