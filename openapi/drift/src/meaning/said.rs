//! The parts of a meaning that are schemas themselves, and whether two of them say the same.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;
use zerogate_contract::json::Key;

use super::types::Types;
use crate::node::{Node, Slot};
use crate::side::Side;
use crate::text::is_doc;

/// What is allowed next to the named properties, or after the positional items of a list.
#[derive(Clone, Debug, Default)]
pub(crate) enum Rest<'d> {
    #[default]
    Any,
    /// A schema that accepts anything, and may have texts.
    Whatever(Slot<'d>),
    None(String),
    Schema(Slot<'d>),
}

impl<'d> Rest<'d> {
    /// Combines two of them. Returns a schema that has no effect then, as nothing is allowed.
    pub(crate) fn and(&mut self, other: Rest<'d>) -> Option<Slot<'d>> {
        match (&mut *self, other) {
            (Rest::None(_), other) => return other.slot().cloned(),
            (_, Rest::Any) => {}
            (Rest::Schema(slot) | Rest::Whatever(slot), Rest::Whatever(other)) => slot.and(other),
            (Rest::Schema(slot), Rest::Schema(other)) => slot.and(other),
            (Rest::Whatever(slot), Rest::Schema(other)) => {
                slot.and(other);
                *self = Rest::Schema(slot.clone());
            }
            (Rest::Any, other) => *self = other,
            (_, other @ Rest::None(_)) => return std::mem::replace(self, other).slot().cloned(),
        }
        None
    }

    /// Whether it rejects anything.
    pub(crate) fn restricts(&self) -> bool {
        matches!(self, Rest::None(_) | Rest::Schema(_))
    }

    pub(crate) fn slot(&self) -> Option<&Slot<'d>> {
        if let Rest::Schema(slot) | Rest::Whatever(slot) = self { Some(slot) } else { None }
    }

    pub(crate) fn at(&self) -> Option<String> {
        match self {
            Rest::Any => None,
            Rest::None(at) => Some(at.clone()),
            Rest::Schema(slot) | Rest::Whatever(slot) => Some(slot.at().to_owned()),
        }
    }
}

/// Combines the positional items of two schemas. Where one has none, its schema for other items applies.
pub(crate) fn positions<'d>(both: [(&[Slot<'d>], &Rest<'d>); 2]) -> Vec<Slot<'d>> {
    let longest = both.iter().map(|(slots, _)| slots.len()).max().unwrap_or_default();
    let at = |index: usize| {
        let all = both.iter().map(|(slots, rest)| match (slots.get(index), rest) {
            // No list has this position.
            (None, Rest::None(_)) => None,
            (None, Rest::Schema(slot)) => Some(Some(slot)),
            (slot, _) => Some(slot),
        });
        let slots: Vec<&Slot<'d>> = all.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        let (first, others) = slots.split_first()?;
        let mut position = (*first).clone();
        others.iter().for_each(|other| position.and((*other).clone()));
        Some(position)
    };
    (0..longest).map_while(at).collect()
}

/// The maximum number of schemas to ask whether they allow everything.
const MAX_ASKED: usize = 50;

/// Whether a schema allows everything, itself and by what it refers to or joins. It may have annotations.
pub(crate) fn says_nothing<'d>(side: &Side<'d>, node: &Node<'d>) -> bool {
    allows_all(side, node, Types::ANY)
}

/// Whether a schema allows every value of some types.
pub(crate) fn allows_all<'d>(side: &Side<'d>, node: &Node<'d>, types: Types) -> bool {
    allows(side, node, types, &mut { MAX_ASKED })
}

fn allows<'d>(side: &Side<'d>, node: &Node<'d>, types: Types, budget: &mut usize) -> bool {
    let Some(left) = budget.checked_sub(1) else { return false };
    *budget = left;
    let object = match node.value {
        Value::Bool(any) => return *any,
        Value::Object(object) => object,
        _ => return false,
    };
    let target = side.referred(node);
    let is_alone = target.is_some() && !side.modern;
    object.iter().all(|(keyword, value)| {
        let mut inner = |member: &Node<'d>| allows(side, member, types, budget);
        let members = || node.get(keyword).map(|members| members.items()).unwrap_or_default();
        match keyword.as_str() {
            "$ref" | "$dynamicRef" if target.is_some_and(|target| value == target) => {
                target.and_then(|target| side.target(target)).is_some_and(|target| inner(&target))
            }
            _ if is_alone => true,
            "allOf" => value.is_array() && members().iter().all(inner),
            "anyOf" => members().iter().any(inner),
            "oneOf" => matches!(members().as_slice(), [only] if inner(only)),
            "type" => Types::written(value).is_some_and(|written| written.holds(types)),
            // Null is one of all values.
            "nullable" | "default" | "readOnly" | "writeOnly" | "xml" => true,
            keyword => is_doc(keyword),
        }
    })
}

