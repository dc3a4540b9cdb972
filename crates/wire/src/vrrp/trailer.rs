//! The authenticated trailer of keepalived 2.4.2 and later (`auth_hmac`): HMAC-SHA256, cut to 16 bytes, over the
//! advertisement and a time stamp that also tells a new packet from a replayed one.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Scheme = 1   |    Key ID     |         Reserved = 0          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                          UTC seconds                          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |    Fraction in 1/65536 s      |            Counter            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        HMAC (16 bytes)                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! The HMAC binds the source address but not the destination: one signature serves every unicast peer.

use std::net::IpAddr;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;
use types::UtcTime;

use super::CHECKSUM_OFFSET;

/// Bytes of a trailer.
pub const LEN: usize = 28;

const SCHEME: u8 = 1;
const HMAC_LEN: usize = 16;
/// The trailer up to its HMAC.
const HEAD_LEN: usize = LEN - HMAC_LEN;

/// A time stamp and a counter as one number that only grows, compared as RFC 1982 says: 32 bits of seconds, 16 of their
/// fraction, 16 that break ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(u64);

impl Stamp {
    /// The stamp of this moment, with a counter of zero.
    pub fn at(utc: UtcTime) -> Self {
        let since_epoch = utc.since_epoch();
        let fraction = (u64::from(since_epoch.subsec_nanos()) << 16) / 1_000_000_000;
        Self((since_epoch.as_secs() & u64::from(u32::MAX)) << 32 | fraction << 16)
    }

    /// The next one.
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// Whether it is strictly later (RFC 1982 section 3.2).
    pub const fn is_after(self, other: Self) -> bool {
        self.0.wrapping_sub(other.0).cast_signed() > 0
    }

    /// How much later its seconds are than those of this moment, in seconds; negative if they are earlier.
    pub fn ahead_of(self, utc: UtcTime) -> i64 {
        let now = utc.since_epoch().as_secs() as u32;
        i64::from(self.secs().wrapping_sub(now).cast_signed())
    }

    /// Whether its seconds are within `window` of this moment, before or after.
    pub fn is_within(self, window: Duration, utc: UtcTime) -> bool {
        self.ahead_of(utc).unsigned_abs() <= window.as_secs()
    }

    const fn secs(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// What signs.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// Number of the key, 1 to 255.
    pub key_id: u8,
    /// The key, 32 to 64 bytes.
    pub key: &'a [u8],
    /// Greater than that of everything signed before.
    pub stamp: Stamp,
}

impl Signer<'_> {
    /// The trailer for an advertisement (version, VRID and so on, whatever its checksum) from this address.
    pub fn sign(&self, src: IpAddr, message: &[u8]) -> [u8; LEN] {
        let mut trailer = [0; LEN];
        let (head, code) = trailer.split_at_mut(HEAD_LEN);
        head[0] = SCHEME;
        head[1] = self.key_id;
        head[4..].copy_from_slice(&self.stamp.0.to_be_bytes());
        let full = code_over(self.key, src, message, head).finalize().into_bytes();
        code.iter_mut().zip(full).for_each(|(to, from)| *to = from);
        trailer
    }
}

/// What is wrong with what follows an advertisement. The peer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TrailerError {
    /// There is nothing.
    #[error("has no trailer")]
    Missing,
    /// Neither nothing nor a trailer.
    #[error("{0} bytes behind it instead of a trailer of 28")]
    Length(usize),
    /// Another way of signing.
    #[error("scheme {0}, must be 1")]
    Scheme(u8),
    /// The reserved bytes are not zero.
    #[error("reserved bytes {0:#06x}, must be 0")]
    Reserved(u16),
}

/// A trailer whose form is right. Whether it is genuine, [`is_genuine`](Self::is_genuine) says.
#[derive(Debug, Clone, Copy)]
pub struct Trailer<'a> {
    bytes: &'a [u8; LEN],
}

impl<'a> Trailer<'a> {
    /// Takes what follows an advertisement for a trailer.
    pub fn new(rest: &'a [u8]) -> Result<Self, TrailerError> {
        if rest.is_empty() {
            return Err(TrailerError::Missing);
        }
        let bytes: &[u8; LEN] = rest.try_into().map_err(|_| TrailerError::Length(rest.len()))?;
        match *bytes {
            [SCHEME, _, 0, 0, ..] => Ok(Self { bytes }),
            [SCHEME, _, high, low, ..] => Err(TrailerError::Reserved(u16::from_be_bytes([high, low]))),
            [scheme, ..] => Err(TrailerError::Scheme(scheme)),
        }
    }

    /// Number of the key it claims to be signed with.
    pub fn key_id(&self) -> u8 {
        self.bytes[1]
    }

    /// Its time stamp.
    pub fn stamp(&self) -> Stamp {
        let [_, _, _, _, stamp @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *self.bytes;
        Stamp(u64::from_be_bytes(stamp))
    }

    /// Whether this key signed this advertisement from this address. Takes the same time for every wrong code.
    pub fn is_genuine(&self, key: &[u8], src: IpAddr, message: &[u8]) -> bool {
        let (head, code) = self.bytes.split_at(HEAD_LEN);
        code_over(key, src, message, head).verify_truncated_left(code).is_ok()
    }
}

/// Family, version, VRID, source; the advertisement without its checksum; the trailer without its code.
fn code_over(key: &[u8], src: IpAddr, message: &[u8], head: &[u8]) -> Hmac<Sha256> {
    let mut pseudo = [0; 20];
    pseudo[0] = if src.is_ipv4() { 4 } else { 6 };
    pseudo[1] = message.first().map_or(0, |version_type| version_type >> 4);
    pseudo[2] = message.get(1).copied().unwrap_or_default();
    match src {
        IpAddr::V4(addr) => pseudo[4..8].copy_from_slice(&addr.octets()),
        IpAddr::V6(addr) => pseudo[4..].copy_from_slice(&addr.octets()),
    }
    let (before, rest) = message.split_at_checked(CHECKSUM_OFFSET).unwrap_or((message, &[]));
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104 section 3)")]
    let mut code = Hmac::<Sha256>::new_from_slice(key).expect("every length is a key");
    for part in [&pseudo, before, &[0; 2], rest.get(2..).unwrap_or_default(), head, &[0; HMAC_LEN]] {
        code.update(part);
    }
    code
}

#[cfg(test)]
mod tests;
