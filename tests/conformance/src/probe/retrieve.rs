//! What reading a session answers.

use std::collections::BTreeSet;

use super::unchanged::{self, Ignoring};
use super::{refusal, session};
use crate::operation::Operation;
use crate::stage::{Attempt, Reading, Refused, Stage};
use crate::verdict::{Judged, Judgement, Obstacle};

pub(crate) async fn fields_present(stage: &Stage<'_>) -> Judged {
    session::fields_present(&stage.reading().await?.first)
}

pub(crate) async fn no_client_secret(stage: &Stage<'_>) -> Judged {
    session::no_client_secret(stage, &stage.reading().await?.first)
}

pub(crate) async fn field_types(stage: &Stage<'_>) -> Judged {
    session::field_types(&stage.reading().await?.first, &[])
}

pub(crate) async fn undocumented_fields(stage: &Stage<'_>) -> Judged {
    session::undocumented_fields(&stage.reading().await?.first)
}

pub(crate) async fn changes_nothing(stage: &Stage<'_>) -> Judged {
    let compared = |reading: &Reading| unchanged::between(&reading.first, &reading.last, &Ignoring::fields(&[]));
    let mut judgement = compared(&*stage.reading().await?);
    match stage.terminal_reading().await {
        Ok(reading) => judgement.findings.extend(compared(&reading).findings),
        Err(Obstacle::Lack(need)) => judgement.lacking.push(need),
        // What is found already is not lost by what went wrong after it.
        Err(trouble) if judgement.findings.is_empty() => return Err(trouble),
        Err(_) => {}
    }
    Ok(judgement)
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
