//! What a build does with a contract, and so what is to be expected of it.

use std::collections::{BTreeSet, HashSet};

use zerogate_contract::names::{pascal, snake};
use zerogate_contract::{Contract, ContractError, Inventory, Problem, pointer};

use crate::bindings::{BINDINGS, HOST_TYPES, HostTypes, Requirement, missing};
use crate::fit::Skipped;
use crate::generate::{self, Generated, Surface, generate, unsent};
use crate::lower::{Lowered, lower};

/// What a build makes of a contract.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Build {
    /// The contract as the generator got it, and what became of each operation on the way and in the generator.
    pub lowered: Lowered,
    /// What the crate includes.
    pub generated: Generated,
}

/// Builds the bindings from a contract, in memory: the build of the crate `zerogate` is this, and so is its [`forecast`].
///
/// # Errors
///
/// Everything that keeps the crate from being built: what is wrong with the document, what the hand-written code does not
/// find in it, and what cannot be generated.
pub fn build(contract: &Contract) -> Result<Build, ContractError> {
    let (lowered, generated) = made(contract, generate, |made| (&made.surface, &made.skipped))?;
    Ok(Build { lowered, generated })
}

/// What [`build`] would do, without the text, which takes a while to write: the contract as the generator got it, and what
/// the client offers.
///
/// # Errors
///
/// As of [`build`].
pub fn forecast(contract: &Contract) -> Result<(Lowered, Surface), ContractError> {
    let (lowered, (surface, _)) = made(contract, generate::forecast, |(surface, skipped)| (surface, skipped))?;
    Ok((lowered, surface))
}

/// What `make` makes of a contract that the hand-written code gets on with; `known` finds in that what is asked of it.
fn made<T>(
    contract: &Contract,
    make: impl FnOnce(&Contract, &Inventory, &Lowered, &HostTypes) -> Result<T, ContractError>,
    known: impl Fn(&T) -> (&Surface, &[Skipped]),
) -> Result<(Lowered, T), ContractError> {
    let mut lowered = lower(contract)?;
    let inventory = Inventory::of(contract);
    ContractError::unless_none(missing(contract, &inventory, BINDINGS))?;
    let made = make(contract, &inventory, &lowered, &HOST_TYPES)?;
    let (surface, skipped) = known(&made);
    ContractError::unless_none(lost(contract, surface))?;
    lowered.lost(skipped);
    lowered.weakened(unsent(contract, &inventory, &HOST_TYPES));
    Ok((lowered, made))
}

/// What the hand-written code needs, and the contract has, and the generated types have not.
fn lost(contract: &Contract, surface: &Surface) -> Vec<Problem> {
    let fields: BTreeSet<_> = BINDINGS.iter().flat_map(Requirement::fields).collect();
    let known: HashSet<(&str, &str)> = surface.lines().iter().map(|line| (&*line.item, &*line.member)).collect();
    let has = |schema: &str, field: &str| {
        known.contains(&(format!("types::{}", pascal(schema)).as_str(), snake(field).as_str()))
    };
    let lost = fields.into_iter().filter(|(schema, field)| !has(schema, field));
    let problems = lost.map(|(schema, field)| {
        let message = format!("the type of `{schema}` would have no field `{field}`, which hand-written code reads");
        let help = "give it no union or condition beside its properties";
        contract.document().problem(&pointer::join("/components/schemas", schema), message, help)
    });
    problems.collect()
}

#[cfg(test)]
mod tests {
    use zerogate_contract::Document;

    use super::*;

    #[test]
    fn a_session_without_its_fields_is_refused() {
        let session = |beside: &str| {
            format!(
            "
openapi: 3.0.3
info: {{title: Gate, version: '1'}}
paths:
  /gate_sessions/{{id}}/cancel:
    post:
      operationId: cancelSession
      security: [{{key: []}}]
      parameters: [&id {{name: id, in: path, required: true, schema: {{type: string}}}}]
      responses: &responses
        201: &session {{description: A, content: {{application/json: {{schema: {{$ref: '#/components/schemas/GateSession'}}}}}}}}
        4XX: &error {{description: B, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Error'}}}}}}}}
        5XX: *error
  /gate_sessions/{{id}}:
    get:
      operationId: retrieveSession
      security: [{{key: []}}]
      parameters: [*id]
      responses: {{200: *session, 4XX: *error, 5XX: *error}}
components:
  securitySchemes: {{key: {{type: http, scheme: bearer}}}}
  schemas:
    GateSession: {{type: object, required: [id, object, status], properties: {{id: {{type: string}}, object: {{type: string}}, status: {{type: string}}, Status: {{type: string}}}}{beside}}}
    Error: {{type: object, required: [request_id], properties: {{request_id: {{type: string}}}}}}
"
        )
        };
        let build = |beside: &str| {
            let document = Document::parse("gate.yaml", &session(beside)).unwrap();
            build(&Contract::of(document)).map(|_| ()).map_err(|error| error.to_string())
        };
        build("").unwrap();
        let told =
            build(", oneOf: [{properties: {a: {type: string}}}, {properties: {b: {type: string}}}]").unwrap_err();
        assert!(told.contains("the type of `GateSession` would have no field `id`"), "{told}");
    }
}
