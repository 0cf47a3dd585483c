//! Requests to the other operations that are to be refused.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::Lab;
use super::session::{Contents, IDEMPOTENCY_KEY, Opened};
use super::trial::Attempt;
use crate::rules::verdict::{Need, Obstacle};
use crate::wire::exchange::{Credential, Request};
use crate::wire::operation::Operation;
use crate::wire::secrets::Role;

/// A request that is to be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    RetrieveUnknown,
    RetrieveWithoutKey,
    RetrieveWithPublishableKey,
    ListWithoutKey,
    CreateWithoutKey,
    /// Without a field that is required.
    CreateIncomplete,
}

impl Refused {
    pub(crate) const ALL: [Self; 6] = [
        Self::RetrieveUnknown,
        Self::RetrieveWithoutKey,
        Self::RetrieveWithPublishableKey,
        Self::ListWithoutKey,
        Self::CreateWithoutKey,
        Self::CreateIncomplete,
    ];
}

impl Lab<'_> {
    /// Makes the request, or remembers what came of it.
    pub(crate) async fn refused(&self, refused: Refused) -> Result<Arc<Attempt>, Obstacle> {
        let name = format!("{refused:?}");
        let ask = async {
            match refused {
                Refused::RetrieveUnknown => {
                    let id = self.unknown_id(&name).await;
                    self.ask(&name, Operation::RetrieveSession, &id, Credential::Key(Role::Partner)).await
                }
                Refused::RetrieveWithoutKey => self.read_by(&name, Credential::Missing).await,
                Refused::RetrieveWithPublishableKey => {
                    self.target.key(Role::Publishable)?;
                    self.read_by(&name, Credential::Key(Role::Publishable)).await
                }
                Refused::ListWithoutKey => self.ask(&name, Operation::ListSessions, "", Credential::Missing).await,
                Refused::CreateWithoutKey => self.create(&name, Credential::Missing, |_| {}).await,
                Refused::CreateIncomplete => {
                    let without_amount = |body: &mut Value| {
                        body.as_object_mut().map(|body| body.remove("amount"));
                    };
                    self.create(&name, Credential::Key(Role::Partner), without_amount).await
                }
            }
        };
        self.refusals.get(&name, ask).await
    }

    /// An attempt to read a session of the partner's.
    async fn read_by(&self, name: &str, who: Credential) -> Result<Attempt, Obstacle> {
        let Opened { id, .. } = self.open_session(name, Contents::Plain).await?;
        let attempt = self.ask(name, Operation::RetrieveSession, &id, who).await;
        self.give_back(&id);
        attempt
    }

    async fn ask(&self, name: &str, operation: Operation, id: &str, who: Credential) -> Result<Attempt, Obstacle> {
        self.tested(self.request(operation, id, who)?.called(name)).await
    }

    /// An attempt to create a session; one that comes of it is to be cancelled in the end.
    async fn create(&self, name: &str, who: Credential, edit: fn(&mut Value)) -> Result<Attempt, Obstacle> {
        let mut body = self.new_session(name, Contents::Plain);
        edit(&mut body);
        let request = self.creation_by(name, who, &body)?;
        let attempt = self.tested(request).await?;
        if let Attempt::Answered(answer) = &attempt {
            self.learn_created(answer);
        }
        Ok(attempt)
    }

    fn creation_by(&self, name: &str, who: Credential, body: &Value) -> Result<Request, Need> {
        let request = self.request(Operation::CreateSession, "", who)?.called(name);
        Ok(request.with(IDEMPOTENCY_KEY, Uuid::new_v4().to_string()).with_body(body))
    }
}
