//! Rewrites a contract so that the generator can make types that still read responses when the server changes.
//!
//! There are three steps, each of which adds a [`Note`] for every rewrite. First, a document of any version gets one
//! form. Then, what is valid but unsupported by the generator is worked around, or omitted. Last comes what the design
//! of the bindings requires: the generator takes constraints literally (a `pattern` becomes a newtype that rejects
//! values, `additionalProperties: false` becomes `deny_unknown_fields`), and either makes a *successful* response
//! undecodable as soon as the server adds something. So constraints are removed before generation, and checked by the
//! conformance suite instead.

mod fate;

use serde_json::Value;
use zerogate_contract::version::supported;
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk_mut;
use zerogate_contract::{Contract, ContractError, Note, NoteKind};

use crate::design;
use crate::fit::{self, Shared, Skipped, WireNames};

pub use fate::Fate;
use fate::Users;

/// A document as the generator receives it, and what was done to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lowered {
    /// The rewritten document.
    pub value: Value,
    /// All notes: first those of the version, then those for the generator, then those of the design.
    pub notes: Vec<Note>,
    /// The operations that cannot be generated.
    pub skipped: Vec<Skipped>,
    /// The fate of each operation, in document order.
    pub operations: Vec<(String, Fate)>,
    /// The wire names of properties that were renamed in the document, so that each becomes a separate field.
    pub(crate) wire_names: WireNames,
    /// The places of equal schemas that become one type.
    pub(crate) shared: Shared,
}

impl Lowered {
    /// Removes what only people read. It is most of a document, and does not change the surface of the client.
    pub fn drop_prose(&mut self) {
        walk_mut(&mut self.value, &mut without_prose);
    }

    /// Adds the operations that were lost in the generator to those that were lost before.
    pub(crate) fn lost(&mut self, skipped: &[Skipped]) {
        for lost in skipped.iter().filter(|skipped| !self.skipped.contains(skipped)).cloned().collect::<Vec<_>>() {
            let message = format!("the operation `{}` was omitted: {}", lost.operation, lost.problem);
            let mut note = Note::new(NoteKind::Omitted, lost.problem.pointer.clone(), message);
            note.operations = [lost.operation.clone()].into();
            self.notes.push(note);
            for (_, fate) in self.operations.iter_mut().filter(|(name, _)| *name == lost.operation) {
                *fate = Fate::Skipped;
            }
            self.skipped.push(lost);
        }
    }

    /// Adds notes about operations that are generated but lose something.
    pub(crate) fn weakened(&mut self, notes: Vec<Note>) {
        for (name, fate) in self.operations.iter_mut().filter(|(_, fate)| *fate == Fate::Faithful) {
            if notes.iter().any(|note| note.operations.contains(name)) {
                *fate = Fate::Weakened;
            }
        }
        self.notes.extend(notes);
    }
}

/// Removes what only people read.
fn without_prose(node: Node, _: &str, value: &mut Value) {
    let Some(object) = value.as_object_mut() else { return };
    match node {
        Node::Operation => object.retain(|key, _| key != "summary" && key != "description"),
        // A required field.
        Node::Response => drop(object.insert("description".to_owned(), Value::from(""))),
        Node::Schema | Node::Parameter | Node::Header | Node::RequestBody | Node::MediaType => {
            object.retain(|key, _| key != "description" && key != "example");
        }
        _ => {}
    }
}

/// Lowers a contract for the generator.
///
/// The contract itself does not change: the conformance suite and the inventory read the original.
///
/// # Errors
///
/// Returns the faults of the document, as [`check`](crate::check) reports them. Valid but unsupported constructs are
/// not errors: they result in a [`Note`] or, at worst, remove an operation.
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
/// assert_eq!(lowered.notes.last().unwrap().kind, NoteKind::Omitted);
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
