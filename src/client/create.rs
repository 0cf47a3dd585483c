//! Creating a session under one key, and what its response says.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::client::decode::DecodeError;
use crate::client::essentials::Essentials;
use crate::client::scalar;
use crate::client::session::Session;
use crate::client_secret::ClientSecret;
use crate::idempotency_key::IdempotencyKey;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;

/// A session that is to be created, and the key under which it is.
///
/// The key is made with the value, before the first request, and goes with every attempt and every later call that is made with
/// it: **one value is one session**, however often it is sent. Store it before the call, as it can be with serde, and a creation
/// whose response was lost can be repeated after a restart, with the same key and the same body. For a second session make a
/// second value, or give a clone [another key](Self::idempotency_key).
///
/// `Debug` shows the key alone. What serde writes is all of it, customer data included.
///
/// ```
/// use zerogate::CreateSession;
///
/// let creation = CreateSession::new("100.00", "EUR", "https://partner.example/checkout/done").user_reference("order_abc123");
/// let stored = serde_json::to_string(&creation)?;
/// let restored: CreateSession = serde_json::from_str(&stored)?;
/// assert_eq!(restored.key(), creation.key());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct CreateSession {
    idempotency_key: IdempotencyKey,
    body: Map<String, Value>,
}

impl CreateSession {
    /// A session of this amount, a decimal number in a string such as `100.00`, in this currency, such as `EUR`; and where the user
    /// is sent when it is done. It gets a random key.
    pub fn new(amount: impl Into<String>, currency: impl Into<String>, return_url: impl Into<String>) -> Self {
        Self { idempotency_key: IdempotencyKey::random(), body: Map::new() }
            .field("amount", amount.into())
            .field("currency", currency.into())
            .field("return_url", return_url.into())
    }

    /// A key of your own instead of a random one.
    pub fn idempotency_key(self, key: IdempotencyKey) -> Self {
        Self { idempotency_key: key, ..self }
    }

    /// The key under which it is created.
    #[must_use]
    pub fn key(&self) -> &IdempotencyKey {
        &self.idempotency_key
    }

    /// Where the user is sent on giving up.
    pub fn cancel_url(self, url: impl Into<String>) -> Self {
        self.field("cancel_url", url.into())
    }

    /// The token to be paid out.
    pub fn target_token(self, token: impl Into<String>) -> Self {
        self.field("target_token", token.into())
    }

    /// The network to pay out on.
    pub fn target_network(self, network: impl Into<String>) -> Self {
        self.field("target_network", network.into())
    }

    /// What the session is for: `on_ramp`, `off_ramp` or `swap`.
    pub fn flow(self, flow: impl Into<String>) -> Self {
        self.field("flow", flow.into())
    }

    /// The wallet to pay out to.
    pub fn wallet_address(self, address: impl Into<String>) -> Self {
        self.field("wallet_address", address.into())
    }

    /// Your own reference for the user or the order.
    pub fn user_reference(self, reference: impl Into<String>) -> Self {
        self.field("user_reference", reference.into())
    }

    /// Anything of your own to keep with the session.
    ///
    /// Write a fraction as a string: a number may be read back from a store with another last digit, and a key that comes with
    /// another body gets a conflict.
    pub fn metadata(self, metadata: Map<String, Value>) -> Self {
        self.field("metadata", metadata)
    }

    /// A field by its name, for those that your contract has and this type has no method for.
    ///
    /// One that the contract does not have is not left out: the call fails before anything is sent.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.body.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for CreateSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateSession").field("idempotency_key", &self.idempotency_key.as_str()).finish_non_exhaustive()
    }
}

/// A session that was created: its id, its status, and the one value for the widget.
///
/// `Debug` shows id and status.
#[derive(Clone)]
pub struct CreatedSession {
    session: Session,
    client_secret: ClientSecret,
}

