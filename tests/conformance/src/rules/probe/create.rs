//! Rules on the responses of createSession that the suite relies on.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::fmt::rfc2822;
use serde_json::Value;

use super::refusal::{self, unauthorized};
use super::session;
use super::unchanged::{self, Ignoring};
use crate::evidence::body;
use crate::evidence::page::created_at;
use crate::lab::{
    AT_ONCE, AfterCancellation, BAD_FIELDS, Creations, Flaw, Lab, Need, OWN, Obstacle, REQUIRED, Refused, Trouble,
    creations, refused, with_own_fields,
};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::Exchange;

rules! {
    "create-bad-fields" => flawed of BAD_FIELDS,
    "create-client-secret" => client_secret [[MISSING, CONSTANT]],
    "create-idempotent-replay" =>
        idempotent_replay [[REFUSED, ANOTHER, SECOND, SECRET, NEAR, ONCE_CANCELLED], session::documented_cases(&[])],
    "create-keeps-what-was-sent" => keeps_what_was_sent [KEPT, [STATUS]],
    "create-key-before-body" => key_before_body of BAD_BODIES,
    "create-key-by-partner" => key_by_partner [OF_OTHER, [REFUSED]],
    "create-key-with-other-body" => key_with_other_body [[ACCEPTED, SECOND]],
    "create-missing-key" => unauthorized of WITHOUT_KEY,
    "create-own-fields" => own_fields [OWN],
    "create-parallel-replay" => parallel_replay,
    "create-required-fields" => flawed of REQUIRED,
    "create-status-201" => status_201,
    "create-time-of-creation" => time_of_creation,
}

/// The cases of a repeated key: it is refused or accepted against expectation, names another session, or makes a second
/// one; or the response lacks the secret.
const REFUSED: &str = "refused";
const ACCEPTED: &str = "accepted";
const ANOTHER: &str = "another-session";
const SECOND: &str = "second-session";
const SECRET: &str = "client_secret";

/// The cases of a key that differs in one character, and of a creation that is repeated once its session is cancelled.
const NEAR: &str = "near-key";
const ONCE_CANCELLED: &str = "once-cancelled";

/// The cases of a client secret: there is none, or it is that of another session.
const MISSING: &str = "missing";
const CONSTANT: &str = "constant";

async fn status_201(lab: &Lab<'_>) -> Judged {
    let created = &creations(lab).await?.first;
    let status = created.response.status;
    Ok(Judgement::unless(status == 201, || Finding::new("201", status.to_string(), created)))
}

async fn client_secret(lab: &Lab<'_>) -> Judged {
    let creations = creations(lab).await?;
    let created = &creations.first;
    let secret = session::of(created)?.get("client_secret");
    let is_there = secret.and_then(Value::as_str).is_some_and(|secret| !secret.trim().is_empty());
    if is_there && let Some(other) = with_the_same(&creations, SECRET) {
        let finding = Finding::new("a `client_secret` of its own for each session", "that of another session", other);
        return Ok(finding.beside([&created.sent]).in_case(CONSTANT).into());
    }
    Ok(Judgement::unless(is_there, || {
        let received =
            secret.map_or("none", |secret| if secret.is_string() { "an empty one" } else { body::kind(secret) });
        Finding::new("`client_secret`, which the widget needs and only this response contains", received, created)
            .in_case(MISSING)
    }))
}

/// Another session of the partner that has the same value of a field.
fn with_the_same<'c>(creations: &'c Creations, field: &str) -> Option<&'c Exchange> {
    let first = &creations.first.response;
    let others = creations.at_once.iter().filter_map(|made| made.attempt.exchange().ok());
    let mut others =
        others.filter(|other| other.response.is_success() && other.response.field("id") != first.field("id"));
    others
        .find(|other| first.text(field).is_some() && other.response.text(field) == first.text(field))
        .map(AsRef::as_ref)
}

/// The essential fields. A server may leave others empty, or extend them.
const KEPT: [&str; 3] = ["amount", "currency", "return_url"];
const STATUS: &str = "status";

