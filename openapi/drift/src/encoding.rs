//! Compares how the parts of a body are written: by the names of fields, or by their places in a sequence.

use std::collections::BTreeMap;

use serde_json::Value;
use zerogate_contract::media::essence;

use crate::change::{Reach, Wire};
use crate::found::{Findings, Found};
use crate::kind::{Kind, kind};
use crate::node::{Node, place};
use crate::text::others;
use crate::value::{alike, quote_text};

/// The fields of a media type, or of an encoding, that say how parts are written.
pub(crate) const ENCODES: [&str; 3] = ["encoding", "prefixEncoding", "itemEncoding"];

/// How a part is written, by what it is called.
type Parts<'d> = BTreeMap<String, Node<'d>>;

/// Compares the encodings of two media types. `sent` says that they are of a request.
pub(crate) fn judge<'d>(old: &Node<'d>, new: &Node<'d>, sent: bool, reach: &[Reach]) -> Findings<'d> {
    let mut out = Findings::default();
    let (mut before, mut after) = (Parts::new(), Parts::new());
    // An encoding may have encodings of its own: one level must be read, and no more is.
    for (node, parts) in [(old, &mut before), (new, &mut after)] {
        collect(node, "", parts);
        for (name, part) in parts.clone() {
            collect(&part, &format!("{name}."), parts);
        }
        ENCODES.iter().filter_map(|key| node.get(key)).for_each(|node| out.seen.whole(&node));
    }
    let names: Vec<&String> = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    for name in names {
        let (was, is) = (before.get(name), after.get(name));
        out.found.extend(part(name, was, is, sent).map(|found| found.reaches(reach)));
        if let (Some(was), Some(is)) = (was, is) {
            let mut texts = others(was, is, &[&KNOWN[..], &ENCODES[..]].concat(), reach);
            out.found.append(&mut texts.found);
        }
    }
    out
}

fn collect<'d>(node: &Node<'d>, before: &str, parts: &mut Parts<'d>) {
    let named = node.get("encoding");
    parts.extend(named.iter().flat_map(Node::entries).map(|(name, part)| (format!("{before}{name}"), part)));
    let first = node.get("prefixEncoding");
    let placed = first.iter().flat_map(Node::items).enumerate();
    parts.extend(placed.map(|(index, part)| (format!("{before}[{index}]"), part)));
    parts.extend(node.get("itemEncoding").map(|part| (format!("{before}[]"), part)));
}

/// What is judged of an encoding.
const KNOWN: [&str; 5] = ["contentType", "headers", "style", "explode", "allowReserved"];

/// What became of one part.
fn part(name: &str, was: Option<&Node<'_>>, is: Option<&Node<'_>>, sent: bool) -> Option<Found> {
    let value = |node: Option<&'_ Node<'_>>, key: &str| node.and_then(|node| node.value.get(key)).cloned();
    let differs = |key: &&&str| !alike(value(was, key).as_ref(), value(is, key).as_ref());
    let media_types = |node| value(node, "contentType").as_ref().and_then(Value::as_str).map(media_types);
    let mut worst = None;
    for key in KNOWN.iter().filter(differs) {
        let wire = match (*key, sent) {
            ("contentType", _) => match (media_types(was), media_types(is)) {
                (Some(before), Some(after)) if before == after => continue,
                (Some(before), Some(after)) if sent && before.iter().all(|one| after.contains(one)) => Wire::Compatible,
                (Some(_), Some(_)) if sent => Wire::Breaking,
                // What is sent without a word of it depends on the type of the field.
                _ => Wire::Risky,
            },
            ("headers", true) if required(is) > required(was) => Wire::Breaking,
            ("headers", true) => Wire::Compatible,
            (_, true) => Wire::Breaking,
            (_, false) => Wire::Risky,
        };
        if worst.is_none_or(|(_, known)| wire > known) {
            worst = Some((*key, wire));
        }
    }
    let (key, wire) = worst?;
    let changed: &'static Kind =
        if sent { kind!("request-body-encoding-changed") } else { kind!("response-body-encoding-changed") };
    let at = |node: Option<&Node<'_>>| node.and_then(|node| node.place_of(key)).or_else(|| place(node));
    let found = Found::new(changed, at(was), at(is), "").wire(wire);
    Some(found.says(format!("the part {}", quote_text(name)), format!("is written otherwise: its `{key}` has changed")))
}

/// The media types of a part, any of which it may have.
fn media_types(list: &str) -> Vec<String> {
    let mut names: Vec<String> = list.split(',').map(essence).collect();
    names.sort();
    names
}

/// How many headers a part must have.
fn required(node: Option<&Node<'_>>) -> usize {
    let headers = node.and_then(|node| node.get("headers"));
    headers.iter().flat_map(Node::entries).filter(|(_, header)| header.flag("required")).count()
}
