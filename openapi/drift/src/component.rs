//! Compares the components. Those that operations use have been compared before: here they are only added or removed.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::names::pascal;
use zerogate_contract::walk::walk;
use zerogate_contract::{pointer, vocabulary};

use crate::change::Source;
use crate::found::{Context, Findings, Found, Part, Role};
use crate::kind::kind;
use crate::message::{self, Whose};
use crate::node::{Node, Slot};
use crate::parameter::Parameter;
use crate::parameters;
use crate::seen::Looked;
use crate::side::{Side, Sides};
use crate::text::{changed, others};
use crate::value::{quote_text, same};
use crate::{header, response};

/// The sections other than schemas, and the judge for two entries of each.
const SECTIONS: [(vocabulary::Node, Judge); 5] = [
    (vocabulary::Node::Parameter, parameter),
    (vocabulary::Node::Header, |sides, name, old, new| header::judge(sides, name, old, new, None)),
    (vocabulary::Node::Response, |sides, _, old, new| response::judge(sides, Whose::client(None, Some("")), old, new)),
    (vocabulary::Node::RequestBody, |sides, _, old, new| message::body(sides, Whose::client(None, None), old, new)),
    (vocabulary::Node::Example, |_, _, old, new| example(old, new)),
];

type Judge = for<'d> fn(&Sides<'d>, &str, &Node<'d>, &Node<'d>) -> Findings<'d>;

fn parameter<'d>(sides: &Sides<'d>, _: &str, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let parameter = |node: &Node<'d>| Parameter::of(node.clone(), node.clone());
    let both = parameter(old).zip(parameter(new));
    both.map(|(before, after)| parameters::judge_component(sides, &before, &after)).unwrap_or_default()
}

fn example<'d>(old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    if !same(old.value, new.value) {
        out.seen.whole(old);
        out.seen.whole(new);
        out.report(changed("examples", old.place(), new.place()));
    }
    out
}

/// A component of one or both documents.
pub(crate) struct Entry<'d> {
    section: &'static str,
    judge: Judge,
    name: &'d str,
    old: Option<Node<'d>>,
    new: Option<Node<'d>>,
}

fn by_name<'d>(side: &Side<'d>, section: &str) -> BTreeMap<&'d str, Node<'d>> {
    side.section(section).into_iter().collect()
}

/// The pairs of component schemas, used or not.
pub(crate) fn schemas<'d>(sides: &Sides<'d>) -> Vec<Part<'d>> {
    let new = by_name(&sides.new, "schemas");
    let is_schema = |node: &Node<'_>| node.value.is_object() || node.value.is_boolean();
    let pair = |(name, before): (&str, Node<'d>)| {
        let other = sides.renames.to.get(name).map_or(name, String::as_str);
        let after = new.get(other).filter(|after| is_schema(&before) && is_schema(after))?.clone();
        let context = Context { type_names: (pascal(name), pascal(other)), ..Context::default() };
        Some(Part { old: Slot::of(before), new: Slot::of(after), context, role: Role::Component })
    };
    by_name(&sides.old, "schemas").into_iter().filter_map(pair).collect()
}

