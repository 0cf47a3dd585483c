//! Finds what only several exchanges show: sessions that change in ways they must not, and repeated ids.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::exchange::{Exchange, Part};
use crate::finding::Said;
use crate::gate::{self, Gate};
use crate::judgement::Judgement;
use crate::kind::Kind;
use crate::place::Place;
use crate::url::{Url, plain_origin};

/// The maximum number of sessions, and of request ids, that are tracked.
const FOLLOWED: usize = 100_000;

/// Why further sessions are not tracked.
const TOO_MANY: &str = "more than 100,000 sessions: the rest are not followed from exchange to exchange";

/// Why the order of exchanges is unknown.
const NO_TIMES: &str = "the recording has no times, so the order of its exchanges is unknown";

/// Why two exchanges are not compared.
const OVERLAP: &str =
    "it overlaps another exchange of its session, or the recording lists them out of order, so they are not compared";

/// The fields of a session except `id` and `status`, each with whether the widget may set it later.
const FIELDS: [(&str, bool); 16] = [
    ("object", false),
    ("partner_id", false),
    ("mode", false),
    ("amount", false),
    ("currency", false),
    ("return_url", false),
    ("cancel_url", false),
    ("expires_at", false),
    ("created_at", false),
    ("flow", true),
    ("target_token", true),
    ("target_network", true),
    ("wallet_address", true),
    ("user_reference", false),
    ("kyc_pre_verified", true),
    ("metadata", false),
];

/// When an exchange began and ended, in microseconds since a moment that all spans share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When the request was sent.
    pub start: i64,
    /// When the response had arrived.
    pub end: i64,
}

/// Tracks the sessions of a contract with the four session operations. For any other contract it finds nothing.
///
/// Compares two exchanges only if one began after the other had ended: the order of overlapping exchanges is unknown.
/// Ids are compared only within one origin. Use one `Sequences` for each independent recording.
#[derive(Debug, Default)]
pub struct Sequences {
    /// Keyed by origin and id.
    sessions: HashMap<u64, Session>,
    /// The exchanges seen so far: a recording may have an exchange twice.
    exchanges: HashSet<u64>,
    /// The exchange that had each request id, and its number: a recording may have it twice.
    request_ids: HashMap<u64, (u64, u32)>,
}

/// The known state of a session.
#[derive(Debug, Clone, Copy)]
struct Session {
    state: State,
    /// The number of the exchange that showed this state.
    shown_by: u32,
    /// When it was last seen.
    seen: i64,
    /// The creation that made it: its idempotency key, or the exchange if it had none.
    created_by: Option<u64>,
    /// Whether a cancellation of it succeeded.
    is_cancelled: bool,
    /// The idempotency key of the request that cancelled it.
    cancelled_by: Option<u64>,
    /// The number of the exchange that created it.
    created_in: Option<u32>,
    /// Its fields, each with the number of the exchange that showed it.
    fields: [(Field, u32); FIELDS.len()],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Completed,
    Expired,
    Cancelled,
    /// One of the three terminal states: a conflict does not say which.
    Terminal,
    /// A status that no contract names.
    Other,
}

/// The value of a field, reduced to what is needed to compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Missing,
    /// Null or `false`.
    Unset,
    Value(u32),
}

impl State {
    fn of(status: &str) -> Self {
        match status {
            "open" => Self::Open,
            "completed" => Self::Completed,
            "expired" => Self::Expired,
            "cancelled" => Self::Cancelled,
            _ => Self::Other,
        }
    }

    fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Expired | Self::Cancelled | Self::Terminal)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Open => "`open`",
            Self::Completed => "`completed`",
            Self::Expired => "`expired`",
            Self::Cancelled => "`cancelled`",
            Self::Terminal => "a terminal state, according to a 409",
            Self::Other => "another string",
        }
    }
}

impl Sequences {
    /// Compares an exchange with the earlier ones, and adds what it finds to its judgement. Later findings name it by
    /// its `number`.
    pub fn follow(&mut self, exchange: &Exchange<'_>, span: Option<Span>, number: u32, judgement: &mut Judgement<'_>) {
        let (Some(operation), Some(status)) = (judgement.operation, judgement.status) else { return };
        let Some(gate) = gate::operation(&operation.name, &operation.method, &operation.path) else { return };
        let origin = hash(&plain_origin(Url::of(exchange.url).origin));
        let request_id = exchange.response.headers.get("x-request-id").known();
        let own = hash(&(exchange.method, exchange.url, span.map(|span| span.start), request_id));
        if span.is_some() && self.exchanges.contains(&own) {
            return;
        }
        if self.exchanges.len() < FOLLOWED {
            self.exchanges.insert(own);
        }
        self.request_id(exchange, (origin, status, number), judgement);
        if gate == Gate::Cancel && status == 409 {
            let id = judgement.path_parameter("id").map(str::to_owned);
            if let (Some(id), Some(span)) = (id, span) {
                self.conflict(hash(&(origin, id.as_str())), span, number, judgement);
            }
            return;
        }
        if !(200..300).contains(&status) {
            return;
        }
        let Some(body) = judgement.body.take() else { return };
        let key = exchange.request.headers.get("idempotency-key").known().map(|key| hash(&*key));
        let sent = |session| Sent { gate, origin, session, span, number, key, created_by: None };
        match (gate, body.get("data").and_then(Value::as_array)) {
            (Gate::List, Some(sessions)) => {
                self.page(sessions, judgement);
                for (index, session) in sessions.iter().enumerate() {
                    self.session(&sent(session), &format!("/data/{index}"), judgement);
                }
            }
            (Gate::List, None) => {}
            _ => {
                let created_by = (gate == Gate::Create).then(|| key.unwrap_or_else(|| exchange_hash(exchange, status)));
                self.session(&Sent { created_by, ..sent(&body) }, "", judgement);
            }
        }
        judgement.body = Some(body);
    }

