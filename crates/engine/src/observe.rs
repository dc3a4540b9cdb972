//! One truth for everyone who looks: the snapshot and the events. Status, JSON, logs and mail all render these.

use std::net::IpAddr;
use std::time::Duration;

use config::model::{TrackerId, Verdict};
use serde::{Deserialize, Serialize};
use types::{Cidr, Instant, MacAddr, Priority, Version, Vrid};
use vrrp::{State, Transition};

use crate::bfd::{BfdRefusal, BfdSnapshot};

/// Something that happened, in the order it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, on the engine's time line.
    pub at: Instant,
    /// Counts up by one per event.
    pub seq: u64,
    /// Name of the instance or BFD session, where one is concerned.
    pub instance: Option<String>,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// A virtual router changed its state.
    Transition {
        /// From, to, why.
        transition: Transition,
        /// Effective priority afterwards.
        priority: Priority,
        /// The reasons, when the state is Fault.
        faults: Vec<FaultCause>,
        /// How late the timer was that led to this; zero where no timer did.
        late_by: Duration,
    },
    /// A Master heard a lower priority: somebody else believes to be Master. Told at most once in an interval.
    LowerPriority {
        /// Who.
        from: IpAddr,
        /// Its priority.
        priority: Priority,
        /// Our own.
        own: Priority,
    },
    /// A sync group changed its state: all its members are in it.
    Group {
        /// Name of the group.
        name: String,
        /// Before.
        from: State,
        /// After.
        to: State,
    },
    /// The effective priority changed.
    Priority {
        /// Before.
        from: Priority,
        /// After.
        to: Priority,
    },
    /// All addresses of a Master are in the kernel.
    AddressesInstalled {
        /// How many.
        count: usize,
        /// Time since the transition.
        took: Duration,
    },
    /// A leaving Master has given its addresses up.
    HandoverDone {
        /// The router that took over, if one was heard.
        successor: Option<IpAddr>,
        /// Time since it left.
        took: Duration,
        /// How many addresses were given up.
        count: usize,
    },
    /// Somebody removed an address of ours; it is being put back.
    AddressRestored {
        /// The address.
        cidr: Cidr,
        /// How often this happened to this instance.
        times: u64,
    },
    /// The kernel refused an operation; it is tried again.
    AddressFailed {
        /// The address.
        cidr: Cidr,
        /// Interface name.
        interface: String,
        /// Positive errno.
        errno: i32,
    },
    /// Addresses left behind by an earlier process were found at start.
    Leftovers {
        /// Taken over as they are.
        adopted: usize,
        /// Removed.
        removed: usize,
    },
    /// Somebody removed a route or a rule of ours, or the kernel dropped it; it is back.
    PathRestored {
        /// The route or rule, in the words of `ip`.
        path: String,
        /// How often this happened to this instance, or to what is static.
        times: u64,
    },
    /// The kernel refused a route or a rule; it is tried again.
    PathFailed {
        /// The route or rule, in the words of `ip`.
        path: String,
        /// Positive errno.
        errno: i32,
        /// What else the kernel said; often empty.
        message: String,
    },
    /// Routes and rules left behind by an earlier process were found at start.
    PathLeftovers {
        /// Taken over as they are.
        adopted: usize,
        /// Removed.
        removed: usize,
    },
    /// Another station answers for an address that we hold as Master.
    AddressConflict {
        /// The address.
        addr: IpAddr,
        /// The other station.
        mac: MacAddr,
    },
    /// An advertisement was refused; sent at most once per instance and reason per interval, with the number
    /// refused since the last report.
    AdvertRefused {
        /// Why.
        reason: Refusal,
        /// The last sender.
        from: IpAddr,
        /// How many since the last report.
        count: u64,
        /// For people: expected and found.
        detail: String,
    },
    /// `auth_hmac`: a sender's clock is half the time window or more from ours; at most once per instance and minute.
    ClockSkew {
        /// The sender.
        from: IpAddr,
        /// How many seconds its clock is ahead of ours; negative: behind.
        ahead_secs: i64,
    },
    /// Version 3 over IPv4: the sender leaves the pseudo-header out of the checksum; told once per instance.
    PlainChecksum {
        /// The sender.
        from: IpAddr,
    },
    /// Somebody advertises this VRID with other virtual addresses; at most once per instance and minute.
    OtherAddresses {
        /// The sender.
        from: IpAddr,
        /// The number that both use.
        vrid: Vrid,
        /// How many such advertisements came since the last report.
        count: u64,
    },
    /// The receiving socket could not be set up.
    SubscribeFailed {
        /// Interface name.
        interface: String,
        /// What the kernel said.
        reason: String,
    },
    /// An interface with a virtual MAC address was made.
    VmacMade {
        /// Its name.
        interface: String,
        /// The interface below.
        base: String,
        /// Its address.
        mac: MacAddr,
        /// It had been there, and somebody deleted it.
        again: bool,
    },
    /// Such an interface cannot be had; it is tried again.
    VmacFailed {
        /// Its name.
        interface: String,
        /// Why.
        what: VmacTrouble,
    },
    /// A setting of the kernel that a virtual MAC address needs could not be changed.
    SysctlRefused {
        /// Its name.
        sysctl: String,
        /// Positive errno.
        errno: i32,
    },
    /// Something was changed, or undone, that cannot bear our mark.
    Unmarked(UnmarkedChange),
    /// Packets cannot be filtered; it is tried again.
    FilterFailed {
        /// Name of the table.
        table: String,
        /// Positive errno.
        errno: i32,
        /// `no_accept` is not kept.
        unprotected: bool,
    },
    /// A BFD session changed its state.
    BfdTransition {
        /// From, to, why.
        transition: bfd::Transition,
        /// The peer.
        neighbor: IpAddr,
        /// How late silence was noticed; zero where it was not about silence.
        late_by: Duration,
    },
    /// A BFD packet was discarded; sent at most once per session and reason per interval, with the number discarded
    /// since the last report.
    BfdRefused {
        /// Why.
        reason: BfdRefusal,
        /// The last sender.
        from: IpAddr,
        /// How many since the last report.
        count: u64,
        /// For people: expected and found.
        detail: String,
    },
    /// A BFD session's sockets do not work.
    BfdTrouble {
        /// What, for people.
        what: String,
    },
    /// A reload was applied.
    Reloaded {
        /// Instances added.
        added: usize,
        /// Removed.
        removed: usize,
        /// Changed in place.
        changed: usize,
        /// Untouched.
        unchanged: usize,
    },
}

