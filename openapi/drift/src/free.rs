//! Finds counterparts in another list: for a key, the first free item that has it.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// The items of a list, by index, that have no counterpart yet.
pub(crate) struct Free<K> {
    by_key: HashMap<K, VecDeque<usize>>,
    is_free: Vec<bool>,
}

impl<K: Eq + Hash> Free<K> {
    /// Makes a list from the keys of each item.
    pub(crate) fn new<Keys: IntoIterator<Item = K>>(items: impl IntoIterator<Item = Keys>) -> Self {
        let (mut by_key, mut is_free) = (HashMap::<K, VecDeque<usize>>::new(), Vec::new());
        for keys in items {
            for key in keys {
                by_key.entry(key).or_default().push_back(is_free.len());
            }
            is_free.push(true);
        }
        Self { by_key, is_free }
    }

    /// Takes the first item that has the first of some keys, or else the second, and so on.
    pub(crate) fn take(&mut self, keys: impl IntoIterator<Item = K>) -> Option<usize> {
        keys.into_iter().find_map(|key| {
            let items = self.by_key.get_mut(&key)?;
            // Some may have been taken by another key.
            std::iter::from_fn(|| items.pop_front())
                .find(|index| self.is_free.get_mut(*index).is_some_and(std::mem::take))
        })
    }

    /// The items without a counterpart.
    pub(crate) fn left(&self) -> impl Iterator<Item = usize> {
        self.is_free.iter().enumerate().filter_map(|(index, free)| free.then_some(index))
    }
}
