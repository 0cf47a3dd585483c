//! All kinds of change.

use std::sync::LazyLock;

use super::contract;
use super::families::families;
use super::family::Family;
use super::row::Kind;
use crate::change::Change;

/// All kinds, sorted by id.
pub static KINDS: LazyLock<Vec<&'static Kind>> = LazyLock::new(|| {
    let mut kinds: Vec<&Kind> = rows().collect();
    kinds.sort_by_key(|kind| kind.id);
    kinds.dedup();
    kinds
});

impl Change {
    /// The row of its kind; `None` if the table does not have the id.
    #[must_use]
    pub fn kind(&self) -> Option<&'static Kind> {
        let index = KINDS.binary_search_by(|kind| kind.id.cmp(self.id)).ok()?;
        KINDS.get(index).copied()
    }
}

fn rows() -> impl Iterator<Item = &'static Kind> {
    contract::KINDS.iter().chain(families().flat_map(Family::kinds))
}
