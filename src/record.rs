use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::idempotency_key::IdempotencyKey;
use crate::named::named;
use crate::next_step::NextStep;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::timestamp::Timestamp;

/// A record of a call about a session, to store for support and reconciliation.
///
/// It has the data that the reference tells integrations to keep (*Use it for*): your own reference id, the session's
/// id, the request id, times and the current status. It also has the outcome of the call, for successes and errors. It
/// contains no key, no client secret, no amount and no customer data.
///
/// It serialises with serde; the feature `schemars` adds a JSON Schema.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionRecord {
    /// Your own id, such as that of the order.
    pub reference_id: String,
    /// The session's id.
    pub session_id: SessionId,
    /// The time of the record, by this machine's clock.
    pub recorded_at: Timestamp,
    /// The outcome of the call.
    pub outcome: RecordedOutcome,
    /// What to do next with the session: `retry` is to cancel it, `read_session` to read it, whichever call this record
    /// is about.
    pub next: NextStep,
    /// The wait before that, in milliseconds from `recorded_at`, if the server asked for one; 0 if it sent
    /// `Retry-After: 0`, or a date that has passed.
    pub retry_after_ms: Option<u64>,
    /// The session's status in the deciding response; for a failure, the status read back. `None` if no response had
    /// one.
    pub status: Option<SessionStatus>,
    /// The HTTP status of the deciding response; for a failure, that of the operation's last attempt.
    pub http_status: Option<u16>,
    /// The request id of the same response; `attempts` has those of the others.
    pub request_id: Option<String>,
    /// For a failure: its kind, such as `rate_limited`.
    pub error: Option<ErrorKind>,
    /// For a failure: the code in the server's envelope.
    pub error_code: Option<String>,
    /// For a failure: whether the request may have taken effect. It is also `unknown` if an earlier request may have
    /// cancelled the session, and no terminal status is known.
    pub delivery: Option<Delivery>,
    /// Every attempt, with its request id and its times.
    pub attempts: Vec<Attempt>,
}

impl SessionRecord {
    /// Creates a record of a call that is about to start, to store before the call.
    ///
    /// If no later record follows, for example after a crash, the call may have taken effect: its `delivery` is
    /// `unknown`, and calling again is safe.
    ///
    /// ```
    /// use zerogate::{Delivery, RecordedOutcome, SessionId, SessionRecord};
    ///
    /// let record = SessionRecord::under_way("order_abc123", &SessionId::new("67a1f3b9e4b0c10001234567")?);
    /// assert_eq!((record.outcome, record.delivery), (RecordedOutcome::UnderWay, Some(Delivery::Unknown)));
    /// # Ok::<(), zerogate::InvalidSessionId>(())
    /// ```
    pub fn under_way(reference_id: impl Into<String>, session_id: &SessionId) -> Self {
        Self {
            reference_id: reference_id.into(),
            session_id: session_id.clone(),
            recorded_at: Timestamp::from(SystemTime::now()),
            outcome: RecordedOutcome::UnderWay,
            next: NextStep::Retry,
            retry_after_ms: None,
            status: None,
            http_status: None,
            request_id: None,
            error: None,
            error_code: None,
            delivery: Some(Delivery::Unknown),
            attempts: Vec::new(),
        }
    }

    /// Keeps what the previous record of the same session says: that it is terminal, or that an earlier request may have
    /// cancelled it.
    ///
    /// A call that fails early, for example with a 401, says nothing about an earlier call whose response was lost.
    /// Without this, its record would say that nothing has happened. `previous` is the last record from before this
    /// call, not the [`under_way`](Self::under_way) of this call.
    ///
    /// A terminal status does not change any more, so a later call keeps the outcome and the status of `previous`, and
    /// adds its attempts. After a conflict whose session was not read, a later failure leaves the outcome
    /// `already_terminal`.
    ///
    /// If the delivery of `previous` is `unknown`, a session that was cancelled already is `found_cancelled`. The
    /// delivery stays `unknown` until the session is terminal or was not found twice: after the first 404, read the
    /// session.
    ///
    /// ```
    /// # fn run(lost: zerogate::SessionRecord, unauthorized: zerogate::SessionRecord) {
    /// let record = unauthorized.following(&lost);
    /// assert_eq!(record.delivery, Some(zerogate::Delivery::Unknown));
    /// # }
    /// ```
    #[must_use]
    pub fn following(mut self, previous: &Self) -> Self {
        if self.session_id != previous.session_id {
            return self;
        }
        let is_terminal = |record: &Self| record.status.as_ref().is_some_and(SessionStatus::is_terminal);
        if is_terminal(previous) && (!is_terminal(&self) || self.status == previous.status) {
            return self.added_to(previous, previous.next);
        }
        if previous.outcome == RecordedOutcome::AlreadyTerminal && self.status.is_none() && self.error.is_some() {
            let next = if self.next == NextStep::Retry { NextStep::ReadSession } else { self.next };
            return self.added_to(previous, next);
        }
        if previous.delivery != Some(Delivery::Unknown) {
            return self;
        }
        let is_not_found = |attempt: &&Attempt| attempt.status == Some(404);
        let is_second_404 = self.attempts.iter().filter(is_not_found).count() >= 2
            || (previous.error == Some(ErrorKind::NotFound) && previous.next == NextStep::ReadSession);
        if self.status == Some(SessionStatus::Cancelled) && self.outcome != RecordedOutcome::Cancelled {
            self.outcome = RecordedOutcome::FoundCancelled;
        }
        let is_settled = is_terminal(&self) || (self.next == NextStep::GiveUp && is_second_404);
        if !is_settled {
            self.delivery = Some(Delivery::Unknown);
            if self.next == NextStep::GiveUp {
                self.next = NextStep::ReadSession;
            }
        }
        self
    }

