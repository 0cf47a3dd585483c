//! A server that misbehaves as planned, and records what it does.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use zerogate::{Cancellation, Error, Response, SessionId};

use super::plan::{Acts, Behaviour, Conversation, Dropped, Field, Meanwhile, Oddity, Shows, Status, Then, correct};
use crate::examples;
use crate::server::read_request;

/// If a connection is still open after this time, the client fails to close it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of the last connection.
const GOODBYE: &str = "GOODBYE\r\n\r\n";

/// The session of one conversation, existing or not, and what the server has seen.
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) conversation: Conversation,
    world: Mutex<World>,
    progress: watch::Sender<Progress>,
    /// Whether the server has recovered and conforms, except for the field that is always wrong.
    has_recovered: AtomicBool,
    /// The result of the second call, after that.
    told: Mutex<Option<Told>>,
}

pub(super) type Told = Result<Response<Cancellation>, Error>;

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) status: Option<Status>,
    /// The request of this conversation that cancelled it, if any.
    pub(super) cancelled_by: Option<usize>,
    /// Every request, in order of arrival.
    pub(super) log: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) operation: Operation,
    /// Whether it has a response, or will never have one.
    pub(super) is_settled: bool,
    pub(super) response: Option<SentResponse>,
    /// The status of the session in the response.
    pub(super) shown: Option<Status>,
}

#[derive(Clone, Debug)]
pub(super) struct SentResponse {
    pub(super) status: u16,
    pub(super) is_whole: bool,
    pub(super) retry_after: Option<u64>,
    /// Whether it has an error envelope of its status.
    pub(super) is_vouched_for: bool,
    /// Whether it is the documented success with the deciding fields.
    pub(super) is_told: bool,
}

impl SentResponse {
    /// A response that is not a complete success.
    fn new(status: u16, is_whole: bool) -> Self {
        Self { status, is_whole, retry_after: None, is_vouched_for: is_whole && status >= 300, is_told: false }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operation {
    Cancel,
    Retrieve,
}

impl Operation {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Cancel => "cancelSession",
            Self::Retrieve => "retrieveSession",
        }
    }

    /// The documented status.
    pub(super) fn success(self) -> u16 {
        match self {
            Self::Cancel => 201,
            Self::Retrieve => 200,
        }
    }
}

#[derive(Default)]
struct Progress {
    arrived: usize,
    /// The requests that are settled or about to be.
    settled: Vec<usize>,
}

/// A true response: status, text, and the status of the session in it.
struct Truth {
    operation: Operation,
    status: u16,
    text: String,
    shown: Option<Status>,
}

