//! Sends a request byte for byte, and reads the response.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::HeaderValue;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::task::JoinSet;
use tokio::time::timeout;
use zerogate::BaseUrl;

use crate::wire::dial::{Dial, Line, NoTls};
use crate::wire::exchange::{
    Closing, Exchange, Request, Response, Sent, TransportFailure, TransportFailureKind as Kind,
};
use crate::wire::masked::Masked;
use crate::wire::pace::Pace;

/// The maximum size of a body: far more than any session needs.
const BODY_LIMIT: usize = 1024 * 1024;

/// The maximum size of a response with its head, interim responses and framing. Without it, an endless flood of small
/// parts would keep the reader too busy to notice the time limit.
const RESPONSE_LIMIT: usize = 2 * BODY_LIMIT;

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The connection to a target: HTTP/1.1 over TCP or TLS.
pub(crate) struct Wire {
    base: BaseUrl,
    dial: Dial,
    timeout: Duration,
    pace: Option<Pace>,
    /// The number of requests so far.
    count: AtomicU64,
}

/// A request that is ready to send.
struct Prepared {
    start: Instant,
    stream: Box<dyn Stream>,
    message: hyper::Request<Full<Bytes>>,
    sent: Sent,
    request: Request,
}

impl Wire {
    pub(crate) fn new(base: BaseUrl, timeout: Duration, rate: Option<f64>) -> Result<Self, NoTls> {
        let dial = Dial::new(&base)?;
        Ok(Self { base, dial, timeout, pace: rate.map(Pace::new), count: AtomicU64::new(0) })
    }

    /// Waits for the next turn, if there is a rate limit.
    pub(crate) async fn turn(&self) {
        if let Some(pace) = &self.pace {
            pace.keep().await;
        }
    }

    /// Sends a request over a new connection and reads the response.
    ///
    /// A reused connection may already be closed, and that failure would say nothing about the target.
    pub(crate) async fn exchange(&self, request: Request) -> Result<Exchange, TransportFailure> {
        let prepared = self.prepare(request, self.next(), 1).await?;
        self.send(prepared, Closing::Read).await
    }

    /// Sends requests in parallel, once every connection is open.
    ///
    /// The responses are in the order of the requests.
    pub(crate) async fn volley(&self, requests: Vec<Request>) -> Vec<Result<Exchange, TransportFailure>> {
        let (number, count) = (self.next(), requests.len());
        let prepared = join_all(requests.into_iter().map(|request| self.prepare(request, number, count))).await;
        self.send_all(prepared.into_iter().map(|prepared| (prepared, Closing::Read))).await
    }

    /// Sends different requests at once, each numbered for itself, and closes their connections as they say.
    pub(crate) async fn together(&self, requests: Vec<(Request, Closing)>) -> Vec<Result<Exchange, TransportFailure>> {
        let (requests, closings): (Vec<Request>, Vec<Closing>) = requests.into_iter().unzip();
        let prepared = join_all(requests.into_iter().map(|request| self.prepare(request, self.next(), 1))).await;
        self.send_all(prepared.into_iter().zip(closings)).await
    }

    /// Sends two requests one after the other on one connection, if the server keeps it open. Otherwise the second gets
    /// its own.
    pub(crate) async fn one_after_the_other(
        &self,
        first: Request,
        second: Request,
    ) -> [Result<Exchange, TransportFailure>; 2] {
        let number = self.count.fetch_add(2, Ordering::Relaxed);
        let prepared = match self.prepare(first, number, 1).await {
            Ok(prepared) => prepared,
            Err(failure) => return [Err(failure), self.exchange(second).await],
        };
        let Prepared { start, stream, message, sent, request } = prepared;
        let earlier = sent.clone();
        let first = async {
            let mut kept = Kept::open(stream).await?;
            let response = kept.converse(message).await?;
            Ok((response, kept))
        };
        let (first, kept) = match self.in_time(first).await {
            Ok((response, kept)) => (Ok(exchange(sent, response, start, request)), Some(kept)),
            Err(kind) => (Err(TransportFailure { sent, kind }), None),
        };
        let Some(mut kept) = kept else { return [first, self.exchange(second).await] };
        self.turn().await;
        let start = Instant::now();
        let (message, sent) = self.message(&second);
        let sent = Sent { number: number + 1, is_after: Some(Box::new(earlier)), ..sent };
        let Ok(message) = message else { return [first, self.exchange(second).await] };
        let response = async {
            kept.sender.ready().await.map_err(|error| broken(&error))?;
            kept.converse(message).await
        };
        // A kept connection may be closed at any time, which says nothing about the target.
        let Ok(response) = self.in_time(response).await else {
            return [first, self.exchange(second).await];
        };
        [first, Ok(exchange(sent, response, start, second))]
    }

