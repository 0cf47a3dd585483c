//! The meaning of a schema, however it is written: the form in which two schemas are compared.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

use serde_json::{Number, Value};
use zerogate_contract::json::Key;

use super::bound::{At, Bound, inside, is_upper, tighten, within};
use super::said::{Condition, Rest, Said, Union, positions};
use super::types::Types;
use crate::node::{Node, Slot};
use crate::value::{compare, is_multiple, same};

/// A text for people, and its distance from the schema itself.
#[derive(Clone, Debug)]
pub(crate) struct Doc<'d> {
    pub(crate) value: &'d Value,
    pub(crate) at: String,
    /// Whether it came through a reference, and is compared there.
    pub(crate) foreign: bool,
}

/// A keyword with a subschema for a part of the value, and the key for `patternProperties` and its like.
pub(crate) type Inner<'d> = (&'d str, Option<&'d str>);

/// The meaning of a schema. The default allows everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct View<'d> {
    pub(crate) types: Types,
    /// The types before a list of values, `not` or a condition narrowed them.
    pub(crate) declared: Types,
    /// The place of `type`.
    pub(crate) typed_at: Option<String>,
    /// The place that allows null, if it is not `type`.
    pub(crate) null_at: Option<String>,
    /// Whether `nullable` allows null next to a list of values without it: strictly by OpenAPI 3.0.3 the list excludes
    /// null, but many authors mean to allow it.
    pub(crate) null_unlisted: bool,
    /// Whether `nullable` allows null without a `type` next to it: strictly by OpenAPI 3.0.3 it has no effect there.
    pub(crate) null_untyped: bool,
    pub(crate) values: Option<Vec<At<&'d Value>>>,
    pub(crate) values_at: Option<String>,
    pub(crate) lower: Option<Bound<'d>>,
    pub(crate) upper: Option<Bound<'d>>,
    /// `maxLength` and its like: the strictest.
    pub(crate) counts: BTreeMap<&'d str, At<&'d Number>>,
    pub(crate) multiples: Vec<At<&'d Number>>,
    pub(crate) patterns: Vec<At<&'d str>>,
    pub(crate) formats: Vec<At<&'d str>>,
    pub(crate) unique: Option<String>,
    pub(crate) properties: BTreeMap<&'d str, Slot<'d>>,
    pub(crate) required: BTreeMap<&'d str, String>,
    /// Two properties, the second of which is required beside the first.
    pub(crate) dependents: BTreeMap<(&'d str, &'d str), String>,
    pub(crate) additional: Rest<'d>,
    /// The names that a part which closes itself does not know.
    pub(crate) closed: BTreeSet<&'d str>,
    pub(crate) items: Rest<'d>,
    pub(crate) prefix: Vec<Slot<'d>>,
    pub(crate) unions: Vec<Union<'d>>,
    /// Unions of a single alternative, which is part of this view.
    pub(crate) lone: Vec<Union<'d>>,
    pub(crate) discriminator: Option<Node<'d>>,
    /// Subschemas for a part of the value, by keyword, and by key for `patternProperties` and its like.
    pub(crate) inner: BTreeMap<Inner<'d>, Slot<'d>>,
    /// What a list must contain: each of these, not necessarily in one item.
    pub(crate) contains: Vec<Slot<'d>>,
    pub(crate) conditions: Vec<Condition<'d>>,
    /// The values of all `unevaluatedProperties` and `unevaluatedItems`.
    pub(crate) unevaluated: BTreeMap<&'d str, Vec<Rest<'d>>>,
    /// What is compared as written: `not`, and unknown keywords.
    pub(crate) raw: BTreeMap<&'d str, Vec<Node<'d>>>,
    pub(crate) default: Option<At<&'d Value>>,
    pub(crate) read_only: Option<String>,
    pub(crate) write_only: Option<String>,
    pub(crate) docs: BTreeMap<&'d str, Vec<Doc<'d>>>,
    /// Whether `additionalProperties`, or `items`, leave nothing undescribed.
    pub(crate) describes_all: [bool; 2],
    /// Whether a part rejects what it does not describe itself.
    pub(crate) seals: bool,
    /// Schemas that only repeat what is said elsewhere.
    pub(crate) again: Vec<Slot<'d>>,
    /// Whether it could not be followed to its end.
    pub(crate) cut: bool,
}

