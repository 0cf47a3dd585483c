//! What only several exchanges show: a session that changes as it must not, ids that repeat.

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

/// How many sessions, and how many request ids, are followed.
const FOLLOWED: usize = 100_000;

/// Why others are not.
const TOO_MANY: &str = "more than 100,000 sessions: of the others, only single exchanges are judged";

/// Why the order of exchanges is not known.
const NO_TIMES: &str = "the recording has no times: the order of exchanges is not known";

/// The fields of a session other than `id` and `status`, each with whether the widget may give it a value later.
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

/// When an exchange began and ended, in microseconds from any moment that all of them count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When the request was sent.
    pub start: i64,
    /// When the response was there.
    pub end: i64,
}

/// Follows the sessions of a contract that has the four session operations; of any other it finds nothing.
///
/// Only what was asked after something was answered is compared with it: exchanges that overlap may come in any order. What
/// is on another origin has ids of its own. So may a recording of its own, for which another of these is made.
#[derive(Debug, Default)]
pub struct Sequences {
    /// By origin and id.
    sessions: HashMap<u64, Session>,
    /// The exchanges, each of which may have been recorded twice.
    exchanges: HashSet<u64>,
    /// Which exchange had a request id: the same one may have been recorded twice.
    request_ids: HashMap<u64, u64>,
}

/// What is known of a session.
#[derive(Debug, Clone, Copy)]
struct Session {
    state: State,
    /// When it was last seen.
    seen: i64,
    /// By what creation it was made: its idempotency key, or the exchange if it has none.
    created_by: Option<u64>,
    /// The idempotency key by which it was cancelled.
    cancelled_by: Option<u64>,
    fields: [Field; FIELDS.len()],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Completed,
    Expired,
    Cancelled,
    /// One of the three, as a conflict says.
    Terminal,
    /// What no contract names.
    Other,
}

/// The value of a field, as far as it has to be told from another.
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
            Self::Terminal => "a terminal state, as a conflict said",
            Self::Other => "another string",
        }
    }
}

impl Sequences {
    /// Compares an exchange with those before it, and adds what it finds to its judgement.
    pub fn follow(&mut self, exchange: &Exchange<'_>, span: Option<Span>, judgement: &mut Judgement<'_>) {
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
        self.request_id(exchange, origin, status, judgement);
        if gate == Gate::Cancel && status == 409 {
            let id = judgement.path_parameter("id").map(str::to_owned);
            if let (Some(id), Some(span)) = (id, span) {
                self.conflict(hash(&(origin, id.as_str())), span, judgement);
            }
            return;
        }
        if !(200..300).contains(&status) {
            return;
        }
        let Some(body) = judgement.body.take() else { return };
        let key = exchange.request.headers.get("idempotency-key").known().map(|key| hash(&*key));
        let sent = |session| Sent { gate, origin, session, span, key, created_by: None };
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

    /// A server names each response; a creation that is replayed may name the first again.
    fn request_id(&mut self, exchange: &Exchange<'_>, origin: u64, status: u16, judgement: &mut Judgement<'_>) {
        let Some(id) = exchange.response.headers.get("x-request-id").known() else { return };
        let is_replayed = !matches!(exchange.request.headers.get("idempotency-key"), Part::Absent);
        if id.trim().is_empty() || is_replayed {
            return;
        }
        judgement.look(Kind::RequestIdRepeats);
        let (id, own) = (hash(&(origin, &*id)), exchange_hash(exchange, status));
        match self.request_ids.get(&id) {
            Some(other) if *other != own => {
                let what = (Kind::RequestIdRepeats, Place::ResponseHeader);
                judgement.find(
                    what,
                    "X-Request-Id",
                    &Said::NOTHING,
                    "a request id of its own",
                    "that of another response",
                );
            }
            Some(_) => {}
            None if self.request_ids.len() < FOLLOWED => drop(self.request_ids.insert(id, own)),
            None => {}
        }
    }

    fn conflict(&mut self, key: u64, span: Span, judgement: &mut Judgement<'_>) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if session.seen <= span.start && !session.state.is_terminal() {
            session.state = State::Terminal;
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
            judgement.find(what, "/data", &Said::NOTHING, "every session once", "a session twice");
        }
    }

    fn session(&mut self, sent: &Sent<'_>, at: &str, judgement: &mut Judgement<'_>) {
        let Sent { gate, origin, session, span, key, created_by } = *sent;
        let (Some(id), Some(status)) = (text(session, "id"), text(session, "status")) else { return };
        let (state, fields) = (State::of(status), fields(session));
        let Some(span) = span else {
            return judgement.leave(Place::Exchange, NO_TIMES);
        };
        let cancelled_by = key.filter(|_| gate == Gate::Cancel);
        let Some(known) = self.sessions.get_mut(&hash(&(origin, id))) else {
            if self.sessions.len() >= FOLLOWED {
                return judgement.leave(Place::Exchange, TOO_MANY);
            }
            let seen = Session { state, seen: span.end, created_by, cancelled_by, fields };
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
                judgement.find(what, "/id", &Said::NOTHING, "an id of its own", "that of another session");
            }
            // A creation that is replayed says what was then.
            known.created_by = known.created_by.or(Some(by));
            return;
        }
        if before.seen > span.start {
            // They overlap, or were recorded in another order.
            return;
        }
        let is_changed = before.state != state && !(before.state == State::Terminal && state.is_terminal());
        // What must not change is compared with what it was, however often something else is seen.
        *known =
            Session { state: if before.state.is_terminal() { before.state } else { state }, seen: span.end, ..before };
        if before.state == State::Terminal && state.is_terminal() {
            known.state = state;
        }
        known.cancelled_by = before.cancelled_by.or(cancelled_by);
        // What is sent again with the same key is responded to as before.
        let is_replayed = cancelled_by.is_some() && before.cancelled_by == cancelled_by;
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
            let expected = format!("409, as the session was {expected}");
            judgement.find((Kind::TerminalCancelled, Place::Status), "", &Said::NOTHING, expected, "a success");
        } else if before.state.is_terminal() && is_changed && !is_told(judgement, &status_at) {
            let is_cancelled = before.state == State::Cancelled;
            let kind = if is_cancelled { Kind::CancelledReadsOtherwise } else { Kind::TerminalChanges };
            judgement.find(what(kind), status_at, &Said::NOTHING, expected, received);
        }
        let kind = if gate == Gate::Cancel { Kind::CancelChangesField } else { Kind::SessionChanges };
        judgement.look(kind);
        for (((name, may_be_set), before), now) in FIELDS.iter().zip(&mut known.fields).zip(fields) {
            if *before == Field::Missing || (*may_be_set && *before == Field::Unset) {
                *before = now;
            }
            let at = format!("{at}/{name}");
            if *before != now && now != Field::Missing && !is_told(judgement, &at) {
                judgement.find(what(kind), at, &Said::NOTHING, "what it was before", "another value");
            }
        }
    }
}

/// A session in a response, and what it is a response to.
#[derive(Clone, Copy)]
struct Sent<'s> {
    gate: Gate,
    origin: u64,
    session: &'s Value,
    span: Option<Span>,
    /// The idempotency key of the request.
    key: Option<u64>,
    created_by: Option<u64>,
}

fn exchange_hash(exchange: &Exchange<'_>, status: u16) -> u64 {
    let request = exchange.response.headers.get("x-request-id").known();
    let body = exchange.response.body.as_ref().known();
    hash(&(exchange.method, exchange.url, status, request, body))
}

/// Whether what stands there is known to be wrong by itself.
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

/// Half of a hash: two values that differ have it in common once in four billion times, and then a change goes unseen.
fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}
