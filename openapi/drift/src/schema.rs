//! Compares two schemas by what they mean.

use super::change::{Source, Wire};
use super::engine::{Context, Engine, Mask};
use super::found::{Effect, Found, Name};
use super::gather::view;
use super::value::{quote, quote_list, same};
use super::view::{At, Rest, Slot, Types, View};

/// More types are allowed: what is sent is still understood, and what comes may be unknown.
const WIDER: (Name, Effect) =
    (Name::SchemaBy { request: "type-generalized", response: "type-changed" }, Effect::LOOSER);
const NARROWER: (Name, Effect) =
    (Name::SchemaBy { request: "type-changed", response: "type-specialized" }, Effect::TIGHTER);

/// What both sides of a pair mean, while it is compared.
pub(super) struct Compared<'d> {
    pub(super) pair: usize,
    pub(super) old: View<'d>,
    pub(super) new: View<'d>,
    pub(super) old_at: String,
    pub(super) new_at: String,
    pub(super) context: Context,
    /// The names of the two types differ, which a title may be the cause of.
    pub(super) titled: bool,
}

impl<'d> Engine<'d> {
    pub(super) fn compare(&mut self, pair: usize) {
        if self.written_alike(pair) {
            return;
        }
        let Some(found) = self.pairs.get(pair) else {
            return;
        };
        let (old, new) = (view(&self.old, &found.old), view(&self.new, &found.new));
        let mut compared = Compared {
            pair,
            old,
            new,
            old_at: found.old.at().to_owned(),
            new_at: found.new.at().to_owned(),
            context: found.context.clone(),
            titled: false,
        };
        if (compared.old.cut || compared.new.cut) && !self.slots_alike(pair) {
            let (old, new) = (compared.old_at.clone(), compared.new_at.clone());
            self.report_in(
                pair,
                Engine::cannot_judge(Some(old), Some(new), "contains itself, or too much, by `allOf`"),
            );
            // What was gathered until then is no ground for a verdict.
            return;
        }
        if self.unknown_target(&compared) {
            return;
        }
        let naming = self.names(&mut compared);
        if !naming.elsewhere {
            self.schema_docs(&compared);
        }
        self.shape(&compared);
        self.settle_name(pair, naming);
    }

    fn shape(&mut self, compared: &Compared<'d>) {
        self.raw(compared);
        if self.wrapping(compared) {
            return;
        }
        if !self.types(compared) {
            self.account_parts(compared);
            return;
        }
        self.values(compared);
        self.constraints(compared);
        self.properties(compared);
        self.rests(compared);
        self.inner(compared);
        self.unions(compared);
        self.discriminators(compared);
    }

    fn slots_alike(&self, pair: usize) -> bool {
        self.pairs.get(pair).is_some_and(|pair| {
            pair.old.parts.len() == pair.new.parts.len()
                && pair.old.parts.iter().zip(&pair.new.parts).all(|(old, new)| same(old.value, new.value))
        })
    }

    /// Whether a wire effect counts for generated code as well.
    pub(super) fn breaks(compared: &Compared<'_>, breaks: bool) -> Source {
        if breaks && !compared.context.untyped { Source::Breaking } else { Source::None }
    }

    /// Types, and null among them. Says whether there is anything in common to compare further.
    fn types(&mut self, compared: &Compared<'d>) -> bool {
        let (old, new) = (&compared.old, &compared.new);
        let at = |view: &View<'d>, base: &str| view.typed_at.clone().unwrap_or_else(|| base.to_owned());
        let (old_at, new_at) = (at(old, &compared.old_at), at(new, &compared.new_at));
        let (before, after) = (old.types.without(Types::NULL), new.types.without(Types::NULL));
        let mut go_on = true;
        if before != after {
            let both_enums = old.values.is_some() && new.values.is_some();
            let enumerated = (old.values.is_some() || new.values.is_some()) && before.meets(after);
            let (name, effect) = if after.holds(before) && before != Types::NONE {
                WIDER
            } else if before.holds(after) && after != Types::NONE {
                NARROWER
            } else {
                go_on = before.meets(after);
                (Name::Schema("type-changed"), Effect::both(Wire::Breaking))
            };
            let as_text = match (before, after) {
                (before, Types::STRING) if Types::SCALAR.holds(before) => Some(WIDER),
                (Types::STRING, after) if Types::SCALAR.holds(after) => Some(NARROWER),
                _ => None,
            };
            // Values that come and go, and a list of values that appears, are told as such.
            let told_as_values = both_enums && before.meets(after) || enumerated && same_without_values(old, new);
            if !told_as_values {
                let breaks = rust_type(old) != rust_type(new);
                let what = format!("changed its type from {} to {}", before.names(), after.names());
                let found = Found::new(name, Some(old_at.clone()), Some(new_at.clone()), what)
                    .effect(effect)
                    .source(Engine::breaks(compared, breaks));
                self.report_in(compared.pair, Found { as_text, ..found });
            }
        }
        self.nullability(compared, old_at, new_at);
        go_on
    }

