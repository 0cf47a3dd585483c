//! The safety net: what differs in the two texts and no judge has looked at is reported as such.
//!
//! Judges mark what they have looked at. This walk knows which parts of a contract have judges of their own, and goes
//! down to those; whatever it meets there without a mark, and differs, is told.

use std::collections::BTreeSet;

use serde_json::Value;
use zerogate_contract::vocabulary::Holds;
use zerogate_contract::walk::Node;

use super::docs::changed;
use super::engine::Engine;
use super::gather::is_doc;
use super::raw::WHOLE;
use super::side::Node as Placed;
use super::value::{quote, quote_text, same};

/// How many leftovers are told one by one.
const MAX_TOLD: usize = 200;

/// What stands at a place of a contract: a node that has a judge, or else what is judged as a whole or not at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Node(Node),
    Unit,
}

/// What stands under a key of a judged node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    /// The judge of the node has looked at it.
    Leaf,
    One(Kind),
    /// Nodes by name, with or without extensions among them.
    Map(Kind, bool),
    List(Kind),
}

/// What stands under a key, by the vocabulary of OpenAPI and the judges that there are.
fn part(node: Node, key: &str) -> Part {
    let Some(field) = node.field(key) else { return Part::Leaf };
    match field.holds {
        // What the server asks for is compared as a whole, and so is what stands in a schema and says what must not be.
        Holds::Map(_) if (node, key) == (Node::Document, "webhooks") => Part::One(Kind::Unit),
        _ if node == Node::Schema && WHOLE.contains(&key) => Part::Leaf,
        Holds::One(inner) | Holds::OneOrFlag(inner) if has_judge(inner) => Part::One(Kind::Node(inner)),
        Holds::Map(inner) if has_judge(inner) => Part::Map(Kind::Node(inner), false),
        Holds::Keyed(inner) if has_judge(inner) => Part::Map(Kind::Node(inner), true),
        Holds::List(inner) if has_judge(inner) => Part::List(Kind::Node(inner)),
        Holds::Map(_) if node == Node::Components => Part::Map(Kind::Unit, false),
        Holds::List(Node::Server | Node::SecurityRequirement) | Holds::Map(Node::Callback | Node::Link) => {
            Part::One(Kind::Unit)
        }
        _ => Part::Leaf,
    }
}

/// Whether there is a judge of what stands in such a node.
fn has_judge(node: Node) -> bool {
    use Node::{
        Components, Header, MediaType, Operation, Parameter, PathItem, RequestBody, Response, Schema, SecurityScheme,
    };
    matches!(
        node,
        Components
            | PathItem
            | Operation
            | Parameter
            | RequestBody
            | MediaType
            | Response
            | Header
            | Schema
            | SecurityScheme
    )
}

/// The walk, and how much it has told.
pub(super) struct Net<'e, 'd> {
    engine: &'e mut Engine<'d>,
    told: usize,
}

type Both<'d> = (Option<Placed<'d>>, Option<Placed<'d>>);

impl<'e, 'd> Net<'e, 'd> {
    /// Reports what differs and was not judged.
    pub(super) fn cast(engine: &'e mut Engine<'d>) {
        let both = (Some(engine.old.root()), Some(engine.new.root()));
        Net { engine, told: 0 }.node(Kind::Node(Node::Document), both);
    }

