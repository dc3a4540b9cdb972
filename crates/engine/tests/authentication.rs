//! The Authentication Header and `auth_hmac` around the machines: what is believed, what is refused and counted as what,
//! and what clocks that jump do. The rules are those of keepalived's draft for auth_hmac, and for AH those observed with
//! keepalived 2.2.7.
#![allow(clippy::unwrap_used, reason = "a test that finds something else fails")]

mod common;

use std::net::Ipv4Addr;
use std::time::Duration;

use common::*;
use config::model::{AntiReplay, Authentication, Hmac, HmacKey, HmacMode, Instance, Secret};
use engine::api::{Carrier, Input, Received};
use engine::observe::{EventKind, Refusal};
use types::{Priority, UtcTime, Version};
use vrrp::State;
use wire::ah::{IP_LEN, Wrap};
use wire::vrrp::trailer::{LEN, Signer, Stamp, Trailer};
use wire::vrrp::{Advert, AuthData};

const KEY: [u8; 32] = [7; 32];
const OTHER_KEY: [u8; 32] = [8; 32];
/// Noon of some day.
const NOON: u64 = 1_800_000_000;
const GROUP: &str = "224.0.0.18";

fn signed(mode: HmacMode, replay: AntiReplay) -> Instance {
    let keys = vec![
        HmacKey { id: 1, secret: Secret(KEY.to_vec()) },
        HmacKey { id: 2, secret: Secret(OTHER_KEY.to_vec()) },
    ];
    let authentication = Authentication::Hmac(Hmac { keys, active_key: 1, mode, replay });
    Instance { authentication, ..instance(100) }
}

fn time() -> AntiReplay {
    AntiReplay::Time { window: Duration::from_secs(6) }
}

fn at(secs: u64) -> UtcTime {
    UtcTime::from_epoch(Duration::from_secs(secs))
}

/// A host at noon.
fn host(config: &Instance) -> Host {
    let mut host = Host::new(model(vec![config.clone()]));
    host.input(Input::Utc(at(NOON)));
    host
}

/// A signed advertisement of the peer.
fn advert_signed(config: &Instance, key_id: u8, key: &[u8], stamp: Stamp) -> Vec<u8> {
    let addresses: Vec<_> = config.addresses.iter().map(|a| a.cidr.addr).collect();
    let advert = Advert {
        version: config.version,
        vrid: config.vrid,
        priority: Priority(200),
        interval: config.interval,
        auth: AuthData::None,
        addresses: &addresses,
        checksum_as_v2: false,
    };
    advert.emit_signed(ip(PEER), ip(GROUP), &Signer { key_id, key, stamp })
}

fn refused(host: &Host, reason: Refusal) -> u64 {
    host.snapshot().counters.refused[reason as usize]
}

fn accepted(host: &Host) -> u64 {
    host.snapshot().counters.adverts_received
}

#[test]
fn each_flaw_of_a_trailer_has_its_counter() {
    let config = signed(HmacMode::Enforce, time());
    let mut host = host(&config);
    let stamp = Stamp::at(at(NOON));
    let good = advert_signed(&config, 1, &KEY, stamp);
    let cut = good[..good.len() - 1].to_vec();
    let mut reserved = good.clone();
    let third = reserved.len() - LEN + 3;
    reserved[third] = 1;
    let cases = [
        (Refusal::ExtMissing, advert(&config, 200, PEER)),
        (Refusal::ExtMalformed, cut),
        (Refusal::ExtMalformed, reserved),
        (Refusal::ExtUnknownKey, advert_signed(&config, 3, &KEY, stamp)),
        (Refusal::ExtInvalidHmac, advert_signed(&config, 1, &OTHER_KEY, stamp)),
        (Refusal::ExtStale, advert_signed(&config, 1, &KEY, Stamp::at(at(NOON - 7)))),
        (Refusal::ExtStale, advert_signed(&config, 1, &KEY, Stamp::at(at(NOON + 7)))),
    ];
    for (reason, bytes) in &cases {
        let before = refused(&host, *reason);
        host.hear_bytes(bytes, PEER, 255);
        assert_eq!(refused(&host, *reason), before + 1, "{reason:?}");
        assert_eq!(accepted(&host), 0, "{reason:?}");
    }
    host.hear_bytes(&good, PEER, 255);
    assert_eq!(accepted(&host), 1);
    // Once more: a replay. Later, even by a tick, and with the other key: news.
    host.hear_bytes(&good, PEER, 255);
    assert_eq!((accepted(&host), refused(&host, Refusal::ExtReplay)), (1, 1));
    host.hear_bytes(&advert_signed(&config, 2, &OTHER_KEY, stamp.next()), PEER, 255);
    assert_eq!(accepted(&host), 2);
    // The source address is signed, too.
    host.hear_bytes(&advert_signed(&config, 1, &KEY, stamp.next().next()), "192.168.200.77", 255);
    assert_eq!((accepted(&host), refused(&host, Refusal::ExtInvalidHmac)), (2, 2));
}

