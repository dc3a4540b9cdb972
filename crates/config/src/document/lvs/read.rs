//! Blocks to values.

use std::net::IpAddr;
use std::num::{NonZeroU16, NonZeroU32};

use types::Family;

use super::scalar::{Reader, put};
use super::{
    Granularity, Group, Lvs, Member, More, Protocol, RealServer, Scheduler, SchedulerFlags, Service,
    SorryServer, Ssl, VirtualServer,
};
use crate::diagnostics::{self as ids, Diagnostic};
use crate::document::Spanned;
use crate::document::checkers::{self, Timing};
use crate::keywords::Keyword;
use crate::source::Span;
use crate::tree::{Node, Statements, Word};
use crate::value;

/// What `persistence_timeout` means without a number, in seconds (keepalived.conf(5)).
pub(super) const PERSISTENCE: NonZeroU32 = NonZeroU32::new(360).unwrap();

pub(super) fn read(top: Statements<'_>, found: &mut Vec<Diagnostic>) -> Lvs {
    let mut reader = Reader::new(found);
    let mut lvs = Lvs::default();
    for node in top {
        let Some(keyword) = node.keyword() else { continue };
        match keyword.name {
            "virtual_server" => lvs.servers.extend(reader.virtual_server(keyword, node)),
            "virtual_server_group" => lvs.groups.extend(reader.group(keyword, node)),
            "SSL" => lvs.ssl = Some(Box::new(reader.ssl(node))),
            _ => {}
        }
    }
    lvs
}

/// A virtual server that is being read.
struct Draft {
    server: VirtualServer,
    sorry: Option<SorryServer>,
    sorry_inhibit: Option<Span>,
    sorry_forwarding: Option<(super::Forwarding, Span)>,
}

