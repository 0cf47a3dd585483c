//! A comparison in progress: the only place that keeps the results of judges.

use std::cmp::Ordering;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use crate::change::Source;
use crate::found::{Context, Findings, Found, Name, Part, Role, Terms, Topic};
use crate::graph::{Graph, Member, Message, Opaque, Pair};
use crate::kind::kind;
use crate::node::{Node, Slot};
use crate::pairing::{Definitions, definitions};
use crate::schema::{self, Judged, Naming};
use crate::seen::Looked;
use crate::side::Sides;

/// The maximum number of compared pairs of schemas. A contract has about as many as schemas, unless it is an attack.
const MAX_PAIRS: usize = 400_000;

/// The identity of a difference: its kind, and its place or cause.
type Key = (Name, Option<String>, Option<String>);

/// The places of a difference in the old and the new document.
type Ends = (Option<String>, Option<String>);

/// The results so far, and what is still to be compared.
pub(crate) struct Comparison<'s, 'd> {
    sides: &'s Sides<'d>,
    pub(crate) graph: Graph<'d>,
    pub(crate) found: Vec<Found>,
    pub(crate) looked: Looked,
    waiting: VecDeque<usize>,
    index: HashMap<(Vec<usize>, Vec<usize>, Terms), usize>,
    keys: HashMap<Key, usize>,
    /// The differences of each pair, with their properties.
    known: HashSet<(usize, usize, Rc<str>)>,
    /// The places of each cause that occurs in several places.
    places: HashMap<usize, HashSet<Ends>>,
    /// Components that were, or became, inline schemas: not a change by themselves.
    moved: HashSet<String>,
    /// Definitions that are in another place on the other side.
    hoisted: HashSet<usize>,
}

impl<'s, 'd> Comparison<'s, 'd> {
    pub(crate) fn new(sides: &'s Sides<'d>) -> Self {
        Comparison {
            sides,
            graph: Graph::default(),
            found: Vec::new(),
            looked: Looked::default(),
            waiting: VecDeque::new(),
            index: HashMap::new(),
            keys: HashMap::new(),
            known: HashSet::new(),
            places: HashMap::new(),
            moved: HashSet::new(),
            hoisted: HashSet::new(),
        }
    }

    /// Keeps the results of a judge.
    pub(crate) fn keep(&mut self, findings: Findings<'d>) {
        self.keep_of(None, findings);
    }

    /// Compares pairs of schemas until none is left.
    pub(crate) fn run(&mut self) {
        while let Some(index) = self.waiting.pop_front() {
            let Some(pair) = self.graph.pairs.get(index) else {
                continue;
            };
            let Judged { findings, naming } = schema::judge(self.sides, &pair.old, &pair.new, &pair.context);
            self.keep_of(Some(index), findings);
            self.keep_name(index, naming);
        }
    }

    /// Adds two schemas to the list, and returns the index of the pair.
    pub(crate) fn pair(&mut self, part: Part<'d>) -> usize {
        let Part { old, new, context, role } = part;
        self.add(None, old, new, context, role)
    }

    /// Whether a component was inline before, or is now, or is in another section.
    pub(crate) fn has_moved(&self, name: &str, node: &Node<'d>) -> bool {
        self.moved.contains(name) || self.hoisted.contains(&node.address())
    }

    /// Reports the differences of `not` and its like, after everything below them was compared.
    pub(crate) fn settle_opaque(&mut self) {
        let differing = self.graph.differing(&self.found);
        for index in 0..self.graph.pairs.len() {
            let opaque = self.graph.pairs.get_mut(index).map(|pair| std::mem::take(&mut pair.opaque));
            for opaque in opaque.into_iter().flatten() {
                if differing.get(opaque.pair) == Some(&true) {
                    self.keep_found(Some(index), opaque.found);
                }
            }
        }
    }

    fn keep_of(&mut self, pair: Option<usize>, Findings { found, parts, seen }: Findings<'d>) {
        self.looked.add(seen);
        for found in found {
            self.keep_found(pair, found);
        }
        for Part { old, new, context, role } in parts {
            self.add(pair, old, new, context, role);
        }
    }

    /// Keeps a difference, of a pair of schemas or of something else.
    fn keep_found(&mut self, pair: Option<usize>, mut found: Found) {
        let property = Rc::from(std::mem::take(&mut found.property));
        found.by_schema = pair.is_some();
        let found = self.merge(found);
        let Some((index, pair)) = pair.and_then(|index| Some((index, self.graph.pairs.get_mut(index)?))) else {
            return;
        };
        if self.known.insert((index, found, Rc::clone(&property))) {
            pair.found.push((found, property));
        }
    }

