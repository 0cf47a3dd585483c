//! Rules on the response to a successful cancellation.

use std::sync::Arc;

use super::session;
use super::unchanged::{self, Ignoring};
use crate::evidence::body;
use crate::lab::{Body, Lab, Need, Observation, Obstacle, Situation, observe};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::{Exchange, Operation, Role};

rules! {
    "cancel-changes-nothing-else" => changes_nothing_else [session::documented_cases(&SINGLED_OUT)],
    "cancel-equals-created" => equals_created [session::documented_cases(&SINGLED_OUT)],
    "cancel-field-types" =>
        response(|exchange| session::field_types(exchange, &SINGLED_OUT)) [session::field_cases(&SINGLED_OUT)],
    "cancel-fields-present" => response(session::fields_present) [session::documented_cases(&[])],
    "cancel-id" => field_is("id", str::to_owned) [cases()],
    "cancel-json" => json [cases()],
    "cancel-marks-cancelled" => field_is("status", |_| "cancelled".to_owned()) [cases()],
    "cancel-no-client-secret" => no_client_secret [cases()],
    "cancel-object" => field_is("object", |_| "gate_session".to_owned()) [cases()],
    "cancel-request-id" => request_id [cases()],
    "cancel-status-201" => status_201 [cases()],
    "cancel-undocumented-fields" => response(session::undocumented_fields) [cases()],
    "cancel-visible-in-retrieve" => visible_in_retrieve [cases()],
}

/// The cancellations of open sessions. Whatever succeeds is judged; the first must.
const CANCELLED: [Situation; 6] = [
    Situation::Open,
    Situation::Full,
    Situation::WithBody(Body::Amount),
    Situation::WithBody(Body::Status),
    Situation::WithCreationKey,
    Situation::WithUsedKey,
];

fn cases() -> Vec<String> {
    CANCELLED.into_iter().filter_map(Situation::case).collect()
}

/// Fields that have their own rules.
const SINGLED_OUT: [&str; 3] = ["id", "object", "status"];

async fn status_201(lab: &Lab<'_>) -> Judged {
    each(lab, async |observation: Arc<Observation>| {
        Ok(Judgement::unless(observation.attempt.status() == Some(201), || Finding::of("201", &observation.attempt)))
    })
    .await
}

/// Judges only the responses.
async fn response(lab: &Lab<'_>, judge: impl Fn(&Exchange) -> Judged) -> Judged {
    each(lab, async |observation: Arc<Observation>| judge(observation.exchange()?)).await
}

/// If nothing can be cancelled because a success is not JSON, that is the finding. No cancellation needs a list.
async fn json(lab: &Lab<'_>) -> Judged {
    match response(lab, session::json).await {
        Err(Obstacle::Trouble(trouble)) => match lab.log.undecodable() {
            Some(exchange) if exchange.sent.operation != Operation::ListSessions => session::json(&exchange),
            _ => Err(Obstacle::Trouble(trouble)),
        },
        judged => judged,
    }
}

async fn changes_nothing_else(lab: &Lab<'_>) -> Judged {
    each(lab, async |observation: Arc<Observation>| {
        let exchange = observation.exchange()?;
        session::of(exchange)?;
        let ignoring = otherwise_compared(lab).await;
        let told = unchanged::between(observation.before()?, exchange, &ignoring);
        match observation.after() {
            // The stored session may differ from the response.
            Ok(after) if told.findings.is_empty() => Ok(unchanged::between(observation.before()?, after, &ignoring)),
            _ => Ok(told),
        }
    })
    .await
}

async fn equals_created(lab: &Lab<'_>) -> Judged {
    each(lab, async |observation: Arc<Observation>| {
        let exchange = observation.exchange()?;
        session::of(exchange)?;
        match &observation.created {
            Some(created) => Ok(unchanged::between(created, exchange, &otherwise_compared(lab).await)),
            None => Err(Need::Creation(lab.sessions.cannot_create().unwrap_or_default()).into()),
        }
    })
    .await
}

async fn no_client_secret(lab: &Lab<'_>) -> Judged {
    response(lab, |exchange| session::no_client_secret(lab, exchange)).await
}

