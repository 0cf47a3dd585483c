//! The safety net: what differs in the two texts and no judge has looked at is reported as such.
//!
//! Judges mark what they have looked at. This walk knows which parts of a contract have judges of their own, and goes
//! down to those; whatever it meets there without a mark, and differs, is told.

use std::collections::BTreeSet;

use serde_json::Value;

use super::docs::changed;
use super::engine::Engine;
use super::gather::is_doc;
use super::side::Node;
use super::value::{quote, quote_text, same};

/// How many leftovers are told one by one.
const MAX_TOLD: usize = 200;

/// What stands at a place of a contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Root,
    Components,
    PathItem,
    Operation,
    Parameter,
    Body,
    Media,
    Response,
    Header,
    Schema,
    SecurityScheme,
    /// Judged as a whole or not at all.
    Unit,
}

/// What stands under a key of a judged node.
enum Part {
    /// The judge of the node has looked at it.
    Leaf,
    One(Kind),
    Map(Kind),
    List(Kind),
}

fn part(kind: Kind, key: &str) -> Part {
    match (kind, key) {
        (Kind::Root, "paths") => Part::Map(Kind::PathItem),
        (Kind::Root, "components") => Part::One(Kind::Components),
        (Kind::Root, "servers" | "security" | "webhooks") => Part::One(Kind::Unit),
        (Kind::Components, "schemas") => Part::Map(Kind::Schema),
        (Kind::Components, "parameters") => Part::Map(Kind::Parameter),
        (Kind::Components, "headers") => Part::Map(Kind::Header),
        (Kind::Components, "responses") => Part::Map(Kind::Response),
        (Kind::Components, "requestBodies") => Part::Map(Kind::Body),
        (Kind::Components, "securitySchemes") => Part::Map(Kind::SecurityScheme),
        (Kind::Components, "pathItems") => Part::Map(Kind::PathItem),
        (Kind::Components, "examples" | "links" | "callbacks") => Part::Map(Kind::Unit),
        (Kind::PathItem, "parameters") | (Kind::Operation, "parameters") => Part::List(Kind::Parameter),
        (Kind::PathItem, "servers") | (Kind::Operation, "servers" | "security" | "callbacks") => Part::One(Kind::Unit),
        (Kind::PathItem, key) if zerogate_contract::METHODS.contains(&key) => Part::One(Kind::Operation),
        (Kind::Operation, "requestBody") => Part::One(Kind::Body),
        (Kind::Operation, "responses") => Part::Map(Kind::Response),
        (Kind::Parameter | Kind::Header | Kind::Media, "schema") => Part::One(Kind::Schema),
        (Kind::Parameter | Kind::Header | Kind::Body | Kind::Response, "content") => Part::Map(Kind::Media),
        (Kind::Response, "headers") => Part::Map(Kind::Header),
        (Kind::Response, "links") => Part::One(Kind::Unit),
        (Kind::Schema, "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions") => {
            Part::Map(Kind::Schema)
        }
        (Kind::Schema, "items" | "additionalProperties" | "contains" | "propertyNames") => Part::One(Kind::Schema),
        (Kind::Schema, "allOf" | "anyOf" | "oneOf" | "prefixItems") => Part::List(Kind::Schema),
        _ => Part::Leaf,
    }
}

/// The walk, and how much it has told.
pub(super) struct Net<'e, 'd> {
    engine: &'e mut Engine<'d>,
    told: usize,
}

type Both<'d> = (Option<Node<'d>>, Option<Node<'d>>);

impl<'e, 'd> Net<'e, 'd> {
    /// Reports what differs and was not judged.
    pub(super) fn cast(engine: &'e mut Engine<'d>) {
        let both = (Some(engine.old.root()), Some(engine.new.root()));
        Net { engine, told: 0 }.node(Kind::Root, both);
    }

    fn node(&mut self, kind: Kind, (old, new): Both<'d>) {
        // No callbacks, links or webhooks at all, written out.
        let says = |node: &Node<'d>| kind != Kind::Unit || node.object().is_none_or(|object| !object.is_empty());
        let (old, new) = (old.filter(says), new.filter(says));
        if let (Some(old), Some(new)) = (&old, &new)
            && same(old.value, new.value)
        {
            return;
        }
        let open = |side: &super::side::Side<'d>, node: &Node<'d>| !side.is_accounted(node.value);
        let old = old.filter(|node| open(&self.engine.old, node));
        let new = new.filter(|node| open(&self.engine.new, node));
        if old.is_none() && new.is_none() {
            return;
        }
        // What is no schema is among the keywords of the schema around it.
        let bare = |node: &Node<'d>| node.object().is_none_or(serde_json::Map::is_empty);
        let is_leaf = |node: &Option<Node<'d>>| node.as_ref().is_none_or(bare);
        if kind == Kind::Schema && is_leaf(&old) && is_leaf(&new) {
            return;
        }
        let schema_leaf = |node: &Node<'d>| kind == Kind::Schema && bare(node);
        let judged_old = old.as_ref().is_none_or(|node| schema_leaf(node) || self.engine.old.is_judged(node.value));
        let judged_new = new.as_ref().is_none_or(|node| schema_leaf(node) || self.engine.new.is_judged(node.value));
        if !judged_old || !judged_new {
            self.differ(old, new, 0);
            return;
        }
        if kind == Kind::Unit {
            return;
        }
        let keys: BTreeSet<&'d str> =
            old.iter().chain(&new).filter_map(Node::object).flatten().map(|(key, _)| key.as_str()).collect();
        for key in keys {
            let get = |node: &Option<Node<'d>>| node.as_ref().and_then(|node| node.get(key));
            let both = (get(&old), get(&new));
            match part(kind, key) {
                Part::Leaf => {}
                Part::One(inner) => self.node(inner, both),
                Part::Map(inner) => self.map(kind, inner, both),
                Part::List(inner) => self.list(kind, inner, both),
            }
        }
    }

