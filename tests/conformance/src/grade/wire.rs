//! Checks of what a client sends, and when. Each is a column of the table of cases.
//!
//! Times are measured at the server, so a pause is never measured as shorter than the client made it.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;

use super::case::{Finding, Judged, NotJudged};
use super::run::{Run, header, path};
use super::text::shown;
use crate::evidence::body::counted;
use crate::proxy::wiretap::Request;

/// Shorter pauses are what a client takes to prepare the next attempt.
const NO_PAUSE: Duration = Duration::from_millis(10);

/// More attempts than any retry policy makes in a few seconds.
const MANY: usize = 50;

/// A client may give up on a response after waiting this long.
const SLOW: Duration = Duration::from_secs(2);

/// If a client is still trying after this many attempts when it is stopped, its retries count as unbounded.
const UNBOUNDED: usize = 8;

/// Pauses shorter than this cannot be compared.
const COMPARABLE: Duration = Duration::from_millis(10);

/// Timers may fire early by the resolution of a clock.
const EARLY: Duration = Duration::from_millis(20);

/// The first run, and its attempts.
pub(super) fn first(runs: &[Run]) -> Result<(&Run, Vec<&Request>), NotJudged> {
    let run = runs.first().ok_or_else(|| NotJudged::trouble("it did not run"))?;
    let attempts = run.attempts();
    if attempts.is_empty() {
        return Err(NotJudged::trouble(format!("no request of this operation arrived: {}", arrived(run))));
    }
    Ok((run, attempts))
}

/// The requests that arrived at the server, in words.
fn arrived(run: &Run) -> String {
    let sent: Vec<String> = run.requests.iter().map(|it| format!("{} {}", it.method, shown(&it.target))).collect();
    if sent.is_empty() { "the client sent nothing".to_owned() } else { sent.join(", ") }
}

/// Whether a response was so late that the client may have given up on it.
fn is_late(attempt: &Request) -> bool {
    let responded = attempt.response.as_ref().map_or(attempt.ended, |response| response.began);
    responded.saturating_duration_since(attempt.began) > SLOW
}

const TOO_SLOW: &str = "the machine was so slow that the client may have timed out: run it again with fewer --jobs";

/// At most one attempt, whatever the response. A client that reads the session first may make none.
pub(super) fn once(runs: &[Run]) -> Judged {
    let run = runs.first().ok_or_else(|| NotJudged::trouble("it did not run"))?;
    let attempts = run.attempts();
    if attempts.is_empty() && run.requests.is_empty() {
        first(runs)?;
    }
    if attempts.len() > 1 && attempts.first().is_some_and(|first| is_late(first)) {
        return Err(NotJudged::trouble(TOO_SLOW));
    }
    Finding::unless(attempts.len() <= 1, || {
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
        Finding::new("the session is cancelled on the server", format!("it is not: {}", arrived(run)))
    })
}

/// Attempts do not overlap.
pub(super) fn one_at_a_time(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    let overlap = attempts.iter().zip(attempts.iter().skip(1)).find(|(one, next)| next.began < one.ended);
    if overlap.is_some_and(|(one, _)| is_late(one)) {
        return Err(NotJudged::trouble(TOO_SLOW));
    }
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
    retries(runs)?;
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
        Finding::new("one session", format!("{} made {effects} sessions", counted(attempts, "attempt", "attempts")))
    })
}

/// Every attempt of a creation that has the first attempt's key has its body.
pub(super) fn same_creation(runs: &[Run]) -> Judged {
    let (_, attempts) = first(runs)?;
    // The order of a JSON object's fields does not matter.
    let of = |attempt: &Request| {
        let key = header(attempt, "idempotency-key").join(",");
        let body = serde_json::from_slice(&attempt.body).unwrap_or_else(|_| Value::from(attempt.body.clone()));
        (key, body)
    };
    let mut all = attempts.iter().map(|attempt| of(attempt));
    let Some((key, body)) = all.next().filter(|(key, _)| !key.is_empty()) else { return Ok(Vec::new()) };
    Finding::unless(all.all(|(other, sent)| other != key || sent == body), || {
        Finding::new("the same body on every attempt with an `Idempotency-Key`", "another body with the same key")
    })
}

