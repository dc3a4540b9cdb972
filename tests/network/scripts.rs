//! Programs that are told, programs that are asked, and pipes. What they are told is compared with keepalived in the private
//! kernel: it needs real root.

use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::Host;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, start_vipd, state, status};
use vipd_tests::watch::longest_gap;
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, punctual, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("scripts::after_many_flaps_the_last_notification_is_the_state", last_is_the_state),
        test("scripts::a_notification_that_fails_is_told_again_until_it_succeeds", retried),
        test("scripts::what_failed_is_not_told_after_a_later_state", not_after_a_later_state),
        punctual("scripts::a_hanging_program_delays_no_advertisement", hanging),
        test("scripts::a_script_moves_priority_and_fault", tracked_script),
        test("scripts::preemption_waits_until_connections_are_copied", warm_up),
        test("scripts::a_timeout_counts_once", timeout_counts_once),
        punctual("scripts::a_tracked_script_that_hangs_forks_and_prints_delays_nothing", difficult_check),
        test("scripts::a_file_moves_the_priority", tracked_file),
        test("scripts::a_process_that_is_gone_is_a_fault", tracked_process),
        test("scripts::a_pipe_without_a_reader_keeps_its_lines", pipe_without_reader),
        test("scripts::something_else_in_the_place_of_a_pipe_is_left_alone", no_pipe),
        test("scripts::what_others_may_write_is_not_run_as_root", guarded),
    ]
}