    /// The result, or a failure after the time limit.
    async fn in_time<T>(&self, result: impl Future<Output = Result<T, Kind>>) -> Result<T, Kind> {
        timeout(self.timeout, result).await.unwrap_or(Err(Kind::TimedOut(self.timeout)))
    }

    async fn send_all(
        &self,
        prepared: impl Iterator<Item = (Result<Prepared, TransportFailure>, Closing)>,
    ) -> Vec<Result<Exchange, TransportFailure>> {
        let sending = prepared.map(|(prepared, closing)| async move { self.send(prepared?, closing).await });
        join_all(sending).await
    }

    /// Returns a request as shown, without sending it.
    pub(crate) fn unsent(&self, request: &Request) -> Sent {
        Sent { number: self.next(), ..self.message(request).1 }
    }

    /// The number of the next request.
    fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Opens a connection for a request.
    async fn prepare(&self, request: Request, number: u64, at_once: usize) -> Result<Prepared, TransportFailure> {
        self.turn().await;
        let start = Instant::now();
        let (message, sent) = self.message(&request);
        let sent = Sent { number, at_once, ..sent };
        let (message, sent) = match (message, sent) {
            (Ok(message), sent) => (message, sent),
            (Err(kind), sent) => return Err(TransportFailure { sent, kind }),
        };
        match self.connect().await {
            Ok(stream) => Ok(Prepared { start, stream, message, sent, request }),
            Err(kind) => Err(TransportFailure { sent, kind }),
        }
    }

    async fn send(&self, prepared: Prepared, closing: Closing) -> Result<Exchange, TransportFailure> {
        let Prepared { start, stream, message, sent, request } = prepared;
        let response = async {
            match closing {
                Closing::Read => Kept::open(stream).await?.converse(message).await,
                Closing::Begun | Closing::Written => Err(abandon(stream, message, closing == Closing::Begun).await),
            }
        };
        match self.in_time(response).await {
            Ok(response) => Ok(exchange(sent, response, start, request)),
            Err(kind) => Err(TransportFailure { sent, kind }),
        }
    }

    /// The request for the wire, and the same request as shown.
    fn message(&self, request: &Request) -> (Result<hyper::Request<Full<Bytes>>, Kind>, Sent) {
        let Request { operation, method, target, headers, body, .. } = request;
        let mut message =
            hyper::Request::builder().method(*method).uri(target.sent.as_str()).header("host", self.base.authority());
        let mut shown = vec![("host".to_owned(), Masked::from(self.base.authority()))];
        let mut unsendable = None;
        for (name, value) in headers {
            match HeaderValue::from_str(&value.sent) {
                Ok(mut value) => {
                    value.set_sensitive(name == "authorization");
                    message = message.header(name.as_str(), value);
                }
                // Without it, this would be another request.
                Err(_) => unsendable = Some(name.clone()),
            }
            shown.push((name.clone(), value.shown.clone()));
        }
        let message = message.body(Full::from(body.as_ref().map(|body| body.sent.clone()).unwrap_or_default()));
        let sent = Sent {
            operation: *operation,
            method: (*method).to_owned(),
            origin: self.base.origin(),
            target: target.shown.clone(),
            headers: shown,
            body: body.as_ref().map(|body| body.shown.clone()),
            number: 0,
            at_once: 1,
            created: None,
            history: Vec::new(),
            is_after: None,
        };
        let message = match unsendable {
            Some(name) => Err(Kind::Unsendable(format!("the value of `{name}` is invalid in a header"))),
            None => message.map_err(|error| Kind::Unsendable(error.to_string())),
        };
        (message, sent)
    }

    async fn connect(&self) -> Result<Box<dyn Stream>, Kind> {
        let patience = self.timeout.min(CONNECT_TIMEOUT);
        let line = timeout(patience, self.dial.connect());
        Ok(match line.await.map_err(|_| Kind::Connect(format!("none within {patience:?}")))?? {
            Line::Plain(stream) => Box::new(stream),
            Line::Secure(stream) => stream,
        })
    }
}

/// A completed exchange.
fn exchange(sent: Sent, response: Response, start: Instant, request: Request) -> Exchange {
    let Request { name, is_regular, .. } = request;
    Exchange { sent, response, elapsed: start.elapsed(), name, is_regular }
}

/// A connection for one request after another.
struct Kept {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Dropping the set closes the connection, even if a future is cancelled.
    _driver: JoinSet<hyper::Result<()>>,
}

impl Kept {
    async fn open(stream: Box<dyn Stream>) -> Result<Self, Kind> {
        let stream = TokioIo::new(Bounded { stream, left: RESPONSE_LIMIT });
        let (sender, connection) = http1::handshake(stream).await.map_err(|error| broken(&error))?;
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Ok(Self { sender, _driver: driver })
    }

