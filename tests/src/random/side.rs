//! One of the two programs on its host, perhaps with another router beside, and what can be seen of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use lab::{Advert, Capture, World};

use super::PAUSE;
use super::node::{FIRST, Node, SECOND};
use super::plan::{Event, Plan};
use crate::PATIENCE;
use crate::justified::{
    AFTER_A_BOUNCE, LEFT_BEHIND, OURS_ALONE_AFTER_A_BOUNCE, OWNERS, THEIRS_ALONE, THEIRS_ALONE_AFTER_A_KILL,
    WITH_A_NEIGHBOUR, after_a_reload, comparable, is_one_of,
};
use crate::observe::{advert_fact, dump, network, switches};
use crate::programs::debian_keepalived;

/// Who is Master advertises more often than this.
const RECENT: Duration = Duration::from_millis(2200);

pub(crate) struct Side {
    node: Node,
    neighbour: Node,
    has_neighbour: bool,
    /// So much of the pipe and of the calls is behind an event at which they may differ.
    compared: (usize, usize),
    bounced: bool,
    reloaded: bool,
    killed: bool,
    rushed: bool,
    names: Vec<String>,
    owners: Vec<String>,
    /// The first start is told in other ways.
    fails_at_first: bool,
    /// As long as the world lives, its networks do.
    _world: World,
}

impl Side {
    pub(crate) fn new(plan: &Plan, program: &Path) -> Result<Self> {
        let mut world = crate::world_with_links(2)?;
        let node = Node::new(&mut world, FIRST, program, Some(plan.config()))?;
        let neighbour = Node::new(&mut world, SECOND, &debian_keepalived()?, plan.neighbour())?;
        Ok(Self {
            node,
            neighbour,
            has_neighbour: plan.neighbour().is_some(),
            compared: (0, 0),
            bounced: false,
            reloaded: false,
            killed: false,
            rushed: false,
            names: plan.config().names(),
            owners: plan.config().owners(),
            fails_at_first: plan.config().fails_at_first(),
            _world: world,
        })
    }

    pub(crate) fn play(&mut self, event: &Event) -> Result<()> {
        if let Event::Neighbour(event) = event {
            return self.neighbour.play(event);
        }
        if let Event::Rush(events) = event {
            return self.rush(|side| events.iter().try_for_each(|event| side.play(event)));
        }
        self.killed |= matches!(event, Event::Kill);
        if let Event::Reload(recipe) = event {
            (self.reloaded, self.owners, self.names) = (true, recipe.owners(), recipe.names());
        }
        self.node.play(event)
    }

    /// Of several events at once each when it has come to rest after the one before: what keepalived makes of them at once
    /// is chance, where they lead to one by one is not.
    pub(crate) fn play_calmly(&mut self, event: &Event, rest: Duration) -> Result<()> {
        let Event::Rush(events) = event else { return self.play(event) };
        self.rush(|side| {
            events.iter().try_for_each(|event| {
                side.play(event)?;
                side.settle(event, rest)
            })
        })
    }

    /// Who gets another name meanwhile is not asked for its state: whether it is told depends on when it became what it is.
    fn rush(&mut self, play: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.rushed = true;
        let before = self.names.clone();
        play(self)?;
        self.names.retain(|name| before.contains(name));
        Ok(())
    }

