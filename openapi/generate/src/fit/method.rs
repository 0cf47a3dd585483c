//! Methods that the generator does not support: those without a field in OpenAPI 3.0, TRACE, and OPTIONS, for which it
//! calls a function that reqwest does not have.
//!
//! An operation with another method is generated in a free field of its path item, and its request then gets its own
//! method.

use serde_json::Value;
use zerogate_contract::methods::{Method, operations};

/// The fields in which an operation with another method can be generated. The generator treats them all alike.
const FREE: [&str; 6] = ["post", "put", "patch", "delete", OPTIONS, "get"];

const OPTIONS: &str = "options";

/// The operations with unsupported methods in a path item, each with the field that it is generated in; `None` if there
/// are not enough free fields.
pub(crate) fn stand_ins(item: &Value) -> impl Iterator<Item = (Method<'_>, &Value, Option<&'static str>)> {
    let mut free = FREE.into_iter().filter(|field| item.get(*field).is_none());
    let is_known = |method| matches!(method, Method::Fixed(field) if field == "head" || (field != OPTIONS && FREE.contains(&field)));
    let unknown = operations(item).filter(move |(method, operation)| operation.is_object() && !is_known(*method));
    unknown.map(move |(method, operation)| {
        let own = (method == Method::Fixed(OPTIONS)).then_some(OPTIONS);
        (method, operation, own.or_else(|| free.next()))
    })
}