impl CreatedSession {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        self.session.id()
    }

    /// Its status: `open`, unless the server replays a creation with what became of the session since.
    #[must_use]
    pub fn status(&self) -> &SessionStatus {
        self.session.status()
    }

    /// The one value for the widget; everything else stays on the server. It is shown only in the response to a creation.
    #[must_use]
    pub fn client_secret(&self) -> &ClientSecret {
        &self.client_secret
    }

    /// All of it but the client secret, which is `[redacted]` in its JSON.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Reads the response to a creation; its id, its status and its client secret are enough.
    #[cfg_attr(not(any(known_surface, test)), expect(dead_code, reason = "the contract has no such operation"))]
    pub(crate) fn read(body: &[u8]) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Secret<'b> {
            #[serde(borrow)]
            client_secret: &'b RawValue,
        }

        /// What a body has to have, for the error to name what is missing.
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only what keeps it from being decoded is of interest")]
        struct Required {
            id: String,
            status: String,
            client_secret: String,
        }

        let read = || {
            let (id, Essentials { status, json, .. }) = Essentials::named(body).ok()?;
            let Secret { client_secret: raw } = scalar::fields(json)?;
            let client_secret: String = serde_json::from_str(raw.get()).ok()?;
            // The value is a part of the text, so that this is where it begins.
            let begin = raw.get().as_ptr() as usize - json.as_ptr() as usize;
            let (before, after) = (&json[..begin], &json[begin + raw.get().len()..]);
            let session = Session::new(id, status, format!("{before}\"[redacted]\"{after}"));
            Some(Self { session, client_secret: client_secret.into() })
        };
        read().ok_or_else(|| DecodeError::of::<Required>(body))
    }
}

impl fmt::Debug for CreatedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Created{:?}", self.session)
    }
}

#[cfg(known_surface)]
mod call {
    use serde_json::Value;
    use tokio::time::Instant;
    use tracing::{Instrument, Span};

    use super::{CreateSession, CreatedSession};
    use crate::client::decode::DecodeError;
    use crate::client::error::Error;
    use crate::client::methods::Client;
    use crate::client::observe;
    use crate::client::response::Response;
    use crate::types::CreateSessionRequest;

    impl Client {
        /// Creates a session.
        ///
        /// All attempts carry the key of `creation`, and so does every later call with it: the server gives its first response
        /// again instead of creating a second session. What is tried again is in [`retry`](crate::retry).
        ///
        /// The session counts as created if its `id`, its `status` and its `client_secret` can be read, each once, whatever other
        /// field is missing; [`Session::decode`](crate::Session::decode) gives the rest. If another success than 201 has them, the
        /// session is read once, and counts if it is there. If they cannot be read, the error says
        /// `Unknown`, and [`created_session_id`](Error::created_session_id) has the id wherever it can be read.
        ///
        /// ```no_run
        /// # async fn run(client: zerogate::Client) -> Result<(), Box<dyn std::error::Error>> {
        /// use zerogate::{CreateSession, CreationRecord};
        ///
        /// let creation = CreateSession::new("100.00", "EUR", "https://partner.example/checkout/done");
        /// // Before the first request: after a crash, the same value asks for the same session.
        /// std::fs::write("order_abc123.json", serde_json::to_string(&creation)?)?;
        /// let result = client.create_session(&creation).await;
        /// let record = CreationRecord::new("order_abc123", &creation, &result);
        /// println!("{}", serde_json::to_string(&record)?);
        /// // The one value for the widget; everything else stays on the server.
        /// let for_the_widget = result?.value().client_secret().expose().to_owned();
        /// # let _ = for_the_widget;
        /// # Ok(())
        /// # }
        /// ```
        ///
        /// # Errors
        ///
        /// `Request` if the contract wants more than `creation` has, or does not have what it has; nothing was sent then.
        /// `Conflict` if the key came with another body before; nothing was created. For the others see
        /// [`ErrorKind`](crate::ErrorKind), and [`next_step`](Error::next_step) for what to do: where it is `Retry`, make the same
        /// call with the same value.
        pub async fn create_session(&self, creation: &CreateSession) -> Result<Response<CreatedSession>, Error> {
            let span = observe::span(&self.shared.base, None);
            let result = async {
                let body = creation.request().map_err(Error::unsent)?;
                let options = self.options();
                let until = Instant::now() + options.deadline;
                let call = self.begin(options, until, &span);
                let key = creation.key().as_str();
                let seen =
                    self.ask_by(call, async |api| api.create_session().idempotency_key(key).body(body).send().await);
                match seen.await {
                    Ok(log) => match CreatedSession::read(log.body()) {
                        Ok(created) => Ok(Response::of(created, log)),
                        Err(flaw) => Err(Error::unreadable(log, flaw)),
                    },
                    Err(error) => self.read_back_created(error, until).await,
                }
            };
            let result = result.instrument(span.clone()).await;
            let status = result.as_ref().ok().map(|response| response.value().status());
            observe::result(&span, &result, if result.is_ok() { "created" } else { "failed" }, status);
            result
        }

