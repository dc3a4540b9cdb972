//! Unsolicited neighbour advertisements (RFC 4861 section 7.2.6, RFC 9568 section 8.2.3), as Ethernet frames.

use std::net::Ipv6Addr;

use types::MacAddr;

/// Length of the Ethernet frame of [`announcement`].
pub const FRAME_LEN: usize = 86;

/// An unsolicited neighbour advertisement to ff02::1 with the override flag, source and target `addr`, and the target link-layer address option.
pub fn announcement(_mac: MacAddr, _addr: Ipv6Addr, _router: bool) -> [u8; FRAME_LEN] {
    todo!()
}

/// What a neighbour advertisement of another station says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The target link-layer address, or the Ethernet source when the option is missing.
    pub mac: MacAddr,
    /// The claimed address (target).
    pub addr: Ipv6Addr,
    /// Whether the solicited flag is clear.
    pub unsolicited: bool,
}

/// Reads an Ethernet frame; `None` if it is not a valid neighbour advertisement (hop limit 255, checksum, length: RFC 4861 section 7.1.2).
pub fn parse(_frame: &[u8]) -> Option<Claim> {
    todo!()
}
