//! The rules of the 0Gate reference for a single exchange of the four session operations, beyond what a contract can
//! say.

use memchr::memmem;
use serde_json::Value;
use zerogate_contract::json::same;
use zerogate_contract::pointer;

use crate::exchange::{Headers, Part};
use crate::kind::Kind;
use crate::place::Place;
use crate::redact;

/// One of the session operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Create,
    List,
    Retrieve,
    Cancel,
}

/// The operations by id, method and path. All three must match: another contract may use the id for something else.
const OPERATIONS: [(&str, &str, &str, Gate); 4] = [
    ("createSession", "POST", "/gate_sessions", Gate::Create),
    ("listSessions", "GET", "/gate_sessions", Gate::List),
    ("retrieveSession", "GET", "/gate_sessions/{id}", Gate::Retrieve),
    ("cancelSession", "POST", "/gate_sessions/{id}/cancel", Gate::Cancel),
];

/// The responses that a rule applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Any,
    Success,
    Error,
}

/// A rule that one exchange can break.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    operations: &'static [Gate],
    when: When,
    check: fn(&Seen<'_>) -> Outcome,
    /// Whether the reference only implies it: it describes no other operation.
    pub(crate) is_implied: bool,
}

/// The input of a rule.
pub(crate) struct Seen<'s> {
    pub(crate) status: u16,
    pub(crate) headers: &'s Headers<'s>,
    pub(crate) body: Option<&'s Value>,
    pub(crate) text: Option<&'s [u8]>,
    /// The credential of the request.
    pub(crate) credential: Option<&'s str>,
    /// The session id of the request's path.
    pub(crate) id: Option<&'s str>,
    /// Returns the value of a query parameter.
    pub(crate) query: &'s dyn Fn(&str) -> Option<String>,
}

/// The result of a rule: `None` if it could not be judged, else the fault, if there is one.
pub(crate) type Outcome = Option<Option<Wrong>>;

/// A fault: where it is, what was expected and what was received.
pub(crate) struct Wrong {
    pub(crate) at: String,
    pub(crate) expected: String,
    pub(crate) received: String,
}

const ALL: &[Gate] = &[Gate::Create, Gate::List, Gate::Retrieve, Gate::Cancel];
const ONE: &[Gate] = &[Gate::Retrieve, Gate::Cancel];

static RULES: [Rule; 16] = [
    rule(Kind::ClientSecret, Place::ResponseBody, ONE, When::Any, client_secret),
    rule(Kind::ClientSecret, Place::ResponseBody, &[Gate::List], When::Any, client_secret).implied(),
    rule(Kind::ClientSecret, Place::ResponseBody, &[Gate::Create], When::Error, client_secret).implied(),
    rule(Kind::KeyEchoed, Place::ResponseBody, ALL, When::Any, key_echoed),
    rule(Kind::SecurityMissing, Place::Credentials, &[Gate::Cancel], When::Success, secret_key),
    rule(Kind::CancelStatus, Place::ResponseBody, &[Gate::Cancel], When::Success, cancel_status),
    rule(Kind::SessionId, Place::ResponseBody, &[Gate::Cancel], When::Success, session_id),
    rule(Kind::SessionId, Place::ResponseBody, &[Gate::Retrieve], When::Success, session_id).implied(),
    rule(Kind::ListFilter, Place::ResponseBody, &[Gate::List], When::Success, list_filter),
    rule(Kind::ListLimit, Place::ResponseBody, &[Gate::List], When::Success, list_limit),
    rule(Kind::ErrorEnvelope, Place::ResponseBody, ALL, When::Error, envelope),
    rule(Kind::ErrorType, Place::ResponseBody, ALL, When::Error, error_type),
    rule(Kind::ErrorCode, Place::ResponseBody, &[Gate::Cancel], When::Error, error_code),
    rule(Kind::ErrorRequestId, Place::ResponseHeader, ALL, When::Error, request_id),
    rule(Kind::ErrorRequestIdMirrored, Place::ResponseBody, ALL, When::Error, request_id_mirrored),
    rule(Kind::ErrorStatusCode, Place::ResponseBody, ALL, When::Error, status_code),
];

