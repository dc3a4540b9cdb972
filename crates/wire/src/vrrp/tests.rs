//! The expected bytes are captures: adverts that keepalived 2.2.7 (Debian 12) sent between two network namespaces,
//! and keepalived 2.4.3's adverts with an authenticated trailer. keepalived 2.2.7 as a Backup was also sent
//! variations, to see what it takes for valid; the tests name that where it decided.

use std::net::IpAddr;

use proptest::prelude::*;
use types::{Family, Interval, Priority, Version, Vrid};

use super::*;
use crate::checksum::Sum;
use crate::testing::hex;

/// One captured advertisement and what its sender's configuration says about it.
struct Capture {
    name: &'static str,
    pdu: &'static str,
    src: &'static str,
    dst: &'static str,
    version: Version,
    priority: u8,
    centis: u16,
    auth: AuthData,
    addresses: &'static [&'static str],
}

const PASS_1111: AuthData = AuthData::Pass(*b"1111\0\0\0\0");
const GROUP_V4: &str = "224.0.0.18";
const GROUP_V6: &str = "ff02::12";
const V6_ADDRESSES: &[&str] = &["fe80::100", "2001:db8::1"];

/// All from keepalived 2.2.7 with `virtual_router_id 51`, on 192.0.2.1 and fe80::ff:fe00:1.
const CAPTURES: [Capture; 9] = [
    Capture {
        name: "priority 200, advert_int 1, auth_type PASS, auth_pass 1111",
        pdu: "2133c801 0101a8b6 0a4d0064 3131313100000000",
        src: "192.0.2.1",
        dst: GROUP_V4,
        version: Version::V2,
        priority: 200,
        centis: 100,
        auth: PASS_1111,
        addresses: &["10.77.0.100"],
    },
    Capture {
        name: "the same, stopping",
        pdu: "21330001 010170b7 0a4d0064 3131313100000000",
        src: "192.0.2.1",
        dst: GROUP_V4,
        version: Version::V2,
        priority: 0,
        centis: 100,
        auth: PASS_1111,
        addresses: &["10.77.0.100"],
    },
    Capture {
        name: "advert_int 3, no authentication, three addresses",
        pdu: "2133c803 000387fe 0a4d0064 c000020a c000020b 0000000000000000",
        src: "192.0.2.1",
        dst: GROUP_V4,
        version: Version::V2,
        priority: 200,
        centis: 300,
        auth: AuthData::None,
        addresses: &["10.77.0.100", "192.0.2.10", "192.0.2.11"],
    },
    Capture {
        name: "no virtual_ipaddress block",
        pdu: "2133c800 000116cb 0000000000000000",
        src: "192.0.2.1",
        dst: GROUP_V4,
        version: Version::V2,
        priority: 200,
        centis: 100,
        auth: AuthData::None,
        addresses: &[],
    },
    Capture {
        name: "version 3, advert_int 0.5, three addresses",
        pdu: "3133c803 0032d536 0a4d0064 c000020a c000020b",
        src: "192.0.2.1",
        dst: GROUP_V4,
        version: Version::V3,
        priority: 200,
        centis: 50,
        auth: AuthData::None,
        addresses: &["10.77.0.100", "192.0.2.10", "192.0.2.11"],
    },
    Capture {
        name: "the same, stopping",
        pdu: "31330003 00329d37 0a4d0064 c000020a c000020b",
        src: "192.0.2.1",
        dst: GROUP_V4,
        version: Version::V3,
        priority: 0,
        centis: 50,
        auth: AuthData::None,
        addresses: &["10.77.0.100", "192.0.2.10", "192.0.2.11"],
    },
    Capture {
        name: "version 3, unicast_peer 192.0.2.2",
        pdu: "3133c801 00327767 0a4d0064",
        src: "192.0.2.1",
        dst: "192.0.2.2",
        version: Version::V3,
        priority: 200,
        centis: 50,
        auth: AuthData::None,
        addresses: &["10.77.0.100"],
    },
    Capture {
        name: "IPv6, advert_int 0.25",
        pdu: "3133c802 0019dc46 fe800000000000000000000000000100 20010db8000000000000000000000001",
        src: "fe80::ff:fe00:1",
        dst: GROUP_V6,
        version: Version::V3,
        priority: 200,
        centis: 25,
        auth: AuthData::None,
        addresses: V6_ADDRESSES,
    },
    Capture {
        name: "IPv6, stopping",
        pdu: "31330002 0019a447 fe800000000000000000000000000100 20010db8000000000000000000000001",
        src: "fe80::ff:fe00:1",
        dst: GROUP_V6,
        version: Version::V3,
        priority: 0,
        centis: 25,
        auth: AuthData::None,
        addresses: V6_ADDRESSES,
    },
];

