//! One story for two programs: the same files, the same events, and what can be seen from outside of each.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::{Capture, Daemon, Host, World};

use crate::justified::Justified;
use crate::observe::{Pipe, adverts, dump, filled_in, network};
use crate::programs::{daemon, debian_keepalived, start_keepalived};
use crate::{PATIENCE, eventually, undisturbed};

/// What happens to the host under observation.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// The daemon under observation starts. In a story without this step it does so first of all.
    Start,
    /// Wait until the pipe has this line, after the line waited for before.
    Said(&'a str),
    /// Write down addresses, routes, rules, virtual interfaces and memberships under this name.
    Look(&'a str),
    /// Wait until what is looked at has this, and none of the other words.
    Shows(&'a str, &'a [&'a str]),
    /// Write down what the daemon dumps as JSON under this name.
    Dump(&'a str),
    /// Wait for so many further advertisements from the host.
    Advertises(usize),
    /// Wait until the host has advertised this VRID with this priority.
    Advertised(u8, u8),
    /// Wait until so many lines are in the file `DIR/calls`, which programs write to, and write them down sorted: keepalived's
    /// programs run side by side. After the last of these steps only what a stop adds may be there.
    Calls(usize),
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
    /// From the beginning, the order between lines about different instances is chance: `Said` waits for the line after
    /// the one that was waited for before about the same instance.
    EachAlone,
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

/// Plays the story with keepalived and with vipd, side by side; an error that shows every fact that differs.
pub fn same(story: &Story<'_>) -> Result<()> {
    for _ in 1..5 {
        match undisturbed(|| played_once(story)) {
            Err(error) if error.downcast_ref::<TooLate>().is_some() => {}
            result => return result,
        }
    }
    played_once(story)
}

/// This machine was so slow that the state which was to be looked at was over.
#[derive(Debug)]
struct TooLate;

impl fmt::Display for TooLate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it was said before the look at what comes before it")
    }
}

impl std::error::Error for TooLate {}

fn played_once(story: &Story<'_>) -> Result<()> {
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
        let is_told = |fact: &&String| fact.starts_with("pipe") || fact.starts_with("call");
        let told = |facts: &[String]| facts.iter().filter(is_told).cloned().collect();
        let told: [Vec<String>; 2] = [told(theirs), told(ours)];
        return format!(
            "the same, but not in the same order or as often; what keepalived told, and vipd: {told:#?}"
        );
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
    pipe: Pipe,
    /// How much of it has been waited for, about each subject if they are alone.
    heard: BTreeMap<String, usize>,
    /// How much of it had been said at the end of the last look.
    looked: usize,
    each_alone: bool,
    /// Lines of calls that are written down.
    calls: usize,
    facts: Vec<String>,
}

impl Stage {
    fn new(world: &World, a: Host, b: Host, story: &Story<'_>, program: &Path) -> Result<Self> {
        let capture = world.capture_from(&a)?;
        let (dir, pipe) = (world.dir().to_owned(), Pipe::new(world.dir().join("pipe")));
        let daemon = Daemon::new(&a, program, &filled_in(story.config, &dir))?;
        Ok(Self {
            a,
            b,
            dir,
            capture,
            daemon,
            neighbour: None,
            pipe,
            heard: BTreeMap::new(),
            looked: 0,
            each_alone: false,
            calls: 0,
            facts: Vec::new(),
        })
    }

    fn play(mut self, story: &Story<'_>) -> Result<Vec<String>> {
        let starts_later = story.steps.iter().any(|step| matches!(step, Step::Start));
        let first = if starts_later { None } else { Some(Step::Start) };
        for step in first.iter().chain(story.steps) {
            if let Err(error) = self.step(*step) {
                return Err(error.context(format!("{step:?}; the pipe said\n{}", self.pipe.said())));
            }
        }
        let mut lines = pipe_lines(self.pipe.said());
        if self.each_alone {
            lines.sort_by_key(|line| line.split(' ').nth(2).unwrap_or_default().to_owned());
        }
        self.facts.extend(lines);
        self.facts.extend(adverts(&self.capture));
        Ok(self.facts)
    }

    fn step(&mut self, step: Step<'_>) -> Result<()> {
        match step {
            Step::Start => self.daemon.start(),
            Step::Said(line) => self.await_line(line),
            Step::Look(name) => self.look(name),
            Step::Shows(word, absent) => {
                let mut facts = String::new();
                eventually(&format!("{word} is there, and not {absent:?}"), PATIENCE, || {
                    facts = network(&self.a)?.into_iter().collect::<Vec<_>>().join("\n");
                    Ok(facts.contains(word) && absent.iter().all(|absent| !facts.contains(absent)))
                })
                .with_context(|| facts)
            }
            Step::Dump(name) => self.dump(name),
            Step::Advertises(count) => {
                let wanted = self.capture.all_adverts().len() + count;
                eventually("it advertises", PATIENCE, || Ok(self.capture.all_adverts().len() >= wanted))
            }
            Step::Advertised(vrid, priority) => {
                eventually(&format!("it advertises {vrid} with priority {priority}"), PATIENCE, || {
                    Ok(self.capture.adverts(vrid).iter().any(|advert| advert.priority == priority))
                })
            }
            Step::Calls(count) => self.await_calls(count),
            Step::Plug(plugged) => self.a.plug(plugged),
            Step::Ip(line) => self.a.output("ip", &line.split_whitespace().collect::<Vec<_>>()).map(drop),
            Step::Write(name, text) => Ok(fs::write(self.dir.join(name), text)?),
            Step::Reload(config) => {
                // keepalived makes the pipe anew: what nobody has read is lost.
                self.pipe.said();
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
                self.pipe.said();
                let status = self.daemon.stop(PATIENCE)?;
                anyhow::ensure!(status.success(), "the stop was not clean: {status}");
                Ok(())
            }
            Step::EachAlone => {
                self.each_alone = true;
                Ok(())
            }
            Step::Pause(millis) => {
                std::thread::sleep(Duration::from_millis(millis));
                Ok(())
            }
        }
    }

    fn dump(&mut self, name: &str) -> Result<()> {
        self.facts.extend(dump(&mut self.daemon)?.into_iter().map(|fact| format!("{name}: {fact}")));
        Ok(())
    }

    fn await_line(&mut self, line: &str) -> Result<()> {
        let subject = if self.each_alone { line.split(' ').nth(1).unwrap_or_default() } else { "" };
        let heard = self.heard.entry(subject.to_owned()).or_default();
        eventually(&format!("the pipe says {line}"), PATIENCE, || {
            let rest = self.pipe.said().get(*heard..).unwrap_or_default();
            let Some(at) = rest.find(&format!("{line}\n")) else { return Ok(false) };
            *heard += at + line.len() + 1;
            Ok(true)
        })?;
        if !self.each_alone && *heard <= self.looked { Err(TooLate.into()) } else { Ok(()) }
    }

    fn await_calls(&mut self, count: usize) -> Result<()> {
        let mut calls = Vec::new();
        eventually(&format!("programs have written {count} lines"), PATIENCE, || {
            let text = fs::read_to_string(self.dir.join("calls")).unwrap_or_default();
            calls = text.lines().map(|line| format!("call: {line}")).collect();
            Ok(calls.len() >= count)
        })
        .with_context(|| calls.join("\n"))?;
        let mut new = calls.split_off(self.calls.min(calls.len()));
        self.calls += new.len();
        new.sort();
        self.facts.append(&mut new);
        Ok(())
    }

    fn look(&mut self, name: &str) -> Result<()> {
        let mut seen = network(&self.a)?;
        eventually("nothing changes any more", PATIENCE, || {
            // What was just told is done a moment later.
            std::thread::sleep(Duration::from_millis(400));
            let before = std::mem::replace(&mut seen, network(&self.a)?);
            Ok(seen == before)
        })?;
        self.looked = self.pipe.said().len();
        self.facts.extend(seen.into_iter().map(|fact| format!("{name}: {fact}")));
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
