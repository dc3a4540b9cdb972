//! VRRP advertisements: version 2 (RFC 3768, with the authentication data of RFC 2338 that keepalived still
//! sends) and version 3 (RFC 9568) for IPv4 and IPv6.
//!
//! Version 2 (RFC 3768 section 5.1; the checksum covers the whole message, authentication data included):
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Version| Type  | Virtual Rtr ID|   Priority    | Count IP Addrs|
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   Auth Type   |   Adver Int   |          Checksum             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                      IP Address(es) ...                       |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                 Authentication Data (8 bytes)                 |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Version 3 (RFC 9568 section 5.1; the checksum also covers a pseudo-header):
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Version| Type  | Virtual Rtr ID|   Priority    |IPvX Addr Count|
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Reserve| Max Advertise Interval|          Checksum             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                   IPvX Address(es) ...                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use thiserror::Error;
use zerocopy::byteorder::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

mod advert;
mod packet;
#[cfg(test)]
mod tests;
pub mod trailer;

pub use advert::Advert;
pub use packet::Packet;

/// The IP protocol number of VRRP.
pub const PROTOCOL: u8 = 112;
/// The TTL / hop limit that every multicast advertisement must have (RFC 9568 section 5.1.1.3).
pub const TTL: u8 = 255;
/// Where the VRID is, counted from the end of the IP header; for socket filters.
pub const VRID_OFFSET: usize = 1;

/// Authentication data of version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthData {
    /// Type 0.
    None,
    /// Type 1: simple text password, zero padded (RFC 2338 section 5.3.6.2).
    Pass([u8; 8]),
    /// Type 2: the packet came within an IP Authentication Header (RFC 2338 section 5.3.6.3); see [`crate::ah`].
    Ah,
    /// Any other type.
    Other(u8),
}

/// How a version 3 checksum over IPv4 was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumKind {
    /// With the pseudo-header (RFC 9568 section 5.2.8), or version 2, which has none.
    Standard,
    /// Version 3 over IPv4 without the pseudo-header, as some implementations send.
    WithoutPseudoHeader,
}

/// Why bytes are not a usable advertisement. Always the peer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Shorter than its own header and address count say.
    #[error("truncated: {have} bytes, needs {need}")]
    Truncated {
        /// Bytes received.
        have: usize,
        /// Bytes that the header asks for.
        need: usize,
    },
    /// Neither 2 nor 3, or 2 over IPv6.
    #[error("version {0} is not VRRP version 2 or 3")]
    Version(u8),
    /// Not type 1.
    #[error("type {0} is not an advertisement")]
    Type(u8),
    /// VRID 0.
    #[error("VRID 0")]
    Vrid,
    /// The checksum does not match.
    #[error("wrong checksum")]
    Checksum,
}

const ADVERTISEMENT: u8 = 1;
const AUTH_NONE: u8 = 0;
const AUTH_PASS: u8 = 1;
const AUTH_AH: u8 = 2;
/// Where the two bytes of the checksum are.
const CHECKSUM_OFFSET: usize = 6;

/// The eight bytes that both versions begin with.
#[derive(Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    version_type: u8,
    vrid: u8,
    priority: u8,
    address_count: u8,
    /// Version 2: authentication type and interval in seconds. Version 3: four reserved bits and the interval in
    /// centiseconds.
    timing: [u8; 2],
    checksum: U16,
}
