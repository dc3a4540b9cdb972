//! Routes, rules and static things: as keepalived has them, put back whatever takes them away, and gone at the end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use lab::{Daemon, Host};
use libtest_mimic::Trial;
use serde_json::Value;
use vipd_tests::config::{Instance, file};
use vipd_tests::programs::{instance, start_keepalived, start_vipd, state, status};
use vipd_tests::{PATIENCE, always, eventually};

use crate::{Pair, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("routes::as_keepalived", as_keepalived),
        test("routes::removed_by_somebody_else_come_back", removed),
        test("routes::link_down_and_up", link_down_and_up),
        test("routes::interface_deleted_and_created_again", interface_again),
        test("routes::reload_touches_only_what_changed", reload),
        test("routes::left_behind_by_a_crash", crash),
        test("routes::not_tracked", not_tracked),
    ]
}

const VIP: &str = "192.168.200.100/24";

/// What keepalived 2.2.7 and the kernel of any machine take. Times are such that keepalived does not change them.
const ROUTES: &str = "virtual_routes {
10.1.0.0/24 via 192.168.200.254 table 100 metric 5 mtu lock 1400 advmss 1300 rtt 400ms rttvar 300ms window 1000 cwnd lock 10 initcwnd 5 initrwnd 6 ssthresh 7 hoplimit 8 reordering 3 features ecn quickack 1 congctl reno fastopen_no_cookie 1 rto_min 200ms
10.2.0.0/24 realms 1/2 via 192.168.200.254 src 192.168.200.100
10.3.0.0/24 dev eth0 rtt 1600 rttvar 800
10.4.0.0/24 encap ip id 5 dst 10.0.0.1 src 10.0.0.2 tos 4 ttl 3 dev eth0
10.6.0.0/24 nexthop via 192.168.200.2 weight 2 nexthop via 192.168.200.3 dev eth0 weight 3 onlink
10.7.0.0/24 via 192.168.200.2 or 192.168.200.3
blackhole 10.8.0.0/24
unreachable 10.9.0.0/24
prohibit 10.10.0.0/24 metric 7
throw 10.11.0.0/24 table 200
10.12.0.0/24 dev eth0 scope link tos 8
10.13.0.0/24 dev eth0
10.13.0.0/24 dev eth0 metric 9 append
src 192.168.200.100 to 10.14.0.0/24 via 192.168.200.254 dev eth0
10.15.0.0/24 dev eth0 protocol 44 no_track
default via 192.168.200.254 metric 99
2001:db8:1::/48 from 2001:db8:9::/48 via fe80::9 dev eth0
2001:db8:2::/48 via fe80::9 dev eth0 pref high metric 77
2001:db8:3::/48 dev eth0
blackhole 2001:db8:4::/48
}
virtual_rules {
from 10.0.0.0/8 lookup 100 priority 1000
from 10.0.0.0/8 to 1.0.0.0/8 tos 8 fwmark 1/3 iif eth0 oif lo ipproto tcp sport 1-4 dport 80-81 suppress_prefixlength 3 suppress_ifgroup 4 tunnel-id 4 lookup 100 preference 1001
l3mdev preference 1002
from 1.2.3.4 goto 2000 preference 1004
from 1.2.3.5 realms 1/2 table 100 preference 1006
not to 0.0.0.0/1 table 200 preference 1005
from 1.2.3.6 blackhole preference 1007
from 1.2.3.7 prohibit preference 1008
from 1.2.3.8 type unreachable preference 1010
from 1.2.3.9 nop preference 1011
from 2001:db8::/32 table 100 preference 1009
from 10.99.0.0/16 table 100
to 10.98.0.0/16 table 100
}";

const STATICS: &str = "static_ipaddress {
192.168.200.77/24 dev eth0
}
static_routes {
10.20.0.0/16 via 192.168.200.254 dev eth0
prohibit 10.21.0.0/16
}
static_rules {
from 10.20.0.0/16 table 300 priority 400
}
";

