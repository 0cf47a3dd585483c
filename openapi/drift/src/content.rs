//! Compares the content of a message, a parameter or a header: a schema, or content of some media types.

use serde_json::Value;
use zerogate_contract::media::essence;

use crate::change::{Carrier, Reach, Source, Wire};
use crate::encoding::{self, ENCODES};
use crate::field::append;
use crate::found::{Context, Findings, Found, Part, Role, Written};
use crate::kind::kind;
use crate::meaning::{Types, view};
use crate::media::{Media, suffix};
use crate::node::{Node, Slot, place};
use crate::side::{Side, Sides};
use crate::text::others;
use crate::value::same;

/// What a schema describes: the part of a message, who is affected, and the type name that the place gives.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) carrier: Carrier,
    pub(crate) written: Written,
    /// Whether it is always present.
    pub(crate) always: bool,
    /// `None` for a component.
    pub(crate) reach: Option<Reach>,
    pub(crate) type_names: (String, String),
}

impl Holder {
    /// The pair of schemas.
    fn part<'d>(self, old: Node<'d>, new: Node<'d>) -> Part<'d> {
        let Holder { carrier, written, always, reach, type_names } = self;
        let context = Context { type_names, untyped: carrier == Carrier::Header, ..Context::default() };
        let role = match reach {
            Some(reach) => Role::Message { written, always, reach },
            None => Role::Component,
        };
        Part { old: Slot::of(old), new: Slot::of(new), context, role }
    }
}

/// The schemas under `schema`; a missing one allows anything.
pub(crate) fn schema<'d>(old: &Node<'d>, new: &Node<'d>, holder: Holder) -> Option<Part<'d>> {
    let any = |node: &Node<'d>| Node::new(&Value::Bool(true), &node.below("schema"));
    let (before, after) = (old.get("schema"), new.get("schema"));
    (before.is_some() || after.is_some())
        .then(|| holder.part(before.unwrap_or_else(|| any(old)), after.unwrap_or_else(|| any(new))))
}

/// The keywords that describe a body: as a whole, or item by item.
const DESCRIBES: [&str; 2] = ["schema", "itemSchema"];

/// Compares two media types of a body that is sent or received.
///
/// Whether a sequence is described item by item or as a whole is a separate change.
pub(crate) fn media_type<'d>(
    sides: &Sides<'d>,
    name: &str,
    (old, new): (&Node<'d>, &Node<'d>),
    holder: Holder,
    sent: bool,
) -> Findings<'d> {
    let reach: Vec<Reach> = holder.reach.iter().cloned().collect();
    let mut out = others(old, new, &[&DESCRIBES[..], &ENCODES[..]].concat(), &reach);
    out.add(encoding::judge(sides, name, old, new, sent, &reach));
    let kind =
        if sent { kind!("request-body-item-schema-changed") } else { kind!("response-body-item-schema-changed") };
    let [(old_schema, old_item), (new_schema, new_item)] =
        [old, new].map(|node| (node.get("schema"), node.get("itemSchema")));
    if old_item.is_some() != new_item.is_some() {
        let at = |item: &Option<Node<'d>>, schema: &Option<Node<'d>>| place(item.as_ref().or(schema.as_ref()));
        let found = Found::new(kind, at(&old_item, &old_schema), at(&new_item, &new_schema), "");
        let (before, after) = match new_item {
            Some(_) => ("as a whole", "item by item"),
            None => ("item by item", "as a whole"),
        };
        out.report(found.says("", format!("the body is now described {after} instead of {before}")).reaches(&reach));
    }
    match (old_item, new_item) {
        (Some(before), Some(after)) => {
            // The schema describes the value of an item, not its encoding.
            let mut item = Holder { written: Written::Json, ..holder.clone() };
            item.reach.iter_mut().for_each(|reach| append(&mut reach.field, "[]"));
            let mut item = item.part(before, after);
            // Generated code reads the body as bytes.
            item.context.untyped = true;
            out.parts.push(item);
            out.parts.extend(schema(old, new, holder));
        }
        (None, None) => out.parts.extend(schema(old, new, holder)),
        (before, after) => {
            let both = old_schema.or(before).zip(new_schema.or(after));
            out.parts.extend(both.map(|(before, after)| holder.part(before, after)));
        }
    }
    out
}

/// Compares a schema, or content of one media type.
pub(crate) fn judge<'d>(sides: &Sides<'d>, old: &Node<'d>, new: &Node<'d>, holder: Holder) -> Findings<'d> {
    let mut out = Findings::default();
    match (old.get("content"), new.get("content")) {
        (None, None) => out.parts.extend(schema(old, new, holder)),
        (Some(before), Some(after)) => {
            let reach: Vec<Reach> = holder.reach.iter().cloned().collect();
            match (only(&before), only(&after)) {
                (Some((old_type, old_media)), Some((new_type, new_media)))
                    if Media::of(old_type, new_type) == Some(Media::Same) =>
                {
                    let sent = holder.carrier != Carrier::Header;
                    let written = written(old_type, &[&old_media, &new_media]);
                    let holder = Holder { written, ..holder };
                    out.add(media_type(sides, old_type, (&old_media, &new_media), holder, sent));
                }
                _ if same(before.value, after.value) => {}
                _ => {
                    out.seen.whole(&before);
                    out.seen.whole(&after);
                    let found = Found::cannot_judge(before.place(), after.place(), "").wire(Wire::Breaking);
                    let found = found.source(Source::Breaking).says("", "`content` has other media types");
                    out.report(found.reaches(&reach));
                }
            }
        }
        _ => out.add(redescribed(sides, old, new, holder)),
    }
    out
}

