//! A neighbour that sends nonsense, or worse, on our VRID: counted, logged now and then, and without effect.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use lab::{Capture, Daemon, Host};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::bird::Bird;
use vipd_tests::config::{Instance, file};
use vipd_tests::forge::{FORGERIES, Forged, GOOD, INFERIOR};
use vipd_tests::programs::{
    daemon, debian_keepalived, instance, start_keepalived, start_vipd, state, status,
};
use vipd_tests::watch::{AddressMonitor, await_holder, holders, longest_gap};
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, punctual, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        punctual("hostile::invalid_advertisements_change_nothing_at_the_master", at_the_master),
        punctual("hostile::invalid_advertisements_do_not_keep_a_backup_quiet", at_the_backup),
        punctual("hostile::a_flood_changes_nothing_at_the_master", flood_at_the_master),
        test("hostile::another_virtual_router_with_our_number_is_reported", collision),
        test("hostile::a_better_router_with_one_address_more_v2", || another_list(2)),
        test("hostile::a_better_router_with_one_address_more_v3", || another_list(3)),
        test("hostile::forged_bfd_packets_fill_no_log", forged_bfd),
        punctual("hostile::a_flood_of_bfd_packets_leaves_a_session_up", flooded_bfd),
        punctual("hostile::a_flood_hides_neither_the_master_nor_its_end_from_a_backup", flood_at_the_backup),
    ]
}

fn counter(instance: &Value, name: &str) -> u64 {
    instance["counters"][name].as_u64().unwrap_or_default()
}

/// How many of these each counter must have counted, if `each` was sent of every kind.
fn expected(kinds: &[Forged], each: u64) -> Vec<(&'static str, u64)> {
    let names = kinds.iter().filter_map(|forged| forged.counted_as);
    names
        .clone()
        .map(|name| (name, each * names.clone().filter(|other| *other == name).count() as u64))
        .collect()
}

fn config(priority: u8) -> String {
    file(2, &[Instance { password: Some("1111".into()), ..Instance::priority(priority) }])
}

/// Ten a second of each kind: state, addresses and the rhythm of the advertisements stay.
fn at_the_master() -> Result<()> {
    const EACH: u64 = 60;
    let pair = Pair::new()?;
    let daemon = start_vipd(&pair.a, &config(100))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let monitor = AddressMonitor::start(&pair.a)?;
    let capture = pair.world.capture()?;
    let frames: Vec<_> = FORGERIES.iter().map(Forged::frame).collect();
    for _ in 0..EACH {
        pair.client.send_frames(&frames)?;
        std::thread::sleep(Duration::from_millis(100));
    }
    let own = own_adverts(&capture, &pair.a);
    let gap = longest_gap(&own);
    anyhow::ensure!(own.len() >= 5, "only {} advertisements in 6 s", own.len());
    anyhow::ensure!(gap < Duration::from_millis(1500), "{gap:?} without an advertisement");
    let seen = instance(&daemon, "VI_1")?;
    anyhow::ensure!(seen["state"] == "MASTER", "it is {} now", seen["state"]);
    for (name, sent) in expected(&FORGERIES, EACH) {
        let counted = counter(&seen, name);
        anyhow::ensure!(counted == sent, "{name}: {counted} of {sent} are counted: {}", seen["counters"]);
    }
    let lines = monitor.lines()?;
    anyhow::ensure!(lines.is_empty(), "addresses changed: {lines:?}");
    let log = daemon.log();
    anyhow::ensure!(log.contains("192.168.200.66"), "the log does not name the sender");
    anyhow::ensure!(log.lines().count() < 80, "{EACH} packets a kind made {} log lines", log.lines().count());
    // The frame itself is right: without its flaw it does have an effect.
    pair.client.send_frames(&[GOOD.frame()])?;
    eventually("a valid advertisement with a higher priority is believed", PATIENCE, || {
        Ok(state(&daemon, "VI_1") == "BACKUP")
    })
}

fn own_adverts(capture: &Capture, host: &Host) -> Vec<lab::Advert> {
    capture.adverts(51).into_iter().filter(|advert| Some(advert.from) == host.address()).collect()
}

