//! The typed model: what the daemon acts on. Everything is resolved (defaults filled in, globals applied to
//! instances), so that nobody below needs to know where a value came from.

mod authentication;
mod bfd;
mod dumps;
mod identity;
mod process;
mod programs;
mod reloading;
mod route;
mod rule;
mod source;
mod statics;
mod tracking;
mod unicast;
mod vmac;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::{Cidr, Family, Interval, Priority, Version, Vrid};

pub use authentication::{AntiReplay, Authentication, Hmac, HmacKey, HmacMode, Secret};
pub use bfd::Bfd;
pub use dumps::Dumps;
pub use identity::Identity;
pub use process::{AutoPriority, Process};
pub use programs::{
    Fifo, Notify, ParamMatch, Program, Programs, TimedProgram, TrackFile, TrackProcess, TrackScript,
};
pub use reloading::Reloading;
pub use route::{
    Encapsulation, Hop, MetricKind, NextHop, PROTOCOL, Placement, Route, RouteKind, RouteMetric,
    RoutePreference, TABLE_MAIN, Table, Tunnel, VirtualRoute,
};
pub use rule::{Rule, RuleAction, VirtualRule};
pub use source::SourceKeyword;
pub use statics::{Static, Statics};
pub use tracking::{InterfaceDelays, SyncGroup, Track, TrackerId, TrackerKind, Verdict, Verdicts};
pub use unicast::{Peer, Unicast};
pub use vmac::{FilterSettings, IpvlanMode, Vmac, VmacKind};

/// A whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// What tells this daemon from others on the same machine.
    pub identity: Identity,
    /// `global_defs`.
    pub global: Global,
    /// `vipd { … }`: vipd's own settings.
    pub vipd: Vipd,
    /// Every usable `vrrp_instance`, in the order of the file.
    pub instances: Vec<Instance>,
    /// Every `vrrp_sync_group` with members.
    pub sync_groups: Vec<SyncGroup>,
    /// `interface_up_down_delays`.
    pub interface_delays: Vec<InterfaceDelays>,
    /// What `global_defs` says about programs.
    pub programs: Programs,
    /// Every `vrrp_script` with a command.
    pub scripts: Vec<TrackScript>,
    /// Every `track_file` with a path.
    pub files: Vec<TrackFile>,
    /// Every `vrrp_track_process` with a command.
    pub processes: Vec<TrackProcess>,
    /// Every usable `bfd_instance`, in the order of the file.
    pub bfd: Vec<Bfd>,
    /// What is there in every state.
    pub statics: Statics,
    /// Every `garp_group` with an interval and interfaces.
    pub garp_groups: Vec<GarpGroup>,
    /// Where packets are filtered.
    pub filter: FilterSettings,
}

impl Model {
    /// Nobody tracks these any more: they cannot be looked at, and have no effect.
    pub fn forget_trackers(&mut self, trackers: &BTreeSet<TrackerId>) {
        if trackers.is_empty() {
            return;
        }
        for instance in &mut self.instances {
            instance.tracks.retain(|track| !trackers.contains(&track.tracker));
        }
    }

    /// Nothing is configured.
    pub fn empty() -> Self {
        Self {
            identity: Identity::default(),
            global: Global {
                router_id: None,
                mail: None,
                no_email_faults: false,
                startup_delay: Duration::ZERO,
                log_unknown_vrids: false,
                process: Process::default(),
                dumps: Dumps::default(),
                reloading: Reloading::default(),
                delay_after_boot: Duration::ZERO,
                no_local_igmp: false,
            },
            vipd: Vipd::default(),
            instances: Vec::new(),
            sync_groups: Vec::new(),
            interface_delays: Vec::new(),
            programs: Programs::default(),
            scripts: Vec::new(),
            files: Vec::new(),
            processes: Vec::new(),
            bfd: Vec::new(),
            statics: Statics::default(),
            garp_groups: Vec::new(),
            filter: FilterSettings::default(),
        }
    }

