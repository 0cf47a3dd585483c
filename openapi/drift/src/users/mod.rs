//! Finds who is affected by a difference: from its pair of schemas up to the messages that contain it.

mod far;
mod sight;

use std::cell::OnceCell;
use std::collections::HashSet;
use std::rc::Rc;

use crate::change::Reach;
use crate::field::{MAX_FIELD, append, longer, shortened};
use crate::found::Written;
use crate::graph::{Graph, Member, Message};

use far::Far;
use sight::Sight;

/// The maximum number of paths from a message to a schema before only the first ones are reported.
const MAX_WAYS: u8 = 2;
const MAX_STEPS: usize = 256;
/// The maximum number of places that all changes together may affect before only one per operation is reported.
const MAX_REACH: usize = 5_000;

/// A message that is affected by a difference, and its field.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    /// Whether it is written as XML.
    pub(crate) xml: bool,
    /// Whether the value that differs is written as text.
    pub(crate) text: bool,
    /// Whether its field is repeated for each item, if it is a list.
    pub(crate) repeated: bool,
    /// Whether the value that differs is always present.
    pub(crate) always: bool,
    /// Whether it is the schema of the message itself, not of a part.
    pub(crate) whole: bool,
    pub(crate) reach: Reach,
}

/// A path up from a pair.
struct Way {
    pair: usize,
    sight: Sight,
    path: Rc<str>,
    from: Option<usize>,
}

/// The graph of pairs, upside down.
pub(crate) struct Users<'g> {
    parents: Vec<Vec<(usize, &'g Member)>>,
    /// The messages of each pair.
    messages: Vec<Vec<&'g Message>>,
    /// The number of visits to each pair in one walk, by how the difference is seen.
    visits: Vec<[u8; Sight::KINDS]>,
    /// Pairs that operations or component schemas refer to, other than through `not` and its like.
    used: Vec<bool>,
    told: usize,
    /// The pairs with differences, and how these are seen there.
    starts: HashSet<(usize, Sight)>,
    /// What contains the differences far above; `None` where walking up is cheaper.
    far: OnceCell<Option<Far>>,
}

impl<'g> Users<'g> {
    pub(crate) fn new(graph: &'g Graph<'_>) -> Self {
        let mut parents = vec![Vec::new(); graph.pairs.len()];
        for (parent, pair) in graph.pairs.iter().enumerate() {
            for member in &pair.members {
                if let Some(parents) = parents.get_mut(member.pair) {
                    parents.push((parent, member));
                }
            }
        }
        let mut messages = vec![Vec::new(); graph.pairs.len()];
        for message in &graph.messages {
            messages.get_mut(message.pair).into_iter().for_each(|messages| messages.push(message));
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
        let found = graph
            .pairs
            .iter()
            .enumerate()
            .flat_map(|(index, pair)| pair.found.iter().map(move |(_, property)| (index, Sight::of(property))));
        let starts = found.collect();
        let visits = vec![[0; Sight::KINDS]; graph.pairs.len()];
        Users { parents, messages, visits, used, told: 0, starts, far: OnceCell::new() }
    }

    pub(crate) fn is_used(&self, pair: usize) -> bool {
        self.used.get(pair).copied().unwrap_or(false)
    }

    /// The messages that contain a pair, with the field path: all of them, by the shortest paths.
    pub(crate) fn of(&mut self, pair: usize, property: &Rc<str>) -> Vec<Met> {
        let start = Sight::of(property);
        let mut ways = vec![Way { pair, sight: start, path: Rc::clone(property), from: None }];
        let mut visits = std::mem::take(&mut self.visits);
        visits.get_mut(pair).into_iter().for_each(|visits| *visits = [1; Sight::KINDS]);
        let mut met = Vec::new();
        let (mut next, mut far) = (0, None);
        while let Some(way) = ways.get(next) {
            let (at, sight, index) = (way.pair, way.sight, next);
            next += 1;
            self.meet(at, sight, || field(&ways, index), &mut met);
            let many = if ways.len() < MAX_STEPS && self.told < MAX_REACH { MAX_WAYS } else { 1 };
            far = if many == 1 { self.far().and_then(|far| far.above(pair, start)) } else { None };
            if far.is_some() {
                continue;
            }
            for (parent, member) in self.parents.get(at).into_iter().flatten() {
                let Some(sight) = sight.above(member) else { continue };
                let Some(visits) = visits.get_mut(*parent).and_then(|visits| visits.get_mut(sight.kind())) else {
                    continue;
                };
                // The first path is always taken, so that every owner of the pair is found.
                if *visits >= many || (*visits > 0 && leads_through(&ways, index, *parent)) {
                    continue;
                }
                *visits += 1;
                ways.push(Way { pair: *parent, sight, path: Rc::clone(&member.path), from: Some(index) });
            }
        }
        for (at, sight, path) in far.into_iter().flatten() {
            let is_known =
                visits.get(*at).and_then(|visits| visits.get(sight.kind())).is_some_and(|visits| *visits > 0);
            if !is_known {
                self.meet(*at, *sight, || longer(path, property).to_string(), &mut met);
            }
        }
        // The next walk begins anew.
        for way in &ways {
            visits.get_mut(way.pair).into_iter().for_each(|visits| *visits = [0; Sight::KINDS]);
        }
        self.visits = visits;
        self.told = self.told.saturating_add(met.len());
        met
    }

    /// Collects the messages of a pair that see a difference.
    fn meet(&self, pair: usize, sight: Sight, field: impl Fn() -> String, met: &mut Vec<Met>) {
        let messages = self.messages.get(pair).into_iter().flatten();
        for message in messages.filter(|message| sight.is_open(message)) {
            let field = field();
            let whole = field.is_empty();
            let mut reach = message.reach.clone();
            append(&mut reach.field, &field);
            let (xml, text) = (message.written == Written::Xml, message.written.is_text(&field));
            let repeated = message.written.is_repeated(&field);
            met.push(Met { xml, text, repeated, always: sight.always.unwrap_or(message.always), whole, reach });
        }
    }

    /// What contains the differences far above, if there are more of them than of their owners.
    fn far(&self) -> Option<&Far> {
        let make = || {
            let with_messages = self.messages.iter().filter(|messages| !messages.is_empty()).count();
            let is_less = with_messages <= self.starts.len();
            is_less.then(|| Far::of(&self.parents, &self.messages, &self.starts))
        };
        self.far.get_or_init(make).as_ref()
    }
}

/// The path of a field, from the top down.
fn field(ways: &[Way], index: usize) -> String {
    let mut path = String::new();
    let mut next = Some(index);
    while let Some(way) = next.and_then(|index| ways.get(index)).filter(|_| path.len() <= MAX_FIELD) {
        append(&mut path, &way.path);
        next = way.from;
    }
    shortened(path)
}

/// Whether a path has visited a pair before: a schema that contains itself is reported once.
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
