//! One virtual router with everything around it: its interface, faults, addresses, schedule and counters.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use config::model::{
    Authentication, Broadcast, Instance as Config, PreferredLft, TrackInterface, TrackerId, Verdict,
    Verdicts, Vipd, VirtualAddress, Vmac,
};
use types::{Cidr, Family, IfIndex, Instant, Interval, MacAddr, Priority, UtcTime};
use vrrp::{Params, State, Transition, VirtualRouter};
use wire::ah::Wrap;
use wire::vrrp::trailer::Signer;
use wire::vrrp::{Advert, AuthData};

use crate::address_list::AddressList;
use crate::api::{AddressSpec, Reason};
use crate::authentication::Proof;
use crate::kernel::Kernel;
use crate::observe::{ConflictSnapshot, Counters, FaultCause, TrackSnapshot};
use crate::paths::PathSpec;
use crate::reconcile::Key;
use crate::refusal::Reporter;

/// How long another station that answered for one of our addresses is believed to have it: until after it is asked again.
const CONFLICT_HOLDS: Duration = Duration::from_secs(15);

/// Numbers instances within one engine; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InstanceId(pub(crate) u32);

/// VRID, family, interface or VRF; with unicast the source address.
type Identity<'a> = (u8, Family, (Option<&'a str>, Option<&'a str>), Option<Option<IpAddr>>);

/// An advertisement for each destination.
type Payloads = Arc<[(IpAddr, Arc<[u8]>)]>;

#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) config: Config,
    /// What it advertises.
    pub(crate) address_list: AddressList,
    pub(crate) router: VirtualRouter,
    /// The interface of that name, while there is one.
    pub(crate) ifindex: Option<IfIndex>,
    /// Where its advertisements leave and arrive: the interface, or the one with its virtual MAC address. Without an
    /// interface the VRF, or [`IfIndex::ANY`].
    pub(crate) advertise_on: Option<IfIndex>,
    pub(crate) source: Option<IpAddr>,
    /// Why it cannot serve: its own reasons, or a member of its group that has some.
    pub(crate) faults: Vec<FaultCause>,
    pub(crate) own_faults: Vec<FaultCause>,
    /// Place of its sync group.
    pub(crate) group: Option<usize>,
    /// Addresses whose interface exists, in the order of the configuration.
    pub(crate) keys: Vec<Key>,
    /// Routes whose interfaces exist, then rules.
    pub(crate) paths: Vec<PathSpec>,
    /// Whether they are to be in the kernel.
    pub(crate) paths_wanted: bool,
    pub(crate) holding: Holding,
    pub(crate) schedule: Schedule,
    pub(crate) since: Instant,
    pub(crate) last_transition: Option<Transition>,
    pub(crate) counters: Counters,
    pub(crate) reporter: Reporter,
    pub(crate) proof: Proof,
    /// It was told that somebody's checksums lack the pseudo-header.
    pub(crate) checksum_reported: bool,
    /// When other virtual addresses under our VRID were told of last, and how many advertisements had them since.
    pub(crate) other_addresses: (Option<Instant>, u64),
    pub(crate) conflict_reported: Option<Instant>,
    /// Who else answered for which address last, and when, since it is Master.
    pub(crate) conflict: Option<(Instant, IpAddr, MacAddr)>,
    /// When a lower priority was told of last.
    pub(crate) lower_told: Option<Instant>,
    /// When something that was put back was told of last.
    restored_told: Option<Instant>,
    /// Removed from the configuration; stays until its addresses are handed over.
    pub(crate) retiring: bool,
    /// The advertisement in steady state, encoded once.
    payload: Option<(Priority, Interval, Payloads)>,
}

/// Whether the addresses are served here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holding {
    Nothing,
    /// Master.
    Serving {
        /// Addresses that the kernel has not answered for yet.
        missing: usize,
        /// The kernel had to be asked, so that each address was announced once as it came.
        installing: bool,
        /// Since when addresses have been installed.
        since: Instant,
    },
    /// Not Master any more, but serving until the successor is heard.
    Yielding(Yield),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Yield {
    pub(crate) since: Instant,
    /// At the latest then the addresses are given up.
    pub(crate) until: Instant,
    /// Who has been heard taking over.
    pub(crate) successor: Option<IpAddr>,
    /// The successor was heard; without further announcements it is over then.
    pub(crate) grace: Option<Instant>,
    /// Addresses that nobody has announced yet.
    pub(crate) remaining: usize,
    /// How often a silent winner has been reminded to announce them.
    pub(crate) reminders: u32,
}

