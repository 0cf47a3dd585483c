//! The path of a field from the body of a message: `data`, `[]` and `id` are `data[].id`.

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