    /// Request ids must differ, but a replayed creation may repeat the first one's.
    fn request_id(
        &mut self,
        exchange: &Exchange<'_>,
        (origin, status, number): (u64, u16, u32),
        judgement: &mut Judgement<'_>,
    ) {
        let Some(id) = exchange.response.headers.get("x-request-id").known() else { return };
        let is_replayed = !matches!(exchange.request.headers.get("idempotency-key"), Part::Absent);
        if id.trim().is_empty() || is_replayed {
            return;
        }
        judgement.look(Kind::RequestIdRepeats);
        let (id, own) = (hash(&(origin, &*id)), exchange_hash(exchange, status));
        match self.request_ids.get(&id) {
            Some((other, earlier)) if *other != own => {
                let what = (Kind::RequestIdRepeats, Place::ResponseHeader);
                judgement.find(
                    what,
                    "X-Request-Id",
                    &Said::NOTHING,
                    "a different request id",
                    "the request id of another response",
                );
                judgement.unlike(*earlier);
            }
            Some(_) => {}
            None if self.request_ids.len() < FOLLOWED => drop(self.request_ids.insert(id, (own, number))),
            None => {}
        }
    }

    fn conflict(&mut self, key: u64, span: Span, number: u32, judgement: &mut Judgement<'_>) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if !session.state.is_terminal() {
            // In whatever order: no session is open again.
            (session.state, session.shown_by) = (State::Terminal, number);
        } else if session.seen <= span.start {
            judgement.look(Kind::TerminalCancelled);
        }
        session.seen = session.seen.max(span.end);
    }

    fn page(&self, sessions: &[Value], judgement: &mut Judgement<'_>) {
        judgement.look(Kind::SessionIdRepeats);
        let mut ids: Vec<&str> = sessions.iter().filter_map(|session| session.get("id")?.as_str()).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair.first() == pair.last()) {
            let what = (Kind::SessionIdRepeats, Place::ResponseBody);
            judgement.find(what, "/data", &Said::NOTHING, "no session twice", "a session twice");
        }
    }

    fn session(&mut self, sent: &Sent<'_>, at: &str, judgement: &mut Judgement<'_>) {
        let Sent { gate, origin, session, span, number, key, created_by } = *sent;
        let (Some(id), Some(status)) = (text(session, "id"), text(session, "status")) else { return };
        let (state, fields) = (State::of(status), fields(session));
        let Some(span) = span else {
            return leave(judgement, NO_TIMES);
        };
        let cancelled_by = key.filter(|_| gate == Gate::Cancel);
        let is_cancelled = gate == Gate::Cancel && state == State::Cancelled;
        let Some(known) = self.sessions.get_mut(&hash(&(origin, id))) else {
            if self.sessions.len() >= FOLLOWED {
                return leave(judgement, TOO_MANY);
            }
            let seen = Session {
                state,
                shown_by: number,
                seen: span.end,
                created_by,
                created_in: created_by.map(|_| number),
                is_cancelled,
                cancelled_by,
                fields: fields.map(|field| (field, number)),
            };
            self.sessions.insert(hash(&(origin, id)), seen);
            if created_by.is_some() {
                judgement.look(Kind::SessionIdRepeats);
            }
            return;
        };
        let before = *known;
        if let Some(by) = created_by {
            judgement.look(Kind::SessionIdRepeats);
            if before.created_by.is_some_and(|other| other != by) {
                let what = (Kind::SessionIdRepeats, Place::ResponseBody);
                judgement.find(what, "/id", &Said::NOTHING, "a different id", "the id of another session");
            }
            // A replayed creation returns the session as it was when created.
            known.created_by = known.created_by.or(Some(by));
            return;
        }
        known.is_cancelled |= is_cancelled;
        known.cancelled_by = before.cancelled_by.or(cancelled_by);
        // A replayed cancellation gets the first response again.
        let is_replayed = cancelled_by.is_some() && before.cancelled_by == cancelled_by;
        if before.seen > span.start {
            known.seen = before.seen.max(span.end);
            // In whatever order: no session is open again.
            if state.is_terminal() && matches!(before.state, State::Open | State::Terminal | State::Other) {
                (known.state, known.shown_by) = (state, number);
            }
            // In whatever order: only one of two cancellations can succeed.
            if is_cancelled && before.is_cancelled && !is_replayed {
                judgement.look(Kind::TerminalCancelled);
                let what = (Kind::TerminalCancelled, Place::Status);
                judgement.find(what, "", &Said::NOTHING, "409 for one of two cancellations", "a success for both");
            } else {
                leave(judgement, OVERLAP);
            }
            return;
        }
        let is_changed = before.state != state && !(before.state == State::Terminal && state.is_terminal());
        // Compare with the first state that must not change, whatever is seen later.
        known.seen = span.end;
        if !before.state.is_terminal() || (before.state == State::Terminal && state.is_terminal()) {
            (known.state, known.shown_by) = (state, number);
        }
        let (expected, received) = (before.state.name(), state.name());
        let what = |kind| (kind, Place::ResponseBody);
        if gate == Gate::Cancel {
            if before.state.is_terminal() {
                judgement.look(Kind::TerminalCancelled);
            }
        } else if before.state == State::Cancelled {
            judgement.look(Kind::CancelledReadsOtherwise);
        } else if before.state.is_terminal() {
            judgement.look(Kind::TerminalChanges);
        }
        let status_at = format!("{at}/status");
        if gate == Gate::Cancel && before.state.is_terminal() && !is_replayed {
            let expected = format!("409, because the session was {expected}");
            judgement.find((Kind::TerminalCancelled, Place::Status), "", &Said::NOTHING, expected, "a success");
            judgement.unlike(before.shown_by);
        } else if before.state.is_terminal() && is_changed && !is_told(judgement, &status_at) {
            let is_cancelled = before.state == State::Cancelled;
            let kind = if is_cancelled { Kind::CancelledReadsOtherwise } else { Kind::TerminalChanges };
            judgement.find(what(kind), status_at, &Said::NOTHING, expected, received);
            judgement.unlike(before.shown_by);
        }
        let kind = if gate == Gate::Cancel { Kind::CancelChangesField } else { Kind::SessionChanges };
        judgement.look(kind);
        let created_in = known.created_in;
        for (((name, may_be_set), before), now) in FIELDS.iter().zip(&mut known.fields).zip(fields) {
            let (earlier, shown_by) = *before;
            if earlier == Field::Missing || (*may_be_set && earlier == Field::Unset) {
                *before = (now, number);
                continue;
            }
            if earlier == now || now == Field::Missing {
                // It is no longer only the creation that says so.
                if earlier == now && created_in == Some(shown_by) {
                    before.1 = number;
                }
                continue;
            }
            let at = format!("{at}/{name}");
            if !is_told(judgement, &at) {
                // The reference says what a cancellation leaves alone, not how a creation writes it.
                let kind = if created_in == Some(shown_by) { Kind::SessionChanges } else { kind };
                judgement.find(what(kind), at, &Said::NOTHING, "the earlier value", "another value");
                judgement.unlike(shown_by);
                // Later exchanges are compared with the new value, unless only the cancellation shows it.
                if gate != Gate::Cancel {
                    *before = (now, number);
                }
            }
        }
    }
}

