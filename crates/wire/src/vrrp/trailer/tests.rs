use proptest::prelude::*;
use types::{Family, Interval, Priority, Version, Vrid};

use super::*;
use crate::testing::hex;
use crate::vrrp::{Advert, AuthData, Packet};

const KEY_1: &[u8] = &[
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30, 31,
];
const KEY_2: &[u8] = b"an ASCII passphrase of 40 characters ok!";

/// Advertisements of keepalived 2.4.3 (VRID 51, priority 200, one second): key number, key, version, source, bytes.
const CAPTURES: [(u8, &[u8], Version, &str, &str); 6] = [
    (
        1,
        KEY_1,
        Version::V2,
        "192.0.2.1",
        "2133c80100015465c00002640000000000000000010100006b0309405b690000768d274f440d1078fee3624ec5246034",
    ),
    (
        1,
        KEY_1,
        Version::V2,
        "192.0.2.1",
        "2133c80100015465c00002640000000000000000010100006b030941775900009db5195f7ba55c2fc13863b030231199",
    ),
    (
        2,
        KEY_2,
        Version::V3,
        "192.0.2.1",
        "3133c8010064a171c0000264010200006b030946756b0000eaaf0f53efbae0b333138b6b0891b590",
    ),
    (
        2,
        KEY_2,
        Version::V3,
        "192.0.2.1",
        "3133c8010064a171c0000264010200006b030947763200007cc2d0fa0607d57880cd57af744f8322",
    ),
    (
        1,
        KEY_1,
        Version::V3,
        "fe80::1063:3eff:fe1c:5de6",
        "3133c802006409d9fe80000000000000000000000000010020010db8000000000000000000000100
        010100006b03094c7cec00003b3403572e026baf1411c6c5a46adae7",
    ),
    (
        1,
        KEY_1,
        Version::V3,
        "fe80::1063:3eff:fe1c:5de6",
        "3133c8020064b481fe80000000000000000000000000010020010db8000000000000000000000100
        010100006b03094d7e690000bc8eb77097c42f42ba49c4861bddb08b",
    ),
];

fn utc(seconds: u64, fraction: u32) -> UtcTime {
    UtcTime::from_epoch(Duration::new(seconds, 0) + Duration::from_nanos(u64::from(fraction)))
}

#[test]
fn captured_trailers_are_genuine() {
    for (key_id, key, _, src, bytes) in CAPTURES {
        let (src, bytes) = (src.parse().unwrap(), hex(bytes));
        let packet = Packet::new(&bytes, Family::of(src)).unwrap();
        let trailer = Trailer::new(packet.rest()).unwrap();
        assert_eq!(trailer.key_id(), key_id);
        assert!(trailer.is_genuine(key, src, packet.message()));
        let other = if key == KEY_1 { KEY_2 } else { KEY_1 };
        assert!(!trailer.is_genuine(other, src, packet.message()));
        assert!(!trailer.is_genuine(key, "192.0.2.3".parse().unwrap(), packet.message()));
    }
}

/// Byte for byte what keepalived sent: the stamps are those of the captures, 0x6b030940 seconds and 0x5b69/65536.
#[test]
fn signed_adverts_are_emitted_as_captured() {
    for (key_id, key, version, src, bytes) in CAPTURES {
        let (src, bytes): (IpAddr, _) = (src.parse().unwrap(), hex(bytes));
        let stamp = Trailer::new(&bytes[bytes.len() - LEN..]).unwrap().stamp();
        let v6: [IpAddr; 2] = ["fe80::100".parse().unwrap(), "2001:db8::100".parse().unwrap()];
        let (dst, addresses) = if src.is_ipv4() {
            ("224.0.0.18", vec!["192.0.2.100".parse().unwrap()])
        } else {
            ("ff02::12", v6.to_vec())
        };
        let advert = Advert {
            version,
            vrid: Vrid::new(51).unwrap(),
            priority: Priority(200),
            interval: Interval::DEFAULT,
            auth: AuthData::None,
            addresses: &addresses,
            checksum_as_v2: false,
        };
        let signed = advert.emit_signed(src, dst.parse().unwrap(), &Signer { key_id, key, stamp });
        assert_eq!(signed, bytes, "{src} {version}");
    }
}

