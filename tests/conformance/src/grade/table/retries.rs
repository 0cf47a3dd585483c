//! Throttling and outages: whether, when and how often a client retries.

use zerogate_emulator::FaultKind;

use super::base::{CANCEL, SAYS, THROTTLED, WIRE, always, once};
use crate::grade::case::{Case, Overrun, Script};
use crate::grade::wire;
use crate::rules::rule::Level;

fn throttled(retry_after: &str) -> FaultKind {
    FaultKind::status(429).with_retry_after(retry_after)
}

/// The server never recovers. A random pause may be short in one run, but not in all of them.
const ENDLESS: Script = Script { deadline_ms: 2_000, runs: 3, overrun: Overrun::HasNoDeadline, ..CANCEL };

/// The server is down, for as many runs as it takes to tell random pauses from constant ones.
const DOWN: Script =
    Script { faults: |_| always(FaultKind::status(503)), runs: 6, shared: Some("server is down"), ..ENDLESS };

const POLITE: &str = "A client that retries early is throttled again, and keeps others out.";

pub(super) const CASES: &[Case] = &[
    Case {
        id: "throttled",
        title: "A client reports the truth after a 429",
        clause: "Errors, row 429",
        why: "A throttled request had no effect: the session is open until a later one succeeds.",
        script: Script { faults: |_| once(FaultKind::status(429)), ..CANCEL },
        says: THROTTLED,
        ..WIRE
    },
    Case {
        id: "throttled-for-ever",
        title: "A client backs off from a server that never stops throttling, and gives up",
        clause: "Errors, row 429: back off and retry",
        why: "A loop without pauses keeps the limit exceeded, for every process that shares the key.",
        script: Script { faults: |_| always(FaultKind::status(429)), ..ENDLESS },
        checks: &[wire::bounded],
        ..WIRE
    },
    Case {
        id: "retry-after-seconds",
        title: "A retry waits as long as `Retry-After` says, in seconds",
        level: Level::Should,
        clause: "Errors, row 429: back off and retry",
        why: POLITE,
        script: Script { faults: |_| once(throttled("1")), ..CANCEL },
        checks: &[wire::waits_a_second],
        ..WIRE
    },
    Case {
        id: "retry-after-date",
        title: "A retry waits until the date in `Retry-After`",
        level: Level::Should,
        clause: "Errors, row 429: back off and retry",
        why: "HTTP allows both forms, and gateways use both.",
        script: Script { faults: |setting| once(throttled(&setting.soon)), ..CANCEL },
        checks: &[wire::waits_until],
        ..WIRE
    },
    Case {
        id: "retry-after-past",
        title: "A date in the past in `Retry-After` means no wait",
        level: Level::Should,
        clause: "Errors, row 429: back off and retry",
        why: "Clocks differ; a negative wait that becomes a huge one hangs the caller.",
        script: Script {
            faults: |_| once(throttled("Wed, 21 Oct 2015 07:28:00 GMT")),
            deadline_ms: 3_000,
            overrun: Overrun::Finding,
            ..CANCEL
        },
        says: THROTTLED,
        ..WIRE
    },
    Case {
        id: "retry-after-huge",
        title: "After a `Retry-After` of a day, a client neither retries earlier nor waits past its deadline",
        level: Level::Should,
        clause: "Errors, row 429: back off and retry",
        why: "A caller that waits for a day looks hung; one that retries at once is throttled again.",
        script: Script {
            faults: |_| always(throttled("86400")),
            deadline_ms: 1_500,
            overrun: Overrun::Finding,
            ..CANCEL
        },
        says: THROTTLED,
        checks: &[wire::waits_a_day],
        ..WIRE
    },
    Case {
        id: "retry-after-fraction",
        title: "An invalid `Retry-After` does not break a client",
        level: Level::Should,
        clause: "Errors, row 429: back off and retry",
        why: "Some gateways send fractions of a second, which HTTP does not allow.",
        script: Script { faults: |_| once(throttled("0.5")), ..CANCEL },
        says: THROTTLED,
        ..WIRE
    },
    Case {
        id: "unavailable-once",
        title: "A client reports the truth after a 503",
        clause: "Errors, row 5xx",
        why: "A transient failure is no cancellation: the session is open until a later request succeeds.",
        script: Script { faults: |_| once(FaultKind::status(503)), ..CANCEL },
        ..SAYS
    },
    Case {
        id: "unavailable-for-ever",
        title: "A client backs off from a server that is down, and gives up",
        clause: "Errors, row 5xx: retry with bounded backoff",
        why: "Retries without bounds or pauses bring a recovering server down again.",
        script: DOWN,
        checks: &[wire::bounded],
        ..WIRE
    },
    Case {
        id: "backoff-grows",
        title: "Pauses grow from retry to retry",
        level: Level::Should,
        clause: "Errors, row 5xx: retry with bounded backoff",
        why: "An outage lasts longer than a few short pauses.",
        script: DOWN,
        checks: &[wire::grows],
        ..WIRE
    },
    Case {
        id: "backoff-jitter",
        title: "Pauses have a random part",
        level: Level::Should,
        clause: "Errors, row 5xx: retry with bounded backoff",
        why: "Clients that failed together otherwise retry together.",
        script: DOWN,
        checks: &[wire::jitters],
        ..WIRE
    },
    Case {
        id: "not-implemented",
        title: "A 501 is not retried",
        level: Level::Should,
        clause: "Errors, row 5xx",
        why: "It means that the operation is not enabled, which a retry does not change.",
        script: Script { faults: |_| always(FaultKind::status(501)), deadline_ms: 3_000, ..CANCEL },
        checks: &[wire::once],
        ..WIRE
    },
    Case {
        id: "bad-gateway-page",
        title: "A client reports the truth after a gateway's HTML page",
        clause: "Errors, row 5xx",
        why: "Gateways send no error envelope: a client that expects one reports a decoding error instead of the outage.",
        script: Script { faults: |_| once(FaultKind::html()), ..CANCEL },
        ..SAYS
    },
    Case {
        id: "same-idempotency-key",
        title: "Every attempt of a call has the same `Idempotency-Key`, if any has one",
        level: Level::Should,
        clause: "Errors, row 5xx: retry with bounded backoff",
        why: "With a new key for each attempt, a server cannot tell a retry from a second call.",
        script: Script { faults: |_| once(FaultKind::status(503)), ..CANCEL },
        checks: &[wire::same_idempotency_key],
        ..WIRE
    },
    Case {
        id: "closed-connection",
        title: "A client recovers if the server has closed an idle connection",
        level: Level::Should,
        clause: "Errors, row 5xx: retry with bounded backoff",
        why: "Servers and load balancers close idle connections without notice.",
        script: Script { faults: |_| once(FaultKind::Last { status: 502 }), ..CANCEL },
        checks: &[wire::survives_a_closed_connection],
        ..WIRE
    },
];
