//! Chance that repeats: the same from the same seed.

use bfd::Random;

/// Dice for one seed.
#[derive(Debug)]
pub(crate) struct Dice(Random);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// Seed of other dice, which do not depend on how often these are thrown afterwards.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0.bits()
    }

    /// `from` to `to`, both included.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.0.below(to - from + 1)
    }

    /// True in so many of a hundred throws.
    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.0.below(100) < chance
    }

    /// One of several, which are at least one.
    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.below(of.len() as u64) as usize]
    }
}