    /// The index of a difference. A known one only becomes more severe, and affects more operations.
    fn merge(&mut self, found: Found) -> usize {
        let next = self.found.len();
        let key = match &found.cause {
            Some(cause) => (found.name, Some(cause.clone()), None),
            None => (found.name, found.old.clone(), found.new.clone()),
        };
        let known = *self.keys.entry(key).or_insert(next);
        let Some(before) = self.found.get_mut(known) else {
            self.found.push(found);
            return next;
        };
        before.effect.request = before.effect.request.max(found.effect.request);
        before.effect.response = before.effect.response.max(found.effect.response);
        before.source = before.source.max(found.source);
        before.source_in = before.source_in.or(found.source_in);
        before.only_in = before.only_in.filter(|_| before.only_in == found.only_in);
        before.compiles |= found.compiles;
        before.doc_only &= found.doc_only;
        before.by_schema |= found.by_schema;
        before.always |= found.always;
        before.required |= found.required;
        if before.also != found.also {
            before.also.clear();
        }
        before.reach.extend(found.reach);
        if found.cause.is_some() {
            if let (Topic::OneOf(one, several), Topic::OneOf(other, _)) = (&before.topic, &found.topic)
                && one != other
            {
                before.topic = Topic::Text((*several).to_owned());
            }
            let places =
                self.places.entry(known).or_insert_with(|| HashSet::from([(before.old.clone(), before.new.clone())]));
            places.insert((found.old, found.new));
            before.times = places.len();
        }
        known
    }

    /// Adds a pair of schemas that have an owner.
    fn add(&mut self, parent: Option<usize>, old: Slot<'d>, new: Slot<'d>, context: Context, role: Role) -> usize {
        let mut definitions = definitions(self.sides, old, new);
        self.keep(std::mem::take(&mut definitions.findings));
        self.hoisted.extend(std::mem::take(&mut definitions.hoisted));
        let by_reference = definitions.by_reference;
        let pair = self.index_of(definitions, context);
        match (role, parent.and_then(|parent| self.graph.pairs.get_mut(parent))) {
            (Role::Message { written, always, reach }, _) => {
                self.graph.messages.push(Message { pair, written, always, reach });
            }
            (Role::Component, _) => self.graph.components.push(pair),
            (Role::Member { path, mask, always }, Some(parent)) => {
                parent.members.push(Member { pair, mask, path, always, by_reference });
            }
            (Role::Opaque(found), Some(parent)) => parent.opaque.push(Opaque { pair, found }),
            (Role::Member { .. } | Role::Opaque(_), None) => {}
        }
        pair
    }

    /// The index of a pair; a new one is compared later.
    fn index_of(&mut self, definitions: Definitions<'d>, context: Context) -> usize {
        let pair = self.graph.pairs.len();
        let context = definitions.context(context);
        match self.index.entry((definitions.old.key(), definitions.new.key(), context.terms())) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(entry) => entry.insert(pair),
        };
        let Definitions { old, new, .. } = definitions;
        let (found, members, opaque) = (Vec::new(), Vec::new(), Vec::new());
        self.graph.pairs.push(Pair { old, new, context, found, members, opaque });
        match pair.cmp(&MAX_PAIRS) {
            Ordering::Less => self.waiting.push_back(pair),
            Ordering::Equal => {
                let whole = Some(String::new());
                let what = format!("has more than {MAX_PAIRS} schemas to compare; the rest was not compared");
                let found = Found::cannot_judge(whole.clone(), whole, "").always();
                self.merge(found.says("the contract", what));
            }
            Ordering::Greater => {}
        }
        pair
    }

    /// Records a renamed type, unless its shape differs too: then that is the change.
    fn keep_name(&mut self, pair: usize, Naming { found, rewrapped, moved, .. }: Naming) {
        self.moved.extend(moved);
        // A reference to another component is always a change; a moved definition is visible from the places of its
        // changes.
        let is_other = |found: &Found| found.name == Name::Kind(kind!("schema-reference-changed"));
        let told = self.graph.pairs.get(pair).into_iter().flat_map(|pair| &pair.found);
        let is_shape = |found: &Found| !found.doc_only && found.name != Name::Kind(kind!("cannot-judge"));
        let shape = told.map(|(index, _)| *index).find(|index| self.found.get(*index).is_some_and(is_shape));
        match (found, shape.and_then(|index| self.found.get_mut(index))) {
            (Some(found), Some(known)) if !is_other(&found) => known.source = known.source.max(found.source),
            (Some(found), _) => self.keep_found(Some(pair), found),
            (None, Some(known)) if rewrapped => known.source = Source::Breaking,
            (None, _) => {}
        }
    }
}
