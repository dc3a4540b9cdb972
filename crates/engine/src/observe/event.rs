//! What happened, in order: logs, notifications and mail are made from these.

use std::net::IpAddr;
use std::time::Duration;

use config::model::VmacKind;
use serde::{Deserialize, Serialize};
use types::{Cidr, Instant, MacAddr, Priority, Vrid};
use vrrp::{State, Transition};

use super::{FaultCause, Refusal, VmacTrouble};
use crate::bfd::BfdRefusal;

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
    /// It stays in FAULT, and the first reason is another one now.
    OtherFault {
        /// The reason.
        fault: FaultCause,
    },
    /// A timer was handled more than an interval late, without a change of state. Told at most once in ten seconds, of the
    /// first instance.
    Late {
        /// How late.
        by: Duration,
        /// In this state.
        state: State,
        /// Others may have taken over meanwhile, so it listens before it asserts anything.
        listens: bool,
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
        /// The configured one.
        base: Priority,
        /// What is tracked and adds to it, or takes from it, now.
        moved_by: Vec<(String, i32)>,
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
    /// A virtual address that was on the interface without our mark is removed: only a Master has it.
    StrangerRemoved {
        /// The address.
        cidr: Cidr,
        /// Interface name.
        interface: String,
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
        /// Whether the last one had none of our addresses, and so was ignored.
        ignored: bool,
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
        /// What it is.
        kind: VmacKind,
        /// Whether for the first time.
        why: WhyMade,
    },
    /// Somebody else had set such an interface down; it is up again.
    VmacSetUp {
        /// Its name.
        interface: String,
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
    /// A BFD session changes its state more often than is told each time; sent at most once per session per interval.
    BfdUnstable {
        /// The peer.
        neighbor: IpAddr,
        /// Transitions that were not told.
        untold: u64,
        /// The state now.
        state: bfd::State,
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

/// Why an interface of ours was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhyMade {
    /// There had been none.
    New,
    /// Somebody else deleted it, or gave it another name, or it went with the interface below.
    Gone,
    /// Somebody else had made something else of it.
    Changed,
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
