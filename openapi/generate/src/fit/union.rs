//! Unions whose branches cannot be distinguished.
//!
//! The generator ignores discriminators: the generated type is read as the first branch that fits. Unless the branches
//! share a required enum property with different values in each, a value of a later branch may be read as an earlier
//! one, and fields that the earlier one lacks are lost. This is only noted, because nothing is rewritten.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, component, default_branch, pointer, reference};

use zerogate_contract::{Note, NoteKind};

/// The maximum depth of `allOf`, and number of compared branches.
const MAX_DEPTH: usize = 16;
const MAX_BRANCHES: usize = 100;

/// An object as the generated type reads it.
#[derive(Default)]
struct Shape<'d> {
    properties: BTreeMap<&'d str, &'d Value>,
    required: BTreeSet<&'d str>,
}

/// Notes for each union which branch may be read as another.
pub(super) fn notes(document: &Document, notes: &mut Vec<Note>) {
    walk(document.value(), &mut |node, at, value| {
        for keyword in ["oneOf", "anyOf"] {
            if node != Node::Schema || value.get(keyword).is_none() {
                continue;
            }
            let at = pointer::join(at, keyword);
            // The default branch is tried last, on purpose.
            let fallback = default_branch(value);
            let is_tagged = |branch: &&Value| fallback.is_none() || reference(branch) != fallback.as_deref();
            let branches = document.value().pointer(&at).and_then(Value::as_array);
            let branches = branches.map(|branches| branches.iter().filter(is_tagged).collect::<Vec<_>>());
            let Some(branches) = branches else { continue };
            let message = match taken_for_another(document, &branches) {
                Some((taken, by)) => format!(
                    "the branches are tried in order, and the first that fits is used: {taken} may be read as {by}, because no \
                     required property has different values in each"
                ),
                None if keyword == "anyOf" => match read_as_one(document, &branches) {
                    Some(message) => message,
                    None => continue,
                },
                None => continue,
            };
            notes.push(Note::new(NoteKind::Widened, document.origin(&at), message));
        }
    });
}

