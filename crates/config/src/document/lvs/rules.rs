//! What is wrong beyond one line: within a virtual server, and between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;

use types::Family;

use super::resolve::{self, is_tunnel};
use super::{
    Forwarding, Group, Lvs, Member, Protocol, RealServer, Scheduler, SchedulerFlags, Service, VirtualServer,
};
use crate::diagnostics::{self as ids, Diagnostic, Id};
use crate::document::checkers::{Checker, Kind};
use crate::source::Span;
use crate::tree::{Node, Statements};

/// Checks everything that was read. `top` are the statements it was read from.
pub(super) fn check(lvs: &Lvs, top: Statements<'_>, found: &mut Vec<Diagnostic>) {
    not_yet(top.clone(), found);
    repeated_ssl(top.clone(), found);
    groups(lvs, found);
    let mut nodes = top.clone();
    let mut judge = Judge { names: Names::of(lvs, top), real_servers: BTreeMap::new(), found };
    let mut services = BTreeMap::new();
    for server in &lvs.servers {
        judge.server(server);
        if let Some(node) = nodes.find(|node| node.span() == server.span) {
            judge.defaults(server, node);
        }
        if let Some(key) = ServiceKey::of(server)
            && let Some(first) = services.insert(key, server.span)
        {
            let message = format!("{server} stands in the file twice");
            judge.found.push(
                Diagnostic::new(&ids::LVS_DUPLICATE, server.span, message)
                    .label(first, "first defined here")
                    .help("the kernel has room for one service of this address, port and protocol"),
            );
        }
    }
}

/// Nothing of this is acted on yet: said once for each keyword of the top level, however often it stands there.
fn not_yet(top: Statements<'_>, found: &mut Vec<Diagnostic>) {
    let mut counts: BTreeMap<&str, (usize, Span, &str)> = BTreeMap::new();
    for node in top {
        let Some(keyword) = node.keyword().filter(|keyword| Lvs::is_about(keyword)) else { continue };
        let crate::keywords::Status::NotYet(why) = keyword.status else { continue };
        counts.entry(keyword.name).or_insert((0, node.head(), why)).0 += 1;
    }
    for (name, (count, first, why)) in counts {
        let more = match count - 1 {
            0 => String::new(),
            1 => " (here and at 1 other place)".to_owned(),
            more => format!(" (here and at {more} other places)"),
        };
        let message = format!("`{name}` is not supported yet, nor what is in its block{more}");
        found.push(Diagnostic::new(&ids::NOT_YET, first, message).caret("ignored").help(why));
    }
}

/// Of several `SSL` only the last one counts.
fn repeated_ssl(top: Statements<'_>, found: &mut Vec<Diagnostic>) {
    let mut blocks = top.filter(|node| node.keyword().is_some_and(|keyword| keyword.name == "SSL"));
    let first = blocks.next().map(|node| node.head());
    for (node, first) in blocks.zip(std::iter::repeat(first).flatten()) {
        found.push(
            Diagnostic::new(&ids::GIVEN_TWICE, node.head(), "`SSL` is given twice")
                .caret("this one counts")
                .label(first, "first given here")
                .help("remove one of the two"),
        );
    }
}

fn groups(lvs: &Lvs, found: &mut Vec<Diagnostic>) {
    let mut names = BTreeMap::new();
    for group in &lvs.groups {
        let name = &group.name;
        if let Some(first) = names.insert(&name.value, name.span) {
            let message = format!("virtual_server_group {} is defined twice", name.value);
            found.push(
                Diagnostic::new(&ids::LVS_DUPLICATE, name.span, message)
                    .label(first, "first defined here")
                    .help("give it another name"),
            );
        }
    }
}

/// What may be referred to by name.
struct Names<'a> {
    groups: BTreeMap<&'a str, &'a Group>,
    files: BTreeSet<String>,
    sessions: BTreeSet<String>,
}

impl<'a> Names<'a> {
    fn of(lvs: &'a Lvs, top: Statements<'_>) -> Self {
        let mut names = Self {
            groups: lvs.groups.iter().map(|group| (&*group.name.value, group)).collect(),
            files: BTreeSet::new(),
            sessions: BTreeSet::new(),
        };
        let name = |node: Node<'_>| node.args().next().map(|word| word.text().into_owned());
        for node in top {
            match node.keyword().map(|keyword| keyword.name) {
                Some("track_file" | "vrrp_track_file") => names.files.extend(name(node)),
                Some("bfd_instance") => names.sessions.extend(name(node)),
                _ => {}
            }
        }
        names
    }
}

