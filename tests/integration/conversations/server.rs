//! A server that misbehaves as it was told to, and remembers what it did.

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

/// A connection that is still open after this long belongs to a client that will not let go.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the last connection says.
const GOODBYE: &str = "GOODBYE\r\n\r\n";

/// The session of one conversation, real or not, and what the server has seen of the conversation.
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) conversation: Conversation,
    world: Mutex<World>,
    progress: watch::Sender<Progress>,
    /// Whether the server has recovered, and keeps to what is documented, but for the field that it never has right.
    has_recovered: AtomicBool,
    /// What the client says if it is asked again after that.
    told: Mutex<Option<Told>>,
}

pub(super) type Told = Result<Response<Cancellation>, Error>;

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) status: Option<Status>,
    /// Which request has cancelled it, if one of this conversation's has.
    pub(super) cancelled_by: Option<usize>,
    /// Every request, in the order of their arrival.
    pub(super) log: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) operation: Operation,
    /// Whether it got a response, or was lost for good.
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
    /// Whether it is the documented success, and what decides is in it.
    pub(super) is_told: bool,
}

impl SentResponse {
    /// A response that is no success, or not all of one.
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

    /// The status that is documented.
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
    /// The requests that are settled, or just about to be.
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

    /// Waits for the moment at which the caller drops the future; for ever, if it does not.
    pub(super) async fn dropped(&self) {
        let mut progress = self.progress.subscribe();
        // The sender is this session's own, so that it cannot be gone.
        let _ = match self.conversation.dropped {
            None => return std::future::pending().await,
            Some(Dropped::After(ms)) => return sleep(Duration::from_millis(ms)).await,
            Some(Dropped::AtArrival(number)) => progress.wait_for(|progress| progress.arrived > number).await,
            Some(Dropped::AtResponse(number)) => progress.wait_for(|progress| progress.settled.contains(&number)).await,
        };
    }

    /// Notes a request: its number, and what becomes of it.
    fn arrive(&self, operation: Operation) -> (usize, Behaviour) {
        let mut world = self.world();
        let number = world.log.len();
        let behaviour = match operation {
            Operation::Cancel => {
                let earlier = world.log.iter().filter(|entry| entry.operation == Operation::Cancel).count();
                self.conversation.cancels.get(earlier).cloned()
            }
            Operation::Retrieve => Some(self.conversation.read.clone()),
        };
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

    /// Does what a request asks for, as a correct server would.
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

    /// Notes how a request ends for the client; before it can see it, so that the note is never late.
    fn settle(&self, number: usize, response: Option<SentResponse>, shown: Option<Status>) {
        let mut world = self.world();
        let entry = &mut world.log[number];
        (entry.is_settled, entry.response, entry.shown) = (true, response, shown);
        drop(world);
        self.progress.send_modify(|progress| progress.settled.push(number));
    }

    /// The request id by which a response is known to be that to a certain request.
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

    /// From here on the server is a correct one, but for a field.
    pub(super) fn recover(&self) {
        self.has_recovered.store(true, Ordering::SeqCst);
    }

    pub(super) fn tell(&self, told: Told) {
        *self.told.lock().unwrap() = Some(told);
    }

    pub(super) fn told(&self) -> MutexGuard<'_, Option<Told>> {
        self.told.lock().unwrap()
    }

    /// What a server that has recovered responds; `None` if it has not.
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

    /// Whether what decides can be read off a success that shows this.
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

    /// A success as nobody has documented it.
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

/// One server for many conversations at a time, so that they share connections, stale ones included.
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

    /// Waits until every request that has been sent was processed to its end.
    ///
    /// The client has to be gone, with its connections. Those which it has made and left wait in the same queue as this
    /// last one, and before it; and each of them is served to its end.
    pub(super) async fn finish(self) {
        let mut last = TcpStream::connect(self.address).await.unwrap();
        last.write_all(GOODBYE.as_bytes()).await.unwrap();
        timeout(PATIENCE, self.accepting).await.expect("the client is gone, and a connection of it is not").unwrap();
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

/// Serves a connection, unless it is the last one, which only says goodbye.
async fn greet(stream: TcpStream, is_tls: bool, sessions: Arc<HashMap<String, Arc<Session>>>, goodbye: Arc<Notify>) {
    // The last one has said all when it is accepted, or says it at once; others begin with something else.
    let mut first = [0; 4];
    while let Ok(1..=3) = stream.peek(&mut first).await {
        tokio::task::yield_now().await;
    }
    if first == GOODBYE.as_bytes()[..4] {
        goodbye.notify_one();
    } else if is_tls {
        // A client that drops its future may leave a handshake behind.
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

/// What a connection is spoken on.
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

/// Serves a connection until one side closes it, and everything that was begun on it is done.
async fn serve(mut stream: impl Stream, sessions: Arc<HashMap<String, Arc<Session>>>) {
    let mut late = JoinSet::new();
    // A part of a request is no request: nothing is done about it.
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
        // Reading has no effect, be it early or late.
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

/// Lets the client see what it is to see of a response.
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
                // A proxy's page, or the JSON of a framework: neither is 0Gate's own.
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
    assert!(!matches!(read, Ok(1..)), "the client sends more before it had a response");
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
    cancel.or(retrieve).unwrap_or_else(|| panic!("no request that cancel_session sends: {request:?}"))
}
