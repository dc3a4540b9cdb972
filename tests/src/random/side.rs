//! One of the two programs on its host, and what can be seen of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use lab::{Capture, Daemon, Host, World};
use serde_json::Value;

use super::plan::{Event, Plan};
use crate::justified::{AFTER_A_BOUNCE, LEFT_BEHIND, comparable, is_one_of};
use crate::observe::{Pipe, advert_fact, dump, filled_in, network, switches};
use crate::{PATIENCE, eventually};

const SELF: &str = "192.168.200.128";
const PEER: &str = "192.168.200.129";

pub(crate) struct Side {
    host: Host,
    dir: PathBuf,
    capture: Capture,
    daemon: Daemon,
    pipe: Pipe,
    runs: bool,
    /// So much of the pipe and of the calls is behind an event at which they may differ.
    compared: (usize, usize),
    bounced: bool,
    /// As long as the world lives, its networks do.
    _world: World,
}

impl Side {
    pub(crate) fn new(plan: &Plan, program: &Path) -> Result<Self> {
        let mut world = crate::world_with_links(2)?;
        let host = world.host("ServerA", &[&format!("{SELF}/24")])?;
        world.host("ServerB", &[&format!("{PEER}/24")])?;
        for (interface, mac) in [("eth0", "02:00:00:00:00:01"), ("eth1", "02:00:00:00:00:02")] {
            // The link-local address comes from it: down and up again.
            for words in [["set", interface, "down"], ["set", interface, "up"]] {
                host.output("ip", &["link", "set", interface, "address", mac])?;
                host.output("ip", &[&["link"], words.as_slice()].concat())?;
            }
        }
        host.output("ip", &["address", "add", "10.9.9.1/24", "dev", "eth1"])?;
        eventually("both Ethernets are up, with their own addresses", PATIENCE, || {
            let up = host.output("ip", &["-6", "-br", "address", "show", "scope", "link", "up"])?;
            Ok(["eth0", "eth1"]
                .iter()
                .all(|name| up.lines().any(|line| line.starts_with(name) && line.contains(" UP "))))
        })?;
        let dir = world.dir().to_owned();
        executable(&dir.join("notify"), &format!("echo \"$@\" >>{}/calls", dir.display()))?;
        executable(&dir.join("check"), &format!("exit $(cat {}/verdict)", dir.display()))?;
        fs::write(dir.join("verdict"), "0")?;
        let capture = world.capture_from(&host)?;
        let daemon = Daemon::new(&host, program, &config(plan.config(), &dir))?;
        let pipe = Pipe::new(dir.join("pipe"));
        Ok(Self {
            host,
            dir,
            capture,
            daemon,
            pipe,
            runs: false,
            compared: (0, 0),
            bounced: false,
            _world: world,
        })
    }