/// What the kernel tells services apart by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum ServiceKey<'a> {
    Address(IpAddr, Option<NonZeroU16>, Protocol),
    Fwmark(u32, Option<&'static str>),
    Group(&'a str, Protocol),
}

impl<'a> ServiceKey<'a> {
    fn of(server: &'a VirtualServer) -> Option<Self> {
        Some(match &server.service {
            Service::Address { address, port } => Self::Address(*address, *port, server.protocol()),
            Service::Fwmark(mark) => {
                let family = base_family(server)?;
                Self::Fwmark(*mark, Some(if family == Family::V6 { "inet6" } else { "inet" }))
            }
            Service::Group(name) => Self::Group(name, server.protocol()),
        })
    }
}

/// The family of the packets, as far as it can be known.
fn base_family(server: &VirtualServer) -> Option<Family> {
    if let Service::Address { address, .. } = server.service {
        return Some(Family::of(address));
    }
    let mut plain = server.real_servers.iter().filter(|real| !is_tunnel(resolve::forwarding(server, real)));
    server.ip_family.or_else(|| plain.next().map(|real| Family::of(real.address)))
}

struct Judge<'a> {
    names: Names<'a>,
    /// The real servers of the virtual server that is looked at; kept for its memory.
    real_servers: BTreeMap<(IpAddr, Option<NonZeroU16>), Span>,
    found: &'a mut Vec<Diagnostic>,
}

