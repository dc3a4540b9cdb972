//! A router that was not scheduled for a while listens before it asserts anything, beside Debian's keepalived.

use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Daemon, Signal};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{start_keepalived, start_vipd, state, status};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";
/// Of both at 0.25 s and priority 50: 3 × 0.25 s and 206/256 × 0.25 s, and one interval more.
const DOWN: Duration = Duration::from_millis(1202);

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("late::a_frozen_master_without_preemption_leaves_its_successor_alone", frozen_master),
        test("late::a_frozen_backup_hears_before_it_speaks", frozen_backup),
        test("late::whoever_asks_for_the_status_of_a_frozen_router_is_told", frozen_status),
    ]
}

fn config(instance: Instance) -> String {
    file(3, &[instance.every("0.25")])
}

fn router(daemon: &Daemon) -> Result<u32> {
    let text = std::fs::read_to_string(daemon.router_pid_file()).context("no PID file of the router")?;
    text.trim().parse().context("no PID in the PID file of the router")
}

/// keepalived takes over while vipd's router stands still; when it goes on, it must not say a word.
fn frozen_master() -> Result<()> {
    let pair = Pair::new()?;
    let a = start_vipd(&pair.a, &config(Instance::priority(150).and("  nopreempt")))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let b = start_keepalived(&pair.b, &config(Instance::priority(50)))?;
    eventually("keepalived listens", PATIENCE, || Ok(b.log().contains("BACKUP")))?;
    let frozen = router(&a)?;
    lab::signal(frozen, Signal::Freeze)?;
    eventually("keepalived has taken over", PATIENCE, || pair.b.holds(VIP.parse()?))?;
    std::thread::sleep(DOWN);
    let capture = pair.world.capture()?;
    lab::signal(frozen, Signal::Continue)?;
    eventually("vipd has noticed", PATIENCE, || Ok(state(&a, "VI_1") == "BACKUP"))?;
    await_holder(&pair.servers(), VIP, &pair.b)?;
    always("the successor stays", DOWN, || Ok(!pair.a.holds(VIP.parse()?)? && pair.b.holds(VIP.parse()?)?))?;
    let own = capture.adverts(51).into_iter().find(|advert| Some(advert.from) == pair.a.address());
    anyhow::ensure!(own.is_none(), "it asserted itself: {own:?}");
    Ok(())
}

/// Its master-down timer ran out long ago, and the advertisements that disprove it wait in the socket.
fn frozen_backup() -> Result<()> {
    let pair = Pair::new()?;
    let _a = start_keepalived(&pair.a, &config(Instance::priority(150)))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let b = start_vipd(&pair.b, &config(Instance::priority(50)))?;
    eventually("vipd listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    let capture = pair.world.capture()?;
    let frozen = router(&b)?;
    for _ in 0..2 {
        lab::signal(frozen, Signal::Freeze)?;
        std::thread::sleep(DOWN * 2);
        lab::signal(frozen, Signal::Continue)?;
        always("nothing moves", DOWN, || Ok(pair.a.holds(VIP.parse()?)? && !pair.b.holds(VIP.parse()?)?))?;
    }
    anyhow::ensure!(state(&b, "VI_1") == "BACKUP", "it is {}", state(&b, "VI_1"));
    let own = capture.adverts(51).into_iter().find(|advert| Some(advert.from) == pair.b.address());
    anyhow::ensure!(own.is_none(), "it asserted itself: {own:?}");
    Ok(())
}

/// The supervisor knows nothing by itself, but it answers; and the router says afterwards how late it was.
fn frozen_status() -> Result<()> {
    let pair = Pair::new()?;
    let a = start_vipd(&pair.a, &config(Instance::priority(150)))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let frozen = router(&a)?;
    lab::signal(frozen, Signal::Freeze)?;
    let answer = status(&a).err().map(|error| error.to_string()).unwrap_or_default();
    let expected = format!("the router process {frozen} was stopped by a signal and does not answer");
    anyhow::ensure!(answer.contains(&expected), "the answer is: {answer}");
    lab::signal(frozen, Signal::Continue)?;
    eventually("it answers again", PATIENCE, || Ok(state(&a, "VI_1") == "MASTER"))?;
    let log = a.log();
    anyhow::ensure!(
        log.contains("late (this machine is busy or was paused)"),
        "the log says nothing of it: {log}"
    );
    Ok(())
}