/// Only what has been found genuine moves the mark.
#[test]
fn forgeries_do_not_make_genuine_packets_old() {
    let config = signed(HmacMode::Enforce, AntiReplay::Monotonic);
    let mut host = host(&config);
    host.hear_bytes(&advert_signed(&config, 1, &OTHER_KEY, Stamp::at(at(NOON + 5))), PEER, 255);
    host.hear_bytes(&advert_signed(&config, 1, &KEY, Stamp::at(at(NOON))), PEER, 255);
    assert_eq!((accepted(&host), refused(&host, Refusal::ExtInvalidHmac)), (1, 1));
}

#[test]
fn modes_say_what_is_sent_and_believed() {
    for (mode, signs, takes_unsigned) in [
        (HmacMode::Enforce, true, false),
        (HmacMode::Permissive, true, true),
        (HmacMode::ReceiveOnly, false, true),
    ] {
        let config = signed(mode, time());
        let mut host = host(&config);
        host.hear_bytes(&advert_signed(&config, 1, &OTHER_KEY, Stamp::at(at(NOON))), PEER, 255);
        assert_eq!(refused(&host, Refusal::ExtInvalidHmac), 1, "{mode:?}: a bad trailer is never believed");
        host.hear_bytes(&advert(&config, 200, PEER), PEER, 255);
        assert_eq!(accepted(&host), u64::from(takes_unsigned), "{mode:?}");
        host.pass(ms(5000));
        assert_eq!(host.state(), State::Active);
        let with_trailer = host.transmitted.iter().all(|t| t.payload.len() == 12 + LEN);
        assert!(!host.transmitted.is_empty() && with_trailer == signs, "{mode:?}");
    }
}

/// The stamps that were sent since the last call.
fn stamps(host: &mut Host) -> Vec<Stamp> {
    let sent = std::mem::take(&mut host.transmitted);
    sent.iter().map(|t| Trailer::new(&t.payload[t.payload.len() - LEN..]).unwrap().stamp()).collect()
}

fn grow(stamps: &[Stamp]) -> bool {
    stamps.windows(2).all(|pair| pair[1].is_after(pair[0]))
}

/// The clock is set back by an hour: in time mode the stamps follow it, because the others refuse what lies too far ahead;
/// monotonic ones grow whatever happens. Forward: both follow.
#[test]
fn stamps_after_a_step_of_our_clock() {
    for (replay, follows) in [(time(), true), (AntiReplay::Monotonic, false)] {
        let mut host = host(&signed(HmacMode::Enforce, replay));
        host.pass(ms(5000));
        let before = stamps(&mut host);
        assert!(grow(&before) && !before.is_empty());
        let back = at(NOON - 3600);
        host.input(Input::Utc(back));
        host.pass(ms(3000));
        let after = stamps(&mut host);
        assert!(grow(&after) && after.len() >= 2);
        assert_eq!(after[0].is_after(before[before.len() - 1]), !follows, "{replay:?}");
        assert_eq!(after[0].ahead_of(back).abs() <= 2, follows, "{replay:?}");
        let forward = at(NOON + 3600);
        host.input(Input::Utc(forward));
        host.pass(ms(3000));
        let last = stamps(&mut host);
        assert!(grow(&[after, last.clone()].concat()));
        assert!(last[0].ahead_of(forward) <= 2);
    }
}

/// The peer's clock is set back by an hour and ours with it: in time mode its mark is outside the window and has expired.
/// Ours alone: its packets are stale until it follows.
#[test]
fn marks_after_a_step_of_the_clocks() {
    let config = signed(HmacMode::Enforce, time());
    let mut host = host(&config);
    host.hear_bytes(&advert_signed(&config, 1, &KEY, Stamp::at(at(NOON))), PEER, 255);
    host.input(Input::Utc(at(NOON - 3600)));
    host.hear_bytes(&advert_signed(&config, 1, &KEY, Stamp::at(at(NOON + 1))), PEER, 255);
    assert_eq!((accepted(&host), refused(&host, Refusal::ExtStale)), (1, 1));
    host.hear_bytes(&advert_signed(&config, 1, &KEY, Stamp::at(at(NOON - 3600))), PEER, 255);
    assert_eq!((accepted(&host), refused(&host, Refusal::ExtReplay)), (2, 0));
    // Monotonic: that would be a replay, and no clock matters.
    let config = signed(HmacMode::Enforce, AntiReplay::Monotonic);
    let mut host = self::host(&config);
    host.hear_bytes(&advert_signed(&config, 1, &KEY, Stamp::at(at(NOON + 90_000))), PEER, 255);
    host.hear_bytes(&advert_signed(&config, 1, &KEY, Stamp::at(at(NOON))), PEER, 255);
    assert_eq!((accepted(&host), refused(&host, Refusal::ExtReplay)), (1, 1));
}