/// No other host gets the key.
pub(super) fn no_leak(runs: &[Run]) -> Judged {
    let (run, _) = first(runs)?;
    Finding::unless(!run.has_leaked, || {
        Finding::new(
            "the other host gets no request with the key",
            "the client followed the redirect and sent the key there",
        )
    })
}

/// No request goes to another path than the session's.
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

/// After a `429` with `Retry-After: 1`, the client pauses for at least a second.
pub(super) fn waits_a_second(runs: &[Run]) -> Judged {
    waits(runs, Duration::from_secs(1), "at least 1 s, as `Retry-After: 1` asks")
}

/// After a `429` with a `Retry-After` of a day, the client does not retry during the case.
pub(super) fn waits_a_day(runs: &[Run]) -> Judged {
    let (_, attempts) = first(runs)?;
    if attempts.len() < 2 { Ok(Vec::new()) } else { waits(runs, Duration::from_secs(86_400), "no retry within a day") }
}

fn waits(runs: &[Run], least: Duration, expected: &str) -> Judged {
    let (run, _) = first(runs)?;
    retries(runs)?;
    let gap = run.gaps().first().copied().unwrap_or_default();
    Finding::unless(gap + EARLY >= least, || Finding::new(expected, format!("a retry after {} ms", gap.as_millis())))
}

/// The client waits until the date in the `Retry-After` of a `429`.
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

