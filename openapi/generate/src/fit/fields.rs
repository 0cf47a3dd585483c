//! Fields of objects: misspelt, missing, or of the wrong kind.

use serde_json::{Value, json};
use zerogate_contract::NoteKind;
use zerogate_contract::pointer::Path;
use zerogate_contract::suggest::closest;
use zerogate_contract::vocabulary::{Field, Holds, Node, Object, Release, instead, is_extension, kind_of};

use super::finding::{Finding, Help, Remedy};

/// Fields that nothing is generated from, in any object.
const UNUSED: [&str; 16] = [
    "tags",
    "summary",
    "description",
    "termsOfService",
    "contact",
    "license",
    "externalDocs",
    "servers",
    "variables",
    "example",
    "examples",
    "links",
    "callbacks",
    "xml",
    "discriminator",
    "webhooks",
];

/// What is wrong with the fields of a node.
pub(super) fn fields<'d>(path: &Path<'_>, node: &Value, kind: Node) -> Vec<Finding<'d>> {
    let table = kind.object();
    let Some(object) = node.as_object() else {
        let message = format!("{} must be a mapping, but this is {}", table.what, kind_of(node));
        let remedy = in_place(path, node, kind);
        return vec![Finding { remedy, ..Finding::wrong(path, message, "make it a mapping") }];
    };
    let mut found = Vec::new();
    for (key, value) in object {
        match kind.field(key).filter(|field| field.is_canonical()) {
            Some(field) => found.extend(holds(&path.key(key), key, value, field.holds)),
            None if is_extension(key) => {}
            None => found.push(unknown(&path.key(key), key, kind)),
        }
    }
    for name in table.required.iter().filter(|name| !object.contains_key(**name)) {
        let remedy = without(path, kind, name);
        let message = format!("{} has no `{name}`", table.what);
        found.push(Finding { remedy, ..Finding::wrong(path, message, format!("add `{name}`")) });
    }
    found
}

/// How to read a node that is not a mapping, if that is clear.
fn in_place(path: &Path<'_>, node: &Value, kind: Node) -> Option<Remedy> {
    let at = path.render();
    Some(match kind {
        Node::Schema => Remedy::Any { pointer: at },
        Node::MediaType => Remedy::set(NoteKind::Widened, at, json!({}), "any content is accepted"),
        Node::Response if node.is_null() => {
            Remedy::set(NoteKind::Widened, at, json!({ "description": "" }), "the response is read as undocumented")
        }
        Node::PathItem if node.is_null() => Remedy::set(NoteKind::Exact, at, json!({}), "it has no operation"),
        Node::Info => Remedy::set(NoteKind::Exact, at, unnamed(), "nothing is generated from it"),
        Node::SecurityScheme => any_scheme(path),
        Node::Header => Remedy::remove(NoteKind::Omitted, at, "it was omitted"),
        Node::Server | Node::Tag => Remedy::remove(NoteKind::Exact, at, "it was omitted"),
        Node::RequestBody | Node::Parameter if node.is_null() => {
            Remedy::remove(NoteKind::Omitted, at, "it was omitted")
        }
        _ => return None,
    })
}

/// How to read a node that lacks a field, if that is clear.
fn without(path: &Path<'_>, kind: Node, name: &str) -> Option<Remedy> {
    let at = path.key(name).render();
    Some(match (kind, name) {
        (Node::Document, "info") => Remedy::set(NoteKind::Exact, at, unnamed(), "nothing is generated from it"),
        (Node::Info, _) | (Node::Response, "description") => {
            Remedy::set(NoteKind::Exact, at, json!(""), "nothing is generated from it")
        }
        (Node::Operation, "responses") => {
            let any = json!({ "default": { "description": "" } });
            Remedy::set(NoteKind::Widened, at, any, "any response is accepted, without a body")
        }
        (Node::Server | Node::Tag, _) => Remedy::remove(NoteKind::Exact, path.render(), "it was omitted"),
        (Node::SecurityScheme, "type") => any_scheme(path),
        _ => return None,
    })
}

/// The title and version that the generator requires.
fn unnamed() -> Value {
    json!({ "title": "", "version": "" })
}

/// A scheme without information: the bindings read the scheme that they need in the original.
pub(super) fn any_scheme(path: &Path<'_>) -> Remedy {
    let any = json!({ "type": "http", "scheme": "" });
    Remedy::set(NoteKind::Omitted, path.render(), any, "it is ignored")
}

