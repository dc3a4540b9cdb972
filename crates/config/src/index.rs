//! Things by their names, for looking them up among many thousands.

use std::borrow::Borrow;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};

#[expect(
    clippy::disallowed_types,
    reason = "nobody can go through an index, so that its order reaches no output"
)]
type Map<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

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
