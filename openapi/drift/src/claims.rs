//! Finds which changes explain a line of the generated code: those about the items that it is made from.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::{Document, component, pointer, reference};
use zerogate_generate::{Line, LineKind};

use crate::change::{Carrier, Change, Reach};
use crate::homes::{Homes, last};

/// The maximum number of names for a place: its own, and those by the titles on the way.
const MAX_NAMES: usize = 8;

/// How much a change claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// The types and fields at its place.
    Place,
    /// The type of the object with the property that it is about.
    Object,
    /// Everything of the operations that it is about.
    Operation,
}

/// What changes claim to affect, by the names of the old document.
pub(crate) struct Claims<'h> {
    homes: &'h Homes,
    document: &'h Document,
    /// Claims on a type or an operation, by name.
    exact: HashMap<String, Of>,
    /// Claims on a type and on all types whose names begin with its name.
    below: HashMap<String, Of>,
    /// The changes that explain a line.
    confirmed: HashSet<usize>,
    /// The names of the components that a component or operation includes by `allOf`.
    bases: HashMap<String, Vec<String>>,
}

/// The changes that claim a type: as a whole, or by member.
#[derive(Default)]
struct Of {
    whole: Speakers,
    members: HashMap<String, Speakers>,
}

#[derive(Default)]
struct Speakers {
    changes: Vec<usize>,
    /// Whether all of them are confirmed, so that they are visited only once, however many lines they explain.
    told: bool,
}

impl<'h> Claims<'h> {
    pub(crate) fn of<'c>(
        homes: &'h Homes,
        document: &'h Document,
        scope: Scope,
        changes: impl Iterator<Item = (usize, &'c Change)>,
    ) -> Self {
        let (exact, below, confirmed, bases) = (HashMap::new(), HashMap::new(), HashSet::new(), HashMap::new());
        let mut claims = Claims { homes, document, exact, below, confirmed, bases };
        for (index, change) in changes {
            let at = change.old.as_ref().or(change.new.as_ref()).map_or("", |place| &place.pointer);
            let spoken = Spoken::of(homes, document.value(), at);
            match scope {
                Scope::Place => {
                    for (name, member) in spoken.members {
                        add(&mut claims.exact, name, index, Some(member));
                    }
                    for name in spoken.types {
                        add(&mut claims.below, name, index, None);
                    }
                    for reach in &change.reach {
                        claims.operation(index, reach, spoken.component);
                    }
                }
                Scope::Object => {
                    spoken.objects.into_iter().for_each(|name| add(&mut claims.below, name, index, None));
                }
                Scope::Operation => {
                    for name in change.reach.iter().filter(|_| !spoken.component).map(|it| pascal(&it.operation)) {
                        add(&mut claims.below, name.clone(), index, None);
                        add(&mut claims.exact, name, index, None);
                    }
                }
            }
        }
        claims
    }

    /// Adds the claims of a change on an affected operation. A change in a component has its own types there.
    fn operation(&mut self, change: usize, reach: &Reach, is_component: bool) {
        let name = pascal(&reach.operation);
        match reach.carrier {
            Some(Carrier::Parameter) => {
                add(&mut self.below, format!("{name}{}", pascal(&reach.field)), change, None);
                add(&mut self.exact, name, change, Some(snake(&reach.field)));
            }
            _ if reach.field.is_empty() => {
                if !is_component {
                    add(&mut self.below, name.clone(), change, None);
                }
                add(&mut self.exact, name, change, None);
            }
            Some(Carrier::Header) => {}
            _ if is_component => {}
            _ => {
                let property = reach.field.rsplit(['.', '[', '*']).find(|part| !part.is_empty() && *part != "]");
                add(&mut self.below, name, change, property.map(snake));
            }
        }
    }

    /// The first change that claims the subject of a line, or what it is made of.
    pub(crate) fn explain(&mut self, line: &Line) -> Option<usize> {
        let name = self.homes.type_of(line);
        if let Some(found) = self.speaks_of(name, line) {
            return Some(found);
        }
        let mut found = None;
        for named in names(line).filter(|named| *named != name) {
            for name in self.homes.way(named) {
                found = first(found, confirm(&mut self.below, name, None, &mut self.confirmed));
            }
        }
        // Members from `allOf` are claimed at their own place.
        found.or_else(|| self.inherited(name).iter().find_map(|name| self.speaks_of(name, line)))
    }

    fn speaks_of(&mut self, name: &str, line: &Line) -> Option<usize> {
        let member = Some(line.member.trim_end_matches('_'));
        let mut found = confirm(&mut self.exact, name, member, &mut self.confirmed);
        if line.kind == LineKind::Trait
            && let Some(of) = self.exact.get_mut(&key(name))
        {
            // Each member decides whether a type implements a trait.
            for speakers in of.members.values_mut() {
                found = first(found, speakers.confirm(&mut self.confirmed));
            }
        }
        for name in self.homes.way(name) {
            found = first(found, confirm(&mut self.below, name, member, &mut self.confirmed));
        }
        found
    }

    /// The names of a type in the components that its parent includes by `allOf`.
    fn inherited(&mut self, name: &str) -> Vec<String> {
        let Some((home, stem)) = self.homes.home(name) else { return Vec::new() };
        let (_, rest) = name.split_once(stem).unwrap_or_default();
        let bases = self.bases.entry(home.at.clone()).or_insert_with(|| bases(self.document.value(), &home.at));
        bases.iter().map(|base| format!("{base}{rest}")).collect()
    }

    /// The changes that explain a line.
    pub(crate) fn confirmed(self) -> HashSet<usize> {
        self.confirmed
    }
}

