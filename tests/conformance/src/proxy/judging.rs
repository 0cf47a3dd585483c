//! The judge's thread: exchanges as they were on the wire, judged and recorded.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use zerogate_judge::{Exchange, Headers, Judge, Message as Judged, Part, Place, Span, Unjudged};

use super::head::Head;
use super::redact::Redactor;
use super::tap::{CROWDED, Heard, Losses, Message, Times};
use super::upstream::Upstream;
use crate::exceptions::list::today;
use crate::recording::body::decoded;
use crate::recording::check::{Check, CheckOptions};
use crate::recording::traffic::{PROXY, Recorded, Traffic};
use crate::recording::written::{Recording, Written};

const CUT_REQUEST: &str = "the request is incomplete";
const PAST: &str = "its `Location` leads past the proxy: requests to it are not seen";

/// The judge and its state.
pub(super) struct Judging {
    judge: Judge,
    options: CheckOptions,
    /// Scheme and host of the upstream.
    origin: String,
    upstream: String,
    /// The proxy's own host and port.
    own: String,
    recording: Option<Recording>,
    redactor: Option<Redactor>,
}

impl Judging {
    pub(super) fn new(
        judge: Judge,
        options: CheckOptions,
        upstream: &Upstream,
        own: SocketAddr,
        recording: Option<Recording>,
        keep_secrets: bool,
    ) -> Self {
        let redactor = if keep_secrets { None } else { Some(Redactor::of(judge.document())) };
        let (origin, upstream) = (upstream.base().origin(), upstream.to_string());
        Self { judge, options, origin, upstream, own: own.to_string(), recording, redactor }
    }

    /// Judges exchanges until the channel closes. If the proxy is dropped before the first exchange, the recording is
    /// not written; if it is finished, it is.
    pub(super) fn run(self, heard: &Receiver<Heard>, losses: &Losses, is_finished: &AtomicBool) -> Traffic {
        let Self { judge, options, origin, upstream, own, mut recording, mut redactor } = self;
        let mut check = Check::new(&judge, &options);
        let name = recording.as_ref().map_or_else(|| PROXY.to_owned(), |recording| recording.name().to_owned());
        let mut entries = 0;
        for heard in heard {
            let Some((request, response)) = heads(&heard) else { continue };
            let (url, span) = (url(&origin, request.first.1), span(&heard.times));
            let exchange = exchange(&heard, &request, response.as_ref(), &url);
            entries += 1;
            check.exchange(&exchange, Some(span), &name, entries);
            if leads_past(response.as_ref(), &own) {
                check.leave(Unjudged { place: Place::ResponseHeader, why: PAST }, 1);
            }
            let Some(recording) = &mut recording else { continue };
            let redacted = redactor.as_mut().map(|redactor| redactor.redacted(&exchange));
            let parts =
                redacted.as_ref().map(|redacted| (redacted.url.as_str(), &redacted.request, &redacted.response));
            let (url, own_request, own_response) = parts.unwrap_or((&url, &exchange.request, &exchange.response));
            let length = |message: &Message| message.body.length;
            recording.add(&Written {
                method: exchange.method,
                url,
                request: own_request,
                status: exchange.status.known(),
                reason: response.as_ref().map_or("", |response| response.first.1),
                response: own_response,
                minor: (request.minor, response.as_ref().map_or(1, |response| response.minor)),
                lengths: (length(&heard.request), heard.response.as_ref().map_or(0, length)),
                failure: heard.lost,
                span,
                sent: heard.times.sent,
                responded: heard.times.responded,
            });
        }
        let crowded = losses.crowded.load(Ordering::Relaxed);
        let unframed = losses.unframed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (why, count) in unframed.into_iter().chain([(CROWDED, crowded)]).filter(|(_, count)| *count > 0) {
            check.leave(Unjudged { place: Place::Exchange, why }, count);
            entries += count;
        }
        let refused = losses.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = Some(refused).filter(|(count, _)| *count > 0).map(|(count, why)| match count {
            1 => format!("a connection to the upstream failed: {why}"),
            _ => format!("{count} connections to the upstream failed, the first because: {why}"),
        });
        let recording = recording.filter(|_| is_finished.load(Ordering::Acquire));
        let unwritten = recording.and_then(Recording::finish);
        let trouble = refused.into_iter().chain(unwritten).collect::<Vec<_>>().join("; ");
        let trouble = Some(trouble).filter(|trouble| !trouble.is_empty());
        check.source(Recorded { name, upstream: Some(upstream), entries, trouble, ..Recorded::default() });
        check.finish(today())
    }
}

/// The heads of an exchange; `None` if they were not kept, in which case it is already counted.
fn heads(heard: &Heard) -> Option<(Head<'_>, Option<Head<'_>>)> {
    let request = Head::request(heard.request.head.bytes().ok()?).ok()?;
    let response = heard.response.as_ref().map(|response| Head::response(response.head.bytes().ok()?).ok());
    Some((request, response.map_or(Some(None), |head| Some(Some(head?)))?))
}

fn exchange<'e>(heard: &'e Heard, request: &'e Head<'_>, response: Option<&'e Head<'_>>, url: &'e str) -> Exchange<'e> {
    let lost = heard.lost.unwrap_or_default();
    let (status, response) = match (response, &heard.response) {
        (Some(head), Some(message)) => (Part::Known(head.status), judged(head, message, lost)),
        _ => {
            let headers = Headers { incomplete: Some(lost), ..Headers::default() };
            (Part::Unknown(lost), Judged { headers, body: Part::Unknown(lost) })
        }
    };
    let method = request.first.0;
    let request = judged(request, &heard.request, CUT_REQUEST);
    Exchange { method, url, request, status, response, follows_redirects: false }
}

/// A message in the judge's form.
fn judged<'e>(head: &'e Head<'_>, message: &'e Message, cut: &'static str) -> Judged<'e> {
    let known = head.headers.iter().map(|(name, value)| (Cow::Borrowed(*name), String::from_utf8_lossy(value)));
    let headers = Headers { known: known.collect(), ..Headers::default() };
    let body = match message.body.bytes() {
        Err(why) => Part::Unknown(why),
        Ok(_) if !message.is_whole => Part::Unknown(cut),
        Ok([]) => Part::Absent,
        Ok(body) => decoded(body, &headers),
    };
    Judged { headers, body }
}

/// The upstream's URL for the target of a request.
fn url(origin: &str, target: &str) -> String {
    let rest = target
        .split_once("://")
        .filter(|_| !target.starts_with('/'))
        .map_or(target, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"));
    if rest.starts_with('/') { format!("{origin}{rest}") } else { format!("{origin}/{rest}") }
}

/// Whether a response names a URL that the client would not reach through the proxy.
fn leads_past(response: Option<&Head<'_>>, own: &str) -> bool {
    let locations = response.into_iter().flat_map(|response| response.values("location"));
    locations.map(String::from_utf8_lossy).any(|location| {
        let rest = location.split_once("//").filter(|(scheme, _)| !scheme.contains(['/', '?', '#']));
        rest.is_some_and(|(_, rest)| rest.split(['/', '?', '#']).next() != Some(own))
    })
}

/// The time in microseconds.
fn span(times: &Times) -> Span {
    let start = times.start.as_microsecond();
    // The judge takes a time in whole milliseconds as one without known microseconds.
    let start = if start % 1000 == 0 { start + 1 } else { start };
    Span { start, end: start + i64::try_from(times.end.as_micros()).unwrap_or_default() }
}
