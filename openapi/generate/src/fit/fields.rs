//! Fields of objects: misspelt, missing, or of the wrong kind.

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::{Holds, Object, Release, instead, kind_of};
use zerogate_contract::walk::Node;

use super::check::Checker;

impl<'d> Checker<'d> {
    /// The entries of an object, after its fields were checked; `None` if it is no object at all.
    pub(super) fn object(&mut self, path: &Path<'_>, node: &'d Value, kind: Node) -> Option<&'d Map<String, Value>> {
        let table = kind.object();
        let Some(object) = node.as_object() else {
            self.report(
                path,
                format!("{} must be a mapping, but this is {}", table.what, kind_of(node)),
                "write it as a mapping",
            );
            return None;
        };
        for (key, value) in object {
            match kind.field(key).filter(|field| field.is_of(Release::V3_0)) {
                Some(field) => self.holds(&path.key(key), key, value, field.holds),
                None if key.starts_with("x-") => {}
                None => self.unknown(&path.key(key), key, table),
            }
        }
        for name in table.required {
            if !object.contains_key(*name) {
                self.report(path, format!("{} has no `{name}`", table.what), format!("add `{name}`"));
            }
        }
        Some(object)
    }

    fn unknown(&mut self, path: &Path<'_>, key: &str, table: &Object) {
        let help = if let Some(name) = self.closest(key, table.names(Release::V3_0)) {
            format!("did you mean `{name}`?")
        } else if let Some(instead) = instead(key) {
            format!("it belongs to OpenAPI 3.1: {instead}")
        } else {
            format!("remove it, or call it `x-{key}` if it is an extension")
        };
        self.report(path, format!("{} has no field `{key}` in OpenAPI 3.0", table.what), help);
    }

    /// Whether a field holds what it should; says so if not.
    fn holds(&mut self, path: &Path<'_>, key: &str, value: &Value, holds: Holds) {
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
        if fits {
            return;
        }
        let help = match (holds, value) {
            (_, Value::Null) => "give it a value, or remove the key".to_owned(),
            (Holds::Text, Value::Number(_) | Value::Bool(_)) => "put it in quotes".to_owned(),
            _ => format!("write {wanted}"),
        };
        self.report(path, format!("`{key}` must be {wanted}, but is {}", kind_of(value)), help);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zerogate_contract::Document;

    use super::*;

    /// What is said of a node that has one field alone.
    fn said(node: Node, field: &str, value: Value) -> Vec<String> {
        let document = Document::parse("gate.yaml", "openapi: 3.0.3").unwrap();
        let node_value = json!({ field: value });
        let mut checker = Checker::new(&document, 10);
        checker.object(&Path::Root, &node_value, node);
        let of_field = checker.problems.into_iter().filter(|found| found.pointer == format!("/{field}"));
        of_field.map(|found| found.problem.message).collect()
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
                let known = field.is_of(Release::V3_0);
                let anything = wrong == right;
                assert_eq!(said(node, field.name, right).is_empty(), known, "{node:?} {}", field.name);
                assert_eq!(said(node, field.name, wrong).is_empty(), known && anything, "{node:?} {}", field.name);
            }
        }
    }
}
