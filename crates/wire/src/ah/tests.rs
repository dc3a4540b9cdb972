use proptest::prelude::*;
use types::{Family, Interval, Priority, Version, Vrid};

use super::*;
use crate::testing::hex;
use crate::vrrp::{Advert, AuthData, ChecksumKind, Packet};

/// Packets of keepalived 2.2.7 with `auth_type AH`, from the IP header on. VRID 51: `auth_pass secret`, to the group; VRID
/// 52: `auth_pass 12345678`, to two unicast peers.
const CAPTURES: [(&[u8], u32, &str, &str); 4] = [
    (
        b"secret",
        1,
        "224.0.0.18",
        "45c0004000010000ff3318b6c0000201e0000012 70040000c0000201000000011e56050dfec3d960dc39e37d
        2133c80102015265c00002640000000000000000",
    ),
    (
        b"secret",
        2,
        "224.0.0.18",
        "45c0004000020000ff3318b5c0000201e0000012 70040000c000020100000002d0a707a0d1046935d56cef12
        2133c80102015265c00002640000000000000000",
    ),
    (
        b"12345678",
        1,
        "192.0.2.2",
        "45c0004000010000ff3336c6c0000201c0000202 70040000c000020100000001c8410d4565b89330e4ef1caa
        2134c80102015263c00002650000000000000000",
    ),
    (
        b"12345678",
        1,
        "192.0.2.3",
        "45c0004000010000ff3336c5c0000201c0000203 70040000c000020100000001e9d209204f86d0322f929f8b
        2134c80102015263c00002650000000000000000",
    ),
];

fn advert(vrid: u8, vip: &str) -> Vec<u8> {
    let advert = Advert {
        version: Version::V2,
        vrid: Vrid::new(vrid).unwrap(),
        priority: Priority(200),
        interval: Interval::DEFAULT,
        auth: AuthData::Ah,
        addresses: &[vip.parse().unwrap()],
        checksum_as_v2: false,
    };
    let nowhere = "0.0.0.0".parse().unwrap();
    advert.emit(nowhere, nowhere)
}

#[test]
fn captured_packets_are_read() {
    for (key, sequence, dst, packet) in CAPTURES {
        let packet = hex(packet);
        let (ip, payload) = packet.split_at(IP_LEN);
        let (found, inner) = open(key, ip, payload).unwrap();
        assert_eq!(found, sequence);
        assert_eq!(peek(payload), Some(inner));
        let view = Packet::new(inner, Family::V4).unwrap();
        assert_eq!((view.priority(), view.auth()), (Priority(200), AuthData::Ah));
        let (src, dst) = ("192.0.2.1".parse().unwrap(), dst.parse().unwrap());
        assert_eq!(view.verify_checksum(src, dst), Ok(ChecksumKind::Standard));
        assert_eq!(open(b"another", ip, payload), Err(AhError::Check));
    }
}

#[test]
fn packets_are_emitted_as_captured() {
    for (key, sequence, dst, packet) in CAPTURES {
        let wrap = Wrap { src: "192.0.2.1".parse().unwrap(), dst: dst.parse().unwrap(), ttl: 255, sequence };
        let advert = if key == b"secret" { advert(51, "192.0.2.100") } else { advert(52, "192.0.2.101") };
        assert_eq!(wrap.emit(key, &advert), hex(packet), "{dst} {sequence}");
    }
}

/// A packet to a single machine may cross routers; one to the group may not.
#[test]
fn the_ttl_of_unicast_may_change() {
    for (key, _, dst, packet) in CAPTURES {
        let mut packet = hex(packet);
        packet[8] = 3;
        let (ip, payload) = packet.split_at(IP_LEN);
        let opened = open(key, ip, payload);
        assert_eq!(opened.is_ok(), dst != "224.0.0.18", "{dst}: {opened:?}");
    }
}

#[test]
fn every_error() {
    let (key, _, _, packet) = CAPTURES[0];
    let packet = hex(packet);
    let (ip, payload) = packet.split_at(IP_LEN);
    let changed = |at: usize, to: u8| {
        let mut payload = payload.to_vec();
        payload[at] = to;
        open(key, ip, &payload).unwrap_err()
    };
    assert_eq!(open(key, ip, &payload[..23]), Err(AhError::Truncated(23)));
    assert_eq!(open(key, &ip[..19], payload), Err(AhError::Form));
    assert_eq!(changed(0, 6), AhError::Form);
    assert_eq!(changed(1, 5), AhError::Form);
    assert_eq!(changed(7, 2), AhError::Index("192.0.2.2".parse().unwrap()));
    // The sequence number, the check, the priority.
    for at in [11, 12, 26] {
        assert_eq!(changed(at, 0x77), AhError::Check);
    }
    assert_eq!(peek(&[6, 4]), None);
}

proptest! {
    #[test]
    fn what_is_emitted_is_read_back(
        src: u32, dst: u32, ttl: u8, sequence: u32,
        key in prop::collection::vec(any::<u8>(), 0..9),
        advert in prop::collection::vec(any::<u8>(), 0..1200),
    ) {
        let wrap = Wrap { src: src.into(), dst: dst.into(), ttl, sequence };
        let packet = wrap.emit(&key, &advert);
        let (ip, payload) = packet.split_at(IP_LEN);
        prop_assert!(Sum::default().add_bytes(ip).is_intact());
        prop_assert_eq!(open(&key, ip, payload), Ok((sequence, advert.as_slice())));
    }

    #[test]
    fn a_changed_bit_is_noticed(at in 0usize..64, bit in 0u8..8) {
        let (key, _, _, packet) = CAPTURES[0];
        let mut packet = hex(packet);
        packet[at] ^= 1 << bit;
        let (ip, payload) = packet.split_at(IP_LEN);
        // TOS, fragmentation and the header's checksum change on the way, and the reserved bytes are ours to cover.
        let mutable = matches!(at, 1 | 6 | 7 | 10 | 11);
        prop_assert_eq!(open(key, ip, payload).is_ok(), mutable);
    }

    #[test]
    fn any_bytes_are_survived(
        ip in prop::collection::vec(any::<u8>(), 0..70), payload in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        prop_assert!(open(b"key", &ip, &payload).is_err());
        let _ = peek(&payload);
    }
}
