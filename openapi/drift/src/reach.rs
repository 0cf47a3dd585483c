//! Who meets a difference: from the pair of schemas where it is, up to the messages that have it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::change::{Direction, Reach};
use super::engine::{Engine, Mask, Place};

/// In how many ways a message may come to one schema before only the first ones are told.
const MAX_WAYS: u8 = 2;
const MAX_STEPS: usize = 256;
/// How long the path of a field may be.
const MAX_FIELD: usize = 300;
/// How many places all changes together may reach before only one of each operation is told.
const MAX_REACH: usize = 5_000;

/// A message that meets a difference, and at what of it.
#[derive(Clone, Debug)]
pub(super) struct Met {
    pub(super) place: Place,
    /// It is the schema of the message itself, and not of a part.
    pub(super) whole: bool,
    pub(super) reach: Reach,
}

/// A way from a pair up.
struct Way {
    pair: usize,
    mask: Mask,
    segment: Rc<str>,
    from: Option<usize>,
}

/// The graph of pairs, upside down.
pub(super) struct Users {
    parents: Vec<Vec<(usize, Mask, Rc<str>)>>,
    roots: HashMap<usize, Vec<usize>>,
    /// Pairs that operations or component schemas lead to, other than through `not` and its like.
    used: Vec<bool>,
    told: usize,
}

impl Users {
    pub(super) fn new(engine: &Engine<'_>) -> Users {
        let mut parents = vec![Vec::new(); engine.pairs.len()];
        for (parent, pair) in engine.pairs.iter().enumerate() {
            for edge in &pair.edges {
                if let Some(parents) = parents.get_mut(edge.child) {
                    parents.push((parent, edge.mask, Rc::clone(&edge.segment)));
                }
            }
        }
        let mut roots: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, root) in engine.roots.iter().enumerate() {
            roots.entry(root.pair).or_default().push(index);
        }
        let mut used = vec![false; engine.pairs.len()];
        let mut next: Vec<usize> = engine.roots.iter().map(|root| root.pair).chain(engine.homes.clone()).collect();
        while let Some(pair) = next.pop() {
            if let (Some(used), Some(pair)) = (used.get_mut(pair), engine.pairs.get(pair))
                && !std::mem::replace(used, true)
            {
                next.extend(pair.edges.iter().map(|edge| edge.child));
            }
        }
        Users { parents, roots, used, told: 0 }
    }

    pub(super) fn is_used(&self, pair: usize) -> bool {
        self.used.get(pair).copied().unwrap_or(false)
    }

    /// The messages that have a pair, each with the path of the field: all of them, by the shortest ways.
    pub(super) fn of(&mut self, engine: &Engine<'_>, pair: usize, property: &str) -> Vec<Met> {
        let start = Way { pair, mask: Mask::BOTH, segment: Rc::from(property), from: None };
        let mut ways = vec![start];
        // For each pair how often it was come to, by what is seen of it.
        let mut visits = vec![[0_u8; 4]; self.parents.len()];
        if let Some(visits) = visits.get_mut(pair) {
            *visits = [1; 4];
        }
        let mut met = Vec::new();
        let mut next = 0;
        while let Some(way) = ways.get(next) {
            let (pair, mask, index) = (way.pair, way.mask, next);
            next += 1;
            for root in self.roots.get(&pair).into_iter().flatten() {
                let Some(found) = engine.roots.get(*root) else {
                    continue;
                };
                let open = match found.reach.direction {
                    Some(Direction::Request) => mask.request,
                    Some(Direction::Response) => mask.response,
                    None => true,
                };
                if !open {
                    continue;
                }
                let field = field(&ways, index);
                let whole = field.is_empty();
                let mut reach = found.reach.clone();
                append(&mut reach.field, &field);
                met.push(Met { place: found.place, whole, reach });
            }
            let many = if ways.len() < MAX_STEPS && self.told < MAX_REACH { MAX_WAYS } else { 1 };
            for (parent, edge, segment) in self.parents.get(pair).into_iter().flatten() {
                let mask = Mask { request: mask.request && edge.request, response: mask.response && edge.response };
                let kind = usize::from(mask.request) + 2 * usize::from(mask.response);
                let Some(visits) = visits.get_mut(*parent).and_then(|visits| visits.get_mut(kind)) else {
                    continue;
                };
                // The first way is always taken: whoever has the pair is found.
                if kind == 0 || *visits >= many || (*visits > 0 && leads_through(&ways, index, *parent)) {
                    continue;
                }
                *visits += 1;
                ways.push(Way { pair: *parent, mask, segment: Rc::clone(segment), from: Some(index) });
            }
        }
        self.told = self.told.saturating_add(met.len());
        met
    }
}

/// The path of a field, from the top of a way down.
fn field(ways: &[Way], index: usize) -> String {
    let mut path = String::new();
    let mut next = Some(index);
    while let Some(way) = next.and_then(|index| ways.get(index)) {
        append(&mut path, &way.segment);
        if path.len() > MAX_FIELD {
            path = path.chars().take(MAX_FIELD).chain(['…']).collect();
            break;
        }
        next = way.from;
    }
    path
}

/// Whether a way has been at a pair before: a schema that contains itself is told once.
fn leads_through(ways: &[Way], index: usize, pair: usize) -> bool {
    let mut next = Some(index);
    for _ in 0..256 {
        let Some(way) = next.and_then(|index| ways.get(index)) else {
            return false;
        };
        if way.pair == pair {
            return true;
        }
        next = way.from;
    }
    true
}

/// One path behind the other: `data`, `[]` and `id` are `data[].id`.
pub(super) fn join(path: &str, more: &str) -> String {
    let mut joined = path.to_owned();
    append(&mut joined, more);
    joined
}

fn append(path: &mut String, more: &str) {
    if !(path.is_empty() || more.is_empty() || more.starts_with('[')) {
        path.push('.');
    }
    path.push_str(more);
}

impl Engine<'_> {
    /// Whether anything but texts for people differs in a pair, or in what it leads to.
    pub(super) fn differs(&self, pair: usize, by_reference: bool) -> bool {
        let mut seen: HashSet<usize> = HashSet::from([pair]);
        let mut next = vec![pair];
        while let Some(index) = next.pop() {
            let Some(found) = self.pairs.get(index) else {
                continue;
            };
            if found.found.iter().any(|(place, _)| self.found.get(*place).is_some_and(|found| !found.doc_only)) {
                return true;
            }
            for edge in &found.edges {
                if (by_reference || !edge.by_reference) && seen.insert(edge.child) {
                    next.push(edge.child);
                }
            }
            for opaque in self.opaque.iter().filter(|opaque| opaque.pair == index) {
                if seen.insert(opaque.child) {
                    next.push(opaque.child);
                }
            }
        }
        false
    }

    /// Tells what `not` and its like differ in, now that all below them is compared.
    pub(super) fn settle_opaque(&mut self) {
        for index in 0..self.opaque.len() {
            let Some((pair, child)) = self.opaque.get(index).map(|opaque| (opaque.pair, opaque.child)) else {
                continue;
            };
            if self.differs(child, true)
                && let Some(found) = self.opaque.get(index).map(|opaque| opaque.found.clone())
            {
                self.report_in(pair, found);
            }
        }
    }
}
