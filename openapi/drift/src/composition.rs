//! Compares alternatives: `oneOf`, `anyOf`, and what tells them apart.

use std::collections::BTreeMap;

use serde_json::Value;
use zerogate_contract::reference;

use super::change::Wire;
use super::engine::{Context, Engine, Mask, last_token};
use super::found::{Effect, Found, Name};
use super::schema::Compared;
use super::side::Node;
use super::value::{quote_text, same};
use super::view::{Slot, Types, Union, View};

impl<'d> Engine<'d> {
    /// Whether a single schema became one of several, or the other way round; then nothing else can be compared.
    pub(super) fn wrapping(&mut self, compared: &Compared<'d>) -> bool {
        if self.narrowed_to_one(compared) {
            return true;
        }
        let (old, new) = (&compared.old, &compared.new);
        let (stem, preserved, effect) = match (old.unions.is_empty(), new.unions.is_empty()) {
            (true, false) if !described_alike(old, new) => {
                ("wrapped-in-one-of", self.has_branch(compared, true), Effect::LOOSER)
            }
            (false, true) if !described_alike(old, new) => {
                ("unwrapped", self.has_branch(compared, false), Effect::TIGHTER)
            }
            _ => return false,
        };
        self.account_view(old, true);
        self.account_view(new, false);
        let effect = if preserved { effect } else { Effect::both(Wire::Breaking) };
        let what = match (stem, preserved) {
            ("unwrapped", true) => "is now always one of the schemas that it could be",
            ("unwrapped", false) => "was one of several schemas and is now another one",
            (_, true) => "can now be other schemas than the one that it was",
            (_, false) => "is now one of several schemas",
        };
        let (old, new) = (compared.old_at.clone(), compared.new_at.clone());
        let found = Found::new(Name::Schema(stem), Some(old), Some(new), what).effect(effect);
        self.report_in(compared.pair, found.source(Engine::breaks(compared, true)));
        true
    }