    /// Whether there are routes or rules.
    pub fn has_routing(&self) -> bool {
        let of_instance = |instance: &Instance| !instance.routes.is_empty() || !instance.rules.is_empty();
        !self.statics.routes.is_empty()
            || !self.statics.rules.is_empty()
            || self.instances.iter().any(of_instance)
    }
}

/// `global_defs`, as far as it is not folded into the instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Global {
    /// `router_id`; `None`: the local host name.
    pub router_id: Option<String>,
    /// How to send mail; `None`: no mail is sent (no server or no recipient).
    pub mail: Option<Mail>,
    /// `no_email_faults`: no mail for FAULT.
    pub no_email_faults: bool,
    /// `vrrp_startup_delay`: no take-over before this much time since the start.
    pub startup_delay: Duration,
    /// `vrrp_delay_after_boot`: no take-over before this much time since the start of the machine.
    pub delay_after_boot: Duration,
    /// `log_unknown_vrids`.
    pub log_unknown_vrids: bool,
    /// Scheduling of the router process.
    pub process: Process,
    /// Files that signals ask for.
    pub dumps: Dumps,
    /// How the configuration is read again.
    pub reloading: Reloading,
    /// `disable_local_igmp`: no reports of memberships in groups of the local network, 224.0.0.x.
    pub no_local_igmp: bool,
}

impl Global {
    /// How long instances wait on a machine that has been up for so long: the longer of both delays counts.
    pub fn wait_at_start(&self, up: Duration) -> Duration {
        self.startup_delay.max(self.delay_after_boot.saturating_sub(up))
    }
}

/// Mail settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mail {
    /// `smtp_server`: address or host name.
    pub server: String,
    /// Port, 25 by default.
    pub port: u16,
    /// `smtp_helo_name`; `None`: the local host name.
    pub helo_name: Option<String>,
    /// `smtp_connect_timeout`, 30 s by default.
    pub connect_timeout: Duration,
    /// `notification_email_from`; `None`: keepalived@ and the local host name.
    pub from: Option<String>,
    /// `notification_email`, at least one.
    pub to: Vec<String>,
}

/// vipd's own settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Vipd {
    /// `handover`: a Master that leaves on purpose serves its addresses until it hears its successor. Default on.
    pub handover: bool,
    /// `vip_lease`: kernel lifetime of each address, renewed while we live, whole seconds. Default off.
    pub vip_lease: Option<Duration>,
    /// `notify_retry`: how long after its first failure a notify program of a state is run again, whole seconds.
    /// Default off.
    pub notify_retry: Option<Duration>,
}

impl Default for Vipd {
    fn default() -> Self {
        Self { handover: true, vip_lease: None, notify_retry: None }
    }
}

