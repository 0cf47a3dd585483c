//! What becomes of a cancellation by somebody who is not entitled to it.

use zerogate::{KeyMode, SecretKey};

use super::apart::{Asking, told_apart};
use super::refusal;
use super::state::unchanged_by;
use crate::evidence::response_diff::Sample;
use crate::lab::{
    ALTERED, Lab, MALFORMED, Need, OTHER_SCHEMES, Situation, UNKNOWN_KEY, UNKNOWN_WEBHOOK_SECRET, WRONG_PLACES,
    observe, observe_all, sample, unauthorized,
};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::{Credential, Operation, Role};

rules! {
    "cancel-altered-key" => altered_key,
    "cancel-key-elsewhere" => key_elsewhere,
    "cancel-live-key" => live_key,
    "cancel-malformed-key" => malformed_key,
    "cancel-missing-key" => missing_key,
    "cancel-other-scheme" => other_scheme,
    "cancel-publishable-key" => publishable_key,
    "cancel-unauthorized-changes-nothing" => unauthorized_changes_nothing,
    "cancel-unauthorized-hides-existence" => unauthorized_hides_existence,
    "cancel-unknown-key" => unknown_key,
}

async fn missing_key(lab: &Lab<'_>) -> Judged {
    refused(lab, [Situation::By(Credential::Missing), Situation::TerminalBy(Credential::Missing)]).await
}

async fn malformed_key(lab: &Lab<'_>) -> Judged {
    refused(lab, MALFORMED.map(Situation::By)).await
}

async fn other_scheme(lab: &Lab<'_>) -> Judged {
    refused(lab, OTHER_SCHEMES.map(Situation::By)).await
}

async fn unknown_key(lab: &Lab<'_>) -> Judged {
    refused(lab, [UNKNOWN_KEY, UNKNOWN_WEBHOOK_SECRET].map(Situation::By)).await
}

async fn altered_key(lab: &Lab<'_>) -> Judged {
    refused(lab, ALTERED.map(Situation::By)).await
}

async fn publishable_key(lab: &Lab<'_>) -> Judged {
    refused(lab, [Situation::By(Credential::Key(Role::Publishable))]).await
}

async fn key_elsewhere(lab: &Lab<'_>) -> Judged {
    refused(lab, WRONG_PLACES.map(Situation::KeyIn)).await
}

async fn unauthorized_changes_nothing(lab: &Lab<'_>) -> Judged {
    unchanged_by(lab, &unauthorized()).await
}

/// What a live key may be told that does not count for a test session.
const NOT_HIS: [u16; 3] = [401, 403, 404];

async fn live_key(lab: &Lab<'_>) -> Judged {
    let is_test = |role| lab.target.key(role).map(|key| mode(key.expose()) == Some(KeyMode::Test));
    if is_test(Role::Live)? || !is_test(Role::Partner)? {
        return Err(Need::LiveKey.into());
    }
    let situation = Situation::By(Credential::Key(Role::Live));
    let observation = observe(lab, situation).await?;
    if observation.attempt.status().is_some_and(|status| NOT_HIS.contains(&status)) {
        return unchanged_by(lab, &[situation]).await;
    }
    let expected = format!("401, 403 or 404 to a cancellation {}", observation.words);
    let mut judgement = Judgement::from(Finding::of(expected, &observation.attempt));
    judgement.findings.extend(unchanged_by(lab, &[situation]).await.unwrap_or_default().findings);
    Ok(judgement)
}

fn mode(key: &str) -> Option<KeyMode> {
    SecretKey::new(key).ok().map(|key| key.mode())
}

async fn unauthorized_hides_existence(lab: &Lab<'_>) -> Judged {
    const OPERATION: Operation = Operation::CancelSession;
    let mut judgement = Judgement::fine();
    for credential in [Credential::Missing, UNKNOWN_KEY] {
        let real = observe(lab, Situation::By(credential)).await?;
        let unreal = observe(lab, Situation::UnknownBy(credential)).await?;
        let mut nobodys = vec![Sample { id: unreal.id.clone(), exchange: unreal.attempt.exchange()?.clone() }];
        // What differs between two responses to the same request says nothing; what differs between two ids, neither.
        let other = lab.id_like(&real.id, &format!("nobody by {credential:?}")).await?;
        for id in [&unreal.id, &other] {
            nobodys.push(sample(lab, OPERATION, id, credential).await?);
        }
        let somebodys = [Sample { id: real.id.clone(), exchange: real.attempt.exchange()?.clone() }];
        let to = format!("to a cancellation of a session that does not exist, with {credential}");
        let asking = Asking { operation: OPERATION, credential };
        judgement.findings.extend(told_apart(lab, asking, &to, &nobodys, &somebodys).await?.findings);
    }
    Ok(judgement)
}

async fn refused(lab: &Lab<'_>, situations: impl IntoIterator<Item = Situation>) -> Judged {
    let mut judgement = Judgement::fine();
    for observation in observe_all(lab, &situations.into_iter().collect::<Vec<_>>()).await {
        judgement.findings.extend(refusal::with(401, &*observation?).findings);
    }
    Ok(judgement)
}
