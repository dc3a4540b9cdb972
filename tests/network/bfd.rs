//! BFD beside BIRD and Debian's keepalived, single hop and multihop, over IPv4 and IPv6.

use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Daemon, Host, World};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::bird::{Bird, Session};
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{start_keepalived, start_vipd, state, status};
use vipd_tests::watch::{AddressMonitor, await_holder};
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, punctual, test};

const OURS: [&str; 2] = ["192.0.2.1", "2001:db8::1"];
const THEIRS: [&str; 2] = ["192.0.2.2", "2001:db8::2"];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        punctual("bfd::interop_bird_comes_up_and_its_death_is_noticed", bird_comes_up_and_dies),
        test("bfd::interop_bird_multihop_and_too_low_a_ttl", bird_multihop),
        test("bfd::interop_bird_is_taken_down_by_its_administrator", bird_admin_down),
        test("bfd::passive_waits_for_bird", passive),
        test("bfd::interop_reload_agrees_on_new_intervals_without_going_down", reload),
        test("bfd::interop_keepalived_comes_up_both_ways", keepalived),
        test("bfd::two_vipds_over_link_local_addresses", link_local),
        test("bfd::the_port_is_taken", port_taken),
        punctual("bfd::a_flood_of_forgeries_changes_nothing", flood),
        test("bfd::virtual_router_goes_into_fault_with_its_session", || follows_session(start_vipd, FAULT)),
        test("bfd::virtual_router_yields_with_its_session", || follows_session(start_vipd, WEIGHT)),
        test("bfd::a_router_that_dies_keeps_its_addresses", router_dies),
        test("bfd::keepalived_goes_into_fault_with_its_session", || follows_session(start_keepalived, FAULT)),
        test("bfd::keepalived_yields_with_its_session", || follows_session(start_keepalived, WEIGHT)),
    ]
}

fn two_hosts() -> Result<(World, Host, Host)> {
    let mut world = vipd_tests::world()?;
    let ours = world.host("Ours", &["192.0.2.1/24", "2001:db8::1/64"])?;
    let theirs = world.host("Theirs", &["192.0.2.2/24", "2001:db8::2/64"])?;
    Ok((world, ours, theirs))
}

/// `bfd_instance` with these lines.
fn session(name: &str, lines: &str) -> String {
    format!("bfd_instance {name} {{\n{lines}\n}}\n")
}

/// One session in what `vipd status --json` says.
fn ours(daemon: &Daemon, name: &str) -> Result<Value> {
    let status = status(daemon)?;
    let sessions = status["bfd"].as_array().cloned().unwrap_or_default();
    sessions.into_iter().find(|s| s["name"] == name).with_context(|| format!("no session {name}: {status}"))
}

fn await_state(daemon: &Daemon, name: &str, wanted: &str) -> Result<()> {
    eventually(&format!("{name} is {wanted}"), PATIENCE, || {
        Ok(ours(daemon, name).is_ok_and(|session| session["state"] == wanted))
    })
}

/// Waits until our session has this transmit interval and detection time in milliseconds.
fn await_timing(daemon: &Daemon, name: &str, transmit_ms: u32, detection_ms: u32) -> Result<()> {
    let mut seen = Value::Null;
    eventually(
        &format!("{name} sends every {transmit_ms} ms and detects in {detection_ms} ms"),
        PATIENCE,
        || {
            seen = ours(daemon, name)?;
            let is = |field: &str, ms: u32| seen[field].as_f64() == Some(f64::from(ms));
            Ok(is("transmit_interval_ms", transmit_ms) && is("detection_time_ms", detection_ms))
        },
    )
    .with_context(|| format!("{name} at last: {seen}"))
}

fn await_bird(bird: &Bird, neighbor: &str, multihop: bool, wanted: [&str; 3]) -> Result<()> {
    let [state, interval, timeout] = wanted.map(str::to_owned);
    let wanted = Session { state, interval, timeout };
    let mut seen = None;
    eventually(&format!("BIRD has {wanted:?} with {neighbor}"), PATIENCE, || {
        seen = bird.session(neighbor, multihop).ok();
        Ok(seen.as_ref() == Some(&wanted))
    })
    .with_context(|| format!("BIRD at last: {seen:?}"))
}

