//! The client to grade: this test binary, started as a command. It is correct, in one of several styles, or makes one
//! mistake.

use std::collections::BTreeMap;
use std::io::{Write, stdin, stdout};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::http::{Connection, Lost, Response, Server};

/// The pause before the first retry, at most.
const PAUSE: Duration = Duration::from_millis(40);

/// The fields of a session.
const FIELDS: [&str; 18] = [
    "amount",
    "cancel_url",
    "created_at",
    "currency",
    "expires_at",
    "flow",
    "id",
    "kyc_pre_verified",
    "metadata",
    "mode",
    "object",
    "partner_id",
    "return_url",
    "status",
    "target_network",
    "target_token",
    "user_reference",
    "wallet_address",
];

/// Arguments that start this binary as a client with this style or mistake.
pub(super) fn arguments(manner: &str) -> Vec<String> {
    let test = "grade::client::scripted_client";
    ["--ignored", "--exact", test, "--nocapture", &format!("manner={manner}")].map(str::to_owned).to_vec()
}

#[test]
#[ignore = "the client that other tests grade, as a command"]
fn scripted_client() {
    let Some(manner) = env::args().find_map(|it| it.strip_prefix("manner=").map(str::to_owned)) else { return };
    let is_served = env::var_os("GATE_CASE_ID").is_none();
    let print = |outcome: Value| {
        // The test harness has printed on the same line.
        if manner != "prints-nothing" {
            writeln!(stdout(), "\n{outcome}").unwrap();
        }
    };
    if is_served {
        for line in stdin().lines() {
            let task: BTreeMap<String, String> = serde_json::from_str(&line.unwrap()).unwrap();
            let outcome = Call::new(&manner, &|name| task[name].clone()).outcome();
            if manner == "logs-much" {
                write!(stdout(), "{}", "a line of a log\n".repeat(5_000)).unwrap();
            }
            print(outcome);
            if manner == "serves-once" {
                break;
            }
        }
    } else {
        print(Call::new(&manner, &|name| env::var(name).unwrap()).outcome());
    }
    process::exit(0);
}

/// A call of a client.
struct Call<'m> {
    manner: &'m str,
    server: Server,
    key: String,
    session: String,
    is_creation: bool,
    timeout: Duration,
    deadline: Instant,
    /// The reusable connection.
    kept: Option<Connection>,
    /// Whether the current connection was reused.
    is_reused: bool,
    /// How an attempt was lost that may have taken effect.
    doubt: Option<Lost>,
    request_id: Option<String>,
    attempt: u32,
}

/// The next step after an attempt.
enum Next {
    Say(&'static str, Option<String>),
    /// Try again, after this pause if it is known.
    Again(Option<Duration>),
}

fn say(outcome: &'static str) -> Next {
    Next::Say(outcome, None)
}

impl<'m> Call<'m> {
    fn new(manner: &'m str, task: &dyn Fn(&str) -> String) -> Self {
        let milliseconds = |name| Duration::from_millis(task(name).parse().unwrap());
        let patience = if manner == "without-limits" { Duration::from_secs(60) } else { Duration::ZERO };
        Self {
            manner,
            server: Server::of(&task("GATE_API_BASE_URL")),
            key: task("GATE_KEY"),
            session: task("GATE_SESSION_ID"),
            is_creation: task("GATE_OPERATION") == "createSession",
            timeout: milliseconds("GATE_TIMEOUT_MS") + patience,
            deadline: Instant::now() + milliseconds("GATE_DEADLINE_MS") + patience,
            kept: None,
            is_reused: false,
            doubt: None,
            request_id: None,
            attempt: 0,
        }
    }

    fn is(&self, manner: &str) -> bool {
        self.manner == manner
    }

    fn outcome(mut self) -> Value {
        if self.is("http2") {
            let mut connection = self.server.connect().unwrap();
            let _ = connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
            let _ = connection.response(Instant::now() + Duration::from_secs(1));
            return json!({ "outcome": "error" });
        }
        let (outcome, status) = self.call();
        let request_id = if self.is("invents-request-id") { Some("req_0".to_owned()) } else { self.request_id };
        let outcome = if self.manner == "never-certain" && outcome == "cancelled" { "unknown" } else { outcome };
        match self.manner {
            "key-as-status" => json!({ "outcome": outcome, "status": self.key }),
            "key-as-outcome" => json!({ "outcome": self.key }),
            _ => json!({ "outcome": outcome, "status": status, "request_id": request_id }),
        }
    }

