//! The comparison under way: pairs of schemas that wait, the graph between them, and what was found.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use zerogate_contract::names::pascal;
use zerogate_contract::{Document, pointer, reference};

use super::change::{Reach, Source, Wire};
use super::found::{Found, Name};
use super::ids::CANNOT_JUDGE;
use super::rename::Renames;
use super::side::{Node, Side};
use super::value::same;
use super::view::Slot;

/// How many pairs of schemas are compared. A contract has as many as it has schemas, unless it is built to have more.
const MAX_PAIRS: usize = 400_000;
const MAX_REFERENCES: usize = 64;

/// What of a message a root schema describes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Place {
    Body { xml: bool },
    Parameter,
    Header,
}

/// In which directions something is seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Mask {
    pub(super) request: bool,
    pub(super) response: bool,
}

impl Mask {
    pub(super) const BOTH: Mask = Mask { request: true, response: true };
}

/// From a pair to the pair of a part.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) child: usize,
    pub(super) mask: Mask,
    pub(super) segment: Rc<str>,
    /// The part is another schema by its own name.
    pub(super) by_reference: bool,
}

/// What a property needs to know of the object that has it, and of the name of its type.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    /// Whether each side may leave it out, without a default that would stand in.
    pub(super) optional: Option<(bool, bool)>,
    /// The name that a type without one of its own gets, on each side.
    pub(super) type_names: (String, String),
    /// The shape matters to no generated code.
    pub(super) untyped: bool,
}

/// Two schemas that describe the same thing.
#[derive(Debug)]
pub(super) struct Pair<'d> {
    pub(super) old: Slot<'d>,
    pub(super) new: Slot<'d>,
    pub(super) context: Context,
    /// What was found, and at which property.
    pub(super) found: Vec<(usize, Rc<str>)>,
    pub(super) edges: Vec<Edge>,
}

/// A schema that a message has.
pub(super) struct Root {
    pub(super) pair: usize,
    pub(super) place: Place,
    pub(super) reach: Reach,
}

/// `not` and its like: if anything below differs, nobody can tell what that means.
pub(super) struct Opaque {
    pub(super) pair: usize,
    pub(super) child: usize,
    pub(super) found: Found,
}

type Key = (Name, Option<String>, Option<String>);

pub(super) struct Engine<'d> {
    pub(super) old: Side<'d>,
    pub(super) new: Side<'d>,
    pub(super) renames: Renames,
    pub(super) pairs: Vec<Pair<'d>>,
    index: HashMap<(Vec<usize>, Vec<usize>), usize>,
    queue: VecDeque<usize>,
    pub(super) roots: Vec<Root>,
    /// Pairs of component schemas, which count as used.
    pub(super) homes: Vec<usize>,
    pub(super) opaque: Vec<Opaque>,
    pub(super) found: Vec<Found>,
    keys: HashMap<Key, usize>,
    cut: bool,
    /// Components that came from, or went to, a schema that is written in place: no news by themselves.
    pub(super) moved: HashSet<String>,
    /// Definitions that are kept elsewhere on the other side, such as in `$defs`.
    pub(super) hoisted: HashSet<usize>,
}

impl<'d> Engine<'d> {
    pub(super) fn new(old: &'d Document, new: &'d Document, renames: Renames) -> Self {
        Engine {
            old: Side::new(old),
            new: Side::new(new),
            renames,
            pairs: Vec::new(),
            index: HashMap::new(),
            queue: VecDeque::new(),
            roots: Vec::new(),
            homes: Vec::new(),
            opaque: Vec::new(),
            found: Vec::new(),
            keys: HashMap::new(),
            cut: false,
            moved: HashSet::new(),
            hoisted: HashSet::new(),
        }
    }

    /// Keeps a difference; one that was found before only gets graver, and reaches further.
    pub(super) fn report(&mut self, found: Found) -> usize {
        let key = (found.name, found.old.clone(), found.new.clone());
        if let Some(&known) = self.keys.get(&key)
            && let Some(before) = self.found.get_mut(known)
        {
            before.effect.request = before.effect.request.max(found.effect.request);
            before.effect.response = before.effect.response.max(found.effect.response);
            before.source = before.source.max(found.source);
            before.doc_only &= found.doc_only;
            before.by_schema |= found.by_schema;
            before.always |= found.always;
            before.required |= found.required;
            before.reach.extend(found.reach);
            return known;
        }
        let place = self.found.len();
        self.found.push(found);
        self.keys.insert(key, place);
        place
    }

    /// Keeps a difference of a pair of schemas.
    pub(super) fn report_in(&mut self, pair: usize, found: Found) {
        self.report_at(pair, "", found);
    }

    /// Keeps a difference at a property of a pair of schemas.
    pub(super) fn report_at(&mut self, pair: usize, property: &str, mut found: Found) {
        found.by_schema = true;
        let place = self.report(found);
        if let Some(pair) = self.pairs.get_mut(pair)
            && !pair.found.iter().any(|(known, at)| *known == place && &**at == property)
        {
            pair.found.push((place, Rc::from(property)));
        }
    }

