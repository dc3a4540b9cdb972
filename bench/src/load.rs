use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use lab::{Daemon, World};
use vipd_tests::config::{Instance, file};
use vipd_tests::eventually;
use vipd_tests::forge::FORGERIES;
use vipd_tests::watch::longest_gap;

use crate::Subject;
use crate::table::{Figure, percentile};
use crate::usage::cpu_seconds;

const PATIENCE: Duration = Duration::from_mins(1);
const WATCHED: Duration = Duration::from_secs(20);

/// 1,000 instances at 0.1 s on four Ethernets: what an advertisement costs, and how punctual it is.
pub(crate) fn thousand_instances(subject: &Subject) -> Result<Vec<Figure>> {
    const LINKS: usize = 4;
    const EACH: usize = 250;
    let mut world = World::with_links(LINKS)?;
    let host = world.host("A", &["192.168.200.128/24"])?;
    for n in 1..LINKS {
        host.output(
            "ip",
            &["address", "add", &format!("192.168.{}.128/24", 200 + n), "dev", &format!("eth{n}")],
        )?;
    }
    let instances: Vec<_> = (0..LINKS * EACH)
        .map(|n| Instance {
            name: format!("VI_{n}"),
            vrid: u8::try_from(n % EACH + 1).unwrap_or(u8::MAX),
            interface: format!("eth{}", n / EACH),
            addresses: vec![format!("10.1.{}.{}/32", n / EACH, n % EACH + 1)],
            ..Instance::priority(100).every("0.1")
        })
        .collect();
    let mut daemon = Daemon::new(&host, &subject.program, &file(3, &instances))?;
    daemon.start()?;
    eventually("all are Master", PATIENCE, || {
        Ok(host.addresses()?.iter().filter(|held| held.cidr.prefix_len == 32).count() >= LINKS * EACH)
    })?;
    // Past the second round of announcements.
    std::thread::sleep(Duration::from_secs(7));
    let captures = (0..LINKS).map(|link| world.capture_link(link)).collect::<Result<Vec<_>>>()?;
    let (before, began) = (cpu_seconds(&mut daemon), Instant::now());
    std::thread::sleep(WATCHED);
    let cpu = cpu_seconds(&mut daemon) - before;
    let watched = began.elapsed().as_secs_f64();
    let (mut sent, mut late) = (0, Vec::new());
    for capture in &captures {
        let mut by_vrid: BTreeMap<u8, Vec<_>> = BTreeMap::new();
        for advert in capture.all_adverts() {
            by_vrid.entry(advert.vrid).or_default().push(advert.at);
        }
        for times in by_vrid.values() {
            sent += times.len();
            late.extend(times.windows(2).filter_map(|pair| {
                let gap = pair[1].duration_since(pair[0]).ok()?;
                Some((gap.as_secs_f64() - 0.1).abs() * 1e3)
            }));
        }
    }
    anyhow::ensure!(sent as f64 > 0.9 * watched * 10_000.0, "only {sent} advertisements in {watched:.1} s");
    Ok(vec![
        Figure::new(
            "1,000 instances at 0.1 s: CPU per advertisement, us",
            vec![cpu / sent as f64 * 1e6],
            "at most 7",
        ),
        Figure::new(
            "1,000 instances at 0.1 s: 99 % of the advertisements are punctual to, ms",
            percentile(&late, 0.99).into_iter().collect(),
            "at most 0.3",
        ),
    ])
}

/// Invalid advertisements on its VRID: does the Master's rhythm hold, and what does refusing cost?
pub(crate) fn flood(subject: &Subject) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for rate in [3_u32, 1_000, 100_000] {
        let mut world = World::new()?;
        let [a, b] = [world.host("A", &["192.168.200.128/24"])?, world.host("B", &["192.168.200.66/24"])?];
        let instance = Instance { password: Some("1111".into()), ..Instance::priority(200) };
        let mut daemon = Daemon::new(&a, &subject.program, &file(2, &[instance]))?;
        daemon.start()?;
        eventually("A is Master", PATIENCE, || a.holds("192.168.200.100".parse()?))?;
        std::thread::sleep(Duration::from_secs(7));
        let (mut gaps, mut cpu, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        for forged in &FORGERIES {
            let capture = world.capture_from(&a)?;
            let (before, began) = (cpu_seconds(&mut daemon), Instant::now());
            let mut sent = 0;
            while began.elapsed() < Duration::from_secs(8) {
                let due = (began.elapsed().as_secs_f64() * f64::from(rate)) as usize;
                let batch = vec![forged.frame(); due.saturating_sub(sent).min(2_000)];
                sent += batch.len();
                b.send_frames(&batch)?;
                std::thread::sleep(Duration::from_micros(500));
            }
            let watched = began.elapsed();
            let own = capture.adverts(51);
            // A Master that falls silent has a gap until the end.
            let silence = own.last().map_or(watched, |advert| advert.at.elapsed().unwrap_or_default());
            gaps.push(longest_gap(&own).max(silence).as_secs_f64());
            rates.push(sent as f64 / watched.as_secs_f64());
            cpu.push((cpu_seconds(&mut daemon) - before) / watched.as_secs_f64());
        }
        let what = format!("{rate} invalid advertisements a second");
        figures.push(Figure::new(format!("{what}: indeed sent a second"), rates, ""));
        figures.push(Figure::new(format!("{what}: longest silence of the Master, s"), gaps, "at most 1.05"));
        figures.push(Figure::new(format!("{what}: CPU, cores"), cpu, "at most 0.15 at 100,000"));
    }
    Ok(figures)
}
