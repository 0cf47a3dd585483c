//! Constraints that would make a type reject a response as soon as the server adds something.

use serde_json::{Map, Value};
use zerogate_contract::vocabulary::{Field, Node, Role, is_composed, of_type};
use zerogate_contract::{Note, NoteKind};

use super::formats::{CLIENT_SECRET_FORMAT, SESSION_ID_FORMAT, TIMESTAMP_FORMAT};

/// String formats for which the generator emits a plain string.
///
/// For any other format it emits a parsed type of another crate, which loses the original text and rejects what it
/// cannot parse.
const PLAIN_FORMATS: [&str; 5] = [SESSION_ID_FORMAT, CLIENT_SECRET_FORMAT, TIMESTAMP_FORMAT, "binary", "byte"];

pub(super) fn drop_refusals(pointer: &str, schema: &mut Map<String, Value>, notes: &mut Vec<Note>) {
    let mut note = |kind, message: String| {
        notes.push(Note::deliberate(kind, pointer.to_owned(), message));
    };
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.remove("additionalProperties");
        note(
            NoteKind::Widened,
            "additionalProperties: false was omitted, so that responses with new fields can still be decoded"
                .to_owned(),
        );
    }
    if restricts_only(schema) {
        note(NoteKind::Widened, "the parts of `allOf` that only add restrictions were omitted".to_owned());
        if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
            parts.retain(|part| !is_restriction(part));
        }
    }
    // `not: {}` fits nothing, and does not restrict particular values.
    let refuses = schema.get("not").is_some_and(|not| schema.contains_key("type") || *not != Value::Object(Map::new()));
    if refuses && schema.remove("not").is_some() {
        note(NoteKind::Widened, "not was omitted".to_owned());
    }
    if assumed_type(schema) == Some("string") && !schema.contains_key("type") {
        schema.insert("type".to_owned(), Value::from("string"));
        let message = "the schema has a constraint for strings, but no type: the type `string` was assumed";
        notes.push(Note::new(NoteKind::Narrowed, pointer.to_owned(), message));
    }
    let kind =
        schema.get("type").and_then(Value::as_str).or_else(|| assumed_type(schema)).unwrap_or_default().to_owned();
    let is_wide = wide(&kind, pointer, schema, notes);
    let mut note = |kind, message: String| {
        notes.push(Note::deliberate(kind, pointer.to_owned(), message));
    };
    // For a number, each would select a narrower Rust type: `NonZeroU64`, `i32`, `f32`, a closed enum of numbers.
    let (beside, of_kind): (&[&str], _) = match kind.as_str() {
        "string" => (&[], String::new()),
        "array" | "object" => (&["enum"], String::new()),
        "boolean" => (&["enum"], " of the boolean".to_owned()),
        "integer" if is_wide => (&["enum"], " of the integer".to_owned()),
        "integer" | "number" => (&["format", "enum"], format!(" of the {kind}")),
        _ => return,
    };
    let limits = of_type(&kind).filter(|field| field.role == Role::Limit).map(|field| field.name);
    for constraint in limits.chain(beside.iter().copied()) {
        if schema.remove(constraint).is_some() {
            note(NoteKind::Widened, format!("{constraint}{of_kind} was omitted"));
        }
    }
    if let Some(format) = schema.get("format").and_then(Value::as_str).filter(|_| kind == "string") {
        if format == TIMESTAMP_FORMAT {
            reduce(schema, TIMESTAMP_FORMAT);
            note(NoteKind::Widened, "a timestamp keeps its text, whether or not it parses".to_owned());
        } else if !PLAIN_FORMATS.contains(&format) {
            let message = format!("format {format} was omitted: the text is kept unchanged");
            schema.remove("format");
            note(NoteKind::Widened, message);
        }
    }
}

