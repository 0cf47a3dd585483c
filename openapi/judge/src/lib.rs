//! Judges HTTP exchanges by an OpenAPI contract: requests and responses that somebody has recorded, relayed or sent. It knows
//! no HTTP library and no file format, and sends nothing.
//!
//! Each module uses those above it:
//!
//! - [`Exchange`]: what is judged, each part known, absent or unknown. [`Kind`]: the table of what may be wrong.
//! - [`Finding`], [`Judgement`]: what comes of it. Nothing in a finding repeats a secret or what a customer entered.
//! - `router`: which operation a request is for. `schema`, `parameter`, `body`, `security`: parts of a message, and what the
//!   contract says of each. `gate`: what the reference says beside the contract.
//! - `hearing`: one exchange and its operation. [`Judge`]: all that for one contract, prepared once. [`Coverage`]: what exchanges have shown of it.
//! - [`Sequences`]: what only several exchanges show.
//!
//! What is not known is not judged: it makes no finding, and is [left out](Judgement::unjudged) with its reason.

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
pub use gate::documented_type;
pub use json::repeated_name;
pub use judge::Judge;
pub use judgement::Judgement;
pub use kind::{Kind, Level, Row};
pub use operation::Operation;
pub use place::Place;
pub use schema::leave_out_unreadable_patterns;
pub use sequence::{Sequences, Span};