impl<'d> View<'d> {
    /// Combines two views: what both of them allow.
    pub(crate) fn and(&mut self, other: View<'d>) {
        // Destructured, so that the compiler notices a missing field.
        let View {
            types,
            declared,
            typed_at,
            null_at,
            null_unlisted,
            null_untyped,
            values,
            values_at,
            lower,
            upper,
            counts,
            multiples,
            patterns,
            formats,
            unique,
            properties,
            required,
            dependents,
            additional,
            closed,
            items,
            prefix,
            unions,
            lone,
            discriminator,
            inner,
            contains,
            conditions,
            unevaluated,
            raw,
            default,
            read_only,
            write_only,
            docs,
            describes_all,
            seals,
            again,
            cut,
        } = other;
        self.types = self.types.and(types);
        self.declared = self.declared.and(declared);
        self.typed_at = self.typed_at.take().or(typed_at);
        self.null_at = self.null_at.take().or(null_at);
        self.null_unlisted |= null_unlisted;
        self.null_untyped |= null_untyped;
        self.values = match (self.values.take(), values) {
            (Some(ours), Some(theirs)) => {
                let theirs: HashSet<Key<'_>> = theirs.iter().map(|their| Key(their.value)).collect();
                Some(ours.into_iter().filter(|our| theirs.contains(&Key(our.value))).collect())
            }
            (ours, theirs) => ours.or(theirs),
        };
        self.values_at = self.values_at.take().or(values_at);
        tighten(&mut self.lower, lower, true);
        tighten(&mut self.upper, upper, false);
        for (keyword, count) in counts {
            self.count(keyword, count);
        }
        for multiple in multiples {
            if !self.multiples.iter().any(|known| compare(known.value, multiple.value).is_eq()) {
                self.multiples.push(multiple);
            }
        }
        union_of_texts(&mut self.patterns, patterns);
        union_of_texts(&mut self.formats, formats);
        self.unique = self.unique.take().or(unique);
        // A part that closes itself also excludes the names of the other parts.
        let ours: BTreeSet<&str> = self.properties.keys().copied().collect();
        let theirs: BTreeSet<&str> = properties.keys().copied().collect();
        self.closed.extend(closed);
        if self.seals || self.additional.restricts() {
            self.closed.extend(theirs.difference(&ours));
        }
        if seals || additional.restricts() {
            self.closed.extend(ours.difference(&theirs));
        }
        self.seals |= seals;
        for (ours, theirs) in self.describes_all.iter_mut().zip(describes_all) {
            *ours |= theirs;
        }
        join(&mut self.properties, properties);
        for (name, at) in required {
            self.required.entry(name).or_insert(at);
        }
        for (pair, at) in dependents {
            self.dependents.entry(pair).or_insert(at);
        }
        self.again.extend(self.additional.and(additional));
        let positions = positions([(&self.prefix, &self.items), (&prefix, &items)]);
        let idle = |slots: Vec<Slot<'d>>| slots.into_iter().skip(positions.len());
        self.again.extend(idle(std::mem::take(&mut self.prefix)).chain(idle(prefix)));
        self.prefix = positions;
        self.again.extend(self.items.and(items));
        self.again.extend(again);
        self.unions.extend(unions);
        self.lone.extend(lone);
        self.discriminator = self.discriminator.take().or(discriminator);
        join(&mut self.inner, inner);
        self.contains.extend(contains);
        self.conditions.extend(conditions);
        for (keyword, rests) in unevaluated {
            self.unevaluated.entry(keyword).or_default().extend(rests);
        }
        for (keyword, nodes) in raw {
            self.raw.entry(keyword).or_default().extend(nodes);
        }
        self.default = self.default.take().or(default);
        self.read_only = self.read_only.take().or(read_only);
        self.write_only = self.write_only.take().or(write_only);
        for (keyword, found) in docs {
            self.docs.entry(keyword).or_default().extend(found);
        }
        self.cut |= cut;
    }

    pub(crate) fn count(&mut self, keyword: &'d str, count: At<&'d Number>) {
        match self.counts.get(keyword) {
            Some(known) if compare(count.value, known.value).is_lt() != is_upper(keyword) => {}
            _ => {
                self.counts.insert(keyword, count);
            }
        }
    }

