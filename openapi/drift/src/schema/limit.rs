//! Compares limits: bounds of numbers, and counts.

use std::ops::RangeInclusive;

use serde_json::{Number, Value};

use super::compared::Compared;
use crate::found::Found;
use crate::kind::{Effect, Family, family};
use crate::meaning::{At, Bound, Rest, Types, View};
use crate::node::Slot;
use crate::value::{compare, floor};

/// A keyword that sets a limit.
struct Limit {
    keyword: &'static str,
    /// Whether it is a maximum.
    upper: bool,
    /// The name of the keyword for an exclusive limit.
    exclusively: &'static str,
    about: Types,
    families: Families,
    /// The families for an exclusive limit.
    exclusive: Families,
}

/// The families for a limit.
#[derive(Clone, Copy)]
struct Families {
    set: &'static Family,
    unset: &'static Family,
    increased: &'static Family,
    decreased: &'static Family,
}

/// The families with this stem.
macro_rules! families {
    ($stem:literal) => {
        Families {
            set: family!(concat!($stem, "-set")),
            unset: family!(concat!($stem, "-unset")),
            increased: family!(concat!($stem, "-increased")),
            decreased: family!(concat!($stem, "-decreased")),
        }
    };
}

macro_rules! limit {
    ($keyword:literal, $upper:literal, $about:ident, $stem:literal) => {
        limit!($keyword, $upper, $about, $stem, $stem)
    };
    ($keyword:literal, $upper:literal, $about:ident, $stem:literal, $exclusive:literal) => {
        limit!($keyword, $keyword, $upper, $about, $stem, $exclusive)
    };
    ($keyword:literal, $exclusively:literal, $upper:literal, $about:ident, $stem:literal, $exclusive:literal) => {
        Limit {
            keyword: $keyword,
            exclusively: $exclusively,
            upper: $upper,
            about: Types::$about,
            families: families!($stem),
            exclusive: families!($exclusive),
        }
    };
}

static COUNTS: [Limit; 6] = [
    limit!("maxLength", true, STRING, "max-length"),
    limit!("minLength", false, STRING, "min-length"),
    limit!("maxItems", true, ARRAY, "max-items"),
    limit!("minItems", false, ARRAY, "min-items"),
    limit!("maxProperties", true, OBJECT, "max-properties"),
    limit!("minProperties", false, OBJECT, "min-properties"),
];
static MAXIMUM: Limit = limit!("maximum", "exclusiveMaximum", true, NUMBER, "max", "exclusive-max");
static MINIMUM: Limit = limit!("minimum", "exclusiveMinimum", false, NUMBER, "min", "exclusive-min");
static MAX_CONTAINS: Limit = limit!("maxContains", true, ARRAY, "max-contains");
/// The default is 1, so it is neither set nor unset.
static MIN_CONTAINS: Limit = Limit {
    keyword: "minContains",
    exclusively: "minContains",
    upper: false,
    about: Types::ARRAY,
    families: MIN_CONTAINS_FAMILIES,
    exclusive: MIN_CONTAINS_FAMILIES,
};
const MIN_CONTAINS_FAMILIES: Families = Families {
    set: family!("min-contains-increased"),
    unset: family!("min-contains-decreased"),
    increased: family!("min-contains-increased"),
    decreased: family!("min-contains-decreased"),
};

pub(super) fn judge(compared: &Compared<'_, '_>) -> Vec<Found> {
    let (old, new) = (&compared.old, &compared.new);
    let mut out = Vec::new();
    for limit in &COUNTS {
        let (before, after) = (old.counts.get(limit.keyword), new.counts.get(limit.keyword));
        if !limit.follows(compared, before, after) {
            out.extend(limit.judge(compared, before.map(Set::count), after.map(Set::count)));
        }
    }
    out.extend(contained(compared));
    out.extend(MAXIMUM.judge(compared, old.upper.as_ref().map(Set::bound), new.upper.as_ref().map(Set::bound)));
    out.extend(MINIMUM.judge(compared, old.lower.as_ref().map(Set::bound), new.lower.as_ref().map(Set::bound)));
    out
}

