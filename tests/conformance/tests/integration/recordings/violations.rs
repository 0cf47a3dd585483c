//! Violations, one at a time in a recording.

use serde_json::{Value, json};

use super::conversation::{
    CANCEL, CONFLICT, CREATE, Exchange, ID, LIST, READ_AGAIN, RETRIEVE, UNKNOWN, conversation, session,
};
use super::recorders::recorded;
use super::{judged, kinds};

/// A violation: its name, the edit, and the rules that it breaks.
pub(crate) type Violation = (&'static str, fn(&mut [Exchange]), &'static [&'static str]);

pub(crate) const VIOLATIONS: [Violation; 24] = [
    ("200 in place of 201", |it| it[CANCEL].status = 200, &["response-status-undocumented"]),
    ("a redirect", |it| (it[CANCEL].status, it[CANCEL].response) = (302, None), &["response-status-undocumented"]),
    ("an undocumented refusal", |it| it[UNKNOWN].status = 403, &["error-status-code", "response-refusal-undocumented"]),
    (
        "no X-Request-Id on an error",
        |it| Exchange::set(&mut it[CONFLICT].response_headers, "X-Request-Id", None),
        &["response-header-missing"],
    ),
    (
        "another media type",
        |it| Exchange::set(&mut it[CANCEL].response_headers, "Content-Type", Some("text/html")),
        &["response-media-type"],
    ),
    (
        "no media type",
        |it| Exchange::set(&mut it[CANCEL].response_headers, "Content-Type", None),
        &["response-media-type"],
    ),
    ("an empty body", |it| it[CANCEL].response = None, &["response-body-missing"]),
    ("not JSON", |it| it[CANCEL].response = Some("<html>".to_owned()), &["response-body-malformed"]),
    (
        "a missing field",
        |it| it[RETRIEVE].edit(|body| drop(body.as_object_mut().unwrap().remove("mode"))),
        &["response-body-invalid"],
    ),
    ("a field of another type", |it| it[RETRIEVE].edit(|body| body["amount"] = 100.into()), &["response-body-invalid"]),
    (
        "a value that the enum does not have",
        |it| it[RETRIEVE].edit(|body| body["status"] = "paused".into()),
        &["response-body-invalid"],
    ),
    (
        "an invalid time",
        |it| it[READ_AGAIN].edit(|body| body["expires_at"] = "tomorrow".into()),
        &["response-body-invalid"],
    ),
    (
        "null where it is not allowed",
        |it| it[LIST].edit(|body| body["has_more"] = json!(null)),
        &["response-body-invalid"],
    ),
    (
        "client_secret in a list",
        |it| it[LIST].edit(|body| body["data"][0]["client_secret"] = "cs_canary".into()),
        &["client-secret"],
    ),
    (
        "client_secret in a cancellation",
        |it| it[CANCEL].edit(|body| body["client_secret"] = "cs_canary".into()),
        &["client-secret"],
    ),
    (
        "statusCode of another status",
        |it| it[CONFLICT].edit(|body| body["statusCode"] = 400.into()),
        &["error-status-code"],
    ),
    ("the type of another error", |it| it[CONFLICT].edit(|body| body["type"] = "not_found".into()), &["error-type"]),
    (
        "an envelope without request_id",
        |it| it[CONFLICT].edit(|body| drop(body.as_object_mut().unwrap().remove("request_id"))),
        &["response-body-invalid"],
    ),
    (
        "a success without credentials",
        |it| Exchange::set(&mut it[LIST].request_headers, "Authorization", None),
        &["security-missing"],
    ),
    (
        "a request body that does not fit",
        |it| it[CREATE].request.as_mut().unwrap()["currency"] = json!(null),
        &["request-body-invalid"],
    ),
    ("another session", |it| it[RETRIEVE].edit(|body| body["id"] = "67a1f3b9e4b0c10007654321".into()), &["session-id"]),
    (
        "a cancellation that changes the amount",
        |it| it[CANCEL].edit(|body| body["amount"] = "1.00".into()),
        &["cancel-changes-field"],
    ),
    (
        "open after it was cancelled",
        |it| it[READ_AGAIN].edit(|body| body["status"] = "open".into()),
        &["cancelled-reads-otherwise"],
    ),
    (
        "a second cancellation that succeeds",
        |it| (it[CONFLICT].status, it[CONFLICT].response) = (201, Some(session("cancelled").to_string())),
        &["terminal-cancelled"],
    ),
];

#[test]
fn every_violation_is_found_by_the_rules_that_name_it() {
    for (name, plant, expected) in VIOLATIONS {
        let mut exchanges = conversation();
        plant(&mut exchanges);
        let traffic = judged(&recorded(&exchanges));
        let mut found = kinds(&traffic);
        found.sort();
        found.dedup();
        assert_eq!(found, expected, "{name}");
        let told = format!("{:?}", traffic.faults);
        assert!(!told.contains("canary") && !told.contains("sk_test_nobodys") && !told.contains(ID), "{name}: {told}");
    }
}

#[test]
fn a_repeated_problem_is_reported_once_with_its_first_exchanges() {
    let mut exchanges = Vec::new();
    for _ in 0..50 {
        let mut one = conversation();
        one[CANCEL].status = 200;
        exchanges.push(one.swap_remove(CANCEL));
    }
    let traffic = judged(&recorded(&exchanges));
    let fault = &traffic.faults[0];
    assert_eq!((fault.count, fault.exchanges.len(), fault.exchanges[19].entry), (50, 20, 20));
}

/// A recorder or a server may put a key anywhere.
#[test]
fn a_key_anywhere_in_a_recording_is_not_shown() {
    const KEY: &str = "sk_test_canary_000000000000";
    let recording = recorded(&conversation());
    let mut texts = Vec::new();
    walk(&recording, "", &mut |pointer| texts.push(pointer.to_owned()));
    assert!(texts.len() > 100, "{}", texts.len());
    let forms: [fn(&str) -> String; 3] =
        [|_| KEY.to_owned(), |text| format!("{KEY} {text}"), |text| format!("{text}/{KEY}")];
    for pointer in texts {
        for of in forms {
            let mut changed = recording.clone();
            let text = changed.pointer_mut(&pointer).unwrap();
            *text = of(text.as_str().unwrap()).into();
            let told = format!("{:?}", judged(&changed));
            assert!(!told.contains(KEY), "{pointer}: {told}");
        }
    }
}

/// Visits the pointer of each text in a value.
fn walk(value: &Value, at: &str, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(_) => visit(at),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, &format!("{at}/{index}"), visit))
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| walk(field, &format!("{at}/{name}"), visit)),
        _ => {}
    }
}