async fn keeps_what_was_sent(lab: &Lab<'_>) -> Judged {
    let created = &creations(lab).await?.first;
    let session = session::of(created)?;
    let sent: Value =
        created.sent.body.as_ref().and_then(|body| serde_json::from_str(&body.to_string()).ok()).unwrap_or_default();
    let told = KEPT.into_iter().filter_map(|field| {
        let (sent, found) = (sent.get(field)?, session.get(field));
        let expected = || format!("`{field}` as sent: {}", body::shown(field, sent));
        let received = || found.map_or(format!("no `{field}`"), |found| body::shown(field, found));
        let finding = || Finding::new(expected(), received(), created).in_case(field);
        (!found.is_some_and(|found| body::same(sent, found))).then(finding)
    });
    let mut findings: Vec<Finding> = told.collect();
    if let Some(status) = session.get(STATUS).filter(|status| *status != "open") {
        let finding = Finding::new("`status` \"open\"", body::shown(STATUS, status), created);
        findings.push(finding.in_case(STATUS));
    }
    Ok(findings.into())
}

async fn idempotent_replay(lab: &Lab<'_>) -> Judged {
    let creations = creations(lab).await?;
    let mut judgement = replayed(lab, &creations).await;
    match near_key(&creations) {
        Ok(found) => judgement.findings.extend(found),
        // An error does not discard earlier findings.
        Err(obstacle) if judgement.findings.is_empty() => return Err(obstacle),
        Err(_) => {}
    }
    match &creations.once_cancelled {
        Ok(after) => judgement.findings.extend(after.as_ref().and_then(|after| once_cancelled(&creations, after))),
        Err(Obstacle::Lack(need)) => judgement.lacking.push(need.clone()),
        // Other rules judge cancellations.
        Err(Obstacle::Trouble(trouble)) => judgement.lacking.push(Need::Repetition(trouble.what.clone())),
    }
    Ok(judgement)
}

/// The same request with the same key.
async fn replayed(lab: &Lab<'_>, creations: &Creations) -> Judgement {
    let expected = "the first response again, for the same request with the same `Idempotency-Key`";
    let first = [&creations.first.sent];
    let Some(replay) = creations.replay.attempt.exchange().ok().filter(|replay| replay.response.is_success()) else {
        return Finding::of(expected, &creations.replay.attempt).beside(first).in_case(REFUSED).into();
    };
    let finding = |case: &str, received| Finding::new(expected, received, replay).beside(first).in_case(case);
    if replay.response.field("id") != creations.first.response.field("id") {
        return finding(ANOTHER, "another session").into();
    }
    let ignoring = Ignoring::restless(lab).await;
    let mut judgement = unchanged::between(&creations.first, replay, &ignoring);
    if creations.replayed().next().is_some() {
        let received = "the first response, and a second session in listSessions";
        let listed = creations.listed.iter().map(|listed| &listed.sent);
        judgement.findings.push(finding(SECOND, received).beside(listed));
    }
    let secret = |exchange: &Exchange| exchange.response.field(SECRET).cloned();
    if secret(&creations.first).is_some_and(|first| secret(replay) != Some(first)) {
        judgement.findings.push(finding(SECRET, "the first response without its `client_secret`"));
    }
    judgement
}

/// Another key is another creation, even if it differs in the last character alone.
fn near_key(creations: &Creations) -> Result<Option<Finding>, Obstacle> {
    let expected = "a new session, for an `Idempotency-Key` that differs from another in its last character";
    let attempt = creations.near.as_ref().map_err(Clone::clone)?;
    let finding = match attempt.exchange() {
        Ok(near) if near.response.is_success() => {
            let is_first = near.response.field("id").is_some_and(|id| creations.first.response.field("id") == Some(id));
            is_first.then(|| Finding::new(expected, "the session of the other key", near))
        }
        _ => Some(Finding::of(expected, attempt)),
    };
    Ok(finding.map(|finding| finding.beside([&creations.first.sent]).in_case(NEAR)))
}

/// A key is remembered, whatever happens to the session.
fn once_cancelled(creations: &Creations, after: &AfterCancellation) -> Option<Finding> {
    let (created, again) = (creations.near.as_ref().ok()?.exchange().ok()?, &after.again);
    // A refusal makes no second session.
    let is_second = again.response.is_success() && again.response.field("id") != created.response.field("id");
    let finding = || {
        let expected = "no second session, for a creation that is repeated once its session is cancelled";
        let finding = Finding::new(expected, "another session", again).beside([&created.sent]);
        finding.beside([&after.cancellation.sent]).in_case(ONCE_CANCELLED)
    };
    is_second.then(finding)
}