    pub(crate) fn play(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::Start => {
                self.runs = true;
                self.daemon.start()
            }
            Event::Ip(words) => self.ip(words),
            Event::Plug(plugged) => self.host.plug(*plugged),
            Event::RemoveAddress(rank) => {
                let virtual_ones = self.host.addresses()?.into_iter().filter(|held| {
                    let text = held.cidr.to_string();
                    text.starts_with("10.0.") || text.starts_with("10.1.") || text.starts_with("10.2.")
                });
                let words: Vec<_> = virtual_ones
                    .map(|held| format!("address del {} dev {}", held.cidr, held.interface))
                    .collect();
                self.one_of(words, *rank)
            }
            Event::RemoveRoute(rank) => {
                let text = self.host.output("ip", &["-j", "-4", "route", "show", "protocol", "18"])?;
                let routes: Value = serde_json::from_str(&text).unwrap_or_default();
                let routes = routes.as_array().into_iter().flatten();
                // Neither a static one nor one without an interface: those keepalived leaves alone.
                let routes = routes.filter(|route| route["dev"].is_string());
                let destinations =
                    routes.filter_map(|route| route["dst"].as_str().filter(|dst| dst.starts_with("10.1")));
                let words = destinations.map(|destination| format!("route del {destination}")).collect();
                self.one_of(words, *rank)
            }
            Event::Write(name, text) => Ok(fs::write(self.dir.join(name), text)?),
            Event::Reload(recipe) => {
                self.daemon.configure(&config(recipe, &self.dir))?;
                self.daemon.reload()
            }
            Event::Stop => {
                self.pipe.said();
                self.runs = false;
                let status = self.daemon.stop(PATIENCE)?;
                anyhow::ensure!(status.success(), "the stop was not clean: {status}");
                Ok(())
            }
        }
    }

    /// Nothing happens if there is none.
    fn one_of(&self, mut words: Vec<String>, rank: u64) -> Result<()> {
        words.sort();
        let index = usize::try_from(rank)?.checked_rem(words.len());
        index.and_then(|index| words.get(index)).map_or(Ok(()), |words| self.ip(words))
    }

    fn ip(&self, words: &str) -> Result<()> {
        self.host.output("ip", &words.split_whitespace().collect::<Vec<_>>()).map(drop)
    }

    /// The kernel's state, what was told, and what is advertised.
    pub(crate) fn visible(&mut self, event: &Event) -> Result<Vec<String>> {
        let mut facts: Vec<_> = network(&self.host)?.into_iter().chain(switches(&self.host)?).collect();
        let (pipe, calls) = self.told();
        let way = |text: &str, from: usize| text.get(from..).unwrap_or_default().to_owned();
        if event.may_bounce() {
            facts.extend(states(&pipe));
        } else {
            facts.extend(by_object(&way(&pipe, self.compared.0)));
            let mut calls: Vec<_> = way(&calls, self.compared.1).lines().filter_map(call).collect();
            // Each is a process of its own: which of two is faster is chance.
            calls.sort();
            facts.extend(calls);
        }
        let bounced = self.bounced || event.may_bounce();
        facts.extend(last_adverts(&self.capture, bounced));
        if !self.runs || bounced {
            facts.retain(|fact| !is_one_of(LEFT_BEHIND, fact));
        }
        Ok(self.comparable(facts))
    }

    /// What it says of itself.
    pub(crate) fn dumped(&mut self, event: &Event) -> Result<Vec<String>> {
        let mut facts = if self.runs { dump(&mut self.daemon).context("its dump")? } else { Vec::new() };
        if self.bounced || event.may_bounce() {
            facts.retain(|fact| !is_one_of(AFTER_A_BOUNCE, fact));
        }
        Ok(self.comparable(facts))
    }

    /// Both sides are where the event leads to.
    pub(crate) fn agreed(&mut self, event: &Event) {
        if event.may_bounce() {
            let (pipe, calls) = self.told();
            (self.compared, self.bounced) = ((pipe.len(), calls.len()), true);
        }
    }

    /// The lines of the pipe and the calls of programs.
    fn told(&mut self) -> (String, String) {
        let calls = fs::read_to_string(self.dir.join("calls")).unwrap_or_default();
        (self.pipe.said().to_owned(), calls)
    }

    fn comparable(&self, facts: Vec<String>) -> Vec<String> {
        let dir = self.dir.display().to_string();
        facts.into_iter().filter_map(|fact| comparable(fact.replace(&dir, "DIR"))).collect()
    }
}

fn executable(path: &Path, text: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{text}\n"))?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

fn config(recipe: &super::recipe::Recipe, dir: &Path) -> String {
    filled_in(&recipe.to_string(), dir).replace("SELF", SELF).replace("PEER", PEER)
}

/// `INSTANCE "VI_1"` and its state. Of priorities nothing: trackers speak when they are ready, and whether that is before
/// a line or after it is chance; what they lead to is in the dump and in the advertisements.
fn told(line: &str) -> Option<(String, String)> {
    let mut words = line.split(' ');
    let (kind, name, state) = (words.next()?, words.next()?, words.next()?);
    (!state.ends_with("_PRIORITY")).then(|| (format!("{kind} {name}"), state.to_owned()))
}

fn call(line: &str) -> Option<String> {
    told(line).map(|(object, state)| format!("call: {object} {state}"))
}

/// The states of each object, in order: the order of different objects is chance.
fn by_object(lines: &str) -> Vec<String> {
    let mut objects = BTreeMap::<String, Vec<String>>::new();
    for (object, state) in lines.lines().filter_map(told) {
        objects.entry(object).or_default().push(state);
    }
    objects.into_iter().map(|(object, states)| format!("pipe: {object} {}", states.join(", "))).collect()
}

/// The last state of each instance. A group that a reload makes tells its state with vipd only.
fn states(lines: &str) -> Vec<String> {
    let told = lines.lines().filter_map(told).filter(|(object, _)| object.starts_with("INSTANCE"));
    let last: BTreeMap<_, _> = told.collect();
    last.into_iter().map(|(object, state)| format!("pipe: {object} is {state} in the end")).collect()
}

/// The last advertisement of each virtual router from each address; but for the farewell if it `bounced`.
fn last_adverts(capture: &Capture, bounced: bool) -> Vec<String> {
    let adverts = capture.all_adverts().into_iter().filter(|advert| advert.priority > 0 || !bounced);
    let last: BTreeMap<_, _> =
        adverts.map(|advert| ((advert.vrid, advert.from), advert_fact(&advert))).collect();
    last.into_values().collect()
}
