//! Whether a contract can be used: everything that is wrong with it, at once.

use zerogate_contract::{Contract, ContractError};

use super::survey::Survey;

/// How many problems are told. A document with more has one that is not in this list.
const MAX_PROBLEMS: usize = 500;

/// Checks that a document can be generated from, validated against and taken stock of.
///
/// The rules are those of OpenAPI 3.0.3, 3.1 and 3.2, as far as breaking them leaves a document unusable, and the limits of
/// the generator (progenitor 0.15), which panics on what it cannot do, or emits code that does not compile. What stands in
/// `x-…` is not looked at.
///
/// Much of that does not keep a document from being built from: [`lower`](crate::lower) works round the limits, reads what
/// can only be meant in one way, leaves out what the client has nothing of, and says what that costs.
///
/// # Errors
///
/// All problems, not only the first (up to 500), each with its place and a way out.
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
