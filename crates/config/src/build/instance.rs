//! One `vrrp_instance`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use types::{Family, Interval, Priority, Version, Vrid};

use super::address::{self, Entry};
use super::authentication::Written;
use super::routing::Routing;
use super::track;
use crate::diagnostics::{self as ids, Diagnostic};
use crate::keywords::Keyword;
use crate::keywords::global as g;
use crate::keywords::instance as k;
use crate::model::{Authentication, Garp, Instance, Notify, SourceKeyword, VirtualAddress};
use crate::settings::Settings;
use crate::source::Span;
use crate::tree::Node;
use crate::value;

/// An advertisement counts its addresses in one byte.
const MAX_ADDRESSES: usize = 255;

/// What `global_defs` says for instances that do not say themselves.
pub(super) struct Defaults {
    version: Version,
    groups: [IpAddr; 2],
    garp: Garp,
    down_timer_adverts: u8,
    lower_prio_no_advert: bool,
    higher_prio_send_advert: bool,
    owner_ignore_adverts: bool,
    checksum_as_v2: bool,
    skip_check_adv_addr: bool,
    smtp_alert: bool,
    strict: bool,
}

impl Defaults {
    pub(super) fn new(global: &Settings<'_>, found: &mut Vec<Diagnostic>) -> Self {
        let on = |keyword| global.switch(keyword).unwrap_or(false);
        Self {
            version: version_of(global.int_or_default(&g::VRRP_VERSION)),
            groups: [
                group(global, &g::VRRP_MCAST_GROUP4, Family::V4, found),
                group(global, &g::VRRP_MCAST_GROUP6, Family::V6, found),
            ],
            garp: global_garp(global, found),
            down_timer_adverts: small(global.int_or_default(&g::VRRP_DOWN_TIMER_ADVERTS)),
            lower_prio_no_advert: on(&g::VRRP_LOWER_PRIO_NO_ADVERT),
            higher_prio_send_advert: on(&g::VRRP_HIGHER_PRIO_SEND_ADVERT),
            owner_ignore_adverts: on(&g::VRRP_OWNER_IGNORE_ADVERTS),
            checksum_as_v2: on(&g::V3_CHECKSUM_AS_V2),
            skip_check_adv_addr: on(&g::VRRP_SKIP_CHECK_ADV_ADDR),
            smtp_alert: global.switch(&g::SMTP_ALERT_VRRP).or(global.switch(&g::SMTP_ALERT)).unwrap_or(false),
            strict: on(&g::VRRP_STRICT),
        }
    }
}

