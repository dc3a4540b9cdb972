//! How the kernel treats the process that speaks VRRP, beside keepalived: only real root may become real-time.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use lab::{Capture, Daemon, Signal};
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{daemon, debian_keepalived, start_vipd};
use vipd_tests::{PATIENCE, eventually, undisturbed};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("process::priorities_are_those_of_keepalived", priorities),
        test("process::whoever_looks_needs_no_rights_and_delays_nothing", spectators),
    ]
}

/// This kernel's ticks are 10 ms apart, so that the usual limit ends keepalived when it computes for that long.
const UNLIMITED: &str = "  vrrp_rlimit_rttime 3000000\n";

/// What /proc shows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Treated {
    nice: i32,
    real_time: u32,
    round_robin: bool,
    /// CPU time in µs, or `unlimited`. keepalived is ended at twice as much; we are not.
    warned_after: String,
    locked: bool,
}

impl Treated {
    fn of(pid: &str) -> Result<Self> {
        let read =
            |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).context("the process is gone");
        let (stat, limits, status) = (read("stat")?, read("limits")?, read("status")?);
        // Fields 19, 40 and 41 of proc_pid_stat(5), counted behind the name.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let of = |text: &str, name: &str| -> Option<String> {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.strip_prefix(name)?.split_whitespace().next()?.to_owned())
        };
        Ok(Self {
            nice: fields.get(16).context("nice")?.parse()?,
            real_time: fields.get(37).context("priority")?.parse()?,
            round_robin: fields.get(38) == Some(&"2"),
            warned_after: Self::first_limit(&of(&limits, "Max realtime timeout").context("limit")?),
            locked: of(&status, "VmLck:").is_some_and(|kilobytes| kilobytes != "0"),
        })
    }
}

impl Treated {
    /// The kernel adds a second with each warning.
    fn first_limit(now: &str) -> String {
        now.parse().map_or(now.to_owned(), |micros: u64| (micros % 1_000_000).to_string())
    }
}

/// A daemon that is Master, and the lines of `global_defs` that it has.
struct Running {
    daemon: Daemon,
    capture: Capture,
}

impl Running {
    fn advertises(&self) -> Result<()> {
        let before = self.capture.adverts(51).len();
        eventually("it advertises", PATIENCE, || Ok(self.capture.adverts(51).len() > before))
    }

    fn pid(&self) -> Result<String> {
        Ok(fs::read_to_string(self.daemon.router_pid_file())?.trim().to_owned())
    }

    /// Once it has this real-time priority.
    fn treated(&self, real_time: u32) -> Result<Treated> {
        let mut seen = None;
        let reached = eventually(&format!("its real-time priority is {real_time}"), PATIENCE, || {
            // While keepalived starts its process again, it has none.
            seen = Treated::of(&self.pid()?).ok().or(seen.take());
            Ok(seen.as_ref().is_some_and(|seen| seen.real_time == real_time))
        });
        reached.with_context(|| format!("{seen:?}"))?;
        seen.context("no process")
    }

    /// Does not run for so long that a timer is late by more than 200 ms.
    fn is_held_up(&self) -> Result<()> {
        let pid = self.pid()?.parse()?;
        lab::signal(pid, Signal::Freeze)?;
        std::thread::sleep(Duration::from_millis(600));
        lab::signal(pid, Signal::Continue)?;
        self.advertises()
    }
}

fn config(lines: &str) -> String {
    let config = file(3, &[Instance::priority(100).every("0.3")]);
    config.replacen("global_defs {", &format!("global_defs {{\n{lines}"), 1)
}

/// As it starts, and after each time that it was held up. `reload`: then with other settings, and without any.
fn seen(program: &Path, lines: &str, priorities: &[u32], reload: bool) -> Result<Vec<Treated>> {
    let mut world = vipd_tests::world()?;
    let host = world.host("ServerA", &["192.168.200.128/24"])?;
    let capture = world.capture()?;
    let mut running = Running { daemon: Daemon::new(&host, program, &config(lines))?, capture };
    running.daemon.start()?;
    running.advertises()?;
    let mut seen = Vec::new();
    for (times, priority) in priorities.iter().enumerate() {
        // On a busy machine keepalived may not find its timer late the first time.
        let rises = times > 0 && priorities.get(times - 1) != Some(priority);
        if times > 0 {
            running.is_held_up()?;
        }
        eventually(&format!("its real-time priority rises to {priority}"), PATIENCE, || {
            let reached = !rises || Treated::of(&running.pid()?)?.real_time == *priority;
            if !reached {
                running.is_held_up()?;
            }
            Ok(reached)
        })?;
        seen.push(running.treated(*priority)?);
    }
    if reload {
        for (lines, priority) in
            [(format!("  vrrp_rt_priority 20\n  vrrp_no_swap\n{UNLIMITED}"), 20), (String::new(), 0)]
        {
            running.daemon.configure(&config(&lines))?;
            running.daemon.reload()?;
            running.treated(priority)?;
            running.advertises()?;
            let treated = running.treated(priority)?;
            // keepalived leaves a limit of 0 behind.
            let no_limit = Treated { warned_after: String::new(), ..treated.clone() };
            seen.push(if lines.is_empty() { no_limit } else { treated });
        }
    }
    Ok(seen)
}

