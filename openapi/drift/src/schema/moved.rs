//! Values that move between the alternatives that list them and others.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use zerogate_contract::json::Key;

use super::compared::Compared;
use super::includes::MAX_BRANCHES;
use super::overlap::{self, Overlap};
use super::values::missing;
use crate::change::{Source, Wire};
use crate::found::Found;
use crate::kind::{Effect, family};
use crate::meaning::{At, Types, Union, View, view};
use crate::node::Slot;
use crate::side::{Side, Sides};
use crate::text::is_doc;
use crate::value::{quote, same};

const LISTS_OTHERS: &str = "lists other values in one of its alternatives";
/// The message about values that another alternative accepts, or accepted.
pub(super) const SAME: &str = "lists other values in one of its alternatives, but accepts the same";

/// What the alternatives of both sides accept.
pub(super) struct Moved<'c, 'd> {
    compared: &'c Compared<'c, 'd>,
    old: Accepts<'d>,
    new: Accepts<'d>,
}

/// What the alternatives of one side accept.
struct Accepts<'d> {
    one: bool,
    /// How many of the alternatives that only list values have each.
    listed: HashMap<Key<'d>, usize>,
    others: Vec<View<'d>>,
}

impl<'c, 'd> Moved<'c, 'd> {
    /// `None` if there are too many alternatives to ask.
    pub(super) fn of(compared: &'c Compared<'c, 'd>, old: &Union<'d>, new: &Union<'d>) -> Option<Self> {
        let is_small = old.branches.len().max(new.branches.len()) <= MAX_BRANCHES;
        is_small.then(|| {
            let [old, new] =
                [(&compared.sides.old, old), (&compared.sides.new, new)].map(|(side, union)| Accepts::of(side, union));
            Self { compared, old, new }
        })
    }

    /// What an alternative tells that lists other values now, unless each of these is lost or new.
    pub(super) fn told(&self, before: &Slot<'d>, after: &Slot<'d>) -> Option<Found> {
        let compared = self.compared;
        let sides = compared.sides;
        let (old, new) = (view(&sides.old, before), view(&sides.new, after));
        let (was, is) = (plain(&old)?, plain(&new)?);
        let (removed, added) = (missing(was, is), missing(is, was));
        let of = |values: &[&At<&'d Value>]| self.gained_and_lost(values.iter().map(|value| value.value));
        let ([gained, lost], [come, gone]) = (of(&removed)?, of(&added)?);
        let is_as_usual = lost.len() == removed.len() && come.len() == added.len();
        if is_as_usual {
            return None;
        }
        let (gained, lost) = ([gained, come].concat(), [lost, gone].concat());
        let some = |verb: &str, values: &[&Value]| values.first().map(|value| format!(", and {verb} {}", quote(value)));
        let told = [some("now accepts", &gained), some("no longer accepts", &lost)];
        let what = if told == [None, None] {
            SAME.to_owned()
        } else {
            told.into_iter().fold(LISTS_OTHERS.to_owned(), |what, told| what + &told.unwrap_or_default())
        };
        let found = Found::new(family!("alternative-values-changed"), before.place(), after.place(), what);
        let is_text = |values: &[&At<&Value>]| values.iter().any(|value| value.value.is_string());
        let source = match (is_text(&removed), is_text(&added)) {
            (true, _) => Source::Breaking,
            (_, true) => Source::Compatible,
            _ => Source::None,
        };
        let effect = |wire: Wire, is: bool| if is { wire } else { Wire::None };
        let request = effect(Wire::Breaking, !lost.is_empty()).max(effect(Wire::Compatible, !gained.is_empty()));
        let response = effect(Wire::Risky, !gained.is_empty()).max(effect(Wire::Compatible, !lost.is_empty()));
        Some(found.effect(Effect { request, response }).source(compared.source(source)))
    }

    /// Whether an alternative only lists values, each of which is accepted now if and only if it was.
    pub(super) fn is_idle(&self, side: &Side<'d>, branch: &Slot<'d>) -> bool {
        let branch = view(side, branch);
        let values = plain(&branch).map(|values| values.iter().map(|value| value.value));
        values.and_then(|values| self.gained_and_lost(values)).is_some_and(|both| both.iter().all(Vec::is_empty))
    }

    /// The values that are accepted now, but were not before, and the other way round; `None` if that is unknown.
    fn gained_and_lost(&self, values: impl Iterator<Item = &'d Value>) -> Option<[Vec<&'d Value>; 2]> {
        let mut found = [Vec::new(), Vec::new()];
        // Null is compared with the types.
        for value in values.filter(|value| !value.is_null()) {
            match (self.old.accept(value)?, self.new.accept(value)?) {
                (false, true) => found[0].push(value),
                (true, false) => found[1].push(value),
                _ => {}
            }
        }
        Some(found)
    }
}

impl<'d> Accepts<'d> {
    fn of(side: &Side<'d>, union: &Union<'d>) -> Self {
        let mut accepts = Self { one: union.one, listed: HashMap::new(), others: Vec::new() };
        for branch in union.branches.iter().map(|branch| view(side, branch)) {
            match plain(&branch) {
                Some(values) => {
                    let values: HashSet<Key<'d>> = values.iter().map(|value| Key(value.value)).collect();
                    values.into_iter().for_each(|value| *accepts.listed.entry(value).or_default() += 1);
                }
                None => accepts.others.push(branch),
            }
        }
        accepts
    }

    /// Whether the alternatives together accept a value; `None` if that is unknown.
    fn accept(&self, value: &Value) -> Option<bool> {
        let others = self.others.iter().map(|other| overlap::with(other, value));
        let (mut certain, mut possible) = (self.listed.get(&Key(value)).copied().unwrap_or_default(), 0);
        for other in others {
            certain += usize::from(other == Overlap::Shared);
            possible += usize::from(other == Overlap::Unknown);
        }
        match certain {
            0 => (possible == 0).then_some(false),
            1 if self.one => (possible == 0).then_some(true),
            _ => Some(!self.one),
        }
    }
}

/// The values of a schema that only lists them.
fn plain<'v, 'd>(view: &'v View<'d>) -> Option<&'v [At<&'d Value>]> {
    let has_no_words = view.patterns.is_empty() && view.formats.is_empty();
    let is_plain = has_no_words && !view.cut && !view.asks() && Types::SCALAR.holds(view.types.without(Types::NULL));
    view.values.as_deref().filter(|_| is_plain)
}

/// Whether two schemas differ in the values that they list, and in nothing else but texts for people.
pub(super) fn are_relisted<'d>(sides: &Sides<'d>, before: &Slot<'d>, after: &Slot<'d>) -> bool {
    let definition = |side: &Side<'d>, slot: &Slot<'d>| side.definition(slot.only()?);
    let both = definition(&sides.old, before).zip(definition(&sides.new, after));
    both.is_some_and(|(old, new)| sides.differ(&old, &new) && alike_but_for_values(old.value, new.value))
}

fn alike_but_for_values(old: &Value, new: &Value) -> bool {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return false };
    let is_other = |key: &str| !is_doc(key) && !matches!(key, "enum" | "const" | "type" | "nullable");
    let mut keys = old.keys().chain(new.keys()).filter(|key| is_other(key));
    keys.all(|key| old.get(key).zip(new.get(key)).is_some_and(|(old, new)| same(old, new)))
}
