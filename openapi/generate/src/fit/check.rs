//! Checks whether a contract can be used, and reports everything that is wrong with it at once.

use zerogate_contract::{Contract, ContractError};

use super::survey::Survey;

/// The maximum number of reported problems. If there are more, the last one says so.
const MAX_PROBLEMS: usize = 500;

/// Checks that a document can be used for generation, for validation and for an inventory.
///
/// The rules are those of OpenAPI 3.0.3, 3.1 and 3.2, where breaking them makes a document unusable, and the limits of
/// the generator (progenitor 0.15), which panics on what it does not support, or emits code that does not compile.
/// Extensions (`x-…`) are ignored.
///
/// Many of these problems do not prevent a build: [`lower`](crate::lower) works around limits, reads what is
/// unambiguous, omits what the client does not need, and notes the consequences.
///
/// # Errors
///
/// Returns all problems (up to 500), each with its place and what to do about it.
///
/// ```
/// use zerogate_contract::{Contract, Document};
/// use zerogate_generate::check;
///
/// let document = Document::parse(
///     "gate.yaml",
///     "
/// openapi: 3.0.3
/// info: {title: Gate, version: '1'}
/// paths:
///   /gate_sessions/{id}:
///     get:
///       sumary: Retrieve a session.
///       responses:
///         200: {description: The session.}
/// ",
/// )?;
/// let problems: Vec<String> =
///     check(&Contract::of(document)).unwrap_err().problems().iter().map(ToString::to_string).collect();
/// assert_eq!(
///     problems,
///     [
///         "gate.yaml:6:5: /paths/~1gate_sessions~1{id}/get: the path has `{id}`, but the operation has no such \
///          parameter; declare a parameter `id` with `in: path` and `required: true`",
///         "gate.yaml:7:7: /paths/~1gate_sessions~1{id}/get/sumary: an operation has no field `sumary` in \
///          OpenAPI 3.0; did you mean `summary`?",
///     ],
/// );
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
pub fn check(contract: &Contract) -> Result<(), ContractError> {
    let document = contract.document();
    let read = contract.notes().iter().filter(|note| note.mistake);
    let read = read.map(|note| document.problem_in_text(&*note.pointer, &*note.message, ""));
    let found = Survey::of(document, MAX_PROBLEMS).0.into_iter().map(|found| found.problem);
    ContractError::unless_none(read.chain(found).collect())
}
