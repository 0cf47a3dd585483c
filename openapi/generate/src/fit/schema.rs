//! Schemas: types, contradictory keywords, and unsupported constructs.

use serde_json::{Map, Value, json};
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::{TYPES, is_composed, kind_of};
use zerogate_contract::{Document, NoteKind};

use super::cycle::properties_of;
use super::finding::{Finding, Help, Remedy};
use super::value::is_true;

/// The maximum length of a chain of aliases.
const MAX_ALIASES: usize = 16;

fn is_type(kind: &str) -> bool {
    kind == "null" || TYPES.contains(&kind)
}

/// Whether a non-null value has a type.
pub(super) fn type_fits(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// The range of the generator's integer type for a format.
fn integer_bounds(schema: &Map<String, Value>) -> (f64, f64) {
    match schema.get("format").and_then(Value::as_str) {
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("uint8") => (0.0, u8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("uint16") => (0.0, u16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint32") => (0.0, u32::MAX.into()),
        Some("uint" | "uint64") => (0.0, f64::INFINITY),
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

pub(super) fn schema_type<'d>(path: &Path<'_>, schema: &Map<String, Value>) -> Option<Finding<'d>> {
    let kind = schema.get("type")?;
    let path = &path.key("type");
    match kind {
        Value::String(kind) if TYPES.contains(&kind.as_str()) => None,
        Value::String(kind) if kind == "null" => Some(Finding::wrong(
            path,
            "the type `null` belongs to OpenAPI 3.1",
            "use another type and `nullable: true`",
        )),
        Value::String(kind) => {
            let help = Help::closest(kind, TYPES, format!("use one of {}", TYPES.join(", ")));
            Some(Finding::wrong(path, format!("`{kind}` is not a type"), help))
        }
        Value::Array(kinds) if kinds.iter().any(|kind| kind.as_str().is_none_or(|kind| !is_type(kind))) => {
            let unknown = kinds.iter().filter_map(Value::as_str).find(|kind| !is_type(kind));
            let help = Help::closest(unknown.unwrap_or_default(), TYPES, format!("use one of {}", TYPES.join(", ")));
            let what = unknown.map_or_else(|| "an item of the list".to_owned(), |unknown| format!("`{unknown}`"));
            Some(Finding::wrong(path, format!("{what} is not a type"), help))
        }
        Value::Array(kinds) if kinds.is_empty() => {
            Some(Finding::wrong(path, "the list of types is empty, so nothing fits it", "name a type"))
        }
        Value::Array(_) => {
            let help = "use one type, with `nullable: true` if null fits, or use `oneOf`";
            Some(Finding::wrong(path, "a list of types belongs to OpenAPI 3.1", help))
        }
        other => {
            let message = format!("`type` must be a string, but is {}", kind_of(other));
            Some(Finding::wrong(path, message, format!("use one of {}", TYPES.join(", "))))
        }
    }
}

pub(super) fn bounds<'d>(path: &Path<'_>, schema: &Map<String, Value>) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        let path = &path.key(exclusive);
        match schema.get(exclusive) {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => {
                if !schema.contains_key(bound) {
                    let remedy = Remedy::remove(NoteKind::Exact, path.render(), "it has no effect, and was omitted");
                    let message = format!("`{exclusive}` needs `{bound}`, which is missing");
                    found.push(Finding::mistake(path, message, format!("add `{bound}`"), remedy));
                }
            }
            Some(Value::Number(number)) => found.push(Finding::wrong(
                path,
                format!("a number as `{exclusive}` belongs to OpenAPI 3.1"),
                format!("write `{bound}: {number}` and `{exclusive}: true`"),
            )),
            Some(other) => {
                let message = format!("`{exclusive}` must be true or false, but is {}", kind_of(other));
                let remedy = Remedy::remove(NoteKind::Widened, path.render(), "it was omitted");
                found.push(Finding::mistake(path, message, "use true or false", remedy));
            }
        }
    }
    found
}

pub(super) fn default<'d>(document: &Document, path: &Path<'_>, schema: &Map<String, Value>) -> Option<Finding<'d>> {
    let default = schema.get("default").filter(|default| !default.is_null())?;
    let problem = misfit(document, schema, default, 0)?;
    let remedy = Remedy::remove(NoteKind::Widened, path.key("default").render(), "the default was omitted");
    Some(Finding::limit(&path.key("default"), problem, "correct the default, or remove it", remedy))
}

