//! The pairs of schemas that were compared, and the references between them.

use std::collections::HashSet;
use std::rc::Rc;

use crate::change::Reach;
use crate::found::{Context, Found, Mask, Name, Written};
use crate::kind::{Family, family};
use crate::node::Slot;

/// Two schemas that describe the same thing.
#[derive(Debug)]
pub(crate) struct Pair<'d> {
    pub(crate) old: Slot<'d>,
    pub(crate) new: Slot<'d>,
    pub(crate) context: Context,
    /// The differences found, and the property of each.
    pub(crate) found: Vec<(usize, Rc<str>)>,
    pub(crate) members: Vec<Member>,
    pub(crate) opaque: Vec<Opaque>,
}

impl Pair<'_> {
    /// Whether anything but texts for people differs.
    fn has_changed(&self, found: &[Found]) -> bool {
        self.found.iter().any(|(index, _)| found.get(*index).is_some_and(|found| !found.doc_only))
    }
}

/// A part of a pair.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) pair: usize,
    pub(crate) mask: Mask,
    pub(crate) path: Rc<str>,
    /// Whether it is always present.
    pub(crate) always: bool,
    /// Whether the part is a schema with its own name.
    pub(crate) by_reference: bool,
}

/// The pair below `not` or its like, and the difference to report if anything differs there.
#[derive(Clone, Debug)]
pub(crate) struct Opaque {
    pub(crate) pair: usize,
    pub(crate) found: Found,
}

/// A message that has a schema.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) pair: usize,
    pub(crate) written: Written,
    /// Whether it is always present.
    pub(crate) always: bool,
    pub(crate) reach: Reach,
}

/// A consequence of a component's name, not a difference in its shape.
const BY_NAME: &Family = family!("discriminator-value-changed");

/// All pairs, by index.
#[derive(Debug, Default)]
pub(crate) struct Graph<'d> {
    pub(crate) pairs: Vec<Pair<'d>>,
    pub(crate) messages: Vec<Message>,
    /// Pairs of component schemas, which count as used.
    pub(crate) components: Vec<usize>,
}

impl Graph<'_> {
    /// The pairs in which anything but texts differs, directly or in what they refer to.
    pub(crate) fn differing(&self, found: &[Found]) -> Vec<bool> {
        let mut above = vec![Vec::new(); self.pairs.len()];
        for (index, pair) in self.pairs.iter().enumerate() {
            for below in pair.members.iter().map(|it| it.pair).chain(pair.opaque.iter().map(|it| it.pair)) {
                above.get_mut(below).into_iter().for_each(|above| above.push(index));
            }
        }
        let mut differing = vec![false; self.pairs.len()];
        let changed = self.pairs.iter().enumerate().filter(|(_, pair)| pair.has_changed(found));
        let mut next: Vec<usize> = changed.map(|(index, _)| index).collect();
        while let Some(pair) = next.pop() {
            if differing.get_mut(pair).is_some_and(|known| !std::mem::replace(known, true)) {
                next.extend(above.get(pair).into_iter().flatten());
            }
        }
        differing
    }

    /// Whether the difference is in a pair, or in its parts without a name.
    pub(crate) fn differs(&self, pair: usize, found: &[Found]) -> bool {
        let mut seen: HashSet<usize> = HashSet::from([pair]);
        let mut next = vec![pair];
        while let Some(pair) = next.pop().and_then(|index| self.pairs.get(index)) {
            let counts = |found: &Found| !found.doc_only && found.name != Name::Family(BY_NAME);
            if pair.found.iter().any(|(index, _)| found.get(*index).is_some_and(counts)) {
                return true;
            }
            let members = pair.members.iter().filter(|member| !member.by_reference);
            let below = members.map(|member| member.pair).chain(pair.opaque.iter().map(|opaque| opaque.pair));
            next.extend(below.filter(|pair| seen.insert(*pair)));
        }
        false
    }
}
