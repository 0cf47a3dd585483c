//! Creates sessions with an idempotency key, and reads the response.

use std::fmt;

use serde::de::{self, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};
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

/// A session to create, with its idempotency key.
///
/// The key is made with the value, before the first request, and goes with every attempt and every later call with this
/// value: one value is one session, however often it is sent, as long as the server remembers the key. Store the value before the call (it implements
/// serde's traits). After a restart, a creation whose response was lost can then be repeated with the same key and the
/// same body. For a second session make a second value, or give a clone [another key](Self::idempotency_key). Changing
/// a field does not change the key, and a server should refuse a key that it has seen with another body; the vendor does
/// not document that.
///
/// How long the server remembers a key is not documented. After more than a few hours, list the sessions before you
/// send the value again.
///
/// `Debug` shows only the key. Serialisation with serde includes everything, also customer data.
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
    /// Creates a value with the required fields and a random key.
    ///
    /// `amount` is a decimal number in a string, such as `100.00`, and `currency` a code such as `EUR`. The customer
    /// is sent to `return_url` at the end.
    pub fn new(amount: impl Into<String>, currency: impl Into<String>, return_url: impl Into<String>) -> Self {
        Self { idempotency_key: IdempotencyKey::random(), body: Map::new() }
            .field("amount", amount.into())
            .field("currency", currency.into())
            .field("return_url", return_url.into())
    }

    /// Sets your own key instead of a random one.
    pub fn idempotency_key(self, key: IdempotencyKey) -> Self {
        Self { idempotency_key: key, ..self }
    }

    /// The idempotency key of the creation.
    #[must_use]
    pub fn key(&self) -> &IdempotencyKey {
        &self.idempotency_key
    }

    /// The URL that the customer is sent to after giving up.
    pub fn cancel_url(self, url: impl Into<String>) -> Self {
        self.field("cancel_url", url.into())
    }

    /// The token to pay out.
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

    /// Your own data to keep with the session.
    ///
    /// Write fractions as strings: a number can change its last digit when you store and restore it, and a key with a
    /// different body is a conflict.
    pub fn metadata(self, metadata: Map<String, Value>) -> Self {
        self.field("metadata", metadata)
    }

    /// Sets a field by name, for fields of your contract that have no method here.
    ///
    /// A field that the contract does not have is not dropped silently: the call fails before anything is sent.
    ///
    /// ```
    /// use zerogate::CreateSession;
    ///
    /// let creation = CreateSession::new("100.00", "EUR", "https://partner.example/done").field("locale", "de");
    /// ```
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

/// A created session: its id, its status and its client secret.
///
/// `Debug` shows only the id and status.
#[derive(Clone)]
pub struct CreatedSession {
    session: Session,
    client_secret: ClientSecret,
}

impl CreatedSession {
    /// The id of the session.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        self.session.id()
    }

    /// The status of the session: `open`, unless the server replays an earlier creation and the session has changed
    /// since.
    #[must_use]
    pub fn status(&self) -> &SessionStatus {
        self.session.status()
    }

    /// The value for the widget; everything else stays on the server. Only the response to a creation contains it.
    #[must_use]
    pub fn client_secret(&self) -> &ClientSecret {
        &self.client_secret
    }

    /// All fields except the client secret, which is `[redacted]` in the JSON.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Reads the response to a creation; requires only the id, the status and the client secret.
    #[cfg_attr(not(any(known_surface, test)), expect(dead_code, reason = "the contract has no such operation"))]
    pub(crate) fn read(body: &[u8]) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Secret<'b> {
            #[serde(borrow)]
            client_secret: &'b RawValue,
        }

        /// The required fields, so that the error names a missing one.
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only what keeps it from being decoded is of interest")]
        struct Required {
            id: SessionId,
            status: String,
            client_secret: NotEmpty,
        }

        let read = || {
            let (id, Essentials { status, json, .. }) = Essentials::named(body).ok()?;
            let Secret { client_secret: raw } = scalar::fields(json)?;
            let NotEmpty(client_secret) = serde_json::from_str(raw.get()).ok()?;
            // The value is a slice of the text, so this is its offset.
            let begin = raw.get().as_ptr() as usize - json.as_ptr() as usize;
            let (before, after) = (&json[..begin], &json[begin + raw.get().len()..]);
            let session = Session::new(id, status, format!("{before}\"[redacted]\"{after}"));
            Some(Self { session, client_secret: client_secret.into() })
        };
        read().ok_or_else(|| DecodeError::of::<Required>(body))
    }
}

