//! Rewrites a contract into what the generator can turn into types that stay readable when the server moves on.
//!
//! In three steps, each of which leaves a [`Note`] for every rewrite. A document of any version gets one form. What is
//! right by the specification and beyond the generator is worked round, or left out. And last comes what the design of
//! the bindings asks for: the generator takes constraints literally, a `pattern` becomes a newtype that refuses,
//! `additionalProperties: false` becomes `deny_unknown_fields`, and either makes a *successful* response undecodable as soon
//! as the server says a little more than it used to. So the constraints are taken out before generation, and checked by
//! the conformance suite instead.

mod fate;

use serde_json::Value;
use zerogate_contract::version::supported;
use zerogate_contract::{Contract, ContractError, Note, NoteKind};

use crate::design;
use crate::fit::{self, Shared, Skipped, WireNames};

pub use fate::Fate;
use fate::Users;

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
    /// What properties are called on the wire that have another name in the document, so that each is a field of its own.
    pub(crate) wire_names: WireNames,
    /// Where the schemas are that become one type.
    pub(crate) shared: Shared,
}

impl Lowered {
    /// Notes the operations that were lost in the generator, among those that never came there.
    pub(crate) fn lost(&mut self, skipped: &[Skipped]) {
        for lost in skipped.iter().filter(|skipped| !self.skipped.contains(skipped)).cloned().collect::<Vec<_>>() {
            let message = format!("the operation `{}` was left out: {}", lost.operation, lost.problem);
            let mut note = Note::new(NoteKind::Dropped, lost.problem.pointer.clone(), message);
            note.operations = [lost.operation.clone()].into();
            self.notes.push(note);
            for (_, fate) in self.operations.iter_mut().filter(|(name, _)| *name == lost.operation) {
                *fate = Fate::Skipped;
            }
            self.skipped.push(lost);
        }
    }

    /// Notes what operations lose that are generated nevertheless.
    pub(crate) fn weakened(&mut self, notes: Vec<Note>) {
        for (name, fate) in self.operations.iter_mut().filter(|(_, fate)| *fate == Fate::Faithful) {
            if notes.iter().any(|note| note.operations.contains(name)) {
                *fate = Fate::Weakened;
            }
        }
        self.notes.extend(notes);
    }
}

/// Lowers a contract for the generator.
///
/// The contract itself is left as it is: the conformance suite and the inventory read the original.
///
/// # Errors
///
/// What is wrong with the document, as [`check`](crate::check) tells it. What is right and beyond the generator is no
/// error: it costs a [`Note`] or, at the worst, an operation.
///
/// ```
/// use zerogate_contract::{Contract, Document, NoteKind};
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
/// let lowered = lower(&Contract::of(document))?;
/// assert_eq!(lowered.skipped[0].operation, "b");
/// assert_eq!(lowered.notes.last().unwrap().kind, NoteKind::Dropped);
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
pub fn lower(contract: &Contract) -> Result<Lowered, ContractError> {
    supported(contract.document())?;
    let mut notes = contract.notes().to_vec();
    let restored = fit::references(contract.document(), &mut notes);
    let users = Users::of(&restored);
    let fitted = fit::fit(restored)?;
    let mut designed = design::apply(&fitted.document);
    fit::strip(&mut designed.value);
    notes.extend(fitted.notes);
    notes.extend(designed.notes);
    let mut lowered = Lowered {
        value: designed.value,
        notes,
        skipped: fitted.skipped,
        operations: Vec::new(),
        wire_names: fitted.wire_names,
        shared: fitted.shared,
    };
    fate::settle(&users, &mut lowered);
    Ok(lowered)
}
