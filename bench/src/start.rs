use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use lab::{Daemon, World};
use vipd_tests::config::{Instance, file};
use vipd_tests::eventually;

use crate::Subject;
use crate::table::Figure;
use crate::usage::pss_mib;

const PATIENCE: Duration = Duration::from_secs(30);

/// From exec to the first advertisement of an address owner; the memory of two instances a second later.
pub(crate) fn start(subject: &Subject, runs: usize) -> Result<Vec<Figure>> {
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let mut world = World::new()?;
        let host = world.host("A", &["192.168.200.128/24"])?;
        let other = Instance {
            name: "VI_2".into(),
            vrid: 52,
            ..Instance::priority(255).with_addresses(&["192.168.200.200"])
        };
        let mut daemon = Daemon::new(&host, &subject.program, &file(2, &[Instance::priority(255), other]))?;
        let capture = world.capture()?;
        let began = SystemTime::now();
        daemon.start()?;
        eventually("it advertises", PATIENCE, || Ok(!capture.adverts(51).is_empty()))?;
        let first = capture.adverts(51).into_iter().next().context("no advertisement")?;
        times.push(first.at.duration_since(began).unwrap_or_default().as_secs_f64() * 1e3);
        std::thread::sleep(Duration::from_secs(1));
        memory.push(pss_mib(&mut daemon));
    }
    Ok(vec![
        Figure::new("two instances, priority 255: start to first advertisement, ms", times, "at most 8"),
        Figure::new("two instances: memory of all processes (PSS), MiB", memory, "at most 3.2"),
    ])
}

/// Only vipd has a simulator.
pub(crate) fn simulations(subject: &Subject) -> Result<Vec<Figure>> {
    let simulator = subject.program.with_file_name("vipd");
    if subject.name != "vipd" || !simulator.is_file() {
        return Ok(Vec::new());
    }
    let began = Instant::now();
    let status = Command::new(simulator).args(["sim", "--seeds", "10000"]).stdout(Stdio::null()).status()?;
    anyhow::ensure!(status.success(), "a seed broke an invariant");
    let took = began.elapsed().as_secs_f64();
    Ok(vec![Figure::new("10,000 simulated minutes of three hosts, s", vec![took], "at most 60")])
}
