//! A server that keeps one session and cancels it as documented, except where its script says otherwise.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;
use zerogate::Attempt;

use crate::examples::{envelope, session};
use crate::server::read_request;

/// What happens to a request in place of a correct response.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Nothing listens on the port.
    Refused,
    /// The listener's queue is full of waiting connections.
    NoRoom,
    /// The TLS handshake never completes.
    HandshakeStalls,
    /// The connection is closed in the middle of the TLS handshake.
    HandshakeCloses,
    /// The connection is reset in the middle of the TLS handshake.
    HandshakeResets,
    /// The client does not trust the certificate.
    Untrusted,
    /// The server requires a certificate of the client, which has none.
    Unidentified,
    /// The other side does not speak TLS.
    PlainText,
    /// The request is read; these bytes are the response, followed by this.
    Response(Vec<u8>, Then),
}

/// What follows the bytes of a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Then {
    Close,
    Reset,
    /// Nothing, until the client gives up.
    Stall,
    /// The next request, on the same connection.
    Keep,
}

/// Whether a request with a fault cancels the session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Commit {
    /// It does not.
    No,
    /// It does, before the response.
    Yes,
    /// It does, but only after the session was read, because the request was delayed.
    AfterTheRead,
}

impl Fault {
    pub(crate) fn is_before_the_request(&self) -> bool {
        !matches!(self, Self::Response(..))
    }

    fn is_before_the_connection(&self) -> bool {
        matches!(self, Self::Refused | Self::NoRoom)
    }

    fn needs_tls(&self) -> bool {
        self.is_before_the_request() && !self.is_before_the_connection()
    }
}

/// The script of the server.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The status of the session at the beginning.
    pub(crate) session: &'static str,
    /// The fault of each cancellation attempt, and whether it takes effect; later attempts get a correct response.
    pub(crate) cancels: Vec<(Fault, Commit)>,
    /// The status that a read returns, if it is not the real one.
    pub(crate) read: Option<Fault>,
}

pub(crate) struct Server {
    pub(crate) base_url: String,
    world: Arc<World>,
}

struct World {
    script: Script,
    is_tls: bool,
    now: Mutex<Now>,
}

struct Now {
    session: &'static str,
    /// How many cancellation attempts have ended, according to the client.
    ended: usize,
    cancels: u32,
    reads: u32,
    door: Door,
}

/// The state of the port. It is reserved from the start, so that nothing else can take it.
enum Door {
    Closed(TcpSocket),
    /// With the connections that fill it.
    Full(TcpListener, Vec<TcpStream>),
    Open,
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        let is_tls = script.cancels.iter().any(|(fault, _)| fault.needs_tls());
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let door = match script.cancels.first() {
            Some((Fault::NoRoom, _)) => full(socket, address).await,
            _ => Door::Closed(socket),
        };
        let now = Now { session: script.session, ended: 0, cancels: 0, reads: 0, door };
        let world = Arc::new(World { script, is_tls, now: Mutex::new(now) });
        world.open_if_due();
        let scheme = if is_tls { "https" } else { "http" };
        Self { base_url: format!("{scheme}://{address}"), world }
    }

    /// Call this after every attempt: the fault of the next one may need to be arranged before it begins.
    pub(crate) fn observer(&self) -> impl Fn(&Attempt) + Send + Sync + 'static {
        let world = Arc::clone(&self.world);
        move |attempt| {
            if attempt.operation == "cancelSession" {
                world.now().ended += 1;
                world.open_if_due();
            }
        }
    }

    /// The status of the session.
    pub(crate) fn session(&self) -> &'static str {
        self.world.now().session
    }

    /// The number of requests: cancellations and reads.
    pub(crate) fn requests(&self) -> (u32, u32) {
        let now = self.world.now();
        (now.cancels, now.reads)
    }
}

