//! What goes into the engine and what comes out.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use config::model::{AddressFlags, Scope, TrackerId, Verdict};
use serde::{Deserialize, Serialize};
use types::{Cidr, Family, IfIndex, Instant, MacAddr, UtcTime};

use crate::observe::Event;
pub use crate::path::{Leftover, Path, PathFailure, PathNews, PathOp, RouteSpec, Seen};
use crate::vmac::api::{PacketFilter, Upper, UpperKind, VmacAnswer, VmacOp, VmacRequestId};

/// Everything the engine can be told.
#[derive(Debug)]
pub enum Input<'a> {
    /// The time of day, whenever it may have changed: before everything else that happens in a turn.
    Utc(UtcTime),
    /// A packet of protocol 112, or 51 with one inside, after the IP header.
    Advert(Received<'a>),
    /// ARP or neighbour discovery: another station claims an address.
    Claim(Claim),
    /// An interface appeared or changed.
    Link(Link),
    /// An interface is gone.
    LinkGone(IfIndex),
    /// The kernel has this address (new or changed).
    Address(Observed),
    /// The kernel has this address no longer.
    AddressGone {
        /// Interface it was on.
        ifindex: IfIndex,
        /// The address.
        cidr: Cidr,
    },
    /// The whole picture, after a dump: at start and whenever notifications were lost.
    Resync {
        /// Every interface.
        links: Vec<Link>,
        /// Every address.
        addresses: Vec<Observed>,
    },
    /// The kernel's answer to [`Output::Kernel`].
    Done {
        /// Which batch.
        batch: BatchId,
        /// The operations that failed: index within the batch and the positive errno.
        failed: Vec<(usize, i32)>,
    },
    /// The kernel's answer to [`Output::Paths`].
    PathsDone {
        /// Which batch.
        batch: BatchId,
        /// The operations that failed.
        failed: Vec<PathFailure>,
    },
    /// Somebody else changed routes or rules that may be ours; only while [`Output::WatchPaths`] asks for it.
    PathNews(PathNews),
    /// The routes and rules with our mark that the kernel has: once at the start, and in answer to
    /// [`Output::ListPaths`].
    PathsListed(Vec<Leftover>),
    /// The result of a subscription: sockets could not be opened or a group not joined.
    SubscribeFailed {
        /// Interface.
        ifindex: IfIndex,
        /// Address family.
        family: Family,
        /// What the kernel said, for people.
        reason: String,
    },
    /// A script, a file, a process or a BFD session has a new verdict.
    Tracked {
        /// Which.
        tracker: TrackerId,
        /// What it says now.
        verdict: Verdict,
    },
    /// A datagram for BFD.
    Bfd(crate::bfd::api::Received<'a>),
    /// A socket that [`Output::BfdOpen`] or [`Output::BfdTransmit`] needs does not work.
    BfdTrouble(crate::bfd::api::Trouble),
    /// The answer to [`Output::Vmac`].
    VmacAnswered {
        /// Which request.
        id: VmacRequestId,
        /// What became of it.
        answer: VmacAnswer,
    },
    /// The answer to [`Output::PacketFilter`]: a positive errno if it was refused.
    FilterAnswered(Option<i32>),
    /// A new valid configuration.
    Reload(Box<config::model::Model>),
    /// Leave: give everything up, then [`Output::Left`]. The second time (or with `abrupt`) at once.
    Stop {
        /// Do not wait for a successor.
        abrupt: bool,
    },
}

/// A received packet of protocol 112.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// Interface it came in on.
    pub ifindex: IfIndex,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// The bytes after the IP header (and options).
    pub payload: &'a [u8],
    /// What brought it.
    pub carrier: Carrier<'a>,
}

/// What an advertisement comes in.
#[derive(Debug, Clone, Copy)]
pub enum Carrier<'a> {
    /// IP, as protocol 112.
    Ip,
    /// An IP Authentication Header, protocol 51: it is the beginning of the payload, and covers much of the IPv4 header.
    Ah {
        /// The IPv4 header as it came.
        ip: &'a [u8],
    },
}

/// Somebody claims an address on the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Interface it came in on.
    pub ifindex: IfIndex,
    /// Who claims it.
    pub mac: MacAddr,
    /// What is claimed.
    pub addr: IpAddr,
    /// An announcement to all rather than an answer.
    pub gratuitous: bool,
}

/// An interface as the kernel shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Index.
    pub ifindex: IfIndex,
    /// Name.
    pub name: String,
    /// Link-layer address; all zero where there is none.
    pub mac: MacAddr,
    /// IFF_UP and IFF_RUNNING both set.
    pub up: bool,
    /// MTU in bytes.
    pub mtu: u32,
    /// Whether frames can be sent at all (not loopback, has ARP).
    pub arp: bool,
    /// The interface that it is enslaved to: a VRF, a bridge, a bond.
    pub master: Option<IfIndex>,
    /// The routing table of a VRF; `None` for every other kind of interface.
    pub vrf_table: Option<u32>,
    /// More of a macvlan or ipvlan; `None` for everything else.
    pub upper: Option<Upper>,
}

impl Link {
    /// Whether it may have the link-layer address of a virtual router.
    pub(crate) fn is_macvlan(&self) -> bool {
        self.upper.as_ref().is_some_and(|upper| matches!(upper.kind, UpperKind::Macvlan { .. }))
    }
}

