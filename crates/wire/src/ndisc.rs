//! Unsolicited neighbour advertisements (RFC 4861 section 7.2.6, RFC 9568 section 8.2.3), as Ethernet frames.

use std::net::{IpAddr, Ipv6Addr};

use types::MacAddr;
use zerocopy::byteorder::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, transmute};

use crate::checksum::Sum;
use crate::ethernet;

/// Length of the Ethernet frame of [`announcement`].
pub const FRAME_LEN: usize = 86;

/// An unsolicited neighbour advertisement to ff02::1 with the override flag, source and target `addr`, and the
/// target link-layer address option.
///
/// `router` sets the router flag, as a virtual router does (RFC 9568 section 6.4.1). Receivers that see a router become a host
/// drop it as their default router (RFC 4861 section 7.2.5), so that it must not be clear where the machine forwards.
pub fn announcement(mac: MacAddr, addr: Ipv6Addr, router: bool) -> [u8; FRAME_LEN] {
    let mut message = Message {
        advert: Advert {
            kind: NEIGHBOUR_ADVERTISEMENT,
            code: 0,
            checksum: U16::ZERO,
            flags: if router { FLAG_ROUTER | FLAG_OVERRIDE } else { FLAG_OVERRIDE },
            reserved: [0; 3],
            target: addr.octets(),
        },
        option: LinkLayerOption { kind: OPTION_TARGET_LINK_LAYER, len: 1, mac: mac.0 },
    };
    message.advert.checksum =
        Sum::pseudo_header(IpAddr::V6(addr), IpAddr::V6(ALL_NODES), ICMPV6, MESSAGE_LEN)
            .add_bytes(message.as_bytes())
            .finish()
            .into();
    let frame = Frame {
        headers: Headers {
            ethernet: ethernet::Header {
                destination: ALL_NODES_MAC,
                source: mac.0,
                ethertype: ethernet::TYPE_IPV6.into(),
            },
            ip: IpHeader {
                version_class_flow: U32::new(6 << 28),
                payload_len: MESSAGE_LEN.into(),
                next_header: ICMPV6,
                hop_limit: HOP_LIMIT,
                src: addr.octets(),
                dst: ALL_NODES.octets(),
            },
        },
        message,
    };
    transmute!(frame)
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

/// Reads an Ethernet frame; `None` if it is not a valid neighbour advertisement (hop limit 255, checksum, length,
/// options: RFC 4861 section 7.1.2).
///
/// Bytes behind the IPv6 payload are ignored. An advertisement behind extension headers is not recognized: no
/// station sends one, and receivers must refuse it in fragments (RFC 6980).
pub fn parse(frame: &[u8]) -> Option<Claim> {
    let (headers, rest) = Headers::ref_from_prefix(frame).ok()?;
    let Headers { ethernet, ip } = headers;
    if ethernet.ethertype != ethernet::TYPE_IPV6
        || ip.version_class_flow.get() >> 28 != 6
        || ip.next_header != ICMPV6
        || ip.hop_limit != HOP_LIMIT
    {
        return None;
    }
    let payload = rest.get(..usize::from(ip.payload_len.get()))?;
    let (advert, options) = Advert::ref_from_prefix(payload).ok()?;
    let dst = Ipv6Addr::from(ip.dst);
    let sum = Sum::pseudo_header(Ipv6Addr::from(ip.src).into(), dst.into(), ICMPV6, ip.payload_len.get());
    let solicited = advert.flags & FLAG_SOLICITED != 0;
    let addr = Ipv6Addr::from(advert.target);
    if !sum.add_bytes(payload).is_intact()
        || advert.kind != NEIGHBOUR_ADVERTISEMENT
        || advert.code != 0
        || addr.is_multicast()
        || (dst.is_multicast() && solicited)
    {
        return None;
    }
    let mac = target_link_layer_address(options, MacAddr(ethernet.source))?;
    Some(Claim { mac, addr, unsolicited: !solicited })
}

/// The address in the first target link-layer address option, or `default` without one. `None` if the options are
/// malformed: one of length zero (RFC 4861 section 4.6), one that is cut off, or an address that is not Ethernet's.
fn target_link_layer_address(mut options: &[u8], default: MacAddr) -> Option<MacAddr> {
    let mut found = None;
    while let [kind, len, ..] = *options {
        let (option, rest) = options.split_at_checked(usize::from(len) * 8).filter(|_| len != 0)?;
        if kind == OPTION_TARGET_LINK_LAYER && found.is_none() {
            found = Some(MacAddr(LinkLayerOption::ref_from_bytes(option).ok()?.mac));
        }
        options = rest;
    }
    options.is_empty().then_some(found.unwrap_or(default))
}

const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// RFC 2464 section 7: 33-33 and the last four bytes of the group.
const ALL_NODES_MAC: [u8; 6] = [0x33, 0x33, 0, 0, 0, 1];
const ICMPV6: u8 = 58;
/// Proves that no router forwarded the packet (RFC 4861 section 11.2).
const HOP_LIMIT: u8 = 255;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const OPTION_TARGET_LINK_LAYER: u8 = 2;
const FLAG_ROUTER: u8 = 0x80;
const FLAG_SOLICITED: u8 = 0x40;
const FLAG_OVERRIDE: u8 = 0x20;
const MESSAGE_LEN: u16 = size_of::<Message>() as u16;

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Frame {
    headers: Headers,
    message: Message,
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Headers {
    ethernet: ethernet::Header,
    ip: IpHeader,
}

/// RFC 8200 section 3.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct IpHeader {
    version_class_flow: U32,
    payload_len: U16,
    next_header: u8,
    hop_limit: u8,
    src: [u8; 16],
    dst: [u8; 16],
}

/// What [`announcement`] sends.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Message {
    advert: Advert,
    option: LinkLayerOption,
}

