//! BFD beside FRR's bfdd.

use anyhow::{Context as _, Result};
use lab::Daemon;
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::frr::Frr;
use vipd_tests::programs::{start_vipd, status};
use vipd_tests::{PATIENCE, eventually};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("interop::bfd_frr_single_hop_and_multihop", frr)]
}

fn ours(daemon: &Daemon, name: &str) -> Result<Value> {
    let status = status(daemon)?;
    let mut sessions = status["bfd"].as_array().into_iter().flatten();
    sessions.find(|session| session["name"] == name).cloned().with_context(|| format!("no {name}: {status}"))
}

fn await_state(daemon: &Daemon, name: &str, wanted: &str) -> Result<()> {
    eventually(&format!("{name} is {wanted}"), PATIENCE, || {
        Ok(ours(daemon, name).is_ok_and(|session| session["state"] == wanted))
    })
}

/// Up over both families and several hops, with the intervals of both configurations; `shutdown` there is AdminDown
/// here; its death is noticed; and our stop is heard there. Detection takes seconds: other tests compute beside this one.
fn frr() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let host = world.host("Ours", &["192.0.2.1/24", "2001:db8::1/64"])?;
    let far = world.host("Theirs", &["192.0.2.2/24", "2001:db8::2/64", "192.0.2.3/24"])?;
    let timers = "  detect-multiplier 4\n  receive-interval 800\n  transmit-interval 1000\n exit\n";
    let lines = format!(
        " peer 192.0.2.1 local-address 192.0.2.2 interface eth0\n{timers} \
         peer 2001:db8::1 local-address 2001:db8::2 interface eth0\n{timers} \
         peer 192.0.2.1 multihop local-address 192.0.2.3\n{timers}"
    );
    let mut frr = Frr::start_bfd(&far, &lines)?;
    let session = |name: &str, neighbor: &str, source: &str, more: &str| {
        format!(
            "bfd_instance {name} {{\nneighbor_ip {neighbor}\nsource_ip {source}\nmin_rx 400\nmin_tx 600\n\
             multiplier 3\n{more}\n}}\n"
        )
    };
    let config = session("four", "192.0.2.2", "192.0.2.1", "")
        + &session("six", "2001:db8::2", "2001:db8::1", "hoplimit 255")
        + &session("far", "192.0.2.3", "192.0.2.1", "multihop");
    let mut daemon = start_vipd(&host, &config)?;
    for name in ["four", "six", "far"] {
        await_state(&daemon, name, "Up")?;
        let mut seen = Value::Null;
        // Ours: 600 against its 800; its: 1000 against our 400, four times.
        eventually(&format!("{name} has the agreed intervals"), PATIENCE, || {
            seen = ours(&daemon, name)?;
            Ok(seen["transmit_interval_ms"] == 800.0 && seen["detection_time_ms"] == 4000.0)
        })
        .with_context(|| seen.to_string())?;
    }
    let heard = |what: &str, is: &dyn Fn(&Value) -> bool| {
        eventually(what, PATIENCE, || Ok(is(&frr.bfd_peer("2001:db8::1")?)))
            .with_context(|| format!("{:?}", frr.bfd_peer("2001:db8::1")))
    };
    heard("FRR knows our settings", &|peer| {
        peer["status"] == "up"
            && peer["remote-transmit-interval"] == 600
            && peer["remote-detect-multiplier"] == 3
    })?;

    // An administrator there takes one of them down, and lets it up again.
    let shut = ["bfd", "peer 2001:db8::1 local-address 2001:db8::2 interface eth0"];
    frr.configure(&[&shut[..], &["shutdown"]].concat())?;
    // FRR falls silent then, so that what it said last is soon forgotten (RFC 5880 section 6.8.1, bfd.RemoteDiscr); the
    // cause stays.
    await_state(&daemon, "six", "Down")?;
    let six = ours(&daemon, "six")?;
    let cause = six["cause"].as_str().unwrap_or_default();
    anyhow::ensure!(cause.contains("taken down by its administrator"), "{six}");
    frr.configure(&[&shut[..], &["no shutdown"]].concat())?;
    await_state(&daemon, "six", "Up")?;

    // We stop, and FRR knows why.
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    heard("FRR was told", &|peer| {
        peer["status"] == "down" && peer["remote-diagnostic"] == "administratively down"
    })?;

    daemon.start()?;
    await_state(&daemon, "four", "Up")?;
    frr.kill();
    await_state(&daemon, "four", "Down")
}
