//! Two sessions on one virtual clock, with a network between them that delays, loses, reorders and duplicates. The
//! failing seed is in the message; `pair(seed, …)` plays it again.

#![expect(clippy::unwrap_used, reason = "a wrong literal shall stop the test")]

mod common;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use bfd::{Action, Params, Random, Session, State};
use common::mult;
use types::Instant;
use wire::bfd::{Control, Packet};

/// What the network does to a packet.
#[derive(Clone, Copy)]
struct Weather {
    loss_permille: u64,
    duplicate_permille: u64,
    delay_us: (u64, u64),
    /// A to B, B to A.
    open: [bool; 2],
}

const CLEAR: Weather =
    Weather { loss_permille: 0, duplicate_permille: 0, delay_us: (50, 60), open: [true, true] };

struct Pair {
    now: Instant,
    ends: [Session; 2],
    /// Packets under way: arrival and order of sending, receiver.
    wire: BTreeMap<(Instant, u64), (usize, Control)>,
    sequence: u64,
    random: Random,
    weather: Weather,
    /// Every transition: when, whose, to.
    story: Vec<(Instant, usize, State)>,
}

fn discriminator(end: usize) -> NonZeroU32 {
    NonZeroU32::new(end as u32 + 1).unwrap()
}

impl Pair {
    fn new(seed: u64, params: [Params; 2]) -> Self {
        let now = Instant::ZERO;
        let mut random = Random::new(seed);
        let mut end = |n: usize| Session::new(now, params[n], discriminator(n), random.bits());
        let ends = [end(0), end(1)];
        let mut pair =
            Self { now, ends, wire: BTreeMap::new(), sequence: 0, random, weather: CLEAR, story: Vec::new() };
        (0..2).for_each(|n| pair.drain(n));
        pair
    }

    fn drain(&mut self, end: usize) {
        while let Some(action) = self.ends[end].poll_action() {
            match action {
                Action::Transition(moved) => self.story.push((self.now, end, moved.to)),
                Action::Transmit(packet) => self.send(end, packet),
            }
        }
    }

    fn send(&mut self, from: usize, packet: Control) {
        let Weather { loss_permille, duplicate_permille, delay_us: (least, most), open } = self.weather;
        let copies = 1 + u64::from(self.random.below(1000) < duplicate_permille);
        for _ in 0..copies {
            if !open[from] || self.random.below(1000) < loss_permille {
                continue;
            }
            let delay = Duration::from_micros(least + self.random.below(most - least + 1));
            self.sequence += 1;
            self.wire.insert((self.now + delay, self.sequence), (1 - from, packet));
        }
    }

    /// Lets time pass.
    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let arrival = self.wire.keys().next().map(|(at, _)| *at);
            let timer = self.ends.iter().filter_map(Session::deadline).map(|(at, _)| at).min();
            let Some(next) = [arrival, timer].into_iter().flatten().min().filter(|at| *at <= end) else {
                break;
            };
            self.now = next.max(self.now);
            while let Some(entry) = self.wire.first_entry()
                && entry.key().0 <= self.now
            {
                let (to, packet) = entry.remove();
                // Through the bytes, as everything goes.
                let bytes = packet.emit();
                let packet = Packet::new(&bytes).unwrap().control();
                // RFC 5880 section 6.8.6: the choice of the session.
                if packet.your_discriminator.is_none_or(|ours| ours == discriminator(to)) {
                    self.ends[to].handle_packet(self.now, &packet);
                    self.drain(to);
                }
            }
            for n in 0..2 {
                self.ends[n].handle_timeout(self.now);
                self.drain(n);
            }
        }
        self.now = end;
    }

    fn states(&self) -> [State; 2] {
        [self.ends[0].state(), self.ends[1].state()]
    }
}

fn params(random: &mut Random) -> Params {
    let intervals = [10_000, 20_000, 50_000, 100_000];
    let detect_mult = mult(3 + random.below(3) as u8);
    let mut pick = || intervals[random.below(4) as usize];
    Params { min_tx_us: pick(), min_rx_us: pick(), idle_tx_us: 1_000_000, detect_mult, passive: false }
}

/// Two ends of these seeds' parameters; the first one of every fourth pair is passive.
fn pair(seed: u64) -> Pair {
    let mut random = Random::new(seed);
    let first = Params { passive: seed % 4 == 3, ..params(&mut random) };
    let second = params(&mut random);
    Pair::new(seed, [first, second])
}

const SEEDS: u64 = 300;
const BOTH_UP: [State; 2] = [State::Up, State::Up];

#[test]
fn comes_up_and_agrees() {
    for seed in 0..SEEDS {
        let mut pair = pair(seed);
        pair.run(Duration::from_secs(3));
        assert_eq!(pair.states(), BOTH_UP, "seed {seed}");
        let [a, b] = &pair.ends;
        for (one, other) in [(a, b), (b, a)] {
            // RFC 5880 sections 6.8.2 and 6.8.4, from the two configurations alone.
            let agreed_us = one.params().min_tx_us.max(other.params().min_rx_us);
            assert_eq!(one.transmit_interval(), Duration::from_micros(agreed_us.into()), "seed {seed}");
            let expected = one.transmit_interval() * u32::from(one.params().detect_mult.get());
            assert_eq!(other.detection_time(), expected, "seed {seed}");
        }
        // In a calm network it stays so.
        let moves = pair.story.len();
        pair.run(Duration::from_secs(20));
        assert_eq!((pair.states(), pair.story.len()), (BOTH_UP, moves), "seed {seed}");
    }
}

