//! How a difference is seen from what has it.

use crate::change::Direction;
use crate::found::Mask;
use crate::graph::{Member, Message};

/// How a difference is seen from a pair that has it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Sight {
    mask: Mask,
    /// Whether the value that differs is never left out: once the way has come to what has it.
    pub(super) always: Option<bool>,
}

impl Sight {
    /// How many kinds there are, by [`kind`](Self::kind).
    pub(super) const KINDS: usize = 8;
    /// How many there are, by [`index`](Self::index).
    pub(super) const COUNT: usize = 12;

    /// How a difference at a property of a pair, or in the pair itself, is seen from there.
    pub(super) fn of(property: &str) -> Self {
        Self { mask: Mask::BOTH, always: (!property.is_empty()).then_some(false) }
    }

    /// How it is seen from what has the pair as a part; `None` if it is not.
    pub(super) fn above(self, member: &Member) -> Option<Self> {
        let mask = self.mask.and(member.mask);
        let always = self.always.or_else(|| (!member.path.is_empty()).then_some(member.always));
        (mask.request || mask.response).then_some(Self { mask, always })
    }

    /// Whether a message goes a way that sees it.
    pub(super) fn is_open(self, message: &Message) -> bool {
        match message.reach.direction {
            Some(Direction::Request) => self.mask.request,
            Some(Direction::Response) => self.mask.response,
            None => true,
        }
    }

    /// What tells ways to one pair apart.
    pub(super) fn kind(self) -> usize {
        usize::from(self.mask.request)
            + 2 * usize::from(self.mask.response)
            + 4 * usize::from(self.always == Some(true))
    }

    /// What tells it from every other.
    pub(super) fn index(self) -> usize {
        self.kind() + if self.always.is_none() { Self::KINDS } else { 0 }
    }

    /// The one that an index tells, if that can be seen at all.
    pub(super) fn at(index: usize) -> Self {
        let mask = Mask { request: index & 1 != 0, response: index & 2 != 0 };
        Self { mask, always: (index < Self::KINDS).then_some(index & 4 != 0) }
    }
}
