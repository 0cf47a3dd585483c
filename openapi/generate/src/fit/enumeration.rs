//! Enums: values of the wrong type, repeated values, and values that become the same variant.

use std::collections::HashMap;

use serde_json::{Map, Value};
use zerogate_contract::NoteKind;
use zerogate_contract::names::pascal;
use zerogate_contract::pointer::Path;

use super::finding::{Finding, Remedy};
use super::schema::type_fits;
use super::value::is_true;

pub(super) fn enumeration<'d>(path: &Path<'_>, schema: &Map<String, Value>) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    let Some(values) = schema.get("enum").and_then(Value::as_array) else { return found };
    let path = &path.key("enum");
    if values.is_empty() {
        let remedy = Remedy::remove(NoteKind::Widened, path.render(), "an `enum` without values was omitted");
        found.push(Finding::limit(
            path,
            "the `enum` has no values, so nothing fits it",
            "add a value, or remove `enum`",
            remedy,
        ));
    }
    let mut seen: HashMap<&Value, usize> = HashMap::new();
    for (index, value) in values.iter().enumerate() {
        let at = &path.item(index);
        if let Some(first) = seen.insert(value, index) {
            let message = format!("the value `{}` is repeated, first at {first}", shown(value));
            let remedy = Remedy::remove(NoteKind::Exact, at.render(), "the repeated value was omitted");
            found.push(Finding::limit(at, message, "remove one of the two", remedy));
        }
        found.extend(self::value(at, schema, value));
    }
    let mut values: Vec<&Value> = seen.into_keys().filter(|value| !value.is_null()).collect();
    values.sort_by_key(|value| value.to_string());
    found.extend(variants(path, schema, &values));
    found
}

fn value<'d>(path: &Path<'_>, schema: &Map<String, Value>, value: &Value) -> Option<Finding<'d>> {
    let kind = schema.get("type").and_then(Value::as_str)?;
    if value.is_null() && !is_true(schema, "nullable") {
        // An author who lists null means it.
        let remedy = match path {
            Path::Item(Path::Key(schema, _), _) => {
                let at = schema.key("nullable").render();
                Remedy::set(NoteKind::Widened, at, Value::Bool(true), "null is listed, so it is accepted")
            }
            _ => Remedy::Least,
        };
        let message = "the `enum` has null, but the schema is not nullable";
        Some(Finding::limit(path, message, "add `nullable: true`", remedy))
    } else if !value.is_null() && !type_fits(kind, value) {
        let help = if kind == "string" { "quote it" } else { "correct the value, or the `type`" };
        let message = format!("the value `{}` is not of type `{kind}`", shown(value));
        Some(Finding::limit(path, message, help, any_value(path)))
    } else {
        None
    }
}

/// Values that would become the same variant, and values of several types without a `type`.
fn variants<'d>(path: &Path<'_>, schema: &Map<String, Value>, values: &[&Value]) -> Option<Finding<'d>> {
    let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    if texts.len() < values.len() {
        let kind = |value: &Value| std::mem::discriminant(value);
        let mixed = values.windows(2).any(|pair| kind(pair[0]) != kind(pair[1]));
        let message = "the values have several types, but the schema has no `type`";
        return (mixed && !schema.contains_key("type"))
            .then(|| Finding::limit(path, message, "make them all strings", any_value(path)));
    }
    // The generator's two attempts: it accepts the second if that gives distinct names.
    let plain = |text: &str| pascal(text);
    let marked = |text: &str| pascal(&text.replace(|c: char| c == '_' || !c.is_alphanumeric(), "X"));
    if equal_pair(&texts, plain).is_some()
        && let Some((one, other)) = equal_pair(&texts, marked)
    {
        let message = format!("the values `{one}` and `{other}` would both become the variant `{}`", marked(one));
        let help = "remove one, or remove the `enum` and list the values in the description";
        return Some(Finding::limit(path, message, help, any_value(path)));
    }
    None
}

/// Without the `enum` at this place or around it, any value of the type fits.
fn any_value(path: &Path<'_>) -> Remedy {
    let at = match path {
        Path::Item(values, _) => values.render(),
        other => other.render(),
    };
    Remedy::remove(NoteKind::Widened, at, "the `enum` was omitted: any value of the type is accepted")
}

fn equal_pair<'t>(texts: &[&'t str], name: impl Fn(&str) -> String) -> Option<(&'t str, &'t str)> {
    let mut seen = HashMap::new();
    texts.iter().find_map(|text| seen.insert(name(text), *text).map(|other| (other, *text)))
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= 60 { text } else { text.chars().take(60).chain(['…']).collect() }
}
