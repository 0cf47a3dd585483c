//! The emulator behind the proxy, and the proxy's memory between requests.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use zerogate_conformance::Operation;
use zerogate_emulator::{Emulator, Keys};

use super::message::{Asked, Response};

pub(crate) struct Upstream {
    addr: SocketAddr,
    /// Reusable connections: opening one for each request would take most of the time.
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    connections: Mutex<JoinSet<hyper::Result<()>>>,
    pub(crate) keys: Keys,
    /// Fields to show instead of the true ones when a session is read.
    pretended: Mutex<HashMap<String, Map<String, Value>>>,
    remembered: Mutex<HashMap<String, Value>>,
    /// Wakes those who wait for something to be remembered.
    news: Notify,
}

impl Upstream {
    pub(super) fn of(emulator: &Emulator) -> Self {
        Self {
            addr: emulator.addr(),
            idle: Mutex::default(),
            connections: Mutex::default(),
            keys: emulator.keys().clone(),
            pretended: Mutex::default(),
            remembered: Mutex::default(),
            news: Notify::new(),
        }
    }

    /// The true response to a request, or the pretended one for a session with replaced fields.
    pub(crate) async fn respond(&self, asked: &Asked) -> Response {
        let mut response = self.send(asked).await;
        if asked.is(Operation::RetrieveSession) && !response.is_error() {
            let pretended = self.pretended().get(asked.id()).cloned().unwrap_or_default();
            response.alter(|session| session.extend(pretended));
        }
        response
    }

    /// From now on, reading the session shows these fields.
    pub(crate) fn pretend(&self, id: &str, field: &str, value: impl Into<Value>) {
        self.pretended().entry(id.to_owned()).or_default().insert(field.to_owned(), value.into());
    }

    /// The true session, whoever owns it.
    pub(crate) async fn peek(&self, id: &str) -> Option<Value> {
        let target = format!("/_emulator/sessions/{id}");
        let asked = Asked { method: Method::GET, target, headers: HeaderMap::new(), body: Bytes::new(), connection: 0 };
        let response = self.send(&asked).await;
        (!response.is_error()).then(|| response.json())
    }

    /// Remembers a value about a session.
    pub(crate) fn remember(&self, id: &str, value: Value) {
        self.remembered.lock().unwrap().insert(id.to_owned(), value);
        self.news.notify_waiters();
    }

    /// Remembers the client secret of a session that was just created.
    pub(crate) fn remember_secret(&self, asked: &Asked, response: &Response) {
        if asked.is(Operation::CreateSession) && !response.is_error() {
            let created = response.json();
            self.remember(created["id"].as_str().unwrap(), created["client_secret"].clone());
        }
    }

    /// The remembered value about a session; null if there is none.
    pub(crate) fn remembered(&self, id: &str) -> Value {
        self.remembered.lock().unwrap().get(id).cloned().unwrap_or_default()
    }

    /// Counts how many times this was requested for a session.
    pub(crate) fn count(&self, id: &str) -> u64 {
        let count = self.remembered(id).as_u64().unwrap_or_default() + 1;
        self.remember(id, count.into());
        count
    }

    /// Takes as long as a slow transaction, but no longer than until the other requests have made this true.
    ///
    /// The suite opens all connections before it sends concurrent requests, so they arrive together. curl opens one
    /// after the other.
    pub(crate) async fn linger(&self, asked: &Asked, is_met: impl Fn(&Self) -> bool) {
        let is_curl = asked.headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"curl/"));
        let met = async {
            loop {
                let news = self.news.notified();
                if is_met(self) {
                    return;
                }
                news.await;
            }
        };
        // If the others do not come, the request is alone.
        let _ = timeout(Duration::from_millis(if is_curl { 500 } else { 20 }), met).await;
    }

    fn pretended(&self) -> MutexGuard<'_, HashMap<String, Map<String, Value>>> {
        self.pretended.lock().unwrap()
    }

    async fn send(&self, asked: &Asked) -> Response {
        let mut request = Request::new(Full::new(asked.body.clone()));
        *request.method_mut() = asked.method.clone();
        *request.uri_mut() = asked.target.parse().unwrap();
        *request.headers_mut() = asked.headers.clone();
        let mut sender = self.connection().await;
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.idle.lock().unwrap().push(sender);
        let mut headers = head.headers;
        // The proxy has its own framing.
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        Response::new(head.status.as_u16(), headers, body)
    }

    async fn connection(&self) -> SendRequest<Full<Bytes>> {
        while let Some(mut idle) = { self.idle.lock().unwrap().pop() } {
            // The emulator may have closed the connection.
            if idle.ready().await.is_ok() {
                return idle;
            }
        }
        let stream = TcpStream::connect(self.addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        self.connections.lock().unwrap().spawn(connection);
        sender
    }
}