/// The branches that are objects, with their places; `None` if a tag tells them apart.
fn shapes<'d>(document: &'d Document, branches: &[&'d Value]) -> Option<Vec<(usize, Shape<'d>)>> {
    let shapes: Vec<(usize, Shape<'_>)> = branches
        .iter()
        .take(MAX_BRANCHES)
        .enumerate()
        .filter_map(|(index, branch)| Some((index, shape(document, branch)?)))
        .collect();
    let is_whole = shapes.len() == branches.len();
    let has_tag = is_whole && shapes.first()?.1.required.iter().any(|name| is_tag(document, name, &shapes));
    (!has_tag).then_some(shapes)
}

fn name(branches: &[&Value], index: usize) -> String {
    match branches.get(index).and_then(|branch| reference(branch)).and_then(component) {
        Some(name) => format!("`{name}`"),
        None => format!("branch {index}"),
    }
}

/// The first branch that may be read as an earlier one, and that one.
fn taken_for_another(document: &Document, branches: &[&Value]) -> Option<(String, String)> {
    let shapes = shapes(document, branches)?;
    shapes.iter().enumerate().skip(1).find_map(|(place, (later, shape))| {
        let (earlier, _) = shapes.iter().take(place).find(|(_, earlier)| fits(document, shape, earlier))?;
        Some((name(branches, *later), name(branches, *earlier)))
    })
}

/// What is lost if a value fits two branches, neither of which would be read as the other.
pub(super) fn read_as_one(document: &Document, branches: &[&Value]) -> Option<String> {
    let shapes = shapes(document, branches).filter(|_| taken_for_another(document, branches).is_none())?;
    let knows = |shape: &Shape<'_>, other: &Shape<'_>| {
        let mut names = other.properties.keys().chain(&other.required);
        names.all(|name| shape.properties.contains_key(name))
    };
    shapes.iter().enumerate().skip(1).find_map(|(place, (later, shape))| {
        let mut earlier = shapes.iter().take(place).filter(|(_, other)| !knows(other, shape));
        let (earlier, _) = earlier.find(|(_, other)| !is_apart(document, shape, other))?;
        let [one, another] = [earlier, later].map(|index| name(branches, *index));
        Some(format!("a value that fits {one} and {another} is read as one of them: the fields of the other are lost"))
    })
}

/// Whether two branches are objects with a common property.
pub(super) fn share_a_property(document: &Document, branches: &[&Value]) -> bool {
    let mut seen = BTreeSet::new();
    let shapes = branches.iter().take(MAX_BRANCHES).filter_map(|branch| shape(document, branch));
    let names: Vec<&str> = shapes.flat_map(|shape| shape.properties.into_keys()).collect();
    names.into_iter().any(|name| !seen.insert(name))
}

/// Whether no value fits both shapes: one requires a property that the other describes differently.
fn is_apart(document: &Document, shape: &Shape<'_>, other: &Shape<'_>) -> bool {
    shape.required.union(&other.required).any(|name| {
        let (Some(one), Some(another)) = (shape.properties.get(name), other.properties.get(name)) else { return false };
        let said = |schema: &Value, key: &str| document.resolve(schema).and_then(|schema| schema.get(key).cloned());
        let values = |schema| said(schema, "enum").and_then(|values| values.as_array().cloned());
        let kinds = said(one, "type").zip(said(another, "type"));
        let enums = values(one).zip(values(another));
        kinds.is_some_and(|(one, another)| one != another)
            || enums.is_some_and(|(one, another)| !one.iter().any(|value| another.contains(value)))
    })
}

/// Whether every branch requires the property, as a string, with values that no two branches share.
fn is_tag(document: &Document, name: &str, shapes: &[(usize, Shape<'_>)]) -> bool {
    let mut seen = BTreeSet::new();
    shapes.iter().all(|(_, shape)| {
        let schema = shape.properties.get(name).filter(|_| shape.required.contains(name));
        let values = schema.and_then(|schema| document.resolve(schema)?.get("enum")?.as_array());
        values.is_some_and(|values| values.iter().all(|value| value.as_str().is_some_and(|text| seen.insert(text))))
    })
}

/// Whether a value of one shape may be read as another: it may have all that the other requires.
fn fits(document: &Document, shape: &Shape<'_>, other: &Shape<'_>) -> bool {
    let kind = |schema: &Value| document.resolve(schema).and_then(|schema| schema.get("type").cloned());
    other.required.iter().all(|name| match (shape.properties.get(name), other.properties.get(name)) {
        (Some(own), Some(wanted)) => match (kind(own), kind(wanted)) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => true,
        },
        _ => false,
    })
}

/// The properties of a branch, if it is an object.
fn shape<'d>(document: &'d Document, branch: &'d Value) -> Option<Shape<'d>> {
    let mut shape = Shape::default();
    let mut is_object = false;
    let mut open = vec![(document.resolve(branch)?.as_object()?, 0)];
    while let Some((schema, depth)) = open.pop() {
        is_object |= schema.get("type").is_some_and(|kind| kind == "object")
            || ["properties", "required"].iter().any(|key| schema.contains_key(*key));
        let properties = schema.get("properties").and_then(Value::as_object);
        shape.properties.extend(properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)));
        let required = schema.get("required").and_then(Value::as_array);
        shape.required.extend(required.into_iter().flatten().filter_map(Value::as_str));
        if schema.contains_key("oneOf") || schema.contains_key("anyOf") || depth > MAX_DEPTH {
            return None;
        }
        open.extend(parts(document, schema).map(|part| (part, depth + 1)));
    }
    is_object.then_some(shape)
}

fn parts<'d>(document: &'d Document, schema: &'d Map<String, Value>) -> impl Iterator<Item = &'d Map<String, Value>> {
    let parts = schema.get("allOf").and_then(Value::as_array);
    parts.into_iter().flatten().filter_map(|part| document.resolve(part)?.as_object())
}
