//! Virtual routers on kinds of interfaces that not every kernel has.

use anyhow::Result;
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{start_keepalived, start_vipd, state};
use vipd_tests::watch::has_address;
use vipd_tests::{PATIENCE, eventually};

use crate::test;

const VIP: &str = "10.5.0.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("links::vlan_beside_keepalived", vlan_beside_keepalived),
        test("links::vlan_deleted_and_created_again_while_master", vlan_deleted),
        test("links::addresses_on_a_dummy_interface", addresses_on_a_dummy),
    ]
}

fn ip(host: &Host, line: &str) -> Result<()> {
    host.output("ip", &line.split_whitespace().collect::<Vec<_>>()).map(drop)
}

/// Two hosts with VLAN 5 on eth0.
fn with_vlans(world: &mut World) -> Result<[Host; 2]> {
    let hosts = [("ServerA", 128), ("ServerB", 129)].map(|(name, last)| {
        let host = world.host(name, &[&format!("192.168.200.{last}/24")])?;
        create_vlan(&host, last)?;
        Ok::<_, anyhow::Error>(host)
    });
    let [a, b] = hosts;
    Ok([a?, b?])
}

fn create_vlan(host: &Host, last: u8) -> Result<()> {
    ip(host, "link add link eth0 name eth0.5 type vlan id 5")?;
    ip(host, &format!("address add 10.5.0.{last}/24 dev eth0.5"))?;
    ip(host, "link set eth0.5 up")
}

fn on_the_vlan(priority: u8) -> String {
    let instance = Instance::priority(priority).every("1").on("eth0.5").with_addresses(&[VIP]);
    file(3, &[instance])
}

fn await_state(daemon: &Daemon, wanted: &str) -> Result<()> {
    eventually(&format!("VI_1 is {wanted}"), PATIENCE, || Ok(state(daemon, "VI_1") == wanted))
}

fn await_address(host: &Host, there: bool) -> Result<()> {
    eventually(&format!("{VIP} on {}: {there}", host.name()), PATIENCE, || {
        Ok(host.holds(VIP.parse()?)? == there)
    })
}

fn vlan_beside_keepalived() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let [a, b] = with_vlans(&mut world)?;
    let _theirs = start_keepalived(&b, &on_the_vlan(50))?;
    await_address(&b, true)?;
    let mut ours = start_vipd(&a, &on_the_vlan(150))?;
    await_state(&ours, "MASTER")?;
    await_address(&a, true)?;
    await_address(&b, false)?;
    anyhow::ensure!(ours.stop(PATIENCE)?.success(), "the stop was not clean");
    await_address(&b, true)?;
    await_address(&a, false)
}

fn vlan_deleted() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let [a, b] = with_vlans(&mut world)?;
    let ours = start_vipd(&a, &on_the_vlan(150))?;
    let _theirs = start_keepalived(&b, &on_the_vlan(50))?;
    await_state(&ours, "MASTER")?;
    for _ in 0..2 {
        ip(&a, "link del eth0.5")?;
        await_state(&ours, "FAULT")?;
        await_address(&b, true)?;
        create_vlan(&a, 128)?;
        await_state(&ours, "MASTER")?;
        await_address(&a, true)?;
        await_address(&b, false)?;
    }
    Ok(())
}

/// Advertisements on eth0, the address on a dummy interface, as routed networks want it.
fn addresses_on_a_dummy() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    ip(&host, "link add anycast0 type dummy")?;
    ip(&host, "link set anycast0 up")?;
    let address = format!("{VIP}/32 dev anycast0");
    let daemon =
        start_vipd(&host, &file(3, &[Instance::priority(150).every("1").with_addresses(&[&address])]))?;
    await_state(&daemon, "MASTER")?;
    eventually("the address is on the dummy interface", PATIENCE, || has_address(&host, "anycast0", VIP))?;
    ip(&host, "address flush dev anycast0")?;
    eventually("it is put back", PATIENCE, || has_address(&host, "anycast0", VIP))
}