/// Why a default does not fit, limited to what the generator notices.
fn misfit(document: &Document, schema: &Map<String, Value>, value: &Value, depth: usize) -> Option<String> {
    // Limited because schemas may be recursive; defaults are never nested deeply.
    const MAX_DEPTH: usize = 16;
    if depth > MAX_DEPTH || value.is_null() {
        return None;
    }
    // Its branch decides its type, and the generator guesses.
    if ["anyOf", "oneOf"].iter().any(|key| schema.contains_key(*key)) {
        return Some("the generator cannot tell which branch of the schema the default is for".to_owned());
    }
    let kind = schema.get("type").and_then(Value::as_str);
    if let Some(kind) = kind.filter(|kind| !type_fits(kind, value)) {
        return Some(format!("the default has {} where the type is `{kind}`", kind_of(value)));
    }
    let unknown = |values: &Vec<Value>| !values.contains(value);
    // Only at the top level: looking up every item of a long default in a long enum would take too long.
    if depth == 0 && schema.get("enum").and_then(Value::as_array).is_some_and(unknown) {
        return Some("the default is not among the values of the `enum`".to_owned());
    }
    let (least, most) = integer_bounds(schema);
    let bound = |key: &str, other: f64| schema.get(key).and_then(Value::as_f64).unwrap_or(other);
    if let Some(number) = value.as_f64()
        && !(bound("minimum", least)..=bound("maximum", most)).contains(&number)
    {
        return Some("the default is out of bounds".to_owned());
    }
    let below = |node: &Value, value: &Value| misfit(document, document.resolve(node)?.as_object()?, value, depth + 1);
    let parts = schema.get("allOf").and_then(Value::as_array);
    if let Some(misfit) = parts.into_iter().flatten().find_map(|part| below(part, value)) {
        return Some(misfit);
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.filter(|_| value.is_object()).find(|name| value.get(name).is_none()) {
        return Some(format!("the default has no `{missing}`, which is required"));
    }
    match value {
        Value::Array(items) => items.iter().find_map(|item| below(schema.get("items")?, item)),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let property = schema.get("properties").and_then(|properties| properties.get(name));
            below(property.or_else(|| schema.get("additionalProperties"))?, field)
        }),
        _ => None,
    }
}

pub(super) fn required<'d>(
    document: &'d Document,
    path: &Path<'_>,
    schema: &'d Map<String, Value>,
    is_part: bool,
    searched: &mut usize,
) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    let Some(required) = schema.get("required").and_then(Value::as_array) else { return found };
    let schema_path = path;
    let path = &path.key("required");
    let open = schema.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false));
    let own = schema.get("properties").and_then(Value::as_object);
    let mut composed = None;
    for (index, name) in required.iter().enumerate() {
        let path = &path.item(index);
        let Some(name) = name.as_str() else {
            let message = format!("`required` must list names, but has {}", kind_of(name));
            let remedy = Remedy::remove(NoteKind::Omitted, path.render(), "it was omitted");
            found.push(Finding::mistake(path, message, "use the name of a property", remedy));
            continue;
        };
        if is_part || open || own.is_some_and(|own| own.contains_key(name)) {
            continue;
        }
        let known = composed.get_or_insert_with(|| properties_of(document, schema, searched));
        // `None` means that the schemas are too large to search.
        let Some(known) = known else { continue };
        if !known.contains(name) {
            let mut known: Vec<&str> = known.iter().copied().collect();
            known.sort_unstable();
            let help = Help::closest(name, known, "add the property, or remove it from `required`");
            let property = schema_path.key("properties");
            let remedy = Remedy::set(
                NoteKind::Widened,
                property.key(name).render(),
                json!({}),
                format!("`{name}` is required but not described: any JSON is accepted"),
            );
            found.push(Finding::limit(path, format!("`{name}` is required, but is not a property"), help, remedy));
        }
    }
    found
}

/// Whether a schema is a plain value, neither object nor sequence.
pub(super) fn is_plain(document: &Document, node: &Value) -> bool {
    let Some(schema) = document.resolve(node) else { return true };
    fn kind(schema: &Value) -> Option<&str> {
        schema.get("type").and_then(Value::as_str)
    }
    let scalar = |kind: &str| !matches!(kind, "array" | "object");
    let structured = ["properties", "additionalProperties", "items", "allOf", "anyOf"];
    if let Some(kind) = kind(schema) {
        return scalar(kind) && !schema.as_object().is_some_and(is_composed);
    }
    let members = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let mut kinds = members.map(|member| document.resolve(member).and_then(kind));
    kinds.all(|kind| kind.is_some_and(scalar)) && structured.iter().all(|key| schema.get(key).is_none())
}

/// Whether the generator makes a struct of a schema.
pub(super) fn is_object(document: &Document, node: &Value) -> bool {
    let Some(schema) = document.resolve(node) else { return false };
    let holds = |key: &str| schema.get(key).is_some();
    schema.get("type").is_some_and(|kind| kind == "object") || holds("properties") || holds("allOf") || holds("anyOf")
}

/// Whether a schema, or its target, allows null.
pub(super) fn is_nullable(document: &Document, node: &Value) -> bool {
    let mut node = node;
    for _ in 0..MAX_ALIASES {
        let Some(schema) = document.resolve(node).and_then(Value::as_object) else { return false };
        if is_true(schema, "nullable") {
            return true;
        }
        match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) => node = only,
            _ => return false,
        }
    }
    false
}
