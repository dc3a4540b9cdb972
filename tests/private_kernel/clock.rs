//! The time of day jumps. The machine's own clock is not ours to set; that of a kernel of its own is.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use lab::Daemon;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, start_vipd, state};
use vipd_tests::watch::AddressMonitor;
use vipd_tests::{PATIENCE, eventually};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("clock::steps_of_an_hour_move_nothing", steps)]
}

/// Sets the time of day forward, or back.
fn step(hours: i64) -> Result<()> {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let output = Command::new("date").arg(format!("--set=@{}", now + 3600 * hours)).output()?;
    anyhow::ensure!(output.status.success(), "date: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn count(daemon: &Daemon, name: &str, counter: &str) -> Result<u64> {
    Ok(instance(daemon, name)?["counters"][counter].as_u64().unwrap_or_default())
}

/// Forward, back, and back again: no address moves, nobody is silent, and signed advertisements are believed. With intervals
/// of a second: other tests compute beside this one.
fn steps() -> Result<()> {
    const NAMES: [&str; 2] = ["VI_1", "VI_2"];
    let mut world = vipd_tests::world()?;
    let a = world.host("ServerA", &["192.168.200.128/24"])?;
    let b = world.host("ServerB", &["192.168.200.129/24"])?;
    let config = |priority| {
        let plain = Instance::priority(priority).every("1");
        let signed = Instance { name: "VI_2".into(), vrid: 52, ..plain.clone() };
        let block = "  auth_hmac {\n    key 1 an-ascii-passphrase-of-forty-characters\n  }";
        file(3, &[plain, signed.with_addresses(&["192.168.200.101"]).and(block)])
    };
    let master = start_vipd(&a, &config(150))?;
    let all_are = |daemon: &Daemon, wanted: &str| NAMES.iter().all(|name| state(daemon, name) == wanted);
    eventually("ServerA is Master", PATIENCE, || Ok(all_are(&master, "MASTER")))?;
    let backup = start_vipd(&b, &config(100))?;
    eventually("ServerB listens", PATIENCE, || Ok(all_are(&backup, "BACKUP")))?;
    let monitors = [AddressMonitor::start(&a)?, AddressMonitor::start(&b)?];
    for hours in [1, -1, -1, 1] {
        step(hours)?;
        for name in NAMES {
            let heard = count(&backup, name, "adverts_received")?;
            eventually(&format!("{name} is heard after {hours} h"), PATIENCE, || {
                Ok(count(&backup, name, "adverts_received")? > heard + 4)
            })?;
        }
        std::thread::sleep(Duration::from_millis(100));
        anyhow::ensure!(all_are(&master, "MASTER") && all_are(&backup, "BACKUP"), "{hours} h moved a state");
    }
    for monitor in &monitors {
        let lines = monitor.lines()?;
        anyhow::ensure!(lines.is_empty(), "addresses moved: {lines:?}");
    }
    for name in NAMES {
        anyhow::ensure!(count(&backup, name, "became_master")? == 0, "ServerB was Master of {name}");
    }
    Ok(())
}