/// Compares the number of matches of `contains`. Without it, `minContains` and `maxContains` have no effect.
fn contained(compared: &Compared<'_, '_>) -> Vec<Found> {
    let (old, new) = (&compared.old, &compared.new);
    let (Some(was), Some(is)) = (old.contains().first(), new.contains().first()) else {
        return Vec::new();
    };
    let once = Number::from(1_u8);
    let least = MIN_CONTAINS.judge(compared, Some(Set::least(old, was, &once)), Some(Set::least(new, is, &once)));
    let (before, after) = (old.counts.get(MAX_CONTAINS.keyword), new.counts.get(MAX_CONTAINS.keyword));
    let most = MAX_CONTAINS.judge(compared, before.map(Set::count), after.map(Set::count));
    least.into_iter().chain(most).collect()
}

/// A limit with its place.
#[derive(Clone, Copy)]
struct Set<'v> {
    number: &'v Number,
    exclusive: bool,
    at: &'v str,
}

impl<'v> Set<'v> {
    fn count(count: &'v At<&Number>) -> Self {
        Set { number: count.value, exclusive: false, at: &count.at }
    }

    fn least(view: &'v View<'_>, contains: &'v Slot<'_>, once: &'v Number) -> Self {
        let unsaid = Set { number: once, exclusive: false, at: contains.at() };
        view.counts.get(MIN_CONTAINS.keyword).map_or(unsaid, Set::count)
    }

    fn bound(bound: &'v Bound<'_>) -> Self {
        Set { number: bound.number, exclusive: bound.exclusive, at: &bound.at }
    }
}

impl Limit {
    /// Whether the side with the looser limit keeps the stricter one by what else it says.
    fn follows(&self, compared: &Compared<'_, '_>, old: Option<&At<&Number>>, new: Option<&At<&Number>>) -> bool {
        let is_tightened = match (old, new) {
            (Some(old), Some(new)) => compare(new.value, old.value).is_gt() != self.upper,
            _ => new.is_some(),
        };
        let (looser, stricter) = if is_tightened { (&compared.old, new) } else { (&compared.new, old) };
        let stricter = stricter.and_then(|limit| limit.value.as_u64());
        self.implied(looser).zip(stricter).is_some_and(|(implied, limit)| match self.upper {
            true => implied <= limit,
            false => implied >= limit,
        })
    }

    /// The count that other keywords ask for.
    fn implied(&self, view: &View<'_>) -> Option<u64> {
        let is_none = |rest: &Rest<'_>| matches!(rest, Rest::None(_));
        let count = match self.keyword {
            "minProperties" => view.always().count(),
            "maxProperties" if is_none(&view.additional) && !view.has_patterns() => view.properties.len(),
            "maxItems" if is_none(&view.items) => view.prefix.len(),
            _ => return None,
        };
        u64::try_from(count).ok()
    }

    /// The bound of a view of integers, by the bound itself or by the format.
    fn whole(&self, view: &View<'_>, set: Option<Set<'_>>) -> Option<i128> {
        let own = set.map(|set| {
            let (floor, exact) = floor(set.number);
            match (self.upper, exact) {
                (true, true) => floor.saturating_sub(set.exclusive.into()),
                (true, false) => floor,
                (false, true) => floor.saturating_add(set.exclusive.into()),
                (false, false) => floor.saturating_add(1),
            }
        });
        let formats = view.formats.iter().filter_map(|format| integers(format.value));
        let all = formats.map(|(least, most)| if self.upper { most } else { least }).chain(own);
        let bound = if self.upper { all.min() } else { all.max() };
        // Beyond 128 bits, different bounds would be the same.
        bound.filter(|bound| (i128::MIN + 2..i128::MAX - 1).contains(bound))
    }

