//! What goes between BFD sessions and their sockets.

use std::net::IpAddr;

use types::IfIndex;

/// Numbers sessions within one engine; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u32);

/// Where a session sends from and to. Whatever it receives comes through the port that all sessions of its kind and
/// family share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Whose it is.
    pub session: SessionId,
    /// The peer.
    pub neighbor: IpAddr,
    /// The interface, where the address does not say it (link-local).
    pub ifindex: Option<IfIndex>,
    /// The VRF that the session is in: its packets arrive there, and leave by its routes.
    pub vrf: Option<IfIndex>,
    /// Our address; `None`: the kernel chooses.
    pub source: Option<IpAddr>,
    /// The source port to begin looking for a free one at, 49152 to 65535.
    pub source_port: u16,
    /// RFC 5883 instead of RFC 5881: another destination port.
    pub multihop: bool,
    /// TTL or hop limit to send with.
    pub ttl: u8,
}

/// A control packet to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transmit {
    /// Through whose endpoint.
    pub session: SessionId,
    /// The UDP payload.
    pub payload: [u8; wire::bfd::LEN],
}

/// A datagram that came in.
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
    /// Whether it came to the port of multihop sessions.
    pub multihop: bool,
    /// The UDP payload.
    pub payload: &'a [u8],
}

/// What did not work, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Whose.
    pub session: SessionId,
    /// "cannot open a socket: …".
    pub what: String,
}
