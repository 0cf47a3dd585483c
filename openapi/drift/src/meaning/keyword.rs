//! Reads the keywords of a schema one by one, if they are well-formed.

use serde_json::{Number, Value};
use zerogate_contract::pointer;

use super::bound::{At, Bound, is_upper, tighten};
use super::said::{Rest, says_nothing};
use super::view::View;
use crate::node::{Node, Slot};
use crate::side::Side;

pub(crate) fn is_schema(value: &Value) -> bool {
    value.is_object() || value.is_boolean()
}

/// Common patterns that every text matches.
const ALL_TEXTS: [&str; 12] =
    ["", "^", "$", ".*", "^.*", ".*$", "^.*$", "(.*)", "^(.*)$", r"[\s\S]*", r"^[\s\S]*$", "^(?:.*)$"];

pub(crate) fn matches_all(pattern: &str) -> bool {
    ALL_TEXTS.contains(&pattern)
}

pub(crate) fn slots<'d>(value: &'d Value, node: &Node<'d>, keyword: &str) -> Option<Vec<Slot<'d>>> {
    let items = value.as_array().filter(|items| items.iter().all(is_schema))?;
    let list = node.below(keyword);
    let slot = |(index, value)| Slot::of(Node::new(value, &pointer::join(&list, &usize::to_string(&index))));
    Some(items.iter().enumerate().map(slot).collect())
}

pub(crate) fn rest<'d>(side: &Side<'d>, schema: Node<'d>) -> Option<Rest<'d>> {
    match schema.value {
        Value::Bool(true) => Some(Rest::Any),
        Value::Bool(false) => Some(Rest::None(schema.at.to_string())),
        Value::Object(object) if object.is_empty() => Some(Rest::Any),
        Value::Object(_) if says_nothing(side, &schema) => Some(Rest::Whatever(Slot::of(schema))),
        Value::Object(_) => Some(Rest::Schema(Slot::of(schema))),
        _ => None,
    }
}

pub(crate) fn properties<'d>(value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
    let Some(object) = value.as_object().filter(|object| object.values().all(is_schema)) else {
        return false;
    };
    let map = node.below("properties");
    let slot = |name: &str, value| Slot::of(Node::new(value, &pointer::join(&map, name)));
    view.properties = object.iter().map(|(name, value)| (name.as_str(), slot(name, value))).collect();
    true
}

pub(crate) fn required<'d>(value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
    let Some(names) = value.as_array().filter(|names| names.iter().all(Value::is_string)) else {
        return false;
    };
    let list = node.below("required");
    for (index, name) in names.iter().enumerate() {
        if let Some(name) = name.as_str() {
            view.required.entry(name).or_insert_with(|| pointer::join(&list, &index.to_string()));
        }
    }
    true
}

pub(crate) fn inner<'d>(keyword: &'d str, value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
    let Some(object) = value.as_object().filter(|object| object.values().all(is_schema)) else {
        return false;
    };
    let map = node.below(keyword);
    for (name, value) in object {
        let slot = Slot::of(Node::new(value, &pointer::join(&map, name)));
        view.inner.insert((keyword, Some(name)), slot);
    }
    true
}

pub(crate) fn count<'d>(keyword: &'d str, value: &'d Value, at: String, view: &mut View<'d>) -> bool {
    value.as_number().map(|value| count_of(keyword, At { value, at }, view)).is_some()
}

pub(crate) fn count_of<'d>(keyword: &'d str, count: At<&'d Number>, view: &mut View<'d>) {
    // The default of `minContains` is 1.
    let says_nothing = keyword != "minContains" && !is_upper(keyword) && count.value.as_f64() == Some(0.0);
    if !says_nothing {
        view.count(keyword, count);
    }
}

pub(crate) fn flag(value: &Value, place: &mut Option<String>, at: impl Fn() -> String) -> bool {
    if value == &Value::Bool(true) {
        *place = Some(at());
    }
    value.is_boolean()
}

/// Reads a bound, whether `exclusiveMinimum` is a number or modifies `minimum`.
pub(crate) fn bound<'d>(keyword: &str, value: &'d Value, node: &Node<'d>, view: &mut View<'d>) -> bool {
    let lower = matches!(keyword, "minimum" | "exclusiveMinimum");
    let bound = match (keyword, value) {
        ("minimum", Value::Number(number)) => {
            Bound { number, exclusive: node.flag("exclusiveMinimum"), at: node.below(keyword) }
        }
        ("maximum", Value::Number(number)) => {
            Bound { number, exclusive: node.flag("exclusiveMaximum"), at: node.below(keyword) }
        }
        ("exclusiveMinimum", Value::Number(number)) | ("exclusiveMaximum", Value::Number(number)) => {
            Bound { number, exclusive: true, at: node.below(keyword) }
        }
        ("exclusiveMinimum" | "exclusiveMaximum", Value::Bool(exclusive)) => {
            // Without the other bound it has no effect, but was intended to have one.
            let sibling = if lower { "minimum" } else { "maximum" };
            return !exclusive || node.value.get(sibling).is_some_and(Value::is_number);
        }
        _ => return false,
    };
    tighten(if lower { &mut view.lower } else { &mut view.upper }, Some(bound), lower);
    true
}
