//! Finds who is affected by distant differences, for all of them at once: from the messages down.
//!
//! Walking up from a difference visits everything that contains it. Where schemas refer to each other, that is most of
//! a contract, for each difference. Walking down from a message finds the same paths for every difference below: the
//! shortest ones, and of these the first.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::sight::Sight;
use crate::field::longer;
use crate::graph::{Member, Message};

/// A pair with a message, how the message sees a difference there, and the field path from there down.
type Arrival = (usize, Sight, Rc<str>);

/// What contains the differences.
pub(super) struct Far {
    above: HashMap<Start, Vec<Arrival>>,
    /// Differences with a shorter path that returns to its start: only walking up finds the others.
    circular: HashSet<Start>,
}

/// The next step on the way up.
#[derive(Clone)]
struct Step {
    distance: usize,
    /// The index among the owners of the pair.
    parent: usize,
    next: usize,
    /// The end of the path, and the path from there, once it was requested.
    whole: Option<(usize, Rc<str>)>,
}

/// The owners of each pair.
type Parents<'g> = [Vec<(usize, &'g Member)>];
/// A pair, and how a difference is seen there.
type Start = (usize, Sight);

/// A walk. Its states are how differences are seen at each pair, by index.
struct Walk<'u, 'g> {
    parents: &'u Parents<'g>,
    starts: &'u HashSet<Start>,
    /// The parts of each pair, with its index among the owners of the part.
    parts: Vec<Vec<(usize, usize)>>,
    /// The states above a difference.
    open: Vec<bool>,
    steps: Vec<Option<Step>>,
    touched: Vec<usize>,
}

fn state(pair: usize, sight: Sight) -> usize {
    pair * Sight::COUNT + sight.index()
}

impl Far {
    pub(super) fn of(parents: &Parents<'_>, messages: &[Vec<&Message>], starts: &HashSet<Start>) -> Self {
        let mut walk = Walk::new(parents, starts);
        let (mut above, mut circular) = (HashMap::<Start, Vec<Arrival>>::new(), HashSet::new());
        for (pair, messages) in messages.iter().enumerate().filter(|(_, messages)| !messages.is_empty()) {
            for kind in 0..Sight::KINDS {
                // It may be unknown yet whether a value is optional. The shorter of the two paths counts.
                let ends = [kind, kind + Sight::KINDS].map(Sight::at);
                let ends = ends.into_iter().filter(|end| end.kind() == kind);
                let ends = ends.filter(|end| messages.iter().any(|message| end.is_open(message)));
                let ends: Vec<usize> = ends.map(|end| state(pair, end)).filter(|end| walk.is_open(*end)).collect();
                walk.down(ends);
                for start in walk.starts(pair) {
                    if walk.comes_back(start) {
                        circular.insert(start);
                        continue;
                    }
                    let (end, path) = walk.way(state(start.0, start.1));
                    above.entry(start).or_default().push((pair, Sight::at(end % Sight::COUNT), path));
                }
                walk.clear();
            }
        }
        Self { above, circular }
    }

    /// What contains a difference that is seen in this way in a pair; `None` if only walking up finds it.
    pub(super) fn above(&self, pair: usize, sight: Sight) -> Option<&[Arrival]> {
        let start = (pair, sight);
        let is_known = !self.circular.contains(&start);
        is_known.then(|| self.above.get(&start).map(Vec::as_slice).unwrap_or_default())
    }
}

impl<'u, 'g> Walk<'u, 'g> {
    fn new(parents: &'u Parents<'g>, starts: &'u HashSet<Start>) -> Self {
        let mut parts = vec![Vec::new(); parents.len()];
        for (pair, above) in parents.iter().enumerate() {
            for (place, (parent, _)) in above.iter().enumerate() {
                parts.get_mut(*parent).into_iter().for_each(|parts| parts.push((pair, place)));
            }
        }
        let states = parents.len() * Sight::COUNT;
        let mut open = vec![false; states];
        let mut next: Vec<Start> = starts.iter().copied().collect();
        while let Some((pair, sight)) = next.pop() {
            if open.get_mut(state(pair, sight)).is_some_and(|open| !std::mem::replace(open, true)) {
                let above = parents.get(pair).into_iter().flatten();
                next.extend(above.filter_map(|(parent, member)| Some((*parent, sight.above(member)?))));
            }
        }
        Self { parents, starts, parts, open, steps: vec![None; states], touched: Vec::new() }
    }

