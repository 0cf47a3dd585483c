//! Schemas that are valid, but that the generator cannot make a type of.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::{is_composed, of_type};
use zerogate_contract::{Document, NoteKind};

use super::contradiction::contradiction;
use super::finding::{Edit, Finding, Remedy};
use super::schema::type_fits;
use super::union;

pub(super) fn untypable<'d>(document: &Document, path: &Path<'_>, schema: &Map<String, Value>) -> Vec<Finding<'d>> {
    let composed = [
        any_of(document, path, schema),
        contradiction(document, path, schema),
        values_of_all(document, path, schema),
        not(path, schema),
    ];
    let mut found: Vec<Finding<'d>> = composed.into_iter().flatten().collect();
    match schema.get("type").and_then(Value::as_str) {
        Some(kind @ ("object" | "array" | "boolean")) if schema.contains_key("format") => {
            let message = format!("the generator does not support a `format` of type `{kind}`");
            let remedy = Remedy::remove(NoteKind::Exact, path.key("format").render(), "the format was omitted");
            found.push(Finding::limit(&path.key("format"), message, "remove the format", remedy));
        }
        Some(_) => {}
        None => found.extend(untyped(path, schema)),
    }
    found
}

/// Without a `type`, the generator understands objects, arrays, strings and enums, each alone.
fn untyped<'d>(path: &Path<'_>, schema: &Map<String, Value>) -> Option<Finding<'d>> {
    if is_composed(schema) || schema.contains_key("not") {
        return None;
    }
    let said = ["object", "array", "string", "number"].into_iter().filter_map(|kind| {
        let said = of_type(kind).find(|field| schema.contains_key(field.name))?;
        Some((kind, said.name))
    });
    let mut said: Vec<_> = said.collect();
    if schema.contains_key("enum") {
        let null = |value: &Value| value.as_array().is_some_and(|values| values.contains(&Value::Null));
        if schema.get("enum").is_some_and(null) || schema.get("nullable") == Some(&Value::Bool(true)) {
            let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
            let mut values = values.filter(|value| !value.is_null()).peekable();
            let is_any = values.peek().is_some();
            let values: Vec<&Value> = values.collect();
            let fits = |kind: &&str| values.iter().all(|value| type_fits(kind, value));
            let kind = ["string", "boolean", "integer", "number"].into_iter().find(fits);
            let remedy = match kind.filter(|_| is_any) {
                Some(kind) => {
                    let (at, kind) = (path.key("type").render(), Value::from(kind));
                    Remedy::set(NoteKind::Exact, at, kind, "the missing type of the values was added")
                }
                None => Remedy::Any { pointer: path.render() },
            };
            let message = "an `enum` with null needs a `type`";
            return Some(Finding::limit(&path.key("enum"), message, "add the type of the values", remedy));
        }
        said.push(("", "enum"));
    }
    match said.as_slice() {
        [] | [("object" | "array" | "", _) | ("string", "pattern" | "minLength" | "maxLength")] => None,
        [(kind, key)] => {
            let message = format!("the type `{kind}` was assumed, because `{key}` applies only to it");
            let remedy = Remedy::set(NoteKind::Narrowed, path.key("type").render(), json!(kind), message);
            let message = format!("the schema has `{key}`, but no `type`");
            Some(Finding::limit(path, message, format!("add `type: {kind}`"), remedy))
        }
        [(_, one), (_, other), ..] => {
            let message = format!("the schema has both `{one}` and `{other}`, but no `type`");
            Some(Finding::limit(path, message, "add the `type`", Remedy::Any { pointer: path.render() }))
        }
    }
}

/// `anyOf` becomes a struct of flattened options, unless its members have different types. If any member is not an
/// object, that struct compiles but can never be parsed.
fn any_of<'d>(document: &Document, path: &Path<'_>, schema: &Map<String, Value>) -> Option<Finding<'d>> {
    let members = schema.get("anyOf").and_then(Value::as_array)?;
    let all_objects = schema.contains_key("properties") || schema.get("type").is_some_and(|kind| kind == "object");
    let kind = |member| {
        let member = document.resolve(member)?;
        let holds = |key: &str| member.get(key).is_some();
        match member.get("type").and_then(Value::as_str) {
            Some("integer") => Some("number"),
            None if all_objects || holds("properties") || holds("allOf") => Some("object"),
            kind => kind,
        }
    };
    let kinds: Vec<Option<&str>> = members.iter().map(kind).collect();
    let distinct = kinds.iter().flatten().collect::<HashSet<_>>().len() == kinds.len();
    let is_object = kinds.iter().all(|kind| *kind == Some("object"));
    let message = match is_object {
        _ if kinds.len() < 2 || distinct => return None,
        true if union::share_a_property(document, &members.iter().collect::<Vec<_>>()) => {
            "the generator makes a struct of this `anyOf`, in which one branch takes the properties that it shares with another"
        }
        true => return None,
        false => {
            "the type that the generator makes of this `anyOf` can never be parsed: its members are neither all objects nor \
             all of different types"
        }
    };
    let remedy = parseable(document, path, schema, members);
    Some(Finding::limit(&path.key("anyOf"), message, "use `oneOf`, or one type that covers them all", remedy))
}

