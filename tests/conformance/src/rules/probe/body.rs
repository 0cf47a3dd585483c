//! What becomes of a cancellation with a body, and without one.

use super::refusal::cases_of;
use super::session;
use crate::lab::{Lab, Situation, Trouble, observe};
use crate::rules::verdict::{Finding, Judged, Judgement};

rules! {
    "cancel-body-tolerated" => tolerated [cases_of(&[EMPTY_OBJECT, EMPTY])],
    "cancel-no-body-needed" => none_needed,
}

/// JSON of no consequence.
const EMPTY_OBJECT: Situation = Situation::WithBody("{}");

/// What a client sends that calls everything JSON.
const EMPTY: Situation = Situation::WithBody("");

/// The cancellation of [`Situation::Open`] is the one: it has no body, no `Content-Type` and no `Content-Length`, as
/// what curl sends in the reference's example.
async fn none_needed(lab: &Lab<'_>) -> Judged {
    let observation = observe(lab, Situation::Open).await?;
    let exchange = observation.exchange()?;
    if exchange.response.is_success() {
        return Ok(Judgement::fine());
    }
    // Is it for want of a body?
    let with_body = observe(lab, EMPTY_OBJECT).await?;
    if with_body.exchange()?.response.is_success() {
        let received = format!("{}, and a success with the body `{{}}`", exchange.response.status);
        return Ok(Finding::new("a success without a body", received, exchange).into());
    }
    let what = format!("cancelSession answered {} with and without a body", exchange.response.status);
    Err(Trouble::at(what, &exchange.sent).into())
}

async fn tolerated(lab: &Lab<'_>) -> Judged {
    // Otherwise it is not the body that is refused.
    session::success(observe(lab, Situation::Open).await?.exchange()?)?;
    let mut judgement = Judgement::fine();
    for situation in [EMPTY_OBJECT, EMPTY] {
        let observation = observe(lab, situation).await?;
        let is_success = observation.attempt.status().is_some_and(|status| (200..300).contains(&status));
        if !is_success {
            let expected = format!("a success of a cancellation {}", observation.words);
            judgement.findings.push(Finding::of(expected, &observation.attempt).in_case(observation.case.clone()));
        }
    }
    Ok(judgement)
}
