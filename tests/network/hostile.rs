//! A neighbour that sends nonsense, or worse, on our VRID: counted, logged now and then, and without effect.

use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::forge::{FORGERIES, Forged, GOOD};
use vipd_tests::programs::{instance, start_vipd, state};
use vipd_tests::watch::{AddressMonitor, await_holder, longest_gap};
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("hostile::invalid_advertisements_change_nothing_at_the_master", at_the_master),
        test("hostile::invalid_advertisements_do_not_keep_a_backup_quiet", at_the_backup),
    ]
}

fn refused(instance: &Value, forged: &Forged) -> u64 {
    let counters = instance["counters"].as_object();
    let matching = counters.into_iter().flatten().filter(|(name, _)| {
        name.contains("refused") && forged.counted_as.iter().any(|word| name.contains(word))
    });
    matching.filter_map(|(_, count)| count.as_u64()).sum()
}

fn config() -> String {
    file(2, &[Instance { password: Some("1111".into()), ..Instance::priority(100) }])
}

/// Ten a second of each kind: state, addresses and the rhythm of the advertisements stay.
fn at_the_master() -> Result<()> {
    let pair = Pair::new()?;
    let daemon = start_vipd(&pair.a, &config())?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let monitor = AddressMonitor::start(&pair.a)?;
    for forged in &FORGERIES {
        let before = refused(&instance(&daemon, "VI_1")?, forged);
        let capture = pair.world.capture()?;
        for _ in 0..40 {
            pair.client.send_frames(&[forged.frame()])?;
            std::thread::sleep(Duration::from_millis(100));
        }
        let own: Vec<_> =
            capture.adverts(51).into_iter().filter(|advert| Some(advert.from) == pair.a.address()).collect();
        let gap = longest_gap(&own);
        anyhow::ensure!(own.len() >= 3, "{}: only {} advertisements in 4 s", forged.what, own.len());
        anyhow::ensure!(
            gap < Duration::from_millis(1500),
            "{}: {gap:?} without an advertisement",
            forged.what
        );
        let seen = instance(&daemon, "VI_1")?;
        anyhow::ensure!(seen["state"] == "MASTER", "{}: it is {} now", forged.what, seen["state"]);
        if !forged.counted_as.is_empty() {
            let counted = refused(&seen, forged) - before;
            anyhow::ensure!(
                counted == 40,
                "{}: {counted} of 40 are counted: {}",
                forged.what,
                seen["counters"]
            );
        }
    }
    let lines = monitor.lines()?;
    anyhow::ensure!(lines.is_empty(), "addresses changed: {lines:?}");
    let log = daemon.log();
    anyhow::ensure!(log.contains("192.168.200.66"), "the log does not name the sender");
    anyhow::ensure!(log.lines().count() < 80, "200 packets made {} log lines", log.lines().count());
    // The frame itself is right: without its flaw it does have an effect.
    pair.client.send_frames(&[GOOD.frame()])?;
    eventually("a valid advertisement with a higher priority is believed", PATIENCE, || {
        Ok(state(&daemon, "VI_1") == "BACKUP")
    })
}

/// Nonsense does not pass for signs of life: the Backup takes over in time.
fn at_the_backup() -> Result<()> {
    let pair = Pair::new()?;
    let mut a = start_vipd(
        &pair.a,
        &file(2, &[Instance { password: Some("1111".into()), ..Instance::priority(150) }]),
    )?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let b = start_vipd(&pair.b, &config())?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    a.kill(|| ())?;
    pair.a.plug(false)?;
    let invalid: Vec<_> = FORGERIES.iter().map(Forged::frame).collect();
    eventually("ServerB takes over although nonsense keeps coming", Duration::from_secs(8), || {
        pair.client.send_frames(&invalid)?;
        std::thread::sleep(Duration::from_millis(100));
        pair.b.holds(VIP.parse()?)
    })
}
