//! `use_ipvlan` beside Debian's keepalived: equal interfaces, addresses and settings; made again whatever happens to them, and
//! gone when vipd is.

use std::net::IpAddr;

use anyhow::Result;
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::links::{addresses, ip, link, settings};
use vipd_tests::programs::{daemon, debian_keepalived, instance, start_keepalived, start_vipd, state};
use vipd_tests::watch::{await_holder, has_address};
use vipd_tests::{PATIENCE, eventually};

use crate::test;

const VIP: &str = "192.168.200.100";
const OWN: [&str; 2] = ["192.168.200.140", "192.168.200.141"];
const BASE: [&str; 2] = ["192.168.200.128", "192.168.200.129"];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("ipvlan::the_same_as_keepalived", same_as_keepalived),
        test("ipvlan::takeover_between_keepalived_and_vipd", || {
            takeover(["  use_ipvlan ipv1 192.168.200.140", "  use_ipvlan ipv1 192.168.200.141"])
        }),
        test("ipvlan::takeover_with_a_peer_that_has_none", || {
            takeover(["", "  use_ipvlan ipv1 192.168.200.141"])
        }),
        test("ipvlan::made_again_whatever_happens", made_again),
        test("ipvlan::reloaded_and_killed", reloaded_and_killed),
        test("ipvlan::heard_with_the_reverse_path_filter", reverse_path_filter),
    ]
}

fn hosts() -> Result<(World, [Host; 2])> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &[&format!("{}/24", BASE[0])])?;
    let b = world.host("ServerB", &[&format!("{}/24", BASE[1])])?;
    Ok((world, [a, b]))
}

fn config(priority: u8, addresses: &[&str], more: &str) -> String {
    file(3, &[Instance::priority(priority).every("1").with_addresses(addresses).and(more)])
}

fn await_state(daemon: &Daemon, wanted: &str) -> Result<()> {
    eventually(&format!("VI_1 is {wanted}"), PATIENCE, || Ok(state(daemon, "VI_1") == wanted))
}

/// One after the other on hosts that are alike, so that both become Master: interface, addresses and settings are the same;
/// afterwards everything is as it was before.
fn same_as_keepalived() -> Result<()> {
    let cases: [(&str, &str, &[&str]); 4] = [
        ("  use_ipvlan ipv1 192.168.200.140", "ipv1", &["192.168.200.100/24"]),
        ("  use_ipvlan 192.168.200.140/24 private", "vrrp.51", &["192.168.200.100/24"]),
        ("  use_ipvlan ipv1 vepa", "ipv1", &["fe80::100", "fd00::100/64"]),
        ("  use_ipvlan ipv1 fe80::77", "ipv1", &["fe80::100", "fd00::100/64"]),
    ];
    for (line, name, vips) in cases {
        let interfaces = ["all", "default", "eth0", name];
        let mut world = vipd_tests::world()?;
        let mut seen = Vec::new();
        for (host, program) in [("ServerA", debian_keepalived()?), ("ServerB", daemon())] {
            let host = &world.host(host, &["192.168.200.128/24"])?;
            let before = (settings(host, &interfaces)?, addresses(host, "eth0")?);
            let mut daemon = Daemon::new(host, &program, &config(100, vips, line))?;
            daemon.start()?;
            let vip: IpAddr = vips[0].split('/').next().unwrap_or_default().parse()?;
            eventually(&format!("{vip} on {}", host.name()), PATIENCE, || host.holds(vip))?;
            // A link-local address is the kernel's business for a second.
            let mut last = Vec::new();
            eventually("the addresses stay as they are", PATIENCE, || {
                let now = ip(host, "address show")?;
                last = addresses(host, name)?;
                Ok(!now.contains("tentative"))
            })?;
            let mut own = link(host, name)?;
            let mac = link(host, "eth0")?["address"].clone();
            anyhow::ensure!(own["address"] == mac, "{own}: the MAC address is that of the base");
            own["address"] = Value::Null;
            seen.push((own, last, addresses(host, "eth0")?, settings(host, &interfaces)?));
            daemon.stop(PATIENCE)?;
            anyhow::ensure!(link(host, name).is_err(), "{} left its interface behind", host.name());
            let after = (settings(host, &interfaces)?, addresses(host, "eth0")?);
            anyhow::ensure!(before == after, "not restored: {before:?} became {after:?}");
        }
        anyhow::ensure!(seen[0] == seen[1], "{line}\nkeepalived: {:#?}\nvipd: {:#?}", seen[0], seen[1]);
    }
    Ok(())
}