/// A change of what [`crate::Unmarked`] lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnmarkedChange {
    /// A setting of the kernel was changed; it gets its former value back when nobody needs the other one.
    Sysctl {
        /// Its name.
        sysctl: String,
        /// Its value before.
        was: u32,
    },
    /// A setting of the kernel has the value that we once found, or is gone with its interface.
    SysctlRestored {
        /// Its name.
        sysctl: String,
    },
    /// The kernel has our table of the packet filter.
    FilterMade {
        /// Name of the table.
        table: String,
    },
    /// The kernel has it no longer.
    FilterRemoved {
        /// Name of the table.
        table: String,
    },
}

/// Why a virtual router cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FaultCause {
    /// The interface does not exist.
    InterfaceMissing(String),
    /// The interface is down or has no carrier.
    InterfaceDown(String),
    /// The interface has no usable address to send from.
    NoSourceAddress(String),
    /// The configured source address is not on the interface.
    SourceAddressMissing(IpAddr),
    /// The source address is there, and the kernel still looks for duplicates of it (RFC 4862 section 5.4).
    SourceTentative(IpAddr),
    /// Another station has the source address.
    SourceDuplicate(IpAddr),
    /// Another instance has its number, on the same link and in the same group.
    VridTaken {
        /// The number.
        vrid: Vrid,
        /// The other instance.
        holder: String,
        /// Its interface.
        interface: String,
    },
    /// There is no VRF of this name.
    VrfMissing(String),
    /// The source address of one without an interface is on none.
    SourceAddressNowhere(IpAddr),
    /// A tracked interface is down (or up, with `reverse`).
    Tracked(String),
    /// Another interface, which some of its addresses, routes or rules go to, is not up.
    Needed(String),
    /// A script, file, process or BFD session without a weight fails.
    TrackerFailed(TrackerId),
    /// Another member of the sync group is in FAULT.
    SyncGroup {
        /// The group.
        group: String,
        /// The member.
        member: String,
    },
    /// Unicast is wanted, and there is no peer.
    NoPeer,
    /// The receiving socket cannot be set up.
    CannotListen(String),
    /// Something static that a track group names is missing, and cannot be put back.
    StaticMissing(String),
    /// Its interface with a virtual MAC address cannot be had.
    Vmac {
        /// Its name.
        interface: String,
        /// Why.
        what: VmacTrouble,
    },
}