/// BIRD's block for both families: 200 ms, three packets.
fn bird_lines() -> String {
    bird_lines_with(3)
}

fn bird_lines_with(multiplier: u8) -> String {
    let own = format!(
        "interface \"eth0\" {{ min rx interval 200 ms; min tx interval 200 ms; idle tx interval 1 s; \
         multiplier {multiplier}; }};"
    );
    format!(
        "{own}\nneighbor {} dev \"eth0\" local {};\nneighbor {} dev \"eth0\" local {};",
        OURS[0], THEIRS[0], OURS[1], THEIRS[1]
    )
}

fn both_families() -> String {
    both_families_with(4)
}

fn both_families_with(multiplier: u8) -> String {
    let lines = |n: usize| {
        format!(
            "neighbor_ip {}\nsource_ip {}\nmin_rx 100\nmin_tx 150\nmultiplier {multiplier}\nhoplimit 255",
            THEIRS[n], OURS[n]
        )
    };
    session("four", &lines(0)) + &session("six", &lines(1))
}

/// RFC 5880 sections 6.8.2 and 6.8.4 with the figures of both configurations, as both sides see them.
fn bird_comes_up_and_dies() -> Result<()> {
    let (_world, host, far) = two_hosts()?;
    let mut bird = Bird::start(&far, &bird_lines())?;
    let mut daemon = start_vipd(&host, &both_families())?;
    for (name, neighbor) in [("four", OURS[0]), ("six", OURS[1])] {
        await_state(&daemon, name, "Up")?;
        // We send every 200 ms, which is what BIRD wants to receive; four missing ones are our death.
        await_timing(&daemon, name, 200, 600)?;
        await_bird(&bird, neighbor, false, ["Up", "0.200", "0.800"])?;
    }
    bird.kill()?;
    for name in ["four", "six"] {
        await_state(&daemon, name, "Down")?;
        let session = ours(&daemon, name)?;
        anyhow::ensure!(session["diagnostic"] == 1, "{session}");
        anyhow::ensure!(session["remote_state"].is_null(), "{session}");
    }
    let log = daemon.log();
    for name in ["four", "six"] {
        let silence = format!("({name}) Entering Down state: BFD with");
        let line = log.lines().find(|line| line.contains(&silence)).context("the log does not say so")?;
        // Not before the detection time; how long after it depends on this machine.
        let (_, heard) = line.split_once("nothing heard for ").context("for another reason")?;
        let millis: f64 = heard.split(' ').next().and_then(|ms| ms.parse().ok()).unwrap_or(0.0);
        anyhow::ensure!((600.0..2_000.0).contains(&millis), "{line}");
    }
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    Ok(())
}

/// RFC 5883: BIRD sends with TTL 64 to the other port. One session takes it, the other wants 255.
fn bird_multihop() -> Result<()> {
    let (_world, host, far) = two_hosts()?;
    let lines = format!(
        "multihop {{ min rx interval 200 ms; min tx interval 200 ms; multiplier 3; }};\n\
         neighbor {} local {} multihop;\nneighbor {} local {} multihop;",
        OURS[0], THEIRS[0], OURS[1], THEIRS[1]
    );
    let bird = Bird::start(&far, &lines)?;
    let common = "min_rx 100\nmin_tx 100\nmultihop";
    let config = session("far", &format!("neighbor_ip {}\nsource_ip {}\n{common}", THEIRS[0], OURS[0]))
        + &session("near", &format!("neighbor_ip {}\nhoplimit 255\nmax_hops 10\n{common}", THEIRS[1]));
    let mut daemon = start_vipd(&host, &config)?;
    await_state(&daemon, "far", "Up")?;
    await_timing(&daemon, "far", 200, 600)?;
    await_bird(&bird, OURS[0], true, ["Up", "0.200", "1.000"])?;
    eventually("packets with too low a TTL are counted", PATIENCE, || {
        Ok(ours(&daemon, "near")?["counters"]["refused_ttl"].as_u64() >= Some(2))
    })?;
    anyhow::ensure!(ours(&daemon, "near")?["state"] == "Down");
    anyhow::ensure!(daemon.log().contains("(near) ignored a BFD packet"), "the log does not say so");
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    Ok(())
}

