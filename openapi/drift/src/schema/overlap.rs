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
/// The maximum number of values of each list that are tried, and length of a text.
const MAX_LISTED: usize = 20;
const MAX_LENGTH: u64 = 100;

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
        views.len() == union.branches.len() && pairs.all(|(a, b)| are_apart(side, a, b))
    }

    /// The alternative that takes values of another one now, which then match two; and whether this is certain.
    ///
    /// `kept`: the alternatives of both sides, and whether what they take now is told already.
    pub(super) fn grown(compared: &Compared<'_, 'd>, kept: &[Kept<'d>]) -> Option<(&'d Slot<'d>, bool)> {
        let Sides { old, new, .. } = compared.sides;
        let (views, changed) = Self::changed(compared, kept)?;
        let mut found = None;
        for index in changed {
            let others = views.iter().enumerate().filter(|(other, _)| *other != index);
            let Some([was, is]) = views.get(index) else { continue };
            let met = others.map(|(other_index, [other_was, other])| {
                if overlap(old, other_was, was, 0) != Overlap::Apart {
                    let is_same = kept.get(other_index).is_some_and(|(pair, _)| !has_changed(compared, pair));
                    let most = if views.len() > 2 { Overlap::Unknown } else { Overlap::Shared };
                    return if is_same { met_without(compared, [was, is], other).min(most) } else { Overlap::Apart };
                }
                let both = overlap(new, other, is, 0);
                // What neither of them accepted before was rejected as it is now.
                shared_with(old, [other_was, was], [other, is]).map_or(both, |before| both.min(before))
            });
            let met = met.max().max(Some(doubled(compared, &views, index, [0, 1])));
            let branch = kept.get(index).map(|([_, branch], _)| *branch);
            match met.zip(branch) {
                Some((Overlap::Shared, branch)) => return Some((branch, true)),
                Some((Overlap::Unknown, branch)) => found = found.or(Some((branch, false))),
                _ => {}
            }
        }
        found
    }

    /// The alternative that leaves values to another one now, which matched two before.
    pub(super) fn parted(compared: &Compared<'_, 'd>, kept: &[Kept<'d>]) -> Option<&'d Slot<'d>> {
        let (views, mut changed) = Self::changed(compared, kept)?;
        let index = changed.find(|index| doubled(compared, &views, *index, [1, 0]) == Overlap::Shared)?;
        kept.get(index).map(|([_, branch], _)| *branch)
    }

    /// The alternatives of both sides, and which of them differ.
    fn changed(
        compared: &Compared<'_, 'd>,
        kept: &[Kept<'d>],
    ) -> Option<(Vec<[View<'d>; 2]>, impl Iterator<Item = usize>)> {
        let Sides { old, new, .. } = compared.sides;
        if compared.new.discriminator.is_some() || kept.len() > MAX_BRANCHES {
            return None;
        }
        let views = kept.iter().map(|([before, after], _)| [view(old, before), view(new, after)]).collect();
        let changed = kept.iter().enumerate().filter(|(_, (pair, is_told))| !is_told && has_changed(compared, pair));
        Some((views, changed.map(|(index, _)| index).collect::<Vec<_>>().into_iter()))
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

/// An alternative of both sides, and whether its values are told already.
type Kept<'d> = ([&'d Slot<'d>; 2], bool);

fn has_changed<'d>(compared: &Compared<'_, 'd>, [before, after]: &[&Slot<'d>; 2]) -> bool {
    before.only().zip(after.only()).is_none_or(|(before, after)| compared.sides.differ(before, after))
}

/// Whether an object matches two alternatives now, without a property that one of them no longer requires.
fn met_without<'d>(compared: &Compared<'_, 'd>, [was, is]: [&View<'d>; 2], other: &View<'d>) -> Overlap {
    let objects = |branch: &View<'d>| {
        // What is said next to the alternatives applies to each.
        let mut object = View { unions: Vec::new(), ..compared.new.clone() };
        object.and(branch.clone());
        object.settle();
        View { types: object.types.and(Types::OBJECT), ..object }
    };
    let (is, other) = (objects(is), objects(other));
    let is_needed = |name: &str| is.required.contains_key(name) || other.required.contains_key(name);
    let is_free = was.always().any(|name| !is_needed(name) && compared.old.is_sent_both_ways(name));
    if is_free { overlap(&compared.sides.new, &other, &is, 0) } else { Overlap::Apart }
}

/// Whether a value that matches exactly one alternative of one side matches two of the other one, as the alternative
/// with an index takes it there. Only values near the limits are tried. `from`, `to`: the indices of the sides.
fn doubled<'d>(compared: &Compared<'_, 'd>, views: &[[View<'d>; 2]], index: usize, [from, to]: [usize; 2]) -> Overlap {
    let around = [&compared.old, &compared.new].map(|view| View { unions: Vec::new(), ..view.clone() });
    let count = |value: &Value, side: usize| {
        let others = views.iter().enumerate().filter(|(other, _)| *other != index);
        let all: Vec<Overlap> = others.filter_map(|(_, pair)| Some(with(pair.get(side)?, value))).collect();
        // How many match, and how many may do so.
        [Overlap::Shared, Overlap::Unknown].map(|found| all.iter().filter(|it| **it == found).count())
    };
    let Some(pair) = views.get(index) else { return Overlap::Apart };
    let tried = samples(views).into_iter().map(|value| {
        let own = |side: usize| pair.get(side).map_or(Overlap::Apart, |view| with(view, &value));
        if own(from) != Overlap::Apart || own(to) == Overlap::Apart {
            return Overlap::Apart;
        }
        let certain = around.iter().map(|view| with(view, &value)).chain([own(to)]).min();
        let ([once, maybe], [again, _]) = (count(&value, from), count(&value, to));
        if once == 1 && maybe == 0 && again > 0 { certain.unwrap_or(Overlap::Apart) } else { Overlap::Apart }
    });
    tried.max().unwrap_or(Overlap::Apart)
}

/// Scalar values near the limits of some schemas, and those that they list.
fn samples(views: &[[View<'_>; 2]]) -> Vec<Value> {
    let mut found = vec![Value::from(0), Value::from(0.5), Value::from("x"), Value::from(true), Value::from(false)];
    for view in views.iter().flatten() {
        let bounds = view.lower.iter().chain(&view.upper).filter_map(|bound| bound.number.as_f64());
        let steps = bounds.flat_map(|bound| [-1.0, -0.5, 0.0, 0.5, 1.0].map(|step| bound + step));
        // A whole number is an integer.
        found
            .extend(steps.map(|number| if number.fract() == 0.0 { Value::from(number as i64) } else { number.into() }));
        let lengths = ["minLength", "maxLength"].into_iter().filter_map(|word| view.counts.get(word)?.value.as_u64());
        let lengths = lengths.filter(|length| *length <= MAX_LENGTH);
        let texts = lengths.flat_map(|length| [length.saturating_sub(1), length, length + 1]);
        found.extend(texts.map(|length| (0..length).map(|_| 'x').collect::<String>().into()));
        let listed = view.values.iter().flatten().map(|value| value.value);
        found.extend(listed.take(MAX_LISTED).filter(|value| Types::SCALAR.holds(Types::of(value))).cloned());
    }
    found
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

/// Whether no value matches both of two schemas.
pub(super) fn are_apart(side: &Side<'_>, one: &View<'_>, other: &View<'_>) -> bool {
    overlap(side, one, other, 0) == Overlap::Apart
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