/// Whether an integer may need `u64`; if so, marks it for the generator. Notes values that no type can hold.
fn wide(kind: &str, pointer: &str, schema: &mut Map<String, Value>, notes: &mut Vec<Note>) -> bool {
    const UNSIGNED: &str = "uint64";
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let is_large = bound("maximum").is_some_and(|most| most > i64::MAX as f64);
    let is_unsigned =
        matches!(format, "uint" | UNSIGNED) || (is_large && bound("minimum").is_some_and(|least| least >= 0.0));
    let message = match (kind, format) {
        ("integer", "int128" | "uint128") => "an integer of more than 64 bits cannot be read",
        ("integer", _) if is_large && !is_unsigned => "an integer out of the range of `i64` cannot be read",
        ("number", "int64" | UNSIGNED) => "a number of more than 53 bits is rounded",
        _ => "",
    };
    if !message.is_empty() {
        notes.push(Note::new(NoteKind::Narrowed, pointer.to_owned(), message));
    }
    let is_wide = kind == "integer" && is_unsigned;
    if is_wide {
        schema.insert("format".to_owned(), Value::from(UNSIGNED));
    }
    is_wide
}

/// The type that the generator assumes where a schema has none.
fn assumed_type(schema: &Map<String, Value>) -> Option<&'static str> {
    if is_composed(schema) {
        return None;
    }
    let says = |field: &Field| field.name != "format" && schema.contains_key(field.name);
    ["array", "object", "string"].into_iter().find(|kind| of_type(kind).any(says))
}

/// Whether an `allOf` has parts that only add restrictions, next to others.
fn restricts_only(schema: &Map<String, Value>) -> bool {
    let parts = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    parts.iter().any(is_restriction) && !parts.iter().all(is_restriction)
}

/// Whether a schema has nothing but what would be dropped next to a type.
fn is_restriction(part: &Value) -> bool {
    let dropped = |key: &str| Node::Schema.field(key).is_some_and(|field| field.role == Role::Limit);
    part.as_object().is_some_and(|part| part.keys().all(|key| dropped(key)))
}

/// Reduces a string schema to its texts and what identifies a conversion.
///
/// The generator compares the whole schema except metadata with the conversion's: with one extension too many, the
/// field silently becomes a type that loses the original text.
pub(super) fn reduce(schema: &mut Map<String, Value>, format: &str) {
    const KEPT: [&str; 6] = ["type", "nullable", "title", "description", "default", "example"];
    schema.retain(|key, _| KEPT.contains(&key.as_str()));
    schema.insert("format".to_owned(), Value::from(format));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::apply;
    use zerogate_contract::Document;

    fn schema(text: &str) -> Value {
        let document = format!("components: {{schemas: {{A: {text}}}}}");
        apply(&Document::parse("gate.yaml", &document).unwrap()).value["components"]["schemas"]["A"].clone()
    }

    #[test]
    fn constraints_that_would_reject_a_response_are_dropped() {
        for (before, after) in [
            ("{type: string, pattern: '^a$', minLength: 1, maxLength: 2}", "{type: string}"),
            ("{type: string, format: uuid}", "{type: string}"),
            ("{type: integer, minimum: 1, maximum: 9, format: int32}", "{type: integer}"),
            ("{type: integer, enum: [1, 2]}", "{type: integer}"),
            (
                "{type: array, uniqueItems: true, items: {type: string, format: ipv4}}",
                "{type: array, items: {type: string}}",
            ),
            ("{type: object, additionalProperties: false}", "{type: object}"),
            ("{type: string, enum: [a, b]}", "{type: string, enum: [a, b]}"),
        ] {
            assert_eq!(schema(before), *Document::parse("after", after).unwrap().value(), "{before}");
        }
    }

    #[test]
    fn a_timestamp_keeps_only_what_identifies_its_conversion() {
        let before =
            "{type: string, format: date-time, x-source: here, maxLength: 30, nullable: true, description: When}";
        let after = "{type: string, format: date-time, nullable: true, description: When}";
        assert_eq!(schema(before), *Document::parse("after", after).unwrap().value());
    }
}