impl Yield {
    pub(crate) fn deadline(&self) -> Instant {
        self.grace.map_or(self.until, |g| g.min(self.until))
    }
}

/// Points in time of a Master, beside its advertisements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) second_burst: Option<Instant>,
    pub(crate) refresh: Option<Instant>,
    /// `garp_extra_if`
    pub(crate) elsewhere: Option<Instant>,
    pub(crate) lower_second_burst: Option<Instant>,
    pub(crate) probe: Option<Instant>,
    pub(crate) lease: Option<Instant>,
}

impl Instance {
    /// Whether it is worth a word that something was put back for the `times`th time: somebody may remove it a thousand
    /// times a second.
    pub(crate) fn tells_restored(&mut self, now: Instant, times: u64) -> bool {
        const ONE_BY_ONE: u64 = 10;
        const THEN_EVERY: Duration = Duration::from_secs(1);
        let tells = times <= ONE_BY_ONE || self.restored_told.is_none_or(|told| now >= told + THEN_EVERY);
        if tells {
            self.restored_told = Some(now);
        }
        tells
    }

    pub(crate) fn new(now: Instant, config: Config) -> Self {
        Self {
            router: VirtualRouter::new(params(&config)),
            address_list: AddressList::new(&config.addresses),
            config,
            ifindex: None,
            advertise_on: None,
            source: None,
            faults: Vec::new(),
            own_faults: Vec::new(),
            group: None,
            keys: Vec::new(),
            paths: Vec::new(),
            paths_wanted: false,
            holding: Holding::Nothing,
            schedule: Schedule::default(),
            since: now,
            last_transition: None,
            counters: Counters::default(),
            reporter: Reporter::default(),
            proof: Proof::default(),
            checksum_reported: false,
            other_addresses: (None, 0),
            conflict_reported: None,
            conflict: None,
            lower_told: None,
            restored_told: None,
            retiring: false,
            payload: None,
        }
    }