    fn node(&mut self, kind: Kind, (old, new): Both<'d>) {
        // No callbacks, links or webhooks at all, written out.
        let says = |node: &Placed<'d>| kind != Kind::Unit || node.object().is_none_or(|object| !object.is_empty());
        let (old, new) = (old.filter(says), new.filter(says));
        if let (Some(old), Some(new)) = (&old, &new)
            && same(old.value, new.value)
        {
            return;
        }
        let open = |side: &super::side::Side<'d>, node: &Placed<'d>| !side.is_accounted(node.value);
        let old = old.filter(|node| open(&self.engine.old, node));
        let new = new.filter(|node| open(&self.engine.new, node));
        if old.is_none() && new.is_none() {
            return;
        }
        // What is no schema is among the keywords of the schema around it.
        let bare = |node: &Placed<'d>| node.object().is_none_or(serde_json::Map::is_empty);
        let is_leaf = |node: &Option<Placed<'d>>| node.as_ref().is_none_or(bare);
        if kind == Kind::Node(Node::Schema) && is_leaf(&old) && is_leaf(&new) {
            return;
        }
        let schema_leaf = |node: &Placed<'d>| kind == Kind::Node(Node::Schema) && bare(node);
        let judged_old = old.as_ref().is_none_or(|node| schema_leaf(node) || self.engine.old.is_judged(node.value));
        let judged_new = new.as_ref().is_none_or(|node| schema_leaf(node) || self.engine.new.is_judged(node.value));
        if !judged_old || !judged_new {
            self.differ(old, new, 0);
            return;
        }
        let Kind::Node(judged) = kind else { return };
        let keys: BTreeSet<&'d str> =
            old.iter().chain(&new).filter_map(Placed::object).flatten().map(|(key, _)| key.as_str()).collect();
        for key in keys {
            let get = |node: &Option<Placed<'d>>| node.as_ref().and_then(|node| node.get(key));
            let both = (get(&old), get(&new));
            match part(judged, key) {
                Part::Leaf => {}
                Part::One(inner) => self.node(inner, both),
                Part::Map(inner, extensible) => self.map(kind, inner, extensible, both),
                Part::List(inner) => self.list(kind, inner, both),
            }
        }
    }

    fn map(&mut self, outer: Kind, kind: Kind, extensible: bool, (old, new): Both<'d>) {
        let odd = |node: &Option<Placed<'d>>| node.as_ref().is_some_and(|node| node.object().is_none());
        if odd(&old) || odd(&new) {
            if outer != Kind::Node(Node::Schema) {
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
            old.iter().chain(&new).filter_map(Placed::object).flatten().map(|(key, _)| key.as_str()).collect();
        let judged = |side: &super::side::Side<'d>, node: &Option<Placed<'d>>| {
            node.as_ref().is_none_or(|node| side.is_judged(node.value))
        };
        let keys_judged = judged(&self.engine.old, &old) && judged(&self.engine.new, &new);
        for key in keys {
            let get = |node: &Option<Placed<'d>>| node.as_ref().and_then(|node| node.get(key));
            // An extension among the entries, which the judge of the entries has looked at.
            if !(extensible && key.starts_with("x-") && keys_judged) {
                self.node(kind, (get(&old), get(&new)));
            }
        }
    }

    fn list(&mut self, outer: Kind, kind: Kind, (old, new): Both<'d>) {
        let odd = |node: &Option<Placed<'d>>| node.as_ref().is_some_and(|node| !node.value.is_array());
        if odd(&old) || odd(&new) {
            if outer != Kind::Node(Node::Schema) {
                self.differ(old, new, 0);
            }
            return;
        }
        let items = |node: &Option<Placed<'d>>| node.as_ref().map(Placed::items).unwrap_or_default();
        let (old, new) = (items(&old), items(&new));
        for index in 0..old.len().max(new.len()) {
            self.node(kind, (old.get(index).cloned(), new.get(index).cloned()));
        }
    }

    /// Tells where two nodes differ, as far down as they are of one form.
    fn differ(&mut self, old: Option<Placed<'d>>, new: Option<Placed<'d>>, depth: usize) {
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
        let at = |node: &Option<Placed<'d>>| node.as_ref().map(|node| node.at.to_string());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_net_goes_wherever_the_vocabulary_has_a_node_with_a_judge() {
        for node in Node::ALL.into_iter().filter(|node| *node == Node::Document || has_judge(*node)) {
            for field in node.object().fields {
                let whole = field.name == "webhooks" || (node == Node::Schema && WHOLE.contains(&field.name));
                let goes = match part(node, field.name) {
                    Part::One(Kind::Node(inner)) | Part::Map(Kind::Node(inner), _) | Part::List(Kind::Node(inner)) => {
                        Some(inner)
                    }
                    _ => None,
                };
                let leads = match field.holds {
                    Holds::One(inner)
                    | Holds::OneOrFlag(inner)
                    | Holds::Map(inner)
                    | Holds::Keyed(inner)
                    | Holds::List(inner) => Some(inner).filter(|inner| has_judge(*inner) && !whole),
                    _ => None,
                };
                assert_eq!(goes, leads, "{node:?} {}", field.name);
            }
        }
    }
}
