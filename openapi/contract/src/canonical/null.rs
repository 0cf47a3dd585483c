//! Schemas that nothing but null fits.

use serde_json::{Map, Value, json};

/// Whether nothing but null fits, in the words of 3.0.
pub(super) fn is_only_null(schema: &Value) -> bool {
    schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.as_slice() == [Value::Null])
}

/// Lets nothing but null fit.
pub(super) fn only_null(schema: &mut Map<String, Value>) {
    schema.remove("type");
    schema.insert("nullable".to_owned(), Value::Bool(true));
    schema.insert("enum".to_owned(), json!([null]));
}