const fn rule(
    kind: Kind,
    place: Place,
    operations: &'static [Gate],
    when: When,
    check: fn(&Seen<'_>) -> Outcome,
) -> Rule {
    Rule { kind, place, operations, when, check, is_implied: false }
}

/// The session operation that an operation of a contract stands for, if any.
pub(crate) fn operation(id: &str, method: &str, path: &str) -> Option<Gate> {
    let is_it = |known: &&(&str, &str, &str, Gate)| (known.0, known.1, known.2) == (id, method, path);
    OPERATIONS.iter().find(is_it).map(|(.., gate)| *gate)
}

/// The rules for an operation of a contract.
pub(crate) fn rules_of(id: &str, method: &str, path: &str) -> Vec<&'static Rule> {
    let Some(gate) = operation(id, method, path) else { return Vec::new() };
    RULES.iter().filter(|rule| rule.operations.contains(&gate)).collect()
}

impl Rule {
    const fn implied(self) -> Self {
        Self { is_implied: true, ..self }
    }

    pub(crate) fn judge(&self, seen: &Seen<'_>) -> Outcome {
        let is_meant = match self.when {
            When::Any => true,
            When::Success => (200..300).contains(&seen.status),
            When::Error => seen.status >= 400,
        };
        if is_meant { (self.check)(seen) } else { None }
    }
}

impl Wrong {
    fn new(at: impl Into<String>, expected: impl Into<String>, received: impl Into<String>) -> Option<Self> {
        Some(Self { at: at.into(), expected: expected.into(), received: received.into() })
    }
}

fn client_secret(seen: &Seen<'_>) -> Outcome {
    fn find(value: &Value, at: &str) -> Option<String> {
        match value {
            Value::Object(fields) if fields.contains_key("client_secret") => Some(pointer::join(at, "client_secret")),
            // The partner chooses what is in `metadata`.
            Value::Object(fields) => fields
                .iter()
                .filter(|(name, _)| *name != "metadata")
                .find_map(|(name, value)| find(value, &pointer::join(at, name))),
            Value::Array(items) => {
                items.iter().enumerate().find_map(|(index, item)| find(item, &pointer::join(at, &index.to_string())))
            }
            _ => None,
        }
    }
    // The text is searched first, because that is cheaper.
    let (text, body) = (seen.text?, seen.body?);
    let may_be_there = memmem::find(text, b"client_").is_some() || text.contains(&b'\\');
    let found = if may_be_there { find(body, "") } else { None };
    Some(found.and_then(|at| Wrong::new(redact::place(&at), "no such field", "the field")))
}

fn key_echoed(seen: &Seen<'_>) -> Outcome {
    /// A shorter key could occur in a text by accident, and one with another prefix may be a recorder's mark.
    const SHORTEST: usize = 12;
    let is_key = |credential: &&str| credential.starts_with("sk_") && credential.len() >= SHORTEST;
    let credential = seen.credential.filter(is_key)?;
    let finder = memmem::Finder::new(credential);
    let is_in = |text: &[u8]| finder.find(text).is_some();
    if seen.text.is_some_and(is_in) {
        return Some(Wrong::new("", "no key", "the key of the request"));
    }
    let found = seen.headers.known.iter().find(|(_, value)| is_in(value.as_bytes()));
    if found.is_none() && seen.text.is_none() {
        return None;
    }
    Some(found.and_then(|(name, _)| {
        Wrong::new("", "no key", format!("the key of the request, in the header `{}`", redact::name(name)))
    }))
}

fn cancel_status(seen: &Seen<'_>) -> Outcome {
    let status = seen.body?.get("status")?.as_str()?;
    Some(if status == "cancelled" { None } else { Wrong::new("/status", "`cancelled`", state(status)) })
}

/// A session status: shown if the contract names it, else "another string".
pub(crate) fn state(status: &str) -> String {
    const STATES: [&str; 4] = ["open", "completed", "expired", "cancelled"];
    if STATES.contains(&status) { format!("`{status}`") } else { "another string".to_owned() }
}

fn session_id(seen: &Seen<'_>) -> Outcome {
    let (asked, found) = (seen.id?, seen.body?.get("id")?.as_str()?);
    Some(if asked == found { None } else { Wrong::new("/id", "the id of the path", "another id") })
}

fn sessions<'s>(seen: &Seen<'s>) -> Option<&'s Vec<Value>> {
    seen.body?.get("data")?.as_array()
}

