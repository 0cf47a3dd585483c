//! Compares the properties of two objects: which there are, which are required, and who may send them.

use std::collections::BTreeSet;

use super::change::{Source, Wire};
use super::engine::{Context, Engine, Mask};
use super::found::{Effect, Found, Name};
use super::schema::Compared;
use super::side::{Node, Side};
use super::value::quote_text;
use super::view::{Slot, View};

/// How far a flag of a property is looked for, through references and `allOf`.
const MAX_DEPTH: usize = 8;

impl<'d> Engine<'d> {
    pub(super) fn properties(&mut self, compared: &Compared<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        let names: BTreeSet<&str> = old.properties.keys().chain(new.properties.keys()).copied().collect();
        for name in names {
            match (old.properties.get(name), new.properties.get(name)) {
                (Some(before), Some(after)) => self.property(compared, name, before, after),
                (Some(before), None) => self.property_removed(compared, name, before),
                (None, Some(after)) => self.property_added(compared, name, after),
                (None, None) => {}
            }
        }
        // Names that are required and described nowhere.
        let bare = |view: &View<'d>, name: &str| !view.properties.contains_key(name);
        for (name, at) in &new.required {
            if bare(old, name) && bare(new, name) && !old.required.contains_key(name) {
                let what = format!("must have the property {}", quote_text(name));
                let found = Found::new(Name::Schema("became-required"), None, Some(at.clone()), what);
                self.report_at(compared.pair, name, found.effect(Effect::TIGHTER));
            }
        }
        for (name, at) in &old.required {
            if bare(old, name) && bare(new, name) && !new.required.contains_key(name) {
                let what = format!("need not have the property {} any more", quote_text(name));
                let found = Found::new(Name::Schema("became-optional"), Some(at.clone()), None, what);
                self.report_at(compared.pair, name, found.effect(Effect::LOOSER));
            }
        }
    }

    fn property(&mut self, compared: &Compared<'d>, name: &str, before: &Slot<'d>, after: &Slot<'d>) {
        let (old, new) = (&compared.old, &compared.new);
        let (was, is) = (old.required.contains_key(name), new.required.contains_key(name));
        let (was_access, is_access) = (access(&self.old, before), access(&self.new, after));
        let (old_at, new_at) = (before.at().to_owned(), after.at().to_owned());
        let option = |side: &Side<'d>, slot: &Slot<'d>, required: bool| !required && !has_default(side, slot);
        let optional = (option(&self.old, before, was), option(&self.new, after, is));
        if was != is {
            let nullable = (may_be_null(&self.old, before), may_be_null(&self.new, after));
            // A list or a map is empty where it is missing.
            let collections = super::schema::is_collection(&super::gather::view(&self.old, before))
                && super::schema::is_collection(&super::gather::view(&self.new, after));
            let option = |optional: bool, nullable: bool| nullable || (optional && !collections);
            let breaks = option(optional.0, nullable.0) != option(optional.1, nullable.1);
            let (stem, effect, what) = if is {
                ("became-required", Effect::TIGHTER, "is now required")
            } else {
                ("became-optional", Effect::LOOSER, "is no longer required")
            };
            let effect = Effect {
                request: if is_access.read_only { Wire::None } else { effect.request },
                response: if is_access.write_only { Wire::None } else { effect.response },
            };
            let found = Found::new(Name::Schema(stem), Some(old_at.clone()), Some(new_at.clone()), what)
                .effect(effect)
                .source(Engine::breaks(compared, breaks));
            self.report_at(compared.pair, name, found);
        }
        self.access_changed(compared, name, (was_access, is_access), (before, after), is);
        let mask = Mask {
            request: !was_access.read_only && !is_access.read_only,
            response: !was_access.write_only && !is_access.write_only,
        };
        let names = self.inner_names(compared, name);
        let context = Context { optional: Some(optional), type_names: names, untyped: compared.context.untyped };
        let child = self.pair(before.clone(), after.clone(), context);
        self.edge(compared.pair, child, name, mask);
    }

