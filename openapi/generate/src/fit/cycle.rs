//! Schemas that contain themselves, and the parts of composed schemas.
//!
//! The generator merges `allOf` recursively: a schema that reaches itself overflows its stack, which ends the process
//! and cannot be caught. So such schemas must be found first, without recursion along references.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, component, pointer, reference};

use super::finding::{Finding, Remedy};
use super::value::{entries, members};

/// The maximum number of schemas that are searched for the properties of one.
const MAX_PARTS: usize = 1_000;

/// The maximum number of properties that are searched in a document.
const MAX_SEARCHED: usize = 2_000_000;

/// The number of schemas of a circle that a message names.
const SHOWN: usize = 6;

/// The progress of the search from a schema.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Done,
}

/// The component schemas that are parts of others.
pub(super) fn parts(document: &Document) -> HashSet<String> {
    let mut parts = HashSet::new();
    walk(document.value(), &mut |node, _, value| {
        if let Some(schema) = value.as_object().filter(|_| node == Node::Schema) {
            parts.extend(members(schema).into_iter().filter_map(reference).filter_map(component));
        }
    });
    parts
}

/// Reports every circle of component schemas that contain each other.
pub(super) fn circles<'d>(document: &Document) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    let schemas = document.value().pointer(pointer::SCHEMAS).and_then(Value::as_object);
    let mut names: Vec<&str> = schemas.into_iter().flat_map(Map::keys).map(String::as_str).collect();
    names.sort_unstable();
    let mut marks: HashMap<String, Mark> = HashMap::new();
    for name in names {
        if marks.contains_key(name) {
            continue;
        }
        marks.insert(name.to_owned(), Mark::Open);
        let mut way = vec![(name.to_owned(), contained_in(document, name))];
        while let Some((name, open)) = way.last_mut() {
            let Some(next) = open.pop() else {
                marks.insert(std::mem::take(name), Mark::Done);
                way.pop();
                continue;
            };
            match marks.get(&next) {
                Some(Mark::Done) => {}
                Some(Mark::Open) => found.extend(circle_of(document, &way, &next)),
                None => {
                    marks.insert(next.clone(), Mark::Open);
                    let contained = contained_in(document, &next);
                    way.push((next, contained));
                }
            }
        }
    }
    found
}

fn circle_of<'d>(document: &Document, way: &[(String, Vec<String>)], first: &str) -> Option<Finding<'d>> {
    let circle: Vec<&str> = way.iter().map(|(name, _)| name.as_str()).skip_while(|name| *name != first).collect();
    // A circle of references alone is reported at each of them.
    let schemas = document.value().pointer(pointer::SCHEMAS);
    if circle.iter().all(|name| schemas.and_then(|schemas| reference(schemas.get(name)?)).is_some()) {
        return None;
    }
    let mut shown = circle.iter().take(SHOWN).copied().collect::<Vec<_>>().join(" -> ");
    if circle.len() > SHOWN {
        shown.push_str(" -> …");
    }
    let path = Path::At(pointer::SCHEMAS);
    let path = path.key(first);
    Some(Finding::limit(
        &path,
        format!("the schema contains itself: {shown} -> {first}"),
        "break the circle: move the shared part to another schema, or move the reference into a property",
        Remedy::Any { pointer: path.render() },
    ))
}

/// The component schemas that a value of this one must also fit.
fn contained_in(document: &Document, name: &str) -> Vec<String> {
    let schemas = document.value().pointer(pointer::SCHEMAS);
    let mut contained = Vec::new();
    let mut open: Vec<&Value> = schemas.and_then(|schemas| schemas.get(name)).into_iter().collect();
    while let Some(node) = open.pop() {
        if let Some(target) = reference(node) {
            contained.extend(component(target));
            continue;
        }
        open.extend(node.as_object().into_iter().flat_map(members));
        open.extend(node.get("not"));
    }
    contained.sort_unstable();
    contained.dedup();
    contained
}

/// The properties that `allOf` takes from component schemas, with their places. Properties with several descriptions
/// are merged, and not included.
pub(super) fn merged<'d>(
    document: &'d Document,
    schema: &'d Map<String, Value>,
    searched: &mut usize,
) -> Vec<(String, &'d str, &'d Value)> {
    // A single component is used as it is.
    if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
        && reference(only).is_some()
        && !schema.contains_key("properties")
    {
        return Vec::new();
    }
    let mut found: Vec<(Rc<str>, &str, &Value)> = Vec::new();
    let mut described: HashMap<&str, usize> = HashMap::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut open = vec![(None::<Rc<str>>, schema)];
    while let Some((at, part)) = open.pop() {
        let members = part.get("allOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if seen.len() > MAX_PARTS || *searched > MAX_SEARCHED {
            return Vec::new();
        }
        *searched += 1 + part.get("properties").and_then(Value::as_object).map_or(0, Map::len) + members.len();
        for (name, node) in entries(part, "properties") {
            *described.entry(name).or_default() += 1;
            found.extend(at.iter().map(|at| (Rc::clone(at), name.as_str(), node)));
        }
        for (index, member) in members.iter().enumerate() {
            let at = match (reference(member), &at) {
                (Some(target), _) => {
                    let Some(name) = component(target).filter(|name| !seen.contains(name)) else { continue };
                    let at = pointer::of_schema(&name);
                    seen.insert(name);
                    Some(at.into())
                }
                (None, Some(at)) => Some(format!("{at}/allOf/{index}").into()),
                (None, None) => None,
            };
            let member = document.resolve(member).and_then(Value::as_object);
            open.extend(member.map(|member| (at, member)));
        }
    }
    found.retain(|(_, name, _)| described.get(name) == Some(&1));
    let place = |(at, name, node): (Rc<str>, _, _)| (pointer::join(&format!("{at}/properties"), name), name, node);
    found.into_iter().map(place).collect()
}

/// The properties of a schema and of all its parts; `None` if that is too much to search, or not understood.
pub(super) fn properties_of<'d>(
    document: &'d Document,
    schema: &'d Map<String, Value>,
    searched: &mut usize,
) -> Option<HashSet<&'d str>> {
    let mut names = HashSet::new();
    let mut seen = HashSet::new();
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        let own = schema.get("properties").and_then(Value::as_object).map_or(0, Map::len);
        if seen.len() > MAX_PARTS || *searched > MAX_SEARCHED {
            return None;
        }
        *searched += 1 + own;
        names.extend(entries(schema, "properties").map(|(name, _)| name.as_str()));
        for member in members(schema) {
            let member = document.resolve(member)?.as_object()?;
            if seen.insert(std::ptr::from_ref(member)) {
                open.push(member);
            }
        }
    }
    Some(names)
}
