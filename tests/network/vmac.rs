//! Virtual MAC addresses beside Debian's keepalived: equal interfaces, settings and frames; made again whatever
//! happens to them, and gone when vipd is.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Result;
use lab::{Daemon, Host};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::links::{ip, link, settings};
use vipd_tests::programs::{daemon, debian_keepalived, instance, start_vipd, state};
use vipd_tests::watch::{await_holder, has_address, ip_address};
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";
/// RFC 9568 section 7.3, for VRID 51.
const VMAC: &str = "00:00:5e:00:01:33";
const VMAC6: &str = "00:00:5e:00:02:33";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("vmac::the_same_as_keepalived", same_as_keepalived),
        test("vmac::takeover_between_keepalived_and_vipd_keeps_the_mac", takeover),
        test("vmac::ipv6", ipv6),
        test("vmac::vmac_xmit_base", xmit_base),
        test("vmac::no_accept_drops_and_accept_answers", no_accept),
        test("vmac::deleted_renamed_and_set_down_by_somebody_else", interfered),
        test("vmac::base_deleted_and_made_again", base_made_again),
        test("vmac::killed_and_started_again", killed),
        test("vmac::a_name_that_is_taken", name_taken),
    ]
}

fn config(priority: u8, more: &str) -> String {
    file(3, &[Instance::priority(priority).every("0.25").with_addresses(&["192.168.200.100/24"]).and(more)])
}

fn await_vip(host: &Host, interface: &str) -> Result<()> {
    eventually(&format!("{VIP} is on {interface} of {}", host.name()), PATIENCE, || {
        Ok(has_address(host, interface, VIP).unwrap_or(false))
    })
}

/// keepalived on A and vipd on B, one after the other so that both become Master: interface and sysctls are the same, with
/// the reverse path filter on for all; afterwards everything is as it was before.
fn same_as_keepalived() -> Result<()> {
    let pair = Pair::new()?;
    let interfaces = ["all", "default", "eth0", "vrrp.51"];
    let mut seen = Vec::new();
    for (host, program) in [(&pair.a, debian_keepalived()?), (&pair.b, daemon())] {
        host.output("sysctl", &["-qw", "net.ipv4.conf.all.rp_filter=2"])?;
        let before = settings(host, &interfaces)?;
        let mut daemon = Daemon::new(host, &program, &config(100, "  use_vmac"))?;
        daemon.start()?;
        await_vip(host, "vrrp.51")?;
        seen.push((link(host, "vrrp.51")?, settings(host, &interfaces)?));
        daemon.stop(PATIENCE)?;
        anyhow::ensure!(link(host, "vrrp.51").is_err(), "{} left its interface behind", host.name());
        let after = settings(host, &interfaces)?;
        // keepalived 2.2.7 forgets arp_ignore and arp_filter of the interface below.
        if host.name() == pair.b.name() {
            anyhow::ensure!(before == after, "not restored: {before:?} became {after:?}");
        }
    }
    let [(their_link, their_settings), (our_link, our_settings)] = seen.as_slice() else {
        anyhow::bail!("two daemons were started")
    };
    anyhow::ensure!(their_link == our_link, "keepalived: {their_link}\nvipd: {our_link}");
    let pairs = their_settings.iter().zip(our_settings);
    // keepalived's base says in its own ARP requests that it has the virtual address; ours does not.
    let different: Vec<_> = pairs.filter(|(a, b)| a != b && *b != "ipv4/eth0/arp_announce 2").collect();
    anyhow::ensure!(different.is_empty(), "keepalived's and our settings: {different:?}");
    Ok(())
}

/// What the client knows of the virtual address.
fn neighbour(client: &Host) -> Result<String> {
    let text = ip(client, &format!("-j neighbour show to {VIP}"))?;
    let entries: Value = serde_json::from_str(&text)?;
    Ok(entries[0]["lladdr"].as_str().unwrap_or_default().to_owned())
}

/// Whether somebody answers there, if only that nobody listens.
fn reach(client: &Host, address: &str) -> Result<bool> {
    let to = SocketAddr::new(address.parse()?, 9);
    client.run(|| match TcpStream::connect_timeout(&to, Duration::from_millis(500)) {
        Ok(_) => true,
        Err(e) => e.kind() == std::io::ErrorKind::ConnectionRefused,
    })
}