/// Why there is no interface with a virtual MAC address. The numbers are positive errnos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum VmacTrouble {
    /// An interface has its name that is not ours and not what it shall be.
    NameTaken,
    /// The kernel does not make it.
    NotMade(i32),
    /// The kernel does not set it up.
    NotUp(i32),
    /// The kernel does not delete one of ours that is not what it shall be.
    NotDeleted(i32),
}

impl FaultCause {
    /// Whether the instance could go on serving its addresses for a while: the cause is something that it depends on, not
    /// its own interface.
    pub(crate) fn is_elsewhere(&self) -> bool {
        match self {
            Self::Tracked(_)
            | Self::Needed(_)
            | Self::TrackerFailed(_)
            | Self::SyncGroup { .. }
            | Self::StaticMissing(_) => true,
            Self::InterfaceMissing(_)
            | Self::InterfaceDown(_)
            | Self::NoSourceAddress(_)
            | Self::SourceAddressMissing(_)
            | Self::SourceTentative(_)
            | Self::VridTaken { .. }
            | Self::SourceDuplicate(_)
            | Self::SourceAddressNowhere(_)
            | Self::VrfMissing(_)
            | Self::NoPeer
            | Self::CannotListen(_)
            | Self::Vmac { .. } => false,
        }
    }
}

/// Why an advertisement was refused. The names are those of keepalived's statistics where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// Truncated or of an impossible length.
    Length,
    /// TTL or hop limit not 255.
    Ttl,
    /// Not the configured version.
    Version,
    /// Not an advertisement.
    Type,
    /// Wrong checksum.
    Checksum,
    /// Another interval than ours (version 2).
    Interval,
    /// Another authentication type than ours.
    AuthType,
    /// Wrong password.
    Auth,
    /// Sent to another group, to us alone instead of the group, or to the group instead of us alone.
    Destination,
    /// Not from one of `unicast_peer`.
    Source,
    /// `auth_hmac`: no trailer.
    ExtMissing,
    /// `auth_hmac`: no trailer of the known form.
    ExtMalformed,
    /// `auth_hmac`: signed with a key that we do not have.
    ExtUnknownKey,
    /// `auth_hmac`: the code is wrong: another key, or changed on its way.
    ExtInvalidHmac,
    /// `auth_hmac`: its time is too far from ours.
    ExtStale,
    /// `auth_hmac`: not later than what the sender sent before.
    ExtReplay,
}

impl Refusal {
    /// All of them, in the order of the counters.
    pub const ALL: [Self; 16] = [
        Self::Length,
        Self::Ttl,
        Self::Version,
        Self::Type,
        Self::Checksum,
        Self::Interval,
        Self::AuthType,
        Self::Auth,
        Self::Destination,
        Self::Source,
        Self::ExtMissing,
        Self::ExtMalformed,
        Self::ExtUnknownKey,
        Self::ExtInvalidHmac,
        Self::ExtStale,
        Self::ExtReplay,
    ];
}

/// Counters of one virtual router; they survive reloads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Advertisements accepted.
    pub adverts_received: u64,
    /// Advertisements sent.
    pub adverts_sent: u64,
    /// Times it became Master.
    pub became_master: u64,
    /// Times it stopped being Master.
    pub released_master: u64,
    /// Priority 0 received.
    pub priority_zero_received: u64,
    /// Priority 0 sent.
    pub priority_zero_sent: u64,
    /// Advertisements whose address list differs from ours (accepted all the same).
    pub address_list_mismatch: u64,
    /// Gratuitous ARPs and neighbour advertisements sent.
    pub announcements_sent: u64,
    /// Addresses put back after somebody removed them.
    pub addresses_restored: u64,
    /// Routes and rules put back after they had been removed.
    pub paths_restored: u64,
    /// Kernel operations that failed.
    pub kernel_failures: u64,
    /// Claims of our addresses by other stations while Master.
    pub address_conflicts: u64,
    /// Refused, by [`Refusal::ALL`].
    pub refused: [u64; Refusal::ALL.len()],
}

/// The engine as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When.
    pub at: Instant,
    /// In the order of the configuration.
    pub instances: Vec<InstanceSnapshot>,
    /// In the order of the configuration.
    pub groups: Vec<GroupSnapshot>,
    /// BFD sessions, in the order of the configuration.
    pub bfd: Vec<BfdSnapshot>,
    /// What is there in every state.
    pub statics: StaticSnapshot,
}

