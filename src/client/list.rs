//! Lists sessions, page by page or one by one, and never reads a page twice.

mod error;

use std::collections::HashSet;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use futures_core::Stream;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use tokio::time::Instant;
use tracing::Instrument;

pub use self::error::ListError;
use self::error::Place;
use crate::client::call_log::CallLog;
use crate::client::decode::{BYTE_ORDER_MARK, DecodeError};
use crate::client::error::Error;
use crate::client::essentials::{self, Essentials};
use crate::client::methods::Client;
use crate::client::observe::{self, CallSpan};
use crate::client::operation::Operation;
use crate::client::response::Response;
use crate::client::scalar;
use crate::client::session::Session;
use crate::error_kind::ErrorKind;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;

/// The default page size: the maximum that the contract allows.
const LIMIT: u32 = 100;
/// The default limit on the number of pages.
const MAX_PAGES: u32 = 10_000;
/// If more sessions on a page cannot be read, the whole page is an error: each error holds a copy of its session.
const MAX_FLAWS: usize = 100;

/// A query for a list of sessions, newest first: from [`Client::list_sessions`](Client::list_sessions).
///
/// [`stream`](Self::stream) yields the sessions one by one and requests each page when it is needed;
/// [`send`](Self::send) returns one page and the query for the next.
#[derive(Clone)]
#[must_use]
pub struct ListSessions {
    client: Client,
    limit: u32,
    status: Option<SessionStatus>,
    starting_after: Option<SessionId>,
    max_pages: u32,
    trail: Trail,
}

/// The pages read so far.
#[derive(Clone, Default)]
struct Trail {
    pages: u32,
    /// The last session of every page, to detect a page that is about to be requested twice.
    cursors: HashSet<SessionId>,
    /// The sessions of the last page.
    last: HashSet<SessionId>,
    /// Whether there are more pages, but no id to continue from.
    is_stuck: bool,
}

impl Client {
    /// Lists your own sessions, newest first.
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use zerogate::SessionStatus;
    ///
    /// let mut sessions = client.list_sessions().status(SessionStatus::Open).stream();
    /// while let Some(session) = sessions.next().await {
    ///     let session = session?;
    ///     println!("{} is {}", session.id(), session.status());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_sessions(&self) -> ListSessions {
        ListSessions {
            client: self.clone(),
            limit: LIMIT,
            status: None,
            starting_after: None,
            max_pages: MAX_PAGES,
            trail: Trail::default(),
        }
    }
}

impl ListSessions {
    /// Lists only sessions with this status; the default is all. A session's status may have changed since the server
    /// selected it: see its [`status`](Session::status).
    pub fn status(self, status: SessionStatus) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The maximum number of sessions on a page; the default is 100, the maximum in the contract. Any number is sent as
    /// it is, and the server decides about those below 1 and above 100.
    pub fn limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// Lists only sessions after this one, which are older: use it to continue an earlier list.
    pub fn starting_after(self, id: SessionId) -> Self {
        Self { starting_after: Some(id), ..self }
    }

    /// The maximum number of pages; the default is 10,000, which is a million sessions.
    ///
    /// This stops at a list that never ends. If there are more pages, the error says after which session to continue.
    pub fn max_pages(self, max_pages: u32) -> Self {
        Self { max_pages, ..self }
    }

