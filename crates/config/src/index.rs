//! Things by their names, for looking them up among many thousands.

use std::borrow::Borrow;
use std::hash::{BuildHasherDefault, Hash, Hasher};

#[expect(
    clippy::disallowed_types,
    reason = "nobody can go through an index, so that its order reaches no output"
)]
type Map<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Folding>>;

/// Finds a value by its key in the same time however many there are. There is no order, and no way to ask for all.
#[derive(Debug, Clone)]
pub(crate) struct Index<K, V>(Map<K, V>);

impl<K: Eq + Hash, V> Index<K, V> {
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)
    }

    pub(crate) fn contains<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// The value of a key, which is made if there is none.
    pub(crate) fn entry(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        self.0.entry(key).or_insert_with(value)
    }

    /// Puts a value in; returns the one that was there.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }
}

impl<K, V> Default for Index<K, V> {
    fn default() -> Self {
        Self(Map::default())
    }
}

impl<K: Eq + Hash, V> FromIterator<(K, V)> for Index<K, V> {
    /// Of several values of one key the first.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(all: I) -> Self {
        let mut index = Self::default();
        for (key, value) in all {
            index.entry(key, || value);
        }
        index
    }
}

impl<K: Eq + Hash, V> Extend<(K, V)> for Index<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, all: I) {
        self.0.extend(all);
    }
}

/// Multiplies each eight bytes to twice as many bits and folds both halves, as wyhash and its relatives do: several times
/// as fast as the hash of the standard library for names as short as ours. Nobody gains by making them collide: who may
/// write a configuration can stop the daemon anyway.
#[derive(Debug, Clone, Copy, Default)]
struct Folding(u64);

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        let mut last = bytes.len() as u64;
        for byte in rest {
            last = last << 8 | u64::from(*byte);
        }
        self.write_u64(last);
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        // Digits of pi, of which the second is odd.
        let product = u128::from(self.0 ^ number ^ 0x2437_8a32_2e03_7073) * 0x243f_6a88_85a3_08d3;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_that_differ_little_are_spread_over_all_places() {
        let hash = |name: &str| {
            let mut folding = Folding::default();
            name.hash(&mut folding);
            folding.finish()
        };
        let names = || (0..0x1_0000).map(|n| format!("vrrp4.{}.{}.{}", n >> 13, n >> 8 & 31, n & 255));
        let all: BTreeSet<u64> = names().map(|name| hash(&name)).collect();
        assert_eq!(all.len(), 0x1_0000);
        // Of so many balls in as many urns, 1 - 1/e of the urns are hit.
        for shift in [0, 48] {
            let urns: BTreeSet<u64> = all.iter().map(|hash| hash >> shift & 0xffff).collect();
            assert!((40_000..43_000).contains(&urns.len()), "{shift}: {}", urns.len());
        }
    }
}
