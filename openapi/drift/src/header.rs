//! Compares response headers.

use std::collections::BTreeMap;

use crate::change::{Caller, Carrier, Direction, Reach, Wire};
use crate::content::{self, Holder};
use crate::found::{Context, Findings, Found, Part, Role, Written};
use crate::kind::{Effect, family, kind};
use crate::message::Whose;
use crate::namesakes::{self, Common};
use crate::node::{Node, Slot};
use crate::parameter::{RESPONSE_HEADER, deprecation, effective, may_be_object, one_of_list, style_changed};
use crate::side::Sides;
use crate::text::{alike_but_for_docs, odd_flag, others};
use crate::value::{quote_text, same};

/// The keys of a header that are judged.
const KNOWN: [&str; 6] = ["required", "schema", "content", "style", "explode", "deprecated"];

/// Describes the media type, which the keys of `content` do: its definition is ignored.
const IGNORED: &str = "content-type";

/// The headers of a response by normalised name, with the name as written, except an ignored one.
pub(crate) fn headers<'d>(response: &Node<'d>) -> BTreeMap<String, (&'d str, Node<'d>)> {
    let mut headers = all(response);
    headers.remove(IGNORED);
    headers
}

fn all<'d>(response: &Node<'d>) -> BTreeMap<String, (&'d str, Node<'d>)> {
    let headers = response.get("headers");
    let entries = headers.iter().flat_map(Node::entries);
    entries.map(|(name, header)| (name.to_ascii_lowercase(), (name, header))).collect()
}

/// Compares the definitions of an ignored header: their changes only concern people.
fn ignored<'d>(whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let [before, after] = [old, new].map(|response| all(response).remove(IGNORED));
    let Some((name, _)) = after.as_ref().or(before.as_ref()) else { return out };
    before.iter().chain(&after).for_each(|(_, site)| out.seen.whole(site));
    let what = match (&before, &after) {
        (Some((_, before)), Some((_, after))) if same(before.value, after.value) => return out,
        (Some(_), Some(_)) => "changed",
        (None, _) => "was added",
        (_, None) => "was removed",
    };
    let place = |header: &Option<(&str, Node<'d>)>| header.as_ref().and_then(|(_, site)| site.place());
    let found = Found::new(kind!("ignored-response-header-changed"), place(&before), place(&after), "");
    let found = found.says(topic(name, whose.caller), format!("{what}, but OpenAPI ignores it"));
    out.report(found.reaches(whose.part(Carrier::Header, name).as_slice()));
    out
}