/// 0x6b030940 is 1795361088; 0.25 s are 0x4000/65536.
#[test]
fn stamps_are_seconds_and_fractions() {
    let stamp = Stamp::at(utc(1_795_361_088, 250_000_000));
    assert_eq!(stamp, Stamp(0x6b03_0940_4000_0000));
    assert_eq!(stamp.next(), Stamp(0x6b03_0940_4000_0001));
    // 2106-02-07 06:28:16 UTC: the seconds begin again.
    assert_eq!(Stamp::at(utc(1 << 32, 0)), Stamp(0));
    assert!(Stamp(0).is_after(Stamp(u64::MAX)));
}

#[test]
fn windows_look_both_ways() {
    let stamp = Stamp::at(utc(1000, 999_999_999));
    let window = Duration::from_secs(5);
    for (now, within) in [(994, false), (995, true), (1000, true), (1005, true), (1006, false), (4600, false)]
    {
        assert_eq!(stamp.is_within(window, utc(now, 0)), within, "{now}");
    }
    assert_eq!(stamp.ahead_of(utc(997, 0)), 3);
    assert_eq!(stamp.ahead_of(utc(1003, 0)), -3);
}

#[test]
fn every_error() {
    let good = hex(CAPTURES[0].4).split_off(20);
    let changed = |at: usize, to: u8| {
        let mut bytes = good.clone();
        bytes[at] = to;
        Trailer::new(&bytes).map(drop)
    };
    assert_eq!(Trailer::new(&[]).map(drop), Err(TrailerError::Missing));
    assert_eq!(Trailer::new(&good[..27]).map(drop), Err(TrailerError::Length(27)));
    assert_eq!(Trailer::new(&[good.as_slice(), &[0]].concat()).map(drop), Err(TrailerError::Length(29)));
    assert_eq!(changed(0, 2), Err(TrailerError::Scheme(2)));
    assert_eq!(changed(2, 1), Err(TrailerError::Reserved(0x0100)));
    assert_eq!(changed(3, 7), Err(TrailerError::Reserved(7)));
    assert_eq!(changed(1, 9), Ok(()));
}

proptest! {
    /// RFC 1982 section 3.2, with SERIAL_BITS = 64, as it is written there.
    #[test]
    fn serial_numbers(a: u64, b: u64) {
        let half = 1u64 << 63;
        let greater = (a < b && b - a > half) || (a > b && a - b < half);
        // Exactly half the circle apart is undefined there.
        prop_assume!(a.abs_diff(b) != half);
        prop_assert_eq!(Stamp(a).is_after(Stamp(b)), greater);
        prop_assert!(Stamp(a).next().is_after(Stamp(a)));
    }

    /// Whatever changes in what is signed is noticed; the checksum is not signed.
    #[test]
    fn a_changed_bit_is_noticed(capture in 0usize..6, at: prop::sample::Index, bit in 0u8..8) {
        let (_, key, _, src, bytes) = CAPTURES[capture];
        let (src, mut bytes) = (src.parse().unwrap(), hex(bytes));
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let (message, rest) = bytes.split_at(bytes.len() - LEN);
        let genuine = Trailer::new(rest).is_ok_and(|trailer| trailer.is_genuine(key, src, message));
        prop_assert_eq!(genuine, matches!(at, 6 | 7));
    }

    #[test]
    fn any_bytes_are_survived(
        rest in prop::collection::vec(any::<u8>(), 0..60), message in prop::collection::vec(any::<u8>(), 0..60), src: u32,
    ) {
        if let Ok(trailer) = Trailer::new(&rest) {
            prop_assert!(!trailer.is_genuine(KEY_1, IpAddr::V4(src.into()), &message));
        }
    }
}
