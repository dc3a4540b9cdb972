//! Announcements that repeat, their pace, and what the kernel does with addresses of one subnet: beside keepalived.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use lab::{Capture, Daemon, Host};
use libtest_mimic::Trial;
use vipd_tests::programs::{daemon, debian_keepalived, start_vipd};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("announce::again_and_again_where_nothing_else_is_sent", extra),
        test("announce::a_group_of_interfaces_has_one_pace", group),
        test("announce::the_source_of_unicast_after_a_fault", source_after_fault),
        test("announce::promote_secondaries_is_set_and_restored", promote_secondaries),
        test("announce::flags_of_neighbor_advertisements", flags),
    ]
}

fn both() -> Result<[(&'static str, PathBuf); 2]> {
    Ok([("keepalived", debian_keepalived()?), ("vipd", daemon())])
}

const ON_ETH1: [&str; 4] = ["10.9.9.100", "10.9.9.101", "10.9.9.102", "10.9.9.103"];

/// Of each interface one address is announced: those with a virtual MAC address, or all but the instance's own.
fn extra() -> Result<()> {
    for (setting, repeated) in [("1", &["10.9.9.102"][..]), ("all 1", &["10.9.9.100", "10.9.9.102"])] {
        for (name, program) in both()? {
            let seen = announced_again(&program, setting)?;
            anyhow::ensure!(seen == repeated, "{name}, garp_extra_if {setting}: {seen:?}");
        }
    }
    Ok(())
}

fn announced_again(program: &Path, setting: &str) -> Result<Vec<&'static str>> {
    let config = format!(
        "global_defs {{\n vrrp_garp_master_delay 0\n vrrp_garp_master_repeat 1\n}}\n\
         vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority 100\n version 3\n advert_int 0.1\n\
         garp_extra_if {setting}\n virtual_ipaddress {{\n 192.168.200.100\n 10.9.9.100 dev eth1\n 10.9.9.101 dev eth1\n\
         10.9.9.102 dev eth1 use_vmac\n 10.9.9.103 dev eth1 use_vmac\n }}\n}}\n"
    );
    let mut world = vipd_tests::world_with_links(2)?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    host.output("ip", &["address", "add", "10.9.9.1/24", "dev", "eth1"])?;
    let capture = world.capture_link(1)?;
    let mut daemon = Daemon::new(&host, program, &config)?;
    daemon.start()?;
    let count = |address: &str| Ok::<_, anyhow::Error>(capture.announcements(address.parse()?).len());
    // The first one is that of becoming Master.
    eventually("one address was announced three times again", PATIENCE, || Ok(count("10.9.9.102")? >= 4))?;
    let mut again = Vec::new();
    for address in ON_ETH1 {
        if count(address)? >= 3 {
            again.push(address);
        }
    }
    Ok(again)
}