/// A name in the form in which names are compared: the generator writes neighbouring words of one letter as one word or
/// as several.
fn key(name: &str) -> String {
    pascal(name)
}

fn add(claims: &mut HashMap<String, Of>, name: String, change: usize, member: Option<String>) {
    let of = claims.entry(key(&name)).or_default();
    let speakers = match member {
        Some(member) => of.members.entry(member).or_default(),
        None => &mut of.whole,
    };
    speakers.changes.push(change);
}

/// Confirms the changes that claim a type as a whole, or one of its members. Returns the first of them.
fn confirm(
    claims: &mut HashMap<String, Of>,
    name: &str,
    member: Option<&str>,
    confirmed: &mut HashSet<usize>,
) -> Option<usize> {
    let Of { whole, members } = claims.get_mut(&key(name))?;
    match whole.confirm(confirmed) {
        Some(found) => Some(found),
        None => members.get_mut(member?)?.confirm(confirmed),
    }
}

/// The first of two changes: the list is sorted, the worst first.
fn first(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    one.into_iter().chain(other).min()
}

impl Speakers {
    fn confirm(&mut self, confirmed: &mut HashSet<usize>) -> Option<usize> {
        if !std::mem::replace(&mut self.told, true) {
            confirmed.extend(self.changes.iter());
        }
        self.changes.first().copied()
    }
}

/// The names of the components that a place includes by `allOf`, and of those that they include in turn.
fn bases(root: &Value, at: &str) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                let members = object.get("allOf").and_then(Value::as_array).into_iter().flatten();
                found.extend(members.filter_map(|member| component(reference(member)?)));
                object.values().for_each(|value| collect(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut known = HashSet::new();
    let mut open = vec![at.to_owned()];
    let mut names = Vec::new();
    while let Some(at) = open.pop() {
        let mut found = Vec::new();
        collect(root.pointer(&at).unwrap_or(&Value::Null), &mut found);
        for name in found {
            if known.insert(name.clone()) {
                open.push(pointer::of_schema(&name));
                names.push(pascal(&name));
            }
        }
    }
    names
}

/// The names of types in a line, other than its subject.
pub(crate) fn names(line: &Line) -> impl Iterator<Item = &str> {
    let words = line.text().split(|next: char| !(next.is_alphanumeric() || next == '_'));
    let own = last(&line.item);
    words.filter(move |word| word.starts_with(char::is_uppercase) && *word != own)
}

/// The types and fields that a pointer into a schema refers to.
#[derive(Default)]
struct Spoken {
    component: bool,
    /// The fields on the way, each with its type.
    members: Vec<(String, String)>,
    /// The types of the place itself.
    types: Vec<String>,
    /// The types with the innermost of the fields.
    objects: Vec<String>,
}

impl Spoken {
    fn of(homes: &Homes, root: &Value, at: &str) -> Self {
        let all: Vec<Cow<'_, str>> = pointer::tokens(at).collect();
        let component = match all.as_slice() {
            [components, schemas, name, ..] if components == "components" && schemas == "schemas" => Some(pascal(name)),
            _ => None,
        };
        let mut spoken = Spoken { component: component.is_some(), ..Spoken::default() };
        let (mut names, start) = match component {
            Some(name) => (vec![name], 3),
            None => message(homes, root, at, &all),
        };
        if names.is_empty() {
            return spoken;
        }
        let (above, below) = all.split_at_checked(start).unwrap_or_default();
        let mut value = above.iter().try_fold(root, |value, token| child(value, token));
        let mut tokens = below.iter();
        while let Some(token) = tokens.next() {
            value = value.and_then(|value| child(value, token));
            let part = match &**token {
                "properties" => {
                    let Some(property) = tokens.next() else { break };
                    value = value.and_then(|value| value.get(&**property));
                    spoken.members.extend(names.iter().map(|name| (name.clone(), snake(property))));
                    spoken.objects.clone_from(&names);
                    pascal(property)
                }
                // The types of branches have many names, all of which begin with this one.
                "oneOf" | "anyOf" => {
                    spoken.types.extend(names.iter().cloned());
                    continue;
                }
                "items" => "Item".to_owned(),
                "additionalProperties" => "Value".to_owned(),
                _ => continue,
            };
            names.iter_mut().for_each(|name| name.push_str(&part));
            if let Some(title) = value.and_then(|value| value.get("title")).and_then(Value::as_str) {
                names.push(pascal(title));
            }
            names.truncate(MAX_NAMES);
        }
        spoken.types.extend(names);
        spoken
    }
}

/// The types of the body or parameter of an operation that a pointer leads into, and the number of tokens that lead to
/// its schema.
fn message(homes: &Homes, root: &Value, at: &str, tokens: &[Cow<'_, str>]) -> (Vec<String>, usize) {
    let Some((operation, start)) = homes.operation_at(at) else { return Default::default() };
    let (above, below) = tokens.split_at_checked(start).unwrap_or_default();
    let below: Vec<&str> = below.iter().map(|token| &**token).collect();
    let (parts, more) = match below.as_slice() {
        ["requestBody", "content", _, "schema", ..] => (vec!["Body".to_owned()], 4),
        // The second one is that of errors.
        ["responses", _, "content", _, "schema", ..] => (vec!["Response".to_owned(), "Response2".to_owned()], 5),
        ["parameters", index, "schema", ..] => {
            let operation = above.iter().try_fold(root, |value, token| child(value, token));
            let parameter = operation.and_then(|operation| child(operation.get("parameters")?, index)?.get("name"));
            (parameter.and_then(Value::as_str).map(pascal).into_iter().collect(), 3)
        }
        _ => return Default::default(),
    };
    (parts.iter().map(|part| format!("{operation}{part}")).collect(), start + more)
}

fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        other => other.get(token),
    }
}