fn priorities() -> Result<()> {
    let auto = format!("  min_auto_priority_delay 200000\n{UNLIMITED}");
    for (lines, priorities, reload) in [
        (format!("  max_auto_priority 2\n{auto}"), &[0, 1, 2, 2][..], true),
        (format!("  max_auto_priority\n  vrrp_rt_priority 98\n{auto}"), &[98, 99, 99], false),
        (format!("  max_auto_priority 5\n  vrrp_rt_priority 10\n{auto}"), &[10, 10], false),
        (format!("  max_auto_priority -1\n  vrrp_priority -5\n  vrrp_no_swap\n{auto}"), &[0, 0], false),
        (format!("  max_auto_priority 50\n  bfd_rt_priority 30\n  bfd_no_swap\n{UNLIMITED}"), &[0, 0], false),
        ("  vrrp_rt_priority 10\n".to_owned(), &[10], false),
        ("  vrrp_rt_priority 10\n  vrrp_rlimit_rttime 20001\n".to_owned(), &[10], false),
    ] {
        let ours = undisturbed(|| seen(&daemon(), &lines, priorities, reload))
            .with_context(|| format!("vipd with {lines}"))?;
        let theirs = undisturbed(|| seen(&debian_keepalived()?, &lines, priorities, reload))
            .with_context(|| format!("keepalived with {lines}"))?;
        anyhow::ensure!(ours == theirs, "{lines}vipd:\n{ours:#?}\nkeepalived:\n{theirs:#?}");
    }
    Ok(())
}

/// How many look at once, and for how long.
const SPECTATORS: usize = 8;
const LOOK_FOR: Duration = Duration::from_secs(6);

/// users.md 8: they ask without pause, as nobody; no advertisement is so late that the other machine would take over.
fn spectators() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let hosts =
        [world.host("ServerA", &["192.168.200.128/24"])?, world.host("ServerB", &["192.168.200.129/24"])?];
    let instances = |priority| -> Vec<_> {
        let instance = |n: u8| Instance {
            name: format!("VI_{n}"),
            vrid: n,
            ..Instance::priority(priority).with_addresses(&[&format!("10.8.0.{n}")])
        };
        (1..=100).map(instance).collect()
    };
    let a = start_vipd(&hosts[0], &file(3, &instances(150)))?;
    eventually("every instance is Master", PATIENCE, || {
        Ok(a.log().matches("Entering MASTER").count() == 100)
    })?;
    let b = start_vipd(&hosts[1], &file(3, &instances(50)))?;
    eventually("the other machine listens", PATIENCE, || {
        Ok(b.log().matches("Entering BACKUP").count() == 100)
    })?;
    let socket = a.pid_file().with_extension("sock");
    for folder in socket.ancestors().skip(1).take_while(|folder| folder.starts_with(world.dir())) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    let looking: Vec<_> = (0..SPECTATORS)
        .map(|_| {
            std::thread::spawn({
                let socket = socket.clone();
                move || look(&socket)
            })
        })
        .collect();
    for spectator in looking {
        let answers = spectator.join().map_err(|_| anyhow::anyhow!("a spectator panicked"))??;
        anyhow::ensure!(answers > 1, "one had {answers} answers in {LOOK_FOR:?}");
    }
    anyhow::ensure!(!b.log().contains("Entering MASTER"), "the other machine took over for a moment");
    Ok(())
}

/// Asks for the status again and again, without any right; how many answers there were.
fn look(socket: &Path) -> Result<usize> {
    // Of this thread only.
    linux::process::become_nobody()?;
    anyhow::ensure!(fs::metadata("/proc/thread-self")?.uid() == 65_534, "this thread is still somebody");
    let mut stream = UnixStream::connect(socket).context("nobody may not ask")?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let (until, mut count) = (Instant::now() + LOOK_FOR, 0);
    while Instant::now() < until {
        stream.write_all(b"{\"request\":\"status\"}\n")?;
        let mut answer = String::new();
        answers.read_line(&mut answer)?;
        anyhow::ensure!(answer.contains("VI_100"), "the answer is {answer:?}");
        count += 1;
    }
    Ok(count)
}
