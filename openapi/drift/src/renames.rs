//! Which component schemas of the two documents correspond.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::{component, pointer};

/// Component schemas of both documents, with the same or different names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Renames {
    /// The renamed ones: old name to new name.
    pub(crate) to: BTreeMap<String, String>,
    /// The names that both documents have.
    pub(crate) shared: BTreeSet<String>,
}

impl Renames {
    /// Whether two references mean the same component.
    pub(crate) fn match_references(&self, old: &str, new: &str) -> bool {
        match (component(old), component(new)) {
            (Some(old), Some(new)) => {
                old == new && self.shared.contains(&old) || self.to.get(&old).is_some_and(|to| *to == new)
            }
            // Definitions may be moved: their names count.
            (None, None) => old == new || same_last(old, new),
            (Some(name), None) | (None, Some(name)) => !self.shared.contains(&name) && same_last(old, new),
        }
    }
    /// The possible keys of an old reference, strongest first: two references match if the new one
    /// [`offers`](Self::offered) one of them.
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

    /// The keys of a new reference.
    pub(crate) fn offered(&self, new: &str) -> Vec<Meant> {
        let Some(name) = component(new) else { return vec![Meant::Last(false, last(new))] };
        let was_elsewhere = (!self.shared.contains(&name)).then(|| Meant::Last(true, last(new)));
        [Meant::Component(name)].into_iter().chain(was_elsewhere).collect()
    }
}

/// The key of a reference.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Meant {
    Component(String),
    /// The last token, and whether it is a component.
    Last(bool, String),
}

/// The identity of a definition that may be moved.
fn last(target: &str) -> String {
    last_token(target).unwrap_or_else(|| target.to_owned())
}

fn same_last(old: &str, new: &str) -> bool {
    let (old, new) = (last_token(old), last_token(new));
    old.is_some() && old == new
}

/// The last token of a reference's pointer.
pub(crate) fn last_token(target: &str) -> Option<String> {
    let pointer = pointer::of_reference(target)?;
    pointer::tokens(&pointer).last().map(std::borrow::Cow::into_owned)
}
