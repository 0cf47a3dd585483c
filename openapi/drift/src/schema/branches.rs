//! Matches the alternatives of two lists.

use std::collections::{BTreeMap, HashMap};

use zerogate_contract::json::Key;
use zerogate_contract::reference;

use super::compared::Compared;
use super::discriminator::replacements;
use super::outline::outline;
use crate::free::Free;
use crate::meaning::{Types, View, view};
use crate::node::{Node, Slot};
use crate::renames::Meant;
use crate::side::{Side, Sides};

/// The counterpart in the new list for each old alternative, and the new ones without a counterpart.
pub(super) struct Matched {
    pub(super) counterparts: Vec<Option<usize>>,
    pub(super) free: Vec<bool>,
}

/// What an alternative has in common with its counterpart.
#[derive(Eq, Hash, PartialEq)]
enum Sign<'d> {
    Reference(Meant),
    /// It is selected by the same values of the discriminator: the reference of the new one.
    Selected(String),
    Value(Key<'d>),
    Title(&'d str),
    /// What it says, and whether the old one and the new one are references.
    Outline((bool, bool), String),
    /// It is inline, with these types.
    Types(Types),
}

/// Finds counterparts by name, discriminator, equality, tag, title, what they say, and types.
pub(super) fn matched<'d>(compared: &Compared<'_, 'd>, old: &[Slot<'d>], new: &[Slot<'d>]) -> Matched {
    let Sides { old: old_side, new: new_side, renames, .. } = compared.sides;
    let mut matched = Matched { counterparts: vec![None; old.len()], free: vec![true; new.len()] };
    let signs = |meant: Vec<Meant>| meant.into_iter().map(Sign::Reference).collect();
    let named = |node: &Node<'d>| reference(node.value).map(|target| signs(renames.wanted(target))).unwrap_or_default();
    let is_named = |node: &Node<'d>| reference(node.value).map(|it| signs(renames.offered(it))).unwrap_or_default();
    matched.by(old, new, &named, &is_named);
    let replacements = replacements(compared);
    let replaced = |node: &Node<'d>| reference(node.value).and_then(|it| replacements.get(it).cloned());
    let selected = |reference: Option<String>| reference.map(Sign::Selected).into_iter().collect();
    let replaces = |node: &Node<'d>| selected(reference(node.value).map(str::to_owned));
    matched.by(old, new, &|node| selected(replaced(node)), &replaces);
    let by_equality = |node: &Node<'d>| vec![Sign::Value(Key(node.value))];
    matched.by(old, new, &by_equality, &by_equality);
    matched.by_tag(compared, old, new);
    let by_title = |node: &Node<'d>| node.text("title").map(Sign::Title).into_iter().collect();
    matched.by(old, new, &by_title, &by_title);
    let refers = |node: &Node<'d>| reference(node.value).is_some();
    // References to two components are two alternatives.
    let ways = [(false, false), (false, true), (true, false)];
    let outlines = |side: &Side<'d>, node: &Node<'d>, is_own: &dyn Fn(&(bool, bool)) -> bool| -> Vec<Sign<'d>> {
        let ways = ways.into_iter().filter(is_own);
        outline(side, node).map(|said| ways.map(|way| Sign::Outline(way, said.clone())).collect()).unwrap_or_default()
    };
    let old_outlines = |node: &Node<'d>| outlines(old_side, node, &|(refers_to, _)| *refers_to == refers(node));
    matched.by(old, new, &old_outlines, &|node| outlines(new_side, node, &|(_, refers_to)| *refers_to == refers(node)));
    // Null may be written beside the alternatives, or within each of them.
    let types = |side: &Side<'d>, node: &Node<'d>| {
        let types = (!refers(node)).then(|| view(side, &Slot::of(node.clone())).declared.without(Types::NULL));
        types.map(Sign::Types).into_iter().collect()
    };
    matched.by(old, new, &|node| types(old_side, node), &|node| types(new_side, node));
    matched.last(|from, to| {
        let only = |slots: &[Slot<'d>], index: usize| slots.get(index).and_then(Slot::only).cloned();
        let both = only(old, from).zip(only(new, to)).filter(|(from, to)| !(refers(from) && refers(to)));
        let both = both.map(|(from, to)| (view(old_side, &Slot::of(from)), view(new_side, &Slot::of(to))));
        both.is_some_and(|(from, to)| from.types.meets(to.types.without(Types::NULL)))
    });
    matched
}

