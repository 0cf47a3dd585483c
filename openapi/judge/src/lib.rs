//! Judges HTTP exchanges by an OpenAPI contract: requests and responses that were recorded, proxied or sent. It uses no
//! HTTP library, reads no file format and sends nothing.
//!
//! Each module uses those above it:
//!
//! - [`Exchange`]: what is judged; each part is known, absent or unknown. [`Kind`]: the table of possible faults.
//! - [`Finding`], [`Judgement`]: the results. They never repeat a secret or what a customer entered.
//! - `router`: finds the operation of a request. `schema`, `parameter`, `body`, `security`: compare the parts of a
//!   message with the contract. `gate`: the rules of the reference that go beyond the contract.
//! - `hearing`: judges one exchange by its operation. [`Judge`]: does so for a whole contract, prepared once.
//!   [`Coverage`]: which parts of the contract the exchanges have covered.
//! - [`Sequences`]: finds what only several exchanges show.
//!
//! An unknown part is not judged: it makes no finding, and is listed as [unjudged](Judgement::unjudged) with the
//! reason.

mod body;
mod coverage;
mod exchange;
mod finding;
mod gate;
mod hearing;
mod json;
mod judge;
mod judgement;
mod kind;
mod operation;
mod parameter;
mod place;
mod redact;
mod router;
mod schema;
mod security;
mod sequence;
mod url;

pub use coverage::Coverage;
pub use exchange::{Exchange, Headers, Message, Part};
pub use finding::{Finding, Scope, Unjudged};
pub use gate::{documented_type, is_no_such_operation};
pub use json::repeated_name;
pub use judge::Judge;
pub use judgement::Judgement;
pub use kind::{Kind, Level, Row};
pub use operation::Operation;
pub use place::Place;
pub use schema::leave_out_unreadable_patterns;
pub use sequence::{Sequences, Span};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
