//! The groups that the kernel has joined for VRRP (`/proc/net/igmp`, `/proc/net/igmp6`): on the same interfaces as
//! keepalived's, whatever happens to these, and none when nobody needs them.

use std::collections::BTreeSet;

use anyhow::Result;
use lab::{Daemon, Host};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{daemon, debian_keepalived, start_vipd, state};
use vipd_tests::watch::memberships;
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("memberships::on_the_interfaces_of_keepalived", as_keepalived),
        test("memberships::come_back_with_the_interface", come_back),
    ]
}

/// Instances, and where the groups of VRRP are joined for them (RFC 9568 section 5.1.1.2: 224.0.0.18, ff02::12).
fn cases() -> Vec<(&'static str, Vec<Instance>, &'static [&'static str])> {
    let plain = || Instance::priority(100).every("0.25");
    let six = || plain().with_addresses(&["fe80::100/64"]);
    let second = |instance| Instance { name: "VI_2".into(), vrid: 52, ..instance };
    let unicast = "  unicast_src_ip OWN\n  unicast_peer {\n    PEER\n  }";
    vec![
        ("IPv4", vec![plain()], &["joined 224.0.0.18 on eth0"]),
        ("IPv6", vec![six()], &["joined ff02::12 on eth0"]),
        ("both", vec![plain(), second(six())], &["joined 224.0.0.18 on eth0", "joined ff02::12 on eth0"]),
        ("virtual MAC", vec![plain().and("  use_vmac")], VMAC),
        ("virtual MAC, IPv6", vec![six().and("  use_vmac")], VMAC6),
        ("virtual MAC, from the base", vec![plain().and("  use_vmac\n  vmac_xmit_base")], BASE),
        ("unicast", vec![plain().and(unicast)], &[]),
    ]
}

const VMAC: &[&str] = &["joined 224.0.0.18 on vrrp.51"];
const VMAC6: &[&str] = &["joined ff02::12 on vrrp.51"];
const BASE: &[&str] = &["joined 224.0.0.18 on eth0"];

fn await_memberships(host: &Host, wanted: &BTreeSet<String>) -> Result<()> {
    let mut seen = BTreeSet::new();
    let result = eventually("the memberships are right", PATIENCE, || {
        seen = memberships(host)?;
        Ok(seen == *wanted)
    });
    result.map_err(|error| error.context(format!("{}: {seen:?} instead of {wanted:?}", host.name())))
}

fn as_keepalived() -> Result<()> {
    for (name, instances, expected) in cases() {
        let pair = Pair::new()?;
        let expected: BTreeSet<_> = expected.iter().map(ToString::to_string).collect();
        let [a, b] = ["192.168.200.128", "192.168.200.129"];
        for (host, program, own, peer) in [(&pair.a, debian_keepalived()?, a, b), (&pair.b, daemon(), b, a)] {
            let config = file(3, &instances).replace("OWN", own).replace("PEER", peer);
            let mut daemon = Daemon::new(host, &program, &config)?;
            daemon.start()?;
            let vip = instances[0].addresses[0].split('/').next().unwrap_or_default().parse()?;
            eventually("it is Master", PATIENCE, || host.holds(vip))?;
            await_memberships(host, &expected).map_err(|error| error.context(name))?;
            daemon.stop(PATIENCE)?;
            await_memberships(host, &BTreeSet::new()).map_err(|error| error.context(name))?;
        }
    }
    Ok(())
}

/// Pulled and plugged, set down and up, deleted and made again.
fn come_back() -> Result<()> {
    let pair = Pair::new()?;
    let ip = |line: &str| pair.a.output("ip", &line.split_whitespace().collect::<Vec<_>>()).map(drop);
    let make = || -> Result<()> {
        ip("link add eth1 type veth peer name far1")?;
        ip("link set far1 up")?;
        ip("address add 10.9.9.1/24 dev eth1")?;
        ip("link set eth1 up")
    };
    make()?;
    let on_eth1 =
        Instance { name: "VI_2".into(), vrid: 52, ..Instance::priority(100).every("0.25").on("eth1") };
    let daemon = start_vipd(
        &pair.a,
        &file(3, &[Instance::priority(100).every("0.25"), on_eth1.with_addresses(&["10.9.9.100"])]),
    )?;
    let both: BTreeSet<_> = ["eth0", "eth1"].map(|name| format!("joined 224.0.0.18 on {name}")).into();
    await_memberships(&pair.a, &both)?;
    pair.a.plug(false)?;
    eventually("VI_1 is in FAULT", PATIENCE, || Ok(state(&daemon, "VI_1") == "FAULT"))?;
    pair.a.plug(true)?;
    await_memberships(&pair.a, &both)?;
    ip("link set eth1 down")?;
    eventually("VI_2 is in FAULT", PATIENCE, || Ok(state(&daemon, "VI_2") == "FAULT"))?;
    ip("link set eth1 up")?;
    await_memberships(&pair.a, &both)?;
    ip("link del eth1")?;
    eventually("VI_2 is in FAULT", PATIENCE, || Ok(state(&daemon, "VI_2") == "FAULT"))?;
    make()?;
    await_memberships(&pair.a, &both)?;
    eventually("both are Master", PATIENCE, || {
        Ok(["VI_1", "VI_2"].iter().all(|name| state(&daemon, name) == "MASTER"))
    })
}