/// VI_1 every quarter of a second, so that it is Master soon.
fn master(more: &str) -> Instance {
    Instance::priority(150).every("0.25").with_addresses(&[VIP]).and(more)
}

fn ip(host: &Host, line: &str) -> Result<String> {
    host.output("ip", &line.split_whitespace().collect::<Vec<_>>())
}

/// Everything in the host's tables and lists of rules that the kernel has not made itself.
fn seen(host: &Host) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    for (family, what) in
        [("-4", "route show table all"), ("-6", "route show table all"), ("-4", "rule"), ("-6", "rule")]
    {
        let text = ip(host, &format!("-d -j {family} {what}"))?;
        let entries: Vec<Value> = serde_json::from_str(&text).context("ip -j printed no JSON")?;
        let made = entries.iter().filter(|entry| entry["protocol"] != "kernel" && entry["protocol"] != "ra");
        seen.extend(made.map(ToString::to_string));
    }
    seen.sort();
    Ok(seen)
}

fn has(host: &Host, word: &str) -> Result<bool> {
    Ok(seen(host)?.iter().any(|line| line.contains(word)))
}

fn await_master(daemon: &Daemon) -> Result<()> {
    eventually("VI_1 is MASTER", PATIENCE, || Ok(state(daemon, "VI_1") == "MASTER"))
}

/// The same file on two hosts that do not hear each other, while Master and afterwards.
fn as_keepalived() -> Result<()> {
    let (ours, theirs) = (Pair::new()?, Pair::new()?);
    let config = format!("{STATICS}{}", file(3, &[master(ROUTES)]));
    let mut vipd = start_vipd(&ours.a, &config)?;
    let mut keepalived = start_keepalived(&theirs.a, &config)?;
    let last = "10.98.0.0";
    for host in [&ours.a, &theirs.a] {
        eventually("the last rule is there", PATIENCE, || has(host, last))?;
        eventually("the static rule is there", PATIENCE, || has(host, "\"300\""))?;
    }
    let (left, right) = (seen(&ours.a)?, seen(&theirs.a)?);
    let only =
        |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).cloned().collect::<Vec<_>>();
    anyhow::ensure!(
        left == right,
        "only vipd:\n{}\nonly keepalived:\n{}",
        only(&left, &right).join("\n"),
        only(&right, &left).join("\n")
    );
    anyhow::ensure!(left.len() >= 35, "only {} routes and rules were compared", left.len());
    vipd.stop(PATIENCE)?;
    keepalived.stop(PATIENCE)?;
    for host in [&ours.a, &theirs.a] {
        eventually("nothing is left", PATIENCE, || Ok(seen(host)?.len() == seen(&ours.b)?.len()))?;
        anyhow::ensure!(!host.holds("192.168.200.77".parse()?)?, "the static address is still there");
    }
    Ok(())
}

/// As an administrator, and as a network manager that is restarted: one by one in a loop, then everything at once.
fn removed() -> Result<()> {
    let pair = Pair::new()?;
    let lines = "virtual_routes {\n10.1.0.0/24 via 192.168.200.254\n}\nvirtual_rules {\nfrom 10.0.0.0/8 table 100 preference 500\n}";
    let daemon = start_vipd(&pair.a, &format!("{STATICS}{}", file(3, &[master(lines)])))?;
    let all = ["10.1.0.0/24", "\"priority\":500", "10.20.0.0/16", "\"priority\":400"];
    let complete = || all.iter().try_fold(true, |so_far, word| Ok(so_far && has(&pair.a, word)?));
    eventually("routes and rules are there", PATIENCE, complete)?;
    let mut best = Duration::MAX;
    for _ in 0..5 {
        ip(&pair.a, "route del 10.1.0.0/24")?;
        let gone = Instant::now();
        eventually("the route is back", PATIENCE, || has(&pair.a, "10.1.0.0/24"))?;
        best = best.min(gone.elapsed());
    }
    anyhow::ensure!(best <= Duration::from_millis(100), "at best it took {best:?}");
    let restored = instance(&daemon, "VI_1")?["counters"]["paths_restored"].clone();
    anyhow::ensure!(restored == 5, "{restored} are counted, not 5");
    ip(&pair.a, "rule del pref 500")?;
    ip(&pair.a, "rule del pref 400")?;
    ip(&pair.a, "route del 10.20.0.0/16")?;
    eventually("everything is back", PATIENCE, complete)?;
    // Another route took its place without a word about ours.
    ip(&pair.a, "route replace 10.1.0.0/24 via 192.168.200.253")?;
    eventually("ours is there as well", PATIENCE, || {
        Ok(ip(&pair.a, "route show 10.1.0.0/24")?.contains(".254"))
    })?;
    // The addresses go with their interface, and with them every IPv4 route, of which the kernel says nothing.
    ip(&pair.a, "address flush dev eth0")?;
    ip(&pair.a, "address add 192.168.200.128/24 dev eth0")?;
    eventually("everything is back after a flush", PATIENCE, || {
        Ok(complete()?
            && pair.a.holds("192.168.200.100".parse()?)?
            && pair.a.holds("192.168.200.77".parse()?)?)
    })
}

