//! What depends on the machine: interfaces, addresses, capabilities, programs, features of the kernel.

use std::collections::{BTreeMap, BTreeSet};

use types::{Cidr, Family};

use super::packets::advertisement_len;
use super::programs::{self, ProgramFacts, Run};
use super::{Scene, Subject, also, is, is_on, mail, sessions};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::model::{Instance, SourceKeyword, VirtualAddress};
use crate::source::Span;

/// What is known about a machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostFacts {
    /// Every network interface.
    pub interfaces: Vec<InterfaceFacts>,
    /// Whether the checking user has CAP_NET_ADMIN: may set addresses.
    pub net_admin: bool,
    /// Whether the checking user has CAP_NET_RAW: may send and hear advertisements.
    pub net_raw: bool,
    /// What is known about the programs that a configuration runs ([`super::programs`]).
    pub programs: BTreeMap<Run, ProgramFacts>,
    /// What the kernel certainly cannot do.
    pub lacking: Vec<Feature>,
    /// Names of mail servers whose addresses cannot be found ([`super::mail_server`]).
    pub unresolved: BTreeSet<String>,
}

/// Something that a kernel can be built without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// IPVS, which balances load.
    Ipvs,
    /// macvlan, which `use_vmac` needs.
    Macvlan,
    /// ipvlan, which `use_ipvlan` needs.
    Ipvlan,
    /// nftables.
    Nftables,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ipvs, Self::Macvlan, Self::Ipvlan, Self::Nftables];

    /// The kernel module.
    pub const fn module(self) -> &'static str {
        match self {
            Self::Ipvs => "ip_vs",
            Self::Macvlan => "macvlan",
            Self::Ipvlan => "ipvlan",
            Self::Nftables => "nf_tables",
        }
    }
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceFacts {
    /// Its name.
    pub name: String,
    /// Switched on, and with a carrier.
    pub up: bool,
    /// Whether it has neighbours that ask for addresses: Ethernet, and neither loopback nor NOARP.
    pub arp: bool,
    /// In bytes.
    pub mtu: u32,
    /// Whether it can have IPv6 addresses.
    pub ipv6: bool,
    /// Addresses that are its own: those that a VRRP daemon put there are left out.
    pub addresses: Vec<Cidr>,
}

impl HostFacts {
    fn interface(&self, name: &str) -> Option<&InterfaceFacts> {
        self.interfaces.iter().find(|interface| interface.name == name)
    }
}

pub(super) fn check(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    let made = made(scene);
    for subject in &scene.subjects {
        let Some(instance) = subject.instance else { continue };
        let mut view = View { subject, instance, facts, made: &made, dynamic: is_dynamic(scene), found };
        match &instance.interface {
            Some(name) => {
                if let Some(interface) = view.interface(name, subject.place("interface"), true) {
                    view.advertising(interface);
                }
            }
            None => view.roaming(),
        }
        for address in instance.all_addresses() {
            view.address(address);
        }
        for track in &instance.track_interfaces {
            view.interface(&track.interface, subject.track(&track.interface), false);
        }
    }
    elsewhere(scene, facts, &made, found);
    mail::host(scene, facts, found);
    programs::host(scene, facts, found);
    sessions::host(scene, facts, found);
    user(scene, facts, found);
    features(scene, facts, found);
    privileges(facts, found);
}

/// Interfaces that are named outside instances' own lines.
fn elsewhere(scene: &Scene<'_>, facts: &HostFacts, made: &BTreeSet<String>, found: &mut Vec<Diagnostic>) {
    let mut missing = |word: crate::tree::Word<'_>| {
        let name = word.text();
        if facts.interface(&name).is_none() && !made.contains(&*name) && !is_dynamic(scene) {
            found.push(no_interface(facts, &name, word.span, ""));
        }
    };
    for block in ["linkbeat_interfaces", "interface_up_down_delays"] {
        scene
            .tops(block)
            .flat_map(|node| node.children())
            .filter_map(|line| line.words().next())
            .for_each(&mut missing);
    }
    for group in scene.tops("garp_group") {
        group
            .children()
            .filter(|node| is(node, "interface"))
            .flat_map(|node| node.args())
            .for_each(&mut missing);
        let lists = group.children().filter(|node| is(node, "interfaces"));
        lists.flat_map(|node| node.children()).flat_map(|line| line.words()).for_each(&mut missing);
    }
    let fixed = ["static_ipaddress", "static_routes", "static_rules"];
    let fixed = fixed.into_iter().flat_map(|block| scene.tops(block)).flat_map(|node| node.children());
    let own = ["virtual_routes", "virtual_rules"];
    let own =
        scene.subjects.iter().flat_map(|subject| own.into_iter().flat_map(|block| subject.lines(block)));
    for line in fixed.chain(own) {
        let words: Vec<_> = line.words().collect();
        for pair in words.windows(2) {
            if let [option, word] = pair
                && matches!(option.raw(), "dev" | "iif" | "oif" | "vrf")
            {
                missing(*word);
            }
        }
    }
}

