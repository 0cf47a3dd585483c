//! Which component schema of the one document is which of the other.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::{component, pointer};

/// Component schemas that both documents have, under one name or under two.
#[derive(Clone, Debug, Default)]
pub(crate) struct Renames {
    /// Old names that have another name now.
    pub(crate) to: BTreeMap<String, String>,
    /// Names that both documents have.
    pub(crate) shared: BTreeSet<String>,
}

impl Renames {
    /// Whether two references mean the same component.
    pub(crate) fn match_references(&self, old: &str, new: &str) -> bool {
        match (component(old), component(new)) {
            (Some(old), Some(new)) => {
                old == new && self.shared.contains(&old) || self.to.get(&old).is_some_and(|to| *to == new)
            }
            // Definitions may be kept anywhere: what they are called counts.
            (None, None) => old == new || same_last(old, new),
            (Some(name), None) | (None, Some(name)) => !self.shared.contains(&name) && same_last(old, new),
        }
    }
}

fn same_last(old: &str, new: &str) -> bool {
    let (old, new) = (last_token(old), last_token(new));
    old.is_some() && old == new
}

/// The last token of the pointer that a reference means.
pub(crate) fn last_token(target: &str) -> Option<String> {
    let pointer = pointer::of_reference(target)?;
    pointer::tokens(&pointer).last().map(std::borrow::Cow::into_owned)
}