    /// Whether alternatives became a single one, or the other way round, and all else is written alike.
    fn narrowed_to_one(&mut self, compared: &Compared<'d>) -> bool {
        let (old, new) = (&compared.old, &compared.new);
        let pick = |view: &View<'d>| match (view.unions.as_slice(), view.lone.as_slice()) {
            ([union], []) | ([], [union]) => Some(union.clone()),
            _ => None,
        };
        let (Some(before), Some(after)) = (pick(old), pick(new)) else {
            return false;
        };
        let Some(pair) = self.pairs.get(compared.pair) else {
            return false;
        };
        let ([was], [is]) = (pair.old.parts.as_slice(), pair.new.parts.as_slice()) else {
            return false;
        };
        let (Some(was), Some(is)) = (was.object(), is.object()) else {
            return false;
        };
        let word = if before.one { "oneOf" } else { "anyOf" };
        let alone = |object: &serde_json::Map<String, Value>| {
            object.contains_key(word) && object.keys().all(|key| key == word || super::gather::is_doc(key))
        };
        if old.unions.len() == new.unions.len()
            || before.one != after.one
            || before.null != after.null
            || !alone(was)
            || !alone(is)
        {
            return false;
        }
        self.union(compared, &before, &after);
        true
    }

    /// Whether the single schema is among the alternatives of the other side.
    fn has_branch(&self, compared: &Compared<'d>, wrapped: bool) -> bool {
        let Some(pair) = self.pairs.get(compared.pair) else {
            return false;
        };
        let (single, unions) =
            if wrapped { (&pair.old, &compared.new.unions) } else { (&pair.new, &compared.old.unions) };
        let [part] = single.parts.as_slice() else {
            return false;
        };
        let name = reference(part.value)
            .and_then(last_token)
            .or_else(|| zerogate_contract::component(&format!("#{}", part.at)));
        unions.iter().flat_map(|union| &union.branches).any(|branch| {
            branch.parts.iter().any(|node| {
                let refers = reference(node.value).and_then(last_token);
                same(node.value, part.value) || (refers.is_some() && refers == name)
            })
        })
    }

    pub(super) fn unions(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old.unions, &compared.new.unions);
        if old.len() != new.len() && old.len().max(new.len()) > 1 {
            old.iter().flat_map(|union| &union.branches).for_each(|branch| self.account_slot(branch, true));
            new.iter().flat_map(|union| &union.branches).for_each(|branch| self.account_slot(branch, false));
            let at = |unions: &[Union<'d>], whole: &str| {
                Some(unions.first().map_or_else(|| whole.to_owned(), |union| union.at.clone()))
            };
            let (old_at, new_at) = (at(old, &compared.old_at), at(new, &compared.new_at));
            let what = "has to meet several lists of alternatives, and not those of before";
            self.report_in(compared.pair, Engine::cannot_judge(old_at, new_at, what));
            return;
        }
        for (before, after) in old.iter().zip(new) {
            self.union(compared, before, after);
        }
        let shared = old.len().min(new.len());
        for union in old.iter().skip(shared) {
            union.branches.iter().for_each(|branch| self.account_slot(branch, true));
            let stem = if union.one { "one-of-unset" } else { "any-of-unset" };
            let what = "need not meet one of several schemas any more";
            self.condition(compared, stem, Some(union.at.clone()), None, what);
        }
        for union in new.iter().skip(shared) {
            union.branches.iter().for_each(|branch| self.account_slot(branch, false));
            let stem = if union.one { "one-of-set" } else { "any-of-set" };
            self.condition(compared, stem, None, Some(union.at.clone()), "must also meet one of several schemas");
        }
    }

    fn union(&mut self, compared: &Compared<'d>, old: &Union<'d>, new: &Union<'d>) {
        let matched = self.matched(&old.branches, &new.branches);
        let mut taken = vec![false; new.branches.len()];
        for (index, branch) in old.branches.iter().enumerate() {
            let other = matched.get(index).copied().flatten();
            match other.and_then(|other| new.branches.get(other)) {
                Some(after) => {
                    if let Some(taken) = other.and_then(|other| taken.get_mut(other)) {
                        *taken = true;
                    }
                    let type_names = self.inner_names(compared, &format!("Variant{index}"));
                    let context = Context { optional: None, type_names, untyped: compared.context.untyped };
                    let child = self.pair(branch.clone(), after.clone(), context);
                    self.edge(compared.pair, child, "", Mask::BOTH);
                }
                None => {
                    self.account_slot(branch, true);
                    let stem = if old.one { "one-of-removed" } else { "any-of-removed" };
                    let what = format!("can no longer be {}", named(branch));
                    let found = Found::new(Name::Schema(stem), Some(branch.at().to_owned()), None, what);
                    let found = found.effect(Effect::TIGHTER).source(Engine::breaks(compared, true));
                    self.report_in(compared.pair, found);
                }
            }
        }
        for (branch, _) in new.branches.iter().zip(&taken).filter(|(_, taken)| !**taken) {
            self.account_slot(branch, false);
            let stem = if new.one { "one-of-added" } else { "any-of-added" };
            let what = format!("can now be {}", named(branch));
            let found = Found::new(Name::Schema(stem), None, Some(branch.at().to_owned()), what);
            let found = found.effect(Effect::LOOSER).source(Engine::breaks(compared, true));
            self.report_in(compared.pair, found);
        }
        if old.one != new.one {
            let stem = if new.one { "any-of-became-one-of" } else { "one-of-became-any-of" };
            let what =
                if new.one { "must now be exactly one of its schemas" } else { "may now be several of its schemas" };
            let found = Found::new(Name::Schema(stem), Some(old.at.clone()), Some(new.at.clone()), what)
                .wire(Wire::Risky)
                .source(super::change::Source::None);
            self.report_in(compared.pair, found);
        }
    }

    /// For each alternative of the old list its counterpart in the new one: by name, by equality, by title, by place.
    fn matched(&self, old: &[Slot<'d>], new: &[Slot<'d>]) -> Vec<Option<usize>> {
        let mut matched: Vec<Option<usize>> = vec![None; old.len()];
        let mut free: Vec<bool> = vec![true; new.len()];
        let by_name = |a: &Node<'d>, b: &Node<'d>| match (reference(a.value), reference(b.value)) {
            (Some(a), Some(b)) => self.renames.match_references(a, b),
            _ => false,
        };
        let by_equality = |a: &Node<'d>, b: &Node<'d>| same(a.value, b.value);
        let by_title = |a: &Node<'d>, b: &Node<'d>| a.text("title").is_some() && a.text("title") == b.text("title");
        let by_origin = |a: &Node<'d>, b: &Node<'d>| {
            let target = |side: &super::side::Side<'d>, node: &Node<'d>| side.resolve(node);
            let (one, other) = (reference(a.value).is_some(), reference(b.value).is_some());
            one != other
                && matches!((target(&self.old, a), target(&self.new, b)), (Some(a), Some(b)) if same(a.value, b.value))
        };
        let by_place = |a: &Node<'d>, b: &Node<'d>| {
            reference(a.value).is_none() && reference(b.value).is_none() && types_of(a) == types_of(b)
        };
        let tests: [Test<'_, 'd>; 5] = [&by_name, &by_equality, &by_title, &by_origin, &by_place];
        // Long lists are compared by name and equality alone: the other ways look at every pair.
        let tests = if old.len().max(new.len()) > 200 { tests.get(..2).unwrap_or_default() } else { &tests[..] };
        for test in tests {
            for (slot, counterpart) in old.iter().zip(&mut matched).filter(|(_, counterpart)| counterpart.is_none()) {
                let ([node], place) = (slot.parts.as_slice(), counterpart) else {
                    continue;
                };
                let fits = |(index, other): (usize, &Slot<'d>)| {
                    let free = free.get(index).copied().unwrap_or(false);
                    (free && other.parts.iter().any(|other| test(node, other))).then_some(index)
                };
                *place = new.iter().enumerate().find_map(fits);
                if let Some(taken) = place.and_then(|index| free.get_mut(index)) {
                    *taken = false;
                }
            }
        }
        matched
    }

    pub(super) fn discriminators(&mut self, compared: &Compared<'d>) {
        let (old, new) = match (&compared.old.discriminator, &compared.new.discriminator) {
            (None, None) => return,
            (Some(old), Some(new)) => (old.clone(), new.clone()),
            (old, new) => {
                let (stem, effect, what) = match new {
                    Some(_) => (
                        "discriminator-added",
                        Effect { request: Wire::Risky, response: Wire::Compatible },
                        "is told apart by a discriminator",
                    ),
                    None => (
                        "discriminator-removed",
                        Effect { request: Wire::Compatible, response: Wire::Risky },
                        "is no longer told apart by a discriminator",
                    ),
                };
                let at = |node: &Option<Node<'d>>| node.as_ref().map(|node| node.at.to_string());
                let found = Found::new(Name::Schema(stem), at(old), at(new), what).effect(effect);
                self.report_in(compared.pair, found);
                return;
            }
        };
        let (before, after) = (old.text("propertyName"), new.text("propertyName"));
        if before != after {
            let quoted = |name: Option<&str>| name.map_or_else(|| "none".to_owned(), quote_text);
            let what = format!("is told apart by the property {} in place of {}", quoted(after), quoted(before));
            let at = |node: &Node<'d>| Some(node.below("propertyName"));
            let found = Found::new(Name::Schema("discriminator-property-name-changed"), at(&old), at(&new), what);
            self.report_in(compared.pair, found.wire(Wire::Breaking));
        }
        self.mappings(compared, &old, &new);
        let (Some(old_object), Some(new_object)) = (old.object(), new.object()) else {
            return;
        };
        for key in old_object.keys().chain(new_object.keys()) {
            let known = matches!(key.as_str(), "propertyName" | "mapping");
            if !known && !Engine::alike(old.get(key).as_ref(), new.get(key).as_ref()) {
                let at = |node: &Node<'d>| node.get(key).map(|_| node.below(key));
                let found = if key.starts_with("x-") {
                    super::docs::changed(key, at(&old), at(&new))
                } else {
                    Engine::cannot_judge(
                        at(&old),
                        at(&new),
                        format!("differs in `discriminator` by {}", quote_text(key)),
                    )
                };
                self.report_in(compared.pair, found);
            }
        }
    }

    fn mappings(&mut self, compared: &Compared<'d>, old: &Node<'d>, new: &Node<'d>) {
        let odd = |node: &Node<'d>| match node.value.get("mapping") {
            None => false,
            Some(Value::Object(entries)) => !entries.values().all(Value::is_string),
            Some(_) => true,
        };
        if (odd(old) || odd(new)) && !Engine::alike(old.get("mapping").as_ref(), new.get("mapping").as_ref()) {
            let at = |node: &Node<'d>| node.get("mapping").map(|mapping| mapping.at.to_string());
            let what = "has a discriminator whose mapping is none";
            self.report_in(compared.pair, Engine::cannot_judge(at(old), at(new), what));
        }
        let (before, after) = (mapping(old), mapping(new));
        let at = |node: &Node<'d>, key: &str| node.get("mapping").map(|mapping| mapping.below(key));
        for (value, target) in &before {
            let (stem, effect, what, new_at) = match after.get(value) {
                // A default that is written out on one side only.
                None if implied(value, target) => continue,
                None => ("discriminator-mapping-deleted", Effect::TIGHTER, "no longer knows the value", None),
                Some(other) if self.same_schema(target, other) => continue,
                Some(_) => {
                    let changed = Effect::both(Wire::Breaking);
                    ("discriminator-mapping-changed", changed, "means another schema by the value", at(new, value))
                }
            };
            let what = format!("{what} {} of its discriminator", quote_text(value));
            let found = Found::new(Name::Schema(stem), at(old, value), new_at, what);
            self.report_in(compared.pair, found.effect(effect));
        }
        for (value, target) in after.iter().filter(|(value, _)| !before.contains_key(*value)) {
            if !implied(value, target) {
                let what = format!("knows the further value {} of its discriminator", quote_text(value));
                let found = Found::new(Name::Schema("discriminator-mapping-added"), None, at(new, value), what);
                self.report_in(compared.pair, found.effect(Effect::LOOSER));
            }
        }
    }

    fn same_schema(&self, old: &str, new: &str) -> bool {
        let full =
            |name: &str| if name.starts_with('#') { name.to_owned() } else { format!("#/components/schemas/{name}") };
        old == new || self.renames.match_references(&full(old), &full(new))
    }
}

