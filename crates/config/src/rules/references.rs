//! Names that must be defined, definitions that must be complete, and groups.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use super::tracks::{members, trackers_of};
use super::{Scene, last};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::index::Index;
use crate::source::Span;
use crate::tree::Node;

pub(super) fn check(scene: &Scene<'_>, defined: &Defined<'_>, found: &mut Vec<Diagnostic>) {
    let instances = scene.subjects.iter().map(|subject| subject.node);
    for owner in instances.chain(scene.tops("vrrp_sync_group")) {
        trackers(owner, defined, found);
    }
    tracked_above(scene, found);
    incomplete(scene, found);
    sync_groups(scene, defined, found);
    static_entries(scene, defined, found);
    unicast(scene, found);
    rules(scene, found);
    routes(scene, found);
    zero_gaps(scene, found);
    packet_filter(scene, found);
    old_ways(scene, found);
    without_vmac(scene, found);
}

/// What is defined by name.
pub(super) struct Defined<'a> {
    /// By keyword: the blocks, of several of one name the first.
    blocks: BTreeMap<&'static str, Blocks<'a>>,
    /// The others, each with the first of its name.
    again: Vec<(&'static str, Named<'a>, Node<'a>)>,
    /// So many names are still looked at for what was probably meant: each of thousands that are missing could be any of
    /// thousands that are there.
    looks: Cell<usize>,
}

/// A block by its name.
type Named<'a> = (Cow<'a, str>, Node<'a>);

/// Blocks of one kind.
#[derive(Default)]
struct Blocks<'a> {
    /// In the order of the file.
    all: Vec<Node<'a>>,
    /// Their places in it.
    by_name: Index<Cow<'a, str>, u32>,
}

impl<'a> Blocks<'a> {
    fn get(&self, name: &str) -> Option<Node<'a>> {
        self.by_name.get(name).and_then(|at| self.all.get(*at as usize)).copied()
    }
}