/// Component schemas that were added, removed or renamed. Those in `moved` were inline before, or are now, or moved to
/// another section.
pub(crate) fn schema_names<'d>(sides: &Sides<'d>, moved: &dyn Fn(&str, &Node<'d>) -> bool) -> Findings<'d> {
    let mut out = Findings::default();
    let (old, new) = (by_name(&sides.old, "schemas"), by_name(&sides.new, "schemas"));
    let topic = |name: &str| format!("the schema {}", quote_text(name));
    for (name, node) in &old {
        if let Some(to) = sides.renames.to.get(*name) {
            let new_at = Some(pointer::of_schema(to));
            let found = Found::new(kind!("schema-renamed"), node.place(), new_at, "");
            let found = found.breaks_source_if(pascal(name) != pascal(to));
            out.report(found.says(topic(name), format!("was renamed to {}", quote_text(to))));
        } else if !new.contains_key(name) {
            if !moved(name, node) {
                let found = Found::new(kind!("api-schema-removed"), node.place(), None, "");
                out.report(found.source(Source::Breaking).says(topic(name), "was removed"));
            }
            out.seen.whole(node);
        }
    }
    let renamed: BTreeSet<&str> = sides.renames.to.values().map(String::as_str).collect();
    for (name, node) in new.iter().filter(|(name, _)| !old.contains_key(*name) && !renamed.contains(*name)) {
        if !moved(name, node) {
            let found = Found::new(kind!("api-schema-added"), None, node.place(), "");
            out.report(found.source(Source::Compatible).says(topic(name), "was added"));
        }
        out.seen.whole(node);
    }
    out
}

/// Compares what `components` itself contains.
pub(crate) fn sections<'d>(sides: &Sides<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    match (sides.old.root().get("components"), sides.new.root().get("components")) {
        (Some(old), Some(new)) => {
            let sections: Vec<&str> = vocabulary::Node::Components.object().fields.iter().map(|it| it.name).collect();
            out.add(others(&old, &new, &sections, &[]));
        }
        (old, new) => old.iter().chain(&new).for_each(|node| out.seen.keys(node)),
    }
    let (old, new) = (by_name(&sides.old, "pathItems"), by_name(&sides.new, "pathItems"));
    let alone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    let alone = alone.chain(new.iter().filter(|(name, _)| !old.contains_key(*name)));
    // An unused path item has no path, and no meaning.
    alone.for_each(|(_, site)| out.seen.whole(site));
    // Media types have been copied to where they are used. For the others, changes are reported.
    let media_types = [&sides.old, &sides.new].map(|side| by_name(side, MEDIA_TYPES));
    if media_types.iter().any(|section| !section.is_empty()) {
        let used: BTreeSet<String> = [&sides.old, &sides.new].into_iter().flat_map(media_types_used).collect();
        let sites = media_types.iter().flatten().filter(|(name, _)| used.contains(**name));
        sites.for_each(|(_, site)| out.seen.whole(site));
    }
    out
}

const MEDIA_TYPES: &str = "mediaTypes";

/// The names of the media types that were copied to where they are used.
fn media_types_used(side: &Side<'_>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    walk(side.document.value(), &mut |node, at, _| {
        let origin = side.document.origin(at);
        let mut tokens = pointer::tokens(&origin).skip(1);
        if node == vocabulary::Node::MediaType
            && origin != at
            && tokens.next().is_some_and(|section| section == MEDIA_TYPES)
        {
            used.extend(tokens.next().map(|name| name.into_owned()));
        }
    });
    used
}

/// The other components, in the order of comparison.
pub(crate) fn entries<'d>(sides: &Sides<'d>) -> impl Iterator<Item = Entry<'d>> {
    let sections = SECTIONS.into_iter().filter_map(|(node, judge)| Some((node.section()?, judge)));
    sections.flat_map(|(section, judge)| {
        let (old, mut new) = (by_name(&sides.old, section), by_name(&sides.new, section));
        let entry = |name, old, new| Entry { section, judge, name, old, new };
        let mut entries: Vec<Entry<'d>> =
            old.into_iter().map(|(name, old)| entry(name, Some(old), new.remove(name))).collect();
        entries.extend(new.into_iter().map(|(name, new)| entry(name, None, Some(new))));
        entries
    })
}

/// Compares a component that is not a schema. `looked`: what was compared where it is used.
pub(crate) fn judge<'d>(sides: &Sides<'d>, entry: &Entry<'d>, looked: &Looked) -> Findings<'d> {
    let Entry { section, judge, name, old, new } = entry;
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (Some(site), None) => return gone(section, name, site, true, looked),
        (None, Some(site)) => return gone(section, name, site, false, looked),
        (None, None) => return Findings::default(),
    };
    let mut out = Findings::default();
    let definitions = (sides.old.resolve(old, &mut out.seen), sides.new.resolve(new, &mut out.seen));
    if let (Some(old), Some(new)) = definitions
        && old.object().is_some()
        && new.object().is_some()
    {
        out.add(judge(sides, name, &old, &new));
    }
    out
}

/// A component that only one document has. If it was used, the effect was reported there.
fn gone<'d>(section: &str, name: &str, site: &Node<'d>, removed: bool, looked: &Looked) -> Findings<'d> {
    let mut out = Findings::default();
    out.seen.whole(site);
    let is_reference = site.value.get("$ref").is_some();
    if looked.at_keys(site) || is_reference && looked.at_all(site) {
        return out;
    }
    let topic = format!("the component {} in `{section}`", quote_text(name));
    out.report(if removed {
        Found::new(kind!("component-removed"), site.place(), None, "").says(topic, "was removed")
    } else {
        Found::new(kind!("component-added"), None, site.place(), "").says(topic, "was added")
    });
    out
}