    async fn converse(&mut self, message: hyper::Request<Full<Bytes>>) -> Result<Response, Kind> {
        let (head, body) = self.sender.send_request(message).await.map_err(|error| broken(&error))?.into_parts();
        let body = read(body).await?;
        Ok(Response {
            version: format!("{:?}", head.version),
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            json: serde_json::from_slice(&body).ok(),
            body,
        })
    }
}

/// Writes a request and closes the connection; before that, it may wait until the response begins.
async fn abandon(mut stream: Box<dyn Stream>, message: hyper::Request<Full<Bytes>>, is_awaited: bool) -> Kind {
    let (head, body) = message.into_parts();
    // A body that is there as a whole cannot fail.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut text = format!("{} {} HTTP/1.1\r\n", head.method, head.uri).into_bytes();
    for (name, value) in &head.headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    if !body.is_empty() {
        text.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(&body);
    let written = async {
        stream.write_all(&text).await?;
        stream.flush().await
    };
    match written.await {
        Err(error) => Kind::Broken(error.to_string()),
        Ok(()) if is_awaited => match stream.read_u8().await {
            Ok(_) => Kind::Abandoned,
            Err(error) => Kind::Broken(error.to_string()),
        },
        Ok(()) => Kind::Abandoned,
    }
}

async fn read(body: Incoming) -> Result<Vec<u8>, Kind> {
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(Kind::TooLarge(BODY_LIMIT)),
        Err(error) => Err(Kind::Broken(causes(error.as_ref()))),
    }
}

fn broken(error: &hyper::Error) -> Kind {
    Kind::Broken(causes(error))
}

/// An error with its causes, since hyper's own message often names only the step.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// A stream that fails when a response is larger than the limit.
struct Bounded {
    stream: Box<dyn Stream>,
    /// How many bytes may still be read.
    left: usize,
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let too_large = || io::Error::other(format!("the response is larger than {RESPONSE_LIMIT} bytes"));
        self.left = self.left.checked_sub(buffer.filled().len() - before).ok_or_else(too_large)?;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::wire::operation::Operation;

    /// Starts a server that responds once this many requests have arrived.
    async fn arrived(requests: Vec<Request>) -> Vec<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base: BaseUrl = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let wire = Wire::new(base, Duration::from_secs(20), None).unwrap();
        let count = requests.len();
        let server = async {
            let mut streams = Vec::new();
            for _ in 0..count {
                streams.push(listener.accept().await.unwrap().0);
            }
            let mut heads = Vec::new();
            for stream in &mut streams {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                heads.push(String::from_utf8(head).unwrap());
            }
            for stream in &mut streams {
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            }
            heads
        };
        let (results, heads) = tokio::join!(wire.volley(requests), server);
        assert!(results.iter().all(|result| result.as_ref().is_ok_and(|exchange| exchange.response.status == 404)));
        heads
    }

    fn cancellation(target: &str) -> Request {
        Request::new(Operation::CancelSession, target.to_owned())
    }

    #[tokio::test]
    async fn a_target_goes_out_byte_for_byte() {
        for target in [
            "/v1/gate_sessions/../cancel",
            "/v1/gate_sessions/x/../a/./cancel",
            "/v1/gate_sessions/%2e%2E/cancel",
            "/v1/gate_sessions/x%2F..%2Fa/cancel",
            "/v1/gate_sessions//a//cancel/",
            "/v1/gate_sessions/%2541%00%FF%25/cancel",
            "/v1/gate_sessions/a;x/cancel",
            "/v1/gate_sessions/a?x/cancel",
            &format!("/v1/gate_sessions/{}/cancel", "0".repeat(6000)),
        ] {
            let heads = arrived(vec![cancellation(target)]).await;
            assert_eq!(heads[0].lines().next(), Some(format!("POST {target} HTTP/1.1").as_str()));
        }
    }

    /// As `curl -X POST` sends it: without a length, which is valid without a body (RFC 9112, 6.3).
    #[tokio::test]
    async fn without_a_body_there_is_neither_a_length_nor_a_type() {
        let heads = arrived(vec![cancellation("/v1/gate_sessions/a/cancel")]).await;
        let mut names: Vec<&str> =
            heads[0].lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "host", "user-agent"]);
    }

    #[tokio::test]
    async fn a_volley_does_not_wait() {
        let requests = (0..8).map(|number| cancellation(&format!("/{number}"))).collect();
        let mut heads = arrived(requests).await;
        heads.sort_unstable();
        for (number, head) in heads.iter().enumerate() {
            assert!(head.starts_with(&format!("POST /{number} ")), "{head}");
        }
    }
}