/// Two interfaces that share a pace of 0.2 s: of all their announcements no two are closer, less what a capture's clock
/// may be off.
fn group() -> Result<()> {
    const PACE: Duration = Duration::from_millis(200);
    const CLOCK: Duration = Duration::from_millis(40);
    let config = "
garp_group {
    garp_interval 0.2
    interfaces {
        eth0
        eth1
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 255
    state MASTER
    garp_master_delay 0
    garp_master_repeat 3
    virtual_ipaddress {
        192.168.200.100
        10.9.9.100 dev eth1
        10.9.9.101 dev eth1
    }
}
";
    let addresses: [IpAddr; 3] = ["192.168.200.100".parse()?, "10.9.9.100".parse()?, "10.9.9.101".parse()?];
    for (name, program) in both()? {
        let mut world = vipd_tests::world_with_links(2)?;
        let host = world.host("ServerA", &["192.168.200.128/24"])?;
        host.output("ip", &["address", "add", "10.9.9.1/24", "dev", "eth1"])?;
        let captures = [world.capture_link(0)?, world.capture_link(1)?];
        let mut daemon = Daemon::new(&host, &program, config)?;
        daemon.start()?;
        let times = || {
            let of = |capture: &Capture| {
                let all = addresses.iter().flat_map(|address| capture.announcements(*address));
                all.map(|announcement| announcement.at).collect::<Vec<_>>()
            };
            let mut times: Vec<_> = captures.iter().flat_map(of).collect();
            times.sort();
            times
        };
        // keepalived does not queue a second announcement of an address behind the first.
        let all = if name == "vipd" { 9 } else { 4 };
        eventually("all announcements are sent", PATIENCE, || Ok(times().len() >= all))?;
        for pair in times().windows(2) {
            let gap = pair[1].duration_since(pair[0]).unwrap_or_default();
            anyhow::ensure!(gap + CLOCK >= PACE, "{name}: two announcements within {gap:?}");
        }
    }
    Ok(())
}

/// One gratuitous ARP for the source address tells the peers where it is.
fn source_after_fault() -> Result<()> {
    let config = "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority 100\n version 3\n advert_int 0.2\n\
        unicast_peer {\n 192.168.200.129\n }\n virtual_ipaddress {\n 192.168.200.100\n }\n}\n";
    for (name, program) in both()? {
        let pair = Pair::new()?;
        let capture = pair.world.capture_from(&pair.a)?;
        let mut daemon = Daemon::new(&pair.a, &program, config)?;
        daemon.start()?;
        await_holder(&[&pair.a], "192.168.200.100", &pair.a)?;
        let times = || Ok::<_, anyhow::Error>(capture.announcements("192.168.200.128".parse()?).len());
        anyhow::ensure!(times()? == 0, "{name}: nothing was wrong so far");
        pair.a.plug(false)?;
        eventually("the address is given up", PATIENCE, || Ok(!pair.a.holds("192.168.200.100".parse()?)?))?;
        pair.a.plug(true)?;
        await_holder(&[&pair.a], "192.168.200.100", &pair.a)?;
        eventually("the source address is announced", PATIENCE, || Ok(times()? > 0))?;
        anyhow::ensure!(times()? == 1, "{name} announces it {} times", times()?);
    }
    Ok(())
}

/// RFC 9568 section 6.4.1: the router flag set, the solicited flag clear, the override flag set. keepalived's router flag
/// says whether the machine forwards.
fn flags() -> Result<()> {
    const ADDRESS: &str = "2001:db8::100";
    let config = "vrrp_instance VI_6 {\n interface eth0\n virtual_router_id 51\n priority 100\n version 3\n advert_int 0.2\n\
        virtual_ipaddress {\n fe80::100\n 2001:db8::100/64\n }\n}\n";
    for forwarding in ["0", "1"] {
        for (name, program) in both()? {
            let pair = Pair::new()?;
            pair.a.output(
                "sh",
                &["-c", &format!("echo {forwarding} >/proc/sys/net/ipv6/conf/all/forwarding")],
            )?;
            let capture = pair.world.capture_from(&pair.a)?;
            let mut daemon = Daemon::new(&pair.a, &program, config)?;
            daemon.start()?;
            eventually("the address is announced five times", PATIENCE, || {
                Ok(capture.announcements(ADDRESS.parse()?).len() >= 5)
            })?;
            let file = pair.a.dir().join("announcements.pcap");
            capture.write_pcap(&file)?;
            let filter = format!(
                "icmpv6.type == 136 && icmpv6.nd.na.target_address == {ADDRESS} && ipv6.dst == ff02::1"
            );
            let output = Command::new("tshark")
                .arg("-r")
                .arg(&file)
                .args(["-Y", &filter, "-T", "fields", "-e", "icmpv6.nd.na.flag.r"])
                .args(["-e", "icmpv6.nd.na.flag.s", "-e", "icmpv6.nd.na.flag.o"])
                .output()?;
            let text = String::from_utf8(output.stdout)?.replace("True", "1").replace("False", "0");
            let seen: BTreeSet<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
            let router = if name == "vipd" { "1" } else { forwarding };
            anyhow::ensure!(
                seen == [vec![router, "0", "1"]].into(),
                "{name}, forwarding {forwarding}: {seen:?}"
            );
        }
    }
    Ok(())
}

fn promote_secondaries() -> Result<()> {
    let config = |more: &str| {
        format!(
            "vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority 255\n state MASTER\n{more}\n\
             virtual_ipaddress {{\n 192.168.200.100/24\n }}\n}}\n"
        )
    };
    let value = |host: &Host, interface: &str| -> Result<String> {
        let path = format!("/proc/sys/net/ipv4/conf/{interface}/promote_secondaries");
        Ok(host.output("cat", &[&path])?.trim().to_owned())
    };
    for (name, program) in both()? {
        let pair = Pair::new()?;
        anyhow::ensure!(value(&pair.a, "eth0")? == "0");
        let mut daemon = Daemon::new(&pair.a, &program, &config("promote_secondaries"))?;
        daemon.start()?;
        await_holder(&[&pair.a], "192.168.200.100", &pair.a)?;
        anyhow::ensure!(
            value(&pair.a, "eth0")? == "1" && value(&pair.a, "all")? == "0",
            "{name} does not set it"
        );
        daemon.stop(PATIENCE)?;
        anyhow::ensure!(value(&pair.a, "eth0")? == "0", "{name} does not restore it");
    }
    // A reload without it restores it, too.
    let pair = Pair::new()?;
    let mut vipd = start_vipd(&pair.a, &config("promote_secondaries"))?;
    eventually("it is set", PATIENCE, || Ok(value(&pair.a, "eth0")? == "1"))?;
    vipd.configure(&config(""))?;
    vipd.reload()?;
    eventually("it is restored", PATIENCE, || Ok(value(&pair.a, "eth0")? == "0"))
}
