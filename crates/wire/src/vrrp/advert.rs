use std::net::IpAddr;

use types::{Interval, Priority, Version, Vrid};
use zerocopy::IntoBytes;
use zerocopy::byteorder::network_endian::U16;

use super::{ADVERTISEMENT, AUTH_NONE, AUTH_PASS, Header, PROTOCOL};
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
    /// The password of version 2; ignored in version 3.
    pub password: Option<[u8; 8]>,
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
        let address_count = u8::try_from(self.addresses.len()).unwrap_or(u8::MAX);
        let mut header = Header {
            version_type: self.version.number() << 4 | ADVERTISEMENT,
            vrid: self.vrid.get(),
            priority: self.priority.0,
            address_count,
            timing: self.timing(),
            checksum: U16::ZERO,
        };
        let body = self.body(usize::from(address_count));
        // 255 addresses of 16 bytes and the rest are far below 65535.
        let len = (size_of::<Header>() + body.len()) as u16;
        let sum = match (self.version, src) {
            (Version::V2, _) => Sum::default(),
            (Version::V3, IpAddr::V4(_)) if self.checksum_as_v2 => Sum::default(),
            (Version::V3, IpAddr::V4(_) | IpAddr::V6(_)) => Sum::pseudo_header(src, dst, PROTOCOL, len),
        };
        header.checksum = sum.add_bytes(header.as_bytes()).add_bytes(&body).finish().into();
        [header.as_bytes(), &body].concat()
    }

    fn timing(&self) -> [u8; 2] {
        let centis = self.interval.as_centis();
        match self.version {
            Version::V2 => {
                let seconds = ((centis + 50) / 100).clamp(1, 255) as u8;
                [if self.password.is_some() { AUTH_PASS } else { AUTH_NONE }, seconds]
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
            Version::V2 => body.extend(self.password.unwrap_or_default()),
            Version::V3 => {}
        }
        body
    }
}