    /// Whether every value of a list meets a limit of numbers or of lengths.
    fn is_met(&self, limit: Set<'_>, view: &View<'_>) -> bool {
        let is_within = |value: &Value| {
            let number = match value {
                Value::String(text) if self.about == Types::STRING => Number::from(text.chars().count()),
                Value::Number(number) if self.about == Types::NUMBER => number.clone(),
                value => return !self.about.meets(Types::of(value)),
            };
            let order = compare(&number, limit.number);
            order.is_eq() && !limit.exclusive || if self.upper { order.is_lt() } else { order.is_gt() }
        };
        view.values.as_ref().is_some_and(|values| values.iter().all(|value| is_within(value.value)))
    }

    fn judge(&self, compared: &Compared<'_, '_>, old: Option<Set<'_>>, new: Option<Set<'_>>) -> Option<Found> {
        let exclusive = new.or(old)?.exclusive;
        let is_met = |limit: Option<Set<'_>>, other: &View<'_>| limit.is_some_and(|limit| self.is_met(limit, other));
        if old.is_none() && is_met(new, &compared.old) || new.is_none() && is_met(old, &compared.new) {
            return None;
        }
        // An integer has no fraction, and its format has a range. The type tells whether fractions are new or gone.
        let is_bound = self.about == Types::NUMBER;
        let is_whole = is_bound && ![&compared.old, &compared.new].iter().all(|it| it.types.meets(Types::FRACTION));
        let whole = self.whole(&compared.old, old).zip(self.whole(&compared.new, new)).filter(|_| is_whole);
        if whole.is_some_and(|(before, after)| before == after) {
            return None;
        }
        let keyword = if exclusive { self.exclusively } else { self.keyword };
        let families = if exclusive { &self.exclusive } else { &self.families };
        let (family, effect, what) = match (old, new) {
            (None, None) => return None,
            (None, Some(after)) => {
                (families.set, Effect::TIGHTER, format!("has the new limit `{keyword}` {}", after.number))
            }
            (Some(before), None) => {
                (families.unset, Effect::UNPROMISED, format!("no longer has the limit `{keyword}` {}", before.number))
            }
            (Some(before), Some(after)) => {
                let (was, is) = (before.exclusive, after.exclusive);
                let order = compare(after.number, before.number);
                if order.is_eq() && was == is {
                    return None;
                }
                let higher = match whole {
                    Some((before, after)) => after > before,
                    None => order.is_gt() || (order.is_eq() && self.upper == was),
                };
                let effect = if higher == self.upper { Effect::UNPROMISED } else { Effect::TIGHTER };
                let how = |exclusive: bool| if exclusive { " (exclusive)" } else { "" };
                let (before, after) = (before.number, after.number);
                let keyword = self.keyword;
                let what = format!("has the `{keyword}` {after}{} instead of {before}{}", how(is), how(was));
                // The same number, now exclusive or no longer so.
                let family = match (order.is_eq(), is, higher) {
                    (true, true, _) => self.exclusive.set,
                    (true, false, _) => self.exclusive.unset,
                    (false, _, true) => families.increased,
                    (false, _, false) => families.decreased,
                };
                (family, effect, what)
            }
        };
        let at = |limit: Option<Set<'_>>| limit.map(|limit| limit.at.to_owned());
        Some(Found::new(family, at(old), at(new), what).effect(compared.about(self.about, effect)))
    }
}

/// Whether both sides allow the same integers, by their bounds or their formats.
pub(super) fn same_range(compared: &Compared<'_, '_>) -> bool {
    let (old, new) = (range(&compared.old), range(&compared.new));
    old.is_some() && old == new
}

/// The range of a schema for integers, by its bounds or its format.
pub(super) fn range(view: &View<'_>) -> Option<RangeInclusive<i128>> {
    let upper = MAXIMUM.whole(view, view.upper.as_ref().map(Set::bound));
    let lower = MINIMUM.whole(view, view.lower.as_ref().map(Set::bound));
    lower.zip(upper).filter(|_| !view.types.meets(Types::FRACTION)).map(|(lower, upper)| lower..=upper)
}

/// The minimum and maximum integer of a format.
pub(super) fn integers(format: &str) -> Option<(i128, i128)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" => (0, u64::MAX.into()),
        _ => return None,
    })
}