/// The number of retries is bounded, with pauses between them.
pub(super) fn bounded(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    if attempts.len() > MANY || run.journal.len() > MANY {
        let attempts = attempts.len().max(run.journal.len());
        let received = format!("{attempts} requests in {} ms", run.elapsed.as_millis());
        return Ok(vec![Finding::new("bounded retries, with pauses between them", received)]);
    }
    let gaps = run.gaps();
    if run.is_stopped {
        // It retried until it was stopped.
        let idle = attempts.last().map(|last| run.elapsed.saturating_sub(run.since(last.ended)));
        let longest = gaps.iter().max().copied().unwrap_or_default();
        if attempts.len() >= UNBOUNDED && idle.is_some_and(|idle| idle <= longest * 2) {
            let received = format!("{} requests in {} ms, and no end", attempts.len(), run.elapsed.as_millis());
            return Ok(vec![Finding::new("bounded retries", received)]);
        }
        return Err(NotJudged::beside_the_point("the client does not end at GATE_DEADLINE_MS"));
    }
    // A random pause may be short, but not every time. The first retry also takes what a client does only once. If it is
    // the only one, nothing tells that from a pause, and it spares the server as well: a client that pauses is not blamed.
    let later = |run: &Run| {
        let gaps = run.gaps();
        let once = usize::from(gaps.len() > 1);
        gaps.into_iter().skip(once)
    };
    let mut all = runs.iter().flat_map(later).peekable();
    let has_paused = all.peek().is_none() || all.any(|gap| gap >= NO_PAUSE);
    Finding::unless(has_paused, || {
        let received = format!("{} attempts without a pause between them, in {} runs", attempts.len(), runs.len());
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

/// The pauses before one retry are long enough to compare.
fn comparable(pauses: &[Duration]) -> Result<(), NotJudged> {
    let mut sorted = pauses.to_vec();
    sorted.sort_unstable();
    match sorted.get(sorted.len() / 2) {
        Some(median) if *median >= COMPARABLE => Ok(()),
        _ => Err(NotJudged::beside_the_point("the pauses are too short to compare")),
    }
}

/// Later pauses are longer.
pub(super) fn grows(runs: &[Run]) -> Judged {
    let pauses = pauses(runs)?;
    let [first, later @ ..] = pauses.as_slice() else { return Ok(Vec::new()) };
    if later.is_empty() {
        return Err(NotJudged::beside_the_point("the client retries only once"));
    }
    comparable(first)?;
    // Fails only if nearly every run has the same pause before every retry: random pauses differ, and a slow machine
    // only adds.
    let is_constant = |run: usize| {
        let own = first.get(run).copied().unwrap_or_default();
        let room = own / 4 + COMPARABLE;
        later.iter().filter_map(|pauses| pauses.get(run)).all(|pause| pause.abs_diff(own) <= room)
    };
    let constant = (0..runs.len()).filter(|run| is_constant(*run)).count();
    let is_no_longer = |run: usize| {
        let own = first.get(run).copied().unwrap_or_default();
        later.iter().filter_map(|pauses| pauses.get(run)).all(|pause| *pause <= own + own / 4 + COMPARABLE)
    };
    let never_grows = (0..runs.len()).all(is_no_longer);
    Finding::unless(constant + 1 < runs.len() && !never_grows, || {
        let pauses = later.iter().filter_map(|pauses| pauses.first()).map(|pause| pause.as_millis().to_string());
        let pauses = pauses.collect::<Vec<_>>().join(" and ");
        let first = first.first().map_or(0, Duration::as_millis);
        let alike = if never_grows { "and never longer in" } else { "and alike in nearly all of" };
        let received =
            format!("{first} ms before the first, {pauses} ms before later ones, {alike} {} runs", runs.len());
        Finding::new("longer pauses before later retries", received)
    })
}

/// Pauses differ from run to run.
pub(super) fn jitters(runs: &[Run]) -> Judged {
    // With more runs and retries, a slow machine would more often make constant pauses differ.
    let runs = runs.get(..4).unwrap_or(runs);
    let pauses = pauses(runs)?;
    comparable(pauses.first().map_or(&[], Vec::as_slice))?;
    let mut spreads = pauses.iter().take(2).map(|pauses| {
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

/// The client applies the time limit of attempts.
pub(super) fn times_out(runs: &[Run]) -> Result<(), NotJudged> {
    let (_, attempts) = first(runs)?;
    let next = attempts.get(1).map(|next| next.began);
    let waited = attempts.first().and_then(|first| first.response.as_ref()).filter(|response| response.is_whole);
    match waited {
        Some(response) if next.is_none_or(|next| next >= response.began) => {
            Err(NotJudged::beside_the_point("the client does not apply GATE_TIMEOUT_MS"))
        }
        _ => Ok(()),
    }
}

/// The client makes a second attempt.
pub(super) fn retries(runs: &[Run]) -> Result<(), NotJudged> {
    let (_, attempts) = first(runs)?;
    if attempts.len() < 2 { Err(NotJudged::beside_the_point("the client does not retry")) } else { Ok(()) }
}

/// A request on a closed connection is sent again.
pub(super) fn survives_a_closed_connection(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    retries(runs)?;
    Finding::unless(run.is_done(), || {
        let received =
            format!("{} attempts, none of which reached the server after it had closed the connection", attempts.len());
        Finding::new("a retry over a new connection", received)
    })
}

/// The session was read after a conflict that the client may have caused itself.
pub(super) fn reads_after_own_conflict(runs: &[Run]) -> Judged {
    let (run, attempts) = first(runs)?;
    let is_conflict = |it: &&&Request| it.response.as_ref().is_some_and(|response| response.status == 409);
    let Some(conflict) = attempts.iter().find(is_conflict) else {
        return Err(NotJudged::beside_the_point("the client does not retry"));
    };
    let has_read = run.requests.iter().any(|request| request.method == "GET" && request.began >= conflict.began);
    Finding::unless(has_read, || {
        Finding::new("the session is read after the conflict", "no request but the cancellations")
    })
}

/// A printed request id is one that the server sent.
pub(super) fn request_id(runs: &[Run]) -> Judged {
    let run = runs.first().ok_or_else(|| NotJudged::trouble("it did not run"))?;
    let Some(told) = run.said.as_ref().and_then(|said| said.request_id.as_deref()) else {
        return Err(NotJudged::beside_the_point("the client prints no request_id"));
    };
    let is_own = run.journal.iter().any(|entry| entry.request_id.as_deref() == Some(told));
    Finding::unless(is_own, || Finding::new("a request id of this run", format!("`{}`", shown(told))))
}
