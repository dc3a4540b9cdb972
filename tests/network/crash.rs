//! Processes that die without a word, and such that must not even start.

use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Daemon, Signal};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{start_vipd, state, status};
use vipd_tests::watch::{AddressMonitor, await_holder, holders};
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("crash::of_the_router_moves_nothing", router_dies),
        test("crash::a_router_that_hangs_loses_its_addresses", router_hangs),
        test("crash::of_the_supervisor_makes_the_router_resign", supervisor_dies),
        test("crash::of_everything_then_a_restart_never_has_two_holders", everything_dies),
        test("crash::of_everything_with_a_lease_frees_the_address", lease_runs_out),
        test("start::a_missing_privilege_is_named", missing_privilege),
        test("start::second_daemon_with_the_same_pid_file_is_refused", second_daemon),
    ]
}

fn config(priority: u8) -> String {
    file(3, &[Instance::priority(priority).every("0.5")])
}

/// Both run, A is Master.
fn running() -> Result<(Pair, Daemon, Daemon)> {
    let pair = Pair::new()?;
    let a = start_vipd(&pair.a, &config(150))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let b = start_vipd(&pair.b, &config(50))?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    Ok((pair, a, b))
}

fn router_pid(daemon: &Daemon) -> Result<u32> {
    let text = std::fs::read_to_string(daemon.router_pid_file()).context("no PID file of the router")?;
    text.trim().parse().context("no PID in the PID file of the router")
}

/// It is started again and goes on: no address moves, the peer notices nothing.
fn router_dies() -> Result<()> {
    let (pair, a, _b) = running()?;
    let monitors = [AddressMonitor::start(&pair.a)?, AddressMonitor::start(&pair.b)?];
    let capture = pair.world.capture()?;
    let victim = router_pid(&a)?;
    lab::signal(victim, Signal::Kill)?;
    eventually("there is another router", PATIENCE, || {
        // There is no answer while there is no router.
        let Ok(status) = status(&a) else { return Ok(false) };
        Ok(status["router_pid"].as_u64().is_some_and(|pid| pid != u64::from(victim))
            && status["router_restarts"] == 1)
    })?;
    eventually("it is Master again", PATIENCE, || Ok(state(&a, "VI_1") == "MASTER"))?;
    std::thread::sleep(Duration::from_secs(3));
    for monitor in &monitors {
        let lines = monitor.lines()?;
        anyhow::ensure!(!lines.iter().any(|line| line.contains("Deleted")), "addresses moved: {lines:?}");
    }
    let adverts = capture.adverts(51);
    let others: Vec<_> = adverts.iter().filter(|advert| Some(advert.from) != pair.a.address()).collect();
    anyhow::ensure!(others.is_empty(), "the peer took over: {others:?}");
    anyhow::ensure!(adverts.len() >= 4 && adverts.iter().all(|advert| advert.priority == 150), "{adverts:?}");
    anyhow::ensure!(router_pid(&a)? != victim, "the PID file names the dead router");
    Ok(())
}

/// The peer has taken over: within 15 s (asked every 5 s, given up after 10 s) the hung router is replaced by one that finds
/// this out before it says anything.
fn router_hangs() -> Result<()> {
    let pair = Pair::new()?;
    let file = |priority| file(3, &[Instance::priority(priority).and("nopreempt")]);
    let a = start_vipd(&pair.a, &file(150))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let b = start_vipd(&pair.b, &file(50))?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    let victim = router_pid(&a)?;
    lab::signal(victim, Signal::Freeze)?;
    eventually("ServerB takes over", PATIENCE, || pair.b.holds(VIP.parse()?))?;
    let capture = pair.world.capture()?;
    anyhow::ensure!(pair.a.holds(VIP.parse()?)?, "who is stopped cannot have removed anything");
    eventually("ServerA's address is gone", Duration::from_secs(20), || Ok(!pair.a.holds(VIP.parse()?)?))?;
    eventually("ServerA listens", PATIENCE, || Ok(state(&a, "VI_1") == "BACKUP"))?;
    await_holder(&pair.servers(), VIP, &pair.b)?;
    let own: Vec<_> = capture.adverts(51).into_iter().filter(|a| Some(a.from) == pair.a.address()).collect();
    anyhow::ensure!(own.is_empty(), "the new router spoke before it listened: {own:?}");
    let log = a.log();
    let told = format!("the router process {victim} has not answered for 10 s; it was stopped by a signal");
    anyhow::ensure!(log.contains(&told), "the log does not say why: {log}");
    Ok(())
}

