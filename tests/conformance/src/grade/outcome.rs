//! The outcome that a client prints: the last line of its standard output.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::shown;

/// The outcome of a call, according to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The session is cancelled.
    Cancelled,
    /// The session was created.
    Created,
    /// The session was already completed, expired or cancelled.
    AlreadyTerminal,
    /// There is no such session under this key.
    NotFound,
    /// The key was refused.
    Unauthorized,
    /// The request was throttled, and the session is as it was.
    RateLimited,
    /// The client cannot tell whether the request took effect.
    Unknown,
    /// The call failed, and the session is as it was.
    Error,
}

impl Outcome {
    /// Every outcome.
    pub(super) const ALL: &'static [Self] = &[
        Self::Cancelled,
        Self::Created,
        Self::AlreadyTerminal,
        Self::NotFound,
        Self::Unauthorized,
        Self::RateLimited,
        Self::Unknown,
        Self::Error,
    ];

    /// The word that a client prints.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Created => "created",
            Self::AlreadyTerminal => "already_terminal",
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate_limited",
            Self::Unknown => "unknown",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The line that a client prints. Other fields are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The outcome, or an unknown word.
    pub(super) outcome: Result<Outcome, String>,
    /// The session's status, according to the client.
    pub(super) status: Option<String>,
    /// The request id for the vendor's support.
    pub(super) request_id: Option<String>,
}

impl Said {
    /// Reads the last line of an output that is not blank.
    pub(super) fn last(output: &str) -> Option<Self> {
        Self::line(output.lines().rfind(|line| !line.trim().is_empty())?)
    }

    /// Whether an output has an outcome that is not its last line: on an earlier line, or on several lines.
    pub(super) fn is_misplaced(output: &str) -> bool {
        if Self::last(output).is_some() {
            return false;
        }
        let mut rest = output;
        while let Some(at) = rest.find('{') {
            rest = rest.get(at..).unwrap_or_default();
            let mut objects = serde_json::Deserializer::from_str(rest).into_iter::<Map<String, Value>>();
            let end = match objects.next() {
                Some(Ok(object)) if object.get("outcome").is_some_and(|it| Outcome::deserialize(it).is_ok()) => {
                    return true;
                }
                Some(Ok(_)) => objects.byte_offset(),
                _ => 1,
            };
            rest = rest.get(end..).unwrap_or_default();
        }
        false
    }

    pub(super) fn line(line: &str) -> Option<Self> {
        // Some runtimes begin their output with a byte order mark.
        let said: Map<String, Value> = serde_json::from_str(line.trim_start_matches('\u{feff}').trim()).ok()?;
        let outcome = said.get("outcome")?;
        let outcome = Outcome::deserialize(outcome).map_err(|_| text(outcome));
        let other = |name: &str| said.get(name).filter(|value| !value.is_null()).map(text);
        Some(Self { outcome, status: other("status"), request_id: other("request_id") })
    }
}

/// A value as text; accepts a number in place of a string.
fn text(value: &Value) -> String {
    shown(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_last_line_with_text_is_the_outcome() {
        for outcome in Outcome::ALL.iter().copied() {
            let line = format!("a log line\n{{\"outcome\": \"{outcome}\", \"status\": null, \"more\": 1}}\n\n");
            assert_eq!(Said::last(&line), Some(Said { outcome: Ok(outcome), status: None, request_id: None }));
        }
        for nothing in ["", "cancelled", "{\"status\": \"done\"}", "[]", "{\"outcome\": \"error\"}\nbye"] {
            assert_eq!(Said::last(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn an_outcome_that_is_not_the_last_line_is_noticed() {
        for misplaced in [
            "{\"outcome\": \"error\"}\nbye",
            "{\n \"outcome\": \"error\",\n \"status\": null\n}\n",
            "a log line {\"a\": {}}\n\u{feff}{\n \"outcome\": \"error\"}",
            "INFO {\"outcome\": \"error\"}",
        ] {
            assert_eq!((Said::last(misplaced), Said::is_misplaced(misplaced)), (None, true), "{misplaced}");
        }
        for fine in [
            "",
            "{",
            "cancelled",
            "{\"outcome\": \"error\"",
            "{\"log\": {\"outcome\": \"error\"}}\nbye",
            "{\"outcome\": \"success\"}\nbye",
            "{\"outcome\": \"error\"}\n{\"outcome\": \"cancelled\"}",
            "\u{feff}{\"outcome\": \"cancelled\"}\r\n",
        ] {
            assert!(!Said::is_misplaced(fine), "{fine}");
        }
        assert!(Said::last("\u{feff}{\"outcome\": \"cancelled\"}\r\n").is_some());
    }

    #[test]
    fn the_time_is_linear_in_the_length_of_an_output() {
        let output = "{\n".repeat(1 << 18) + "{\"a\": \"" + &"a".repeat(1 << 20);
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || done.send(Said::is_misplaced(&output)));
        // If each brace costs a look at the last line, an hour.
        assert_eq!(is_done.recv_timeout(Duration::from_secs(60)), Ok(false));
    }

    #[test]
    fn unknown_outcomes_and_types_are_kept_without_a_key() {
        let said =
            Said::line(r#"{"outcome": "canceled", "status": 201, "request_id": "sk_test_abcdefghijklmnop"}"#).unwrap();
        assert_eq!((said.outcome, said.status.as_deref()), (Err("canceled".to_owned()), Some("201")));
        assert!(!said.request_id.unwrap().contains("abcdefgh"));
    }
}
