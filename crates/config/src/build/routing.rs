//! Lines of routes and rules, and everything that is there in every state.

use std::collections::BTreeMap;

use super::address;
use super::line::{Line, first_text};
use super::names::Names;
use super::route::route;
use super::rule::{Preferences, rule};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::document::{self, Settings, Spanned};
use crate::files::Files;
use crate::keywords::routing::{
    ROUTE_ENTRY, RULE_ENTRY, STATIC_ADDRESS_ENTRY, STATIC_ROUTE_ENTRY, STATIC_RULE_ENTRY,
};
use crate::keywords::{Block, Status, global as g, top};
use crate::model::{Route, Rule, Static, Statics, VirtualRoute, VirtualRule};
use crate::source::Span;
use crate::tree::Node;
use crate::value;

/// Where addresses go that name no interface, unless `default_interface` says otherwise.
pub(crate) const DEFAULT_INTERFACE: &str = "eth0";

/// What lines of routes and rules share.
pub(super) struct Routing<'a> {
    names: Names<'a>,
    preferences: Preferences,
    default_interface: String,
}

impl<'a> Routing<'a> {
    pub(super) fn new(global: &crate::settings::Settings<'_>, files: Option<&'a dyn Files>) -> Self {
        let names = Names::new(files, global.text(&g::IPROUTE_USR_DIR), global.text(&g::IPROUTE_ETC_DIR));
        let default_interface = global.text(&g::DEFAULT_INTERFACE).unwrap_or(DEFAULT_INTERFACE).to_owned();
        Self { names, preferences: Preferences::default(), default_interface }
    }

    /// The usable lines of `virtual_routes`.
    pub(super) fn routes<'n>(
        &mut self,
        blocks: impl Iterator<Item = Node<'n>>,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<VirtualRoute> {
        let entries = self.read_routes(&ROUTE_ENTRY, blocks, found);
        entries
            .into_iter()
            .map(|entry| VirtualRoute { route: entry.item, no_track: entry.no_track })
            .collect()
    }

    /// The usable lines of `virtual_rules`.
    pub(super) fn rules<'n>(
        &mut self,
        blocks: impl Iterator<Item = Node<'n>>,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<VirtualRule> {
        let entries = self.read_rules(&RULE_ENTRY, blocks, found);
        entries.into_iter().map(|entry| VirtualRule { rule: entry.item, no_track: entry.no_track }).collect()
    }

    fn read_routes<'n>(
        &mut self,
        block: &'static Block,
        blocks: impl Iterator<Item = Node<'n>>,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<Entry<Route>> {
        let mut entries = Vec::new();
        for node in blocks {
            let lines: Vec<_> = document::entries(block, node, found).collect();
            for line in lines {
                say_what_is_ignored(&line, found);
                let what = "route";
                let mut draft = Line {
                    what,
                    settings: &line.value,
                    span: line.span,
                    names: &self.names,
                    found: &mut *found,
                };
                if let Ok(item) = route(&mut draft) {
                    entries.push(Entry::of(item, &line));
                }
            }
        }
        entries
    }

    fn read_rules<'n>(
        &mut self,
        block: &'static Block,
        blocks: impl Iterator<Item = Node<'n>>,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<Entry<Rule>> {
        let mut entries = Vec::new();
        for node in blocks {
            let lines: Vec<_> = document::entries(block, node, found).collect();
            for line in lines {
                let what = "rule";
                let mut draft = Line {
                    what,
                    settings: &line.value,
                    span: line.span,
                    names: &self.names,
                    found: &mut *found,
                };
                if let Ok(item) = rule(&mut draft, &mut self.preferences) {
                    entries.push(Entry::of(item, &line));
                }
            }
        }
        entries
    }

    /// Takes a block of static things in, if it is one.
    pub(super) fn take_static(
        &mut self,
        node: Node<'_>,
        groups: &Groups,
        statics: &mut Statics,
        found: &mut Vec<Diagnostic>,
    ) {
        let Some(keyword) = node.keyword() else { return };
        let blocks = std::iter::once(node);
        if keyword.is(&top::STATIC_ROUTES_BLOCK) {
            let entries = self.read_routes(&STATIC_ROUTE_ENTRY, blocks, found);
            statics.routes.extend(entries.into_iter().map(|entry| entry.tracked(groups, found)));
        } else if keyword.is(&top::STATIC_RULES_BLOCK) {
            let entries = self.read_rules(&STATIC_RULE_ENTRY, blocks, found);
            statics.rules.extend(entries.into_iter().map(|entry| entry.tracked(groups, found)));
        } else if keyword.is(&top::STATIC_IPADDRESS_BLOCK) {
            for mut entry in address::entries_of(&STATIC_ADDRESS_ENTRY, blocks, found) {
                entry.address.interface.get_or_insert_with(|| self.default_interface.clone());
                let no_track = entry.address.no_track;
                let entry = Entry {
                    item: entry.address,
                    no_track,
                    group: entry.track_group.map(|name| (name, entry.span)),
                };
                statics.addresses.push(entry.tracked(groups, found));
            }
        }
    }
}

/// The instances that each `track_group` names.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<String, Vec<String>>);

impl Groups {
    /// Reads a block.
    pub(super) fn read(&mut self, node: Node<'_>, found: &mut Vec<Diagnostic>) {
        let mut words = node.args();
        let name = words.next().map(|word| word.text().into_owned()).unwrap_or_default();
        value::surplus(&top::TRACK_GROUP_BLOCK, words, found);
        let lists = node.children().filter(Node::has_block);
        let lines = lists.flat_map(|list| list.children());
        let instances =
            lines.flat_map(|line| line.words().map(|word| word.text().into_owned()).collect::<Vec<_>>());
        self.0.entry(name).or_default().extend(instances);
    }
}

/// A line that can be used.
struct Entry<T> {
    item: T,
    no_track: bool,
    group: Option<(String, Span)>,
}

impl<T> Entry<T> {
    fn of(item: T, line: &Spanned<Settings>) -> Self {
        let group = line.value.get("track_group");
        let group = group.and_then(|setting| Some((first_text(&setting.value)?.to_owned(), setting.span)));
        Self { item, no_track: line.value.get("no_track").is_some(), group }
    }

    fn tracked(self, groups: &Groups, found: &mut Vec<Diagnostic>) -> Static<T> {
        let Self { item, no_track, group } = self;
        let mut tracked_by = Vec::new();
        if let Some((name, span)) = group {
            tracked_by.extend(groups.0.get(&name).into_iter().flatten().cloned());
            if tracked_by.is_empty() {
                let message = format!("there is no track_group `{name}` that names an instance");
                found.push(Diagnostic::new(&ids::UNKNOWN_TRACK_GROUP, span, message).help(format!(
                    "add `track_group {name} {{ group {{ INSTANCE }} }}`; nobody tracks the entry"
                )));
            }
        }
        Static { item, no_track, tracked_by }
    }
}

/// Options that have nothing to do.
fn say_what_is_ignored(line: &Spanned<Settings>, found: &mut Vec<Diagnostic>) {
    for setting in line.value.iter() {
        if let Status::NoEffect(why) = setting.keyword.status {
            let message = format!("`{}` has no effect here", setting.keyword.name);
            found.push(Diagnostic::new(&ids::ROUTE_OPTION, setting.span, message).help(why));
        }
    }
}
