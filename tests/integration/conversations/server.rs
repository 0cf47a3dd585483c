//! A server that misbehaves as it was told to, and remembers what it did.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use zerogate::SessionId;

use super::plan::{Acts, Behaviour, Conversation, Dropped, Meanwhile, Shows, Status, Then, correct};
use crate::examples;
use crate::server::read_request;

/// A connection that is still open after this long belongs to a client that will not let go.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the last connection says.
const GOODBYE: &str = "GOODBYE";

/// The session of one conversation, real or not, and what the server has seen of the conversation.
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) conversation: Conversation,
    world: Mutex<World>,
    progress: watch::Sender<Progress>,
}

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
}

#[derive(Default)]
struct Progress {
    arrived: usize,
    /// The requests that are settled, or just about to be.
    settled: Vec<usize>,
}

/// A true response: status, text, and the status of the session in it.
struct Truth {
    status: u16,
    text: String,
    shown: Option<Status>,
}

impl Session {
    pub(super) fn new(id: SessionId, conversation: Conversation) -> Self {
        let world = World { status: conversation.session, cancelled_by: None, log: Vec::new() };
        Self { id, conversation, world: Mutex::new(world), progress: watch::Sender::default() }
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
        let status = match (world.log[number].operation, world.status) {
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
        Truth { status, text, shown }
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
        examples::session(status.as_str()).replace("67a1f3b9e4b0c10001234567", self.id.as_str())
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
    accepting: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(sessions: impl IntoIterator<Item = Arc<Session>>) -> Self {
        let sessions: HashMap<_, _> = sessions.into_iter().map(|it| (it.id.as_str().to_owned(), it)).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, accepting: tokio::spawn(accept(listener, Arc::new(sessions))) }
    }

    pub(super) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until every request that has been sent was processed to its end.
    ///
    /// The client has to be gone, with its connections. Those which it has made and left wait in the same queue as this
    /// last one, and before it; and each of them is served to its end.
    pub(super) async fn finish(self) {
        let mut last = TcpStream::connect(self.address).await.unwrap();
        last.write_all(format!("{GOODBYE}\r\n\r\n").as_bytes()).await.unwrap();
        timeout(PATIENCE, self.accepting).await.expect("the client is gone, and a connection of it is not").unwrap();
    }
}

async fn accept(listener: TcpListener, sessions: Arc<HashMap<String, Arc<Session>>>) {
    let goodbye = Arc::new(Notify::new());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.unwrap();
                connections.spawn(serve(stream, Arc::clone(&sessions), Arc::clone(&goodbye)));
            }
            Some(served) = connections.join_next() => served.unwrap(),
            () = goodbye.notified() => break,
        }
    }
    while let Some(served) = connections.join_next().await {
        served.unwrap();
    }
}

/// Serves a connection until one side closes it, and everything that was begun on it is done.
async fn serve(mut stream: TcpStream, sessions: Arc<HashMap<String, Arc<Session>>>, goodbye: Arc<Notify>) {
    let mut late = JoinSet::new();
    // A part of a request is no request: nothing is done about it.
    while let Ok(Some(request)) = read_request(&mut stream).await {
        let request = request.lines().next().unwrap_or_default();
        if request == GOODBYE {
            goodbye.notify_one();
            break;
        }
        let (operation, id) = parse(request);
        let session = &sessions[id];
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
async fn respond(stream: &mut TcpStream, session: &Session, number: usize, acts: Acts, shows: Shows) -> Then {
    let mut then = match shows {
        Shows::Response { before, after, then } => {
            sleep(Duration::from_millis(before)).await;
            let Truth { status, text, shown } = session.act(number);
            sleep(Duration::from_millis(after)).await;
            session.settle(number, Some(SentResponse { status, is_whole: true, retry_after: None }), shown);
            if stream.write_all(text.as_bytes()).await.is_ok() { then } else { Then::Close }
        }
        Shows::Part { per_mille, then } => {
            let Truth { status, text, shown } = session.act(number);
            session.settle(number, Some(SentResponse { status, is_whole: false, retry_after: None }), shown);
            let part = &text.as_bytes()[..text.len() * per_mille / 1000];
            if stream.write_all(part).await.is_ok() { then } else { Then::Close }
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
                http(&session.request_id(number), status, &headers, "text/html", "<html>sorry</html>")
            } else {
                session.envelope(number, status, &headers)
            };
            session.settle(number, Some(SentResponse { status, is_whole: true, retry_after }), None);
            if stream.write_all(text.as_bytes()).await.is_ok() { Then::Keep } else { Then::Close }
        }
    };
    match then {
        Then::Reset => stream.set_zero_linger().unwrap(),
        Then::Silence => {
            hung_up(stream).await;
            then = Then::Close;
        }
        Then::Keep | Then::Close => {}
    }
    then
}

/// Waits until the client closes the connection.
async fn hung_up(stream: &mut TcpStream) {
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
