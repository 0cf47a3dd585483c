//! Rewrites a contract into what the generator can turn into types that stay readable when the server moves on.
//!
//! In three steps, each of which leaves a [`Note`] for every rewrite. A document of any version gets one form. What is
//! right by the specification and beyond the generator is worked round, or left out. And last comes what the design of
//! the bindings asks for: the generator takes constraints literally, a `pattern` becomes a newtype that refuses,
//! `additionalProperties: false` becomes `deny_unknown_fields`, and either makes a *successful* answer undecodable as soon
//! as the server says a little more than it used to. So the constraints are taken out before generation, and checked by
//! the conformance suite instead.

mod answer;
mod constraint;
mod fate;
mod fit;
mod null;
mod restore;
mod rewrite;
mod schemas;
mod secret;
mod session_id;
mod union;

use serde_json::Value;
use zerogate_contract::canonical::canonical;
use zerogate_contract::{ContractError, Document, Note, NoteKind, Problem, supported};

pub use fate::Fate;

/// The `format` that marks a session id for the generator.
pub(crate) const SESSION_ID_FORMAT: &str = "zerogate-session-id";
/// The `format` that marks a client secret for the generator.
pub(crate) const CLIENT_SECRET_FORMAT: &str = "zerogate-client-secret";
/// The `format` that marks a timestamp for the generator.
pub(crate) const TIMESTAMP_FORMAT: &str = "date-time";

/// An operation that is not in the generated client, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Skipped {
    /// The operation's id.
    pub operation: String,
    /// What the generator cannot do, with its place and what to do about it.
    pub problem: Problem,
}

/// A document as the generator gets it, and what was done to it on the way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lowered {
    /// The rewritten document.
    pub value: Value,
    /// Every rewrite: first those of the version, then those for the generator, then those of design.
    pub notes: Vec<Note>,
    /// The operations that cannot be generated.
    pub skipped: Vec<Skipped>,
    /// What became of each operation, in the order of the document.
    pub operations: Vec<(String, Fate)>,
}

/// Lowers a document for the generator.
///
/// The document itself is left as it is: the conformance suite and the inventory read the original.
///
/// # Errors
///
/// What is wrong with the document, as [`check`](crate::check) tells it. What is right and beyond the generator is no
/// error: it costs a [`Note`] or, at the worst, an operation.
///
/// ```
/// use zerogate_contract::{Document, NoteKind};
/// use zerogate_generate::lower;
///
/// let document = Document::parse(
///     "gate.yaml",
///     "
/// openapi: 3.1.0
/// info: {title: Gate, version: '1'}
/// paths:
///   /a: {get: {operationId: a, responses: {200: {description: A}}}}
///   /b:
///     get:
///       operationId: b
///       parameters: [{name: key, in: cookie, required: true, schema: {type: string}}]
///       responses: {200: {description: B}}
/// ",
/// )?;
/// let lowered = lower(&document)?;
/// assert_eq!(lowered.skipped[0].operation, "b");
/// assert_eq!(lowered.notes.last().unwrap().kind, NoteKind::Dropped);
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
pub fn lower(document: &Document) -> Result<Lowered, ContractError> {
    supported(document)?;
    let mut canonical = canonical(document);
    let restored = restore::references(&canonical.document, &mut canonical.notes);
    let mut fitted = fit::fit(&restored)?;
    union::notes(&fitted.document, &mut fitted.notes);
    answer::notes(&fitted.document, &mut fitted.notes);
    let mut lowered = designed(&fitted.document);
    let designed = std::mem::take(&mut lowered.notes);
    lowered.notes = canonical.notes.into_iter().chain(fitted.notes).chain(designed).collect();
    lowered.skipped = fitted.skipped;
    fate::settle(&restored, &mut lowered);
    Ok(lowered)
}

/// Does what the design asks for to a document that fits the generator.
fn designed(document: &Document) -> Lowered {
    let mut value = document.value().clone();
    let mut notes = Vec::new();
    version(&mut value, &mut notes);
    session_id::mark(document, &mut value, &mut notes);
    let sent = secret::sent_components(document);
    schemas::visit(&mut value, &mut |pointer, schema| {
        if secret::is_received(pointer, &sent) {
            secret::mark(document, pointer, schema, &mut notes);
        } else {
            null::note(pointer, schema, &mut notes);
        }
        constraint::drop_refusals(pointer, schema, &mut notes);
    });
    for note in &mut notes {
        note.pointer = document.origin(&note.pointer);
    }
    Lowered { value, notes, skipped: Vec::new(), operations: Vec::new() }
}

/// Keeps `info.version` to what may stand in a header.
///
/// Generated code hands it to `HeaderValue::from_static`, which panics at run time on anything else, although the
/// header never reaches the wire.
fn version(value: &mut Value, notes: &mut Vec<Note>) {
    let Some(Value::String(version)) = value.pointer_mut("/info/version") else {
        return;
    };
    if version.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return;
    }
    *version = version.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '-' }).collect();
    notes.push(Note::deliberate(
        NoteKind::Exact,
        "/info/version".to_owned(),
        "characters that cannot stand in an HTTP header were replaced".to_owned(),
    ));
}
