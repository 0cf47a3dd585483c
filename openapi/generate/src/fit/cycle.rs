//! Schemas that contain themselves, and what a composed schema is made of.
//!
//! The generator merges `allOf` by recursion: a schema that reaches itself overflows its stack, which ends the process
//! and cannot be caught. So it has to be found first, and without recursion along references.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::{component, reference};

use super::check::Checker;
use super::reference::Section;
use super::remedy::Remedy;

/// How many schemas are searched for the properties of one.
const MAX_PARTS: usize = 1_000;

/// How many properties are searched in the whole document.
const MAX_SEARCHED: usize = 2_000_000;

/// How many schemas of a circle are named.
const SHOWN: usize = 6;

/// How far the search from a schema has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Done,
}

impl<'d> Checker<'d> {
    /// Notes the component schemas that are a part of another one.
    pub(super) fn collect_parts(&mut self, node: &'d Value) {
        match node {
            Value::Array(items) => items.iter().for_each(|item| self.collect_parts(item)),
            Value::Object(entries) => {
                for (key, value) in entries {
                    if let ("allOf" | "anyOf" | "oneOf", Value::Array(members)) = (key.as_str(), value) {
                        self.parts.extend(members.iter().filter_map(reference).filter_map(component));
                    }
                    self.collect_parts(value);
                }
            }
            _ => {}
        }
    }

    /// Reports every circle of component schemas that contain one another.
    pub(super) fn composition(&mut self) {
        let mut names: Vec<&str> = self.component_names(Section::Schemas).collect();
        names.sort_unstable();
        let mut marks: HashMap<String, Mark> = HashMap::new();
        for name in names {
            if marks.contains_key(name) {
                continue;
            }
            marks.insert(name.to_owned(), Mark::Open);
            let mut way = vec![(name.to_owned(), self.contained_in(name))];
            while let Some((name, open)) = way.last_mut() {
                let Some(next) = open.pop() else {
                    marks.insert(std::mem::take(name), Mark::Done);
                    way.pop();
                    continue;
                };
                match marks.get(&next) {
                    Some(Mark::Done) => {}
                    Some(Mark::Open) => self.circle_of(&way, &next),
                    None => {
                        marks.insert(next.clone(), Mark::Open);
                        let contained = self.contained_in(&next);
                        way.push((next, contained));
                    }
                }
            }
        }
    }

    fn circle_of(&mut self, way: &[(String, Vec<String>)], first: &str) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        let circle: Vec<&str> = way.iter().map(|(name, _)| name.as_str()).skip_while(|name| *name != first).collect();
        // A circle of nothing but references is told at each of them.
        let schemas = self.document.value().pointer("/components/schemas");
        if circle.iter().all(|name| schemas.and_then(|schemas| reference(schemas.get(name)?)).is_some()) {
            return;
        }
        let mut shown = circle.iter().take(SHOWN).copied().collect::<Vec<_>>().join(" -> ");
        if circle.len() > SHOWN {
            shown.push_str(" -> …");
        }
        let path = Path::At("/components/schemas");
        let path = path.key(first);
        self.limit(
            &path,
            format!("the schema contains itself: {shown} -> {first}"),
            "break the circle: move what they share to a schema of its own, or put the reference into a property",
            Remedy::Any { pointer: path.render() },
        );
    }

    /// The component schemas that a value of this one has to fit as well.
    fn contained_in(&self, name: &str) -> Vec<String> {
        let schemas = self.document.value().pointer("/components/schemas");
        let mut contained = Vec::new();
        let mut open: Vec<&Value> = schemas.and_then(|schemas| schemas.get(name)).into_iter().collect();
        while let Some(node) = open.pop() {
            if let Some(target) = reference(node) {
                contained.extend(component(target));
                continue;
            }
            for key in ["allOf", "anyOf", "oneOf"] {
                open.extend(node.get(key).and_then(Value::as_array).into_iter().flatten());
            }
            open.extend(node.get("not"));
        }
        contained.sort_unstable();
        contained.dedup();
        contained
    }

    /// The properties of a schema and of everything it is composed of; `None` if that is too much to search, or leads
    /// out of what is understood.
    pub(super) fn properties_of(&mut self, schema: &'d Map<String, Value>) -> Option<HashSet<&'d str>> {
        let mut names = HashSet::new();
        let mut seen = HashSet::new();
        let mut open = vec![schema];
        while let Some(schema) = open.pop() {
            let own = schema.get("properties").and_then(Value::as_object).map_or(0, Map::len);
            if seen.len() > MAX_PARTS || self.searched > MAX_SEARCHED {
                return None;
            }
            self.searched += 1 + own;
            names.extend(super::check::entries(schema, "properties").map(|(name, _)| name.as_str()));
            for key in ["allOf", "anyOf", "oneOf"] {
                for member in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                    let member = self.document.resolve(member)?.as_object()?;
                    if seen.insert(std::ptr::from_ref(member)) {
                        open.push(member);
                    }
                }
            }
        }
        Some(names)
    }
}