impl Reader<'_> {
    fn ssl(&mut self, node: Node<'_>) -> Ssl {
        let mut ssl = Ssl::default();
        self.block(node, |reader, keyword, node| {
            let slot = match keyword.name {
                "password" => &mut ssl.password,
                "ca" => &mut ssl.ca,
                "certificate" => &mut ssl.certificate,
                "key" => &mut ssl.key,
                _ => return,
            };
            put(slot, reader.text(keyword, node));
        });
        ssl
    }

    fn virtual_server(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<VirtualServer> {
        let service = self.service(keyword, node);
        // What is in the block of a server that nobody can reach is still worth a word if it is wrong.
        let placeholder = Service::Fwmark(0);
        let server = empty(service.clone().unwrap_or(placeholder), node.span());
        let mut draft = Draft { server, sorry: None, sorry_inhibit: None, sorry_forwarding: None };
        let mut real_servers = Vec::new();
        self.block(node, |reader, keyword, node| {
            if keyword.name == "real_server" {
                return real_servers.extend(reader.real_server(keyword, node));
            }
            let server = &mut draft.server;
            let known = reader.timing(keyword, node, &mut server.timing)
                || reader.flag(keyword, node, &mut server.flags)
                || reader.service_setting(keyword, node, server)
                || reader.quorum_setting(keyword, node, server);
            if !known {
                reader.sorry(keyword, node, &mut draft);
            }
        });
        self.place_sorry(&mut draft);
        if real_servers.is_empty() {
            self.incomplete("virtual_server", node, "real_server", "ADDRESS PORT { … }");
        }
        service.map(|_| VirtualServer { real_servers: real_servers.into(), ..draft.server })
    }

    /// `ADDRESS [PORT]`, `fwmark NUMBER`, `group NAME`
    fn service(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Service> {
        let mut words = node.args();
        let first = words.next()?;
        let kind = first.text();
        if !matches!(&*kind, "fwmark" | "group") {
            let (address, port) = self.endpoint(keyword, node)?;
            return Some(Service::Address { address, port });
        }
        let Some(word) = words.next() else {
            let what = if kind == "group" { "the name of a virtual_server_group" } else { "a number" };
            let message = format!("`{kind}` needs {what} behind it");
            self.report(&ids::MISSING_ARGUMENT, first.span, message, "the block is left out");
            return None;
        };
        value::surplus(keyword, words, self.found);
        if kind == "group" {
            return Some(Service::Group(word.text().into()));
        }
        self.number(word, "a firewall mark", 0, i64::from(u32::MAX)).map(Service::Fwmark)
    }

    /// What may be inherited; whether it was one of these.
    pub(crate) fn timing(&mut self, keyword: &Keyword, node: Node<'_>, timing: &mut Timing) -> bool {
        match keyword.name {
            "alpha" => put(&mut timing.alpha, self.switch(keyword, node)),
            "retry" => put(&mut timing.retry, self.int(keyword, node)),
            "delay_before_retry" => put(&mut timing.delay_before_retry, self.time(keyword, node)),
            "warmup" => put(&mut timing.warmup, self.time(keyword, node)),
            "delay_loop" => put(&mut timing.delay_loop, self.time(keyword, node)),
            "connect_timeout" => put(&mut timing.connect_timeout, self.time(keyword, node)),
            _ => return false,
        }
        true
    }

    fn flag(&mut self, keyword: &Keyword, node: Node<'_>, flags: &mut SchedulerFlags) -> bool {
        let slot = match keyword.name {
            "flag-1" => &mut flags.flag_1,
            "flag-2" => &mut flags.flag_2,
            "flag-3" => &mut flags.flag_3,
            "sh-port" => &mut flags.sh_port,
            "sh-fallback" => &mut flags.sh_fallback,
            "mh-port" => &mut flags.mh_port,
            "mh-fallback" => &mut flags.mh_fallback,
            "ops" => &mut flags.ops,
            "hashed" => &mut flags.hashed,
            _ => return false,
        };
        *slot = self.switch(keyword, node).is_some();
        true
    }

    fn service_setting(&mut self, keyword: &Keyword, node: Node<'_>, server: &mut VirtualServer) -> bool {
        match keyword.name {
            "lvs_sched" | "lb_algo" => {
                let word = self.text(keyword, node);
                put(&mut server.scheduler, word.and_then(|word| scheduler(&word)));
            }
            "lvs_method" | "lb_kind" => put(&mut server.forwarding, self.forwarding(keyword, node)),
            "protocol" => put(&mut server.protocol, self.choice(keyword, node).and_then(protocol)),
            "ip_family" => put(&mut server.ip_family, self.choice(keyword, node).map(family)),
            "persistence_engine" => put(&mut server.persistence_engine, self.text(keyword, node)),
            "persistence_timeout" => put(&mut server.persistence_timeout, self.persistence(keyword, node)),
            "persistence_granularity" => {
                let of = service_family(server);
                put(&mut server.persistence_granularity, self.granularity(keyword, node, of));
            }
            "virtualhost" => put(&mut server.virtualhost, self.text(keyword, node)),
            "snmp_name" => put(&mut server.snmp_name, self.text(keyword, node)),
            "ha_suspend" => server.ha_suspend = self.switch(keyword, node).is_some(),
            // Nobody uses it; it is read for the sake of its errors.
            "nat_mask" => {
                self.address(keyword, node);
            }
            _ => return false,
        }
        true
    }

    fn quorum_setting(&mut self, keyword: &Keyword, node: Node<'_>, server: &mut VirtualServer) -> bool {
        match keyword.name {
            "quorum" => put(&mut server.quorum, self.int(keyword, node).and_then(NonZeroU32::new)),
            "hysteresis" => put(&mut server.hysteresis, self.int(keyword, node)),
            "weight" => put(&mut server.weight, self.int(keyword, node)),
            "quorum_up" => put(&mut server.quorum_up, self.script(keyword, node)),
            "quorum_down" => put(&mut server.quorum_down, self.script(keyword, node)),
            "smtp_alert" => put(&mut server.smtp_alert, self.switch(keyword, node)),
            "omega" => server.omega = self.switch(keyword, node).is_some(),
            "inhibit_on_failure" => server.inhibit_on_failure = self.switch(keyword, node).is_some(),
            _ => return false,
        }
        true
    }

    fn persistence(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<NonZeroU32> {
        let mut words = node.args();
        let Some(word) = words.next() else { return Some(PERSISTENCE) };
        value::surplus(keyword, words, self.found);
        NonZeroU32::new(self.number(word, "`persistence_timeout`", 1, 2_678_400)?)
    }

    fn granularity(&mut self, keyword: &Keyword, node: Node<'_>, of: Option<Family>) -> Option<Granularity> {
        let mut words = node.args();
        let word = words.next()?;
        value::surplus(keyword, words, self.found);
        let text = word.text();
        if let Ok(mask) = text.parse()
            && of != Some(Family::V6)
        {
            return Some(Granularity::Mask(mask));
        }
        let bits = self.number(word, "the length of a prefix", 1, 128)?;
        if of == Some(Family::V4) {
            let message = format!("for IPv4 a netmask is expected; `{text}` would be 0.0.0.{text}");
            let help = "write it like 255.255.255.0; vipd takes the number for that of the bits";
            self.report(&ids::ADJUSTED, word.span, message, help);
        }
        Some(Granularity::Prefix(bits))
    }

    fn sorry(&mut self, keyword: &Keyword, node: Node<'_>, draft: &mut Draft) {
        match keyword.name {
            "sorry_server" => {
                let endpoint = self.endpoint(keyword, node);
                put(
                    &mut draft.sorry,
                    endpoint.map(|(address, port)| SorryServer {
                        address,
                        port,
                        inhibit: false,
                        forwarding: None,
                        span: node.span(),
                    }),
                );
            }
            "sorry_server_inhibit" => {
                put(&mut draft.sorry_inhibit, self.switch(keyword, node).map(|_| node.span()));
            }
            "sorry_server_lvs_method" => {
                let method = self.forwarding(keyword, node);
                put(&mut draft.sorry_forwarding, method.map(|method| (method, node.span())));
            }
            _ => {}
        }
    }

    fn place_sorry(&mut self, draft: &mut Draft) {
        let settings = [draft.sorry_inhibit, draft.sorry_forwarding.map(|(_, span)| span)];
        match draft.sorry {
            Some(sorry) => {
                draft.server.sorry_server = Some(Box::new(SorryServer {
                    inhibit: draft.sorry_inhibit.is_some(),
                    forwarding: draft.sorry_forwarding.map(|(method, _)| method),
                    ..sorry
                }));
            }
            None => {
                for span in settings.into_iter().flatten() {
                    let message = "there is no sorry_server for which this could be".to_owned();
                    self.report(&ids::LVS_NO_EFFECT, span, message, "it is ignored");
                }
            }
        }
    }

    fn real_server(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<RealServer> {
        let endpoint = self.endpoint(keyword, node);
        let (address, port) = endpoint.unwrap_or((IpAddr::from([0, 0, 0, 0]), None));
        let mut real = RealServer {
            address,
            port,
            weight: None,
            forwarding: None,
            inhibit_on_failure: None,
            smtp_alert: None,
            more: None,
            checkers: Box::default(),
            span: node.span(),
        };
        let mut list = Vec::with_capacity(1);
        self.block(node, |reader, keyword, node| match keyword.name {
            "weight" => put(&mut real.weight, reader.int(keyword, node)),
            "lvs_method" => put(&mut real.forwarding, reader.forwarding(keyword, node)),
            "inhibit_on_failure" => put(&mut real.inhibit_on_failure, reader.switch(keyword, node)),
            "smtp_alert" => put(&mut real.smtp_alert, reader.switch(keyword, node)),
            _ if keyword.inner().is_some() => list.extend(checkers::read(reader, keyword, node)),
            _ => reader.more(keyword, node, real.more.get_or_insert_default()),
        });
        real.checkers = list.into();
        endpoint.map(|_| real)
    }

    fn more(&mut self, keyword: &Keyword, node: Node<'_>, more: &mut More) {
        if self.timing(keyword, node, &mut more.timing) {
            return;
        }
        match keyword.name {
            "uthreshold" => put(&mut more.uthreshold, self.int(keyword, node)),
            "lthreshold" => put(&mut more.lthreshold, self.int(keyword, node)),
            "virtualhost" => put(&mut more.virtualhost, self.text(keyword, node)),
            "snmp_name" => put(&mut more.snmp_name, self.text(keyword, node)),
            "notify_up" => put(&mut more.notify_up, self.script(keyword, node)),
            "notify_down" => put(&mut more.notify_down, self.script(keyword, node)),
            _ => {}
        }
    }

    fn group(&mut self, keyword: &Keyword, node: Node<'_>) -> Option<Group> {
        let mut words = node.args();
        let name = words.next()?;
        value::surplus(keyword, words, self.found);
        let members: Vec<_> = node.children().map(|line| self.member(line)).collect();
        if members.is_empty() {
            let message = format!("virtual_server_group {} is empty", name.text());
            self.report(&ids::LVS_INCOMPLETE, node.span(), message, "add an address or a firewall mark");
        }
        let members = members.into_iter().flatten().collect();
        Some(Group { name: Spanned { value: name.text().into(), span: name.span }, members })
    }

    fn member(&mut self, line: Node<'_>) -> Option<Member> {
        let mut words = line.words();
        let first = words.next()?;
        let fwmark = first.text() == "fwmark";
        let (member, second) = if fwmark {
            let Some(word) = words.next() else {
                let message = "`fwmark` needs a number behind it".to_owned();
                self.report(&ids::MISSING_ARGUMENT, first.span, message, "the line is ignored");
                return None;
            };
            let fwmark = self.number(word, "a firewall mark", 0, i64::from(u32::MAX))?;
            (Member::Fwmark { fwmark, family: None }, words.next())
        } else {
            let (first, last) = self.range(first)?;
            (Member::Addresses { first, last, port: None }, words.next())
        };
        let member = match (second, member) {
            (None, member) => member,
            (Some(word), Member::Addresses { first, last, .. }) => {
                let port = NonZeroU16::new(self.number(word, "a port", 0, 65_535)?);
                Member::Addresses { first, last, port }
            }
            (Some(word), Member::Fwmark { fwmark, .. }) => {
                Member::Fwmark { fwmark, family: Some(self.family_word(word)?) }
            }
        };
        if let Some(word) = words.next() {
            let message = format!("`{}` is ignored", word.text());
            self.report(&ids::EXTRA_ARGUMENT, word.span, message, "each address stands on a line of its own");
        }
        Some(member)
    }

    fn family_word(&mut self, word: Word<'_>) -> Option<Family> {
        let text = word.text();
        if let "inet" | "inet6" = &*text {
            return Some(family(&text));
        }
        let message = format!("`{text}` is no family: it is one of inet, inet6");
        self.report(&ids::BAD_WORD, word.span, message, "the line is ignored");
        None
    }

    /// One address, or the first and the last of a range.
    fn range(&mut self, word: Word<'_>) -> Option<(IpAddr, IpAddr)> {
        let text = word.text();
        let range = addresses(&text);
        if let Err(why) = range {
            let message = format!("`{text}` is not an address or a range of addresses: {why}");
            let help =
                "write ADDRESS, ADDRESS-LASTPART, ADDRESS-ADDRESS or ADDRESS/PREFIX; the line is ignored";
            self.report(&ids::BAD_ADDRESS, word.span, message, help);
        }
        range.ok()
    }
}

fn empty(service: Service, span: Span) -> VirtualServer {
    VirtualServer {
        service,
        span,
        ip_family: None,
        scheduler: None,
        flags: SchedulerFlags::default(),
        forwarding: None,
        protocol: None,
        persistence_engine: None,
        persistence_timeout: None,
        persistence_granularity: None,
        ha_suspend: false,
        smtp_alert: None,
        virtualhost: None,
        snmp_name: None,
        omega: false,
        quorum_up: None,
        quorum_down: None,
        quorum: None,
        hysteresis: None,
        weight: None,
        inhibit_on_failure: false,
        timing: Timing::default(),
        sorry_server: None,
        real_servers: Box::default(),
    }
}

fn service_family(server: &VirtualServer) -> Option<Family> {
    match server.service {
        Service::Address { address, .. } => Some(Family::of(address)),
        Service::Fwmark(_) | Service::Group(_) => server.ip_family,
    }
}

fn family(word: &str) -> Family {
    if word == "inet6" { Family::V6 } else { Family::V4 }
}

fn protocol(word: &str) -> Option<Protocol> {
    match word {
        "TCP" => Some(Protocol::Tcp),
        "UDP" => Some(Protocol::Udp),
        "SCTP" => Some(Protocol::Sctp),
        _ => None,
    }
}

fn scheduler(word: &str) -> Option<Scheduler> {
    Some(match word {
        "rr" => Scheduler::Rr,
        "wrr" => Scheduler::Wrr,
        "lc" => Scheduler::Lc,
        "wlc" => Scheduler::Wlc,
        "lblc" => Scheduler::Lblc,
        "sh" => Scheduler::Sh,
        "mh" => Scheduler::Mh,
        "dh" => Scheduler::Dh,
        "fo" => Scheduler::Fo,
        "ovf" => Scheduler::Ovf,
        "lblcr" => Scheduler::Lblcr,
        "sed" => Scheduler::Sed,
        "nq" => Scheduler::Nq,
        "twos" => Scheduler::Twos,
        _ => return None,
    })
}

/// The first and the last address, or what is wrong.
fn addresses(text: &str) -> Result<(IpAddr, IpAddr), &'static str> {
    let parse = |text: &str| text.parse::<IpAddr>().map_err(|_| "no IPv4 or IPv6 address");
    if let Some((address, length)) = text.split_once('/') {
        return network(parse(address)?, length);
    }
    let Some((first, last)) = text.split_once('-') else {
        let address = parse(text)?;
        return Ok((address, address));
    };
    let first = parse(first)?;
    let last = match last.parse::<IpAddr>() {
        Ok(last) => last,
        Err(_) => with_last_part(first, last).ok_or("the last part is not one of such an address")?,
    };
    if Family::of(first) != Family::of(last) {
        return Err("the two are of different families");
    }
    if last < first { Err("the last address is before the first") } else { Ok((first, last)) }
}

/// IPv4: decimal, IPv6: hexadecimal (keepalived.conf(5)).
fn with_last_part(first: IpAddr, last: &str) -> Option<IpAddr> {
    if !last.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some(match first {
        IpAddr::V4(first) => {
            let [a, b, c, _] = first.octets();
            IpAddr::from([a, b, c, last.parse().ok()?])
        }
        IpAddr::V6(first) => {
            let mut segments = first.segments();
            segments[7] = u16::from_str_radix(last, 16).ok()?;
            IpAddr::from(segments)
        }
    })
}

fn network(address: IpAddr, length: &str) -> Result<(IpAddr, IpAddr), &'static str> {
    const LENGTH: &str = "the length of the prefix is not one of this family";
    const HOST: &str = "there are bits behind the prefix";
    let length: u32 = length.parse().map_err(|_| LENGTH)?;
    match address {
        IpAddr::V4(address) => {
            let hosts = u32::MAX.checked_shr(length).unwrap_or(0);
            let bits = address.to_bits();
            match length {
                0..=32 if bits & hosts == 0 => {
                    Ok((address.into(), std::net::Ipv4Addr::from_bits(bits | hosts).into()))
                }
                0..=32 => Err(HOST),
                _ => Err(LENGTH),
            }
        }
        IpAddr::V6(address) => {
            let hosts = u128::MAX.checked_shr(length).unwrap_or(0);
            let bits = address.to_bits();
            match length {
                0..=128 if bits & hosts == 0 => {
                    Ok((address.into(), std::net::Ipv6Addr::from_bits(bits | hosts).into()))
                }
                0..=128 => Err(HOST),
                _ => Err(LENGTH),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_addresses() {
        let good = [
            ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("192.168.200.1-10", "192.168.200.1", "192.168.200.10"),
            ("192.168.200.250-192.168.201.10", "192.168.200.250", "192.168.201.10"),
            ("192.168.202.8/29", "192.168.202.8", "192.168.202.15"),
            ("10.0.0.1/32", "10.0.0.1", "10.0.0.1"),
            ("2001:db8::1-1f", "2001:db8::1", "2001:db8::1f"),
            ("2001:db8::/120", "2001:db8::", "2001:db8::ff"),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ];
        for (text, first, last) in good {
            let expected = (first.parse().unwrap(), last.parse().unwrap());
            assert_eq!(addresses(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "x",
            "10.0.0.5-1",
            "10.0.0.1-256",
            "10.0.1.1-10.0.0.5",
            "10.0.0.1/24",
            "10.0.0.0/33",
            "::1-ffff1",
            "10.0.0.1-::1",
            "10.0.0.1-5/24",
            "10.0.0.0/",
            "10.0.0.1-",
            "10.0.0.1-+5",
        ] {
            assert!(addresses(text).is_err(), "{text}");
        }
    }
}
