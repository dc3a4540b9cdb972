//! SIGHUP: the difference between two valid files, and nothing else.

use std::time::Duration;

use anyhow::Result;
use lab::Daemon;
use libtest_mimic::Trial;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{start_vipd, state, status};
use vipd_tests::watch::{AddressMonitor, await_holder, ip_address, longest_gap};
use vipd_tests::{PATIENCE, eventually};

use crate::{Pair, punctual, test};

const VIP: &str = "192.168.200.100";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        punctual("reload::unchanged_touches_nothing", unchanged),
        punctual("reload::invalid_file_changes_nothing", invalid),
        punctual("reload::a_contradiction_changes_nothing_and_starts_nothing", contradiction),
        punctual("reload::only_the_difference_is_applied", difference),
        test("reload::there_and_back_is_a_cold_start", there_and_back),
        test("reload::options_of_an_address_are_applied", options_of_an_address),
    ]
}

fn base() -> String {
    file(3, &[Instance::priority(150).every("0.5")])
}

/// A running pair with A as Master.
struct Running {
    pair: Pair,
    a: Daemon,
    _b: Daemon,
}

fn running(config: &str) -> Result<Running> {
    let pair = Pair::new()?;
    let a = start_vipd(&pair.a, config)?;
    await_holder(&pair.servers(), VIP, &pair.a)?;
    let b = start_vipd(&pair.b, &file(3, &[Instance::priority(50).every("0.5")]))?;
    eventually("ServerB listens", PATIENCE, || Ok(state(&b, "VI_1") == "BACKUP"))?;
    Ok(Running { pair, a, _b: b })
}

/// Reloads and waits until the daemon says that it has.
fn reload(daemon: &mut Daemon, applied: bool) -> Result<()> {
    let before = status(daemon)?["last_reload"].clone();
    // The time of a reload has whole seconds in the report.
    std::thread::sleep(Duration::from_millis(1100));
    daemon.reload()?;
    eventually("the reload is reported", PATIENCE, || Ok(status(daemon)?["last_reload"] != before))?;
    let reported = status(daemon)?["last_reload"].clone();
    anyhow::ensure!(reported["applied"] == applied, "the reload is reported as {reported}");
    Ok(())
}

/// No address event on either host, no gap in the advertisements, no other sender: nobody noticed.
fn nobody_noticed(running: &mut Running, applied: bool) -> Result<()> {
    let capture = running.pair.world.capture()?;
    let monitors = [AddressMonitor::start(&running.pair.a)?, AddressMonitor::start(&running.pair.b)?];
    std::thread::sleep(Duration::from_secs(1));
    reload(&mut running.a, applied)?;
    std::thread::sleep(Duration::from_secs(2));
    for monitor in &monitors {
        let lines = monitor.lines()?;
        anyhow::ensure!(lines.is_empty(), "addresses changed:\n{}", lines.join("\n"));
    }
    let adverts = capture.adverts(51);
    let foreign = adverts.iter().find(|advert| Some(advert.from) != running.pair.a.address());
    anyhow::ensure!(foreign.is_none(), "somebody else advertised: {foreign:?}");
    anyhow::ensure!(adverts.iter().all(|advert| advert.priority == 150), "the priority changed");
    let gap = longest_gap(&adverts);
    anyhow::ensure!(gap < Duration::from_millis(900), "{gap:?} between two advertisements at 0.5 s");
    Ok(())
}

fn unchanged() -> Result<()> {
    let mut running = running(&base())?;
    nobody_noticed(&mut running, true)
}

fn invalid() -> Result<()> {
    let mut running = running(&base())?;
    running.a.configure(&base().replace("priority", "prioritty"))?;
    nobody_noticed(&mut running, false)?;
    let log = running.a.log();
    anyhow::ensure!(log.contains("prioritty"), "the log does not name the unknown keyword");
    let error = status(&running.a)?["last_reload"]["error"].clone();
    anyhow::ensure!(error.as_str().is_some_and(|error| !error.is_empty()), "status gives no reason: {error}");
    Ok(())
}

/// Each line is right, and together they name a script that nothing defines. keepalived tracks nothing, then, and serves.
fn contradiction() -> Result<()> {
    let mut running = running(&base())?;
    let undefined = base().replace("  priority", "  track_script {\n    nothing\n  }\n  priority");
    running.a.configure(&undefined)?;
    nobody_noticed(&mut running, false)?;
    let line = undefined.lines().take_while(|line| line.trim() != "nothing").count() + 1;
    let place = format!("{}:{line}:5: error[V0615]", running.a.config_file().display());
    anyhow::ensure!(running.a.log().contains(&place), "the log does not say {place}");
    let counted = status(&running.a)?["reloads"].clone();
    anyhow::ensure!(counted == serde_json::json!({"applied": 0, "refused": 1}), "{counted}");
    running.a.stop(PATIENCE)?;
    running.a.start()?;
    let status = running.a.wait(PATIENCE)?.and_then(|status| status.code());
    anyhow::ensure!(status == Some(2), "it ends with {status:?}");
    let lines = running.a.log().lines().filter(|line| line.contains(&place)).count();
    anyhow::ensure!(lines == 4, "each time once in place and once as the reason, not {lines} times");
    Ok(())
}

