//! Reads an entry of a recording. Recorders differ: a missing value may be empty, omitted, or replaced by something
//! else.

use std::borrow::Cow;
use std::path::Path;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use zerogate_judge::{Exchange, Headers, Message, Part, Span};

use super::body::Body;
use super::loose::Loose;
use super::recorder::Recorder;

const NO_REQUEST: &str = "the entry has no request with a method and a URL";
const NO_RESPONSE: &str = "there was no response";
const NO_HEADERS: &str = "the recorder kept no headers";
const NOT_KEPT: &str = "the recorder kept no body";
const FAILED: &str = "the recorder reports an incomplete response";
const BY_THE_PAGE: &str = "a service worker of the page may have made the response";

/// An entry in its JSON form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    request: Option<Request<'a>>,
    #[serde(borrow)]
    response: Option<Response<'a>>,
    #[serde(borrow, default)]
    started_date_time: Loose<'a>,
    #[serde(borrow, default)]
    time: Loose<'a>,
    #[serde(borrow, default, rename = "_error")]
    error: Loose<'a>,
    #[serde(borrow, default, rename = "_failureText")]
    failure: Loose<'a>,
    #[serde(borrow, default, rename = "_fromCache")]
    from_cache: Loose<'a>,
    #[serde(borrow)]
    cache: Option<&'a RawValue>,
    /// Safari: the source of the response.
    #[serde(borrow, default, rename = "_fetchType")]
    fetch_type: Loose<'a>,
}

/// Whether a cache had an entry before the request, or after it, where Firefox keeps that of a response from its cache.
fn has_entry(cache: &RawValue) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Cache {
        before_request: Option<IgnoredAny>,
        after_request: Option<IgnoredAny>,
    }

    let cache = serde_json::from_str::<Cache>(cache.get());
    cache.is_ok_and(|cache| cache.before_request.is_some() || cache.after_request.is_some())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow, default)]
    method: Loose<'a>,
    #[serde(borrow, default)]
    url: Loose<'a>,
    #[serde(borrow)]
    headers: Option<Vec<Header<'a>>>,
    #[serde(borrow)]
    cookies: Option<&'a RawValue>,
    #[serde(borrow)]
    query_string: Option<&'a RawValue>,
    #[serde(borrow)]
    post_data: Option<Body<'a>>,
    #[serde(borrow, default)]
    body_size: Loose<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(borrow, default)]
    status: Loose<'a>,
    #[serde(borrow)]
    headers: Option<Vec<Header<'a>>>,
    #[serde(borrow)]
    content: Option<Body<'a>>,
    #[serde(borrow, default)]
    body_size: Loose<'a>,
    #[serde(borrow, default, rename = "_error")]
    error: Loose<'a>,
    /// Charles: the state of the exchange.
    #[serde(borrow, default, rename = "_charlesStatus")]
    charles_status: Loose<'a>,
    /// Chrome: whether a service worker responded, and the source of its response.
    #[serde(borrow, default, rename = "_fetchedViaServiceWorker")]
    via_worker: Loose<'a>,
    #[serde(borrow, default, rename = "_serviceWorkerResponseSource")]
    worker_source: Loose<'a>,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow, default)]
    name: Loose<'a>,
    #[serde(borrow, default)]
    value: Loose<'a>,
}

/// The exchange of an entry.
pub(crate) struct Told<'a> {
    method: Cow<'a, str>,
    url: Cow<'a, str>,
    request: Message<'a>,
    status: Part<u16>,
    response: Message<'a>,
    follows_redirects: bool,
    /// Its time; `None` if that is unknown, or if the response came from a cache.
    span: Option<Span>,
}

