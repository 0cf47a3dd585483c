//! Whether a value can match two schemas at once: such a value does not match `oneOf` of the two.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::branches::Tags;
use super::compared::Compared;
use super::includes::MAX_BRANCHES;
use crate::change::Wire;
use crate::kind::Effect;
use crate::meaning::{Bound, Rest, Types, Union, View, view};
use crate::node::Slot;
use crate::side::{Side, Sides};
use crate::value::{compare, same};

/// The maximum depth of compared properties, and number of compared pairs.
const MAX_DEPTH: usize = 6;
const MAX_PAIRS: usize = 500;

/// What is known about the common values of two schemas.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Overlap {
    /// There are none.
    Apart,
    Unknown,
    /// There are some.
    Shared,
}

/// The old alternatives, to compare with an added one.
pub(super) struct Met<'c, 'd> {
    side: &'c Side<'d>,
    /// Empty where it does not matter how many alternatives a value matches.
    kept: Vec<View<'d>>,
    /// Their indices, by the names of their tags.
    tagged: BTreeMap<Vec<String>, Tagged>,
}

/// The alternatives with the same tags.
#[derive(Default)]
struct Tagged {
    all: Vec<usize>,
    /// The alternatives with a tag value.
    by_value: HashMap<(String, String), Vec<usize>>,
}

impl<'c, 'd> Met<'c, 'd> {
    /// `kept`: the indices of the old alternatives.
    pub(super) fn of(compared: &Compared<'c, 'd>, union: &Union<'d>, kept: &[usize]) -> Self {
        let side = &compared.sides.new;
        let told_apart = compared.new.discriminator.is_some();
        let exact = union.one && !told_apart && kept.len() < union.branches.len();
        let branches = kept.iter().filter_map(|index| union.branches.get(*index)).filter(|_| exact);
        let mut met = Met { side, kept: Vec::new(), tagged: BTreeMap::new() };
        for branch in branches {
            let mut view = view(side, branch);
            view.settle();
            let tags = Tags::of(side, &view);
            let index = met.kept.len();
            let tagged = met.tagged.entry(tags.names().map(str::to_owned).collect()).or_default();
            tagged.all.push(index);
            for name in tags.names() {
                for value in tags.values(name) {
                    tagged.by_value.entry((name.to_owned(), value.clone())).or_default().push(index);
                }
            }
            met.kept.push(view);
        }
        met
    }

    /// Whether no value matches two alternatives.
    pub(super) fn are_apart(compared: &Compared<'_, 'd>, union: &Union<'d>) -> bool {
        if compared.new.discriminator.is_some() {
            return true;
        }
        let side = &compared.sides.new;
        let views: Vec<View<'d>> = union.branches.iter().take(MAX_BRANCHES).map(|branch| view(side, branch)).collect();
        let mut pairs =
            views.iter().enumerate().flat_map(|(index, one)| views.iter().skip(index + 1).map(move |it| (one, it)));
        views.len() == union.branches.len() && pairs.all(|(a, b)| overlap(side, a, b, 0) == Overlap::Apart)
    }

