//! The effect of a type difference where values are written as text: in a URL, a header, a form.
//!
//! There, the number 1 and the string "1" are the same. The text of a number or boolean must still meet other
//! constraints on the string.

use std::ops::RangeInclusive;

use serde_json::{Number, Value};

use super::compared::Compared;
use super::includes::MAX_BRANCHES;
use crate::found::AsText;
use crate::kind::{Effect, Family, family};
use crate::meaning::{Bound, Rest, Types, View, view};
use crate::node::Slot;
use crate::side::Side;
use crate::text::alike_but_for_docs;

/// More types are allowed: requests are still understood, and responses may have unknown values.
pub(super) const WIDER: &Family = family!("type-generalized");
pub(super) const NARROWER: &Family = family!("type-specialized");

/// Returns `None` if the effect is the same as elsewhere.
pub(super) fn judge(old: &View<'_>, new: &View<'_>) -> Option<AsText> {
    if !old.types.or(new.types).meets(Types::STRING) {
        return None;
    }
    let is_bytes = |view: &View<'_>| view.formats.iter().any(|format| format.value == "binary");
    match (takes(new, old), takes(old, new)) {
        // In 3.1, binary content has no schema.
        (true, true) if is_bytes(old) || is_bytes(new) => Some(AsText::Nothing),
        (true, true) => Some(AsText::Other(WIDER, Effect::NONE)),
        (true, false) => Some(AsText::Other(WIDER, Effect::LOOSER)),
        (false, true) => Some(AsText::Other(NARROWER, Effect::TIGHTER)),
        (false, false) => None,
    }
}

/// Whether one of several schemas accepts the text of every value of another one, which is of other types.
pub(super) fn is_text_of<'s, 'd: 's>(
    wholes: (&Side<'d>, impl IntoIterator<Item = &'s Slot<'d>>),
    part: (&Side<'d>, &Slot<'d>),
) -> bool {
    let part = view(part.0, part.1);
    let of = |whole: View<'d>| {
        let is_plain = !whole.cut && !whole.asks() && !whole.types.without(Types::NULL).meets(part.types);
        is_plain && whole.types.meets(Types::STRING) && takes(&whole, &part)
    };
    !part.cut && wholes.1.into_iter().take(MAX_BRANCHES).any(|whole| of(view(wholes.0, whole)))
}

/// The effect of a list instead of a single value like its items, or vice versa, where the field is repeated for each
/// item of a list: a single value is a list of one.
pub(super) fn listed(compared: &Compared<'_, '_>) -> Option<AsText> {
    let Compared { sides, old_slot, new_slot, old, new, .. } = compared;
    match (types(old), types(new)) {
        (single, Types::ARRAY) if Types::SCALAR.holds(single) => {
            let is_item = is_item((&sides.old, old_slot), (&sides.new, new));
            is_item.then_some(AsText::Other(WIDER, Effect::LOOSER))
        }
        (Types::ARRAY, single) if Types::SCALAR.holds(single) => {
            let is_item = is_item((&sides.new, new_slot), (&sides.old, old));
            is_item.then_some(AsText::Other(NARROWER, Effect::TIGHTER))
        }
        _ => None,
    }
}

fn types(view: &View<'_>) -> Types {
    if view.unions.is_empty() { view.types.without(Types::NULL) } else { Types::ANY }
}

/// Whether a list may be a single value.
fn is_item<'d>((single_side, single): (&Side<'d>, &Slot<'d>), (list_side, list): (&Side<'d>, &View<'d>)) -> bool {
    let definition = |side: &Side<'d>, slot: &Slot<'d>| slot.only().and_then(|node| side.definition(node));
    let is_alike = match &list.items {
        Rest::Any | Rest::Whatever(_) => true,
        Rest::None(_) => false,
        Rest::Schema(items) => definition(single_side, single)
            .zip(definition(list_side, items))
            .is_some_and(|(single, item)| alike_but_for_docs(single.value, item.value)),
    };
    is_alike && list.may_have_one_item()
}