impl Session {
    pub(super) fn new(id: SessionId, conversation: Conversation) -> Self {
        let world = World { status: conversation.session, cancelled_by: None, log: Vec::new() };
        let has_recovered = AtomicBool::new(false);
        Self {
            id,
            conversation,
            world: Mutex::new(world),
            progress: watch::Sender::default(),
            has_recovered,
            told: Mutex::default(),
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Waits until the caller should drop the future; forever if it should not.
    pub(super) async fn dropped(&self) {
        let mut progress = self.progress.subscribe();
        // This session has the sender, so it cannot be closed.
        let _ = match self.conversation.dropped {
            None => return std::future::pending().await,
            Some(Dropped::After(ms)) => return sleep(Duration::from_millis(ms)).await,
            Some(Dropped::AtArrival(number)) => progress.wait_for(|progress| progress.arrived > number).await,
            Some(Dropped::AtResponse(number)) => progress.wait_for(|progress| progress.settled.contains(&number)).await,
        };
    }

    /// Records a request, and returns its number and what happens to it.
    fn arrive(&self, operation: Operation) -> (usize, Behaviour) {
        let mut world = self.world();
        let number = world.log.len();
        let behaviours = match operation {
            Operation::Cancel => &self.conversation.cancels,
            Operation::Retrieve => &self.conversation.reads,
        };
        let earlier = world.log.iter().filter(|entry| entry.operation == operation).count();
        let behaviour = behaviours.get(earlier).cloned();
        if let (Some((at, meanwhile)), Some(Status::Open)) = (self.conversation.meanwhile, world.status)
            && at == number
        {
            world.status = Some(match meanwhile {
                Meanwhile::Completed => Status::Completed,
                Meanwhile::Expired => Status::Expired,
                Meanwhile::Cancelled => Status::Cancelled,
            });
        }
        world.log.push(Entry { operation, is_settled: false, response: None, shown: None });
        drop(world);
        self.progress.send_modify(|progress| progress.arrived = number + 1);
        (number, behaviour.unwrap_or_else(correct))
    }

    /// Carries out a request as a correct server would.
    fn act(&self, number: usize) -> Truth {
        let mut world = self.world();
        let operation = world.log[number].operation;
        let status = match (operation, world.status) {
            (_, None) => 404,
            (Operation::Retrieve, Some(_)) => 200,
            (Operation::Cancel, Some(Status::Open)) => {
                world.status = Some(Status::Cancelled);
                world.cancelled_by = Some(number);
                201
            }
            (Operation::Cancel, Some(_)) => 409,
        };
        let shown = world.status.filter(|_| status < 300);
        let text = match shown {
            Some(shown) => http(self.request_id(number).as_str(), status, "", "application/json", &self.body(shown)),
            None => self.envelope(number, status, ""),
        };
        Truth { operation, status, text, shown }
    }

    /// Records how a request ends, before the client can see it.
    fn settle(&self, number: usize, response: Option<SentResponse>, shown: Option<Status>) {
        let mut world = self.world();
        let entry = &mut world.log[number];
        (entry.is_settled, entry.response, entry.shown) = (true, response, shown);
        drop(world);
        self.progress.send_modify(|progress| progress.settled.push(number));
    }

    /// The request id that identifies the response to a request.
    fn request_id(&self, number: usize) -> String {
        format!("{}:{number}", self.id)
    }

    /// The number of the request whose response has this request id.
    pub(super) fn number(&self, request_id: &str) -> Option<usize> {
        request_id.strip_prefix(self.id.as_str())?.strip_prefix(':')?.parse().ok()
    }

    fn body(&self, status: Status) -> String {
        let body = examples::session(status.as_str()).replace("67a1f3b9e4b0c10001234567", self.id.as_str());
        self.conversation.sparse.map_or(body.clone(), |field| field.apply(&body))
    }

    /// From here on the server conforms, except for one field.
    pub(super) fn recover(&self) {
        self.has_recovered.store(true, Ordering::SeqCst);
    }

    pub(super) fn tell(&self, told: Told) {
        *self.told.lock().unwrap() = Some(told);
    }

    pub(super) fn told(&self) -> MutexGuard<'_, Option<Told>> {
        self.told.lock().unwrap()
    }

    /// The response of a recovered server; `None` before that.
    fn recovered(&self, operation: Operation) -> Option<String> {
        if !self.has_recovered.load(Ordering::SeqCst) {
            return None;
        }
        let status = self.world().status?;
        Some(match operation {
            Operation::Cancel => self.envelope(usize::MAX, 409, ""),
            Operation::Retrieve => http("recovered", 200, "", "application/json", &self.body(status)),
        })
    }

    /// Whether the deciding fields of such a success can be read.
    fn is_told(&self, operation: Operation, oddity: Option<Oddity>) -> bool {
        let decides = |field: Field| match operation {
            Operation::Cancel => ["id", "object", "status"].contains(&field.name()),
            Operation::Retrieve => ["id", "status"].contains(&field.name()),
        };
        let is_odd = match oddity {
            None => false,
            Some(Oddity::Field(field)) => decides(field),
            Some(Oddity::Status(status)) => status != operation.success(),
            Some(Oddity::ByteOrderMark) => operation == Operation::Cancel,
            Some(_) => true,
        };
        !is_odd && !self.conversation.sparse.is_some_and(decides)
    }

    /// An undocumented success.
    fn odd(&self, number: usize, status: u16, body: &str, oddity: Oddity) -> Vec<u8> {
        let id = self.request_id(number);
        let json = |status, body: &str| http(&id, status, "", "application/json", body).into_bytes();
        match oddity {
            Oddity::Field(field) => json(status, &field.apply(body)),
            Oddity::Status(other @ (204 | 205)) => json(other, ""),
            Oddity::Status(other) => json(other, body),
            Oddity::Empty => json(status, ""),
            Oddity::ByteOrderMark => json(status, &format!("\u{feff}{body}")),
            Oddity::Compressed => {
                let mut bytes =
                    http(&id, status, "content-encoding: gzip\r\n", "application/json", "zz12345678").into_bytes();
                let at = bytes.len() - 10;
                bytes[at..at + 2].copy_from_slice(b"\x1f\x8b");
                bytes
            }
            Oddity::OtherSession => json(status, &body.replace(self.id.as_str(), "another")),
            Oddity::Repeated => json(status, &body.replacen('{', "{\"id\": \"another\",", 1)),
            Oddity::Wrapped => json(status, &format!("[{body}]")),
            Oddity::Page => http(&id, status, "", "text/html", "<html>fine</html>").into_bytes(),
        }
    }

    fn envelope(&self, number: usize, status: u16, headers: &str) -> String {
        let name = match status {
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            409 => "conflict",
            429 => "rate_limit",
            _ => "server_error",
        };
        let id = self.request_id(number);
        let body = examples::envelope(name, status).replace("req_test_000000000123", &id);
        http(&id, status, headers, "application/json", &body)
    }
}

fn http(request_id: &str, status: u16, headers: &str, kind: &str, body: &str) -> String {
    let headers = format!("x-request-id: {request_id}\r\ncontent-type: {kind}\r\n{headers}");
    examples::response(&format!("{status} X"), &headers, body)
}

/// A server for many conversations at the same time, so that they share connections, including stale ones.
pub(super) struct Server {
    address: SocketAddr,
    is_tls: bool,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(sessions: impl IntoIterator<Item = Arc<Session>>, is_tls: bool) -> Self {
        let sessions: HashMap<_, _> = sessions.into_iter().map(|it| (it.id.as_str().to_owned(), it)).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, is_tls, accepting: tokio::spawn(accept(listener, is_tls, Arc::new(sessions))) }
    }

