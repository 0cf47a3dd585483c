//! The names of generated types, and how moved schemas and changed references affect them.

use serde_json::Value;
use zerogate_contract::names::pascal;
use zerogate_contract::vocabulary::COMPOSITIONS;
use zerogate_contract::{component, pointer, reference};

use super::compared::Compared;
use crate::change::Source;
use crate::found::Found;
use crate::kind::kind;
use crate::meaning::{Types, View};
use crate::node::Node;
use crate::seen::Seen;
use crate::side::Side;
use crate::text::alike_but_for_docs;
use crate::value::quote_text;

/// The change of a type's name.
#[derive(Debug, Default)]
pub(crate) struct Naming {
    /// The difference that the name makes.
    pub(crate) found: Option<Found>,
    /// Whether the two sides are described at unrelated places, and so have unrelated texts.
    pub(super) elsewhere: bool,
    /// Whether a component was, or became, a wrapper around the type of another one.
    pub(crate) rewrapped: bool,
    /// Whether the names of the types differ, possibly because of a title.
    pub(super) titled: bool,
    /// A component that was, or became, an inline schema: not a change by itself.
    pub(crate) moved: Option<String>,
}

/// Compares the type names of a pair, and records them for inner types, which are named after it.
pub(super) fn judge(compared: &mut Compared<'_, '_>, seen: &mut Seen) -> Naming {
    let sides = compared.sides;
    let (Some(old), Some(new)) = (compared.old_slot.only(), compared.new_slot.only()) else {
        return Naming::default();
    };
    let untyped = compared.context.untyped || compared.context.apart.is_some();
    let (old_place, new_place) = &compared.context.type_names;
    let old_name = in_place(old, &compared.old, &place_name(&sides.old, old, old_place));
    let new_name = in_place(new, &compared.new, &place_name(&sides.new, new, new_place));
    let mut naming = Naming::default();
    match (component_of(&sides.old, old, seen), component_of(&sides.new, new, seen)) {
        (Some(was), Some(is)) => {
            let renamed = sides.renames.to.get(&was).is_some_and(|to| *to == is);
            if was != is && !renamed && !untyped {
                let what = format!("refers to {} instead of {}", quote_text(&is), quote_text(&was));
                let found = Found::new(kind!("schema-reference-changed"), old.place(), new.place(), what);
                naming.is(found.breaks_source_if(pascal(&was) != pascal(&is)));
            }
        }
        (None, Some(is)) => {
            if naming.moved_away(&sides.old, &is, old, old_name.as_deref()) && !untyped && !is_home(old) {
                let what = format!("now refers to the component {}, which names its type", quote_text(&is));
                let found = Found::new(kind!("schema-extracted"), old.place(), new.place(), what);
                naming.is(found.source(Source::Breaking));
            }
        }
        (Some(was), None) => {
            if naming.moved_away(&sides.new, &was, new, new_name.as_deref()) && !untyped && !is_home(new) {
                let what = format!("no longer refers to the component {}, which named its type", quote_text(&was));
                let found = Found::new(kind!("schema-inlined"), old.place(), new.place(), what);
                naming.is(found.source(Source::Breaking));
            }
        }
        (None, None) => {}
    }
    let homes = (is_home(old), is_home(new));
    // A component that only refers to another one wraps its type, and does not have its own shape.
    naming.rewrapped =
        !untyped && homes == (true, true) && is_wrapper(&sides.old, old, seen) != is_wrapper(&sides.new, new, seen);
    naming.titled = !untyped && homes == (false, false) && old_name != new_name;
    let names = &mut compared.context.type_names;
    names.0 = old_name.unwrap_or(std::mem::take(&mut names.0));
    names.1 = new_name.unwrap_or(std::mem::take(&mut names.1));
    naming
}

impl Naming {
    fn is(&mut self, found: Found) {
        (self.found, self.elsewhere) = (Some(found), true);
    }

    /// Records that one side is the component `name` where the other one, on `side`, is inline. Returns whether this
    /// renames the type.
    fn moved_away(&mut self, side: &Side<'_>, name: &str, node: &Node<'_>, type_name: Option<&str>) -> bool {
        match side.schema(name) {
            Some(known) => !(type_name.is_some() && alike_but_for_docs(known, node.value)),
            None => {
                self.moved = Some(name.to_owned());
                type_name != Some(pascal(name).as_str())
            }
        }
    }
}

fn is_home(node: &Node<'_>) -> bool {
    node.component().is_some()
}

/// The component that names the type: by a reference, including one that only adds null or is alone in an `allOf`.
///
/// Returns `None` if the place itself names it.
fn component_of<'d>(side: &Side<'d>, node: &Node<'d>, seen: &mut Seen) -> Option<String> {
    let name = |node: &Node<'_>| reference(node.value).and_then(component);
    if let Some(name) = name(node) {
        return Some(name);
    }
    let described = ["properties", "enum", "type", "items"].iter().any(|key| node.value.get(*key).is_some());
    if described {
        return None;
    }
    COMPOSITIONS.into_iter().find_map(|keyword| {
        let mut members = node.get(keyword)?.items();
        members.retain(|member| !is_null(side, member, seen) && !restricts_only(member));
        if let [only] = members.as_slice() { name(only) } else { None }
    })
}

/// Whether a component is an `allOf` of one reference.
fn is_wrapper<'d>(side: &Side<'d>, node: &Node<'d>, seen: &mut Seen) -> bool {
    reference(node.value).is_none() && node.value.get("allOf").is_some() && component_of(side, node, seen).is_some()
}

/// Whether a member of an `allOf` only adds restrictions, and so names no type.
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

fn is_null<'d>(side: &Side<'d>, node: &Node<'d>, seen: &mut Seen) -> bool {
    side.resolve(node, seen).is_some_and(|node| node.text("type") == Some("null"))
}

/// The name that a place gives: the component and the properties on the way, or the last title.
///
/// This is not the path by which the schema was reached: a property from `allOf` belongs to the schema that has it.
fn place_name(side: &Side<'_>, node: &Node<'_>, otherwise: &str) -> String {
    if !node.at.starts_with("/components/schemas/") {
        return otherwise.to_owned();
    }
    let mut tokens = pointer::tokens(&node.at).skip(2);
    let component = tokens.next().unwrap_or_default();
    let mut name = pascal(&component);
    let mut value = side.document.value().pointer(pointer::SCHEMAS).and_then(|schemas| schemas.get(&*component));
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
        let title = value.and_then(|value| value.get("title")).and_then(Value::as_str);
        if let Some(title) = title.filter(|_| tokens.size_hint().1 != Some(0)) {
            name = pascal(title);
        }
        if name.len() > 500 {
            return String::new();
        }
    }
    name
}

fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        other => other.get(token),
    }
}

/// The type name of an inline schema, if it has one.
fn in_place(node: &Node<'_>, view: &View<'_>, place: &str) -> Option<String> {
    let types = view.types.without(Types::NULL);
    let texts = view.values.is_some() && types == Types::STRING;
    let named = texts || !view.properties.is_empty() || !view.unions.is_empty();
    let title = node.text("title").map(pascal).filter(|_| !is_home(node));
    named.then(|| title.unwrap_or_else(|| place.to_owned())).filter(|name| !name.is_empty())
}
