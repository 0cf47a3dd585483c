//! Compares two schemas by what they mean.

use super::change::{Source, Wire};
use super::engine::{Context, Engine, Mask};
use super::found::{Effect, Found, Name};
use super::gather::view;
use super::value::{quote, quote_list, same};
use super::view::{At, Rest, Slot, Types, View};

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
        self.names(&mut compared);
        self.schema_docs(&compared);
        self.raw(&compared);
        if self.wrapping(&compared) {
            return;
        }
        if !self.types(&compared) {
            self.account_parts(&compared);
            return;
        }
        self.values(&compared);
        self.constraints(&compared);
        self.properties(&compared);
        self.rests(&compared);
        self.inner(&compared);
        self.unions(&compared);
        self.discriminators(&compared);
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
            let (stem, effect) = if after.holds(before) && before != Types::NONE {
                ("type-generalized", Effect::LOOSER)
            } else if before.holds(after) && after != Types::NONE {
                ("type-specialized", Effect::TIGHTER)
            } else {
                go_on = before.meets(after);
                ("type-changed", Effect::both(Wire::Breaking))
            };
            // Values that come and go, and a list of values that appears, are told as such.
            let told_as_values = both_enums && before.meets(after) || enumerated && same_without_values(old, new);
            if !told_as_values {
                let breaks = rust_type(old) != rust_type(new);
                let what = format!("changed its type from {} to {}", before.names(), after.names());
                let found = Found::new(Name::Schema(stem), Some(old_at.clone()), Some(new_at.clone()), what)
                    .effect(effect)
                    .source(Engine::breaks(compared, breaks));
                self.report_in(compared.pair, found);
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
        // A field that may be missing is an `Option` before and after.
        let option = |null: bool, optional: bool| null || optional;
        let breaks = match compared.context.optional {
            Some((was, is)) => option(before, was) != option(after, is),
            None => true,
        };
        let place = |view: &View<'d>, otherwise: String| Some(view.null_at.clone().unwrap_or(otherwise));
        let (old_at, new_at) = (place(old, old_at), place(new, new_at));
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
        let some = before.iter().filter(|value| !value.value.is_null()).count();
        if some > 0 && removed.len() == some && !added.is_empty() {
            let what = format!("was {} and is {}", quoted(before), quoted(after));
            let found = Found::new(Name::Schema("enum-replaced"), Some(old_at), Some(new_at), what)
                .wire(Wire::Breaking)
                .source(Engine::breaks(compared, typed));
            self.report_in(compared.pair, found);
            return;
        }
        for value in removed {
            let what = format!("lost the value {}", quote(value.value));
            let found = Found::new(Name::Schema("enum-value-removed"), Some(value.at), None, what)
                .effect(Effect::TIGHTER)
                .source(Engine::breaks(compared, typed));
            self.report_in(compared.pair, found);
        }
        for value in added {
            let source = if typed && !compared.context.untyped { Source::Compatible } else { Source::None };
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
        for slot in old.prefix.iter().skip(shared) {
            self.constraint(compared, Some(slot.at().to_owned()), None, "no longer describes an item by its position");
        }
        for slot in new.prefix.iter().skip(shared) {
            self.constraint(compared, None, Some(slot.at().to_owned()), "describes a further item by its position");
        }
    }

    fn rest(&mut self, compared: &Compared<'d>, old: &Rest<'d>, new: &Rest<'d>, stem: &'static str, typed: bool) {
        let (old_at, new_at) = (old.at(), new.at());
        let (kind, effect, what, breaks) = match (old, new) {
            (Rest::Any, Rest::Any) | (Rest::None(_), Rest::None(_)) => return,
            (Rest::Schema(old), Rest::Schema(new)) => {
                let items = stem == "items";
                let type_names = self.inner_names(compared, if items { "Item" } else { "Value" });
                let context = Context { optional: None, type_names, untyped: compared.context.untyped };
                let child = self.pair(old.clone(), new.clone(), context);
                self.edge(compared.pair, child, if items { "[]" } else { "*" }, Mask::BOTH);
                return;
            }
            (Rest::Any, Rest::None(_)) => ("removed", Effect::TIGHTER, "no longer takes", false),
            (Rest::None(_), Rest::Any) => ("added", Effect::LOOSER, "now takes", false),
            (Rest::Any, Rest::Schema(_)) => ("restricted", Effect::TIGHTER, "takes only some", typed),
            (Rest::Schema(_), Rest::Any) => ("unrestricted", Effect::LOOSER, "takes any", typed),
            (Rest::None(_), Rest::Schema(_)) => ("added", Effect::LOOSER, "now takes", typed),
            (Rest::Schema(_), Rest::None(_)) => ("removed", Effect::TIGHTER, "no longer takes", typed),
        };
        for (side, rest) in [(&self.old, old), (&self.new, new)] {
            if let Rest::Schema(slot) = rest {
                slot.parts.iter().for_each(|part| side.account(part.value));
            }
        }
        let found = if stem == "items" {
            let name = match (old, new) {
                (Rest::Any, _) => "constraint-added",
                (_, Rest::Any) => "constraint-removed",
                _ => "constraint-changed",
            };
            Found::new(Name::Schema(name), old_at, new_at, format!("{what} items that its schema does not describe"))
        } else {
            let name = match kind {
                "removed" => "additional-properties-removed",
                "added" => "additional-properties-added",
                "restricted" => "additional-properties-restricted",
                _ => "additional-properties-unrestricted",
            };
            Found::new(Name::Schema(name), old_at, new_at, format!("{what} properties that its schema does not name"))
        };
        self.report_in(compared.pair, found.effect(effect).source(Engine::breaks(compared, breaks)));
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
                    self.constraint(compared, Some(before.at().to_owned()), None, what);
                }
            }
        }
        for (name, after) in new.inner.iter().filter(|(name, _)| !old.inner.contains_key(*name)) {
            self.account_slot(after, false);
            let what = format!("has a further condition by {}", keyword(name));
            self.constraint(compared, None, Some(after.at().to_owned()), what);
        }
    }

    /// A condition that came or went.
    pub(super) fn constraint(
        &mut self,
        compared: &Compared<'d>,
        old: Option<String>,
        new: Option<String>,
        what: impl Into<String>,
    ) {
        let (stem, effect) = match (&old, &new) {
            (None, _) => ("constraint-added", Effect::TIGHTER),
            (_, None) => ("constraint-removed", Effect::LOOSER),
            _ => ("constraint-changed", Effect::both(Wire::Risky)),
        };
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
        let part = super::names::pascal(part);
        (shorten(format!("{old}{part}")), shorten(format!("{new}{part}")))
    }
}

/// A name that grows with the depth of its place is of no use beyond this.
fn shorten(name: String) -> String {
    if name.len() > 500 { String::new() } else { name }
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