    fn call(&mut self) -> (&'static str, Option<String>) {
        if self.is("prints-key") {
            eprintln!("sending Authorization: Bearer {}", self.key);
        }
        if self.session.contains('.') && !self.is("sends-dots") {
            return ("error", None);
        }
        let state = if self.is("reads-first") || self.is("reads-and-stops") { self.read() } else { None };
        if self.is("reads-and-stops")
            && let Some(state) = state.filter(|state| state != "open")
        {
            return ("already_terminal", Some(state));
        }
        loop {
            self.attempt += 1;
            let sent = self.send();
            let next = match &sent {
                Ok(response) => self.after(response),
                Err(lost) => self.after_loss(*lost),
            };
            let pause = match next {
                Next::Say(outcome, status) => return (outcome, status),
                Next::Again(pause) => pause.unwrap_or_else(|| self.backoff()),
            };
            let most = match &sent {
                Ok(response) if self.is("loops-on-503") && response.status == 503 => 60,
                Ok(response) if self.is("loops-on-429") && response.status == 429 => 60,
                _ if self.is("no-retry") => 1,
                _ => 4,
            };
            if self.attempt >= most || Instant::now() + pause >= self.deadline {
                return self.give_up(&sent);
            }
            thread::sleep(pause);
        }
    }

    fn give_up(&mut self, sent: &Result<Response, Lost>) -> (&'static str, Option<String>) {
        match sent {
            _ if self.is_creation => ("unknown", None),
            Ok(response) if response.status == 503 && self.doubt.is_some() && self.is("forgets-loss-after-503") => {
                ("error", None)
            }
            Ok(response) if response.status == 429 && (self.doubt.is_none() || self.is("forgets-loss-after-429")) => {
                ("rate_limited", None)
            }
            _ if self.is("no-retry") => ("unknown", None),
            _ => match self.read().as_deref() {
                Some("cancelled") => ("cancelled", None),
                _ => ("unknown", None),
            },
        }
    }

    fn backoff(&self) -> Duration {
        let doubled = PAUSE * 2_u32.pow(self.attempt.min(5) - 1);
        match self.manner {
            "loops-on-503" if self.attempt > 3 => Duration::ZERO,
            // So long that a busy machine does not make one pause look much longer than another.
            "never-slower" => (PAUSE * 5).mul_f64(0.85 + fastrand::f64() * 0.15),
            "ever-faster" => (PAUSE * 8 / self.attempt).mul_f64(0.85 + fastrand::f64() * 0.15),
            // As `urllib3.Retry` does.
            "retry-library" if self.attempt == 1 => Duration::ZERO,
            "not-random" | "retry-library" => doubled,
            _ => doubled.mul_f64(0.5 + fastrand::f64() / 2.0),
        }
    }

    fn request(&self, method: &str, target: &str, more: &str, body: &str) -> String {
        let agent = if self.is("key-in-agent") { &self.key } else { "scripted" };
        let accept = if self.is("accepts-html") { "text/html" } else { "application/json" };
        let (authority, key) = (&self.server.authority, &self.key);
        let target = match (self.manner, method) {
            ("key-in-url-of-read", "GET") => format!("{target}?api_key={key}"),
            _ => target.to_owned(),
        };
        let length = if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };
        format!(
            "{method} {target} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {key}\r\nUser-Agent: {agent}\r\n\
             Accept: {accept}\r\n{length}{more}\r\n{body}"
        )
    }

