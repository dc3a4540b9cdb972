//! VRRP advertisements: version 2 (RFC 3768, with the authentication data of RFC 2338 that keepalived still
//! sends) and version 3 (RFC 9568) for IPv4 and IPv6.

use std::net::IpAddr;

use thiserror::Error;
use types::{Family, Interval, Priority, Version, Vrid};

/// The IP protocol number of VRRP.
pub const PROTOCOL: u8 = 112;
/// The TTL / hop limit that every multicast advertisement must have (RFC 9568 section 5.1.1.3).
pub const TTL: u8 = 255;

/// A checked view of the bytes after the IP header.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    bytes: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Checks what must hold before any field may be read: the length against the version and address count,
    /// the type, a non-zero VRID. Ethernet padding behind the packet is tolerated. The checksum is checked by
    /// [`verify_checksum`](Self::verify_checksum), because it may need the IP addresses.
    pub fn new(_bytes: &'a [u8], _family: Family) -> Result<Self, DecodeError> {
        todo!()
    }

    /// The VRID alone, from bytes that may be broken otherwise; for accounting an error to its virtual router.
    pub fn peek_vrid(bytes: &[u8]) -> Option<Vrid> {
        bytes.get(1).copied().and_then(Vrid::new)
    }

    /// Version.
    pub fn version(&self) -> Version {
        todo!()
    }

    /// VRID.
    pub fn vrid(&self) -> Vrid {
        todo!()
    }

    /// Advertised priority.
    pub fn priority(&self) -> Priority {
        todo!()
    }

    /// Advertised interval; `None` for the value 0, which no RFC allows.
    pub fn interval(&self) -> Option<Interval> {
        todo!()
    }

    /// The authentication of version 2; version 3 has none.
    pub fn auth(&self) -> AuthData {
        todo!()
    }

    /// The advertised addresses in order.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + 'a {
        let _ = self.bytes;
        std::iter::empty()
    }

    /// Whether the checksum is right, and in which way. `src` and `dst` enter version 3's pseudo-header.
    pub fn verify_checksum(&self, _src: IpAddr, _dst: IpAddr) -> Result<ChecksumKind, DecodeError> {
        todo!()
    }
}

/// Authentication data of version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthData {
    /// Type 0.
    None,
    /// Type 1: simple text password, zero padded (RFC 2338 section 5.3.6.2).
    Pass([u8; 8]),
    /// Any other type (2 was IP Authentication Header).
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

/// A valid advertisement, to be emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advert<'a> {
    /// Version; decides the layout.
    pub version: Version,
    /// VRID.
    pub vrid: Vrid,
    /// Priority, 0 to 255.
    pub priority: Priority,
    /// Interval; version 2 rounds to whole seconds.
    pub interval: Interval,
    /// The password of version 2; ignored in version 3.
    pub password: Option<[u8; 8]>,
    /// The virtual addresses, at most 255, all of one family.
    pub addresses: &'a [IpAddr],
    /// Version 3 over IPv4: leave the pseudo-header out of the checksum (`v3_checksum_as_v2`).
    pub checksum_as_v2: bool,
}

impl Advert<'_> {
    /// The bytes after the IP header, checksum included.
    pub fn emit(&self, _src: IpAddr, _dst: IpAddr) -> Vec<u8> {
        todo!()
    }
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