/// Compares the headers of two definitions of one response.
pub(crate) fn judge_all<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = ignored(whose, old, new);
    let (before, after) = (headers(old), headers(new));
    let (mut gone, mut pairs) = (Vec::new(), Vec::new());
    for (key, (name, site)) in &before {
        let definition = sides.old.resolve(site, &mut out.seen);
        match after.get(key) {
            Some((_, other)) => pairs.push((*name, definition, sides.new.resolve(other, &mut out.seen))),
            None => gone.push((*name, site, definition)),
        }
    }
    let come: Vec<_> = after.iter().filter(|(key, _)| !before.contains_key(*key)).map(|(_, header)| header).collect();
    let come: Vec<_> = come.into_iter().map(|(name, site)| (*name, site, sides.new.definition(site))).collect();
    let names = |list: &[(&'d str, &Node<'d>, Option<Node<'d>>)]| list.iter().map(|it| it.0).collect::<Vec<_>>();
    let renamed = namesakes::renamed(&names(&gone), &names(&come), |one, other| {
        let definitions = gone.get(one).and_then(|it| it.2.as_ref()).zip(come.get(other).and_then(|it| it.2.as_ref()));
        definitions.map_or(Common::Nothing, |(before, after)| {
            Common::of(alike_but_for_docs(before.value, after.value), before.value, after.value)
        })
    });
    let report = |found: Found, name: &str, what: String| {
        found.says(topic(name, whose.caller), what).reaches(whose.part(Carrier::Header, name).as_slice())
    };
    for (index, (name, site, definition)) in gone.into_iter().enumerate() {
        let always = definition.as_ref().is_some_and(|header| header.flag("required"));
        let now = renamed.iter().find(|(one, _)| *one == index).and_then(|(_, other)| come.get(*other));
        if let Some((new_name, other, new_definition)) = now {
            let wire = if always { Wire::Breaking } else { Wire::Risky };
            let found = Found::new(kind!("response-header-renamed"), site.place(), other.place(), "").wire(wire);
            out.report(report(found, name, format!("was renamed to {}", quote_text(new_name))));
            pairs.push((name, definition, new_definition.clone()));
            continue;
        }
        out.seen.whole(site);
        let kind =
            if always { kind!("required-response-header-removed") } else { kind!("optional-response-header-removed") };
        out.report(report(Found::new(kind, site.place(), None, ""), name, "was removed".to_owned()).gone());
    }
    for (index, (name, site, _)) in come.iter().enumerate() {
        out.seen.whole(site);
        if !renamed.iter().any(|(_, other)| *other == index) {
            let found = Found::new(kind!("response-header-added"), None, site.place(), "");
            out.report(report(found, name, "was added".to_owned()).came());
        }
    }
    for (name, before, after) in pairs {
        if let (Some(before), Some(after)) = (before, after) {
            out.add(judge(sides, name, &before, &after, whose.part(Carrier::Header, name)));
        }
    }
    out
}

/// Compares two definitions of one response header.
pub(crate) fn judge<'d>(
    sides: &Sides<'d>,
    name: &str,
    old: &Node<'d>,
    new: &Node<'d>,
    reach: Option<Reach>,
) -> Findings<'d> {
    let reached = reach.as_slice();
    let topic = topic(name, reach.as_ref().map(|reach| reach.caller).unwrap_or_default());
    let mut out = others(old, new, &KNOWN, reached);
    out.found.extend(odd_flag("required", old, new, reached));
    out.found.extend(deprecation(old, new, RESPONSE_HEADER, reached, &topic));
    let (before, after) = (old.flag("required"), new.flag("required"));
    if before != after {
        let (kind, what) = if after {
            (kind!("response-header-became-required"), "is now always present")
        } else {
            (kind!("response-header-became-optional"), "is no longer always present")
        };
        let found = Found::new(kind, Some(old.below("required")), Some(new.below("required")), "");
        out.report(found.says(topic.clone(), what).reaches(reached));
    }
    for keyword in ["style", "explode"] {
        let (before, after) = (effective(keyword, "header", old), effective(keyword, "header", new));
        // A list has the same text, exploded or not.
        let idle = keyword == "explode" && !may_be_object(&sides.old, old) && !may_be_object(&sides.new, new);
        if !same(&before, &after) && !idle {
            let (old_at, new_at) = (Some(old.below(keyword)), Some(new.below(keyword)));
            let found = Found::new(kind!("response-header-style-changed"), old_at, new_at, "");
            out.report(found.says(topic.clone(), style_changed(keyword, &before, &after)).reaches(reached));
        }
    }
    let (carrier, type_names) = (Carrier::Header, Default::default());
    // A list of one item and a single value have the same text, unless a value contains a comma.
    if let Some(items) = one_of_list(&sides.new, new, &sides.old, old, Some(','))
        && let (Some(list), Some(single)) = (old.get("schema"), new.get("schema"))
    {
        let found =
            Found::new(family!("type-specialized").at(RESPONSE_HEADER, false), list.place(), single.place(), "");
        out.report(found.effect(Effect::TIGHTER).says(topic, "has a single value instead of a list").reaches(reached));
        out.seen.whole(&list);
        let context = Context::untyped();
        out.parts.extend(reach.map(|reach| {
            let role = Role::Message { written: Written::Text, always: false, reach };
            Part { old: items, new: Slot::of(single), context, role }
        }));
        return out;
    }
    let holder = Holder { carrier, written: Written::Text, always: false, reach, type_names };
    out.add(content::judge(sides, old, new, holder));
    out
}

/// The name of a header in messages.
pub(crate) fn topic(name: &str, caller: Caller) -> String {
    format!("the {} header {}", Direction::Response.noun(caller), quote_text(name))
}