    /// What identifies a virtual router across reloads (not its name). With unicast there may be several with one identity;
    /// they have no peer in common.
    pub(crate) fn identity(config: &Config) -> Identity<'_> {
        let place = (config.interface.as_deref(), config.vrf.as_deref());
        (config.vrid.get(), config.family, place, config.unicast.as_ref().map(|_| config.source))
    }

    /// Whether two of one identity advertise to the same machine.
    pub(crate) fn shares_peer(one: &Config, other: &Config) -> bool {
        match (&one.unicast, &other.unicast) {
            (Some(one), Some(other)) => {
                one.peers == other.peers || one.peers.iter().any(|peer| other.peer(peer.address).is_some())
            }
            (None, _) | (_, None) => true,
        }
    }

    /// Whether it is the same virtual router, in the same place.
    pub(crate) fn is_same(one: &Config, other: &Config) -> bool {
        Self::identity(one) == Self::identity(other) && Self::shares_peer(one, other)
    }

    /// The group to be a member of; for unicast none, which the address "any" stands for.
    pub(crate) fn group_to_join(&self) -> IpAddr {
        match (&self.config.unicast, self.config.family) {
            (None, _) => self.config.destination,
            (Some(_), Family::V4) => Ipv4Addr::UNSPECIFIED.into(),
            (Some(_), Family::V6) => Ipv6Addr::UNSPECIFIED.into(),
        }
    }

    /// Whether an advertisement between these addresses may be for this instance: of several with one number, the one
    /// that knows the sender is meant.
    pub(crate) fn fits(&self, src: IpAddr, dst: IpAddr) -> bool {
        match &self.config.unicast {
            None => dst == self.config.destination,
            Some(unicast) => self.is_at(dst) && unicast.peer(src).is_some(),
        }
    }

    /// Whether a packet to this address can be for a router that advertises to single machines. Without an interface it is
    /// its address that tells it from others.
    pub(crate) fn is_at(&self, dst: IpAddr) -> bool {
        !dst.is_multicast() && (self.config.interface.is_some() || self.config.source == Some(dst))
    }

    /// When something must be done, and why.
    pub(crate) fn deadline(&self) -> Option<(Instant, Reason)> {
        let s = &self.schedule;
        let announce = [s.second_burst, s.refresh, s.elsewhere, s.lower_second_burst, s.probe]
            .into_iter()
            .flatten()
            .min();
        let handover = match &self.holding {
            Holding::Yielding(y) => Some(y.deadline()),
            Holding::Nothing | Holding::Serving { .. } => None,
        };
        [
            self.router.deadline().map(|(at, why)| (at, Reason::Router(why))),
            announce.map(|at| (at, Reason::Announce)),
            handover.map(|at| (at, Reason::Handover)),
            s.lease.map(|at| (at, Reason::Lease)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Something that goes into advertisements changed.
    pub(crate) fn forget_payload(&mut self) {
        self.payload = None;
    }

    /// The packets of an advertisement, one for each destination.
    pub(crate) fn packets(
        &mut self,
        priority: Priority,
        interval: Interval,
        source: IpAddr,
        utc: UtcTime,
    ) -> Payloads {
        let ttl = self.config.unicast.as_ref().map_or(wire::vrrp::TTL, |unicast| unicast.ttl);
        match &self.config.authentication {
            Authentication::Ah(key) => {
                let (key, sequence) = (key.0, self.proof.next_sequence(utc));
                let wrap = |dst: IpAddr, advert: &[u8]| match (source, dst) {
                    (IpAddr::V4(src), IpAddr::V4(dst)) => {
                        Some((dst.into(), Wrap { src, dst, ttl, sequence }.emit(&key, advert).into()))
                    }
                    (IpAddr::V4(_) | IpAddr::V6(_), _) => None,
                };
                self.steady(priority, interval, source).iter().filter_map(|(dst, p)| wrap(*dst, p)).collect()
            }
            Authentication::Hmac(hmac) if hmac.mode.signs() => {
                let stamp = self.proof.next_stamp(hmac.replay, utc);
                let key_id = hmac.active_key;
                let signer = Signer { key_id, key: hmac.key(key_id).unwrap_or_default(), stamp };
                let addresses = self.advertised();
                let advert = self.advert(priority, interval, &addresses);
                let packet = |dst| (dst, Arc::from(advert.emit_signed(source, dst, &signer)));
                self.config.destinations().map(packet).collect()
            }
            Authentication::None | Authentication::Pass(_) | Authentication::Hmac(_) => {
                self.steady(priority, interval, source)
            }
        }
    }

    /// An advertisement that is the same each time, for each destination.
    fn steady(&mut self, priority: Priority, interval: Interval, source: IpAddr) -> Payloads {
        if let Some((cached_priority, cached_interval, payloads)) = &self.payload
            && (*cached_priority, *cached_interval) == (priority, interval)
        {
            return payloads.clone();
        }
        let addresses = self.advertised();
        let advert = self.advert(priority, interval, &addresses);
        let payloads: Payloads =
            self.config.destinations().map(|to| (to, Arc::from(advert.emit(source, to)))).collect();
        if priority != Priority::STOP {
            self.payload = Some((priority, interval, payloads.clone()));
        }
        payloads
    }

    fn advertised(&self) -> Vec<IpAddr> {
        self.config.addresses.iter().map(|a| a.cidr.addr).collect()
    }

    fn advert<'a>(&self, priority: Priority, interval: Interval, addresses: &'a [IpAddr]) -> Advert<'a> {
        Advert {
            version: self.config.version,
            vrid: self.config.vrid,
            priority,
            interval,
            auth: match &self.config.authentication {
                Authentication::None | Authentication::Hmac(_) => AuthData::None,
                Authentication::Pass(password) => AuthData::Pass(password.0),
                Authentication::Ah(_) => AuthData::Ah,
            },
            addresses,
            checksum_as_v2: self.config.checksum_as_v2,
        }
    }

    /// Why it cannot serve, as the kernel is now.
    pub(crate) fn find_faults(
        &self,
        kernel: &Kernel,
        verdicts: &Verdicts,
        cannot_listen: Option<&str>,
    ) -> Vec<FaultCause> {
        let mut faults = match &self.config.interface {
            Some(name) => self.faults_of_interface(name, kernel),
            None => self.faults_of_source(kernel),
        };
        if self.config.unicast.as_ref().is_some_and(|unicast| unicast.peers.is_empty()) {
            faults.push(FaultCause::NoPeer);
        }
        if let Some(reason) = cannot_listen {
            faults.push(FaultCause::CannotListen(reason.to_owned()));
        }
        let interfaces = self.config.track_interfaces.iter().filter(|t| t.is_fault(is_up(kernel, t)));
        faults.extend(interfaces.map(|t| FaultCause::Tracked(t.interface.clone())));
        let needed = self.config.needs.iter().filter(|name| !kernel.link_named(name).is_some_and(|l| l.up));
        faults.extend(needed.cloned().map(FaultCause::Needed));
        let tracks = self.config.tracks.iter().filter(|t| t.is_fault(verdict(verdicts, &t.tracker)));
        faults.extend(tracks.map(|t| FaultCause::TrackerFailed(t.tracker.clone())));
        faults
    }

    /// The interface whose addresses advertisements are sent from: its own, even if they leave from a macvlan on top of it;
    /// but an ipvlan has addresses for that.
    pub(crate) fn source_link(&self) -> Option<IfIndex> {
        let own = |vmac: &Vmac| !vmac.is_macvlan() && Some(&vmac.name) == self.config.advertise_on.as_ref();
        if self.config.vmacs.iter().any(own) { self.advertise_on } else { self.ifindex }
    }

    fn faults_of_interface(&self, name: &str, kernel: &Kernel) -> Vec<FaultCause> {
        let Some(link) = self.ifindex.and_then(|i| kernel.link(i)) else {
            return vec![FaultCause::InterfaceMissing(name.to_owned())];
        };
        let mut faults = Vec::new();
        if !link.up && !self.config.dont_track_primary {
            faults.push(FaultCause::InterfaceDown(name.to_owned()));
        }
        // One that is not there comes in a moment, or there is a fault that says why not.
        let Some(from) = self.source_link() else {
            let missing = self.source.is_none().then(|| FaultCause::NoSourceAddress(name.to_owned()));
            faults.extend(missing);
            return faults;
        };
        let keyword = self.config.source_keyword;
        let unusable = kernel.unusable_source(from, self.config.family, self.config.source);
        match self.config.source {
            _ if unusable.is_some() && (self.config.source.is_some() || self.source.is_none()) => {
                faults.extend(unusable);
            }
            Some(address) if self.config.track_source && !kernel.has_address(from, address) => {
                faults.push(FaultCause::SourceAddressMissing { address, keyword });
            }
            // Its peers send there: one that hears nobody must not become Master.
            Some(address)
                if self.config.unicast.is_some()
                    && !kernel.has_address_within(kernel.vrf_of(link.ifindex), address) =>
            {
                faults.push(FaultCause::SourceAddressNowhere { address, keyword });
            }
            None if self.source.is_none() => faults.push(FaultCause::NoSourceAddress(kernel.name(from))),
            Some(_) | None => {}
        }
        faults
    }

    /// Without an interface nothing but the source address says whether others can be heard: their advertisements go
    /// there. One that hears nobody must not become Master.
    fn faults_of_source(&self, kernel: &Kernel) -> Vec<FaultCause> {
        let vrf = match (&self.config.vrf, self.advertise_on.and_then(|i| kernel.link(i))) {
            (Some(name), None) => return vec![FaultCause::VrfMissing(name.clone())],
            (_, vrf) => vrf,
        };
        let mut faults = Vec::new();
        if let Some(vrf) = vrf.filter(|vrf| !vrf.up && !self.config.dont_track_primary) {
            faults.push(FaultCause::InterfaceDown(vrf.name.clone()));
        }
        let keyword = self.config.source_keyword;
        match self.config.source {
            Some(address) if !kernel.has_address_within(vrf.map(|vrf| vrf.ifindex), address) => {
                faults.push(FaultCause::SourceAddressNowhere { address, keyword });
            }
            Some(_) | None => {}
        }
        faults
    }

    /// Trackers whose first verdict decides whether it starts in FAULT.
    pub(crate) fn waiting_for(&self, verdicts: &Verdicts) -> Vec<TrackerId> {
        let decides = self.config.tracks.iter().filter(|track| track.weight == 0).map(|track| &track.tracker);
        decides.filter(|tracker| verdict(verdicts, tracker) == Verdict::Pending).cloned().collect()
    }

    /// Another station that has one of its addresses. It is asked again and again, so that silence means that it is gone.
    pub(crate) fn recent_conflict(&self, now: Instant) -> Option<ConflictSnapshot> {
        let (at, addr, mac) = self.conflict?;
        let age = now.since(at);
        (age < CONFLICT_HOLDS).then_some(ConflictSnapshot { addr, mac, age })
    }

    /// Not started, and nothing stands in the way but that the kernel still looks for duplicates of its source address.
    pub(crate) fn waits_for_detection(&self) -> bool {
        self.router.state() == State::Initialize
            && !self.own_faults.is_empty()
            && self.own_faults.iter().all(|fault| matches!(fault, FaultCause::SourceTentative(_)))
    }

    /// Everything it tracks.
    pub(crate) fn track_snapshots(&self, kernel: &Kernel, verdicts: &Verdicts) -> Vec<TrackSnapshot> {
        let interfaces = self.config.track_interfaces.iter().map(|track| {
            let up = is_up(kernel, track);
            TrackSnapshot {
                what: format!("interface {}", track.interface),
                verdict: if up { Verdict::Up } else { Verdict::Down },
                weight: track.weight,
                adds: track.contribution(up),
                fault: track.is_fault(up),
            }
        });
        let tracks = self.config.tracks.iter().map(|track| {
            let verdict = verdict(verdicts, &track.tracker);
            TrackSnapshot {
                what: track.tracker.to_string(),
                verdict,
                weight: track.weight,
                adds: track.contribution(verdict),
                fault: track.is_fault(verdict),
            }
        });
        interfaces.chain(tracks).collect()
    }

    /// The configured priority moved by what is tracked, 1 to 254; the owner's never moves. Only the sum is limited, so that
    /// nothing that is added or taken is lost (keepalived.conf(5), vrrp_script).
    pub(crate) fn find_priority(&self, kernel: &Kernel, verdicts: &Verdicts) -> Priority {
        let base = self.config.priority;
        if base.is_owner() {
            return base;
        }
        let interfaces: i32 =
            self.config.track_interfaces.iter().map(|t| t.contribution(is_up(kernel, t))).sum();
        let tracks: i32 =
            self.config.tracks.iter().map(|t| t.contribution(verdict(verdicts, &t.tracker))).sum();
        let moved = interfaces + tracks;
        Priority(u8::try_from((i32::from(base.0) + moved).clamp(1, 254)).unwrap_or(1))
    }
}