fn link_down_and_up() -> Result<()> {
    let pair = Pair::new()?;
    let lines = "virtual_routes {\n10.1.0.0/24 via 192.168.200.254 src 192.168.200.100\n}";
    let daemon = start_vipd(&pair.a, &format!("{STATICS}{}", file(3, &[master(lines)])))?;
    eventually("the routes are there", PATIENCE, || {
        Ok(has(&pair.a, "10.1.0.0/24")? && has(&pair.a, "10.20.0.0/16")?)
    })?;
    ip(&pair.a, "link set eth0 down")?;
    eventually("it is in FAULT", PATIENCE, || Ok(state(&daemon, "VI_1") == "FAULT"))?;
    anyhow::ensure!(!has(&pair.a, "10.1.0.0/24")?, "the route outlived the link");
    anyhow::ensure!(has(&pair.a, "10.21.0.0/16")?, "a route that needs no link is gone with it");
    ip(&pair.a, "link set eth0 up")?;
    eventually("the routes are back", PATIENCE, || {
        Ok(has(&pair.a, "10.1.0.0/24")? && has(&pair.a, "10.20.0.0/16")?)
    })
}

/// As with keepalived, a virtual router depends on the interface of a route, also on one that is deleted and made again.
fn interface_again() -> Result<()> {
    let pair = Pair::new()?;
    let lines = "virtual_routes {\n10.1.0.0/24 dev eth9\n}";
    let daemon = start_vipd(&pair.a, &file(3, &[master(lines)]))?;
    let faulty = || {
        eventually("FAULT that names the interface", PATIENCE, || {
            let names_it = |seen: serde_json::Value| seen["faults"].to_string().contains("eth9");
            Ok(state(&daemon, "VI_1") == "FAULT" && instance(&daemon, "VI_1").is_ok_and(names_it))
        })
    };
    faulty()?;
    for _ in 0..2 {
        ip(&pair.a, "link add eth9 type veth peer name far9")?;
        ip(&pair.a, "link set far9 up")?;
        ip(&pair.a, "link set eth9 up")?;
        await_master(&daemon)?;
        eventually("the route is there", PATIENCE, || has(&pair.a, "10.1.0.0/24"))?;
        ip(&pair.a, "link del eth9")?;
        faulty()?;
    }
    Ok(())
}

