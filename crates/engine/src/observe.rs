//! One truth for everyone who looks: the snapshot and the events. Status, JSON, logs and mail all render these.

mod event;
mod fault;
mod refusal;

use std::net::IpAddr;
use std::time::Duration;

use config::model::{TrackerId, Verdict, VmacKind};
use serde::{Deserialize, Serialize};
use types::{Cidr, Instant, MacAddr, Priority, Version, Vrid};
use vrrp::{Outlook, State, Transition};

use crate::bfd::BfdSnapshot;
pub use event::{Event, EventKind, UnmarkedChange, WhyMade};
pub use fault::{FaultCause, VmacTrouble};
pub use refusal::Refusal;

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
    /// When the instances begin, while a delay at the start holds them back.
    pub starts_at: Option<Instant>,
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
    /// What a Backup is about to do.
    pub outlook: Option<Outlook>,
    /// Another station that answered for an address of ours lately.
    pub conflict: Option<ConflictSnapshot>,
    /// Interfaces of its own.
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

/// Two stations have one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictSnapshot {
    /// The address.
    pub addr: IpAddr,
    /// The other station.
    pub mac: MacAddr,
    /// Time since it was heard.
    pub age: Duration,
}

/// One interface of an instance's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmacSnapshot {
    /// Its name.
    pub interface: String,
    /// The interface below.
    pub base: String,
    /// What it is.
    pub kind: VmacKind,
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
    /// The interface is not there, or not ours to use.
    pub interface_missing: bool,
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
