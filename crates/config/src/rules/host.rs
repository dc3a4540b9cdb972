//! What depends on the machine: interfaces, addresses, capabilities.

use types::{Cidr, Family};

use super::packets::{advertisement_len, contains};
use super::{Scene, Subject, also};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::model::{Instance, VirtualAddress};
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
    for subject in &scene.subjects {
        let Some(instance) = subject.instance else { continue };
        let mut view = View { subject, instance, facts, found };
        if let Some(interface) = view.interface(&instance.interface, subject.place("interface"), true) {
            view.advertising(interface);
        }
        for address in instance.all_addresses() {
            view.address(address);
        }
        for track in &instance.track_interfaces {
            view.interface(&track.interface, subject.track(&track.interface), false);
        }
    }
    privileges(facts, found);
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
            let known: Vec<_> = facts.interfaces.iter().map(|interface| &*interface.name).collect();
            let mut diagnostic = Diagnostic::new(
                &ids::NO_SUCH_INTERFACE,
                span,
                format!("{}: this machine has no interface {name}", self.instance.name),
            );
            diagnostic = match crate::suggest::nearest(name, known.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("it has {}", known.join(", "))),
            };
            self.found.push(diagnostic);
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

    fn advertising(&mut self, interface: &InterfaceFacts) {
        let (instance, name) = (self.instance, &interface.name);
        let family = instance.family;
        let mut own = interface.addresses.iter().filter(|cidr| cidr.family() == family);
        match instance.source {
            Some(source) if !own.any(|cidr| cidr.addr == source) => {
                let message = format!("{source} is no address of {name}");
                let help =
                    format!("advertisements need a source: add it to {name}, or name one that is there");
                self.report(&ids::SOURCE_MISSING, self.subject.place("mcast_src_ip"), &message, help);
            }
            None if own.next().is_none() && (family == Family::V4 || interface.ipv6) => {
                let message = format!("{name} has no {family} address to advertise from");
                let help = "give it one of its own; until then the instance is in FAULT";
                self.report(&ids::SOURCE_MISSING, self.subject.place("interface"), &message, help);
            }
            Some(_) | None => {}
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

    fn address(&mut self, address: &VirtualAddress) {
        let (instance, cidr) = (self.instance, address.cidr);
        let span = self.subject.address(cidr.addr);
        let name = address.interface.as_deref().unwrap_or(&instance.interface);
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
        if networks.iter().any(|network| contains(*network, cidr.addr)) {
            return;
        }
        let name = &interface.name;
        let shown: Vec<_> = networks.iter().map(ToString::to_string).collect();
        let message = format!("{} is in no network of {name}: no neighbour will ask for it", cidr.addr);
        let help = format!(
            "{name} has {}; correct the address, write its prefix length, or make sure that routers send it here",
            shown.join(", ")
        );
        self.report(&ids::OUTSIDE_NETWORKS, span, &message, help);
    }
}