/// Nonsense does not pass for signs of life: the Backup takes over in time.
fn at_the_backup() -> Result<()> {
    let pair = Pair::new()?;
    let mut a = start_vipd(&pair.a, &config(150))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let b = start_vipd(&pair.b, &config(100))?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    a.kill(|| ())?;
    pair.a.plug(false)?;
    let invalid: Vec<_> = FORGERIES.iter().map(Forged::frame).collect();
    eventually("ServerB takes over although nonsense keeps coming", Duration::from_secs(8), || {
        pair.client.send_frames(&invalid)?;
        std::thread::sleep(Duration::from_millis(100));
        pair.b.holds(VIP.parse()?)
    })
}

/// Two virtual routers on one network with the same number (docs/users-scenarios.md, 20): it is said who, and what to do.
fn collision() -> Result<()> {
    let pair = Pair::new()?;
    let ours = start_vipd(&pair.a, &file(3, &[Instance::priority(100).every("0.25")]))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let foreign = Instance::priority(150).every("0.25").with_addresses(&["192.168.200.200"]);
    let _theirs = start_keepalived(&pair.b, &file(3, &[foreign]))?;
    eventually("it is counted", PATIENCE, || {
        Ok(counter(&instance(&ours, "VI_1")?, "address_list_mismatch") > 4)
    })?;
    let log = ours.log();
    let told: Vec<_> = log.lines().filter(|line| line.contains("another virtual_router_id")).collect();
    anyhow::ensure!(
        told.len() == 1 && told.iter().all(|line| line.contains("192.168.200.129") && line.contains("51")),
        "{told:?}"
    );
    Ok(())
}

/// A neighbour that has one address more already. keepalived drops what it advertises, so that both are Master; RFC 9568
/// section 7.1 asks for a report, and vipd is Backup.
fn another_list(version: u8) -> Result<()> {
    for (program, yields) in [(debian_keepalived()?, false), (daemon(), true)] {
        let pair = Pair::new()?;
        let capture = pair.world.capture_from(&pair.b)?;
        let mut first = Daemon::new(&pair.a, &program, &file(version, &[Instance::priority(100)]))?;
        first.start()?;
        await_holder(&[&pair.a], VIP, &pair.a)?;
        let more = Instance::priority(255).with_addresses(&[VIP, "192.168.200.101"]);
        let _second = start_keepalived(&pair.b, &file(version, &[more]))?;
        if yields {
            await_holder(&pair.servers(), VIP, &pair.b)?;
        } else {
            let both = || Ok(holders(&pair.servers(), VIP)?.len() == 2);
            eventually("the neighbour advertises", PATIENCE, || Ok(!capture.adverts(51).is_empty()))?;
            eventually("it serves", PATIENCE, both)?;
            // How much it advertises is chance: each packet that it drops holds up its own.
            always("keepalived does not yield", Duration::from_secs(5), both)?;
        }
    }
    Ok(())
}

/// Every kind of forgery from a hundred stations.
fn storm() -> Vec<Vec<u8>> {
    let kinds = || FORGERIES.iter().chain(&INFERIOR);
    (100..120)
        .chain(140..220)
        .flat_map(|source| kinds().map(move |forged| forged.from(source).frame()))
        .collect()
}

/// Sends a storm some times a second while `meanwhile` runs; its result, and how many frames were sent.
fn flooded<T>(from: &Host, meanwhile: impl FnOnce() -> Result<T>) -> Result<(T, usize)> {
    let (done, sent, storm) = (AtomicBool::new(false), AtomicUsize::new(0), storm());
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| -> Result<()> {
            while !done.load(Ordering::Relaxed) {
                from.send_frames(&storm)?;
                sent.fetch_add(storm.len(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(200));
            }
            Ok(())
        });
        let result = meanwhile();
        done.store(true, Ordering::Relaxed);
        sender.join().map_err(|_| anyhow::anyhow!("the sender died"))??;
        Ok((result?, sent.load(Ordering::Relaxed)))
    })
}

/// A report for each reason, a word about the inferior ones in an interval, and nothing that grows with the flood.
fn bounded_log(daemon: &Daemon, before: usize, span: Duration) -> Result<()> {
    let bytes = daemon.log().len() - before;
    let allowed = 200 * (FORGERIES.len() + 2 + 2 * span.as_secs() as usize);
    anyhow::ensure!(bytes < allowed, "{bytes} bytes of log in {span:?}, {allowed} are enough");
    Ok(())
}

