//! Rules on the responses of retrieveSession.

use std::collections::BTreeSet;

use super::refusal::{self, unauthorized};
use super::session;
use super::unchanged::{self, Ignoring};
use crate::evidence::body;
use crate::lab::{
    Attempt, Lab, Obstacle, Reading, Refused, STATUSES, Situation, State, foreign_cases, observe, observe_all, refused,
    strangers,
};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::{Exchange, Operation};

rules! {
    "retrieve-changes-nothing" => changes_nothing [[OPEN, TERMINAL]],
    "retrieve-field-types" => each(|_, exchange| session::field_types(exchange, &[])) [session::field_cases(&[])],
    "retrieve-fields-present" => each(|_, exchange| session::fields_present(exchange)) [session::documented_cases(&[])],
    "retrieve-foreign-session" => foreign_session [foreign_cases()],
    "retrieve-identity" => each(identity) [IDENTITY],
    "retrieve-missing-key" => unauthorized of WITHOUT_KEY,
    "retrieve-no-client-secret" => no_client_secret [STATUSES],
    "retrieve-publishable-key" =>
        refused_with(401, Refused::RetrieveWithPublishableKey, "for reading a session with a publishable key"),
    "retrieve-status-200" => status_200 [STATUSES],
    "retrieve-undocumented-fields" =>
        each(|_, exchange| session::undocumented_fields(exchange)) [STATUSES],
    "retrieve-unknown-session" =>
        refused_with(404, Refused::RetrieveUnknown, "for reading a session that does not exist"),
}

const OPEN: &str = "open";
const TERMINAL: &str = "terminal";

/// The fields that identify a session.
const IDENTITY: [&str; 2] = ["id", "object"];

async fn status_200(lab: &Lab<'_>) -> Judged {
    let not_200 = |exchange: &Exchange| Finding::new("200", exchange.response.status.to_string(), exchange);
    let mut judgement =
        each(lab, |_, exchange| Ok(Judgement::unless(exchange.response.status == 200, || not_200(exchange)))).await?;
    // A 404 may be due to the fixtures.
    for state in [State::Completed, State::Expired] {
        if let Ok(observation) = observe(lab, Situation::Terminal(state)).await
            && let Some(refused) = observation.refused_before().filter(|refused| refused.response.status != 404)
        {
            judgement.findings.push(not_200(refused).in_case(state.word()));
        }
    }
    Ok(judgement)
}

fn identity(id: &str, exchange: &Exchange) -> Judged {
    let session = session::of(exchange)?;
    let wanted = IDENTITY.into_iter().zip([id, "gate_session"]);
    let wrong = wanted.filter(|(field, value)| session.get(*field).is_none_or(|found| found != value));
    let findings = wrong.map(|(field, value)| {
        let found = session.get(field).map_or(format!("no `{field}`"), |found| body::shown(field, found));
        Finding::new(format!("`{field}` {value:?}"), found, exchange).in_case(field)
    });
    Ok(findings.collect::<Vec<_>>().into())
}

async fn no_client_secret(lab: &Lab<'_>) -> Judged {
    each(lab, |_, exchange| session::no_client_secret(lab, exchange)).await
}

/// Judges the response about an open session, and about the other sessions that were read: terminal ones, one that was
/// just cancelled, and one with every field.
async fn each(lab: &Lab<'_>, judge: impl Fn(&str, &Exchange) -> Judged) -> Judged {
    let reading = Reading::open(lab).await?;
    let of = |state: &str, judgement: Judgement| judgement.or_in_case(state);
    let mut judgement = of(OPEN, judge(&reading.id, &reading.first)?);
    let terminal = [State::Completed, State::Expired];
    let looks = terminal.map(|state| (Situation::Terminal(state), state.word(), state.word()));
    let cancelled = [Situation::Open, Situation::Full].map(|situation| (situation, OPEN, State::Cancelled.word()));
    let looks = [looks, cancelled].concat();
    let situations: Vec<Situation> = looks.iter().map(|(situation, ..)| *situation).collect();
    for (observation, (_, before, after)) in observe_all(lab, &situations).await.into_iter().zip(looks) {
        // Other rules report what could not be arranged.
        let Ok(observation) = observation else { continue };
        for (state, look) in [(before, observation.before()), (after, observation.after())] {
            if let Ok(look) = look {
                judgement.again(of(state, judge(&observation.id, look)?));
            }
        }
    }
    Ok(judgement)
}

async fn changes_nothing(lab: &Lab<'_>) -> Judged {
    let compared = |reading: &Reading, case: &str| {
        let found = unchanged::between(&reading.first, &reading.last, &Ignoring::nothing());
        found.in_case(case)
    };
    let mut judgement = compared(&*Reading::open(lab).await?, OPEN);
    match Reading::terminal(lab).await {
        Ok(reading) => judgement.findings.extend(compared(&reading, TERMINAL).findings),
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
    for (case, sample) in strangers.foreign.iter().filter(|(_, sample)| asked.insert(&sample.id)) {
        let attempt = Attempt::Completed(sample.exchange.clone());
        let found = refusal::has_status(404, "for reading another partner's session", &attempt);
        judgement.findings.extend(found.in_case(case).findings);
    }
    Ok(judgement)
}

const WITHOUT_KEY: [(Refused, &str, &str); 2] = [
    (Refused::RetrieveWithoutKey, "missing", "for reading a session without a key"),
    (Refused::RetrieveWithUnknownKey, "unknown-key", "for reading a session with an unknown key"),
];

async fn refused_with(lab: &Lab<'_>, status: u16, request: Refused, to: &str) -> Judged {
    Ok(refusal::has_status(status, to, &*refused(lab, request).await?))
}