/// A key belongs to one partner: another partner's request with the same key is another creation.
async fn key_by_partner(lab: &Lab<'_>) -> Judged {
    let creations = creations(lab).await?;
    let attempt = creations.by_other.as_ref().map_err(Clone::clone)?;
    let expected = "a new session of the other partner, for an `Idempotency-Key` that the first partner used";
    let Some(exchange) = attempt.exchange().ok().filter(|exchange| exchange.response.is_success()) else {
        let refused = Finding::of(expected, attempt).beside([&creations.first.sent]);
        return Ok(refused.in_case(REFUSED).into());
    };
    let is_alike = |field: &str| {
        let value = exchange.response.text(field).filter(|value| !value.trim().is_empty());
        value.is_some() && value == creations.first.response.text(field)
    };
    // Another rule judges a secret that all sessions have.
    let is_of_all = |field: &str| field == SECRET && with_the_same(&creations, SECRET).is_some();
    let is_replayed = is_alike("id");
    let alike = OF_OTHER.into_iter().filter(|field| is_alike(field) && (is_replayed || !is_of_all(field)));
    let findings = alike.map(|field| {
        let session = if is_replayed { "session" } else { "session, although it is another session" };
        let received = format!("the `{field}` of the first partner's {session}");
        Finding::new(expected, received, exchange).beside([&creations.first.sent]).in_case(field)
    });
    Ok(findings.collect::<Vec<_>>().into())
}

/// The fields that two partners never have in common.
const OF_OTHER: [&str; 3] = [SECRET, "id", "partner_id"];

/// The creations, if the server remembers a key; otherwise the other rules on keys cannot be judged.
async fn with_kept_key(lab: &Lab<'_>) -> Result<Arc<Creations>, Obstacle> {
    let creations = creations(lab).await?;
    let id = |exchange: &Exchange| exchange.response.text("id").map(str::to_owned);
    let is_kept = creations.replay.attempt.exchange().is_ok_and(|replay| id(replay) == id(&creations.first));
    if !is_kept || creations.replayed().next().is_some() {
        let what = "the server does not remember an `Idempotency-Key`; see create-idempotent-replay";
        return Err(Trouble::at(what, creations.replay.attempt.sent()).into());
    }
    Ok(creations)
}

/// The reference names no status, so any 4xx will do.
async fn key_with_other_body(lab: &Lab<'_>) -> Judged {
    let creations = with_kept_key(lab).await?;
    let (attempt, first) = (&creations.with_other_body.attempt, [&creations.first.sent]);
    let expected = "409, or another 4xx, for an `Idempotency-Key` that is reused with another body";
    let refused = attempt.exchange().ok().filter(|exchange| (400..500).contains(&exchange.response.status));
    let Some(refused) = refused else {
        let accepted = |finding: Finding| Ok(finding.beside(first).in_case(ACCEPTED).into());
        let Ok(exchange) = attempt.exchange() else { return accepted(Finding::of(expected, attempt)) };
        let is_first = exchange.response.field("id").is_some_and(|id| creations.first.response.field("id") == Some(id));
        let received = match exchange.response.status {
            status @ 200..300 if is_first => format!("{status}, and the session of the first request"),
            status @ 200..300 => format!("{status}, and another session"),
            _ => attempt.received(),
        };
        return accepted(Finding::new(expected, received, exchange));
    };
    Ok(Judgement::unless(creations.made(&creations.with_other_body).next().is_none(), || {
        let received = format!("{}, and a session in listSessions", refused.response.status);
        let listed = creations.listed.iter().map(|listed| &listed.sent);
        Finding::new(expected, received, refused).beside(first).beside(listed).in_case(SECOND)
    }))
}

async fn parallel_replay(lab: &Lab<'_>) -> Judged {
    let creations = with_kept_key(lab).await?;
    let created = creations.at_once.iter().filter_map(|made| made.attempt.exchange().ok());
    let created: Vec<_> = created.filter(|exchange| exchange.response.is_success()).collect();
    let Some(last) = created.last() else {
        let received = creations.at_once.first().map(|made| made.attempt.received()).unwrap_or_default();
        return Err(Trouble::new(format!("none of {AT_ONCE} parallel creations created a session: {received}")).into());
    };
    let told = created.iter().filter_map(|exchange| exchange.response.text("id"));
    let listed = creations.at_once.iter().flat_map(|made| creations.made(made));
    let made: BTreeSet<&str> = told.chain(listed).collect();
    Ok(Judgement::unless(made.len() <= 1, || {
        let expected = format!("one session for {AT_ONCE} parallel creations with one `Idempotency-Key`");
        Finding::new(expected, format!("{} sessions", made.len()), last)
    }))
}

