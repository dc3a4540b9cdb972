//! Instances without an interface, beside Debian's keepalived, which has one.

use std::time::Duration;

use anyhow::Result;
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{
    daemon, debian_keepalived, instance, refused_in_all, start_keepalived, start_vipd, state,
};
use vipd_tests::watch::{await_holder, tshark_agrees};
use vipd_tests::{PATIENCE, always, eventually};

use crate::test;

const V4: [&str; 2] = ["192.168.200.128", "192.168.200.129"];
const V6: [&str; 2] = ["2001:db8::a", "2001:db8::b"];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("roaming::beside_keepalived_v2_pass", || {
            beside_keepalived(2, V4, "192.168.200.100", Some("1111"))
        }),
        test("roaming::beside_keepalived_v3", || beside_keepalived(3, V4, "192.168.200.100", None)),
        test("roaming::beside_keepalived_ipv6", || beside_keepalived(3, V6, "fe80::100", None)),
        test("roaming::from_an_address_elsewhere", from_elsewhere),
    ]
}

/// The other machine's address is the peer.
fn unicast(instance: Instance, own: &str, peers: &[&str]) -> Instance {
    instance.and(&format!("  unicast_src_ip {own}\n  unicast_peer {{\n    {}\n  }}", peers.join("\n    ")))
}

fn hosts(own: [&str; 2]) -> Result<(World, [Host; 2])> {
    let mut world = vipd_tests::world()?;
    let length = if own[0].contains(':') { 64 } else { 24 };
    let a = world.host("ServerA", &[&format!("{}/{length}", own[0])])?;
    let b = world.host("ServerB", &[&format!("{}/{length}", own[1])])?;
    Ok((world, [a, b]))
}

/// Start, preemption, priority 0 and back, with vipd higher and then lower than keepalived. keepalived 2.2.7
/// accepts no instance without an interface.
fn beside_keepalived(
    version: u8,
    own: [&'static str; 2],
    vip: &'static str,
    password: Option<&'static str>,
) -> Result<()> {
    let every = if version == 2 { "1" } else { "0.25" };
    for ours in [150, 50] {
        let (world, [a, b]) = hosts(own)?;
        let capture = world.capture()?;
        let config = |priority, own, peer, interface, address: &str| {
            let instance = Instance {
                password: password.map(str::to_owned),
                ..Instance::priority(priority).every(every).on(interface).with_addresses(&[address])
            };
            file(version, &[unicast(instance, own, &[peer])])
        };
        let our_config = config(ours, own[0], own[1], "", &format!("{vip} dev eth0"));
        let mut vipd = Daemon::new(&a, &daemon(), &our_config)?;
        let their_config = config(100, own[1], own[0], "eth0", vip);
        let mut theirs = Daemon::new(&b, &debian_keepalived()?, &their_config)?;
        let higher = if ours > 100 { &a } else { &b };
        let servers = [&a, &b];
        theirs.start()?;
        await_holder(&servers, vip, &b)?;
        vipd.start()?;
        eventually("vipd listens", PATIENCE, || Ok(!state(&vipd, "VI_1").is_empty()))?;
        await_holder(&servers, vip, higher)?;
        always("one Master", Duration::from_secs(1), || higher.holds(vip.parse()?))?;
        anyhow::ensure!(theirs.stop(PATIENCE)?.success(), "keepalived did not stop cleanly");
        await_holder(&servers, vip, &a)?;
        theirs.start()?;
        await_holder(&servers, vip, higher)?;
        let refused = refused_in_all(&instance(&vipd, "VI_1")?);
        anyhow::ensure!(refused == 0, "vipd refused {refused} of keepalived's advertisements");
        anyhow::ensure!(vipd.stop(PATIENCE)?.success(), "vipd did not stop cleanly");
        await_holder(&servers, vip, &b)?;
        let (log, complaints) = (theirs.log(), ["invalid", "mismatch", "bogus", "incorrect", "wrong"]);
        let found = log.lines().find(|line| complaints.iter().any(|word| line.to_lowercase().contains(word)));
        anyhow::ensure!(found.is_none(), "keepalived complains: {}", found.unwrap_or_default());
        tshark_agrees(&world, &capture, 8)?;
    }
    Ok(())
}

/// The source is on another interface than the one that leads to the peer. While it is on none, nobody can be heard, and
/// that is FAULT.
fn from_elsewhere() -> Result<()> {
    let (_world, [a, b]) = hosts(V4)?;
    let ip =
        |host: &Host, line: &str| host.output("ip", &line.split_whitespace().collect::<Vec<_>>()).map(drop);
    ip(&a, "link add inner type veth peer name far")?;
    ip(&a, "link set inner up")?;
    ip(&b, &format!("route add 10.7.7.1 via {}", V4[0]))?;
    let vip = "192.168.200.100";
    let ours = Instance::priority(150).every("0.25").on("").with_addresses(&[&format!("{vip} dev eth0")]);
    let mut vipd = start_vipd(&a, &file(3, &[unicast(ours, "10.7.7.1", &[V4[1]])]))?;
    let theirs = unicast(Instance::priority(100).every("0.25"), V4[1], &["10.7.7.1"]);
    let _theirs = start_keepalived(&b, &file(3, &[theirs]))?;
    let await_state = |vipd: &Daemon, wanted: &str| {
        eventually(&format!("VI_1 is {wanted}"), PATIENCE, || Ok(state(vipd, "VI_1") == wanted))
    };
    for _ in 0..2 {
        await_state(&vipd, "FAULT")?;
        await_holder(&[&a, &b], vip, &b)?;
        let faults = instance(&vipd, "VI_1")?["faults"].to_string();
        anyhow::ensure!(faults.contains("10.7.7.1"), "the fault does not name the address: {faults}");
        ip(&a, "address add 10.7.7.1/32 dev inner")?;
        await_holder(&[&a, &b], vip, &a)?;
        ip(&a, "address del 10.7.7.1/32 dev inner")?;
    }
    await_state(&vipd, "FAULT")?;
    ip(&a, "address add 10.7.7.1/32 dev eth0")?;
    await_holder(&[&a, &b], vip, &a)?;
    anyhow::ensure!(vipd.stop(PATIENCE)?.success(), "vipd did not stop cleanly");
    await_holder(&[&a, &b], vip, &b)
}
