//! Advertisements to single machines instead of a group.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `unicast_peer` and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unicast {
    /// The other machines, each once, all of the instance's family. None: FAULT (`unicast_fault_no_peer`).
    pub peers: Vec<Peer>,
    /// `unicast_ttl`: TTL or hop limit of what is sent, 1 to 255.
    pub ttl: u8,
    /// Drop what does not come from a peer: `check_unicast_src`, or a peer with bounds.
    pub check_source: bool,
}

/// One other machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Peer {
    /// Where its advertisements come from and ours go.
    pub address: IpAddr,
    /// `min_ttl`: the least TTL or hop limit that its packets arrive with.
    pub min_ttl: u8,
    /// `max_ttl`: the greatest.
    pub max_ttl: u8,
}

impl Unicast {
    /// The peer with this address.
    pub fn peer(&self, address: IpAddr) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.address == address)
    }
}
