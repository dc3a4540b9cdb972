use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use lab::{Capture, Daemon, Host, Prober, Services, Signal, World};
use types::{Interval, Priority, Version};
use vipd_tests::config::{Instance, file};
use vipd_tests::eventually;

use crate::Subject;
use crate::table::Figure;

const VIP: &str = "192.168.200.100";
const BACKUP: u8 = 10;
const PATIENCE: Duration = Duration::from_secs(30);

/// An interval, as written and as counted; version 2 where it is a whole second.
pub(crate) const INTERVALS: [(&str, u16); 3] = [("1", 100), ("0.1", 10), ("0.01", 1)];

/// After the timer: what the protocol's waiting time does not explain.
pub(crate) fn crash(subject: &Subject, runs: usize) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (text, centis) in INTERVALS {
        let mut lab = Lab::new(subject, text, centis)?;
        let runs = if centis >= 100 { runs.div_ceil(2) } else { runs };
        let values = (0..runs).map(|run| lab.crash_once(run)).collect::<Result<_>>()?;
        figures.push(Figure::new(
            format!(
                "crash, advert_int {text}: last advertisement + master-down interval to first answer, ms"
            ),
            values,
            "median at most 1.5",
        ));
    }
    Ok(figures)
}

/// What the client misses when the Master is told to leave.
pub(crate) fn stop(subject: &Subject, runs: usize) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (text, centis) in INTERVALS {
        let mut lab = Lab::new(subject, text, centis)?;
        let runs = if centis >= 100 { runs.div_ceil(2) } else { runs };
        let values = (0..runs).map(|run| lab.stop_once(run)).collect::<Result<_>>()?;
        figures.push(Figure::new(
            format!("graceful stop, advert_int {text}: outage seen by the client, ms"),
            values,
            "median at most 2, worst 5",
        ));
    }
    Ok(figures)
}

struct Lab {
    a: Daemon,
    _b: Daemon,
    prober: Prober,
    capture: Capture,
    vip: IpAddr,
    master_down: Duration,
    _services: [Services; 2],
    _world: World,
}

impl Lab {
    fn new(subject: &Subject, interval: &str, centis: u16) -> Result<Self> {
        let mut world = World::new()?;
        let [a, b] = [world.host("A", &["192.168.200.128/24"])?, world.host("B", &["192.168.200.129/24"])?];
        let client = world.host("C", &["192.168.200.10/24"])?;
        let version = if centis >= 100 { Version::V2 } else { Version::V3 };
        let daemon = |host: &Host, priority| {
            let config = file(version.number(), &[Instance::priority(priority).every(interval)]);
            let mut daemon = Daemon::new(host, &subject.program, &config)?;
            daemon.start()?;
            anyhow::Ok(daemon)
        };
        let services = [Services::start(&a)?, Services::start(&b)?];
        let capture = world.capture()?;
        let vip = VIP.parse()?;
        let prober = Prober::start(&client, &[vip], Duration::from_millis(1))?;
        let a = daemon(&a, 100)?;
        prober.wait(vip, "A", SystemTime::UNIX_EPOCH, PATIENCE).context("A never answered")?;
        let b = daemon(&b, BACKUP)?;
        let interval = Interval::from_centis(centis).context("no interval")?;
        let master_down = vrrp::master_down_interval(version, Priority(BACKUP), interval, 3);
        std::thread::sleep(master_down * 2 + Duration::from_secs(1));
        Ok(Self { a, _b: b, prober, capture, vip, master_down, _services: services, _world: world })
    }

    fn crash_once(&mut self, run: usize) -> Result<f64> {
        self.pause(run);
        let host = self.a.host().clone();
        let mut cut = Ok(());
        let since = self.a.kill(|| cut = host.plug(false))?;
        cut?;
        let answered = self.await_b(since)?;
        let own = host.address();
        let last = self.capture.adverts(51).into_iter().rfind(|advert| Some(advert.from) == own);
        let due = last.context("A never advertised")?.at + self.master_down;
        self.a.lose_memory()?;
        host.plug(true)?;
        self.come_back()?;
        Ok(signed_ms(answered, due))
    }

    fn stop_once(&mut self, run: usize) -> Result<f64> {
        self.pause(run);
        let since = SystemTime::now();
        self.a.signal(Signal::Terminate)?;
        self.await_b(since)?;
        std::thread::sleep(Duration::from_millis(100));
        let outage = self.prober.outage(self.vip, since).length;
        self.a.wait(PATIENCE)?.context("A did not leave")?;
        self.come_back()?;
        Ok(outage.as_secs_f64() * 1e3)
    }

    /// Spreads the runs over the advertisement interval.
    fn pause(&self, run: usize) {
        std::thread::sleep(self.master_down.mul_f64(0.1 * (run % 7) as f64));
    }

    fn await_b(&self, since: SystemTime) -> Result<SystemTime> {
        self.prober.wait(self.vip, "B", since, PATIENCE).context("B never answered")
    }

    fn come_back(&mut self) -> Result<()> {
        let since = SystemTime::now();
        self.a.start()?;
        self.prober
            .wait(self.vip, "A", since, PATIENCE)
            .with_context(|| format!("A does not come back; its log:\n{}", self.a.log()))?;
        let host = self.a.host().clone();
        eventually("A has its address", PATIENCE, || host.holds(self.vip))?;
        std::thread::sleep(self.master_down + Duration::from_millis(500));
        Ok(())
    }
}

/// Milliseconds from `due` to `at`, negative when it was earlier.
pub(crate) fn signed_ms(at: SystemTime, due: SystemTime) -> f64 {
    match at.duration_since(due) {
        Ok(late) => late.as_secs_f64() * 1e3,
        Err(early) => -early.duration().as_secs_f64() * 1e3,
    }
}
