//! What becomes of a cancellation by somebody who is not entitled to it.

use super::refusal;
use super::state::unchanged_by;
use crate::exchange::Credential;
use crate::secrets::Role;
use crate::stage::{ALTERED, ELSEWHERE, MALFORMED, OTHER_SCHEMES, Situation, Stage, UNKNOWN_KEY, unauthorized};
use crate::verdict::{Judged, Judgement};

pub(crate) async fn missing_key(stage: &Stage<'_>) -> Judged {
    refused(stage, [Situation::By(Credential::Missing)]).await
}

pub(crate) async fn malformed_key(stage: &Stage<'_>) -> Judged {
    refused(stage, MALFORMED.map(Situation::By)).await
}

pub(crate) async fn other_scheme(stage: &Stage<'_>) -> Judged {
    refused(stage, OTHER_SCHEMES.map(Situation::By)).await
}

pub(crate) async fn unknown_key(stage: &Stage<'_>) -> Judged {
    refused(stage, [Situation::By(UNKNOWN_KEY)]).await
}

pub(crate) async fn altered_key(stage: &Stage<'_>) -> Judged {
    refused(stage, ALTERED.map(Situation::By)).await
}

pub(crate) async fn publishable_key(stage: &Stage<'_>) -> Judged {
    refused(stage, [Situation::By(Credential::Key(Role::Publishable))]).await
}

pub(crate) async fn key_elsewhere(stage: &Stage<'_>) -> Judged {
    refused(stage, ELSEWHERE.map(Situation::KeyIn)).await
}

pub(crate) async fn unauthorized_changes_nothing(stage: &Stage<'_>) -> Judged {
    unchanged_by(stage, &unauthorized()).await
}

async fn refused(stage: &Stage<'_>, situations: impl IntoIterator<Item = Situation>) -> Judged {
    let mut judgement = Judgement::fine();
    for scene in stage.scenes(&situations.into_iter().collect::<Vec<_>>()).await {
        judgement.findings.extend(refusal::with(401, &*scene?).findings);
    }
    Ok(judgement)
}
