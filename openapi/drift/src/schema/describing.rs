//! Schemas for the same value that only one side has, and that describe what the other side restricts as undescribed,
//! by `unevaluatedProperties` or `unevaluatedItems`: they also accept values, and do not only reject some.

use serde_json::Value;

use super::compared::Compared;
use crate::change::Wire;
use crate::found::Found;
use crate::kind::Effect;
use crate::meaning::{Rest, UNDESCRIBED, View, says_nothing};
use crate::node::{Node, Slot};
use crate::side::Side;
use crate::text::is_doc;

/// The keywords that describe properties, and items.
const DESCRIBING: [[&str; 4]; 2] = [
    ["properties", "patternProperties", "additionalProperties", UNDESCRIBED[0]],
    ["prefixItems", "items", "contains", UNDESCRIBED[1]],
];
/// The types that these are about.
const ABOUT: [&str; 2] = ["object", "array"];
const ITEMS: usize = 1;

/// The maximum number of schemas to ask what they describe.
const MAX_ASKED: usize = 200;

impl<'d> Compared<'_, 'd> {
    /// A difference by schemas that only one side has, with its effect if they describe more.
    /// `asks`: whether they reject anything by themselves; `tried`: the schema of `if`, which need not match.
    pub(super) fn describing<'s>(
        &self,
        removed: bool,
        asks: bool,
        tried: Option<&Node<'d>>,
        slots: impl Iterator<Item = &'s Slot<'d>> + Clone,
        mut found: Found,
    ) -> Found
    where
        'd: 's,
    {
        let (side, other) = self.only(removed);
        for index in 0..DESCRIBING.len() {
            let mut described =
                Described { side, other, index, budget: MAX_ASKED, any: false, asks: false, tells: false };
            tried.into_iter().for_each(|node| described.read(node));
            described.asks = asks;
            slots.clone().flat_map(|slot| &slot.parts).for_each(|node| described.read(node));
            if described.any {
                found = self.described(removed, index, (described.asks, described.tells), found);
            }
        }
        found
    }

    /// A difference by a `contains` that only one side has. What it matches is described.
    pub(super) fn containing(&self, removed: bool, found: Found) -> Found {
        let view = if removed { &self.old } else { &self.new };
        self.described(removed, ITEMS, (!view.may_contain_none(), false), found)
    }

    fn only(&self, removed: bool) -> (&Side<'d>, &View<'d>) {
        if removed { (&self.sides.old, &self.new) } else { (&self.sides.new, &self.old) }
    }

    /// `asks`: whether they restrict anything else; `tells`: whether they restrict what they describe.
    fn described(&self, removed: bool, index: usize, (asks, tells): (bool, bool), mut found: Found) -> Found {
        let mut rests =
            UNDESCRIBED.get(index).and_then(|word| self.only(removed).1.unevaluated.get(word)).into_iter().flatten();
        let Some(rest) = rests.find(|rest| rest.restricts()) else { return found };
        let is_closed = matches!(rest, Rest::None(_));
        let Effect { request, response } = found.effect;
        found.what.push_str(if removed {
            ", which described what is undescribed now"
        } else {
            ", which describes what was undescribed"
        });
        found.effect(match removed {
            _ if asks || tells && !is_closed => {
                Effect { request: request.max(Wire::Risky), response: response.max(Wire::Risky) }
            }
            true => Effect::TIGHTER,
            // Readers of a closed response ignore unknown values.
            false if is_closed && index != ITEMS => Effect::OPENED,
            false => Effect::LOOSER,
        })
    }
}

/// What some schemas for the same value describe that another one does not.
struct Described<'s, 'd> {
    side: &'s Side<'d>,
    other: &'s View<'d>,
    index: usize,
    budget: usize,
    any: bool,
    asks: bool,
    tells: bool,
}

impl<'d> Described<'_, 'd> {
    fn read(&mut self, node: &Node<'d>) {
        let object = node.object().filter(|_| self.budget > 0);
        self.asks |= object.is_none() && node.value != &Value::Bool(true);
        self.budget = self.budget.saturating_sub(1);
        for (keyword, value) in object.into_iter().flatten() {
            let Some(inner) = node.get(keyword) else { continue };
            match keyword.as_str() {
                word if DESCRIBING.get(self.index).is_some_and(|words| words.contains(&word)) => {
                    self.describe(word, node, &inner)
                }
                "$ref" => match value.as_str().and_then(|target| self.side.target(target)) {
                    Some(target) => self.read(&target),
                    None => self.asks = true,
                },
                // It is not required to match.
                "if" => {
                    let asks = self.asks;
                    self.read(&inner);
                    self.asks = asks;
                }
                "then" | "else" => self.read(&inner),
                "dependentSchemas" => inner.entries().iter().for_each(|(_, member)| self.read(member)),
                "allOf" | "anyOf" => inner.items().iter().for_each(|member| self.read(member)),
                "oneOf" => {
                    self.asks = true;
                    inner.items().iter().for_each(|member| self.read(member));
                }
                "type" if ABOUT.get(self.index).is_some_and(|about| value == *about) => {}
                "minContains" => {}
                word => self.asks |= !is_doc(word),
            }
        }
    }

    fn describe(&mut self, keyword: &str, node: &Node<'d>, inner: &Node<'d>) {
        let known = |name: &str| self.other.properties.contains_key(name);
        let members = match keyword {
            "properties" => inner.entries().into_iter().map(|(name, schema)| (known(name), schema)).collect(),
            "patternProperties" => inner.entries().into_iter().map(|(_, schema)| (false, schema)).collect(),
            "prefixItems" => {
                let positions = inner.items().into_iter().enumerate();
                positions.map(|(index, schema)| (index < self.other.prefix.len(), schema)).collect()
            }
            "contains" => {
                self.any = true;
                self.asks |= node.value.get("minContains").is_none_or(|least| least != 0);
                Vec::new()
            }
            // It also restricts what is described elsewhere.
            _ => {
                self.asks |= !says_nothing(self.side, inner);
                vec![(inner.value == &Value::Bool(false), inner.clone())]
            }
        };
        for (is_known, schema) in members {
            let tells = !says_nothing(self.side, &schema);
            self.any |= !is_known;
            self.asks |= is_known && tells;
            self.tells |= tells;
        }
    }
}
