//! Load balancing: `virtual_server`, `virtual_server_group` and `SSL`, as they are written. What follows from what is
//! not written is in [`resolve`].

mod read;
pub mod resolve;
mod rules;
mod scalar;

use std::net::{IpAddr, Ipv4Addr};
use std::num::{NonZeroU16, NonZeroU32};

use serde::Serialize;
use types::Family;

use super::Spanned;
use super::checkers::{Checker, Timing};
use crate::diagnostics::Diagnostic;
use crate::keywords::Keyword;
use crate::source::{Sources, Span};
use crate::tree::Tree;

pub(super) use scalar::{Reader, group_name, put};

/// Everything about load balancing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Lvs {
    /// `SSL`; of several the last one.
    pub ssl: Option<Box<Ssl>>,
    /// `virtual_server_group`, in the order of the text.
    pub groups: Vec<Group>,
    /// `virtual_server`, in the order of the text.
    pub servers: Vec<VirtualServer>,
}

impl Lvs {
    /// Reads what the top level says about load balancing, and reports what is wrong with it.
    pub(crate) fn read(sources: &Sources, tree: &Tree, found: &mut Vec<Diagnostic>) -> Self {
        let lvs = read::read(tree.top(sources), found);
        rules::check(&lvs, tree.top(sources), found);
        lvs
    }

    /// Whether a keyword of the top level is read here.
    pub(crate) fn is_about(keyword: &Keyword) -> bool {
        matches!(keyword.name, "virtual_server" | "virtual_server_group" | "SSL")
    }
}

/// `SSL`: what `SSL_GET` shows to the servers, and whom it trusts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Ssl {
    /// `password` of the key.
    pub password: Option<Box<str>>,
    /// `ca`: the file with the authorities.
    pub ca: Option<Box<str>>,
    /// `certificate`: the file.
    pub certificate: Option<Box<str>>,
    /// `key`: the file.
    pub key: Option<Box<str>>,
}

/// `virtual_server_group`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: Spanned<Box<str>>,
    /// What it consists of.
    pub members: Vec<Member>,
}

/// A line of a group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Member {
    /// One address (`first` and `last` are the same) or a range.
    Addresses {
        /// The first one.
        first: IpAddr,
        /// The last one, of the same family and not less.
        last: IpAddr,
        /// The port; `None`: all.
        port: Option<NonZeroU16>,
    },
    /// A firewall mark.
    Fwmark {
        /// The mark.
        fwmark: u32,
        /// `inet` or `inet6`
        family: Option<Family>,
    },
}

/// What a virtual server answers to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// An address.
    Address {
        /// The address.
        address: IpAddr,
        /// The port; `None`: all.
        port: Option<NonZeroU16>,
    },
    /// Packets with this firewall mark.
    Fwmark(u32),
    /// All members of a group.
    Group(Box<str>),
}

/// `virtual_server`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VirtualServer {
    /// What it answers to.
    pub service: Service,
    /// From the keyword to the last word before the brace.
    #[serde(skip)]
    pub span: Span,
    /// `ip_family`
    pub ip_family: Option<Family>,
    /// `lvs_sched`, `lb_algo`
    pub scheduler: Option<Scheduler>,
    /// `flag-1`, `sh-port`, `ops` …
    pub flags: SchedulerFlags,
    /// `lvs_method`, `lb_kind`
    pub forwarding: Option<Forwarding>,
    /// `protocol`
    pub protocol: Option<Protocol>,
    /// `persistence_engine`
    pub persistence_engine: Option<Box<str>>,
    /// `persistence_timeout`: seconds; 360 where no number is given.
    pub persistence_timeout: Option<NonZeroU32>,
    /// `persistence_granularity`
    pub persistence_granularity: Option<Granularity>,
    /// `ha_suspend`
    pub ha_suspend: bool,
    /// `smtp_alert`
    pub smtp_alert: Option<bool>,
    /// `virtualhost`
    pub virtualhost: Option<Box<str>>,
    /// `snmp_name`
    pub snmp_name: Option<Box<str>>,
    /// `omega`
    pub omega: bool,
    /// `quorum_up`
    pub quorum_up: Option<Box<Script>>,
    /// `quorum_down`
    pub quorum_down: Option<Box<Script>>,
    /// `quorum`
    pub quorum: Option<NonZeroU32>,
    /// `hysteresis`
    pub hysteresis: Option<u32>,
    /// `weight` of real servers that name none.
    pub weight: Option<u32>,
    /// `inhibit_on_failure`
    pub inhibit_on_failure: bool,
    /// When its real servers are checked.
    #[serde(flatten)]
    pub timing: Timing,
    /// `sorry_server`
    pub sorry_server: Option<Box<SorryServer>>,
    /// `real_server`, in the order of the text.
    pub real_servers: Box<[RealServer]>,
}

