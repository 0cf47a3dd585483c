//! Compares two contracts: what changed, and what that breaks on the wire and in Rust code.
//!
//! Each module uses those above it:
//!
//! - `change`: the result of a comparison, and its text. `kind`: the table of all kinds of change.
//! - `node`, `side`: the two documents, and the targets of references; `renames`: which components correspond. `seen`:
//!   what has been examined. `value`, `text`: texts for people.
//! - `found`: the results of a judge: differences, further pairs of schemas to compare, and what it has examined.
//! - `meaning`: what a schema means, however it is written.
//! - Judges, which are functions: `root`, `paths`, `operation` and its parts, `server`, `security`, `component`;
//!   `schema` for a pair of schemas; `leftover` for differences that no judge has examined.
//! - `comparison`: keeps all results, and is the only mutable state. A pair of schemas is compared once, however many
//!   operations use it: `graph`. `rename`: finds renamed components.
//! - `users`, `verdict`: who is affected by a difference, and so its effect. `sunset`, `announced`: what had been
//!   announced.
//! - `measure`: compares the generated code itself. `homes`, `claims`: which change explains it.
//! - `version`: whether the contract's own version matches the changes.

mod address;
mod announced;
mod change;
mod claims;
mod comparison;
mod component;
mod content;
mod display;
mod encoding;
mod field;
mod found;
mod free;
mod graph;
mod header;
mod homes;
mod kind;
mod leftover;
mod link;
mod long_integers;
mod meaning;
mod measure;
mod media;
mod message;
mod namesakes;
mod node;
mod operation;
mod paging;
mod pairing;
mod parameter;
mod parameters;
mod paths;
mod rename;
mod renames;
mod response;
mod root;
mod schema;
mod security;
mod security_scheme;
mod seen;
mod server;
mod server_requests;
mod side;
mod sunset;
mod text;
mod unresolved;
mod users;
mod value;
mod verdict;
mod version;

pub use change::{
    Announced, Basis, Bump, Caller, Carrier, Change, Direction, Drift, Overall, Place, Reach, Source, Wire,
};
pub use kind::{Action, Area, KINDS, Kind};
pub use measure::GENERATED_CODE_CHANGED;
pub use version::Versions;

use zerogate_contract::{Document, latest};
use zerogate_generate::Surface;

use comparison::Comparison;
use found::Findings;
use measure::Surfaces;
use side::Sides;

/// Compares two contracts, and the clients generated from them.
///
/// The effect on Rust code is measured: every promise of the old client is searched for in the new one. If one of the
/// contracts cannot be generated, the effect is that of [`reason`], and [`Drift::basis`] says why.
///
/// ```
/// use zerogate_contract::Document;
/// use zerogate_drift::{Basis, Source, diff};
///
/// // Two properties that differ only in case: each has its own field, and no code breaks.
/// let text = "
/// openapi: 3.0.3
/// info: {title: Gate, version: '1'}
/// paths: {}
/// components: {schemas: {Payout: {type: object, properties: {amount: {type: string}}}}}
/// ";
/// let old = Document::parse("old.yaml", text)?;
/// let new = Document::parse("new.yaml", &text.replace("{amount", "{Amount: {type: string}, amount"))?;
/// let drift = diff(&old, &new);
/// assert_eq!((drift.overall().source, drift.basis), (Source::Compatible, Basis::Measured));
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[must_use]
pub fn diff(old: &Document, new: &Document) -> Drift {
    // First, while memory is free: generation needs the most.
    measured(old, new, Surfaces::of(old, new))
}

/// Like [`diff`], if the client of the new contract was generated before: `surface` is its surface.
#[must_use]
pub fn diff_with(old: &Document, new: &Document, surface: &Surface) -> Drift {
    measured(old, new, Surfaces::with(old, surface))
}