    fn nullability(&mut self, compared: &Compared<'d>, old_at: String, new_at: String) {
        let (old, new) = (&compared.old, &compared.new);
        let (before, after) = (old.nullable(), new.nullable());
        if before == after || old.untyped() != new.untyped() {
            return;
        }
        // A field that may be missing is an `Option` before and after, unless it is a list or a map.
        let option = |null: bool, optional: bool| null || (optional && !is_collection(old));
        let breaks = match compared.context.optional {
            Some((was, is)) => option(before, was) != option(after, is),
            None => true,
        };
        // What a reference leads to says nothing of the null that is let in, or not, beside the reference.
        let place = |view: &View<'d>, typed: String, site: &str| {
            let here = if typed.starts_with(site) { typed } else { site.to_owned() };
            Some(view.null_at.clone().unwrap_or(here))
        };
        let (old_at, new_at) = (place(old, old_at, &compared.old_at), place(new, new_at, &compared.new_at));
        let (stem, effect, what) = if after {
            ("became-nullable", Effect::LOOSER, "can now be null")
        } else {
            ("became-not-nullable", Effect::TIGHTER, "can no longer be null")
        };
        let found = Found::new(Name::Schema(stem), old_at, new_at, what)
            .effect(effect)
            .source(Engine::breaks(compared, breaks));
        self.report_in(compared.pair, found);
    }

    /// Enums and constants. Null among the values was compared before.
    fn values(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        let typed = old.types.or(new.types).meets(Types::STRING);
        let list = |view: &View<'d>, base: &str| view.values_at.clone().unwrap_or_else(|| base.to_owned());
        let (old_at, new_at) = (list(old, &compared.old_at), list(new, &compared.new_at));
        let (before, after) = match (&old.values, &new.values) {
            (None, None) => return,
            (None, Some(values)) => {
                let what = format!("is restricted to {}", quoted(values));
                let found = Found::new(Name::Schema("became-enum"), Some(compared.old_at.clone()), Some(new_at), what)
                    .effect(Effect::TIGHTER)
                    .source(Engine::breaks(compared, typed));
                self.report_in(compared.pair, found);
                return;
            }
            (Some(_), None) => {
                let found = Found::new(
                    Name::Schema("became-not-enum"),
                    Some(old_at),
                    Some(compared.new_at.clone()),
                    "is no longer restricted to a list of values",
                )
                .effect(Effect { request: Wire::Compatible, response: Wire::Risky })
                .source(Engine::breaks(compared, typed));
                self.report_in(compared.pair, found);
                return;
            }
            (Some(before), Some(after)) => (before, after),
        };
        let missing = |values: &[At<&'d serde_json::Value>], others: &[At<&'d serde_json::Value>]| {
            let known = |value: &At<&serde_json::Value>| others.iter().any(|other| same(other.value, value.value));
            values.iter().filter(|value| !value.value.is_null() && !known(value)).cloned().collect::<Vec<_>>()
        };
        let (removed, added) = (missing(before, after), missing(after, before));
        // A value that is spelt otherwise has the same name in generated code.
        let variant = |value: &At<&'d serde_json::Value>| value.value.as_str().map(zerogate_contract::names::pascal);
        let keeps_name = |value: &At<&'d serde_json::Value>, others: &[At<&'d serde_json::Value>]| {
            let name = variant(value);
            name.is_some() && others.iter().any(|other| variant(other) == name)
        };
        let some = before.iter().filter(|value| !value.value.is_null()).count();
        if some > 0 && removed.len() == some && !added.is_empty() {
            let what = format!("was {} and is {}", quoted(before), quoted(after));
            let found = Found::new(Name::Schema("enum-values-replaced"), Some(old_at), Some(new_at), what)
                .wire(Wire::Breaking)
                .source(Engine::breaks(compared, typed && !removed.iter().all(|value| keeps_name(value, &added))));
            self.report_in(compared.pair, found);
            return;
        }
        for value in removed.iter().cloned() {
            let breaks = typed && !keeps_name(&value, &added);
            let what = format!("lost the value {}", quote(value.value));
            let found = Found::new(Name::Schema("enum-value-removed"), Some(value.at), None, what)
                .effect(Effect::TIGHTER)
                .source(Engine::breaks(compared, breaks));
            self.report_in(compared.pair, found);
        }
        for value in added {
            let named = typed && !keeps_name(&value, &removed);
            let source = if named && !compared.context.untyped { Source::Compatible } else { Source::None };
            let what = format!("gained the value {}", quote(value.value));
            let found = Found::new(Name::Schema("enum-value-added"), None, Some(value.at), what)
                .effect(Effect { request: Wire::Compatible, response: Wire::Risky })
                .source(source);
            self.report_in(compared.pair, found);
        }
    }

    /// What may stand beside named properties, and what a list holds.
    fn rests(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        let maps = old.properties.is_empty() || new.properties.is_empty();
        self.rest(compared, &old.additional, &new.additional, "additional-properties", maps);
        if old.closed != new.closed {
            let (old, new) = (compared.old_at.clone(), compared.new_at.clone());
            let what = "refuses other properties by one member of its `allOf` than before";
            self.report_in(compared.pair, Engine::cannot_judge(Some(old), Some(new), what));
        }
        self.rest(compared, &old.items, &new.items, "items", true);
        let names = self.inner_names(compared, "Item");
        let shared = old.prefix.len().min(new.prefix.len());
        for (before, after) in old.prefix.iter().zip(&new.prefix) {
            let context = Context { optional: None, type_names: names.clone(), untyped: compared.context.untyped };
            let child = self.pair(before.clone(), after.clone(), context);
            self.edge(compared.pair, child, "[]", Mask::BOTH);
        }
        for (side, slots) in [(true, &old.prefix), (false, &new.prefix)] {
            slots.iter().skip(shared).for_each(|slot| self.account_slot(slot, side));
        }
        let beyond = |slots: &[Slot<'d>]| slots.get(shared).map(|slot| slot.at().to_owned());
        if let Some(at) = beyond(&old.prefix) {
            let what = "no longer describes an item by its position";
            self.condition(compared, "prefix-items-removed", Some(at), None, what);
        }
        if let Some(at) = beyond(&new.prefix) {
            self.condition(compared, "prefix-items-added", None, Some(at), "describes a further item by its position");
        }
    }

    fn rest(&mut self, compared: &Compared<'d>, old: &Rest<'d>, new: &Rest<'d>, stem: &'static str, typed: bool) {
        let (old_at, new_at) = (old.at(), new.at());
        // Beside named properties, a schema for the others is a field of its own.
        let field = stem == "additional-properties" && !typed;
        let (looser, effect, what, source) = match (old, new) {
            (Rest::Any, Rest::Any) | (Rest::None(_), Rest::None(_)) => return,
            (Rest::Schema(old), Rest::Schema(new)) => {
                let items = stem == "items";
                let type_names = self.inner_names(compared, if items { "Item" } else { "Value" });
                let context = Context { optional: None, type_names, untyped: compared.context.untyped };
                let child = self.pair(old.clone(), new.clone(), context);
                self.edge(compared.pair, child, if items { "[]" } else { "*" }, Mask::BOTH);
                return;
            }
            (Rest::Any, Rest::None(_)) => (false, Effect::TIGHTER, "no longer takes", Source::None),
            (Rest::None(_), Rest::Any) => (true, Effect::LOOSER, "now takes", Source::None),
            (Rest::Any, Rest::Schema(_)) => (false, Effect::TIGHTER, "takes only some", Source::Compatible),
            (Rest::Schema(_), Rest::Any) => (true, Effect::LOOSER, "takes any", Source::Breaking),
            (Rest::None(_), Rest::Schema(_)) => (true, Effect::LOOSER, "now takes", Source::Compatible),
            (Rest::Schema(_), Rest::None(_)) => (false, Effect::TIGHTER, "no longer takes", Source::Breaking),
        };
        let source = match source {
            Source::Compatible if !field => Source::Breaking,
            source => source,
        };
        let source = if compared.context.untyped { Source::None } else { source };
        for (side, rest) in [(&self.old, old), (&self.new, new)] {
            if let Rest::Schema(slot) = rest {
                slot.parts.iter().for_each(|part| side.account(part.value));
            }
        }
        let found = if stem == "items" {
            let name = if looser { "items-relaxed" } else { "items-restricted" };
            Found::new(Name::Schema(name), old_at, new_at, format!("{what} items that its schema does not describe"))
        } else {
            let name = if looser { "additional-properties-relaxed" } else { "additional-properties-restricted" };
            Found::new(Name::Schema(name), old_at, new_at, format!("{what} properties that its schema does not name"))
        };
        self.report_in(compared.pair, found.effect(effect).source(source));
    }

    /// Subschemas that hold for a part of the value.
    fn inner(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        for (name, before) in &old.inner {
            match new.inner.get(name) {
                Some(after) => {
                    let context = Context { untyped: true, ..Context::default() };
                    let child = self.pair(before.clone(), after.clone(), context);
                    self.edge(compared.pair, child, "", Mask::BOTH);
                }
                None => {
                    self.account_slot(before, true);
                    let what = format!("no longer has a condition by {}", keyword(name));
                    let at = Some(before.at().to_owned());
                    match name.split('/').next() {
                        _ if says_nothing(name, before) => {}
                        Some("contains") => self.condition(compared, "contains-removed", at, None, what),
                        Some("propertyNames") => self.condition(compared, "property-names-removed", at, None, what),
                        Some("patternProperties") => {
                            self.condition(compared, "pattern-property-removed", at, None, what);
                        }
                        _ => self.report_in(compared.pair, Engine::cannot_judge(at, None, what)),
                    }
                }
            }
        }
        for (name, after) in new.inner.iter().filter(|(name, _)| !old.inner.contains_key(*name)) {
            self.account_slot(after, false);
            let what = format!("has a further condition by {}", keyword(name));
            let at = Some(after.at().to_owned());
            match name.split('/').next() {
                _ if says_nothing(name, after) => {}
                Some("contains") => self.condition(compared, "contains-added", None, at, what),
                Some("propertyNames") => self.condition(compared, "property-names-added", None, at, what),
                Some("patternProperties") => self.condition(compared, "pattern-property-added", None, at, what),
                _ => self.report_in(compared.pair, Engine::cannot_judge(None, at, what)),
            }
        }
    }

    /// A condition that came or went.
    pub(super) fn condition(
        &mut self,
        compared: &Compared<'d>,
        stem: &'static str,
        old: Option<String>,
        new: Option<String>,
        what: impl Into<String>,
    ) {
        let effect = if old.is_none() { Effect::TIGHTER } else { Effect::LOOSER };
        self.report_in(compared.pair, Found::new(Name::Schema(stem), old, new, what).effect(effect));
    }

    /// Accounts for the parts of two schemas that have nothing in common.
    fn account_parts(&mut self, compared: &Compared<'d>) {
        self.account_view(&compared.old, true);
        self.account_view(&compared.new, false);
    }

    pub(super) fn account_slot(&self, slot: &Slot<'d>, old: bool) {
        let side = if old { &self.old } else { &self.new };
        slot.parts.iter().for_each(|part| side.account(part.value));
    }

    pub(super) fn account_view(&self, view: &View<'d>, old: bool) {
        let rest = [&view.items, &view.additional];
        let rests = rest.into_iter().filter_map(|rest| if let Rest::Schema(slot) = rest { Some(slot) } else { None });
        let unions = view.unions.iter().flat_map(|union| &union.branches);
        let slots = view.properties.values().chain(rests).chain(&view.prefix).chain(unions).chain(view.inner.values());
        slots.for_each(|slot| self.account_slot(slot, old));
    }

    /// The names of the types of a part.
    pub(super) fn inner_names(&self, compared: &Compared<'d>, part: &str) -> (String, String) {
        let (old, new) = &compared.context.type_names;
        let part = zerogate_contract::names::pascal(part);
        (shorten(format!("{old}{part}")), shorten(format!("{new}{part}")))
    }
}

