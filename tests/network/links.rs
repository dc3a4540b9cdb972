//! Interfaces that come, go, change their names and lose their carriers: every order ends in the same state.

use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Daemon, Host};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::dumps::json;
use vipd_tests::programs::{daemon, debian_keepalived, instance, start_vipd, state};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("links::missing_at_start_then_created", missing_at_start),
        test("links::every_order_of_creation_converges", every_order),
        test("links::deleted_and_created_again_while_master", deleted_while_master),
        test("links::renamed_and_back", renamed),
        test("links::one_number_on_one_link", one_number_on_one_link),
        test("links::flapping_carrier", flapping),
        test("links::one_broken_instance_does_not_take_the_others_down", one_broken),
    ]
}

fn on_eth1() -> String {
    file(3, &[Instance::priority(150).every("0.25").on("eth1")])
}

fn ip(host: &Host, line: &str) -> Result<()> {
    host.output("ip", &line.split_whitespace().collect::<Vec<_>>()).map(drop)
}

/// eth1 with its own far end: there is carrier as soon as both are up.
fn create(host: &Host) -> Result<()> {
    ip(host, "link add eth1 type veth peer name far1")?;
    ip(host, "link set far1 up")
}

fn set_up(host: &Host) -> Result<()> {
    ip(host, "link set eth1 up")
}

fn address(host: &Host) -> Result<()> {
    ip(host, "address add 10.9.9.1/24 dev eth1")
}

fn await_state(daemon: &Daemon, wanted: &str) -> Result<()> {
    eventually(&format!("VI_1 is {wanted}"), PATIENCE, || Ok(state(daemon, "VI_1") == wanted))
}

fn missing_at_start() -> Result<()> {
    let pair = Pair::new()?;
    let daemon = start_vipd(&pair.a, &on_eth1())?;
    await_state(&daemon, "FAULT")?;
    let faults = instance(&daemon, "VI_1")?["faults"].to_string();
    anyhow::ensure!(faults.contains("eth1"), "the fault does not name the interface: {faults}");
    anyhow::ensure!(daemon.log().contains("eth1"), "neither does the log");
    create(&pair.a)?;
    set_up(&pair.a)?;
    address(&pair.a)?;
    await_state(&daemon, "MASTER")?;
    eventually("the address is on eth1", PATIENCE, || pair.a.holds(VIP.parse()?))
}