        /// A success that is not documented counts if the session in it can be read.
        async fn read_back_created(&self, error: Error, until: Instant) -> Result<Response<CreatedSession>, Error> {
            let Some(created) = error.creation().and_then(|body| CreatedSession::read(body).ok()) else {
                return Err(error);
            };
            let call = self.begin(self.options().max_attempts(1), until, &Span::none());
            match self.retrieve(call, created.id()).await {
                Ok(read) => Ok(read.after(error.attempts()).map(|_| created)),
                Err(failure) => Err(error.with_failed_read_back(&failure)),
            }
        }
    }

    impl CreateSession {
        /// The body as the contract has it, or why it is none.
        fn request(&self) -> Result<CreateSessionRequest, String> {
            let body = Value::Object(self.body.clone());
            let Ok(request) = serde_json::from_value::<CreateSessionRequest>(body.clone()) else {
                let flaw = DecodeError::of::<CreateSessionRequest>(body.to_string().as_bytes());
                return Err(format!("it is not what the contract has: {flaw}"));
            };
            // What the contract does not have would be left out without a word.
            match serde_json::to_value(&request) {
                Ok(Value::Object(sent)) => {
                    match self.body.iter().find(|(name, value)| sent.get(*name) != Some(value)) {
                        None => Ok(request),
                        Some((name, _)) => Err(format!("the contract does not have the field {name:?} as it is")),
                    }
                }
                _ => Err("it cannot be written as JSON".to_owned()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"id":"67a1","note":"gs_1","client_secret" : "gs_\u0031", "status":"open"}"#;

    #[test]
    fn three_fields_make_a_created_session_and_its_json_is_without_the_secret() {
        let created = CreatedSession::read(BODY.as_bytes()).unwrap();
        assert_eq!((created.id().as_str(), created.status().as_str()), ("67a1", "open"));
        assert_eq!(created.client_secret().expose(), "gs_1");
        assert_eq!(
            created.session().json(),
            r#"{"id":"67a1","note":"gs_1","client_secret" : "[redacted]", "status":"open"}"#
        );
        assert_eq!(format!("{created:?}"), "CreatedSession(67a1 open)");
        let marked = format!("\u{feff}{BODY}");
        assert_eq!(CreatedSession::read(marked.as_bytes()).unwrap().session(), created.session());
    }

    #[test]
    fn what_is_missing_of_the_three_is_named() {
        for (was, is, said) in [
            (r#""client_secret" : "gs_\u0031", "#, "", "/client_secret is missing, expected a string"),
            (r#""gs_\u0031""#, "null", "/client_secret is null, expected a string"),
            (r#""67a1""#, "7", "/id is a number, expected a string"),
            (r#""note":"gs_1""#, r#""client_secret":"gs_2""#, "/client_secret is repeated, expected one value"),
        ] {
            let error = CreatedSession::read(BODY.replace(was, is).as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), said);
        }
    }

    #[test]
    fn a_creation_keeps_its_key_and_shows_nothing_else() {
        let creation = CreateSession::new("100.00", "EUR", "https://partner.example/done").wallet_address("0xsecret");
        let stored = serde_json::to_string(&creation).unwrap();
        assert_eq!(serde_json::from_str::<CreateSession>(&stored).unwrap(), creation);
        assert_eq!(creation.clone().key(), creation.key());
        let shown = format!("{creation:?}");
        assert!(shown.contains(creation.key().as_str()) && !shown.contains("0xsecret"), "{shown}");
    }
}
