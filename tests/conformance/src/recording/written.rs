//! Writes HAR 1.2 entry by entry: the file is complete after each entry.

use std::borrow::Cow;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use zerogate_contract::one_line;
use zerogate_judge::{Message, Part, Span};

use super::recorder::OWN;
use crate::replacement::Rewritten;

/// The end of a recording.
const END: &[u8] = b"\n]}}\n";

/// A recording that is being written.
#[derive(Debug)]
pub(crate) struct Recording {
    file: Rewritten,
    name: String,
    /// The position of the next entry, which overwrites the end; 0 if nothing is written yet.
    at: u64,
    entries: usize,
    trouble: Option<String>,
}

/// The recorded parts of an exchange.
pub(crate) struct Written<'w> {
    pub(crate) method: &'w str,
    pub(crate) url: &'w str,
    pub(crate) request: &'w Message<'w>,
    pub(crate) status: Option<u16>,
    pub(crate) reason: &'w str,
    pub(crate) response: &'w Message<'w>,
    /// The minor HTTP versions of the request and the response.
    pub(crate) minor: (u8, u8),
    /// The lengths of the bodies on the wire.
    pub(crate) lengths: (u64, u64),
    /// Why the response is missing or incomplete.
    pub(crate) failure: Option<&'w str>,
    pub(crate) span: Span,
    /// The time from the start to the end of the request.
    pub(crate) sent: Duration,
    /// The time from the start to the beginning of the response.
    pub(crate) responded: Duration,
}

impl Recording {
    /// Begins a recording, which replaces an existing file at the first entry, or at the end.
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let name = one_line(&path.display().to_string()).into_owned();
        Ok(Self { file: Rewritten::begin(path)?, name, at: 0, entries: 0, trouble: None })
    }

    /// The file, as named by the caller.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Adds an entry. After a failure, writes nothing more.
    pub(crate) fn add(&mut self, written: &Written<'_>) {
        if self.trouble.is_some() {
            return;
        }
        self.entries += 1;
        let mut text = if self.entries == 1 { head() + "\n" } else { ",\n".to_owned() }.into_bytes();
        let done = serde_json::to_writer(&mut text, &Entry::of(written)).map_err(io::Error::from);
        if let Err(error) = done.and_then(|()| self.put(&text)) {
            self.trouble = Some(format!("the recording ends before entry {}: {error}", self.entries));
            // Keeps earlier entries readable; if that fails, readers stop there.
            let rest = if self.at == 0 { head() } else { String::new() };
            let _ = self.file.file().and_then(|file| file.set_len(self.at)).and_then(|()| self.put(rest.as_bytes()));
        }
    }

    /// Writes the recording even without entries, and returns why it is incomplete.
    pub(crate) fn finish(mut self) -> Option<String> {
        if self.entries == 0
            && let Err(error) = self.put(head().as_bytes())
        {
            self.trouble = Some(format!("the recording cannot be written: {error}"));
        }
        self.trouble
    }

    /// Overwrites the end with a text and a new end.
    fn put(&mut self, text: &[u8]) -> io::Result<()> {
        let file = self.file.file()?;
        file.seek(SeekFrom::Start(self.at))?;
        // In one write, so that the file never has half an entry.
        file.write_all(&[text, END].concat())?;
        self.at += text.len() as u64;
        Ok(())
    }
}

/// The beginning of a recording.
fn head() -> String {
    let creator = serde_json::json!({"name": OWN, "version": env!("CARGO_PKG_VERSION")});
    format!(r#"{{"log":{{"version":"1.2","creator":{creator},"entries":["#)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'w> {
    started_date_time: String,
    time: f64,
    request: Request<'w>,
    response: Response<'w>,
    cache: Nothing,
    timings: Timings,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'w> {
    method: &'w str,
    url: &'w str,
    http_version: String,
    cookies: [Nothing; 0],
    headers: Vec<Pair<'w>>,
    query_string: Vec<Pair<'w>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'w>>,
    headers_size: i64,
    body_size: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData<'w> {
    mime_type: Cow<'w, str>,
    text: Cow<'w, str>,
    /// HAR has no encoding for request bodies.
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'w> {
    status: u16,
    status_text: &'w str,
    http_version: String,
    cookies: [Nothing; 0],
    headers: Vec<Pair<'w>>,
    content: Content<'w>,
    #[serde(rename = "redirectURL")]
    redirect_url: Cow<'w, str>,
    headers_size: i64,
    body_size: i64,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<&'w str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'w> {
    size: i64,
    mime_type: Cow<'w, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'w, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Serialize)]
struct Pair<'w> {
    name: &'w str,
    value: &'w str,
}

