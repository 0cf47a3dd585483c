//! `allOf` with parts that contradict each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::{Document, NoteKind};

use super::finding::{Finding, Remedy};
use super::merge;
use super::value::{entries, parts};

/// The maximum depth at which properties are compared.
const MAX_DEPTH: usize = 4;

/// The contradiction between the parts of a schema. The generator would make a type without values, or omit the
/// property.
pub(super) fn contradiction<'d>(
    document: &Document,
    path: &Path<'_>,
    schema: &Map<String, Value>,
) -> Option<Finding<'d>> {
    schema.get("allOf")?;
    let mut parts = parts(document, schema);
    // Its own keywords come after its parts.
    parts.rotate_left(1);
    let at = path.key("allOf");
    let any = Remedy::Any { pointer: path.render() };
    if let Some(why) = of_values(document, &parts, 0) {
        return Some(Finding::limit(&at, format!("nothing fits this `allOf`: {why}"), HELP, any));
    }
    let clashes = of_properties(document, &parts, 0);
    let (name, why) = clashes.first_key_value()?;
    let names: BTreeSet<&str> = clashes.keys().copied().collect();
    let remedy = match merge::all_of(document, schema, &names) {
        Some(whole) => {
            let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Remedy::set(
                NoteKind::Widened,
                path.render(),
                Value::Object(whole),
                format!("any JSON is accepted for {names}"),
            )
        }
        None => any,
    };
    Some(Finding::limit(&at, format!("nothing fits `{name}` of this `allOf`: {why}"), HELP, remedy))
}

const HELP: &str = "use `oneOf`, or correct the types";

/// Why no value fits all of the schemas, regardless of what is inside it.
fn of_values(document: &Document, parts: &[&Map<String, Value>], depth: usize) -> Option<String> {
    let mut kinds = parts.iter().filter_map(|part| match part.get("type")?.as_str()? {
        "integer" => Some("number"),
        kind => Some(kind),
    });
    let first = kinds.next();
    if let (Some(first), Some(other)) = (first, kinds.find(|kind| Some(*kind) != first)) {
        return Some(format!("it requires both types `{first}` and `{other}`"));
    }
    let mut enums = parts.iter().filter_map(|part| part.get("enum")?.as_array());
    if let Some(first) = enums.next() {
        let mut left: Vec<&Value> = first.iter().filter(|value| !value.is_null()).collect();
        let had = !left.is_empty();
        enums.for_each(|values| left.retain(|value| values.contains(value)));
        if had && left.is_empty() {
            return Some("no value is in all of its enums".to_owned());
        }
    }
    let items: Vec<&Value> = parts.iter().filter_map(|part| part.get("items")).collect();
    together(document, &items, depth).map(|why| format!("of its items {why}"))
}

/// The properties that nothing fits, and why.
fn of_properties<'d>(
    document: &'d Document,
    parts: &[&'d Map<String, Value>],
    depth: usize,
) -> BTreeMap<&'d str, String> {
    let mut first: HashMap<&str, &Value> = HashMap::new();
    let mut several: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (name, property) in parts.iter().flat_map(|part| entries(part, "properties")) {
        match first.get(name.as_str()) {
            None => drop(first.insert(name, property)),
            Some(known) if *known == property => {}
            Some(known) => several.entry(name).or_insert_with(|| vec![known]).push(property),
        }
    }
    several.into_iter().filter_map(|(name, all)| Some((name, together(document, &all, depth)?))).collect()
}

/// Why nothing fits several schemas together.
fn together(document: &Document, schemas: &[&Value], depth: usize) -> Option<String> {
    let (first, others) = schemas.split_first()?;
    if depth > MAX_DEPTH || others.iter().all(|other| other == first) {
        return None;
    }
    let resolved = schemas.iter().filter_map(|schema| document.resolve(schema)?.as_object());
    let all: Vec<&Map<String, Value>> = resolved.flat_map(|schema| parts(document, schema)).collect();
    of_values(document, &all, depth + 1).or_else(|| {
        let (name, why) = of_properties(document, &all, depth + 1).pop_first()?;
        Some(format!("of `{name}` {why}"))
    })
}