    pub(super) fn base_url(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.address)
    }

    /// Waits until every request has been processed.
    ///
    /// Drop the client first. Connections that it has made wait in the same queue, before this last one, and each is
    /// served to its end.
    pub(super) async fn finish(self) {
        let mut last = TcpStream::connect(self.address).await.unwrap();
        last.write_all(GOODBYE.as_bytes()).await.unwrap();
        timeout(PATIENCE, self.accepting)
            .await
            .expect("a connection is still open, although the client was dropped")
            .unwrap();
    }
}

async fn accept(listener: TcpListener, is_tls: bool, sessions: Arc<HashMap<String, Arc<Session>>>) {
    let goodbye = Arc::new(Notify::new());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.unwrap();
                connections.spawn(greet(stream, is_tls, Arc::clone(&sessions), Arc::clone(&goodbye)));
            }
            Some(served) = connections.join_next() => served.unwrap(),
            () = goodbye.notified() => break,
        }
    }
    while let Some(served) = connections.join_next().await {
        served.unwrap();
    }
}

/// Serves a connection, unless it is the last one, which only ends the server.
async fn greet(stream: TcpStream, is_tls: bool, sessions: Arc<HashMap<String, Arc<Session>>>, goodbye: Arc<Notify>) {
    // The last one sends its bytes at once; other connections begin with other bytes.
    let mut first = [0; 4];
    while let Ok(1..=3) = stream.peek(&mut first).await {
        tokio::task::yield_now().await;
    }
    if first == GOODBYE.as_bytes()[..4] {
        goodbye.notify_one();
    } else if is_tls {
        // A client that drops its future may leave a handshake unfinished.
        if let Some(stream) = tls(stream).await {
            serve(stream, sessions).await;
        }
    } else {
        serve(stream, sessions).await;
    }
}

#[cfg(feature = "rustls")]
async fn tls(stream: TcpStream) -> Option<impl Stream> {
    crate::fault_matrix::tls(stream).await
}

#[cfg(not(feature = "rustls"))]
async fn tls(stream: TcpStream) -> Option<impl Stream> {
    Some(stream)
}

/// A plain or TLS connection.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

#[cfg(feature = "rustls")]
impl Stream for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Serves a connection until one side closes it and all of its requests are done.
async fn serve(mut stream: impl Stream, sessions: Arc<HashMap<String, Arc<Session>>>) {
    let mut late = JoinSet::new();
    // A partial request is ignored.
    while let Ok(Some(request)) = read_request(&mut stream).await {
        let request = request.lines().next().unwrap_or_default();
        let (operation, id) = parse(request);
        let session = &sessions[id];
        if let Some(response) = session.recovered(operation) {
            if stream.write_all(response.as_bytes()).await.is_err() {
                break;
            }
            continue;
        }
        let (number, Behaviour { acts, shows }) = session.arrive(operation);
        // A read has no effect, early or late.
        let acts = if operation == Operation::Cancel { acts } else { Acts::Never };
        let then = respond(&mut stream, session, number, acts, shows).await;
        if let Acts::Late(ms) = acts {
            let session = Arc::clone(session);
            late.spawn(async move {
                sleep(Duration::from_millis(ms)).await;
                session.act(number);
            });
        }
        if then != Then::Keep {
            break;
        }
    }
    drop(stream);
    while let Some(done) = late.join_next().await {
        done.unwrap();
    }
}

