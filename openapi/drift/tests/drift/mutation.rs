//! Random edits of a document, and whether each of them changes its meaning.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// A small generator: a seed gives the same documents on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// One edit.
#[derive(Debug)]
pub(crate) struct Mutation {
    /// Used in failure messages.
    #[expect(dead_code, reason = "for the message of a failing test")]
    pub(crate) what: String,
    /// The edited place.
    pub(crate) at: String,
    /// Whether the edit changes the meaning, and so must be reported.
    pub(crate) matters: bool,
}

/// Edits one place; `None` if the random edit does not apply there.
pub(crate) fn mutate(document: &mut Value, random: &mut Random) -> Option<Mutation> {
    let mut places = Vec::new();
    collect(document, String::new(), &mut places);
    let at = places.get(random.below(places.len()))?.clone();
    let before = document.clone();
    let kind = random.below(8);
    let (parent, key) = at.rsplit_once('/')?;
    let key = key.replace("~1", "/").replace("~0", "~");
    let what = match kind {
        0 | 1 => {
            match document.pointer_mut(parent)? {
                Value::Object(object) => {
                    object.remove(&key);
                }
                Value::Array(items) => {
                    items.remove(key.parse().ok()?);
                }
                _ => return None,
            }
            format!("removed {at}")
        }
        2 => {
            let odd =
                [json!(null), json!(7), json!("odd"), json!([]), json!({}), json!(true), json!({"$ref": "#/nowhere"})];
            let odd = odd[random.below(odd.len())].clone();
            let what = format!("{at} is now {odd}");
            *document.pointer_mut(&at)? = odd;
            what
        }
        3 => {
            let places = [
                "#/components/schemas/Error",
                "#/components/schemas/Pet",
                "#/components/schemas/Dog",
                "#",
                "other.yaml#/a",
                "#/components/responses/Problem",
                "#/paths",
            ];
            let target = places[random.below(places.len())];
            *document.pointer_mut(&at)? = json!({"$ref": target});
            format!("{at} now refers to {target}")
        }
        4 => {
            let keywords = [
                ("unknown", json!(1)),
                ("x-new", json!("a")),
                ("nullable", json!(true)),
                ("maxLength", json!(3)),
                ("type", json!(["string", "null"])),
                ("allOf", json!([{"$ref": "#/components/schemas/Error"}])),
                ("not", json!({"type": "string"})),
                ("enum", json!(["a"])),
                ("required", json!(["id"])),
                ("description", json!("New.")),
                ("$dynamicRef", json!("#a")),
                ("deprecated", json!(true)),
                ("readOnly", json!(true)),
                ("additionalProperties", json!(false)),
                ("if", json!({"type": "null"})),
            ];
            let (keyword, value) = keywords[random.below(keywords.len())].clone();
            document.pointer_mut(&at)?.as_object_mut()?.insert(keyword.to_owned(), value);
            format!("{at} has {keyword}")
        }
        5 => {
            let other = places.get(random.below(places.len()))?.clone();
            let copy = document.pointer(&other)?.clone();
            *document.pointer_mut(&at)? = copy;
            format!("{at} is now a copy of {other}")
        }
        6 => {
            let changed = match document.pointer_mut(&at)? {
                Value::String(text) => json!(format!("{text}2")),
                Value::Bool(flag) => json!(!*flag),
                Value::Number(number) => json!(number.as_f64()? + 1.0),
                _ => return None,
            };
            *document.pointer_mut(&at)? = changed;
            format!("{at} has another value")
        }
        _ => {
            let Value::Object(object) = document.pointer_mut(parent)? else {
                return None;
            };
            let value = object.remove(&key)?;
            object.insert(format!("{key}2"), value);
            format!("{at} was renamed to {key}2")
        }
    };
    // Too deep or too large for any reader.
    if kind == 5 && (depth(document) > 100 || document.to_string().len() > 1_000_000) {
        *document = before;
        return None;
    }
    let matters = *document != before && !means_the_same(&before, document, &at);
    Some(Mutation { what, at, matters })
}