#[test]
fn a_clock_that_is_off_by_half_the_window_is_told_once_a_minute() {
    let config = signed(HmacMode::Enforce, time());
    let mut host = host(&config);
    host.events.clear();
    host.hear_bytes(&advert_signed(&config, 1, &KEY, Stamp::at(at(NOON - 2))), PEER, 255);
    assert_eq!(host.kinds(), [] as [&EventKind; 0]);
    for ahead in [3, 4, 5] {
        host.hear_bytes(&advert_signed(&config, 1, &KEY, Stamp::at(at(NOON + ahead))), PEER, 255);
    }
    assert_eq!(host.kinds(), [&EventKind::ClockSkew { from: ip(PEER), ahead_secs: 3 }]);
    assert_eq!(accepted(&host), 4);
}

fn ah_instance() -> Instance {
    let authentication = Authentication::Ah(Secret(*b"secret\0\0"));
    Instance { version: Version::V2, authentication, ..instance(100) }
}

/// The peer's advertisement within an Authentication Header.
fn hear_ah(host: &mut Host, key: &[u8], sequence: u32) {
    let src: Ipv4Addr = PEER.parse().unwrap();
    let wrap = Wrap { src, dst: GROUP.parse().unwrap(), ttl: 255, sequence };
    let packet = wrap.emit(key, &advert(&ah_instance(), 200, PEER));
    let (header, payload) = packet.split_at(IP_LEN);
    let carrier = Carrier::Ah { ip: header };
    let received = Received { ifindex: ETH0, src: ip(PEER), dst: ip(GROUP), ttl: 255, payload, carrier };
    host.input(Input::Advert(received));
}

/// As keepalived 2.2.7 was seen to do it: a sequence number counts once, and must be greater than every one before.
#[test]
fn sequence_numbers_of_ah_only_grow() {
    let mut host = host(&ah_instance());
    for (sequence, believed) in [(10, 1), (10, 1), (5, 1), (11, 2), (100, 3), (99, 3)] {
        hear_ah(&mut host, b"secret", sequence);
        assert_eq!(accepted(&host), believed, "{sequence}");
    }
    hear_ah(&mut host, b"other", 101);
    assert_eq!((accepted(&host), refused(&host, Refusal::Auth)), (3, 4));
    // A wrong key did not use the number up.
    hear_ah(&mut host, b"secret", 101);
    assert_eq!(accepted(&host), 4);
    // Without the header, and with a header that is not wanted.
    host.hear_bytes(&advert(&ah_instance(), 200, PEER), PEER, 255);
    assert_eq!(refused(&host, Refusal::AuthType), 1);
    let mut plain = self::host(&Instance { authentication: Authentication::None, ..ah_instance() });
    hear_ah(&mut plain, b"secret", 1);
    assert_eq!(refused(&plain, Refusal::AuthType), 1);
}

/// All members of a virtual router count together: who takes over goes on from the number heard last; and never below the
/// clock, so that the others believe a router that starts anew.
#[test]
fn a_successor_counts_on() {
    let mut host = host(&ah_instance());
    let heard = u32::try_from(NOON).unwrap() + 500_000;
    hear_ah(&mut host, b"secret", heard);
    host.pass(ms(8000));
    assert_eq!(host.state(), State::Active);
    let sequence = |t: &engine::api::Transmit| {
        assert!(t.whole);
        let (header, payload) = t.payload.split_at(IP_LEN);
        wire::ah::open(b"secret", header, payload).unwrap().0
    };
    let sent: Vec<u32> = host.transmitted.iter().map(sequence).collect();
    let counted: Vec<u32> = (heard + 1..).take(sent.len()).collect();
    assert_eq!(sent, counted);
    let mut fresh = self::host(&ah_instance());
    fresh.pass(ms(5000));
    assert!(fresh.transmitted.first().map(sequence).unwrap() >= u32::try_from(NOON).unwrap());
}

/// users' reports 23: both forms of version 3's checksum over IPv4 are taken, and it is said once.
#[test]
fn checksums_without_pseudo_header_are_told_once() {
    let config = instance(100);
    let mut host = host(&config);
    host.events.clear();
    let plain = Instance { checksum_as_v2: true, ..config };
    for _ in 0..3 {
        host.hear(&plain, 200);
    }
    assert_eq!(accepted(&host), 3);
    assert_eq!(host.kinds(), [&EventKind::PlainChecksum { from: ip(PEER) }]);
}