impl<'a> Defined<'a> {
    const KEYWORDS: [&'static str; 6] =
        ["vrrp_script", "track_file", "vrrp_track_process", "bfd_instance", "vrrp_instance", "track_group"];

    pub(super) fn new(scene: &Scene<'a>) -> Self {
        let mut defined = Self { blocks: BTreeMap::new(), again: Vec::new(), looks: Cell::new(20_000) };
        for keyword in Self::KEYWORDS {
            let mut blocks = Blocks::default();
            for node in scene.tops(keyword) {
                let Some(name) = node.args().next().map(|word| word.text()) else { continue };
                if let Some(first) = blocks.get(&name) {
                    defined.again.push((keyword, (name, node), first));
                } else {
                    blocks.by_name.insert(name, blocks.all.len() as u32);
                    blocks.all.push(node);
                }
            }
            defined.blocks.insert(keyword, blocks);
        }
        defined
    }

    fn block(&self, keyword: &'static str, name: &str) -> Option<Node<'a>> {
        self.blocks.get(keyword)?.get(name)
    }

    fn names(&self, keyword: &'static str) -> impl Iterator<Item = &'a str> {
        let blocks = self.blocks.get(keyword).into_iter().flat_map(|blocks| &blocks.all);
        let names = blocks.filter_map(|node| node.args().next()).map(|word| word.raw());
        names.take(self.looks.get()).inspect(|_| self.looks.set(self.looks.get() - 1))
    }

    /// That something is not defined, with what was probably meant.
    fn missing(&self, keyword: &'static str, name: &str, span: Span, consequence: &str) -> Diagnostic {
        let message = format!("there is no {keyword} {name}: {consequence}");
        let help = match crate::suggest::nearest(name, self.names(keyword)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add `{keyword} {name} {{ … }}`, or remove the name here"),
        };
        Diagnostic::new(&ids::NAME_UNDEFINED, span, message).help(help)
    }
}

fn trackers(owner: Node<'_>, defined: &Defined<'_>, found: &mut Vec<Diagnostic>) {
    let mut first = BTreeMap::new();
    for (block, definition, node) in trackers_of(owner) {
        let Some(definition) = definition else { continue };
        for line in node.children() {
            let Some(word) = line.words().next() else { continue };
            let name = word.text();
            if let Some(earlier) = first.insert((block, name.clone()), word.span) {
                found.push(
                    Diagnostic::new(&ids::TRACKED_TWICE, word.span, format!("{name} is tracked twice here"))
                        .label(earlier, "first here; this one counts")
                        .help("remove one of the two"),
                );
                continue;
            }
            match defined.block(definition, &name) {
                None => found.push(defined.missing(definition, &name, word.span, "nothing is tracked here")),
                Some(block) if block.order() > owner.order() => found.push(
                    Diagnostic::new(
                        &ids::DEFINED_LATER,
                        word.span,
                        format!("{definition} {name} is defined further down; keepalived does not find it"),
                    )
                    .label(block.args().next().map_or(block.span(), |name| name.span), "defined here")
                    .help(format!("move the {definition} before what tracks it")),
                ),
                Some(session) if definition == "bfd_instance" => {
                    for_checkers_only(session, &name, word.span, found);
                }
                Some(_) => {}
            }
        }
    }
}

/// An interface that a sync group tracks for all its members, and a member for itself.
fn tracked_above(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut of_groups = BTreeMap::new();
    for group in scene.tops("vrrp_sync_group") {
        let tracked: Vec<_> = tracked_interfaces(group).collect();
        if !tracked.is_empty() {
            of_groups.extend(members(group).map(|(member, _)| (member, tracked.clone())));
        }
    }
    for subject in &scene.subjects {
        let Some(tracked) = of_groups.get(&subject.name()) else { continue };
        let own = subject.last("interface").and_then(|node| Some((node.args().next()?.text(), node.span())));
        for (name, span) in tracked_interfaces(subject.node).chain(own) {
            let Some((_, above)) = tracked.iter().find(|(tracked, _)| *tracked == name) else { continue };
            let message = format!("{}: {name} is tracked by its sync group, too", subject.name());
            found.push(
                Diagnostic::new(&ids::TRACKED_TWICE, *above, message)
                    .label(span, "the instance watches it because of this")
                    .help("remove it from the group: what one member suffers concerns all of them"),
            );
        }
    }
}

fn tracked_interfaces(owner: Node<'_>) -> impl Iterator<Item = (Cow<'_, str>, Span)> {
    trackers_of(owner)
        .filter(|(block, ..)| *block == "track_interface")
        .flat_map(|(_, _, node)| node.children())
        .filter_map(|line| line.words().next())
        .map(|word| (word.text(), word.span))
}

/// A session of which virtual routers do not learn.
fn for_checkers_only(session: Node<'_>, name: &str, span: Span, found: &mut Vec<Diagnostic>) {
    if let (Some(only), None) = (last(session.children(), "checker"), last(session.children(), "vrrp")) {
        let message = format!("bfd_instance {name} is for checkers only: nothing is tracked here");
        found.push(
            Diagnostic::new(&ids::NOT_FOR_VRRP, span, message)
                .label(only.span(), "because of this")
                .help("add `vrrp` to the session, or remove `checker`"),
        );
    }
}

/// What a definition cannot be without.
fn incomplete(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let needed = [
        ("vrrp_script", "script", "script \"COMMAND\""),
        ("track_file", "file", "file \"PATH\""),
        ("vrrp_track_process", "process", "process NAME"),
    ];
    for (keyword, needs, line) in needed {
        for node in scene.tops(keyword) {
            // A line that is there and wrong has a finding of its own.
            if node.children().any(|child| child.words().next().is_some_and(|word| word.raw() == needs)) {
                continue;
            }
            let name = node.args().next().map(|word| word.text()).unwrap_or_default();
            let message = format!("{keyword} {name} has no `{needs}`: keepalived leaves it out");
            found.push(
                Diagnostic::new(&ids::DEFINITION_INCOMPLETE, node.span(), message)
                    .help(format!("add `{line}`, or remove the block")),
            );
        }
    }
}

fn sync_groups(scene: &Scene<'_>, defined: &Defined<'_>, found: &mut Vec<Diagnostic>) {
    let mut groups: BTreeMap<String, Span> = BTreeMap::new();
    let mut holders: BTreeMap<String, (String, Span)> = BTreeMap::new();
    for group in scene.tops("vrrp_sync_group") {
        let name = group.args().next().map(|word| word.text().into_owned()).unwrap_or_default();
        if let Some(first) = groups.insert(name.clone(), group.span()) {
            found.push(
                Diagnostic::new(&ids::GROUP_TWICE, group.span(), format!("there are two sync groups {name}"))
                    .label(first, "the other one")
                    .help("give one of them another name, or make one group of both"),
            );
            continue;
        }
        let mut count = 0;
        for (member, span) in members(group) {
            if defined.block("vrrp_instance", &member).is_none() {
                let consequence = format!("it cannot be a member of {name}");
                found.push(defined.missing("vrrp_instance", &member, span, &consequence));
                continue;
            }
            if let Some((other, first)) = holders.get(&member) {
                let message = if *other == name {
                    format!("{member} is named twice as a member of {name}")
                } else {
                    format!("{member} is a member of {other} already; an instance can be in one sync group")
                };
                found.push(
                    Diagnostic::new(&ids::IN_TWO_GROUPS, span, message)
                        .label(*first, "member here")
                        .help("leave it in one of the two"),
                );
                continue;
            }
            holders.insert(member, (name.clone(), span));
            count += 1;
        }
        if count < 2 {
            let message = match count {
                0 => format!("sync group {name} has no members: keepalived leaves it out"),
                _ => format!("sync group {name} has one member only: nothing is kept in step with it"),
            };
            found.push(
                Diagnostic::new(&ids::GROUP_TOO_SMALL, group.span(), message)
                    .help("name the instances that shall change state together, or remove the group"),
            );
        }
    }
}

/// The groups that static entries name.
fn static_entries(scene: &Scene<'_>, defined: &Defined<'_>, found: &mut Vec<Diagnostic>) {
    for block in ["static_ipaddress", "static_routes", "static_rules"] {
        for line in scene.tops(block).flat_map(|node| node.children()) {
            let words: Vec<_> = line.words().collect();
            for pair in words.windows(2) {
                let [option, group] = pair else { continue };
                let name = group.text();
                if option.raw() == "track_group" && defined.block("track_group", &name).is_none() {
                    found.push(defined.missing(
                        "track_group",
                        &name,
                        group.span,
                        "nobody notices when it is gone",
                    ));
                }
            }
        }
    }
}

/// Keywords of unicast without anybody to talk to: keepalived falls back to multicast.
fn unicast(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let about = ["unicast_src_ip", "unicast_fault_no_peer", "check_unicast_src", "unicast_ttl"];
    for subject in &scene.subjects {
        if subject.last("unicast_peer").is_some_and(|node| node.children().next().is_some()) {
            continue;
        }
        let Some(node) = about.iter().find_map(|name| subject.last(name)) else { continue };
        // With it, the lack of peers is wanted, and means FAULT.
        if subject.last("unicast_fault_no_peer").is_some() {
            continue;
        }
        let message = format!("{}: unicast without `unicast_peer` is multicast", subject.name());
        found.push(
            Diagnostic::new(&ids::UNICAST_WITHOUT_PEERS, node.span(), message)
                .help("name the other machines in `unicast_peer { … }`, or remove this line"),
        );
    }
}

/// Rules of which the kernel chooses the order.
fn rules(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let own = scene.subjects.iter().flat_map(|subject| subject.lines("virtual_rules"));
    let fixed = scene.tops("static_rules").flat_map(|node| node.children());
    for line in own.chain(fixed) {
        let named = |word: crate::tree::Word<'_>| {
            matches!(word.raw(), "preference" | "priority" | "pref" | "prio" | "order")
        };
        if line.words().len() == 0 || line.words().any(named) {
            continue;
        }
        found.push(
            Diagnostic::new(&ids::RULE_WITHOUT_PRIORITY, line.span(), "this rule has no `preference`")
                .help("add `preference NUMBER`: keepalived counts down from 16384, and its order is not that of the file"),
        );
    }
}

/// Routes of which keepalived does not see when they go.
fn routes(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for line in scene.subjects.iter().flat_map(|subject| subject.lines("virtual_routes")) {
        let has_interface =
            line.words().any(|word| matches!(word.raw(), "dev" | "oif" | "no_track" | "nexthop"));
        // Rejected destinations have no interface.
        let kind = line
            .words()
            .next()
            .is_none_or(|word| matches!(word.raw(), "blackhole" | "unreachable" | "prohibit" | "throw"));
        if has_interface || kind {
            continue;
        }
        found.push(
            Diagnostic::new(
                &ids::ROUTE_UNTRACKED,
                line.span(),
                "this route names no interface; keepalived does not notice when somebody removes it",
            )
            .help("add `dev INTERFACE`, or `no_track` if that is wanted"),
        );
    }
}

/// keepalived's default for these is 0, and it refuses to be told so.
fn zero_gaps(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for name in ["vrrp_garp_interval", "vrrp_gna_interval", "vrrp_startup_delay"] {
        let Some(node) = scene.global(name) else { continue };
        if node.args().next().and_then(|word| word.text().parse::<f64>().ok()) != Some(0.0) {
            continue;
        }
        let message = format!("{name} 0 is the default; keepalived calls 0 out of range");
        found.push(Diagnostic::new(&ids::ADJUSTED, node.span(), message).help("remove the line"));
    }
}

/// What an instance says for itself and a place of its own says better.
fn old_ways(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut report = |node: &Node<'_>, help: String| {
        let name = node.words().next().map(|word| word.text().into_owned()).unwrap_or_default();
        let message = format!("`{name}` in an instance is deprecated");
        found.push(Diagnostic::new(&ids::DEPRECATED, node.head(), message).help(help));
    };
    for subject in &scene.subjects {
        let name = subject.name();
        if let Some(node) = subject.last("lvs_sync_daemon_interface") {
            let interface = subject.word("lvs_sync_daemon_interface").unwrap_or_default();
            report(&node, format!("write `lvs_sync_daemon {interface} {name}` in global_defs"));
        }
        if let Some(node) = subject.last("linkbeat_use_polling") {
            let interface = subject.word("interface").unwrap_or_default();
            report(&node, format!("write `linkbeat_interfaces {{ {interface} }}` outside of it"));
        }
    }
    let fixed = scene.tops("static_routes").flat_map(|node| node.children());
    let own = scene.subjects.iter().flat_map(|subject| subject.lines("virtual_routes"));
    for line in fixed.chain(own) {
        let Some(word) = line.words().find(|word| word.raw() == "or") else { continue };
        let message = "`or` between gateways is deprecated";
        found.push(
            Diagnostic::new(&ids::DEPRECATED, word.span, message)
                .help("write `nexthop via ADDRESS` for each gateway"),
        );
    }
}

fn without_vmac(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for subject in &scene.subjects {
        let Some(node) = subject.last("vmac_xmit_base") else { continue };
        if ["use_vmac", "use_ipvlan"].iter().all(|name| subject.last(name).is_none()) {
            let message = format!("{}: there is no virtual MAC address to advertise without", subject.name());
            found.push(
                Diagnostic::new(&ids::NEVER_IN_FORCE, node.span(), message)
                    .help("remove `vmac_xmit_base`, or add `use_vmac`"),
            );
        }
    }
}

/// keepalived of Debian is built without iptables, and asks for the modern keyword.
fn packet_filter(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for name in ["vrrp_iptables", "vrrp_ipsets"] {
        let Some(node) = scene.global(name) else { continue };
        let message = format!("`{name}` is for kernels without nftables");
        found.push(Diagnostic::new(&ids::DEPRECATED, node.span(), message).help("write `nftables` instead"));
    }
}

fn members_of_track_groups(scene: &Scene<'_>, defined: &Defined<'_>, found: &mut Vec<Diagnostic>) {
    for group in scene.tops("track_group") {
        for (member, span) in members(group) {
            if defined.block("vrrp_instance", &member).is_none() {
                found.push(defined.missing(
                    "vrrp_instance",
                    &member,
                    span,
                    "the group cannot put it in FAULT",
                ));
            }
        }
    }
}

/// What keepalived lets pass: of two definitions of one name the first one counts.
pub(super) fn advice(scene: &Scene<'_>, defined: &Defined<'_>, found: &mut Vec<Diagnostic>) {
    members_of_track_groups(scene, defined, found);
    for (keyword, (name, node), first) in &defined.again {
        if !matches!(*keyword, "vrrp_script" | "track_file" | "vrrp_track_process") {
            continue;
        }
        let place = |node: &Node<'_>| node.args().next().map_or(node.span(), |word| word.span);
        found.push(
            Diagnostic::new(&ids::DEFINED_TWICE, place(node), format!("{keyword} {name} is defined twice"))
                .label(place(first), "first here")
                .help("remove one of the two, or give it another name"),
        );
    }
}

/// `global_defs` and blocks that keepalived takes for mistakes when they are empty.
pub(super) fn empty(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(node) = scene.global("notification_email")
        && node.children().next().is_none()
    {
        found.push(
            Diagnostic::new(&ids::EMPTY_BLOCK, node.span(), "no recipients of mail are named")
                .help("name at least one, or remove the block"),
        );
    }
    for group in scene.tops("garp_group") {
        if last(group.children(), "garp_interval").is_none()
            && last(group.children(), "gna_interval").is_none()
        {
            found.push(
                Diagnostic::new(&ids::EMPTY_BLOCK, group.span(), "this group of interfaces has no interval")
                    .help("add `garp_interval SECONDS` or `gna_interval SECONDS`, or remove the group"),
            );
        }
    }
}
