//! VRRP version 2 within an IP Authentication Header (RFC 2402), as RFC 2338 section 5.3.6.3 had it and keepalived's
//! `auth_type AH` still does it, over IPv4 alone:
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Next = 112   |  Length = 4   |         Reserved = 0          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |        Security Parameters Index = the source address         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Sequence number                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |         Integrity check: HMAC-MD5-96 (RFC 2403), 12 bytes     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! What the integrity check covers was found out from keepalived 2.2.7's packets: the IP header with TOS, fragmentation
//! and checksum taken as zero, and with the TTL taken as zero only where the packet goes to a single machine (RFC 2402
//! would always have it zero); this header with a zero check; the advertisement.

use std::net::Ipv4Addr;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use thiserror::Error;

use crate::checksum::Sum;
use crate::vrrp;

/// The IP protocol number of the Authentication Header.
pub const PROTOCOL: u8 = 51;
/// Bytes of this header.
pub const LEN: usize = 24;
/// Bytes of an IPv4 header without options.
pub const IP_LEN: usize = 20;
/// Where the VRID is, counted from the end of the IP header; for socket filters.
pub const VRID_OFFSET: usize = LEN + vrrp::VRID_OFFSET;
/// The first two bytes of this header, in front of an advertisement.
pub const MARK: [u8; 2] = [vrrp::PROTOCOL, (LEN / 4 - 2) as u8];

const ICV_LEN: usize = 12;
const HEAD_LEN: usize = LEN - ICV_LEN;
/// Internetwork control.
const TOS: u8 = 0xc0;

/// What an advertisement is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrap {
    /// Source address.
    pub src: Ipv4Addr,
    /// Destination address.
    pub dst: Ipv4Addr,
    /// TTL.
    pub ttl: u8,
    /// Greater than that of every packet before, of whatever router of the group.
    pub sequence: u32,
}

impl Wrap {
    /// The whole IPv4 packet around an advertisement of at most 1,100 bytes or so: 255 addresses and what belongs to them.
    pub fn emit(&self, key: &[u8], advert: &[u8]) -> Vec<u8> {
        let mut ip = [0; IP_LEN];
        let len = (IP_LEN + LEN + advert.len()) as u16;
        // Zero would be filled in by the kernel, and the integrity check covers it.
        let identification = (self.sequence as u16).max(1);
        ip[..2].copy_from_slice(&[0x45, TOS]);
        ip[2..4].copy_from_slice(&len.to_be_bytes());
        ip[4..6].copy_from_slice(&identification.to_be_bytes());
        ip[8..10].copy_from_slice(&[self.ttl, PROTOCOL]);
        ip[12..16].copy_from_slice(&self.src.octets());
        ip[16..].copy_from_slice(&self.dst.octets());
        let mut head = [0; HEAD_LEN];
        head[..2].copy_from_slice(&MARK);
        head[4..8].copy_from_slice(&self.src.octets());
        head[8..].copy_from_slice(&self.sequence.to_be_bytes());
        let check = check_over(key, &ip, &head, advert).finalize().into_bytes();
        let checksum = Sum::default().add_bytes(&ip).finish();
        ip[10..12].copy_from_slice(&checksum.to_be_bytes());
        [&ip, head.as_slice(), &check[..ICV_LEN], advert].concat()
    }
}

/// Why a packet is not to be believed. The peer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AhError {
    /// Shorter than the header.
    #[error("{0} bytes, the authentication header needs 24")]
    Truncated(usize),
    /// Not VRRP, or another kind of integrity check.
    #[error("not HMAC-MD5-96 around VRRP")]
    Form,
    /// The index must be the source address.
    #[error("security parameters index {0}, must be the source address")]
    Index(Ipv4Addr),
    /// Another key, or changed on its way.
    #[error("wrong integrity check: another auth_pass, or changed on its way")]
    Check,
}

/// Takes the header off: the sequence number and the advertisement. `ip` is the IPv4 header as it came, which must have no
/// options.
pub fn open<'a>(key: &[u8], ip: &[u8], payload: &'a [u8]) -> Result<(u32, &'a [u8]), AhError> {
    let (header, advert) = payload.split_at_checked(LEN).ok_or(AhError::Truncated(payload.len()))?;
    let (head, check) = header.split_at(HEAD_LEN);
    let (Some(ip), Some(head)) = (ip.first_chunk::<IP_LEN>(), head.first_chunk::<HEAD_LEN>()) else {
        return Err(AhError::Form);
    };
    let [next, len, _, _, i0, i1, i2, i3, sequence @ ..] = *head;
    if [next, len] != MARK || ip[0] != 0x45 {
        return Err(AhError::Form);
    }
    let index = [i0, i1, i2, i3];
    if index != ip[12..16] {
        return Err(AhError::Index(index.into()));
    }
    check_over(key, ip, head, advert).verify_truncated_left(check).map_err(|_| AhError::Check)?;
    Ok((u32::from_be_bytes(sequence), advert))
}

/// The advertisement within, unchecked; for accounting an error to its virtual router.
pub fn peek(payload: &[u8]) -> Option<&[u8]> {
    payload.starts_with(&MARK).then(|| payload.get(LEN..)).flatten()
}

fn check_over(key: &[u8], ip: &[u8; IP_LEN], head: &[u8; HEAD_LEN], advert: &[u8]) -> Hmac<Md5> {
    let mut fixed = *ip;
    fixed[1] = 0;
    fixed[6..8].fill(0);
    fixed[10..12].fill(0);
    if !Ipv4Addr::new(ip[16], ip[17], ip[18], ip[19]).is_multicast() {
        fixed[8] = 0;
    }
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104 section 3)")]
    let mut code = Hmac::<Md5>::new_from_slice(key).expect("every length is a key");
    for part in [fixed.as_slice(), head, &[0; ICV_LEN], advert] {
        code.update(part);
    }
    code
}

#[cfg(test)]
mod tests;
