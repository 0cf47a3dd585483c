//! What a schema means, whichever way it is written: the view in which two schemas are compared.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Number, Value};

use super::side::Node;
pub(super) use super::types::Types;
use super::value::{compare, same};

/// A value at the place where it is written.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: String,
}

/// The nodes that all describe one value: more than one, where members of an `allOf` describe the same property.
#[derive(Clone, Debug)]
pub(super) struct Slot<'d> {
    pub(super) parts: Vec<Node<'d>>,
}

impl<'d> Slot<'d> {
    pub(super) fn of(node: Node<'d>) -> Self {
        Slot { parts: vec![node] }
    }

    /// Where the first of the nodes is written.
    pub(super) fn at(&self) -> &str {
        self.parts.first().map_or("", |part| &part.at)
    }

    pub(super) fn key(&self) -> Vec<usize> {
        self.parts.iter().map(Node::address).collect()
    }

    fn and(&mut self, other: Slot<'d>) {
        for part in other.parts {
            if !self.parts.iter().any(|known| known.address() == part.address()) {
                self.parts.push(part);
            }
        }
    }
}

/// What may stand beside the named properties, or behind the positions of a list.
#[derive(Clone, Debug, Default)]
pub(super) enum Rest<'d> {
    #[default]
    Any,
    None(String),
    Schema(Slot<'d>),
}

impl<'d> Rest<'d> {
    fn and(&mut self, other: Rest<'d>) {
        match (&mut *self, other) {
            (Rest::None(_), _) | (_, Rest::Any) => {}
            (Rest::Schema(slot), Rest::Schema(other)) => slot.and(other),
            (_, other) => *self = other,
        }
    }

    pub(super) fn at(&self) -> Option<String> {
        match self {
            Rest::Any => None,
            Rest::None(at) => Some(at.clone()),
            Rest::Schema(slot) => Some(slot.at().to_owned()),
        }
    }
}

/// A bound of a number.
#[derive(Clone, Debug)]
pub(super) struct Bound<'d> {
    pub(super) number: &'d Number,
    pub(super) exclusive: bool,
    pub(super) at: String,
}

/// Alternatives of which one, or at least one, holds.
#[derive(Clone, Debug)]
pub(super) struct Union<'d> {
    pub(super) one: bool,
    pub(super) branches: Vec<Slot<'d>>,
    /// Null is an alternative as well.
    pub(super) null: bool,
    pub(super) at: String,
}

/// A text that people read, and how far from the schema itself it was found.
#[derive(Clone, Debug)]
pub(super) struct Doc<'d> {
    pub(super) value: &'d Value,
    pub(super) at: String,
    /// It came by a reference, and is compared at home.
    pub(super) foreign: bool,
}

/// What a schema means.
#[derive(Clone, Debug)]
pub(super) struct View<'d> {
    pub(super) types: Types,
    /// The types before the list of values narrowed them.
    pub(super) declared: Types,
    /// Where `type` is written.
    pub(super) typed_at: Option<String>,
    /// Where null is let in, if not by `type`.
    pub(super) null_at: Option<String>,
    pub(super) values: Option<Vec<At<&'d Value>>>,
    pub(super) values_at: Option<String>,
    pub(super) lower: Option<Bound<'d>>,
    pub(super) upper: Option<Bound<'d>>,
    /// `maxLength` and its like: the strictest.
    pub(super) counts: BTreeMap<&'static str, At<&'d Number>>,
    pub(super) multiples: Vec<At<&'d Number>>,
    pub(super) patterns: Vec<At<&'d str>>,
    pub(super) formats: Vec<At<&'d str>>,
    pub(super) unique: Option<String>,
    pub(super) properties: BTreeMap<&'d str, Slot<'d>>,
    pub(super) required: BTreeMap<&'d str, String>,
    pub(super) additional: Rest<'d>,
    /// For each part that closes itself: the names that it does not know.
    pub(super) closed: Vec<BTreeSet<&'d str>>,
    pub(super) items: Rest<'d>,
    pub(super) prefix: Vec<Slot<'d>>,
    pub(super) unions: Vec<Union<'d>>,
    /// Alternatives that are none, because there is only one; what it says is part of this view.
    pub(super) lone: Vec<Union<'d>>,
    pub(super) discriminator: Option<Node<'d>>,
    /// Subschemas that hold for a part of the value: `contains`, `propertyNames`, `patternProperties/…`.
    pub(super) inner: BTreeMap<String, Slot<'d>>,
    /// What is compared as it is written: `not`, `if`, and what is not known.
    pub(super) raw: BTreeMap<&'d str, Vec<Node<'d>>>,
    pub(super) default: Option<At<&'d Value>>,
    pub(super) read_only: Option<String>,
    pub(super) write_only: Option<String>,
    pub(super) docs: BTreeMap<&'d str, Vec<Doc<'d>>>,
    /// It could not be followed to its end.
    pub(super) cut: bool,
}

