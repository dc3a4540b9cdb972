//! Duplicate address detection by the kernel, with a neighbour that has the address.

use std::net::IpAddr;

use anyhow::Result;
use lab::{Daemon, Host};
use libtest_mimic::Trial;
use vipd_tests::programs::{instance, start_vipd, state};
use vipd_tests::{PATIENCE, eventually};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("detection::nothing_is_sent_from_a_source_that_is_tentative_or_a_duplicate", source),
        test("detection::a_virtual_address_that_a_neighbour_has_comes_when_he_is_gone", virtual_address),
    ]
}

fn config(addresses: &str) -> String {
    format!(
        "vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority 100\n version 3\n advert_int 0.1\n\
         garp_master_delay 0\n virtual_ipaddress {{\n fe80::100/64\n{addresses}\n }}\n}}\n"
    )
}

fn ip(host: &Host, words: &str) -> Result<String> {
    host.output("ip", &words.split_whitespace().collect::<Vec<_>>())
}

/// How the kernel of a host looks for duplicates: how often it asks.
fn detect(host: &Host, times: u32) -> Result<()> {
    for setting in ["accept_dad=1".to_owned(), format!("dad_transmits={times}")] {
        host.output("sysctl", &["-qw", &format!("net.ipv6.conf.eth0.{setting}")])?;
    }
    Ok(())
}

/// No link-local address of its own making.
fn bare(host: &Host) -> Result<()> {
    host.output("sysctl", &["-qw", "net.ipv6.conf.eth0.addr_gen_mode=1"])?;
    ip(host, "-6 address flush dev eth0").map(drop)
}

fn await_cause(daemon: &Daemon, state: &str, words: &str) -> Result<()> {
    eventually(&format!("{state}, because {words}"), PATIENCE, || {
        let Ok(shown) = instance(daemon, "VI_1") else { return Ok(false) };
        Ok(shown["state"] == state && shown["faults"].to_string().contains(words))
    })
}

fn source() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let (a, b) = (world.host("ServerA", &[])?, world.host("ServerB", &[])?);
    for host in [&a, &b] {
        bare(host)?;
    }
    let capture = world.capture_from(&a)?;
    // So many questions that it never ends.
    detect(&a, 100_000)?;
    ip(&a, "address add fe80::a/64 dev eth0")?;
    let vipd = start_vipd(&a, &config(""))?;
    // At the start that is no fault, but a moment of each boot.
    await_cause(&vipd, "STOPPED", "still looks for duplicates of the source address fe80::a")?;
    anyhow::ensure!(!vipd.log().contains("FAULT"), "detection at the start was called a fault");
    // The neighbour has it.
    ip(&b, "address add fe80::a/64 dev eth0 nodad")?;
    ip(&a, "address delete fe80::a/64 dev eth0")?;
    detect(&a, 1)?;
    ip(&a, "address add fe80::a/64 dev eth0")?;
    await_cause(&vipd, "FAULT", "another station has the source address fe80::a")?;
    anyhow::ensure!(
        capture.all_adverts().is_empty(),
        "an advertisement was sent from an address that is not ours"
    );
    ip(&b, "address delete fe80::a/64 dev eth0")?;
    ip(&a, "address delete fe80::a/64 dev eth0")?;
    ip(&a, "address add fe80::a/64 dev eth0")?;
    eventually("MASTER", PATIENCE, || Ok(state(&vipd, "VI_1") == "MASTER"))?;
    eventually("it advertises", PATIENCE, || Ok(!capture.all_adverts().is_empty()))
}

fn virtual_address() -> Result<()> {
    const VIP: &str = "2001:db8::100";
    let mut world = vipd_tests::world()?;
    let (a, b) = (world.host("ServerA", &["fe80::a/64"])?, world.host("ServerB", &["fe80::b/64"])?);
    let capture = world.capture_from(&a)?;
    ip(&b, &format!("address add {VIP}/64 dev eth0 nodad"))?;
    detect(&a, 1)?;
    let vipd = start_vipd(&a, &config(&format!("{VIP}/64 -nodad\n 2001:db8::200/64 -nodad")))?;
    eventually("MASTER", PATIENCE, || Ok(state(&vipd, "VI_1") == "MASTER"))?;
    let announced =
        |address: &str| Ok::<_, anyhow::Error>(capture.announcements(address.parse::<IpAddr>()?).len());
    eventually("the others are announced", PATIENCE, || {
        Ok(announced("fe80::100")? >= 5 && announced("2001:db8::200")? >= 5)
    })?;
    eventually("status says that another station has it", PATIENCE, || {
        let shown = instance(&vipd, "VI_1")?["addresses"].to_string();
        Ok(shown.contains("another station on the link of eth0 has 2001:db8::100"))
    })?;
    anyhow::ensure!(announced(VIP)? == 0, "an address of somebody else was announced");
    ip(&b, &format!("address delete {VIP}/64 dev eth0"))?;
    eventually("it is announced when it is free", PATIENCE, || Ok(announced(VIP)? >= 5))?;
    let shown = ip(&a, "-6 address show dev eth0")?;
    anyhow::ensure!(!shown.contains("dadfailed") && !shown.contains("tentative"), "{shown}");
    Ok(())
}
