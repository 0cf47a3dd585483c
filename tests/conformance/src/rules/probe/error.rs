//! Rules on every error response.

use std::iter;
use std::sync::Arc;

use serde_json::Value;
use zerogate_judge::documented_type;

use super::refusal::FIELDS;
use super::session::describe;
use super::state::unchanged_by;
use crate::evidence::body;
use crate::lab::{ERROR_STATUSES, Lab, Obstacle, Situation, Trouble, error_responses, observe};
use crate::rules::verdict::{Counted, Finding, Judged, Judgement};
use crate::wire::{Exchange, Operation, Response};

rules! {
    "error-code" => judge(code) [ERROR_STATUSES],
    "error-code-conflict" => judge(code_of_conflict) [ERROR_STATUSES],
    "error-doc-url" => judge(doc_url) [ERROR_STATUSES],
    "error-envelope-fields" => judge(envelope_fields) [ERROR_STATUSES],
    "error-json" => judge(json) [ERROR_STATUSES],
    "error-message" => judge(message) [ERROR_STATUSES],
    "error-request-id-header" => judge(request_id_header) [ERROR_STATUSES],
    "error-request-id-mirrored" => judge(request_id_mirrored) [ERROR_STATUSES],
    "error-status-code" => judge(status_code) [ERROR_STATUSES],
    "error-throttled-changes-nothing" => throttled_changes_nothing,
    "error-type" => judge(r#type) [ERROR_STATUSES],
}

/// The opinion of a rule on one error response.
enum Opinion {
    Fine,
    /// Another rule judges it, or the reference says nothing.
    Silent,
    /// What was expected and what was received.
    Wrong(String, String),
}

impl Opinion {
    fn unless(fine: bool, expected: impl Into<String>, received: impl Into<String>) -> Self {
        if fine { Self::Fine } else { Self::Wrong(expected.into(), received.into()) }
    }
}

fn json(error: &Exchange) -> Opinion {
    if let Some(coded) = body::coded(&error.response) {
        return Opinion::Wrong("JSON without a content coding".to_owned(), coded);
    }
    let content_type = error.response.header("content-type");
    let received = content_type.map_or("none".to_owned(), body::one_line);
    Opinion::unless(content_type.is_some_and(body::is_json), "a JSON content type", received)
}

fn envelope_fields(error: &Exchange) -> Opinion {
    let Some(envelope) = error.response.object() else {
        return Opinion::Wrong("the error envelope".to_owned(), describe(error));
    };
    let wrong: Vec<String> = FIELDS.iter().filter_map(|field| field.complaint(envelope)).collect();
    Opinion::unless(wrong.is_empty(), "the six fields of the error envelope", wrong.join(", "))
}

fn r#type(error: &Exchange) -> Opinion {
    let found = error.response.text("type");
    match (found, documented_type(error.response.status)) {
        (Some(found), Some(wanted)) => {
            Opinion::unless(found == wanted, format!("`type` {wanted:?}"), format!("{:?}", body::one_line(found)))
        }
        _ => Opinion::Silent,
    }
}

fn status_code(error: &Exchange) -> Opinion {
    let status = error.response.status;
    match error.response.field("statusCode") {
        Some(found @ Value::Number(_)) => Opinion::unless(
            body::same(found, &Value::from(status)),
            format!("`statusCode` {status}, as the status line says"),
            found.to_string(),
        ),
        _ => Opinion::Silent,
    }
}

fn code(error: &Exchange) -> Opinion {
    match error.response.text("code") {
        Some(code) => Opinion::unless(
            !code.trim().is_empty(),
            "a `code` that is not empty",
            format!("{:?}", body::one_line(code)),
        ),
        None => Opinion::Silent,
    }
}

fn code_of_conflict(error: &Exchange) -> Opinion {
    match (error.response.status, error.sent.operation, error.response.text("code")) {
        (409, Operation::CancelSession, Some(code)) if !code.trim().is_empty() => {
            Opinion::unless(code == "conflict", "`code` \"conflict\"", format!("{:?}", body::one_line(code)))
        }
        _ => Opinion::Silent,
    }
}

