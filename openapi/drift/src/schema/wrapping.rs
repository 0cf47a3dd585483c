//! Compares a single schema with alternatives: it became one of several, or vice versa.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};
use zerogate_contract::json::Key;
use zerogate_contract::reference;

use super::as_text::is_text_of;
use super::compared::Compared;
use super::composition;
use super::includes::{ANY, Objects, is_part_of_one};
use super::overlap::Met;
use crate::change::Wire;
use crate::found::{AsText, Findings, Found};
use crate::kind::{Effect, family};
use crate::meaning::{At, Types, Union, View, view};
use crate::node::{Node, Slot};
use crate::renames::last_token;
use crate::side::{Side, Sides};
use crate::text::{alike_but_for_docs, is_doc};

/// Reports that a single schema became one of several, or vice versa; nothing else can be compared then.
pub(super) fn judge<'p, 'd>(compared: &Compared<'p, 'd>, shape: Shape<'_, 'd>) -> Option<Findings<'d>> {
    if let Some((before, after)) = narrowed_to_one(compared) {
        return Some(composition::union(compared, before, after));
    }
    let (old, new) = (&compared.old, &compared.new);
    if old.unions.is_empty() == new.unions.is_empty() || described_alike(old, new) {
        return None;
    }
    let wrapped = old.unions.is_empty();
    let (single, unions) = if wrapped { (compared.old_slot, &new.unions) } else { (compared.new_slot, &old.unions) };
    if let Some(list) = listed(compared, wrapped) {
        let Compared { sides, old_slot, new_slot, context, .. } = compared;
        let (old, new) = if wrapped { (old.clone(), list) } else { (list, new.clone()) };
        let mut out = shape(&Compared { sides, old_slot, new_slot, old, new, context: context.clone() });
        compared.account_parts(&mut out.seen);
        let (family, what) = if wrapped {
            (family!("wrapped-in-one-of"), "must now match one of several lists of values")
        } else {
            (family!("unwrapped"), "must now match a single list of values")
        };
        let found = Found::new(family, compared.old_at(), compared.new_at(), what);
        out.report(found.effect(Effect::NONE).source(compared.breaks(true)));
        return Some(out);
    }
    let mut out = Findings::default();
    compared.account_parts(&mut out.seen);
    // The alternative that equals the single schema, or is most similar to it.
    let known = branch_of(single, unions);
    let joined = joined(compared, wrapped);
    if let Some(joined) = joined.filter(|_| known.is_none()) {
        let (what, effect) = match (wrapped, joined) {
            (true, Joined::Whole) => ("can now also match a part of itself", Effect::NONE),
            (true, Joined::Same) => ("must now match one of several schemas that accept the same", Effect::NONE),
            (true, Joined::More) => ("must now match one of several narrower schemas", Effect::TIGHTER),
            (false, Joined::Whole) => {
                ("is now the one of its former alternatives that accepted all others", Effect::NONE)
            }
            (false, Joined::Same) => {
                ("is now a single schema that accepts the same as its former alternatives", Effect::NONE)
            }
            (false, Joined::More) => (ACCEPTS_ALL, Effect::LOOSER),
        };
        let family = if wrapped { family!("wrapped-in-one-of") } else { family!("unwrapped") };
        let found = Found::new(family, compared.old_at(), compared.new_at(), what);
        out.report(found.effect(effect).source(compared.breaks(true)));
        return Some(out);
    }
    let likest = likest(compared, wrapped, known, shape);
    let kept = known.or(likest.as_ref().map(|(index, _)| *index));
    // Values that matched two of the alternatives were rejected.
    let is_looser = !wrapped && joined.is_some() && unions.iter().any(|union| union.one);
    let (family, what) = match (wrapped, kept.is_some()) {
        _ if is_looser => (family!("unwrapped"), ACCEPTS_ALL),
        (true, true) => (family!("wrapped-in-one-of"), "can now also match other schemas"),
        (true, false) => (family!("wrapped-in-one-of"), "is now one of several schemas"),
        (false, true) => (family!("unwrapped"), "must now match a single one of its former alternatives"),
        (false, false) => (family!("unwrapped"), "must now match a single schema that was not one of its alternatives"),
    };
    let (of_single, of_union) =
        if wrapped { (&compared.sides.old, &compared.sides.new) } else { (&compared.sides.new, &compared.sides.old) };
    // The single schema is the alternative that is kept, and not only like it.
    let adds_only = |is_part: &dyn Fn(&Slot<'d>) -> bool| match (unions.as_slice(), known) {
        ([union], Some(kept)) if !union.one => {
            union.branches.iter().enumerate().all(|(index, it)| index == kept || is_part(it))
        }
        _ => false,
    };
    let is_part = |it: &Slot<'d>| is_part_of_one((of_single, [single]), (of_union, it));
    let is_idle = joined == Some(Joined::Whole) && adds_only(&|_| true) || adds_only(&is_part);
    let is_same_text = adds_only(&|it| is_part(it) || is_text_of((of_single, [single]), (of_union, it)));
    let (effect, also) = match (kept, unions.first()) {
        _ if is_idle => (Effect::NONE, composition::ELSEWHERE),
        _ if is_looser => (Effect::LOOSER, ""),
        (None, _) => (Effect::both(Wire::Breaking), ""),
        (Some(index), Some(union)) if wrapped => {
            let met = Met::of(compared, union, &[index]);
            let others = union.branches.iter().enumerate().filter(|(other, _)| *other != index);
            others
                .map(|(_, branch)| met.effect(branch))
                .max_by_key(|(effect, _)| effect.request)
                .unwrap_or((Effect::LOOSER, ""))
        }
        _ => (Effect::TIGHTER, ""),
    };
    let found = Found::new(family, compared.old_at(), compared.new_at(), format!("{what}{also}"));
    let as_text = is_same_text.then_some(AsText::Other(family, Effect::NONE));
    out.report(Found { as_text, ..found.effect(effect).source(compared.breaks(true)) });
    if let Some((_, findings)) = likest {
        out.add(findings);
    }
    Some(out)
}