    /// The alternative that takes values of another one now, which then match two; and whether this is certain.
    ///
    /// `kept`: the alternatives of both sides, and whether what they take now is told already.
    pub(super) fn grown(
        compared: &Compared<'_, 'd>,
        kept: &[([&'d Slot<'d>; 2], bool)],
    ) -> Option<(&'d Slot<'d>, bool)> {
        let Sides { old, new, .. } = compared.sides;
        if compared.new.discriminator.is_some() || kept.len() > MAX_BRANCHES {
            return None;
        }
        let views: Vec<_> = kept.iter().map(|([before, after], _)| [view(old, before), view(new, after)]).collect();
        let has_changed = |[before, after]: &[&Slot<'d>; 2]| {
            before.only().zip(after.only()).is_none_or(|(before, after)| compared.sides.differ(before, after))
        };
        let changed = kept.iter().enumerate().filter(|(_, (pair, is_told))| !is_told && has_changed(pair));
        let mut found = None;
        for (index, ([_, branch], _)) in changed {
            let others = views.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| other);
            let Some([was, is]) = views.get(index) else { continue };
            let were_apart = others.filter(|[other, _]| overlap(old, other, was, 0) == Overlap::Apart);
            let met = were_apart.map(|[other_was, other]| {
                let both = overlap(new, other, is, 0);
                // What neither of them accepted before was rejected as it is now.
                shared_with(old, [other_was, was], [other, is]).map_or(both, |before| both.min(before))
            });
            match met.max() {
                Some(Overlap::Shared) => return Some((branch, true)),
                Some(Overlap::Unknown) => found = found.or(Some((*branch, false))),
                _ => {}
            }
        }
        found
    }

    /// The indices of the alternatives that no tag tells apart from an added one, limited in number.
    fn alike(&self, tags: &Tags) -> BTreeSet<usize> {
        let of = |(names, tagged): (&Vec<String>, &Tagged)| -> Vec<usize> {
            // The first common tag decides.
            match tags.names().find(|name| names.iter().any(|other| other == name)) {
                None => tagged.all.iter().copied().take(MAX_PAIRS + 1).collect(),
                Some(name) => {
                    let values = tags.values(name).iter();
                    let known = values.filter_map(|it| tagged.by_value.get(&(name.to_owned(), it.clone())));
                    known.flat_map(|known| known.iter().copied().take(MAX_PAIRS + 1)).collect()
                }
            }
        };
        self.tagged.iter().flat_map(of).collect()
    }

    /// The effect of an added alternative, and its description.
    pub(super) fn effect(&self, branch: &Slot<'d>) -> (Effect, &'static str) {
        if self.kept.is_empty() {
            return (Effect::LOOSER, "");
        }
        let branch = view(self.side, branch);
        let tags = Tags::of(self.side, &branch);
        let alike = self.alike(&tags);
        let mut others = alike.iter().filter_map(|index| self.kept.get(*index));
        let looked_at = others.by_ref().take(MAX_PAIRS).map(|other| overlap(self.side, other, &branch, 0));
        let most = looked_at.max().unwrap_or(Overlap::Apart);
        match most.max(if others.next().is_some() { Overlap::Unknown } else { Overlap::Apart }) {
            Overlap::Apart => (Effect::LOOSER, ""),
            Overlap::Unknown => (
                Effect { request: Wire::Risky, ..Effect::LOOSER },
                ", and a value may then match two of its alternatives",
            ),
            Overlap::Shared => (
                Effect { request: Wire::Breaking, ..Effect::LOOSER },
                ", and some values then match two of its alternatives",
            ),
        }
    }
}

/// Whether the common values of two schemas match one of two others; `None` if they are not all scalars.
fn shared_with<'d>(side: &Side<'d>, were: [&View<'d>; 2], [one, other]: [&View<'d>; 2]) -> Option<Overlap> {
    let is_scalar = |view: &&View<'d>| Types::SCALAR.holds(view.types.without(Types::NULL)) && !view.asks();
    if !were.iter().chain(&[one, other]).all(is_scalar) {
        return None;
    }
    let mut both = one.clone();
    both.and(other.clone());
    both.settle();
    were.into_iter().map(|was| overlap(side, was, &both, 0)).max()
}

/// Compares an old alternative `a` with an added one `b`.
fn overlap(side: &Side<'_>, a: &View<'_>, b: &View<'_>, depth: usize) -> Overlap {
    let types = a.types.and(b.types);
    if types == Types::NONE {
        return Overlap::Apart;
    }
    if a.cut || b.cut || depth > MAX_DEPTH {
        return Overlap::Unknown;
    }
    let is_apart = |union: &Union<'_>, other: &View<'_>, with: &dyn Fn(&View<'_>) -> Overlap| {
        let branches = &union.branches;
        let few = (1..MAX_BRANCHES).contains(&branches.len());
        few && !(union.null && other.nullable()) && branches.iter().all(|it| with(&view(side, it)) == Overlap::Apart)
    };
    if a.unions.iter().any(|union| is_apart(union, b, &|branch| overlap(side, branch, b, depth + 1)))
        || b.unions.iter().any(|union| is_apart(union, a, &|branch| overlap(side, a, branch, depth + 1)))
    {
        return Overlap::Apart;
    }
    let found = match (&a.values, &b.values) {
        (Some(some), Some(others)) => {
            let shared = some.iter().any(|value| others.iter().any(|other| same(value.value, other.value)));
            if shared { Overlap::Shared } else { Overlap::Apart }
        }
        (Some(values), None) => listed(values.iter().map(|value| value.value), b),
        (None, Some(values)) => listed(values.iter().map(|value| value.value), a),
        (None, None) => Types::EACH
            .into_iter()
            .filter(|each| types.meets(*each))
            .map(|each| of_type(side, a, b, each, depth))
            .max()
            .unwrap_or(Overlap::Apart),
    };
    // Further constraints may keep the two apart.
    if found == Overlap::Shared && (a.asks() || b.asks()) { Overlap::Unknown } else { found }
}

