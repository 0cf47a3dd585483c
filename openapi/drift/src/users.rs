//! Who meets a difference: from the pair of schemas where it is, up to the messages that have it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::change::{Direction, Reach};
use crate::field::append;
use crate::found::{Mask, Written};
use crate::graph::{Graph, Member};

/// In how many ways a message may come to one schema before only the first ones are told.
const MAX_WAYS: u8 = 2;
const MAX_STEPS: usize = 256;
/// How long the path of a field may be.
const MAX_FIELD: usize = 300;
/// How many places all changes together may reach before only one of each operation is told.
const MAX_REACH: usize = 5_000;

/// A message that meets a difference, and at what of it.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    /// It is written as XML.
    pub(crate) xml: bool,
    /// What differs is written as text.
    pub(crate) text: bool,
    /// What differs is never left out.
    pub(crate) always: bool,
    /// It is the schema of the message itself, and not of a part.
    pub(crate) whole: bool,
    pub(crate) reach: Reach,
}

/// A way from a pair up.
struct Way {
    pair: usize,
    mask: Mask,
    path: Rc<str>,
    from: Option<usize>,
    /// Whether the value at which the way began is never left out: once the way has come to what has it.
    always: Option<bool>,
}

/// The graph of pairs, upside down.
pub(crate) struct Users<'g, 'd> {
    graph: &'g Graph<'d>,
    parents: Vec<Vec<(usize, &'g Member)>>,
    messages: HashMap<usize, Vec<usize>>,
    /// Pairs that operations or component schemas lead to, other than through `not` and its like.
    used: Vec<bool>,
    told: usize,
}

impl<'g, 'd> Users<'g, 'd> {
    pub(crate) fn new(graph: &'g Graph<'d>) -> Self {
        let mut parents = vec![Vec::new(); graph.pairs.len()];
        for (parent, pair) in graph.pairs.iter().enumerate() {
            for member in &pair.members {
                if let Some(parents) = parents.get_mut(member.pair) {
                    parents.push((parent, member));
                }
            }
        }
        let mut messages: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, message) in graph.messages.iter().enumerate() {
            messages.entry(message.pair).or_default().push(index);
        }
        let mut used = vec![false; graph.pairs.len()];
        let messages_have = graph.messages.iter().map(|message| message.pair);
        let mut next: Vec<usize> = messages_have.chain(graph.components.iter().copied()).collect();
        while let Some(pair) = next.pop() {
            if let (Some(used), Some(pair)) = (used.get_mut(pair), graph.pairs.get(pair))
                && !std::mem::replace(used, true)
            {
                next.extend(pair.members.iter().map(|member| member.pair));
            }
        }
        Users { graph, parents, messages, used, told: 0 }
    }

    pub(crate) fn is_used(&self, pair: usize) -> bool {
        self.used.get(pair).copied().unwrap_or(false)
    }

    /// The messages that have a pair, each with the path of the field: all of them, by the shortest ways.
    pub(crate) fn of(&mut self, pair: usize, property: &Rc<str>) -> Vec<Met> {
        let always = (!property.is_empty()).then_some(false);
        let start = Way { pair, mask: Mask::BOTH, path: Rc::clone(property), from: None, always };
        let mut ways = vec![start];
        // For each pair how often it was come to, by what is seen of it.
        let mut visits = HashMap::from([(pair, [1_u8; 8])]);
        let mut met = Vec::new();
        let mut next = 0;
        while let Some(way) = ways.get(next) {
            let (pair, mask, always, index) = (way.pair, way.mask, way.always, next);
            next += 1;
            let messages = self.messages.get(&pair).into_iter().flatten();
            for message in messages.filter_map(|message| self.graph.messages.get(*message)) {
                let open = match message.reach.direction {
                    Some(Direction::Request) => mask.request,
                    Some(Direction::Response) => mask.response,
                    None => true,
                };
                if !open {
                    continue;
                }
                let field = field(&ways, index);
                let whole = field.is_empty();
                let mut reach = message.reach.clone();
                append(&mut reach.field, &field);
                let (xml, text) = (message.written == Written::Xml, message.written.is_text(&field));
                met.push(Met { xml, text, always: always.unwrap_or(message.always), whole, reach });
            }
            let many = if ways.len() < MAX_STEPS && self.told < MAX_REACH { MAX_WAYS } else { 1 };
            for (parent, member) in self.parents.get(pair).into_iter().flatten() {
                let mask = mask.and(member.mask);
                let always = always.or_else(|| (!member.path.is_empty()).then_some(member.always));
                let met = usize::from(mask.request) + 2 * usize::from(mask.response);
                let kind = met + 4 * usize::from(always == Some(true));
                let Some(visits) = visits.entry(*parent).or_default().get_mut(kind) else {
                    continue;
                };
                // The first way is always taken: whoever has the pair is found.
                if met == 0 || *visits >= many || (*visits > 0 && leads_through(&ways, index, *parent)) {
                    continue;
                }
                *visits += 1;
                ways.push(Way { pair: *parent, mask, path: Rc::clone(&member.path), from: Some(index), always });
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
        append(&mut path, &way.path);
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