fn list_filter(seen: &Seen<'_>) -> Outcome {
    let wanted = (seen.query)("status")?;
    let odd = sessions(seen)?.iter().enumerate().find_map(|(index, session)| {
        let status = session.get("status")?.as_str()?;
        (status != wanted).then_some((index, status))
    });
    Some(odd.and_then(|(index, status)| Wrong::new(format!("/data/{index}/status"), state(&wanted), state(status))))
}

fn list_limit(seen: &Seen<'_>) -> Outcome {
    let limit: usize = (seen.query)("limit")?.parse().ok()?;
    let count = sessions(seen)?.len();
    Some(if count <= limit || limit == 0 {
        None
    } else {
        Wrong::new("/data", format!("at most {limit} sessions"), format!("{count}"))
    })
}

/// A field of the error envelope, its description, and whether a value is valid.
type EnvelopeField = (&'static str, &'static str, fn(&Value) -> bool);

const ENVELOPE: [EnvelopeField; 6] = [
    ("type", "a string", Value::is_string),
    ("code", "a string", Value::is_string),
    ("message", "a string", Value::is_string),
    ("request_id", "a string", Value::is_string),
    ("doc_url", "null or a string", |value| value.is_null() || value.is_string()),
    ("statusCode", "a number", Value::is_number),
];

fn envelope(seen: &Seen<'_>) -> Outcome {
    let body = seen.body?;
    Some(ENVELOPE.iter().find_map(|(name, kinds, fits)| match body.get(*name) {
        None => Wrong::new("", format!("a field `{name}`"), "no such field"),
        Some(value) if !fits(value) => Wrong::new(format!("/{name}"), *kinds, redact::shown(value)),
        Some(_) => None,
    }))
}

/// Whether a status code says that the server has no such operation.
#[must_use]
pub fn is_no_such_operation(status: u16) -> bool {
    matches!(status, 404 | 405 | 501)
}

/// The `type` that the reference's table of errors gives for a status code.
#[must_use]
pub fn documented_type(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("unauthorized"),
        404 => Some("not_found"),
        409 => Some("conflict"),
        429 => Some("rate_limited"),
        500..=599 => Some("server_error"),
        _ => None,
    }
}

/// Reference, *Production rules*: a cancellation requires a secret key.
fn secret_key(seen: &Seen<'_>) -> Outcome {
    let is_publishable = seen.credential?.starts_with("pk_");
    Some(if is_publishable { Wrong::new("", "an error, because the key is publishable", "a success") } else { None })
}

fn error_type(seen: &Seen<'_>) -> Outcome {
    let (wanted, found) = (documented_type(seen.status)?, seen.body?.get("type")?.as_str()?);
    Some(if wanted == found {
        None
    } else {
        Wrong::new("/type", format!("`{wanted}` on a {}", seen.status), "another string")
    })
}

fn error_code(seen: &Seen<'_>) -> Outcome {
    let code = seen.body?.get("code")?.as_str().filter(|_| seen.status == 409)?;
    Some(if code == "conflict" { None } else { Wrong::new("/code", "`conflict`", "another string") })
}

fn request_id(seen: &Seen<'_>) -> Outcome {
    match seen.headers.get("x-request-id") {
        Part::Known(id) if id.trim().is_empty() => Some(Wrong::new("X-Request-Id", "a request id", "an empty header")),
        Part::Absent => Some(Wrong::new("X-Request-Id", "the header", "no such header")),
        Part::Known(_) => Some(None),
        Part::Unknown(_) => None,
    }
}

fn request_id_mirrored(seen: &Seen<'_>) -> Outcome {
    let header = seen.headers.get("x-request-id").known()?;
    let field = seen.body?.get("request_id")?.as_str()?;
    // A gateway may add another id.
    let is_there = header.split(',').any(|id| id.trim() == field.trim()) || header == field;
    Some(if is_there || header.trim().is_empty() {
        None
    } else {
        Wrong::new("/request_id", "the id in the header", "another id")
    })
}

fn status_code(seen: &Seen<'_>) -> Outcome {
    let found = seen.body?.get("statusCode").filter(|found| found.is_number())?;
    let wanted = Value::from(seen.status);
    let is_same = same(found, &wanted);
    Some(if is_same { None } else { Wrong::new("/statusCode", wanted.to_string(), redact::status(found)) })
}
