//! Compares the types that two schemas allow, and null among them.

use super::as_text::{self, NARROWER, WIDER};
use super::compared::Compared;
use crate::change::Wire;
use crate::found::{AsText, Found};
use crate::kind::{Effect, family};
use crate::meaning::{Types, View};

/// The changes of null next to `nullable`.
const KEPT_OUT: &str = "no longer lists null, which by OpenAPI 3.0.3 excludes it, whatever `nullable` says";
const UNTYPED: &str = "can now be null, although by OpenAPI 3.0.3 `nullable` needs a `type` next to it";
const LET_IN: &str = "now lists null, which by OpenAPI 3.0.3 allows it, unlike `nullable` alone";

/// Also returns whether the two have enough in common to compare further.
pub(super) fn judge(compared: &Compared<'_, '_>) -> (Vec<Found>, bool) {
    let (old, new) = (&compared.old, &compared.new);
    let old_at = old.typed_at.clone().or_else(|| compared.old_at());
    let new_at = new.typed_at.clone().or_else(|| compared.new_at());
    let (before, after) = (old.types.without(Types::NULL), new.types.without(Types::NULL));
    let mut out = Vec::new();
    let mut in_common = true;
    if before != after {
        let both_enums = old.values.is_some() && new.values.is_some();
        let enumerated = (old.values.is_some() || new.values.is_some()) && before.meets(after);
        in_common = before.meets(after);
        let family = if after.holds(before) && old.types != Types::NONE {
            WIDER
        } else if before.holds(after) && new.types != Types::NONE {
            NARROWER
        } else {
            family!("type-changed")
        };
        let as_text = as_text::judge(old, new);
        // Added and removed values, and new lists of values, are reported as such.
        let (listed, other) = if old.values.is_some() { (before, after) } else { (after, before) };
        let told_as_values =
            both_enums && before.meets(after) || enumerated && other.holds(listed) && same_without_values(old, new);
        if !told_as_values {
            let is_listed = old.values.is_some() || new.values.is_some();
            let breaks = rust_type(old) != rust_type(new) && (is_listed || old.declared != new.declared);
            let what = format!("changed type from {} to {}", named(old), named(new));
            let found = Found::new(family, old_at.clone(), new_at.clone(), what).source(compared.breaks(breaks));
            out.push(Found { as_text, as_field: as_text::listed(compared), ..found });
        }
    }
    out.extend(nullability(compared, old_at, new_at));
    (out, in_common)
}

fn nullability(compared: &Compared<'_, '_>, old_at: Option<String>, new_at: Option<String>) -> Option<Found> {
    let (old, new) = (&compared.old, &compared.new);
    let (before, after) = (old.nullable(), new.nullable());
    let (doubt_before, doubt_after) = (old.doubtfully_nullable(), new.doubtfully_nullable());
    let kinds = |view: &View<'_>| (view.types.without(Types::NULL), view.unions.is_empty());
    // The new type, or the lack of one, says it.
    let is_typed_now = old.untyped() != new.untyped() && kinds(old) != kinds(new);
    if (before, doubt_before) == (after, doubt_after) || is_typed_now {
        return None;
    }
    // An optional field is an `Option` before and after.
    let breaks = match compared.context.optional {
        Some((was, is)) => (before || was) != (after || is),
        None => before != after,
    };
    // The target of a reference does not decide about null that is added next to the reference.
    let place = |view: &View<'_>, typed: Option<String>, site: &str| {
        let here = typed.filter(|typed| typed.starts_with(site)).unwrap_or_else(|| site.to_owned());
        Some(view.null_at.clone().unwrap_or(here))
    };
    let old_at = place(old, old_at, compared.old_slot.at());
    let new_at = place(new, new_at, compared.new_slot.at());
    let (family, what) = match (before, after) {
        (true, true) if doubt_after => (family!("became-not-nullable"), KEPT_OUT),
        (true, true) => (family!("became-nullable"), LET_IN),
        (_, true) if new.null_untyped => (family!("became-nullable"), UNTYPED),
        (_, true) => (family!("became-nullable"), "can now be null"),
        (_, false) => (family!("became-not-nullable"), "can no longer be null"),
    };
    let mut found = Found::new(family, old_at, new_at, what).source(compared.breaks(breaks));
    // A keyword of 3.0 that is common in 3.1 too, where it has no effect.
    let [was_said, is_said] = [old, new].map(|view| view.raw.contains_key("nullable"));
    let forgotten = if after { was_said } else { is_said };
    if forgotten {
        found.what = format!("{}: `nullable` has no effect in OpenAPI 3.1", found.what);
        found = found.once("nullable");
    }
    // By OpenAPI 3.0.3, `nullable` has no effect there, but many authors mean to allow null.
    let is_untyped = old.null_untyped || new.null_untyped;
    if doubt_before || doubt_after || forgotten || is_untyped {
        let Effect { request, response } = found.effect;
        found = found.effect(Effect { request: request.min(Wire::Risky), response: response.min(Wire::Risky) });
    }
    Some(Found { as_text: Some(AsText::Nothing), ..found })
}

/// The types, without null beside others.
fn named(view: &View<'_>) -> String {
    let types = view.types.without(Types::NULL);
    if types == Types::NONE { view.types.names() } else { types.names() }
}

/// Whether the types differ only because of a list of values.
fn same_without_values(old: &View<'_>, new: &View<'_>) -> bool {
    let (old, new) = (old.declared.without(Types::NULL), new.declared.without(Types::NULL));
    let any = Types::ANY.without(Types::NULL);
    old == new || old == any || new == any
}

/// The kind of Rust type for a schema.
fn rust_type(view: &View<'_>) -> Types {
    let types = view.types.without(Types::NULL);
    if types == Types::ANY.without(Types::NULL) && !view.properties.is_empty() { Types::OBJECT } else { types }
}
