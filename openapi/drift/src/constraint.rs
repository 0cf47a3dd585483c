//! Compares the constraints of two schemas: bounds, lengths, patterns, formats, defaults.

use super::change::{Source, Wire};
use super::engine::Engine;
use super::found::{Effect, Found, Name};
use super::schema::Compared;
use super::value::{compare, quote, quote_list, quote_text, same};
use super::view::{At, Bound, Types, View};

/// The endings of the ids of a bound: set, unset, increased, decreased.
type Stems = [&'static str; 4];

const MAX: Stems = ["max-set", "max-unset", "max-increased", "max-decreased"];
const MIN: Stems = ["min-set", "min-unset", "min-increased", "min-decreased"];
const EXCLUSIVE_MAX: Stems =
    ["exclusive-max-set", "exclusive-max-unset", "exclusive-max-increased", "exclusive-max-decreased"];
const EXCLUSIVE_MIN: Stems =
    ["exclusive-min-set", "exclusive-min-unset", "exclusive-min-increased", "exclusive-min-decreased"];

/// The keywords that count something: what they are about, and their ids.
const MAX_CONTAINS: Stems =
    ["max-contains-set", "max-contains-unset", "max-contains-increased", "max-contains-decreased"];
/// What nobody counts is counted to one, so that it is neither set nor unset.
const MIN_CONTAINS: Stems =
    ["min-contains-increased", "min-contains-decreased", "min-contains-increased", "min-contains-decreased"];
const COUNTS: [(&str, Types, Stems); 6] = [
    (
        "maxLength",
        Types::STRING,
        ["max-length-set", "max-length-unset", "max-length-increased", "max-length-decreased"],
    ),
    (
        "minLength",
        Types::STRING,
        ["min-length-set", "min-length-unset", "min-length-increased", "min-length-decreased"],
    ),
    ("maxItems", Types::ARRAY, ["max-items-set", "max-items-unset", "max-items-increased", "max-items-decreased"]),
    ("minItems", Types::ARRAY, ["min-items-set", "min-items-unset", "min-items-increased", "min-items-decreased"]),
    (
        "maxProperties",
        Types::OBJECT,
        ["max-properties-set", "max-properties-unset", "max-properties-increased", "max-properties-decreased"],
    ),
    (
        "minProperties",
        Types::OBJECT,
        ["min-properties-set", "min-properties-unset", "min-properties-increased", "min-properties-decreased"],
    ),
];

impl<'d> Engine<'d> {
    pub(super) fn constraints(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        for (keyword, about, stems) in COUNTS {
            let (before, after) = (old.counts.get(keyword), new.counts.get(keyword));
            let before = before.map(|count| (count.value, false, count.at.as_str()));
            let after = after.map(|count| (count.value, false, count.at.as_str()));
            let upper = keyword.starts_with("max");
            self.limit(compared, keyword, before, after, upper, about, (stems, stems));
        }
        self.contained(compared);
        let bound = |bound: &'_ Option<Bound<'d>>| bound.clone();
        let (before, after) = (bound(&old.upper), bound(&new.upper));
        let parts = |bound: &'_ Bound<'d>| (bound.number, bound.exclusive);
        self.limit(
            compared,
            "maximum",
            before.as_ref().map(|bound| (parts(bound).0, bound.exclusive, bound.at.as_str())),
            after.as_ref().map(|bound| (parts(bound).0, bound.exclusive, bound.at.as_str())),
            true,
            Types::NUMBER,
            (MAX, EXCLUSIVE_MAX),
        );
        let (before, after) = (bound(&old.lower), bound(&new.lower));
        self.limit(
            compared,
            "minimum",
            before.as_ref().map(|bound| (bound.number, bound.exclusive, bound.at.as_str())),
            after.as_ref().map(|bound| (bound.number, bound.exclusive, bound.at.as_str())),
            false,
            Types::NUMBER,
            (MIN, EXCLUSIVE_MIN),
        );
        self.multiples(compared);
        self.unique(compared);
        self.patterns(compared);
        self.formats(compared);
        self.defaults(compared);
        self.access(compared);
    }

    /// How often `contains` is met. Without it, `minContains` and `maxContains` say nothing.
    fn contained(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        let (Some(was), Some(is)) = (old.inner.get("contains"), new.inner.get("contains")) else {
            return;
        };
        let count = |view: &'_ View<'d>, keyword: &str| view.counts.get(keyword).cloned();
        let once = serde_json::Number::from(1_u8);
        let (before, after) = (count(old, "minContains"), count(new, "minContains"));
        let least = |count: &Option<At<&'d serde_json::Number>>, at: &str| match count {
            Some(count) => (count.value.clone(), count.at.clone()),
            None => (once.clone(), at.to_owned()),
        };
        let (before, after) = (least(&before, was.at()), least(&after, is.at()));
        let limit = |limit: &'_ (serde_json::Number, String)| (limit.0.clone(), limit.1.clone());
        let (before, after) = (limit(&before), limit(&after));
        self.limit(
            compared,
            "minContains",
            Some((&before.0, false, before.1.as_str())),
            Some((&after.0, false, after.1.as_str())),
            false,
            Types::ARRAY,
            (MIN_CONTAINS, MIN_CONTAINS),
        );
        let (before, after) = (count(old, "maxContains"), count(new, "maxContains"));
        self.limit(
            compared,
            "maxContains",
            before.as_ref().map(|count| (count.value, false, count.at.as_str())),
            after.as_ref().map(|count| (count.value, false, count.at.as_str())),
            true,
            Types::ARRAY,
            (MAX_CONTAINS, MAX_CONTAINS),
        );
    }

    /// The effect on values of the types that a keyword is about: none, if the schema has none of those.
    fn about(compared: &Compared<'d>, types: Types, effect: Effect) -> Effect {
        let shared = compared.old.types.and(compared.new.types);
        if shared.meets(types) { effect } else { Effect::NONE }
    }

    #[expect(clippy::too_many_arguments, reason = "one call for each keyword, side by side")]
    fn limit(
        &mut self,
        compared: &Compared<'d>,
        keyword: &str,
        old: Option<(&serde_json::Number, bool, &str)>,
        new: Option<(&serde_json::Number, bool, &str)>,
        upper: bool,
        about: Types,
        stems: (Stems, Stems),
    ) {
        let exclusive = |limit: Option<(&serde_json::Number, bool, &str)>| limit.is_some_and(|limit| limit.1);
        let [set, unset, increased, decreased] = if exclusive(new.or(old)) { stems.1 } else { stems.0 };
        let (stem, effect, what) = match (old, new) {
            (None, None) => return,
            (None, Some((number, ..))) => (set, Effect::TIGHTER, format!("got the limit `{keyword}` {number}")),
            (Some((number, ..)), None) => (unset, Effect::LOOSER, format!("lost the limit `{keyword}` {number}")),
            (Some((before, was, _)), Some((after, is, _))) => {
                let order = compare(after, before);
                if order.is_eq() && was == is {
                    return;
                }
                let higher = order.is_gt() || (order.is_eq() && upper == was);
                let effect = if higher == upper { Effect::LOOSER } else { Effect::TIGHTER };
                let how = |exclusive: bool| if exclusive { " (exclusive)" } else { "" };
                let what = format!("changed the limit `{keyword}` from {before}{} to {after}{}", how(was), how(is));
                // The same number, reached before and not now, or the other way round.
                let stem = match (order.is_eq(), is, higher) {
                    (true, true, _) => stems.1[0],
                    (true, false, _) => stems.1[1],
                    (false, _, true) => increased,
                    (false, _, false) => decreased,
                };
                (stem, effect, what)
            }
        };
        let at = |limit: Option<(&serde_json::Number, bool, &str)>| limit.map(|limit| limit.2.to_owned());
        let found = Found::new(Name::Schema(stem), at(old), at(new), what);
        self.report_in(compared.pair, found.effect(Engine::about(compared, about, effect)));
    }

    fn multiples(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old.multiples, &compared.new.multiples);
        let lacks = |list: &[At<&'d serde_json::Number>], number: &At<&'d serde_json::Number>| {
            !list.iter().any(|known| compare(known.value, number.value).is_eq())
        };
        let removed = old.iter().find(|number| lacks(new, number));
        let added = new.iter().find(|number| lacks(old, number));
        let by = |request, response| Name::SchemaBy { request, response };
        let (name, effect, what) = match (removed, added) {
            (None, None) => return,
            (None, Some(number)) => {
                (Name::Schema("multiple-of-set"), Effect::TIGHTER, format!("must be a multiple of {}", number.value))
            }
            (Some(number), None) => (
                Name::Schema("multiple-of-unset"),
                Effect::LOOSER,
                format!("need not be a multiple of {} any more", number.value),
            ),
            (Some(before), Some(after)) => {
                let divides = |a: &At<&'d serde_json::Number>, b: &At<&'d serde_json::Number>| {
                    let (a, b) = (a.value.as_f64().unwrap_or(0.0), b.value.as_f64().unwrap_or(0.0));
                    a != 0.0 && (b / a).fract() == 0.0
                };
                let (name, effect) = if divides(before, after) {
                    (by("multiple-of-changed", "multiple-of-specialized"), Effect::TIGHTER)
                } else if divides(after, before) {
                    (by("multiple-of-generalized", "multiple-of-changed"), Effect::LOOSER)
                } else {
                    (Name::Schema("multiple-of-changed"), Effect::both(Wire::Breaking))
                };
                let what = format!("must be a multiple of {} in place of {}", after.value, before.value);
                (name, effect, what)
            }
        };
        let at = |number: Option<&At<&'d serde_json::Number>>| number.map(|number| number.at.clone());
        let effect = Engine::about(compared, Types::NUMBER, effect);
        self.report_in(compared.pair, Found::new(name, at(removed), at(added), what).effect(effect));
    }

    fn unique(&mut self, compared: &Compared<'d>) {
        let (stem, effect, what) = match (&compared.old.unique, &compared.new.unique) {
            (None, Some(_)) => ("unique-items-set", Effect::TIGHTER, "must not hold an item twice"),
            (Some(_), None) => ("unique-items-unset", Effect::LOOSER, "may hold an item twice"),
            _ => return,
        };
        let (old, new) = (compared.old.unique.clone(), compared.new.unique.clone());
        let effect = Engine::about(compared, Types::ARRAY, effect);
        self.report_in(compared.pair, Found::new(Name::Schema(stem), old, new, what).effect(effect));
    }

    fn patterns(&mut self, compared: &Compared<'d>) {
        let (removed, added) = difference(&compared.old.patterns, &compared.new.patterns);
        let (stem, effect, what) = match (removed, added) {
            (None, None) => return,
            (None, Some(pattern)) => {
                ("pattern-added", Effect::TIGHTER, format!("must match the pattern {}", quote_text(pattern.value)))
            }
            (Some(pattern), None) => (
                "pattern-removed",
                Effect::LOOSER,
                format!("need not match the pattern {} any more", quote_text(pattern.value)),
            ),
            (Some(before), Some(after)) => {
                let what = format!(
                    "must match the pattern {} in place of {}",
                    quote_text(after.value),
                    quote_text(before.value)
                );
                ("pattern-changed", Effect::both(Wire::Risky), what)
            }
        };
        let effect = Engine::about(compared, Types::STRING, effect);
        let found = Found::new(Name::Schema(stem), at(removed), at(added), what);
        self.report_in(compared.pair, found.effect(effect));
    }

    fn formats(&mut self, compared: &Compared<'d>) {
        let (removed, added) = difference(&compared.old.formats, &compared.new.formats);
        let widens = |from: &str, to: &str| matches!((from, to), ("int32", "int64") | ("float", "double"));
        let (stem, effect, what) = match (removed, added) {
            (None, None) => return,
            (None, Some(format)) => {
                ("format-added", Effect::TIGHTER, format!("has the format {}", quote_text(format.value)))
            }
            (Some(format), None) => {
                ("format-removed", Effect::LOOSER, format!("has the format {} no more", quote_text(format.value)))
            }
            (Some(before), Some(after)) => {
                let effect = if widens(before.value, after.value) {
                    Effect::LOOSER
                } else if widens(after.value, before.value) {
                    Effect::TIGHTER
                } else {
                    Effect::both(Wire::Breaking)
                };
                let what =
                    format!("changed its format from {} to {}", quote_text(before.value), quote_text(after.value));
                ("format-changed", effect, what)
            }
        };
        let about = removed.into_iter().chain(added).fold(Types::NONE, |types, format| types.or(about(format.value)));
        let effect = Engine::about(compared, about, effect);
        let text = compared.old.types.meets(Types::STRING);
        let breaks = text && rust_format(&compared.old) != rust_format(&compared.new);
        let found = Found::new(Name::Schema(stem), at(removed), at(added), what);
        self.report_in(compared.pair, found.effect(effect).source(Engine::breaks(compared, breaks)));
    }

    fn defaults(&mut self, compared: &Compared<'d>) {
        // An optional field with a default is no `Option`; its type changes with the default's coming and going.
        let optional = matches!(compared.context.optional, Some((true, _) | (_, true)));
        let (stem, wire, what, breaks) = match (&compared.old.default, &compared.new.default) {
            (None, None) => return,
            (Some(before), Some(after)) if same(before.value, after.value) => return,
            (None, Some(after)) => {
                ("default-value-added", Wire::Risky, format!("has the default {}", quote(after.value)), optional)
            }
            (Some(before), None) => {
                let what = format!("has the default {} no more", quote(before.value));
                ("default-value-removed", Wire::Risky, what, optional)
            }
            (Some(before), Some(after)) => {
                let what = format!("changed its default from {} to {}", quote(before.value), quote(after.value));
                ("default-value-changed", Wire::Breaking, what, false)
            }
        };
        let (old, new) = (&compared.old.default, &compared.new.default);
        let at = |value: &Option<At<&'d serde_json::Value>>| value.as_ref().map(|value| value.at.clone());
        let found = Found::new(Name::Schema(stem), at(old), at(new), what)
            .effect(Effect { request: wire, response: Wire::None })
            .source(Engine::breaks(compared, breaks));
        self.report_in(compared.pair, found);
    }

    /// `readOnly` and `writeOnly` of a schema that is no property; of a property, the object that has it judges.
    fn access(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        let places = [
            (&old.read_only, &new.read_only, "became-read-only", "became-not-read-only"),
            (&old.write_only, &new.write_only, "became-write-only", "became-not-write-only"),
        ];
        for (before, after, became, became_not) in places {
            let (stem, what) = match (before, after) {
                (None, Some(_)) => (became, became.replace('-', " ")),
                (Some(_), None) => (became_not, became_not.replace('-', " ")),
                _ => continue,
            };
            let found = Found::new(Name::Access(stem), before.clone(), after.clone(), what).source(Source::None);
            self.report_in(compared.pair, found);
        }
    }
}

fn at(text: Option<&At<&str>>) -> Option<String> {
    text.map(|text| text.at.clone())
}

/// The first of each side that the other does not have.
fn difference<'v, 'd>(
    old: &'v [At<&'d str>],
    new: &'v [At<&'d str>],
) -> (Option<&'v At<&'d str>>, Option<&'v At<&'d str>>) {
    let lacks = |list: &[At<&str>], text: &At<&str>| !list.iter().any(|known| known.value == text.value);
    (old.iter().find(|text| lacks(new, text)), new.iter().find(|text| lacks(old, text)))
}

/// The types that a format says something about.
fn about(format: &str) -> Types {
    match format {
        "int32" | "int64" | "float" | "double" | "decimal" => Types::NUMBER,
        _ => Types::STRING,
    }
}

/// The format, as far as the generated type depends on it.
fn rust_format(view: &View<'_>) -> String {
    let kept = ["date-time", "binary", "byte"];
    quote_list(view.formats.iter().map(|format| format.value).filter(|format| kept.contains(format)))
}
