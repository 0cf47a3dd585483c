//! The faithful emulator as the proxy sees it, and what the proxy remembers between requests.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use zerogate_conformance::Operation;
use zerogate_emulator::{Emulator, Keys};

use super::message::{Asked, Response};

pub(crate) struct Upstream {
    addr: SocketAddr,
    /// Connections that wait for a request: one for each would be most of the work.
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    connections: Mutex<JoinSet<hyper::Result<()>>>,
    pub(crate) keys: Keys,
    /// Fields that reading a session shows instead of the true ones.
    pretended: Mutex<HashMap<String, Map<String, Value>>>,
    remembered: Mutex<HashMap<String, Value>>,
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
        }
    }

    /// The true response to a request; of a session that is pretended to be otherwise, that.
    pub(crate) async fn answer(&self, asked: &Asked) -> Response {
        let mut response = self.send(asked).await;
        if asked.is(Operation::RetrieveSession) && !response.is_error() {
            let pretended = self.pretended().get(asked.id()).cloned().unwrap_or_default();
            response.alter(|session| session.extend(pretended));
        }
        response
    }

    /// From now on reading the session shows this.
    pub(crate) fn pretend(&self, id: &str, field: &str, value: impl Into<Value>) {
        self.pretended().entry(id.to_owned()).or_default().insert(field.to_owned(), value.into());
    }

    /// The session as it truly is, whoever owns it.
    pub(crate) async fn peek(&self, id: &str) -> Option<Value> {
        let target = format!("/_emulator/sessions/{id}");
        let asked = Asked { method: Method::GET, target, headers: HeaderMap::new(), body: Bytes::new() };
        let response = self.send(&asked).await;
        (!response.is_error()).then(|| response.json())
    }

    /// Keeps something about a session.
    pub(crate) fn remember(&self, id: &str, value: Value) {
        self.remembered.lock().unwrap().insert(id.to_owned(), value);
    }

    /// Keeps the client secret of a session that was just created.
    pub(crate) fn remember_secret(&self, asked: &Asked, response: &Response) {
        if asked.is(Operation::CreateSession) && !response.is_error() {
            let created = response.json();
            self.remember(created["id"].as_str().unwrap(), created["client_secret"].clone());
        }
    }

    /// What was kept about a session; null if nothing was.
    pub(crate) fn remembered(&self, id: &str) -> Value {
        self.remembered.lock().unwrap().get(id).cloned().unwrap_or_default()
    }

    /// How often this was asked of a session.
    pub(crate) fn count(&self, id: &str) -> u64 {
        let count = self.remembered(id).as_u64().unwrap_or_default() + 1;
        self.remember(id, count.into());
        count
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
        // The framing is the proxy's own.
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        Response::new(head.status.as_u16(), headers, body)
    }

    async fn connection(&self) -> SendRequest<Full<Bytes>> {
        while let Some(mut idle) = { self.idle.lock().unwrap().pop() } {
            // The emulator may have closed it.
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
