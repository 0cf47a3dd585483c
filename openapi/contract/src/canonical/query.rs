//! A query that is described as a whole. If it is a form, its fields become the parameters that an earlier version
//! would use.

use std::iter;

use serde_json::{Map, Value, json};

use super::rewriting::Rewriting;
use crate::document::reference;
use crate::media::essence;
use crate::methods;
use crate::pointer;
use crate::vocabulary::Node;
use crate::walk::walk;

const FORM: &str = "application/x-www-form-urlencoded";
const MAX_CHAIN: usize = 16;

/// Whether a parameter's location is the whole query.
pub(super) fn is_whole(place: Option<&Value>) -> bool {
    place.is_some_and(|place| place == "querystring")
}

/// Replaces each whole query that is a form by its fields.
pub(super) fn fields(value: &mut Value, rewriting: &mut Rewriting) {
    let mut found = Vec::new();
    walk(value, &mut |node, at, item| {
        if node != Node::PathItem {
            return;
        }
        let of_item = (pointer::join(at, "parameters"), item.get("parameters"));
        let of_operations = methods::operations(item)
            .map(|(method, operation)| (pointer::join(&method.at(at), "parameters"), operation.get("parameters")));
        let lists: Vec<_> = iter::once(of_item).chain(of_operations).collect();
        let is_in_query = |list: Option<&Value>| {
            let parameters = list.and_then(Value::as_array).into_iter().flatten();
            parameters
                .filter_map(|node| resolved(value, node, ""))
                .filter(|(it, _)| it.get("in").is_some_and(|place| place == "query" || is_whole(Some(place))))
                .count()
        };
        let shared = lists.first().map_or(0, |(_, list)| is_in_query(*list));
        let most = lists.iter().skip(1).map(|(_, list)| is_in_query(*list)).max().unwrap_or_default();
        for (place, (list_at, list)) in lists.into_iter().enumerate() {
            // Beside another query parameter it is a mistake, which the check reports.
            if is_in_query(list) + if place == 0 { most } else { shared } != 1 {
                continue;
            }
            for (index, node) in list.and_then(Value::as_array).into_iter().flatten().enumerate() {
                let parameter = resolved(value, node, &pointer::join(&list_at, &index.to_string()));
                let parts = parameter.and_then(|(parameter, at)| parts(value, parameter, &at));
                found.extend(parts.map(|parts| (list_at.clone(), index, parts)));
            }
        }
    });
    for (at, index, parts) in found {
        let Some(list) = value.pointer_mut(&at).and_then(Value::as_array_mut) else { continue };
        let place = |index: usize| pointer::join(&at, &index.to_string());
        // From the last one: moves are undone in reverse order.
        let behind = (index + 1..list.len()).rev();
        rewriting.moved.extend(behind.map(|behind| (place(behind + parts.len() - 1), place(behind))));
        let (parameters, schemas): (Vec<Value>, Vec<String>) = parts.into_iter().unzip();
        for (place_of, from) in (index..).map(place).zip(schemas) {
            rewriting.moved.push((place_of.clone(), place(index)));
            rewriting.moved.push((pointer::join(&place_of, "schema"), from));
        }
        list.splice(index..=index, parameters);
    }
}

/// The parameters for a whole query, each with the pointer of its schema.
fn parts(root: &Value, parameter: &Value, at: &str) -> Option<Vec<(Value, String)>> {
    const SAID: [&str; 6] = ["type", "properties", "required", "title", "description", "additionalProperties"];
    if !is_whole(parameter.get("in")) {
        return None;
    }
    let content = parameter.get("content")?.as_object()?;
    let (name, media) = content.iter().next().filter(|(name, _)| content.len() == 1 && essence(name) == FORM)?;
    let at = pointer::join(&pointer::join(&pointer::join(at, "content"), name), "schema");
    let (schema, at) = resolved(root, media.get("schema").filter(|_| media.get("encoding").is_none())?, &at)?;
    let whole = schema.as_object().filter(|schema| schema.keys().all(|key| SAID.contains(&key.as_str())))?;
    if whole.get("additionalProperties").is_some_and(|more| !more.is_boolean()) {
        return None;
    }
    let required: Vec<&str> =
        whole.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    // In an optional query, a required field is required only if the query is present.
    if !required.is_empty() && parameter.get("required") != Some(&Value::Bool(true)) {
        return None;
    }
    let properties = whole.get("properties")?.as_object().filter(|properties| !properties.is_empty())?;
    let part = |(name, schema): (&String, &Value)| {
        let mut part = json!({ "name": name, "in": "query", "schema": schema });
        if required.contains(&name.as_str()) {
            part["required"] = Value::Bool(true);
        }
        let from = pointer::join(&pointer::join(&at, "properties"), name);
        is_written_by_name(root, schema).then_some((part, from))
    };
    properties.iter().map(part).collect()
}

/// Whether a form has the value under its field's name: one value, or several with that name.
fn is_written_by_name(root: &Value, schema: &Value) -> bool {
    let kind = |schema: &Map<String, Value>| schema.get("type").and_then(Value::as_str).map(str::to_owned);
    let is_single = |schema: &Value| {
        let found = resolved(root, schema, "").and_then(|(schema, _)| kind(schema.as_object()?));
        found.is_some_and(|kind| matches!(kind.as_str(), "string" | "integer" | "number" | "boolean"))
    };
    let Some((found, _)) = resolved(root, schema, "") else { return false };
    let is_list = found.get("type").is_some_and(|kind| kind == "array");
    if is_list { found.get("items").is_some_and(is_single) } else { is_single(found) }
}

/// The target of a node, and its pointer.
fn resolved<'v>(root: &'v Value, node: &'v Value, at: &str) -> Option<(&'v Value, String)> {
    let (mut node, mut at) = (node, at.to_owned());
    for _ in 0..MAX_CHAIN {
        let Some(target) = reference(node) else { return Some((node, at)) };
        at = pointer::of_reference(target)?.into_owned();
        node = root.pointer(&at)?;
    }
    None
}