fn takeover() -> Result<()> {
    let pair = Pair::new()?;
    let capture = pair.world.capture()?;
    let mut theirs = Daemon::new(&pair.a, &debian_keepalived()?, &config(150, "  use_vmac"))?;
    theirs.start()?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let mut ours = start_vipd(&pair.b, &config(100, "  use_vmac"))?;
    eventually("vipd is Backup", PATIENCE, || Ok(state(&ours, "VI_1") == "BACKUP"))?;
    let reached = |who: &Host| {
        eventually(&format!("the client reaches {}", who.name()), PATIENCE, || reach(&pair.client, VIP))
    };
    reached(&pair.a)?;
    theirs.stop(PATIENCE)?;
    await_holder(&pair.servers(), VIP, &pair.b)?;
    for _ in 0..3 {
        reached(&pair.b)?;
        anyhow::ensure!(neighbour(&pair.client)? == VMAC, "{}", neighbour(&pair.client)?);
        // It has to look for the client again.
        ip(&pair.b, "neighbour flush all")?;
    }
    theirs.start()?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    reached(&pair.a)?;
    ours.stop(PATIENCE)?;
    let macs: Vec<_> =
        capture.adverts(51).iter().map(|advert| advert.mac.to_string()).filter(|mac| *mac != VMAC).collect();
    anyhow::ensure!(macs.is_empty(), "advertisements from {macs:?}");
    let announced = capture.announcements(VIP.parse()?);
    anyhow::ensure!(
        !announced.is_empty() && announced.iter().all(|a| a.mac.to_string() == VMAC),
        "{announced:?}"
    );
    Ok(())
}

fn ipv6() -> Result<()> {
    let pair = Pair::new()?;
    let capture = pair.world.capture()?;
    let config = |priority: u8| {
        let addresses = ["fe80::100/64", "2001:db8::100/64"];
        file(3, &[Instance::priority(priority).every("0.25").with_addresses(&addresses).and("  use_vmac")])
    };
    let mut theirs = Daemon::new(&pair.a, &debian_keepalived()?, &config(150))?;
    theirs.start()?;
    let ours = start_vipd(&pair.b, &config(100))?;
    await_holder(&pair.servers(), "2001:db8::100", &pair.a)?;
    eventually("vipd hears keepalived", PATIENCE, || Ok(state(&ours, "VI_1") == "BACKUP"))?;
    theirs.stop(PATIENCE)?;
    await_holder(&pair.servers(), "2001:db8::100", &pair.b)?;
    let vip = "2001:db8::100".parse()?;
    eventually("vipd announces", PATIENCE, || {
        Ok(capture.announcements(vip).len() > 5 && state(&ours, "VI_1") == "MASTER")
    })?;
    theirs.start()?;
    await_holder(&pair.servers(), "2001:db8::100", &pair.a)?;
    let adverts = capture.adverts(51);
    anyhow::ensure!(adverts.iter().all(|advert| advert.mac.to_string() == VMAC6), "{adverts:?}");
    anyhow::ensure!(capture.announcements(vip).iter().all(|a| a.mac.to_string() == VMAC6));
    Ok(())
}

fn xmit_base() -> Result<()> {
    let pair = Pair::new()?;
    let capture = pair.world.capture()?;
    let more = "  use_vmac\n  vmac_xmit_base";
    let mut theirs = Daemon::new(&pair.a, &debian_keepalived()?, &config(150, more))?;
    theirs.start()?;
    let ours = start_vipd(&pair.b, &config(100, more))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    eventually("vipd hears keepalived", PATIENCE, || Ok(state(&ours, "VI_1") == "BACKUP"))?;
    theirs.stop(PATIENCE)?;
    await_vip(&pair.b, "vrrp.51")?;
    eventually("it advertises", PATIENCE, || {
        let own: IpAddr = "192.168.200.129".parse()?;
        Ok(capture.adverts(51).iter().filter(|advert| advert.from == own).count() > 2)
    })?;
    anyhow::ensure!(
        capture.adverts(51).iter().all(|advert| advert.mac.to_string() != VMAC),
        "the base's address sends"
    );
    eventually("the address is announced with the virtual MAC address", PATIENCE, || {
        Ok(capture.announcements(VIP.parse()?).iter().any(|announced| announced.mac.to_string() == VMAC))
    })
}

/// The Master drops what is for its address, and a reload to accept lets it in; with and without a virtual MAC address.
fn no_accept() -> Result<()> {
    for more in ["", "  use_vmac\n"] {
        let pair = Pair::new()?;
        let mut ours = start_vipd(&pair.a, &config(100, &format!("{more}  no_accept")))?;
        await_holder(&[&pair.a], VIP, &pair.a)?;
        eventually("the filter is there", PATIENCE, || {
            Ok(pair.a.output("nft", &["list", "table", "ip", "vipd"]).is_ok_and(|text| text.contains(VIP)))
        })?;
        anyhow::ensure!(!reach(&pair.client, VIP)?, "it answers in spite of no_accept ({more})");
        anyhow::ensure!(reach(&pair.client, "192.168.200.128")?, "its own address does not answer");
        ours.configure(&config(100, more))?;
        ours.reload()?;
        eventually("it answers after the reload", PATIENCE, || reach(&pair.client, VIP))?;
        ours.stop(PATIENCE)?;
        let rest = pair.a.output("nft", &["list", "ruleset"])?;
        anyhow::ensure!(rest.trim().is_empty(), "left behind: {rest}");
    }
    Ok(())
}

