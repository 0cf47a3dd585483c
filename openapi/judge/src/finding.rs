//! What is wrong with an exchange, and what could not be judged.

use crate::kind::{Kind, Level};
use crate::place::Place;

/// What is wrong with an exchange. Nothing in it repeats a secret or a value that a customer entered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How binding the rule is: the kind's level, or `Should` where the contract calls its words second-hand.
    pub level: Level,
    /// The part of the exchange.
    pub place: Place,
    /// Where in that part: a JSON pointer into a body, the name of a parameter or header; empty for all of it. Names that
    /// may be a customer's are `…`.
    pub at: String,
    /// The JSON pointer of what the contract says of it; empty if the contract says nothing.
    pub contract: String,
    /// What is expected.
    pub expected: String,
    /// What was received, without its value where that may be a customer's.
    pub received: String,
}

/// A part of an exchange that could not be judged, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unjudged {
    /// The part.
    pub place: Place,
    /// Why, in a few words.
    pub why: &'static str,
}

/// Whether an exchange is one of the contract's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// It is: its operation was found.
    Found,
    /// It was sent to where the contract's operations are, and the contract does not have its operation.
    Undocumented,
    /// It was sent elsewhere.
    Elsewhere,
}

/// What the contract says, and whether it calls that second-hand.
pub(crate) struct Said<'p> {
    pub(crate) pointer: &'p str,
    pub(crate) second_hand: bool,
}

impl Said<'_> {
    /// What the contract says nothing of.
    pub(crate) const NOTHING: Self = Said { pointer: "", second_hand: false };
}
