//! What we want in the kernel and what is there: healed when somebody else interferes, many at once, conflicts.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, start_vipd, state};
use vipd_tests::watch::{AddressMonitor, await_holder};
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("addresses::removed_by_somebody_else_comes_back", removed),
        test("addresses::removed_in_a_loop", removed_in_a_loop),
        test("addresses::a_network_restart_takes_everything_away", network_restart),
        test("addresses::more_news_than_the_kernel_can_deliver", overrun),
        test("addresses::two_thousand", two_thousand),
        test("addresses::another_station_with_the_same_address", conflict),
        test("addresses::stop_leaves_nothing", stop_leaves_nothing),
    ]
}

/// Back within 100 ms, announced, counted. The machine may be busy: the best of five counts for the time.
fn removed() -> Result<()> {
    let pair = Pair::new()?;
    let vip: IpAddr = VIP.parse()?;
    let daemon = start_vipd(&pair.a, &file(2, &[Instance::default()]))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let capture = pair.world.capture()?;
        let monitor = AddressMonitor::start(&pair.a)?;
        pair.a.output("ip", &["address", "del", &format!("{VIP}/32"), "dev", "eth0"])?;
        let gone = Instant::now();
        eventually("the address is back", PATIENCE, || pair.a.holds(vip))?;
        best = best.min(gone.elapsed());
        eventually("it is announced", PATIENCE, || Ok(!capture.announcements(vip).is_empty()))?;
        let lines = monitor.lines()?;
        anyhow::ensure!(lines.iter().any(|line| line.contains("Deleted")), "it was never gone: {lines:?}");
    }
    anyhow::ensure!(best <= Duration::from_millis(100), "at best it took {best:?}");
    let counted = instance(&daemon, "VI_1")?["counters"]["addresses_restored"].clone();
    anyhow::ensure!(counted == 5, "{counted} restored addresses are counted, not 5");
    anyhow::ensure!(
        daemon.log().contains("somebody else removed"),
        "the log does not say so:\n{}",
        daemon.log()
    );
    Ok(())
}

/// A manager that cannot bear it (docs/users-scenarios.md, 6): as fast as it removes, so fast it comes back, without a word
/// for each time, and without an effect on the state.
fn removed_in_a_loop() -> Result<()> {
    const TIMES: usize = 200;
    let pair = Pair::new()?;
    let daemon = start_vipd(&pair.a, &file(3, &[Instance::default().every("0.25")]))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let (vip, before) = (VIP.parse()?, daemon.log().len());
    let began = Instant::now();
    for _ in 0..TIMES {
        pair.a.output("ip", &["address", "del", &format!("{VIP}/32"), "dev", "eth0"])?;
        eventually("the address is back", PATIENCE, || pair.a.holds(vip))?;
    }
    let seen = instance(&daemon, "VI_1")?;
    anyhow::ensure!(seen["counters"]["addresses_restored"] == TIMES, "counted: {}", seen["counters"]);
    anyhow::ensure!(
        seen["state"] == "MASTER" && seen["counters"]["became_master"] == 1,
        "its state moved: {seen}"
    );
    let (bytes, allowed) = (daemon.log().len() - before, 150 * (11 + began.elapsed().as_secs() as usize));
    anyhow::ensure!(bytes <= allowed, "{bytes} bytes of log for {TIMES} removals, {allowed} are enough");
    Ok(())
}

/// Everything goes, the link with it, and only the machine's own things are made again by who did it.
fn network_restart() -> Result<()> {
    let pair = Pair::new()?;
    let ip = |line: &str| pair.a.output("ip", &line.split_whitespace().collect::<Vec<_>>());
    let lines = "virtual_routes {\n10.1.0.0/24 via 192.168.200.254\n10.2.0.0/24 dev eth0 table 77\n}\n\
        virtual_rules {\nfrom 10.0.0.0/8 table 77 priority 500\n}\n\
        virtual_ipaddress_excluded {\n2001:db8::100/64\n}";
    let daemon = start_vipd(&pair.a, &file(3, &[Instance::default().every("0.25").and(lines)]))?;
    let complete = || -> Result<bool> {
        let routes = ip("route show table all")?;
        Ok(pair.a.holds(VIP.parse()?)?
            && pair.a.holds("2001:db8::100".parse()?)?
            && ["10.1.0.0/24", "10.2.0.0/24"].iter().all(|route| routes.contains(route))
            && ip("rule show")?.contains("500:"))
    };
    eventually("everything is there", PATIENCE, complete)?;
    let flushes: [&[&str]; 3] = [
        &["-4 route flush table main", "-4 address flush dev eth0", "-6 address flush dev eth0"],
        &["link set eth0 down", "address flush dev eth0", "link set eth0 up"],
        &[
            "address flush dev eth0",
            "route flush table 77",
            "rule flush",
            "rule add table main",
            "link set eth0 down",
            "link set eth0 up",
        ],
    ];
    for flush in flushes {
        for line in flush {
            // An empty table cannot be flushed.
            drop(ip(line));
        }
        ip("address replace 192.168.200.128/24 dev eth0")?;
        eventually(&format!("everything is back after {flush:?}"), PATIENCE, || {
            Ok(complete()? && state(&daemon, "VI_1") == "MASTER")
        })?;
    }
    Ok(())
}