fn interfered() -> Result<()> {
    let pair = Pair::new()?;
    let ours = start_vipd(&pair.a, &config(100, "  use_vmac"))?;
    await_vip(&pair.a, "vrrp.51")?;
    let rename = "link set vrrp.51 down name elsewhere";
    for line in ["link del vrrp.51", rename, "link set vrrp.51 down", rename, "link del vrrp.51"] {
        ip(&pair.a, line)?;
        eventually(&format!("up and with its address after: ip {line}"), PATIENCE, || {
            let up = link(&pair.a, "vrrp.51").is_ok_and(|link| link["flags"].to_string().contains("\"UP\""));
            Ok(up && has_address(&pair.a, "vrrp.51", VIP)? && reach(&pair.client, VIP)?)
        })?;
    }
    eventually("the renamed one is removed", PATIENCE, || Ok(link(&pair.a, "elsewhere").is_err()))?;
    anyhow::ensure!(neighbour(&pair.client)? == VMAC);
    anyhow::ensure!(state(&ours, "VI_1") == "MASTER");
    anyhow::ensure!(
        instance(&ours, "VI_1")?["counters"]["became_master"] == 1,
        "it never stopped to be Master"
    );
    anyhow::ensure!(ours.log().contains("vrrp.51 was gone"), "the log does not say so:\n{}", ours.log());
    Ok(())
}

fn base_made_again() -> Result<()> {
    let pair = Pair::new()?;
    let text = file(
        3,
        &[Instance::default().every("0.25").on("eth1").with_addresses(&["10.9.9.100/24"]).and("  use_vmac")],
    );
    let make = || -> Result<()> {
        ip(&pair.a, "link add eth1 type veth peer name far1")?;
        ip(&pair.a, "link set far1 up")?;
        ip(&pair.a, "address add 10.9.9.1/24 dev eth1")?;
        ip(&pair.a, "link set eth1 up").map(drop)
    };
    make()?;
    let ours = start_vipd(&pair.a, &text)?;
    let served = || {
        eventually("the address is on vrrp.51", PATIENCE, || {
            let found = ip_address(&pair.a, "vrrp.51", "10.9.9.100");
            Ok(found.is_ok_and(|found| found.is_some()) && state(&ours, "VI_1") == "MASTER")
        })
    };
    served()?;
    ip(&pair.a, "link del eth1")?;
    eventually("FAULT without the base", PATIENCE, || Ok(state(&ours, "VI_1") == "FAULT"))?;
    make()?;
    served()
}

/// After kill -9 of all of it: started without the instance, the interface, its packet filter and the changed sysctls go;
/// started with it, the interface is taken over.
fn killed() -> Result<()> {
    let pair = Pair::new()?;
    let arp_ignore = || sysctl(&pair.a, "net.ipv4.conf.eth0.arp_ignore");
    anyhow::ensure!(arp_ignore()? == "0");
    let mut ours = start_vipd(&pair.a, &config(100, "  use_vmac"))?;
    await_vip(&pair.a, "vrrp.51")?;
    let index = |host: &Host| {
        ip(host, "-o link show dev vrrp.51").map(|line| line.split(':').next().map(str::to_owned))
    };
    let before = index(&pair.a)?;
    ours.kill(|| ())?;
    anyhow::ensure!(link(&pair.a, "vrrp.51").is_ok(), "nobody was there to remove it");
    anyhow::ensure!(arp_ignore()? == "1" && !tables(&pair.a)?.is_empty());
    ours.start()?;
    await_vip(&pair.a, "vrrp.51")?;
    eventually("MASTER", PATIENCE, || Ok(state(&ours, "VI_1") == "MASTER"))?;
    anyhow::ensure!(before == index(&pair.a)?, "it was made anew instead of taken over");
    ours.kill(|| ())?;
    ours.configure(&config(100, ""))?;
    ours.start()?;
    eventually("the interface is removed", PATIENCE, || Ok(link(&pair.a, "vrrp.51").is_err()))?;
    eventually("its packet filter is removed", PATIENCE, || Ok(tables(&pair.a)?.is_empty()))?;
    eventually("the base answers for all addresses again", PATIENCE, || Ok(arp_ignore()? == "0"))?;
    await_vip(&pair.a, "eth0")
}

fn name_taken() -> Result<()> {
    let pair = Pair::new()?;
    ip(&pair.a, "link add vrrp.51 type veth peer name far1")?;
    let ours = start_vipd(&pair.a, &config(100, "  use_vmac"))?;
    eventually("FAULT", PATIENCE, || Ok(state(&ours, "VI_1") == "FAULT"))?;
    let faults = instance(&ours, "VI_1")?["faults"].to_string();
    anyhow::ensure!(faults.contains("vrrp.51"), "the fault does not name the interface: {faults}");
    ip(&pair.a, "link del vrrp.51")?;
    await_vip(&pair.a, "vrrp.51")?;
    let quiet = Duration::from_millis(300);
    std::thread::sleep(quiet);
    anyhow::ensure!(state(&ours, "VI_1") == "MASTER");
    Ok(())
}

fn sysctl(host: &Host, name: &str) -> Result<String> {
    Ok(host.output("cat", &[&format!("/proc/sys/{}", name.replace('.', "/"))])?.trim().to_owned())
}

/// The tables of the packet filter.
fn tables(host: &Host) -> Result<String> {
    host.output("nft", &["list", "tables"])
}