/// RFC 5880 section 6.8.16, from there and from here.
fn bird_admin_down() -> Result<()> {
    let (_world, host, far) = two_hosts()?;
    let bird = Bird::start(&far, &bird_lines())?;
    let mut daemon = start_vipd(&host, &both_families())?;
    await_state(&daemon, "four", "Up")?;
    // Its protocol is disabled: it says so, or falls silent.
    bird.ask("disable bfd1")?;
    await_state(&daemon, "four", "Down")?;
    bird.ask("enable bfd1")?;
    await_state(&daemon, "four", "Up")?;
    await_bird(&bird, OURS[0], false, ["Up", "0.200", "0.800"])?;
    // We stop: BIRD hears of it, long before the detection time of 0.8 s could tell.
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    let log = daemon.log();
    anyhow::ensure!(log.contains("(four) Entering AdminDown state"), "{log}");
    // "1.000 4.000": it still hears us, and does not miss us yet.
    anyhow::ensure!(bird.session(OURS[0], false)?.state == "Down", "{:?}", bird.session(OURS[0], false)?);
    Ok(())
}

fn passive() -> Result<()> {
    let (_world, host, far) = two_hosts()?;
    let config = session("four", &format!("neighbor_ip {}\npassive\nmin_rx 100\nmin_tx 100", THEIRS[0]));
    let daemon = start_vipd(&host, &config)?;
    await_state(&daemon, "four", "Down")?;
    always("it is silent", Duration::from_millis(1500), || {
        Ok(ours(&daemon, "four")?["counters"]["packets_sent"] == 0)
    })?;
    let mut bird = Bird::start(&far, &bird_lines())?;
    await_state(&daemon, "four", "Up")?;
    await_bird(&bird, OURS[0], false, ["Up", "0.200", "1.000"])?;
    bird.kill()?;
    await_state(&daemon, "four", "Down")
}

/// So many packets may be missing that neither side is taken for dead because this machine is busy.
const MANY: u8 = 100;

fn reload() -> Result<()> {
    let (_world, host, far) = two_hosts()?;
    let bird = Bird::start(&far, &bird_lines_with(MANY))?;
    let mut daemon = start_vipd(&host, &both_families_with(MANY))?;
    await_state(&daemon, "four", "Up")?;
    await_state(&daemon, "six", "Up")?;
    await_timing(&daemon, "four", 200, 20_000)?;
    let before = ours(&daemon, "four")?;
    // Another interval and multiplier for one, the other one goes.
    let slower =
        format!("neighbor_ip {}\nsource_ip {}\nmin_rx 300\nmin_tx 250\nmultiplier 50", THEIRS[0], OURS[0]);
    daemon.configure(&session("four", &slower))?;
    daemon.reload()?;
    await_timing(&daemon, "four", 250, 30_000)?;
    await_bird(&bird, OURS[0], false, ["Up", "0.300", "12.500"])?;
    let after = ours(&daemon, "four")?;
    for field in ["since", "local_discriminator", "remote_discriminator"] {
        anyhow::ensure!(before[field] == after[field], "{field}: {} became {}", before[field], after[field]);
    }
    anyhow::ensure!(after["counters"]["went_down"] == 0, "{after}");
    eventually("BIRD knows that the other one is down", PATIENCE, || {
        Ok(bird.session(OURS[1], false)?.state != "Up")
    })?;
    anyhow::ensure!(daemon.log().contains("(six) Entering AdminDown state"), "the log does not say so");
    Ok(())
}