/// The types that a schema allows, if it says nothing else.
pub(crate) fn only_types<'d>(side: &Side<'d>, node: &Node<'d>) -> Option<Types> {
    if says_nothing(side, node) {
        return Some(Types::ANY);
    }
    let mut node = node.clone();
    for _ in 0..MAX_ASKED {
        let Some(target) = side.bare_reference(&node) else { break };
        node = side.target(target)?;
    }
    let is_null = |value: &Value| matches!(value.as_array().map(Vec::as_slice), Some([Value::Null]));
    node.object()?.iter().try_fold(Types::ANY, |types, (keyword, value)| match keyword.as_str() {
        "type" => Some(types.and(Types::written(value)?)),
        "const" if value.is_null() => Some(types.and(Types::NULL)),
        "enum" if is_null(value) => Some(types.and(Types::NULL)),
        keyword => is_doc(keyword).then_some(types),
    })
}

/// Alternatives, of which exactly one or at least one must match.
#[derive(Clone, Debug)]
pub(crate) struct Union<'d> {
    pub(crate) one: bool,
    pub(crate) branches: Vec<Slot<'d>>,
    /// Whether null is an alternative too.
    pub(crate) null: bool,
    pub(crate) at: String,
}

/// `if`, with the schemas that apply if it matches (`then`) or not (`else`).
#[derive(Clone, Debug)]
pub(crate) struct Condition<'d> {
    pub(crate) condition: Node<'d>,
    pub(crate) then: Option<Slot<'d>>,
    pub(crate) otherwise: Option<Slot<'d>>,
}

impl<'d> Condition<'d> {
    /// The schemas in it.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node<'d>> {
        self.outcomes().flat_map(|slot| &slot.parts).chain([&self.condition])
    }

    /// The schemas of `then` and `else`.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = &Slot<'d>> + Clone {
        self.then.iter().chain(&self.otherwise)
    }
}

/// The items of a list, each with how often it occurs.
#[derive(Eq, PartialEq)]
pub(crate) struct InAnyOrder<T: Eq + Hash>(HashMap<T, usize>);

impl<T: Eq + Hash> InAnyOrder<T> {
    fn of(items: impl Iterator<Item = T>) -> Self {
        let mut found = HashMap::new();
        items.for_each(|item| *found.entry(item).or_default() += 1);
        Self(found)
    }
}

impl<T: Eq + Hash> Hash for InAnyOrder<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let hash = |entry: (&T, &usize)| {
            let mut state = DefaultHasher::new();
            entry.hash(&mut state);
            state.finish()
        };
        // A sum does not depend on the order.
        self.0.iter().map(hash).fold(0, u64::wrapping_add).hash(state);
    }
}

/// A part of a meaning that several members of an `allOf` may repeat.
pub(crate) trait Said<'d> {
    /// What those that are written alike have in common.
    type Sign: Eq + Hash;

    fn sign(&self) -> Self::Sign;
    /// The schemas in it.
    fn slots(self) -> Vec<Slot<'d>>;
}

impl<'d> Said<'d> for Slot<'d> {
    type Sign = Vec<Key<'d>>;

    fn sign(&self) -> Self::Sign {
        self.parts.iter().map(|part| Key(part.value)).collect()
    }

    fn slots(self) -> Vec<Slot<'d>> {
        vec![self]
    }
}

impl<'d> Said<'d> for Node<'d> {
    type Sign = Key<'d>;

    fn sign(&self) -> Self::Sign {
        Key(self.value)
    }

    fn slots(self) -> Vec<Slot<'d>> {
        vec![Slot::of(self)]
    }
}

/// Each member of an `allOf` describes other values: only the same place is the same.
impl<'d> Said<'d> for Rest<'d> {
    type Sign = Option<String>;

    fn sign(&self) -> Self::Sign {
        self.at()
    }

    fn slots(self) -> Vec<Slot<'d>> {
        self.slot().into_iter().cloned().collect()
    }
}

impl<'d> Said<'d> for Union<'d> {
    type Sign = (bool, bool, InAnyOrder<Vec<Key<'d>>>);

    fn sign(&self) -> Self::Sign {
        (self.one, self.null, InAnyOrder::of(self.branches.iter().map(Said::sign)))
    }

    fn slots(self) -> Vec<Slot<'d>> {
        self.branches
    }
}

impl<'d> Said<'d> for Condition<'d> {
    type Sign = (Key<'d>, [Option<Vec<Key<'d>>>; 2]);

    fn sign(&self) -> Self::Sign {
        (self.condition.sign(), [&self.then, &self.otherwise].map(|outcome| outcome.as_ref().map(Said::sign)))
    }

    fn slots(self) -> Vec<Slot<'d>> {
        let outcomes = self.then.into_iter().chain(self.otherwise);
        [Slot::of(self.condition)].into_iter().chain(outcomes).collect()
    }
}