fn difference() -> Result<()> {
    let mut running = running(&base())?;
    let more = ["192.168.200.100", "192.168.200.101"];
    running.a.configure(&file(3, &[Instance::priority(150).every("0.5").with_addresses(&more)]))?;
    let monitor = AddressMonitor::start(&running.pair.a)?;
    reload(&mut running.a, true)?;
    eventually("the new address is there", PATIENCE, || running.pair.a.holds("192.168.200.101".parse()?))?;
    running.a.configure(&base())?;
    reload(&mut running.a, true)?;
    eventually("it is gone again", PATIENCE, || Ok(!running.pair.a.holds("192.168.200.101".parse()?)?))?;
    let lines = monitor.lines()?;
    anyhow::ensure!(
        lines.iter().all(|line| line.contains("192.168.200.101")),
        "another address was touched:\n{}",
        lines.join("\n")
    );
    anyhow::ensure!(running.pair.a.holds(VIP.parse()?)?, "{VIP} is gone");
    Ok(())
}

/// A file, a very different one, and the first again, five times over: as if it had never been.
fn there_and_back() -> Result<()> {
    let mut running = running(&base())?;
    let other = file(
        3,
        &[
            Instance {
                name: "VI_9".into(),
                vrid: 9,
                ..Instance::priority(90).with_addresses(&["192.168.200.109"])
            },
            Instance {
                name: "VI_8".into(),
                vrid: 8,
                ..Instance::priority(80).with_addresses(&["192.168.200.108"])
            },
        ],
    );
    for _ in 0..5 {
        running.a.configure(&other)?;
        reload(&mut running.a, true)?;
        running.a.configure(&base())?;
        reload(&mut running.a, true)?;
    }
    await_holder(&running.pair.servers(), VIP, &running.pair.a)?;
    eventually("only its own and the virtual address are left", PATIENCE, || {
        let mut held: Vec<_> = running.pair.a.addresses()?.iter().map(|held| held.cidr.to_string()).collect();
        held.retain(|cidr| !cidr.starts_with("fe80"));
        held.sort();
        Ok(held == ["192.168.200.100/32", "192.168.200.128/24"])
    })
}

/// The kernel changes nothing but lifetimes of an IPv4 address that is there. keepalived starts the instance again.
fn options_of_an_address() -> Result<()> {
    let pair = Pair::new()?;
    let with = |options: &str| file(3, &[Instance::priority(150).every("0.5").with_addresses(&[options])]);
    let mut a = start_vipd(&pair.a, &with("10.0.0.5/24 noprefixroute"))?;
    let shows = |wanted: &serde_json::Value| {
        eventually(&format!("10.0.0.5 is {wanted}"), PATIENCE, || {
            let held = ip_address(&pair.a, "eth0", "10.0.0.5")?.unwrap_or_default();
            let names = ["prefixlen", "scope", "label", "broadcast", "address", "noprefixroute"];
            let options = names.map(|name| (name.to_owned(), held[name].clone()));
            let options =
                options.into_iter().filter(|(_, value)| !value.is_null()).collect::<serde_json::Map<_, _>>();
            Ok(serde_json::Value::Object(options) == *wanted)
        })
    };
    let plain = serde_json::json!({"prefixlen": 24, "scope": "global", "label": "eth0"});
    let changed = |name: &str, value: serde_json::Value| {
        let mut options = plain.clone();
        options[name] = value;
        options
    };
    shows(&changed("noprefixroute", true.into()))?;
    for (options, wanted) in [
        ("10.0.0.5/24", plain.clone()),
        ("10.0.0.5/24 label eth0:x", changed("label", "eth0:x".into())),
        ("10.0.0.5/24 scope link", changed("scope", "link".into())),
        ("10.0.0.5/24 brd +", changed("broadcast", "10.0.0.255".into())),
        ("10.0.0.5 peer 10.0.0.9/24", changed("address", "10.0.0.9".into())),
        ("10.0.0.5 peer 10.7.0.9/24", changed("address", "10.7.0.9".into())),
        ("10.0.0.5/24 noprefixroute", changed("noprefixroute", true.into())),
    ] {
        a.configure(&with(options))?;
        a.reload()?;
        shows(&wanted)?;
        anyhow::ensure!(state(&a, "VI_1") == "MASTER", "not Master after {options}");
        let same = pair.a.addresses()?.iter().filter(|held| held.cidr.addr.to_string() == "10.0.0.5").count();
        anyhow::ensure!(same == 1, "{same} times after {options}");
    }
    Ok(())
}
