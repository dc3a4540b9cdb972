//! Beside FRR's vrrpd: the same elections as beside keepalived. FRR has no authentication and no unicast.

use anyhow::Result;
use lab::{Daemon, Host};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::frr::Frr;
use vipd_tests::programs::{daemon, instance, refused_in_all, state};
use vipd_tests::{PATIENCE, eventually};

use crate::test;

/// What both speak.
#[derive(Clone, Copy)]
struct Dialect {
    version: u8,
    vip: &'static str,
    own: [&'static str; 2],
    interval_ms: u32,
}

const V4: [&str; 2] = ["192.168.200.128/24", "192.168.200.129/24"];
const V6: [&str; 2] = ["fe80::a/64", "fe80::b/64"];
const V2: Dialect = Dialect { version: 2, vip: "192.168.200.100", own: V4, interval_ms: 1000 };
const V3: Dialect = Dialect { version: 3, vip: "192.168.200.100", own: V4, interval_ms: 300 };
const V3_IPV6: Dialect = Dialect { version: 3, vip: "fe80::100", own: V6, interval_ms: 300 };

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("interop::frr_v2_vipd_higher", || elections(V2, 150)),
        test("interop::frr_v2_frr_higher", || elections(V2, 50)),
        test("interop::frr_v3_vipd_higher", || elections(V3, 150)),
        test("interop::frr_v3_frr_higher", || elections(V3, 50)),
        test("interop::frr_v3_ipv6_vipd_higher", || elections(V3_IPV6, 150)),
        test("interop::frr_v3_ipv6_frr_higher", || elections(V3_IPV6, 50)),
    ]
}

/// FRR has priority 100. Whoever is higher preempts; whoever stops says so and is replaced; and the other way round.
fn elections(dialect: Dialect, ours: u8) -> Result<()> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &[dialect.own[0]])?;
    let b = world.host("ServerB", &[dialect.own[1]])?;
    let seconds = f64::from(dialect.interval_ms) / 1000.0;
    let config = file(
        dialect.version,
        &[Instance::priority(ours).every(&seconds.to_string()).with_addresses(&[dialect.vip])],
    );
    let mut vipd = Daemon::new(&a, &daemon(), &config)?;
    let frr = Frr::start(&b, dialect.version, 100, dialect.interval_ms, dialect.vip)?;
    agree(&vipd, &a, &frr, false, dialect)?;
    vipd.start()?;
    agree(&vipd, &a, &frr, ours > 100, dialect)?;

    // The Master leaves with priority 0 and comes back, on both sides.
    frr.shut()?;
    agree(&vipd, &a, &frr, true, dialect)?;
    frr.unshut()?;
    agree(&vipd, &a, &frr, ours > 100, dialect)?;
    let refused = refused_in_all(&instance(&vipd, "VI_1")?);
    anyhow::ensure!(refused == 0, "vipd refused {refused} of FRR's advertisements");
    anyhow::ensure!(vipd.stop(PATIENCE)?.success(), "the stop was not clean");
    agree(&vipd, &a, &frr, false, dialect)
}

/// Waits until both sides see it the same way.
fn agree(vipd: &Daemon, host: &Host, frr: &Frr, vipd_is_master: bool, dialect: Dialect) -> Result<()> {
    let what = if vipd_is_master { "vipd is Master, FRR is not" } else { "FRR is Master, vipd is not" };
    let mut seen = String::new();
    eventually(what, PATIENCE, || {
        let (ours, theirs) = (state(vipd, "VI_1"), frr.state()?);
        let held = host.holds(dialect.vip.parse()?)?;
        seen = format!("vipd {ours}, FRR {theirs}, address held: {held}");
        Ok((theirs == "MASTER") != vipd_is_master
            && (ours == "MASTER") == vipd_is_master
            && held == vipd_is_master)
    })
    .map_err(|error| error.context(seen))
}