/// Compares everything but the type's name and texts.
pub(super) type Shape<'f, 'd> = &'f dyn Fn(&Compared<'_, 'd>) -> Findings<'d>;

const ACCEPTS_ALL: &str = "is now a single schema that accepts all of its former alternatives";

/// An object that accepts everything that senders of several objects send.
#[derive(Clone, Copy, PartialEq)]
enum Joined {
    /// It is one of them.
    Whole,
    /// They accept the same together.
    Same,
    /// It may accept more.
    More,
}

/// How an object joins several others; `None` if it does not accept all of what their senders send.
fn joined(compared: &Compared<'_, '_>, wrapped: bool) -> Option<Joined> {
    let Compared { sides, old, new, .. } = compared;
    let (side, single, several) = if wrapped { (&sides.new, old, new) } else { (&sides.old, new, old) };
    let [union] = several.unions.as_slice() else {
        return None;
    };
    if [single, several].iter().any(|view| view.discriminator.is_some()) || union.branches.len() > MAX_TRIED {
        return None;
    }
    let branches: Vec<_> = union.branches.iter().map(|branch| beside(side, several, union, branch)).collect();
    let (of_single, of_branches) = (Objects::of(compared, wrapped), Objects::of(compared, !wrapped));
    let is_whole = || !union.one && branches.iter().any(|branch| of_branches.include(single, branch, 0));
    let joined = || match () {
        () if is_whole() => Joined::Whole,
        () if is_divided(compared, wrapped, &of_branches, &branches, union.one) => Joined::Same,
        () => Joined::More,
    };
    branches.iter().all(|branch| of_single.include(branch, single, 0)).then(joined)
}

