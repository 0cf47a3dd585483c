//! Integers beyond 64 bits: their values are approximations, so two different ones may be the same float.

use std::rc::Rc;

use serde_json::Value;
use zerogate_contract::pointer;
use zerogate_contract::reach::References;
use zerogate_contract::vocabulary::{Holds, Node};

use crate::found::{Findings, Found};
use crate::side::Sides;
use crate::text::{changed, is_doc, is_extension};
use crate::unresolved::users;
use crate::value::{quote_text, same};

/// Reports the integers at the same places that differ only in digits that a float does not have.
pub(crate) fn judge<'d>(sides: &Sides<'d>) -> Findings<'d> {
    let (old, new) = (sides.old.document, sides.new.document);
    let mut out = Findings::default();
    if !(old.has_long_integers() && new.has_long_integers()) {
        return out;
    }
    let references = References::of(new);
    let mut open = vec![(String::new(), Inside::Node(Node::Document), old.value(), new.value())];
    while let Some((at, inside, before, after)) = open.pop() {
        let below = |key: &str| (pointer::join(&at, key), inside.below(key));
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => open.extend(before.iter().filter_map(|(key, value)| {
                let (at, inside) = below(key);
                Some((at, inside, value, after.get(key)?))
            })),
            (Value::Array(before), Value::Array(after)) => {
                open.extend(before.iter().zip(after).enumerate().map(|(index, (before, after))| {
                    let (at, inside) = below(&index.to_string());
                    (at, inside, before, after)
                }));
            }
            (Value::Number(_), Value::Number(_)) if same(before, after) => {
                let digits = old.long_integer(&at).zip(new.long_integer(&at));
                let Some((was, is)) = digits.filter(|(was, is)| was != is) else { continue };
                if let Inside::Text(keyword) = inside {
                    out.report(changed(&keyword, Some(at.clone()), Some(at)));
                    continue;
                }
                let what = format!("changed to {}, which is compared as the same number", quote_text(is));
                let found = Found::cannot_judge(Some(at.clone()), Some(at.clone()), "").always();
                let reach = users(&sides.new, &references, &[at]);
                out.report(found.says(format!("the integer {}", quote_text(was)), what).reaches(&reach));
            }
            _ => {}
        }
    }
    out
}

/// What a walk is inside of.
#[derive(Clone)]
enum Inside {
    Node(Node),
    /// Nodes by name or in a sequence, with or without extensions among them.
    Nodes(Node, bool),
    /// A keyword for people, or an extension.
    Text(Rc<str>),
    Other,
}

impl Inside {
    fn below(&self, key: &str) -> Inside {
        match self {
            Inside::Node(_) if is_doc(key) => Inside::Text(key.into()),
            Inside::Nodes(_, true) if is_extension(key) => Inside::Text(key.into()),
            Inside::Nodes(node, _) => Inside::Node(*node),
            // Its keys are URLs.
            Inside::Node(Node::Callback) => Inside::Node(Node::PathItem),
            Inside::Node(node) => match node.field(key).map(|field| field.holds) {
                Some(Holds::One(inner) | Holds::OneOrFlag(inner)) => Inside::Node(inner),
                Some(Holds::Map(inner) | Holds::List(inner)) => Inside::Nodes(inner, false),
                Some(Holds::Keyed(inner)) => Inside::Nodes(inner, true),
                _ => Inside::Other,
            },
            other => other.clone(),
        }
    }
}
