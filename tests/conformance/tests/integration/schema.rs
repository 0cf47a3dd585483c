//! Holds a machine's report to the schema that is published for it.

use serde_json::Value;

/// The report is what the schema says; the schema describes everything in it, and demands these fields.
pub(crate) fn check(schema: &str, report: &str, fields: &[&str]) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report: Value = serde_json::from_str(report).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    closed(&schema, &schema, &report);
    for field in fields {
        let mut cut = report.clone();
        cut.as_object_mut().unwrap().remove(*field);
        assert!(!validator.is_valid(&cut), "{field}");
    }
}

/// Nothing stands in the report that the schema does not describe. The schema itself leaves room for later fields.
fn closed(root: &Value, schema: &Value, value: &Value) {
    // What may also be null is one of two.
    let either = schema.get("anyOf").and_then(Value::as_array).and_then(|choices| choices.first());
    let schema = either.unwrap_or(schema);
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|it| root.pointer(it.strip_prefix('#')?));
    let schema = target.unwrap_or(schema);
    for (name, value) in value.as_object().into_iter().flatten() {
        let described = schema.get("properties").and_then(|properties| properties.get(name));
        closed(root, described.unwrap_or_else(|| panic!("`{name}` is not in the schema")), value);
    }
    for value in value.as_array().into_iter().flatten() {
        closed(root, &schema["items"], value);
    }
}