/// keepalived on A and vipd on B. With an ipvlan, advertisements come from its address and the base's MAC address.
fn takeover(more: [&str; 2]) -> Result<()> {
    let (world, [a, b]) = hosts()?;
    let capture = world.capture()?;
    let vips = ["192.168.200.100/24"];
    let mut theirs = start_keepalived(&a, &config(150, &vips, more[0]))?;
    await_holder(&[&a, &b], VIP, &a)?;
    let mut ours = start_vipd(&b, &config(100, &vips, more[1]))?;
    await_state(&ours, "BACKUP")?;
    eventually("vipd hears keepalived", PATIENCE, || {
        Ok(instance(&ours, "VI_1")?["counters"]["adverts_received"].as_u64() > Some(3))
    })?;
    theirs.stop(PATIENCE)?;
    await_holder(&[&a, &b], VIP, &b)?;
    let expected = [if more[0].is_empty() { BASE[0] } else { OWN[0] }, OWN[1]];
    eventually("vipd advertises", PATIENCE, || {
        Ok(capture.adverts(51).iter().filter(|advert| advert.from.to_string() == expected[1]).count() > 3)
    })?;
    theirs.start()?;
    await_holder(&[&a, &b], VIP, &a)?;
    await_state(&ours, "BACKUP")?;
    ours.configure(&config(200, &vips, more[1]))?;
    ours.reload()?;
    await_holder(&[&a, &b], VIP, &b)?;
    ours.stop(PATIENCE)?;
    await_holder(&[&a, &b], VIP, &a)?;
    for (host, from) in [&a, &b].into_iter().zip(expected) {
        let (from, mac): (IpAddr, _) = (from.parse()?, link(host, "eth0")?["address"].clone());
        let adverts = capture.adverts(51);
        let sent: Vec<_> = adverts.iter().filter(|advert| advert.from == from).collect();
        anyhow::ensure!(sent.len() > 3, "{} advertisements from {from}", sent.len());
        anyhow::ensure!(sent.iter().all(|advert| mac == advert.mac.to_string()), "not from {mac}: {sent:?}");
    }
    let known: Vec<IpAddr> = expected.iter().map(|from| from.parse()).collect::<Result<_, _>>()?;
    let strangers: Vec<_> = capture.adverts(51).into_iter().filter(|a| !known.contains(&a.from)).collect();
    anyhow::ensure!(strangers.is_empty(), "advertisements from elsewhere: {strangers:?}");
    let announced = capture.announcements(VIP.parse()?);
    let mac = link(&b, "eth0")?["address"].clone();
    anyhow::ensure!(announced.iter().any(|a| mac == a.mac.to_string()), "{announced:?}");
    Ok(())
}

/// The Master stays Master, and has its interface, its address and its virtual address again.
fn made_again() -> Result<()> {
    let (_world, [a, b]) = hosts()?;
    let vips = ["192.168.200.100/24"];
    let ours = start_vipd(&a, &config(150, &vips, "  use_ipvlan ipv1 192.168.200.140"))?;
    let theirs = start_vipd(&b, &config(100, &vips, ""))?;
    await_holder(&[&a, &b], VIP, &a)?;
    await_state(&theirs, "BACKUP")?;
    let lines = [
        "link del ipv1",
        "address flush dev ipv1",
        "address del 192.168.200.140/32 dev ipv1",
        "link set ipv1 down",
        "address del 192.168.200.100/24 dev eth0",
    ];
    for line in lines {
        ip(&a, line)?;
        eventually(&format!("everything is there after: ip {line}"), PATIENCE, || {
            let up = link(&a, "ipv1").is_ok_and(|link| link["flags"].to_string().contains("\"UP\""));
            Ok(up
                && has_address(&a, "ipv1", OWN[0])?
                && has_address(&a, "eth0", VIP)?
                && instance(&theirs, "VI_1")?["last_advert_age_ms"].as_f64().is_some_and(|age| age < 1300.0))
        })?;
    }
    let seen = instance(&ours, "VI_1")?;
    anyhow::ensure!(seen["counters"]["became_master"] == 1, "it stopped to be Master: {seen}");
    anyhow::ensure!(seen["vmacs"][0]["kind"] == "ipvlan" && seen["vmacs"][0]["ready"] == true, "{seen}");
    // Nothing is on top of what is not there.
    ip(&a, "link set eth0 down")?;
    await_state(&ours, "FAULT")?;
    ip(&a, "link set eth0 up")?;
    await_state(&ours, "MASTER")?;
    await_holder(&[&a, &b], VIP, &a)
}