fn reload() -> Result<()> {
    let pair = Pair::new()?;
    let config = |route: &str| {
        let lines = format!("virtual_routes {{\n10.1.0.0/24 via 192.168.200.254\n{route}\n}}");
        format!("{STATICS}{}", file(3, &[master(&lines)]))
    };
    let mut daemon = start_vipd(&pair.a, &config("10.2.0.0/24 dev eth0 mtu 1400"))?;
    eventually("the routes are there", PATIENCE, || has(&pair.a, "10.2.0.0/24"))?;
    let monitor = pair.a.dir().join("routes");
    let mut command = std::process::Command::new("ip");
    command.args(["-o", "monitor", "route", "rule"]).stdout(std::fs::File::create(&monitor)?);
    let mut child = pair.a.spawn(command)?;
    eventually("ip monitor works", PATIENCE, || {
        ip(&pair.a, "route add 10.77.0.0/24 dev eth0")?;
        ip(&pair.a, "route del 10.77.0.0/24 dev eth0")?;
        std::thread::sleep(Duration::from_millis(20));
        Ok(std::fs::read_to_string(&monitor)?.contains("10.77.0.0"))
    })?;
    daemon.configure(&config("10.2.0.0/24 dev eth0 mtu 1300"))?;
    daemon.reload()?;
    eventually("the route is another one", PATIENCE, || has(&pair.a, "1300"))?;
    std::thread::sleep(Duration::from_millis(100));
    child.kill()?;
    child.wait()?;
    let lines = std::fs::read_to_string(&monitor)?;
    let touched: Vec<_> = lines.lines().filter(|line| line.contains("keepalived")).collect();
    anyhow::ensure!(
        touched.len() == 2 && touched.iter().all(|line| line.contains("10.2.0.0/24")),
        "other routes moved: {touched:?}"
    );
    Ok(())
}

/// After `kill -9` of everything the next start removes what is left and is not wanted, and nobody else's.
fn crash() -> Result<()> {
    let pair = Pair::new()?;
    let lines = "virtual_routes {\n10.1.0.0/24 via 192.168.200.254\n10.2.0.0/24 dev eth0 table 100\n}\nvirtual_rules {\nfrom 10.0.0.0/8 table 100 preference 500\n}";
    let mut daemon = start_vipd(&pair.a, &file(3, &[master(lines)]))?;
    eventually("they are there", PATIENCE, || has(&pair.a, "\"priority\":500"))?;
    ip(&pair.a, "route add 10.50.0.0/24 dev eth0")?;
    ip(&pair.a, "route add blackhole 10.51.0.0/24 proto 18")?;
    daemon.kill(|| ())?;
    anyhow::ensure!(has(&pair.a, "10.2.0.0/24")?, "a SIGKILL that cleans up is not the case to be tested");
    let other = "virtual_routes {\n10.3.0.0/24 dev eth0 table 100\n}";
    daemon.configure(&file(3, &[Instance { advert_int: "5".into(), ..master(other) }]))?;
    daemon.start()?;
    eventually("what was left is gone", PATIENCE, || {
        Ok(!has(&pair.a, "10.1.0.0/24")?
            && !has(&pair.a, "10.2.0.0/24")?
            && !has(&pair.a, "\"priority\":500")?)
    })?;
    for other in ["10.50.0.0/24", "10.51.0.0/24"] {
        anyhow::ensure!(has(&pair.a, other)?, "{other} belongs to somebody else");
    }
    anyhow::ensure!(daemon.log().contains("left behind by an earlier run"), "the log does not say so");
    Ok(())
}

fn not_tracked() -> Result<()> {
    let pair = Pair::new()?;
    let lines = "virtual_routes {\n10.1.0.0/24 dev eth0 no_track\n10.2.0.0/24 via 192.168.99.9\n}";
    let daemon = start_vipd(&pair.a, &file(3, &[master(lines)]))?;
    eventually("the route is there", PATIENCE, || has(&pair.a, "10.1.0.0/24"))?;
    ip(&pair.a, "route del 10.1.0.0/24")?;
    always("it stays away, and that is no fault", Duration::from_millis(300), || {
        Ok(!has(&pair.a, "10.1.0.0/24")? && state(&daemon, "VI_1") == "MASTER")
    })?;
    // The other one can never be: the report says it in the words of the kernel.
    let report = status(&daemon)?["instances"][0]["paths"].to_string();
    anyhow::ensure!(report.contains("route 10.2.0.0/24 via 192.168.99.9"), "{report}");
    anyhow::ensure!(report.contains("Network is unreachable"), "{report}");
    Ok(())
}