/// Sends the part of the response that the client should see.
async fn respond(stream: &mut impl Stream, session: &Session, number: usize, acts: Acts, shows: Shows) -> Then {
    let mut then = match shows {
        Shows::Response { before, after, then } => {
            sleep(Duration::from_millis(before)).await;
            let Truth { operation, status, text, shown } = session.act(number);
            sleep(Duration::from_millis(after)).await;
            let is_told = shown.is_some() && session.is_told(operation, None);
            session.settle(number, Some(SentResponse { is_told, ..SentResponse::new(status, true) }), shown);
            if stream.write_all(text.as_bytes()).await.is_ok() { then } else { Then::Close }
        }
        Shows::Part { per_mille, then } => {
            let Truth { status, text, shown, .. } = session.act(number);
            session.settle(number, Some(SentResponse::new(status, false)), shown);
            let part = &text.as_bytes()[..text.len() * per_mille / 1000];
            if stream.write_all(part).await.is_ok() { then } else { Then::Close }
        }
        Shows::Odd(oddity) => {
            let Truth { operation, status, text, shown } = session.act(number);
            let bytes = match shown {
                Some(shown) => session.odd(number, status, &session.body(shown), oddity),
                None => text.into_bytes(),
            };
            let sent = match oddity {
                Oddity::Status(other) if shown.is_some() => other,
                _ => status,
            };
            let is_told = shown.is_some() && session.is_told(operation, Some(oddity));
            session.settle(number, Some(SentResponse { is_told, ..SentResponse::new(sent, true) }), shown);
            if stream.write_all(&bytes).await.is_ok() { Then::Keep } else { Then::Close }
        }
        Shows::Nothing { then } => {
            if acts == Acts::First {
                session.act(number);
            }
            if then == Then::Silence {
                hung_up(stream).await;
            }
            session.settle(number, None, None);
            if then == Then::Silence { Then::Close } else { then }
        }
        Shows::Failure { status, is_html, retry_after } => {
            if acts == Acts::First {
                session.act(number);
            }
            let headers = retry_after.map(|wait| format!("retry-after: {wait}\r\n")).unwrap_or_default();
            let text = if is_html {
                // A proxy's page, or a framework's JSON: neither comes from 0Gate.
                let json = format!(r#"{{"message":"Cannot POST","error":"Refused","statusCode":{status}}}"#);
                let (kind, body) = if number.is_multiple_of(2) {
                    ("application/json", json.as_str())
                } else {
                    ("text/html", "<html>sorry</html>")
                };
                http(&session.request_id(number), status, &headers, kind, body)
            } else {
                session.envelope(number, status, &headers)
            };
            let is_vouched_for = !is_html;
            session.settle(
                number,
                Some(SentResponse { retry_after, is_vouched_for, ..SentResponse::new(status, true) }),
                None,
            );
            if stream.write_all(text.as_bytes()).await.is_ok() { Then::Keep } else { Then::Close }
        }
    };
    match then {
        Then::Reset => stream.tcp().set_zero_linger().unwrap(),
        Then::Silence => {
            hung_up(stream).await;
            then = Then::Close;
        }
        Then::Keep | Then::Close => {}
    }
    then
}

/// Waits until the client closes the connection.
async fn hung_up(stream: &mut impl Stream) {
    let read = stream.read(&mut [0; 1]).await;
    assert!(!matches!(read, Ok(1..)), "the client sent more before it had a response");
}

fn parse(request: &str) -> (Operation, &str) {
    let cancel = request
        .strip_prefix("POST /v1/gate_sessions/")
        .and_then(|rest| rest.strip_suffix("/cancel HTTP/1.1"))
        .map(|id| (Operation::Cancel, id));
    let retrieve = request
        .strip_prefix("GET /v1/gate_sessions/")
        .and_then(|rest| rest.strip_suffix(" HTTP/1.1"))
        .map(|id| (Operation::Retrieve, id));
    cancel.or(retrieve).unwrap_or_else(|| panic!("not a request of cancel_session: {request:?}"))
}
