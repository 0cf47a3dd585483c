//! Compares two contracts: what changed from one to the other, and what that breaks, on the wire and in Rust code.
//!
//! Each module uses those above it:
//!
//! - `change`: what a comparison finds, and how it is shown. `kind`: the table of all kinds of change.
//! - `node`, `side`: the two documents, and where references lead; `renames`: which component is which. `seen`: what of
//!   them has been looked at. `value`, `text`: what they say to people.
//! - `found`: what a judge gives back: differences, pairs of schemas to compare in turn, and what it has looked at.
//! - `meaning`: what a schema means, whatever it is written like.
//! - Judges, which are functions: `root`, `paths`, `operation` and its parts, `server`, `security`, `component`; `schema`
//!   for a pair of schemas; `leftover` for what no judge has looked at, and differs.
//! - `comparison`: where all that is kept, and the only place that changes. A pair of schemas is compared once, however
//!   many operations have it: `graph`. `rename`: which component has another name.
//! - `users`, `verdict`: who meets a difference, and so what it means. `sunset`, `announced`: what had been announced.
//! - `measure`: what becomes of the generated code, whatever was reasoned. `homes`, `claims`: which change explains it.
//! - `version`: whether the contract's own version follows.

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
mod meaning;
mod measure;
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

/// Compares two contracts, and the clients that are generated from them.
///
/// What a change means for Rust code is measured: what the one client promises is looked for in the other. Where one of
/// them cannot be generated, it is what [`reason`] says, and [`Drift::basis`] says why.
///
/// ```
/// use zerogate_contract::Document;
/// use zerogate_drift::{Basis, Source, diff};
///
/// // Two properties that differ in case alone: each is a field of its own, and no code breaks.
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
    // First, while nothing else is in memory: generating takes the most.
    measured(old, new, Surfaces::of(old, new))
}

/// The same where the client of the new contract has been generated already: `surface` is what it promises.
#[must_use]
pub fn diff_with(old: &Document, new: &Document, surface: &Surface) -> Drift {
    measured(old, new, Surfaces::with(old, surface))
}

fn measured(old: &Document, new: &Document, surfaces: Result<Surfaces, String>) -> Drift {
    let mut drift = reason(old, new);
    match surfaces {
        Ok(surfaces) => {
            measure::settle(&latest(old), &latest(new), &surfaces, &mut drift.changes);
            verdict::sort(&mut drift.changes);
            drift.basis = Basis::Measured;
        }
        Err(why) => drift.basis = Basis::NotGenerated(why),
    }
    drift
}

/// Compares two contracts by what they say, without generating anything: the wire verdicts of [`diff`], in a fraction of
/// the time. A source verdict is what the generator is known to make of such a change.
///
/// Any two documents can be compared, whether they are usable contracts or not: what is not understood, and differs, is
/// a change with the id `cannot-judge`. What is written differently and means the same is no change.
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

/// Compares a contract with the document of a server that is to keep it: what of the contract the server does not say, or
/// says otherwise.
///
/// It is [`reason`] on the wire alone, where an operation is where its server and its path together put it, and what is
/// called otherwise, or only read by people, is left out.
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
    let sides = Sides { provider, ..Sides::new(old, new, rename::find(old, new)) };
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
    // After all that code is generated of.
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
    comparison.keep(leftover::judge(&sides, &comparison.looked));
    let mut changes = verdict::changes(&sides, &comparison.graph, &comparison.found);
    verdict::sort(&mut changes);
    Drift { changes, basis: Basis::Reasoned }
}