    /// The request of an attempt.
    fn attempt(&self) -> String {
        let attempt = self.attempt;
        if self.is_creation {
            let key = if self.is("new-key-for-creation") { attempt } else { 1 };
            let more = format!("Content-Type: application/json\r\nIdempotency-Key: create-{key}\r\n");
            let cents = if self.is("new-body-for-creation") { attempt } else { 0 };
            let body =
                format!(r#"{{"amount":"1.0{cents}","currency":"EUR","return_url":"https://partner.example/done"}}"#);
            return self.request("POST", &format!("{}/gate_sessions", self.server.path), &more, &body);
        }
        let query = match self.manner {
            "adds-query" => "?expand=session".to_owned(),
            "adds-query-to-retry" if attempt > 1 => format!("?attempt={attempt}"),
            "key-in-url-of-retry" if attempt > 1 => format!("?api_key={}", self.key),
            _ => String::new(),
        };
        let body = match self.manner {
            "sends-body" => "{}",
            "sends-body-with-retry" if attempt > 1 => "{}",
            _ => "",
        };
        let more = match self.manner {
            "adds-header-to-retry" if attempt > 1 => format!("X-Attempt: {attempt}\r\n"),
            "traced" => "sentry-trace: 1\r\nX-B3-TraceId: 1\r\nx-datadog-trace-id: 1\r\n".to_owned(),
            "adds-header" => "X-Client: scripted\r\n".to_owned(),
            "sends-body" => "Content-Type: application/json\r\n".to_owned(),
            "frames-twice" => "Transfer-Encoding: chunked\r\n".to_owned(),
            "new-key" => format!("Idempotency-Key: cancel-{attempt}\r\n"),
            "same-key" => "Idempotency-Key: cancel\r\n".to_owned(),
            "upgrades" => {
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n".to_owned()
            }
            _ => String::new(),
        };
        let target = format!("{}/gate_sessions/{}/cancel{query}", self.server.path, self.session);
        let end = if self.is("frames-twice") { "0\r\n\r\n" } else { "" };
        self.request("POST", &target, &more, body) + end
    }

    fn send(&mut self) -> Result<Response, Lost> {
        let by = (Instant::now() + self.timeout).min(self.deadline);
        let request = self.attempt();
        self.is_reused = self.kept.is_some();
        let mut connection = match self.kept.take() {
            Some(kept) => kept,
            None => self.server.connect()?,
        };
        connection.send(&request)?;
        if self.is("hedges") {
            match connection.response(Instant::now() + Duration::from_millis(250)) {
                Err(Lost::Late) => {
                    let mut second = self.server.connect()?;
                    second.send(&request)?;
                    let response = second.response(by)?;
                    // The first is the one that took effect.
                    return connection.response(by).or(Ok(response));
                }
                sent => return sent,
            }
        }
        let response = connection.response(by)?;
        let keeps = ["keeps-connections", "trusts-connections", "takes-any-response"].contains(&self.manner);
        if keeps && (!connection.has_more() || self.is("takes-any-response")) {
            self.kept = Some(connection);
        }
        Ok(response)
    }

    /// The session's status, as read from the server.
    fn read(&mut self) -> Option<String> {
        let request = self.request("GET", &format!("{}/gate_sessions/{}", self.server.path, self.session), "", "");
        let mut connection = self.server.connect().ok()?;
        connection.send(&request).ok()?;
        let response = connection.response(Instant::now() + Duration::from_secs(5)).ok()?;
        let session: Value = serde_json::from_slice(&response.body).ok()?;
        Some(session["status"].as_str()?.to_owned())
    }

    fn after_loss(&mut self, lost: Lost) -> Next {
        if self.is("fails-after-lost-creation") && self.is_creation {
            return say("error");
        }
        if self.is("trusts-connections") && self.is_reused {
            return say("error");
        }
        if self.is("takes-reset-for-success") && lost == Lost::Reset && self.doubt.is_none() && !self.is_creation {
            return match self.read() {
                Some(state) if state == "completed" => Next::Say("already_terminal", Some(state)),
                _ => say("cancelled"),
            };
        }
        if self.is("prints-key-after-loss") {
            eprintln!("lost: Authorization: Bearer {}\n{}", self.key, "a line of a log\n".repeat(10_000));
        }
        self.doubt = Some(lost);
        Next::Again(None)
    }

    fn after(&mut self, response: &Response) -> Next {
        self.request_id = response.header("x-request-id").map(str::to_owned);
        match response.status {
            201 if self.is_creation => say("created"),
            200 if self.is("believes-200") => say("cancelled"),
            200 | 201 => self.after_success(response),
            302 if self.is("follows-302") && response.header("location").unwrap().starts_with('/') => {
                self.read();
                say("cancelled")
            }
            302 if self.is("follows-302-elsewhere") && !response.header("location").unwrap().starts_with('/') => {
                let server = Server::of(response.header("location").unwrap());
                let request = self.request("GET", &server.path, "", "");
                let mut connection = server.connect().unwrap();
                connection.send(&request).unwrap();
                let _ = connection.response(self.deadline);
                say("error")
            }
            307 if self.is("follows-307") || self.is("follows-307-with-key-in-url") => {
                let server = Server::of(response.header("location").unwrap());
                let request = if self.is("follows-307") {
                    self.request("POST", &server.path, "", "")
                } else {
                    format!("POST {}?key={} HTTP/1.1\r\nHost: other\r\n\r\n", server.path, self.key)
                };
                let mut connection = server.connect().unwrap();
                connection.send(&request).unwrap();
                let _ = connection.response(self.deadline);
                say("error")
            }
            401 if self.is("repeats-401") && self.attempt < 3 => Next::Again(None),
            401 if self.is("takes-401-for-404") && self.key.starts_with("sk_") => say("not_found"),
            401 if self.is("believes-in-pk") && self.key.starts_with("pk_") => say("cancelled"),
            401 => say("unauthorized"),
            404 if self.is("repeats-404") && self.attempt < 3 => Next::Again(None),
            404 if self.is("takes-404-for-409") => say("already_terminal"),
            404 => say("not_found"),
            409 => self.after_conflict(),
            429 => self.after_throttling(response),
            501 if !self.is("repeats-501") => say("error"),
            503 if self.is("takes-503-for-success") => say("cancelled"),
            500.. => {
                let is_json = response.header("content-type") == Some("application/json");
                if self.is("needs-envelope") && !is_json { say("unauthorized") } else { Next::Again(None) }
            }
            _ => say("error"),
        }
    }

    fn after_success(&mut self, response: &Response) -> Next {
        let text = String::from_utf8_lossy(&response.body);
        let session: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
        let is_strange = match self.manner {
            "only-201" => response.status != 201,
            "knows-all-fields" => session.keys().any(|name| !FIELDS.contains(&name.as_str())),
            "needs-all-fields" => !session.is_empty() && !session.contains_key("kyc_pre_verified"),
            "needs-request-id" => response.header("x-request-id").is_none(),
            "needs-small-bodies" => response.body.len() > 1 << 20,
            "needs-plain-bodies" => response.header("content-encoding").is_some(),
            _ => false,
        };
        if is_strange {
            return say("error");
        }
        let status = session.get("status").and_then(Value::as_str).unwrap_or_default();
        let is_one = text.matches("\"status\":").count() == 1 || self.is("takes-last-status");
        let is_own = session.get("id").is_some_and(|id| *id == self.session) || self.is("takes-any-session");
        let is_cancelled = match status {
            "cancelled" => true,
            "open" => self.is("ignores-open") && response.status == 201,
            _ => self.is("ignores-status") && !status.is_empty(),
        };
        let is_session =
            self.is("takes-any-object") || session.get("object").is_some_and(|object| object == "gate_session");
        if is_own && is_session && is_one && is_cancelled {
            if self.is("cancels-twice") {
                let _ = self.send();
            }
            return Next::Say("cancelled", Some("cancelled".to_owned()));
        }
        if self.is("no-retry") {
            return say("unknown");
        }
        match self.read().as_deref() {
            Some("cancelled") => say("cancelled"),
            Some("open") => say("error"),
            _ => say("unknown"),
        }
    }

    fn after_conflict(&mut self) -> Next {
        let mistaken = match self.doubt {
            Some(Lost::Reset) => "fails-after-reset",
            Some(Lost::Late) => "fails-after-timeout",
            Some(Lost::Cut) => "fails-after-cut",
            Some(Lost::LateBody) => "fails-after-drip",
            None => "",
        };
        if self.is("retry-library") || (self.doubt.is_some() && self.is("never-reads")) {
            return say("already_terminal");
        }
        let status = self.read();
        if self.doubt.is_some() && self.is("takes-own-conflict-for-success") {
            return say("cancelled");
        }
        match status.as_deref() {
            _ if !mistaken.is_empty() && self.is(mistaken) => say("error"),
            Some("cancelled") if self.doubt.is_some() => Next::Say("cancelled", status),
            Some("completed") if self.is("repeats-409") && self.attempt < 3 => Next::Again(None),
            Some("expired") if self.is("takes-expired-for-404") => say("not_found"),
            Some("cancelled") if self.is("fails-if-cancelled") => say("error"),
            Some("open" | "completed" | "expired" | "cancelled") => Next::Say("already_terminal", status),
            _ if self.is("knows-all-statuses") => say("error"),
            _ => Next::Say("already_terminal", None),
        }
    }

    fn after_throttling(&mut self, response: &Response) -> Next {
        let Some(asked) = response.header("retry-after") else {
            return match self.manner {
                "takes-429-for-success" => say("cancelled"),
                "slow-first-retry" if self.attempt == 1 => Next::Again(Some(PAUSE)),
                "loops-on-429" | "slow-first-retry" => Next::Again(Some(Duration::ZERO)),
                _ => Next::Again(None),
            };
        };
        if let Ok(seconds) = asked.parse::<u64>() {
            if seconds > 3_600 && self.is("waits-for-a-day") {
                loop {
                    thread::park();
                }
            }
            let pause = match seconds {
                ..60 if self.is("shortens-seconds") => Duration::from_millis(100),
                3_600.. if self.is("ignores-huge") => PAUSE,
                _ => Duration::from_secs(seconds) + self.backoff(),
            };
            return Next::Again(Some(pause));
        }
        let date = jiff::fmt::rfc2822::parse(asked).ok().map(|date| date.timestamp());
        match date.map(|date| date.duration_since(Timestamp::now())) {
            Some(_) if self.is("ignores-dates") => Next::Again(None),
            Some(wait) if wait.is_positive() => Next::Again(Some(wait.unsigned_abs() + self.backoff())),
            Some(_) if self.is("waits-for-the-past") => loop {
                thread::park();
            },
            Some(_) => Next::Again(None),
            None if self.is("needs-valid-retry-after") => process::exit(1),
            None => Next::Again(None),
        }
    }
}
