//! Decides for each construct: use it, rewrite it with a note, omit it, or reject it.

mod alike;
mod body;
mod check;
mod contradiction;
mod cycle;
mod direction;
mod enumeration;
mod expansion;
mod fields;
mod finding;
mod merge;
mod method;
mod names;
mod operation;
mod parameter;
mod reference;
mod rephrase;
mod restore;
mod rewrite;
mod rounds;
mod schema;
mod survey;
mod union;
mod unread;
mod untypable;
mod unused;
mod value;

pub(crate) use alike::WireNames;
pub use check::check;
pub use finding::Skipped;
pub(crate) use method::stand_ins;
pub(crate) use names::{HIDING, Shared};
pub(crate) use restore::references;
pub(crate) use rounds::fit;
pub(crate) use unused::strip;
