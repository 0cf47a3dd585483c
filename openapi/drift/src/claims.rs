//! Finds which changes explain a line of the generated code: those about the items that it is made from.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::{Document, component, pointer, reference};
use zerogate_generate::{Line, LineKind};

use crate::change::{Carrier, Change, Reach};
use crate::homes::{Homes, last};

/// The maximum number of names for a place: its own, and those by the titles on the way.
const MAX_NAMES: usize = 8;

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
        changes: impl Iterator<Item = (usize, &'c Change)>,
    ) -> Self {
        let (exact, below, confirmed, bases) = (HashMap::new(), HashMap::new(), HashSet::new(), HashMap::new());
        let mut claims = Claims { homes, document, exact, below, confirmed, bases };
        for (index, change) in changes {
            let at = change.old.as_ref().or(change.new.as_ref()).map_or("", |place| &place.pointer);
            let spoken = Spoken::of(document.value(), at);
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

    /// Whether a change claims the subject of a line, or what it is made of.
    pub(crate) fn explain(&mut self, line: &Line) -> bool {
        let name = self.homes.type_of(line);
        if self.speaks_of(name, line) {
            return true;
        }
        let mut found = false;
        for named in names(line).filter(|named| *named != name) {
            for name in self.homes.way(named) {
                found |= confirm(&mut self.below, name, None, &mut self.confirmed);
            }
        }
        // Members from `allOf` are claimed at their own place.
        found || self.inherited(name).iter().any(|name| self.speaks_of(name, line))
    }

    fn speaks_of(&mut self, name: &str, line: &Line) -> bool {
        let member = Some(line.member.trim_end_matches('_'));
        let mut found = confirm(&mut self.exact, name, member, &mut self.confirmed);
        if line.kind == LineKind::Trait
            && let Some(of) = self.exact.get_mut(name)
        {
            // Each member decides whether a type implements a trait.
            for speakers in of.members.values_mut() {
                found |= speakers.confirm(&mut self.confirmed);
            }
        }
        for name in self.homes.way(name) {
            found |= confirm(&mut self.below, name, member, &mut self.confirmed);
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

    /// Whether a change explains a line.
    pub(crate) fn is_confirmed(&self, change: usize) -> bool {
        self.confirmed.contains(&change)
    }
}

fn add(claims: &mut HashMap<String, Of>, name: String, change: usize, member: Option<String>) {
    let of = claims.entry(name).or_default();
    let speakers = match member {
        Some(member) => of.members.entry(member).or_default(),
        None => &mut of.whole,
    };
    speakers.changes.push(change);
}

/// Confirms the changes that claim a type as a whole, or one of its members. Returns whether there are any.
fn confirm(claims: &mut HashMap<String, Of>, name: &str, member: Option<&str>, confirmed: &mut HashSet<usize>) -> bool {
    let Some(Of { whole, members }) = claims.get_mut(name) else { return false };
    let of_member = member.and_then(|member| members.get_mut(member)).is_some_and(|member| member.confirm(confirmed));
    whole.confirm(confirmed) || of_member
}

impl Speakers {
    fn confirm(&mut self, confirmed: &mut HashSet<usize>) -> bool {
        if !std::mem::replace(&mut self.told, true) {
            confirmed.extend(self.changes.iter());
        }
        !self.changes.is_empty()
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
}

impl Spoken {
    fn of(root: &Value, at: &str) -> Self {
        let mut tokens = pointer::tokens(at);
        let (Some("components"), Some("schemas"), Some(component)) =
            (tokens.next().as_deref(), tokens.next().as_deref(), tokens.next())
        else {
            return Spoken::default();
        };
        let mut spoken = Spoken { component: true, ..Spoken::default() };
        let mut names = vec![pascal(&component)];
        let mut value = root.pointer(pointer::SCHEMAS).and_then(|schemas| schemas.get(&*component));
        while let Some(token) = tokens.next() {
            value = value.and_then(|value| child(value, &token));
            let part = match &*token {
                "properties" => {
                    let Some(property) = tokens.next() else { break };
                    value = value.and_then(|value| value.get(&*property));
                    spoken.members.extend(names.iter().map(|name| (name.clone(), snake(&property))));
                    pascal(&property)
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

fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        other => other.get(token),
    }
}
