//! Elections on paper (RFC 9568 section 6.4), for configured priorities and no fault but the one asked about.

use std::net::IpAddr;

use serde::Serialize;

use super::Part;

/// Who serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// This machine.
    Node(String),
    /// One of these: their priorities are equal, and the higher primary address, which the files do not name, decides.
    OneOf(Vec<String>),
    /// The first of these that is started: none of them takes over from a working Master.
    Earliest(Vec<String>),
    /// All of these at the same time: they do not accept each other's advertisements.
    All(Vec<String>),
    /// Nobody is left.
    Nobody,
}

/// What the failure of one machine leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The machine that fails.
    pub node: String,
    /// Who serves then.
    pub successor: Choice,
    /// Who serves when it is back.
    pub afterwards: Choice,
}

/// Who serves while all are well; `heard`: each accepts the others' advertisements. Machines that do not preempt leave it to the one that was there first.
pub(super) fn master(parts: &[Part<'_>], heard: bool) -> Choice {
    let all: Vec<&Part<'_>> = parts.iter().collect();
    if !heard {
        return Choice::All(names(&all));
    }
    let best = best(&all);
    if best.is_empty() {
        return Choice::Nobody;
    }
    if best.iter().any(|part| preempts(part)) || all.len() == best.len() {
        return choice(&best);
    }
    // The best do not preempt: whoever of the others is there first stays until somebody preempts it.
    let patient: Vec<&Part<'_>> = all.iter().copied().filter(|part| stays(part, &all)).collect();
    if let [part] = patient[..] {
        Choice::Node(part.seen.name.to_owned())
    } else {
        Choice::Earliest(names(&patient))
    }
}

/// `heard`: each accepts the others' advertisements.
pub(super) fn failures(parts: &[Part<'_>], heard: bool) -> Vec<Failure> {
    let failure = |failed: &Part<'_>| {
        let others: Vec<&Part<'_>> = parts.iter().filter(|part| part.index != failed.index).collect();
        let node = failed.seen.name.to_owned();
        if !heard {
            let successor = if others.len() > 1 { Choice::All(names(&others)) } else { choice(&others) };
            return Failure { node, successor, afterwards: master(parts, heard) };
        }
        let successors = best(&others);
        Failure { node, successor: choice(&successors), afterwards: afterwards(failed, &successors) }
    };
    parts.iter().map(failure).collect()
}

/// A machine that comes back takes over from a lower priority if it preempts; from an equal one it never does.
fn afterwards(back: &Part<'_>, serving: &[&Part<'_>]) -> Choice {
    match serving.first() {
        Some(successor) if back.instance.priority <= successor.instance.priority || !preempts(back) => {
            choice(serving)
        }
        Some(_) | None => Choice::Node(back.seen.name.to_owned()),
    }
}

/// Whether this one, serving, is left alone by all others.
fn stays(part: &Part<'_>, all: &[&Part<'_>]) -> bool {
    !all.iter().any(|other| other.instance.priority > part.instance.priority && preempts(other))
}

pub(super) fn preempts(part: &Part<'_>) -> bool {
    part.instance.preempt || part.instance.priority.is_owner()
}

/// Those of the highest priority; of several, the one with the highest address if all name theirs.
fn best<'p>(parts: &[&'p Part<'p>]) -> Vec<&'p Part<'p>> {
    let top = parts.iter().map(|part| part.instance.priority).max();
    let best: Vec<&Part<'_>> =
        parts.iter().copied().filter(|part| Some(part.instance.priority) == top).collect();
    let sources: Option<Vec<IpAddr>> = best.iter().map(|part| part.instance.source).collect();
    match sources.and_then(|sources| sources.into_iter().max()) {
        Some(highest) => best.into_iter().filter(|part| part.instance.source == Some(highest)).collect(),
        None => best,
    }
}

fn choice(best: &[&Part<'_>]) -> Choice {
    match best {
        [] => Choice::Nobody,
        [part] => Choice::Node(part.seen.name.to_owned()),
        several => Choice::OneOf(names(several)),
    }
}

fn names(parts: &[&Part<'_>]) -> Vec<String> {
    parts.iter().map(|part| part.seen.name.to_owned()).collect()
}