impl Judge<'_> {
    fn report(&mut self, id: &'static Id, span: Span, message: String, help: &str) {
        self.found.push(Diagnostic::new(id, span, message).help(help));
    }

    fn server(&mut self, server: &VirtualServer) {
        if let Service::Group(name) = &server.service
            && !self.names.groups.contains_key(&**name)
        {
            let message = format!("there is no virtual_server_group {name}");
            self.report(&ids::LVS_UNDEFINED, server.span, message, "define it, or correct the name");
        }
        self.fwmark(server);
        self.scheduling(server);
        self.families(server);
        self.quorum(server);
        self.real_servers.clear();
        for real in &server.real_servers {
            self.real_server(server, real);
        }
    }

    /// What keepalived wants to be told.
    fn defaults(&mut self, server: &VirtualServer, node: Node<'_>) {
        let by_mark = self.is_marks_only(server);
        // What is there and not usable has its own error.
        let given = |names: &[&str]| {
            let mut keywords =
                node.children().filter_map(|child| child.keyword().or(child.unusable_keyword()));
            keywords.any(|keyword| names.contains(&keyword.name))
        };
        let missing = [
            (server.scheduler.is_none() && !given(&["lvs_sched", "lb_algo"]), "lvs_sched", "wlc"),
            (server.forwarding.is_none() && !given(&["lvs_method", "lb_kind"]), "lvs_method", "NAT"),
            (server.protocol.is_none() && !by_mark && !given(&["protocol"]), "protocol", "UDP"),
        ];
        let missing: Vec<_> = missing.iter().filter(|(is_missing, ..)| *is_missing).collect();
        if !missing.is_empty() {
            let names: Vec<_> = missing.iter().map(|(_, name, _)| format!("`{name}`")).collect();
            let values: Vec<_> = missing.iter().map(|(_, name, value)| format!("`{name} {value}`")).collect();
            let message = format!("{server} has no {}", names.join(", no "));
            let help = format!("these are taken: {}", values.join(", "));
            self.report(&ids::LVS_DEFAULT, server.span, message, &help);
        }
        let is_persistent = server.persistence_timeout.is_some() || server.persistence_granularity.is_some();
        if self.is_for_all_ports(server) && !is_persistent {
            let message = format!("{server} is for all ports, which needs persistence");
            self.report(&ids::ADJUSTED, server.span, message, "`persistence_timeout 360` is taken");
        }
    }

    fn is_marks_only(&self, server: &VirtualServer) -> bool {
        match &server.service {
            Service::Address { .. } => false,
            Service::Fwmark(_) => true,
            Service::Group(name) => self.names.groups.get(&**name).is_some_and(|group| {
                let mut members = group.members.iter();
                !group.members.is_empty() && members.all(|member| matches!(member, Member::Fwmark { .. }))
            }),
        }
    }

    fn is_for_all_ports(&self, server: &VirtualServer) -> bool {
        match &server.service {
            Service::Address { port, .. } => port.is_none(),
            Service::Fwmark(_) => false,
            Service::Group(name) => self.names.groups.get(&**name).is_some_and(|group| {
                group.members.iter().any(|member| matches!(member, Member::Addresses { port: None, .. }))
            }),
        }
    }

    fn fwmark(&mut self, server: &VirtualServer) {
        if !self.is_marks_only(server) {
            return;
        }
        if server.protocol.is_some() {
            let message = format!("`protocol` does nothing for {server}");
            self.report(
                &ids::LVS_NO_EFFECT,
                server.span,
                message,
                "a firewall mark stands for packets of any protocol; remove it",
            );
        }
        if server.ha_suspend {
            let message = format!("`ha_suspend` does nothing for {server}");
            self.report(
                &ids::LVS_NO_EFFECT,
                server.span,
                message,
                "a firewall mark has no address that could be missing",
            );
        }
    }

    fn scheduling(&mut self, server: &VirtualServer) {
        let SchedulerFlags { sh_port, sh_fallback, mh_port, mh_fallback, ops, hashed, .. } = server.flags;
        let of = |set: bool, scheduler: Scheduler| set && server.scheduler() != scheduler;
        let idle = [
            (of(sh_port, Scheduler::Sh), "sh-port", "it is a flag of scheduler sh"),
            (of(sh_fallback, Scheduler::Sh), "sh-fallback", "it is a flag of scheduler sh"),
            (of(mh_port, Scheduler::Mh), "mh-port", "it is a flag of scheduler mh"),
            (of(mh_fallback, Scheduler::Mh), "mh-fallback", "it is a flag of scheduler mh"),
            (hashed, "hashed", "no scheduler knows it"),
            (
                ops && !self.is_marks_only(server) && server.protocol() != Protocol::Udp,
                "ops",
                "only UDP can be scheduled packet by packet",
            ),
        ];
        for (_, name, why) in idle.into_iter().filter(|(is_idle, ..)| *is_idle) {
            let message = format!("`{name}` does nothing for {server}");
            self.report(&ids::LVS_NO_EFFECT, server.span, message, why);
        }
    }

    fn families(&mut self, server: &VirtualServer) {
        let Some(base) = base_family(server) else { return };
        if let Some(given) = server.ip_family.filter(|given| *given != base) {
            let message = format!("`ip_family` says {given}, and {server} is {base}");
            self.report(&ids::LVS_FAMILY, server.span, message, "remove it: the address has its family");
        }
        if let Some(sorry) = &server.sorry_server {
            let forwarding = sorry.forwarding.unwrap_or(server.forwarding());
            self.same_family(base, sorry.address, forwarding, sorry.span, "sorry_server");
        }
        for real in &server.real_servers {
            self.same_family(base, real.address, resolve::forwarding(server, real), real.span, "real_server");
        }
    }

    fn same_family(&mut self, base: Family, address: IpAddr, forwarding: Forwarding, span: Span, what: &str) {
        if Family::of(address) == base || is_tunnel(forwarding) {
            return;
        }
        let message = format!("{what} {address} is {}, its virtual_server {base}", Family::of(address));
        self.report(
            &ids::LVS_FAMILY,
            span,
            message,
            "only `lvs_method TUN` connects the two; it is left out",
        );
    }

    fn quorum(&mut self, server: &VirtualServer) {
        if server.real_servers.is_empty() {
            return;
        }
        let (wanted, total) = (server.quorum.map_or(1, u32::from), server.total_weight());
        if total == 0 {
            let message = format!("{server}: no real server has a weight");
            self.report(&ids::ADJUSTED, server.span, message, "the quorum can never be gained");
            return;
        }
        if u64::from(wanted) > total {
            let message = format!("{server}: the quorum {wanted} is more than the weight of all, {total}");
            self.report(&ids::ADJUSTED, server.span, message, &format!("`quorum {total}` is taken"));
        }
        let (hysteresis, quorum) = (u64::from(server.hysteresis.unwrap_or(0)), server.quorum());
        if hysteresis >= quorum {
            let message =
                format!("{server}: the hysteresis {hysteresis} is not less than the quorum {quorum}");
            let help = format!("`hysteresis {}` is taken", server.hysteresis());
            self.report(&ids::ADJUSTED, server.span, message, &help);
        }
    }

    fn real_server(&mut self, server: &VirtualServer, real: &RealServer) {
        let port = resolve::port(server, real);
        match self.real_servers.get(&(real.address, port)) {
            None => drop(self.real_servers.insert((real.address, port), real.span)),
            Some(first) => self.found.push(
                Diagnostic::new(
                    &ids::LVS_DUPLICATE,
                    real.span,
                    format!("{server} has this real server twice"),
                )
                .label(*first, "first given here")
                .help("this one is left out"),
            ),
        }
        if let (Service::Address { port: Some(own), .. }, Some(given)) = (&server.service, real.port)
            && resolve::forwarding(server, real) != Forwarding::Nat
            && *own != given
        {
            let message = format!("the port of this real server is {own}, that of the virtual server");
            let help = "only `lvs_method NAT` can change the port of a packet";
            self.report(&ids::ADJUSTED, real.span, message, help);
        }
        if let Some(more) = &real.more {
            let (lower, upper) = (more.lthreshold.unwrap_or(0), more.uthreshold.unwrap_or(0));
            if lower > upper {
                let message = format!("`lthreshold` {lower} is more than `uthreshold` {upper}");
                let help =
                    "the kernel refuses such a real server; set both, the lower one not above the upper";
                self.report(&ids::LVS_THRESHOLDS, real.span, message, help);
            }
        }
        let mut sessions = BTreeSet::new();
        for checker in &real.checkers {
            self.checker(server, real, checker, &mut sessions);
        }
    }

    fn checker<'c>(
        &mut self,
        server: &VirtualServer,
        real: &RealServer,
        checker: &'c Checker,
        sessions: &mut BTreeSet<&'c str>,
    ) {
        match &checker.kind {
            Kind::FileCheck(file) if !self.names.files.contains(&*file.track_file.value) => {
                let message = format!("there is no track_file {}", file.track_file.value);
                let help = "define it before this block, or correct the name; the checker is left out";
                self.report(&ids::LVS_UNDEFINED, file.track_file.span, message, help);
            }
            Kind::BfdCheck(bfd) if !self.names.sessions.contains(&*bfd.name.value) => {
                let message = format!("there is no bfd_instance {}", bfd.name.value);
                let help = "define it before this block, or correct the name; the checker is left out";
                self.report(&ids::LVS_UNDEFINED, bfd.name.span, message, help);
            }
            Kind::BfdCheck(bfd) if !sessions.insert(&bfd.name.value) => {
                let message = format!("the real server follows bfd_instance {} already", bfd.name.value);
                self.report(&ids::LVS_DUPLICATE, bfd.name.span, message, "remove one of the two");
            }
            Kind::FileCheck(_)
            | Kind::BfdCheck(_)
            | Kind::HttpGet(_)
            | Kind::SslGet(_)
            | Kind::TcpCheck
            | Kind::SmtpCheck(_)
            | Kind::DnsCheck(_)
            | Kind::MiscCheck(_)
            | Kind::PingCheck
            | Kind::UdpCheck(_) => {}
        }
        let bindto = checker.connection.as_ref().and_then(|connection| connection.bindto);
        let (to, _) = resolve::target(server, real, checker);
        if let Some(bindto) = bindto.filter(|bindto| Family::of(*bindto) != Family::of(to)) {
            let message =
                format!("`bindto` {bindto} is {}, and {to} is {}", Family::of(bindto), Family::of(to));
            self.report(&ids::LVS_FAMILY, checker.span, message, "the two are of the same family");
        }
    }
}

impl fmt::Display for VirtualServer {
    /// As its line begins.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.service {
            Service::Address { address, port: Some(port) } => write!(f, "virtual_server {address} {port}"),
            Service::Address { address, port: None } => write!(f, "virtual_server {address}"),
            Service::Fwmark(mark) => write!(f, "virtual_server fwmark {mark}"),
            Service::Group(name) => write!(f, "virtual_server group {name}"),
        }
    }
}