impl Capture {
    fn bytes(&self) -> Vec<u8> {
        hex(self.pdu)
    }

    fn src(&self) -> IpAddr {
        ip(self.src)
    }

    fn dst(&self) -> IpAddr {
        ip(self.dst)
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.addresses.iter().map(|addr| ip(addr)).collect()
    }

    fn advert<'a>(&self, addresses: &'a [IpAddr]) -> Advert<'a> {
        Advert {
            version: self.version,
            vrid: Vrid::new(51).unwrap(),
            priority: Priority(self.priority),
            interval: Interval::from_centis(self.centis).unwrap(),
            auth: self.auth,
            addresses,
            checksum_as_v2: false,
        }
    }

    /// Asserts that `bytes` read as this capture.
    fn assert_read_from(&self, bytes: &[u8]) {
        let packet = Packet::new(bytes, Family::of(self.src())).unwrap();
        assert_eq!(packet.version(), self.version, "{}", self.name);
        assert_eq!(packet.vrid().get(), 51, "{}", self.name);
        assert_eq!(packet.priority(), Priority(self.priority), "{}", self.name);
        assert_eq!(packet.interval().map(Interval::as_centis), Some(self.centis), "{}", self.name);
        assert_eq!(packet.auth(), self.auth, "{}", self.name);
        assert_eq!(packet.addresses().collect::<Vec<_>>(), self.addresses(), "{}", self.name);
        assert_eq!(
            packet.verify_checksum(self.src(), self.dst()),
            Ok(ChecksumKind::Standard),
            "{}",
            self.name
        );
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Parse and checksum in one go, as a receiver does it.
fn check(bytes: &[u8], src: IpAddr, dst: IpAddr) -> Result<ChecksumKind, DecodeError> {
    Packet::new(bytes, Family::of(src))?.verify_checksum(src, dst)
}

#[test]
fn captured_adverts_are_read() {
    for capture in CAPTURES {
        capture.assert_read_from(&capture.bytes());
    }
}

#[test]
fn adverts_are_emitted_as_captured() {
    for capture in CAPTURES {
        let addresses = capture.addresses();
        let emitted = capture.advert(&addresses).emit(capture.src(), capture.dst());
        assert_eq!(emitted, capture.bytes(), "{}", capture.name);
    }
}

/// An Ethernet payload has at least 46 bytes, 26 of them behind the IPv4 header.
#[test]
fn padding_behind_an_ipv4_packet_is_ignored() {
    for capture in CAPTURES.iter().filter(|capture| capture.src().is_ipv4()) {
        for padding in [1, 2, 6, 18, 28] {
            let mut bytes = capture.bytes();
            bytes.extend(vec![0xee; padding]);
            capture.assert_read_from(&bytes);
        }
    }
}

/// Adverts of keepalived 2.4.3 with `auth_hmac` (VRID 51, priority 200): 28 bytes follow the message. Over IPv4
/// the checksum leaves them out; over IPv6 the kernel computes it, over all that was sent.
#[test]
fn adverts_with_an_authenticated_trailer_are_read() {
    let captures = [
        (
            "192.0.2.1",
            Version::V2,
            "2133c801 00015465 c0000264 0000000000000000
            010100006b0309405b690000768d274f440d1078fee3624ec5246034",
        ),
        (
            "192.0.2.1",
            Version::V2,
            "2133c801 00015465 c0000264 0000000000000000
            010100006b030941775900009db5195f7ba55c2fc13863b030231199",
        ),
        (
            "192.0.2.1",
            Version::V3,
            "3133c801 0064a171 c0000264
            010200006b030946756b0000eaaf0f53efbae0b333138b6b0891b590",
        ),
        (
            "192.0.2.1",
            Version::V3,
            "3133c801 0064a171 c0000264
            010200006b030947763200007cc2d0fa0607d57880cd57af744f8322",
        ),
        (
            "fe80::1063:3eff:fe1c:5de6",
            Version::V3,
            "3133c802 006409d9
            fe800000000000000000000000000100 20010db8000000000000000000000100
            010100006b03094c7cec00003b3403572e026baf1411c6c5a46adae7",
        ),
        (
            "fe80::1063:3eff:fe1c:5de6",
            Version::V3,
            "3133c802 0064b481
            fe800000000000000000000000000100 20010db8000000000000000000000100
            010100006b03094d7e690000bc8eb77097c42f42ba49c4861bddb08b",
        ),
    ];
    for (src, version, bytes) in captures {
        let (src, bytes) = (ip(src), hex(bytes));
        let (dst, addresses) = if src.is_ipv4() {
            (ip(GROUP_V4), vec![ip("192.0.2.100")])
        } else {
            (ip(GROUP_V6), vec![ip("fe80::100"), ip("2001:db8::100")])
        };
        let packet = Packet::new(&bytes, Family::of(src)).unwrap();
        assert_eq!(packet.version(), version);
        assert_eq!(packet.priority(), Priority(200));
        assert_eq!(packet.interval(), Some(Interval::DEFAULT));
        assert_eq!(packet.auth(), AuthData::None);
        assert_eq!(packet.addresses().collect::<Vec<_>>(), addresses);
        assert_eq!(packet.verify_checksum(src, dst), Ok(ChecksumKind::Standard));
        if src.is_ipv4() {
            let message = &bytes[..bytes.len() - 28];
            assert_eq!(check(message, src, dst), Ok(ChecksumKind::Standard));
        }
    }
}

/// keepalived 2.2.7 refuses this one ("Invalid VRRPv2 checksum"): the complement of 0xf4e6, which is the sum
/// without the password.
#[test]
fn checksum_of_version_2_covers_the_password() {
    let bytes = hex("2133c801 01010b19 0a4d0064 3131313100000000");
    assert_eq!(check(&bytes, ip("192.0.2.1"), ip(GROUP_V4)), Err(DecodeError::Checksum));
}

/// The words of the version 3 message 3133 c801 0032 0a4d 0064 add up to 0x10417, with the carry 0x0418; the
/// checksum without pseudo-header is its complement. With the pseudo-header keepalived 2.2.7 sends 5957.
#[test]
fn checksum_of_version_3_without_pseudo_header() {
    let without = hex("3133c801 0032fbe7 0a4d0064");
    let (src, group) = (ip("192.0.2.1"), ip(GROUP_V4));
    assert_eq!(check(&without, src, group), Ok(ChecksumKind::WithoutPseudoHeader));

    let addresses = [ip("10.77.0.100")];
    let with = Advert {
        version: Version::V3,
        vrid: Vrid::new(51).unwrap(),
        priority: Priority(200),
        interval: Interval::from_centis(50).unwrap(),
        auth: AuthData::Pass(*b"ignored!"),
        addresses: &addresses,
        checksum_as_v2: false,
    };
    assert_eq!(with.emit(src, group), hex("3133c801 00325957 0a4d0064"));
    assert_eq!(Advert { checksum_as_v2: true, ..with }.emit(src, group), without);
}

/// IPv6 always has the pseudo-header (RFC 9568 section 5.2.8): one made without it is refused, and never emitted.
#[test]
fn checksum_over_ipv6_always_has_the_pseudo_header() {
    let (src, group) = (ip("fe80::1"), ip(GROUP_V6));
    // 3133 + c801 + 0064 + fe80 + 0100 = 0x1f918, with the carry 0xf919.
    let without = hex("3133c801 006406e6 fe800000000000000000000000000100");
    assert_eq!(check(&without, src, group), Err(DecodeError::Checksum));

    let addresses = [ip("fe80::100")];
    let advert = CAPTURES[7].advert(&addresses);
    assert_eq!(Advert { checksum_as_v2: true, ..advert }.emit(src, group), advert.emit(src, group));
}

#[test]
fn pseudo_header_binds_both_addresses() {
    let capture = &CAPTURES[4];
    let other = ip("192.0.2.3");
    assert_eq!(check(&capture.bytes(), other, capture.dst()), Err(DecodeError::Checksum));
    assert_eq!(check(&capture.bytes(), capture.src(), other), Err(DecodeError::Checksum));
}

#[test]
fn authentication_types() {
    let auth = |kind: u8| {
        let bytes = [&[0x21, 51, 100, 0, kind, 1, 0, 0], b"12345678".as_slice()].concat();
        Packet::new(&bytes, Family::V4).unwrap().auth()
    };
    assert_eq!(auth(0), AuthData::None);
    assert_eq!(auth(1), AuthData::Pass(*b"12345678"));
    assert_eq!(auth(2), AuthData::Ah);
    assert_eq!(auth(3), AuthData::Other(3));
    assert_eq!(auth(255), AuthData::Other(255));
}

#[test]
fn intervals_read() {
    let v2 = |seconds: u8| {
        let bytes = [[0x21, 51, 100, 0, 0, seconds, 0, 0], [0; 8]].concat();
        Packet::new(&bytes, Family::V4).unwrap().interval().map(Interval::as_centis)
    };
    let v3 = |high: u8, low: u8| {
        let bytes = [0x31, 51, 100, 0, high, low, 0, 0];
        Packet::new(&bytes, Family::V4).unwrap().interval().map(Interval::as_centis)
    };
    assert_eq!((v2(0), v2(1), v2(255)), (None, Some(100), Some(25_500)));
    assert_eq!((v3(0, 0), v3(0, 1), v3(0x0f, 0xff)), (None, Some(1), Some(4095)));
    // The four reserved bits are not part of the interval; keepalived 2.2.7 accepts them set.
    assert_eq!((v3(0xf0, 0), v3(0x50, 100)), (None, Some(100)));
}

#[test]
fn intervals_emitted() {
    let timing = |version, centis| {
        let advert = Advert {
            version,
            vrid: Vrid::new(1).unwrap(),
            priority: Priority::DEFAULT,
            interval: Interval::from_centis(centis).unwrap(),
            auth: AuthData::None,
            addresses: &[],
            checksum_as_v2: false,
        };
        advert.emit(ip("192.0.2.1"), ip(GROUP_V4))[4..6].to_vec()
    };
    for (centis, seconds) in [(1, 1), (100, 1), (149, 1), (150, 2), (25_449, 254), (25_500, 255)] {
        assert_eq!(timing(Version::V2, centis), [0, seconds], "{centis} centiseconds");
    }
    for (centis, bytes) in [(1, [0, 1]), (4095, [0x0f, 0xff]), (4096, [0x0f, 0xff]), (25_500, [0x0f, 0xff])] {
        assert_eq!(timing(Version::V3, centis), bytes, "{centis} centiseconds");
    }
}

#[test]
fn no_more_addresses_than_the_count_can_say() {
    let addresses = vec![ip("192.0.2.9"); 256];
    let capture = &CAPTURES[0];
    let bytes = capture.advert(&addresses).emit(capture.src(), capture.dst());
    assert_eq!(bytes.len(), 8 + 255 * 4 + 8);
    let packet = Packet::new(&bytes, Family::V4).unwrap();
    assert_eq!(packet.addresses().count(), 255);
    assert_eq!(packet.auth(), PASS_1111);
}

#[test]
fn every_decode_error() {
    let v2 = &CAPTURES[0];
    let v6 = &CAPTURES[7];
    let altered = |capture: &Capture, offset: usize, value: u8| {
        let mut bytes = capture.bytes();
        bytes[offset] = value;
        check(&bytes, capture.src(), capture.dst())
    };
    assert_eq!(altered(v2, 0, 0x11), Err(DecodeError::Version(1)));
    assert_eq!(altered(v2, 0, 0x41), Err(DecodeError::Version(4)));
    assert_eq!(altered(v6, 0, 0x21), Err(DecodeError::Version(2)));
    assert_eq!(altered(v2, 0, 0x20), Err(DecodeError::Type(0)));
    assert_eq!(altered(v2, 0, 0x22), Err(DecodeError::Type(2)));
    assert_eq!(altered(v2, 1, 0), Err(DecodeError::Vrid));
    assert_eq!(altered(v2, 3, 2), Err(DecodeError::Truncated { have: 20, need: 24 }));
    assert_eq!(altered(v6, 3, 255), Err(DecodeError::Truncated { have: 40, need: 4088 }));
    assert_eq!(altered(v2, 6, 0), Err(DecodeError::Checksum));
    assert_eq!(check(&[], v2.src(), v2.dst()), Err(DecodeError::Truncated { have: 0, need: 8 }));
    // keepalived 2.2.7 refuses version 2 without authentication data, too.
    let without_auth = hex("2133c801 00010c19 0a4d0064");
    assert_eq!(check(&without_auth, v2.src(), v2.dst()), Err(DecodeError::Truncated { have: 12, need: 20 }));
}

#[test]
fn decode_errors_in_words() {
    assert_eq!(DecodeError::Truncated { have: 12, need: 20 }.to_string(), "truncated: 12 bytes, needs 20");
    assert_eq!(DecodeError::Version(4).to_string(), "version 4 is not VRRP version 2 or 3");
    assert_eq!(DecodeError::Type(2).to_string(), "type 2 is not an advertisement");
    assert_eq!(DecodeError::Vrid.to_string(), "VRID 0");
    assert_eq!(DecodeError::Checksum.to_string(), "wrong checksum");
}

#[test]
fn truncations_name_what_is_missing() {
    for capture in CAPTURES {
        let bytes = capture.bytes();
        for have in 0..bytes.len() {
            let need = if have < 8 { 8 } else { bytes.len() };
            let result = check(&bytes[..have], capture.src(), capture.dst());
            assert_eq!(result, Err(DecodeError::Truncated { have, need }), "{}", capture.name);
        }
    }
}

#[test]
fn vrid_of_broken_packets() {
    assert_eq!(Packet::peek_vrid(&[0xff, 51]).map(Vrid::get), Some(51));
    assert_eq!(Packet::peek_vrid(&[0x21, 0]), None);
    assert_eq!(Packet::peek_vrid(&[0x21]), None);
}

#[test]
fn single_bit_flips_in_captures_are_caught() {
    for capture in CAPTURES {
        let bytes = capture.bytes();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let result = check(&flipped, capture.src(), capture.dst());
            assert!(result.is_err(), "{}: bit {bit}: {result:?}", capture.name);
        }
    }
}

