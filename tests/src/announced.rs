//! What two programs announce: the same frames in the same bursts, with the same pauses between them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use lab::{Capture, Daemon, Host, World};

use crate::forge::PLAIN;
use crate::observe::hex;
use crate::programs::{daemon, debian_keepalived};
use crate::{PATIENCE, eventually};

/// A file, events, and what both programs announce meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// Lines of `global_defs`.
    pub globals: &'a str,
    /// Of all instances. With 255 they are Master from the beginning.
    pub priority: u8,
    /// Seconds between two advertisements. If they are not sent meanwhile but in answer, it counts what they come before.
    pub interval_secs: u8,
    /// The instances, from VRID 1 on.
    pub rows: &'a [Row<'a>],
    /// What happens.
    pub steps: &'a [Step],
}

/// An instance: its lines, and its addresses, of which the VRID can be read: 10.VRID.0.1, 2001:db8:VRID::1, fe80::VRID:1.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Beside interface, priority and interval.
    pub lines: &'a str,
    /// Each with its options.
    pub addresses: &'a [&'a str],
    /// `virtual_ipaddress_excluded`.
    pub excluded: &'a [&'a str],
}

/// An instance with one address.
pub const ROW: Row<'_> = Row { lines: "", addresses: &[], excluded: &[] };

/// What happens to the instances.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Nothing for so many milliseconds.
    Pause(u64),
    /// Each that has IPv4 addresses hears an advertisement of this priority.
    Hear(u8),
}

/// Longer than any table takes, as the time between two advertisements.
pub const QUIET_SECS: u8 = 40;

/// Frames less than this apart are one burst.
const TOGETHER: Duration = Duration::from_millis(600);

#[derive(Debug)]
struct Sent {
    at: SystemTime,
    what: String,
}

/// Frames sent together, in order.
#[derive(Debug)]
struct Burst {
    /// Since the burst before.
    after: Duration,
    frames: Vec<String>,
}

type Bursts = BTreeMap<u8, Vec<Burst>>;

/// Plays it with both programs, side by side; an error that shows every instance that differs.
pub fn same(table: &Table<'_>) -> Result<()> {
    let (first, second) = (crate::world_with_links(2)?, crate::world_with_links(2)?);
    let over = AtomicBool::new(false);
    let (theirs, ours, late) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| lateness(&over));
        let player = scope.spawn(|| play(first, table, &debian_keepalived()?));
        let ours = play(second, table, &daemon());
        let theirs = player.join();
        over.store(true, Ordering::Relaxed);
        let theirs = theirs.map_err(|_| anyhow::anyhow!("the thread of keepalived died"))?;
        let late = watch.join().map_err(|_| anyhow::anyhow!("the watch died"))?;
        Ok::<_, anyhow::Error>((theirs.context("keepalived")?, ours.context("vipd")?, late))
    })?;
    let mut differences = String::new();
    for (vrid, row) in (1..).zip(table.rows) {
        let of = |bursts| {
            Bursts::get(bursts, &vrid).map_or_else(Vec::new, |bursts| bursts.iter().collect::<Vec<_>>())
        };
        let (theirs, ours) = (of(&theirs), of(&ours));
        if !alike(&theirs, &ours, late) {
            let (theirs, ours) = (shown(&theirs), shown(&ours));
            let _ = writeln!(differences, "{row:?}\n keepalived:\n{theirs} vipd:\n{ours}");
        }
    }
    anyhow::ensure!(differences.is_empty(), "at most {late:?} late:\n{differences}");
    Ok(())
}

/// How much later than asked for this machine wakes somebody up.
fn lateness(over: &AtomicBool) -> Duration {
    const NAP: Duration = Duration::from_millis(20);
    let mut worst = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        let begin = Instant::now();
        std::thread::sleep(NAP);
        worst = worst.max(begin.elapsed().saturating_sub(NAP));
    }
    worst
}

fn alike(theirs: &[&Burst], ours: &[&Burst], late: Duration) -> bool {
    let tolerance = Duration::from_millis(500) + 2 * late;
    theirs.len() == ours.len()
        && theirs.iter().zip(ours).all(|(theirs, ours)| {
            theirs.frames == ours.frames && theirs.after.abs_diff(ours.after) < tolerance
        })
}

fn shown(bursts: &[&Burst]) -> String {
    let mut text = String::new();
    for burst in bursts {
        let _ = writeln!(text, "  after {:?}:", burst.after);
        for same in burst.frames.chunk_by(|a, b| a == b) {
            let _ = writeln!(text, "    {} x {}", same.len(), same[0]);
        }
    }
    text
}

