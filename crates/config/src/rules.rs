//! What a configuration comes to beyond its syntax: traps that every line of it walks into with a clear conscience.
//!
//! These are findings for people who check a file ([`file`], [`host`]). Reading a configuration does not produce
//! them, so that neither the daemon's log nor `keepalived -t` is full of advice.

mod addresses;
mod election;
mod groups;
mod host;
mod mail;
mod pace;
mod packets;
mod programs;
mod references;
mod sessions;
mod timers;
mod tracks;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::Loaded;
use crate::diagnostics::{Diagnostic, Label};
use crate::keywords::top::{GLOBAL_DEFS_BLOCK, VRRP_INSTANCE_BLOCK};
use crate::model::Instance;
use crate::source::Span;
use crate::tree::{Node, Statements};

pub use host::{Feature, HostFacts, InterfaceFacts};
pub use mail::mail_server;
pub use programs::{ProgramFacts, Run, programs, runs_unguarded};
pub(crate) use tracks::{members, of as tracks, range};

/// What the file alone tells: the same on every machine. In the order of the text.
pub fn file(loaded: &Loaded) -> Vec<Diagnostic> {
    let scene = Scene::new(loaded);
    let mut found = Vec::new();
    for subject in &scene.subjects {
        packets::unicast(&scene, subject, &mut found);
        let Some(instance) = subject.instance else { continue };
        election::check(&scene, subject, instance, &mut found);
        timers::instance(&scene, subject, instance, &mut found);
        packets::instance(&scene, subject, instance, &mut found);
    }
    addresses::shared(&scene, &mut found);
    pace::check(&scene, &mut found);
    mail::alerts(&scene, &mut found);
    mail::server(&scene, &mut found);
    timers::startup(&scene, &mut found);
    let defined = references::Defined::new(&scene);
    known_to_keepalived(&scene, &defined, &mut found);
    references::advice(&scene, &defined, &mut found);
    settle(loaded, found)
}

/// What keepalived's configuration test complains about, too, beyond what is found while reading: in the file, and on
/// the machine.
pub fn complaints(loaded: &Loaded, facts: &HostFacts) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let scene = Scene::new(loaded);
    known_to_keepalived(&scene, &references::Defined::new(&scene), &mut found);
    host::complaints(&scene, facts, &mut found);
    settle(loaded, found)
}

fn known_to_keepalived(scene: &Scene<'_>, defined: &references::Defined<'_>, found: &mut Vec<Diagnostic>) {
    references::check(scene, defined, found);
    references::empty(scene, found);
    groups::weights(scene, found);
    groups::weights_beside_owners(scene, found);
    programs::security(scene, found);
}

/// What depends on the machine that the file is for. In the order of the text.
pub fn host(loaded: &Loaded, facts: &HostFacts) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    host::check(&Scene::new(loaded), facts, &mut found);
    settle(loaded, found)
}

/// Where somebody wrote it, in the order of the text; what is said about a global setting is said once, not for every
/// instance that it concerns.
fn settle(loaded: &Loaded, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    crate::expand::origin::relocate(&loaded.sources, &mut found);
    found.sort_by_key(|diagnostic| diagnostic.span);
    found.dedup();
    found
}

/// A configuration as it is written and as it is understood, side by side.
pub(crate) struct Scene<'a> {
    pub(crate) loaded: &'a Loaded,
    /// Every `vrrp_instance`, in the order of the file.
    pub(crate) subjects: Vec<Subject<'a>>,
    /// Every `global_defs`.
    globals: Vec<Node<'a>>,
    /// Every other block outside load balancing, of which there can be thousands, by its modern name.
    tops: BTreeMap<&'static str, Vec<Node<'a>>>,
    /// What definitions of trackers weigh, once that is asked for.
    weights: OnceCell<tracks::Weights>,
    /// The sync groups of each instance, by their places among all, once that is asked for.
    groups_of: OnceCell<BTreeMap<String, Vec<usize>>>,
}

