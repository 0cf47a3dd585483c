//! Compares response headers.

use crate::change::{Carrier, Reach};
use crate::content::{self, Holder};
use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::node::Node;
use crate::parameter::{RESPONSE_HEADER, deprecation, effective, style_changed};
use crate::text::{odd_flag, others};
use crate::value::{quote_text, same};

/// What is judged of a header.
const KNOWN: [&str; 6] = ["required", "schema", "content", "style", "explode", "deprecated"];

/// Compares two definitions of one response header.
pub(crate) fn judge<'d>(name: &str, old: &Node<'d>, new: &Node<'d>, reach: Option<Reach>) -> Findings<'d> {
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
        if !same(&before, &after) {
            let (old_at, new_at) = (Some(old.below(keyword)), Some(new.below(keyword)));
            let found = Found::new(kind!("response-header-style-changed"), old_at, new_at, "");
            out.report(found.says(topic.clone(), style_changed(keyword, &before, &after)).reaches(reached));
        }
    }
    let holder = Holder { carrier: Carrier::Header, xml: false, reach, type_names: Default::default() };
    out.add(content::judge(old, new, holder));
    out
}

/// What a message calls a header.
pub(crate) fn topic(name: &str) -> String {
    format!("the response header {}", quote_text(name))
}