    fn is_open(&self, state: usize) -> bool {
        self.open.get(state).copied().unwrap_or(false)
    }

    /// Walks from some states to all that lead to one of them.
    fn down(&mut self, ends: Vec<usize>) {
        let mut layer = ends;
        let mut distance = 0;
        for end in &layer {
            self.take(*end, Step { distance, parent: 0, next: *end, whole: Some((*end, Rc::from(""))) });
        }
        while !layer.is_empty() {
            distance += 1;
            let mut below = Vec::new();
            for next in layer {
                let (pair, seen) = (next / Sight::COUNT, next % Sight::COUNT);
                for (part, parent) in self.parts.get(pair).cloned().unwrap_or_default() {
                    let Some(member) = self.member(part, parent) else { continue };
                    let states = (0..Sight::COUNT).map(|index| part * Sight::COUNT + index);
                    for at in states.filter(|at| self.is_open(*at)).collect::<Vec<_>>() {
                        let sight = Sight::at(at % Sight::COUNT).above(member);
                        let leads_there = sight.is_some_and(|sight| sight.index() == seen);
                        if leads_there && self.take(at, Step { distance, parent, next, whole: None }) {
                            below.push(at);
                        }
                    }
                }
            }
            layer = below;
        }
    }

    /// Records the next step from a state, if it is the first of the shortest paths. Returns whether it is the first
    /// path at all.
    fn take(&mut self, at: usize, step: Step) -> bool {
        match self.steps.get_mut(at) {
            Some(Some(known)) => {
                if known.distance == step.distance && step.parent < known.parent {
                    *known = step;
                }
                false
            }
            Some(free) => {
                *free = Some(step);
                self.touched.push(at);
                true
            }
            None => false,
        }
    }

    /// The differences from which a path was found. A difference in the pair itself needs no path.
    fn starts(&self, end: usize) -> Vec<Start> {
        let starts = self.touched.iter().map(|at| (at / Sight::COUNT, Sight::at(at % Sight::COUNT)));
        let starts = starts.filter(|start| self.starts.contains(start));
        starts.filter(|(pair, _)| *pair != end).collect()
    }

    /// Whether the path from a difference passes its own pair again, where it is seen differently.
    fn comes_back(&self, (pair, sight): Start) -> bool {
        let step = |at: usize| self.steps.get(at).and_then(Option::as_ref);
        let others = (0..Sight::COUNT).map(|index| pair * Sight::COUNT + index);
        let Some(start) = step(state(pair, sight)) else { return false };
        if others.filter_map(step).all(|other| other.distance >= start.distance) {
            return false;
        }
        let mut here = start;
        while here.distance > 0 {
            match step(here.next) {
                Some(_) if here.next / Sight::COUNT == pair => return true,
                Some(next) => here = next,
                None => break,
            }
        }
        false
    }

    /// The end of the path from a state, and the path itself.
    fn way(&mut self, at: usize) -> (usize, Rc<str>) {
        let (mut behind, mut here) = (Vec::new(), at);
        let mut whole = loop {
            match self.steps.get(here) {
                Some(Some(Step { whole: Some(whole), .. })) => break whole.clone(),
                Some(Some(step)) => {
                    behind.push(here);
                    here = step.next;
                }
                _ => break (here, Rc::from("")),
            }
        };
        while let Some(at) = behind.pop() {
            let Some(Some(step)) = self.steps.get(at) else { continue };
            let part = self.member(at / Sight::COUNT, step.parent).map_or("", |member| &member.path);
            whole.1 = longer(&whole.1, part);
            if let Some(Some(step)) = self.steps.get_mut(at) {
                step.whole = Some(whole.clone());
            }
        }
        whole
    }

    /// The part that a pair is in one of its owners.
    fn member(&self, pair: usize, parent: usize) -> Option<&'g Member> {
        self.parents.get(pair)?.get(parent).map(|(_, member)| *member)
    }

    fn clear(&mut self) {
        for at in self.touched.drain(..) {
            self.steps.get_mut(at).into_iter().for_each(|step| *step = None);
        }
    }
}
