use std::fmt;
use std::sync::Arc;

use progenitor_client::ResponseValue;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::client::api;
use crate::client::call::{Call, Shared};
use crate::client::call_log::CallLog;
use crate::client::cancel::{self, CancelResult, Cancellation};
use crate::client::error::Error;
use crate::client::essentials::Essentials;
use crate::client::observe::{self, CallSpan};
use crate::client::operation::Operation;
use crate::client::options::CallOptions;
use crate::client::raw_response::{self, RawResponse};
use crate::client::response::Response;
use crate::client::send::{self, Refusal};
use crate::client::session::Session;
use crate::record::RecordedOutcome;
use crate::session_id::SessionId;

/// A client for the 0Gate API with one secret key.
///
/// Cheap to clone; clones share the key and the connections. For servers only: the key must not reach a browser
/// (reference, *Production rules*).
///
/// Each request has the headers that the contract documents, plus only `Host`, `Accept`, `User-Agent`, `Content-Length`
/// where HTTP requires it, and the [trace context](crate::ClientBuilder::trace_context) if you enable it. The client
/// does not follow redirects, so that the key never reaches another server; [your own reqwest
/// client](crate::ClientBuilder::http_client) may. [`retry`](crate::retry) lists what is retried. Nothing else is sent
/// twice, and nothing is sent after the future of a call is dropped.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    http: reqwest::Client,
    options: CallOptions,
}

/// The names of operations in generated code.
const CANCEL: &str = "cancel_session";
const RETRIEVE: &str = "retrieve_session";

impl Client {
    pub(crate) fn of(shared: Shared, http: reqwest::Client, options: CallOptions) -> Self {
        Self { shared: Arc::new(shared), http, options }
    }

