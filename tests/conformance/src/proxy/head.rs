//! Parses the head of a message, and determines where its body ends.

use httparse::{EMPTY_HEADER, Header, Status};

/// The maximum number of headers.
const MAX_HEADERS: usize = 256;

/// Where the body of a message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After this many bytes; 0 if there is no body.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the end of the connection.
    UntilClosed,
    /// What follows is no longer HTTP.
    Tunnel,
}

/// A parsed head.
#[derive(Debug)]
pub(super) struct Head<'h> {
    /// The method and target, or the status and reason.
    pub(super) first: (&'h str, &'h str),
    pub(super) status: u16,
    /// The minor version: the last `1` of HTTP/1.1.
    pub(super) minor: u8,
    pub(super) headers: Vec<(&'h str, &'h [u8])>,
}

/// Why a message's end is unknown.
pub(super) type Unframed = &'static str;

pub(crate) const NOT_HTTP: Unframed = "not an HTTP/1 message: from there the connection was relayed but not judged";
const AMBIGUOUS: Unframed =
    "it is ambiguous where a message ends: from there the connection was relayed but not judged";

/// The kind of request that a response belongs to, if its framing depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Head,
    Connect,
    Other,
}

impl Asked {
    pub(super) fn of(method: &str) -> Self {
        match method {
            "HEAD" => Self::Head,
            "CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }
}

impl<'h> Head<'h> {
    pub(super) fn request(text: &'h [u8]) -> Result<Self, Unframed> {
        let mut room = [EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut room);
        match request.parse(text) {
            Ok(Status::Complete(_)) => {}
            Ok(Status::Partial) | Err(_) => return Err(NOT_HTTP),
        }
        let first = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
        Ok(Self { first, status: 0, minor: request.version.unwrap_or_default(), headers: listed(request.headers) })
    }

    pub(super) fn response(text: &'h [u8]) -> Result<Self, Unframed> {
        let mut room = [EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut room);
        match response.parse(text) {
            Ok(Status::Complete(_)) => {}
            Ok(Status::Partial) | Err(_) => return Err(NOT_HTTP),
        }
        let (status, reason) = (response.code.unwrap_or_default(), response.reason.unwrap_or_default());
        let minor = response.version.unwrap_or_default();
        Ok(Self { first: ("", reason), status, minor, headers: listed(response.headers) })
    }

    /// Returns where the body of this request ends.
    pub(super) fn request_framing(&self) -> Result<Framing, Unframed> {
        match self.declared()? {
            Some(Framing::UntilClosed) => Err(AMBIGUOUS),
            declared => Ok(declared.unwrap_or(Framing::Length(0))),
        }
    }

    /// Returns where the body of this response ends.
    pub(super) fn response_framing(&self, asked: Asked) -> Result<Framing, Unframed> {
        match (self.status, asked) {
            (101, _) | (200..=299, Asked::Connect) => Ok(Framing::Tunnel),
            (100..=199 | 204 | 304, _) | (_, Asked::Head) => Ok(Framing::Length(0)),
            _ => Ok(self.declared()?.unwrap_or(Framing::UntilClosed)),
        }
    }

    /// Returns where the headers say that the body ends. If two readers could disagree, an attacker could make them see
    /// different messages, so an ambiguous message is rejected.
    fn declared(&self) -> Result<Option<Framing>, Unframed> {
        let codings: Vec<&[u8]> =
            self.values("transfer-encoding").flat_map(|value| value.split(|b| *b == b',')).collect();
        let lengths: Vec<&[u8]> = self.values("content-length").collect();
        match (codings.last(), lengths.as_slice()) {
            (None, []) => Ok(None),
            (None, [length]) if !length.is_empty() && length.iter().all(u8::is_ascii_digit) => {
                let length = std::str::from_utf8(length).ok().and_then(|length| length.parse().ok());
                length.map(|length| Some(Framing::Length(length))).ok_or(AMBIGUOUS)
            }
            (Some(last), []) if self.minor == 1 => {
                let is_chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
                Ok(Some(if is_chunked { Framing::Chunked } else { Framing::UntilClosed }))
            }
            _ => Err(AMBIGUOUS),
        }
    }

    /// The values of a header.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Whether the body has a transfer coding besides `chunked`.
    pub(super) fn is_transfer_coded(&self) -> bool {
        let mut codings = self.values("transfer-encoding").flat_map(|value| value.split(|byte| *byte == b','));
        codings.any(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"chunked"))
    }
}

fn listed<'h>(headers: &[Header<'h>]) -> Vec<(&'h str, &'h [u8])> {
    headers.iter().map(|header| (header.name, header.value)).collect()
}
