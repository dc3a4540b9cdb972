//! Why a virtual router is in FAULT.

use std::net::IpAddr;

use config::model::{SourceKeyword, TrackerId};
use serde::{Deserialize, Serialize};
use types::Vrid;

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
    SourceAddressMissing {
        /// The address.
        address: IpAddr,
        /// Where it is configured.
        keyword: SourceKeyword,
    },
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
    /// The source address of unicast is on no interface where peers would be heard.
    SourceAddressNowhere {
        /// The address.
        address: IpAddr,
        /// Where it is configured.
        keyword: SourceKeyword,
    },
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
    /// The kernel does not put it where the interface below is, into a VRF or out of it.
    NotMoved(i32),
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
            | Self::SourceAddressMissing { .. }
            | Self::SourceTentative(_)
            | Self::VridTaken { .. }
            | Self::SourceDuplicate(_)
            | Self::SourceAddressNowhere { .. }
            | Self::VrfMissing(_)
            | Self::NoPeer
            | Self::CannotListen(_)
            | Self::Vmac { .. } => false,
        }
    }
}
