//! One story for two programs: the same files, the same events, and what can be seen from outside of each.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Capture, Daemon, Host, World};
use serde_json::Value;

use crate::{PATIENCE, eventually};

/// O_NONBLOCK.
const WITHOUT_WAITING: i32 = 0o4000;

/// What happens to the host under observation.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Wait until the pipe has this line, after the line waited for before.
    Said(&'static str),
    /// Write down addresses, routes and rules under this name.
    Look(&'static str),
    /// Plug or pull the cable of the first Ethernet.
    Plug(bool),
    /// `ip` with these words.
    Ip(&'static str),
    /// Another file, and SIGHUP.
    Reload(&'static str),
    /// Debian's keepalived on the other host, with this file.
    Neighbour(&'static str),
    /// The other host's daemon stops.
    NeighbourLeaves,
    /// SIGTERM, and the end awaited.
    Stop,
    /// Nothing for so many milliseconds.
    Pause(u64),
}

/// A story.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    /// The first file. `PIPE` in it is the path of the pipe.
    pub config: &'static str,
    /// What happens.
    pub steps: &'static [Step],
    /// The hosts' own addresses on the first Ethernet; the second one has 10.9.9.1/24.
    pub own: [&'static str; 2],
}

/// What was seen, one fact a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `NAME: fact`, in order.
    pub facts: Vec<String>,
}

/// Plays the story on a program.
pub fn play(story: &Story, program: &Path) -> Result<Seen> {
    let mut world = crate::world_with_links(2)?;
    let a = world.host("ServerA", &[story.own[0]])?;
    let b = world.host("ServerB", &[story.own[1]])?;
    a.output("ip", &["address", "add", "10.9.9.1/24", "dev", "eth1"])?;
    let capture = world.capture_from(&a)?;
    let stage = Stage::new(&world, a, b, story, program)?;
    stage.play(story, &capture)
}

struct Stage {
    a: Host,
    b: Host,
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
    fn new(world: &World, a: Host, b: Host, story: &Story, program: &Path) -> Result<Self> {
        let pipe = world.dir().join("pipe");
        let config = with_pipe(story.config, &pipe);
        let mut daemon = Daemon::new(&a, program, &config)?;
        daemon.start()?;
        Ok(Self { a, b, daemon, neighbour: None, pipe, said: String::new(), heard: 0, facts: Vec::new() })
    }

    fn play(mut self, story: &Story, capture: &Capture) -> Result<Seen> {
        for step in story.steps {
            self.step(*step).with_context(|| format!("{step:?}; the pipe said\n{}", self.said))?;
        }
        self.read_pipe();
        self.facts.extend(pipe_lines(&self.said));
        self.facts.extend(adverts(capture));
        Ok(Seen { facts: self.facts })
    }

    fn step(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Said(line) => self.await_line(line),
            Step::Look(name) => self.look(name),
            Step::Plug(plugged) => self.a.plug(plugged),
            Step::Ip(line) => self.a.output("ip", &line.split_whitespace().collect::<Vec<_>>()).map(drop),
            Step::Reload(config) => {
                self.daemon.configure(&with_pipe(config, &self.pipe))?;
                self.daemon.reload()
            }
            Step::Neighbour(config) => {
                self.neighbour = Some(crate::programs::start_keepalived(&self.b, config)?);
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
        for fact in addresses(&self.a)?.into_iter().chain(routes(&self.a)?).chain(rules(&self.a)?) {
            self.facts.push(format!("{name}: {fact}"));
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

fn with_pipe(config: &str, pipe: &Path) -> String {
    config.replace("PIPE", &pipe.display().to_string())
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