/// Says once of an exchange, however many sessions it lists, why it is not compared with others.
fn leave(judgement: &mut Judgement<'_>, why: &'static str) {
    if !judgement.unjudged.iter().any(|left| left.place == Place::Exchange && left.why == why) {
        judgement.leave(Place::Exchange, why);
    }
}

/// A session in a response, with the facts of the exchange.
#[derive(Clone, Copy)]
struct Sent<'s> {
    gate: Gate,
    origin: u64,
    session: &'s Value,
    span: Option<Span>,
    number: u32,
    /// The idempotency key of the request.
    key: Option<u64>,
    created_by: Option<u64>,
}

fn exchange_hash(exchange: &Exchange<'_>, status: u16) -> u64 {
    let request = exchange.response.headers.get("x-request-id").known();
    let body = exchange.response.body.as_ref().known();
    hash(&(exchange.method, exchange.url, status, request, body))
}

/// Whether a finding about this place already exists.
fn is_told(judgement: &Judgement<'_>, at: &str) -> bool {
    judgement.findings.iter().any(|found| found.place == Place::ResponseBody && found.at == at)
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

fn fields(session: &Value) -> [Field; FIELDS.len()] {
    FIELDS.map(|(name, _)| match session.get(name) {
        None => Field::Missing,
        Some(Value::Null | Value::Bool(false)) => Field::Unset,
        Some(Value::String(text)) => Field::Value(short(hash(text))),
        Some(value) => Field::Value(short(hash(&zerogate_contract::json::Key(value)))),
    })
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Half of a hash: two different values collide once in four billion times, and then a change goes unnoticed.
fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}
