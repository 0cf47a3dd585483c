//! The names of generated types: what a schema that moves, or refers elsewhere, does to them.

use super::change::Source;
use super::engine::Engine;
use super::found::Found;
use super::schema::Compared;
use super::side::{Node, Side};
use super::value::{quote_text, same};
use super::view::{Types, View};
use serde_json::Value;
use zerogate_contract::names::pascal;
use zerogate_contract::{component, reference};

/// What names the type at a place.
#[derive(Debug)]
enum Named {
    /// A component.
    Component(String),
    /// The place itself.
    InPlace,
}

impl<'d> Engine<'d> {
    /// Compares the names of the types of a pair; `title` may be one.
    pub(super) fn names(&mut self, compared: &mut Compared<'d>) -> Naming {
        let mut naming = Naming::default();
        let Some(pair) = self.pairs.get(compared.pair) else {
            return naming;
        };
        let ([old], [new]) = (pair.old.parts.as_slice(), pair.new.parts.as_slice()) else {
            return naming;
        };
        let (old, new) = (old.clone(), new.clone());
        let (was, is) = (named(&self.old, &old), named(&self.new, &new));
        let (places, views) = (compared.context.type_names.clone(), (&compared.old, &compared.new));
        let old_name = in_place(&old, views.0, &place_name(&self.old, &old, &places.0));
        let new_name = in_place(&new, views.1, &place_name(&self.new, &new, &places.1));
        let at = (Some(old.at.to_string()), Some(new.at.to_string()));
        let untyped = compared.context.untyped;
        match (was, is) {
            (Named::Component(was), Named::Component(is))
                if was != is && self.renames.to.get(&was).is_none_or(|to| *to != is) && !untyped =>
            {
                let what = format!("refers to {} in place of {}", quote_text(&is), quote_text(&was));
                let found = Found::new(super::found::Name::Fixed("schema-reference-changed"), at.0, at.1, what);
                naming = Naming::of(found.breaks_source_if(pascal(&was) != pascal(&is)));
            }
            (Named::InPlace, Named::Component(is)) => {
                let fresh = self.old.target(&format!("#{}", schema_at(&is))).filter(|known| known.value.is_object());
                let copy = fresh.as_ref().is_some_and(|known| old_name.is_some() && same_shape(known.value, old.value));
                if fresh.is_none() {
                    self.moved.insert(is.clone());
                }
                let same_name = fresh.is_none() && old_name.as_deref() == Some(pascal(&is).as_str());
                if !copy && !same_name && !untyped && !is_home(&old) {
                    let what = format!("now refers to the component {}, and its type has that name", quote_text(&is));
                    let found = Found::new(super::found::Name::Fixed("schema-extracted"), at.0, at.1, what);
                    naming = Naming::of(found.source(Source::Breaking));
                }
            }
            (Named::Component(was), Named::InPlace) => {
                let known = self.new.target(&format!("#{}", schema_at(&was))).filter(|known| known.value.is_object());
                let copy = known.as_ref().is_some_and(|known| new_name.is_some() && same_shape(known.value, new.value));
                if known.is_none() {
                    self.moved.insert(was.clone());
                }
                let same_name = known.is_none() && new_name.as_deref() == Some(pascal(&was).as_str());
                if !copy && !same_name && !untyped && !is_home(&new) {
                    let what = format!(
                        "no longer refers to the component {}, after which its type was called",
                        quote_text(&was)
                    );
                    let found = Found::new(super::found::Name::Fixed("schema-inlined"), at.0, at.1, what);
                    naming = Naming::of(found.source(Source::Breaking));
                }
            }
            _ => {}
        }
        // A component that only refers to another one is a wrapper around its type, and no type of its own shape.
        naming.rewrapped =
            !untyped && is_home(&old) && is_home(&new) && is_wrapper(&self.old, &old) != is_wrapper(&self.new, &new);
        compared.titled = !untyped && !is_home(&old) && !is_home(&new) && old_name != new_name;
        if let Some(pair) = self.pairs.get_mut(compared.pair) {
            // What stands below a type is named after it.
            if let Some(name) = old_name {
                pair.context.type_names.0 = name;
            }
            if let Some(name) = new_name {
                pair.context.type_names.1 = name;
            }
            compared.context = pair.context.clone();
        }
        naming
    }

    /// Tells that a type has another name, unless its shape is another one as well: then that is the change.
    pub(super) fn settle_name(&mut self, pair: usize, naming: Naming) {
        if naming.found.is_none() && !naming.rewrapped {
            return;
        }
        let told = self.pairs.get(pair).into_iter().flat_map(|pair| &pair.found).map(|(place, _)| *place);
        let told: Vec<usize> = told
            .filter(|place| {
                self.found.get(*place).is_some_and(|known| {
                    !known.doc_only && known.name != super::found::Name::Fixed(super::ids::CANNOT_JUDGE)
                })
            })
            .collect();
        match (told.first().and_then(|place| self.found.get_mut(*place)), naming.found) {
            (Some(known), Some(found)) => {
                known.source = known.source.max(found.source);
                known.what = format!("{}: it {}", known.what, found.what);
            }
            (Some(known), None) => known.source = Source::Breaking,
            (None, Some(found)) => self.report_in(pair, found),
            (None, None) => {}
        }
    }
}