/// Thousands a second: the Master stays, advertises as often as it shall, and does not answer each of them.
fn flood_at_the_master() -> Result<()> {
    let pair = Pair::new()?;
    let daemon = start_vipd(&pair.a, &config(100))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let monitor = AddressMonitor::start(&pair.a)?;
    let capture = pair.world.capture_from(&pair.a)?;
    let (before, began) = (daemon.log().len(), Instant::now());
    let sent_before = counter(&instance(&daemon, "VI_1")?, "adverts_sent");
    let ((), sent) = flooded(&pair.client, || {
        std::thread::sleep(Duration::from_secs(5));
        eventually("it advertises", PATIENCE, || Ok(capture.adverts(51).len() >= 6))
    })?;
    let span = began.elapsed();
    let seen = instance(&daemon, "VI_1")?;
    anyhow::ensure!(seen["state"] == "MASTER", "it is {} now", seen["state"]);
    anyhow::ensure!(counter(&seen, "became_master") == 1, "it was Backup in between");
    let lines = monitor.lines()?;
    anyhow::ensure!(lines.is_empty(), "addresses changed: {lines:?}");
    for (name, _) in expected(&FORGERIES, 1).into_iter().chain(expected(&INFERIOR, 1)) {
        let counted = counter(&seen, name);
        anyhow::ensure!(counted > 0 && counted <= sent as u64, "{name}: {counted} of {sent} frames");
    }
    let answers = counter(&seen, "adverts_sent") - sent_before;
    // Its own, and sixteen answers in an interval; each with at most five announcements.
    let most = 17 * (span.as_secs() + 1);
    anyhow::ensure!(answers <= most, "{answers} advertisements in {span:?} in answer to {sent} frames");
    let announced = capture.announcements(VIP.parse()?).len() as u64;
    anyhow::ensure!(announced <= 5 * most, "{announced} announcements in {span:?}");
    bounded_log(&daemon, before, span)
}

/// A real Master is heard through it: while it advertises, nothing moves; when it stops, its last word is heard; when it
/// dies, it is missed.
fn flood_at_the_backup() -> Result<()> {
    let pair = Pair::new()?;
    let mut master = start_keepalived(&pair.a, &config(150))?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let backup = start_vipd(&pair.b, &config(100))?;
    eventually("vipd listens", PATIENCE, || Ok(state(&backup, "VI_1") == "BACKUP"))?;
    let (before, began) = (backup.log().len(), Instant::now());
    flooded(&pair.client, || {
        let heard = || Ok::<_, anyhow::Error>(instance(&backup, "VI_1")?["last_advert_age_ms"].as_f64());
        std::thread::sleep(Duration::from_secs(5));
        eventually("the Master is heard", PATIENCE, || Ok(heard()?.is_some_and(|age| age < 1100.0)))?;
        let seen = instance(&backup, "VI_1")?;
        anyhow::ensure!(counter(&seen, "became_master") == 0, "it was Master: {seen}");
        bounded_log(&backup, before, began.elapsed())?;

        anyhow::ensure!(master.stop(PATIENCE)?.success(), "the stop was not clean");
        await_holder(&pair.servers(), VIP, &pair.b)?;
        anyhow::ensure!(
            counter(&instance(&backup, "VI_1")?, "priority_zero_received") == 1,
            "its last word was missed"
        );

        master.start()?;
        await_holder(&pair.servers(), VIP, &pair.a)?;
        master.kill(|| drop(pair.a.plug(false)))?;
        eventually("vipd takes over", PATIENCE, || pair.b.holds(VIP.parse()?))
    })
    .map(drop)
}

/// A session with BIRD on the client: a second, five packets, so that a busy machine breaks nothing.
fn bfd_session(pair: &Pair, options: &[&str]) -> Result<(Bird, Daemon)> {
    let timing = "min rx interval 1 s; min tx interval 1 s; idle tx interval 1 s; multiplier 5;";
    let lines = format!(
        "interface \"eth0\" {{ {timing} }};\nneighbor 192.168.200.128 dev \"eth0\" local 192.168.200.10;"
    );
    let bird = Bird::start(&pair.client, &lines)?;
    let config = "bfd_instance gateway {\n  neighbor_ip 192.168.200.10\n  source_ip 192.168.200.128\n  min_rx 1000\n  \
                  min_tx 1000\n  multiplier 5\n}\n";
    let mut daemon = Daemon::new(&pair.a, &daemon(), config)?.with_options(options);
    daemon.start()?;
    await_up(&daemon)?;
    Ok((bird, daemon))
}

fn gateway(daemon: &Daemon) -> Result<Value> {
    Ok(status(daemon)?["bfd"][0].clone())
}

fn await_up(daemon: &Daemon) -> Result<()> {
    eventually("the session is up", PATIENCE, || Ok(gateway(daemon).is_ok_and(|seen| seen["state"] == "Up")))
}

