//! What becomes of a cancellation by somebody who is not entitled to it.

use super::refusal;
use super::state::unchanged_by;
use crate::stage::{Situation, Stage, UNAUTHORIZED};
use crate::verdict::{Judged, Judgement};

pub(crate) async fn missing_key(stage: &Stage<'_>) -> Judged {
    refused(stage, &[Situation::MissingKey]).await
}

pub(crate) async fn malformed_key(stage: &Stage<'_>) -> Judged {
    refused(stage, &[Situation::MalformedKey, Situation::OtherScheme]).await
}

pub(crate) async fn unknown_key(stage: &Stage<'_>) -> Judged {
    refused(stage, &[Situation::UnknownKey]).await
}

pub(crate) async fn publishable_key(stage: &Stage<'_>) -> Judged {
    refused(stage, &[Situation::PublishableKey]).await
}

pub(crate) async fn unauthorized_changes_nothing(stage: &Stage<'_>) -> Judged {
    unchanged_by(stage, &UNAUTHORIZED).await
}

async fn refused(stage: &Stage<'_>, situations: &[Situation]) -> Judged {
    let mut judgement = Judgement::fine();
    for situation in situations {
        let scene = stage.scene(*situation).await?;
        judgement.findings.extend(refusal::with(401, &scene).findings);
    }
    Ok(judgement)
}
