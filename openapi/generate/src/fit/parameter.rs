//! Parameters: each one, and together with the path template of their operation.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};
use zerogate_contract::names::snake;
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::refuses;
use zerogate_contract::{Document, NoteKind};

use super::finding::{Finding, Remedy};
use super::schema::{is_nullable, is_object, is_plain};
use super::value::is_true;

pub(super) const LOCATIONS: [&str; 5] = ["cookie", "header", "path", "query", "querystring"];

/// The parameters of an operation by name and location, with their places.
pub(super) type Parameters<'d> = BTreeMap<(&'d str, &'d str), (String, &'d Value)>;

/// What the generated code cannot write in the location of the parameter.
pub(super) fn unwritable<'d>(
    document: &Document,
    path: &Path<'_>,
    location: &str,
    parameter: &Map<String, Value>,
    schema: &Value,
) -> Option<Finding<'d>> {
    let remedy = without(path, parameter);
    let path = &path.key("schema");
    let help = "use a string, a number or a boolean";
    if is_nullable(document, schema) {
        let message = format!("the generated code cannot write null into a {location}");
        let remedy = Remedy::set(NoteKind::Narrowed, path.render(), not_null(document, schema), "null cannot be sent");
        return Some(Finding::limit(
            path,
            message,
            "remove `nullable`, and make the parameter optional instead",
            remedy,
        ));
    }
    match location {
        "path" | "header" if !is_plain(document, schema) => {
            let message = format!("the generated code cannot write an object or an array into a {location}");
            Some(Finding::limit(path, message, help, remedy))
        }
        "query" if is_object(document, schema) => {
            Some(Finding::limit(path, "the generated code cannot write an object into a query", help, remedy))
        }
        "query" => query_list(document, path, parameter, schema, remedy),
        _ => None,
    }
}

/// The schema without null.
fn not_null(document: &Document, schema: &Value) -> Value {
    let mut plain = document.resolve(schema).and_then(Value::as_object).cloned().unwrap_or_default();
    plain.remove("nullable");
    if let Some(values) = plain.get_mut("enum").and_then(Value::as_array_mut) {
        values.retain(|value| !value.is_null());
    }
    match plain.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) if plain.keys().all(|key| key == "allOf" || !refuses(key)) => only.clone(),
        _ => Value::Object(plain),
    }
}

/// A sequence in a query: the generated code always repeats the key for each item.
fn query_list<'d>(
    document: &Document,
    path: &Path<'_>,
    parameter: &Map<String, Value>,
    schema: &Value,
    without: Remedy,
) -> Option<Finding<'d>> {
    let items = document
        .resolve(schema)
        .filter(|schema| schema.get("type").is_some_and(|kind| kind == "array") || schema.get("items").is_some())
        .map(|schema| schema.get("items"));
    let items = items?;
    if items.is_some_and(|items| says_something(items) && !is_plain(document, items)) {
        let message = "the generated code cannot write objects or arrays within an array into a query";
        Some(Finding::limit(path, message, "use strings, numbers or booleans as items", without))
    } else if let Some(items) = items.filter(|items| is_nullable(document, items)) {
        let message = "the generated code cannot write null into a query";
        let (at, items) = (path.key("items").render(), not_null(document, items));
        let remedy = Remedy::set(NoteKind::Narrowed, at, items, "null cannot be sent");
        Some(Finding::limit(&path.key("items"), message, "remove `nullable`", remedy))
    } else if parameter.get("explode") == Some(&Value::Bool(false))
        && parameter.get("style").is_none_or(|style| style == "form")
    {
        let mut text = json!({ "type": "string" });
        if let Some(description) = schema.get("description") {
            text["description"] = description.clone();
        }
        let message = "it is one string: separate the values by commas";
        let remedy = Remedy::set(NoteKind::Widened, path.render(), text, message);
        let message = "the generated code repeats a query parameter for each of its values, whatever `explode` says";
        Some(Finding::limit(path, message, "use a string, with commas between the values", remedy))
    } else {
        None
    }
}

/// A parameter for the whole query leaves no room for another one.
pub(super) fn one_query<'d>(path: &Path<'_>, all: &Parameters<'_>) -> Option<Finding<'d>> {
    let of = |wanted: &'static str| all.keys().filter(move |(_, location)| *location == wanted).map(|(name, _)| *name);
    let whole = of("querystring").next()?;
    let other = of("query").chain(of("querystring").skip(1)).next()?;
    let message = format!("`{whole}` is the whole query, but `{other}` is also in the query");
    Some(Finding::wrong(path, message, "remove one of the two"))
}

/// The generator identifies a parameter by its name alone, and the generated method by that name in snake case.
pub(super) fn equal_names<'d>(document: &Document, path: &Path<'_>, all: &Parameters<'_>) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    let mut seen: HashMap<String, (&str, &str)> = HashMap::new();
    for (name, location) in all.keys() {
        let Some((other, elsewhere)) = seen.insert(snake(name), (name, location)) else { continue };
        // Dropping one of the two resolves it, if that one is optional.
        let both = [(*name, *location), (other, elsewhere)];
        let mut optional = both.iter().filter_map(|key| all.get(key)).filter(|(_, node)| {
            let parameter = document.resolve(node).and_then(Value::as_object);
            parameter.is_some_and(|parameter| !is_true(parameter, "required"))
        });
        let remedy = optional.next().map_or(Remedy::Least, |(at, _)| Remedy::DropParameter { pointer: at.clone() });
        let message = if other == *name {
            format!("`{name}` is both a {elsewhere} and a {location} parameter: the generator confuses them")
        } else {
            format!("the parameters `{other}` and `{name}` would both become the argument `{}`", snake(name))
        };
        found.push(Finding::limit(path, message, "rename one of the two", remedy));
    }
    found
}

/// Parameters whose name is also a method of the operation's builder.
pub(super) fn reserved_names<'d>(
    document: &Document,
    path: &Path<'_>,
    has_body: bool,
    all: &Parameters<'_>,
) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    for ((name, location), (at, node)) in all {
        let argument = snake(name);
        let of_body = has_body && matches!(argument.as_str(), "body" | "body_map");
        if !of_body && !matches!(argument.as_str(), "header_map" | "new" | "send") {
            continue;
        }
        let parameter = document.resolve(node).and_then(Value::as_object);
        let remedy = match parameter.filter(|parameter| !is_true(parameter, "required")) {
            Some(_) => Remedy::DropParameter { pointer: at.clone() },
            None => Remedy::Least,
        };
        let message = format!(
            "the {location} parameter would become the argument `{argument}`, which the generated code already has"
        );
        found.push(Finding::limit(path, message, format!("use another name than `{name}`"), remedy));
    }
    found
}

/// Drops a parameter if it is optional.
pub(super) fn without(path: &Path<'_>, parameter: &Map<String, Value>) -> Remedy {
    if is_true(parameter, "required") { Remedy::Least } else { Remedy::DropParameter { pointer: path.render() } }
}

/// Whether a schema is more than `{}`.
fn says_something(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| !schema.is_empty())
}
