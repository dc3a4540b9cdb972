//! BFD in a VRF: single hop, multihop and link-local, beside BIRD, and one VRF beside another and beside none.

use anyhow::{Context as _, Result};
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::bird::Bird;
use vipd_tests::config::{Instance, file};
use vipd_tests::links::ip;
use vipd_tests::programs::{start_keepalived, start_vipd, state, status};
use vipd_tests::{PATIENCE, always, eventually};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("bfd_vrf::single_hop_with_bird", single_hop),
        test("bfd_vrf::multihop_with_bird", multihop),
        test("bfd_vrf::link_local", link_local),
        test("bfd_vrf::two_vrfs_and_none_at_a_time", three_at_a_time),
        test("bfd_vrf::moved_in_and_out", moved),
        test("bfd_vrf::keepalived_does_not_come_up", keepalived),
    ]
}

fn hosts() -> Result<(World, Host, Host)> {
    let mut world = vipd_tests::world()?;
    let ours = world.host("Ours", &["192.0.2.1/24"])?;
    let theirs = world.host("Theirs", &["192.0.2.2/24", "2001:db8::2/64"])?;
    ip(&ours, "link add blue type vrf table 10")?;
    ip(&ours, "link set blue up")?;
    ip(&ours, "link set eth0 master blue")?;
    // One that has been there before would go with the move.
    ip(&ours, "address add 2001:db8::1/64 dev eth0 nodad")?;
    Ok((world, ours, theirs))
}

/// A second in which three packets are missed: other tests compute beside this one.
fn session(name: &str, lines: &str) -> String {
    format!("bfd_instance {name} {{\n{lines}\nmin_rx 400\nmin_tx 400\nmultiplier 5\n}}\n")
}

/// BIRD in the default VRF of its host.
fn bird(host: &Host, lines: &str) -> Result<Bird> {
    let timing = "min rx interval 400 ms; min tx interval 400 ms; idle tx interval 1 s; multiplier 5;";
    Bird::start(host, &format!("interface \"eth*\" {{ {timing} }};\nmultihop {{ {timing} }};\n{lines}"))
}

fn ours(daemon: &Daemon, name: &str) -> Result<Value> {
    let status = status(daemon)?;
    let mut sessions = status["bfd"].as_array().into_iter().flatten();
    sessions.find(|session| session["name"] == name).cloned().with_context(|| format!("no {name}: {status}"))
}

fn await_state(daemon: &Daemon, name: &str, wanted: &str) -> Result<()> {
    eventually(&format!("{name} is {wanted}"), PATIENCE, || {
        Ok(ours(daemon, name).is_ok_and(|session| session["state"] == wanted))
    })
    .with_context(|| format!("{:?}", ours(daemon, name)))
}

const NEIGHBORS: &str = "neighbor 192.0.2.1 dev \"eth0\" local 192.0.2.2;
neighbor 2001:db8::1 dev \"eth0\" local 2001:db8::2;";

/// With `source_ip`, and without: the subnet of the neighbor says where it is. What tracks the session follows it.
fn single_hop() -> Result<()> {
    let (_world, host, far) = hosts()?;
    let mut peer = bird(&far, NEIGHBORS)?;
    let instance =
        Instance::priority(150).with_addresses(&["192.0.2.100"]).and("  track_bfd {\n    four\n  }");
    let config = session("four", "neighbor_ip 192.0.2.2\nsource_ip 192.0.2.1")
        + &session("six", "neighbor_ip 2001:db8::2\nhoplimit 255");
    let mut daemon = start_vipd(&host, &(config + &file(3, &[instance])))?;
    let is = |wanted: &str| {
        eventually(&format!("VI_1 is {wanted}"), PATIENCE, || Ok(state(&daemon, "VI_1") == wanted))
    };
    await_state(&daemon, "four", "Up")?;
    await_state(&daemon, "six", "Up")?;
    is("MASTER")?;
    peer.kill()?;
    await_state(&daemon, "four", "Down")?;
    await_state(&daemon, "six", "Down")?;
    is("FAULT")?;
    let peer = bird(&far, NEIGHBORS)?;
    await_state(&daemon, "four", "Up")?;
    is("MASTER")?;
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    // It was told: detection takes two seconds, and BIRD keeps what it was told.
    anyhow::ensure!(peer.session("192.0.2.1", false)?.state == "Down");
    Ok(())
}

/// To an address behind the neighbor, by a route of the VRF alone.
fn multihop() -> Result<()> {
    let (_world, host, far) = hosts()?;
    ip(&far, "address add 198.51.100.2/32 dev lo")?;
    ip(&host, "route add 198.51.100.2 via 192.0.2.2 vrf blue")?;
    let mut peer = bird(&far, "neighbor 192.0.2.1 local 198.51.100.2 multihop;")?;
    let lines = "neighbor_ip 198.51.100.2\nsource_ip 192.0.2.1\nmultihop";
    let daemon = start_vipd(&host, &session("far", lines))?;
    await_state(&daemon, "far", "Up")?;
    peer.kill()?;
    await_state(&daemon, "far", "Down")
}

