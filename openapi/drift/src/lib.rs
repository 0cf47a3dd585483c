//! Compares two contracts: what changed from one to the other, and what that breaks, on the wire and in Rust code.
//!
//! Both documents are walked side by side, from the paths down. Two schemas are compared by what they mean, whatever
//! they are written like: see `view`. A pair of schemas is compared once, however many operations have it; who meets
//! what was found there is asked at the end: see `reach`. What no judge has looked at, and differs, is told as well:
//! see `leftover`.

mod change;
mod component;
mod composition;
mod constraint;
mod display;
mod docs;
mod elsewhere;
mod engine;
mod equal;
mod found;
mod gather;
mod header;
mod ids;
mod keyword;
mod leftover;
mod message;
mod operation;
mod parameter;
mod paths;
mod property;
mod raw;
mod reach;
mod rename;
mod root;
mod schema;
mod security;
mod server;
mod side;
#[cfg(test)]
mod tests;
mod type_names;
mod types;
mod value;
mod verdict;
mod view;

pub use change::{Bump, Change, Direction, Drift, Overall, Place, Reach, Source, Wire};
pub use ids::{KINDS, Kind};

use zerogate_contract::Document;

use engine::Engine;
use leftover::Net;
use rename::Renames;

/// Compares two contracts.
///
/// Any two documents can be compared, whether they are usable contracts or not: what is not understood, and differs, is
/// a change with the id `cannot-judge`. What is written differently and means the same is no change.
///
/// ```
/// use zerogate_contract::Document;
/// use zerogate_drift::diff;
///
/// let old = Document::parse("old.yaml", "openapi: 3.0.3\npaths: { /a: { get: { operationId: a } } }\n")?;
/// let new = Document::parse("new.yaml", "openapi: 3.1.0\npaths: {}\n")?;
/// let drift = diff(&old, &new);
/// assert_eq!(drift.changes[0].id, "api-path-removed-without-deprecation");
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[must_use]
pub fn diff(old: &Document, new: &Document) -> Drift {
    let mut engine = Engine::new(old, new, Renames::find(old, new));
    engine.document();
    let operations = engine.paths();
    engine.servers(&operations);
    engine.security(&operations);
    engine.run();
    engine.component_schemas();
    engine.components();
    engine.run();
    engine.component_names();
    engine.settle_opaque();
    Net::cast(&mut engine);
    Drift { changes: verdict::changes(&engine) }
}
