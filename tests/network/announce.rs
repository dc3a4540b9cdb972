//! Announcements that repeat, their pace, and what the kernel does with addresses of one subnet: beside keepalived.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use lab::{Capture, Daemon, Host};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::forge::PLAIN;
use vipd_tests::programs::{daemon, debian_keepalived, start_vipd};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("announce::again_and_again_where_nothing_else_is_sent", extra),
        test("announce::at_the_pace_of_all_an_interface_or_a_group", paces),
        test("announce::before_giving_way_to_a_higher_priority", higher),
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

/// Frames that share a pace of 0.2 s: no two of them are closer, less what a capture's clock may be off.
fn paces() -> Result<()> {
    const ALL: &str = "global_defs {\n vrrp_garp_interval 0.2\n vrrp_gna_interval 0.2\n}\n";
    const ONE: &str = "garp_group {\n garp_interval 0.2\n gna_interval 0.2\n interface eth0\n}\n";
    const BOTH: &str = "garp_group {\n garp_interval 0.2\n interfaces {\n  eth0\n  eth1\n }\n}\n";
    const LINK_0: &[&str] = &["192.168.200.100", "192.168.200.101"];
    const LINK_0_IPV6: &[&str] = &["2001:db8::100", "2001:db8::101"];
    const LINK_1: &[&str] = &["10.9.9.100", "10.9.9.101"];
    for (name, program) in both()? {
        paced(&program, ALL, &[LINK_0, LINK_0_IPV6, LINK_1], name)?;
        paced(&program, ONE, &[LINK_0, LINK_0_IPV6], name)?;
        paced(&program, BOTH, &[&[LINK_0, LINK_1].concat()], name)?;
    }
    Ok(())
}

/// Each of these lists has a pace of its own.
fn paced(program: &Path, pace: &str, lists: &[&[&str]], name: &str) -> Result<()> {
    const PACE: Duration = Duration::from_millis(200);
    const CLOCK: Duration = Duration::from_millis(40);
    let config = format!(
        "{pace}vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority 255\n state MASTER\n\
         garp_master_delay 0\n garp_master_repeat 3\n virtual_ipaddress {{\n 192.168.200.100\n 192.168.200.101\n\
         10.9.9.100 dev eth1\n 10.9.9.101 dev eth1\n }}\n\
         virtual_ipaddress_excluded {{\n 2001:db8::100\n 2001:db8::101\n }}\n}}\n"
    );
    let mut world = vipd_tests::world_with_links(2)?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    host.output("ip", &["address", "add", "10.9.9.1/24", "dev", "eth1"])?;
    let captures = [world.capture_link(0)?, world.capture_link(1)?];
    let mut daemon = Daemon::new(&host, program, &config)?;
    daemon.start()?;
    for list in lists {
        let addresses = list.iter().map(|address| address.parse()).collect::<Result<Vec<IpAddr>, _>>()?;
        let times = || {
            let of = |capture: &Capture| capture.all_announcements().into_iter();
            let all = captures.iter().flat_map(of).filter(|seen| addresses.contains(&seen.addr));
            let mut times: Vec<_> = all.map(|seen| seen.at).collect();
            times.sort();
            times
        };
        // keepalived does not queue a second announcement of an address behind the first.
        let all = if name == "vipd" { 3 * list.len() } else { list.len() + 1 };
        eventually(&format!("{name} announces {list:?}"), PATIENCE, || Ok(times().len() >= all))?;
        for pair in times().windows(2) {
            let gap = pair[1].duration_since(pair[0]).unwrap_or_default();
            anyhow::ensure!(gap + CLOCK >= PACE, "{name}: two of {list:?} within {gap:?}");
        }
    }
    Ok(())
}

/// What a Master sends after it has heard a better one that announces nothing: keepalived one advertisement if it is asked to;
/// vipd reminds the better one, which may not know that neighbours still send here.
fn higher() -> Result<()> {
    const REMINDERS: usize = 3;
    let instance = |vrid: u8, more: &str| {
        let instance = Instance { name: format!("VI_{vrid}"), vrid, ..Instance::priority(250) };
        instance.with_addresses(&["192.168.200.100"]).and(more)
    };
    let with = |more: &str| file(2, &[instance(51, more)]);
    let by_default = |more: &str| {
        let all = "global_defs {\n vrrp_higher_prio_send_advert";
        with(more).replacen("global_defs {", all, 1)
    };
    for (name, program) in both()? {
        for (config, answers) in [
            (with(""), 0),
            (with("higher_prio_send_advert"), 1),
            (by_default(""), 1),
            (by_default("higher_prio_send_advert off"), 0),
        ] {
            let pair = Pair::new()?;
            let capture = pair.world.capture_from(&pair.a)?;
            let mut daemon = Daemon::new(&pair.a, &program, &config)?;
            daemon.start()?;
            eventually("it advertises", PATIENCE, || Ok(capture.adverts(51).len() == 1))?;
            pair.b.send_frames(&[PLAIN.of(51, 254, 1).frame()])?;
            eventually("it is no longer Master", PATIENCE, || {
                Ok(daemon.log().matches("Entering BACKUP").count() == 2)
            })?;
            eventually("the address is gone", PATIENCE, || Ok(!pair.a.holds("192.168.200.100".parse()?)?))?;
            let more = capture.adverts(51).len() - 1;
            let expected = answers + if name == "vipd" { REMINDERS } else { 0 };
            anyhow::ensure!(more == expected, "{name} with\n{config}sends {more} more");
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