/// A sync group as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSnapshot {
    /// Name.
    pub name: String,
    /// State.
    pub state: State,
    /// Names of its members.
    pub members: Vec<String>,
}

/// Something that an instance tracks, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackSnapshot {
    /// `interface eth1`, `script web` …
    pub what: String,
    /// What it says; an interface is up or down.
    pub verdict: Verdict,
    /// Its weight; 0: failing means FAULT.
    pub weight: i16,
    /// What it adds to the priority now.
    pub adds: i32,
    /// Whether it keeps the instance in FAULT.
    pub fault: bool,
}

/// Static addresses, routes and rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticSnapshot {
    /// Addresses whose interface exists.
    pub addresses: Vec<AddressSnapshot>,
    /// Routes, then rules.
    pub paths: Vec<PathSnapshot>,
    /// Addresses put back after somebody removed them.
    pub addresses_restored: u64,
    /// Routes and rules put back.
    pub paths_restored: u64,
}

/// One route or rule: what we want and what the kernel shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathSnapshot {
    /// In the words of `ip`.
    pub path: String,
    /// Whether we want it to be in the kernel.
    pub desired: bool,
    /// Whether the kernel has it.
    pub observed: bool,
    /// Why the kernel does not do what we want: positive errno of the last attempt.
    pub errno: Option<i32>,
    /// What else is known about that; often empty.
    pub message: String,
}

/// One virtual router as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceSnapshot {
    /// Name.
    pub name: String,
    /// Interface name; `None`: any.
    pub interface: Option<String>,
    /// The VRF that one without an interface is in.
    pub vrf: Option<String>,
    /// VRID.
    pub vrid: Vrid,
    /// Version.
    pub version: Version,
    /// State.
    pub state: State,
    /// Since when.
    pub since: Instant,
    /// The last transition.
    pub last_transition: Option<Transition>,
    /// Configured priority.
    pub base_priority: Priority,
    /// Effective priority.
    pub priority: Priority,
    /// Own advertisement interval in centiseconds.
    pub interval_centis: u16,
    /// Interval of the Master's advertisements, in centiseconds: our own unless version 3 has heard another.
    pub active_interval_centis: u16,
    /// Master-down interval in force.
    pub master_down: Duration,
    /// The Master as far as we know: our own source address while Master.
    pub master: Option<IpAddr>,
    /// Priority of the last accepted advertisement.
    pub master_priority: Option<Priority>,
    /// Time since the last accepted advertisement.
    pub last_advert_age: Option<Duration>,
    /// Source address of our advertisements.
    pub source: Option<IpAddr>,
    /// Why it is in Fault.
    pub faults: Vec<FaultCause>,
    /// Its sync group.
    pub group: Option<String>,
    /// What it tracks.
    pub tracks: Vec<TrackSnapshot>,
    /// Trackers whose first verdict it waits for before it starts.
    pub waiting_for: Vec<TrackerId>,
    /// Its interfaces with virtual MAC addresses.
    pub vmacs: Vec<VmacSnapshot>,
    /// Desired and observed, for each address.
    pub addresses: Vec<AddressSnapshot>,
    /// Desired and observed, for each route, then each rule.
    pub paths: Vec<PathSnapshot>,
    /// Serving addresses although not Master, until the successor is heard.
    pub handing_over: bool,
    /// Counters.
    pub counters: Counters,
}

/// One interface with a virtual MAC address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmacSnapshot {
    /// Its name.
    pub interface: String,
    /// The interface below.
    pub base: String,
    /// Its address.
    pub mac: MacAddr,
    /// Whether it is there and set up.
    pub ready: bool,
}

/// One virtual address: what we want and what the kernel shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressSnapshot {
    /// The address.
    pub cidr: Cidr,
    /// Interface name.
    pub interface: String,
    /// Whether we want it to be in the kernel.
    pub desired: bool,
    /// Whether the kernel has it, and nobody else.
    pub observed: bool,
    /// The kernel has it and still looks for duplicates (`-nodad`): it is not used, and not announced.
    pub detecting: bool,
    /// Why the kernel does not do what we want: positive errno of the last attempt. EADDRINUSE (98): duplicate address
    /// detection says that somebody else has it.
    pub errno: Option<i32>,
}
