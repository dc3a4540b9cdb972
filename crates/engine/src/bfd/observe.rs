//! What everybody sees of the sessions.

use std::net::IpAddr;
use std::time::Duration;

use bfd::{Diagnostic, State, Transition};
use serde::{Deserialize, Serialize};
use types::Instant;

/// Why a packet of the neighbour was discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BfdRefusal {
    /// TTL or hop limit too low: it may come from further away than the neighbour is.
    Ttl,
    /// Not a valid control packet (RFC 5880 section 6.8.6).
    Malformed,
}

/// Counters of one session; they survive reloads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BfdCounters {
    /// Packets accepted.
    pub packets_received: u64,
    /// Packets handed to the kernel.
    pub packets_sent: u64,
    /// Times it came Up.
    pub came_up: u64,
    /// Times it left Up.
    pub went_down: u64,
    /// Discarded for their TTL.
    pub refused_ttl: u64,
    /// Discarded as malformed.
    pub refused_malformed: u64,
    /// Packets that could not be sent, and sockets that could not be opened.
    pub failures: u64,
}

/// One session as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BfdSnapshot {
    /// Name.
    pub name: String,
    /// The peer.
    pub neighbor: IpAddr,
    /// Interface of a link-local peer.
    pub interface: Option<String>,
    /// Our address, where it is configured.
    pub source: Option<IpAddr>,
    /// RFC 5883.
    pub multihop: bool,
    /// State.
    pub state: State,
    /// Since when.
    pub since: Instant,
    /// The last transition.
    pub last_transition: Option<Transition>,
    /// Why it left Up the last time.
    pub diagnostic: Diagnostic,
    /// The peer's state, while it is heard.
    pub remote_state: Option<State>,
    /// Our discriminator.
    pub local_discriminator: u32,
    /// The peer's, while it is heard.
    pub remote_discriminator: Option<u32>,
    /// Transmit interval in force, before jitter.
    pub transmit_interval: Duration,
    /// Silence after which the peer is taken for dead; zero while it is not heard.
    pub detection_time: Duration,
    /// Time since the last packet.
    pub last_heard_age: Option<Duration>,
    /// Why it cannot send or receive.
    pub trouble: Option<String>,
    /// Counters.
    pub counters: BfdCounters,
}
