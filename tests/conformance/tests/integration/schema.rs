//! Validates JSON reports against their published schemas.

use serde_json::Value;

/// Checks that the report is valid, that the schema describes everything in it, and that it requires these fields.
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

/// Checks that the schema describes every field of the report. The schema itself allows later fields.
fn closed(root: &Value, schema: &Value, value: &Value) {
    // A nullable value is an `anyOf` of two.
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