fn play(mut world: World, table: &Table<'_>, program: &Path) -> Result<Bursts> {
    let a = world.host("ServerA", &["192.168.200.128/24"])?;
    let b = world.host("ServerB", &["192.168.200.129/24"])?;
    for (interface, mac) in [("eth0", "02:00:00:00:00:01"), ("eth1", "02:00:00:00:00:02")] {
        a.output("ip", &["link", "set", interface, "address", mac])?;
    }
    // keepalived's router flag says whether the machine forwards.
    a.output("sysctl", &["-qw", "net.ipv6.conf.all.forwarding=1"])?;
    a.output("ip", &["address", "add", "10.0.0.1/24", "dev", "eth1"])?;
    let captures = [world.capture_link_from(&a, 0)?, world.capture_link_from(&a, 1)?];
    let mut daemon = Daemon::new(&a, program, &config(table))?;
    daemon.start()?;
    eventually("all are Master", PATIENCE, || {
        Ok((1..).zip(table.rows).all(|(vrid, _)| !captures[0].adverts(vrid).is_empty()))
    })?;
    // What comes after the last step is not compared: one of the two may be looked at a little later.
    let mut until = captures[0].adverts(1).first().map_or(SystemTime::now(), |first| first.at);
    for step in table.steps {
        match step {
            Step::Pause(millis) => {
                std::thread::sleep(Duration::from_millis(*millis));
                until += Duration::from_millis(*millis);
            }
            Step::Hear(priority) => {
                until = SystemTime::now();
                hear(&b, table, *priority)?;
            }
        }
    }
    let mut bursts = by_instance(&captures, until);
    if table.interval_secs < QUIET_SECS {
        // Which of two timers of one moment is first is chance.
        let all = bursts.values_mut().flatten();
        all.for_each(|burst| burst.frames.sort_by_key(|frame| !frame.contains("advertises")));
    }
    Ok(bursts)
}

fn hear(neighbour: &Host, table: &Table<'_>, priority: u8) -> Result<()> {
    let octets = |line: &&str| {
        let address = line.split([' ', '/']).next().unwrap_or_default();
        address.parse::<Ipv4Addr>().map(|address| address.octets()).ok()
    };
    let frame = |(vrid, row): (u8, &Row<'_>)| {
        let vips: Option<Vec<_>> = row.addresses.iter().map(octets).collect();
        Some(PLAIN.of(vrid, priority, table.interval_secs).frame_of(&vips?))
    };
    neighbour.send_frames(&(1..).zip(table.rows).filter_map(frame).collect::<Vec<_>>())
}

fn config(table: &Table<'_>) -> String {
    let mut text = format!("global_defs {{\n{}\n}}\n", table.globals);
    for (vrid, row) in (1_u8..).zip(table.rows) {
        let _ = write!(
            text,
            "vrrp_instance VI_{vrid} {{\n interface eth0\n virtual_router_id {vrid}\n state MASTER\n priority {}\n \
             advert_int {}\n {}\n",
            table.priority, table.interval_secs, row.lines
        );
        for (keyword, addresses) in
            [("virtual_ipaddress", row.addresses), ("virtual_ipaddress_excluded", row.excluded)]
        {
            if !addresses.is_empty() {
                let _ = write!(text, " {keyword} {{\n  {}\n }}\n", addresses.join("\n  "));
            }
        }
        text.push_str("}\n");
    }
    text
}

fn by_instance(captures: &[Capture; 2], until: SystemTime) -> Bursts {
    let mut sent = BTreeMap::<u8, Vec<Sent>>::new();
    for (link, capture) in captures.iter().enumerate() {
        for seen in capture.all_announcements() {
            let vrid = match seen.addr {
                IpAddr::V4(addr) => addr.octets()[1],
                IpAddr::V6(addr) if addr.is_unicast_link_local() => addr.octets()[13],
                IpAddr::V6(addr) => addr.octets()[5],
            };
            let what = format!("eth{link} {} {}", seen.addr, hex(&seen.frame));
            sent.entry(vrid).or_default().push(Sent { at: seen.at, what });
        }
        for seen in capture.all_adverts() {
            let what = format!("eth{link} advertises {}", seen.priority);
            sent.entry(seen.vrid).or_default().push(Sent { at: seen.at, what });
        }
    }
    let in_time = |sent: Vec<Sent>| sent.into_iter().filter(|sent| sent.at < until).collect();
    sent.into_iter().map(|(vrid, sent)| (vrid, bursts(in_time(sent)))).collect()
}

fn bursts(mut sent: Vec<Sent>) -> Vec<Burst> {
    sent.sort_by_key(|sent| sent.at);
    let mut bursts: Vec<(SystemTime, Burst)> = Vec::new();
    let mut last = None;
    for Sent { at, what } in sent {
        let since = |then: Option<SystemTime>| then.and_then(|then| at.duration_since(then).ok());
        match bursts.last_mut() {
            Some((_, burst)) if since(last).is_some_and(|pause| pause < TOGETHER) => burst.frames.push(what),
            before => {
                let after = since(before.map(|(begin, _)| *begin)).unwrap_or_default();
                bursts.push((at, Burst { after, frames: vec![what] }));
            }
        }
        last = Some(at);
    }
    bursts.into_iter().map(|(_, burst)| burst).collect()
}
