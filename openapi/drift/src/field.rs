//! The path of a field from the body of a message: `data`, `[]` and `id` are `data[].id`.

use std::rc::Rc;

/// How long the path of a field may be.
pub(crate) const MAX_FIELD: usize = 300;

/// One path behind the other.
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

/// A path and what is below it, as long as a path may be.
pub(crate) fn longer(path: &Rc<str>, more: &str) -> Rc<str> {
    let is_whole = more.is_empty() || path.len() > MAX_FIELD;
    if is_whole { Rc::clone(path) } else { shortened(join(path, more)).into() }
}

/// The beginning of a path that is longer than it may be.
pub(crate) fn shortened(path: String) -> String {
    if path.len() > MAX_FIELD { path.chars().take(MAX_FIELD).chain(['…']).collect() } else { path }
}