    /// Allows null.
    pub(crate) fn admit_null(&mut self, at: &Rc<str>) {
        if !self.types.meets(Types::NULL) {
            self.null_at = Some(at.to_string());
        }
        self.types = self.types.or(Types::NULL);
        self.null_unlisted = false;
        if let Some(values) = &mut self.values
            && !values.iter().any(|value| value.value.is_null())
        {
            values.push(At { value: &Value::Null, at: at.to_string() });
        }
        for union in &mut self.unions {
            union.null = true;
        }
    }

    /// Derives what follows from several keywords together.
    pub(crate) fn settle(&mut self) {
        let again = &mut self.again;
        once(&mut self.unions, again);
        once(&mut self.lone, again);
        once(&mut self.contains, again);
        once(&mut self.conditions, again);
        self.unevaluated.values_mut().for_each(|rests| once(rests, again));
        self.raw.values_mut().for_each(|nodes| once(nodes, again));
        if let Some(mut values) = self.values.take() {
            values.retain(|value| self.types.holds(Types::of(value.value)) && self.is_within_limits(value.value));
            self.types = values.iter().fold(Types::NONE, |types, value| types.or(Types::of(value.value)));
            // The remaining values are within these limits.
            (self.lower, self.upper) = (None, None);
            self.multiples.clear();
            self.counts.retain(|keyword, _| !matches!(*keyword, "minLength" | "maxLength"));
            // A list of both booleans, or of null alone, does not restrict anything.
            let booleans = values.iter().filter(|value| value.value.is_boolean()).count();
            if (booleans < 2 || self.types.without(Types::NULL) != Types::BOOLEAN) && self.types != Types::NULL {
                self.values = Some(values);
            }
        }
        if !self.types.meets(Types::FRACTION) {
            let one = Number::from(1_u8);
            self.multiples.retain(|multiple| !is_multiple(&one, multiple.value));
        }
    }

    /// Excludes fractions from a number, if `multipleOf` does so.
    pub(crate) fn as_whole(&mut self) {
        let one = Number::from(1_u8);
        if self.multiples.iter().any(|multiple| is_multiple(multiple.value, &one)) {
            self.types = self.types.without(Types::FRACTION);
            self.settle();
        }
    }

