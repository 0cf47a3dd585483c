//! Compares the encoding of the parts of a body, by field name or by position in a sequence.
//!
//! It compares effective values, including defaults if the type of a field determines them.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde_json::Value;
use zerogate_contract::media::essence;

use crate::change::{Caller, Reach, Wire};
use crate::found::{Findings, Found};
use crate::kind::{Effect, Kind, kind};
use crate::meaning::{Rest, Types, View, view};
use crate::media::Media;
use crate::node::{Node, Slot, place};
use crate::side::{Side, Sides};
use crate::text::others;
use crate::value::{alike, quote, quote_list, quote_text};

/// The fields of a media type, or of an encoding, that describe the encoding of parts.
pub(crate) const ENCODES: [&str; 3] = ["encoding", "prefixEncoding", "itemEncoding"];

/// The encodings by part name.
type Parts<'d> = BTreeMap<String, Node<'d>>;

/// Compares the encodings of two media types with the same name. `sent`: the client sends them.
pub(crate) fn judge<'d>(
    sides: &Sides<'d>,
    media_type: &str,
    old: &Node<'d>,
    new: &Node<'d>,
    sent: bool,
    reach: &[Reach],
) -> Findings<'d> {
    let mut out = Findings::default();
    let (mut before, mut after) = (Parts::new(), Parts::new());
    // An encoding may contain encodings: readers must support one level, and no more.
    for (node, parts) in [(old, &mut before), (new, &mut after)] {
        collect(node, "", parts);
        for (name, part) in parts.clone() {
            collect(&part, &format!("{name}."), parts);
        }
        ENCODES.iter().filter_map(|key| node.get(key)).for_each(|node| out.seen.whole(&node));
    }
    let names: Vec<&String> = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    if names.is_empty() {
        return out;
    }
    let changed: &'static Kind =
        if sent { kind!("request-body-encoding-changed") } else { kind!("response-body-encoding-changed") };
    // What the server sends without a request must stay readable.
    let must_stay = sent || reach.iter().any(|reach| reach.caller != Caller::Client);
    let forms = [(&sides.old, old), (&sides.new, new)].map(|(side, media)| Form::of(side, media_type, media));
    // Parts with the same change are reported together.
    let mut told: BTreeMap<(Wire, String), Vec<&str>> = BTreeMap::new();
    let mut first = BTreeMap::new();
    for name in names {
        let (was, is) = (before.get(name), after.get(name));
        if let (Some(was), Some(is)) = (was, is) {
            let mut texts = others(was, is, &[&KNOWN[..], &ENCODES[..]].concat(), reach);
            out.found.append(&mut texts.found);
        }
        if let Some((key, wire, what)) = part(&forms, name, [was, is], sent, must_stay) {
            let at = |node: Option<&Node<'_>>| node.and_then(|node| node.place_of(key)).or_else(|| place(node));
            first.entry((wire, what.clone())).or_insert_with(|| (at(was), at(is)));
            told.entry((wire, what)).or_default().push(name.as_str());
        }
    }
    for ((wire, what), names) in told {
        let (old_at, new_at) = first.remove(&(wire, what.clone())).unwrap_or_default();
        let found = Found::new(changed, old_at, new_at, "").wire(wire);
        let found = match forms[1].kind {
            // Elsewhere an encoding has no meaning.
            FormKind::None => Found { doc_only: true, ..found.effect(Effect::NONE) },
            _ => found,
        };
        let parts = if names.len() == 1 { "the part" } else { "the parts" };
        let topic = format!("{parts} {}", quote_list(names));
        let cause = format!("{media_type}: {topic} {what}");
        out.report(found.once(&cause).says(topic, what).reaches(reach));
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

/// The keys of an encoding that are judged.
const KNOWN: [&str; 5] = ["contentType", "headers", "style", "explode", "allowReserved"];
const STYLED: [&str; 3] = ["style", "explode", "allowReserved"];

/// The kind of form that a body is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum FormKind {
    /// A query string in the body.
    Query,
    Multipart,
    None,
}

/// A body that is encoded part by part.
struct Form<'s, 'd> {
    side: &'s Side<'d>,
    kind: FormKind,
    fields: View<'d>,
}

/// How a part is encoded.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Way {
    /// As content with one of some media types.
    Content(Vec<String>),
    /// Like a query parameter.
    Styled { style: String, explode: bool, reserved: bool },
}