    /// Waits until nothing has changed for so long.
    fn settle(&mut self, event: &Event, rest: Duration) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        let (mut seen, mut since) = (self.visible(event)?, Instant::now());
        while since.elapsed() < rest {
            std::thread::sleep(PAUSE);
            let now = self.visible(event)?;
            if now != seen {
                (seen, since) = (now, Instant::now());
                anyhow::ensure!(since < end, "it does not come to rest:\n{}", seen.join("\n"));
            }
        }
        Ok(())
    }

    fn may_bounce(&self, event: &Event) -> bool {
        event.may_bounce() || (self.fails_at_first && matches!(event, Event::Start))
    }

    /// The kernel's state, what was told, and what is advertised.
    pub(crate) fn visible(&mut self, event: &Event) -> Result<Vec<String>> {
        let host = &self.node.host;
        let mut facts: Vec<_> = network(host)?.into_iter().chain(switches(host)?).collect();
        let (pipe, calls) = self.node.told();
        let way = |text: &str, from: usize| text.get(from..).unwrap_or_default().to_owned();
        if self.may_bounce(event) {
            facts.extend(self.without_strangers(states(&pipe)));
        } else {
            facts.extend(by_object(&self.without_detours(&way(&pipe, self.compared.0))));
            let calls = self.without_detours(&way(&calls, self.compared.1));
            let mut calls: Vec<_> = calls.lines().filter_map(call).collect();
            // Each is a process of its own: which of two is faster is chance.
            calls.sort();
            facts.extend(calls);
        }
        let bounced = self.bounced || self.may_bounce(event);
        if self.has_neighbour || self.rushed {
            facts.extend(recent_adverts(&self.node.capture));
        } else {
            facts.extend(last_adverts(&self.node.capture, bounced));
        }
        if self.has_neighbour {
            facts.extend(self.beside()?);
        }
        if !self.node.runs || bounced {
            facts.retain(|fact| !is_one_of(LEFT_BEHIND, fact));
        }
        Ok(self.comparable(facts))
    }

    /// What of the events of a rush is told of an instance that is gone in the end, or under its former name, is chance.
    fn without_strangers(&self, mut states: Vec<String>) -> Vec<String> {
        if self.rushed {
            states.retain(|fact| self.names.iter().any(|name| fact.contains(&format!("\"{name}\""))));
        }
        states
    }

    /// Without the lines that tell that an owner is Backup, and those of a group of owners.
    fn without_detours(&self, lines: &str) -> String {
        let detour = |line: &&str| {
            told(line).is_some_and(|(object, state)| {
                let (kind, name) = object.split_once(' ').unwrap_or_default();
                let owner = self.owners.iter().any(|owner| owner == name.trim_matches('"'));
                owner && (state == OWNERS.fact || kind == "GROUP")
            })
        };
        lines.lines().filter(|line| !detour(line)).collect::<Vec<_>>().join("\n")
    }

    /// Of the other router: it may have been Master for a moment.
    fn beside(&mut self) -> Result<Vec<String>> {
        let mut facts = states(&self.neighbour.told().0);
        facts.extend(network(&self.neighbour.host)?);
        facts.extend(recent_adverts(&self.neighbour.capture));
        Ok(facts.into_iter().map(|fact| format!("the other host: {fact}")).collect())
    }

    /// Whether both see the same, but for what one of them alone may see.
    pub(crate) fn excused<'a>(&self, event: &Event, theirs: &'a [String], ours: &'a [String]) -> bool {
        let only = |these: &'a [String], those: &'a [String]| {
            these.iter().filter(|fact| !those.contains(*fact)).collect::<Vec<_>>()
        };
        let their_own = |fact: &&String| {
            is_one_of(THEIRS_ALONE, fact) || (self.killed && is_one_of(THEIRS_ALONE_AFTER_A_KILL, fact))
        };
        let bounced = self.bounced || self.may_bounce(event);
        only(theirs, ours).iter().all(their_own)
            && only(ours, theirs).iter().all(|fact| bounced && is_one_of(OURS_ALONE_AFTER_A_BOUNCE, fact))
    }

    /// What it says of itself.
    pub(crate) fn dumped(&mut self, event: &Event) -> Result<Vec<String>> {
        let mut facts =
            if self.node.runs { dump(&mut self.node.daemon).context("its dump")? } else { Vec::new() };
        if self.bounced || self.may_bounce(event) {
            facts.retain(|fact| !is_one_of(AFTER_A_BOUNCE, fact));
        }
        if self.has_neighbour {
            facts.retain(|fact| !is_one_of(AFTER_A_BOUNCE, fact) && !is_one_of(WITH_A_NEIGHBOUR, fact));
        }
        Ok(self.comparable(facts))
    }

    /// Both sides are where the event leads to.
    pub(crate) fn agreed(&mut self, event: &Event) {
        if self.may_bounce(event) {
            let (pipe, calls) = self.node.told();
            (self.compared, self.bounced) = ((pipe.len(), calls.len()), true);
        }
    }

    fn comparable(&self, facts: Vec<String>) -> Vec<String> {
        let facts = facts.into_iter().map(|fact| self.neighbour.without_folder(&fact));
        let facts = facts.filter_map(|fact| comparable(self.node.without_folder(&fact)));
        if !self.reloaded {
            return facts.collect();
        }
        let mut facts: Vec<_> = facts.map(after_a_reload).collect();
        // What was sorted may have been so by what is left out.
        facts.sort();
        facts
    }
}

/// `INSTANCE "VI_1"` and its state. Of priorities nothing: trackers speak when they are ready, and whether that is before
/// a line or after it is chance; what they lead to is in the dump and in the advertisements.
fn told(line: &str) -> Option<(String, String)> {
    let mut words = line.split(' ');
    let (kind, name, state) = (words.next()?, words.next()?, words.next()?);
    // `MASTER_PRIORITY`, and `MASTER_RX_LOWER_PRI`, which depends on who was first.
    (!state.contains("_PRI")).then(|| (format!("{kind} {name}"), state.to_owned()))
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
    last_of(capture.all_adverts().into_iter().filter(|advert| advert.priority > 0 || !bounced))
}

/// The same of those who still advertise.
fn recent_adverts(capture: &Capture) -> Vec<String> {
    let recent = |advert: &Advert| advert.at.elapsed().is_ok_and(|age| age < RECENT);
    last_of(capture.all_adverts().into_iter().filter(|advert| advert.priority > 0 && recent(advert)))
}

fn last_of(adverts: impl Iterator<Item = Advert>) -> Vec<String> {
    let last: BTreeMap<_, _> =
        adverts.map(|advert| ((advert.vrid, advert.from), advert_fact(&advert))).collect();
    last.into_values().collect()
}
