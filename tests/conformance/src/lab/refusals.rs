//! Requests to the other operations that the server must refuse.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::attempt::Attempt;
use super::contents::{Contents, remove};
use super::core::Lab;
use super::obstacle::Obstacle;
use super::reading::Reading;
use super::sessions::Opened;
use super::situation::UNKNOWN_KEY;
use crate::wire::{Credential, Operation, Role};

/// A request that the server must refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    RetrieveUnknown,
    RetrieveWithoutKey,
    RetrieveWithPublishableKey,
    RetrieveWithUnknownKey,
    ListWithoutKey,
    ListWithUnknownKey,
    CreateWithoutKey,
    CreateWithUnknownKey,
    /// Without a required field.
    CreateIncomplete,
    CreateIncompleteWithoutKey,
    CreateNoJsonWithoutKey,
}

impl Refused {
    pub(crate) const ALL: [Self; 11] = [
        Self::RetrieveUnknown,
        Self::RetrieveWithoutKey,
        Self::RetrieveWithPublishableKey,
        Self::RetrieveWithUnknownKey,
        Self::ListWithoutKey,
        Self::ListWithUnknownKey,
        Self::CreateWithoutKey,
        Self::CreateWithUnknownKey,
        Self::CreateIncomplete,
        Self::CreateIncompleteWithoutKey,
        Self::CreateNoJsonWithoutKey,
    ];
}

/// Sends the request; done once.
pub(crate) async fn refused(lab: &Lab<'_>, refused: Refused) -> Result<Arc<Attempt>, Obstacle> {
    let name = format!("{refused:?}");
    let ask = async {
        match refused {
            Refused::RetrieveUnknown => {
                lab.readable().await?;
                let id = lab.unknown_id(&name).await;
                ask(lab, &name, Operation::RetrieveSession, &id, Credential::Key(Role::Partner)).await
            }
            Refused::RetrieveWithoutKey => read_by(lab, &name, Credential::Missing).await,
            Refused::RetrieveWithPublishableKey => {
                lab.target.key(Role::Publishable)?;
                read_by(lab, &name, Credential::Key(Role::Publishable)).await
            }
            Refused::RetrieveWithUnknownKey => read_by(lab, &name, UNKNOWN_KEY).await,
            Refused::ListWithoutKey => ask(lab, &name, Operation::ListSessions, "", Credential::Missing).await,
            Refused::ListWithUnknownKey => ask(lab, &name, Operation::ListSessions, "", UNKNOWN_KEY).await,
            Refused::CreateWithoutKey => create(lab, &name, Credential::Missing, |_| {}).await,
            Refused::CreateWithUnknownKey => create(lab, &name, UNKNOWN_KEY, |_| {}).await,
            Refused::CreateIncomplete => create(lab, &name, Credential::Key(Role::Partner), without_amount).await,
            Refused::CreateIncompleteWithoutKey => create(lab, &name, Credential::Missing, without_amount).await,
            Refused::CreateNoJsonWithoutKey => {
                let key = Uuid::new_v4().to_string();
                let request = lab.creation_by(Credential::Missing, &name, &key, &NO_JSON)?;
                lab.tested(request.irregular()).await
            }
        }
    };
    lab.once(&name, ask).await
}

/// Attempts to read a session of the partner.
async fn read_by(lab: &Lab<'_>, name: &str, who: Credential) -> Result<Attempt, Obstacle> {
    lab.readable().await?;
    if let Ok(reading) = Reading::open(lab).await {
        return ask(lab, name, Operation::RetrieveSession, &reading.id, who).await;
    }
    let Opened { id, .. } = lab.open_session(name, Contents::Plain).await?;
    let attempt = ask(lab, name, Operation::RetrieveSession, &id, who).await;
    lab.sessions.untake(&id);
    attempt
}

async fn ask(lab: &Lab<'_>, name: &str, operation: Operation, id: &str, who: Credential) -> Result<Attempt, Obstacle> {
    lab.tested(lab.request(operation, id, who)?.called(name)).await
}

/// Attempts to create a session.
async fn create(lab: &Lab<'_>, name: &str, who: Credential, edit: fn(&mut Value)) -> Result<Attempt, Obstacle> {
    let mut body = lab.new_session(name, Contents::Plain);
    edit(&mut body);
    lab.tested(lab.creation_by(who, name, &Uuid::new_v4().to_string(), &body)?).await
}

/// Truncated JSON.
const NO_JSON: &str = r#"{"amount": "#;

fn without_amount(body: &mut Value) {
    remove(body, "amount");
}