/// What the state machine needs to know of the configuration.
pub(crate) fn params(config: &Config) -> Params {
    Params {
        vrid: config.vrid,
        version: config.version,
        base_priority: config.priority,
        interval: config.interval,
        down_timer_adverts: config.down_timer_adverts,
        preempt: config.preempt,
        preempt_delay: config.preempt_delay,
        lower_prio_no_advert: config.lower_prio_no_advert,
        higher_prio_send_advert: config.higher_prio_send_advert,
        owner_ignore_adverts: config.owner_ignore_adverts,
    }
}

/// How an address shall look in the kernel on this interface.
pub(crate) fn address_spec(address: &VirtualAddress, ifindex: IfIndex, vipd: &Vipd) -> AddressSpec {
    let cidr = address.cidr;
    // `nodad` is set unless the file says otherwise: its former holder may still answer for it, and detection of
    // duplicates would find that and refuse the address.
    let flags = address.flags;
    let valid = vipd.vip_lease.map_or(u32::MAX, |lease| u32::try_from(lease.as_secs()).unwrap_or(u32::MAX));
    let preferred = match address.preferred_lft {
        // A /128 must not be chosen as a source address.
        PreferredLft::Default if cidr.family() == Family::V6 && cidr.prefix_len == 128 => 0,
        // keepalived 2.2.7 leaves IPv4 addresses alone.
        PreferredLft::Default | PreferredLft::Secs(_) if cidr.family() == Family::V4 => u32::MAX,
        PreferredLft::Default => u32::MAX,
        PreferredLft::Secs(secs) => secs,
    };
    AddressSpec {
        ifindex,
        cidr,
        peer: address.peer,
        broadcast: address.broadcast.and_then(|b| broadcast(b, cidr)),
        label: address.label.clone(),
        scope: address.scope,
        flags,
        valid_lft_secs: valid,
        preferred_lft_secs: preferred.min(valid),
        no_track: address.no_track,
    }
}