/// A program of the test.
fn program(host: &Host, name: &str, text: &str) -> Result<PathBuf> {
    let path = host.dir().join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// A reader that died, a hundred changes, a slow program: in the end everybody knows how it is.
fn last_is_the_state() -> Result<()> {
    let pair = Pair::new()?;
    let calls = pair.a.dir().join("calls");
    let log = calls.display();
    let slow =
        program(&pair.a, "slow", &format!("sleep 0.02\necho \"$3 $VIPD_SEQUENCE $VIPD_CAUSE\" >>{log}"))?;
    let config =
        file(3, &[Instance::priority(100).every("0.1").and(&format!("  notify {}", slow.display()))]);
    let mut daemon = start_vipd(&pair.a, &config)?;
    eventually("it begins", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    for _ in 0..50 {
        pair.a.plug(false)?;
        pair.a.plug(true)?;
    }
    eventually("it ends", PATIENCE, || {
        let last = lines(&calls).last().cloned().unwrap_or_default();
        Ok(state(&daemon, "VI_1") == "MASTER" && last.starts_with("MASTER "))
    })?;
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    let last = lines(&calls).last().cloned().unwrap_or_default();
    anyhow::ensure!(last.starts_with("STOP "), "the last call was {last:?}");
    let numbers: Vec<u64> =
        lines(&calls).iter().filter_map(|line| line.split(' ').nth(1)?.parse().ok()).collect();
    anyhow::ensure!(numbers.is_sorted(), "out of order: {numbers:?}");
    anyhow::ensure!(lines(&calls).iter().all(|line| line.split(' ').count() > 2), "a call without a cause");
    Ok(())
}

/// A cloud's API that is out of order for a while, and a program that is not there yet.
fn retried() -> Result<()> {
    let pair = Pair::new()?;
    let (calls, works) = (pair.a.dir().join("calls"), pair.a.dir().join("works"));
    let log = calls.display();
    let write = |name: &str, then: &str| {
        let text = format!("echo \"{name} $VIPD_STATE $VIPD_SEQUENCE $VIPD_ATTEMPT\" >>{log}\n{then}");
        program(&pair.a, name, &text)
    };
    let own = write("own", &format!("test -e {}", works.display()))?;
    let any = write("any", "")?;
    let late = pair.a.dir().join("late");
    let notify = format!(
        "  notify_master {}\n  notify {}\n  notify_fault {}",
        own.display(),
        any.display(),
        late.display()
    );
    let config = file(3, &[Instance::priority(100).every("0.1").and(&notify)]);
    let mut daemon = start_vipd(&pair.a, &format!("vipd {{\n  notify_retry 1\n}}\n{config}"))?;
    eventually("it failed twice, and waits", PATIENCE, || {
        let status = status(&daemon).unwrap_or_default();
        let retry = &status["retries"][0];
        Ok(retry["subject"] == "INSTANCE VI_1" && retry["failures"].as_u64() >= Some(2))
    })?;
    fs::write(&works, "")?;
    eventually("it succeeds", PATIENCE, || Ok(daemon.log().contains("own succeeded after ")))?;
    let none = status(&daemon)?["retries"].as_array().is_some_and(Vec::is_empty);
    anyhow::ensure!(none, "it is run again although it has succeeded");
    let told = lines(&calls);
    let own_runs = told.len() - 2;
    // The other program of the same state does not wait for it. BACKUP was the first event, MASTER the second.
    let mut expected = vec!["any BACKUP 1 1".to_owned(), "own MASTER 2 1".into(), "any MASTER 2 1".into()];
    expected.extend((2..=own_runs).map(|attempt| format!("own MASTER 2 {attempt}")));
    anyhow::ensure!(told == expected && own_runs >= 3, "{told:?}");
    // What cannot be started is tried again, too.
    pair.a.plug(false)?;
    eventually("it is not there", PATIENCE, || Ok(daemon.log().contains("late not found; trying again in")))?;
    write("late", "")?;
    let is_late = |line: &String| line.starts_with("late FAULT 3 ") && !line.ends_with(" 1");
    eventually("it is run", PATIENCE, || Ok(lines(&calls).last().is_some_and(is_late)))?;
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    let again = lines(&calls).iter().filter(|line| line.starts_with("own ")).count();
    anyhow::ensure!(again == own_runs, "it was run again after it had succeeded");
    Ok(())
}

/// The state changes while a program that failed waits, and while it runs: the old state is never told after the new one,
/// and at the end nothing is tried again.
fn not_after_a_later_state() -> Result<()> {
    let pair = Pair::new()?;
    let calls = pair.a.dir().join("calls");
    // FAULT succeeds the third time, three seconds later: long enough for MASTER to come again, if it did.
    let text = format!(
        "echo \"$3 $VIPD_ATTEMPT\" >>{}\ncase \"$3 $VIPD_ATTEMPT\" in\n\
         MASTER*) sleep 1; exit 1;;\nFAULT\\ [12]|STOP*) exit 1;;\nesac",
        calls.display()
    );
    let notify = format!("  notify {}", program(&pair.a, "told", &text)?.display());
    let config = file(3, &[Instance::priority(100).every("0.1").and(&notify)]);
    let mut daemon = start_vipd(&pair.a, &format!("vipd {{\n  notify_retry 1\n}}\n{config}"))?;
    for when in ["retries", "scripts"] {
        eventually("MASTER is told", PATIENCE, || {
            let last = lines(&calls).last().cloned().unwrap_or_default();
            let there =
                status(&daemon).unwrap_or_default()[when].as_array().is_some_and(|list| !list.is_empty());
            Ok(there && last.starts_with("MASTER "))
        })?;
        pair.a.plug(false)?;
        eventually("FAULT is told", PATIENCE, || {
            Ok(lines(&calls).last().is_some_and(|line| line == "FAULT 3"))
        })?;
        let told = lines(&calls);
        let fault = told.iter().rposition(|line| line == "FAULT 1").context("no FAULT 1")?;
        anyhow::ensure!(told[fault..] == ["FAULT 1", "FAULT 2", "FAULT 3"], "{told:?}");
        pair.a.plug(true)?;
    }
    eventually("MASTER is told anew", PATIENCE, || {
        Ok(lines(&calls).last().is_some_and(|line| line == "MASTER 1"))
    })?;
    eventually("it waits", PATIENCE, || {
        Ok(status(&daemon)?["retries"].as_array().is_some_and(|list| !list.is_empty()))
    })?;
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    let told = lines(&calls);
    let stops = told.iter().filter(|line| line.starts_with("STOP ")).count();
    anyhow::ensure!(stops == 1 && told.last().is_some_and(|line| line == "STOP 1"), "{told:?}");
    Ok(())
}

fn hanging() -> Result<()> {
    let pair = Pair::new()?;
    let hang = program(&pair.a, "hang", "timeout 20 yes & sleep 1000")?;
    let capture = pair.world.capture()?;
    let notify = format!("  notify {0}\n  notify_master {0}", hang.display());
    let daemon = start_vipd(&pair.a, &file(3, &[Instance::priority(100).every("0.2").and(&notify)]))?;
    eventually("Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    std::thread::sleep(Duration::from_secs(2));
    let gap = longest_gap(&capture.adverts(51));
    anyhow::ensure!(gap < Duration::from_millis(500), "{gap:?} without an advertisement");
    Ok(())
}

/// `weight`, FAULT, `fall` and `rise`.
fn tracked_script() -> Result<()> {
    let pair = Pair::new()?;
    let good = pair.a.dir().join("good");
    fs::write(&good, "")?;
    let check = |name: &str, more: &str| {
        format!(
            "vrrp_script {name} {{\n  script \"test -e {}\"\n  interval 0.1\n  {more}\n}}\n",
            good.display()
        )
    };
    let tracks = "  track_script {\n    adds\n    decides\n  }";
    let config = check("adds", "weight 30") + &check("decides", "fall 3\n  rise 2");
    let daemon =
        start_vipd(&pair.a, &(config + &file(3, &[Instance::priority(100).every("0.3").and(tracks)])))?;
    let is = |priority: u64, wanted: &str| {
        eventually(&format!("{wanted} with {priority}"), PATIENCE, || {
            let seen = instance(&daemon, "VI_1");
            Ok(seen.is_ok_and(|i| i["priority"] == priority && i["state"] == wanted))
        })
    };
    is(130, "MASTER")?;
    fs::remove_file(&good)?;
    is(100, "FAULT")?;
    let faults = instance(&daemon, "VI_1")?["faults"].to_string();
    anyhow::ensure!(faults.contains("script decides"), "{faults}");
    fs::write(&good, "")?;
    is(130, "MASTER")
}

/// users.md 27: who comes back knows no connections yet. While its script says so, it is worth less than the other.
fn warm_up() -> Result<()> {
    let pair = Pair::new()?;
    let b = start_vipd(&pair.b, &file(3, &[Instance::priority(100)]))?;
    eventually("ServerB is Master", PATIENCE, || Ok(state(&b, "VI_1") == "MASTER"))?;
    let warm = pair.a.dir().join("warm");
    let script = format!(
        "vrrp_script warm {{\n  script \"test -e {}\"\n  interval 1\n  weight 60\n  init_fail\n}}\n",
        warm.display()
    );
    let tracks = Instance::priority(90).and("  track_script {\n    warm\n  }");
    let a = start_vipd(&pair.a, &(script + &file(3, &[tracks])))?;
    eventually("ServerA listens", PATIENCE, || Ok(state(&a, "VI_1") == "BACKUP"))?;
    // Longer than it would take to preempt.
    always("ServerB stays Master", Duration::from_secs(6), || Ok(state(&b, "VI_1") == "MASTER"))?;
    fs::write(&warm, "")?;
    eventually("ServerA is Master", PATIENCE, || Ok(state(&a, "VI_1") == "MASTER"))?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))
}

/// users.md: a script that takes too long for once is one failure, not a takeover.
fn timeout_counts_once() -> Result<()> {
    let pair = Pair::new()?;
    let slow_once = program(
        &pair.a,
        "slow",
        &format!("mkdir {0}/seen 2>/dev/null && sleep 5\nexit 0", pair.a.dir().display()),
    )?;
    let script = format!(
        "vrrp_script once {{\n  script {}\n  interval 0.2\n  timeout 0.4\n  fall 2\n}}\n",
        slow_once.display()
    );
    let tracks = "  track_script {\n    once\n  }";
    // Already seen: the first run decides, and is good.
    fs::create_dir(pair.a.dir().join("seen"))?;
    let daemon =
        start_vipd(&pair.a, &(script + &file(3, &[Instance::priority(100).every("0.2").and(tracks)])))?;
    eventually("Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    fs::remove_dir(pair.a.dir().join("seen"))?;
    eventually("it took too long", PATIENCE, || Ok(daemon.log().contains("takes longer than its timeout")))?;
    std::thread::sleep(Duration::from_secs(1));
    anyhow::ensure!(state(&daemon, "VI_1") == "MASTER" && !daemon.log().contains("FAULT"), "it counted");
    Ok(())
}

/// One prints gigabytes, one leaves children behind, one hangs and ignores SIGTERM: each gets its verdict, and no
/// advertisement is missing.
fn difficult_check() -> Result<()> {
    let pair = Pair::new()?;
    let loud = program(&pair.a, "loud", "yes | head -c 1000000000\necho >&2 done\nexit 0")?;
    let forks = program(&pair.a, "forks", "for n in 1 2 3 4 5 6 7 8; do sleep 20 & done\nexit 0")?;
    let hangs = program(&pair.a, "hangs", "trap '' TERM\nwhile :; do sleep 1; done")?;
    let check = |name: &str, path: &Path, more: &str| {
        format!("vrrp_script {name} {{\n  script {}\n  interval 1\n  {more}\n}}\n", path.display())
    };
    let config = check("loud", &loud, "timeout 60\n  weight 10")
        + &check("forks", &forks, "weight 20")
        + &check("hangs", &hangs, "timeout 1\n  weight 40");
    let tracks = "  track_script {\n    loud\n    forks\n    hangs\n  }";
    let capture = pair.world.capture()?;
    let mut daemon =
        start_vipd(&pair.a, &(config + &file(3, &[Instance::priority(100).every("0.2").and(tracks)])))?;
    eventually("two of three succeed", PATIENCE, || {
        let seen = instance(&daemon, "VI_1");
        Ok(seen.is_ok_and(|i| i["priority"] == 130 && i["state"] == "MASTER"))
    })?;
    let first = capture.adverts(51).len();
    eventually("some more advertisements", PATIENCE, || Ok(capture.adverts(51).len() > first + 20))?;
    let gap = longest_gap(&capture.adverts(51));
    anyhow::ensure!(gap < Duration::from_secs(1), "{gap:?} without an advertisement at 0.2 s");
    anyhow::ensure!(daemon.log().contains("takes longer than its timeout"), "it is not told who hangs");
    anyhow::ensure!(daemon.log().len() < 10_000, "the log has {} bytes", daemon.log().len());
    let processes = daemon.processes();
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    let mut left = Vec::new();
    let gone = eventually("nothing is left behind", Duration::from_secs(5), || {
        let name = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        left = processes.iter().map(name).filter(|name| !name.is_empty()).collect();
        Ok(left.is_empty())
    });
    gone.with_context(|| format!("{left:?}"))?;
    Ok(())
}

fn tracked_file() -> Result<()> {
    let pair = Pair::new()?;
    let path = pair.a.dir().join("number");
    let tracked = format!("track_file number {{\n  file {}\n  weight 2\n  init_file 5\n}}\n", path.display());
    let tracks = "  track_file {\n    number\n  }";
    let daemon =
        start_vipd(&pair.a, &(tracked + &file(3, &[Instance::priority(100).every("0.3").and(tracks)])))?;
    let is = |priority: u64, wanted: &str| {
        eventually(&format!("{wanted} with {priority}"), PATIENCE, || {
            let seen = instance(&daemon, "VI_1");
            Ok(seen.is_ok_and(|i| i["priority"] == priority && i["state"] == wanted))
        })
    };
    is(110, "MASTER")?;
    let log = daemon.log();
    let (changed, began) = (log.find("priority from 100 to 110"), log.find("Entering BACKUP STATE"));
    anyhow::ensure!(changed.is_some() && changed < began, "the file counts from the beginning");
    for (text, priority) in [("-20\n", 60), ("7", 114), ("", 100), ("12 rest", 124)] {
        fs::write(&path, text)?;
        is(priority, "MASTER")?;
    }
    // Written beside and moved in its place, as careful programs do.
    fs::write(path.with_extension("new"), "-127")?;
    fs::rename(path.with_extension("new"), &path)?;
    is(1, "FAULT")?;
    fs::remove_file(&path)?;
    is(100, "MASTER")
}

fn tracked_process() -> Result<()> {
    let pair = Pair::new()?;
    // No other test and no other program of this machine sleeps for so long.
    let seconds = format!("31536{:03}", std::process::id() % 1000);
    let tracked = format!("vrrp_track_process sleeper {{\n  process sleep {seconds}\n  delay 0.2\n}}\n");
    let tracks = "  track_process {\n    sleeper\n  }";
    let daemon =
        start_vipd(&pair.a, &(tracked + &file(3, &[Instance::priority(100).every("0.3").and(tracks)])))?;
    let is = |wanted: &str| eventually(wanted, PATIENCE, || Ok(state(&daemon, "VI_1") == wanted));
    is("FAULT")?;
    let mut sleeper = Command::new("sleep").arg(&seconds).spawn()?;
    let risen = is("MASTER");
    sleeper.kill()?;
    // A zombie does not run.
    let fallen = risen.and_then(|()| is("FAULT"));
    sleeper.wait()?;
    fallen
}

fn pipe_without_reader() -> Result<()> {
    let pair = Pair::new()?;
    let pipe = pair.a.dir().join("pipe");
    let config = file(3, &[Instance::priority(100).every("0.1")]);
    let config =
        config.replacen("global_defs {", &format!("global_defs {{\n  notify_fifo {}", pipe.display()), 1);
    let mut daemon = start_vipd(&pair.a, &config)?;
    eventually("Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    for _ in 0..5 {
        pair.a.plug(false)?;
        eventually("FAULT", PATIENCE, || Ok(state(&daemon, "VI_1") == "FAULT"))?;
        pair.a.plug(true)?;
        eventually("Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    }
    // Who comes late reads everything; who leaves breaks nothing.
    let mut reader = OpenOptions::new().read(true).custom_flags(0o4000).open(&pipe)?;
    let mut text = String::new();
    drop(reader.read_to_string(&mut text));
    let masters = text.lines().filter(|line| *line == "INSTANCE \"VI_1\" MASTER 100").count();
    anyhow::ensure!(masters == 6 && text.starts_with("INSTANCE \"VI_1\" BACKUP 100\n"), "{text}");
    drop(reader);
    pair.a.plug(false)?;
    eventually("FAULT", PATIENCE, || Ok(state(&daemon, "VI_1") == "FAULT"))?;
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    anyhow::ensure!(!pipe.exists(), "the pipe that it made is still there");
    Ok(())
}

fn no_pipe() -> Result<()> {
    let pair = Pair::new()?;
    let pipe = pair.a.dir().join("pipe");
    fs::write(&pipe, "precious")?;
    let config = file(3, &[Instance::priority(100).every("0.1")]);
    let config =
        config.replacen("global_defs {", &format!("global_defs {{\n  notify_fifo {}", pipe.display()), 1);
    let mut daemon = start_vipd(&pair.a, &config)?;
    eventually("Master all the same", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    anyhow::ensure!(daemon.log().contains("no pipe"), "the log does not say why");
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    anyhow::ensure!(fs::read_to_string(&pipe).context("it is gone")? == "precious");
    Ok(())
}

fn guarded() -> Result<()> {
    let pair = Pair::new()?;
    let calls = pair.a.dir().join("calls");
    let open = program(&pair.a, "open", &format!("echo called >>{}", calls.display()))?;
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777))?;
    let config =
        file(3, &[Instance::priority(100).every("0.1").and(&format!("  notify {}", open.display()))]);
    let config =
        config.replacen("global_defs {", "global_defs {\n  enable_script_security\n  script_user root", 1);
    let daemon = start_vipd(&pair.a, &config)?;
    eventually("Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    eventually("the log says why", PATIENCE, || Ok(daemon.log().contains("others may write")))?;
    anyhow::ensure!(!calls.exists(), "it was run");
    Ok(())
}
