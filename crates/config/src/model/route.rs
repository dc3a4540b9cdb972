//! Routes, as `ip route` has them (ip-route(8)).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::{Cidr, Family};

use super::Scope;

/// RTPROT_KEEPALIVED: the mark of the routes and rules that are ours.
pub const PROTOCOL: u8 = 18;
/// RT_TABLE_MAIN.
pub const TABLE_MAIN: u32 = 254;

/// One entry of `virtual_routes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VirtualRoute {
    /// The route.
    pub route: Route,
    /// `no_track`: removal of the route by somebody else is not our business.
    pub no_track: bool,
}

/// A route. Two that are equal are one and the same for the kernel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// Family of the destination.
    pub family: Family,
    /// Where packets go to; a prefix length of zero is `default`. Host bits are clear.
    pub destination: Cidr,
    /// `from`: where packets come from (IPv6).
    pub from: Option<Cidr>,
    /// What becomes of them.
    pub kind: RouteKind,
    /// `table`, or the one of `vrf`.
    pub table: Table,
    /// `metric`; `None`: the kernel's default, 0 for IPv4 and 1024 for IPv6.
    pub metric: Option<u32>,
    /// `tos`.
    pub tos: u8,
    /// `protocol`.
    pub protocol: u8,
    /// `scope`.
    pub scope: Scope,
    /// `src`: the address that local senders use.
    pub source: Option<IpAddr>,
    /// The way, if there is only one; without a gateway and an interface where the kind needs none.
    pub hop: Hop,
    /// `nexthop`: several ways. Empty if `hop` is the way.
    pub nexthops: Vec<NextHop>,
    /// Metrics that TCP and others begin with, sorted, each at most once.
    pub metrics: Vec<RouteMetric>,
    /// `congctl`: the congestion control of TCP, and whether it is locked.
    pub congestion_control: Option<(String, bool)>,
    /// `expires`: the kernel removes the route after so many seconds (IPv6).
    pub expires_secs: Option<u32>,
    /// `pref` (IPv6, RFC 4191).
    pub preference: Option<RoutePreference>,
    /// `ttl-propagate` (MPLS).
    pub ttl_propagate: Option<bool>,
    /// `add`, `prepend`, `append`.
    pub placement: Placement,
}

/// What becomes of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
pub enum RouteKind {
    /// They are sent on.
    #[default]
    Unicast,
    /// They are for this host.
    Local,
    /// They are for this host, and all others of the link.
    Broadcast,
    /// They are for this host, which is one of several with the address.
    Anycast,
    /// They are for a group.
    Multicast,
    /// The search goes on with the next rule.
    Throw,
    /// They are dropped, and the sender is told that there is no way.
    Unreachable,
    /// They are dropped, and the sender is told that it is forbidden.
    Prohibit,
    /// They are dropped.
    Blackhole,
}

/// A routing table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Table {
    /// By its number.
    Number(u32),
    /// The one that belongs to a VRF interface.
    Vrf(String),
}

/// One way out.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Hop {
    /// `via`: the gateway; its family may differ from the route's (RFC 8950).
    pub gateway: Option<IpAddr>,
    /// `dev`; `None`: the kernel finds it by the gateway.
    pub interface: Option<String>,
    /// `onlink`: the gateway is on this link, whatever the addresses say.
    pub onlink: bool,
    /// `encap`.
    pub encapsulation: Option<Encapsulation>,
    /// `realms`: that of the source in the upper half, that of the destination in the lower one (IPv4).
    pub realms: Option<u32>,
}

/// One of several ways out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NextHop {
    /// The way.
    pub hop: Hop,
    /// `weight`: its share of the traffic, 1 to 256.
    pub weight: u16,
}

/// A light-weight tunnel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Encapsulation {
    /// `encap ip`.
    Ip(Tunnel<Ipv4Addr>),
    /// `encap ip6`.
    Ip6(Tunnel<Ipv6Addr>),
    /// `encap mpls`: labels, the outermost first.
    Mpls(Vec<u32>),
    /// `encap ila`: the locator.
    Ila(u64),
}

/// The header that is put before packets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Tunnel<A> {
    /// `id`.
    pub id: Option<u64>,
    /// `src`.
    pub source: Option<A>,
    /// `dst`.
    pub destination: Option<A>,
    /// `tos` or `tc`.
    pub tos: Option<u8>,
    /// `ttl` or `hoplimit`.
    pub ttl: Option<u8>,
    /// `flags`.
    pub flags: Option<u16>,
}

/// One metric of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RouteMetric {
    /// Which.
    pub kind: MetricKind,
    /// In the unit of its kind.
    pub value: u32,
    /// `lock`: the kernel does not change it by what it learns.
    pub lock: bool,
}