    /// What is allowed after some items. A list that ends with them has no others.
    pub(crate) fn beyond(&self, items: usize) -> Rest<'d> {
        let most = self.counts.get("maxItems");
        let ends = most.filter(|most| most.value.as_u64().is_some_and(|most| most <= items as u64));
        match (&self.items, ends) {
            (Rest::None(_), _) | (_, None) => self.items.clone(),
            (_, Some(most)) => Rest::None(most.at.clone()),
        }
    }

    /// Whether properties are described by patterns of their names.
    pub(crate) fn has_patterns(&self) -> bool {
        self.inner.keys().any(|(keyword, _)| *keyword == "patternProperties")
    }

    /// Whether a list cannot contain an item twice.
    pub(crate) fn is_unique(&self) -> bool {
        let most = self.counts.get("maxItems").and_then(|count| count.value.as_f64());
        self.unique.is_some() || most.is_some_and(|most| most <= 1.0)
    }

    /// The required properties that both requests and responses have.
    pub(crate) fn always(&self) -> impl Iterator<Item = &&'d str> {
        self.required.keys().filter(|name| self.is_sent_both_ways(name))
    }

    /// Whether nothing says that only requests or only responses have a property.
    pub(crate) fn is_sent_both_ways(&self, name: &str) -> bool {
        let one_way = |node: &Node<'_>| {
            let flags = ["readOnly", "writeOnly", "$ref", "allOf"];
            flags.iter().any(|flag| node.value.get(flag).is_some_and(|flag| flag != &Value::Bool(false)))
        };
        self.properties.get(name).is_none_or(|slot| !slot.parts.iter().any(one_way))
    }

    /// What a list must contain, if it must contain anything.
    pub(crate) fn contains(&self) -> &[Slot<'d>] {
        // What it matches is no longer undescribed.
        let mut undescribed = self.unevaluated.get("unevaluatedItems").into_iter().flatten();
        let describes = undescribed.any(Rest::restricts);
        if self.may_contain_none() && !describes { &[] } else { &self.contains }
    }

    /// Whether `contains` rejects no list.
    pub(crate) fn may_contain_none(&self) -> bool {
        let least = self.counts.get("minContains").and_then(|count| count.value.as_f64());
        least == Some(0.0) && !self.counts.contains_key("maxContains")
    }

    /// Whether a value is within the limits for strings and numbers.
    pub(crate) fn is_within_limits(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => within(&self.counts, "minLength", "maxLength", text.chars().count()),
            Value::Number(number) => {
                inside(&self.lower, &self.upper, number)
                    && self.multiples.iter().all(|multiple| is_multiple(number, multiple.value))
            }
            _ => true,
        }
    }

    /// Whether a value certainly does not match.
    pub(crate) fn rejects(&self, value: &Value) -> bool {
        let is_listed = |values: &Vec<At<&Value>>| values.iter().any(|known| same(known.value, value));
        !self.types.holds(Types::of(value))
            || !self.values.as_ref().is_none_or(is_listed)
            || !self.is_within_limits(value)
    }

    /// Whether no property can have a name.
    pub(crate) fn excludes(&self, name: &str) -> bool {
        matches!(self.additional, Rest::None(_)) && !self.has_patterns() && !self.properties.contains_key(name)
    }

    /// Whether it has constraints beyond the type, the limits and the parts of a value.
    pub(crate) fn asks(&self) -> bool {
        let Self { unions, dependents, inner, contains, conditions, unevaluated, raw, .. } = self;
        let none = [
            unions.is_empty(),
            dependents.is_empty(),
            inner.is_empty(),
            contains.is_empty(),
            conditions.is_empty(),
            unevaluated.is_empty(),
            raw.is_empty(),
        ];
        none.contains(&false)
    }

    /// Whether a list may have a single item, whatever matches the schema for items.
    pub(crate) fn may_have_one_item(&self) -> bool {
        let one = self.prefix.is_empty() && within(&self.counts, "minItems", "maxItems", 1);
        one && self.values.is_none() && !self.asks()
    }

    /// Whether null is allowed.
    pub(crate) fn nullable(&self) -> bool {
        self.types.meets(Types::NULL) && self.unions.iter().all(|union| union.null)
    }

    /// Whether null is allowed only if the list of values is ignored.
    pub(crate) fn doubtfully_nullable(&self) -> bool {
        self.null_unlisted && self.nullable()
    }

    /// Whether there is no type, so that null need not be mentioned.
    pub(crate) fn untyped(&self) -> bool {
        self.types == Types::ANY && self.unions.is_empty()
    }

    /// Whether everything is allowed.
    pub(crate) fn is_any(&self) -> bool {
        let no_limits = self.lower.is_none() && self.upper.is_none() && self.counts.is_empty() && self.unique.is_none();
        let no_words = self.multiples.is_empty() && self.patterns.is_empty() && self.formats.is_empty();
        let no_object = self.properties.is_empty()
            && self.required.is_empty()
            && self.dependents.is_empty()
            && !self.additional.restricts();
        let no_list = self.prefix.is_empty() && !self.items.restricts();
        let no_more = self.inner.is_empty()
            && self.contains.is_empty()
            && self.conditions.is_empty()
            && self.unevaluated.is_empty();
        self.untyped()
            && self.values.is_none()
            && self.raw.is_empty()
            && no_limits
            && no_words
            && no_object
            && no_list
            && no_more
    }

    /// Whether unnamed properties are rejected.
    pub(crate) fn is_closed(&self) -> bool {
        let unevaluated = self.unevaluated.get("unevaluatedProperties").into_iter().flatten();
        unevaluated.chain([&self.additional]).any(|rest| matches!(rest, Rest::None(_)))
    }
}

/// Combines two maps of slots, name by name.
fn join<'d, K: Ord>(slots: &mut BTreeMap<K, Slot<'d>>, others: BTreeMap<K, Slot<'d>>) {
    for (name, other) in others {
        match slots.entry(name) {
            Entry::Occupied(mut slot) => slot.get_mut().and(other),
            Entry::Vacant(entry) => {
                entry.insert(other);
            }
        }
    }
}

/// Keeps what is said several times only once.
fn once<'d, T: Said<'d>>(all: &mut Vec<T>, again: &mut Vec<Slot<'d>>) {
    if all.len() > 1 {
        let mut known = HashSet::new();
        let repeated = all.extract_if(.., |said| !known.insert(said.sign()));
        again.extend(repeated.flat_map(Said::slots));
    }
}

fn union_of_texts<'d>(texts: &mut Vec<At<&'d str>>, others: Vec<At<&'d str>>) {
    for other in others {
        if !texts.iter().any(|known| known.value == other.value) {
            texts.push(other);
        }
    }
}
