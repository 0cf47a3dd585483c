//! A small HTTP client on plain sockets, so that a scripted client can do anything wrong.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The destination of requests.
#[derive(Debug, Clone)]
pub(super) struct Server {
    /// Host and port.
    pub(super) authority: String,
    /// The path of the base URL.
    pub(super) path: String,
}

/// A received response.
#[derive(Debug, Clone, Default)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Why the response is missing or incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// The connection ended or was reset before the response.
    Reset,
    /// Time ran out before the response.
    Late,
    /// The connection ended inside the body.
    Cut,
    /// Time ran out inside the body.
    LateBody,
}

/// A reusable connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Server {
    pub(super) fn of(url: &str) -> Self {
        let rest = url.split_once("://").unwrap().1;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        Self { authority: authority.to_owned(), path: format!("/{path}") }
    }

    pub(super) fn connect(&self) -> Result<Connection, Lost> {
        let stream = TcpStream::connect(&self.authority).map_err(|_| Lost::Reset)?;
        stream.set_nodelay(true).unwrap();
        Ok(Connection { stream, unread: Vec::new() })
    }
}

impl Connection {
    pub(super) fn send(&mut self, request: &str) -> Result<(), Lost> {
        self.stream.write_all(request.as_bytes()).map_err(|_| Lost::Reset)
    }

    /// Whether there is unread data.
    pub(super) fn has_more(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Reads one response before a deadline.
    pub(super) fn response(&mut self, by: Instant) -> Result<Response, Lost> {
        let end = loop {
            if let Some(end) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.more(by, Lost::Reset, Lost::Late)?;
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let status = head[9..12].parse().unwrap();
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        let mut response = Response { status, headers, body: Vec::new() };
        let length: usize = response.header("content-length").and_then(|it| it.parse().ok()).unwrap_or_default();
        while self.unread.len() < length {
            self.more(by, Lost::Cut, Lost::LateBody)?;
        }
        response.body = self.unread.drain(..length).collect();
        Ok(response)
    }

    fn more(&mut self, by: Instant, ended: Lost, late: Lost) -> Result<(), Lost> {
        let left = by.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(left)).unwrap();
        let mut buffer = vec![0; 64 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(ended),
            Ok(length) => {
                self.unread.extend_from_slice(&buffer[..length]);
                if Instant::now() < by { Ok(()) } else { Err(late) }
            }
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => Err(late),
            Err(_) => Err(ended),
        }
    }
}

impl Response {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
