//! Schemas that only null fits.

use serde_json::{Map, Value, json};

/// Whether only null fits, as written in 3.0.
pub(super) fn is_only_null(schema: &Value) -> bool {
    schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.as_slice() == [Value::Null])
}

/// Makes the schema accept only null.
pub(super) fn only_null(schema: &mut Map<String, Value>) {
    schema.remove("type");
    schema.insert("nullable".to_owned(), Value::Bool(true));
    schema.insert("enum".to_owned(), json!([null]));
}
