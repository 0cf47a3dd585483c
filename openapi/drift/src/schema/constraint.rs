//! Compares the other constraints on a value: limits, patterns, formats; and its default.

use serde_json::Number;
use zerogate_contract::pointer;

use super::compared::Compared;
use super::limit::{self, integers};
use super::property;
use crate::change::Wire;
use crate::found::{AsText, Found};
use crate::kind::{Effect, family};
use crate::meaning::{At, Types, View};
use crate::value::{common_multiple, compare, is_multiple, quote, quote_list, quote_text, same};

pub(super) fn judge(compared: &Compared<'_, '_>) -> Vec<Found> {
    let mut out = limit::judge(compared);
    out.extend(multiples(compared));
    out.extend(unique(compared));
    out.extend(pattern(compared));
    out.extend(format(compared));
    out.extend(default(compared));
    out.extend(property::access(compared));
    out
}

impl Compared<'_, '_> {
    /// The effect on values of the types that a keyword applies to: none, if the schema has none of these types.
    pub(super) fn about(&self, types: Types, effect: Effect) -> Effect {
        if self.old.types.and(self.new.types).meets(types) { effect } else { Effect::NONE }
    }

    /// Applies [`about`](Self::about) to a difference.
    fn found_about(&self, types: Types, found: Found) -> Found {
        let effect = self.about(types, found.effect);
        found.effect(effect)
    }
}

fn multiples(compared: &Compared<'_, '_>) -> Option<Found> {
    let is = |one: &Number, other: &Number| compare(one, other).is_eq();
    let (before, after) = (joint(&compared.old.multiples), joint(&compared.new.multiples));
    let (removed, added) = difference(&before, &after, is);
    // What every value of a list is a multiple of need not be said.
    let is_met = |multiple: Option<&At<Number>>, view: &View<'_>| {
        let mut numbers = view.values.iter().flatten().filter_map(|value| value.value.as_number());
        multiple
            .is_none_or(|multiple| view.values.is_some() && numbers.all(|number| is_multiple(number, &multiple.value)))
    };
    if is_met(removed, &compared.new) && is_met(added, &compared.old) {
        return None;
    }
    let (family, what) = match (removed, added) {
        (None, None) => return None,
        (None, Some(number)) => (family!("multiple-of-set"), format!("must be a multiple of {}", number.value)),
        (Some(number), None) => {
            (family!("multiple-of-unset"), format!("need no longer be a multiple of {}", number.value))
        }
        (Some(before), Some(after)) => {
            let divides = |a: &At<Number>, b: &At<Number>| is_multiple(&b.value, &a.value);
            let family = if divides(before, after) {
                family!("multiple-of-specialized")
            } else if divides(after, before) {
                family!("multiple-of-generalized")
            } else {
                family!("multiple-of-changed")
            };
            (family, format!("must be a multiple of {} instead of {}", after.value, before.value))
        }
    };
    Some(compared.found_about(Types::NUMBER, Found::new(family, at(removed), at(added), what)))
}

/// Multiples of several numbers are those of one.
fn joint(multiples: &[At<&Number>]) -> Vec<At<Number>> {
    let mut numbers = multiples.iter().map(|multiple| multiple.value.clone());
    let first = numbers.next();
    let all = numbers.try_fold(first, |all, number| Some(Some(common_multiple(&all?, &number)?))).flatten();
    match (all, multiples.last()) {
        (Some(value), Some(last)) => vec![At { value, at: last.at.clone() }],
        _ => multiples.iter().map(|At { value, at }| At { value: (*value).clone(), at: at.clone() }).collect(),
    }
}

fn unique(compared: &Compared<'_, '_>) -> Option<Found> {
    let (old, new) = (&compared.old.unique, &compared.new.unique);
    let (family, what) = match (old, new) {
        (None, Some(_)) if !compared.old.is_unique() => {
            (family!("unique-items-set"), "must not contain duplicate items")
        }
        (Some(_), None) if !compared.new.is_unique() => (family!("unique-items-unset"), "may contain duplicate items"),
        _ => return None,
    };
    Some(compared.found_about(Types::ARRAY, Found::new(family, old.clone(), new.clone(), what)))
}

fn pattern(compared: &Compared<'_, '_>) -> Option<Found> {
    let (removed, added) = difference(&compared.old.patterns, &compared.new.patterns, |a, b| a == b);
    let (family, what) = match (removed, added) {
        (None, None) => return None,
        (None, Some(pattern)) => {
            (family!("pattern-added"), format!("must match the pattern {}", quote_text(pattern.value)))
        }
        (Some(pattern), None) => {
            let what = format!("need no longer match the pattern {}", quote_text(pattern.value));
            (family!("pattern-removed"), what)
        }
        (Some(before), Some(after)) => {
            let (after, before) = (quote_text(after.value), quote_text(before.value));
            (family!("pattern-changed"), format!("must match the pattern {after} instead of {before}"))
        }
    };
    Some(compared.found_about(Types::STRING, Found::new(family, at(removed), at(added), what)))
}

/// Formats, each with one that includes it.
const WIDER: [(&str, &str); 8] = [
    ("float", "double"),
    ("email", "idn-email"),
    ("hostname", "idn-hostname"),
    ("uri", "uri-reference"),
    ("uri", "iri"),
    ("uri", "iri-reference"),
    ("uri-reference", "iri-reference"),
    ("iri", "iri-reference"),
];