/// While the daemon stands still, so much happens that the kernel throws news away (ENOBUFS), and with it that the address is
/// gone. The router looks at everything anew. That takes long on a busy machine; the supervisor, which would replace a router
/// that hangs, stands still, too.
fn overrun() -> Result<()> {
    let pair = Pair::new()?;
    let mut daemon = start_vipd(&pair.a, &file(3, &[Instance::default().every("0.25")]))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    let router: u32 = std::fs::read_to_string(daemon.router_pid_file())?.trim().parse()?;
    let batch = pair.a.dir().join("batch");
    // News of a link are long, and nothing depends on this one's.
    std::fs::write(&batch, "link set lo mtu 60000\nlink set lo mtu 60001\n".repeat(5000))?;
    let supervisor = daemon.pid().context("the daemon does not run")?;
    for process in [supervisor, router] {
        lab::signal(process, lab::Signal::Freeze)?;
    }
    let flood = eventually("the kernel has thrown news away", PATIENCE, || {
        pair.a.output("ip", &["-batch", &batch.display().to_string()])?;
        let sockets = pair.a.output("cat", &["/proc/net/netlink"])?;
        // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
        let drops =
            sockets.lines().skip(1).filter_map(|line| line.split_whitespace().nth(8)?.parse::<u64>().ok());
        Ok(drops.sum::<u64>() > 0)
    });
    let removed = pair.a.output("ip", &["address", "del", &format!("{VIP}/32"), "dev", "eth0"]);
    for process in [router, supervisor] {
        lab::signal(process, lab::Signal::Continue)?;
    }
    flood?;
    removed?;
    eventually("the address is back", PATIENCE, || {
        Ok(pair.a.holds(VIP.parse()?)? && state(&daemon, "VI_1") == "MASTER")
    })?;
    anyhow::ensure!(daemon.log().contains("read its state anew"), "it is not told:\n{}", daemon.log());
    anyhow::ensure!(
        !daemon.log().contains("killing it"),
        "who did not look missed nothing:\n{}",
        daemon.log()
    );
    Ok(())
}

fn two_thousand() -> Result<()> {
    let pair = Pair::new()?;
    let many: Vec<_> = (0..1999).map(|n| format!("10.1.{}.{}/32", n / 250, n % 250 + 1)).collect();
    let config = |priority| {
        file(3, &[Instance { excluded: many.clone(), ..Instance::priority(priority).every("0.5") }])
    };
    let mut a = start_vipd(&pair.a, &config(150))?;
    let held = |host: &lab::Host| -> Result<usize> {
        Ok(host.addresses()?.iter().filter(|held| held.cidr.prefix_len == 32).count())
    };
    eventually("ServerA has all 2,000", PATIENCE, || Ok(held(&pair.a)? == 2000))?;
    let mut b = start_vipd(&pair.b, &config(50))?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    anyhow::ensure!(held(&pair.b)? == 0, "a Backup has addresses");
    anyhow::ensure!(a.stop(PATIENCE)?.success(), "the stop was not clean");
    eventually("all have moved", PATIENCE, || Ok(held(&pair.a)? == 0 && held(&pair.b)? == 2000))?;
    anyhow::ensure!(b.stop(PATIENCE)?.success(), "the stop was not clean");
    anyhow::ensure!(held(&pair.b)? == 0, "the last one left {} addresses behind", held(&pair.b)?);
    Ok(())
}

/// The client has the same address and answers for it: the log, `status` and the counter name it.
fn conflict() -> Result<()> {
    let pair = Pair::new()?;
    pair.client.output("ip", &["address", "add", &format!("{VIP}/32"), "dev", "eth0"])?;
    let links: Value =
        serde_json::from_str(&pair.client.output("ip", &["-j", "link", "show", "dev", "eth0"])?)?;
    let mac = links[0]["address"].as_str().context("ip -j shows no link-layer address")?;
    let daemon = start_vipd(&pair.a, &file(2, &[Instance::default()]))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    eventually("the conflict is counted", PATIENCE, || {
        Ok(instance(&daemon, "VI_1")?["counters"]["address_conflicts"].as_u64() > Some(0))
    })?;
    eventually("the log names the station and the address", PATIENCE, || {
        Ok(daemon.log().lines().any(|line| line.contains(mac) && line.contains(VIP)))
    })?;
    anyhow::ensure!(pair.a.holds(VIP.parse()?)?, "the Master gave its address up");
    Ok(())
}

fn stop_leaves_nothing() -> Result<()> {
    let pair = Pair::new()?;
    let mut daemon = start_vipd(&pair.a, &file(2, &[Instance::default()]))?;
    await_holder(&[&pair.a], VIP, &pair.a)?;
    for file in [daemon.pid_file(), daemon.router_pid_file()] {
        anyhow::ensure!(file.is_file(), "{} is missing", file.display());
    }
    anyhow::ensure!(daemon.stop(PATIENCE)?.success(), "the stop was not clean");
    anyhow::ensure!(!pair.a.holds(VIP.parse()?)?, "the address stayed");
    for file in [daemon.pid_file(), daemon.router_pid_file()] {
        anyhow::ensure!(!file.exists(), "{} stayed", file.display());
    }
    Ok(())
}