/// Nobody is left to restart it, so it leaves in order: priority 0, addresses gone, the peer takes over.
fn supervisor_dies() -> Result<()> {
    let (pair, mut a, _b) = running()?;
    let capture = pair.world.capture()?;
    let router = router_pid(&a)?;
    a.signal(Signal::Kill)?;
    await_holder(&pair.servers(), VIP, &pair.b)?;
    let last = capture.adverts(51).into_iter().rfind(|advert| Some(advert.from) == pair.a.address());
    anyhow::ensure!(last.as_ref().is_some_and(|advert| advert.priority == 0), "its last word was {last:?}");
    eventually("the router has left", PATIENCE, || {
        Ok(!std::path::Path::new(&format!("/proc/{router}")).exists())
    })
}

/// A leaves its address behind, B takes over; when A returns it must not serve beside B.
fn everything_dies() -> Result<()> {
    let (pair, mut a, _b) = running()?;
    a.kill(|| ())?;
    eventually("ServerB takes over", PATIENCE, || pair.b.holds(VIP.parse()?))?;
    anyhow::ensure!(pair.a.holds(VIP.parse()?)?, "a SIGKILL that cleans up is not the case to be tested");
    a.start()?;
    std::thread::sleep(Duration::from_secs(1));
    let both = holders(&pair.servers(), VIP)?;
    anyhow::ensure!(both.len() == 1, "a second after the restart the address is on {both:?}");
    await_holder(&pair.servers(), VIP, &pair.a)
}

/// With `vip_lease` the kernel itself forgets the addresses of the dead.
fn lease_runs_out() -> Result<()> {
    let pair = Pair::new()?;
    let mut daemon = start_vipd(&pair.a, &format!("vipd {{\n  vip_lease 2\n}}\n{}", config(150)))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    std::thread::sleep(Duration::from_secs(6));
    anyhow::ensure!(pair.a.holds(VIP.parse()?)?, "the lease of a living daemon ran out");
    daemon.kill(|| ())?;
    eventually("the address is gone", Duration::from_secs(8), || Ok(!pair.a.holds(VIP.parse()?)?))
}

fn second_daemon() -> Result<()> {
    let pair = Pair::new()?;
    let first = start_vipd(&pair.a, &config(150))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let mut command = first.command();
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let output = pair.a.spawn(command)?.wait_with_output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // Called keepalived, it ends as keepalived does: 0, and a line that says why.
    anyhow::ensure!(output.status.success(), "the second daemon ended with {}: {said}", output.status);
    anyhow::ensure!(said.contains("already running"), "it does not say why: {said}");
    anyhow::ensure!(
        pair.a.holds(VIP.parse()?)? && state(&first, "VI_1") == "MASTER",
        "the first one suffered"
    );
    anyhow::ensure!(first.pid_file().is_file(), "the PID file of the first one is gone");
    Ok(())
}

/// Exit code 4 is keepalived's for a missing permission. The log says which and what to do.
fn missing_privilege() -> Result<()> {
    let pair = Pair::new()?;
    for missing in ["net_admin", "net_raw"] {
        let inner = Daemon::new(&pair.a, &vipd_tests::programs::daemon(), &config(150))?.command();
        let mut command = std::process::Command::new("setpriv");
        command.arg(format!("--bounding-set=-{missing}")).arg(inner.get_program()).args(inner.get_args());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let output = pair.a.spawn(command)?.wait_with_output()?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        anyhow::ensure!(output.status.code() == Some(4), "it ended with {}: {said}", output.status);
        let name = format!("CAP_{}", missing.to_uppercase());
        anyhow::ensure!(said.contains(&name), "it does not name {name}: {said}");
    }
    Ok(())
}