fn format(compared: &Compared<'_, '_>) -> Option<Found> {
    let (old, new) = (&compared.old, &compared.new);
    let (removed, added) = difference(&old.formats, &new.formats, |a, b| a == b);
    let holds = |(least, most): (i128, i128), (low, high): (i128, i128)| least <= low && high <= most;
    let widens = |from: &str, to: &str| match (integers(from), integers(to)) {
        (Some(from), Some(to)) => holds(to, from),
        _ => WIDER.contains(&(from, to)),
    };
    let is_encoded = removed.into_iter().chain(added).any(|format| format.value == "byte");
    // Another encoding, which is compared as written.
    if is_encoded && (old.raw.contains_key("contentEncoding") || new.raw.contains_key("contentEncoding")) {
        return None;
    }
    let shown = |format: &At<&str>| match pointer::tokens(&format.at).last().as_deref() {
        Some("contentEncoding") => "encoding `base64`".to_owned(),
        _ => format!("format {}", quote_text(format.value)),
    };
    let (family, what) = match (removed, added) {
        (None, None) => return None,
        (None, Some(format)) => (family!("format-added"), format!("has the {}", shown(format))),
        (Some(format), None) => (family!("format-removed"), format!("no longer has the {}", shown(format))),
        (Some(before), Some(after)) => {
            let (before, after) = (quote_text(before.value), quote_text(after.value));
            (family!("format-changed"), format!("changed format from {before} to {after}"))
        }
    };
    let found = Found::new(family, at(removed), at(added), what);
    let found = match (removed, added) {
        (Some(before), Some(after)) if widens(before.value, after.value) => found.effect(Effect::LOOSER),
        (Some(before), Some(after)) if widens(after.value, before.value) => found.effect(Effect::TIGHTER),
        _ => found,
    };
    // Formats that only repeat the bounds, or only inform people, reject nothing.
    let idle = |format: Option<&At<&str>>, view: &View<'_>| format.is_none_or(|format| is_idle(format.value, view));
    let of_integers = removed.into_iter().chain(added).all(|format| integers(format.value).is_some());
    let is_idle = idle(removed, old) && idle(added, new) || of_integers && limit::same_range(compared);
    let found = if is_idle { found.effect(Effect::NONE) } else { found };
    // The same text is other bytes then.
    let risky = |wire: Wire| wire.max(Wire::Risky);
    let Effect { request, response } = found.effect;
    let encoded = Effect { request: risky(request), response: risky(response) };
    let found = if is_encoded { found.effect(encoded) } else { found };
    let about = removed.into_iter().chain(added).fold(Types::NONE, |types, format| types.or(about(format.value)));
    let breaks = old.types.meets(Types::STRING) && rust_format(old) != rust_format(new);
    let found = compared.found_about(about, found).source(compared.breaks(breaks));
    // Content that is not encoded is bytes in any case.
    let is_bytes = removed.into_iter().chain(added).all(|format| format.value == "binary");
    Some(Found { as_text: is_bytes.then_some(AsText::Nothing), ..found })
}

fn default(compared: &Compared<'_, '_>) -> Option<Found> {
    // An optional field with a default is not an `Option`: adding or removing the default changes its type.
    let optional = matches!(compared.context.optional, Some((true, _) | (_, true)));
    let (old, new) = (&compared.old.default, &compared.new.default);
    let (family, what, breaks) = match (old, new) {
        (None, None) => return None,
        (Some(before), Some(after)) if same(before.value, after.value) => return None,
        (None, Some(after)) => {
            (family!("default-value-added"), format!("has the default {}", quote(after.value)), optional)
        }
        (Some(before), None) => {
            let what = format!("no longer has the default {}", quote(before.value));
            (family!("default-value-removed"), what, optional)
        }
        (Some(before), Some(after)) => {
            let what = format!("changed default from {} to {}", quote(before.value), quote(after.value));
            (family!("default-value-changed"), what, false)
        }
    };
    Some(Found::new(family, at(old.as_ref()), at(new.as_ref()), what).source(compared.breaks(breaks)))
}

fn at<T>(value: Option<&At<T>>) -> Option<String> {
    value.map(|value| value.at.clone())
}

/// The first item of each side that the other one lacks.
fn difference<'v, T>(
    old: &'v [At<T>],
    new: &'v [At<T>],
    is: impl Fn(&T, &T) -> bool,
) -> (Option<&'v At<T>>, Option<&'v At<T>>) {
    let lacks = |list: &[At<T>], value: &At<T>| !list.iter().any(|known| is(&known.value, &value.value));
    (old.iter().find(|value| lacks(new, value)), new.iter().find(|value| lacks(old, value)))
}

/// Whether a format accepts everything that the rest of the schema does.
fn is_idle(format: &str, view: &View<'_>) -> bool {
    if format == "password" {
        return true;
    }
    let bounds = integers(format).and_then(|(least, most)| Number::from_i128(least).zip(Number::from_i128(most)));
    bounds.is_some_and(|(least, most)| {
        if let Some(values) = &view.values {
            let mut numbers = values.iter().filter_map(|value| value.value.as_number());
            return numbers.all(|number| compare(number, &least).is_ge() && compare(number, &most).is_le());
        }
        view.lower.as_ref().is_some_and(|bound| compare(bound.number, &least).is_ge())
            && view.upper.as_ref().is_some_and(|bound| compare(bound.number, &most).is_le())
    })
}

/// The types that a format applies to.
fn about(format: &str) -> Types {
    match format {
        "float" | "double" | "decimal" => Types::NUMBER,
        format if integers(format).is_some() => Types::NUMBER,
        _ => Types::STRING,
    }
}

/// The format, if the generated type depends on it.
fn rust_format(view: &View<'_>) -> String {
    let kept = ["date-time", "binary", "byte"];
    quote_list(view.formats.iter().map(|format| format.value).filter(|format| kept.contains(format)))
}