/// The names of virtual MAC interfaces, which are there once the daemon runs.
fn made(scene: &Scene<'_>) -> BTreeSet<String> {
    let mut made = BTreeSet::new();
    for subject in &scene.subjects {
        let vrid = subject.word("virtual_router_id").unwrap_or_default();
        for keyword in ["use_vmac", "use_ipvlan"] {
            if subject.last(keyword).is_some() {
                made.extend([format!("vrrp.{vrid}"), format!("vrrp6.{vrid}")]);
                made.extend(subject.word(keyword));
            }
        }
        for block in ["virtual_ipaddress", "virtual_ipaddress_excluded"] {
            for line in subject.lines(block) {
                let mut words = line.words().skip_while(|word| word.raw() != "use_vmac");
                if words.next().is_some() {
                    made.extend([format!("vrrp.{vrid}"), format!("vrrp6.{vrid}")]);
                    made.extend(words.next().map(|name| name.text().into_owned()));
                }
            }
        }
    }
    made
}

/// What keepalived's configuration test finds about the machine.
pub(super) fn complaints(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    let mut all = Vec::new();
    check(scene, facts, &mut all);
    found.extend(all.into_iter().filter(|diagnostic| diagnostic.id == &ids::NO_SUCH_INTERFACE));
    mail::complaints(scene, facts, found);
    programs::complaints(scene, facts, found);
    user(scene, facts, found);
}

/// With `dynamic_interfaces` an interface may come later.
fn is_dynamic(scene: &Scene<'_>) -> bool {
    scene.global("dynamic_interfaces").is_some_and(|node| is_on(&node))
}

/// `of`: whose interface it is, with a colon and a blank behind it.
pub(super) fn no_interface(facts: &HostFacts, name: &str, span: Span, of: &str) -> Diagnostic {
    let known: Vec<_> = facts.interfaces.iter().map(|interface| &*interface.name).collect();
    let message = format!("{of}this machine has no interface {name}");
    let help = match crate::suggest::nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", known.join(", ")),
    };
    Diagnostic::new(&ids::NO_SUCH_INTERFACE, span, message).help(help)
}

/// `script_user`, also where no program is run.
fn user(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    let Some(node) = scene.global("script_user") else { return };
    let mut words = node.args().map(|word| word.text().into_owned());
    let run = Run { program: String::new(), user: words.next(), group: words.next() };
    let what = match facts.programs.get(&run) {
        Some(ProgramFacts::NoUser) => format!("user {}", run.user.unwrap_or_default()),
        Some(ProgramFacts::NoGroup) => format!("group {}", run.group.unwrap_or_default()),
        Some(_) | None => return,
    };
    found.push(
        Diagnostic::new(
            &ids::NO_SUCH_USER,
            node.span(),
            format!("this machine has no {what}: no program will run as it"),
        )
        .help("create it, or name another one"),
    );
}

fn features(scene: &Scene<'_>, facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    let flag =
        |name: &str| scene.subjects.iter().find_map(|subject| subject.last(name)).map(|node| node.span());
    for feature in &facts.lacking {
        let (what, place) = match feature {
            Feature::Ipvs => {
                ("load balancing", scene.loaded.document.lvs.servers.first().map(|server| server.span))
            }
            Feature::Macvlan => ("virtual MAC addresses", flag("use_vmac")),
            Feature::Ipvlan => ("ipvlan interfaces", flag("use_ipvlan")),
            Feature::Nftables => ("packet filters", scene.global("nftables").map(|node| node.span())),
        };
        let Some(span) = place else { continue };
        let module = feature.module();
        found.push(
            Diagnostic::new(
                &ids::KERNEL_LACKS,
                span,
                format!("this machine's kernel has no {module}, which {what} need"),
            )
            .help(format!("install the module {module}, or a kernel that has it")),
        );
    }
}