/// A name that grows with the depth of its place is of no use beyond this.
fn shorten(name: String) -> String {
    if name.len() > 500 { String::new() } else { name }
}

/// Whether a condition lets everything through.
fn says_nothing(name: &str, slot: &Slot<'_>) -> bool {
    let anything = |value: &serde_json::Value| {
        value == &serde_json::Value::Bool(true) || value.as_object().is_some_and(serde_json::Map::is_empty)
    };
    let alone = name == "propertyNames" || name.starts_with("dependentSchemas/");
    alone && slot.parts.iter().all(|part| anything(part.value))
}

/// Whether a schema is a list or a map in Rust, which is empty where it is missing.
pub(super) fn is_collection(view: &View<'_>) -> bool {
    let types = view.types.without(Types::NULL);
    types == Types::ARRAY || (types == Types::OBJECT && view.properties.is_empty() && view.unions.is_empty())
}

fn keyword(name: &str) -> String {
    match name.split_once('/') {
        Some((keyword, name)) => format!("`{keyword}` for {}", super::value::quote_text(name)),
        None => format!("`{name}`"),
    }
}

fn quoted(values: &[At<&serde_json::Value>]) -> String {
    let texts: Vec<String> = values
        .iter()
        .filter(|value| !value.value.is_null())
        .map(|value| value.value.as_str().map_or_else(|| value.value.to_string(), str::to_owned))
        .collect();
    quote_list(texts.iter().map(String::as_str))
}

/// Whether a difference in type comes from a list of values alone.
fn same_without_values(old: &View<'_>, new: &View<'_>) -> bool {
    let (old, new) = (old.declared.without(Types::NULL), new.declared.without(Types::NULL));
    let any = Types::ANY.without(Types::NULL);
    old == new || old == any || new == any
}

/// What kind of Rust type a schema becomes.
fn rust_type(view: &View<'_>) -> u8 {
    let types = view.types.without(Types::NULL);
    if types == Types::ANY.without(Types::NULL) && !view.properties.is_empty() {
        return Types::OBJECT.0;
    }
    types.0
}
