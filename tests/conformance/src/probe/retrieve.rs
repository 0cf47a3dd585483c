//! What reading a session answers.

use super::unchanged::{self, Ignoring};
use super::{refusal, session};
use crate::exchange::Credential;
use crate::operation::Operation;
use crate::secrets::Role;
use crate::stage::{Contents, Opened, Stage};
use crate::verdict::{Judged, Need};

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
    let ids = stage.foreign_sessions().await?;
    let id = ids.first().ok_or(Need::ForeignSession)?;
    refused(stage, id, Credential::Key(Role::Partner), 404, "to reading another partner's session").await
}

pub(crate) async fn unknown_session(stage: &Stage<'_>) -> Judged {
    let id = stage.unknown_id("retrieve-unknown-session");
    refused(stage, &id, Credential::Key(Role::Partner), 404, "to reading a session that does not exist").await
}

pub(crate) async fn missing_key(stage: &Stage<'_>) -> Judged {
    let Opened { id, .. } = stage.open_session("retrieve-missing-key", Contents::Plain).await?;
    let refused = refused(stage, &id, Credential::Missing, 401, "to reading a session without a key").await;
    stage.give_back(&id);
    refused
}

async fn refused(stage: &Stage<'_>, id: &str, credential: Credential, status: u16, to: &str) -> Judged {
    let request = stage.request(Operation::RetrieveSession, id, credential)?.called(to);
    Ok(refusal::answered(status, to, &stage.tested(request).await?))
}