/// Compares a parameter or header that is described by `content` on one side and by `schema` on the other.
fn redescribed<'d>(sides: &Sides<'d>, old: &Node<'d>, new: &Node<'d>, holder: Holder) -> Findings<'d> {
    let mut out = Findings::default();
    let keys = [(old, "schema"), (old, "content"), (new, "schema"), (new, "content")];
    keys.into_iter().filter_map(|(node, key)| node.get(key)).for_each(|node| out.seen.whole(&node));
    // The encoding of a value, its schema and its types.
    let value = |side: &Side<'d>, node: &Node<'d>| {
        let (written, schema) = match node.get("content") {
            Some(content) => {
                let (name, media) = only(&content)?;
                (written(name, &[&media]), media.get("schema")?)
            }
            None => (Written::Text, node.get("schema")?),
        };
        let types = view(side, &Slot::of(schema.clone())).types.without(Types::NULL);
        let is_plain = node.text("style").is_none_or(|style| matches!(style, "form" | "simple"));
        Some((written, schema, types)).filter(|_| is_plain)
    };
    let is_header = holder.carrier == Carrier::Header;
    let reach: Vec<Reach> = holder.reach.iter().cloned().collect();
    let at = |node: &Node<'d>| node.get("content").or_else(|| node.get("schema")).and_then(|node| node.place());
    let found = match value(&sides.old, old).zip(value(&sides.new, new)) {
        Some(((old_written, before, were), (new_written, after, are))) => {
            let types = were.or(are);
            let is_json = [&old_written, &new_written].contains(&&Written::Json);
            let is_text = [&old_written, &new_written].iter().all(|it| **it == Written::Text);
            let quoted = Types::ARRAY.or(Types::OBJECT).or(Types::STRING);
            // Numbers and booleans are the same text in JSON.
            let is_same = is_text || is_json && !types.meets(quoted);
            if is_same && Types::SCALAR.holds(types) {
                out.parts.push(Holder { written: Written::Text, ..holder }.part(before, after));
                return out;
            }
            let kind = if is_header {
                kind!("response-header-style-changed")
            } else {
                kind!("request-parameter-style-changed")
            };
            (is_json && quoted.holds(types)).then(|| {
                let (before, after) = match new_written {
                    Written::Json => ("by its style", "as JSON"),
                    _ => ("as JSON", "by its style"),
                };
                Found::new(kind, at(old), at(new), "").says("", format!("is written {after} instead of {before}"))
            })
        }
        None => None,
    };
    let found = found.unwrap_or_else(|| {
        let found = Found::cannot_judge(at(old), at(new), "");
        found.says("", "is described by `content` in one contract and by `schema` in the other")
    });
    out.report(found.reaches(&reach));
    out
}

/// The only entry of a mapping, if it has exactly one.
fn only<'d>(content: &Node<'d>) -> Option<(&'d str, Node<'d>)> {
    let mut entries = content.entries();
    entries.pop().filter(|_| entries.is_empty())
}

/// Media types whose content is not JSON: text or bytes.
const BYTES: [&str; 5] = ["text", "image", "audio", "video", "font"];

/// How a media type encodes the value of its schema.
pub(crate) fn written(media_type: &str, media: &[&Node<'_>]) -> Written {
    let essence = essence(media_type);
    match essence.as_str() {
        "application/x-www-form-urlencoded" | "multipart/form-data" => {
            let encodings = media.iter().filter_map(|media| media.get("encoding"));
            let encodings: Vec<_> = encodings.flat_map(|encodings| encodings.entries()).collect();
            let named = |is: &dyn Fn(&Node<'_>) -> bool| {
                let names = encodings.iter().filter(|(_, encoding)| is(encoding));
                names.map(|(name, _)| (*name).to_owned()).collect()
            };
            let is_other = |encoding: &Node<'_>| encoding.text("contentType").is_some_and(|it| it != "text/plain");
            let is_joined = |encoding: &Node<'_>| {
                encoding.text("style").is_some_and(|style| style != "form")
                    || encoding.value.get("explode") == Some(&Value::Bool(false))
            };
            Written::Form(named(&is_other), named(&is_joined))
        }
        other if suffix(other) == Some("xml") => Written::Xml,
        "application/octet-stream" | "application/pdf" | "application/zip" | "application/gzip" => Written::Text,
        other if BYTES.iter().any(|kind| other.split_once('/').is_some_and(|(own, _)| own == *kind)) => Written::Text,
        _ => Written::Json,
    }
}
