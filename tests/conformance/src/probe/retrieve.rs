//! What reading a session answers.

use std::collections::BTreeSet;

use super::unchanged::{self, Ignoring};
use super::{refusal, session};
use crate::operation::Operation;
use crate::stage::{Attempt, Refused, Stage};
use crate::verdict::{Judged, Judgement};

pub(crate) async fn fields_present(stage: &Stage<'_>) -> Judged {
    session::fields_present(&stage.reading().await?.first)
}

pub(crate) async fn no_client_secret(stage: &Stage<'_>) -> Judged {
    session::no_client_secret(stage, &stage.reading().await?.first)
}

pub(crate) async fn changes_nothing(stage: &Stage<'_>) -> Judged {
    let reading = stage.reading().await?;
    Ok(unchanged::between(&reading.first, &reading.second, &Ignoring::fields(&[])))
}

pub(crate) async fn foreign_session(stage: &Stage<'_>) -> Judged {
    let mut judgement = Judgement::fine();
    let mut asked = BTreeSet::new();
    let strangers = stage.strangers(Operation::RetrieveSession).await?;
    for sample in strangers.foreign.iter().filter(|sample| asked.insert(&sample.id)) {
        let attempt = Attempt::Answered(sample.answer.clone());
        judgement.findings.extend(refusal::answered(404, "to reading another partner's session", &attempt).findings);
    }
    Ok(judgement)
}

pub(crate) async fn unknown_session(stage: &Stage<'_>) -> Judged {
    refused(stage, Refused::RetrieveUnknown, 404, "to reading a session that does not exist").await
}

pub(crate) async fn missing_key(stage: &Stage<'_>) -> Judged {
    refused(stage, Refused::RetrieveWithoutKey, 401, "to reading a session without a key").await
}

async fn refused(stage: &Stage<'_>, refused: Refused, status: u16, to: &str) -> Judged {
    Ok(refusal::answered(status, to, &*stage.refused(refused).await?))
}