/// Another name, another address, no ipvlan at all; and what a killed one has left is used or removed.
fn reloaded_and_killed() -> Result<()> {
    let (_world, [a, _b]) = hosts()?;
    let vips = ["192.168.200.100/24"];
    let mut ours = start_vipd(&a, &config(150, &vips, "  use_ipvlan ipv1 192.168.200.140"))?;
    await_state(&ours, "MASTER")?;
    for (name, address) in [("ipv1", "192.168.200.141/24"), ("ipv2", "192.168.200.142/32")] {
        ours.configure(&config(150, &vips, &format!("  use_ipvlan {name} {address}")))?;
        ours.reload()?;
        eventually(&format!("{address} on {name}, and nothing else"), PATIENCE, || {
            Ok(addresses(&a, name).is_ok_and(|list| list.len() == 1 && list[0].starts_with(address)))
        })?;
    }
    eventually("the one of the old name is removed", PATIENCE, || Ok(link(&a, "ipv1").is_err()))?;
    await_state(&ours, "MASTER")?;
    let index = || ip(&a, "-o link show dev ipv2").map(|line| line.split(':').next().map(str::to_owned));
    let before = index()?;
    ours.kill(|| ())?;
    anyhow::ensure!(link(&a, "ipv2").is_ok(), "nobody was there to remove it");
    ours.start()?;
    await_state(&ours, "MASTER")?;
    anyhow::ensure!(before == index()?, "it was made anew instead of taken over");
    ours.kill(|| ())?;
    ours.configure(&config(150, &vips, ""))?;
    ours.start()?;
    await_state(&ours, "MASTER")?;
    eventually("the interface is removed", PATIENCE, || Ok(link(&a, "ipv2").is_err()))?;
    eventually("the address is on the interface itself", PATIENCE, || has_address(&a, "eth0", VIP))
}

/// The way back to the others is through the base: with a strict filter nobody would be heard, and two be Master.
fn reverse_path_filter() -> Result<()> {
    let (_world, [a, b]) = hosts()?;
    for host in [&a, &b] {
        host.output("sysctl", &["-qw", "net.ipv4.conf.all.rp_filter=1"])?;
    }
    let before = settings(&b, &["all", "default", "eth0"])?;
    let vips = ["192.168.200.100/24"];
    let _first = start_vipd(&a, &config(150, &vips, "  use_ipvlan ipv1 192.168.200.140"))?;
    await_holder(&[&a, &b], VIP, &a)?;
    let mut second = start_vipd(&b, &config(100, &vips, "  use_ipvlan ipv1 192.168.200.141"))?;
    await_state(&second, "BACKUP")?;
    // The kernel sends multicast of an ipvlan from a queue of its own, which may wait for seconds on a busy machine: what is
    // judged is where it ends. A deaf one would be Master for good.
    eventually("it hears the Master", PATIENCE, || {
        let seen = instance(&second, "VI_1")?;
        let heard = seen["counters"]["adverts_received"].as_u64() > Some(10);
        Ok(heard
            && seen["state"] == "BACKUP"
            && seen["last_advert_age_ms"].as_f64().is_some_and(|age| age < 1300.0))
    })?;
    await_holder(&[&a, &b], VIP, &a)?;
    second.stop(PATIENCE)?;
    let after = settings(&b, &["all", "default", "eth0"])?;
    anyhow::ensure!(before == after, "not restored: {before:?} became {after:?}");
    Ok(())
}