    fn map(&mut self, outer: Kind, kind: Kind, (old, new): Both<'d>) {
        let odd = |node: &Option<Node<'d>>| node.as_ref().is_some_and(|node| node.object().is_none());
        if odd(&old) || odd(&new) {
            if outer != Kind::Schema {
                self.differ(old, new, 0);
            }
            return;
        }
        if let (Some(old), Some(new)) = (&old, &new)
            && same(old.value, new.value)
        {
            return;
        }
        let keys: BTreeSet<&'d str> =
            old.iter().chain(&new).filter_map(Node::object).flatten().map(|(key, _)| key.as_str()).collect();
        let judged = |side: &super::side::Side<'d>, node: &Option<Node<'d>>| {
            node.as_ref().is_none_or(|node| side.is_judged(node.value))
        };
        let keys_judged = judged(&self.engine.old, &old) && judged(&self.engine.new, &new);
        for key in keys {
            let get = |node: &Option<Node<'d>>| node.as_ref().and_then(|node| node.get(key));
            // An extension among the entries, which the judge of the entries has looked at.
            if !(key.starts_with("x-") && keys_judged && matches!(kind, Kind::PathItem | Kind::Response)) {
                self.node(kind, (get(&old), get(&new)));
            }
        }
    }

    fn list(&mut self, outer: Kind, kind: Kind, (old, new): Both<'d>) {
        let odd = |node: &Option<Node<'d>>| node.as_ref().is_some_and(|node| !node.value.is_array());
        if odd(&old) || odd(&new) {
            if outer != Kind::Schema {
                self.differ(old, new, 0);
            }
            return;
        }
        let items = |node: &Option<Node<'d>>| node.as_ref().map(Node::items).unwrap_or_default();
        let (old, new) = (items(&old), items(&new));
        for index in 0..old.len().max(new.len()) {
            self.node(kind, (old.get(index).cloned(), new.get(index).cloned()));
        }
    }

    /// Tells where two nodes differ, as far down as they are of one form.
    fn differ(&mut self, old: Option<Node<'d>>, new: Option<Node<'d>>, depth: usize) {
        match (&old, &new) {
            (Some(before), Some(after)) if same(before.value, after.value) => return,
            (Some(before), Some(after)) if depth < 100 => match (before.value, after.value) {
                // A reference in place of a definition, or the other way round: one change, not one for each key.
                (Value::Object(one), Value::Object(other))
                    if one.contains_key("$ref") == other.contains_key("$ref") =>
                {
                    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
                    for key in keys {
                        self.differ(before.get(key), after.get(key), depth + 1);
                    }
                    return;
                }
                (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                    for (before, after) in before.items().into_iter().zip(after.items()) {
                        self.differ(Some(before), Some(after), depth + 1);
                    }
                    return;
                }
                _ => {}
            },
            _ => {}
        }
        self.told += 1;
        if self.told > MAX_TOLD + 1 {
            return;
        }
        let at = |node: &Option<Node<'d>>| node.as_ref().map(|node| node.at.to_string());
        let pointer = at(&new).or_else(|| at(&old)).unwrap_or_default();
        let key = zerogate_contract::pointer::tokens(&pointer).last().map(|key| key.into_owned()).unwrap_or_default();
        let found = if self.told > MAX_TOLD {
            Engine::cannot_judge(Some(String::new()), Some(String::new()), "")
                .says("the contract", format!("differs in more than {MAX_TOLD} places that are not judged here"))
        } else if depth > 0 && is_doc(&key) && key != "deprecated" {
            changed(&key, at(&old), at(&new))
        } else {
            let what = match (&old, &new) {
                (Some(before), Some(after)) => {
                    format!("changed from {} to {}", quote(before.value), quote(after.value))
                }
                (None, _) => "was added".to_owned(),
                _ => "was removed".to_owned(),
            };
            let what = format!("{what}, and this comparison does not judge what stands there");
            Engine::cannot_judge(at(&old), at(&new), "").says(format!("what is at {}", quote_text(&pointer)), what)
        };
        let reach = self.operation(&pointer);
        self.engine.report(found.always().reaches(reach));
    }

    /// The operation that a pointer leads into.
    fn operation(&self, pointer: &str) -> Vec<super::change::Reach> {
        let tokens: Vec<_> = zerogate_contract::pointer::tokens(pointer).collect();
        let [paths, path, method, ..] = tokens.as_slice() else {
            return Vec::new();
        };
        if paths != "paths" || !zerogate_contract::METHODS.contains(&&**method) {
            return Vec::new();
        }
        let id = [&self.engine.old, &self.engine.new].into_iter().find_map(|side| {
            side.document.value().get("paths")?.get(&**path)?.get(&**method)?.get("operationId")?.as_str()
        });
        let name = id.map_or_else(|| format!("{} {path}", method.to_ascii_uppercase()), str::to_owned);
        super::operation::whole(&name)
    }
}
