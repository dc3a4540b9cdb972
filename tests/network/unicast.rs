//! Advertisements to single machines: several pairs with one number, and strangers. Beside keepalived: interop.rs.

use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, start_vipd, state};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, always, eventually};

use crate::test;

const V4: [&str; 2] = ["192.168.200.128", "192.168.200.129"];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("unicast::one_number_for_two_pairs_of_machines", overlapping),
        test("unicast::a_source_that_comes_and_goes", source_comes_and_goes),
        test("unicast::packets_of_strangers_and_beside_the_group_are_refused", strangers),
    ]
}

/// The other machine's address is the peer.
fn unicast(instance: Instance, own: &str, peers: &[&str]) -> Instance {
    instance.and(&format!("  unicast_src_ip {own}\n  unicast_peer {{\n    {}\n  }}", peers.join("\n    ")))
}

/// Two virtual routers 51 on one Ethernet and, at ServerA, on one interface.
fn overlapping() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &["192.168.200.128/24"])?;
    let b = world.host("ServerB", &["192.168.200.129/24"])?;
    let c = world.host("ServerC", &["192.168.200.130/24"])?;
    let router = |name: &str, priority, vip, own, peer| {
        let instance = Instance { name: name.into(), ..Instance::priority(priority).every("0.25") };
        unicast(instance.with_addresses(&[vip]), own, &[peer])
    };
    let (first, second) = ("192.168.200.100", "192.168.200.200");
    let on_a =
        [router("VI_1", 150, first, V4[0], V4[1]), router("VI_2", 50, second, V4[0], "192.168.200.130")];
    let daemon = start_vipd(&a, &file(3, &on_a))?;
    let _b = start_vipd(&b, &file(3, &[router("VI_1", 100, first, V4[1], V4[0])]))?;
    let _c = start_vipd(&c, &file(3, &[router("VI_2", 100, second, "192.168.200.130", V4[0])]))?;
    await_holder(&[&a, &b, &c], first, &a)?;
    await_holder(&[&a, &b, &c], second, &c)?;
    always("nothing moves", Duration::from_secs(1), || {
        Ok(state(&daemon, "VI_1") == "MASTER" && state(&daemon, "VI_2") == "BACKUP")
    })
}

/// Its peers send to `unicast_src_ip`: without it nobody is heard. Keepalived 2.2.7 is in FAULT then, too, but never again
/// comes out of it.
fn source_comes_and_goes() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &["192.168.200.128/24"])?;
    let source = "192.168.200.77";
    let config = file(3, &[unicast(Instance::priority(100).every("0.25"), source, &[V4[1]])]);
    let daemon = start_vipd(&a, &config)?;
    let is = |wanted: &str| eventually(wanted, PATIENCE, || Ok(state(&daemon, "VI_1") == wanted));
    a.output("ip", &["link", "set", "lo", "up"])?;
    for interface in ["eth0", "lo"] {
        is("FAULT")?;
        anyhow::ensure!(instance(&daemon, "VI_1")?["faults"].to_string().contains(source), "it says why");
        a.output("ip", &["addr", "add", &format!("{source}/24"), "dev", interface])?;
        is("MASTER")?;
        a.output("ip", &["addr", "del", &format!("{source}/24"), "dev", interface])?;
    }
    is("FAULT")
}

/// A machine that is not a peer, and one that speaks to a member of the group alone: heard, counted, and without effect.
fn strangers() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &["192.168.200.128/24"])?;
    let b = world.host("ServerB", &["192.168.200.129/24"])?;
    let c = world.host("ServerC", &["192.168.200.130/24"])?;
    let every = |priority| Instance::priority(priority).every("0.25");
    let checked = unicast(every(100), V4[0], &["192.168.200.77"]).and("  check_unicast_src");
    let grouped = |priority| Instance { name: "VI_2".into(), vrid: 52, ..every(priority) };
    let daemon = start_vipd(&a, &file(3, &[checked, grouped(100).with_addresses(&["192.168.200.200"])]))?;
    await_holder(&[&a], "192.168.200.100", &a)?;
    let addresses = &["192.168.200.101"];
    let stranger = unicast(every(200).with_addresses(addresses), V4[1], &[V4[0]]);
    let _b = start_vipd(&b, &file(3, &[stranger]))?;
    let beside = unicast(grouped(200).with_addresses(&["192.168.200.201"]), "192.168.200.130", &[V4[0]]);
    let _c = start_vipd(&c, &file(3, &[beside]))?;
    eventually("both are counted", PATIENCE, || {
        let count = |name: &str, counter: &str| {
            Ok::<_, anyhow::Error>(instance(&daemon, name)?["counters"][counter].as_u64().unwrap_or_default())
        };
        Ok(count("VI_1", "refused_source")? > 2 && count("VI_2", "refused_destination")? > 2)
    })?;
    for (name, vip) in [("VI_1", "192.168.200.100"), ("VI_2", "192.168.200.200")] {
        anyhow::ensure!(state(&daemon, name) == "MASTER" && a.holds(vip.parse()?)?, "{name} has moved");
    }
    Ok(())
}
