//! What is done to the interface below `use_vmac` and `use_ipvlan`, and to the virtual interface itself, while Master: in the
//! end everything is as it was, and the log says what was done.

use anyhow::{Context as _, Result};
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::links::{addresses, ip, link, settings};
use vipd_tests::programs::{instance, start_keepalived, start_vipd, state};
use vipd_tests::watch::has_address;
use vipd_tests::{PATIENCE, always, eventually};

use crate::test;

const VIP: &str = "10.5.0.100";
const BASE: &str = "eth0.5";
const OWN: &str = "vrrp.51";
const VMAC: &str = "  use_vmac";
const XMIT_BASE: &str = "  use_vmac\n  vmac_xmit_base";
const IPVLAN: &str = "  use_ipvlan 10.5.0.140";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("base::vmac_whatever_happens", || whatever_happens(VMAC, OWN)),
        test("base::xmit_base_whatever_happens", || whatever_happens(XMIT_BASE, OWN)),
        test("base::ipvlan_whatever_happens", || whatever_happens(IPVLAN, BASE)),
        test("base::keepalived_stays_in_fault_when_its_vmac_is_set_down", || {
            fault(VMAC, OWN, "link set vrrp.51 down")
        }),
        test("base::keepalived_stays_in_fault_without_its_ipvlan", || {
            fault(IPVLAN, BASE, "link del vrrp.51")
        }),
    ]
}

const MADE: [&str; 3] = [
    "link add link eth0 name eth0.5 type vlan id 5",
    "address add 10.5.0.128/24 dev eth0.5",
    "link set eth0.5 up",
];

/// Something done to interfaces.
struct Deed {
    lines: &'static [&'static str],
    /// It is in FAULT until these.
    back: &'static [&'static str],
    /// What the log says of it.
    said: &'static str,
}

const fn stays(lines: &'static [&'static str], said: &'static str) -> Deed {
    Deed { lines, back: &[], said }
}

const DOWN: &str = "Entering FAULT STATE: interface eth0.5 is down";
const OF_THE_BASE: [Deed; 5] = [
    Deed { lines: &["link set eth0.5 down"], back: &["link set eth0.5 up"], said: DOWN },
    Deed { lines: &["link set eth0 down"], back: &["link set eth0 up"], said: DOWN },
    Deed {
        lines: &["link set eth0.5 down", "link set eth0.5 name other"],
        back: &["link set other name eth0.5", "link set eth0.5 up"],
        said: "interface eth0.5 does not exist",
    },
    Deed { lines: &["link del eth0.5"], back: &MADE, said: "vrrp.51 was gone; made it again" },
    stays(
        &[
            "link set eth0.5 mtu 1400",
            "link set eth0.5 mtu 1500",
            "link set eth0.5 address 02:00:00:00:05:01",
        ],
        "",
    ),
];
/// An ipvlan has an address of its own.
const WITHOUT_SOURCE: Deed = Deed {
    lines: &["address flush dev eth0.5"],
    back: &["address add 10.5.0.128/24 dev eth0.5"],
    said: "interface eth0.5 has no address to send advertisements from",
};
const FLUSHED: Deed = stays(
    &["address flush dev eth0.5", "address add 10.5.0.128/24 dev eth0.5"],
    "somebody else removed 10.5.0.100",
);
/// An ipvlan's MAC address cannot be changed.
const OTHER_MAC: Deed =
    stays(&["link set vrrp.51 address 02:00:00:00:05:02"], "somebody else changed vrrp.51");
const OF_ITS_OWN: [Deed; 3] = [
    stays(&["address flush dev vrrp.51"], "somebody else removed 10.5.0.1"),
    stays(&["link set vrrp.51 down"], "somebody else set vrrp.51 down"),
    stays(&["link del vrrp.51"], "vrrp.51 was gone; made it again"),
];

fn host(world: &mut World) -> Result<Host> {
    let host = world.host("ServerA", &[])?;
    for line in MADE {
        ip(&host, line)?;
    }
    Ok(host)
}

fn config(more: &str) -> String {
    file(3, &[Instance::priority(150).every("1").on(BASE).with_addresses(&[VIP]).and(more)])
}

fn has(host: &Host, on: &str) -> bool {
    has_address(host, on, VIP).unwrap_or(false)
}