fn unknown<'d>(path: &Path<'_>, key: &str, kind: Node) -> Finding<'d> {
    let table: &Object = kind.object();
    let otherwise = match instead(key) {
        Some(instead) => format!("it belongs to OpenAPI 3.1: {instead}"),
        None => format!("remove it, or rename it to `x-{key}` if it is an extension"),
    };
    let message = format!("{} has no field `{key}` in OpenAPI 3.0", table.what);
    let meant = closest(key, table.names(Release::V3_0));
    let help = match meant {
        Some(meant) => Help::from(format!("did you mean `{meant}`?")),
        None => Help::from(otherwise),
    };
    // A misspelt field that the client uses would be missed.
    if meant.and_then(|meant| kind.field(meant)).is_some_and(is_read) {
        return Finding::wrong(path, message, help);
    }
    let hint = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    let remedy = Remedy::remove(NoteKind::Omitted, path.render(), format!("it was omitted{hint}"));
    Finding::mistake(path, message, help, remedy)
}

/// Whether the field makes a difference to the client.
fn is_read(field: &Field) -> bool {
    let is_rule = !matches!(field.holds, Holds::Text | Holds::Number | Holds::Count | Holds::Data | Holds::Mapping);
    is_rule && !UNUSED.contains(&field.name)
}

/// What is wrong with the value of a field.
fn holds<'d>(path: &Path<'_>, key: &str, value: &Value, holds: Holds) -> Option<Finding<'d>> {
    let (fits, wanted) = match holds {
        Holds::Text => (value.is_string(), "text"),
        Holds::Flag => (value.is_boolean(), "true or false"),
        Holds::Number => (value.is_number(), "a number"),
        Holds::Count => (value.is_u64(), "a non-negative integer"),
        // Schemas are checked elsewhere.
        Holds::One(Node::Schema) | Holds::OneOrFlag(_) | Holds::Reference | Holds::Data => (true, ""),
        Holds::One(_) | Holds::Map(_) | Holds::Keyed(_) | Holds::Mapping => (value.is_object(), "a mapping"),
        Holds::List(_) | Holds::Sequence => (value.is_array(), "a sequence"),
    };
    (!fits).then(|| {
        let help = match (holds, value) {
            (_, Value::Null) => "give it a value, or remove the key".to_owned(),
            (Holds::Text, Value::Number(_) | Value::Bool(_)) => "quote it".to_owned(),
            _ => format!("make it {wanted}"),
        };
        let message = format!("`{key}` must be {wanted}, but is {}", kind_of(value));
        Finding { remedy: meant(path, key, value, holds), ..Finding::wrong(path, message, help) }
    })
}

/// How to read a field with a wrong value, if that is clear.
fn meant(path: &Path<'_>, key: &str, value: &Value, holds: Holds) -> Option<Remedy> {
    let at = path.render();
    Some(match (holds, value) {
        (_, Value::Null) => Remedy::remove(NoteKind::Exact, at, "it was omitted"),
        _ if UNUSED.contains(&key) => Remedy::remove(NoteKind::Exact, at, "it was omitted"),
        (Holds::Text, Value::Number(_) | Value::Bool(_)) => {
            Remedy::set(NoteKind::Exact, at, Value::from(value.to_string()), "it was read as a string")
        }
        (Holds::Flag, Value::String(text)) => {
            let flag = text.parse::<bool>().ok()?;
            Remedy::set(NoteKind::Exact, at, Value::from(flag), format!("it was read as `{flag}`"))
        }
        (Holds::Text | Holds::Number | Holds::Count | Holds::Sequence | Holds::Mapping, _) => {
            Remedy::remove(NoteKind::Widened, at, "it was omitted")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The values of a node that has only this field.
    fn said(node: Node, field: &str, value: Value) -> Vec<String> {
        let found = fields(&Path::Root, &json!({ field: value }), node).into_iter();
        found.filter(|found| found.pointer == format!("/{field}")).map(|found| found.message).collect()
    }

    #[test]
    fn every_field_of_the_vocabulary_is_checked() {
        for node in Node::ALL {
            for field in node.object().fields {
                let [wrong, right] = match field.holds {
                    Holds::Text => [json!(1), json!("1")],
                    Holds::Flag => [json!("true"), json!(true)],
                    Holds::Number => [json!("1"), json!(1.5)],
                    Holds::Count => [json!(-1), json!(1)],
                    Holds::List(_) | Holds::Sequence => [json!({}), json!([])],
                    Holds::One(Node::Schema) | Holds::OneOrFlag(_) | Holds::Reference | Holds::Data => {
                        [json!(null), json!(null)]
                    }
                    _ => [json!([]), json!({})],
                };
                let known = field.is_canonical();
                let anything = wrong == right;
                assert_eq!(said(node, field.name, right).is_empty(), known, "{node:?} {}", field.name);
                assert_eq!(said(node, field.name, wrong).is_empty(), known && anything, "{node:?} {}", field.name);
            }
        }
    }
}