impl<'d> View<'d> {
    pub(super) fn any() -> Self {
        View {
            types: Types::ANY,
            declared: Types::ANY,
            typed_at: None,
            null_at: None,
            values: None,
            values_at: None,
            lower: None,
            upper: None,
            counts: BTreeMap::new(),
            multiples: Vec::new(),
            patterns: Vec::new(),
            formats: Vec::new(),
            unique: None,
            properties: BTreeMap::new(),
            required: BTreeMap::new(),
            additional: Rest::Any,
            closed: Vec::new(),
            items: Rest::Any,
            prefix: Vec::new(),
            unions: Vec::new(),
            lone: Vec::new(),
            discriminator: None,
            inner: BTreeMap::new(),
            raw: BTreeMap::new(),
            default: None,
            read_only: None,
            write_only: None,
            docs: BTreeMap::new(),
            cut: false,
        }
    }

    /// What meets both.
    pub(super) fn and(&mut self, other: View<'d>) {
        // Destructured, so that a new part of a view cannot be forgotten here.
        let View {
            types,
            declared,
            typed_at,
            null_at,
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
            additional,
            closed,
            items,
            prefix,
            unions,
            lone,
            discriminator,
            inner,
            raw,
            default,
            read_only,
            write_only,
            docs,
            cut,
        } = other;
        self.types = self.types.and(types);
        self.declared = self.declared.and(declared);
        self.typed_at = self.typed_at.take().or(typed_at);
        self.null_at = self.null_at.take().or(null_at);
        self.values = match (self.values.take(), values) {
            (Some(ours), Some(theirs)) => {
                Some(ours.into_iter().filter(|our| theirs.iter().any(|their| same(our.value, their.value))).collect())
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
        // A part that closes itself does so for the names of the other parts, too.
        let ours: BTreeSet<&str> = self.properties.keys().copied().collect();
        let theirs: BTreeSet<&str> = properties.keys().copied().collect();
        let unknown = |closes: bool, own: &BTreeSet<&'d str>, other: &BTreeSet<&'d str>| {
            closes.then(|| other.difference(own).copied().collect::<BTreeSet<_>>()).filter(|names| !names.is_empty())
        };
        let ours_closed = unknown(!matches!(self.additional, Rest::Any), &ours, &theirs);
        let theirs_closed = unknown(!matches!(additional, Rest::Any), &theirs, &ours);
        self.closed.extend(closed.into_iter().chain(ours_closed).chain(theirs_closed));
        for (name, slot) in properties {
            match self.properties.get_mut(name) {
                Some(known) => known.and(slot),
                None => {
                    self.properties.insert(name, slot);
                }
            }
        }
        for (name, at) in required {
            self.required.entry(name).or_insert(at);
        }
        self.additional.and(additional);
        self.items.and(items);
        let mut ours = self.prefix.iter_mut();
        let mut more = Vec::new();
        for slot in prefix {
            match ours.next() {
                Some(known) => known.and(slot),
                None => more.push(slot),
            }
        }
        self.prefix.extend(more);
        self.unions.extend(unions);
        self.lone.extend(lone);
        self.discriminator = self.discriminator.take().or(discriminator);
        for (name, slot) in inner {
            match self.inner.get_mut(&name) {
                Some(known) => known.and(slot),
                None => {
                    self.inner.insert(name, slot);
                }
            }
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

    pub(super) fn count(&mut self, keyword: &'static str, count: At<&'d Number>) {
        let least = keyword.starts_with("max");
        match self.counts.get(keyword) {
            Some(known) if (compare(count.value, known.value).is_lt()) != least => {}
            _ => {
                self.counts.insert(keyword, count);
            }
        }
    }

    /// Lets null in.
    pub(super) fn admit_null(&mut self, at: &Rc<str>) {
        if !self.types.meets(Types::NULL) {
            self.null_at = Some(at.to_string());
        }
        self.types = self.types.or(Types::NULL);
        if let Some(values) = &mut self.values
            && !values.iter().any(|value| value.value.is_null())
        {
            values.push(At { value: &Value::Null, at: at.to_string() });
        }
        for union in &mut self.unions {
            union.null = true;
        }
    }

    /// What only follows from several keywords together.
    pub(super) fn settle(&mut self) {
        if let Some(values) = &mut self.values {
            let types = self.types;
            values.retain(|value| types.holds(Types::of(value.value)));
            self.types = values.iter().fold(Types::NONE, |types, value| types.or(Types::of(value.value)));
        }
    }

    /// Whether null is among the values.
    pub(super) fn nullable(&self) -> bool {
        self.types.meets(Types::NULL) && self.unions.iter().all(|union| union.null)
    }

    /// Nothing is said of the type, so that null needs no mention.
    pub(super) fn untyped(&self) -> bool {
        self.types == Types::ANY && self.unions.is_empty()
    }

    /// Whether properties that are not named are refused.
    pub(super) fn is_closed(&self) -> bool {
        let unevaluated = |nodes: &Vec<Node<'d>>| nodes.iter().any(|node| node.value == &Value::Bool(false));
        matches!(self.additional, Rest::None(_)) || self.raw.get("unevaluatedProperties").is_some_and(unevaluated)
    }
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

fn union_of_texts<'d>(texts: &mut Vec<At<&'d str>>, others: Vec<At<&'d str>>) {
    for other in others {
        if !texts.iter().any(|known| known.value == other.value) {
            texts.push(other);
        }
    }
}
