//! Gathers the meaning of a schema from everything that describes it: keywords, references, `allOf`.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::LazyLock;

use serde_json::{Map, Number, Value};
use zerogate_contract::json::Key;
use zerogate_contract::pointer;
use zerogate_contract::vocabulary::COMPOSITIONS;

use super::bound::At;
use super::dependents::{as_dependents, dependents};
use super::keyword::{bound, count, count_of, flag, inner, is_schema, matches_all, properties, required, rest, slots};
use super::null;
use super::said::{Condition, Rest, Union, only_types, says_nothing};
use super::types::Types;
use super::view::{Doc, View};
use crate::node::{Node, Slot};
use crate::seen::Seen;
use crate::side::Side;
use crate::sunset::{DEPRECATED, SUNSET};
use crate::text::is_doc;

/// The keywords for undescribed properties and items.
pub(crate) const UNDESCRIBED: [&str; 2] = ["unevaluatedProperties", "unevaluatedItems"];

/// How many items `contains` asks for by default.
static ONE: LazyLock<Number> = LazyLock::new(|| Number::from(1_u8));

/// The maximum depth of `allOf` and references, and number of schemas.
const MAX_DEPTH: usize = 64;
const MAX_SCHEMAS: usize = 2_000;

/// The meaning of a slot.
pub(crate) fn view<'d>(side: &Side<'d>, slot: &Slot<'d>) -> View<'d> {
    let mut view = gather(side, slot).0;
    as_dependents(&mut view, &mut View::default(), &mut Seen::default());
    view
}

/// Like [`view`], with the schemas that contribute to it.
pub(crate) fn gather<'d>(side: &Side<'d>, slot: &Slot<'d>) -> (View<'d>, Seen) {
    let mut gatherer = Gatherer { side, trail: Vec::new(), schemas: 0, foreign: 0, seen: Seen::default() };
    let mut view = View::default();
    for part in &slot.parts {
        view.and(gatherer.node(part));
    }
    view.settle();
    view.again.drain(..).for_each(|slot| gatherer.seen.slot(&slot));
    (view, gatherer.seen)
}

/// Alternatives of different types as one schema, if each requirement concerns only one of the types.
pub(crate) fn spelt_out<'d>(side: &Side<'d>, view: &View<'d>) -> Option<(View<'d>, Seen)> {
    let [union] = view.unions.as_slice() else {
        return None;
    };
    let mut whole = View { unions: Vec::new(), ..view.clone() };
    let null = if union.null { Types::NULL } else { Types::NONE };
    let (mut types, mut seen) = (null, Seen::default());
    for branch in &union.branches {
        let (branch, more) = gather(side, branch);
        seen.add(more);
        let own = branch.types.without(null);
        let mixed = branch.values.is_some() || !branch.raw.is_empty() || !branch.conditions.is_empty();
        if mixed || branch.cut || !branch.unions.is_empty() || own.meets(types) {
            return None;
        }
        types = types.or(own);
        whole.and(View { types: Types::ANY, declared: Types::ANY, ..branch });
    }
    whole.settle();
    whole.types = whole.types.and(types);
    whole.declared = whole.types;
    Some((whole, seen))
}

struct Gatherer<'s, 'd> {
    side: &'s Side<'d>,
    trail: Vec<usize>,
    schemas: usize,
    /// The number of references on the way here.
    foreign: usize,
    seen: Seen,
}

