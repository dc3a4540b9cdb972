//! ARP over Ethernet (RFC 826): gratuitous announcements (RFC 5227 section 3), probes, and reading what others announce.

use std::net::Ipv4Addr;

use types::MacAddr;

/// Length of an Ethernet frame with an ARP packet, without padding.
pub const FRAME_LEN: usize = 42;

/// A gratuitous ARP: broadcast request, sender and target address both `addr`.
pub fn announcement(_mac: MacAddr, _addr: Ipv4Addr) -> [u8; FRAME_LEN] {
    todo!()
}

/// An ARP probe (RFC 5227 section 2.1.1): broadcast request for `addr` with the all-zero sender address. Whoever has the address answers.
pub fn probe(_mac: MacAddr, _addr: Ipv4Addr) -> [u8; FRAME_LEN] {
    todo!()
}

/// What an ARP frame of another station says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The station that claims the address (sender hardware address).
    pub mac: MacAddr,
    /// The claimed address (sender protocol address).
    pub addr: Ipv4Addr,
    /// Whether it is an announcement (sender equals target) rather than an answer or a request.
    pub gratuitous: bool,
}

/// Reads an Ethernet frame; `None` if it is not a well-formed ARP packet for IPv4 over Ethernet, or claims nothing (a probe).
pub fn parse(_frame: &[u8]) -> Option<Claim> {
    todo!()
}