/// The signs that identify a counterpart, strongest first.
type Signs<'s, 'd> = &'s dyn Fn(&Node<'d>) -> Vec<Sign<'d>>;

impl Matched {
    /// Pairs the remaining alternatives that share a sign.
    fn by<'d>(&mut self, old: &[Slot<'d>], new: &[Slot<'d>], old_signs: Signs<'_, 'd>, new_signs: Signs<'_, 'd>) {
        let left: Vec<usize> = self.left().collect();
        let open: Vec<usize> = self.open().collect();
        if left.is_empty() || open.is_empty() {
            return;
        }
        let parts = |index: &usize| new.get(*index).map(|slot| slot.parts.as_slice()).unwrap_or_default();
        let mut free = Free::new(left.iter().map(|index| parts(index).iter().flat_map(new_signs)));
        for index in open {
            let node = old.get(index).and_then(Slot::only);
            let taken = node.and_then(|node| free.take(old_signs(node)));
            self.pair(index, taken.and_then(|taken| left.get(taken)).copied());
        }
    }

    /// Pairs the remaining alternatives with the same tag value.
    fn by_tag<'d>(&mut self, compared: &Compared<'_, 'd>, old: &[Slot<'d>], new: &[Slot<'d>]) {
        let tags = |side: &Side<'d>, slot: Option<&Slot<'d>>| slot.map(|slot| Tags::of(side, &view(side, slot)));
        let Sides { old: old_side, new: new_side, .. } = compared.sides;
        let open: Vec<_> = self.open().filter_map(|index| Some((index, tags(old_side, old.get(index))?))).collect();
        let left: Vec<_> = self.left().filter_map(|index| Some((index, tags(new_side, new.get(index))?))).collect();
        let Some(tag) = Tags::common(open.iter().chain(&left).map(|(_, tags)| tags)) else {
            return;
        };
        let mut by_value: HashMap<&str, usize> = HashMap::new();
        for (index, tags) in &left {
            for value in tags.values(tag) {
                by_value.entry(value).or_insert(*index);
            }
        }
        for (index, tags) in &open {
            let found = tags.values(tag).iter().find_map(|value| by_value.get(value.as_str())).copied();
            self.pair(*index, found);
        }
    }

    /// Pairs the only two that remain, if they have something in common.
    fn last(&mut self, meets: impl Fn(usize, usize) -> bool) {
        let (open, left): (Vec<usize>, Vec<usize>) = (self.open().collect(), self.left().collect());
        if let ([from], [to]) = (open.as_slice(), left.as_slice())
            && meets(*from, *to)
        {
            self.pair(*from, Some(*to));
        }
    }

    /// The indices of the new alternatives without a counterpart so far.
    fn left(&self) -> impl Iterator<Item = usize> {
        self.free.iter().enumerate().filter_map(|(index, free)| free.then_some(index))
    }

    /// The indices of the old alternatives without a counterpart so far.
    fn open(&self) -> impl Iterator<Item = usize> {
        self.counterparts.iter().enumerate().filter_map(|(index, known)| known.is_none().then_some(index))
    }

    fn pair(&mut self, old: usize, new: Option<usize>) {
        let free = new.and_then(|new| self.free.get_mut(new)).filter(|free| **free);
        if let (Some(free), Some(counterpart)) = (free, self.counterparts.get_mut(old)) {
            (*free, *counterpart) = (false, new);
        }
    }
}

/// The values of the required properties of an alternative that have a list of values.
#[derive(Default)]
pub(super) struct Tags(BTreeMap<String, Vec<String>>);

impl Tags {
    pub(super) fn of(side: &Side<'_>, branch: &View<'_>) -> Tags {
        let listed = |name: &str| {
            let values = view(side, branch.properties.get(name)?).values?;
            let values: Vec<String> = values.iter().map(|value| value.value.to_string()).collect();
            (!values.is_empty()).then(|| (name.to_owned(), values))
        };
        Tags(branch.required.keys().filter_map(|name| listed(name)).collect())
    }

    /// The property that tells all of them apart.
    pub(super) fn common<'t>(all: impl Iterator<Item = &'t Tags> + Clone) -> Option<&'t str> {
        let first = all.clone().next()?;
        first.0.keys().map(String::as_str).find(|name| all.clone().all(|tags| tags.0.contains_key(*name)))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn values(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}