/// The placeholder for an unknown size.
const UNKNOWN: i64 = -1;

impl<'w> Entry<'w> {
    fn of(written: &Written<'w>) -> Self {
        let Written { method, url, request, status, reason, response, minor, lengths, failure, span, sent, responded } =
            *written;
        let header = |message: &'w Message<'_>, name| message.headers.get(name).known().unwrap_or_default();
        let post_data = text(request).map(|(text, encoding)| PostData {
            mime_type: header(request, "content-type"),
            text,
            encoding,
        });
        let (body, encoding) = text(response).map_or((None, None), |(text, encoding)| (Some(text), encoding));
        let size = match &response.body {
            Part::Known(body) => signed(body.len() as u64),
            Part::Absent => 0,
            Part::Unknown(_) => UNKNOWN,
        };
        let end = Duration::from_micros(u64::try_from(span.end - span.start).unwrap_or_default());
        let (sent, responded) = (sent.min(end), responded.clamp(sent.min(end), end));
        Self {
            started_date_time: Timestamp::from_microsecond(span.start).unwrap_or_default().to_string(),
            time: milliseconds(end),
            request: Request {
                method,
                url,
                http_version: format!("HTTP/1.{}", minor.0),
                cookies: [],
                headers: pairs(request),
                query_string: query(url),
                post_data,
                headers_size: UNKNOWN,
                body_size: on_the_wire(&request.body, lengths.0),
            },
            response: Response {
                status: status.unwrap_or_default(),
                status_text: reason,
                http_version: format!("HTTP/1.{}", minor.1),
                cookies: [],
                headers: pairs(response),
                content: Content { size, mime_type: header(response, "content-type"), text: body, encoding },
                redirect_url: header(response, "location"),
                headers_size: UNKNOWN,
                body_size: on_the_wire(&response.body, lengths.1),
                error: failure,
            },
            cache: Nothing {},
            timings: Timings {
                send: milliseconds(sent),
                wait: milliseconds(responded - sent),
                receive: milliseconds(end - responded),
            },
        }
    }
}

/// A body as text, or in base64 if it is not text, and the name of the encoding.
fn text<'w>(message: &'w Message<'_>) -> Option<(Cow<'w, str>, Option<&'static str>)> {
    let Part::Known(body) = &message.body else { return None };
    // A reader takes the replacement character as a sign of lost bytes.
    match std::str::from_utf8(body) {
        Ok(text) if !text.contains(char::REPLACEMENT_CHARACTER) => Some((Cow::Borrowed(text), None)),
        _ => Some((Cow::Owned(STANDARD.encode(body)), Some("base64"))),
    }
}

fn on_the_wire<T>(body: &Part<T>, length: u64) -> i64 {
    match body {
        Part::Known(_) => signed(length),
        Part::Absent => 0,
        Part::Unknown(_) => UNKNOWN,
    }
}

fn signed(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Milliseconds without more precision than was measured.
fn milliseconds(duration: Duration) -> f64 {
    let microseconds = duration.as_micros() as f64;
    let milliseconds = microseconds / 1000.0;
    if (milliseconds * 1000.0).ceil() > microseconds { milliseconds.next_down() } else { milliseconds }
}

fn pairs<'w>(message: &'w Message<'_>) -> Vec<Pair<'w>> {
    message.headers.known.iter().map(|(name, value)| Pair { name, value }).collect()
}

fn query(url: &str) -> Vec<Pair<'_>> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| Pair { name, value }).collect()
}
