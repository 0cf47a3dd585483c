//! A row of the table of kinds, and the values of its columns.

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
    /// Where it occurs; `None` if it is about an operation or the contract as a whole.
    pub direction: Option<Direction>,
    /// The part of a contract that it is about.
    pub area: Area,
    /// What happened to that part.
    pub action: Action,
    /// What it means on the wire for those affected, unless the context says otherwise.
    pub level: Wire,
    /// Whether only texts for people changed.
    pub doc_only: bool,
    /// Whether it is about something required, or about whether it is required.
    pub required: bool,
}

/// The part of a contract that a kind of change is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Area {
    /// A path.
    Path,
    /// An operation.
    Operation,
    /// How callers authenticate.
    Security,
    /// A server's URL.
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
    /// A text for people.
    Text,
    /// The date of removal of something deprecated.
    Sunset,
    /// The version of the contract.
    Version,
    /// An extension, `x-…`.
    Extension,
    /// Something unknown.
    Unknown,
}

/// What happened to something.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// It was added.
    Added,
    /// It was removed.
    Removed,
    /// It changed.
    Changed,
}

/// The effect of a difference on the wire, in each direction.
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
    /// More values are allowed, and the new ones can be read as before.
    pub(crate) const UNPROMISED: Effect = Effect { request: Wire::Compatible, response: Wire::Risky };
    /// The new values only add to the known ones, and readers ignore the additions.
    pub(crate) const OPENED: Effect = Effect::both(Wire::Compatible);

    pub(crate) const fn both(wire: Wire) -> Effect {
        Effect { request: wire, response: wire }
    }
}

/// The level of a kind, as written in its row.
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

/// Whether a row is marked as being about something required.
macro_rules! marked {
    () => {
        false
    };
    (required) => {
        true
    };
}
pub(super) use marked;

/// Whether two ids are equal, in a function that runs at compile time.
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
