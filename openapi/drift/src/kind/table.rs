//! All kinds of change.

use std::sync::LazyLock;

use super::contract;
use super::family::{Family, families};
use super::row::Kind;
use crate::change::Change;

/// All kinds, sorted by id.
pub static KINDS: LazyLock<Vec<&'static Kind>> = LazyLock::new(|| {
    let mut kinds: Vec<&Kind> = rows().collect();
    kinds.sort_by_key(|kind| kind.id);
    kinds.dedup_by_key(|kind| kind.id);
    kinds
});

impl Change {
    /// The row of its kind; `None` for an id that the table does not have.
    #[must_use]
    pub fn kind(&self) -> Option<&'static Kind> {
        let index = KINDS.binary_search_by(|kind| kind.id.cmp(self.id)).ok()?;
        KINDS.get(index).copied()
    }
}

fn rows() -> impl Iterator<Item = &'static Kind> {
    contract::KINDS.iter().chain(families().flat_map(Family::kinds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_each_id_once() {
        assert!(KINDS.windows(2).all(|pair| pair[0].id < pair[1].id));
    }

    #[test]
    fn rows_of_one_id_are_the_same_row() {
        for kind in rows() {
            assert!(KINDS.contains(&kind), "{} stands in the table twice, with other columns", kind.id);
        }
    }

    #[test]
    fn ids_are_kebab_case_and_meanings_are_one_sentence() {
        for kind in KINDS.iter() {
            assert!(kind.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", kind.id);
            assert!(kind.meaning.ends_with('.') && !kind.meaning.contains(". "), "{}", kind.meaning);
        }
    }
}