    /// What became invisible in a direction is gone there, and what became visible is new.
    fn access_changed(
        &mut self,
        compared: &Compared<'d>,
        name: &str,
        (was, is): (Access, Access),
        (before, after): (&Slot<'d>, &Slot<'d>),
        required: bool,
    ) {
        let gone_from_answers = if compared.old.required.contains_key(name) { Wire::Breaking } else { Wire::Risky };
        let new_in_requests = if required { Wire::Breaking } else { Wire::Compatible };
        let found: [(bool, bool, [&'static str; 2], Effect, Effect); 2] = [
            (
                was.read_only,
                is.read_only,
                ["became-read-only", "became-not-read-only"],
                Effect { request: Wire::Risky, response: Wire::None },
                Effect { request: new_in_requests, response: Wire::None },
            ),
            (
                was.write_only,
                is.write_only,
                ["became-write-only", "became-not-write-only"],
                Effect { request: Wire::None, response: gone_from_answers },
                Effect { request: Wire::None, response: Wire::Compatible },
            ),
        ];
        for (was, is, [became, became_not], on, off) in found {
            if was == is {
                continue;
            }
            let (stem, effect) = if is { (became, on) } else { (became_not, off) };
            // The same place as the schema's own judge would name, so that the two are one.
            let read = stem.ends_with("read-only");
            let at = |side: &Side<'d>, slot: &Slot<'d>| {
                let view = super::gather::view(side, slot);
                if read { view.read_only } else { view.write_only }
            };
            let (old, new) = (at(&self.old, before), at(&self.new, after));
            let found = Found::new(Name::Access(stem), old, new, stem.replace('-', " "));
            let found = Found { required, ..found.effect(effect).source(Source::None) };
            self.report_at(compared.pair, name, found);
        }
    }

    fn property_removed(&mut self, compared: &Compared<'d>, name: &str, before: &Slot<'d>) {
        self.account_slot(before, true);
        let required = compared.old.required.contains_key(name);
        let seen = access(&self.old, before);
        let refused = if compared.new.is_closed() { Wire::Breaking } else { Wire::Risky };
        let missed = if required { Wire::Breaking } else { Wire::Risky };
        let effect = Effect {
            request: if seen.read_only { Wire::None } else { refused },
            response: if seen.write_only { Wire::None } else { missed },
        };
        let response =
            if required { "response-required-property-removed" } else { "response-optional-property-removed" };
        let what = if required { "was removed, and was required" } else { "was removed, and was optional" };
        let found = Found::new(
            Name::Directed { request: "request-property-removed", response },
            Some(before.at().to_owned()),
            None,
            what,
        );
        let breaks = !keeps_name(name, before, &compared.new, &compared.old);
        self.report_at(compared.pair, name, found.effect(effect).source(Engine::breaks(compared, breaks)));
    }

    fn property_added(&mut self, compared: &Compared<'d>, name: &str, after: &Slot<'d>) {
        self.account_slot(after, false);
        let required = compared.new.required.contains_key(name);
        let seen = access(&self.new, after);
        let asked = if required { Wire::Breaking } else { Wire::Compatible };
        let met = if compared.old.is_closed() { Wire::Breaking } else { Wire::Compatible };
        let effect = Effect {
            request: if seen.read_only { Wire::None } else { asked },
            response: if seen.write_only { Wire::None } else { met },
        };
        let (request, response) = if required {
            ("new-required-request-property", "response-required-property-added")
        } else {
            ("new-optional-request-property", "response-optional-property-added")
        };
        // An object without properties is a map in Rust, and becomes a struct with the first.
        let source = if compared.old.properties.is_empty() { Source::Breaking } else { Source::Compatible };
        let renamed = keeps_name(name, after, &compared.old, &compared.new);
        let source = if compared.context.untyped || renamed { Source::None } else { source };
        let what = if required { "was added, and is required" } else { "was added, and is optional" };
        let found = Found::new(Name::Directed { request, response }, None, Some(after.at().to_owned()), what);
        self.report_at(compared.pair, name, found.effect(effect).source(source));
    }
}

/// Whether a property that one side does not have is there spelt otherwise: its field has the same name and type.
fn keeps_name(name: &str, slot: &Slot<'_>, other: &View<'_>, own: &View<'_>) -> bool {
    let field = zerogate_contract::names::snake(name);
    other.properties.iter().any(|(known, counterpart)| {
        !own.properties.contains_key(known)
            && zerogate_contract::names::snake(known) == field
            && other.required.contains_key(known) == own.required.contains_key(name)
            && slot.parts.len() == counterpart.parts.len()
            && slot.parts.iter().zip(&counterpart.parts).all(|(one, two)| super::value::same(one.value, two.value))
    })
}

/// In which direction a property is not seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Access {
    pub(super) read_only: bool,
    pub(super) write_only: bool,
}

fn access(side: &Side<'_>, slot: &Slot<'_>) -> Access {
    Access { read_only: has(side, slot, &flag("readOnly")), write_only: has(side, slot, &flag("writeOnly")) }
}

fn flag(keyword: &'static str) -> impl Fn(&Node<'_>) -> bool {
    move |node| node.flag(keyword)
}

fn has_default(side: &Side<'_>, slot: &Slot<'_>) -> bool {
    has(side, slot, &|node: &Node<'_>| node.value.get("default").is_some_and(|default| !default.is_null()))
}

fn may_be_null(side: &Side<'_>, slot: &Slot<'_>) -> bool {
    super::gather::view(side, slot).nullable()
}

/// Whether a schema, or one that it refers to or joins, has something.
fn has(side: &Side<'_>, slot: &Slot<'_>, test: &dyn Fn(&Node<'_>) -> bool) -> bool {
    let mut budget = 64;
    slot.parts.iter().any(|part| has_within(side, part, test, MAX_DEPTH, &mut budget))
}

fn has_within(
    side: &Side<'_>,
    node: &Node<'_>,
    test: &dyn Fn(&Node<'_>) -> bool,
    depth: usize,
    budget: &mut usize,
) -> bool {
    if depth == 0 || *budget == 0 {
        return false;
    }
    *budget -= 1;
    let target = zerogate_contract::reference(node.value);
    if (target.is_none() || side.modern) && test(node) {
        return true;
    }
    if let Some(target) = target {
        return side.target(target).is_some_and(|target| has_within(side, &target, test, depth - 1, budget));
    }
    let members = node.get("allOf").map(|members| members.items()).unwrap_or_default();
    members.iter().any(|member| has_within(side, member, test, depth - 1, budget))
}
