use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use progenitor_client::ResponseValue;
use reqwest::{redirect, retry};

use crate::answer;
use crate::base_url::{BaseUrl, InvalidBaseUrl, PRODUCTION};
use crate::cancel::{self, Cancellation};
use crate::error::Error;
use crate::generated::api;
use crate::hooks::{Call, Shared};
use crate::response::Response;
use crate::secret_key::{KeyMode, SecretKey};
use crate::session;
use crate::session_id::SessionId;
use crate::types::GateSession;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call may take as a whole.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A partner's connection to 0Gate: the operations, under one secret key.
///
/// Cheap to clone; clones share the key and the connections. For a server only: the key must not reach a browser
/// (reference, *Production rules*).
///
/// Each request carries the headers that the contract documents, and beside them only `Host`, `Accept`, `User-Agent` and,
/// where HTTP asks for it, `Content-Length`. Redirects are not followed, because the key must not travel. Every call is
/// sent once; retrying is the caller's decision.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    http: reqwest::Client,
}

impl Client {
    /// A client of the production server.
    ///
    /// # Errors
    ///
    /// As for [`ClientBuilder::build`].
    pub fn new(key: SecretKey) -> Result<Self, Error> {
        Self::builder(key).build()
    }

    /// A client with other settings.
    ///
    /// ```
    /// use zerogate::{Client, SecretKey};
    ///
    /// let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let client = Client::builder(key).base_url("http://localhost:4000")?.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn builder(key: SecretKey) -> ClientBuilder {
        ClientBuilder { key, base: None, connect_timeout: CONNECT_TIMEOUT, timeout: TIMEOUT }
    }

    /// Cancels an open session.
    ///
    /// 201 is [`Cancellation::Cancelled`]; 409, a session that is terminal already, is
    /// [`Cancellation::AlreadyTerminal`] and not an error (reference, *Cancel is only valid from open* and *Errors, 409*).
    ///
    /// The request is sent once. When [`Error::delivery`] is `Unknown`, the session may be cancelled all the same: read its
    /// status with [`retrieve_session`](Self::retrieve_session).
    ///
    /// # Errors
    ///
    /// Everything but a 201 that holds the cancelled session, and a 409: see [`ErrorKind`](crate::ErrorKind). A 201 is
    /// not believed if its body is not a `gate_session`, is another session, or is not `cancelled`.
    pub async fn cancel_session(&self, id: &SessionId) -> Result<Response<Cancellation>, Error> {
        let id = id.clone();
        let answer = self.call(async |api| api.cancel_session().id(&id).send().await).await;
        cancel::outcome(&id, answer)
    }

    /// Reads a session as it is now.
    ///
    /// The status it reports is authoritative (reference, *Cancel is only valid from open*).
    ///
    /// # Errors
    ///
    /// `NotFound` for a session that does not exist or belongs to another partner: the two cannot be told apart
    /// (reference, *Errors, 404*). `Contradiction` for an answer that holds another session. For the others see
    /// [`ErrorKind`](crate::ErrorKind).
    pub async fn retrieve_session(&self, id: &SessionId) -> Result<Response<GateSession>, Error> {
        let id = id.clone();
        let answer = self.call(async |api| api.retrieve_session().id(&id).send().await).await?;
        match session::denial(answer.value(), &id) {
            None => Ok(answer),
            Some(denial) => Err(Error::contradiction("retrieveSession", &answer, denial)),
        }
    }

    /// Calls any operation of the contract, through its generated builder.
    ///
    /// The call has the same key, headers and errors as those that have a method of their own. It is for one operation; a
    /// second one in the same closure is refused before it is sent. The error inside the closure is progenitor's, which
    /// prints bodies: let it out of the closure as it is, and this method turns it into an [`Error`] that does not.
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client) -> Result<(), zerogate::Error> {
    /// let page = client.call(async |api| api.list_sessions().limit(20).send().await).await?;
    /// for session in &page.value().data {
    ///     println!("{} {}", session.id, session.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Everything but the documented success: see [`ErrorKind`](crate::ErrorKind).
    pub async fn call<T, E, F>(&self, operation: F) -> Result<Response<T>, Error>
    where
        F: AsyncFnOnce(api::Client) -> Result<ResponseValue<T>, api::Error<E>>,
    {
        let call = Call::new(Arc::clone(&self.shared));
        let base = self.shared.base.to_string();
        let api = api::Client::new_with_client(&base, self.http.clone(), call.clone());
        match operation(api).await {
            Ok(value) => match call.seen().answer {
                // A body that is handed on as a stream was decoded by nobody, who would have missed its end.
                Some(answer) if answer.is_incomplete() => Err(Error::of_incomplete(answer, call.seen().operation)),
                _ => {
                    let status = value.status().as_u16();
                    let request_id = answer::request_id(value.headers());
                    Ok(Response::new(value.into_inner(), status, request_id))
                }
            },
            Err(failure) => Err(Error::of_call(failure, call.seen())),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.shared.base).finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
#[derive(Debug)]
pub struct ClientBuilder {
    key: SecretKey,
    base: Option<BaseUrl>,
    connect_timeout: Duration,
    timeout: Duration,
}

impl ClientBuilder {
    /// The server to talk to, instead of production: with or without `/v1` at the end.
    ///
    /// # Errors
    ///
    /// If it is not an `http` or `https` URL, or has a password, a query or a fragment in it.
    pub fn base_url(self, url: &str) -> Result<Self, InvalidBaseUrl> {
        let base = BaseUrl::parse(url)?;
        Ok(Self { base: Some(base), ..self })
    }

    /// How long a connection may take to come about; 5 s unless set.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// How long a call may take, from the connection to the last byte of the answer; 30 s unless set.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If the key may be a live one and would travel in plain text, over `http` to another machine; or if TLS cannot be
    /// set up on this one.
    pub fn build(self) -> Result<Client, Error> {
        let base = match self.base {
            Some(base) => base,
            None => BaseUrl::parse(PRODUCTION).map_err(|cause| Error::configuration(cause.to_string()))?,
        };
        if base.is_plain_text() && self.key.mode() != KeyMode::Test {
            return Err(Error::configuration("a key that may be live must not travel over plain http; use https"));
        }
        let mut http = reqwest::Client::builder()
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            // A redirect would carry the key to wherever the answer points.
            .redirect(redirect::Policy::none())
            .referer(false)
            // Nothing is sent twice behind the caller's back; HTTP/2 would resend refused streams.
            .retry(retry::never())
            .http1_only()
            // Off unless some other crate of the build turns the feature on; then they would add a header.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd();
        if base.is_loopback() {
            http = http.no_proxy();
        }
        let http = http
            .build()
            .map_err(|cause| Error::configuration("TLS cannot be set up").with_source(cause.without_url()))?;
        Ok(Client { shared: Arc::new(Shared { authorization: self.key.authorization(), base }), http })
    }
}
