//! One virtual router as a pure state machine (RFC 9568 section 6, RFC 3768 section 6, and keepalived's
//! additions: FAULT, preempt_delay, priority that moves with tracking).
//!
//! The machine owns no socket, clock or timer. It is handed `now` with every input, says what to do through
//! [`VirtualRouter::poll_action`] and when it wants to be woken through [`VirtualRouter::deadline`].

mod arithmetic;
mod machine;
mod phase;

pub use arithmetic::{master_down_interval, skew_time};
pub use machine::VirtualRouter;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::{Instant, Interval, Priority, Version, Vrid};

/// What the operator asked of a virtual router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Which virtual router this is.
    pub vrid: Vrid,
    /// Protocol version; it decides the unit of the skew time.
    pub version: Version,
    /// Configured priority, 1 to 255; 255 is the address owner.
    pub base_priority: Priority,
    /// The interval at which an Active router advertises.
    pub interval: Interval,
    /// Missed advertisements before a Backup takes over (`down_timer_adverts`, 3 in the RFCs), 1 to 100.
    pub down_timer_adverts: u8,
    /// Whether a higher priority takes over from a lower one (`nopreempt` makes it false). The owner always does.
    pub preempt: bool,
    /// How long to leave a lower-priority Active router alone before preempting it (`preempt_delay`).
    pub preempt_delay: Duration,
    /// `lower_prio_no_advert`: do not answer a lower-priority advertisement.
    pub lower_prio_no_advert: bool,
    /// `higher_prio_send_advert`: send one advertisement before yielding to a higher priority.
    pub higher_prio_send_advert: bool,
    /// `owner_ignore_adverts`: the owner drops received advertisements (RFC 9568 section 6.4.3).
    pub owner_ignore_adverts: bool,
}

/// The state of a virtual router. Keepalived's users see MASTER, BACKUP and FAULT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Not started, or stopped.
    Initialize,
    /// Listening; another router is (or will be) Active.
    Backup,
    /// Owns the addresses and advertises.
    Active,
    /// Not able to serve: interface down, no source address, a failing tracker.
    Fault,
}

/// A received advertisement that passed every check of the packet itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advert {
    /// Source address of the packet.
    pub from: IpAddr,
    /// Advertised priority, 0 to 255.
    pub priority: Priority,
    /// Advertised interval. Version 3 learns it; version 2 has checked that it is ours.
    pub interval: Interval,
}

/// What the owner of the machine must now do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send one advertisement with this priority.
    Transmit {
        /// The effective priority, or [`Priority::STOP`].
        priority: Priority,
    },
    /// The state changed.
    Transition(Transition),
    /// Backup in a sync group: the router would become Active now, and waits for the other members.
    /// [`VirtualRouter::promote`] makes it so.
    Ready,
    /// Announce the addresses again: a lower-priority advertisement was heard while Active, so somebody may
    /// have believed its sender (`garp_lower_prio_repeat`).
    Reannounce {
        /// Who sent the lower-priority advertisement.
        from: IpAddr,
        /// Its priority.
        priority: Priority,
    },
}

/// A change of state and why it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The state left.
    pub from: State,
    /// The state entered.
    pub to: State,
    /// Why.
    pub cause: Cause,
}

/// Why a virtual router changed its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The machine was started.
    Startup,
    /// Started as the address owner: Active at once.
    Owner,
    /// Took up the Active state that an earlier process of this host had left behind.
    Adopted,
    /// No advertisement for the master-down interval.
    MasterDown {
        /// Time since the last accepted advertisement, or since listening began.
        silent_for: Duration,
        /// Who was Active until then, if anybody was heard.
        last_active: Option<IpAddr>,
    },
    /// The Active router said that it stops (priority 0).
    ActiveStopped {
        /// Who stopped.
        from: IpAddr,
    },
    /// The Active router has a lower priority than ours.
    Preempted {
        /// The lower-priority router that was Active.
        lower: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// A router with a higher priority advertises.
    HigherPriority {
        /// The sender.
        from: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// A router with the same priority and a higher address advertises (RFC 9568 section 6.4.3).
    HigherAddress {
        /// The sender.
        from: IpAddr,
    },
    /// Like the other members of its sync group.
    SyncGroup,
    /// Active, but not scheduled for so long that another router, heard since, has taken over: it is left alone,
    /// because this one does not preempt.
    Overslept {
        /// Who took over.
        from: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// A fault appeared; the engine knows which.
    Fault,
    /// The last fault went away.
    FaultCleared,
    /// Told to stop.
    Shutdown,
    /// No longer configured.
    Removed,
}

/// What a Backup will do about a Master that is no better, or why it does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outlook {
    /// It takes over when this time has come.
    Preempts {
        /// The lower-priority Master.
        lower: IpAddr,
        /// Its priority.
        priority: Priority,
        /// `Active_Down_Timer`.
        at: Instant,
    },
    /// `preempt_delay`: it listens to the Master at least until then.
    Delayed {
        /// The lower-priority Master.
        lower: IpAddr,
        /// Its priority.
        priority: Priority,
        /// End of the delay.
        until: Instant,
    },
    /// `nopreempt`: as long as that one is heard, it stays Master.
    LeavesAlone {
        /// The lower-priority Master.
        lower: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// It would be Master by now, and waits for the other members of its sync group.
    Ready,
}

/// What the machine is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimerReason {
    /// Active: the next advertisement is due (`Adver_Timer`).
    Advertise,
    /// Backup: the Active router is silent (`Active_Down_Timer`).
    MasterDown,
    /// Our own timer was so late that we listen before we assert anything.
    Listen,
}
