//! Methods that the generator does not know: all but those that the model of OpenAPI 3.0 has fields for, TRACE, and OPTIONS,
//! for which it calls a function that reqwest does not have.
//!
//! An operation of another method is generated in a field of its path item that is free, and its request then gets its own
//! method.

use serde_json::Value;
use zerogate_contract::methods::{Method, operations};

/// The fields that an operation of another method can be generated in: of all of them the generator makes the same.
const FREE: [&str; 6] = ["post", "put", "patch", "delete", OPTIONS, "get"];

const OPTIONS: &str = "options";

/// The operations of a path item whose methods the generator does not know, each with the field that it is generated in;
/// without one, if there are more of them than free fields.
pub(crate) fn stand_ins(item: &Value) -> impl Iterator<Item = (Method<'_>, &Value, Option<&'static str>)> {
    let mut free = FREE.into_iter().filter(|field| item.get(*field).is_none());
    let is_known = |method| matches!(method, Method::Fixed(field) if field == "head" || (field != OPTIONS && FREE.contains(&field)));
    let unknown = operations(item).filter(move |(method, operation)| operation.is_object() && !is_known(*method));
    unknown.map(move |(method, operation)| {
        let own = (method == Method::Fixed(OPTIONS)).then_some(OPTIONS);
        (method, operation, own.or_else(|| free.next()))
    })
}
