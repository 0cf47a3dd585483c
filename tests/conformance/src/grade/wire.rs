//! Checks of what a client sends, and when. Each is a column of the table of cases.
//!
//! Times are measured in front of the server, so a pause is never measured shorter than the client made it: a slow machine excuses
//! a client, and never accuses one.

use std::time::Duration;

use zerogate_contract::mask_keys;

use super::case::{Finding, Judged, NotJudged};
use super::run::{Run, header, path};
use crate::evidence::body::{one_line, short};
use crate::proxy::wiretap::Request;

/// Headers that a request may have: those of the reference, of HTTP itself, and of tracing.
const USUAL: [&str; 28] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "baggage",
    "cache-control",
    "connection",
    "content-length",
    "dnt",
    "expect",
    "host",
    "http2-settings",
    "idempotency-key",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "te",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

/// Pauses below this are none.
const NO_PAUSE: Duration = Duration::from_millis(5);

/// More attempts than any policy makes in a few seconds.
const MANY: usize = 50;

/// Timers may be early by the resolution of a clock.
const EARLY: Duration = Duration::from_millis(20);

/// The first run, and its first attempt.
fn first(runs: &[Run]) -> Result<(&Run, Vec<&Request>), NotJudged> {
    let run = runs.first().ok_or_else(|| NotJudged::trouble("it did not run"))?;
    let attempts = run.attempts();
    if attempts.is_empty() {
        return Err(NotJudged::trouble("the client sent no request of this operation"));
    }
    Ok((run, attempts))
}

/// A text of the client's, without keys, and not too long.
fn shown(text: &str) -> String {
    short(&one_line(&mask_keys(text)))
}

/// One attempt, whatever the response.
pub(super) fn once(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    Finding::unless(attempts.len() == 1, || {
        let status = attempts.first().and_then(|first| Some(first.response.as_ref()?.status));
        let status = status.map_or("no response".to_owned(), |status| status.to_string());
        let second = attempts.get(1).map_or(0, |second| run.since(second.began).as_millis());
        let received = format!("{} requests: after {status}, the next one came at {second} ms", attempts.len());
        Finding::new("one request", received)
    })
}

/// The operation took effect.
pub(super) fn takes_effect(runs: &[Run]) -> Judged {
    let run = runs.first().ok_or_else(|| NotJudged::trouble("it did not run"))?;
    Finding::unless(run.is_done(), || {
        let sent: Vec<String> = run.requests.iter().map(|it| format!("{} {}", it.method, shown(&it.target))).collect();
        let sent = if sent.is_empty() { "no request arrived".to_owned() } else { sent.join(", ") };
        Finding::new("the session is cancelled on the server", format!("it is not: {sent}"))
    })
}

/// Nothing behind the path.
pub(super) fn target(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    let odd =
        attempts.into_iter().find(|attempt| attempt.target != path(attempt) && !attempt.target.contains(&run.key));
    Finding::unless(odd.is_none(), || {
        let target = odd.map_or("", |odd| odd.target.as_str());
        Finding::new("a path without a query", format!("the target `{}`", shown(target)))
    })
}

/// The key is where it belongs, and nowhere else.
pub(super) fn key_elsewhere(runs: &[Run]) -> Judged {
    let (run, _) = first(runs)?;
    let place = run.requests.iter().find_map(|request| {
        let in_header = request.headers.iter().find(|(name, value)| {
            !name.eq_ignore_ascii_case("authorization") && (value.contains(&run.key) || name.contains(&run.key))
        });
        if request.target.contains(&run.key) {
            Some("the URL".to_owned())
        } else if contains(&request.body, run.key.as_bytes()) {
            Some("the body".to_owned())
        } else {
            in_header.map(|(name, _)| format!("the header `{name}`"))
        }
    });
    Finding::unless(place.is_none(), || {
        let place = place.unwrap_or_default();
        Finding::new("the key in `Authorization` alone", format!("the key in {place} as well"))
    })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && memchr::memmem::find(text, part).is_some()
}

/// No body.
pub(super) fn body(runs: &[Run]) -> Judged {
    let (_, attempts) = first(runs)?;
    let length = attempts.iter().map(|attempt| attempt.body.len()).max().unwrap_or_default();
    Finding::unless(length == 0, || Finding::new("no request body", format!("a body of {length} bytes")))
}

/// No headers that nothing describes.
pub(super) fn headers(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    let mut odd: Vec<String> = Vec::new();
    for attempt in attempts {
        for (name, value) in &attempt.headers {
            let name = name.to_ascii_lowercase();
            let describes_body = name == "content-type" && !attempt.body.is_empty();
            if !USUAL.contains(&name.as_str()) && !describes_body && !value.contains(&run.key) && !odd.contains(&name) {
                odd.push(name);
            }
        }
    }
    Finding::unless(odd.is_empty(), || {
        let names = odd.iter().map(|name| format!("`{}`", shown(name))).collect::<Vec<_>>().join(", ");
        Finding::new("the header `Authorization`, and those of HTTP itself", format!("also {names}"))
    })
}

