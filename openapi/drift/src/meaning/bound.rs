//! The limits of numbers and counts.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Number;

use crate::value::compare;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) at: String,
}

/// A bound of a number.
#[derive(Clone, Debug)]
pub(crate) struct Bound<'d> {
    pub(crate) number: &'d Number,
    pub(crate) exclusive: bool,
    pub(crate) at: String,
}

/// Whether a keyword for a count sets its maximum.
pub(super) fn is_upper(keyword: &str) -> bool {
    matches!(keyword, "maxLength" | "maxItems" | "maxProperties" | "maxContains")
}

/// Whether a count is within the limits of two keywords.
pub(super) fn within(counts: &BTreeMap<&str, At<&Number>>, least: &str, most: &str, count: usize) -> bool {
    let limit = |keyword: &str| counts.get(keyword).and_then(|limit| limit.value.as_f64());
    let count = count as f64;
    limit(least).is_none_or(|least| least <= count) && limit(most).is_none_or(|most| count <= most)
}

/// Whether a number is between two bounds.
pub(super) fn inside(lower: &Option<Bound<'_>>, upper: &Option<Bound<'_>>, number: &Number) -> bool {
    let meets = |bound: &Bound<'_>, beyond: Ordering| match compare(number, bound.number) {
        Ordering::Equal => !bound.exclusive,
        order => order == beyond,
    };
    lower.as_ref().is_none_or(|bound| meets(bound, Ordering::Greater))
        && upper.as_ref().is_none_or(|bound| meets(bound, Ordering::Less))
}

/// Keeps the stricter of two bounds.
pub(super) fn tighten<'d>(bound: &mut Option<Bound<'d>>, other: Option<Bound<'d>>, lower: bool) {
    let Some(other) = other else {
        return;
    };
    let stricter = bound.as_ref().is_none_or(|known| {
        let order = compare(other.number, known.number);
        let order = if lower { order } else { order.reverse() };
        order.is_gt() || (order.is_eq() && other.exclusive && !known.exclusive)
    });
    if stricter {
        *bound = Some(other);
    }
}
