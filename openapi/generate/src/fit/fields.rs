//! Fields of objects: misspelt, missing, or of the wrong kind.

use serde_json::Value;
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::{Holds, Node, Object, Release, instead, is_extension, kind_of};

use super::finding::{Finding, Help};

/// What is wrong with the fields of a node.
pub(super) fn fields<'d>(path: &Path<'_>, node: &Value, kind: Node) -> Vec<Finding<'d>> {
    let table = kind.object();
    let Some(object) = node.as_object() else {
        let message = format!("{} must be a mapping, but this is {}", table.what, kind_of(node));
        return vec![Finding::wrong(path, message, "write it as a mapping")];
    };
    let mut found = Vec::new();
    for (key, value) in object {
        match kind.field(key).filter(|field| field.is_canonical()) {
            Some(field) => found.extend(holds(&path.key(key), key, value, field.holds)),
            None if is_extension(key) => {}
            None => found.push(unknown(&path.key(key), key, table)),
        }
    }
    for name in table.required.iter().filter(|name| !object.contains_key(**name)) {
        found.push(Finding::wrong(path, format!("{} has no `{name}`", table.what), format!("add `{name}`")));
    }
    found
}

fn unknown<'d>(path: &Path<'_>, key: &str, table: &Object) -> Finding<'d> {
    let otherwise = match instead(key) {
        Some(instead) => format!("it belongs to OpenAPI 3.1: {instead}"),
        None => format!("remove it, or call it `x-{key}` if it is an extension"),
    };
    let message = format!("{} has no field `{key}` in OpenAPI 3.0", table.what);
    Finding::wrong(path, message, Help::closest(key, table.names(Release::V3_0), otherwise))
}

/// What is wrong with what a field holds.
fn holds<'d>(path: &Path<'_>, key: &str, value: &Value, holds: Holds) -> Option<Finding<'d>> {
    let (fits, wanted) = match holds {
        Holds::Text => (value.is_string(), "text"),
        Holds::Flag => (value.is_boolean(), "true or false"),
        Holds::Number => (value.is_number(), "a number"),
        Holds::Count => (value.is_u64(), "an integer that is not negative"),
        // What is no schema is told where schemas are looked at.
        Holds::One(Node::Schema) | Holds::OneOrFlag(_) | Holds::Reference | Holds::Data => (true, ""),
        Holds::One(_) | Holds::Map(_) | Holds::Keyed(_) | Holds::Mapping => (value.is_object(), "a mapping"),
        Holds::List(_) | Holds::Sequence => (value.is_array(), "a sequence"),
    };
    (!fits).then(|| {
        let help = match (holds, value) {
            (_, Value::Null) => "give it a value, or remove the key".to_owned(),
            (Holds::Text, Value::Number(_) | Value::Bool(_)) => "put it in quotes".to_owned(),
            _ => format!("write {wanted}"),
        };
        Finding::wrong(path, format!("`{key}` must be {wanted}, but is {}", kind_of(value)), help)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is said of a node that has one field alone.
    fn said(node: Node, field: &str, value: Value) -> Vec<String> {
        let found = fields(&Path::Root, &json!({ field: value }), node).into_iter();
        found.filter(|found| found.pointer == format!("/{field}")).map(|found| found.message).collect()
    }

    #[test]
    fn every_field_that_the_vocabulary_has_is_checked() {
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