/// Sends these to the BFD port from the client's address for so long, about so many a second; how many.
fn send_bfd(pair: &Pair, per_second: usize, span: Duration, packets: &[(u8, [u8; 24])]) -> Result<usize> {
    const SLICES: usize = 100;
    pair.client
        .run(|| -> std::io::Result<usize> {
            let sockets = packets
                .iter()
                .map(|(ttl, packet)| {
                    let socket = std::net::UdpSocket::bind("192.168.200.10:0")?;
                    socket.set_ttl(u32::from(*ttl))?;
                    Ok((socket, packet))
                })
                .collect::<std::io::Result<Vec<_>>>()?;
            let (began, mut sent) = (Instant::now(), 0);
            for slice in 1.. {
                for (socket, packet) in sockets.iter().cycle().take(per_second / SLICES) {
                    sent += usize::from(socket.send_to(&packet[..], "192.168.200.128:3784").is_ok());
                }
                let due = Duration::from_secs(1) * slice / SLICES as u32;
                if due >= span {
                    break;
                }
                std::thread::sleep(due.saturating_sub(began.elapsed()));
            }
            Ok(sent)
        })?
        .map_err(anyhow::Error::from)
}

/// RFC 5880 section 4.1: version 1, state, multiplier 3, discriminators 9 and `your`, a second each.
fn bfd_packet(state: u8, your: u32) -> [u8; 24] {
    let mut packet = [0; 24];
    packet[..8].copy_from_slice(&[0x20, state << 6, 3, 24, 0, 0, 0, 9]);
    packet[8..12].copy_from_slice(&your.to_be_bytes());
    for at in [12, 16] {
        packet[at..at + 4].copy_from_slice(&1_000_000_u32.to_be_bytes());
    }
    packet
}

/// Down and AdminDown without Your Discriminator, which RFC 5880 section 6.8.6 lets everybody say who has the neighbor's
/// address on the link: each packet may be a transition. What is said is bounded, and the session is up again afterwards.
fn forged_bfd() -> Result<()> {
    let pair = Pair::new()?;
    let (_bird, daemon) = bfd_session(&pair, &["-D"])?;
    let (before, began) = (daemon.log().len(), Instant::now());
    let forged = [(255, bfd_packet(1, 0)), (255, bfd_packet(0, 0))];
    let sent = send_bfd(&pair, 5_000, Duration::from_secs(10), &forged)?;
    let seen = gateway(&daemon)?;
    anyhow::ensure!(seen["counters"]["went_down"].as_u64() >= Some(1), "{seen}");
    await_up(&daemon)?;
    let minutes = 1 + began.elapsed().as_secs() / 60;
    let log = daemon.log().split_off(before);
    // Twenty a minute, and one that says how many more there were.
    let told = log.matches("state: BFD with").count() as u64;
    anyhow::ensure!(told <= 20 * minutes, "{told} transitions told for {sent} packets:\n{log}");
    anyhow::ensure!(log.len() as u64 <= 4_000 * minutes, "{} bytes of log for {sent} packets", log.len());
    eventually("it is said how many were left out", PATIENCE * 2, || {
        Ok(daemon.log().contains("more times within a minute and is Up now"))
    })
}

/// Fifty thousand a second of what is nobody's, malformed, or from too far away.
fn flooded_bfd() -> Result<()> {
    let pair = Pair::new()?;
    let (_bird, daemon) = bfd_session(&pair, &[])?;
    let mut malformed = bfd_packet(3, 0);
    malformed[2] = 0;
    let packets = [(255, bfd_packet(1, 0xdead_beef)), (255, malformed), (254, bfd_packet(1, 0))];
    let before = daemon.log().len();
    let sent = send_bfd(&pair, 50_000, Duration::from_secs(8), &packets)?;
    anyhow::ensure!(sent > 10_000, "only {sent} packets in 8 s");
    let seen = gateway(&daemon)?;
    let refused = |name: &str| seen["counters"][name].as_u64().unwrap_or(0);
    anyhow::ensure!(refused("refused_ttl") > 0 && refused("refused_malformed") > 0, "{seen}");
    anyhow::ensure!(seen["state"] == "Up" && seen["counters"]["went_down"] == 0, "{seen}");
    let more = daemon.log().len() - before;
    anyhow::ensure!(more < 1_000, "{more} bytes of log for {sent} packets");
    Ok(())
}
