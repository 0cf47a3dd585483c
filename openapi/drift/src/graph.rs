//! The pairs of schemas that were compared, and what leads from one to the other.

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
    /// What was found, and at which property.
    pub(crate) found: Vec<(usize, Rc<str>)>,
    pub(crate) members: Vec<Member>,
    pub(crate) opaque: Vec<Opaque>,
}

/// The pair of a part.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) pair: usize,
    pub(crate) mask: Mask,
    pub(crate) path: Rc<str>,
    /// It is never left out.
    pub(crate) always: bool,
    /// The part is another schema by its own name.
    pub(crate) by_reference: bool,
}

/// The pair below `not` or its like, and what is told if anything differs there.
#[derive(Clone, Debug)]
pub(crate) struct Opaque {
    pub(crate) pair: usize,
    pub(crate) found: Found,
}

/// A schema that a message has.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) pair: usize,
    pub(crate) written: Written,
    /// It is never left out.
    pub(crate) always: bool,
    pub(crate) reach: Reach,
}

/// What follows from the name of a component, and so is no difference in its shape.
const BY_NAME: &Family = family!("discriminator-value-changed");

/// All pairs, by their index.
#[derive(Debug, Default)]
pub(crate) struct Graph<'d> {
    pub(crate) pairs: Vec<Pair<'d>>,
    pub(crate) messages: Vec<Message>,
    /// Pairs of component schemas, which count as used.
    pub(crate) components: Vec<usize>,
}

impl Graph<'_> {
    /// Whether anything but texts for people differs in a pair, or in what it leads to; `by_reference` if that counts.
    pub(crate) fn differs(&self, pair: usize, by_reference: bool, found: &[Found]) -> bool {
        let mut seen: HashSet<usize> = HashSet::from([pair]);
        let mut next = vec![pair];
        while let Some(pair) = next.pop().and_then(|index| self.pairs.get(index)) {
            let counts = |found: &Found| !found.doc_only && (by_reference || found.name != Name::Family(BY_NAME));
            if pair.found.iter().any(|(index, _)| found.get(*index).is_some_and(counts)) {
                return true;
            }
            let members = pair.members.iter().filter(|member| by_reference || !member.by_reference);
            let below = members.map(|member| member.pair).chain(pair.opaque.iter().map(|opaque| opaque.pair));
            next.extend(below.filter(|pair| seen.insert(*pair)));
        }
        false
    }
}