fn message(error: &Exchange) -> Opinion {
    match error.response.text("message") {
        Some(message) => Opinion::unless(!message.trim().is_empty(), "a `message` that is not empty", "an empty one"),
        None => Opinion::Silent,
    }
}

/// Only a 429 says that the request was not processed; the effect of a 5xx is undefined.
async fn throttled_changes_nothing(lab: &Lab<'_>) -> Judged {
    const STATUS: u16 = 429;
    let observation = observe(lab, Situation::Provoked(STATUS)).await?;
    if observation.attempt.status() != Some(STATUS) {
        let what = format!("the suite provoked a {STATUS}, but received {}", observation.attempt.received());
        return Err(Trouble::at(what, observation.attempt.sent()).into());
    }
    unchanged_by(lab, [Situation::Provoked(STATUS)]).await
}

fn doc_url(error: &Exchange) -> Opinion {
    let Some(url) = error.response.field("doc_url") else {
        return Opinion::Silent;
    };
    let is_url = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    match url {
        Value::Null => Opinion::Fine,
        Value::String(text) => {
            Opinion::unless(is_url(text), "`doc_url` null or a URL", format!("{:?}", body::one_line(text)))
        }
        // Another rule judges its type.
        _ => Opinion::Silent,
    }
}

fn request_id_header(error: &Exchange) -> Opinion {
    let received = if error.response.header("x-request-id").is_some() { "an empty one" } else { "none" };
    Opinion::unless(error.response.request_id().is_some(), "an `X-Request-Id` header", received)
}

fn request_id_mirrored(error: &Exchange) -> Opinion {
    let field = error.response.text("request_id");
    match (error.response.request_id(), field) {
        (Some(header), Some(field)) => Opinion::unless(
            has_request_id(&error.response, field.trim()),
            format!("`request_id` {:?}, as the header says", body::one_line(header)),
            format!("{:?}", body::one_line(field)),
        ),
        _ => Opinion::Silent,
    }
}

/// Judges every error response, and reports the first wrong one of each status.
async fn judge(lab: &Lab<'_>, opinion: impl Fn(&Exchange) -> Opinion) -> Judged {
    let errors = error_responses(lab).await?;
    let mut judgement = Judgement::fine();
    let mut judged = false;
    let mut told = Counted::new();
    for error in &errors.responses {
        match opinion(error) {
            Opinion::Silent => {}
            Opinion::Fine => judged = true,
            Opinion::Wrong(expected, received) => {
                judged = true;
                let status = error.response.status;
                let finding = || Finding::new(format!("{expected} on a {status}"), received, error);
                told.add(status, || finding().in_case(status.to_string()));
            }
        }
    }
    judgement.findings = told.findings();
    judgement.lacking.clone_from(&errors.lacking);
    match (&errors.trouble, judged) {
        (Some(trouble), _) if judgement.findings.is_empty() => Err(trouble.clone().into()),
        (_, true) => Ok(judgement),
        (_, false) => Err(nothing_to_judge(&errors.responses)),
    }
}

fn nothing_to_judge(responses: &[Arc<Exchange>]) -> Obstacle {
    match responses.first() {
        Some(exchange) => Trouble::at("no error response has the part that this rule checks", &exchange.sent).into(),
        None => Trouble::new("there was no error response at all").into(),
    }
}

/// Whether a header has this id: a gateway may add its own id to the server's.
fn has_request_id(response: &Response, id: &str) -> bool {
    let headers = response.headers.iter().filter(|(name, _)| name == "x-request-id");
    let mut ids = headers.flat_map(|(_, value)| iter::once(value.as_str()).chain(value.split(',')));
    ids.any(|found| found.trim() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_be_in_any_of_several_headers() {
        let response = Response {
            version: String::new(),
            status: 404,
            headers: ["edge", "own, other"].map(|id| ("x-request-id".to_owned(), id.to_owned())).into(),
            body: Vec::new(),
            json: None,
        };
        for (id, there) in [("edge", true), ("own", true), ("other", true), ("own, other", true), ("ow", false)] {
            assert_eq!(has_request_id(&response, id), there, "{id}");
        }
    }
}