    /// Returns a stream of the sessions, which requests a page when those of the page before are used up.
    ///
    /// A session that cannot be read yields an error, and the stream goes on. An error of a page ends the stream.
    /// Unless its kind is `Contradiction`, build another query that [starts after](Self::starting_after) what the error
    /// names: nothing is read twice.
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client) -> Result<(), zerogate::ListError> {
    /// let mut sessions = client.list_sessions().stream();
    /// while let Some(session) = sessions.next().await {
    ///     println!("{}", session?.id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// The stream panics outside a tokio runtime with I/O and time enabled.
    pub fn stream(self) -> SessionStream {
        SessionStream { items: Vec::new().into_iter(), state: State::Next(Box::new(self)) }
    }

    /// Reads one page.
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut query = Some(client.list_sessions().limit(20));
    /// while let Some(next) = query {
    ///     let (sessions, then) = next.send().await?.into_value().into_parts();
    ///     println!("a page of {}", sessions.len());
    ///     query = then;
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
    /// - `UnreadableBody` if the response is not a page, or more than 100 of its sessions cannot be read.
    /// - `Contradiction` if the page has a session twice, repeats one of the previous page, or ends with the same
    ///   session as an earlier page: the server would send the same pages forever. Also if the previous page says that
    ///   there are more sessions, but its last session has no readable id: no query can continue that list.
    /// - `Request` after [`max_pages`](Self::max_pages).
    /// - For the others see [`ErrorKind`](crate::ErrorKind).
    pub async fn send(self) -> Result<Response<SessionPage>, ListError> {
        let place = Place { page: self.trail.pages.saturating_add(1), starting_after: self.starting_after.clone() };
        let span = observe::span(&self.client.shared.base, None, Operation::named("list_sessions"));
        let result = async {
            let log = self.ask(&span).await?;
            match self.page(&log, &place) {
                Ok(page) => Ok(Response::of(page, log)),
                Err(flaw) => Err(flaw.of(log)),
            }
        };
        let result = result.instrument(span.clone()).await;
        observe::result(span, &result, if result.is_ok() { "listed" } else { "failed" }, None);
        result.map_err(|error| ListError { place, position: None, error })
    }

    async fn ask(&self, span: &CallSpan<'_>) -> Result<CallLog, Error> {
        if self.trail.pages >= self.max_pages {
            let text = format!("the limit of {} pages is reached, and there are more", self.trail.pages);
            return Err(Error::unsent(ErrorKind::Request, text));
        }
        if self.trail.is_stuck {
            let text = "the previous page says that there are more sessions, but its last session has no readable id";
            return Err(Error::unsent(ErrorKind::Contradiction, text));
        }
        let options = self.client.options();
        let until = Instant::now() + options.deadline;
        let call = self.client.begin(options, until, span);
        let ask = async |api: crate::client::api::Client| {
            let mut query = api.list_sessions().limit(self.limit);
            if let Some(id) = &self.starting_after {
                query = query.starting_after(id.as_str());
            }
            if let Some(status) = &self.status {
                query = query.status(status.as_str());
            }
            query.send().await
        };
        self.client.ask_by(call, ask).await
    }

    /// Reads a page and prepares the query for the next.
    fn page(self, log: &CallLog, place: &Place) -> Result<SessionPage, Flaw> {
        let body = log.body().strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(log.body());
        let page: Option<Page<'_>> = std::str::from_utf8(body).ok().and_then(scalar::fields);
        let Some(Page { data, has_more }) = page else {
            return Err(Flaw::Unreadable(DecodeError::of::<Required>(body)));
        };
        let mut ids = HashSet::with_capacity(data.len());
        let mut items = Vec::with_capacity(data.len());
        let mut cursor = None;
        let mut flaws = 0;
        for (index, item) in data.iter().enumerate() {
            let item = item.get().as_bytes();
            let Ok((id, Essentials { status, json, .. })) = Essentials::named(item) else {
                flaws += 1;
                if flaws > MAX_FLAWS {
                    return Err(Flaw::Unreadable(Essentials::flaw(item)));
                }
                let error = Error::unreadable(log.with_body(item), Essentials::flaw(item));
                items.push(Err(ListError { place: place.clone(), position: Some(index + 1), error }));
                // The next page can be asked for as long as the id can be read.
                cursor = essentials::id_of(item);
                continue;
            };
            if self.trail.last.contains(&id) || self.starting_after.as_ref() == Some(&id) || !ids.insert(id.clone()) {
                return Err(Flaw::Repeated);
            }
            cursor = Some(id.clone());
            items.push(Ok(Session::new(id, status, json)));
        }
        let next = has_more.then(|| self.after(cursor, ids)).transpose()?;
        Ok(SessionPage { items, next })
    }

    /// Returns the query for the page after one that ends with `cursor`.
    fn after(mut self, cursor: Option<SessionId>, last: HashSet<SessionId>) -> Result<Self, Flaw> {
        let Trail { pages, cursors, last: before, is_stuck } = &mut self.trail;
        *pages += 1;
        *before = last;
        match cursor {
            None => *is_stuck = true,
            Some(cursor) if !cursors.insert(cursor.clone()) => return Err(Flaw::Repeated),
            Some(cursor) => self.starting_after = Some(cursor),
        }
        Ok(self)
    }
}