/// Whether a schema accepts a value.
pub(super) fn with(schema: &View<'_>, value: &Value) -> Overlap {
    let is_listed = schema.values.as_ref().is_none_or(|values| values.iter().any(|known| same(known.value, value)));
    match listed([value].into_iter(), schema) {
        _ if schema.cut => Overlap::Unknown,
        _ if !is_listed => Overlap::Apart,
        Overlap::Shared if schema.asks() => Overlap::Unknown,
        found => found,
    }
}

/// Compares the values of a list with a schema without one.
fn listed<'v>(values: impl Iterator<Item = &'v Value>, other: &View<'_>) -> Overlap {
    let within = values.filter(|value| other.types.holds(Types::of(value)) && other.is_within_limits(value));
    let asks = |value: &Value| match value {
        Value::String(_) => !(other.patterns.is_empty() && other.formats.is_empty()),
        Value::Array(_) | Value::Object(_) => true,
        _ => false,
    };
    within.map(|value| if asks(value) { Overlap::Unknown } else { Overlap::Shared }).max().unwrap_or(Overlap::Apart)
}

/// Compares values of one type.
fn of_type(side: &Side<'_>, a: &View<'_>, b: &View<'_>, each: Types, depth: usize) -> Overlap {
    match each {
        Types::STRING if !counts_meet(a, b, "minLength", "maxLength") => Overlap::Apart,
        Types::STRING => {
            let alike = |one: Vec<&str>, other: Vec<&str>| one.is_empty() && other.is_empty() || one == other;
            let [patterns, others] = [a, b].map(|view| view.patterns.iter().map(|it| it.value).collect());
            let [formats, other_formats] = [a, b].map(|view| view.formats.iter().map(|it| it.value).collect());
            if alike(patterns, others) && alike(formats, other_formats) { Overlap::Shared } else { Overlap::Unknown }
        }
        Types::INTEGER | Types::FRACTION => {
            let apart = |lower: &Option<Bound<'_>>, upper: &Option<Bound<'_>>| {
                lower.as_ref().zip(upper.as_ref()).is_some_and(|(lower, upper)| {
                    let order = compare(lower.number, upper.number);
                    order.is_gt() || order.is_eq() && (lower.exclusive || upper.exclusive)
                })
            };
            if apart(&a.lower, &b.upper) || apart(&b.lower, &a.upper) {
                Overlap::Apart
            } else if a.multiples.is_empty() && b.multiples.is_empty() {
                Overlap::Shared
            } else {
                Overlap::Unknown
            }
        }
        Types::ARRAY if !counts_meet(a, b, "minItems", "maxItems") => Overlap::Apart,
        // The empty list matches both.
        Types::ARRAY => {
            let asks = |view: &View<'_>| view.counts.contains_key("minItems");
            if asks(a) || asks(b) { Overlap::Unknown } else { Overlap::Shared }
        }
        Types::OBJECT => objects(side, a, b, depth),
        _ => Overlap::Shared,
    }
}

/// Whether the limits of both allow a common count.
fn counts_meet(a: &View<'_>, b: &View<'_>, least: &str, most: &str) -> bool {
    let limit = |view: &View<'_>, keyword: &str| view.counts.get(keyword).map(|count| count.value.clone());
    let apart = |one: &View<'_>, other: &View<'_>| {
        limit(one, least).zip(limit(other, most)).is_some_and(|(least, most)| compare(&least, &most).is_gt())
    };
    !apart(a, b) && !apart(b, a)
}

fn objects(side: &Side<'_>, a: &View<'_>, b: &View<'_>, depth: usize) -> Overlap {
    if !counts_meet(a, b, "minProperties", "maxProperties") {
        return Overlap::Apart;
    }
    let refuses = |view: &View<'_>, name: &str| {
        matches!(view.additional, Rest::None(_)) && !view.properties.contains_key(name) && view.inner.is_empty()
    };
    let asks = |view: &View<'_>| view.counts.keys().any(|keyword| keyword.ends_with("Properties"));
    let mut found = if asks(a) || asks(b) { Overlap::Unknown } else { Overlap::Shared };
    // Senders that follow a schema do not send undescribed properties.
    let is_map = a.properties.is_empty() || a.additional.slot().is_some() || !a.inner.is_empty();
    let knows = |name: &str| is_map || a.properties.contains_key(name);
    for name in a.required.keys().chain(b.required.keys()) {
        let is_new = b.required.contains_key(name) && !a.required.contains_key(name) && !knows(name);
        if is_new || refuses(a, name) || refuses(b, name) {
            return Overlap::Apart;
        }
        if let (Some(one), Some(other)) = (a.properties.get(name), b.properties.get(name)) {
            found = found.min(overlap(side, &view(side, one), &view(side, other), depth + 1));
        }
        if found == Overlap::Apart {
            break;
        }
    }
    found
}