    /// Puts two schemas on the list, and says which pair they are and whether they were reached by name.
    pub(super) fn pair(&mut self, old: Slot<'d>, new: Slot<'d>, context: Context) -> (usize, bool) {
        let (old, new, by_reference) = self.definitions(old, new);
        let key = (old.key(), new.key());
        if let Some(&known) = self.index.get(&key) {
            return (known, by_reference);
        }
        let pair = self.pairs.len();
        let context = if by_reference {
            let names = (self.type_name(&old, &context.type_names.0), self.type_name(&new, &context.type_names.1));
            Context { optional: None, type_names: names, untyped: context.untyped }
        } else {
            context
        };
        self.pairs.push(Pair { old, new, context, found: Vec::new(), edges: Vec::new() });
        self.index.insert(key, pair);
        if pair < MAX_PAIRS {
            self.queue.push_back(pair);
        } else if !self.cut {
            self.cut = true;
            self.report(
                Found::fixed(CANNOT_JUDGE, Some(String::new()), Some(String::new()))
                    .wire(Wire::Risky)
                    .always()
                    .says("the contract", format!("has more than {MAX_PAIRS} schemas to compare; the rest was not")),
            );
        }
        (pair, by_reference)
    }

    /// Adds a part to a pair.
    pub(super) fn edge(&mut self, parent: usize, child: (usize, bool), segment: &str, mask: Mask) {
        let edge = Edge { child: child.0, mask, segment: Rc::from(segment), by_reference: child.1 };
        if let Some(parent) = self.pairs.get_mut(parent) {
            parent.edges.push(edge);
        }
    }

    /// Adds the schema of a message.
    pub(super) fn root(
        &mut self,
        old: Node<'d>,
        new: Node<'d>,
        place: Place,
        reach: Option<Reach>,
        names: (String, String),
    ) {
        let untyped = place == Place::Header;
        let context = Context { optional: None, type_names: names, untyped };
        let (pair, _) = self.pair(Slot::of(old), Slot::of(new), context);
        match reach {
            Some(reach) => self.roots.push(Root { pair, place, reach }),
            None => self.homes.push(pair),
        }
    }

    /// Compares until nothing waits.
    pub(super) fn run(&mut self) {
        while let Some(pair) = self.queue.pop_front() {
            self.compare(pair);
        }
    }

    /// The definitions that two references mean, if they mean the same component.
    ///
    /// Otherwise the references themselves stay: what differs is then told of the place that refers.
    fn definitions(&mut self, mut old: Slot<'d>, mut new: Slot<'d>) -> (Slot<'d>, Slot<'d>, bool) {
        let mut by_reference = false;
        for _ in 0..MAX_REFERENCES {
            let ([old_part], [new_part]) = (old.parts.as_slice(), new.parts.as_slice()) else {
                break;
            };
            let (Some(old_name), Some(new_name)) = (bare(&self.old, old_part), bare(&self.new, new_part)) else {
                break;
            };
            if !self.renames.match_references(old_name, new_name) {
                break;
            }
            let (Some(old_target), Some(new_target)) = (self.old.target(old_name), self.new.target(new_name)) else {
                break;
            };
            self.old.judge(old_part.value);
            self.new.judge(new_part.value);
            let (old_part, new_part) = (old_part.clone(), new_part.clone());
            self.site_docs(&old_part, &new_part);
            by_reference = true;
            if zerogate_contract::component(old_name).is_some() != zerogate_contract::component(new_name).is_some() {
                self.hoisted.extend([old_target.address(), new_target.address()]);
            }
            old = Slot::of(old_target);
            new = Slot::of(new_target);
        }
        (old, new, by_reference)
    }

    /// The Rust name of the type at a slot: its component's, or the one that its place gives.
    fn type_name(&self, slot: &Slot<'d>, otherwise: &str) -> String {
        pointer::schema_at(slot.at()).map_or_else(|| otherwise.to_owned(), |name| pascal(&name))
    }

    /// A difference that is not understood.
    pub(super) fn cannot_judge(old: Option<String>, new: Option<String>, what: impl Into<String>) -> Found {
        Found::new(Name::Fixed(CANNOT_JUDGE), old, new, what).wire(Wire::Risky).source(Source::None)
    }

    /// Whether two nodes are written alike.
    pub(super) fn alike(old: Option<&Node<'_>>, new: Option<&Node<'_>>) -> bool {
        match (old, new) {
            (Some(old), Some(new)) => same(old.value, new.value),
            (None, None) => true,
            _ => false,
        }
    }
}

/// The target of a node that is a reference and nothing else that a program reads.
pub(super) fn bare<'d>(side: &Side<'_>, node: &Node<'d>) -> Option<&'d str> {
    let target = reference(node.value)?;
    let only_docs =
        || node.object().is_some_and(|object| object.keys().all(|key| key == "$ref" || super::gather::is_doc(key)));
    (!side.modern || only_docs()).then_some(target)
}

/// The last token of the pointer that a reference means.
pub(super) fn last_token(target: &str) -> Option<String> {
    let pointer = pointer::of_reference(target)?;
    pointer::tokens(&pointer).last().map(std::borrow::Cow::into_owned)
}