/// One `vrrp_instance`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instance {
    /// The name after `vrrp_instance`.
    pub name: String,
    /// `interface`; `None`, with `unicast` and a `source` only: packets leave by whatever interface leads to their
    /// destination, and are heard on every one.
    pub interface: Option<String>,
    /// `vrf`, without an `interface`: it sends and hears within this VRF; otherwise outside of all.
    pub vrf: Option<String>,
    /// `virtual_router_id`.
    pub vrid: Vrid,
    /// Family of the advertisements.
    pub family: Family,
    /// `version`.
    pub version: Version,
    /// `priority`.
    pub priority: Priority,
    /// `state MASTER`.
    pub start_as_master: bool,
    /// `advert_int`, rounded to what the version can express.
    pub interval: Interval,
    /// `down_timer_adverts`.
    pub down_timer_adverts: u8,
    /// False with `nopreempt`.
    pub preempt: bool,
    /// `preempt_delay`.
    pub preempt_delay: Duration,
    /// `authentication` or `auth_hmac`.
    pub authentication: Authentication,
    /// `mcast_src_ip`, `unicast_src_ip`, or the address of `use_ipvlan`; `None`: the interface's primary address.
    pub source: Option<IpAddr>,
    /// Which of them says so; of no meaning without a `source`.
    pub source_keyword: SourceKeyword,
    /// `track_src_ip`: FAULT while `source` is not on the interface.
    pub track_source: bool,
    /// The group that advertisements go to, unless `unicast`: `mcast_dst_ip` or the global one.
    pub destination: IpAddr,
    /// Advertisements go to single machines.
    pub unicast: Option<Unicast>,
    /// `v3_checksum_as_v2`.
    pub checksum_as_v2: bool,
    /// `lower_prio_no_advert`.
    pub lower_prio_no_advert: bool,
    /// `higher_prio_send_advert`.
    pub higher_prio_send_advert: bool,
    /// `owner_ignore_adverts`.
    pub owner_ignore_adverts: bool,
    /// `skip_check_adv_addr`: do not compare the address list of the current Master's advertisements.
    pub skip_check_adv_addr: bool,
    /// `strict_mode`: held to the letter of the RFCs. What follows from that is in the other fields.
    pub strict: bool,
    /// `dont_track_primary`: the own interface being down is no fault.
    pub dont_track_primary: bool,
    /// `track_interface`, its sync group's included.
    pub track_interfaces: Vec<TrackInterface>,
    /// The interfaces in its own `track_interface`, also those with a weight that counts for nothing because the sync group
    /// permits none. Dumps show them.
    pub named_interfaces: Vec<String>,
    /// Other interfaces that addresses, routes with one way and rules of its go to, except those with `no_track`, sorted: it
    /// can serve only while they are up, as with keepalived.
    pub needs: Vec<String>,
    /// `track_script`, `track_file`, `track_process` and `track_bfd`, its sync group's included.
    pub tracks: Vec<Track>,
    /// Interfaces of its own, the one of `use_vmac` or `use_ipvlan` first.
    pub vmacs: Vec<Vmac>,
    /// Which of them advertisements leave from and arrive on; `None`: the interface itself (`vmac_xmit_base`).
    pub advertise_on: Option<String>,
    /// `no_accept`, see [`drops_packets`](Self::drops_packets).
    pub no_accept: bool,
    /// Gratuitous ARP / neighbour advertisement policy.
    pub garp: Garp,
    /// `virtual_ipaddress`: in advertisements, all of `family`.
    pub addresses: Vec<VirtualAddress>,
    /// `virtual_ipaddress_excluded`: not in advertisements, any family.
    pub excluded: Vec<VirtualAddress>,
    /// `virtual_routes`
    pub routes: Vec<VirtualRoute>,
    /// `virtual_rules`
    pub rules: Vec<VirtualRule>,
    /// `promote_secondaries`.
    pub promote_secondaries: bool,
    /// `smtp_alert`, global default applied.
    pub smtp_alert: bool,
    /// The programs that are told of its state.
    pub notify: Notify,
}

impl Instance {
    /// An instance for which nothing else is configured, with the language's defaults: version 2 over IPv4, version 3
    /// over IPv6, priority 100, one second, no addresses.
    pub fn new(name: &str, interface: &str, vrid: Vrid, family: Family) -> Self {
        Self {
            name: name.to_owned(),
            interface: Some(interface.to_owned()),
            vrf: None,
            vrid,
            family,
            version: match family {
                Family::V4 => Version::V2,
                Family::V6 => Version::V3,
            },
            priority: Priority::DEFAULT,
            start_as_master: false,
            interval: Interval::DEFAULT,
            down_timer_adverts: 3,
            preempt: true,
            preempt_delay: Duration::ZERO,
            authentication: Authentication::None,
            source: None,
            source_keyword: SourceKeyword::default(),
            track_source: false,
            destination: Self::default_group(family),
            unicast: None,
            checksum_as_v2: false,
            lower_prio_no_advert: false,
            higher_prio_send_advert: false,
            owner_ignore_adverts: false,
            skip_check_adv_addr: false,
            strict: false,
            dont_track_primary: false,
            track_interfaces: Vec::new(),
            named_interfaces: Vec::new(),
            needs: Vec::new(),
            tracks: Vec::new(),
            vmacs: Vec::new(),
            advertise_on: None,
            no_accept: false,
            garp: Garp::default(),
            addresses: Vec::new(),
            excluded: Vec::new(),
            routes: Vec::new(),
            rules: Vec::new(),
            promote_secondaries: false,
            smtp_alert: false,
            notify: Notify::default(),
        }
    }