/// Debian's keepalived logs what it agreed on; it has hop limit 64 unless told otherwise.
fn keepalived() -> Result<()> {
    let (_world, host, far) = two_hosts()?;
    let lines = |n: usize, rest: &str| {
        format!("neighbor_ip {}\nsource_ip {}\nmin_rx 100\nmin_tx 150\n{rest}", OURS[n], THEIRS[n])
    };
    let theirs = session("four", &lines(0, "multiplier 3")) + &session("six", &lines(1, "multiplier 3"));
    let mut keepalived = start_keepalived(&far, &theirs)?;
    let lines = |n: usize| {
        format!("neighbor_ip {}\nsource_ip {}\nmin_rx 200\nmin_tx 250\nmultiplier 4", THEIRS[n], OURS[n])
    };
    let mut daemon = start_vipd(&host, &(session("four", &lines(0)) + &session("six", &lines(1))))?;
    for name in ["four", "six"] {
        await_state(&daemon, name, "Up")?;
        await_timing(&daemon, name, 250, 600)?;
        eventually(&format!("keepalived's {name} is up"), PATIENCE, || {
            Ok(keepalived.log().contains(&format!("({name}) Entering Up state")))
        })?;
    }
    eventually("keepalived detects in four times our 250 ms", PATIENCE, || {
        Ok(keepalived.log().matches("Detection time is 1000000 us").count() >= 2)
    })?;
    // It is killed and starts again, with discriminators that we do not know.
    keepalived.kill(|| ())?;
    for name in ["four", "six"] {
        await_state(&daemon, name, "Down")?;
    }
    keepalived.lose_memory()?;
    keepalived.start()?;
    for name in ["four", "six"] {
        await_state(&daemon, name, "Up")?;
    }
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    eventually("keepalived was told", PATIENCE, || {
        Ok(keepalived.log().matches("Entering Down state").count() >= 2)
    })
}

fn link_local() -> Result<()> {
    let mut world = vipd_tests::world()?;
    let a = world.host("A", &["fe80::a/64"])?;
    let b = world.host("B", &["fe80::b/64"])?;
    let config = |peer: &str, own: &str| {
        session("peer", &format!("neighbor_ip fe80::{peer}%eth0\nsource_ip fe80::{own}\nhoplimit 255"))
    };
    let on_a = start_vipd(&a, &config("b", "a"))?;
    let on_b = start_vipd(&b, &config("a", "b"))?;
    await_state(&on_a, "peer", "Up")?;
    await_state(&on_b, "peer", "Up")?;
    // The defaults of the language: 10 ms, five packets.
    await_timing(&on_a, "peer", 10, 50)?;
    b.plug(false)?;
    await_state(&on_a, "peer", "Down")?;
    b.plug(true)?;
    await_state(&on_a, "peer", "Up")?;
    await_state(&on_b, "peer", "Up")
}

/// From the neighbor's own address, as fast as it goes for a second: malformed, from too far away, for nobody.
fn flood() -> Result<()> {
    let (_world, host, far) = two_hosts()?;
    let _bird = Bird::start(&far, &bird_lines())?;
    let daemon = start_vipd(&host, &both_families())?;
    await_state(&daemon, "four", "Up")?;
    // State Down for a discriminator that nobody has; detection multiplier 0; state Up without Your Discriminator.
    let mut nobody: [u8; 24] =
        [0x20, 0x40, 3, 24, 0, 0, 0, 9, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0];
    let mut malformed = nobody;
    malformed[2] = 0;
    let mut too_far = nobody;
    too_far[8..12].fill(0);
    let sent = far.run(|| -> std::io::Result<u64> {
        let near = std::net::UdpSocket::bind("192.0.2.2:0")?;
        near.set_ttl(255)?;
        let distant = std::net::UdpSocket::bind("192.0.2.2:0")?;
        distant.set_ttl(254)?;
        let end = std::time::Instant::now() + Duration::from_secs(1);
        let mut sent = 0;
        while std::time::Instant::now() < end {
            nobody[11] = nobody[11].wrapping_add(1);
            for (socket, packet) in [(&near, &nobody), (&near, &malformed), (&distant, &too_far)] {
                sent += u64::from(socket.send_to(packet, "192.0.2.1:3784").is_ok());
            }
        }
        Ok(sent)
    })??;
    let session = ours(&daemon, "four")?;
    let counters = &session["counters"];
    let refused = |name: &str| counters[name].as_u64().unwrap_or(0);
    anyhow::ensure!(sent > 1_000, "only {sent} packets in a second");
    anyhow::ensure!(refused("refused_ttl") > 0 && refused("refused_malformed") > 0, "{session}");
    anyhow::ensure!(session["state"] == "Up" && counters["went_down"] == 0, "{session}");
    let lines = daemon.log().matches("ignored").count();
    anyhow::ensure!(lines <= 4, "{lines} lines in the log for {sent} packets");
    Ok(())
}

/// What stands behind the session in `track_bfd`.
const FAULT: &str = "";
/// From 150 to below 100.
const WEIGHT: &str = "weight -60";

