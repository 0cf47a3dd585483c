//! What a build does with a contract, so that it can also be predicted.

use std::collections::{BTreeSet, HashSet};

use zerogate_contract::names::{pascal, snake};
use zerogate_contract::{Contract, ContractError, Inventory, Problem, pointer};

use crate::bindings::{BINDINGS, HOST_TYPES, HostTypes, Requirement, missing};
use crate::fit::Skipped;
use crate::generate::{self, Generated, Surface, Took, generate, unsent};
use crate::lower::{Lowered, lower};

/// The result of a build.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Build {
    /// The contract as the generator received it, and the fate of each operation.
    pub lowered: Lowered,
    /// The files that the crate includes.
    pub generated: Generated,
}

/// The expected result of a build.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Forecast {
    /// The contract as the generator received it, without descriptions and examples, and the fate of each operation.
    pub lowered: Lowered,
    /// The surface of the client.
    pub surface: Surface,
    /// The time inside the generator, and the time to read its output.
    pub took: Took,
}

/// Builds the bindings from a contract, in memory. The build of the crate `zerogate` does this, and so does its
/// [`forecast`].
///
/// # Errors
///
/// Returns everything that keeps the crate from being built: faults of the document, missing requirements of the
/// hand-written code, and what cannot be generated.
pub fn build(contract: &Contract) -> Result<Build, ContractError> {
    let (lowered, generated) = made(contract, lower(contract)?, generate, |made| (&made.surface, &made.skipped))?;
    Ok(Build { lowered, generated })
}

/// What [`build`] would produce, without the source text, which takes a while to write: the contract as the generator
/// received it, and the surface of the client.
///
/// # Errors
///
/// The same as for [`build`].
pub fn forecast(contract: &Contract) -> Result<Forecast, ContractError> {
    let mut lowered = lower(contract)?;
    lowered.drop_prose();
    let (lowered, (surface, _, took)) =
        made(contract, lowered, generate::forecast, |(surface, skipped, _)| (surface, skipped))?;
    Ok(Forecast { lowered, surface, took })
}

/// Lowers a contract, calls `make` and checks the requirements; `known` returns the surface and the skipped operations
/// of the result.
fn made<T>(
    contract: &Contract,
    mut lowered: Lowered,
    make: impl FnOnce(&Contract, &Inventory, &Lowered, &HostTypes) -> Result<T, ContractError>,
    known: impl Fn(&T) -> (&Surface, &[Skipped]),
) -> Result<(Lowered, T), ContractError> {
    let inventory = Inventory::of(contract);
    ContractError::unless_none(missing(contract, &inventory, BINDINGS))?;
    let made = make(contract, &inventory, &lowered, &HOST_TYPES)?;
    let (surface, skipped) = known(&made);
    ContractError::unless_none(lost(contract, surface))?;
    lowered.lost(skipped);
    lowered.weakened(unsent(contract, &inventory, &HOST_TYPES));
    Ok((lowered, made))
}

/// The fields that the hand-written code needs and the contract has, but the generated types lack.
fn lost(contract: &Contract, surface: &Surface) -> Vec<Problem> {
    let fields: BTreeSet<_> = BINDINGS.iter().flat_map(Requirement::fields).collect();
    let item = |schema: &str| format!("types::{}", pascal(schema));
    // Of all lines, which may be hundreds of thousands, only these matter.
    let items: HashSet<String> = fields.iter().map(|(schema, _)| item(schema)).collect();
    let lines = surface.lines().iter().filter(|line| items.contains(&*line.item));
    let known: HashSet<(&str, &str)> = lines.map(|line| (&*line.item, &*line.member)).collect();
    let has = |schema: &str, field: &str| known.contains(&(item(schema).as_str(), snake(field).as_str()));
    let lost = fields.into_iter().filter(|(schema, field)| !has(schema, field));
    let problems = lost.map(|(schema, field)| {
        let message = format!("the type of `{schema}` would have no field `{field}`, which hand-written code reads");
        let help = "remove the union or condition next to its properties";
        contract.document().problem(&pointer::of_schema(schema), message, help)
    });
    problems.collect()
}

#[cfg(test)]
mod tests {
    use zerogate_contract::Document;

    use super::*;

    #[test]
    fn a_session_without_its_fields_is_rejected() {
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
