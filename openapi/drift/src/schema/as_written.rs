//! Compares keywords that are taken as written: unknown ones, and those whose effect cannot be determined.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compared::Compared;
use crate::found::{Context, Findings, Found, Part, Role};
use crate::kind::{Family, family};
use crate::meaning::{View, view};
use crate::node::{Node, Slot, place};
use crate::side::Side;
use crate::value::{quote_list, same, same_set};

/// Keywords for which only the equality of their schemas is known, not the effect of a difference.
pub(crate) const OPAQUE: [&str; 3] = ["not", "if", "contentSchema"];

pub(super) fn judge<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let keywords: BTreeSet<&str> = compared.old.raw.keys().chain(compared.new.raw.keys()).copied().collect();
    let mut out = Findings::default();
    for keyword in keywords {
        let (before, after) = (nodes(&compared.old, keyword), nodes(&compared.new, keyword));
        let name = if keyword.is_empty() { "the schema".to_owned() } else { quote_list([keyword]) };
        if keyword == "not" && excludes_nothing(compared, before, after) {
            before.iter().chain(after).for_each(|node| out.seen.whole(node));
            continue;
        }
        if let ([before], [after]) = (before, after)
            && OPAQUE.contains(&keyword)
            && before.value.is_object()
            && after.value.is_object()
        {
            out.parts.push(opaque(before, after, &name));
            continue;
        }
        let values = |nodes: &[Node<'d>]| nodes.iter().map(|node| node.value).collect::<Vec<_>>();
        let alike = same_set(&values(before), &values(after));
        // Null is reported where one side has the keyword.
        let by_one_side = compared.sides.old.modern != compared.sides.new.modern;
        let told = by_one_side && compared.old.nullable() != compared.new.nullable();
        let told = told || neutral(before) && neutral(after);
        // Beside a reference, only 3.1 reads it: another judge compares what it says there.
        let own = |slot: &Slot<'d>| slot.parts.iter().filter_map(|part| part.get(keyword)).collect::<Vec<_>>();
        let is_read = |slot: &Slot<'d>, nodes: &[Node<'d>]| {
            let found = |node: &Node<'d>| own(slot).iter().any(|own| same(own.value, node.value));
            !nodes.is_empty() && nodes.iter().all(found)
        };
        let is_read = after.is_empty() && is_read(compared.new_slot, before)
            || before.is_empty() && is_read(compared.old_slot, after);
        if by_one_side && is_read {
            before.iter().chain(after).for_each(|node| out.seen.whole(node));
            continue;
        }
        if alike || (keyword == "nullable" && told) {
            continue;
        }
        before.iter().chain(after).for_each(|node| out.seen.whole(node));
        out.report(differing(keyword, &name, before, after));
    }
    out
}

/// Whether neither side can have a value that the other one excludes by `not`.
fn excludes_nothing<'d>(compared: &Compared<'_, 'd>, before: &[Node<'d>], after: &[Node<'d>]) -> bool {
    let Compared { sides, old, new, .. } = compared;
    let apart = |side: &Side<'d>, nodes: &[Node<'d>], other: &View<'d>| {
        nodes.iter().map(|node| view(side, &Slot::of(node.clone()))).all(|excluded| {
            let rejects_all =
                || other.values.as_ref().is_some_and(|all| all.iter().all(|it| excluded.rejects(it.value)));
            !excluded.types.meets(other.types) || rejects_all()
        })
    };
    apart(&sides.new, after, old) && apart(&sides.old, before, new)
}

/// Schemas for which only equality is known, once everything that they refer to has been compared.
pub(super) fn opaque<'d>(before: &Node<'d>, after: &Node<'d>, name: &str) -> Part<'d> {
    let what = format!("differs in {name}, which this comparison cannot judge");
    // The same cause for all schemas with the same text.
    let cause = format!("{name} {} {}", before.value, after.value);
    let found = Found::cannot_judge(before.place(), after.place(), what).once(&cause);
    Part {
        old: Slot::of(before.clone()),
        new: Slot::of(after.clone()),
        context: Context::untyped(),
        role: Role::Opaque(found),
    }
}

/// The nodes of a keyword, from everything that describes the schema.
fn nodes<'v, 'd>(view: &'v View<'d>, keyword: &str) -> &'v [Node<'d>] {
    view.raw.get(keyword).map(Vec::as_slice).unwrap_or_default()
}

/// The effect of different values of a keyword.
fn differing(keyword: &str, name: &str, before: &[Node<'_>], after: &[Node<'_>]) -> Found {
    let (old_at, new_at) = (place(before.first()), place(after.first()));
    match (keyword, before, after) {
        ("not", [], [after]) => {
            let found = Found::new(family!("not-added"), None, new_at, "must not match the schema of `not`");
            found.once(&after.value.to_string())
        }
        ("not", [before], []) => {
            let found = Found::new(family!("not-removed"), old_at, None, "may match the schema of `not`");
            found.once(&before.value.to_string())
        }
        ("contentEncoding", ..) => content(family!("content-encoding-changed"), name, old_at, new_at),
        ("contentMediaType", ..) => content(family!("content-media-type-changed"), name, old_at, new_at),
        _ => {
            let words =
                |nodes: &[Node<'_>]| nodes.iter().map(|node| node.value.to_string()).collect::<Vec<_>>().join(" ");
            let found =
                Found::cannot_judge(old_at, new_at, format!("differs in {name}, which this tool cannot compare"));
            found.once(&format!("{name} {} {}", words(before), words(after)))
        }
    }
}

fn content(family: &'static Family, name: &str, old: Option<String>, new: Option<String>) -> Found {
    Found::new(family, old, new, format!("has content of another kind, according to {name}"))
}

/// Reports an unresolved reference that changed; nothing else can be compared then.
pub(super) fn unknown_target<'d>(compared: &Compared<'_, 'd>) -> Option<Findings<'d>> {
    let alike = |old: &[Node<'_>], new: &[Node<'_>]| {
        old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old.value, new.value))
    };
    let (keyword, before, after) = ["$ref", "$dynamicRef", "$recursiveRef"]
        .map(|keyword| (keyword, nodes(&compared.old, keyword), nodes(&compared.new, keyword)))
        .into_iter()
        .find(|(_, before, after)| !alike(before, after))?;
    let mut out = Findings::default();
    compared.account_parts(&mut out.seen);
    // A target missing on one side is reported once, wherever it is used. A reference that is not a string has no
    // target.
    let is_told = keyword == "$ref"
        && (before.is_empty() || after.is_empty())
        && before.iter().chain(after).all(|node| node.value.is_string());
    if !is_told {
        let old_at = place(before.first()).or_else(|| compared.old_at());
        let new_at = place(after.first()).or_else(|| compared.new_at());
        let what = "has a reference that cannot be resolved, so its meaning is unknown";
        out.report(Found::cannot_judge(old_at, new_at, what));
    }
    Some(out)
}

fn neutral(nodes: &[Node<'_>]) -> bool {
    nodes.iter().all(|node| node.value == &Value::Bool(false))
}