/// Whether two alternatives are counterparts.
type Test<'t, 'd> = &'t dyn Fn(&Node<'d>, &Node<'d>) -> bool;

/// Whether two schemas say the same besides their alternatives: then these are a condition, and not a wrapping.
fn described_alike(old: &View<'_>, new: &View<'_>) -> bool {
    let types = |view: &View<'_>| view.types.without(Types::NULL);
    types(old) == types(new)
        && old.properties.keys().eq(new.properties.keys())
        && old.values.is_some() == new.values.is_some()
}

fn types_of(node: &Node<'_>) -> Option<Value> {
    node.value.get("type").cloned()
}

fn named(branch: &Slot<'_>) -> String {
    let name = branch
        .parts
        .first()
        .and_then(|node| reference(node.value).and_then(last_token).or_else(|| node.text("title").map(str::to_owned)));
    name.map_or_else(|| "a schema that is written in place".to_owned(), |name| quote_text(&name))
}

fn mapping<'d>(node: &Node<'d>) -> BTreeMap<&'d str, &'d str> {
    let entries = node.value.get("mapping").and_then(Value::as_object);
    entries.into_iter().flatten().filter_map(|(value, target)| Some((value.as_str(), target.as_str()?))).collect()
}

/// Whether a value would mean this schema without being mapped.
fn implied(value: &str, target: &str) -> bool {
    target == value || last_token(target).as_deref() == Some(value)
}
