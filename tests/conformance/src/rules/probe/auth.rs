//! Rules on cancellations by unauthorized callers.

use zerogate::{KeyMode, SecretKey};

use super::apart::{Asking, told_apart};
use super::refusal;
use super::state::unchanged_by;
use crate::evidence::response_diff::Sample;
use crate::lab::{
    ALTERED, Lab, MALFORMED, Need, OTHER_SCHEMES, Situation, UNKNOWN_KEY, UNKNOWN_WEBHOOK_SECRET, WRONG_PLACES,
    observe, observe_all, or_lacking, sample, unauthorized,
};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::{Credential, Operation, Role};

rules! {
    "cancel-altered-key" => refused of ALTERED.map(Situation::By),
    "cancel-key-elsewhere" => refused of WRONG_PLACES.map(Situation::KeyIn),
    "cancel-live-key" => live_key [[RESPONSE, SESSION]],
    "cancel-malformed-key" => refused of MALFORMED.map(Situation::By),
    "cancel-missing-key" => refused of WITHOUT,
    "cancel-other-scheme" => refused of OTHER_SCHEMES.map(Situation::By),
    "cancel-publishable-key" => refused([Situation::By(Credential::Key(Role::Publishable))]),
    "cancel-unauthorized-changes-nothing" => unchanged_by of unauthorized(),
    "cancel-unauthorized-hides-existence" => unauthorized_hides_existence [HIDING.map(Credential::case)],
    "cancel-unknown-key" => refused of UNKNOWN,
}

const WITHOUT: [Situation; 4] = [
    Situation::By(Credential::Missing),
    Situation::TerminalBy(Credential::Missing),
    Situation::Forwarded,
    Situation::AfterOwnKey,
];

const UNKNOWN: [Situation; 3] =
    [Situation::By(UNKNOWN_KEY), Situation::By(UNKNOWN_WEBHOOK_SECRET), Situation::ByClientSecret];

/// Callers that must not be able to tell whether a session exists.
const HIDING: [Credential; 2] = [Credential::Missing, UNKNOWN_KEY];

/// The cases of a live key: the response to the cancellation, and the session afterwards.
const RESPONSE: &str = "response";
const SESSION: &str = "session";

/// The statuses for a live key that must not affect a test session.
const REFUSED: [u16; 3] = [401, 403, 404];

async fn live_key(lab: &Lab<'_>) -> Judged {
    let is_test = |role| lab.target.key(role).map(|key| mode(key.expose()) == Some(KeyMode::Test));
    if is_test(Role::Live)? || !is_test(Role::Partner)? {
        return Err(Need::LiveKey.into());
    }
    let situation = Situation::By(Credential::Key(Role::Live));
    let observation = observe(lab, situation).await?;
    let unchanged = unchanged_by(lab, [situation]).await.map(|judged| judged.in_case(SESSION));
    if observation.attempt.status().is_some_and(|status| REFUSED.contains(&status)) {
        return unchanged;
    }
    let expected = format!("401, 403 or 404 for a cancellation {}", observation.words);
    let response = Finding::of(expected, &observation.attempt).in_case(RESPONSE);
    let mut judgement = Judgement::from(response);
    judgement.findings.extend(unchanged.unwrap_or_default().findings);
    Ok(judgement)
}

fn mode(key: &str) -> Option<KeyMode> {
    SecretKey::new(key).ok().map(|key| key.mode())
}

async fn unauthorized_hides_existence(lab: &Lab<'_>) -> Judged {
    const OPERATION: Operation = Operation::CancelSession;
    let mut judgement = Judgement::fine();
    for credential in HIDING {
        let real = observe(lab, Situation::By(credential)).await?;
        let unreal = observe(lab, Situation::UnknownBy(credential)).await?;
        let mut nobodys = vec![Sample { id: unreal.id.clone(), exchange: unreal.attempt.exchange()?.clone() }];
        // Differences between two responses to the same request mean nothing, nor do those between two unknown ids.
        let other = lab.id_like(&real.id, &format!("nobody by {credential:?}")).await?;
        for id in [&unreal.id, &other] {
            nobodys.push(sample(lab, OPERATION, id, credential).await?);
        }
        let somebodys = [(&*real.case, Sample { id: real.id.clone(), exchange: real.attempt.exchange()?.clone() })];
        let to = format!("for a cancellation of a session that does not exist, with {credential}");
        let asking = Asking { operation: OPERATION, credential };
        let told = told_apart(lab, asking, &to, &nobodys, &somebodys).await?;
        judgement.findings.extend(told.findings);
    }
    Ok(judgement)
}

async fn refused(lab: &Lab<'_>, situations: impl IntoIterator<Item = Situation>) -> Judged {
    let mut judgement = Judgement::fine();
    let situations: Vec<Situation> = situations.into_iter().collect();
    for observation in observe_all(lab, &situations).await {
        let observation = or_lacking(observation, &mut judgement.lacking)?;
        judgement.findings.extend(observation.into_iter().flat_map(|one| refusal::with(401, &one).findings));
    }
    match judgement.lacking.first() {
        Some(need) if judgement.lacking.len() == situations.len() => Err(need.clone().into()),
        _ => Ok(judgement),
    }
}
