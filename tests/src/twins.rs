//! The same two nodes, the same files, the same events: once with the real keepalived, once with vipd, side by side. What
//! each says about itself and what its host looks like is written down after each step; then the two tables are compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use lab::{Capture, Daemon, Host, World};
use serde_json::Value;

use crate::programs::{daemon, debian_keepalived};
use crate::watch::await_holder;
use crate::{PATIENCE, eventually};

/// The nodes' own addresses.
const ADDRESSES: [&str; 2] = ["192.168.200.128", "192.168.200.129"];

/// What happens, on the first node.
#[derive(Debug, Clone)]
pub enum Step {
    /// Its cable is pulled.
    Unplug,
    /// And plugged again.
    Plug,
    /// It reads this file instead.
    Reload(String),
    /// It is told to stop.
    Stop,
}

/// One story.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The address to wait for.
    pub address: IpAddr,
    /// The files of both nodes. The first node is Master at the beginning.
    pub files: [String; 2],
    /// What happens, and which node (0 or 1) is Master in the end of it.
    pub steps: Vec<(Step, usize)>,
}

/// What was seen: row by row.
pub type Table = BTreeMap<String, String>;

/// A row that may differ, and why.
pub struct Justified {
    /// What its name ends in.
    pub row: &'static str,
    /// For people.
    pub because: &'static str,
}

/// Plays the story with both programs at once; the tables of keepalived and of vipd.
pub fn play(scenario: &Scenario) -> Result<(Table, Table)> {
    let (theirs, ours) = (debian_keepalived()?, daemon());
    // Worlds are made by this thread, so that their logs are shown when the test fails.
    let (first, second) = (crate::world()?, crate::world()?);
    std::thread::scope(|scope| {
        let keepalived = scope.spawn(|| run(first, scenario, &theirs));
        let vipd = run(second, scenario, &ours).context("vipd");
        let keepalived = keepalived.join().map_err(|_| anyhow::anyhow!("the thread of keepalived died"))?;
        Ok((keepalived.context("keepalived")?, vipd?))
    })
}

/// An error that shows every row that differs without a justification.
pub fn compare(theirs: &Table, ours: &Table, justified: &[Justified]) -> Result<()> {
    let mut differences = String::new();
    let rows: std::collections::BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
    for row in rows {
        let (their, our) = (theirs.get(row), ours.get(row));
        if their != our && !justified.iter().any(|just| row.ends_with(just.row)) {
            let show = |value: Option<&String>| value.cloned().unwrap_or_else(|| "(nothing)".to_owned());
            let _ =
                writeln!(differences, "{row}\n  keepalived: {}\n  vipd:       {}", show(their), show(our));
        }
    }
    anyhow::ensure!(differences.is_empty(), "not the same:\n{differences}");
    Ok(())
}

fn run(mut world: World, scenario: &Scenario, program: &Path) -> Result<Table> {
    let hosts =
        [world.host("NodeA", &["192.168.200.128/24"])?, world.host("NodeB", &["192.168.200.129/24"])?];
    let capture = world.capture()?;
    let mut nodes = Vec::new();
    let mut table = Table::new();
    for (at, (host, file)) in hosts.iter().zip(&scenario.files).enumerate() {
        let mut node = Daemon::new(host, program, file)?;
        node.start()?;
        // A signal that comes earlier would end keepalived.
        eventually("the daemon takes signals", PATIENCE, || {
            let log = node.log();
            Ok(["Startup complete", "Starting vipd"].iter().any(|words| log.contains(words)))
        })?;
        nodes.push(node);
        if at == 0 {
            await_holder(&[host], &scenario.address.to_string(), host)?;
        }
    }
    let both = [&hosts[0], &hosts[1]];
    settle(&mut nodes, &both, scenario, 0)?;
    advertised(&capture, 0)?;
    look(&mut table, "0 start", &mut nodes, &hosts)?;
    for (number, (step, master)) in scenario.steps.iter().enumerate() {
        let name = match step {
            Step::Unplug => hosts[0].plug(false).map(|()| "unplug"),
            Step::Plug => hosts[0].plug(true).map(|()| "plug"),
            Step::Reload(file) => {
                nodes[0].configure(file).and_then(|()| nodes[0].reload()).map(|()| "reload")
            }
            Step::Stop => nodes[0].stop(PATIENCE).map(|_| "stop"),
        }?;
        settle(&mut nodes, &both, scenario, *master)?;
        advertised(&capture, *master)?;
        look(&mut table, &format!("{} {name}", number + 1), &mut nodes, &hosts)?;
    }
    adverts(&mut table, &capture, &hosts);
    Ok(table)
}