/// The instance, or `None` with an error that says why it cannot be started.
pub(super) fn build(
    node: Node<'_>,
    defaults: &Defaults,
    routing: &mut Routing<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Instance> {
    let mut settings = Settings::default();
    settings.read(node.children(), found);
    let mut words = node.args();
    let name = words.next()?.text().into_owned();
    value::surplus(&crate::keywords::top::VRRP_INSTANCE_BLOCK, words, found);
    let written = Written::read(&settings, found);
    let mut draft = Draft { name: &name, head: node.span(), settings: &settings, defaults, found };
    let unicast = ["unicast_peer", "unicast_fault_no_peer"].iter().any(|name| super::has(node, name));
    let interface = draft.interface(unicast);
    let vrid = draft.vrid();
    let addresses = address::entries(settings.nodes(&k::VIRTUAL_IPADDRESS), draft.found);
    let excluded = address::entries(settings.nodes(&k::VIRTUAL_IPADDRESS_EXCLUDED), draft.found);
    let family = draft.family(&addresses, &excluded);
    let version = draft.version(family);
    let (addresses, excluded) = draft.addresses(family, addresses, excluded);
    let authentication = draft.authentication(version, family, &written);
    let interval = draft.interval(version);
    let (start_as_master, priority) = draft.election(&authentication);
    let (preempt, preempt_delay) = draft.preemption(start_as_master, priority);
    let destination = draft.destination(family);
    let (source, track_source) = draft.source(family);
    let garp = draft.garp();
    let own = interface.as_ref().ok().and_then(Option::as_deref).unwrap_or_default();
    let track_interfaces = track::interfaces(settings.nodes(&k::TRACK_INTERFACE), own, draft.found);
    let routes = routing.routes(settings.nodes(&k::VIRTUAL_ROUTES), draft.found);
    let rules = routing.rules(settings.nodes(&k::VIRTUAL_RULES), draft.found);
    let on = |keyword, default| settings.switch(keyword).unwrap_or(default);
    let mut instance = Instance {
        interface: interface.ok()?,
        vrf: None,
        vrid: vrid?,
        family,
        version,
        priority,
        start_as_master,
        interval,
        down_timer_adverts: settings.int(&k::DOWN_TIMER_ADVERTS).map_or(defaults.down_timer_adverts, small),
        preempt,
        preempt_delay,
        authentication,
        source: source.map(|(address, _)| address),
        source_keyword: source.map_or_else(SourceKeyword::default, |(_, keyword)| keyword),
        track_source,
        destination,
        unicast: None,
        checksum_as_v2: on(&k::V3_CHECKSUM_AS_V2, defaults.checksum_as_v2),
        lower_prio_no_advert: on(&k::LOWER_PRIO_NO_ADVERT, defaults.lower_prio_no_advert),
        higher_prio_send_advert: on(&k::HIGHER_PRIO_SEND_ADVERT, defaults.higher_prio_send_advert),
        owner_ignore_adverts: on(&k::OWNER_IGNORE_ADVERTS, defaults.owner_ignore_adverts),
        skip_check_adv_addr: on(&k::SKIP_CHECK_ADV_ADDR, defaults.skip_check_adv_addr),
        strict: on(&k::STRICT_MODE, defaults.strict),
        dont_track_primary: on(&k::DONT_TRACK_PRIMARY, false),
        track_interfaces,
        needs: Vec::new(),
        tracks: Vec::new(),
        vmacs: Vec::new(),
        advertise_on: None,
        no_accept: false,
        named_interfaces: Vec::new(),
        garp,
        addresses,
        excluded,
        routes,
        rules,
        promote_secondaries: on(&k::PROMOTE_SECONDARIES, false),
        smtp_alert: on(&k::SMTP_ALERT, defaults.smtp_alert),
        notify: Notify::default(),
        name: name.clone(),
    };
    (!instance.strict || draft.hold_strictly(&mut instance)).then_some(instance)
}

/// It cannot be started, which has been said.
struct Unusable;

/// An instance while its settings are brought together.
pub(super) struct Draft<'d, 'a> {
    name: &'d str,
    /// `vrrp_instance NAME`.
    head: Span,
    pub(super) settings: &'d Settings<'a>,
    defaults: &'d Defaults,
    found: &'d mut Vec<Diagnostic>,
}

impl Draft<'_, '_> {
    pub(super) fn report(&mut self, id: &'static ids::Id, span: Option<Span>, message: &str, help: &str) {
        let message = format!("{}: {message}", self.name);
        self.found.push(Diagnostic::new(id, span.unwrap_or(self.head), message).help(help));
    }

    /// `Ok(None)`: it may do without, which [`crate::lower`] looks at.
    fn interface(&mut self, unicast: bool) -> Result<Option<String>, Unusable> {
        let Some(name) = self.settings.text(&k::INTERFACE) else {
            if self.settings.attempted(&k::INTERFACE) {
                return Err(Unusable);
            }
            if !unicast {
                let help = "add `interface NAME`; the instance is not started without";
                self.report(&ids::NO_INTERFACE, None, "there is no interface", help);
            }
            return if unicast { Ok(None) } else { Err(Unusable) };
        };
        let span = self.settings.span(&k::INTERFACE);
        if name == "lo" {
            let help = "use the interface that reaches the other machines; the instance is not started";
            self.report(&ids::LOOPBACK, span, "nobody can be reached through the loopback interface", help);
            return Err(Unusable);
        }
        if name.len() > address::MAX_NAME {
            let message = format!("`{name}` cannot be an interface: it is longer than 15 bytes");
            self.report(&ids::TOO_LONG, span, &message, "the instance is not started");
            return Err(Unusable);
        }
        Ok(Some(name.to_owned()))
    }

    fn vrid(&mut self) -> Option<Vrid> {
        let given = self.settings.int(&k::VIRTUAL_ROUTER_ID);
        if given.is_none() && !self.settings.attempted(&k::VIRTUAL_ROUTER_ID) {
            let help =
                "add `virtual_router_id` with a number from 1 to 255; the instance is not started without";
            self.report(&ids::NO_VRID, None, "there is no virtual_router_id", help);
        }
        given.and_then(|id| u8::try_from(id).ok()).and_then(Vrid::new)
    }

    /// The family: forced, or that of the source address, or that of the first virtual address.
    fn family(&self, addresses: &[Entry], excluded: &[Entry]) -> Family {
        if self.settings.switch(&k::NATIVE_IPV6) == Some(true) {
            return Family::V6;
        }
        let source = self.sources().first().map(|(address, ..)| Family::of(*address));
        let first = addresses.first().or(excluded.first()).map(|entry| entry.address.cidr.family());
        let group = self.settings.address(&k::MCAST_DST_IP).map(Family::of);
        source.or(first).or(group).unwrap_or(Family::V4)
    }

    fn version(&mut self, family: Family) -> Version {
        let given = self.settings.int(&k::VERSION).map(version_of);
        match (family, given) {
            (Family::V6, Some(Version::V2)) => {
                let span = self.settings.span(&k::VERSION);
                self.report(&ids::VERSION_FORCED, span, "version 2 cannot carry IPv6", "version 3 is used");
                Version::V3
            }
            (Family::V6, _) => Version::V3,
            (Family::V4, given) => given.unwrap_or(self.defaults.version),
        }
    }

    /// Keeps the addresses an advertisement can carry in the first list.
    fn addresses(
        &mut self,
        family: Family,
        advertised: Vec<Entry>,
        excluded: Vec<Entry>,
    ) -> (Vec<VirtualAddress>, Vec<VirtualAddress>) {
        let mut seen = BTreeMap::new();
        let advertised: Vec<Entry> = advertised
            .into_iter()
            .filter(|entry| self.is_of(family, entry) && self.is_new(&mut seen, entry))
            .collect();
        let excluded: Vec<Entry> =
            excluded.into_iter().filter(|entry| self.is_new(&mut seen, entry)).collect();
        let surplus = advertised.get(MAX_ADDRESSES).map(|entry| entry.span);
        if let Some(span) = surplus {
            let message = format!("an advertisement carries at most {MAX_ADDRESSES} addresses");
            let help =
                "this one and those behind it are handled as in virtual_ipaddress_excluded; move them there";
            self.report(&ids::TOO_MANY_ADDRESSES, Some(span), &message, help);
        }
        self.check_first(family, advertised.first());
        let mut advertised: Vec<_> = advertised.into_iter().map(|entry| entry.address).collect();
        let mut rest = advertised.split_off(advertised.len().min(MAX_ADDRESSES));
        rest.extend(excluded.into_iter().map(|entry| entry.address));
        // There can be thousands of instances, each with one.
        advertised.shrink_to_fit();
        (advertised, rest)
    }

    fn is_of(&mut self, family: Family, entry: &Entry) -> bool {
        let cidr = entry.address.cidr;
        let fits = cidr.family() == family;
        if !fits {
            let message = format!("{cidr} is {}, but the advertisements are {family}", cidr.family());
            let help = "this address is left out: move it to virtual_ipaddress_excluded or to an instance of its own";
            self.report(&ids::MIXED_FAMILIES, Some(entry.span), &message, help);
        }
        fits
    }

    fn is_new(&mut self, seen: &mut BTreeMap<(IpAddr, Option<String>), Span>, entry: &Entry) -> bool {
        let addr = entry.address.cidr.addr;
        let first = *seen.entry((addr, entry.address.interface.clone())).or_insert(entry.span);
        if first != entry.span {
            let message = format!("{}: {addr} is given twice; the first entry counts", self.name);
            let diagnostic = Diagnostic::new(&ids::DUPLICATE_ADDRESS, entry.span, message);
            self.found.push(diagnostic.label(first, "first given here").help("remove one of the two"));
        }
        first == entry.span
    }

    fn check_first(&mut self, family: Family, first: Option<&Entry>) {
        match (first, family) {
            (None, _) => {
                if self.settings.switch(&k::NO_VIRTUAL_IPADDRESS) != Some(true) {
                    let help =
                        "add `virtual_ipaddress { ADDRESS }`, or `no_virtual_ipaddress` if this is meant";
                    self.report(&ids::NO_ADDRESSES, None, "there is no virtual address to advertise", help);
                }
            }
            (Some(first), Family::V6) => {
                let IpAddr::V6(addr) = first.address.cidr.addr else { return };
                if !Ipv6Addr::is_unicast_link_local(&addr) {
                    let help = "put a link-local address (fe80::…) before it, the same on all machines";
                    let message =
                        format!("the first IPv6 address should be link-local (RFC 9568), {addr} is not");
                    self.report(&ids::FIRST_NOT_LINK_LOCAL, Some(first.span), &message, help);
                }
            }
            (Some(_), Family::V4) => {}
        }
    }

    /// `advert_int` in what the version can carry: whole seconds, or hundredths up to 40.95.
    fn interval(&mut self, version: Version) -> Interval {
        let wanted = self.settings.time_or_default(&k::ADVERT_INT);
        let (unit, max) = match version {
            Version::V2 => (100, Interval::MAX_V2),
            Version::V3 => (1, Interval::MAX_V3),
        };
        let unit_us = u128::from(unit) * 10_000;
        let units = (wanted.as_micros() + unit_us / 2) / unit_us;
        let centis = u16::try_from(units).unwrap_or(u16::MAX).max(1).saturating_mul(unit);
        let interval = Interval::from_centis(centis.min(max.as_centis())).unwrap_or(Interval::DEFAULT);
        if interval.as_duration() != wanted {
            let span = self.settings.span(&k::ADVERT_INT);
            let (wanted, taken) = (wanted.as_secs_f64(), interval.as_duration().as_secs_f64());
            let message =
                format!("version {version} cannot express an advert_int of {wanted} s: {taken} s is used");
            let help = match version {
                Version::V2 => "use whole seconds, or version 3 on all machines",
                Version::V3 => "use hundredths of a second up to 40.95",
            };
            self.report(&ids::INTERVAL_ROUNDED, span, &message, help);
        }
        interval
    }

    /// Whether to begin as Master, and the priority.
    fn election(&mut self, authentication: &Authentication) -> (bool, Priority) {
        let given = self.settings.int(&k::PRIORITY).and_then(|priority| u8::try_from(priority).ok());
        let state = self.settings.text(&k::STATE);
        if let Some(other) = state.filter(|state| !matches!(*state, "MASTER" | "BACKUP")) {
            let message = format!("unknown state `{other}`: BACKUP is taken");
            let span = self.settings.span(&k::STATE);
            self.report(&ids::STATE_UNKNOWN, span, &message, "write MASTER or BACKUP");
        }
        // keepalived does not let a later BACKUP undo it.
        let master = self.settings.ever(&k::STATE, "MASTER");
        let priority = match given.map(Priority) {
            Some(priority) => priority,
            // A priority that was written and is unusable must not turn the instance into an address owner.
            None if master && !self.settings.attempted(&k::PRIORITY) => Priority::OWNER,
            None => Priority::DEFAULT,
        };
        let master = master || (state.is_none() && priority.is_owner());
        // With AH a router must have heard the others' sequence number before it speaks.
        let listens_first = matches!(authentication, Authentication::Ah(_)) && !priority.is_owner();
        if master && listens_first {
            let message = "with AH it begins as Backup: it must hear the others' sequence number first";
            self.report(&ids::MASTER_WITH_AH, self.settings.span(&k::STATE), message, "write `state BACKUP`");
        }
        (master && !listens_first, priority)
    }

    fn preemption(&mut self, start_as_master: bool, priority: Priority) -> (bool, Duration) {
        let nopreempt = self.settings.span(&k::NOPREEMPT);
        // The later of the two counts; `preempt` alone is the default.
        let wanted = nopreempt.is_none() || self.settings.span(&k::PREEMPT) > nopreempt;
        let cleared = !wanted && (start_as_master || priority.is_owner());
        if cleared {
            let why = if priority.is_owner() { "with priority 255" } else { "with `state MASTER`" };
            let message = format!("nopreempt has no effect {why}; the instance preempts");
            let help = if priority.is_owner() { "use a priority below 255" } else { "use `state BACKUP`" };
            self.report(&ids::NOPREEMPT_CLEARED, nopreempt, &message, help);
        }
        let preempt = wanted || cleared;
        let delay = self.settings.time_or_default(&k::PREEMPT_DELAY);
        if !delay.is_zero() && (start_as_master || !preempt) {
            let why = if start_as_master { "with initial state MASTER" } else { "with nopreempt" };
            let help = if start_as_master { "use `state BACKUP`" } else { "remove one of the two" };
            let span = self.settings.span(&k::PREEMPT_DELAY);
            self.report(
                &ids::PREEMPT_DELAY_IGNORED,
                span,
                &format!("preempt_delay has no effect {why}"),
                help,
            );
            return (preempt, Duration::ZERO);
        }
        (preempt, delay)
    }

    fn destination(&mut self, family: Family) -> IpAddr {
        let [v4, v6] = self.defaults.groups;
        let default = match family {
            Family::V4 => v4,
            Family::V6 => v6,
        };
        let Some(group) = self.settings.address(&k::MCAST_DST_IP) else { return default };
        match not_a_group(group, family) {
            None => group,
            Some(why) => {
                let span = self.settings.span(&k::MCAST_DST_IP);
                let help = format!("{default} is used");
                self.report(&ids::FAMILY_MISMATCH, span, &format!("mcast_dst_ip {group} {why}"), &help);
                default
            }
        }
    }

    /// The source addresses that are given, in the order of the file.
    fn sources(&self) -> Vec<(IpAddr, SourceKeyword, &'static Keyword)> {
        let keywords = [
            (SourceKeyword::McastSrcIp, &k::MCAST_SRC_IP),
            (SourceKeyword::UnicastSrcIp, &k::UNICAST_SRC_IP),
        ];
        let mut given: Vec<_> = keywords
            .into_iter()
            .filter_map(|(keyword, record)| Some((self.settings.address(record)?, keyword, record)))
            .collect();
        given.sort_by_key(|(_, _, record)| self.settings.place(record));
        given
    }

    /// The source address, which of the two keywords says so, and whether it is watched. They mean the same, so that the
    /// last one counts (keepalived 2.2.7).
    fn source(&mut self, family: Family) -> (Option<(IpAddr, SourceKeyword)>, bool) {
        let mut source = None;
        for (address, keyword, record) in self.sources() {
            if Family::of(address) == family {
                source = Some((address, keyword));
                continue;
            }
            let message =
                format!("{address} is {}, but the advertisements are {family}", Family::of(address));
            let span = self.settings.span(record);
            self.report(&ids::FAMILY_MISMATCH, span, &message, "this source address is left out");
        }
        let track = self.settings.switch(&k::TRACK_SRC_IP) == Some(true);
        if track && source.is_none() {
            let span = self.settings.span(&k::TRACK_SRC_IP);
            let message = "track_src_ip has no effect without mcast_src_ip or unicast_src_ip";
            self.report(&ids::TRACK_SOURCE_WITHOUT_ADDRESS, span, message, "add `mcast_src_ip ADDRESS`");
        }
        (source, track && source.is_some())
    }

    fn garp(&mut self) -> Garp {
        let global = &self.defaults.garp;
        let (settings, name) = (self.settings, self.name);
        let seconds = |keyword, default| settings.int(keyword).map_or(default, secs);
        let number = |keyword, default| settings.int(keyword).map_or(default, count);
        let mut garp = Garp {
            repeat: number(&k::GARP_MASTER_REPEAT, global.repeat),
            delay: seconds(&k::GARP_MASTER_DELAY, global.delay),
            refresh: seconds(&k::GARP_MASTER_REFRESH, global.refresh),
            refresh_repeat: number(&k::GARP_MASTER_REFRESH_REPEAT, global.refresh_repeat),
            lower_prio_repeat: number(&k::GARP_LOWER_PRIO_REPEAT, global.lower_prio_repeat),
            lower_prio_delay: seconds(&k::GARP_LOWER_PRIO_DELAY, global.lower_prio_delay),
            arp_interval: global.arp_interval,
            na_interval: global.na_interval,
            extra_every: global.extra_every,
            extra_on_all: global.extra_on_all,
        };
        at_least_one(&mut garp.repeat, &k::GARP_MASTER_REPEAT, settings, name, self.found);
        at_least_one(&mut garp.refresh_repeat, &k::GARP_MASTER_REFRESH_REPEAT, settings, name, self.found);
        garp
    }
}

fn global_garp(global: &Settings<'_>, found: &mut Vec<Diagnostic>) -> Garp {
    let least = global.switch(&g::VRRP_MIN_GARP) == Some(true);
    let mut repeat = match global.int(&g::VRRP_GARP_MASTER_REPEAT) {
        None if least => 1,
        _ => count(global.int_or_default(&g::VRRP_GARP_MASTER_REPEAT)),
    };
    let delay = match global.int(&g::VRRP_GARP_MASTER_DELAY) {
        None if least => Duration::ZERO,
        _ => secs(global.int_or_default(&g::VRRP_GARP_MASTER_DELAY)),
    };
    let mut refresh_repeat = count(global.int_or_default(&g::VRRP_GARP_MASTER_REFRESH_REPEAT));
    at_least_one(&mut repeat, &g::VRRP_GARP_MASTER_REPEAT, global, "global_defs", found);
    at_least_one(&mut refresh_repeat, &g::VRRP_GARP_MASTER_REFRESH_REPEAT, global, "global_defs", found);
    Garp {
        repeat,
        delay,
        refresh: secs(global.int_or_default(&g::VRRP_GARP_MASTER_REFRESH)),
        refresh_repeat,
        lower_prio_repeat: global.int(&g::VRRP_GARP_LOWER_PRIO_REPEAT).map_or(repeat, count),
        lower_prio_delay: global.int(&g::VRRP_GARP_LOWER_PRIO_DELAY).map_or(delay, secs),
        arp_interval: global.time_or_default(&g::VRRP_GARP_INTERVAL),
        na_interval: global.time_or_default(&g::VRRP_GNA_INTERVAL),
        // Read with the groups of interfaces.
        extra_every: Duration::ZERO,
        extra_on_all: false,
    }
}

fn at_least_one(
    value: &mut u32,
    keyword: &'static Keyword,
    settings: &Settings<'_>,
    name: &str,
    found: &mut Vec<Diagnostic>,
) {
    if let (0, Some(span)) = (*value, settings.span(keyword)) {
        let message = format!("{name}: {} cannot be 0: 1 is taken", keyword.name);
        found.push(Diagnostic::new(&ids::ADJUSTED, span, message));
    }
    *value = (*value).max(1);
}

fn group(
    global: &Settings<'_>,
    keyword: &'static Keyword,
    family: Family,
    found: &mut Vec<Diagnostic>,
) -> IpAddr {
    let default = Instance::default_group(family);
    let (Some(group), Some(span)) = (global.address(keyword), global.span(keyword)) else { return default };
    match not_a_group(group, family) {
        None => group,
        Some(why) => {
            let message = format!("{} {group} {why}", keyword.name);
            found.push(
                Diagnostic::new(&ids::FAMILY_MISMATCH, span, message).help(format!("{default} is used")),
            );
            default
        }
    }
}

/// Why an address cannot be the destination of advertisements of this family.
fn not_a_group(group: IpAddr, family: Family) -> Option<&'static str> {
    match (Family::of(group) == family, group.is_multicast()) {
        (true, true) => None,
        (false, _) => Some("is of the other address family"),
        (true, false) => Some("is not a multicast address"),
    }
}

const fn version_of(number: i64) -> Version {
    if number == 3 { Version::V3 } else { Version::V2 }
}

/// The records keep these numbers within their types.
fn small(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn secs(number: i64) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or(0))
}