impl<'d> Gatherer<'_, 'd> {
    fn node(&mut self, node: &Node<'d>) -> View<'d> {
        let mut view = View::default();
        self.schemas += 1;
        if self.trail.len() >= MAX_DEPTH || self.schemas > MAX_SCHEMAS || self.trail.contains(&node.address()) {
            view.cut = true;
            return view;
        }
        let object = match node.value {
            Value::Bool(true) => return view,
            Value::Bool(false) => {
                view.types = Types::NONE;
                view.typed_at = Some(node.at.to_string());
                return view;
            }
            Value::Object(object) => object,
            _ => {
                view.raw.insert("", vec![node.clone()]);
                return view;
            }
        };
        self.seen.keys(node);
        self.trail.push(node.address());
        let mut null = None;
        let referred = self.side.referred(node);
        let reads_siblings = referred.is_none() || self.side.modern;
        for (keyword, value) in object {
            match keyword.as_str() {
                "allOf" | "anyOf" | "oneOf" => {}
                "if" | "then" | "else" if reads_siblings && is_schema(value) => {}
                "$ref" | "$dynamicRef" if referred.is_some_and(|target| value == target) => {}
                // Beside a reference, 3.0 ignores everything but texts for people.
                _ if is_doc(keyword) => self.doc(keyword, value, node, &mut view),
                _ if !reads_siblings => self.raw(keyword, node, &mut view),
                "nullable" if !self.side.modern => match value.as_bool() {
                    Some(true) => null = Some(Rc::from(node.below("nullable"))),
                    Some(false) => {}
                    None => self.raw(keyword, node, &mut view),
                },
                _ => self.keyword(keyword, value, node, &mut view),
            }
        }
        // Last, because what is joined is compared with the properties here.
        if let Some(target) = referred {
            self.reference(node, target, &mut view);
        }
        if reads_siblings {
            for keyword in COMPOSITIONS {
                let Some((keyword, value)) = object.get_key_value(keyword) else {
                    continue;
                };
                let understood = match keyword.as_str() {
                    "allOf" => self.all_of(value, node, &mut view),
                    _ => self.union(keyword, value, node, &mut view),
                };
                if !understood {
                    self.raw(keyword, node, &mut view);
                }
            }
        }
        if reads_siblings {
            self.condition(node, &mut view);
            self.undescribed(object, &mut view);
        }
        if let Some(at) = null {
            view.settle();
            view.admit_null(&at);
            let listed = object.get("enum").and_then(Value::as_array);
            view.null_unlisted = listed.is_some_and(|values| !values.contains(&Value::Null));
            view.null_untyped = !object.contains_key("type");
        }
        self.trail.pop();
        view
    }

    fn reference(&mut self, node: &Node<'d>, target: &str, view: &mut View<'d>) {
        match self.side.target(target) {
            Some(target) => {
                self.foreign += 1;
                let found = self.node(&target);
                self.foreign -= 1;
                view.and(found);
            }
            None => self.raw("$ref", node, view),
        }
    }

    /// Reads one keyword of a schema object.
    fn keyword(&mut self, keyword: &'d str, value: &'d Value, node: &Node<'d>, view: &mut View<'d>) {
        let at = || node.below(keyword);
        let schema = || Node::new(value, &at());
        let understood = match keyword {
            "type" => self.types(value, node, view),
            "enum" => self.values(value, node, view),
            "const" => {
                let only =
                    View { values: Some(vec![At { value, at: at() }]), values_at: Some(at()), ..View::default() };
                view.and(only);
                true
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => bound(keyword, value, node, view),
            // They limit what a `contains` next to them counts.
            "minContains" | "maxContains" if node.get("contains").is_none_or(|it| says_nothing(self.side, &it)) => true,
            "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties" | "minProperties" | "maxContains"
            | "minContains" => count(keyword, value, at(), view),
            "multipleOf" => value.as_number().map(|value| view.multiples.push(At { value, at: at() })).is_some(),
            "pattern" => match value.as_str() {
                Some(value) if !matches_all(value) => {
                    view.patterns.push(At { value, at: at() });
                    true
                }
                value => value.is_some(),
            },
            "format" => value.as_str().map(|value| view.formats.push(At { value, at: at() })).is_some(),
            "contentEncoding" if value == "base64" => {
                view.formats.push(At { value: "byte", at: at() });
                true
            }
            "contentMediaType" if value == "application/octet-stream" => {
                view.formats.push(At { value: "binary", at: at() });
                true
            }
            "uniqueItems" => flag(value, &mut view.unique, at),
            "readOnly" => flag(value, &mut view.read_only, at),
            "writeOnly" => flag(value, &mut view.write_only, at),
            "properties" => properties(value, node, view),
            "required" => required(value, node, view),
            "additionalProperties" => {
                view.describes_all[0] = true;
                rest(self.side, schema()).map(|rest| view.additional = rest).is_some()
            }
            "items" => {
                view.describes_all[1] = true;
                rest(self.side, schema()).map(|rest| view.items = rest).is_some()
            }
            "prefixItems" => slots(value, node, keyword).map(|slots| view.prefix = slots).is_some(),
            "not" => match only_types(self.side, &schema()) {
                Some(types) => {
                    self.seen.whole(&schema());
                    view.and(View { types: Types::ANY.without(types), ..View::default() });
                    true
                }
                None => false,
            },
            "discriminator" => {
                view.discriminator = Some(schema());
                value.is_object()
            }
            // What contains anything has items.
            "contains" if says_nothing(self.side, &schema()) => {
                self.seen.whole(&schema());
                view.describes_all[1] = true;
                let mut limit = |keyword, by: &str, otherwise: Option<&'d Number>| {
                    let found = node.value.get(by).and_then(Value::as_number);
                    let place = if found.is_some() { node.below(by) } else { at() };
                    if let Some(value) = found.or(otherwise) {
                        count_of(keyword, At { value, at: place }, view);
                    }
                };
                limit("minItems", "minContains", Some(&ONE));
                limit("maxItems", "maxContains", None);
                true
            }
            "contains" => {
                view.contains.push(Slot::of(schema()));
                is_schema(value)
            }
            "propertyNames" => {
                view.inner.insert((keyword, None), Slot::of(schema()));
                is_schema(value)
            }
            // A pattern that every name matches describes all properties, if none is named.
            "patternProperties" if value.as_object().is_some_and(is_for_all) && node.get("properties").is_none() => {
                let all = node.get(keyword).map(|patterns| patterns.entries()).unwrap_or_default();
                view.additional = all.into_iter().find_map(|(_, schema)| rest(self.side, schema)).unwrap_or_default();
                view.describes_all[0] = true;
                true
            }
            "patternProperties" | "dependentSchemas" => inner(keyword, value, node, view),
            "dependentRequired" => dependents(value, node, view),
            _ if UNDESCRIBED.contains(&keyword) => {
                let rest = rest(self.side, schema());
                rest.map(|rest| view.unevaluated.entry(keyword).or_default().push(rest)).is_some()
            }
            "default" => {
                view.default = Some(At { value, at: at() });
                true
            }
            // Definitions have no effect by themselves; referenced ones are compared where they are used.
            "$defs" | "definitions" => value.is_object(),
            // Names used by references.
            "$anchor" | "$dynamicAnchor" => value.is_string(),
            "xml" => {
                self.doc(keyword, value, node, view);
                true
            }
            _ => false,
        };
        if !understood {
            self.raw(keyword, node, view);
        }
    }

    /// Reads a condition with consequences. A condition or a consequence alone has no effect.
    fn condition(&mut self, node: &Node<'d>, view: &mut View<'d>) {
        let get = |keyword: &str| node.get(keyword).filter(|schema| is_schema(schema.value));
        let [then, otherwise] = ["then", "else"].map(get);
        let condition = get("if");
        if let Some(condition) = &condition
            && let Some(holds) = always(self.side, condition)
        {
            let (applies, idle) = if holds { (then, otherwise) } else { (otherwise, then) };
            idle.iter().chain([condition]).for_each(|idle| self.seen.whole(idle));
            if let Some(applies) = applies {
                let found = self.node(&applies);
                view.and(found);
            }
            return;
        }
        let says = |schema: &Node<'d>| condition.is_some() && !says_nothing(self.side, schema);
        if let Some(condition) = &condition
            && then.iter().chain(&otherwise).any(says)
        {
            if let Some(types) = only_types(self.side, condition) {
                let mut outcome = |schema: &Option<Node<'d>>| {
                    let mut found = schema.as_ref().map(|schema| self.node(schema)).unwrap_or_default();
                    found.settle();
                    found.types
                };
                let (then, otherwise) = (outcome(&then), outcome(&otherwise));
                view.and(View { types: then.and(types).or(otherwise.without(types)), ..View::default() });
            }
            let (then, otherwise) = (then.map(Slot::of), otherwise.map(Slot::of));
            view.conditions.push(Condition { condition: condition.clone(), then, otherwise });
            return;
        }
        condition.iter().chain(&then).chain(&otherwise).for_each(|idle| self.seen.whole(idle));
    }

    /// Applies what an object says of undescribed values, once all descriptions of the object are known.
    fn undescribed(&mut self, object: &Map<String, Value>, view: &mut View<'d>) {
        for (index, keyword) in UNDESCRIBED.into_iter().enumerate() {
            // Its own comes before those of the schemas that it refers to or joins.
            let own = object.get_key_value(keyword).and_then(|_| view.unevaluated.get_mut(keyword));
            let Some(own) = own.filter(|rests| !rests.is_empty()) else { continue };
            if view.describes_all[index] {
                view.again.extend(own.remove(0).slot().cloned());
            } else if index == 0 {
                view.seals |= own.first().is_some_and(Rest::restricts);
            }
        }
    }

    fn raw(&self, keyword: &'d str, node: &Node<'d>, view: &mut View<'d>) {
        if let Some(found) = node.get(keyword) {
            view.raw.entry(keyword).or_default().push(found);
        }
    }

    fn doc(&self, keyword: &'d str, value: &'d Value, node: &Node<'d>, view: &mut View<'d>) {
        if keyword == "deprecated" && value == &Value::Bool(false) {
            return;
        }
        let doc = Doc { value, at: node.below(keyword), foreign: self.foreign > 0 };
        view.docs.entry(keyword).or_default().push(doc);
    }

    fn types(&mut self, value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
        let Some(types) = Types::written(value) else {
            return false;
        };
        view.and(View { types, declared: types, typed_at: Some(node.below("type")), ..View::default() });
        true
    }

    fn values(&mut self, value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
        let Some(items) = value.as_array() else {
            return false;
        };
        let list = node.below("enum");
        let values = items
            .iter()
            .enumerate()
            .map(|(index, value)| At { value, at: pointer::join(&list, &index.to_string()) })
            .collect();
        view.and(View { values: Some(values), values_at: Some(list), ..View::default() });
        true
    }

    fn all_of(&mut self, value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
        let Some(members) = slots(value, node, "allOf") else {
            return false;
        };
        for member in members.iter().flat_map(|member| &member.parts) {
            let found = self.node(member);
            view.and(found);
        }
        true
    }

    /// Reads alternatives. Null and a single alternative only are ways to write a schema.
    fn union(&mut self, keyword: &str, value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
        let Some(mut branches) = slots(value, node, keyword) else {
            return false;
        };
        if keyword == "anyOf" {
            branches = branches.into_iter().flat_map(|branch| self.within(branch, 0)).collect();
        }
        let written = branches.len();
        let null = null::of_union(self.side, keyword, &mut branches, &mut self.seen);
        let at: Rc<str> = Rc::from(node.below(keyword));
        match branches.as_slice() {
            [] if null => {
                view.and(View { types: Types::NULL, typed_at: Some(at.to_string()), ..View::default() });
            }
            [only] => {
                let only = only.clone();
                let mut found = View::default();
                for part in &only.parts {
                    found.and(self.node(part));
                }
                if null {
                    found.settle();
                    found.admit_null(&at);
                } else if written > 1 {
                    // Null matches two of the alternatives.
                    let types = Types::ANY.without(Types::NULL);
                    found.and(View { types, declared: types, ..View::default() });
                }
                view.lone.push(Union { one: keyword == "oneOf", branches, null, at: at.to_string() });
                view.and(found);
            }
            _ => match self.listed(&branches, keyword == "oneOf", &at) {
                Some(mut list) => {
                    if null {
                        list.admit_null(&at);
                    }
                    view.and(list);
                }
                None => view.unions.push(Union { one: keyword == "oneOf", branches, null, at: at.to_string() }),
            },
        }
        true
    }

    /// The alternatives of an alternative that consists only of alternatives.
    fn within(&mut self, branch: Slot<'d>, depth: usize) -> Vec<Slot<'d>> {
        let inner = branch.only().filter(|node| node.object().is_some_and(|object| object.len() == 1));
        match inner.and_then(|node| Some((node, slots(node.value.get("anyOf")?, node, "anyOf")?))) {
            Some((node, slots)) if depth < MAX_DEPTH && !slots.is_empty() => {
                self.seen.keys(node);
                slots.into_iter().flat_map(|slot| self.within(slot, depth + 1)).collect()
            }
            _ => vec![branch],
        }
    }

    /// Alternatives that only list values become one list.
    fn listed(&mut self, branches: &[Slot<'d>], one: bool, at: &Rc<str>) -> Option<View<'d>> {
        let is_list = |branch: &Slot<'d>| {
            let object = branch.only().and_then(Node::object);
            object.is_some_and(|object| {
                (object.contains_key("enum") || object.contains_key("const"))
                    && object.iter().all(|(key, value)| is_listed(key, value))
            })
        };
        if !branches.iter().all(is_list) {
            return None;
        }
        let mut all: Vec<At<&Value>> = Vec::new();
        let mut times: HashMap<Key<'_>, usize> = HashMap::new();
        let mut list = View { types: Types::NONE, declared: Types::NONE, ..View::default() };
        for branch in branches.iter().flat_map(|branch| &branch.parts) {
            let mut found = self.node(branch);
            found.settle();
            let values = found.values?;
            let nested = values.iter().any(|value| value.value.is_array() || value.value.is_object());
            if nested && !(found.counts.is_empty() && found.unique.is_none()) {
                return None;
            }
            let distinct: HashSet<Key<'_>> = values.iter().map(|value| Key(value.value)).collect();
            distinct.into_iter().for_each(|value| *times.entry(value).or_default() += 1);
            all.extend(values);
            (list.types, list.declared) = (list.types.or(found.types), list.declared.or(found.declared));
            list.default = list.default.or(found.default);
            // Whether the values match these is not known.
            for keyword in ["pattern", "format"] {
                list.raw.entry(keyword).or_default().extend(branch.get(keyword));
            }
            list.raw.retain(|_, nodes| !nodes.is_empty());
            // Deprecation of a single value belongs to that value.
            for (keyword, docs) in found.docs.into_iter().filter(|(key, _)| !matches!(*key, DEPRECATED | SUNSET)) {
                list.docs.entry(keyword).or_default().extend(docs);
            }
        }
        if one {
            // A value of two alternatives does not match exactly one, unless a pattern keeps it from one of them.
            if !list.raw.is_empty() && times.values().any(|times| *times > 1) {
                return None;
            }
            all.retain(|value| times.get(&Key(value.value)) == Some(&1));
        }
        Some(View { values: Some(all), values_at: Some(at.to_string()), typed_at: Some(at.to_string()), ..list })
    }
}

/// Whether every value matches a schema, or none does; `None` if it depends on the value.
fn always<'d>(side: &Side<'d>, schema: &Node<'d>) -> Option<bool> {
    match schema.value {
        Value::Bool(any) => Some(*any),
        _ => says_nothing(side, schema).then_some(true),
    }
}

/// Keywords that restrict values by their size or their text.
const LIMITS: [&str; 14] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// Whether a keyword is allowed beside the values of an alternative that only lists some.
fn is_listed(key: &str, value: &Value) -> bool {
    let idle = value == &Value::Bool(false) && matches!(key, "nullable" | "readOnly" | "writeOnly");
    // Limits are met by the values or not, whatever a client sends.
    idle || is_doc(key) || LIMITS.contains(&key) || matches!(key, "type" | "enum" | "const" | "xml" | "default")
}

/// Whether the only pattern of a mapping matches every name.
fn is_for_all(patterns: &Map<String, Value>) -> bool {
    patterns.len() == 1 && patterns.keys().all(|pattern| matches_all(pattern))
}