/// Until the right node alone has the address, and every instance knows it.
fn settle(nodes: &mut [Daemon], hosts: &[&Host], scenario: &Scenario, master: usize) -> Result<()> {
    await_holder(hosts, &scenario.address.to_string(), hosts[master])?;
    for (at, node) in nodes.iter_mut().enumerate() {
        let settled = |instance: &Value| (instance["data"]["state"] == 2) == (at == master);
        if node.pid().is_some() {
            eventually(&format!("all instances of node {at} know their state"), PATIENCE, || {
                Ok(json(node)?.as_array().is_some_and(|all| all.iter().all(settled)))
            })?;
        }
    }
    Ok(())
}

/// Until the Master has advertised what it serves now, whatever it did at the moment of the change.
fn advertised(capture: &Capture, master: usize) -> Result<()> {
    const ENOUGH: usize = 6;
    let count =
        || capture.all_adverts().iter().filter(|advert| advert.from.to_string() == ADDRESSES[master]).count();
    let before = count();
    eventually("the Master advertises", PATIENCE, || Ok(count() >= before + ENOUGH))
}

/// What both nodes look like now.
fn look(table: &mut Table, step: &str, nodes: &mut [Daemon], hosts: &[Host; 2]) -> Result<()> {
    for (node, host) in nodes.iter_mut().zip(hosts) {
        let name = format!("{step} / {}", host.name());
        for (what, arguments) in [
            ("addresses", &["-j", "address", "show", "dev", "eth0"][..]),
            ("routes", &["-j", "route"]),
            ("rules", &["-j", "rule"]),
        ] {
            let shown: Value = serde_json::from_str(&host.output("ip", arguments)?)?;
            table.insert(format!("{name} / {what}"), normal(&shown).to_string());
        }
        if node.pid().is_none() {
            continue;
        }
        let dump = json(node)?;
        for instance in dump.as_array().into_iter().flatten() {
            let instance_name = instance["data"]["iname"].as_str().unwrap_or_default().to_owned();
            for part in ["data", "stats"] {
                for (field, value) in instance[part].as_object().into_iter().flatten() {
                    let row = format!("{name} / {instance_name} / {part} / {field}");
                    table.insert(row, value.to_string());
                }
            }
        }
    }
    Ok(())
}

/// Everything that depends on when and where a host was made is left out, and the order of addresses.
fn normal(value: &Value) -> Value {
    const ACCIDENTAL: [&str; 8] =
        ["ifindex", "link_index", "link_netnsid", "address", "txqlen", "flags", "operstate", "group"];
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            items.retain(|item| item["scope"] != "link" || item["family"] != "inet6");
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !ACCIDENTAL.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), normal(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// What is dumped on SIGRTMIN+2. Each daemon has a folder of its own for it.
pub fn json(node: &mut Daemon) -> Result<Value> {
    let file = folder(node).join("keepalived.json");
    if file.exists() {
        std::fs::remove_file(&file)?;
    }
    let (mut dump, mut looked) = (Value::Null, 0);
    eventually("a JSON dump", PATIENCE, || {
        // A signal is lost while keepalived is not ready for it.
        if looked % 50 == 0 {
            signal(node, "36")?;
        }
        looked += 1;
        // keepalived writes in place: what is half written is no JSON yet.
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        dump = serde_json::from_str(&text).unwrap_or_default();
        Ok(!dump.is_null())
    })?;
    Ok(dump)
}

/// The folder that a daemon's dumps go to.
pub fn folder(node: &Daemon) -> PathBuf {
    node.config_file().parent().map(Path::to_owned).unwrap_or_default()
}

/// Sends a signal by its number or name.
pub fn signal(node: &mut Daemon, signal: &str) -> Result<()> {
    let pid = node.pid().context("it does not run")?;
    let status = Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).status()?;
    anyhow::ensure!(status.success(), "kill fails");
    Ok(())
}

/// Each different advertisement of each sender, byte by byte, in the order of their first appearance.
fn adverts(table: &mut Table, capture: &Capture, hosts: &[Host; 2]) {
    let all = capture.all_adverts();
    for (host, address) in hosts.iter().zip(ADDRESSES) {
        let mut seen = Vec::<String>::new();
        for advert in all.iter().filter(|advert| advert.from.to_string() == address) {
            let bytes = advert.payload.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            if !seen.contains(&bytes) {
                seen.push(bytes);
            }
        }
        table.insert(format!("adverts / {}", host.name()), seen.join(" "));
    }
}
