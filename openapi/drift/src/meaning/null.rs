//! Whether alternatives allow null.

use serde_json::{Map, Value};
use zerogate_contract::reference;

use super::said::only_types;
use super::types::Types;
use crate::node::{Node, Slot};
use crate::seen::Seen;
use crate::side::Side;

/// The maximum number of schemas to ask whether an alternative allows null.
const MAX_NULLS: usize = 100;

/// Takes the alternatives for null alone out of a union. Returns whether null is allowed.
pub(crate) fn of_union<'d>(side: &Side<'d>, keyword: &str, branches: &mut Vec<Slot<'d>>, seen: &mut Seen) -> bool {
    let before = branches.len();
    branches.retain(|branch| !branch.parts.iter().any(|part| is_null(side, part, seen)));
    let alone = before - branches.len();
    // A single alternative that is left says by itself whether it allows null.
    if alone == 0 && branches.len() < 2 {
        return false;
    }
    // Null that a single alternative allows is allowed by all of them together. Null of two does not match exactly one.
    let nulls = alone + branches.iter().filter(|branch| lets_null(side, branch)).count();
    nulls == 1 || nulls > 1 && keyword == "anyOf"
}

/// Whether an alternative says that null is allowed.
fn lets_null<'d>(side: &Side<'d>, branch: &Slot<'d>) -> bool {
    let mut budget = MAX_NULLS;
    branch.only().and_then(|node| of_null(side, node, &mut budget)) == Some(true)
}

/// Whether a schema allows null, itself or by what it refers to or joins; `None` if it does not say.
fn of_null<'d>(side: &Side<'d>, node: &Node<'d>, budget: &mut usize) -> Option<bool> {
    *budget = budget.checked_sub(1)?;
    let object = node.object()?;
    let both = |one: Option<bool>, other: Option<bool>| match (one, other) {
        (Some(one), Some(other)) => Some(one && other),
        (one, other) => one.or(other),
    };
    let target = side.referred(node).map(|target| side.target(target));
    let mut found = target.as_ref().and_then(|target| of_null(side, target.as_ref()?, budget));
    if target.is_some() && !side.modern {
        return found;
    }
    let is_marked = !side.modern && node.flag("nullable");
    found = both(
        found,
        object.get("type").map(|types| match types {
            Value::Array(names) => names.iter().any(|name| name == "null"),
            name => name == "null" || is_marked,
        }),
    );
    found = both(found, object.get("enum").and_then(Value::as_array).map(|values| values.contains(&Value::Null)));
    found = both(found, object.get("const").map(Value::is_null));
    let excluded = node.get("not").and_then(|not| only_types(side, &not));
    found = both(found, excluded.filter(|types| types.meets(Types::NULL)).map(|_| false));
    let inner = |keyword: &str| node.get(keyword).map(|list| list.items()).unwrap_or_default();
    for member in inner("allOf") {
        found = both(found, of_null(side, &member, budget));
    }
    for keyword in ["anyOf", "oneOf"] {
        let branches: Vec<_> = inner(keyword).iter().map(|branch| of_null(side, branch, budget)).collect();
        let of_any = match branches.iter().filter(|branch| **branch == Some(true)).count() {
            0 if branches.is_empty() || branches.contains(&None) => None,
            count => Some(count == 1 || count > 1 && keyword == "anyOf"),
        };
        found = both(found, of_any);
    }
    if is_marked && !object.contains_key("type") { Some(true) } else { found }
}

/// Whether a schema allows only null.
fn is_null<'d>(side: &Side<'d>, node: &Node<'d>, seen: &mut Seen) -> bool {
    let Some(found) = side.resolve(node, seen) else {
        return false;
    };
    let alone = |value: &Value| matches!(value.as_array().map(Vec::as_slice), Some([Value::Null]));
    let marked = |object: &Map<String, Value>| object.len() == 1 && found.flag("nullable");
    // 3.0 has no type null: an alternative for null alone is written like this.
    let null = !side.modern && found.object().is_some_and(marked)
        || found.value.get("type").is_some_and(|types| match types {
            Value::String(name) => name == "null",
            Value::Array(names) => !names.is_empty() && names.iter().all(|name| name == "null"),
            _ => false,
        })
        || found.value.get("const").is_some_and(Value::is_null)
        || found.value.get("enum").is_some_and(alone);
    let plain = |value: &Value| {
        value.as_object().is_some_and(|object| {
            object.keys().all(|key| matches!(key.as_str(), "type" | "const" | "enum" | "nullable"))
        })
    };
    let null =
        null && plain(found.value) && (reference(node.value).is_none() || node.object().is_some_and(|o| o.len() == 1));
    if null {
        seen.whole(node);
        seen.keys(&found);
    }
    null
}