/// Whether one schema accepts the texts of all types that only the other one has. Constraints on common types are
/// compared elsewhere.
fn takes(view: &View<'_>, other: &View<'_>) -> bool {
    let [own, others] = [view, other].map(|view| view.types.without(Types::NULL));
    let more = others.without(own);
    if more == Types::NONE {
        return true;
    }
    if !view.unions.is_empty() || !other.unions.is_empty() {
        return false;
    }
    if !own.meets(Types::STRING) {
        let known = texts(view, own);
        return known.zip(texts(other, more)).is_some_and(|(known, more)| more.iter().all(|text| known.contains(text)));
    }
    let is_any = others == Types::ANY.without(Types::NULL);
    let formatted = view.formats.iter().any(|format| format.value != "binary");
    let asks = [view.values.is_some(), !view.patterns.is_empty(), formatted, !view.counts.is_empty()];
    if is_any || !Types::SCALAR.holds(more) {
        return is_any && !asks.contains(&true);
    }
    let formats = || view.formats.iter().all(|format| takes_format(format.value, other, more));
    let patterns = || view.patterns.iter().all(|pattern| takes_pattern(pattern.value, other, more));
    formats() && patterns() && takes_values(view, other, more) && takes_lengths(view, other, more)
}

fn takes_format(format: &str, other: &View<'_>, more: Types) -> bool {
    let numbers = Types::NUMBER.holds(more);
    format == "password" || numbers && (format == "decimal" || other.formats.iter().any(|it| it.value == format))
}

/// Common patterns that the texts of a type match.
const PATTERNS: [(Types, &[&str]); 3] = [
    (Types::INTEGER, &[r"^-?\d+$", r"^-?[0-9]+$", r"^[+-]?\d+$", r"^[-+]?\d+$", r"^[+-]?[0-9]+$", r"^[-+]?[0-9]+$"]),
    (Types::BOOLEAN, &["^(true|false)$", "^(false|true)$", "^true|false$"]),
    (UNSIGNED, &[r"^\d+$", "^[0-9]+$", r"^\d*$", "^[0-9]*$"]),
];
const UNSIGNED: Types = Types::NONE;

fn takes_pattern(pattern: &str, other: &View<'_>, more: Types) -> bool {
    let is_unsigned = other.lower.as_ref().and_then(|bound| bound.number.as_f64()).is_some_and(|lower| lower >= 0.0);
    PATTERNS.iter().any(|(types, patterns)| {
        let is_of = if *types == UNSIGNED { more == Types::INTEGER && is_unsigned } else { types.holds(more) };
        is_of && patterns.contains(&pattern)
    })
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The texts of the types, if they can be listed.
fn texts(view: &View<'_>, types: Types) -> Option<Vec<String>> {
    match &view.values {
        Some(values) => {
            let of_types = values.iter().filter(|value| types.holds(Types::of(value.value)));
            Some(of_types.map(|value| text(value.value)).collect())
        }
        None if types == Types::BOOLEAN => Some(vec!["true".to_owned(), "false".to_owned()]),
        None => None,
    }
}

fn takes_values(view: &View<'_>, other: &View<'_>, more: Types) -> bool {
    let Some(values) = &view.values else {
        return true;
    };
    let known: Vec<String> = values.iter().map(|value| text(value.value)).collect();
    texts(other, more).is_some_and(|texts| texts.iter().all(|text| known.contains(text)))
}

fn takes_lengths(view: &View<'_>, other: &View<'_>, more: Types) -> bool {
    let limit = |keyword: &str| view.counts.get(keyword).and_then(|limit| limit.value.as_f64());
    let (least, most) = (limit("minLength").unwrap_or(0.0), limit("maxLength").unwrap_or(f64::INFINITY));
    let lengths = match texts(other, more) {
        Some(texts) => {
            let lengths = || texts.iter().map(|text| text.chars().count());
            lengths().min().unwrap_or(0)..=lengths().max().unwrap_or(0)
        }
        None if more == Types::INTEGER => digits(other),
        None => 1..=usize::MAX,
    };
    least <= *lengths.start() as f64 && *lengths.end() as f64 <= most
}

/// The possible lengths of an integer as text.
fn digits(view: &View<'_>) -> RangeInclusive<usize> {
    let has = |name: &str| view.formats.iter().any(|format| format.value == name);
    let (least, most) = if has("int32") { (i32::MIN.into(), i32::MAX.into()) } else { (i64::MIN, i64::MAX) };
    let is_bounded = has("int32") || has("int64");
    let number = |bound: &Option<Bound<'_>>, otherwise: i64| {
        let number = bound.as_ref().map(|bound| bound.number.clone());
        number.or_else(|| is_bounded.then(|| Number::from(otherwise)))
    };
    let length = |number: &Number| number.to_string().len();
    let (lower, upper) = (number(&view.lower, least), number(&view.upper, most));
    let longest = lower.as_ref().zip(upper.as_ref()).map(|(lower, upper)| length(lower).max(length(upper)));
    let shortest = lower.filter(|lower| lower.as_f64().is_some_and(|lower| lower > 0.0)).map(|lower| length(&lower));
    shortest.unwrap_or(1)..=longest.unwrap_or(usize::MAX)
}
