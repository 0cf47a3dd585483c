//! Components that webhooks and callbacks use: requests that the server makes, which are not judged.

use std::collections::HashSet;

use serde_json::Value;
use zerogate_contract::reach::owner;
use zerogate_contract::{Document, pointer, reference};

/// The entries of `components` that webhooks and callbacks lead to, by their pointers.
pub(crate) fn components(document: &Document) -> HashSet<String> {
    let mut open: Vec<&Value> = document.value().get("webhooks").into_iter().collect();
    let mut rest = vec![document.value()];
    while let Some(node) = rest.pop() {
        match node {
            Value::Object(entries) => {
                open.extend(entries.get("callbacks"));
                rest.extend(entries.values());
            }
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
    let mut found = HashSet::new();
    while let Some(node) = open.pop() {
        if let Some(at) = reference(node).and_then(pointer::of_reference)
            && let Some(entry) = entry(&at)
            && found.insert(entry.to_owned())
        {
            open.extend(document.value().pointer(entry));
        }
        match node {
            Value::Object(entries) => open.extend(entries.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// The entry of `components` that a pointer leads into.
pub(crate) fn entry(at: &str) -> Option<&str> {
    owner(at).filter(|owner| owner.starts_with("/components/"))
}
