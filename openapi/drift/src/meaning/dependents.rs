//! Properties that are required beside others, in each of three notations: `dependentRequired`, and `dependentSchemas`
//! or a condition that only require properties.

use serde_json::Value;
use zerogate_contract::pointer;

use super::said::Condition;
use super::types::Types;
use super::view::View;
use crate::node::{Node, Slot};
use crate::seen::Seen;
use crate::text::is_doc;
use crate::value::same;

/// Two properties, the second of which is required beside the first, and where that is said.
type Pairs<'d> = Vec<((&'d str, &'d str), String)>;

/// Reads `dependentRequired`.
pub(super) fn dependents<'d>(value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
    let is_list = |names: &Value| names.as_array().is_some_and(|names| names.iter().all(Value::is_string));
    let Some(lists) = value.as_object().filter(|lists| lists.values().all(is_list)) else {
        return false;
    };
    let map = node.below("dependentRequired");
    for (name, list) in lists {
        let at = pointer::join(&map, name);
        let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        view.dependents.extend(names.map(|other| ((name.as_str(), other), at.clone())));
    }
    true
}

/// Reads the other notations as `dependentRequired` on both sides, if they only require properties.
///
/// What has a counterpart that says more is left as it is, so that the two are compared.
pub(crate) fn as_dependents<'d>(old: &mut View<'d>, new: &mut View<'d>, seen: &mut Seen) {
    let (mut was, mut is) = (Others::of(old), Others::of(new));
    let before = was.clone();
    was.leave(&is);
    is.leave(&before);
    was.read(old, seen);
    is.read(new, seen);
    [old, new].into_iter().for_each(require_beside);
}

/// What is required beside a property that is always there is required too.
fn require_beside(view: &mut View<'_>) {
    let mut open: Vec<&str> = view.always().copied().collect();
    while let Some(name) = open.pop() {
        let others = view.dependents.range((name, "")..).take_while(|((first, _), _)| *first == name);
        let others = others.filter(|((_, other), _)| !view.required.contains_key(other));
        let more: Vec<_> = others.map(|((_, other), at)| (*other, at.clone())).collect();
        open.extend(more.iter().map(|(other, _)| *other).filter(|other| view.is_sent_both_ways(other)));
        view.required.extend(more);
    }
}

/// The schemas beside a property, and the conditions, each with what it requires if it says nothing else.
#[derive(Clone)]
struct Others<'d> {
    beside: Vec<(&'d str, Option<Pairs<'d>>)>,
    conditions: Vec<(&'d Value, Option<Pairs<'d>>)>,
}

impl<'d> Others<'d> {
    fn of(view: &View<'d>) -> Self {
        let is_beside =
            |(keyword, name): &(&'d str, Option<&'d str>)| (*keyword == "dependentSchemas").then_some(*name);
        let beside = view.inner.iter().filter_map(|(key, slot)| Some((is_beside(key)??, slot)));
        let is_object = Types::OBJECT.holds(view.types);
        let conditions = view.conditions.iter();
        Self {
            beside: beside.map(|(name, slot)| (name, of_schema(name, slot))).collect(),
            conditions: conditions.map(|it| (it.condition.value, of_condition(it, is_object))).collect(),
        }
    }

    /// Leaves what has a counterpart on the other side that says more.
    fn leave(&mut self, other: &Self) {
        let says_more = |name: &str| other.beside.iter().any(|(it, pairs)| *it == name && pairs.is_none());
        for (name, pairs) in &mut self.beside {
            if says_more(name) {
                *pairs = None;
            }
        }
        if self.conditions.iter().all(|(_, pairs)| pairs.is_none()) {
            return;
        }
        let is_among =
            |all: &[(&Value, Option<Pairs<'d>>)], condition: &Value| all.iter().any(|(it, _)| same(it, condition));
        let more = |side: &Self| -> Vec<&'d Value> {
            side.conditions.iter().filter(|(_, pairs)| pairs.is_none()).map(|(it, _)| *it).collect()
        };
        let (own, others) = (more(self), more(other));
        // A condition without a counterpart is compared with any that has none either.
        let is_spare = others.iter().any(|it| !is_among(&self.conditions, it));
        for (condition, pairs) in &mut self.conditions {
            let says_more = own.iter().chain(&others).any(|it| same(it, condition));
            if says_more || is_spare && !is_among(&other.conditions, condition) {
                *pairs = None;
            }
        }
    }

    /// Reads what is not left as it is.
    fn read(self, view: &mut View<'d>, seen: &mut Seen) {
        for (name, pairs) in self.beside {
            let Some(pairs) = pairs else { continue };
            view.dependents.extend(pairs);
            view.inner.remove(&("dependentSchemas", Some(name))).iter().for_each(|slot| seen.slot(slot));
        }
        let mut of_conditions = self.conditions.into_iter().map(|(_, pairs)| pairs);
        view.conditions.retain(|condition| {
            let Some(pairs) = of_conditions.next().flatten() else { return true };
            view.dependents.extend(pairs);
            condition.nodes().for_each(|node| seen.whole(node));
            false
        });
    }
}

/// What a schema beside a property requires, if it says nothing else. It only applies to objects.
fn of_schema<'d>(first: &'d str, slot: &Slot<'d>) -> Option<Pairs<'d>> {
    let lists: Option<Vec<Pairs<'d>>> = slot.parts.iter().map(|part| pairs(first, part)).collect();
    Some(lists?.concat())
}

/// What a condition on one property requires, if it says nothing else.
fn of_condition<'d>(condition: &Condition<'d>, is_object: bool) -> Option<Pairs<'d>> {
    let Condition { condition, then: Some(then), otherwise: None } = condition else { return None };
    let [first] = only_requires(condition)?[..] else { return None };
    let then = then.only()?;
    // Without a type, the condition also holds for what is no object.
    let is_idle = is_object || condition.value.get("type").is_some() || then.value.get("type").is_none();
    pairs(first, then).filter(|_| is_idle)
}

fn pairs<'d>(first: &'d str, schema: &Node<'d>) -> Option<Pairs<'d>> {
    let at = schema.below("required");
    Some(only_requires(schema)?.into_iter().map(|other| ((first, other), at.clone())).collect())
}

/// The names that a schema requires, if it says nothing else about an object.
fn only_requires<'d>(schema: &Node<'d>) -> Option<Vec<&'d str>> {
    let is_idle = |key: &str, value: &Value| is_doc(key) || key == "type" && value == "object";
    let object = schema.object().filter(|it| it.iter().all(|(key, value)| key == "required" || is_idle(key, value)))?;
    object.get("required")?.as_array()?.iter().map(Value::as_str).collect()
}