/// Makes an `anyOf` parseable: an enum next to a string becomes an open enum, else the first branch that fits is used.
fn parseable(document: &Document, path: &Path<'_>, schema: &Map<String, Value>, members: &[Value]) -> Remedy {
    let resolved: Vec<&Value> = members.iter().filter_map(|member| document.resolve(member)).collect();
    let is_text = |member: &Value| member.get("type").is_some_and(|kind| kind == "string");
    let named = resolved.iter().position(|member| is_text(member) && member.get("enum").is_some());
    let any_text = |member: &Value| is_text(member) && member.get("enum").or(member.get("format")).is_none();
    let is_open = |named: &usize| {
        let others = resolved.iter().enumerate().filter(|(index, _)| index != named);
        resolved.len() == members.len() && others.map(|(_, member)| member).all(|member| any_text(member))
    };
    if let Some(member) = named.filter(is_open).and_then(|named| members.get(named)?.as_object()) {
        let mut whole = schema.clone();
        whole.remove("anyOf");
        if member.contains_key("$ref") {
            whole.insert("allOf".to_owned(), json!([member]));
        } else {
            for (key, value) in member {
                whole.entry(key.as_str()).or_insert_with(|| value.clone());
            }
        }
        let message = "an enum next to any string became an enum, which accepts other values too";
        return Remedy::set(NoteKind::Exact, path.render(), Value::Object(whole), message);
    }
    if schema.contains_key("oneOf") {
        return Remedy::Any { pointer: path.render() };
    }
    let edits = [
        Edit::Remove(path.key("anyOf").render()),
        Edit::Set(path.key("oneOf").render(), Value::Array(members.to_vec())),
    ];
    match union::read_as_one(document, &members.iter().collect::<Vec<_>>()) {
        Some(lost) => Remedy::edit(NoteKind::Widened, edits, lost),
        None => Remedy::edit(NoteKind::Exact, edits, "the first branch that fits is used"),
    }
}

/// An enum next to an `allOf` of strings replaces it: the generator fails on the two together.
fn values_of_all<'d>(document: &Document, path: &Path<'_>, schema: &Map<String, Value>) -> Option<Finding<'d>> {
    let members = schema.get("allOf").and_then(Value::as_array)?;
    let values = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty())?;
    let is_text = |member: &Value| {
        document.resolve(member).is_some_and(|member| member.get("type").is_some_and(|kind| kind == "string"))
    };
    let are_texts = values.iter().all(|value| value.is_string() || value.is_null()) && members.iter().all(is_text);
    let (remedy, help) = if are_texts {
        let edits =
            [Edit::Remove(path.key("allOf").render()), Edit::Set(path.key("type").render(), Value::from("string"))];
        (Remedy::edit(NoteKind::Exact, edits, "the `allOf` was omitted in favour of the `enum`"), "remove the `allOf`")
    } else {
        let at = path.key("enum").render();
        (Remedy::remove(NoteKind::Widened, at, "the `enum` was omitted"), "move the `enum` to where it belongs")
    };
    Some(Finding::limit(&path.key("enum"), "the generator does not support an `enum` next to `allOf`", help, remedy))
}

fn not<'d>(path: &Path<'_>, schema: &Map<String, Value>) -> Option<Finding<'d>> {
    let not = schema.get("not").and_then(Value::as_object)?;
    let fits = not.is_empty() || not.keys().all(|key| key == "type" || key == "enum") && not.contains_key("enum");
    (!fits).then(|| {
        let help = "describe what fits instead, or move it to the description";
        let at = path.key("not");
        let remedy = Remedy::remove(NoteKind::Widened, at.render(), "`not` was omitted");
        Finding::limit(&at, "the generator supports `not` only with an `enum`", help, remedy)
    })
}
