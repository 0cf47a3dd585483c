//! The table of cases, by topic.

mod base;
mod lost;
mod outcomes;
mod request;
mod responses;
mod retries;
mod routes;

use super::case::Case;

/// All cases, in the order of the report.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    [request::CASES, outcomes::CASES, retries::CASES, lost::CASES, responses::CASES, routes::CASES]
        .into_iter()
        .flatten()
}

/// Returns the case with this id.
#[must_use]
pub fn case(id: &str) -> Option<&'static Case> {
    cases().find(|case| case.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::rule::Level;

    #[test]
    fn every_case_has_a_unique_id_and_says_why() {
        const HEADINGS: [&str; 6] =
            ["Endpoint", "Production rules", "Request", "Response", "Cancel is only valid from open", "Errors"];
        let mut ids = BTreeSet::new();
        for Case { id, title, level, clause, why, checks, .. } in cases() {
            assert!(ids.insert(id), "{id} is there twice");
            assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
            for (text, is_sentence) in [(title, false), (clause, false), (why, true)] {
                assert!(text.len() > 1 && text.trim() == *text, "{id}: {text:?}");
                assert_eq!(text.ends_with('.'), is_sentence, "{id}: {text:?}");
            }
            let cites = HEADINGS.iter().any(|heading| clause.starts_with(heading));
            assert!(cites || *level == Level::Should, "{id}: {clause}");
            let judges = case(id).is_some_and(Case::judges_outcome);
            assert!(judges || !checks.is_empty(), "{id} judges nothing");
        }
    }
}