    /// The multicast group of RFC 9568 section 5.1 for a family.
    pub const fn default_group(family: Family) -> IpAddr {
        match family {
            Family::V4 => IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18)),
            Family::V6 => IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12)),
        }
    }

    /// Where advertisements go: the group, or every peer.
    pub fn destinations(&self) -> impl Iterator<Item = IpAddr> {
        let group = if self.unicast.is_none() { Some(self.destination) } else { None };
        let peers = self.unicast.iter().flat_map(|unicast| &unicast.peers).map(|peer| peer.address);
        group.into_iter().chain(peers)
    }

    /// Where it advertises, in words.
    pub fn place(&self) -> Cow<'_, str> {
        match (&self.interface, &self.vrf) {
            (Some(interface), _) => Cow::Borrowed(interface),
            (None, Some(vrf)) => Cow::Owned(format!("VRF {vrf}")),
            (None, None) => Cow::Borrowed("any interface"),
        }
    }

    /// Name of the interface that one of its addresses goes to.
    pub fn interface_of<'a>(&'a self, address: &'a VirtualAddress) -> &'a str {
        address.interface.as_deref().or(self.interface.as_deref()).unwrap_or_default()
    }

    /// Packets to its addresses are dropped while it is Master. An owner of the addresses takes them in any case.
    pub fn drops_packets(&self) -> bool {
        self.no_accept && !self.priority.is_owner()
    }

    /// The interface of `use_vmac` or `use_ipvlan`.
    pub fn main_vmac(&self) -> Option<&Vmac> {
        self.vmacs.iter().find(|vmac| vmac.main)
    }

    /// All addresses, advertised ones first.
    pub fn all_addresses(&self) -> impl Iterator<Item = &VirtualAddress> {
        self.addresses.iter().chain(&self.excluded)
    }
}

/// One entry of `track_interface`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackInterface {
    /// Interface name.
    pub interface: String,
    /// 0: down means FAULT. Otherwise added to the priority, -253 to 253: positive while up, negative while down.
    pub weight: i16,
    /// `reverse`: up and down exchanged.
    pub reverse: bool,
}

impl TrackInterface {
    /// What this entry adds to the priority (keepalived.conf(5), track_interface).
    pub fn contribution(&self, up: bool) -> i32 {
        tracking::contribution(i32::from(self.weight), self.reverse, up)
    }

    /// Whether it keeps the instance in FAULT.
    pub fn is_fault(&self, up: bool) -> bool {
        self.weight == 0 && up == self.reverse
    }
}

/// When and how often addresses are announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Garp {
    /// `garp_master_repeat`: packets per address on becoming Master, at least 1.
    pub repeat: u32,
    /// `garp_master_delay`: the second burst comes this much later; zero: none.
    pub delay: Duration,
    /// `garp_master_refresh`: period of refreshing while Master; zero: off.
    pub refresh: Duration,
    /// `garp_master_refresh_repeat`, at least 1.
    pub refresh_repeat: u32,
    /// `garp_lower_prio_repeat`: packets per address when a lower-priority advertisement is heard; 0: none.
    pub lower_prio_repeat: u32,
    /// `garp_lower_prio_delay`: second burst after that; zero: none.
    pub lower_prio_delay: Duration,
    /// `vrrp_garp_interval`: gap between two gratuitous ARPs on an interface.
    pub arp_interval: Duration,
    /// `vrrp_gna_interval`: gap between two neighbour advertisements on an interface.
    pub na_interval: Duration,
    /// `garp_extra_if`: period of announcing on interfaces that advertisements do not leave from; zero: off.
    pub extra_every: Duration,
    /// `garp_extra_if all`: not only on interfaces with a virtual MAC address.
    pub extra_on_all: bool,
}

