//! What becomes of a cancellation of a session that is not the partner's.

use super::refusal;
use super::state::unchanged_by;
use crate::stage::{Situation, Stage};
use crate::verdict::Judged;

pub(crate) async fn unknown_session(stage: &Stage<'_>) -> Judged {
    Ok(refusal::with(404, &*stage.scene(Situation::Unknown).await?))
}

pub(crate) async fn foreign_session(stage: &Stage<'_>) -> Judged {
    Ok(refusal::with(404, &*stage.scene(Situation::Foreign).await?))
}

pub(crate) async fn foreign_untouched(stage: &Stage<'_>) -> Judged {
    unchanged_by(stage, &[Situation::Foreign]).await
}
