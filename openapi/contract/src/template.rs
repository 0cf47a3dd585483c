//! Path templates.

/// Returns a path without the names of its parameters, and these names.
///
/// ```
/// use zerogate_contract::template;
///
/// assert_eq!(template("/gate_sessions/{id}/{page}.csv"), Ok(("/gate_sessions/{}/{}.csv".to_owned(), vec!["id", "page"])));
/// assert_eq!(template("/{id"), Err("has a `{` without a `}`"));
/// ```
///
/// # Errors
///
/// Returns what is wrong with its braces, as the end of a sentence about the path.
pub fn template(path: &str) -> Result<(String, Vec<&str>), &'static str> {
    let (mut plain, mut names) = (String::new(), Vec::new());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        if before.contains('}') {
            return Err("has a `}` without a `{`");
        }
        let (name, after) = after.split_once('}').ok_or("has a `{` without a `}`")?;
        if name.is_empty() || name.contains(['{', '/']) {
            return Err("has a parameter without a valid name");
        }
        plain.push_str(before);
        plain.push_str("{}");
        names.push(name);
        rest = after;
    }
    plain.push_str(rest);
    if rest.contains('}') { Err("has a `}` without a `{`") } else { Ok((plain, names)) }
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn broken_templates_are_rejected() {
        for path in ["/{a", "/a}", "/{a}}", "/{a/b}", "/{}", "/{{a}}"] {
            assert!(template(path).is_err(), "{path}");
        }
    }
}
