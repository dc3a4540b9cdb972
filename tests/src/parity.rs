//! One story for two programs: the same files, the same events, and what can be seen from outside of each.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Capture, Daemon, Host, World};
use serde_json::Value;

use crate::dumps::json;
use crate::programs::{daemon, debian_keepalived, start_keepalived};
use crate::watch::memberships;
use crate::{PATIENCE, eventually};

/// O_NONBLOCK.
const WITHOUT_WAITING: i32 = 0o4000;

/// What happens to the host under observation.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// The daemon under observation starts. In a story without this step it does so first of all.
    Start,
    /// Wait until the pipe has this line, after the line waited for before.
    Said(&'a str),
    /// Write down addresses, routes, rules, virtual interfaces and memberships under this name.
    Look(&'a str),
    /// Write down what the daemon dumps as JSON under this name.
    Dump(&'a str),
    /// Wait for so many further advertisements from the host.
    Advertises(usize),
    /// Plug or pull the cable of the first Ethernet.
    Plug(bool),
    /// `ip` with these words.
    Ip(&'a str),
    /// Write a file: its name in `DIR`, and its content.
    Write(&'a str, &'a str),
    /// Another file, and SIGHUP.
    Reload(&'a str),
    /// Debian's keepalived on the other host, with this file.
    Neighbour(&'a str),
    /// The other host's daemon stops.
    NeighbourLeaves,
    /// SIGTERM, and the end awaited.
    Stop,
    /// Nothing for so many milliseconds.
    Pause(u64),
}

/// A story.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// The first file. In every file `PIPE` is the path of the pipe, and `DIR` a folder.
    pub config: &'a str,
    /// What happens.
    pub steps: &'a [Step<'a>],
    /// The hosts' own addresses on the first Ethernet; the second one has 10.9.9.1/24.
    pub own: [&'a str; 2],
    /// What may differ.
    pub justified: &'a [Justified],
}

/// Facts that may differ.
#[derive(Debug, Clone, Copy)]
pub struct Justified {
    /// They contain this.
    pub fact: &'static str,
    /// For people.
    pub because: &'static str,
}

/// What may differ in dumps.
pub const DUMPS_DIFFER: &[Justified] = &[
    Justified { fact: ": stats.auth_ext_", because: "auth_hmac came after 2.2.7" },
    Justified { fact: ": data.last_transition ", because: "a time" },
    Justified { fact: ": stats.advert_sent ", because: "depends on the moment of the dump" },
    Justified { fact: ": stats.advert_rcvd ", because: "depends on the moment of the dump" },
    Justified {
        fact: ": data.auth_data ",
        because: "keepalived 2.4 and vipd mask the password; 2.2.7 shows it",
    },
];

/// Plays the story with keepalived and with vipd, side by side; an error that shows every fact that differs.
pub fn same(story: &Story<'_>) -> Result<()> {
    // Worlds are made by this thread, so that their logs are shown when the test fails.
    let (first, second) = (crate::world_with_links(2)?, crate::world_with_links(2)?);
    let (theirs, ours) = std::thread::scope(|scope| {
        let player = scope.spawn(|| play(first, story, &debian_keepalived()?));
        let ours = play(second, story, &daemon()).context("vipd");
        let theirs = player.join().map_err(|_| anyhow::anyhow!("the thread of keepalived died"))?;
        Ok::<_, anyhow::Error>((theirs.context("keepalived")?, ours?))
    })?;
    anyhow::ensure!(
        ours == theirs,
        "vipd and keepalived differ (- keepalived, + vipd):\n{}",
        diff(&theirs, &ours)
    );
    Ok(())
}

fn diff(theirs: &[String], ours: &[String]) -> String {
    let only = |sign: &str, these: &[String], those: &[String]| -> Vec<String> {
        let missing = these.iter().filter(|fact| !those.contains(fact));
        missing.map(|fact| format!("{sign} {fact}")).collect()
    };
    let lines = [only("-", theirs, ours), only("+", ours, theirs)].concat();
    if lines.is_empty() {
        let ordered = theirs.iter().zip(ours).find(|(their, our)| their != our);
        return format!("the same in another order, first here: {ordered:#?}");
    }
    lines.join("\n")
}

/// What was seen: `NAME: fact`, in order.
fn play(mut world: World, story: &Story<'_>, program: &Path) -> Result<Vec<String>> {
    let a = world.host("ServerA", &[story.own[0]])?;
    let b = world.host("ServerB", &[story.own[1]])?;
    a.output("ip", &["address", "add", "10.9.9.1/24", "dev", "eth1"])?;
    let stage = Stage::new(&world, a, b, story, program)?;
    let mut facts = stage.play(story)?;
    facts.retain(|fact| !story.justified.iter().any(|justified| fact.contains(justified.fact)));
    Ok(facts)
}

struct Stage {
    a: Host,
    b: Host,
    dir: PathBuf,
    capture: Capture,
    daemon: Daemon,
    neighbour: Option<Daemon>,
    pipe: PathBuf,
    /// What has come out of the pipe so far.
    said: String,
    /// How much of it has been waited for.
    heard: usize,
    facts: Vec<String>,
}

impl Stage {
    fn new(world: &World, a: Host, b: Host, story: &Story<'_>, program: &Path) -> Result<Self> {
        let capture = world.capture_from(&a)?;
        let (dir, pipe) = (world.dir().to_owned(), world.dir().join("pipe"));
        let daemon = Daemon::new(&a, program, &filled_in(story.config, &dir))?;
        let (neighbour, said, facts) = (None, String::new(), Vec::new());
        Ok(Self { a, b, dir, capture, daemon, neighbour, pipe, said, heard: 0, facts })
    }

    fn play(mut self, story: &Story<'_>) -> Result<Vec<String>> {
        let starts_later = story.steps.iter().any(|step| matches!(step, Step::Start));
        let first = if starts_later { None } else { Some(Step::Start) };
        for step in first.iter().chain(story.steps) {
            self.step(*step).with_context(|| format!("{step:?}; the pipe said\n{}", self.said))?;
        }
        self.read_pipe();
        self.facts.extend(pipe_lines(&self.said));
        self.facts.extend(adverts(&self.capture));
        Ok(self.facts)
    }

    fn step(&mut self, step: Step<'_>) -> Result<()> {
        match step {
            Step::Start => self.daemon.start(),
            Step::Said(line) => self.await_line(line),
            Step::Look(name) => self.look(name),
            Step::Dump(name) => self.dump(name),
            Step::Advertises(count) => {
                let wanted = self.capture.all_adverts().len() + count;
                eventually("it advertises", PATIENCE, || Ok(self.capture.all_adverts().len() >= wanted))
            }
            Step::Plug(plugged) => self.a.plug(plugged),
            Step::Ip(line) => self.a.output("ip", &line.split_whitespace().collect::<Vec<_>>()).map(drop),
            Step::Write(name, text) => Ok(fs::write(self.dir.join(name), text)?),
            Step::Reload(config) => {
                self.daemon.configure(&filled_in(config, &self.dir))?;
                self.daemon.reload()
            }
            Step::Neighbour(config) => {
                self.neighbour = Some(start_keepalived(&self.b, config)?);
                Ok(())
            }
            Step::NeighbourLeaves => match self.neighbour.take() {
                Some(mut neighbour) => neighbour.stop(PATIENCE).map(drop),
                None => Ok(()),
            },
            Step::Stop => {
                self.read_pipe();
                let status = self.daemon.stop(PATIENCE)?;
                anyhow::ensure!(status.success(), "the stop was not clean: {status}");
                Ok(())
            }
            Step::Pause(millis) => {
                std::thread::sleep(Duration::from_millis(millis));
                Ok(())
            }
        }
    }

    /// One fact for each field of each instance.
    fn dump(&mut self, name: &str) -> Result<()> {
        let dump = json(&mut self.daemon)?;
        for instance in dump.as_array().into_iter().flatten() {
            let iname = instance["data"]["iname"].as_str().unwrap_or_default().to_owned();
            for part in ["data", "stats"] {
                for (field, value) in instance[part].as_object().into_iter().flatten() {
                    self.facts.push(format!("{name}: dump of {iname}: {part}.{field} = {value}"));
                }
            }
        }
        Ok(())
    }

    fn await_line(&mut self, line: &str) -> Result<()> {
        eventually(&format!("the pipe says {line}"), PATIENCE, || {
            self.read_pipe();
            let rest = self.said.get(self.heard..).unwrap_or_default();
            let Some(at) = rest.find(&format!("{line}\n")) else { return Ok(false) };
            self.heard += at + line.len() + 1;
            Ok(true)
        })
    }

    /// Without waiting, and without keeping it open: who reads must not change what is observed.
    fn read_pipe(&mut self) {
        let open = OpenOptions::new().read(true).custom_flags(WITHOUT_WAITING).open(&self.pipe);
        let Ok(mut pipe) = open else { return };
        let mut chunk = [0; 4096];
        while let Ok(len) = std::io::Read::read(&mut pipe, &mut chunk) {
            if len == 0 {
                break;
            }
            self.said.push_str(&String::from_utf8_lossy(chunk.get(..len).unwrap_or_default()));
        }
    }

    fn look(&mut self, name: &str) -> Result<()> {
        // What was just told is done a moment later.
        std::thread::sleep(Duration::from_millis(400));
        let host = &self.a;
        for seen in [addresses(host)?, routes(host)?, rules(host)?, macvlans(host)?, memberships(host)?] {
            self.facts.extend(seen.into_iter().map(|fact| format!("{name}: {fact}")));
        }
        Ok(())
    }
}

/// Whose timer of several is first is chance: lines of one state that follow one another are sorted.
fn pipe_lines(said: &str) -> Vec<String> {
    let mut lines: Vec<_> = said.lines().map(|line| format!("pipe: {line}")).collect();
    let state = |line: &String| line.split(' ').nth(3).unwrap_or_default().to_owned();
    let kind = |line: &String| line.split(' ').nth(1).unwrap_or_default().to_owned();
    for together in lines.chunk_by_mut(|a, b| (kind(a), state(a)) == (kind(b), state(b))) {
        together.sort();
    }
    lines
}

fn filled_in(config: &str, dir: &Path) -> String {
    let config = config.replace("PIPE", &dir.join("pipe").display().to_string());
    config.replace("DIR", &dir.display().to_string())
}

/// Every address with what `ip` says of it, sorted. Not: who made it, how long it still lasts.
fn addresses(host: &Host) -> Result<BTreeSet<String>> {
    let links: Value = serde_json::from_str(&host.output("ip", &["-j", "address", "show"])?)?;
    let mut facts = BTreeSet::new();
    for link in links.as_array().into_iter().flatten() {
        let interface = link["ifname"].as_str().unwrap_or_default();
        for entry in link["addr_info"].as_array().into_iter().flatten() {
            if interface == "lo" || is_made_by_kernel(entry) {
                continue;
            }
            let mut fact = format!("address on {interface}:");
            for (key, value) in entry.as_object().into_iter().flatten() {
                if !matches!(key.as_str(), "protocol" | "valid_life_time") {
                    let _ = write!(fact, " {key} {value}");
                }
            }
            facts.insert(fact);
        }
    }
    Ok(facts)
}

fn is_made_by_kernel(entry: &Value) -> bool {
    entry["scope"] == "link"
        && entry["local"].as_str().is_some_and(|local| local.starts_with("fe80::") && local.contains("ff:fe"))
}

/// Every route but the kernel's own.
fn routes(host: &Host) -> Result<BTreeSet<String>> {
    let mut facts = BTreeSet::new();
    for family in ["-4", "-6"] {
        let text = host.output("ip", &[family, "-j", "-d", "route", "show", "table", "all"])?;
        let routes: Value = serde_json::from_str(if text.trim().is_empty() { "[]" } else { &text })?;
        for route in routes.as_array().into_iter().flatten() {
            if route["protocol"] != "kernel" {
                facts.insert(format!("route {family}: {route}"));
            }
        }
    }
    Ok(facts)
}

/// Every rule but those of every machine.
fn rules(host: &Host) -> Result<BTreeSet<String>> {
    let mut facts = BTreeSet::new();
    for family in ["-4", "-6"] {
        let rules: Value = serde_json::from_str(&host.output("ip", &[family, "-j", "-d", "rule", "show"])?)?;
        for rule in rules.as_array().into_iter().flatten() {
            if !matches!(rule["priority"].as_u64(), Some(0 | 32766 | 32767)) {
                facts.insert(format!("rule {family}: {rule}"));
            }
        }
    }
    Ok(facts)
}

/// Every interface that the daemon makes, without what depends on when and where it was made.
fn macvlans(host: &Host) -> Result<BTreeSet<String>> {
    const KEPT: [&str; 9] = [
        "ifname",
        "link",
        "flags",
        "mtu",
        "operstate",
        "address",
        "linkinfo",
        "inet6_addr_gen_mode",
        "group",
    ];
    let text = host.output("ip", &["-d", "-j", "link", "show", "type", "macvlan"])?;
    let links: Value = serde_json::from_str(if text.trim().is_empty() { "[]" } else { &text })?;
    let mut facts = BTreeSet::new();
    for link in links.as_array().into_iter().flatten() {
        let fields = link.as_object().into_iter().flatten().filter(|(key, _)| KEPT.contains(&key.as_str()));
        let mut fact = "link:".to_owned();
        for (key, value) in fields {
            let _ = write!(fact, " {key} {value}");
        }
        facts.insert(fact);
    }
    Ok(facts)
}

/// What was advertised, each different packet of a virtual router once, in the order of the first time.
fn adverts(capture: &Capture) -> Vec<String> {
    let mut facts = Vec::<String>::new();
    for advert in capture.all_adverts() {
        let bytes = advert.payload.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let fact = format!("advertisement of {} from {}: {bytes}", advert.vrid, advert.from);
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts.sort();
    facts
}
