//! Configurations of machines that back each other up, side by side: what must agree, what must differ, who becomes
//! Master of what, and who takes over from whom.
//!
//! A virtual router is what has one `virtual_router_id` in one address family. Names of instances and interfaces may
//! differ from machine to machine.

mod agree;
mod authentication;
mod forecast;
mod groups;
mod table;
mod unicast;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use types::{Family, Vrid};

use crate::Loaded;
use crate::diagnostics::Diagnostic;
use crate::model::Instance;
use crate::rules::{Scene, Subject};
use crate::source::{Sources, Span};

use forecast::preempts;
pub use forecast::{Choice, Failure};

/// What a comparison came to.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The text of all configurations, for showing the findings.
    pub sources: Sources,
    /// What is wrong between the machines. What is wrong within one is not repeated.
    pub diagnostics: Vec<Diagnostic>,
    /// Who does what.
    pub forecast: Forecast,
}

/// Who becomes Master of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// The machines, as in the arguments.
    pub nodes: Vec<String>,
    /// Every virtual router, by family and number.
    pub routers: Vec<Router>,
    /// What could not be compared, and why, in words.
    pub left_out: Vec<String>,
}

/// One virtual router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Router {
    /// The names of its instances, usually one.
    pub name: String,
    /// Its number.
    pub vrid: Vrid,
    /// Its family.
    pub family: Family,
    /// The addresses that it moves, those of `virtual_ipaddress_excluded` last.
    pub addresses: Vec<String>,
    /// Who takes part, in the order of the machines.
    pub members: Vec<Member>,
    /// Who serves while all machines are well.
    pub master: Choice,
    /// What each failure of a member leads to, in the order of the machines.
    pub failures: Vec<Failure>,
}

/// One machine's part in a virtual router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The machine.
    pub node: String,
    /// Its instance.
    pub instance: String,
    /// Its interface.
    pub interface: String,
    /// Its configured priority.
    pub priority: u8,
    /// Whether it takes over from a Master of lower priority.
    pub preempt: bool,
}

/// Compares configurations: one for each machine, with the machine's name.
pub fn compare(nodes: &[(String, Loaded)]) -> Comparison {
    let mut sources = Sources::default();
    let scenes: Vec<_> = nodes
        .iter()
        .map(|(name, loaded)| Seen {
            name,
            first_file: sources.append(&loaded.sources),
            scene: Scene::new(loaded),
        })
        .collect();
    let mut groups: BTreeMap<(Family, Vrid), Vec<Part<'_>>> = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut unusable = BTreeSet::new();
    for (index, seen) in scenes.iter().enumerate() {
        for subject in &seen.scene.subjects {
            match subject.instance {
                Some(instance) => {
                    let part = Part { index, seen, subject, instance };
                    groups.entry((instance.family, instance.vrid)).or_default().push(part);
                }
                None => {
                    unusable.extend(subject.word("virtual_router_id"));
                    left_out.push(format!("{} of {} cannot be used as it is", subject.name(), seen.name));
                }
            }
        }
    }
    let mut diagnostics = Vec::new();
    let deaf = unicast::check(&scenes, &mut diagnostics);
    let mut routers = Vec::new();
    let mut compared = Vec::new();
    for (key, parts) in &groups {
        // Who cannot be used as it is written is there all the same.
        let expected = if unusable.contains(&key.1.to_string()) { 1 } else { scenes.len() };
        for members in matched(parts) {
            let heard = agree::check(&members, expected, &mut diagnostics)
                && !deaf.contains(&(key.0, key.1.to_string()));
            routers.push(router(*key, &members, heard));
            if heard {
                compared.push(members);
            }
        }
    }
    groups::check(&scenes, &compared, &mut diagnostics);
    agree::addresses(&groups, &mut diagnostics);
    agree::sources(&groups, &mut diagnostics);
    agree::names(&scenes, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    let nodes = nodes.iter().map(|(name, _)| name.clone()).collect();
    Comparison { sources, diagnostics, forecast: Forecast { nodes, routers, left_out } }
}

/// A machine's configuration.
struct Seen<'a> {
    name: &'a str,
    /// The number of its first file among all.
    first_file: u32,
    scene: Scene<'a>,
}

impl Seen<'_> {
    /// Where a place of this configuration was written, in the files of all.
    fn place(&self, span: Span) -> Span {
        self.scene.loaded.sources.origin(span).in_files_from(self.first_file)
    }
}

/// An instance on its machine.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// Of the machine.
    index: usize,
    seen: &'a Seen<'a>,
    subject: &'a Subject<'a>,
    instance: &'a Instance,
}

impl Part<'_> {
    /// Where the keyword stands, or the head of the instance.
    fn place(&self, keyword: &str) -> Span {
        self.seen.place(self.subject.place(keyword))
    }
}

/// One number on several interfaces of a machine is several virtual routers: which of another machine's is which
/// follows from a common address, otherwise from the name of the instance or of the interface.
fn matched<'a>(parts: &[Part<'a>]) -> Vec<Vec<Part<'a>>> {
    if parts.windows(2).all(|pair| pair[0].index != pair[1].index) {
        return vec![parts.to_vec()];
    }
    let mut routers: Vec<Vec<Part<'a>>> = Vec::new();
    for part in parts {
        let free = |members: &&mut Vec<Part<'a>>| members.iter().all(|member| member.index != part.index);
        let by_address =
            routers.iter_mut().filter(free).find(|members| members.iter().any(|m| share(m, part)));
        if let Some(members) = by_address {
            members.push(*part);
            continue;
        }
        let alike = |member: &Part<'_>| {
            let (a, b) = (member.instance, part.instance);
            a.name == b.name || a.interface == b.interface
        };
        match routers.iter_mut().filter(free).find(|members| members.iter().any(alike)) {
            Some(members) => members.push(*part),
            None => routers.push(vec![*part]),
        }
    }
    routers
}

fn share(a: &Part<'_>, b: &Part<'_>) -> bool {
    let has = |addr| b.instance.addresses.iter().any(|address| address.cidr.addr == addr);
    a.instance.addresses.iter().any(|address| has(address.cidr.addr))
}

fn router((family, vrid): (Family, Vrid), parts: &[Part<'_>], heard: bool) -> Router {
    let mut names: Vec<&str> = Vec::new();
    for part in parts {
        if !names.contains(&&*part.instance.name) {
            names.push(&part.instance.name);
        }
    }
    let mut seen = BTreeSet::new();
    let advertised = parts.iter().flat_map(|part| &part.instance.addresses);
    let excluded = parts.iter().flat_map(|part| &part.instance.excluded);
    let all = advertised.chain(excluded).map(|address| address.cidr.addr);
    let addresses = all.filter(|addr| seen.insert(*addr)).map(|addr| addr.to_string()).collect();
    let member = |part: &Part<'_>| Member {
        node: part.seen.name.to_owned(),
        instance: part.instance.name.clone(),
        interface: part.instance.place().into_owned(),
        priority: part.instance.priority.0,
        preempt: part.instance.preempt,
    };
    Router {
        name: names.join(", "),
        vrid,
        family,
        addresses,
        members: parts.iter().map(member).collect(),
        master: forecast::master(parts, heard),
        failures: forecast::failures(parts, heard),
    }
}