/// RFC 4861 section 4.4; options follow.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Advert {
    kind: u8,
    code: u8,
    checksum: U16,
    flags: u8,
    reserved: [u8; 3],
    target: [u8; 16],
}

/// RFC 4861 section 4.6.1, with an Ethernet address (RFC 2464 section 6).
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct LinkLayerOption {
    kind: u8,
    /// In units of 8 bytes.
    len: u8,
    mac: [u8; 6],
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{STATION_1, STATION_2, hex};

    const VIP: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);

    /// keepalived 2.2.7 announcing 2001:db8::1 from an interface that does not forward.
    const KEEPALIVED_HOST: &str = "333300000001 020000000001 86dd 60000000 0020 3a ff
        20010db8000000000000000000000001 ff020000000000000000000000000001
        88 00 f92a 20000000 20010db8000000000000000000000001 02 01 020000000001";
    /// The same from an interface that forwards.
    const KEEPALIVED_ROUTER: &str = "333300000001 020000000001 86dd 60000000 0020 3a ff
        20010db8000000000000000000000001 ff020000000000000000000000000001
        88 00 792a a0000000 20010db8000000000000000000000001 02 01 020000000001";
    /// keepalived 2.2.7 announcing fe80::100.
    const KEEPALIVED_LINK_LOCAL: &str = "333300000001 020000000001 86dd 60000000 0020 3a ff
        fe800000000000000000000000000100 ff020000000000000000000000000001
        88 00 559d 20000000 fe800000000000000000000000000100 02 01 020000000001";
    /// Linux 6.18 answering a solicitation of 2001:db8::1 for 2001:db8::2.
    const LINUX_SOLICITED: &str = "020000000001 020000000002 86dd 60000000 0020 3a ff
        20010db8000000000000000000000002 20010db8000000000000000000000001
        88 00 8a71 60000000 20010db8000000000000000000000002 02 01 020000000002";
    /// The solicitation.
    const LINUX_SOLICITATION: &str = "3333ff000002 020000000001 86dd 60000000 0020 3a ff
        20010db8000000000000000000000001 ff0200000000000000000001ff000002
        87 00 1c27 00000000 20010db8000000000000000000000002 01 01 020000000001";

    /// Changes a captured frame, then sets payload length and checksum right again, so that a test about another
    /// field does not fail for those.
    fn altered(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut frame = hex(KEEPALIVED_HOST);
        change(&mut frame);
        let len = frame.len() as u16 - 54;
        frame[18..20].copy_from_slice(&len.to_be_bytes());
        frame[56..58].fill(0);
        let addr = |at: usize| IpAddr::from(<[u8; 16]>::try_from(&frame[at..at + 16]).unwrap());
        let sum = Sum::pseudo_header(addr(22), addr(38), 58, len).add_bytes(&frame[54..]).finish();
        frame[56..58].copy_from_slice(&sum.to_be_bytes());
        frame
    }

    #[test]
    fn announces_like_keepalived() {
        let link_local = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x100);
        assert_eq!(announcement(STATION_1, VIP, false).as_slice(), hex(KEEPALIVED_HOST));
        assert_eq!(announcement(STATION_1, VIP, true).as_slice(), hex(KEEPALIVED_ROUTER));
        assert_eq!(announcement(STATION_1, link_local, false).as_slice(), hex(KEEPALIVED_LINK_LOCAL));
    }

    #[test]
    fn captured_frames_are_read() {
        let announced = Some(Claim { mac: STATION_1, addr: VIP, unsolicited: true });
        assert_eq!(parse(&hex(KEEPALIVED_HOST)), announced);
        assert_eq!(parse(&hex(KEEPALIVED_ROUTER)), announced);
        let station_2 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
        let answered = Claim { mac: STATION_2, addr: station_2, unsolicited: false };
        assert_eq!(parse(&hex(LINUX_SOLICITED)), Some(answered));
        assert_eq!(parse(&hex(LINUX_SOLICITATION)), None);
    }

    #[test]
    fn without_the_option_the_ethernet_source_counts() {
        let bare = altered(|frame| frame.truncate(78));
        assert_eq!(parse(&bare), Some(Claim { mac: STATION_1, addr: VIP, unsolicited: true }));
    }

    #[test]
    fn other_options_are_skipped_and_the_first_address_counts() {
        // A nonce option (type 14) before, a second target link-layer address behind.
        let frame = altered(|frame| {
            frame.splice(78..78, hex("0e01 112233445566"));
            frame.extend(hex("0201 0200000000ff"));
        });
        assert_eq!(parse(&frame).map(|claim| claim.mac), Some(STATION_1));
    }

    #[test]
    fn bytes_behind_the_payload_are_ignored() {
        let mut frame = hex(KEEPALIVED_HOST);
        frame.extend([0xee; 9]);
        assert_eq!(parse(&frame), parse(&hex(KEEPALIVED_HOST)));
        assert!(parse(&frame).is_some());
    }

    /// One case for each check of RFC 4861 section 7.1.2, and for what makes the frame IPv6 and ICMPv6 at all.
    #[test]
    fn invalid_advertisements_claim_nothing() {
        type Change = fn(&mut Vec<u8>);
        let cases: [(&str, Change); 13] = [
            ("Ethernet type", |f| f[13] = 0xde),
            ("IP version", |f| f[14] = 0x40),
            ("next header", |f| f[20] = 112),
            ("hop limit", |f| f[21] = 254),
            ("ICMP type", |f| f[54] = 135),
            ("ICMP code", |f| f[55] = 1),
            ("shorter than 24 bytes", |f| f.truncate(77)),
            ("multicast target", |f| f[62] = 0xff),
            ("solicited to multicast", |f| f[58] = 0x60),
            ("option of length zero", |f| f[79] = 0),
            ("option longer than the packet", |f| f[79] = 2),
            ("one byte of an option", |f| f.truncate(79)),
            ("link-layer address longer than Ethernet's", |f| {
                f[79] = 2;
                f.extend([0; 8]);
            }),
        ];
        assert!(parse(&altered(|_| ())).is_some());
        for (name, change) in cases {
            assert_eq!(parse(&altered(change)), None, "{name}");
        }
        let mut frame = hex(KEEPALIVED_HOST);
        frame[57] ^= 1;
        assert_eq!(parse(&frame), None, "checksum");
    }

    #[test]
    fn truncated_frames_claim_nothing() {
        let frame = hex(KEEPALIVED_HOST);
        for len in 0..FRAME_LEN {
            assert_eq!(parse(&frame[..len]), None, "{len} bytes");
        }
    }

    /// Every bit of the two addresses and of the ICMPv6 message is under the checksum.
    #[test]
    fn single_bit_flips_are_caught() {
        let frame = hex(KEEPALIVED_HOST);
        for bit in 22 * 8..FRAME_LEN * 8 {
            let mut flipped = frame.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&flipped), None, "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        /// With the checks of the headers passed, whatever the options say is survived too.
        #[test]
        fn any_options_are_survived(options in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&altered(|frame| {
                frame.truncate(78);
                frame.extend(options);
            }));
        }

        #[test]
        fn announcement_is_read_back(mac: [u8; 6], addr: u128, router: bool) {
            let (mac, addr) = (MacAddr(mac), Ipv6Addr::from(addr));
            let claim = (!addr.is_multicast()).then_some(Claim { mac, addr, unsolicited: true });
            prop_assert_eq!(parse(&announcement(mac, addr, router)), claim);
        }
    }
}
