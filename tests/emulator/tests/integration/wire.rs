//! A raw HTTP client for tests.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zerogate_emulator::{Emulator, GateSession, Seed};

/// A request, written byte for byte, with `content-length` if it has a body.
#[derive(Clone)]
pub(crate) struct Request {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn method(&self) -> &'static str {
        self.method
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("Authorization", format!("Bearer {key}"))
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.headers.iter().any(|(name, _)| name == "Host") {
            head += if self.target.starts_with("/v1") { "Host: emulator\r\n" } else { "Host: localhost\r\n" };
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        head += "\r\n";
        [head.as_bytes(), self.body.as_deref().unwrap_or_default()].concat()
    }

    /// Sends it with the partner's key.
    pub(crate) async fn signed(self, emulator: &Emulator) -> Response {
        self.key(&emulator.keys().partner).send(emulator).await
    }

    /// Sends it on a new connection.
    pub(crate) async fn send(&self, emulator: &Emulator) -> Response {
        self.try_send(emulator).await.expect("a response")
    }

    pub(crate) async fn try_send(&self, emulator: &Emulator) -> io::Result<Response> {
        Connection::open(emulator).await.exchange(self).await
    }
}

/// A connection that can carry many requests.
pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(emulator: &Emulator) -> Self {
        let stream = TcpStream::connect(emulator.addr()).await.expect("a connection");
        Self { stream, unread: Vec::new() }
    }

    pub(crate) async fn exchange(&mut self, request: &Request) -> io::Result<Response> {
        self.write(&request.bytes()).await?;
        self.response(request.method != "HEAD").await
    }

    pub(crate) async fn send(&mut self, request: &Request) {
        self.write(&request.bytes()).await.expect("the request can be sent");
    }

    /// Sends it many times in one write.
    pub(crate) async fn send_many(&mut self, request: &Request, times: usize) {
        self.write(&request.bytes().repeat(times)).await.expect("the requests can be sent");
    }

    /// Resets the connection, like a client that crashes.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().expect("a socket can linger");
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    pub(crate) async fn close_writing_half(&mut self) {
        self.stream.shutdown().await.expect("the half closes");
    }

    /// Reads one response, and not a byte more.
    pub(crate) async fn response(&mut self, has_body: bool) -> io::Result<Response> {
        let end = loop {
            if let Some(end) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.read_more().await?;
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let mut response = Response::of_head(&String::from_utf8_lossy(&head));
        if has_body && response.status != 204 {
            let length = response.header("content-length").and_then(|length| length.parse().ok()).expect("a length");
            while self.unread.len() < length {
                self.read_more().await?;
            }
            response.body = self.unread.drain(..length).collect();
        }
        Ok(response)
    }

    /// Reads to the end of the connection, or returns the error.
    pub(crate) async fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.read_more().await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(self.unread.split_off(0));
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn read_more(&mut self) -> io::Result<()> {
        let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read_buf(&mut self.unread));
        match read.await.expect("the emulator responds in time")? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn of_head(head: &str) -> Self {
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self { status: status.expect("a status line"), headers, body: Vec::new() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} is there more than once");
        value
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Checks everything that all API errors have in common, and returns the `type` and `code`.
    pub(crate) fn envelope(&self) -> (String, String) {
        assert_eq!(self.header("content-type"), Some("application/json"));
        let Value::Object(envelope) = self.json() else { panic!("not an object: {self:?}") };
        let mut names: Vec<&str> = envelope.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["code", "doc_url", "message", "request_id", "statusCode", "type"]);
        assert_eq!(envelope["statusCode"], self.status);
        assert_eq!(envelope["doc_url"], Value::Null);
        assert_eq!(envelope["request_id"].as_str(), self.header("x-request-id"));
        assert!(envelope["request_id"].as_str().is_some_and(|id| id.starts_with("req_test_")));
        assert!(envelope["message"].as_str().is_some_and(|message| !message.is_empty()));
        let text = |name: &str| envelope[name].as_str().expect("a string").to_owned();
        (text("type"), text("code"))
    }

    /// Everything that a client can tell apart, without the time and the request id.
    pub(crate) fn without_identity(mut self) -> Self {
        let id = self.header("x-request-id").expect("a request id").to_owned();
        let body = String::from_utf8_lossy(&self.body).replace(&id, "ID");
        self.body = body.into_bytes();
        for (name, value) in &mut self.headers {
            if name == "x-request-id" || name == "date" {
                value.clear();
            }
        }
        self
    }
}

pub(crate) async fn emulator() -> Emulator {
    Emulator::start().await.expect("the emulator starts")
}

pub(crate) fn seed(emulator: &Emulator) -> GateSession {
    emulator.seed(Seed::default()).expect("the default seed is good")
}

pub(crate) fn cancel(id: &str) -> Request {
    Request::new("POST", format!("/v1/gate_sessions/{id}/cancel"))
}

pub(crate) fn retrieve(id: &str) -> Request {
    Request::new("GET", format!("/v1/gate_sessions/{id}"))
}

pub(crate) fn list(query: &str) -> Request {
    Request::new("GET", format!("/v1/gate_sessions{query}"))
}

pub(crate) fn create(body: &Value) -> Request {
    Request::new("POST", "/v1/gate_sessions").json(body)
}

pub(crate) fn minimal() -> Value {
    serde_json::json!({ "amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done" })
}

/// Waits until another task has made the condition true.
pub(crate) async fn until(happened: impl Fn() -> bool) {
    let wait = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it happens in time");
}