/// The gateway behind ServerA dies: ServerB takes over, and gives back when the gateway is there again. The same file on
/// ServerA for vipd and for keepalived.
fn follows_session(start: fn(&Host, &str) -> Result<Daemon>, weight: &'static str) -> Result<()> {
    let pair = Pair::new()?;
    let vip = "192.168.200.100";
    let instance = |priority: u8| Instance::priority(priority).every("0.25");
    let tracking = instance(150).and(&format!("  track_bfd {{\n    gateway {weight}\n  }}"));
    let mut bird = Bird::start(&pair.client, &gateway_lines())?;
    let server_a = start(&pair.a, &(gateway() + &file(3, &[tracking])))?;
    await_holder(&pair.servers(), vip, &pair.a)?;
    let _server_b = start_vipd(&pair.b, &file(3, &[instance(100)]))?;
    await_holder(&pair.servers(), vip, &pair.a)?;
    bird.kill()?;
    await_holder(&pair.servers(), vip, &pair.b)?;
    let fault = server_a.log().contains("(VI_1) Entering FAULT STATE");
    anyhow::ensure!(fault == weight.is_empty(), "FAULT: {fault}\n{}", server_a.log());
    let _bird = Bird::start(&pair.client, &gateway_lines())?;
    await_holder(&pair.servers(), vip, &pair.a)
}

/// BIRD on the client plays the gateway behind ServerA: 100 ms, three packets.
fn gateway_lines() -> String {
    "interface \"eth0\" { min rx interval 100 ms; min tx interval 100 ms; idle tx interval 1 s; multiplier 3; };\n\
     neighbor 192.168.200.128 dev \"eth0\" local 192.168.200.10;"
        .to_owned()
}

/// And ServerA's session with it.
fn gateway() -> String {
    session(
        "gateway",
        "neighbor_ip 192.168.200.10\nsource_ip 192.168.200.128\nmin_rx 100\nmin_tx 100\nmultiplier 3",
    )
}

/// The process that speaks VRRP and BFD is killed: its successor is Master at once, and the session comes back before
/// anybody asks for it.
fn router_dies() -> Result<()> {
    let pair = Pair::new()?;
    let vip = "192.168.200.100";
    let _bird = Bird::start(&pair.client, &gateway_lines())?;
    let instance = Instance::priority(150).every("0.25").and("  track_bfd {\n    gateway\n  }");
    let daemon = start_vipd(&pair.a, &(gateway() + &file(3, &[instance])))?;
    await_holder(&pair.servers(), vip, &pair.a)?;
    let monitor = AddressMonitor::start(&pair.a)?;
    let before = ours(&daemon, "gateway")?["local_discriminator"].clone();
    let victim: u32 = std::fs::read_to_string(daemon.router_pid_file())?.trim().parse()?;
    lab::signal(victim, lab::Signal::Kill)?;
    eventually("another session is up", PATIENCE, || {
        Ok(ours(&daemon, "gateway").is_ok_and(|s| s["state"] == "Up" && s["local_discriminator"] != before))
    })?;
    eventually("it is Master", PATIENCE, || Ok(state(&daemon, "VI_1") == "MASTER"))?;
    let moved = monitor.lines()?;
    anyhow::ensure!(moved.is_empty(), "addresses moved: {moved:#?}");
    anyhow::ensure!(!daemon.log().contains("FAULT"), "{}", daemon.log());
    Ok(())
}

/// Another daemon has the port: the session says so, and comes up when the port is free.
fn port_taken() -> Result<()> {
    let (_world, host, far) = two_hosts()?;
    let _bird = Bird::start(&far, &bird_lines())?;
    let mut squatter = Bird::start(&host, "interface \"eth0\" {};")?;
    let daemon = start_vipd(&host, &both_families())?;
    eventually("the problem is shown", PATIENCE, || {
        let problem = ours(&daemon, "four").map(|session| session["problem"].to_string()).unwrap_or_default();
        Ok(problem.contains("UDP port 3784") && problem.contains("another BFD daemon"))
    })?;
    squatter.kill()?;
    await_state(&daemon, "four", "Up")?;
    await_state(&daemon, "six", "Up")?;
    anyhow::ensure!(ours(&daemon, "four")?["problem"].is_null());
    Ok(())
}