/// The client accepts the JSON that it gets.
pub(super) fn accept(runs: &[Run]) -> Judged {
    let (_, attempts) = first(runs)?;
    let refused = attempts.iter().find_map(|attempt| {
        let accept = header(attempt, "accept").join(", ").to_ascii_lowercase();
        let ranges = ["application/json", "application/*", "*/*"];
        (!accept.trim().is_empty() && !ranges.iter().any(|range| accept.contains(range))).then_some(accept)
    });
    Finding::unless(refused.is_none(), || {
        let refused = refused.unwrap_or_default();
        Finding::new("`Accept` includes application/json, or is absent", format!("`Accept: {}`", shown(&refused)))
    })
}

/// One attempt at a time.
pub(super) fn one_at_a_time(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    let overlap = attempts.iter().zip(attempts.iter().skip(1)).find(|(one, next)| next.began < one.ended);
    Finding::unless(overlap.is_none(), || {
        let at = overlap.map_or(0, |(_, next)| run.since(next.began).as_millis());
        let received = format!("another request at {at} ms, before the response to the first");
        Finding::new("the next attempt follows the end of the one before", received)
    })
}

/// Every attempt has the same key, if it has one.
pub(super) fn same_idempotency_key(runs: &[Run]) -> Judged {
    let (_, attempts) = first(runs)?;
    let mut keys: Vec<Vec<&str>> = attempts.iter().map(|attempt| header(attempt, "idempotency-key")).collect();
    if keys.iter().all(Vec::is_empty) {
        return Ok(Vec::new());
    }
    if attempts.len() < 2 {
        return Err(NotJudged::beside_the_point("the client does not retry"));
    }
    keys.dedup();
    Finding::unless(keys.len() == 1, || {
        let received = format!("{} different ones in {} attempts", keys.len(), attempts.len());
        Finding::new("the same Idempotency-Key on every attempt", received)
    })
}

/// At most one creation took effect.
pub(super) fn created_once(runs: &[Run]) -> Judged {
    let (run, attempts) = match first(runs) {
        Ok(first) => first,
        Err(_) => {
            return Err(NotJudged::beside_the_point("the client creates no session for GATE_OPERATION=createSession"));
        }
    };
    let (effects, attempts) = (run.effects(), attempts.len());
    Finding::unless(effects <= 1, || {
        Finding::new("one session", format!("{attempts} attempts made {effects} sessions"))
    })
}

/// No key at another host.
pub(super) fn no_leak(runs: &[Run]) -> Judged {
    let (run, _) = first(runs)?;
    Finding::unless(!run.has_leaked, || {
        Finding::new(
            "the other host gets no request with the key",
            "the client followed the redirect and sent the key there",
        )
    })
}

/// No request beside the session's path.
pub(super) fn stays_below_sessions(runs: &[Run]) -> Judged {
    let run = runs.first().ok_or_else(|| NotJudged::trouble("it did not run"))?;
    let odd = run.requests.iter().find(|request| {
        let path = path(request);
        !path.starts_with("/v1/gate_sessions/") || path.split('/').any(|segment| segment == "..")
    });
    Finding::unless(odd.is_none(), || {
        let odd = odd.map_or(String::new(), |odd| format!("{} {}", odd.method, shown(&odd.target)));
        Finding::new("the id is refused, or sent escaped", odd)
    })
}

/// Pauses for at least a second after a `429` that asks for it.
pub(super) fn waits_a_second(runs: &[Run]) -> Judged {
    waits(runs, Duration::from_secs(1), "at least 1 s, as `Retry-After: 1` asks")
}

/// Never tries again within the life of the case, after a `429` that asks for a day.
pub(super) fn waits_a_day(runs: &[Run]) -> Judged {
    let (_, attempts) = first(runs)?;
    if attempts.len() < 2 { Ok(Vec::new()) } else { waits(runs, Duration::from_secs(86_400), "no retry within a day") }
}

fn waits(runs: &[Run], least: Duration, expected: &str) -> Judged {
    let (run, attempts) = first(runs)?;
    if attempts.len() < 2 {
        return Err(NotJudged::beside_the_point("the client does not retry"));
    }
    let gap = run.gaps().first().copied().unwrap_or_default();
    Finding::unless(gap + EARLY >= least, || Finding::new(expected, format!("a retry after {} ms", gap.as_millis())))
}

/// Waits until the date that a `429` names.
pub(super) fn waits_until(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    let [one, next, ..] = attempts.as_slice() else {
        return Err(NotJudged::beside_the_point("the client does not retry"));
    };
    let at = |request: &Request, ended| {
        let at = if ended { request.ended } else { request.began };
        run.began_ms + i64::try_from(run.since(at).as_millis()).unwrap_or(i64::MAX)
    };
    if at(one, true) + 300 > run.soon_ms {
        return Err(NotJudged::beside_the_point("the client started so late that the date had almost passed"));
    }
    let early = run.soon_ms - at(next, false);
    Finding::unless(early <= 50, || {
        Finding::new("no retry before the date that `Retry-After` names", format!("a retry {early} ms before it"))
    })
}