impl<'a> Entry<'a> {
    /// Reads the exchange. `folder`: that of the recording.
    pub(crate) fn told(self, recorder: Recorder, folder: Option<&Path>) -> Result<Told<'a>, &'static str> {
        let mut request = self.request.ok_or(NO_REQUEST)?;
        let fetch_type = self.fetch_type.text();
        let is_cached = self.from_cache.is_said()
            || matches!(fetch_type, Some("Memory Cache" | "Disk Cache"))
            || self.cache.is_some_and(has_entry);
        let span = span(&self.started_date_time, &self.time).filter(|_| !is_cached && !recorder.is_untimed);
        let method = request.method.into_text().ok_or(NO_REQUEST)?;
        let mut url = request.url.into_text().ok_or(NO_REQUEST)?;
        let mut headers = headers(request.headers, recorder.requests);
        if !url.contains('?')
            && let Some(query) = joined(request.query_string, "&", form_encoded)
        {
            let end = url.find('#').unwrap_or(url.len());
            url.to_mut().insert_str(end, &format!("?{query}"));
        }
        // Some recorders omit headers and keep their values in separate fields.
        if !matches!(headers.get("cookie"), Part::Known(_))
            && let Some(cookies) = joined(request.cookies, "; ", str::to_owned)
        {
            headers.known.push(("Cookie".into(), cookies.into()));
        }
        let media_type = request.post_data.as_mut().map(|body| std::mem::take(&mut body.mime_type));
        if matches!(headers.get("content-type"), Part::Absent)
            && let Some(media_type) = media_type.and_then(Loose::into_text).filter(|name| !name.is_empty())
        {
            headers.known.push(("Content-Type".into(), media_type));
        }
        let body = request_body(&method, &headers, request.post_data, &request.body_size, recorder, folder);
        let request = Message { headers, body };
        let has_failed = self.error.is_said() || self.failure.is_said();
        let is_by_the_page = fetch_type == Some("Service Worker")
            || self.response.as_ref().is_some_and(|response| {
                response.via_worker.is_said() && response.worker_source.text() != Some("network")
            });
        let (mut status, response) = response(self.response, has_failed, recorder, folder);
        if is_by_the_page {
            status = Part::Unknown(BY_THE_PAGE);
        }
        Ok(Told { method, url, request, status, response, follows_redirects: recorder.follows, span })
    }
}

impl Told<'_> {
    /// Calls a function with the exchange and its time.
    pub(crate) fn visit(self, visit: impl FnOnce(&Exchange<'_>, Option<Span>)) {
        let Self { method, url, request, status, response, follows_redirects, span } = self;
        visit(&Exchange { method: &method, url: &url, request, status, response, follows_redirects }, span);
    }
}

fn response<'a>(
    response: Option<Response<'a>>,
    has_failed: bool,
    recorder: Recorder,
    folder: Option<&Path>,
) -> (Part<u16>, Message<'a>) {
    let none = || Headers { incomplete: Some(NO_RESPONSE), ..Headers::default() };
    let status = response.as_ref().and_then(|response| response.status.number());
    // Recorders mark a missing response differently: -1, 0, an empty text or nothing.
    let status = status.filter(|status| (100.0..1000.0).contains(status) && status.fract() == 0.0);
    let (Some(response), Some(status)) = (response, status) else {
        return (Part::Unknown(NO_RESPONSE), Message { headers: none(), body: Part::Unknown(NO_RESPONSE) });
    };
    let is_complete = response.charles_status.text().is_none_or(|status| status == "COMPLETE");
    let has_failed = has_failed || response.error.is_said() || !is_complete;
    let headers = headers(response.headers, recorder.responses);
    let is_empty = if recorder.is_exact { response.body_size.number() } else { length(&headers) } == Some(0.0);
    let body = match response.content.filter(|_| !has_failed).map(|body| body.content(&headers, folder)) {
        _ if has_failed => Part::Unknown(FAILED),
        Some(Part::Absent) | None if is_empty => Part::Absent,
        // An empty body may also have been truncated, missed or omitted by the recorder.
        Some(Part::Absent) | None => Part::Unknown(NOT_KEPT),
        Some(body) => body,
    };
    (Part::Known(status as u16), Message { headers, body })
}

