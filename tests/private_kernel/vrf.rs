//! vipd and keepalived as peers whose interfaces are in a VRF.

use anyhow::Result;
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, refused_in_all, start_keepalived, start_vipd, state};
use vipd_tests::watch::{await_holder, ip_address};
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
        test("vrf::moved_in_and_out_while_master", moved),
    ]
}

fn ip(host: &Host, line: &str) -> Result<String> {
    host.output("ip", &line.split_whitespace().collect::<Vec<_>>())
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
    file(3, &[Instance::priority(priority).every("0.3").on(interface).with_addresses(&[&address]).and(more)])
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
fn moved() -> Result<()> {
    let (_world, [a, b]) = hosts()?;
    let ours = start_vipd(&a, &config(150, "eth0", ""))?;
    let theirs = start_vipd(&b, &config(50, "eth0", ""))?;
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
        anyhow::ensure!(ip_address(&a, "eth0", VIP)?.is_some());
    }
    Ok(())
}