fn broadcast(wish: Broadcast, cidr: Cidr) -> Option<std::net::Ipv4Addr> {
    let IpAddr::V4(addr) = cidr.addr else { return None };
    let host_bits = u32::MAX.checked_shr(u32::from(cidr.prefix_len)).unwrap_or(0);
    Some(match wish {
        Broadcast::HostOnes => (addr.to_bits() | host_bits).into(),
        Broadcast::HostZeros => (addr.to_bits() & !host_bits).into(),
        Broadcast::Address(addr) => addr,
    })
}

fn is_up(kernel: &Kernel, tracked: &TrackInterface) -> bool {
    kernel.link_named(&tracked.interface).is_some_and(|l| l.up)
}

fn verdict(verdicts: &Verdicts, tracker: &TrackerId) -> Verdict {
    verdicts.get(tracker).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcast_addresses() {
        let cidr = |s: &str| s.parse::<Cidr>().unwrap();
        assert_eq!(broadcast(Broadcast::HostOnes, cidr("192.0.2.1/24")), Some([192, 0, 2, 255].into()));
        assert_eq!(broadcast(Broadcast::HostZeros, cidr("192.0.2.1/24")), Some([192, 0, 2, 0].into()));
        assert_eq!(broadcast(Broadcast::HostOnes, cidr("192.0.2.1/32")), Some([192, 0, 2, 1].into()));
        assert_eq!(broadcast(Broadcast::HostOnes, cidr("2001:db8::1/64")), None);
    }
}