fn link_local() -> Result<()> {
    let (_world, host, far) = hosts()?;
    ip(&host, "address add fe80::a/64 dev eth0 nodad")?;
    ip(&far, "address add fe80::b/64 dev eth0 nodad")?;
    let config = |peer: &str, own: &str| {
        session("peer", &format!("neighbor_ip fe80::{peer}%eth0\nsource_ip fe80::{own}\nhoplimit 255"))
    };
    let near = start_vipd(&host, &config("b", "a"))?;
    let mut distant = start_vipd(&far, &config("a", "b"))?;
    await_state(&near, "peer", "Up")?;
    await_state(&distant, "peer", "Up")?;
    distant.kill(|| ())?;
    await_state(&near, "peer", "Down")
}

/// The same port in each of them, and no packet is taken for another one's: the neighbors have one address.
fn three_at_a_time() -> Result<()> {
    let mut world = vipd_tests::world_with_links(3)?;
    let host = world.host("Ours", &[])?;
    for (eth, vrf) in [("eth1", "blue"), ("eth2", "red")] {
        ip(&host, &format!("link add {vrf} type vrf table {}", vrf.len()))?;
        ip(&host, &format!("link set {vrf} up"))?;
        ip(&host, &format!("link set {eth} master {vrf}"))?;
    }
    let mut config = String::new();
    let mut peers = Vec::new();
    for n in 0..3 {
        let far = world.host(&format!("Far{n}"), &[])?;
        ip(&host, &format!("address add 192.0.2.{}/24 dev eth{n}", n + 10))?;
        ip(&far, &format!("address add 192.0.2.20/24 dev eth{n}"))?;
        let line = format!("neighbor 192.0.2.{} dev \"eth{n}\" local 192.0.2.20;", n + 10);
        peers.push(bird(&far, &line)?);
        let lines = format!("neighbor_ip 192.0.2.20\nsource_ip 192.0.2.{}", n + 10);
        config += &session(&format!("s{n}"), &lines);
    }
    let mut daemon = start_vipd(&host, &config)?;
    for n in 0..3 {
        await_state(&daemon, &format!("s{n}"), "Up")?;
    }
    for (n, peer) in peers.iter_mut().enumerate() {
        peer.kill()?;
        await_state(&daemon, &format!("s{n}"), "Down")?;
        for other in n + 1..3 {
            anyhow::ensure!(ours(&daemon, &format!("s{other}"))?["counters"]["went_down"] == 0);
        }
    }
    anyhow::ensure!(!daemon.log().contains("cannot listen"), "{}", daemon.log());
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    Ok(())
}

/// Wherever the interface is moved, the session is up again.
fn moved() -> Result<()> {
    let (_world, host, far) = hosts()?;
    let _peer = bird(&far, NEIGHBORS)?;
    let daemon = start_vipd(&host, &session("four", "neighbor_ip 192.0.2.2\nsource_ip 192.0.2.1"))?;
    await_state(&daemon, "four", "Up")?;
    for line in
        ["link set eth0 nomaster", "link set eth0 master blue", "link set blue down", "link set blue up"]
    {
        ip(&host, line)?;
        let before = ours(&daemon, "four")?["counters"]["packets_received"].as_u64();
        if line != "link set blue down" {
            eventually(&format!("it is up and hears after: ip {line}"), PATIENCE, || {
                let seen = ours(&daemon, "four")?;
                let heard = seen["counters"]["packets_received"].as_u64() > before.map(|n| n + 5);
                Ok(heard && seen["state"] == "Up" && seen["problem"].is_null())
            })?;
        }
    }
    ip(&host, "link del blue")?;
    let before = ours(&daemon, "four")?["counters"]["packets_received"].as_u64();
    eventually("it is up without the VRF", PATIENCE, || {
        let seen = ours(&daemon, "four")?;
        Ok(seen["counters"]["packets_received"].as_u64() > before.map(|n| n + 5) && seen["state"] == "Up")
    })
}

/// The same file: its sockets are outside of the VRF.
fn keepalived() -> Result<()> {
    let (_world, host, far) = hosts()?;
    let _peer = bird(&far, NEIGHBORS)?;
    let file = session("four", "neighbor_ip 192.0.2.2\nsource_ip 192.0.2.1");
    let theirs = start_keepalived(&host, &file)?;
    eventually("it runs", PATIENCE, || Ok(theirs.log().contains("Startup complete")))?;
    always("it does not come up", std::time::Duration::from_secs(10), || {
        Ok(!theirs.log().contains("Entering Up state"))
    })?;
    drop(theirs);
    let ours = start_vipd(&host, &file)?;
    await_state(&ours, "four", "Up")
}
