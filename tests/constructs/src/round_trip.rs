//! Values that a construct allows can be decoded and encoded without loss, or a note says what is lost.

use serde_json::Value;
use zerogate_contract::json::same;
use zerogate_contract::{Contract, Document, component_schema};

use crate::samples::samples;
use crate::{SCHEMAS, Schema};

#[test]
fn values_of_a_construct_survive_decoding_and_encoding() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for Schema { construct, component, document, lost, values, round_trip } in SCHEMAS {
        let contract = Contract::of(Document::parse(construct, document).unwrap());
        let schema = component_schema(&contract, component).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let mut fitting = samples(&schema);
        fitting.retain(|value| validator.is_valid(value));
        // Values that the document does not list, but the client keeps.
        fitting.extend(serde_json::from_str::<Vec<Value>>(values).unwrap());
        tried += fitting.len();
        for value in fitting {
            let seen = round_trip(value.clone());
            let is_kept = seen.as_ref().is_ok_and(|back| is_in(&value, back));
            if !is_kept && lost.is_empty() {
                let seen = seen.map_or_else(|error| error, |back| back.to_string());
                wrong.push(format!("{construct}: {component}: {value}: {seen}"));
            }
        }
    }
    assert!(wrong.is_empty(), "of {tried} values:\n{}", wrong.join("\n"));
    // Most schemas have several values.
    assert!(tried > 3 * SCHEMAS.len(), "{tried} values of {} schemas", SCHEMAS.len());
}

/// Whether a value is included in another one, which may have more fields: those with a default.
fn is_in(value: &Value, other: &Value) -> bool {
    match (value, other) {
        (Value::Object(fields), Value::Object(others)) => {
            fields.iter().all(|(name, field)| others.get(name).is_some_and(|other| is_in(field, other)))
        }
        (Value::Array(items), Value::Array(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| is_in(item, other))
        }
        (value, other) => same(value, other),
    }
}