/// The schedulers of IPVS (ipvsadm(8)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheduler {
    /// Round robin.
    Rr,
    /// Weighted round robin.
    Wrr,
    /// Least connections.
    Lc,
    /// Weighted least connections.
    Wlc,
    /// Locality-based least connections.
    Lblc,
    /// Source hashing.
    Sh,
    /// Maglev hashing.
    Mh,
    /// Destination hashing.
    Dh,
    /// Weighted failover.
    Fo,
    /// Weighted overflow.
    Ovf,
    /// Locality-based least connections with replication.
    Lblcr,
    /// Shortest expected delay.
    Sed,
    /// Never queue.
    Nq,
    /// Power of two choices.
    Twos,
}

/// Flags of the scheduler, and of how connections are scheduled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SchedulerFlags {
    /// `flag-1`
    pub flag_1: bool,
    /// `flag-2`
    pub flag_2: bool,
    /// `flag-3`
    pub flag_3: bool,
    /// `sh-port`: flag-2 of scheduler sh.
    pub sh_port: bool,
    /// `sh-fallback`: flag-1 of scheduler sh.
    pub sh_fallback: bool,
    /// `mh-port`: flag-2 of scheduler mh.
    pub mh_port: bool,
    /// `mh-fallback`: flag-1 of scheduler mh.
    pub mh_fallback: bool,
    /// `ops`: one packet, one connection.
    pub ops: bool,
    /// `hashed`, which does nothing.
    pub hashed: bool,
}

/// How packets reach a real server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Forwarding {
    /// With the address rewritten.
    #[serde(rename = "NAT")]
    Nat,
    /// On the link, as they are.
    #[serde(rename = "DR")]
    Direct,
    /// Through a tunnel.
    #[serde(rename = "TUN")]
    Tunnel(Tunnel),
}

/// The kind of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tunnel {
    /// IP in IP.
    Ipip,
    /// Generic routing encapsulation.
    Gre {
        /// Whether packets carry a checksum.
        csum: bool,
    },
    /// Generic UDP encapsulation.
    Gue {
        /// The UDP port.
        port: NonZeroU16,
        /// What checksum packets carry.
        checksum: GueChecksum,
    },
}

/// The checksum of Generic UDP encapsulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GueChecksum {
    /// None.
    Nocsum,
    /// That of UDP.
    Csum,
    /// Remote checksum offload.
    Remcsum,
}

/// What is balanced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// `persistence_granularity`: which clients count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Granularity {
    /// Those with the same address under this mask.
    Mask(Ipv4Addr),
    /// Those whose addresses begin with the same bits, so many of them.
    Prefix(u8),
}

/// A program, and who runs it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Script {
    /// The program with its arguments.
    pub command: Box<str>,
    /// User; `None`: `script_user`.
    pub user: Option<Box<str>>,
    /// Group; `None`: that of the user.
    pub group: Option<Box<str>>,
}

/// `sorry_server`
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SorryServer {
    /// Address.
    pub address: IpAddr,
    /// Port; `None`: that of the virtual server.
    pub port: Option<NonZeroU16>,
    /// `sorry_server_inhibit`
    pub inhibit: bool,
    /// `sorry_server_lvs_method`
    pub forwarding: Option<Forwarding>,
    /// The statement.
    #[serde(skip)]
    pub span: Span,
}

/// `real_server`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RealServer {
    /// Address.
    pub address: IpAddr,
    /// Port; `None`: that of the virtual server.
    pub port: Option<NonZeroU16>,
    /// `weight`
    pub weight: Option<u32>,
    /// `lvs_method`
    pub forwarding: Option<Forwarding>,
    /// `inhibit_on_failure`
    pub inhibit_on_failure: Option<bool>,
    /// `smtp_alert`
    pub smtp_alert: Option<bool>,
    /// `uthreshold`, `virtualhost` and others that most real servers do not have.
    #[serde(flatten)]
    pub more: Option<Box<More>>,
    /// The checkers, in the order of the text.
    pub checkers: Box<[Checker]>,
    /// From the keyword to the last word before the brace.
    #[serde(skip)]
    pub span: Span,
}

/// The settings of a real server that are seldom given.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct More {
    /// When it is checked.
    #[serde(flatten)]
    pub timing: Timing,
    /// `uthreshold`: connections; 0: no bound.
    pub uthreshold: Option<u32>,
    /// `lthreshold`: connections.
    pub lthreshold: Option<u32>,
    /// `virtualhost`
    pub virtualhost: Option<Box<str>>,
    /// `snmp_name`
    pub snmp_name: Option<Box<str>>,
    /// `notify_up`
    pub notify_up: Option<Box<Script>>,
    /// `notify_down`
    pub notify_down: Option<Box<Script>>,
}
