//! The rewrites that make a document fit, by pointers into the document.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};
use zerogate_contract::vocabulary::{COMPOSITIONS, Node};
use zerogate_contract::walk::{field_at, walk_mut};
use zerogate_contract::{pointer, reference};

/// A pointer as a sort key: indices sort as numbers.
pub(super) fn place(at: &str) -> Vec<(Option<usize>, String)> {
    pointer::tokens(at).map(|token| (token.parse().ok(), token.into_owned())).collect()
}

pub(super) fn set(value: &mut Value, at: &str, new: Value) {
    if let Some(old) = value.pointer_mut(at) {
        *old = new;
    } else if let Some((parent, key)) = at.rsplit_once('/')
        && let Some(parent) = value.pointer_mut(parent)
        && let Some(key) = pointer::tokens(&format!("/{key}")).next().map(std::borrow::Cow::into_owned)
    {
        if let Value::Object(parent) = parent {
            parent.insert(key, new);
        }
    } else if let Some((parent, _)) = at.rsplit_once('/') {
        // A property of a schema without properties.
        set(value, parent, json!({}));
        if value.pointer(parent).is_some() {
            set(value, at, new);
        }
    }
}

/// Removes a node; returns the remaining length if it was in a sequence.
pub(super) fn take(value: &mut Value, at: &str) -> Option<usize> {
    let (parent, _) = at.rsplit_once('/')?;
    let key = pointer::tokens(at).last()?;
    match value.pointer_mut(parent)? {
        Value::Object(parent) => {
            parent.remove(key.as_ref());
            None
        }
        Value::Array(items) => {
            let index = key.parse::<usize>().ok().filter(|index| *index < items.len())?;
            items.remove(index);
            Some(items.len())
        }
        _ => None,
    }
}

/// The places of parameters and of references to them. Removes those in `components`.
pub(super) fn parameters(value: &mut Value, dropped: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    walk_mut(value, &mut |node, at, value| {
        let is_dropped = |at: &str| dropped.contains(at);
        let target = reference(value).and_then(pointer::of_reference);
        if node == Node::Parameter && (is_dropped(at) || target.is_some_and(|target| is_dropped(&target))) {
            found.push(at.to_owned());
        }
    });
    found
}

/// Moves null from components to the references to them.
pub(super) fn null_where_used(value: &mut Value, components: &[String], moved: &mut Vec<(String, String)>) {
    if components.is_empty() {
        return;
    }
    let places: HashSet<String> = components.iter().map(|name| pointer::of_schema(name)).collect();
    for at in &places {
        if let Some(schema) = value.pointer_mut(at).and_then(Value::as_object_mut) {
            schema.remove("nullable");
        }
    }
    walk_mut(value, &mut |node, here, value| {
        if node != Node::Schema {
            return;
        }
        let leads_there = |value: &Value| {
            reference(value).and_then(pointer::of_reference).is_some_and(|target| places.contains(target.as_ref()))
        };
        let is_branch = field_at(here).is_some_and(|field| COMPOSITIONS.contains(&field.name));
        if leads_there(value) && !is_branch {
            moved.push((format!("{here}/allOf/0"), here.to_owned()));
            *value = json!({ "allOf": [value.clone()], "nullable": true });
            return;
        }
        // Null fits if one branch accepts it, or if all parts do.
        let members = |key: &str| value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let fits = ["anyOf", "oneOf"].into_iter().flat_map(members).any(leads_there)
            || matches!(members("allOf"), [only] if leads_there(only));
        if let Some(schema) = value.as_object_mut().filter(|_| fits) {
            schema.insert("nullable".to_owned(), Value::Bool(true));
        }
    });
}

/// Renames component schemas everywhere.
pub(super) fn rename(value: &mut Value, renamed: &[(String, String)], moved: &mut Vec<(String, String)>) {
    let mut targets: HashMap<String, String> = HashMap::new();
    for (from, to) in renamed {
        if let Some(schemas) = value.pointer_mut(pointer::SCHEMAS).and_then(Value::as_object_mut)
            && let Some(schema) = schemas.remove(from)
        {
            schemas.insert(to.clone(), schema);
        }
        let [old, new] = [from, to].map(|name| pointer::of_schema(name));
        moved.push((new.clone(), old.clone()));
        targets.insert(old, new);
    }
    if targets.is_empty() {
        return;
    }
    walk_mut(value, &mut |_, _, value| {
        let target = reference(value).and_then(pointer::of_reference);
        if let Some(new) = target.and_then(|target| targets.get(target.as_ref()))
            && let Some(holder) = value.as_object_mut()
        {
            holder.insert("$ref".to_owned(), Value::from(format!("#{new}")));
        }
    });
}