fn any_auth() -> impl Strategy<Value = AuthData> {
    prop_oneof![
        Just(AuthData::None),
        any::<[u8; 8]>().prop_map(AuthData::Pass),
        Just(AuthData::Ah),
        (3u8..).prop_map(AuthData::Other),
    ]
}

prop_compose! {
    /// An advertisement that its version can express, with the addresses of its IP header.
    fn any_advert()(
        (version, family) in prop::sample::select(vec![
            (Version::V2, Family::V4), (Version::V3, Family::V4), (Version::V3, Family::V6),
        ]),
        vrid in 1u8..,
        priority: u8,
        seconds in 1u16..=255,
        centis in 1u16..=4095,
        auth in any_auth(),
        raw in prop::collection::vec(any::<u128>(), 2..260),
        checksum_as_v2: bool,
    ) -> Emitted {
        let mut addresses: Vec<IpAddr> = raw.iter().map(|raw| match family {
            Family::V4 => IpAddr::V4((*raw as u32).into()),
            Family::V6 => IpAddr::V6((*raw).into()),
        }).collect();
        addresses.truncate(257);
        let dst = addresses.pop().unwrap();
        let src = addresses.pop().unwrap();
        let centis = match version {
            Version::V2 => seconds * 100,
            Version::V3 => centis,
        };
        let interval = Interval::from_centis(centis).unwrap();
        Emitted { version, vrid, priority, interval, auth, addresses, checksum_as_v2, src, dst }
    }
}