/// One `vrrp_instance`.
pub(crate) struct Subject<'a> {
    node: Node<'a>,
    /// `None`: it cannot be used; the findings of reading say why.
    pub(crate) instance: Option<&'a Instance>,
    /// Where its addresses stand, once that is asked for: there can be thousands.
    addresses: OnceCell<BTreeMap<IpAddr, Span>>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(loaded: &'a Loaded) -> Self {
        let mut scene = Self {
            loaded,
            subjects: Vec::new(),
            globals: Vec::new(),
            tops: BTreeMap::new(),
            weights: OnceCell::new(),
            groups_of: OnceCell::new(),
        };
        // The model holds the usable ones of the file's instances, in the same order.
        let mut usable = loaded.model.instances.iter().peekable();
        for node in loaded.tree.top(&loaded.sources) {
            let Some(keyword) = node.keyword() else { continue };
            if keyword.is(&GLOBAL_DEFS_BLOCK) {
                scene.globals.push(node);
            } else if keyword.is(&VRRP_INSTANCE_BLOCK) {
                let name = node.args().next().map(|word| word.text());
                let instance = usable.next_if(|instance| name.as_deref() == Some(&*instance.name));
                scene.subjects.push(Subject { node, instance, addresses: OnceCell::new() });
            } else if !matches!(keyword.name, "virtual_server" | "virtual_server_group") {
                scene.tops.entry(keyword.alias_of.unwrap_or(keyword).name).or_default().push(node);
            }
        }
        scene
    }

    /// Every block of this name outside load balancing, old spellings included.
    pub(crate) fn tops(&self, name: &'static str) -> impl Iterator<Item = Node<'a>> {
        let instances = if name == "vrrp_instance" { self.subjects.as_slice() } else { &[] };
        let instances = instances.iter().map(|subject| subject.node);
        self.tops.get(name).into_iter().flatten().copied().chain(instances)
    }

    fn weights(&self) -> &tracks::Weights {
        self.weights.get_or_init(|| tracks::weights(self))
    }

    /// The sync groups that an instance is a member of.
    fn groups_of(&self, instance: &str) -> impl Iterator<Item = Node<'a>> {
        let groups = self.tops.get("vrrp_sync_group").map_or(&[][..], Vec::as_slice);
        let of_each = self.groups_of.get_or_init(|| tracks::groups_of(groups));
        of_each.get(instance).into_iter().flatten().filter_map(|at| groups.get(*at)).copied()
    }

    /// The last statement of this name in `global_defs`.
    pub(crate) fn global(&self, name: &str) -> Option<Node<'a>> {
        self.globals.iter().rev().find_map(|block| last(block.children(), name))
    }
}

impl<'a> Subject<'a> {
    /// The name, as written.
    pub(crate) fn name(&self) -> String {
        self.node.args().next().map(|word| word.text().into_owned()).unwrap_or_default()
    }

    /// `vrrp_instance NAME`.
    pub(crate) fn head(&self) -> Span {
        self.node.span()
    }

    /// The last statement of this name in the block.
    fn last(&self, name: &str) -> Option<Node<'a>> {
        last(self.node.children(), name)
    }

    /// Where the keyword stands, or the head of the instance where a default is in force.
    pub(crate) fn place(&self, name: &str) -> Span {
        self.last(name).map_or(self.head(), |node| node.span())
    }

    /// The first word behind a keyword.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        Some(self.last(name)?.args().next()?.text().into_owned())
    }

    /// The first of its virtual addresses, as written.
    pub(crate) fn first_address(&self) -> Option<IpAddr> {
        let word = self.lines("virtual_ipaddress").next()?.words().next()?;
        word.text().split('/').next()?.parse().ok()
    }

    /// The lines of all blocks of this name.
    pub(crate) fn lines(&self, block: &'static str) -> impl Iterator<Item = Node<'a>> {
        let blocks = self.node.children().filter(move |node| is(node, block));
        blocks.flat_map(|node| node.children())
    }

    /// Where a virtual address stands.
    pub(crate) fn address(&self, addr: IpAddr) -> Span {
        let places = self.addresses.get_or_init(|| self.find_addresses());
        places.get(&addr).copied().unwrap_or(self.head())
    }

    fn find_addresses(&self) -> BTreeMap<IpAddr, Span> {
        let mut places = BTreeMap::new();
        for line in self.lines("virtual_ipaddress").chain(self.lines("virtual_ipaddress_excluded")) {
            let text = line.words().next().map(|word| word.text()).unwrap_or_default();
            if let Some(addr) = text.split('/').next().and_then(|addr| addr.parse().ok()) {
                places.entry(addr).or_insert(line.head());
            }
        }
        places
    }

    /// Where an entry of `track_interface` stands.
    pub(crate) fn track(&self, interface: &str) -> Span {
        let named = |line: &Node<'_>| line.words().next().is_some_and(|word| word.text() == interface);
        self.lines("track_interface").find(named).map_or(self.head(), |line| line.span())
    }
}

fn last<'a>(statements: Statements<'a>, name: &str) -> Option<Node<'a>> {
    statements.filter(|node| is(node, name)).last()
}

fn is(node: &Node<'_>, name: &str) -> bool {
    node.keyword().is_some_and(|keyword| keyword.alias_of.unwrap_or(keyword).name == name)
}

/// Whether a flag or switch is on.
fn is_on(node: &Node<'_>) -> bool {
    node.args().next().is_none_or(|word| !matches!(&*word.text(), "off" | "false" | "no"))
}

/// A second place, unless the finding is there anyway.
fn also(mut diagnostic: Diagnostic, span: Span, text: &str) -> Diagnostic {
    if diagnostic.span != Some(span) {
        diagnostic.labels.push(Label { span, text: text.to_owned() });
    }
    diagnostic
}