/// Whether one edit was made at or around the other one, and so may have undone it.
pub(crate) fn may_undo(one: &Mutation, other: &Mutation) -> bool {
    let around = |outer: &Mutation, inner: &Mutation| {
        inner.at.strip_prefix(outer.at.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    around(one, other) || around(other, one)
}

/// The rewrites without a change of meaning that these edits can make.
fn means_the_same(before: &Value, after: &Value, at: &str) -> bool {
    let Some((parent, key)) = at.rsplit_once('/') else {
        return false;
    };
    let (was, is) = (before.pointer(at), after.pointer(at));
    let around = |key: &str| before.pointer(parent).and_then(|parent| parent.get(key)).cloned();
    let default = |value: Option<&Value>| value.is_none_or(|value| value == &json!(false));
    // A reference, and a copy of its target.
    if was.is_some() && is.is_some() && followed(before, was) == followed(after, is) {
        return true;
    }
    // An empty text equals none.
    let schema = format!("{at}/").find("/schema/").filter(|end| is_of_text(&at[..*end]));
    if let Some(end) = schema.map(|end| end + "/schema".len()) {
        let texts = [before, after].map(|document| document.pointer(&at[..end]).map(without_null));
        if texts[0] == texts[1] {
            return true;
        }
    }
    if let (Some(was), Some(is)) = (was.and_then(Value::as_object), is.and_then(Value::as_object)) {
        let keys: BTreeSet<&String> = was.keys().chain(is.keys()).filter(|key| was.get(*key) != is.get(*key)).collect();
        let listed = was.get("enum").and_then(Value::as_array).map(Vec::as_slice);
        let values = listed.or_else(|| was.get("const").map(std::slice::from_ref));
        let short = |value: &Value| value.as_str().is_some_and(|text| text.len() <= 3);
        // An unused path item or definition has no meaning.
        let is_for_reference = at == "/components/pathItems" || at.ends_with("/$defs");
        if is_for_reference && keys.iter().all(|key| !was.contains_key(*key)) {
            return true;
        }
        // An encoding without fields has no effect on its part.
        let says_nothing = |key: &String| {
            let values = [was.get(key), is.get(key)].into_iter().flatten();
            values.into_iter().all(|value| value.as_object().is_none_or(serde_json::Map::is_empty))
        };
        if at.ends_with("/encoding") && keys.iter().all(|key| says_nothing(key)) {
            return true;
        }
        match keys.into_iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            // A condition without consequences; and constraints that every value of a list meets, or none.
            ["if"] if !is.contains_key("then") && !is.contains_key("else") => return true,
            ["maxLength"] if values.is_some_and(|values| values.iter().all(short)) => return true,
            // Both versions can express null.
            ["type"] if types(was) == types(is) => return true,
            ["type"] if values.is_some_and(|values| values.iter().all(Value::is_string)) => {
                let is_text = |kind: &Value| kind == "string" || kind[0] == "string";
                return [was, is].iter().all(|schema| schema.get("type").is_none_or(is_text));
            }
            _ => {}
        }
    }
    match key {
        "openapi" => true,
        // Explicit defaults.
        "required" | "explode" | "deprecated" | "nullable" if default(was) && default(is) => true,
        "style" | "explode" if was.is_some() && is.is_none() => true,
        // A path parameter is always required.
        "required" if around("in") == Some(json!("path")) => true,
        "additionalProperties" => [was, is].iter().all(|v| v.is_none_or(|v| v == &json!(true) || v == &json!({}))),
        // The type is implied by the values, or by the other parts.
        "type" if is.is_none() => {
            around("enum").is_some() || around("const").is_some() || is_said_beside(before, parent, was)
        }
        // Nothing refers to an example by name.
        _ if parent.ends_with("/examples") && is.is_none() => {
            let entries =
                |document: &Value| document.pointer(parent).and_then(Value::as_object).map_or(0, |it| it.len());
            entries(before) == entries(after)
        }
        _ => false,
    }
}

/// The target of a reference; any other node unchanged.
fn followed<'v>(document: &'v Value, value: Option<&'v Value>) -> Option<&'v Value> {
    let target = value?.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.map_or(value, |target| document.pointer(target))
}

/// Whether a place belongs to a parameter or header.
fn is_of_text(at: &str) -> bool {
    at.rsplit_once('/').is_some_and(|(list, _)| list.ends_with("/parameters") || list.ends_with("/headers"))
}

/// The types that a schema names, including null.
fn types(schema: &serde_json::Map<String, Value>) -> BTreeSet<&str> {
    let names = match schema.get("type") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        kind => Vec::from_iter(kind.and_then(Value::as_str)),
    };
    let nullable = schema.get("nullable") == Some(&json!(true));
    names.into_iter().chain(nullable.then_some("null")).collect()
}

/// A schema without null and without repetitions.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("nullable");
        match schema.get_mut("type") {
            Some(Value::Array(types)) => {
                types.retain(|kind| kind != "null");
                types.dedup();
            }
            Some(kind) => *kind = json!([kind]),
            None => {}
        }
    }
    schema
}

/// Whether another part of the surrounding `allOf` names the same type.
fn is_said_beside(document: &Value, schema: &str, kind: Option<&Value>) -> bool {
    let Some((parts, own)) = schema.rsplit_once('/').filter(|(parts, _)| parts.ends_with("/allOf")) else {
        return false;
    };
    let parts = document.pointer(parts).and_then(Value::as_array).into_iter().flatten().enumerate();
    let kind_of = |part| followed(document, Some(part)).and_then(|part| part.get("type"));
    parts.filter(|(index, _)| index.to_string() != own).any(|(_, part)| kind_of(part) == kind)
}

/// Whether a document refers to another one.
pub(crate) fn refers_elsewhere(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            let target = object.get("$ref").and_then(Value::as_str);
            target.is_some_and(|target| !target.starts_with('#')) || object.values().any(refers_elsewhere)
        }
        Value::Array(items) => items.iter().any(refers_elsewhere),
        _ => false,
    }
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                collect(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        places.push(at);
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The same document with its keys in another order.
pub(crate) fn shuffled(value: &Value, random: &mut Random) -> String {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<(&String, &Value)> = object.iter().collect();
            for index in (1..entries.len()).rev() {
                entries.swap(index, random.below(index + 1));
            }
            let entries: Vec<String> =
                entries.into_iter().map(|(key, value)| format!("{}:{}", json!(key), shuffled(value, random))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shuffled(item, random)).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}
