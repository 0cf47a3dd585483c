//! What is wrong with an exchange, and what could not be judged.

use crate::kind::{Kind, Level};
use crate::place::Place;

/// A fault in an exchange. It never repeats a secret or a value that a customer entered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The kind of fault.
    pub kind: Kind,
    /// How binding the rule is: the level of the kind, or `Should` where the contract marks its statement as
    /// second-hand.
    pub level: Level,
    /// The part of the exchange at fault.
    pub place: Place,
    /// Where in that part: a JSON pointer into a body, or the name of a parameter or header; empty for the whole part.
    /// Names that may come from a customer are shown as `…`.
    pub at: String,
    /// The JSON pointer to the contract's statement; empty if the contract makes none.
    pub contract: String,
    /// What was expected.
    pub expected: String,
    /// What was received, without its value where that may come from a customer.
    pub received: String,
    /// The number of the earlier exchange that it contradicts, if it is about two and the first is known.
    pub earlier: Option<u32>,
}

/// A part of an exchange that could not be judged, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unjudged {
    /// The part.
    pub place: Place,
    /// The reason, in a few words.
    pub why: &'static str,
}

/// Whether an exchange belongs to the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// It does: the contract has its operation, or that of the request that a preflight asks for.
    Found,
    /// The request went to the contract's server, but the contract does not have the operation.
    Undocumented,
    /// The request went elsewhere.
    Elsewhere,
}

/// A statement of the contract, and whether the contract marks it as second-hand.
pub(crate) struct Said<'p> {
    pub(crate) pointer: &'p str,
    pub(crate) second_hand: bool,
}

impl Said<'_> {
    /// For findings that the contract says nothing about.
    pub(crate) const NOTHING: Self = Said { pointer: "", second_hand: false };
}
