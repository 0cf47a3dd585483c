//! Checks that a session is unchanged.

use std::collections::BTreeSet;

use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::lab::Watched;
use crate::rules::verdict::{Finding, Judgement};
use crate::wire::Exchange;

/// Fields that are not compared.
pub(super) struct Ignoring(BTreeSet<String>);

impl Ignoring {
    pub(super) fn fields(fields: &[&str]) -> Self {
        Self(fields.iter().map(|field| (*field).to_owned()).collect())
    }

    pub(super) fn and<'f>(mut self, fields: impl IntoIterator<Item = &'f str>) -> Self {
        self.0.extend(fields.into_iter().map(str::to_owned));
        self
    }
}

/// Returns a finding for each documented field that differs between two responses with the same session. The field is
/// the case.
///
/// Other rules judge missing fields and undocumented ones.
pub(super) fn between(before: &Exchange, after: &Exchange, ignoring: &Ignoring) -> Judgement {
    let (Some(was), Some(is)) = (before.response.object(), after.response.object()) else {
        return Judgement::fine();
    };
    let compared = CONTRACT.session_fields.iter().filter(|field| !ignoring.0.contains(*field));
    let findings: Vec<Finding> = body::differing(compared, was, is)
        .into_iter()
        .map(|field| {
            let value = |session: &serde_json::Map<_, _>| session.get(field).map(|value| body::shown(field, value));
            let expected = format!("`{field}` unchanged: {}", value(was).unwrap_or_default());
            let finding = Finding::new(expected, value(is).unwrap_or_default(), after).beside([&before.sent]);
            finding.in_case(field)
        })
        .collect();
    findings.into()
}

/// The same for a watched session, which may be gone.
pub(super) fn watched(watched: &Watched, ignoring: &Ignoring) -> Vec<Finding> {
    if watched.is_gone() {
        let received = format!("{} when reading it", watched.after.response.status);
        let finding = Finding::new(format!("{} to still exist", watched.words), received, &watched.after);
        return vec![finding.beside([&watched.before.sent])];
    }
    let findings = between(&watched.before, &watched.after, ignoring).findings.into_iter();
    findings.map(|finding| Finding { expected: format!("{} in {}", finding.expected, watched.words), ..finding }).collect()
}
