//! Checks that a session is unchanged.

use std::collections::BTreeSet;

use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::lab::{Lab, Watched, restless_fields};
use crate::rules::verdict::{Finding, Judgement};
use crate::wire::Exchange;

/// Fields that are not compared.
pub(super) struct Ignoring(BTreeSet<&'static str>);

impl Ignoring {
    pub(super) fn nothing() -> Self {
        Self(BTreeSet::new())
    }

    /// Those that change by themselves.
    pub(super) async fn restless(lab: &Lab<'_>) -> Self {
        Self(restless_fields(lab).await)
    }

    pub(super) fn and(mut self, fields: &[&'static str]) -> Self {
        self.0.extend(fields);
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
    let compared = CONTRACT.session_fields.iter().filter(|field| !ignoring.0.contains(field.as_str()));
    let findings: Vec<Finding> = body::differing(compared, was, is)
        .into_iter()
        .map(|field| {
            let value = |session: &serde_json::Map<_, _>| session.get(field).map(|value| body::shown(field, value));
            let expected = format!("`{field}` unchanged: {}", value(was).unwrap_or_default());
            let received = was.get(field).zip(is.get(field)).map(|(was, is)| body::shown_in_place_of(field, was, is));
            let finding = Finding::new(expected, received.unwrap_or_default(), after).beside([&before.sent]);
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
    findings
        .map(|finding| Finding { expected: format!("{} in {}", finding.expected, watched.words), ..finding })
        .collect()
}