/// Interface, IPv4 addresses and settings. The kernel forms link-local addresses when it likes, and an ipvlan has its base's
/// MAC address.
fn picture(host: &Host) -> Result<(Value, [Vec<String>; 2], Vec<String>)> {
    let mut own = link(host, OWN)?;
    if own["address"] == link(host, BASE)?["address"] {
        own["address"] = Value::Null;
    }
    // The kernel's opinion of an ipvlan depends on whether its base has been down.
    own["operstate"] = Value::Null;
    let v4 =
        |name| addresses(host, name).map(|list| list.into_iter().filter(|a| !a.contains("fe80")).collect());
    Ok((own, [v4(BASE)?, v4(OWN)?], settings(host, &[BASE, OWN])?))
}

fn whatever_happens(more: &str, on: &str) -> Result<()> {
    let mut world = vipd_tests::world()?;
    let host = host(&mut world)?;
    let daemon = start_vipd(&host, &config(more))?;
    eventually("MASTER", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER" && has(&host, on)))?;
    eventually("no address is being checked", PATIENCE, || {
        Ok(!ip(&host, "address show")?.contains("tentative"))
    })?;
    let before = picture(&host)?;
    let own = more == IPVLAN;
    let mut deeds: Vec<&Deed> = OF_THE_BASE.iter().chain(&OF_ITS_OWN).collect();
    deeds.push(if own { &FLUSHED } else { &WITHOUT_SOURCE });
    deeds.extend((!own).then_some(&OTHER_MAC));
    for deed in deeds {
        happens(&host, &daemon, deed, on, &before).with_context(|| {
            let now = picture(&host).map(|now| format!("{now:#?}"));
            format!("{:?}\nwas: {before:#?}\nis: {now:?}", deed.lines)
        })?;
    }
    Ok(())
}

fn happens(
    host: &Host,
    daemon: &Daemon,
    deed: &Deed,
    on: &str,
    before: &(Value, [Vec<String>; 2], Vec<String>),
) -> Result<()> {
    let log = daemon.log().len();
    let count = |name: &str| Ok::<_, anyhow::Error>(instance(daemon, "VI_1")?["counters"][name].as_u64());
    let became = count("became_master")?;
    for line in deed.lines {
        ip(host, line)?;
    }
    if !deed.back.is_empty() {
        eventually("FAULT", PATIENCE, || Ok(state(daemon, "VI_1") == "FAULT" && !has(host, on)))?;
        for line in deed.back {
            ip(host, line)?;
        }
    }
    eventually("everything is as it was", PATIENCE, || {
        let calm = state(daemon, "VI_1") == "MASTER" && has(host, on);
        Ok(calm && picture(host).is_ok_and(|now| now == *before))
    })?;
    let said = || daemon.log().get(log..).is_some_and(|log| log.contains(deed.said));
    eventually(&format!("the log says: {}", deed.said), PATIENCE, || Ok(said()))?;
    if deed.back.is_empty() {
        anyhow::ensure!(count("became_master")? == became, "it stopped to be Master");
    }
    let sent = count("adverts_sent")?;
    eventually("it advertises", PATIENCE, || Ok(count("adverts_sent")? > sent.map(|sent| sent + 1)))
}

/// keepalived does not come back by itself; with the same file and the same deed vipd does, without ceasing to be Master.
fn fault(more: &str, on: &str, line: &str) -> Result<()> {
    for start in [start_keepalived, start_vipd] {
        let mut world = vipd_tests::world()?;
        let host = host(&mut world)?;
        let daemon = start(&host, &config(more))?;
        let master = || Ok(daemon.log().contains("Entering MASTER STATE") && has(&host, on));
        eventually("MASTER", PATIENCE, master)?;
        ip(&host, line)?;
        if daemon.log().contains("Starting vipd") {
            eventually("it is back", PATIENCE, || Ok(has(&host, on) && link(&host, OWN).is_ok()))?;
            anyhow::ensure!(!daemon.log().contains("FAULT"), "{}", daemon.log());
        } else {
            let fault = || Ok(daemon.log().contains("Entering FAULT STATE") && !has(&host, on));
            eventually("FAULT", PATIENCE, fault)?;
            always("it stays there", std::time::Duration::from_secs(8), || Ok(!has(&host, on)))?;
        }
    }
    Ok(())
}
