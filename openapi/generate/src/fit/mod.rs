//! Constructs, and what is done about each: it is taken, reworked with a note, left out, or refused.

mod body;
mod check;
mod cycle;
mod enumeration;
mod expansion;
mod fields;
mod finding;
mod generated;
mod names;
mod operation;
mod parameter;
mod reference;
mod restore;
mod rewrite;
mod rounds;
mod schema;
mod survey;
mod union;
mod unread;
mod value;

use zerogate_contract::{ContractError, Document, Problem};

pub use check::check;
pub(crate) use restore::references;
use rounds::Fitted;

/// An operation that is not in the generated client, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Skipped {
    /// The operation's id.
    pub operation: String,
    /// What the generator cannot do, with its place and what to do about it.
    pub problem: Problem,
}

/// Makes a document in its canonical form one that the generator can take.
pub(crate) fn fit(document: Document) -> Result<Fitted, ContractError> {
    let mut fitted = rounds::fit(document)?;
    union::notes(&fitted.document, &mut fitted.notes);
    unread::notes(&fitted.document, &mut fitted.notes);
    Ok(fitted)
}
