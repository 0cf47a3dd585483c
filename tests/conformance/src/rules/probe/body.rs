//! Rules on what a cancellation need not have, such as a body, and what it may have.

use super::session;
use crate::lab::{Body, Lab, Need, Situation, Trouble, observe};
use crate::rules::verdict::{Finding, Judged, Judgement};

rules! {
    "cancel-any-accept" => any_accept of [Situation::AcceptAll, Situation::AcceptUnsaid],
    "cancel-body-tolerated" => tolerated of [Body::EmptyObject, Body::Empty].map(Situation::WithBody),
    "cancel-no-body-needed" => none_needed,
}

/// Judges the cancellation of [`Situation::Open`], which has no body, no `Content-Type` and no `Content-Length`, like
/// curl in the reference's example.
async fn none_needed(lab: &Lab<'_>) -> Judged {
    let observation = observe(lab, Situation::Open).await?;
    let exchange = observation.exchange()?;
    if exchange.response.is_success() {
        return Ok(Judgement::fine());
    }
    // Check whether the missing body is the reason.
    let with_body = observe(lab, Situation::WithBody(Body::EmptyObject)).await?;
    if with_body.exchange()?.response.is_success() {
        let received = format!("{}, and a success with the body `{{}}`", exchange.response.status);
        return Ok(Finding::new("a success without a body", received, exchange).into());
    }
    let what = format!("cancelSession returned {} with and without a body", exchange.response.status);
    Err(Trouble::at(what, &exchange.sent).into())
}

async fn any_accept(lab: &Lab<'_>, situations: [Situation; 2]) -> Judged {
    match lab.sessions.cannot_create() {
        // Supplied sessions are few.
        Some(why) => Err(Need::Creation(why).into()),
        None => tolerated(lab, situations).await,
    }
}

async fn tolerated(lab: &Lab<'_>, situations: [Situation; 2]) -> Judged {
    // Otherwise something else is the reason.
    session::success(observe(lab, Situation::Open).await?.exchange()?)?;
    let mut judgement = Judgement::fine();
    for situation in situations {
        let observation = observe(lab, situation).await?;
        if !observation.attempt.is_success() {
            let expected = format!("a success for a cancellation {}", observation.words);
            judgement.findings.push(Finding::of(expected, &observation.attempt).in_case(&observation.case));
        }
    }
    Ok(judgement)
}