/// What a metric is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum MetricKind {
    /// `mtu`, bytes.
    Mtu,
    /// `window`, bytes.
    Window,
    /// `rtt`, eighths of a millisecond.
    Rtt,
    /// `rttvar`, quarters of a millisecond.
    RttVar,
    /// `ssthresh`, segments.
    SsThresh,
    /// `cwnd`, segments.
    Cwnd,
    /// `advmss`, bytes.
    AdvMss,
    /// `reordering`, segments.
    Reordering,
    /// `hoplimit`.
    HopLimit,
    /// `initcwnd`, segments.
    InitCwnd,
    /// `features`: 1 is `ecn`.
    Features,
    /// `rto_min`, milliseconds.
    RtoMin,
    /// `initrwnd`, segments.
    InitRwnd,
    /// `quickack`, 0 or 1.
    QuickAck,
    /// `fastopen_no_cookie`, 0 or 1.
    FastOpenNoCookie,
}

/// Router preference of RFC 4191.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum RoutePreference {
    /// `low`.
    Low,
    /// `medium`.
    Medium,
    /// `high`.
    High,
}

/// Where a route goes among those to the same destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
pub enum Placement {
    /// Before them.
    #[default]
    Prepend,
    /// Behind them.
    Append,
    /// It must be the only one.
    Alone,
}

impl Route {
    /// A unicast route to a destination, without any way yet: main table, protocol 18, scope global.
    pub const fn to(destination: Cidr) -> Self {
        Self {
            family: destination.family(),
            destination,
            from: None,
            kind: RouteKind::Unicast,
            table: Table::Number(TABLE_MAIN),
            metric: None,
            tos: 0,
            protocol: PROTOCOL,
            scope: Scope::GLOBAL,
            source: None,
            hop: Hop { gateway: None, interface: None, onlink: false, encapsulation: None, realms: None },
            nexthops: Vec::new(),
            metrics: Vec::new(),
            congestion_control: None,
            expires_secs: None,
            preference: None,
            ttl_propagate: None,
            placement: Placement::Prepend,
        }
    }

    /// All ways: the only one, or the several.
    pub fn hops(&self) -> impl Iterator<Item = &Hop> {
        let only = self.nexthops.is_empty().then_some(&self.hop);
        only.into_iter().chain(self.nexthops.iter().map(|next| &next.hop))
    }
}

impl RouteKind {
    /// As `ip route` writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unicast => "unicast",
            Self::Local => "local",
            Self::Broadcast => "broadcast",
            Self::Anycast => "anycast",
            Self::Multicast => "multicast",
            Self::Throw => "throw",
            Self::Unreachable => "unreachable",
            Self::Prohibit => "prohibit",
            Self::Blackhole => "blackhole",
        }
    }

    /// Whether such routes lead to an interface.
    pub const fn has_way(self) -> bool {
        match self {
            Self::Unicast | Self::Local | Self::Broadcast | Self::Anycast | Self::Multicast => true,
            Self::Throw | Self::Unreachable | Self::Prohibit | Self::Blackhole => false,
        }
    }
}

impl MetricKind {
    /// As `ip route` writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mtu => "mtu",
            Self::Window => "window",
            Self::Rtt => "rtt",
            Self::RttVar => "rttvar",
            Self::SsThresh => "ssthresh",
            Self::Cwnd => "cwnd",
            Self::AdvMss => "advmss",
            Self::Reordering => "reordering",
            Self::HopLimit => "hoplimit",
            Self::InitCwnd => "initcwnd",
            Self::Features => "features",
            Self::RtoMin => "rto_min",
            Self::InitRwnd => "initrwnd",
            Self::QuickAck => "quickack",
            Self::FastOpenNoCookie => "fastopen_no_cookie",
        }
    }
}

impl MetricKind {
    /// How many of its unit are a millisecond.
    pub(crate) const fn parts_of_ms(self) -> u32 {
        match self {
            Self::Rtt => 8,
            Self::RttVar => 4,
            Self::Mtu
            | Self::Window
            | Self::SsThresh
            | Self::Cwnd
            | Self::AdvMss
            | Self::Reordering
            | Self::HopLimit
            | Self::InitCwnd
            | Self::Features
            | Self::RtoMin
            | Self::InitRwnd
            | Self::QuickAck
            | Self::FastOpenNoCookie => 1,
        }
    }
}

