//! Which alternative of one list is which of another one.

use std::collections::{BTreeMap, HashMap};

use zerogate_contract::reference;

use super::compared::Compared;
use crate::meaning::{View, view};
use crate::node::{Node, Slot};
use crate::side::Side;
use crate::value::same;

/// For each alternative of the old list its counterpart in the new one, and which of the new ones are no counterparts.
pub(super) struct Matched {
    pub(super) counterparts: Vec<Option<usize>>,
    pub(super) free: Vec<bool>,
}

/// Looks for counterparts: by name, by equality, by the value that tells them apart, by title, by place.
pub(super) fn matched<'d>(compared: &Compared<'_, 'd>, old: &[Slot<'d>], new: &[Slot<'d>]) -> Matched {
    let sides = compared.sides;
    let mut matched: Vec<Option<usize>> = vec![None; old.len()];
    let mut free: Vec<bool> = vec![true; new.len()];
    let by_name = |a: &Node<'d>, b: &Node<'d>| match (reference(a.value), reference(b.value)) {
        (Some(a), Some(b)) => sides.renames.match_references(a, b),
        _ => false,
    };
    let by_equality = |a: &Node<'d>, b: &Node<'d>| same(a.value, b.value);
    let by_title = |a: &Node<'d>, b: &Node<'d>| a.text("title").is_some() && a.text("title") == b.text("title");
    let by_origin = |a: &Node<'d>, b: &Node<'d>| {
        reference(a.value).is_some() != reference(b.value).is_some()
            && matches!(
                (sides.old.definition(a), sides.new.definition(b)),
                (Some(a), Some(b)) if same(a.value, b.value)
            )
    };
    let by_place = |a: &Node<'d>, b: &Node<'d>| {
        reference(a.value).is_none() && reference(b.value).is_none() && a.value.get("type") == b.value.get("type")
    };
    let tests: [Test<'_, 'd>; 5] = [&by_name, &by_equality, &by_title, &by_origin, &by_place];
    // Long lists are compared by name and equality alone: the other ways look at every pair.
    let tests = if old.len().max(new.len()) > 200 { tests.get(..2).unwrap_or_default() } else { &tests[..] };
    for (round, test) in tests.iter().enumerate() {
        if round == 2 {
            by_tag(compared, (old, &mut matched), (new, &mut free));
        }
        for (slot, counterpart) in old.iter().zip(&mut matched).filter(|(_, counterpart)| counterpart.is_none()) {
            let Some(node) = slot.only() else {
                continue;
            };
            let fits = |((index, other), free): ((usize, &Slot<'d>), &bool)| {
                (*free && other.parts.iter().any(|other| test(node, other))).then_some(index)
            };
            *counterpart = new.iter().enumerate().zip(&free).find_map(fits);
            if let Some(taken) = counterpart.and_then(|index| free.get_mut(index)) {
                *taken = false;
            }
        }
    }
    if tests.len() <= 2 {
        by_tag(compared, (old, &mut matched), (new, &mut free));
    }
    Matched { counterparts: matched, free }
}

/// Pairs the alternatives that are left and have the same value of the property that tells them apart.
fn by_tag<'d>(
    compared: &Compared<'_, 'd>,
    (old, matched): (&[Slot<'d>], &mut [Option<usize>]),
    (new, free): (&[Slot<'d>], &mut [bool]),
) {
    let left = old.iter().zip(&*matched).filter(|(_, counterpart)| counterpart.is_none()).map(|(slot, _)| slot);
    let fresh = new.iter().zip(&*free).filter(|(_, free)| **free).map(|(slot, _)| slot);
    let left: Vec<Tags> = left.map(|slot| Tags::of(&compared.sides.old, &view(&compared.sides.old, slot))).collect();
    let fresh: Vec<Tags> = fresh.map(|slot| Tags::of(&compared.sides.new, &view(&compared.sides.new, slot))).collect();
    let Some(tag) = Tags::common(left.iter().chain(&fresh)) else {
        return;
    };
    let mut by_value: HashMap<String, usize> = HashMap::new();
    let places = (0..new.len()).filter(|index| free.get(*index) == Some(&true));
    for (index, tags) in places.zip(&fresh) {
        for value in tags.values(tag) {
            by_value.entry(value.clone()).or_insert(index);
        }
    }
    let open = matched.iter_mut().filter(|counterpart| counterpart.is_none());
    for (counterpart, tags) in open.zip(&left) {
        let found = tags.values(tag).iter().find_map(|value| by_value.get(value)).copied();
        if let Some(free) = found.and_then(|index| free.get_mut(index)).filter(|free| **free) {
            (*free, *counterpart) = (false, found);
        }
    }
}

/// The values of the properties of an alternative that must be there and have one of a list of values.
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

    /// The property by which all of them are told apart.
    pub(super) fn common<'t>(all: impl Iterator<Item = &'t Tags> + Clone) -> Option<&'t str> {
        let first = all.clone().next()?;
        first.0.keys().map(String::as_str).find(|name| all.clone().all(|tags| tags.0.contains_key(*name)))
    }

    pub(super) fn values(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whether two alternatives are counterparts.
type Test<'t, 'd> = &'t dyn Fn(&Node<'d>, &Node<'d>) -> bool;
