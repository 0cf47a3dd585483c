//! Paths with parameters in them.

/// A path without the names of its parameters, and these names; or what is wrong with it.
///
/// ```
/// use zerogate_contract::template;
///
/// assert_eq!(template("/gate_sessions/{id}/{page}.csv"), Ok(("/gate_sessions/{}/{}.csv".to_owned(), vec!["id", "page"])));
/// assert_eq!(template("/{id"), Err("does not close a brace"));
/// ```
///
/// # Errors
///
/// Its braces do not stand around names, as the end of a sentence about the path.
pub fn template(path: &str) -> Result<(String, Vec<&str>), &'static str> {
    let (mut plain, mut names) = (String::new(), Vec::new());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        if before.contains('}') {
            return Err("closes a brace that is not open");
        }
        let (name, after) = after.split_once('}').ok_or("does not close a brace")?;
        if name.is_empty() || name.contains(['{', '/']) {
            return Err("has a parameter without a proper name");
        }
        plain.push_str(before);
        plain.push_str("{}");
        names.push(name);
        rest = after;
    }
    plain.push_str(rest);
    if rest.contains('}') { Err("closes a brace that is not open") } else { Ok((plain, names)) }
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn broken_templates_are_refused() {
        for path in ["/{a", "/a}", "/{a}}", "/{a/b}", "/{}", "/{{a}}"] {
            assert!(template(path).is_err(), "{path}");
        }
    }
}
