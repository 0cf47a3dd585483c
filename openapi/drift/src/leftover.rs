//! The safety net: reports differences between the two texts that no judge has examined.
//!
//! Judges mark what they examine. This walk knows which parts of a contract have judges, and descends to them; it
//! reports every unmarked difference on the way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zerogate_contract::methods::Method;
use zerogate_contract::reach::name;
use zerogate_contract::vocabulary::{self, Holds};
use zerogate_contract::{pointer, reference};

use crate::change::Reach;
use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::node::{Node, place};
use crate::schema::OPAQUE;
use crate::seen::Looked;
use crate::side::{Side, Sides};
use crate::text::{changed, is_doc, is_extension};
use crate::value::{quote, quote_text, same};

/// The maximum number of leftovers that are reported.
const MAX_TOLD: usize = 200;

const SCHEMA: Stands = Stands::Node(vocabulary::Node::Schema);

/// What is at a place: an object with a judge, or a value that is judged as a whole or not at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stands {
    Node(vocabulary::Node),
    Unit,
    /// Several of these in a list or by name, without references.
    Units,
}

/// What is under a key of a judged object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    /// The judge of the object has examined it.
    Leaf,
    One(Stands),
    /// Objects by name, with or without extensions among them.
    Map(Stands, bool),
    List(Stands),
}

/// What is under a key, by the vocabulary of OpenAPI and the existing judges.
fn part(object: vocabulary::Node, key: &str) -> Part {
    // Its keys are URLs.
    if object == vocabulary::Node::Callback && !is_extension(key) {
        return Part::One(Stands::Node(vocabulary::Node::PathItem));
    }
    let Some(field) = object.field(key) else { return Part::Leaf };
    match field.holds {
        // Negated parts of a schema are compared as a whole.
        _ if object == vocabulary::Node::Schema && OPAQUE.contains(&key) => Part::Leaf,
        Holds::One(inner) | Holds::OneOrFlag(inner) if has_judge(inner) => Part::One(Stands::Node(inner)),
        Holds::Map(inner) if has_judge(inner) => Part::Map(Stands::Node(inner), false),
        Holds::Keyed(inner) if has_judge(inner) => Part::Map(Stands::Node(inner), true),
        Holds::List(inner) if has_judge(inner) => Part::List(Stands::Node(inner)),
        Holds::Map(_) if object == vocabulary::Node::Components => Part::Map(Stands::Unit, false),
        Holds::List(vocabulary::Node::Server | vocabulary::Node::SecurityRequirement)
        | Holds::Map(vocabulary::Node::Link) => Part::One(Stands::Units),
        _ => Part::Leaf,
    }
}

/// Whether there is a judge for an object.
fn has_judge(object: vocabulary::Node) -> bool {
    use vocabulary::Node::{
        Callback, Components, Header, MediaType, Operation, Parameter, PathItem, RequestBody, Response, Schema,
        SecurityScheme,
    };
    matches!(
        object,
        Callback
            | Components
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

type Both<'d> = (Option<Node<'d>>, Option<Node<'d>>);

/// The values under each key of either node.
fn entries<'d>(old: &Option<Node<'d>>, new: &Option<Node<'d>>) -> BTreeMap<&'d str, Both<'d>> {
    let mut entries: BTreeMap<&'d str, Both<'d>> = BTreeMap::new();
    old.iter().flat_map(Node::entries).for_each(|(key, node)| entries.entry(key).or_default().0 = Some(node));
    new.iter().flat_map(Node::entries).for_each(|(key, node)| entries.entry(key).or_default().1 = Some(node));
    entries
}

/// Reports what differs and was not examined.
pub(crate) fn judge<'d>(sides: &Sides<'d>, looked: &Looked) -> Findings<'d> {
    let mut net = Net { sides, looked, told: Vec::new() };
    net.node(Stands::Node(vocabulary::Node::Document), (Some(sides.old.root()), Some(sides.new.root())));
    Findings { found: net.told, ..Findings::default() }
}

/// The walk, and what it has reported.
struct Net<'n, 'd> {
    sides: &'n Sides<'d>,
    looked: &'n Looked,
    told: Vec<Found>,
}

