//! What becomes of a cancellation of a session that is not the partner's.

use super::refusal;
use super::state::unchanged_by;
use crate::stage::{Situation, Stage};
use crate::verdict::{Judged, Judgement, Obstacle};

pub(crate) async fn unknown_session(stage: &Stage<'_>) -> Judged {
    Ok(refusal::with(404, &*stage.scene(Situation::Unknown).await?))
}

pub(crate) async fn foreign_session(stage: &Stage<'_>) -> Judged {
    let mut judgement = Judgement::fine();
    for scene in stage.scenes(&foreign(stage).await?).await {
        judgement.findings.extend(refusal::with(404, &*scene?).findings);
    }
    Ok(judgement)
}

pub(crate) async fn foreign_untouched(stage: &Stage<'_>) -> Judged {
    unchanged_by(stage, &foreign(stage).await?).await
}

/// A session of another partner in each state that there is one in.
async fn foreign(stage: &Stage<'_>) -> Result<Vec<Situation>, Obstacle> {
    let count = stage.foreign_sessions().await?.len();
    Ok((0..count.min(MOST)).map(Situation::Foreign).collect())
}

/// More foreign sessions than states are not looked at.
const MOST: usize = 4;
