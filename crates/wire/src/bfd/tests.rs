//! The expected bytes are captures: sessions of keepalived 2.2.7 with BIRD 2.0.12 and with FRR 8.4.4 (all of
//! Debian 12), between two network namespaces.

use proptest::prelude::*;

use super::*;
use crate::testing::hex;

fn discriminator(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn control(detect_mult: u8, my: u32, your: u32, tx: u32, rx: u32) -> Control {
    Control {
        diagnostic: Diagnostic::None,
        state: State::Down,
        poll: false,
        final_: false,
        control_plane_independent: false,
        demand: false,
        detect_mult: NonZeroU8::new(detect_mult).unwrap(),
        my_discriminator: discriminator(my),
        your_discriminator: NonZeroU32::new(your),
        desired_min_tx_us: tx,
        required_min_rx_us: rx,
        required_min_echo_rx_us: 0,
    }
}

/// What was on the wire, and what its sender's configuration and log say about it.
fn captures() -> Vec<(&'static str, &'static str, Control)> {
    let keepalived = |your, tx| control(4, 0xfa0b_4bcb, your, tx, 50_000);
    let bird = |your, tx| control(3, 0xcd93_5470, your, tx, 100_000);
    let frr = Control {
        required_min_echo_rx_us: 50_000,
        ..control(3, 0x0d6b_6083, 0xd84a_db89, 1_000_000, 1_000_000)
    };
    let up = |control| Control { state: State::Up, ..control };
    vec![
        (
            "keepalived begins: min_rx 50, min_tx 70, multiplier 4",
            "20400418 fa0b4bcb 00000000 000f4240 0000c350 00000000",
            keepalived(0, 1_000_000),
        ),
        (
            "keepalived is up and polls",
            "20e00418 fa0b4bcb cd935470 00011170 0000c350 00000000",
            Control { poll: true, ..up(keepalived(0xcd93_5470, 70_000)) },
        ),
        (
            "keepalived answers a poll",
            "20d00418 fa0b4bcb cd935470 00011170 0000c350 00000000",
            Control { final_: true, ..up(keepalived(0xcd93_5470, 70_000)) },
        ),
        (
            "keepalived missed its peer",
            "21400418 4a8ce988 00000000 000f4240 0000c350 00000000",
            Control {
                diagnostic: Diagnostic::DetectionTimeExpired,
                ..control(4, 0x4a8c_e988, 0, 1_000_000, 50_000)
            },
        ),
        (
            "BIRD has heard us: 100 ms, multiplier 3",
            "20800318 cd935470 fa0b4bcb 000f4240 000186a0 00000000",
            Control { state: State::Init, ..bird(0xfa0b_4bcb, 1_000_000) },
        ),
        (
            "BIRD in steady state",
            "20c00318 cd935470 fa0b4bcb 000186a0 000186a0 00000000",
            up(bird(0xfa0b_4bcb, 100_000)),
        ),
        (
            "FRR has heard us, and would take echo packets",
            "20800318 0d6b6083 d84adb89 000f4240 000f4240 0000c350",
            Control { state: State::Init, ..frr },
        ),
        (
            "FRR polls: receive-interval 100, transmit-interval 150",
            "20e00318 0d6b6083 d84adb89 000249f0 000186a0 0000c350",
            Control { poll: true, desired_min_tx_us: 150_000, required_min_rx_us: 100_000, ..up(frr) },
        ),
    ]
}

#[test]
fn captures_are_read_and_written() {
    for (name, bytes, control) in captures() {
        assert_eq!(Packet::new(&hex(bytes)).map(|p| p.control()), Ok(control), "{name}");
        assert_eq!(control.emit().as_slice(), hex(bytes), "{name}");
    }
}

/// RFC 5880 section 4.1, bit by bit.
#[test]
fn every_field_has_its_place() {
    let bytes = hex("27 3b 07 18 01020304 05060708 090a0b0c 0d0e0f10 11121314");
    let bytes_without_reserved_bit = [&[0x27, 0x3a], &bytes[2..]].concat();
    let read = Packet::new(&bytes_without_reserved_bit).unwrap().control();
    let expected = Control {
        diagnostic: Diagnostic::AdministrativelyDown,
        state: State::AdminDown,
        poll: true,
        final_: true,
        control_plane_independent: true,
        demand: true,
        detect_mult: NonZeroU8::new(7).unwrap(),
        my_discriminator: discriminator(0x0102_0304),
        your_discriminator: Some(discriminator(0x0506_0708)),
        desired_min_tx_us: 0x090a_0b0c,
        required_min_rx_us: 0x0d0e_0f10,
        required_min_echo_rx_us: 0x1112_1314,
    };
    assert_eq!(read, expected);
    assert_eq!(Packet::new(&bytes).map(|p| p.control()), Err(DecodeError::Multipoint));
}

/// RFC 5880 section 6.8.6, one rule per row.
#[test]
fn what_must_be_discarded_is() {
    let good = hex("20c00318 cd935470 fa0b4bcb 000186a0 000186a0 00000000");
    let with = |places: &[(usize, u8)]| {
        let mut bytes = good.clone();
        for &(place, value) in places {
            bytes[place] = value;
        }
        bytes
    };
    let no_my = [(4, 0), (5, 0), (6, 0), (7, 0)];
    let no_your = [(8, 0), (9, 0), (10, 0), (11, 0)];
    let rows = [
        (with(&[(0, 0x00)]), DecodeError::Version(0)),
        (with(&[(0, 0x40)]), DecodeError::Version(2)),
        (with(&[(3, 23)]), DecodeError::Length(23)),
        (with(&[(1, 0xc4), (3, 25)]), DecodeError::Length(25)),
        (with(&[(3, 25)]), DecodeError::Truncated { have: 24, need: 25 }),
        (with(&[(2, 0)]), DecodeError::DetectMult),
        (with(&[(1, 0xc1)]), DecodeError::Multipoint),
        (with(&no_my), DecodeError::MyDiscriminator),
        (with(&no_your), DecodeError::YourDiscriminator(State::Up)),
        (with(&[&no_your[..], &[(1, 0x80)]].concat()), DecodeError::YourDiscriminator(State::Init)),
        ([with(&[(1, 0xc4), (3, 26)]), vec![1, 2]].concat(), DecodeError::Authentication),
        (good[..23].to_vec(), DecodeError::Truncated { have: 23, need: 24 }),
        (Vec::new(), DecodeError::Truncated { have: 0, need: 24 }),
    ];
    for (bytes, error) in rows {
        assert_eq!(Packet::new(&bytes).err(), Some(error), "{bytes:02x?}");
    }
    for state in [0x00, 0x40] {
        let first_words = with(&[&no_your[..], &[(1, state)]].concat());
        assert_eq!(Packet::new(&first_words).map(|p| p.your_discriminator()).ok(), Some(None));
    }
}

#[test]
fn bytes_behind_the_packet_are_ignored() {
    let mut bytes = hex("20c00318 cd935470 fa0b4bcb 000186a0 000186a0 00000000");
    let control = Packet::new(&bytes).unwrap().control();
    bytes.extend([0xee; 10]);
    assert_eq!(Packet::new(&bytes).map(|p| p.control()), Ok(control));
}

fn any_control() -> impl Strategy<Value = Control> {
    let state = prop_oneof![Just(State::AdminDown), Just(State::Down), Just(State::Init), Just(State::Up)];
    (any::<[bool; 4]>(), 0_u8..32, state, 1_u8.., 1_u32.., 1_u32.., any::<[u32; 3]>()).prop_map(
        |([poll, final_, independent, demand], diagnostic, state, mult, my, your, [tx, rx, echo])| Control {
            diagnostic: Diagnostic::from_number(diagnostic),
            state,
            poll,
            final_,
            control_plane_independent: independent,
            demand,
            required_min_echo_rx_us: echo,
            ..control(mult, my, your, tx, rx)
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(control in any_control()) {
        prop_assert_eq!(Packet::new(&control.emit()).map(|p| p.control()), Ok(control));
    }

    /// What is accepted and written again is the same packet, as far as it counts.
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(packet) = Packet::new(&bytes) {
            let emitted = packet.control().emit();
            prop_assert_eq!(&emitted[..3], &bytes[..3]);
            prop_assert_eq!(&emitted[4..], &bytes[4..LEN]);
        }
    }

    /// Random bytes hardly ever pass the first checks; a good packet with one byte changed often does.
    #[test]
    fn a_spoiled_packet_is_survived(control in any_control(), place in 0..LEN, value: u8) {
        let mut bytes = control.emit();
        bytes[place] = value;
        if let Ok(packet) = Packet::new(&bytes) {
            let emitted = packet.control().emit();
            prop_assert_eq!(&emitted[4..], &bytes[4..]);
        }
    }

    #[test]
    fn diagnostics_keep_their_numbers(number in 0_u8..32) {
        prop_assert_eq!(Diagnostic::from_number(number).number(), number);
    }
}