/// A peer that vanishes is missed after the detection time and not before.
#[test]
fn death_is_detected_in_time() {
    for seed in 0..SEEDS {
        let mut pair = pair(seed);
        pair.run(Duration::from_secs(4));
        let detection = pair.ends[0].detection_time();
        pair.weather.open = [true, false];
        let cut = pair.now;
        pair.run(detection + Duration::from_millis(1));
        let down = pair.story.iter().find(|(at, end, to)| *at > cut && (*end, *to) == (0, State::Down));
        let after = down.unwrap_or_else(|| panic!("seed {seed}: not noticed")).0.since(cut);
        // The last packet before the cut was sent at most an interval earlier.
        let interval = pair.ends[1].transmit_interval();
        assert!(after <= detection + Duration::from_millis(1), "seed {seed}: {after:?} of {detection:?}");
        assert!(after + interval + Duration::from_millis(1) >= detection, "seed {seed}: {after:?}");
        // The other one hears it; not from a passive one, which is silent from then on (RFC 5880 section 6.8.7).
        let passive = pair.ends[0].params().passive;
        pair.run(if passive { pair.ends[1].detection_time() } else { Duration::from_millis(2) });
        assert_ne!(pair.ends[1].state(), State::Up, "seed {seed}");
        pair.weather.open = [true, true];
        pair.run(Duration::from_secs(5));
        assert_eq!(pair.states(), BOTH_UP, "seed {seed}");
    }
}

/// Loss, delays that reorder, duplicates: what comes of it is over when the weather is.
#[test]
fn bad_weather_passes() {
    let mut fell = 0;
    for seed in 0..SEEDS {
        let mut pair = pair(seed);
        pair.weather =
            Weather { loss_permille: 200, duplicate_permille: 100, delay_us: (50, 30_000), ..CLEAR };
        pair.run(Duration::from_secs(30));
        fell += u64::from(pair.story.iter().any(|(_, _, to)| *to == State::Down));
        pair.weather = CLEAR;
        pair.run(Duration::from_secs(5));
        assert_eq!(pair.states(), BOTH_UP, "seed {seed}");
        let interval_us = |n: usize| pair.ends[n].params().min_tx_us.max(pair.ends[1 - n].params().min_rx_us);
        for n in 0..2 {
            let agreed = Duration::from_micros(interval_us(n).into());
            assert_eq!(pair.ends[n].transmit_interval(), agreed, "seed {seed}: a Poll Sequence was lost");
        }
    }
    assert!(fell > 0, "the weather was not bad enough to try anything");
}

/// A third of the packets lost does not take a session down whose multiplier bears it: never two lost in a row.
#[test]
fn single_losses_are_borne() {
    for seed in 0..SEEDS {
        let mut pair = pair(seed);
        pair.run(Duration::from_secs(4));
        let moves = pair.story.len();
        for _ in 0..100 {
            let interval = pair.ends[0].transmit_interval().min(pair.ends[1].transmit_interval());
            // At most one packet of each end falls into half an interval; the next two get through.
            pair.weather.open = [false, false];
            pair.run(interval / 2);
            pair.weather.open = [true, true];
            pair.run(pair.ends[0].transmit_interval().max(pair.ends[1].transmit_interval()) * 2);
        }
        assert_eq!(pair.story.len(), moves, "seed {seed}");
    }
}

/// Reloads on both sides, also in bad weather: no session goes down for it, and the last parameters hold.
#[test]
fn reloads_do_not_take_it_down() {
    for seed in 0..SEEDS {
        let mut pair = pair(seed);
        pair.run(Duration::from_secs(4));
        let moves = pair.story.len();
        let mut random = Random::new(seed ^ 0xb0fd);
        for _ in 0..20 {
            let end = random.below(2) as usize;
            let passive = pair.ends[end].params().passive;
            let new = Params { passive, ..params(&mut random) };
            let now = pair.now;
            pair.ends[end].reconfigure(now, new);
            pair.drain(end);
            pair.run(Duration::from_millis(random.below(300)));
        }
        assert_eq!(pair.story.len(), moves, "seed {seed}: {:?}", pair.story);
        pair.run(Duration::from_secs(3));
        for n in 0..2 {
            let agreed = pair.ends[n].params().min_tx_us.max(pair.ends[1 - n].params().min_rx_us);
            assert_eq!(pair.ends[n].transmit_interval(), Duration::from_micros(agreed.into()), "seed {seed}");
        }
    }
}

/// A stop is known to the peer at once, and a lost word is said again.
#[test]
fn a_stop_is_heard() {
    for seed in 0..SEEDS {
        let mut pair = pair(seed);
        pair.run(Duration::from_secs(4));
        let now = pair.now;
        if seed % 2 == 1 {
            // The first word is lost.
            pair.weather.open = [false, true];
        }
        pair.ends[0].shutdown(now);
        pair.drain(0);
        pair.weather.open = [true, true];
        pair.run(Duration::from_secs(1));
        assert_eq!(pair.states(), [State::AdminDown, State::Down], "seed {seed}");
        assert!(pair.ends[0].peer_knows(), "seed {seed}");
    }
}

/// Two passive ends wait for each other for ever, as RFC 5880 section 6.1 says.
#[test]
fn two_passive_ends_never_meet() {
    let passive = Params { passive: true, ..params(&mut Random::new(1)) };
    let mut pair = Pair::new(1, [passive, passive]);
    pair.run(Duration::from_mins(1));
    assert_eq!((pair.sequence, pair.states()), (0, [State::Down, State::Down]));
}
