//! Rules on the responses of retrieveSession.

use std::collections::BTreeSet;

use super::unchanged::{self, Ignoring};
use super::{refusal, session};
use crate::evidence::body;
use crate::lab::{Attempt, Lab, Obstacle, Reading, Refused, Situation, State, observe_all, refused, strangers};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::{Exchange, Operation};

rules! {
    "retrieve-changes-nothing" => changes_nothing,
    "retrieve-field-types" => field_types [session::field_cases(&[])],
    "retrieve-fields-present" => fields_present,
    "retrieve-foreign-session" => foreign_session,
    "retrieve-identity" => identity,
    "retrieve-missing-key" => missing_key,
    "retrieve-no-client-secret" => no_client_secret,
    "retrieve-publishable-key" => publishable_key,
    "retrieve-status-200" => status_200,
    "retrieve-undocumented-fields" => undocumented_fields,
    "retrieve-unknown-session" => unknown_session,
}

async fn status_200(lab: &Lab<'_>) -> Judged {
    each(lab, |_, exchange| {
        let status = exchange.response.status;
        Ok(Judgement::unless(status == 200, || Finding::new("200", status.to_string(), exchange)))
    })
    .await
}

async fn identity(lab: &Lab<'_>) -> Judged {
    each(lab, |id, exchange| {
        let session = session::of(exchange)?;
        let wanted = [("id", id), ("object", "gate_session")];
        let wrong = wanted.into_iter().find(|(field, value)| session.get(*field).is_none_or(|found| found != value));
        Ok(wrong.map_or_else(Judgement::fine, |(field, value)| {
            let found = session.get(field).map_or(format!("no `{field}`"), |found| body::shown(field, found));
            Finding::new(format!("`{field}` {value:?}"), found, exchange).into()
        }))
    })
    .await
}

async fn fields_present(lab: &Lab<'_>) -> Judged {
    each(lab, |_, exchange| session::fields_present(exchange)).await
}

async fn no_client_secret(lab: &Lab<'_>) -> Judged {
    each(lab, |_, exchange| session::no_client_secret(lab, exchange)).await
}

async fn field_types(lab: &Lab<'_>) -> Judged {
    each(lab, |_, exchange| session::field_types(exchange, &[])).await
}

async fn undocumented_fields(lab: &Lab<'_>) -> Judged {
    each(lab, |_, exchange| session::undocumented_fields(exchange)).await
}

/// Judges the response about an open session, and about the other sessions that were read: terminal ones, one that was
/// just cancelled, and one with every field.
async fn each(lab: &Lab<'_>, judge: impl Fn(&str, &Exchange) -> Judged) -> Judged {
    let reading = Reading::open(lab).await?;
    let mut judgement = judge(&reading.id, &reading.first)?;
    let terminal = [State::Completed, State::Expired].map(Situation::Terminal);
    let situations = [terminal.as_slice(), &[Situation::Open, Situation::Full]].concat();
    // Other rules report what could not be arranged.
    for observation in observe_all(lab, &situations).await.into_iter().flatten() {
        for look in [observation.before(), observation.after()].into_iter().flatten() {
            judgement.again(judge(&observation.id, look)?);
        }
    }
    Ok(judgement)
}

async fn changes_nothing(lab: &Lab<'_>) -> Judged {
    let compared = |reading: &Reading| unchanged::between(&reading.first, &reading.last, &Ignoring::fields(&[]));
    let mut judgement = compared(&*Reading::open(lab).await?);
    match Reading::terminal(lab).await {
        Ok(reading) => judgement.findings.extend(compared(&reading).findings),
        Err(Obstacle::Lack(need)) => judgement.lacking.push(need),
        // An error does not discard earlier findings.
        Err(trouble) if judgement.findings.is_empty() => return Err(trouble),
        Err(_) => {}
    }
    Ok(judgement)
}

async fn foreign_session(lab: &Lab<'_>) -> Judged {
    let mut judgement = Judgement::fine();
    let mut asked = BTreeSet::new();
    let strangers = strangers(lab, Operation::RetrieveSession).await?;
    for sample in strangers.foreign.iter().filter(|sample| asked.insert(&sample.id)) {
        let attempt = Attempt::Completed(sample.exchange.clone());
        judgement.findings.extend(refusal::has_status(404, "for reading another partner's session", &attempt).findings);
    }
    Ok(judgement)
}

async fn unknown_session(lab: &Lab<'_>) -> Judged {
    refused_with(404, lab, Refused::RetrieveUnknown, "for reading a session that does not exist").await
}

async fn missing_key(lab: &Lab<'_>) -> Judged {
    refused_with(401, lab, Refused::RetrieveWithoutKey, "for reading a session without a key").await
}

async fn publishable_key(lab: &Lab<'_>) -> Judged {
    refused_with(401, lab, Refused::RetrieveWithPublishableKey, "for reading a session with a publishable key").await
}

async fn refused_with(status: u16, lab: &Lab<'_>, request: Refused, to: &str) -> Judged {
    Ok(refusal::has_status(status, to, &*refused(lab, request).await?))
}
