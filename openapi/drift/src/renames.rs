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
    /// What an old reference may be called now, from the surest on: references match if one of these is [`offered`] by
    /// the new one.
    ///
    /// [`offered`]: Self::offered
    pub(crate) fn wanted(&self, old: &str) -> Vec<Meant> {
        let Some(name) = component(old) else {
            return [false, true].map(|in_components| Meant::Last(in_components, last(old))).into();
        };
        let is_shared = self.shared.contains(&name);
        let renamed = self.to.get(&name).cloned();
        let elsewhere = (!is_shared).then(|| Meant::Last(false, last(old)));
        let same = Some(name).filter(|_| is_shared);
        same.into_iter().chain(renamed).map(Meant::Component).chain(elsewhere).collect()
    }

    /// What a new reference is called.
    pub(crate) fn offered(&self, new: &str) -> Vec<Meant> {
        let Some(name) = component(new) else { return vec![Meant::Last(false, last(new))] };
        let was_elsewhere = (!self.shared.contains(&name)).then(|| Meant::Last(true, last(new)));
        [Meant::Component(name)].into_iter().chain(was_elsewhere).collect()
    }
}

/// What a reference means, as a key.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Meant {
    Component(String),
    /// What it is called at the end, and whether it is a component.
    Last(bool, String),
}

/// What tells a definition that may be kept anywhere.
fn last(target: &str) -> String {
    last_token(target).unwrap_or_else(|| target.to_owned())
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
