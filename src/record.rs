use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::named::named;
use crate::next_step::NextStep;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::timestamp::Timestamp;

/// What to store about a call, so that support and reconciliation need nothing from the browser.
///
/// It has what the reference tells an integration to keep (*Use it for*): your own reference id, the session's id, the
/// request id, times and the current status; and how far the call came, be it a success or an error. It holds no key, no
/// client secret, no amount and nothing of the customer.
///
/// It serialises with serde; with the feature `schemars` it has a JSON Schema.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionRecord {
    /// Your own id for what the session is about.
    pub reference_id: String,
    /// The session's id.
    pub session_id: SessionId,
    /// When the record was made, by this machine's clock.
    pub recorded_at: Timestamp,
    /// What became of the call.
    pub outcome: RecordedOutcome,
    /// What to do next.
    pub next: NextStep,
    /// How long to wait before that, in milliseconds from `recorded_at`, if the server has asked for it.
    pub retry_after_ms: Option<u64>,
    /// The session's status as the deciding response has it; of a failure, as it was read back. None where no response had one.
    pub status: Option<SessionStatus>,
    /// The HTTP status of the deciding response; of a failure, that of the operation's last attempt.
    pub http_status: Option<u16>,
    /// The request id of the same response; those of the others are in `attempts`.
    pub request_id: Option<String>,
    /// Of a failure: its kind, as in `rate_limited`.
    pub error: Option<ErrorKind>,
    /// Of a failure: the code in the server's envelope.
    pub error_code: Option<String>,
    /// Of a failure: whether the request may have taken effect all the same.
    pub delivery: Option<Delivery>,
    /// Every attempt, with its request id and its times.
    pub attempts: Vec<Attempt>,
}

impl SessionRecord {
    /// The earliest time at which the next step is worth taking, if the server asked for a wait.
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        self.recorded_at.to_system_time()?.checked_add(Duration::from_millis(self.retry_after_ms?))
    }
}

/// What became of a call, in a [`SessionRecord`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordedOutcome {
    /// This call cancelled the session.
    Cancelled,
    /// The session was found cancelled after a response was lost; it cannot be known whose cancellation it was.
    FoundCancelled,
    /// The session was terminal already.
    AlreadyTerminal,
    /// The session was read.
    Retrieved,
    /// The call has no result. `delivery` says whether it may have taken effect: a failure of unknown delivery is not a
    /// failed cancellation.
    Failed,
    /// An outcome that a later version of this crate has written.
    #[serde(other)]
    Other,
}

named! { RecordedOutcome:
    Cancelled = "cancelled",
    FoundCancelled = "found_cancelled",
    AlreadyTerminal = "already_terminal",
    Retrieved = "retrieved",
    Failed = "failed",
    Other = "other",
}

#[cfg(test)]
mod round_trips {
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::AttemptOutcome;
    use crate::named::tests::Named;

    fn any_of<T: Named + Copy + std::fmt::Debug>() -> impl Strategy<Value = T> {
        select(T::ALL)
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,20}", any::<String>()]
    }

    fn status() -> impl Strategy<Value = SessionStatus> {
        let documented = select(vec!["open", "completed", "expired", "cancelled"]).prop_map(str::to_owned);
        prop_oneof![documented, text()].prop_map(|text| SessionStatus::from(text.as_str()))
    }

    fn attempt() -> impl Strategy<Value = Attempt> {
        let numbers = (any::<u32>(), any::<u64>(), option::of(any::<u16>()), option::of(any::<u64>()));
        (numbers, text(), text(), option::of(text()), any_of::<AttemptOutcome>(), any_of::<Delivery>()).prop_map(
            |((number, elapsed_ms, status, retry_in_ms), operation, started_at, request_id, outcome, delivery)| {
                let started_at = Timestamp::from(started_at);
                Attempt {
                    operation,
                    number,
                    started_at,
                    elapsed_ms,
                    outcome,
                    status,
                    request_id,
                    delivery,
                    retry_in_ms,
                }
            },
        )
    }

    fn record() -> impl Strategy<Value = SessionRecord> {
        let id = text().prop_filter_map("no id of a session", |id| SessionId::new(id).ok());
        let what = (any_of::<RecordedOutcome>(), any_of::<NextStep>(), option::of(any::<u64>()), option::of(status()));
        let failure = (option::of(any_of::<ErrorKind>()), option::of(text()), option::of(any_of::<Delivery>()));
        let response = (option::of(any::<u16>()), option::of(text()));
        let attempts = prop::collection::vec(attempt(), 0..4);
        (text(), id, text(), what, failure, response, attempts).prop_map(
            |(reference_id, session_id, recorded_at, what, failure, (http_status, request_id), attempts)| {
                let (outcome, next, retry_after_ms, status) = what;
                let (error, error_code, delivery) = failure;
                SessionRecord {
                    reference_id,
                    session_id,
                    recorded_at: Timestamp::from(recorded_at),
                    outcome,
                    next,
                    retry_after_ms,
                    status,
                    http_status,
                    request_id,
                    error,
                    error_code,
                    delivery,
                    attempts,
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_stored_is_what_is_read(record in record()) {
            let json = serde_json::to_string(&record).unwrap();
            prop_assert_eq!(&serde_json::from_str::<SessionRecord>(&json).unwrap(), &record);
            // Also by way of a value, as some databases keep it.
            let value = serde_json::to_value(&record).unwrap();
            prop_assert_eq!(&serde_json::from_value::<SessionRecord>(value).unwrap(), &record);
            // Whatever the numbers are, this is no panic.
            let _ = record.not_before();
        }
    }
}

#[cfg(all(test, feature = "schemars"))]
mod tests {
    use serde_json::json;

    use super::SessionRecord;

    #[test]
    fn the_schema_names_what_is_stored() {
        let schema = schemars::schema_for!(SessionRecord);
        let schema = schema.as_value();
        let properties: Vec<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [
            "reference_id",
            "session_id",
            "recorded_at",
            "outcome",
            "next",
            "retry_after_ms",
            "status",
            "http_status",
            "request_id",
            "error",
            "error_code",
            "delivery",
            "attempts",
        ];
        expected.sort_unstable();
        let mut found = properties.clone();
        found.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(
            schema["properties"]["recorded_at"],
            json!({
                "description": "When the record was made, by this machine's clock.",
                "type": "string",
                "format": "date-time",
            })
        );
        for definition in
            ["Attempt", "AttemptOutcome", "Delivery", "ErrorKind", "NextStep", "RecordedOutcome", "SessionId"]
        {
            assert!(schema["$defs"].get(definition).is_some(), "{definition}");
        }
    }
}
