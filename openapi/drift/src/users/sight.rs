//! How a difference is seen by what contains it.

use crate::change::Direction;
use crate::found::Mask;
use crate::graph::{Member, Message};

/// How a difference is seen from a pair that contains it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Sight {
    mask: Mask,
    /// Whether the value that differs is always present, once the path has reached its owner.
    pub(super) always: Option<bool>,
}

impl Sight {
    /// The number of kinds, see [`kind`](Self::kind).
    pub(super) const KINDS: usize = 8;
    /// The number of values, see [`index`](Self::index).
    pub(super) const COUNT: usize = 12;

    /// How a difference at a property of a pair, or in the pair itself, is seen from there.
    pub(super) fn of(property: &str) -> Self {
        Self { mask: Mask::BOTH, always: (!property.is_empty()).then_some(false) }
    }

    /// How it is seen from the owner of the pair; `None` if it is not visible there.
    pub(super) fn above(self, member: &Member) -> Option<Self> {
        let mask = self.mask.and(member.mask);
        let always = self.always.or_else(|| (!member.path.is_empty()).then_some(member.always));
        (mask.request || mask.response).then_some(Self { mask, always })
    }

    /// Whether a message travels in a direction that sees it.
    pub(super) fn is_open(self, message: &Message) -> bool {
        match message.reach.direction {
            Some(Direction::Request) => self.mask.request,
            Some(Direction::Response) => self.mask.response,
            None => true,
        }
    }

    /// Distinguishes paths to the same pair.
    pub(super) fn kind(self) -> usize {
        usize::from(self.mask.request)
            + 2 * usize::from(self.mask.response)
            + 4 * usize::from(self.always == Some(true))
    }

    /// A unique index.
    pub(super) fn index(self) -> usize {
        self.kind() + if self.always.is_none() { Self::KINDS } else { 0 }
    }

    /// The value with an index, if it can be visible at all.
    pub(super) fn at(index: usize) -> Self {
        let mask = Mask { request: index & 1 != 0, response: index & 2 != 0 };
        Self { mask, always: (index < Self::KINDS).then_some(index & 4 != 0) }
    }
}