fn measured(old: &Document, new: &Document, surfaces: Result<Surfaces, String>) -> Drift {
    let mut drift = reason(old, new);
    match surfaces {
        Ok(surfaces) => {
            measure::settle(&latest(old), &latest(new), &surfaces, &mut drift.changes);
            drift.changes.sort_by_cached_key(Change::order);
            drift.basis = Basis::Measured;
        }
        Err(why) => drift.basis = Basis::NotGenerated(why),
    }
    drift
}

/// Compares the text of two contracts without generating code: gives the wire verdicts of [`diff`] in a fraction of the
/// time. Source verdicts are what the generator is known to do with such a change.
///
/// Any two documents can be compared, whether usable contracts or not: a difference that is not understood is a change
/// with the id `cannot-judge`. A different notation with the same meaning is not a change.
///
/// ```
/// use zerogate_contract::{Document, latest};
/// use zerogate_drift::reason;
///
/// let old = Document::parse("old.yaml", "openapi: 3.0.3\npaths: { /a: { get: { operationId: a } } }\n")?;
/// let new = Document::parse("new.yaml", "openapi: 3.1.0\npaths: {}\n")?;
/// let drift = reason(&old, &new);
/// assert_eq!(drift.changes[0].id, "api-path-removed-without-deprecation");
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[must_use]
pub fn reason(old: &Document, new: &Document) -> Drift {
    compare(old, new, false)
}

/// Compares a contract with the document of a server that must implement it: what the server's document lacks or
/// describes differently.
///
/// This is [`reason`] for the wire alone. Operations are matched by their full URL paths, and renamings and texts for
/// people are ignored.
///
/// ```
/// use zerogate_contract::Document;
/// use zerogate_drift::provided;
///
/// let contract = "openapi: 3.0.3\nservers: [{url: 'https://a.example/v1'}]\npaths: {/a: {get: {responses: {}}}}\n";
/// let server = "openapi: 3.1.0\npaths: {/v1/a: {get: {operationId: a_v1, responses: {}}}}\n";
/// let drift = provided(&Document::parse("a.yaml", contract)?, &Document::parse("server.yaml", server)?);
/// assert!(drift.is_empty());
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[must_use]
pub fn provided(contract: &Document, server: &Document) -> Drift {
    let mut drift = compare(contract, server, true);
    let is_told =
        |change: &Change| change.wire != Wire::None && change.kind().is_none_or(|kind| kind.area != Area::Sunset);
    drift.changes.retain(is_told);
    for change in &mut drift.changes {
        change.source = Source::None;
    }
    drift
}

fn compare(old: &Document, new: &Document, provider: bool) -> Drift {
    let (old, new) = (&*latest(old), &*latest(new));
    let mut sides = Sides::new(old, new, rename::find(old, new));
    sides.provider = provider;
    let mut comparison = Comparison::new(&sides);
    comparison.keep(root::judge(&sides));
    let (findings, operations) = paths::judge(&sides);
    comparison.keep(findings);
    for (old, new) in &operations {
        comparison.keep(operation::judge(&sides, old, new));
    }
    comparison.keep(server::judge(&sides, &operations));
    comparison.run();
    comparison.keep(Findings { parts: component::schemas(&sides), ..Findings::default() });
    comparison.run();
    // Last, after everything that code is generated from.
    let (findings, requests) = server_requests::judge(&sides, &operations);
    comparison.keep(findings);
    comparison.keep(security::judge(&sides, &operations, &requests));
    comparison.keep(component::sections(&sides));
    for entry in component::entries(&sides) {
        comparison.keep(component::judge(&sides, &entry, &comparison.looked));
    }
    comparison.run();
    comparison.keep(component::schema_names(&sides, &|name, node| comparison.has_moved(name, node)));
    comparison.settle_opaque();
    comparison.keep(unresolved::judge(&sides));
    comparison.keep(long_integers::judge(&sides));
    comparison.keep(leftover::judge(&sides, &comparison.looked));
    let mut changes = verdict::changes(&sides, &comparison.graph, &comparison.found);
    changes.sort_by_cached_key(Change::order);
    Drift { changes, basis: Basis::Reasoned }
}

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
