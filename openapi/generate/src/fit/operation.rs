//! Ids of operations.

use std::collections::HashMap;

use serde_json::{Map, Value};
use zerogate_contract::methods::Method;
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::pointer::Path;

use super::finding::{Finding, Remedy};

/// Methods of the generated client that an operation must not shadow: its own, and those of its traits, which generated
/// and hand-written code calls.
const RESERVED: [&str; 9] =
    ["new", "new_with_client", "api_version", "baseurl", "client", "inner", "pre", "post", "exec"];

/// The ids of operations.
#[derive(Default)]
pub(super) struct Ids<'d> {
    /// By method name, with the places where they were seen.
    seen: HashMap<String, (&'d str, String)>,
}

impl<'d> Ids<'d> {
    /// Adds the id of an operation, and reports what is wrong with it.
    pub(super) fn take(
        &mut self,
        path: &Path<'_>,
        method: Method<'_>,
        template: &str,
        operation: &'d Map<String, Value>,
    ) -> (Option<&'d str>, Vec<Finding<'d>>) {
        let mut found = Vec::new();
        let Some(id) = operation.get("operationId") else {
            let made_up = format!("{}{}", snake(&method.sent()), pascal(template));
            found.push(Finding::wrong(
                path,
                "the operation has no `operationId`",
                format!("add one, such as `{made_up}`"),
            ));
            return (None, found);
        };
        let Some(id) = id.as_str() else { return (None, found) };
        let path = &path.key("operationId");
        if id.trim().is_empty() {
            found.push(Finding::wrong(path, "the `operationId` is empty", "name the operation"));
            return (None, found);
        }
        let method_name = snake(id);
        if RESERVED.contains(&method_name.as_str()) {
            let message = format!("the generated client already has a method `{method_name}`");
            found.push(Finding::limit(path, message, format!("use another id than `{id}`"), Remedy::Least));
        }
        let place = format!("{} {template}", method.sent());
        if let Some((other, elsewhere)) = self.seen.get(&method_name) {
            if *other == id {
                let message = format!("the operation id `{id}` is used by both {elsewhere} and {place}");
                found.push(Finding::wrong(path, message, "give one of them another id"));
            } else {
                let message = format!(
                    "the operations `{other}` ({elsewhere}) and `{id}` would both become the method `{method_name}`"
                );
                found.push(Finding::limit(path, message, "give one of them another id", Remedy::Least));
            }
        } else {
            self.seen.insert(method_name, (id, place));
        }
        (Some(id), found)
    }
}