fn privileges(facts: &HostFacts, found: &mut Vec<Diagnostic>) {
    let needed = [
        (facts.net_admin, "CAP_NET_ADMIN (to set addresses)"),
        (facts.net_raw, "CAP_NET_RAW (to send and hear advertisements)"),
    ];
    let missing: Vec<_> = needed.into_iter().filter_map(|(has, name)| (!has).then_some(name)).collect();
    if missing.is_empty() {
        return;
    }
    let message = format!("this user could not run the daemon: it lacks {}", missing.join(" and "));
    let mut diagnostic = Diagnostic::new(&ids::NO_PRIVILEGE, Span::new(crate::FileId(0), 0, 0), message)
        .help("run it as root, or give the program these capabilities");
    diagnostic.span = None;
    found.push(diagnostic);
}

/// An instance on its machine.
struct View<'v, 'a> {
    subject: &'v Subject<'a>,
    instance: &'a Instance,
    facts: &'v HostFacts,
    /// Interfaces that the daemon makes.
    made: &'v BTreeSet<String>,
    /// Whether interfaces may come later.
    dynamic: bool,
    found: &'v mut Vec<Diagnostic>,
}

impl<'v> View<'v, '_> {
    fn report(&mut self, id: &'static ids::Id, span: Span, message: &str, help: impl Into<String>) {
        let message = format!("{}: {message}", self.instance.name);
        self.found.push(Diagnostic::new(id, span, message).help(help));
    }

    /// The interface, if it is there. An instance's own one should be up as well.
    fn interface(&mut self, name: &str, span: Span, own: bool) -> Option<&'v InterfaceFacts> {
        let facts = self.facts;
        let Some(interface) = facts.interface(name) else {
            if !self.dynamic && !self.made.contains(name) {
                self.found.push(no_interface(facts, name, span, &format!("{}: ", self.instance.name)));
            }
            return None;
        };
        if own && !interface.up && !self.instance.dont_track_primary {
            let help = format!(
                "while it is, the instance is in FAULT; switch it on with `ip link set {name} up`, or look at the cable"
            );
            self.report(&ids::INTERFACE_DOWN, span, &format!("{name} is down"), help);
        }
        Some(interface)
    }

    /// Without an interface of its own it needs its VRF, and its source address somewhere.
    fn roaming(&mut self) {
        if let Some(vrf) = &self.instance.vrf {
            self.interface(vrf, self.subject.place("vrf"), true);
        }
        let mut own = self.facts.interfaces.iter().flat_map(|interface| &interface.addresses);
        if let Some(source) = self.instance.source.filter(|source| !own.any(|cidr| cidr.addr == *source)) {
            let message = format!("{source} is no address of this machine");
            let help = "give it to an interface; until then the instance is in FAULT";
            self.report(&ids::SOURCE_MISSING, self.place_of_source(), &message, help);
        }
    }

    fn place_of_source(&self) -> Span {
        self.subject.place(self.instance.source_keyword.name())
    }

    fn advertising(&mut self, interface: &InterfaceFacts) {
        let (instance, name) = (self.instance, &interface.name);
        let family = instance.family;
        let kept = self.kept(interface);
        let had = interface.addresses.iter().find(|cidr| cidr.family() == family);
        match (instance.source, had) {
            // It is put on the interface that is made for it.
            (Some(_), _) if instance.source_keyword == SourceKeyword::UseIpvlan => {}
            (Some(source), _) if !kept.iter().any(|cidr| cidr.addr == source) => {
                let message = format!("{source} is no address of {name}");
                let help =
                    format!("advertisements need a source: add it to {name}, or name one that is there");
                self.report(&ids::SOURCE_MISSING, self.place_of_source(), &message, help);
            }
            (None, Some(last)) if kept.is_empty() => {
                let message = format!("{last}, the only {family} address of {name}, is virtual, too");
                let help = format!(
                    "give {name} another address to advertise from, or leave the prefix length out here: {} beside {last}",
                    last.addr
                );
                self.report(&ids::SOURCE_MISSING, self.subject.address(last.addr), &message, help);
            }
            (None, None) if family == Family::V4 || interface.ipv6 => {
                let message = format!("{name} has no {family} address to advertise from");
                let help = "give it one of its own; until then the instance is in FAULT";
                self.report(&ids::SOURCE_MISSING, self.subject.place("interface"), &message, help);
            }
            (Some(_) | None, Some(_) | None) => {}
        }
        let len = advertisement_len(instance);
        // Longer than usual frames are a finding about the file.
        if len > interface.mtu && len <= super::packets::USUAL_MTU {
            let message = format!("advertisements have {len} bytes, {name} carries {}", interface.mtu);
            let help = "leave the first address in virtual_ipaddress and move the others to virtual_ipaddress_excluded";
            self.report(
                &ids::ADVERT_LONGER_THAN_MTU,
                self.subject.place("virtual_ipaddress"),
                &message,
                help,
            );
        }
    }

    /// The addresses that it has in every state. What is virtual, too, with the same prefix length, is there only as long
    /// as the instance is Master.
    fn kept(&self, interface: &InterfaceFacts) -> Vec<Cidr> {
        let instance = self.instance;
        let is_virtual = |cidr: &Cidr| {
            instance.all_addresses().any(|a| a.cidr == *cidr && instance.interface_of(a) == interface.name)
        };
        let of_family = interface.addresses.iter().filter(|cidr| cidr.family() == instance.family);
        of_family.filter(|cidr| !is_virtual(cidr)).copied().collect()
    }

    fn address(&mut self, address: &VirtualAddress) {
        let (instance, cidr) = (self.instance, address.cidr);
        let span = self.subject.address(cidr.addr);
        let name = instance.interface_of(address);
        let Some(interface) = self.facts.interface(name) else {
            if address.interface.is_some() {
                self.interface(name, span, false);
            }
            return;
        };
        if cidr.family() == Family::V6 && !interface.ipv6 {
            let help = format!("switch it on: `sysctl net.ipv6.conf.{name}.disable_ipv6=0`");
            self.report(
                &ids::NO_IPV6,
                span,
                &format!("{name} cannot have {cidr}: IPv6 is switched off"),
                help,
            );
            return;
        }
        let permanent = interface.addresses.iter().any(|own| own.addr == cidr.addr);
        match (instance.priority.is_owner(), permanent) {
            (true, false) => {
                let message =
                    format!("priority 255 is for the owner, but {} is no address of {name}", cidr.addr);
                let diagnostic =
                    Diagnostic::new(&ids::OWNER_OF_NOTHING, span, format!("{}: {message}", instance.name))
                        .help("use a priority below 255: this address moves");
                self.found.push(also(diagnostic, self.subject.place("priority"), "owner because of this"));
            }
            (false, true) => {
                let message = format!("{} is an address of {name} already, Master or not", cidr.addr);
                let help = "two machines would answer for it; remove it from the system's network configuration (or from here)";
                self.report(&ids::ADDRESS_IS_PERMANENT, span, &message, help);
            }
            (true, true) if interface.addresses.contains(&cidr) && !self.kept(interface).is_empty() => {
                let message =
                    format!("{name} loses {cidr}, its own address, whenever this instance is not Master");
                let help = format!("leave the prefix length out: {} is served beside {cidr}", cidr.addr);
                self.report(&ids::ADDRESS_IS_PERMANENT, span, &message, help);
            }
            (true, true) | (false, false) => {}
        }
        self.subnet(interface, cidr, span);
    }

    /// An address with a prefix of its own brings its network along; one that stands alone needs a network to be in.
    fn subnet(&mut self, interface: &InterfaceFacts, cidr: Cidr, span: Span) {
        let family = cidr.family();
        let mut networks = interface.addresses.iter().filter(|own| own.family() == family).peekable();
        let alone = cidr.prefix_len == family.max_prefix_len();
        if !alone || !interface.arp || networks.peek().is_none() {
            return;
        }
        let networks: Vec<Cidr> = networks.copied().collect();
        if networks.iter().any(|network| network.contains(cidr.addr)) {
            return;
        }
        let name = &interface.name;
        let shown: Vec<_> = networks.iter().map(ToString::to_string).collect();
        let message = format!("{} is in no network of {name}: no neighbor will ask for it", cidr.addr);
        let help = format!(
            "{name} has {}; correct the address, write its prefix length, or make sure that routers send it here",
            shown.join(", ")
        );
        self.report(&ids::OUTSIDE_NETWORKS, span, &message, help);
    }
}
