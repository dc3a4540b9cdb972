use std::time::Duration;

/// Parts of an interval: 1 is 2^-16 of it.
const WHOLE: u64 = 1 << 16;
/// Send times lie on a grid of an interval's 32nd part or finer, so that many sessions share one wake-up.
const GRID: u64 = 32;

/// The random shortening of transmit intervals (RFC 5880 section 6.8.7), the same for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Jitter {
    /// State of splitmix64 (Steele, Lea and Flood).
    state: u64,
    /// The part of the interval that is waited this time.
    part: u64,
}

impl Jitter {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed, part: WHOLE }
    }

    /// Draws for the next interval: 75 to 100 % of it, and at most 90 % if one lost packet is too many.
    pub(crate) fn draw(&mut self, detect_mult: u8) {
        let longest = if detect_mult == 1 { WHOLE * 9 / 10 } else { WHOLE };
        let shortest = WHOLE * 3 / 4;
        // The bias of the multiplication is of no importance here.
        let span = longest - shortest + 1;
        self.part = shortest + ((u128::from(self.next()) * u128::from(span)) >> 64) as u64;
    }

    /// When the next packet is due, in nanoseconds: what was drawn after `last`, moved onto the grid, and never less
    /// than 75 % of the interval.
    pub(crate) fn due(&self, last_nanos: u64, interval: Duration) -> u64 {
        let interval = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
        let grid = 1_u64 << (interval / GRID).max(1).ilog2();
        let earliest = last_nanos.saturating_add(interval / 4 * 3 + interval % 4);
        let part = (u128::from(interval) * u128::from(self.part)) >> 16;
        let wanted = last_nanos.saturating_add(part as u64);
        let on_grid = wanted / grid * grid;
        if on_grid >= earliest { on_grid } else { on_grid.saturating_add(grid) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs from seed 1234567, as published with the algorithm.
    #[test]
    fn split_mix_as_published() {
        let mut jitter = Jitter::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| jitter.next()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    /// Sessions that began at different times wake the host at the same ones.
    #[test]
    fn ten_milliseconds_lie_on_a_grid_of_a_quarter() {
        let interval = Duration::from_millis(10);
        for seed in 0..1000 {
            let mut jitter = Jitter::new(seed);
            jitter.draw(3);
            let last = seed * 12_345;
            let due = jitter.due(last, interval);
            assert_eq!(due % 262_144, 0);
            assert!((7_500_000..=10_000_000).contains(&(due - last)), "{}", due - last);
        }
    }
}