    /// Returns the previous record with the attempts of this one.
    fn added_to(self, previous: &Self, next: NextStep) -> Self {
        let Self { recorded_at, retry_after_ms, .. } = self;
        let attempts = previous.attempts.iter().cloned().chain(self.attempts).collect();
        Self { recorded_at, next, retry_after_ms, attempts, ..previous.clone() }
    }

    /// The earliest time for the next step, if the server asked for a wait.
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        not_before(&self.recorded_at, self.retry_after_ms)
    }
}

/// A record of a creation: like a [`SessionRecord`], with the idempotency key, and with the session's id once it is
/// known.
///
/// Where `next` is `retry`, make the call again with the same key and the same body; if `recorded_at` is more than a
/// few hours ago, list the sessions first, because how long the server remembers a key is not documented. It holds no
/// client secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreationRecord {
    /// Your own id, such as that of the order.
    pub reference_id: String,
    /// The key of the creation, the same for all of its attempts.
    pub idempotency_key: IdempotencyKey,
    /// The session's id, if a response has named it, even if the rest of that response could not be read.
    pub session_id: Option<SessionId>,
    /// The time of the record, by this machine's clock.
    pub recorded_at: Timestamp,
    /// The outcome of the call.
    pub outcome: RecordedOutcome,
    /// What to do next.
    pub next: NextStep,
    /// The wait before that, in milliseconds from `recorded_at`, if the server asked for one; 0 if it sent
    /// `Retry-After: 0`, or a date that has passed.
    pub retry_after_ms: Option<u64>,
    /// The session's status in the response.
    pub status: Option<SessionStatus>,
    /// The HTTP status of the last attempt.
    pub http_status: Option<u16>,
    /// The request id of the same response; `attempts` has those of the others.
    pub request_id: Option<String>,
    /// For a failure: its kind, such as `rate_limited`.
    pub error: Option<ErrorKind>,
    /// For a failure: the code in the server's envelope.
    pub error_code: Option<String>,
    /// For a failure: whether a session may have been created.
    pub delivery: Option<Delivery>,
    /// Every attempt, with its request id and its times.
    pub attempts: Vec<Attempt>,
}

impl CreationRecord {
    /// The earliest time for the next step, if the server asked for a wait.
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        not_before(&self.recorded_at, self.retry_after_ms)
    }
}

fn not_before(recorded_at: &Timestamp, retry_after_ms: Option<u64>) -> Option<SystemTime> {
    recorded_at.to_system_time()?.checked_add(Duration::from_millis(retry_after_ms?))
}

/// The outcome of a call, in a [`SessionRecord`] or a [`CreationRecord`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordedOutcome {
    /// This call cancelled the session.
    Cancelled,
    /// The session is cancelled, but the response to the cancellation was lost or not credible: the client cannot tell
    /// who cancelled it.
    FoundCancelled,
    /// The session was already terminal.
    AlreadyTerminal,
    /// The session was read.
    Retrieved,
    /// The session was created, by this call or an earlier one with the same key.
    Created,
    /// The call has started, and has no result yet. If no later record follows, it may have taken effect.
    UnderWay,
    /// The call has no result. `delivery` says whether it may have taken effect: a failure of unknown delivery is not a
    /// failed cancellation.
    Failed,
    /// An outcome written by a later version of this crate.
    #[serde(other)]
    Other,
}

named! { RecordedOutcome:
    Cancelled = "cancelled",
    FoundCancelled = "found_cancelled",
    AlreadyTerminal = "already_terminal",
    Retrieved = "retrieved",
    Created = "created",
    UnderWay = "under_way",
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
        fn a_stored_record_reads_back_equal(record in record()) {
            let json = serde_json::to_string(&record).unwrap();
            prop_assert_eq!(&serde_json::from_str::<SessionRecord>(&json).unwrap(), &record);
            // Also through a JSON value, as some databases store it.
            let value = serde_json::to_value(&record).unwrap();
            prop_assert_eq!(&serde_json::from_value::<SessionRecord>(value).unwrap(), &record);
            // Must not panic for any number.
            let _ = record.not_before();
        }

        #[test]
        fn a_stored_record_of_a_creation_reads_back_equal(record in record(), has_id in any::<bool>()) {
            let of = record;
            let record = CreationRecord {
                reference_id: of.reference_id,
                idempotency_key: IdempotencyKey::random(),
                session_id: has_id.then_some(of.session_id),
                recorded_at: of.recorded_at,
                outcome: of.outcome,
                next: of.next,
                retry_after_ms: of.retry_after_ms,
                status: of.status,
                http_status: of.http_status,
                request_id: of.request_id,
                error: of.error,
                error_code: of.error_code,
                delivery: of.delivery,
                attempts: of.attempts,
            };
            let json = serde_json::to_string(&record).unwrap();
            prop_assert_eq!(&serde_json::from_str::<CreationRecord>(&json).unwrap(), &record);
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
                "description": "The time of the record, by this machine's clock.",
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
