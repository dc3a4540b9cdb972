use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use engine::api::{AddressOp, AddressSpec, Input};
use lab::{Daemon, Host, Prober, Services, World};
use linux::netlink::Netlink;
use types::{Cidr, Interval, Priority, Version};
use vipd_tests::config::{Instance, file};
use vipd_tests::eventually;
use vipd_tests::watch::longest_gap;

use crate::Subject;
use crate::failover::signed_ms;
use crate::table::Figure;

const COUNT: usize = 2000;
const PATIENCE: Duration = Duration::from_mins(1);

/// A crash of the Master of 2,000 addresses, beside what the kernel alone needs to add them here and now.
pub(crate) fn two_thousand(subject: &Subject, runs: usize) -> Result<Vec<Figure>> {
    let (mut first, mut last, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let mut world = World::new()?;
        let [a, b] = [world.host("A", &["192.168.200.128/24"])?, world.host("B", &["192.168.200.129/24"])?];
        let client = world.host("C", &["192.168.200.10/24"])?;
        client.output("ip", &["route", "add", "10.0.0.0/8", "dev", "eth0"])?;
        let _services = [Services::start(&a)?, Services::start(&b)?];
        let mut master = start(subject, &a, 100, "0.1")?;
        eventually("A has them all", PATIENCE, || Ok(count(&a)? >= COUNT))?;
        let _backup = start(subject, &b, 10, "0.1")?;
        // Past the second round of announcements.
        std::thread::sleep(Duration::from_secs(8));
        let ends: [IpAddr; 2] = [address(0).addr, address(COUNT - 1).addr];
        let prober = Prober::start(&client, &ends, Duration::from_millis(1))?;
        std::thread::sleep(Duration::from_secs(1));
        let capture = world.capture()?;
        std::thread::sleep(Duration::from_millis(300));
        let since = master.kill(|| drop(a.plug(false)))?;
        let installed = await_count(&b)?;
        let interval = Interval::from_centis(10).context("no interval")?;
        let wait = vrrp::master_down_interval(Version::V3, Priority(10), interval, 3);
        let heard = capture.adverts(51).into_iter().rfind(|advert| Some(advert.from) == a.address());
        let due = heard.context("A never advertised")?.at + wait;
        let answered = prober.wait(ends[0], "B", since, PATIENCE).context("B never answered")?;
        first.push(signed_ms(answered, due));
        last.push(signed_ms(installed, due));
        floor.push(kernel_alone(&mut world)?);
    }
    Ok(vec![
        Figure::new("2,000 addresses: timer to first answer of the first one, ms", first, "at most 3"),
        Figure::new(
            "2,000 addresses: timer to the last one in the kernel, ms",
            last,
            "1.15 times the next line",
        ),
        Figure::new("2,000 addresses: added by nobody but the kernel, ms", floor, ""),
    ])
}

/// Does the new Master stay silent so long that a third host takes over, too?
pub(crate) fn three_hosts(subject: &Subject, runs: usize) -> Result<Vec<Figure>> {
    let (mut changes, mut gaps) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let mut world = World::new()?;
        let hosts = [
            world.host("A", &["192.168.200.128/24"])?,
            world.host("B", &["192.168.200.129/24"])?,
            world.host("C", &["192.168.200.130/24"])?,
        ];
        let [a, b, c] = &hosts;
        let mut master = start(subject, a, 200, "0.02")?;
        eventually("A has them all", PATIENCE, || Ok(count(a)? >= COUNT))?;
        let _others = [start(subject, b, 100, "0.02")?, start(subject, c, 90, "0.02")?];
        std::thread::sleep(Duration::from_secs(6));
        let capture = world.capture()?;
        std::thread::sleep(Duration::from_millis(200));
        let since = master.kill(|| drop(a.plug(false)))?;
        std::thread::sleep(Duration::from_secs(3));
        let adverts: Vec<_> = capture.adverts(51).into_iter().filter(|advert| advert.at > since).collect();
        let turns = adverts.windows(2).filter(|pair| pair[0].from != pair[1].from).count();
        changes.push((1 + turns) as f64);
        let own: Vec<_> = adverts.into_iter().filter(|advert| Some(advert.from) == b.address()).collect();
        gaps.push(longest_gap(&own).as_secs_f64() * 1e3);
    }
    Ok(vec![
        Figure::new("three hosts, 2,000 addresses, advert_int 0.02: changes of Master", changes, "1"),
        Figure::new(
            "three hosts, 2,000 addresses, advert_int 0.02: longest silence of the new Master, ms",
            gaps,
            "at most 30",
        ),
    ])
}

fn address(n: usize) -> Cidr {
    let octet = |n: usize| u8::try_from(n).unwrap_or_default();
    Cidr::host(IpAddr::from([10, 1, octet(n / 250), octet(n % 250 + 1)]))
}

fn start(subject: &Subject, host: &Host, priority: u8, interval: &str) -> Result<Daemon> {
    let mut addresses: Vec<_> = (0..COUNT).map(|n| address(n).to_string()).collect();
    let excluded = addresses.split_off(1);
    let instance = Instance { addresses, excluded, ..Instance::priority(priority).every(interval) };
    let mut daemon = Daemon::new(host, &subject.program, &file(3, &[instance]))?;
    daemon.start()?;
    Ok(daemon)
}

fn count(host: &Host) -> Result<usize> {
    Ok(host.addresses()?.iter().filter(|held| held.cidr.prefix_len == 32).count())
}

/// When the last address was in the kernel, by its own notifications.
fn await_count(host: &Host) -> Result<SystemTime> {
    host.run(|| {
        let mut netlink = Netlink::with_monitor_buffer(64 << 20)?;
        let mut have = 0;
        if let Input::Resync { addresses, .. } = netlink.dump()? {
            have = addresses.iter().filter(|held| held.cidr.prefix_len == 32).count();
        }
        let end = Instant::now() + PATIENCE;
        let mut at = SystemTime::now();
        while have < COUNT {
            anyhow::ensure!(Instant::now() < end, "B has only {have} addresses");
            std::thread::sleep(Duration::from_micros(200));
            let read = netlink.read_events(usize::MAX, &mut |input| {
                if let Input::Address(held) = input
                    && held.cidr.prefix_len == 32
                {
                    have += 1;
                    at = SystemTime::now();
                }
            });
            read.map_err(|error| anyhow::anyhow!("cannot read notifications: {error:?}"))?;
        }
        anyhow::Ok(at)
    })?
}

/// Adds the same addresses on a host that does nothing else.
fn kernel_alone(world: &mut World) -> Result<f64> {
    let host = world.host("K", &["192.168.200.140/24"])?;
    host.run(|| {
        let ifindex = linux::link::index_of("eth0")?;
        let ops: Vec<_> = (0..COUNT).map(|n| AddressOp::Add(plain(ifindex, address(n)))).collect();
        let mut netlink = Netlink::open()?;
        let began = Instant::now();
        for batch in ops.chunks(100) {
            let failed = netlink.apply(batch)?;
            anyhow::ensure!(failed.is_empty(), "the kernel refuses addresses: {failed:?}");
        }
        anyhow::Ok(began.elapsed().as_secs_f64() * 1e3)
    })?
}

fn plain(ifindex: types::IfIndex, cidr: Cidr) -> AddressSpec {
    AddressSpec::plain(ifindex, cidr)
}
