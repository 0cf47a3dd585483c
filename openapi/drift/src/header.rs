//! Compares response headers.

use crate::change::{Carrier, Reach};
use crate::content::{self, Holder};
use crate::found::{Context, Findings, Found, Part, Role, Written};
use crate::kind::{Effect, family, kind};
use crate::node::{Node, Slot};
use crate::parameter::{RESPONSE_HEADER, deprecation, effective, may_be_object, one_of_list, style_changed};
use crate::side::Sides;
use crate::text::{odd_flag, others};
use crate::value::{quote_text, same};

/// What is judged of a header.
const KNOWN: [&str; 6] = ["required", "schema", "content", "style", "explode", "deprecated"];

/// Compares two definitions of one response header.
pub(crate) fn judge<'d>(
    sides: &Sides<'d>,
    name: &str,
    old: &Node<'d>,
    new: &Node<'d>,
    reach: Option<Reach>,
) -> Findings<'d> {
    let reached = reach.as_slice();
    let topic = topic(name);
    let mut out = others(old, new, &KNOWN, reached);
    out.found.extend(odd_flag("required", old, new, reached));
    out.found.extend(deprecation(old, new, RESPONSE_HEADER, reached, &topic));
    let (before, after) = (old.flag("required"), new.flag("required"));
    if before != after {
        let (kind, what) = if after {
            (kind!("response-header-became-required"), "is now always there")
        } else {
            (kind!("response-header-became-optional"), "is no longer always there")
        };
        let found = Found::new(kind, Some(old.below("required")), Some(new.below("required")), "");
        out.report(found.says(topic.clone(), what).reaches(reached));
    }
    for keyword in ["style", "explode"] {
        let (before, after) = (effective(keyword, "header", old), effective(keyword, "header", new));
        // A list is written alike, exploded or not.
        let idle = keyword == "explode" && !may_be_object(&sides.old, old) && !may_be_object(&sides.new, new);
        if !same(&before, &after) && !idle {
            let (old_at, new_at) = (Some(old.below(keyword)), Some(new.below(keyword)));
            let found = Found::new(kind!("response-header-style-changed"), old_at, new_at, "");
            out.report(found.says(topic.clone(), style_changed(keyword, &before, &after)).reaches(reached));
        }
    }
    let (carrier, type_names) = (Carrier::Header, Default::default());
    // A list of one and a single value are the same text, if no value holds a comma.
    if let Some(items) = one_of_list(&sides.new, new, &sides.old, old, Some(','))
        && let (Some(list), Some(single)) = (old.get("schema"), new.get("schema"))
    {
        let found =
            Found::new(family!("type-specialized").at(RESPONSE_HEADER, false), list.place(), single.place(), "");
        out.report(found.effect(Effect::TIGHTER).says(topic, "has one value in place of a list").reaches(reached));
        out.seen.whole(&list);
        let context = Context::untyped();
        out.parts.extend(reach.map(|reach| {
            let role = Role::Message { written: Written::Text, always: false, reach };
            Part { old: items, new: Slot::of(single), context, role }
        }));
        return out;
    }
    let holder = Holder { carrier, written: Written::Text, always: false, reach, type_names };
    out.add(content::judge(old, new, holder));
    out
}

/// What a message calls a header.
pub(crate) fn topic(name: &str) -> String {
    format!("the response header {}", quote_text(name))
}