fn request_body<'a>(
    method: &str,
    headers: &Headers<'a>,
    body: Option<Body<'a>>,
    size: &Loose<'a>,
    recorder: Recorder,
    folder: Option<&Path>,
) -> Part<Cow<'a, [u8]>> {
    /// Methods that usually have no body.
    const BODILESS: [&str; 4] = ["GET", "HEAD", "DELETE", "OPTIONS"];
    /// The placeholder in `params` if there are none.
    const NO_PARAMS: [&str; 2] = ["[]", "null"];
    let has_params = body.as_ref().and_then(|body| body.params).is_some_and(|it| !NO_PARAMS.contains(&it.get()));
    match body.map(|body| body.content(headers, folder)) {
        Some(Part::Absent) | None => {}
        Some(body) => return body,
    }
    if recorder.is_exact {
        return if size.number() == Some(0.0) { Part::Absent } else { Part::Unknown(NOT_KEPT) };
    }
    if has_params || matches!(headers.get("transfer-encoding"), Part::Known(_)) {
        return Part::Unknown(NOT_KEPT);
    }
    let says_media_type = || matches!(headers.get("content-type"), Part::Known(_));
    match (length(headers), size.number()) {
        (Some(0.0), _) => Part::Absent,
        (Some(_), _) => Part::Unknown(NOT_KEPT),
        (None, Some(size)) if size > 0.0 => Part::Unknown(NOT_KEPT),
        _ if BODILESS.iter().any(|known| method.eq_ignore_ascii_case(known)) => Part::Absent,
        (None, Some(0.0)) if !says_media_type() => Part::Absent,
        // Browsers record only the headers that the page has set.
        _ if says_media_type() => Part::Unknown(NOT_KEPT),
        _ if headers.incomplete.is_some() => Part::Unknown(NOT_KEPT),
        _ => Part::Absent,
    }
}

/// The names and values of a list, concatenated; `None` if it is empty.
fn joined(list: Option<&RawValue>, separator: &str, written: fn(&str) -> String) -> Option<String> {
    let list: Vec<Header<'_>> = serde_json::from_str(list?.get()).ok()?;
    let pairs: Vec<String> = list
        .iter()
        .filter_map(|Header { name, value }| {
            Some(format!("{}={}", written(name.text()?), written(value.text().unwrap_or_default())))
        })
        .collect();
    if pairs.is_empty() { None } else { Some(pairs.join(separator)) }
}

/// A text with form escapes, unless it has them already.
fn form_encoded(text: &str) -> String {
    const RESERVED: &AsciiSet = &CONTROLS.add(b'&').add(b'+').add(b'#').add(b'=');
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The value of `Content-Length`.
fn length(headers: &Headers<'_>) -> Option<f64> {
    headers.get("content-length").known()?.trim().parse().ok()
}

fn headers<'a>(headers: Option<Vec<Header<'a>>>, left_out: &'static [&'static str]) -> Headers<'a> {
    let headers = headers.unwrap_or_default();
    // Every message has headers.
    let incomplete = if headers.is_empty() { Some(NO_HEADERS) } else { None };
    let (mut known, mut valueless) = (Vec::with_capacity(headers.len()), Vec::new());
    for Header { name, value } in headers {
        let Some(name) = name.into_text() else { continue };
        let value = match value {
            Loose::Text(value) => value,
            Loose::Number(number) => Cow::Owned(number.to_string()),
            Loose::Texts(values) => {
                known.extend(values.into_iter().map(|value| (name.clone(), value)));
                continue;
            }
            Loose::Flag | Loose::Other => {
                valueless.push(name);
                continue;
            }
        };
        if !value.contains('\n') {
            known.push((name, value));
            continue;
        }
        // Several headers with one name, joined as browsers do.
        known.extend(value.split('\n').map(|value| (name.clone(), Cow::Owned(value.trim().to_owned()))));
    }
    Headers { known, incomplete, left_out, valueless }
}

fn span(started: &Loose<'_>, milliseconds: &Loose<'_>) -> Option<Span> {
    let start = started.text()?.parse::<Timestamp>().ok()?.as_microsecond();
    let length = milliseconds.number().filter(|length| *length >= 0.0 && *length < 1e12)?;
    // A time in whole milliseconds may have been truncated.
    let left_out = if start % 1000 == 0 { 999 } else { 0 };
    Some(Span { start, end: start + (length * 1000.0).ceil() as i64 + left_out })
}
