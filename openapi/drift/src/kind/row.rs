//! A row of the table of kinds, and what its columns may say.

use std::hash::{Hash, Hasher};

use crate::change::{Direction, Wire};

/// A kind of change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Kind {
    /// The stable name, in kebab case.
    pub id: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// In what it is met; `None` for what is about an operation, or the contract, as a whole.
    pub direction: Option<Direction>,
    /// What of a contract it is about.
    pub area: Area,
    /// What became of that.
    pub action: Action,
    /// What it means on the wire for those who meet it, unless what is around it says otherwise.
    pub level: Wire,
    /// Only what people read changed.
    pub doc_only: bool,
    /// It is about something that must be there, or about whether it must.
    pub required: bool,
}

/// What of a contract a kind of change is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Area {
    /// A path.
    Path,
    /// An operation.
    Operation,
    /// How callers identify themselves.
    Security,
    /// Where a server is.
    Server,
    /// A parameter of a request.
    Parameter,
    /// The body of a message.
    Body,
    /// A status of a response.
    Status,
    /// A header of a response.
    Header,
    /// A property of a body.
    Property,
    /// A component, whoever uses it.
    Component,
    /// What people read.
    Text,
    /// The day on which something goes that is deprecated.
    Sunset,
    /// The version of the contract.
    Version,
    /// An extension, `x-…`.
    Extension,
    /// What is not known.
    Unknown,
}

/// What became of something.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// It was added.
    Added,
    /// It was removed.
    Removed,
    /// It is another one.
    Changed,
}

/// What a difference means on the wire, in each direction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Effect {
    pub(crate) request: Wire,
    pub(crate) response: Wire,
}

impl Effect {
    pub(crate) const NONE: Effect = Effect::both(Wire::None);
    /// Fewer values are allowed.
    pub(crate) const TIGHTER: Effect = Effect { request: Wire::Breaking, response: Wire::Compatible };
    /// More values are allowed.
    pub(crate) const LOOSER: Effect = Effect { request: Wire::Compatible, response: Wire::Breaking };
    /// More values are allowed, and those that come can be read as before.
    pub(crate) const UNPROMISED: Effect = Effect { request: Wire::Compatible, response: Wire::Risky };
    /// Values are allowed that only added to what was known: whoever reads them ignores that.
    pub(crate) const OPENED: Effect = Effect::both(Wire::Compatible);

    pub(crate) const fn both(wire: Wire) -> Effect {
        Effect { request: wire, response: wire }
    }
}

/// What a kind means, as its row says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) effect: Effect,
    pub(crate) doc_only: bool,
}

pub(super) const fn level(request: Wire, response: Wire) -> Level {
    Level { effect: Effect { request, response }, doc_only: false }
}

pub(super) const NOTHING: Level = level(Wire::None, Wire::None);
pub(super) const COMPATIBLE: Level = level(Wire::Compatible, Wire::Compatible);
pub(super) const RISKY: Level = level(Wire::Risky, Wire::Risky);
pub(super) const BREAKING: Level = level(Wire::Breaking, Wire::Breaking);
pub(super) const TEXT: Level = Level { doc_only: true, ..NOTHING };

pub(super) const REQUEST: Option<Direction> = Some(Direction::Request);
pub(super) const RESPONSE: Option<Direction> = Some(Direction::Response);
pub(super) const NEITHER: Option<Direction> = None;

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl Kind {
    pub(super) const fn row(
        (id, meaning): (&'static str, &'static str),
        (area, direction): (Area, Option<Direction>),
        action: Action,
        Level { effect, doc_only }: Level,
        required: bool,
    ) -> Kind {
        let level = match direction {
            REQUEST => effect.request,
            _ => effect.response,
        };
        Kind { id, meaning, direction, area, action, level, doc_only, required }
    }
}

/// Whether a row is marked as one about what must be there.
macro_rules! marked {
    () => {
        false
    };
    (required) => {
        true
    };
}
pub(super) use marked;

/// Whether two ids are the same, for look-ups that the compiler makes.
pub(super) const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}