impl fmt::Display for Route {
    /// As an argument of `ip route add`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != RouteKind::Unicast {
            write!(f, "{} ", self.kind.word())?;
        }
        prefix(f, self.destination)?;
        if let Some(from) = self.from {
            write!(f, " from {from}")?;
        }
        self.hop.write(f, self.family)?;
        match &self.table {
            Table::Number(TABLE_MAIN) => {}
            Table::Number(number) => write!(f, " table {number}")?,
            Table::Vrf(name) => write!(f, " vrf {name}")?,
        }
        if let Some(source) = self.source {
            write!(f, " src {source}")?;
        }
        if let Some(metric) = self.metric {
            write!(f, " metric {metric}")?;
        }
        if self.tos != 0 {
            write!(f, " tos {:#04x}", self.tos)?;
        }
        write!(f, " proto {}", self.protocol)?;
        if self.scope != Scope::GLOBAL {
            write!(f, " scope {}", self.scope.0)?;
        }
        self.details(f)?;
        for next in &self.nexthops {
            f.write_str(" nexthop")?;
            next.hop.write(f, self.family)?;
            write!(f, " weight {}", next.weight)?;
        }
        Ok(())
    }
}

impl Route {
    fn details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for RouteMetric { kind, value, lock } in &self.metrics {
            let lock = if *lock { " lock" } else { "" };
            match (kind, value) {
                (MetricKind::Features, 1) => f.write_str(" features ecn")?,
                (MetricKind::Rtt | MetricKind::RttVar | MetricKind::RtoMin, parts) => {
                    let ms = f64::from(*parts) / f64::from(kind.parts_of_ms());
                    write!(f, " {}{lock} {ms}ms", kind.word())?;
                }
                (kind, value) => write!(f, " {}{lock} {value}", kind.word())?,
            }
        }
        if let Some((name, lock)) = &self.congestion_control {
            write!(f, " congctl {}{name}", if *lock { "lock " } else { "" })?;
        }
        if let Some(secs) = self.expires_secs {
            write!(f, " expires {secs}")?;
        }
        match self.preference {
            None => Ok(()),
            Some(RoutePreference::Low) => f.write_str(" pref low"),
            Some(RoutePreference::Medium) => f.write_str(" pref medium"),
            Some(RoutePreference::High) => f.write_str(" pref high"),
        }?;
        match self.ttl_propagate {
            None => Ok(()),
            Some(true) => f.write_str(" ttl-propagate enabled"),
            Some(false) => f.write_str(" ttl-propagate disabled"),
        }
    }
}

impl Hop {
    /// With a blank before each word, as part of a route of this family.
    fn write(&self, f: &mut fmt::Formatter<'_>, family: Family) -> fmt::Result {
        match &self.encapsulation {
            None => Ok(()),
            Some(Encapsulation::Ip(tunnel)) => write!(f, " encap ip{tunnel}"),
            Some(Encapsulation::Ip6(tunnel)) => write!(f, " encap ip6{tunnel}"),
            Some(Encapsulation::Mpls(labels)) => {
                let labels: Vec<_> = labels.iter().map(u32::to_string).collect();
                write!(f, " encap mpls {}", labels.join("/"))
            }
            Some(Encapsulation::Ila(locator)) => write!(f, " encap ila {locator:#x}"),
        }?;
        match self.gateway {
            None => Ok(()),
            Some(IpAddr::V6(gateway)) if family == Family::V4 => write!(f, " via inet6 {gateway}"),
            Some(gateway) => write!(f, " via {gateway}"),
        }?;
        if let Some(interface) = &self.interface {
            write!(f, " dev {interface}")?;
        }
        if self.onlink {
            f.write_str(" onlink")?;
        }
        match self.realms.map(|realms| (realms >> 16, realms & 0xffff)) {
            None => Ok(()),
            Some((0, destination)) => write!(f, " realms {destination}"),
            Some((source, destination)) => write!(f, " realms {source}/{destination}"),
        }
    }
}

impl<A: fmt::Display> fmt::Display for Tunnel<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut option = |name: &str, value: Option<&dyn fmt::Display>| match value {
            Some(value) => write!(f, " {name} {value}"),
            None => Ok(()),
        };
        option("id", self.id.as_ref().map(|id| id as _))?;
        option("dst", self.destination.as_ref().map(|dst| dst as _))?;
        option("src", self.source.as_ref().map(|src| src as _))?;
        option("tos", self.tos.as_ref().map(|tos| tos as _))?;
        option("ttl", self.ttl.as_ref().map(|ttl| ttl as _))?;
        option("flags", self.flags.as_ref().map(|flags| flags as _))
    }
}

fn prefix(f: &mut fmt::Formatter<'_>, prefix: Cidr) -> fmt::Result {
    match (prefix.addr, prefix.prefix_len) {
        (_, 0) => f.write_str("default"),
        (_, len) if len == prefix.family().max_prefix_len() => write!(f, "{}", prefix.addr),
        (_, _) => write!(f, "{prefix}"),
    }
}
