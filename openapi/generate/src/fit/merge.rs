//! Merges several schemas of an object into one.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use zerogate_contract::vocabulary::{Node, of_type, refuses};
use zerogate_contract::walk::walk_mut;
use zerogate_contract::{Document, Note, NoteKind, pointer};

use super::value::{entries, parts};

/// Merges the branches of an `anyOf` if they are compatible objects, and those of a `oneOf` if they only require
/// different fields and one branch requires all that another does.
///
/// A value may fit several branches. The generator would make an enum, whose value has only the fields of one branch:
/// the others would be lost. Branches that are components keep their types, with a note about the loss.
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

/// An object that accepts everything that fits a schema with branches.
struct One {
    whole: Map<String, Value>,
    /// The properties that come from its branches.
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
        true => "it is not checked which fields are required together",
        false => "the branches became one object: it is not checked which of its fields belong together",
    };
    Some(One { whole, taken, message })
}

/// An object that accepts everything that fits all parts of a composed schema, with any JSON for some of its
/// properties; `None` if one object cannot express that.
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

/// Writes the facts about an object into the rest of its schema.
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

/// Whether a schema has only keywords for objects, and some others.
fn is_plain(schema: &Map<String, Value>, more: &[&str]) -> bool {
    schema.iter().all(|(key, value)| match key.as_str() {
        "type" => value == "object",
        "nullable" => more.contains(&"nullable") || *value != Value::Bool(true),
        key => !refuses(key) || more.contains(&key) || of_type("object").any(|field| field.name == key),
    })
}

/// Whether unnamed properties must have a type.
fn is_typed_map(schema: &Map<String, Value>) -> bool {
    schema.get("additionalProperties").and_then(Value::as_object).is_some_and(|more| !more.is_empty())
}

/// Whether a schema explicitly allows unnamed properties.
pub(super) fn is_open(schema: &Map<String, Value>) -> bool {
    schema.get("additionalProperties").is_some_and(|more| *more == Value::Bool(true) || more.is_object())
}

fn required(schema: &Map<String, Value>) -> BTreeSet<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