/// Fills the queue with connections that are not accepted; the next one gets no response.
async fn full(socket: TcpSocket, address: SocketAddr) -> Door {
    let listener = socket.listen(1).unwrap();
    // Linux accepts one more than the backlog.
    let fillers = vec![TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    Door::Full(listener, fillers)
}

impl World {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap()
    }

    /// The fault of the current attempt.
    fn fault(&self) -> Option<(Fault, Commit)> {
        self.script.cancels.get(self.now().ended).cloned()
    }

    fn open_if_due(self: &Arc<Self>) {
        if self.fault().is_some_and(|(fault, _)| fault.is_before_the_connection()) {
            return;
        }
        let door = std::mem::replace(&mut self.now().door, Door::Open);
        let listener = match door {
            Door::Closed(socket) => socket.listen(64).unwrap(),
            Door::Full(listener, fillers) => {
                let listener = listener.into_std().unwrap();
                // At once: the next attempt begins as soon as this one has ended.
                for _ in fillers {
                    drop(listener.accept().unwrap());
                }
                TcpListener::from_std(listener).unwrap()
            }
            Door::Open => return,
        };
        let world = Arc::clone(self);
        // Until the runtime of the test ends.
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(Arc::clone(&world).serve(stream));
            }
        });
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let Some(mut stream) = self.greet(stream).await else { return };
        while let Ok(Some(request)) = read_request(&mut stream).await {
            let (bytes, then) = self.respond(&request);
            // The client may have closed the connection.
            let _ = stream.write_all(&bytes).await;
            match then {
                Then::Close => return drop(stream.shutdown().await),
                Then::Reset => return stream.socket().set_zero_linger().unwrap(),
                Then::Stall => return drop(stream.read(&mut [0]).await),
                Then::Keep => {}
            }
        }
    }

    /// The connection, with TLS if needed; `None` if the handshake fails.
    async fn greet(&self, mut stream: TcpStream) -> Option<Box<dyn Connection>> {
        if !self.is_tls {
            return Some(Box::new(stream));
        }
        let fault = self.fault().map(|(fault, _)| fault);
        let acceptor = match fault {
            Some(Fault::Untrusted) => &UNTRUSTED.acceptor,
            Some(Fault::Unidentified) => &TRUSTED.demanding,
            Some(fault) if fault.needs_tls() => {
                // Closing before reading would send a reset.
                let _ = stream.read(&mut [0; 1 << 14]).await;
                match fault {
                    Fault::HandshakeResets => stream.set_zero_linger().unwrap(),
                    Fault::HandshakeStalls => drop(stream.read(&mut [0]).await),
                    Fault::PlainText => drop(stream.write_all(&response("400 Bad Request", "", "")).await),
                    _ => {}
                }
                return None;
            }
            _ => &TRUSTED.acceptor,
        };
        match acceptor.accept(stream).into_fallible().await {
            Ok(stream) => Some(Box::new(stream)),
            Err((_, mut stream)) => {
                // Closing before the client has read the alert would send a reset.
                while stream.read(&mut [0; 1 << 14]).await.is_ok_and(|count| count > 0) {}
                None
            }
        }
    }

    fn respond(&self, request: &str) -> (Vec<u8>, Then) {
        if request.starts_with("POST /v1/gate_sessions/67a1f3b9e4b0c10001234567/cancel HTTP/1.1\r\n") {
            self.cancel()
        } else if request.starts_with("GET /v1/gate_sessions/67a1f3b9e4b0c10001234567 HTTP/1.1\r\n") {
            self.read()
        } else {
            panic!("an unexpected request: {request}");
        }
    }

    fn cancel(&self) -> (Vec<u8>, Then) {
        let fault = self.fault();
        let mut now = self.now();
        now.cancels += 1;
        let was_open = now.session == "open";
        if was_open && fault.as_ref().is_none_or(|(_, commit)| *commit == Commit::Yes) {
            now.session = "cancelled";
        }
        match fault {
            Some((Fault::Response(bytes, then), _)) => (bytes, then),
            _ if was_open => (success(&session("cancelled")), Then::Close),
            _ => (status(409), Then::Close),
        }
    }

    fn read(&self) -> (Vec<u8>, Then) {
        let mut now = self.now();
        now.reads += 1;
        let read = match &self.script.read {
            Some(Fault::Response(bytes, then)) => (bytes.clone(), *then),
            _ => (response("200 OK", "", &session(now.session)), Then::Close),
        };
        if self.script.cancels.iter().any(|(_, commit)| *commit == Commit::AfterTheRead) {
            now.session = "cancelled";
        }
        read
    }
}

/// A connection, with TLS or without.
trait Connection: AsyncRead + AsyncWrite + Send + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Connection for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Connection for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

struct Identity {
    acceptor: TlsAcceptor,
    /// Also requires a certificate of the client.
    demanding: TlsAcceptor,
    pem: String,
}

static TRUSTED: LazyLock<Identity> = LazyLock::new(Identity::new);
static UNTRUSTED: LazyLock<Identity> = LazyLock::new(Identity::new);

impl Identity {
    fn new() -> Self {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
        let acceptor = |clients: Arc<dyn ClientCertVerifier>| {
            let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
            let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_client_cert_verifier(clients)
                .with_single_cert(vec![cert.der().clone()], key)
                .unwrap();
            TlsAcceptor::from(Arc::new(config))
        };
        let (acceptor, demanding) = (acceptor(WebPkiClientVerifier::no_client_auth()), acceptor(clients));
        Self { acceptor, demanding, pem: cert.pem() }
    }
}

/// TLS on a connection, with a certificate that the client trusts.
pub(crate) async fn tls(stream: TcpStream) -> Option<TlsStream<TcpStream>> {
    TRUSTED.acceptor.accept(stream).await.ok()
}

/// A transport that trusts only this server.
pub(crate) fn transport() -> reqwest::ClientBuilder {
    let certificate = reqwest::Certificate::from_pem(TRUSTED.pem.as_bytes()).unwrap();
    reqwest::Client::builder().tls_certs_only([certificate])
}

/// A 201 with this body.
pub(crate) fn success(body: &str) -> Vec<u8> {
    response("201 Created", "", body)
}

/// A response with this status and its body.
pub(crate) fn status(status: u16) -> Vec<u8> {
    let envelope = |kind| envelope(kind, status);
    let line = format!("{status} Example");
    match status {
        101 => b"HTTP/1.1 101 Example\r\nconnection: upgrade\r\nupgrade: example\r\n\r\n".to_vec(),
        204 => b"HTTP/1.1 204 Example\r\nconnection: close\r\n\r\n".to_vec(),
        200..=299 => response(&line, "", &session("cancelled")),
        // If the client followed it, that would count as a read.
        300..=399 => response(&line, "location: /v1/gate_sessions/67a1f3b9e4b0c10001234567\r\n", ""),
        401 => response(&line, "", &envelope("unauthorized")),
        404 => response(&line, "", &envelope("not_found")),
        409 => response(&line, "", &envelope("conflict")),
        429 => response(&line, "", &envelope("rate_limited")),
        500..=599 => response(&line, "", &envelope("server_error")),
        _ => response(&line, "", &envelope("example")),
    }
}

/// A response that closes its connection, so that every attempt uses a new one.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let headers = format!("{headers}connection: close\r\ncontent-type: application/json\r\n");
    crate::examples::response(status, &headers, body).into_bytes()
}