impl<'d> Net<'_, 'd> {
    fn node(&mut self, stands: Stands, (old, new): Both<'d>) {
        // An empty list of links is the same as none.
        let says = |node: &Node<'d>| stands != Stands::Units || node.object().is_none_or(|object| !object.is_empty());
        let (old, new) = (old.filter(says), new.filter(says));
        if let (Some(old), Some(new)) = (&old, &new)
            && same(old.value, new.value)
        {
            return;
        }
        let old = old.filter(|node| !self.looked.at_all(node));
        let new = new.filter(|node| !self.looked.at_all(node));
        if old.is_none() && new.is_none() {
            return;
        }
        // An invalid schema belongs to the keywords of its parent.
        let bare = |node: &Node<'d>| node.object().is_none_or(serde_json::Map::is_empty);
        let is_leaf = |node: &Option<Node<'d>>| node.as_ref().is_none_or(bare);
        if stands == SCHEMA && is_leaf(&old) && is_leaf(&new) {
            return;
        }
        let is_judged = |node: &Node<'d>| stands == SCHEMA && bare(node) || self.looked.at_keys(node);
        if !old.iter().chain(&new).all(is_judged) {
            match self.unused(&old, &new) {
                Some(found) => self.told.push(found),
                None if stands != Stands::Units && self.is_lost(&old, &new) => {}
                None => self.differ(old, new, 0),
            }
            return;
        }
        let Stands::Node(judged) = stands else { return };
        for (key, both) in entries(&old, &new) {
            match part(judged, key) {
                Part::Leaf => {}
                Part::One(inner) => self.node(inner, both),
                Part::Map(inner, extensible) => self.map(stands, inner, extensible, both),
                Part::List(inner) => self.list(stands, inner, both),
            }
        }
    }

    /// A component or definition that is not used.
    fn unused(&self, old: &Option<Node<'d>>, new: &Option<Node<'d>>) -> Option<Found> {
        let at = place(new.as_ref()).or_else(|| place(old.as_ref()))?;
        let tokens: Vec<_> = pointer::tokens(&at).collect();
        let topic = match tokens.as_slice() {
            [components, section, name] if components == "components" => {
                format!("the component {} in `{section}`", quote_text(name))
            }
            [.., definitions, name] if definitions == "$defs" => format!("the definition {}", quote_text(name)),
            _ => return None,
        };
        let sides = [(&self.sides.old, old), (&self.sides.new, new)];
        if sides.into_iter().any(|(side, node)| node.as_ref().is_some_and(|node| side.is_referred_to(node))) {
            return None;
        }
        let (kind, what) = match (old, new) {
            (None, _) => (kind!("component-added"), "was added"),
            (_, None) => (kind!("component-removed"), "was removed"),
            _ => (kind!("component-changed"), "changed"),
        };
        Some(Found::new(kind, place(old.as_ref()), place(new.as_ref()), "").says(topic, what))
    }

    fn map(&mut self, outer: Stands, stands: Stands, extensible: bool, (old, new): Both<'d>) {
        let [old, new] = [old, new].map(|node| node.filter(|node| !self.looked.at_all(node)));
        let odd = |node: &Option<Node<'d>>| node.as_ref().is_some_and(|node| node.object().is_none());
        if odd(&old) || odd(&new) {
            if outer != SCHEMA {
                self.differ(old, new, 0);
            }
            return;
        }
        if let (Some(old), Some(new)) = (&old, &new)
            && same(old.value, new.value)
        {
            return;
        }
        let keys_judged = old.iter().chain(&new).all(|node| self.looked.at_keys(node));
        for (key, both) in entries(&old, &new) {
            // An extension among the entries was examined by the judge of the entries.
            if !(extensible && is_extension(key) && keys_judged) {
                self.node(stands, both);
            }
        }
    }

    fn list(&mut self, outer: Stands, stands: Stands, (old, new): Both<'d>) {
        let [old, new] = [old, new].map(|node| node.filter(|node| !self.looked.at_all(node)));
        let odd = |node: &Option<Node<'d>>| node.as_ref().is_some_and(|node| !node.value.is_array());
        if odd(&old) || odd(&new) {
            if outer != SCHEMA {
                self.differ(old, new, 0);
            }
            return;
        }
        let items = |node: &Option<Node<'d>>| node.as_ref().map(Node::items).unwrap_or_default();
        let (old, new) = (items(&old), items(&new));
        for index in 0..old.len().max(new.len()) {
            self.node(stands, (old.get(index).cloned(), new.get(index).cloned()));
        }
    }

    /// A reference without a target, which is reported once wherever it is used.
    fn is_lost(&self, old: &Option<Node<'d>>, new: &Option<Node<'d>>) -> bool {
        let is_lost = |side: &Side<'d>, node: &Option<Node<'d>>| {
            let target = node.as_ref().and_then(|node| reference(node.value));
            target.is_some_and(|target| side.target(target).is_none())
        };
        is_lost(&self.sides.old, old) || is_lost(&self.sides.new, new)
    }

    /// Reports where two nodes differ, as deep as they have the same form.
    fn differ(&mut self, old: Option<Node<'d>>, new: Option<Node<'d>>, depth: usize) {
        match (&old, &new) {
            (Some(before), Some(after)) if same(before.value, after.value) => return,
            (Some(before), Some(after)) if depth < 100 => match (before.value, after.value) {
                // A reference instead of a definition, or vice versa, is one change, not one for each key.
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
        if self.told.len() > MAX_TOLD {
            return;
        }
        let pointer = place(new.as_ref()).or_else(|| place(old.as_ref())).unwrap_or_default();
        let key = pointer::tokens(&pointer).last().map(|key| key.into_owned()).unwrap_or_default();
        let found = if self.told.len() == MAX_TOLD {
            Found::cannot_judge(Some(String::new()), Some(String::new()), "").says(
                "the contract",
                format!("differs in more than {MAX_TOLD} places that this comparison cannot judge"),
            )
        } else if depth > 0 && is_doc(&key) && key != "deprecated" {
            changed(&key, place(old.as_ref()), place(new.as_ref()))
        } else {
            let what = match (&old, &new) {
                (Some(before), Some(after)) => {
                    format!("changed from {} to {}", quote(before.value), quote(after.value))
                }
                (None, _) => "was added".to_owned(),
                _ => "was removed".to_owned(),
            };
            let what = format!("{what}, which this comparison cannot judge");
            let found = Found::cannot_judge(place(old.as_ref()), place(new.as_ref()), "");
            found.says(format!("the value at {}", quote_text(&pointer)), what)
        };
        let reach = self.operation(&pointer);
        self.told.push(found.always().reaches(reach.as_slice()));
    }

    /// The operation that a pointer leads into.
    fn operation(&self, pointer: &str) -> Option<Reach> {
        let tokens: Vec<_> = pointer::tokens(pointer).collect();
        let [paths, path, rest @ ..] = tokens.as_slice() else {
            return None;
        };
        let (method, _) = Method::at_tokens(rest).filter(|_| paths == "paths")?;
        let operation = [&self.sides.old, &self.sides.new].into_iter().find_map(|side| {
            method.of(side.document.value().get("paths")?.get(&**path)?).filter(|it| it.get("operationId").is_some())
        });
        Some(Reach::whole(name(path, method, operation.unwrap_or(&Value::Null))))
    }
}