/// An address as the kernel shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Interface.
    pub ifindex: IfIndex,
    /// Address and prefix length.
    pub cidr: Cidr,
    /// Tagged as ours (IFA_PROTO), where the kernel keeps tags.
    pub ours: bool,
    /// IFA_F_SECONDARY.
    pub secondary: bool,
    /// IFA_F_TENTATIVE: duplicate address detection has not finished; not usable yet.
    pub tentative: bool,
    /// IFA_F_DADFAILED: somebody else has it.
    pub dad_failed: bool,
    /// Scope.
    pub scope: Scope,
}

/// Numbers a batch of kernel operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);

/// Everything the engine can ask for, to be done in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// From now on receive on exactly these.
    Subscribe(Vec<Subscription>),
    /// From now on hear ARP and neighbour discovery on exactly these interfaces ([`Input::Claim`]).
    WatchClaims(BTreeSet<IfIndex>),
    /// Send an advertisement.
    Transmit(Transmit),
    /// Send these Ethernet frames on the interface.
    Frames {
        /// Interface.
        ifindex: IfIndex,
        /// Whole Ethernet frames.
        frames: Vec<Vec<u8>>,
    },
    /// Change addresses, in order, and answer with [`Input::Done`]. At most one batch is under way.
    Kernel(Batch),
    /// From now on these BFD sessions have sockets, and no others.
    BfdOpen(Vec<crate::bfd::api::Endpoint>),
    /// Send a BFD control packet.
    BfdTransmit(crate::bfd::api::Transmit),
    /// Change routes and rules, in order, and answer with [`Input::PathsDone`]. At most one batch is under way.
    Paths(Batch<PathOp>),
    /// List the routes and rules with our mark ([`Input::PathsListed`]).
    ListPaths,
    /// Whether to tell of changes of routes and rules ([`Input::PathNews`]).
    WatchPaths(bool),
    /// Change an interface of our own, and answer with [`Input::VmacAnswered`]. At most one request is
    /// under way.
    Vmac {
        /// Number for the answer.
        id: VmacRequestId,
        /// What to do.
        op: VmacOp,
    },
    /// From now on packets are filtered like this; answer with [`Input::FilterAnswered`].
    PacketFilter(Box<PacketFilter>),
    /// Something happened that people or scripts want to know.
    Event(Event),
    /// Everything is given up; the process may end.
    Left,
}

/// One interface and group to listen on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subscription {
    /// Interface; a VRF stands for all that are in it, and [`IfIndex::ANY`] for all.
    pub ifindex: IfIndex,
    /// The VRF that the interface is in: the kernel's packet filters see it in the interface's place.
    pub vrf: Option<IfIndex>,
    /// Multicast group, or the address "any" for unicast; its family is the family of the socket.
    pub group: IpAddr,
    /// VRIDs of interest, sorted; everything else may be dropped before it costs anything.
    pub vrids: Vec<u8>,
    /// Whether one of them wants packets of protocol 51.
    pub ah: bool,
}

/// An advertisement to send. The bytes are shared: a steady Master sends the same ones each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Interface to send on; a VRF to send within, [`IfIndex::ANY`] to let routes decide.
    pub ifindex: IfIndex,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// The bytes after the IP header; all bytes of the packet if `whole`.
    pub payload: Arc<[u8]>,
    /// The payload begins with an IPv4 header, because an Authentication Header (protocol 51) covers it.
    pub whole: bool,
}

/// Operations for the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch<O = AddressOp> {
    /// Number for the answer.
    pub id: BatchId,
    /// In order.
    pub ops: Vec<O>,
}

/// One address operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressOp {
    /// Add the address, or change it (lifetime) if it is there: RTM_NEWADDR with NLM_F_CREATE | NLM_F_REPLACE.
    Add(AddressSpec),
    /// Remove it: RTM_DELADDR.
    Remove {
        /// Interface.
        ifindex: IfIndex,
        /// The address.
        cidr: Cidr,
    },
}

/// An address as it shall be in the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressSpec {
    /// Interface.
    pub ifindex: IfIndex,
    /// Address and prefix length.
    pub cidr: Cidr,
    /// Peer (IFA_ADDRESS) where it differs from the local address.
    pub peer: Option<Cidr>,
    /// IPv4 broadcast address.
    pub broadcast: Option<std::net::Ipv4Addr>,
    /// IPv4 label.
    pub label: Option<String>,
    /// Scope.
    pub scope: Scope,
    /// Flags.
    pub flags: AddressFlags,
    /// Valid lifetime in seconds; `u32::MAX` is forever.
    pub valid_lft_secs: u32,
    /// Preferred lifetime in seconds; `u32::MAX` is forever.
    pub preferred_lft_secs: u32,
    /// `no_track`: it stays away when somebody else removes it.
    pub no_track: bool,
}

impl AddressSpec {
    /// An address of global scope that stays for ever, without anything special.
    pub fn plain(ifindex: IfIndex, cidr: Cidr) -> Self {
        Self {
            ifindex,
            cidr,
            peer: None,
            broadcast: None,
            label: None,
            scope: Scope::GLOBAL,
            flags: AddressFlags::default(),
            valid_lft_secs: u32::MAX,
            preferred_lft_secs: u32::MAX,
            no_track: false,
        }
    }
}

/// Why the engine wants to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// A virtual router's own timer.
    Router(vrrp::TimerReason),
    /// More kernel operations are waiting.
    Reconcile,
    /// Announcements are waiting.
    Announce,
    /// A successor did not show up in time, or its grace is over.
    Handover,
    /// A kernel lifetime must be renewed.
    Lease,
    /// A BFD session's own timer.
    Bfd(bfd::TimerReason),
    /// A failed operation is tried again.
    Retry,
    /// An interface has been up or down for long enough to believe it.
    Debounce,
}

/// When to wake, and why.
pub type Deadline = (Instant, Reason);
