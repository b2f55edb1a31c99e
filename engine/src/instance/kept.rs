//! A map whose values a clone shares with its original until one of both changes them: a step begins
//! with a clone of the case, and changes little of it. Nothing here knows what the values are.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::iter::Map;
use std::ops::Index;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A map in the order of its keys; reads as one of plain values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kept<K: Ord, V>(BTreeMap<K, Arc<V>>);

/// A key with its value.
type Pair<'a, K, V> = (&'a K, &'a V);

/// The pairs of a map, in the order of their keys.
type Pairs<'a, K, V> =
    Map<btree_map::Iter<'a, K, Arc<V>>, fn(Pair<'a, K, Arc<V>>) -> Pair<'a, K, V>>;

/// The values of a map, in the order of their keys.
type Values<'a, K, V> = Map<btree_map::Values<'a, K, Arc<V>>, fn(&'a Arc<V>) -> &'a V>;

impl<K: Ord, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> Kept<K, V> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.get(key).map(|value| &**value)
    }

    /// Whether it is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// The keys, in order.
    pub fn keys(&self) -> btree_map::Keys<'_, K, Arc<V>> {
        self.0.keys()
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> Values<'_, K, V> {
        self.0.values().map(|value| &**value)
    }

    /// All, in the order of their keys.
    pub fn iter(&self) -> Pairs<'_, K, V> {
        self.0.iter().map(|(key, value)| (key, &**value))
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, Arc::new(value));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn retain(&mut self, mut keeps: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|key, value| keeps(key, value));
    }
}

impl<K: Ord, V: Clone> Kept<K, V> {
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key).map(Arc::make_mut)
    }

    /// All, taken apart.
    pub(super) fn into_pairs(self) -> impl Iterator<Item = (K, V)> {
        self.0.into_iter().map(|(key, value)| (key, Arc::unwrap_or_clone(value)))
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.0.remove(key).map(Arc::unwrap_or_clone)
    }

    /// Those to change, each of which is no longer shared.
    pub(super) fn values_mut(
        &mut self,
        changes: impl Fn(&V) -> bool,
    ) -> impl Iterator<Item = &mut V> {
        self.0.values_mut().filter(move |value| changes(value)).map(Arc::make_mut)
    }

    /// Those to change by key, each of which is no longer shared.
    pub(super) fn iter_mut(
        &mut self,
        changes: impl Fn(&K, &V) -> bool,
    ) -> impl Iterator<Item = &mut V> {
        let all = self.0.iter_mut();
        all.filter(move |(key, value)| changes(key, value)).map(|(_, value)| Arc::make_mut(value))
    }

    /// One, made where it is not there.
    pub(super) fn of(&mut self, key: &K) -> &mut V
    where
        K: Clone,
        V: Default,
    {
        Arc::make_mut(self.0.entry(key.clone()).or_default())
    }
}

impl<'a, K: Ord, V> IntoIterator for &'a Kept<K, V> {
    type Item = Pair<'a, K, V>;
    type IntoIter = Pairs<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Ord, V> Index<&K> for Kept<K, V> {
    type Output = V;

    fn index(&self, key: &K) -> &V {
        &self.0[key]
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn what_a_clone_changes_its_original_keeps() {
        let mut first = Kept::default();
        first.insert(1, "one".to_owned());
        first.insert(2, "two".to_owned());
        let mut second = first.clone();
        second.of(&1).push('!');
        second.of(&3).push_str("three");
        assert_eq!(second.remove(&2).as_deref(), Some("two"));
        assert_eq!(serde_json::json!(first), serde_json::json!({ "1": "one", "2": "two" }));
        assert_eq!(serde_json::json!(second), serde_json::json!({ "1": "one!", "3": "three" }));
    }
}
