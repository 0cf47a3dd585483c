//! Checks of the request itself, in whatever case it is sent: a retry, or a read of the session, may differ from the
//! first attempt.

use zerogate_emulator::Operation;

use super::case::{Finding, Judged, NotJudged};
use super::run::{Run, header, path};
use super::text::shown;
use super::wire;
use crate::evidence::body::counted;
use crate::proxy::wiretap::Request;

/// Headers that a request may have: those of the reference, of HTTP itself, and of tracing.
const USUAL: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "baggage",
    "cache-control",
    "connection",
    "content-length",
    // Some libraries send it even without a body.
    "content-type",
    "cookie",
    "date",
    "dnt",
    "expect",
    "from",
    "host",
    "http2-settings",
    "idempotency-key",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "referer",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    // Tracing agents add these without the application.
    "b3",
    "newrelic",
    "sentry-trace",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-cloud-trace-context",
    "x-datadog-origin",
    "x-datadog-parent-id",
    "x-datadog-sampling-priority",
    "x-datadog-tags",
    "x-datadog-trace-id",
];

/// The attempts to cancel of all runs.
fn cancellations(runs: &[Run]) -> Result<Vec<(&Run, &Request)>, NotJudged> {
    wire::first(runs)?;
    let own = runs.iter().filter(|run| run.operation == Some(Operation::CancelSession));
    Ok(own.flat_map(|run| run.attempts().into_iter().map(move |attempt| (run, attempt))).collect())
}

/// The requests of all runs: the attempts, and reads of the session.
fn all(runs: &[Run]) -> Result<impl Iterator<Item = (&Run, &Request)>, NotJudged> {
    wire::first(runs)?;
    Ok(runs.iter().flat_map(|run| run.requests.iter().map(move |request| (run, request))))
}

/// The target is the path alone.
pub(super) fn target(runs: &[Run]) -> Judged {
    let is_odd =
        |(run, attempt): &(&Run, &Request)| attempt.target != path(attempt) && !attempt.target.contains(&run.key);
    let odd = cancellations(runs)?.into_iter().find(is_odd);
    Finding::unless(odd.is_none(), || {
        let target = odd.map_or("", |(_, odd)| odd.target.as_str());
        Finding::new("a path without a query", format!("the target `{}`", shown(target)))
    })
}

/// The key is in `Authorization` and nowhere else.
pub(super) fn key_elsewhere(runs: &[Run]) -> Judged {
    let place = all(runs)?.find_map(|(run, request)| {
        let in_header = request.headers.iter().find(|(name, value)| {
            !name.eq_ignore_ascii_case("authorization") && (value.contains(&run.key) || name.contains(&run.key))
        });
        let place = if request.target.contains(&run.key) {
            Some("the URL".to_owned())
        } else if contains(&request.body, run.key.as_bytes()) {
            Some("the body".to_owned())
        } else {
            in_header.map(|(name, _)| format!("the header `{}`", shown(name)))
        };
        place.map(|place| format!("{place} of a {}", shown(&request.method)))
    });
    Finding::unless(place.is_none(), || {
        let place = place.unwrap_or_default();
        Finding::new("the key in `Authorization` alone", format!("the key in {place} as well"))
    })
}

/// The key is not printed, whether or not a request arrives.
pub(super) fn key_printed(runs: &[Run]) -> Judged {
    if let Some(stream) = runs.iter().find_map(|run| run.printed_key_on) {
        return Ok(vec![Finding::new("output without the key", format!("the key on {stream}"))]);
    }
    wire::first(runs).map(|_| Vec::new())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && memchr::memmem::find(text, part).is_some()
}

/// The request has no body.
pub(super) fn body(runs: &[Run]) -> Judged {
    let attempts = cancellations(runs)?;
    let length = attempts.iter().map(|(_, attempt)| attempt.body.len()).max().unwrap_or_default();
    Finding::unless(length == 0, || {
        Finding::new("no request body", format!("a body of {}", counted(length, "byte", "bytes")))
    })
}

/// The request has no undocumented headers.
pub(super) fn headers(runs: &[Run]) -> Judged {
    let mut odd: Vec<String> = Vec::new();
    for (run, request) in all(runs)? {
        for (name, value) in &request.headers {
            let name = name.to_ascii_lowercase();
            if !USUAL.contains(&name.as_str()) && !value.contains(&run.key) && !odd.contains(&name) {
                odd.push(name);
            }
        }
    }
    Finding::unless(odd.is_empty(), || {
        let names = odd.iter().map(|name| format!("`{}`", shown(name))).collect::<Vec<_>>().join(", ");
        Finding::new("the header `Authorization`, and those of HTTP itself", format!("also {names}"))
    })
}

/// The client accepts JSON.
pub(super) fn accept(runs: &[Run]) -> Judged {
    let refused = all(runs)?.find_map(|(_, request)| {
        let accept = header(request, "accept").join(", ").to_ascii_lowercase();
        let ranges = ["application/json", "application/*", "*/*"];
        (!accept.trim().is_empty() && !ranges.iter().any(|range| accept.contains(range))).then_some(accept)
    });
    Finding::unless(refused.is_none(), || {
        let refused = refused.unwrap_or_default();
        Finding::new("`Accept` includes application/json, or is absent", format!("`Accept: {}`", shown(&refused)))
    })
}
