//! Listing sessions, page by page or one by one, and never the same page twice.

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
use tracing::{Instrument, Span};

use crate::client::call_log::CallLog;
use crate::client::decode::{BYTE_ORDER_MARK, DecodeError};
use crate::client::error::Error;
use crate::client::essentials::Essentials;
use crate::client::methods::Client;
use crate::client::observe;
use crate::client::response::Response;
use crate::client::scalar;
use crate::client::session::Session;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;

/// How many sessions a page holds at the most, if nothing else is asked for: as many as the contract allows.
const LIMIT: u32 = 100;
/// How many pages are read at the most, if nothing else is asked for.
const MAX_PAGES: u32 = 10_000;

/// A list of sessions that is to be read, newest first: from [`Client::list_sessions`](Client::list_sessions).
///
/// [`stream`](Self::stream) gives the sessions one by one and asks for a page when it is needed; [`send`](Self::send) gives one
/// page, and from it the query for the next.
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

/// What has been read so far.
#[derive(Clone, Default)]
struct Trail {
    pages: u32,
    /// The last session of every page: a page that is asked for twice begins after one of them.
    cursors: HashSet<SessionId>,
    /// The sessions of the last page.
    last: HashSet<SessionId>,
    /// Whether there are more, and nothing to ask for them with.
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
    /// Only sessions in this status; all unless set. Whether a session still is, its own [`status`](Session::status) says.
    pub fn status(self, status: SessionStatus) -> Self {
        Self { status: Some(status), ..self }
    }

    /// How many sessions a page holds at the most, from 1 to 100; 100 unless set.
    pub fn limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// Only sessions after this one, which are older: to go on where an earlier list has ended.
    pub fn starting_after(self, id: SessionId) -> Self {
        Self { starting_after: Some(id), ..self }
    }

    /// How many pages are read at the most; 10,000 unless set, which is a million sessions.
    ///
    /// It is there for a server whose list never ends. If there are more, the error says after which session to go on.
    pub fn max_pages(self, max_pages: u32) -> Self {
        Self { max_pages, ..self }
    }

    /// The sessions one by one. A page is asked for when the sessions of the one before are used up.
    ///
    /// A session that cannot be read is an error of its own, and the others still come. An error of a page ends the stream:
    /// build another one that [starts after](Self::starting_after) what it names, and nothing is read twice.
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
    /// # Errors
    ///
    /// As of any call that reads ([`ErrorKind`](crate::ErrorKind)), `UnreadableBody` for what is no page. `Contradiction` if the
    /// page repeats a session of this page or of the one before, or ends like an earlier page: the server would send the same
    /// for ever. `Request`, and nothing is sent, after [`max_pages`](Self::max_pages), or where there are more sessions and the
    /// last page ends with none that has an id.
    pub async fn send(self) -> Result<Response<SessionPage>, ListError> {
        let place = Place { page: self.trail.pages.saturating_add(1), starting_after: self.starting_after.clone() };
        let span = observe::span(&self.client.shared.base, None);
        let result = async {
            let log = self.ask(&span).await?;
            match self.page(&log, &place) {
                Ok(page) => Ok(Response::of(page, log)),
                Err(flaw) => Err(flaw.of(log)),
            }
        };
        let result = result.instrument(span.clone()).await;
        observe::result(&span, &result, if result.is_ok() { "listed" } else { "failed" }, None);
        result.map_err(|error| ListError { place, position: None, error })
    }

    async fn ask(&self, span: &Span) -> Result<CallLog, Error> {
        if self.trail.pages >= self.max_pages {
            return Err(Error::unsent(format!("{} pages were read, and there are more", self.trail.pages)));
        }
        if self.trail.is_stuck {
            return Err(Error::unsent("there are more sessions, and the page before ends with none to go on from"));
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

    /// Reads a page, and what is to be asked for after it.
    fn page(self, log: &CallLog, place: &Place) -> Result<SessionPage, Flaw> {
        let body = log.body().strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(log.body());
        let page: Option<Page<'_>> = std::str::from_utf8(body).ok().and_then(scalar::fields);
        let Some(Page { data, has_more }) = page else {
            return Err(Flaw::Unreadable(DecodeError::of::<Required>(body)));
        };
        let mut ids = HashSet::with_capacity(data.len());
        let mut items = Vec::with_capacity(data.len());
        let mut cursor = None;
        for (index, item) in data.iter().enumerate() {
            let item = item.get().as_bytes();
            let Ok((id, Essentials { status, json, .. })) = Essentials::named(item) else {
                let error = Error::unreadable(log.clone(), Essentials::flaw(item));
                items.push(Err(ListError { place: place.clone(), position: Some(index + 1), error }));
                cursor = None;
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

    /// The query for the page after one that ends with `cursor`.
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

/// A page, as far as it is looked into.
#[derive(Deserialize)]
struct Page<'b> {
    #[serde(borrow)]
    data: Vec<&'b RawValue>,
    has_more: bool,
}

/// The same, for the error to name what is missing.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only what keeps it from being decoded is of interest")]
struct Required {
    data: Vec<IgnoredAny>,
    has_more: bool,
}

/// What is wrong with a page.
enum Flaw {
    Unreadable(DecodeError),
    Repeated,
}

impl Flaw {
    fn of(self, log: CallLog) -> Error {
        match self {
            Self::Unreadable(flaw) => Error::unreadable(log, flaw),
            Self::Repeated => Error::denied(log, "it repeats sessions that were on a page before"),
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
    /// The sessions of the page, in its order; an error for each that cannot be read.
    pub fn sessions(&self) -> &[Result<Session, ListError>] {
        &self.items
    }

    /// Whether there is a further page.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// The sessions, and the query for the next page if there is one.
    #[must_use]
    pub fn into_parts(self) -> (Vec<Result<Session, ListError>>, Option<ListSessions>) {
        (self.items, self.next)
    }
}

/// Where in a list something is wrong.
#[derive(Clone, Debug)]
struct Place {
    page: u32,
    starting_after: Option<SessionId>,
}

/// Why a page, or a session of one, cannot be given, and where in the list that is.
#[derive(Debug)]
pub struct ListError {
    place: Place,
    position: Option<usize>,
    error: Error,
}

impl ListError {
    /// The number of the page, counted from 1 since the query was made.
    #[must_use]
    pub fn page(&self) -> u32 {
        self.place.page
    }

    /// The session after which the page begins; `None` for the beginning of the list.
    ///
    /// A query that [starts after](ListSessions::starting_after) it goes on with this page.
    #[must_use]
    pub fn starting_after(&self) -> Option<&SessionId> {
        self.place.starting_after.as_ref()
    }

    /// The place of the session on the page, counted from 1, if the page itself is fine.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// What is wrong, to branch on.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The same, without the place.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {}", self.place.page)?;
        if let Some(id) = &self.place.starting_after {
            write!(f, ", which starts after {}", id.as_str().escape_debug())?;
        }
        if let Some(position) = self.position {
            write!(f, ", session {position}")?;
        }
        write!(f, ": {}", self.error)
    }
}

impl std::error::Error for ListError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// The sessions of a list, one by one: from [`ListSessions::stream`].
///
/// It is a [`Stream`], and has a [`next`](Self::next) of its own for those who have no crate for streams.
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
    /// The next session; `None` at the end. It may be dropped and called again: nothing is lost, nor read twice.
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