impl<'s, 'd> Form<'s, 'd> {
    fn of(side: &'s Side<'d>, media_type: &str, media: &Node<'d>) -> Self {
        let name = essence(media_type);
        let kind = match name.split_once('/') {
            Some(("multipart", _)) => FormKind::Multipart,
            Some(("application", "x-www-form-urlencoded")) => FormKind::Query,
            _ => FormKind::None,
        };
        let fields = media.get("schema").map(|schema| view(side, &Slot::of(schema))).unwrap_or_default();
        Form { side, kind, fields }
    }

    /// Whether the schema lists all fields, and this is not one of them.
    fn lacks(&self, name: &str) -> bool {
        let fields = &self.fields;
        let open = fields.additional.slot().is_some() || !fields.unions.is_empty() || !fields.inner.is_empty();
        !fields.properties.is_empty() && !open && !fields.properties.contains_key(name)
    }

    /// The encoding of a field; `None` if its type does not determine it.
    fn way(&self, name: &str, encoding: Option<&Node<'_>>) -> Option<Way> {
        let field = self.fields.properties.get(name).map(|slot| view(self.side, slot))?;
        let kind = Field::of(&field)?;
        let item = match &field.items {
            Rest::Schema(items) if kind == Field::List => Field::of(&view(self.side, items))?,
            _ => kind,
        };
        let is_query = self.kind == FormKind::Query;
        let written = |key: &str| encoding.and_then(|encoding| encoding.value.get(key));
        let content = written("contentType").and_then(Value::as_str).map(media_types);
        if (is_query || self.side.modern) && STYLED.iter().any(|key| written(key).is_some()) {
            let style = written("style").and_then(Value::as_str).unwrap_or("form").to_owned();
            let flag = |key: &str| written(key).and_then(Value::as_bool);
            let explode = flag("explode").unwrap_or(style == "form");
            let reserved = flag("allowReserved") == Some(true);
            // A single string is the same in any style, and repeated parts are the default for a list.
            let is_plain = kind == Field::Text || kind == Field::List && style == "form" && explode;
            return Some(match (is_plain, is_query) {
                (true, false) => Way::Content(vec![item.content().to_owned()]),
                (true, true) => Way::Styled { style: "form".to_owned(), explode: true, reserved },
                (false, _) => Way::Styled { style, explode, reserved },
            });
        }
        let is_text = content.as_ref().is_none_or(|content| *content == [Field::Text.content()]);
        if is_query && item == Field::Text && is_text {
            return Some(Way::Styled { style: "form".to_owned(), explode: true, reserved: false });
        }
        Some(Way::Content(content.unwrap_or_else(|| vec![item.content().to_owned()])))
    }
}

/// The kind of value of a field, if it affects the encoding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field {
    Text,
    Bytes,
    List,
    Object,
}

impl Field {
    fn of(view: &View<'_>) -> Option<Self> {
        let types = view.types.without(Types::NULL);
        if !view.unions.is_empty() || types == Types::NONE {
            return None;
        }
        match types {
            Types::ARRAY => Some(Self::List),
            Types::OBJECT => Some(Self::Object),
            types if !Types::SCALAR.holds(types) => None,
            _ if view.formats.iter().any(|format| format.value == "binary") => Some(Self::Bytes),
            _ => Some(Self::Text),
        }
    }

    /// The default media type.
    fn content(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Bytes => "application/octet-stream",
            Self::List | Self::Object => "application/json",
        }
    }
}

