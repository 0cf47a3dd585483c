//! What creating a session responses, as far as the suite relies on it.

use serde_json::Value;

use super::unchanged::{self, Ignoring};
use super::{refusal, session};
use crate::evidence::body;
use crate::lab::{Lab, creations, restless_fields};
use crate::rules::verdict::{Finding, Judged, Judgement};

rules! {
    "create-client-secret" => client_secret,
    "create-idempotent-replay" => idempotent_replay,
    "create-keeps-what-was-sent" => keeps_what_was_sent,
    "create-required-fields" => required_fields,
    "create-status-201" => status_201,
}

async fn status_201(lab: &Lab<'_>) -> Judged {
    let created = &creations(lab).await?.first;
    let status = created.response.status;
    Ok(Judgement::unless(status == 201, || Finding::new("201", status.to_string(), created)))
}

async fn client_secret(lab: &Lab<'_>) -> Judged {
    let created = &creations(lab).await?.first;
    let secret = session::of(created)?.get("client_secret");
    let is_there = secret.and_then(Value::as_str).is_some_and(|secret| !secret.trim().is_empty());
    Ok(Judgement::unless(is_there, || {
        let received =
            secret.map_or("none", |secret| if secret.is_string() { "an empty one" } else { body::kind(secret) });
        Finding::new("`client_secret`, which the widget needs and nobody else tells", received, created)
    }))
}

/// What a session is about. What else there is, a server may have reasons to leave out or to add to.
const KEPT: [&str; 3] = ["amount", "currency", "return_url"];

async fn keeps_what_was_sent(lab: &Lab<'_>) -> Judged {
    let created = &creations(lab).await?.first;
    let session = session::of(created)?;
    let sent: Value =
        created.sent.body.as_ref().and_then(|body| serde_json::from_str(&body.to_string()).ok()).unwrap_or_default();
    let told = KEPT.into_iter().filter_map(|field| {
        let (sent, found) = (sent.get(field)?, session.get(field)?);
        let expected = || format!("`{field}` as it was sent: {}", body::shown(field, sent));
        (!body::same(sent, found)).then(|| Finding::new(expected(), body::shown(field, found), created))
    });
    let mut findings: Vec<Finding> = told.collect();
    if let Some(status) = session.get("status").filter(|status| *status != "open") {
        findings.push(Finding::new("`status` \"open\"", body::shown("status", status), created));
    }
    Ok(findings.into())
}

async fn idempotent_replay(lab: &Lab<'_>) -> Judged {
    let creations = creations(lab).await?;
    let expected = "the first response again, to the same creation under the same `Idempotency-Key`";
    let Some(replay) = creations.replay.exchange().ok().filter(|replay| replay.response.is_success()) else {
        return Ok(Finding::of(expected, &creations.replay).into());
    };
    if replay.response.field("id") != creations.first.response.field("id") {
        return Ok(Finding::new(expected, "another session", replay).into());
    }
    if creations.replayed().next().is_some() {
        let received = "that, and a second session that listSessions shows";
        return Ok(Finding::new(expected, received, replay).into());
    }
    let ignoring = Ignoring::fields(&[]).and(restless_fields(lab).await);
    Ok(unchanged::between(&creations.first, replay, &ignoring))
}

async fn required_fields(lab: &Lab<'_>) -> Judged {
    let creations = creations(lab).await?;
    let mut judgement = Judgement::fine();
    for refused in &creations.refused {
        let to = format!("to a creation without `{}`", refused.field);
        let found = refusal::has_status(400, &to, &refused.attempt).findings;
        if found.is_empty()
            && let (Some(_), Ok(exchange)) = (creations.made_by(refused).next(), refused.attempt.exchange())
        {
            let received = "400, and a session that listSessions shows";
            judgement.findings.push(Finding::new(format!("400 {to}, and no session"), received, exchange));
        }
        if found.is_empty()
            && let Ok(exchange) = refused.attempt.exchange()
            && let Some(kind) = exchange.response.field("type")
            && kind != "invalid_request"
        {
            let expected = format!("`type` \"invalid_request\" {to}");
            judgement.findings.push(Finding::new(expected, body::shown("type", kind), exchange));
        }
        judgement.findings.extend(found);
    }
    Ok(judgement)
}
