//! Beside Debian's keepalived: the same elections from both, and tshark for a judge.

use std::time::Duration;

use anyhow::Result;
use lab::Daemon;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{daemon, debian_keepalived, refused_in_all, state, status};
use vipd_tests::watch::{await_holder, tshark_agrees};
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";

/// How both are configured.
#[derive(Clone, Copy)]
enum Protocol {
    V2Pass,
    V3,
}

/// Which of them has the higher priority.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Higher {
    Vipd,
    Keepalived,
}

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("interop::v2_pass_vipd_higher", || elections(Protocol::V2Pass, Higher::Vipd)),
        test("interop::v2_pass_keepalived_higher", || elections(Protocol::V2Pass, Higher::Keepalived)),
        test("interop::v3_vipd_higher", || elections(Protocol::V3, Higher::Vipd)),
        test("interop::v3_keepalived_higher", || elections(Protocol::V3, Higher::Keepalived)),
        test("interop::v3_ipv6", ipv6),
        test("interop::equal_priority_higher_address_wins", equal_priority),
    ]
}

/// Start of both, takeover after a crash, come-back, graceful stop, preemption: A has the higher priority.
fn elections(protocol: Protocol, higher: Higher) -> Result<()> {
    let pair = Pair::new()?;
    let capture = pair.world.capture()?;
    let (high, low) = (config(protocol, 150), config(protocol, 50));
    let (ours, theirs) = (daemon(), debian_keepalived()?);
    let (on_a, on_b) = if higher == Higher::Vipd { (&ours, &theirs) } else { (&theirs, &ours) };
    let mut a = Daemon::new(&pair.a, on_a, &high)?;
    let mut b = Daemon::new(&pair.b, on_b, &low)?;
    let servers = pair.servers();

    // The lower one starts first and is preempted.
    b.start()?;
    await_holder(&servers, VIP, &pair.b)?;
    a.start()?;
    await_holder(&servers, VIP, &pair.a)?;
    always("the higher priority stays Master", Duration::from_secs(3), || pair.a.holds(VIP.parse()?))?;

    // Graceful stop of the Master, and back.
    anyhow::ensure!(a.stop(PATIENCE)?.success(), "the stop was not clean");
    await_holder(&servers, VIP, &pair.b)?;
    a.start()?;
    await_holder(&servers, VIP, &pair.a)?;

    // The Backup leaves and returns: nothing moves.
    anyhow::ensure!(b.stop(PATIENCE)?.success(), "the stop was not clean");
    b.start()?;
    always("a Backup that comes back changes nothing", Duration::from_secs(5), || {
        Ok(pair.a.holds(VIP.parse()?)? && !pair.b.holds(VIP.parse()?)?)
    })?;

    // The Master loses its cable, and gets it back.
    pair.a.plug(false)?;
    await_holder(&[&pair.b], VIP, &pair.b)?;
    pair.a.plug(true)?;
    await_holder(&servers, VIP, &pair.a)?;

    let own = if higher == Higher::Vipd { &a } else { &b };
    let refused = refused(own)?;
    anyhow::ensure!(refused == 0, "vipd refused {refused} of keepalived's advertisements");
    let their_log = if higher == Higher::Vipd { b.log() } else { a.log() };
    for complaint in ["invalid", "mismatch", "bogus", "incorrect", "wrong"] {
        let found = their_log.lines().find(|line| line.to_lowercase().contains(complaint));
        anyhow::ensure!(found.is_none(), "keepalived complains: {}", found.unwrap_or_default());
    }
    tshark_agrees(&pair.world, &capture, 20)
}

fn config(protocol: Protocol, priority: u8) -> String {
    let instance = Instance::priority(priority);
    match protocol {
        Protocol::V2Pass => file(2, &[Instance { password: Some("1111".into()), ..instance }]),
        Protocol::V3 => file(3, &[instance.every("0.25")]),
    }
}

/// All refused advertisements of all instances.
fn refused(daemon: &Daemon) -> Result<u64> {
    let status = status(daemon)?;
    let instances = status["instances"].as_array().cloned().unwrap_or_default();
    Ok(instances.iter().map(refused_in_all).sum())
}

fn ipv6() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &["fe80::a/64", "2001:db8::a/64"])?;
    let b = world.host("ServerB", &["fe80::b/64", "2001:db8::b/64"])?;
    let capture = world.capture()?;
    let config = |priority| {
        let addresses = ["fe80::100/64", "2001:db8::100/64"];
        file(3, &[Instance::priority(priority).every("0.25").with_addresses(&addresses)])
    };
    let mut high = Daemon::new(&a, &daemon(), &config(150))?;
    let mut low = Daemon::new(&b, &debian_keepalived()?, &config(50))?;
    low.start()?;
    await_holder(&[&a, &b], "2001:db8::100", &b)?;
    high.start()?;
    for vip in ["2001:db8::100", "fe80::100"] {
        await_holder(&[&a, &b], vip, &a)?;
    }
    always("the higher priority stays Master", Duration::from_secs(3), || a.holds("2001:db8::100".parse()?))?;
    eventually("neighbours are told", PATIENCE, || {
        Ok(!capture.announcements("2001:db8::100".parse()?).is_empty())
    })?;
    anyhow::ensure!(high.stop(PATIENCE)?.success(), "the stop was not clean");
    await_holder(&[&a, &b], "2001:db8::100", &b)?;
    tshark_agrees(&world, &capture, 10)
}

/// RFC 9568 section 6.4.3: at equal priority the higher address wins, whoever was first.
fn equal_priority() -> Result<()> {
    let pair = Pair::new()?;
    let config = file(3, &[Instance::priority(100).every("0.25")]);
    let mut a = Daemon::new(&pair.a, &daemon(), &config)?;
    let mut b = Daemon::new(&pair.b, &debian_keepalived()?, &config)?;
    a.start()?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    // A Backup does not preempt its equal.
    b.start()?;
    always("an equal does not preempt", Duration::from_secs(3), || Ok(!pair.b.holds(VIP.parse()?)?))?;
    // Both become Master while they cannot hear each other; then the higher address stays.
    pair.a.plug(false)?;
    await_holder(&[&pair.b], VIP, &pair.b)?;
    pair.a.plug(true)?;
    eventually("ServerA is Backup", PATIENCE, || Ok(state(&a, "VI_1") == "BACKUP"))?;
    await_holder(&pair.servers(), VIP, &pair.b)
}