/// `garp_group`: interfaces behind one switch that takes only so many announcements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GarpGroup {
    /// Names of interfaces; it holds for those with virtual MAC addresses on top of them, too.
    pub interfaces: Vec<String>,
    /// Gap between two gratuitous ARPs on any of them.
    pub arp_interval: Duration,
    /// Gap between two neighbour advertisements on any of them.
    pub na_interval: Duration,
}

impl Default for Garp {
    fn default() -> Self {
        Self {
            repeat: 5,
            delay: Duration::from_secs(5),
            refresh: Duration::ZERO,
            refresh_repeat: 1,
            lower_prio_repeat: 5,
            lower_prio_delay: Duration::from_secs(5),
            arp_interval: Duration::ZERO,
            na_interval: Duration::ZERO,
            extra_every: Duration::ZERO,
            extra_on_all: false,
        }
    }
}

/// One virtual address with the options of `ip address`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VirtualAddress {
    /// Address and prefix length.
    pub cidr: Cidr,
    /// `dev`, or the interface with a virtual MAC address that it goes to; `None`: the instance's interface, which it
    /// has then.
    pub interface: Option<String>,
    /// `scope`.
    pub scope: Scope,
    /// `label` (IPv4).
    pub label: Option<String>,
    /// `brd` (IPv4); `None`: none.
    pub broadcast: Option<Broadcast>,
    /// `peer`.
    pub peer: Option<Cidr>,
    /// Everything else that is a flag of the address.
    pub flags: AddressFlags,
    /// `preferred_lft`.
    pub preferred_lft: PreferredLft,
    /// `no_track`: removal of the address by somebody else is not our business.
    pub no_track: bool,
    /// `use_vmac`: it goes to an interface with a virtual MAC address, on `dev`.
    pub use_vmac: bool,
}

impl VirtualAddress {
    /// An address without options.
    pub fn new(cidr: Cidr) -> Self {
        Self {
            cidr,
            interface: None,
            scope: Scope::GLOBAL,
            label: None,
            broadcast: None,
            peer: None,
            flags: AddressFlags { nodad: cidr.family() == Family::V6, ..AddressFlags::default() },
            preferred_lft: PreferredLft::Default,
            no_track: false,
            use_vmac: false,
        }
    }
}

/// Scope of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Scope(pub u8);

impl Scope {
    /// Valid everywhere (RT_SCOPE_UNIVERSE).
    pub const GLOBAL: Self = Self(0);
    /// Valid within this site.
    pub const SITE: Self = Self(200);
    /// Valid on this link.
    pub const LINK: Self = Self(253);
    /// Valid on this host.
    pub const HOST: Self = Self(254);
    /// Nowhere.
    pub const NOWHERE: Self = Self(255);
}

/// `brd` of an IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Broadcast {
    /// `brd +`: host bits set.
    HostOnes,
    /// `brd -`: host bits clear.
    HostZeros,
    /// As given.
    Address(Ipv4Addr),
}

/// Flags of an address, as `ip address` names them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
pub struct AddressFlags {
    /// `home` (IPv6).
    pub home: bool,
    /// `nodad` (IPv6); keepalived always sets it on virtual addresses without `-nodad`.
    pub nodad: bool,
    /// `mngtmpaddr` (IPv6).
    pub mngtmpaddr: bool,
    /// `noprefixroute`.
    pub noprefixroute: bool,
    /// `autojoin`.
    pub autojoin: bool,
}

/// `preferred_lft` of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PreferredLft {
    /// Nothing said: forever, or zero for a /128 (so that it is not chosen as a source address).
    Default,
    /// Seconds; `u32::MAX` is forever.
    Secs(u32),
}