/// Also while it is up, where the kernel can do that (Linux 6.2).
fn rename(host: &Host, from: &str, to: &str) -> Result<()> {
    if ip(host, &format!("link set {from} name {to}")).is_err() {
        ip(host, &format!("link set {from} down"))?;
        ip(host, &format!("link set {from} name {to}"))?;
        ip(host, &format!("link set {to} up"))?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Do {
    Create,
    Up,
    Address,
    Rename,
    Start,
}

/// All thirty orders in which nothing happens to an interface before it is there.
fn orders(done: &[Do]) -> Vec<Vec<Do>> {
    let left =
        [Do::Create, Do::Up, Do::Address, Do::Rename, Do::Start].into_iter().filter(|s| !done.contains(s));
    let possible = left.filter(|s| matches!(s, Do::Create | Do::Start) || done.contains(&Do::Create));
    let longer: Vec<_> = possible.flat_map(|step| orders(&[done, &[step]].concat())).collect();
    if longer.is_empty() { vec![done.to_vec()] } else { longer }
}

fn every_order() -> Result<()> {
    let orders = orders(&[]);
    anyhow::ensure!(orders.len() == 30, "{} orders", orders.len());
    for order in orders {
        let mut world = vipd_tests::world()?;
        let host = world.host("ServerA", &["192.168.200.128/24"])?;
        let mut daemon = Daemon::new(&host, &daemon(), &on_eth1())?;
        let mut name = "other";
        for step in &order {
            match step {
                Do::Create => {
                    ip(&host, "link add other type veth peer name far1")?;
                    ip(&host, "link set far1 up")?;
                }
                Do::Up => ip(&host, &format!("link set {name} up"))?,
                Do::Address => ip(&host, &format!("address add 10.9.9.1/24 dev {name}"))?,
                Do::Rename => {
                    rename(&host, name, "eth1")?;
                    name = "eth1";
                }
                Do::Start => daemon.start()?,
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let converges = await_state(&daemon, "MASTER")
            .and_then(|()| eventually("the address is there", PATIENCE, || host.holds(VIP.parse()?)));
        converges.with_context(|| format!("{order:?}"))?;
    }
    Ok(())
}

fn deleted_while_master() -> Result<()> {
    let pair = Pair::new()?;
    create(&pair.a)?;
    set_up(&pair.a)?;
    address(&pair.a)?;
    let daemon = start_vipd(&pair.a, &on_eth1())?;
    await_state(&daemon, "MASTER")?;
    for _ in 0..3 {
        ip(&pair.a, "link del eth1")?;
        await_state(&daemon, "FAULT")?;
        create(&pair.a)?;
        address(&pair.a)?;
        set_up(&pair.a)?;
        await_state(&daemon, "MASTER")?;
        eventually("the address is on the new eth1", PATIENCE, || pair.a.holds(VIP.parse()?))?;
    }
    Ok(())
}

fn renamed() -> Result<()> {
    let pair = Pair::new()?;
    create(&pair.a)?;
    address(&pair.a)?;
    set_up(&pair.a)?;
    let daemon = start_vipd(&pair.a, &on_eth1())?;
    await_state(&daemon, "MASTER")?;
    for _ in 0..2 {
        rename(&pair.a, "eth1", "elsewhere")?;
        await_state(&daemon, "FAULT")?;
        eventually("no address stays on the renamed interface", PATIENCE, || {
            Ok(!pair.a.holds(VIP.parse()?)?)
        })?;
        rename(&pair.a, "elsewhere", "eth1")?;
        await_state(&daemon, "MASTER")?;
        eventually("the address is back", PATIENCE, || pair.a.holds(VIP.parse()?))?;
    }
    Ok(())
}

/// However it flaps, in the end the better one is Master, alone, and is heard (its multicast membership survived).
fn flapping() -> Result<()> {
    let pair = Pair::new()?;
    let config = |priority| file(3, &[Instance::priority(priority).every("0.25")]);
    let _a = start_vipd(&pair.a, &config(150))?;
    let b = start_vipd(&pair.b, &config(50))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    for pause in [1, 5, 20, 100, 300, 700, 1500] {
        for host in [&pair.a, &pair.b] {
            host.plug(false)?;
            std::thread::sleep(Duration::from_millis(pause));
            host.plug(true)?;
            std::thread::sleep(Duration::from_millis(pause / 2));
        }
    }
    await_holder(&pair.servers(), VIP, &pair.a)?;
    eventually("ServerB hears ServerA", PATIENCE, || {
        let seen = instance(&b, "VI_1")?;
        Ok(seen["state"] == "BACKUP" && seen["last_advert_age_ms"].as_f64().is_some_and(|age| age < 600.0))
    })
}

/// An unknown keyword and a missing interface in one instance; the other serves.
fn one_broken() -> Result<()> {
    let pair = Pair::new()?;
    let broken = Instance {
        name: "VI_2".into(),
        vrid: 52,
        ..Instance::default().on("nowhere0").with_addresses(&["192.168.200.200"]).and("  prioritty 3")
    };
    let daemon = start_vipd(&pair.a, &file(2, &[broken, Instance::default()]))?;
    await_state(&daemon, "MASTER")?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let log = daemon.log();
    anyhow::ensure!(log.contains("prioritty"), "the log does not name the unknown keyword");
    Ok(())
}

/// A macvlan on eth0 gets the name of the second instance's interface: the first one goes on, the second one is in FAULT,
/// with keepalived and with vipd.
fn one_number_on_one_link() -> Result<()> {
    let second = Instance { name: "VI_2".into(), ..Instance::priority(90) }.on("mv0").every("0.25");
    let config =
        file(3, &[Instance::priority(150).every("0.25"), second.with_addresses(&["192.168.200.200"])])
            .replace("router_id test", "router_id test\n dynamic_interfaces");
    let mut seen = Vec::new();
    for program in [debian_keepalived()?, daemon()] {
        let pair = Pair::new()?;
        ip(&pair.a, "link add other link eth0 type macvlan mode private")?;
        let mut daemon = Daemon::new(&pair.a, &program, &config)?;
        daemon.start()?;
        await_holder(&[&pair.a], VIP, &pair.a)?;
        for line in ["link set other name mv0", "address add 192.168.200.130/24 dev mv0", "link set mv0 up"] {
            ip(&pair.a, line)?;
        }
        // Longer than it would take to become Master.
        vipd_tests::always("VI_1 alone serves", Duration::from_secs(3), || {
            Ok(pair.a.holds(VIP.parse()?)? && !pair.a.holds("192.168.200.200".parse()?)?)
        })?;
        let dump = json(&mut daemon)?;
        let states =
            dump.as_array().into_iter().flatten().map(|instance| instance["data"]["state"].to_string());
        seen.push(states.collect::<Vec<_>>());
        if program == vipd_tests::programs::daemon() {
            let faults = instance(&daemon, "VI_2")?["faults"].to_string();
            anyhow::ensure!(
                faults.contains("virtual_router_id 51 is taken on this link, by VI_1 on eth0"),
                "{faults}"
            );
        }
    }
    anyhow::ensure!(seen == [["2", "3"], ["2", "3"]], "keepalived and vipd: {seen:?}");
    Ok(())
}
