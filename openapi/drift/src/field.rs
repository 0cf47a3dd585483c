//! Paths of fields from the body of a message: `data`, `[]` and `id` become `data[].id`.

use std::rc::Rc;

/// The maximum length of a field path.
pub(crate) const MAX_FIELD: usize = 300;

/// Joins two paths.
pub(crate) fn join(path: &str, more: &str) -> String {
    let mut joined = path.to_owned();
    append(&mut joined, more);
    joined
}

pub(crate) fn append(path: &mut String, more: &str) {
    if !(path.is_empty() || more.is_empty() || more.starts_with('[')) {
        path.push('.');
    }
    path.push_str(more);
}

/// Extends a path, up to the maximum length.
pub(crate) fn longer(path: &Rc<str>, more: &str) -> Rc<str> {
    let is_whole = more.is_empty() || path.len() > MAX_FIELD;
    if is_whole { Rc::clone(path) } else { shortened(join(path, more)).into() }
}

/// Shortens a path to the maximum length.
pub(crate) fn shortened(path: String) -> String {
    if path.len() > MAX_FIELD { path.chars().take(MAX_FIELD).chain(['…']).collect() } else { path }
}