/// What became of the name of a type.
#[derive(Debug, Default)]
pub(super) struct Naming {
    found: Option<Found>,
    /// The two sides are described at places that have nothing to do with each other, and so are their texts.
    pub(super) elsewhere: bool,
    /// A component was a wrapper around another one's type, or is one now.
    rewrapped: bool,
}

impl Naming {
    fn of(found: Found) -> Self {
        Naming { found: Some(found), elsewhere: true, rewrapped: false }
    }
}

/// Whether two schemas are the same but for what people read.
fn same_shape(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return false;
    };
    let kept = |key: &&String| !super::gather::is_doc(key);
    one.keys().filter(kept).count() == other.keys().filter(kept).count()
        && one
            .iter()
            .filter(|(key, _)| kept(key))
            .all(|(key, value)| other.get(key).is_some_and(|known| same(value, known)))
}

fn schema_at(name: &str) -> String {
    zerogate_contract::pointer::join("/components/schemas", name)
}

fn is_home(node: &Node<'_>) -> bool {
    component(&format!("#{}", node.at)).is_some()
}

/// Whether a component names the type: by a reference, also one that only lets null in or stands alone in `allOf`.
fn named(side: &Side<'_>, node: &Node<'_>) -> Named {
    let name = |node: &Node<'_>| reference(node.value).and_then(component);
    if let Some(name) = name(node) {
        return Named::Component(name);
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let Some(members) = node.get(keyword) else {
            continue;
        };
        let described = ["properties", "enum", "type", "items"].iter().any(|key| node.value.get(*key).is_some());
        let members = members.items().into_iter();
        let members: Vec<Node<'_>> =
            members.filter(|member| !is_null(side, member) && !restricts_only(member)).collect();
        if let ([only], false) = (members.as_slice(), described)
            && let Some(name) = name(only)
        {
            return Named::Component(name);
        }
    }
    Named::InPlace
}

/// Whether a component is an `allOf` of one reference.
fn is_wrapper(side: &Side<'_>, node: &Node<'_>) -> bool {
    reference(node.value).is_none() && node.get("allOf").is_some() && matches!(named(side, node), Named::Component(_))
}

/// Whether a member of an `allOf` only restricts the others, which names no type.
fn restricts_only(node: &Node<'_>) -> bool {
    const SHAPING: [&str; 11] = [
        "$ref",
        "type",
        "enum",
        "const",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "allOf",
        "anyOf",
        "oneOf",
    ];
    node.object().is_some_and(|object| !SHAPING.iter().any(|key| object.contains_key(*key)))
}

fn is_null(side: &Side<'_>, node: &Node<'_>) -> bool {
    side.resolve(node).is_some_and(|node| node.text("type") == Some("null"))
}

/// The name that a place gives: after the component and the properties that lead there, or the last title on the way.
///
/// Not the way by which the schema was reached: a property that comes by `allOf` belongs to the schema that has it.
fn place_name(side: &Side<'_>, node: &Node<'_>, otherwise: &str) -> String {
    let Some(below) = node.at.strip_prefix("/components/schemas/") else {
        return otherwise.to_owned();
    };
    let mut tokens = zerogate_contract::pointer::tokens(&node.at).skip(3);
    let component = below.split('/').next().unwrap_or_default();
    let mut name = pascal(&zerogate_contract::pointer::unescape(component));
    let mut value = side.document.value().pointer(&format!("/components/schemas/{component}"));
    while let Some(token) = tokens.next() {
        value = value.and_then(|value| child(value, &token));
        let part = match &*token {
            "properties" => {
                let property = tokens.next().unwrap_or_default();
                value = value.and_then(|value| value.get(&*property));
                pascal(&property)
            }
            "items" => "Item".to_owned(),
            "additionalProperties" => "Value".to_owned(),
            _ => continue,
        };
        name.push_str(&part);
        let title = value.and_then(|value| value.get("title")).and_then(serde_json::Value::as_str);
        if let Some(title) = title.filter(|_| tokens.size_hint().1 != Some(0)) {
            name = pascal(title);
        }
        if name.len() > 500 {
            return String::new();
        }
    }
    name
}

fn child<'v>(value: &'v serde_json::Value, token: &str) -> Option<&'v serde_json::Value> {
    match value {
        serde_json::Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        other => other.get(token),
    }
}

/// The name of the type of a schema that is written in place, if it is one that has a name.
fn in_place(node: &Node<'_>, view: &View<'_>, place: &str) -> Option<String> {
    let types = view.types.without(Types::NULL);
    let texts = view.values.is_some() && types == Types::STRING;
    let named = texts || !view.properties.is_empty() || !view.unions.is_empty();
    let title = node.text("title").map(pascal).filter(|_| !is_home(node));
    named.then(|| title.unwrap_or_else(|| place.to_owned())).filter(|name| !name.is_empty())
}