#[derive(Debug, Clone)]
struct Emitted {
    version: Version,
    vrid: u8,
    priority: u8,
    interval: Interval,
    auth: AuthData,
    addresses: Vec<IpAddr>,
    checksum_as_v2: bool,
    src: IpAddr,
    dst: IpAddr,
}

impl Emitted {
    fn bytes(&self) -> Vec<u8> {
        let advert = Advert {
            version: self.version,
            vrid: Vrid::new(self.vrid).unwrap(),
            priority: Priority(self.priority),
            interval: self.interval,
            auth: self.auth,
            addresses: &self.addresses,
            checksum_as_v2: self.checksum_as_v2,
        };
        advert.emit(self.src, self.dst)
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), src: u128, dst: u128) {
        let _ = Packet::peek_vrid(&bytes);
        let (src, dst) = (IpAddr::V6(src.into()), IpAddr::V6(dst.into()));
        for family in [Family::V4, Family::V6] {
            if let Ok(packet) = Packet::new(&bytes, family) {
                let _ = (packet.interval(), packet.auth(), packet.addresses().count());
                let _ = packet.verify_checksum(src, dst);
            }
        }
    }

    /// Random bytes seldom get past the header, so these have a good one.
    #[test]
    fn any_body_is_survived(
        version in 2u8..=3, count: u8, body in prop::collection::vec(any::<u8>(), 0..1200), src: u128, dst: u128,
    ) {
        let bytes = [&[version << 4 | 1, 51, 100, count], body.as_slice()].concat();
        let (src, dst) = (IpAddr::V6(src.into()), IpAddr::V6(dst.into()));
        for family in [Family::V4, Family::V6] {
            if let Ok(packet) = Packet::new(&bytes, family) {
                prop_assert_eq!(packet.addresses().count(), usize::from(count));
                let _ = (packet.interval(), packet.auth(), packet.verify_checksum(src, dst));
            }
        }
    }

    #[test]
    fn emitted_adverts_are_read_back(advert in any_advert()) {
        let bytes = advert.bytes();
        let packet = Packet::new(&bytes, Family::of(advert.src)).unwrap();
        prop_assert_eq!(packet.version(), advert.version);
        prop_assert_eq!(packet.vrid().get(), advert.vrid);
        prop_assert_eq!(packet.priority(), Priority(advert.priority));
        prop_assert_eq!(packet.interval(), Some(advert.interval));
        let auth = match advert.version {
            Version::V2 => advert.auth,
            Version::V3 => AuthData::None,
        };
        prop_assert_eq!(packet.auth(), auth);
        prop_assert_eq!(packet.addresses().collect::<Vec<_>>(), advert.addresses);
    }

    #[test]
    fn emitted_checksums_are_of_the_kind_asked_for(advert in any_advert()) {
        let bytes = advert.bytes();
        let as_v2 = advert.checksum_as_v2 && advert.version == Version::V3 && advert.src.is_ipv4();
        let kind = if as_v2 { ChecksumKind::WithoutPseudoHeader } else { ChecksumKind::Standard };
        // Before a pseudo-header that adds up to zero both kinds are the same.
        prop_assume!(!Sum::pseudo_header(advert.src, advert.dst, PROTOCOL, bytes.len() as u16).is_intact());
        prop_assert_eq!(check(&bytes, advert.src, advert.dst), Ok(kind));
    }

    /// Bytes 0 and 3 say what the checksum covers; flips in them are tested on the captures. With the others
    /// flipped the sum is off by a power of two, so that the same kind of checksum cannot fit (the other kind
    /// can, where the pseudo-header makes up for it).
    #[test]
    fn single_bit_flips_are_caught(advert in any_advert(), at: prop::sample::Index, bit in 0u8..8) {
        let mut bytes = advert.bytes();
        let sent = check(&bytes, advert.src, advert.dst);
        let at = at.index(bytes.len());
        prop_assume!(at != 0 && at != 3);
        bytes[at] ^= 1 << bit;
        prop_assert_ne!(check(&bytes, advert.src, advert.dst), sent);
    }

    #[test]
    fn every_truncation_is_named(advert in any_advert(), at: prop::sample::Index) {
        let bytes = advert.bytes();
        let have = at.index(bytes.len());
        let need = if have < 8 { 8 } else { bytes.len() };
        prop_assert_eq!(
            check(&bytes[..have], advert.src, advert.dst),
            Err(DecodeError::Truncated { have, need })
        );
    }
}