    /// Returns the same client, on the same connections, with other options for its calls.
    ///
    /// ```
    /// # fn run(client: &zerogate::Client) {
    /// use std::time::Duration;
    ///
    /// let hurried = client.with_options(client.options().deadline(Duration::from_secs(2)));
    /// # }
    /// ```
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { options, ..self.clone() }
    }

    /// Returns the options of this client's calls, for example to change one and keep the others.
    pub fn options(&self) -> CallOptions {
        self.options.clone()
    }

    /// Cancels an open session.
    ///
    /// | response | result |
    /// |---|---|
    /// | 201, and its `id`, `object` and `status` say that this session is cancelled | [`Cancelled`](Cancellation::Cancelled) (reference, *Response*), even if other fields are missing |
    /// | 409 with its envelope | [`AlreadyTerminal`](Cancellation::AlreadyTerminal), with the session from `retrieveSession`; that status is authoritative (*Cancel is only valid from open*). Without the session if the read fails |
    /// | 409 with its envelope, and the session reads `open` | an error, `Contradiction` |
    /// | 408, 425, 429, 5xx except 501, no response | retried where the table in [`retry`](crate::retry) says so (*Errors, 429* and *5xx*) |
    /// | any other success, a redirect, a 201 whose body contradicts it or is unreadable, any other 4xx without its envelope | not retried; the session is read, as in the next row |
    /// | an attempt may have taken effect, and a 404 or another error follows | the session is read, and its id and status decide: `cancelled` gives [`FoundCancelled`](Cancellation::FoundCancelled), `completed` and `expired` give `AlreadyTerminal`, anything else an error whose [`delivery`](Error::delivery) is `Unknown`; but a 404 is settled if the read gets one too |
    /// | 404 with its envelope, without such an attempt | an error, `NotFound`: no such session, or another partner's (*Errors, 404*) |
    /// | any other status | an error with that status, which claims no result |
    ///
    /// Limit a call by its [deadline](CallOptions::deadline), not by a timeout around it: a dropped future returns no
    /// result and no record, and its delivery is unknown. If that happens, cancel again.
    ///
    /// An error whose delivery is `Unknown` is not a failed cancellation: the session may be cancelled. Read it later
    /// with [`retrieve_session`](Self::retrieve_session), or call this again, which is safe because only an open
    /// session changes (*Production rules*).
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use zerogate::{Cancellation, Delivery, SessionId};
    ///
    /// let id = SessionId::new("67a1f3b9e4b0c10001234567")?;
    /// match client.cancel_session(&id).await {
    ///     Ok(response) => match response.into_value() {
    ///         Cancellation::Cancelled(_) | Cancellation::FoundCancelled(_) => println!("{id} is cancelled"),
    ///         other => println!("{id} was already terminal; next: {}", other.next_step()),
    ///     },
    ///     Err(error) if error.delivery() == Delivery::Unknown => println!("{id} may be cancelled: {error}"),
    ///     Err(error) => return Err(error.into()),
    /// }
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
    /// Fails as listed in the table and in [`ErrorKind`](crate::ErrorKind); [`next_step`](Error::next_step) says what
    /// to do.
    pub async fn cancel_session(&self, id: &SessionId) -> Result<Response<Cancellation>, Error> {
        self.cancel(id, false).await
    }

    /// Cancels a session that an earlier call may have cancelled, if `is_in_doubt`: then a 404 is read back.
    pub(crate) async fn cancel(&self, id: &SessionId, is_in_doubt: bool) -> Result<Response<Cancellation>, Error> {
        let span = observe::span(&self.shared.base, Some(id), Operation::named(CANCEL));
        let result = self.cancel_and_read_back(id, is_in_doubt, &span).instrument(span.clone()).await;
        let outcome = result.as_ref().map_or(RecordedOutcome::Failed, |response| response.value().outcome());
        let session = result.as_ref().ok().and_then(|response| response.value().session());
        observe::result(span, &result, outcome.as_str(), session);
        result
    }

    async fn cancel_and_read_back(
        &self,
        id: &SessionId,
        is_in_doubt: bool,
        span: &CallSpan<'_>,
    ) -> Result<Response<Cancellation>, Error> {
        let deadline = Instant::now() + self.options.deadline;
        let call = self.begin(self.options.clone(), deadline - self.options.reserve(), span);
        let seen = self.ask(call, CANCEL, id).await;
        match cancel::decide(id, seen, self.options.on_conflict, is_in_doubt) {
            CancelResult::Decided(result) => result,
            CancelResult::ToReadBack(error) => {
                let read = self.read_back(id, deadline, &error, span).await;
                cancel::read_back(id, error, read)
            }
        }
    }

    /// Reads a session to settle the `error` of another call.
    ///
    /// It has its own attempts: the first one may meet a connection that the server is about to close.
    pub(crate) async fn read_back(
        &self,
        id: &SessionId,
        until: Instant,
        error: &Error,
        span: &CallSpan<'_>,
    ) -> Result<Response<Session>, Error> {
        let call = Call::new(Arc::clone(&self.shared), self.options.clone(), until, Span::none());
        span.reads_back(error, &call);
        self.retrieve(call, id).await
    }

    /// Reads a session as it is now.
    ///
    /// The status that it reports is authoritative (reference, *Cancel is only valid from open*). The response needs
    /// only the id and the status; [`Session::decode`] reads the other fields if they match the contract.
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client, id: zerogate::SessionId) -> Result<(), zerogate::Error> {
    /// let session = client.retrieve_session(&id).await?.into_value();
    /// println!("{} is {}", session.id(), session.status());
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
    /// Returns `NotFound` for a session that does not exist or belongs to another partner: the two are
    /// indistinguishable (reference, *Errors, 404*). Returns `Contradiction` for a response about another session, and
    /// `UnreadableBody` if the id or the status is missing, repeated or not a string. For other kinds see
    /// [`ErrorKind`](crate::ErrorKind).
    pub async fn retrieve_session(&self, id: &SessionId) -> Result<Response<Session>, Error> {
        let span = observe::span(&self.shared.base, Some(id), Operation::named(RETRIEVE));
        let call = self.begin(self.options.clone(), Instant::now() + self.options.deadline, &span);
        let result = self.retrieve(call, id).instrument(span.clone()).await;
        let session = result.as_ref().ok().map(Response::value);
        observe::result(span, &result, if result.is_ok() { "retrieved" } else { "failed" }, session);
        result
    }

    async fn retrieve(&self, call: Call, id: &SessionId) -> Result<Response<Session>, Error> {
        let log = self.ask(call, RETRIEVE, id).await?;
        match Essentials::read(log.body(), id) {
            Ok(Essentials { status, json, .. }) => Ok(Response::of(Session::new(id.clone(), status, json), log)),
            Err(doubt) => Err(Error::doubted(log, &doubt)),
        }
    }

    /// Calls any operation of the contract with its generated builder.
    ///
    /// The call has the same key, headers, deadline and errors as the methods for particular operations, but its
    /// response is not checked further: a cancellation sent this way is neither verified nor read back. Send one
    /// operation per closure; a second one is rejected before it is sent. Whether it is retried depends on the
    /// operation: operations that [`retry::OPERATIONS`](crate::retry::OPERATIONS) does not list are sent once. The
    /// error inside the closure is progenitor's, which prints bodies: return it from the closure unchanged, and this
    /// method turns it into an [`Error`] that does not.
    ///
    /// ```no_run
    /// # #[cfg(known_surface)]
    /// # async fn run(client: zerogate::Client) -> Result<(), zerogate::Error> {
    /// let page = client.call(async |api| api.list_sessions().limit(20).send().await).await?;
    /// for session in &page.value().data {
    ///     println!("{} {}", session.id, session.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Create sessions with [`create_session`](Self::create_session), which always has a key. Here, a creation without
    /// an `Idempotency-Key` is sent once; if it fails and the delivery is `Unknown`, list the sessions before you
    /// create another one.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    ///
    /// Fails for everything except the documented success: see [`ErrorKind`](crate::ErrorKind).
    pub async fn call<T, E, F>(&self, operation: F) -> Result<Response<T>, Error>
    where
        F: AsyncFnOnce(api::Client) -> Result<ResponseValue<T>, api::Error<E>>,
    {
        let span = observe::span(&self.shared.base, None, None);
        let until = Instant::now() + self.options.deadline;
        let call = self.begin(self.options.clone(), until, &span);
        let result = self.run(call, operation).instrument(span.clone()).await;
        observe::result(span, &result, if result.is_ok() { "succeeded" } else { "failed" }, None);
        result
    }

    /// Begins a call of `span`.
    pub(crate) fn begin(&self, options: CallOptions, until: Instant, span: &CallSpan<'_>) -> Call {
        let call = Call::new(Arc::clone(&self.shared), options, until, span.unnamed());
        span.watch(&call);
        call
    }

    /// Sends a request about a session and returns its log if the response is a complete documented success, whatever
    /// its body says.
    ///
    /// Does not use the generated builder, which would reject a session that lacks a field.
    async fn ask(&self, call: Call, operation: &str, id: &SessionId) -> Result<CallLog, Error> {
        let sent = self.send_about(&call, Operation::named(operation), id).await;
        let log = call.take_log();
        match sent {
            Ok(()) if log.is_documented_success() => Ok(log),
            Ok(()) => Err(Error::of_response(log, &self.shared)),
            Err(failure) => Err(Error::of_call(failure, log, &self.shared)),
        }
    }

    async fn send_about(
        &self,
        call: &Call,
        operation: Option<&'static Operation>,
        id: &SessionId,
    ) -> Result<(), api::Error> {
        let operation = operation.ok_or(Refusal::NO_OPERATION)?;
        let make = || {
            let mut request = operation.about(id, self.shared.base.url());
            send::dress(&mut request, operation, &self.shared);
            request
        };
        let request = make();
        send::check(call, operation, &request)?;
        send::send(call, operation, &self.http, request, Some(&make)).await?;
        Ok(())
    }

    /// Sends a request with its generated builder and returns its log if the response is a complete documented success,
    /// even if the builder rejects the body.
    #[cfg_attr(not(known_surface), expect(dead_code, reason = "unused if the contract lacks the operations"))]
    pub(crate) async fn ask_by<T, E, F>(&self, call: Call, operation: F) -> Result<CallLog, Error>
    where
        F: AsyncFnOnce(api::Client) -> Result<ResponseValue<T>, api::Error<E>>,
    {
        let base = self.shared.base.to_string();
        let result = operation(api::Client::new_with_client(&base, self.http.clone(), call.clone())).await;
        let log = call.take_log();
        match result {
            Ok(_) | Err(api::Error::InvalidResponsePayload(..)) if log.is_documented_success() => Ok(log),
            Ok(_) => Err(Error::of_response(log, &self.shared)),
            Err(failure) => Err(Error::of_call(failure, log, &self.shared)),
        }
    }

    async fn run<T, E, F>(&self, call: Call, operation: F) -> Result<Response<T>, Error>
    where
        F: AsyncFnOnce(api::Client) -> Result<ResponseValue<T>, api::Error<E>>,
    {
        let base = self.shared.base.to_string();
        let api = api::Client::new_with_client(&base, self.http.clone(), call.clone());
        let result = operation(api).await;
        let log = call.take_log();
        match result {
            // A body returned as a stream is not decoded, so nothing has noticed that it is cut off.
            Ok(_) if log.response.as_ref().is_some_and(RawResponse::is_incomplete) => Err(Error::incomplete(log)),
            Ok(value) => {
                let status = value.status().as_u16();
                let request_id = raw_response::request_id(value.headers());
                Ok(Response::new(value.into_inner(), status, request_id, log.attempts))
            }
            Err(failure) => Err(Error::of_call(failure, log, &self.shared)),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.shared.base)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
