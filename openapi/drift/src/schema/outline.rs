//! What schemas say, in whatever way they are written.

use std::collections::BTreeMap;

use serde_json::Value;
use zerogate_contract::vocabulary;
use zerogate_contract::walk::children;

use crate::node::Node;
use crate::side::Side;
use crate::text::is_doc;

/// The maximum length of an outline, and its depth.
const MAX_LENGTH: usize = 20_000;
const MAX_DEPTH: usize = 64;

/// A text that two schemas have in common if they say the same, except for texts for people: in another order, inline or
/// by reference, or as the only member of an `allOf`. `None` if it is too long.
pub(super) fn outline<'d>(side: &Side<'d>, node: &Node<'d>) -> Option<String> {
    Outline { side, trail: Vec::new(), left: MAX_LENGTH }.schema(node.value)
}

struct Outline<'s, 'd> {
    side: &'s Side<'d>,
    trail: Vec<&'d Value>,
    left: usize,
}

impl<'d> Outline<'_, 'd> {
    fn schema(&mut self, schema: &'d Value) -> Option<String> {
        if let Some(distance) = self.trail.iter().rev().position(|known| std::ptr::eq(*known, schema)) {
            return Some(format!("^{distance}"));
        }
        if self.trail.len() >= MAX_DEPTH {
            return None;
        }
        self.trail.push(schema);
        let found = self.within(schema);
        self.trail.pop();
        found
    }

    fn within(&mut self, schema: &'d Value) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        let node = Node::new(schema, "");
        if let Some(target) = self.side.bare_reference(&node) {
            return self.schema(self.side.target(target)?.value);
        }
        let Some(object) = schema.as_object() else { return self.text(schema.to_string()) };
        let said: Vec<_> = object.iter().filter(|(keyword, _)| !is_doc(keyword)).collect();
        if let [(keyword, members)] = said.as_slice()
            && *keyword == "allOf"
            && let Some([member]) = members.as_array().map(Vec::as_slice)
        {
            return self.schema(member);
        }
        let mut parts: BTreeMap<(&str, String), Option<String>> = BTreeMap::new();
        children(vocabulary::Node::Schema, object, &mut |step, _, inner| {
            let inner = self.schema(inner);
            parts.insert((step.field.name, format!("{:?}", step.key)), inner);
        });
        for (keyword, value) in said {
            if parts.keys().any(|(known, _)| known == keyword) {
                continue;
            }
            let part = match self.side.referred(&node).filter(|target| value == target) {
                Some(target) => self.side.target(target).and_then(|target| self.schema(target.value)),
                None => self.text(words(keyword, value)),
            };
            parts.insert((keyword, String::new()), part);
        }
        let parts = parts.into_iter().map(|((keyword, place), part)| Some(format!("{keyword}{place}:{}", part?)));
        Some(format!("{{{}}}", parts.collect::<Option<Vec<_>>>()?.join(",")))
    }

    fn text(&mut self, text: String) -> Option<String> {
        self.left = self.left.checked_sub(text.len())?;
        Some(text)
    }
}

/// The value of a keyword. The order of some lists has no meaning, and a single type is a list of one.
fn words(keyword: &str, value: &Value) -> String {
    match value {
        Value::Array(items) if matches!(keyword, "required" | "enum" | "type") => {
            let mut items: Vec<String> = items.iter().map(Value::to_string).collect();
            items.sort_unstable();
            items.dedup();
            items.join(",")
        }
        value => value.to_string(),
    }
}
