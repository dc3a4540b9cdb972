use std::time::Duration;

use crate::Random;

/// Parts of an interval: 1 is 2^-16 of it.
const WHOLE: u64 = 1 << 16;
/// Send times lie on a grid of an interval's 32nd part or finer, so that many sessions share one wake-up.
const GRID: u64 = 32;

/// The random shortening of transmit intervals (RFC 5880 section 6.8.7), the same for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Jitter {
    random: Random,
    /// The part of the interval that is waited this time.
    part: u64,
}

impl Jitter {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), part: WHOLE }
    }

    /// Draws for the next interval: 75 to 100 % of it, and at most 90 % if one lost packet is too many.
    pub(crate) fn draw(&mut self, detect_mult: u8) {
        let longest = if detect_mult == 1 { WHOLE * 9 / 10 } else { WHOLE };
        let shortest = WHOLE * 3 / 4;
        self.part = shortest + self.random.below(longest - shortest + 1);
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
