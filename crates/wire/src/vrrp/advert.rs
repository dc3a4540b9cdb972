use std::net::IpAddr;

use types::{Interval, Priority, Version, Vrid};
use zerocopy::IntoBytes;
use zerocopy::byteorder::network_endian::U16;

use super::trailer::{LEN as TRAILER_LEN, Signer};
use super::{ADVERTISEMENT, AUTH_AH, AUTH_NONE, AUTH_PASS, AuthData, CHECKSUM_OFFSET, Header, PROTOCOL};
use crate::checksum::Sum;

/// A valid advertisement, to be emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advert<'a> {
    /// Version; decides the layout.
    pub version: Version,
    /// VRID.
    pub vrid: Vrid,
    /// Priority, 0 to 255.
    pub priority: Priority,
    /// Interval; version 2 rounds to whole seconds, at least one; version 3 carries at most
    /// [`Interval::MAX_V3`].
    pub interval: Interval,
    /// The authentication of version 2; ignored in version 3.
    pub auth: AuthData,
    /// The virtual addresses, at most 255, all of one family. The address count has no room for more: those
    /// behind the 255th are left out.
    pub addresses: &'a [IpAddr],
    /// Version 3 over IPv4: leave the pseudo-header out of the checksum (`v3_checksum_as_v2`).
    pub checksum_as_v2: bool,
}

impl Advert<'_> {
    /// The bytes after the IP header, checksum included. `src` and `dst` are the addresses of the IP header, for
    /// version 3's pseudo-header; `dst` is the multicast group or the unicast destination.
    pub fn emit(&self, src: IpAddr, dst: IpAddr) -> Vec<u8> {
        let mut message = self.message();
        let checksum = self.sum(src, dst, message.len()).add_bytes(&message).finish();
        set_checksum(&mut message, checksum);
        message
    }

    /// As [`emit`](Self::emit), with the trailer of `auth_hmac`. Over IPv4 the checksum does not cover it; over IPv6 it
    /// belongs to the payload like everything else.
    pub fn emit_signed(&self, src: IpAddr, dst: IpAddr, signer: &Signer<'_>) -> Vec<u8> {
        let mut message = self.message();
        let pdu_len = message.len();
        message.reserve_exact(TRAILER_LEN);
        message.extend(signer.sign(src, &message));
        let covered = if src.is_ipv4() { pdu_len } else { message.len() };
        let checksum =
            self.sum(src, dst, covered).add_bytes(message.get(..covered).unwrap_or_default()).finish();
        set_checksum(&mut message, checksum);
        message
    }

    /// The bytes with a checksum of zero.
    fn message(&self) -> Vec<u8> {
        let address_count = u8::try_from(self.addresses.len()).unwrap_or(u8::MAX);
        let header = Header {
            version_type: self.version.number() << 4 | ADVERTISEMENT,
            vrid: self.vrid.get(),
            priority: self.priority.0,
            address_count,
            timing: self.timing(),
            checksum: U16::ZERO,
        };
        [header.as_bytes(), &self.body(usize::from(address_count))].concat()
    }

    /// What the checksum begins with. 255 addresses of 16 bytes and the rest are far below 65535.
    fn sum(&self, src: IpAddr, dst: IpAddr, len: usize) -> Sum {
        match (self.version, src) {
            (Version::V2, _) => Sum::default(),
            (Version::V3, IpAddr::V4(_)) if self.checksum_as_v2 => Sum::default(),
            (Version::V3, IpAddr::V4(_) | IpAddr::V6(_)) => {
                Sum::pseudo_header(src, dst, PROTOCOL, len as u16)
            }
        }
    }

    fn timing(&self) -> [u8; 2] {
        let centis = self.interval.as_centis();
        match self.version {
            Version::V2 => {
                let seconds = ((centis + 50) / 100).clamp(1, 255) as u8;
                let kind = match self.auth {
                    AuthData::None => AUTH_NONE,
                    AuthData::Pass(_) => AUTH_PASS,
                    AuthData::Ah => AUTH_AH,
                    AuthData::Other(kind) => kind,
                };
                [kind, seconds]
            }
            Version::V3 => centis.min(Interval::MAX_V3.as_centis()).to_be_bytes(),
        }
    }

    /// The addresses and, in version 2, the authentication data: there even without a password (RFC 3768
    /// section 5.3.10), and zero then.
    fn body(&self, address_count: usize) -> Vec<u8> {
        let mut body = Vec::new();
        for addr in self.addresses.iter().take(address_count) {
            match addr {
                IpAddr::V4(addr) => body.extend(addr.octets()),
                IpAddr::V6(addr) => body.extend(addr.octets()),
            }
        }
        match self.version {
            Version::V2 => match self.auth {
                AuthData::Pass(password) => body.extend(password),
                AuthData::None | AuthData::Ah | AuthData::Other(_) => body.extend([0; 8]),
            },
            Version::V3 => {}
        }
        body
    }
}

fn set_checksum(message: &mut [u8], checksum: u16) {
    if let Some(field) = message.get_mut(CHECKSUM_OFFSET..CHECKSUM_OFFSET + 2) {
        field.copy_from_slice(&checksum.to_be_bytes());
    }
}
