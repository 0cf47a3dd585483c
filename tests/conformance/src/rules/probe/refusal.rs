//! Checks on requests that the server must refuse, and the error envelope.

use serde_json::{Map, Value};

use crate::evidence::body;
use crate::lab::{Attempt, Lab, Observation, Refused, refused};
use crate::rules::verdict::{Finding, Judged, Judgement};

/// Checks that the attempt was refused with this status.
pub(super) fn with(status: u16, observation: &Observation) -> Judgement {
    let to = format!("for a cancellation {}", observation.words);
    has_status(status, &to, &observation.attempt).in_case(&observation.case)
}

/// Checks that these requests get a 401. Each has its case, and words that follow "401".
pub(super) async fn unauthorized(lab: &Lab<'_>, requests: [(Refused, &str, &str); 2]) -> Judged {
    let mut judgement = Judgement::fine();
    for (index, (request, case, to)) in requests.into_iter().enumerate() {
        let attempt = refused(lab, request).await?;
        if index == 0 {
            attempt.offered()?;
        }
        let found = has_status(401, to, &attempt);
        judgement.findings.extend(found.in_case(case).findings);
    }
    Ok(judgement)
}

/// Checks that there is a response and that it has this status.
pub(super) fn has_status(status: u16, to: &str, attempt: &Attempt) -> Judgement {
    Judgement::unless(attempt.status() == Some(status), || Finding::of(format!("{status} {to}"), attempt))
}

/// A field of the error envelope.
pub(super) struct Field {
    pub(super) name: &'static str,
    kinds: &'static str,
    fits: fn(&Value) -> bool,
}

/// The fields of the error envelope.
pub(super) const FIELDS: [Field; 6] = [
    Field { name: "type", kinds: "a string", fits: Value::is_string },
    Field { name: "code", kinds: "a string", fits: Value::is_string },
    Field { name: "message", kinds: "a string", fits: Value::is_string },
    Field { name: "request_id", kinds: "a string", fits: Value::is_string },
    Field { name: "doc_url", kinds: "null or a string", fits: |value| value.is_null() || value.is_string() },
    Field { name: "statusCode", kinds: "a number", fits: Value::is_number },
];

impl Field {
    pub(super) fn complaint(&self, envelope: &Map<String, Value>) -> Option<String> {
        let Field { name, kinds, fits } = self;
        match envelope.get(*name) {
            None => Some(format!("no `{name}`")),
            Some(value) if !fits(value) => Some(format!("`{name}` is {}, not {kinds}", body::kind(value))),
            Some(_) => None,
        }
    }
}
