//! What reading a session answers.

use super::unchanged::{self, Ignoring};
use super::{refusal, session};
use crate::exchange::Credential;
use crate::operation::Operation;
use crate::secrets::Role;
use crate::stage::{Stage, unknown_id};
use crate::verdict::Judged;

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
    let id = stage.foreign_session()?;
    refused(stage, &id, Credential::Key(Role::Partner), 404, "to reading another partner's session").await
}

pub(crate) async fn unknown_session(stage: &Stage<'_>) -> Judged {
    let id = unknown_id();
    refused(stage, &id, Credential::Key(Role::Partner), 404, "to reading a session that does not exist").await
}

pub(crate) async fn missing_key(stage: &Stage<'_>) -> Judged {
    let id = stage.open_session().await?;
    refused(stage, &id, Credential::Missing, 401, "to reading a session without a key").await
}

async fn refused(stage: &Stage<'_>, id: &str, credential: Credential, status: u16, to: &str) -> Judged {
    let answer = stage.conclusive(Operation::RetrieveSession, id, credential).await?;
    Ok(refusal::answered(status, to, &answer))
}
