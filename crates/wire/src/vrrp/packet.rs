use std::net::IpAddr;

use types::{Family, Interval, Priority, Version, Vrid};
use zerocopy::FromBytes;

use super::{
    ADVERTISEMENT, AUTH_AH, AUTH_NONE, AUTH_PASS, AuthData, ChecksumKind, DecodeError, Header, PROTOCOL,
    VRID_OFFSET,
};
use crate::checksum::Sum;

/// A checked view of the bytes after the IP header.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    header: &'a Header,
    vrid: Vrid,
    body: Body<'a>,
    /// The advertisement alone.
    message: &'a [u8],
    /// What follows it: nothing, the padding of the link, or a trailer.
    rest: &'a [u8],
    /// What the checksum covers, pseudo-header aside.
    covered: &'a [u8],
}

/// Each version and family has its own layout.
#[derive(Debug, Clone, Copy)]
enum Layout {
    V2,
    V3Ipv4,
    V3Ipv6,
}

/// What follows the header.
#[derive(Debug, Clone, Copy)]
enum Body<'a> {
    V2 { addresses: &'a [[u8; 4]], auth: &'a [u8; 8] },
    V3Ipv4 { addresses: &'a [[u8; 4]] },
    V3Ipv6 { addresses: &'a [[u8; 16]] },
}

impl<'a> Packet<'a> {
    /// Checks what must hold before any field may be read: the length against the version and address count,
    /// the type, a non-zero VRID. Ethernet padding behind the packet is tolerated. The checksum is checked by
    /// [`verify_checksum`](Self::verify_checksum), because it may need the IP addresses.
    ///
    /// An address count of 0 is let through, although RFC 9568 section 5.2.5 wants it ignored: keepalived sends
    /// it for a virtual router without a `virtual_ipaddress` block.
    pub fn new(bytes: &'a [u8], family: Family) -> Result<Self, DecodeError> {
        let truncated = |need| DecodeError::Truncated { have: bytes.len(), need };
        let (header, rest) = Header::ref_from_prefix(bytes).map_err(|_| truncated(size_of::<Header>()))?;
        let layout = Layout::of(header.version_type >> 4, family)?;
        let kind = header.version_type & 0x0f;
        if kind != ADVERTISEMENT {
            return Err(DecodeError::Type(kind));
        }
        let vrid = Vrid::new(header.vrid).ok_or(DecodeError::Vrid)?;
        let count = usize::from(header.address_count);
        let need = size_of::<Header>() + layout.body_len(count);
        let (Some((message, behind)), Some(body)) =
            (bytes.split_at_checked(need), Body::split(rest, layout, count))
        else {
            return Err(truncated(need));
        };
        // Over IPv4 the link may have padded a short packet. Over IPv6 no packet is that short: what is there
        // belongs to the payload, which the checksum covers entirely (RFC 8200 section 8.1).
        let covered = match family {
            Family::V4 => message,
            Family::V6 => bytes,
        };
        Ok(Self { header, vrid, body, message, rest: behind, covered })
    }

    /// The VRID alone, from bytes that may be broken otherwise; for accounting an error to its virtual router.
    pub fn peek_vrid(bytes: &[u8]) -> Option<Vrid> {
        bytes.get(VRID_OFFSET).copied().and_then(Vrid::new)
    }

    /// Version.
    pub fn version(&self) -> Version {
        match self.body {
            Body::V2 { .. } => Version::V2,
            Body::V3Ipv4 { .. } | Body::V3Ipv6 { .. } => Version::V3,
        }
    }

    /// VRID.
    pub fn vrid(&self) -> Vrid {
        self.vrid
    }

    /// Advertised priority.
    pub fn priority(&self) -> Priority {
        Priority(self.header.priority)
    }

    /// Advertised interval; `None` for the value 0, which no RFC allows.
    pub fn interval(&self) -> Option<Interval> {
        let [_, seconds] = self.header.timing;
        Interval::from_centis(match self.version() {
            Version::V2 => u16::from(seconds) * 100,
            // The reserved bits are ignored (RFC 9568 section 5.2.6).
            Version::V3 => u16::from_be_bytes(self.header.timing) & 0x0fff,
        })
    }

    /// The authentication of version 2; version 3 has none.
    pub fn auth(&self) -> AuthData {
        match self.body {
            Body::V2 { auth, .. } => match self.header.timing {
                [AUTH_NONE, _] => AuthData::None,
                [AUTH_PASS, _] => AuthData::Pass(*auth),
                [AUTH_AH, _] => AuthData::Ah,
                [other, _] => AuthData::Other(other),
            },
            Body::V3Ipv4 { .. } | Body::V3Ipv6 { .. } => AuthData::None,
        }
    }

    /// What follows the advertisement: nothing, or the trailer of `auth_hmac`.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The advertisement without what follows it, for checking a trailer.
    pub fn message(&self) -> &'a [u8] {
        self.message
    }

    /// The advertised addresses in order.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + 'a {
        let (v4, v6): (&'a [[u8; 4]], &'a [[u8; 16]]) = match self.body {
            Body::V2 { addresses, .. } | Body::V3Ipv4 { addresses } => (addresses, &[]),
            Body::V3Ipv6 { addresses } => (&[], addresses),
        };
        v4.iter().copied().map(IpAddr::from).chain(v6.iter().copied().map(IpAddr::from))
    }

    /// Whether the checksum is right, and in which way. `src` and `dst` enter version 3's pseudo-header: the
    /// addresses of the IP header, `dst` being the multicast group or the unicast destination.
    pub fn verify_checksum(&self, src: IpAddr, dst: IpAddr) -> Result<ChecksumKind, DecodeError> {
        let plain = || Sum::default().add_bytes(self.covered).is_intact();
        let with_pseudo_header = || {
            // No IP payload is longer than 65535 bytes; more than that cannot have a valid checksum.
            u16::try_from(self.covered.len()).is_ok_and(|len| {
                Sum::pseudo_header(src, dst, PROTOCOL, len).add_bytes(self.covered).is_intact()
            })
        };
        let kind = match self.body {
            Body::V2 { .. } => plain().then_some(ChecksumKind::Standard),
            Body::V3Ipv6 { .. } => with_pseudo_header().then_some(ChecksumKind::Standard),
            Body::V3Ipv4 { .. } => with_pseudo_header()
                .then_some(ChecksumKind::Standard)
                .or_else(|| plain().then_some(ChecksumKind::WithoutPseudoHeader)),
        };
        kind.ok_or(DecodeError::Checksum)
    }
}