/// A string that is not empty.
struct NotEmpty(String);

impl<'de> Deserialize<'de> for NotEmpty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Err(de::Error::invalid_value(Unexpected::Str(""), &"a string that is not empty"));
        }
        Ok(Self(text))
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
    use tracing::Instrument;

    use super::{CreateSession, CreatedSession};
    use crate::client::decode::DecodeError;
    use crate::client::error::Error;
    use crate::client::methods::Client;
    use crate::client::observe::{self, CallSpan};
    use crate::client::operation::Operation;
    use crate::client::response::Response;
    use crate::error_kind::ErrorKind;
    use crate::types::CreateSessionRequest;

    impl Client {
        /// Creates a session.
        ///
        /// All attempts, and all later calls with the same value, send the key of `creation`: the server then returns
        /// its first response again instead of creating a second session. [`retry`](crate::retry) lists what is
        /// retried.
        ///
        /// The session counts as created if the response has its `id`, `status` and `client_secret`, each once, even if
        /// other fields are missing; [`Session::decode`](crate::Session::decode) reads the rest. If a success other
        /// than 201 has them, the session is read, and counts as created if it exists. If they cannot be read, the
        /// delivery of the error is `Unknown`, and [`created_session_id`](Error::created_session_id) returns the id if
        /// the response has one.
        ///
        /// ```no_run
        /// # async fn run(client: zerogate::Client) -> Result<(), Box<dyn std::error::Error>> {
        /// use zerogate::{CreateSession, CreationRecord};
        ///
        /// // Stored before the first request: after a crash, the same value returns the same session.
        /// let path = "order_abc123.json";
        /// let creation: CreateSession = if std::fs::exists(path)? {
        ///     serde_json::from_slice(&std::fs::read(path)?)?
        /// } else {
        ///     let new = CreateSession::new("100.00", "EUR", "https://partner.example/checkout/done");
        ///     std::fs::write(path, serde_json::to_string(&new)?)?;
        ///     new
        /// };
        /// let result = client.create_session(&creation).await;
        /// let record = CreationRecord::new("order_abc123", &creation, &result);
        /// println!("{}", serde_json::to_string(&record)?);
        /// // Only this value is for the widget; everything else stays on the server.
        /// let for_the_widget = result?.value().client_secret().expose().to_owned();
        /// # let _ = for_the_widget;
        /// # Ok(())
        /// # }
        /// ```
        ///
        /// # Panics
        ///
        /// Panics outside a tokio runtime with I/O and time enabled.
        ///
        /// # Errors
        ///
        /// - `Request` if `creation` lacks a field that the contract requires, or has one that the contract does not
        ///   know. Nothing was sent.
        /// - `Conflict` if the key was used before with another body. This request created nothing, but **the earlier
        ///   one may have created a session**: list the sessions before you create another one with a new key.
        /// - For the others see [`ErrorKind`](crate::ErrorKind).
        ///
        /// [`next_step`](Error::next_step) says what to do. Where it is `Retry`, make the same call with the same
        /// value. How long the server remembers a key is not documented: after more than a few hours, list the sessions
        /// first.
        pub async fn create_session(&self, creation: &CreateSession) -> Result<Response<CreatedSession>, Error> {
            let span = observe::span(&self.shared.base, None, Operation::named("create_session"));
            let result = async {
                let body = creation.request().map_err(|text| Error::unsent(ErrorKind::Request, text))?;
                let options = self.options();
                let until = Instant::now() + options.deadline;
                // Time to read the session back is kept, as for a cancellation.
                let sent_until = until - options.reserve();
                let call = self.begin(options, sent_until, &span);
                let key = creation.key().as_str();
                let seen =
                    self.ask_by(call, async |api| api.create_session().idempotency_key(key).body(body).send().await);
                match seen.await {
                    Ok(log) => match CreatedSession::read(log.body()) {
                        Ok(created) => Ok(Response::of(created, log)),
                        Err(flaw) => Err(Error::unreadable(log, flaw)),
                    },
                    Err(error) => self.read_back_created(error, until, &span).await,
                }
            };
            let result = result.instrument(span.clone()).await;
            let session = result.as_ref().ok().map(|response| response.value().session());
            observe::result(span, &result, if result.is_ok() { "created" } else { "failed" }, session);
            result
        }

        /// Accepts an undocumented success if its session can be read.
        async fn read_back_created(
            &self,
            error: Error,
            until: Instant,
            span: &CallSpan<'_>,
        ) -> Result<Response<CreatedSession>, Error> {
            let Some(created) = error.creation().and_then(|body| CreatedSession::read(body).ok()) else {
                return Err(error);
            };
            match self.read_back(created.id(), until, &error, span).await {
                // The response may be a replay; the session as it reads now is newer.
                Ok(read) => Ok(read
                    .after(error.attempts())
                    .map(|session| CreatedSession { session, client_secret: created.client_secret })),
                Err(failure) => Err(error.with_failed_read_back(&failure)),
            }
        }
    }

    impl CreateSession {
        /// Returns the body as the contract's type, or why it does not match.
        fn request(&self) -> Result<CreateSessionRequest, String> {
            let body = Value::Object(self.body.clone());
            let Ok(request) = serde_json::from_value::<CreateSessionRequest>(body.clone()) else {
                let flaw = DecodeError::of::<CreateSessionRequest>(body.to_string().as_bytes());
                return Err(format!("the body does not match the contract: {flaw}"));
            };
            // The typed body silently drops fields that the contract does not have.
            match serde_json::to_value(&request) {
                Ok(Value::Object(sent)) => {
                    match self.body.iter().find(|(name, value)| sent.get(*name) != Some(value)) {
                        None => Ok(request),
                        Some((name, Value::Null)) => Err(format!("null is not sent: omit the field {name:?}")),
                        Some((name, _)) => {
                            Err(format!("the contract does not have the field {name:?}, or not with this value"))
                        }
                    }
                }
                _ => Err("the body cannot be written as JSON".to_owned()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"id":"67a1","note":"gs_1","client_secret" : "gs_\u0031", "status":"open"}"#;

    #[test]
    fn three_fields_are_enough_and_the_json_omits_the_secret() {
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
    fn the_error_names_the_missing_field() {
        for (was, is, said) in [
            (r#""client_secret" : "gs_\u0031", "#, "", "/client_secret is missing, expected a string"),
            (r#""gs_\u0031""#, "null", "/client_secret is null, expected a string"),
            (r#""gs_\u0031""#, r#""""#, "/client_secret is a string, expected a string that is not empty"),
            (
                r#""67a1""#,
                r#""a/b""#,
                "/id is a string, expected a session id, but a slash or backslash in it would make the request address something else",
            ),
            (r#""67a1""#, "7", "/id is a number, expected a string"),
            (r#""note":"gs_1""#, r#""client_secret":"gs_2""#, "/client_secret is repeated, expected one value"),
        ] {
            let error = CreatedSession::read(BODY.replace(was, is).as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), said);
        }
    }

    #[test]
    fn a_stored_creation_keeps_its_key_and_debug_shows_only_the_key() {
        let creation = CreateSession::new("100.00", "EUR", "https://partner.example/done").wallet_address("0xsecret");
        let stored = serde_json::to_string(&creation).unwrap();
        assert_eq!(serde_json::from_str::<CreateSession>(&stored).unwrap(), creation);
        assert_eq!(creation.clone().key(), creation.key());
        let shown = format!("{creation:?}");
        assert!(shown.contains(creation.key().as_str()) && !shown.contains("0xsecret"), "{shown}");
    }
}