/// Whether each value of a required property of an object has an alternative that accepts the rest of the object too:
/// exactly one, if `one`.
fn is_divided<'d>(
    compared: &Compared<'_, 'd>,
    wrapped: bool,
    objects: &Objects<'_, 'd>,
    branches: &[View<'d>],
    one: bool,
) -> bool {
    let Sides { old, new, .. } = compared.sides;
    let (single, of_single, of_branches) = if wrapped { (&compared.old, old, new) } else { (&compared.new, new, old) };
    let values = |side: &Side<'d>, object: &View<'d>, name: &str| {
        let found = view(side, object.properties.get(name)?);
        let values = found.values.as_ref()?.iter().map(|value| Key(value.value)).collect::<HashSet<_>>();
        let has_no_words = found.patterns.is_empty() && found.formats.is_empty();
        let is_plain = has_no_words && !found.cut && !found.asks() && Types::SCALAR.holds(found.types);
        is_plain.then_some(values)
    };
    single.required.keys().any(|name| {
        let Some(all) = values(of_single, single, name) else { return false };
        let parts = branches.iter().map(|branch| values(of_branches, branch, name)).collect::<Option<Vec<_>>>();
        let Some(parts) = parts else { return false };
        let accepts = |part: &View<'d>| {
            let mut part = part.clone();
            part.properties.insert(name, Slot::of(Node::new(&ANY, "")));
            objects.include(single, &part, 0)
        };
        all.iter().all(|value| {
            let mut matching = parts.iter().zip(branches).filter(|(part, _)| part.contains(value));
            if one {
                matching.next().is_some_and(|(_, part)| accepts(part)) && matching.next().is_none()
            } else {
                matching.any(|(_, part)| accepts(part))
            }
        })
    })
}

/// The alternatives as one list of values, if the other side has one, and each of them only lists some.
fn listed<'d>(compared: &Compared<'_, 'd>, wrapped: bool) -> Option<View<'d>> {
    let Compared { sides, old, new, .. } = compared;
    let (side, single, several) = if wrapped { (&sides.new, old, new) } else { (&sides.old, new, old) };
    let ([union], Some(_)) = (several.unions.as_slice(), &single.values) else { return None };
    let (mut all, mut times) = (Vec::new(), HashMap::<Key<'d>, usize>::new());
    for branch in &union.branches {
        let found = beside(side, several, union, branch);
        let has_no_words = found.patterns.is_empty() && found.formats.is_empty();
        let is_scalar = Types::SCALAR.holds(found.types.without(Types::NULL));
        let is_sent = [(&found.read_only, &several.read_only), (&found.write_only, &several.write_only)]
            .iter()
            .all(|(own, outer)| own.is_some() == outer.is_some());
        let is_plain = has_no_words && is_scalar && is_sent && !found.cut && !found.asks();
        let mut values = found.values.filter(|_| is_plain)?;
        values.retain(|value| !value.value.is_null());
        let own: HashSet<Key<'d>> = values.iter().map(|value| Key(value.value)).collect();
        own.into_iter().for_each(|value| *times.entry(value).or_default() += 1);
        all.extend(values);
    }
    // A value of two alternatives does not match exactly one.
    all.retain(|value| !union.one || times.get(&Key(value.value)) == Some(&1));
    if several.nullable() {
        all.push(At { value: &Value::Null, at: union.at.clone() });
    }
    let (values, values_at) = (Some(all), Some(union.at.clone()));
    let mut list = View { values, values_at, unions: Vec::new(), ..several.clone() };
    list.settle();
    Some(list)
}

/// The meaning of an alternative with the keywords next to it, which apply to each.
fn beside<'d>(side: &Side<'d>, several: &View<'d>, union: &Union<'d>, branch: &Slot<'d>) -> View<'d> {
    let mut branch = view(side, branch);
    if union.null {
        branch.admit_null(&Rc::from(union.at.as_str()));
    }
    let mut view = View { unions: Vec::new(), ..several.clone() };
    view.and(branch);
    view.settle();
    view
}

/// The maximum number of alternatives that are tried.
const MAX_TRIED: usize = 20;

/// The alternative that is most similar to the single schema, by index, with the differences. `known`: the alternative
/// that is equal.
fn likest<'d>(
    compared: &Compared<'_, 'd>,
    wrapped: bool,
    known: Option<usize>,
    shape: Shape<'_, 'd>,
) -> Option<(usize, Findings<'d>)> {
    let Compared { sides, old, new, context, .. } = compared;
    let (side, single, several) = if wrapped { (&sides.new, old, new) } else { (&sides.old, new, old) };
    let [union] = several.unions.as_slice() else {
        return None;
    };
    let differing = |(index, branch): (usize, &Slot<'d>)| {
        let view = beside(side, several, union, branch);
        if !view.types.without(Types::NULL).meets(single.types) || view.cut || !view.unions.is_empty() {
            return None;
        }
        let (old, new) = if wrapped { (old.clone(), view) } else { (view, new.clone()) };
        let (old_slot, new_slot) = if wrapped { (compared.old_slot, branch) } else { (branch, compared.new_slot) };
        let findings = shape(&Compared { sides, old_slot, new_slot, old, new, context: context.clone() });
        let harm = |found: &Found| if wrapped { found.effect.request } else { found.effect.response };
        let harms = findings.found.iter().filter(|found| harm(found) > Wire::Compatible).count();
        Some((harms, findings.found.len() + findings.parts.len(), index, findings))
    };
    let candidates = union.branches.iter().enumerate().filter(|(index, _)| known.is_none_or(|known| known == *index));
    let tried = candidates.take(MAX_TRIED).filter_map(differing);
    tried.min_by_key(|(harms, all, ..)| (*harms, *all)).map(|(_, _, index, findings)| (index, findings))
}