impl fmt::Debug for ListSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListSessions")
            .field("limit", &self.limit)
            .field("status", &self.status)
            .field("starting_after", &self.starting_after)
            .field("pages_read", &self.trail.pages)
            .finish_non_exhaustive()
    }
}

/// The parts of a page that are read.
#[derive(Deserialize)]
struct Page<'b> {
    #[serde(borrow)]
    data: Vec<&'b RawValue>,
    has_more: bool,
}

/// The required fields, so that the error names a missing one.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only what keeps it from being decoded is of interest")]
struct Required {
    data: Vec<IgnoredAny>,
    has_more: bool,
}

/// The fault of a page.
enum Flaw {
    Unreadable(DecodeError),
    Repeated,
}

impl Flaw {
    fn of(self, log: CallLog) -> Error {
        match self {
            Self::Unreadable(flaw) => Error::unreadable(log, flaw),
            Self::Repeated => Error::denied(log, "the page repeats sessions of an earlier page"),
        }
    }
}

/// One page of a list.
#[derive(Debug)]
pub struct SessionPage {
    items: Vec<Result<Session, ListError>>,
    next: Option<ListSessions>,
}

impl SessionPage {
    /// The sessions of the page in order; an error for each that cannot be read.
    pub fn sessions(&self) -> &[Result<Session, ListError>] {
        &self.items
    }

    /// Whether there is another page.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Returns the sessions, and the query for the next page if there is one.
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client) -> Result<(), zerogate::ListError> {
    /// let mut next = Some(client.list_sessions());
    /// while let Some(list) = next {
    ///     let (sessions, more) = list.send().await?.into_value().into_parts();
    ///     println!("{} sessions", sessions.len());
    ///     next = more;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn into_parts(self) -> (Vec<Result<Session, ListError>>, Option<ListSessions>) {
        (self.items, self.next)
    }
}

/// A stream of the sessions of a list: from [`ListSessions::stream`].
///
/// It implements [`Stream`]; its own [`next`](Self::next) works without a crate for streams.
#[must_use = "a stream does nothing unless it is polled"]
pub struct SessionStream {
    items: vec::IntoIter<Result<Session, ListError>>,
    state: State,
}

type Sending = Pin<Box<dyn Future<Output = Result<Response<SessionPage>, ListError>> + Send>>;

enum State {
    Next(Box<ListSessions>),
    Sending(Sending),
    Over,
}

impl SessionStream {
    /// Returns the next session; `None` at the end. Cancel safe: nothing is lost or read twice.
    pub async fn next(&mut self) -> Option<Result<Session, ListError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl fmt::Debug for SessionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStream").field("sessions", &self.items.as_slice()).finish_non_exhaustive()
    }
}

impl Stream for SessionStream {
    type Item = Result<Session, ListError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(item));
            }
            match std::mem::replace(&mut self.state, State::Over) {
                State::Next(query) => self.state = State::Sending(Box::pin(query.send())),
                State::Sending(mut sending) => {
                    let Poll::Ready(result) = sending.as_mut().poll(context) else {
                        self.state = State::Sending(sending);
                        return Poll::Pending;
                    };
                    match result {
                        Ok(page) => {
                            let (items, next) = page.into_value().into_parts();
                            self.items = items.into_iter();
                            self.state = next.map_or(State::Over, |next| State::Next(Box::new(next)));
                        }
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
                State::Over => return Poll::Ready(None),
            }
        }
    }
}
