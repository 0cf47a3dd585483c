//! Objects that are described in several schemas, made one.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use zerogate_contract::vocabulary::{Node, of_type, refuses};
use zerogate_contract::walk::walk_mut;
use zerogate_contract::{Document, Note, NoteKind, pointer};

use super::value::{entries, parts};

/// Makes one object of each `anyOf` whose branches are objects that go together, and of a `oneOf` whose branches require
/// fields of which one has all that another has.
///
/// A value may fit several branches. The generator makes an enum of them, whose value is what one branch knows: what the
/// others know of it would be lost. Branches that are components keep their types; what that costs is told.
pub(super) fn any_of(document: &mut Document, notes: &mut Vec<Note>) {
    let mut merged = Vec::new();
    document.rewrite(|root| {
        let mut moved = Vec::new();
        walk_mut(root, &mut |node, at, value| {
            let Some(schema) = value.as_object_mut().filter(|_| node == Node::Schema) else { return };
            let Some((keyword, one)) =
                ["anyOf", "oneOf"].into_iter().find_map(|keyword| Some((keyword, one_object(schema, keyword)?)))
            else {
                return;
            };
            let properties = |at: &str, name: &str| pointer::join(&pointer::join(at, "properties"), name);
            moved.extend(
                one.taken.iter().map(|(branch, name)| {
                    (properties(at, name), properties(&format!("{at}/{keyword}/{branch}"), name))
                }),
            );
            merged.push((pointer::join(at, keyword), one.message));
            *schema = one.whole;
        });
        moved
    });
    notes.extend(merged.into_iter().map(|(at, message)| Note::new(NoteKind::Widened, document.origin(&at), message)));
}

/// An object that takes whatever fits a schema with branches.
struct One {
    whole: Map<String, Value>,
    /// The properties that it has of its branches.
    taken: Vec<(usize, String)>,
    message: &'static str,
}

fn one_object(schema: &Map<String, Value>, keyword: &str) -> Option<One> {
    let branches = schema.get(keyword)?.as_array()?;
    let branches: Vec<&Map<String, Value>> = branches.iter().map(Value::as_object).collect::<Option<_>>()?;
    let mut whole = schema.clone();
    whole.remove(keyword);
    whole.remove("discriminator");
    let only_require = branches
        .iter()
        .all(|branch| branch.contains_key("required") && branch.keys().all(|key| key == "required" || !refuses(key)));
    let is_described = |branch: &&Map<String, Value>| branch.contains_key("type") || branch.contains_key("properties");
    let is_composed = whole.contains_key("allOf");
    if branches.len() < 2
        || !(only_require || (!is_composed && branches.iter().all(is_described)))
        || !branches.iter().all(|branch| is_plain(branch, &[]))
        || !is_plain(&whole, &["nullable", "allOf"])
        || (!only_require && is_typed_map(&whole))
        || branches.iter().any(|branch| is_typed_map(branch))
    {
        return None;
    }
    let of_branches: Vec<BTreeSet<&str>> = branches.iter().map(|branch| required(branch)).collect();
    let overlap = || {
        let mut others = of_branches
            .iter()
            .enumerate()
            .skip(1)
            .flat_map(|(index, one)| of_branches.iter().take(index).map(move |other| (one, other)));
        others.any(|(one, other)| one.is_subset(other) || other.is_subset(one))
    };
    if keyword == "oneOf" && !(only_require && overlap()) {
        return None;
    }
    let mut properties = whole.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut taken = Vec::new();
    for (index, branch) in branches.iter().enumerate() {
        for (name, property) in entries(branch, "properties") {
            match properties.get(name) {
                Some(known) if known == property || *property == json!({}) => continue,
                Some(known) if *known != json!({}) => return None,
                _ => {}
            }
            properties.insert(name.clone(), property.clone());
            taken.push((index, name.clone()));
        }
    }
    for name in of_branches.iter().flatten().filter(|_| !is_composed) {
        properties.entry(*name).or_insert_with(|| json!({}));
    }
    let in_all = |name: &&&str| of_branches.iter().all(|names| names.contains(**name));
    let common = of_branches.first()?.iter().filter(in_all);
    let required = required(&whole).into_iter().chain(common.copied()).map(str::to_owned).collect();
    let is_open = branches.iter().any(|branch| is_open(branch));
    finish(&mut whole, properties, &required, is_open);
    let message = match only_require {
        true => "which of the fields are required together is not checked",
        false => "the branches were made one object: which of its fields go together is not checked",
    };
    Some(One { whole, taken, message })
}

/// An object that takes whatever fits all parts of a composed schema, and any JSON for some of its properties; if that
/// can be said as one object.
pub(super) fn all_of(
    document: &Document,
    schema: &Map<String, Value>,
    any: &BTreeSet<&str>,
) -> Option<Map<String, Value>> {
    let parts = parts(document, schema);
    if parts.iter().any(|part| !is_plain(part, &["nullable", "allOf"]) || is_typed_map(part)) {
        return None;
    }
    let mut whole = schema.clone();
    whole.remove("allOf");
    let mut properties = Map::new();
    for (name, property) in parts.iter().flat_map(|part| entries(part, "properties")) {
        let said = match properties.remove(name) {
            _ if any.contains(name.as_str()) => json!({}),
            Some(known) if known != *property => json!({ "allOf": [known, property] }),
            _ => property.clone(),
        };
        properties.insert(name.clone(), said);
    }
    let required = parts.iter().flat_map(|part| required(part)).map(str::to_owned).collect();
    let is_open = parts.iter().any(|part| is_open(part));
    finish(&mut whole, properties, &required, is_open);
    Some(whole)
}

/// Writes what is known of an object into the schema that is left of it.
fn finish(whole: &mut Map<String, Value>, properties: Map<String, Value>, required: &BTreeSet<String>, is_open: bool) {
    let is_composed = whole.contains_key("allOf");
    for (key, is_said, value) in [
        ("type", !is_composed, json!("object")),
        ("required", !required.is_empty(), json!(required)),
        ("properties", !properties.is_empty(), Value::Object(properties)),
        ("additionalProperties", is_open, json!({})),
    ] {
        if is_said {
            whole.insert(key.to_owned(), value);
        }
    }
}

/// Whether a schema says nothing of its values but what an object says, and some keywords more.
fn is_plain(schema: &Map<String, Value>, more: &[&str]) -> bool {
    schema.iter().all(|(key, value)| match key.as_str() {
        "type" => value == "object",
        "nullable" => more.contains(&"nullable") || *value != Value::Bool(true),
        key => !refuses(key) || more.contains(&key) || of_type("object").any(|field| field.name == key),
    })
}

/// Whether what a schema does not name has to be of a type.
fn is_typed_map(schema: &Map<String, Value>) -> bool {
    schema.get("additionalProperties").and_then(Value::as_object).is_some_and(|more| !more.is_empty())
}

/// Whether a schema says that what it does not name is welcome.
fn is_open(schema: &Map<String, Value>) -> bool {
    schema.get("additionalProperties").is_some_and(|more| *more == Value::Bool(true) || more.is_object())
}

fn required(schema: &Map<String, Value>) -> BTreeSet<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
