//! What the network-namespace tests share: where the programs are, configurations, waiting, watching.

pub mod announced;
pub mod bird;
pub mod config;
pub mod dumps;
pub mod forge;
pub mod frr;
pub mod justified;
pub mod links;
pub mod matrix;
pub mod observe;
pub mod parity;
pub mod programs;
pub mod random;
pub mod watch;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use lab::World;

/// How long a check waits for what must come. Only a failure takes that long: on a machine without a free core a
/// process may sit in the kernel for many seconds when it closes its sockets (synchronize_rcu).
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks: a tenth of the time waited so far, within these.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Waits until `holds` says yes; an error that names `what` when it has not within `patience`.
pub fn eventually(what: &str, patience: Duration, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    loop {
        if holds()? {
            return Ok(());
        }
        let waited = begin.elapsed();
        anyhow::ensure!(waited < patience, "not within {patience:?}: {what}");
        // Who looks without pause keeps what is waited for from its processor.
        std::thread::sleep((waited / 10).clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
    }
}

/// Checks again and again for as long as `span`; an error that names `what` at the first no.
pub fn always(what: &str, span: Duration, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let end = Instant::now() + span;
    while Instant::now() < end {
        anyhow::ensure!(holds()?, "no longer: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A machine on which a thread that sleeps wakes up later than this is too busy to judge what is late.
const HELD_UP: Duration = Duration::from_millis(150);

/// For a test of how punctual a daemon is: again when it failed while this machine was held up, five times at most.
pub fn undisturbed<T>(mut run: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..5 {
        let (result, late) = beside_a_clock(&mut run);
        if result.is_ok() || late < HELD_UP {
            return result;
        }
    }
    run()
}

/// And by how much a clock was late at most.
fn beside_a_clock<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    const TICK: Duration = Duration::from_millis(20);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clock = scope.spawn(|| {
            let mut latest = Duration::ZERO;
            while !over.load(Ordering::Relaxed) {
                let since = Instant::now();
                std::thread::sleep(TICK);
                latest = latest.max(since.elapsed().saturating_sub(TICK));
            }
            latest
        });
        let result = run();
        over.store(true, Ordering::Relaxed);
        (result, clock.join().unwrap_or_default())
    })
}

thread_local! {
    /// Folders of the worlds made by the test that runs on this thread.
    static WORLDS: RefCell<Vec<PathBuf>> = const { RefCell::new(Vec::new()) };
}

/// A world whose logs are shown when the test fails.
pub fn world() -> Result<World> {
    world_with_links(1)
}

/// The same with so many Ethernets.
pub fn world_with_links(links: usize) -> Result<World> {
    let world = World::with_links(links)?;
    WORLDS.with_borrow_mut(|worlds| worlds.push(world.dir().to_owned()));
    Ok(world)
}

/// The last lines of every daemon's log in the worlds made on this thread since the last call.
pub fn last_words() -> String {
    const LINES: usize = 40;
    let mut text = String::new();
    for dir in WORLDS.take() {
        for log in logs_below(&dir) {
            let content =
                fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
            let lines: Vec<_> = content.lines().collect();
            let from = lines.len().saturating_sub(LINES);
            let _ = write!(text, "\n{}:", log.display());
            for line in lines.get(from..).unwrap_or_default() {
                let _ = write!(text, "\n  {line}");
            }
        }
    }
    text
}

/// HOST/FOLDER/log, sorted.
fn logs_below(dir: &Path) -> Vec<PathBuf> {
    let below = |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut logs: Vec<_> = below(dir)
        .flat_map(|host| below(&host).collect::<Vec<_>>())
        .map(|daemon| daemon.join("log"))
        .collect();
    logs.retain(|log| log.is_file());
    logs.sort();
    logs
}
