//! Hundreds of events leave nothing behind in the daemon: memory and open files are after the second half what they were after
//! the first, and it idles. `SOAK=ROUNDS` makes it longer.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use lab::Daemon;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{start_vipd, state};
use vipd_tests::watch::await_holder;
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";
/// Each takes a second or two.
const ROUNDS: usize = 10;
/// Of each kind in a round.
const EVENTS: usize = 8;
/// What the allocator may keep more at one time than at another.
const SLACK_KIB: u64 = 128;
const INTERVAL_MS: u64 = 250;

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("soak::events_leave_nothing_behind", events_leave_nothing_behind)]
}

fn events_leave_nothing_behind() -> Result<()> {
    let rounds = match std::env::var("SOAK") {
        Ok(rounds) => rounds.parse().context("SOAK is a number of rounds")?,
        Err(_) => ROUNDS,
    };
    let mut soak = Soak::new(Pair::new()?)?;
    soak.rounds(rounds.div_ceil(2))?;
    let before = [Usage::of(&mut soak.a)?, Usage::of(&mut soak.b)?];
    soak.rounds(rounds.div_ceil(2))?;
    for (daemon, before) in [&mut soak.a, &mut soak.b].into_iter().zip(before) {
        eventually("as many files are open as before", PATIENCE, || {
            Ok(Usage::of(daemon)?.files == before.files)
        })?;
        let now = Usage::of(daemon)?;
        println!("{rounds} rounds: {before:?}, then {now:?}");
        for (now, before) in now.memory_kib.iter().zip(&before.memory_kib) {
            anyhow::ensure!(*now <= before + SLACK_KIB, "{now} KiB instead of {before}");
        }
    }
    soak.idles()
}

struct Soak {
    pair: Pair,
    a: Daemon,
    b: Daemon,
    number: PathBuf,
}

impl Soak {
    fn new(pair: Pair) -> Result<Self> {
        let number = pair.world.dir().join("number");
        fs::write(&number, "0")?;
        let a = start_vipd(&pair.a, &config(&number, 150, ""))?;
        await_holder(&pair.servers(), VIP, &pair.a)?;
        let b = start_vipd(&pair.b, &config(&number, 50, ""))?;
        Ok(Self { pair, a, b, number })
    }

    fn rounds(&mut self, rounds: usize) -> Result<()> {
        (0..rounds).try_for_each(|_| self.round())
    }

    fn round(&mut self) -> Result<()> {
        for event in 0..EVENTS {
            self.pair.a.plug(false)?;
            self.pair.a.plug(true)?;
            // Who serves it just then has lost it; the other never had it.
            for host in self.pair.servers() {
                drop(host.output("ip", &["address", "del", &format!("{VIP}/32"), "dev", "eth0"]));
            }
            let more = ["", "  virtual_routes {\n    10.9.0.0/16 via 192.168.200.10 dev eth0\n  }"];
            for (daemon, priority) in [(&mut self.a, 150), (&mut self.b, 50)] {
                daemon.configure(&config(&self.number, priority, more[(event + 1) % 2]))?;
                daemon.reload()?;
            }
            fs::write(&self.number, if event % 2 == 0 { "-20" } else { "0" })?;
        }
        await_holder(&self.pair.servers(), VIP, &self.pair.a)?;
        eventually("ServerB listens", PATIENCE, || Ok(state(&self.b, "VI_1") == "BACKUP"))
    }

    /// While eight advertisements are sent, neither daemon works for a tenth of the time.
    fn idles(&mut self) -> Result<()> {
        let adverts = 8;
        let capture = self.pair.world.capture()?;
        let work =
            |soak: &mut Self| -> Result<[u64; 2]> { Ok([work_us(&mut soak.a)?, work_us(&mut soak.b)?]) };
        let before = work(self)?;
        eventually("the Master advertises", PATIENCE, || Ok(capture.adverts(51).len() >= adverts))?;
        let now = work(self)?;
        let bound = INTERVAL_MS * 1000 * adverts as u64 / 10;
        for (now, before) in now.into_iter().zip(before) {
            anyhow::ensure!(now - before < bound, "{} us of work for {adverts} advertisements", now - before);
        }
        Ok(())
    }
}

fn config(number: &std::path::Path, priority: u8, more: &str) -> String {
    let lines = format!("  track_file {{\n    number\n  }}\n{more}");
    let definition = format!("track_file number {{\n  file {}\n  weight 1\n}}\n", number.display());
    let every = format!("0.{INTERVAL_MS}");
    definition + &file(3, &[Instance::priority(priority).every(every.trim_end_matches('0')).and(&lines)])
}

/// Of each process of a daemon.
#[derive(Debug)]
struct Usage {
    /// Memory of its own.
    memory_kib: Vec<u64>,
    files: Vec<usize>,
}

impl Usage {
    fn of(daemon: &mut Daemon) -> Result<Self> {
        let processes = daemon.processes();
        anyhow::ensure!(processes.len() >= 2, "{} processes", processes.len());
        let (mut memory_kib, mut files) = (Vec::new(), Vec::new());
        for pid in processes {
            let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
            let anonymous = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
            let number = anonymous.and_then(|text| text.split_whitespace().next()).context("no RssAnon")?;
            memory_kib.push(number.parse()?);
            files.push(fs::read_dir(format!("/proc/{pid}/fd"))?.count());
        }
        Ok(Self { memory_kib, files })
    }
}

/// CPU time of all threads so far.
fn work_us(daemon: &mut Daemon) -> Result<u64> {
    let mut nanos = 0;
    for pid in daemon.processes() {
        for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
            let text = fs::read_to_string(thread?.path().join("schedstat"))?;
            nanos += text.split_whitespace().next().context("an empty schedstat")?.parse::<u64>()?;
        }
    }
    Ok(nanos / 1000)
}