/// The alternatives, if several became a single one or vice versa, and everything else is equal.
fn narrowed_to_one<'v, 'd>(compared: &'v Compared<'_, 'd>) -> Option<(&'v Union<'d>, &'v Union<'d>)> {
    let (old, new) = (&compared.old, &compared.new);
    let pick = |view: &'v View<'d>| match (view.unions.as_slice(), view.lone.as_slice()) {
        ([union], []) | ([], [union]) => Some(union),
        _ => None,
    };
    let (before, after) = (pick(old)?, pick(new)?);
    let word = if before.one { "oneOf" } else { "anyOf" };
    let alone =
        |object: &Map<String, Value>| object.contains_key(word) && object.keys().all(|key| key == word || is_doc(key));
    let are_alone = alone(compared.old_slot.only()?.object()?) && alone(compared.new_slot.only()?.object()?);
    let differ = old.unions.len() != new.unions.len() && before.one == after.one && before.null == after.null;
    (differ && are_alone).then_some((before, after))
}

/// The index of a single schema among the alternatives of the other side, ignoring texts.
fn branch_of(single: &Slot<'_>, unions: &[Union<'_>]) -> Option<usize> {
    let part = single.only()?;
    let name = reference(part.value).and_then(last_token).or_else(|| part.component().map(Cow::into_owned));
    unions.first()?.branches.iter().position(|branch| {
        branch.parts.iter().any(|node| {
            let refers = reference(node.value).and_then(last_token);
            alike_but_for_docs(node.value, part.value) || (refers.is_some() && refers == name)
        })
    })
}

/// Whether two schemas are equal except for their alternatives: then these are a condition, not a wrapping.
fn described_alike(old: &View<'_>, new: &View<'_>) -> bool {
    let types = |view: &View<'_>| view.types.without(Types::NULL);
    types(old) == types(new)
        && old.properties.keys().eq(new.properties.keys())
        && old.values.is_some() == new.values.is_some()
}