impl Layout {
    fn of(version: u8, family: Family) -> Result<Self, DecodeError> {
        match (version, family) {
            (2, Family::V4) => Ok(Self::V2),
            (3, Family::V4) => Ok(Self::V3Ipv4),
            (3, Family::V6) => Ok(Self::V3Ipv6),
            (other, Family::V4 | Family::V6) => Err(DecodeError::Version(other)),
        }
    }

    /// Bytes behind the header, for so many addresses.
    fn body_len(self, addresses: usize) -> usize {
        match self {
            Self::V2 => addresses * 4 + 8,
            Self::V3Ipv4 => addresses * 4,
            Self::V3Ipv6 => addresses * 16,
        }
    }
}

impl<'a> Body<'a> {
    /// `None` if `bytes` are too short.
    fn split(bytes: &'a [u8], layout: Layout, count: usize) -> Option<Self> {
        Some(match layout {
            Layout::V2 => {
                let (addresses, rest) = <[[u8; 4]]>::ref_from_prefix_with_elems(bytes, count).ok()?;
                Self::V2 { addresses, auth: rest.first_chunk()? }
            }
            Layout::V3Ipv4 => {
                let (addresses, _) = <[[u8; 4]]>::ref_from_prefix_with_elems(bytes, count).ok()?;
                Self::V3Ipv4 { addresses }
            }
            Layout::V3Ipv6 => {
                let (addresses, _) = <[[u8; 16]]>::ref_from_prefix_with_elems(bytes, count).ok()?;
                Self::V3Ipv6 { addresses }
            }
        })
    }
}