/// Retries are bounded in number, and there are pauses between them.
pub(super) fn bounded(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    if attempts.len() > MANY || run.journal.len() > MANY {
        let attempts = attempts.len().max(run.journal.len());
        let received = format!("{attempts} requests in {} ms", run.elapsed.as_millis());
        return Ok(vec![Finding::new("bounded retries, with pauses between them", received)]);
    }
    if run.is_stopped {
        return Err(NotJudged::beside_the_point("the client does not end at GATE_DEADLINE_MS"));
    }
    let gaps = run.gaps();
    // One or two random pauses may be short.
    let has_paused = gaps.len() < 3 || gaps.iter().any(|gap| *gap >= NO_PAUSE);
    Finding::unless(has_paused, || {
        let received = format!("{} attempts without a pause between them", attempts.len());
        Finding::new("a pause before a retry", received)
    })
}

/// The pauses of all runs, position by position.
fn pauses(runs: &[Run]) -> Result<Vec<Vec<Duration>>, NotJudged> {
    first(runs)?;
    let gaps: Vec<Vec<Duration>> = runs.iter().map(Run::gaps).collect();
    let most = gaps.iter().map(Vec::len).min().unwrap_or_default();
    if most == 0 {
        return Err(NotJudged::beside_the_point("the client does not retry"));
    }
    Ok((0..most).map(|index| gaps.iter().filter_map(|gaps| gaps.get(index).copied()).collect()).collect())
}

/// Later pauses are longer.
pub(super) fn grows(runs: &[Run]) -> Judged {
    let pauses = pauses(runs)?;
    let [first, later @ ..] = pauses.as_slice() else { return Ok(Vec::new()) };
    if later.is_empty() {
        return Err(NotJudged::beside_the_point("the client retries only once"));
    }
    let longest = |pauses: &[Duration]| pauses.iter().copied().max().unwrap_or_default();
    let (one, other) = (longest(first), later.iter().map(|pauses| longest(pauses)).max().unwrap_or_default());
    // A random part of a maximum that doubles exceeds this all but certainly in this many runs.
    Finding::unless(other >= one.mul_f64(1.25), || {
        let received =
            format!("at most {} ms before the first, {} ms before later ones", one.as_millis(), other.as_millis());
        Finding::new("longer pauses before later retries", received)
    })
}

/// Pauses differ from run to run.
pub(super) fn jitters(runs: &[Run]) -> Judged {
    let pauses = pauses(runs)?;
    let mut spreads = pauses.iter().map(|pauses| {
        let (least, most) = (pauses.iter().min().copied(), pauses.iter().max().copied());
        (least.unwrap_or_default(), most.unwrap_or_default())
    });
    let differs = spreads.clone().any(|(least, most)| most - least > Duration::from_millis(3) + most.mul_f64(0.02));
    Finding::unless(differs, || {
        let (least, most) = spreads.next().unwrap_or_default();
        let received =
            format!("{} to {} ms before the first retry in {} runs", least.as_millis(), most.as_millis(), runs.len());
        Finding::new("pauses with a random part", received)
    })
}

/// The client applies the time limit of an attempt.
pub(super) fn times_out(runs: &[Run]) -> Judged {
    let (_, attempts) = first(runs)?;
    let next = attempts.get(1).map(|next| next.began);
    let waited = attempts.first().and_then(|first| first.response.as_ref()).filter(|response| response.is_whole);
    match waited {
        Some(response) if next.is_none_or(|next| next >= response.began) => {
            Err(NotJudged::beside_the_point("the client does not apply GATE_TIMEOUT_MS"))
        }
        _ => Ok(Vec::new()),
    }
}

/// A request that met a closed connection is sent again.
pub(super) fn survives_a_closed_connection(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    if attempts.len() < 2 {
        return Err(NotJudged::beside_the_point("the client does not retry"));
    }
    Finding::unless(run.is_done(), || {
        let received =
            format!("{} attempts, none of which reached the server after it had closed the connection", attempts.len());
        Finding::new("a retry over a new connection", received)
    })
}

/// The session was read after a conflict that may be the client's own doing.
pub(super) fn reads_after_own_conflict(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    if !attempts.iter().any(|attempt| attempt.response.as_ref().is_some_and(|response| response.status == 409)) {
        return Err(NotJudged::beside_the_point("the client does not retry"));
    }
    let has_read = run.requests.iter().any(|request| request.method == "GET");
    Finding::unless(has_read, || {
        Finding::new("the session is read after the conflict", "no request but the cancellations")
    })
}

/// A request id that is told is one that the server sent.
pub(super) fn request_id(runs: &[Run]) -> Judged {
    let (run, _) = first(runs)?;
    let Some(told) = run.said.as_ref().and_then(|said| said.request_id.as_deref()) else {
        return Err(NotJudged::beside_the_point("the client tells no request_id"));
    };
    let is_own = run.journal.iter().any(|entry| entry.request_id.as_deref() == Some(told));
    Finding::unless(is_own, || Finding::new("a request id of this conversation", format!("`{}`", shown(told))))
}
