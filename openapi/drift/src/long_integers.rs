//! Integers beyond 64 bits: their values are approximations, so two different ones may be the same float.

use serde_json::Value;
use zerogate_contract::pointer;
use zerogate_contract::reach::References;

use crate::found::{Findings, Found};
use crate::side::Sides;
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
    let mut open = vec![(String::new(), old.value(), new.value())];
    while let Some((at, before, after)) = open.pop() {
        let below = |key: &str| pointer::join(&at, key);
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                open.extend(before.iter().filter_map(|(key, value)| Some((below(key), value, after.get(key)?))));
            }
            (Value::Array(before), Value::Array(after)) => {
                let items = before.iter().zip(after).enumerate();
                open.extend(items.map(|(index, (before, after))| (below(&index.to_string()), before, after)));
            }
            (Value::Number(_), Value::Number(_)) if same(before, after) => {
                let digits = old.long_integer(&at).zip(new.long_integer(&at));
                let Some((was, is)) = digits.filter(|(was, is)| was != is) else { continue };
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