/// The change of one part: the keyword, the effect, and the text of the message.
fn part(
    forms: &[Form<'_, '_>; 2],
    name: &str,
    [was, is]: [Option<&Node<'_>>; 2],
    sent: bool,
    must_stay: bool,
) -> Option<(&'static str, Wire, String)> {
    let written = |node: Option<&Node<'_>>, key: &str| node.and_then(|node| node.value.get(key)).cloned();
    let differs = |key: &&str| !alike(written(was, key).as_ref(), written(is, key).as_ref());
    // Added and removed fields are reported as such.
    if !KNOWN.iter().any(differs) || forms.iter().any(|form| form.lacks(name)) {
        return None;
    }
    let changes = if must_stay { Wire::Breaking } else { Wire::Risky };
    let [old, new] = [(&forms[0], was), (&forms[1], is)].map(|(form, node)| form.way(name, node));
    let of_way = match (old, new) {
        (Some(old), Some(new)) => old.changed_to(&new, sent, changes),
        _ => KNOWN.into_iter().filter(|key| *key != "headers" && differs(key)).find_map(|key| {
            let shown = |node| written(node, key).as_ref().map_or_else(|| "none".to_owned(), quote);
            let what = format!("changed `{key}` from {} to {}", shown(was), shown(is));
            // The default of a missing key depends on the type of the field.
            let known = key != "contentType" || written(was, key).is_some() && written(is, key).is_some();
            let same = key == "contentType" && listed(was) == listed(is);
            let (before, after) = (listed(was), listed(is));
            let more = key == "contentType" && if sent { holds(&after, &before) } else { holds(&before, &after) };
            let wire = match (known, more) {
                (false, _) => Wire::Risky,
                (true, true) => Wire::Compatible,
                (true, false) => changes,
            };
            (!same).then_some((key, wire, what))
        }),
    };
    let [before, after] = [was, is].map(headers);
    let required =
        |headers: &BTreeMap<&str, Node<'_>>| headers.values().filter(|header| header.flag("required")).count();
    let more = required(&after) > required(&before);
    let is_alike = |(name, header): (&&str, &Node<'_>)| {
        after.get(name).is_some_and(|other| alike(Some(header.value), Some(other.value)))
    };
    let has_other = before.len() != after.len() || !before.iter().all(is_alike);
    let of_headers = has_other.then(|| {
        let wire = if more == sent { changes } else { Wire::Compatible };
        ("headers", wire, "has other headers".to_owned())
    });
    let of_headers = of_headers.filter(|_| forms.iter().all(|form| form.kind != FormKind::Query));
    [of_way, of_headers].into_iter().flatten().max_by_key(|(_, wire, _)| *wire)
}

impl Way {
    /// The effect of another encoding of a part; `changes` if nothing else is known.
    fn changed_to(&self, new: &Way, sent: bool, changes: Wire) -> Option<(&'static str, Wire, String)> {
        if self == new {
            return None;
        }
        let (key, wire) = match (self, new) {
            (Way::Content(before), Way::Content(after)) => {
                let more = if sent { holds(after, before) } else { holds(before, after) };
                ("contentType", if more { Wire::Compatible } else { changes })
            }
            (Way::Styled { style, explode, .. }, Way::Styled { style: new_style, explode: new_explode, reserved }) => {
                match (style == new_style, explode == new_explode) {
                    (true, true) if *reserved == sent => ("allowReserved", Wire::Compatible),
                    (true, true) => ("allowReserved", Wire::Risky),
                    (true, false) => ("explode", changes),
                    (false, _) => ("style", changes),
                }
            }
            (Way::Content(_), Way::Styled { .. }) | (Way::Styled { .. }, Way::Content(_)) => ("style", changes),
        };
        Some((key, wire, format!("changed from {self} to {new}")))
    }
}

impl Display for Way {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Way::Content(media_types) => f.write_str(&quote_list(media_types.iter().map(String::as_str))),
            Way::Styled { style, explode, reserved } => {
                let how = if *explode { "exploded" } else { "not exploded" };
                let reserved = if *reserved { ", with reserved characters" } else { "" };
                write!(f, "{} {how}{reserved}", quote_text(style))
            }
        }
    }
}

fn listed(node: Option<&Node<'_>>) -> Vec<String> {
    node.and_then(|node| node.text("contentType")).map(media_types).unwrap_or_default()
}

/// The media types of a part, any of which it may have.
fn media_types(list: &str) -> Vec<String> {
    let mut names: Vec<String> = list.split(',').map(essence).collect();
    names.sort();
    names
}

/// Whether each of some media types is in a list, or in a range of the list.
fn holds(all: &[String], some: &[String]) -> bool {
    let is_in = |one: &String, range: &String| matches!(Media::of(one, range), Some(Media::Same | Media::Wider));
    some.iter().all(|one| all.iter().any(|range| is_in(one, range)))
}

/// The headers of a part. `contentType` describes `Content-Type`, and it is ignored here.
fn headers<'d>(node: Option<&Node<'d>>) -> BTreeMap<&'d str, Node<'d>> {
    let headers = node.and_then(|node| node.get("headers"));
    let headers = headers.iter().flat_map(Node::entries);
    headers.filter(|(name, _)| !name.eq_ignore_ascii_case("content-type")).collect()
}