async fn request_id(lab: &Lab<'_>) -> Judged {
    each(lab, async |observation: Arc<Observation>| {
        let exchange = observation.exchange()?;
        let response = session::success(exchange)?;
        Ok(Judgement::unless(response.request_id().is_some(), || {
            let received = if response.header("x-request-id").is_some() { "an empty one" } else { "none" };
            Finding::new("an `X-Request-Id` header", received, exchange)
        }))
    })
    .await
}

async fn visible_in_retrieve(lab: &Lab<'_>) -> Judged {
    each(lab, async |observation: Arc<Observation>| {
        session::success(observation.exchange()?)?;
        if let Some(gone) = observation.gone() {
            let received = gone.response.status.to_string();
            return Ok(Finding::new("the session, with `status` \"cancelled\"", received, gone).into());
        }
        // Another replica may respond the second time.
        let again = lab.look(&observation.id, Role::Partner).await;
        let mut judgement = Judgement::fine();
        let first = observation.after()?;
        for after in [Ok(first), again.as_deref().map_err(Clone::clone)] {
            let after = match after {
                Ok(after) => after,
                Err(_) if !judgement.findings.is_empty() => break,
                Err(obstacle) => return Err(obstacle),
            };
            let status = session::of(after)?.get("status");
            judgement.again(Judgement::unless(status.is_some_and(|status| status == "cancelled"), || {
                let received = status.map_or("no `status`".to_owned(), |status| body::shown("status", status));
                Finding::new("`status` \"cancelled\" after the cancellation", received, after).beside([&first.sent])
            }));
        }
        Ok(judgement)
    })
    .await
}

/// Checks that a field of the response has the value that `wanted` returns for the session's id.
async fn field_is(lab: &Lab<'_>, field: &str, wanted: impl Fn(&str) -> String) -> Judged {
    each(lab, async |observation: Arc<Observation>| {
        let exchange: &Exchange = observation.exchange()?;
        let wanted = wanted(&observation.id);
        let value = session::of(exchange)?.get(field);
        Ok(Judgement::unless(value.is_some_and(|value| *value == wanted), || {
            let received = value.map_or(format!("no `{field}`"), |value| body::shown(field, value));
            Finding::new(format!("`{field}` {wanted:?}"), received, exchange)
        }))
    })
    .await
}

/// Judges the cancellation of an open session, of one that has every optional field, with fields in its body, and with
/// the `Idempotency-Key` of its creation or of another cancellation.
///
/// Whether such a session can be created is not judged here, nor whether the server accepts more than the contract
/// describes.
async fn each(lab: &Lab<'_>, judge: impl AsyncFn(Arc<Observation>) -> Judged) -> Judged {
    let mut judgement = Judgement::fine();
    for situation in CANCELLED {
        let is_described = matches!(situation, Situation::Open | Situation::Full);
        // Supplied sessions are few.
        if !is_described && lab.sessions.cannot_create().is_some() {
            continue;
        }
        let observation = match observe(lab, situation).await {
            Ok(observation) => observation,
            Err(obstacle) if situation == Situation::Open => return Err(obstacle),
            Err(_) => continue,
        };
        if !is_described && !observation.attempt.is_success() {
            continue;
        }
        match judge(observation.clone()).await {
            Ok(mut more) => {
                if !is_described {
                    // Not part of the session's history.
                    let sent = || observation.same_key.iter().chain([observation.attempt.sent()]);
                    let beside = |finding: Finding| finding.beside(sent());
                    more.findings = more.findings.into_iter().map(beside).collect();
                }
                judgement.again(more.or_in_case(&observation.case));
            }
            // An error does not discard earlier findings.
            Err(_) if !judgement.findings.is_empty() => {}
            Err(obstacle) => return Err(obstacle),
        }
    }
    Ok(judgement)
}

/// The fields that are not compared with the session before.
async fn otherwise_compared(lab: &Lab<'_>) -> Ignoring {
    Ignoring::restless(lab).await.and(&SINGLED_OUT)
}
