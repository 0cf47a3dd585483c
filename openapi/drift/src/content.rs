//! Compares what a message, a parameter or a header holds: a schema, or content of some media types.

use serde_json::Value;
use zerogate_contract::media::essence;

use crate::change::{Carrier, Reach, Source, Wire};
use crate::found::{Context, Findings, Found, Part, Role, Written};
use crate::node::{Node, Slot};
use crate::text::others;
use crate::value::same;

/// Who has a schema: what of a message it describes, who meets it, and the name that the place gives to the type.
pub(crate) struct Holder {
    pub(crate) carrier: Carrier,
    pub(crate) written: Written,
    /// It is never left out.
    pub(crate) always: bool,
    /// `None` for a component, whoever uses it.
    pub(crate) reach: Option<Reach>,
    pub(crate) type_names: (String, String),
}

impl Holder {
    /// The schema that it holds.
    fn part<'d>(self, old: Node<'d>, new: Node<'d>) -> Part<'d> {
        let Holder { carrier, written, always, reach, type_names } = self;
        let context = Context { optional: None, type_names, untyped: carrier == Carrier::Header };
        let role = match reach {
            Some(reach) => Role::Message { written, always, reach },
            None => Role::Component,
        };
        Part { old: Slot::of(old), new: Slot::of(new), context, role }
    }
}

/// The schemas under `schema`; one that is missing allows anything.
pub(crate) fn schema<'d>(old: &Node<'d>, new: &Node<'d>, holder: Holder) -> Option<Part<'d>> {
    let any = |node: &Node<'d>| Node::new(&Value::Bool(true), &node.below("schema"));
    let (before, after) = (old.get("schema"), new.get("schema"));
    (before.is_some() || after.is_some())
        .then(|| holder.part(before.unwrap_or_else(|| any(old)), after.unwrap_or_else(|| any(new))))
}

/// A schema, or content of one media type.
pub(crate) fn judge<'d>(old: &Node<'d>, new: &Node<'d>, holder: Holder) -> Findings<'d> {
    let mut out = Findings::default();
    match (old.get("content"), new.get("content")) {
        (None, None) => out.parts.extend(schema(old, new, holder)),
        (Some(before), Some(after)) => {
            let reach: Vec<Reach> = holder.reach.iter().cloned().collect();
            match (only(&before), only(&after)) {
                (Some((old_type, old_media)), Some((new_type, new_media)))
                    if media_name(old_type) == media_name(new_type) =>
                {
                    out.add(others(&old_media, &new_media, &["schema"], &reach));
                    let written = written(old_type, &[&old_media, &new_media]);
                    out.parts.extend(schema(&old_media, &new_media, Holder { written, ..holder }));
                }
                _ if same(before.value, after.value) => {}
                _ => {
                    out.seen.whole(&before);
                    out.seen.whole(&after);
                    let found = Found::cannot_judge(before.place(), after.place(), "").wire(Wire::Breaking);
                    let found = found.source(Source::Breaking).says("", "`content` names other media types");
                    out.report(found.reaches(&reach));
                }
            }
        }
        (before, after) => {
            let at = |content: &Option<Node<'d>>, node: &Node<'d>| {
                content.as_ref().map_or_else(|| Some(node.below("schema")), Node::place)
            };
            let found = Found::cannot_judge(at(&before, old), at(&after, new), "");
            let found = found.says("", "is described by `content` on one side and by `schema` on the other");
            out.report(found.reaches(holder.reach.as_slice()));
            let keys = [(old, "schema"), (old, "content"), (new, "schema"), (new, "content")];
            keys.into_iter().filter_map(|(node, key)| node.get(key)).for_each(|node| out.seen.whole(&node));
        }
    }
    out
}

/// The entry of a mapping that has one.
fn only<'d>(content: &Node<'d>) -> Option<(&'d str, Node<'d>)> {
    let mut entries = content.entries();
    entries.pop().filter(|_| entries.is_empty())
}

/// How a media type writes what its schema describes.
pub(crate) fn written(media_type: &str, media: &[&Node<'_>]) -> Written {
    let essence = essence(media_type);
    match essence.as_str() {
        "application/x-www-form-urlencoded" | "multipart/form-data" => {
            let encodings = media.iter().filter_map(|media| media.get("encoding"));
            let is_other = |encoding: &Node<'_>| encoding.text("contentType").is_some_and(|it| it != "text/plain");
            let others = encodings.flat_map(|encodings| encodings.entries()).filter(|(_, encoding)| is_other(encoding));
            Written::Form(others.map(|(name, _)| name.to_owned()).collect())
        }
        "application/xml" => Written::Xml,
        other if other.ends_with("/xml") || other.ends_with("+xml") => Written::Xml,
        other if other.starts_with("text/") => Written::Text,
        _ => Written::Json,
    }
}

/// A media type in the one spelling in which two of them are compared.
pub(crate) fn media_name(name: &str) -> String {
    let mut parameters: Vec<String> = name
        .split(';')
        .skip(1)
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once('=') {
            Some((name, value)) => format!("{}={}", name.trim().to_ascii_lowercase(), value.trim()),
            None => part,
        })
        .collect();
    parameters.sort();
    parameters.insert(0, essence(name));
    parameters.join("; ")
}