const WITHOUT_KEY: [(Refused, &str, &str); 2] = [
    (Refused::CreateWithoutKey, "missing", "for a creation without a key"),
    (Refused::CreateWithUnknownKey, "unknown-key", "for a creation with an unknown key"),
];

/// A refusal is as good as ignoring the fields.
async fn own_fields(lab: &Lab<'_>) -> Judged {
    let own = with_own_fields(lab).await?;
    let created = own.attempt.exchange()?;
    match created.response.status {
        200..300 => {}
        400..500 => return Ok(Judgement::fine()),
        status => {
            return Err(
                Trouble::at(format!("a creation with fields of the server returned {status}"), &created.sent).into()
            );
        }
    }
    let session = session::of(created)?;
    let taken = OWN.into_iter().filter(|field| session.get(*field) == Some(&own.fields[*field]));
    let finding = |field: &str| {
        let expected = format!("`{field}` set by the server, not by the body");
        Finding::new(expected, "the value that was sent", created).in_case(field)
    };
    Ok(taken.map(finding).collect::<Vec<_>>().into())
}

/// Bodies that a caller without a key must not learn about: the request, its case, and what it follows "whose body".
const BAD_BODIES: [(Refused, &str, &str); 2] = [
    (Refused::CreateIncompleteWithoutKey, "incomplete", "is incomplete"),
    (Refused::CreateNoJsonWithoutKey, "not-json", "is not JSON"),
];

/// A caller without a key learns nothing about errors in the body.
async fn key_before_body(lab: &Lab<'_>, bodies: [(Refused, &str, &str); 2]) -> Judged {
    let complete = refused(lab, Refused::CreateWithoutKey).await?;
    complete.offered()?;
    let mut findings = Vec::new();
    for (request, case, body) in bodies {
        let attempt = refused(lab, request).await?;
        if attempt.status() != complete.status() {
            let expected =
                format!("the same status for a creation without a key whose body {body}: {}", complete.received());
            let finding = Finding::of(expected, &attempt).beside([complete.sent()]);
            findings.push(finding.in_case(case));
        }
    }
    Ok(findings.into())
}

/// The maximum difference between the time of creation and that of the response, in seconds. Allows for clock skew, not
/// for a wrong time zone.
const APART: i64 = 300;

async fn time_of_creation(lab: &Lab<'_>) -> Judged {
    let created = &creations(lab).await?.first;
    let session = session::of(created)?;
    let date = created.response.header("date").and_then(|date| rfc2822::parse(date).ok());
    let Some(date) = date.map(|date| date.timestamp()) else {
        return Err(Obstacle::from(Need::Header("Date")));
    };
    let Some(at) = created_at(session) else {
        return Err(Trouble::at("`created_at` is not a time with an offset", &created.sent).into());
    };
    Ok(Judgement::unless(at.duration_since(date).as_secs().abs() <= APART, || {
        let expected = format!("`created_at` within {} minutes of the response's `Date`, {date}", APART / 60);
        Finding::new(expected, at.to_string(), created)
    }))
}

/// Checks that these creations are refused, and create nothing.
async fn flawed<const COUNT: usize>(lab: &Lab<'_>, flaws: [Flaw; COUNT]) -> Judged {
    let creations = creations(lab).await?;
    let mut judgement = Judgement::fine();
    let sent = creations.flawed.iter().filter(|(flaw, _)| flaws.iter().any(|one| one.case == flaw.case));
    for (flaw, refused) in sent {
        let to = format!("for a creation {}", flaw.words);
        let mut found = refusal::has_status(400, &to, &refused.attempt).findings;
        if found.is_empty()
            && let (Some(_), Ok(exchange)) = (creations.made(refused).next(), refused.attempt.exchange())
        {
            let received = "400, and a session in listSessions";
            let finding = Finding::new(format!("400 {to}, and no session"), received, exchange);
            found.push(finding.beside(creations.listed.iter().map(|listed| &listed.sent)));
        }
        if let Ok(exchange) = refused.attempt.exchange()
            && exchange.response.status == 400
            && let Some(kind) = exchange.response.field("type")
            && kind != "invalid_request"
        {
            let expected = format!("`type` \"invalid_request\" {to}");
            found.push(Finding::new(expected, body::shown("type", kind), exchange));
        }
        judgement.findings.extend(found.into_iter().map(|found| found.in_case(flaw.case)));
    }
    Ok(judgement)
}
