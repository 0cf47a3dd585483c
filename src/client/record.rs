use std::time::{Duration, SystemTime};

use crate::attempt::Attempt;
use crate::client::cancel::Cancellation;
use crate::client::create::{CreateSession, CreatedSession};
use crate::client::error::Error;
use crate::client::response::Response;
use crate::client::session::Session;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::next_step::NextStep;
use crate::record::{CreationRecord, RecordedOutcome, SessionRecord};
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::timestamp::Timestamp;

impl SessionRecord {
    /// Creates a record from the result of a call about a session, whether success or error.
    ///
    /// `T` is the value of [`cancel_session`](crate::Client::cancel_session) or
    /// [`retrieve_session`](crate::Client::retrieve_session). After an earlier call, add what its record says with
    /// [`following`](Self::following).
    ///
    /// For a session that was read, [`next`](Self::next) is `Done` if its status is terminal, `Retry` if it is open, as
    /// it can be cancelled, and `ReadSession` for any other status, or if the read failed and may succeed later.
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use zerogate::{SessionId, SessionRecord};
    ///
    /// let id = SessionId::new("67a1f3b9e4b0c10001234567")?;
    /// let result = client.cancel_session(&id).await;
    /// let record = SessionRecord::new("order_abc123", &id, &result);
    /// println!("{}", serde_json::to_string(&record)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new<T: Recorded>(
        reference_id: impl Into<String>,
        session_id: &SessionId,
        result: &Result<Response<T>, Error>,
    ) -> Self {
        let facts = Facts::of(result);
        Self {
            reference_id: reference_id.into(),
            session_id: session_id.clone(),
            recorded_at: Timestamp::from(SystemTime::now()),
            outcome: facts.outcome,
            next: facts.next,
            retry_after_ms: facts.retry_after.map(millis),
            status: facts.status,
            http_status: facts.http_status,
            request_id: facts.request_id,
            error: facts.error,
            error_code: facts.error_code,
            delivery: facts.delivery,
            attempts: facts.attempts,
        }
    }
}

impl CreationRecord {
    /// Creates a record from the result of a creation, whether success or error.
    ///
    /// ```no_run
    /// # #[cfg(known_surface)]
    /// # async fn run(client: zerogate::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use zerogate::{CreateSession, CreationRecord};
    ///
    /// let creation = CreateSession::new("100.00", "EUR", "https://partner.example/checkout/done");
    /// let result = client.create_session(&creation).await;
    /// let record = CreationRecord::new("order_abc123", &creation, &result);
    /// println!("{}", serde_json::to_string(&record)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(
        reference_id: impl Into<String>,
        creation: &CreateSession,
        result: &Result<Response<CreatedSession>, Error>,
    ) -> Self {
        let session_id = match result {
            Ok(response) => Some(response.value().id().clone()),
            Err(error) => error.created_session_id(),
        };
        Self::of(reference_id.into(), creation, session_id, Facts::of(result))
    }

    /// Creates a record of a creation that is about to start, to store with the [`CreateSession`] before the call.
    ///
    /// If no later record follows, as after a crash, the session may exist. Make the same creation again: it returns
    /// that session, as long as the server remembers the key, which is not documented. After more than a few hours,
    /// list the sessions first.
    ///
    /// ```
    /// use zerogate::{CreateSession, CreationRecord};
    ///
    /// let creation = CreateSession::new("100.00", "EUR", "https://partner.example/checkout/done");
    /// let record = CreationRecord::under_way("order_abc123", &creation);
    /// assert_eq!(record.idempotency_key, *creation.key());
    /// ```
    pub fn under_way(reference_id: impl Into<String>, creation: &CreateSession) -> Self {
        let facts = Facts {
            outcome: RecordedOutcome::UnderWay,
            next: NextStep::Retry,
            retry_after: None,
            status: None,
            http_status: None,
            request_id: None,
            error: None,
            error_code: None,
            delivery: Some(Delivery::Unknown),
            attempts: Vec::new(),
        };
        Self::of(reference_id.into(), creation, None, facts)
    }

    /// Keeps what the previous record of the same creation says of a session that may exist.
    ///
    /// A call that fails early, for example with a 401, says nothing about an earlier call whose response was lost.
    /// Without this, its record would say that no session was created.
    ///
    /// ```
    /// # fn run(first: zerogate::CreationRecord, second: zerogate::CreationRecord) {
    /// let record = second.following(&first);
    /// # }
    /// ```
    #[must_use]
    pub fn following(mut self, previous: &Self) -> Self {
        if self.outcome == RecordedOutcome::Failed && self.idempotency_key == previous.idempotency_key {
            if previous.delivery == Some(Delivery::Unknown) {
                self.delivery = Some(Delivery::Unknown);
            }
            self.session_id = self.session_id.or_else(|| previous.session_id.clone());
        }
        self
    }

    fn of(reference_id: String, creation: &CreateSession, session_id: Option<SessionId>, facts: Facts) -> Self {
        Self {
            reference_id,
            idempotency_key: creation.key().clone(),
            session_id,
            recorded_at: Timestamp::from(SystemTime::now()),
            outcome: facts.outcome,
            next: facts.next,
            retry_after_ms: facts.retry_after.map(millis),
            status: facts.status,
            http_status: facts.http_status,
            request_id: facts.request_id,
            error: facts.error,
            error_code: facts.error_code,
            delivery: facts.delivery,
            attempts: facts.attempts,
        }
    }
}

/// What a result says, whatever it is about.
struct Facts {
    outcome: RecordedOutcome,
    next: NextStep,
    retry_after: Option<Duration>,
    status: Option<SessionStatus>,
    http_status: Option<u16>,
    request_id: Option<String>,
    error: Option<ErrorKind>,
    error_code: Option<String>,
    delivery: Option<Delivery>,
    attempts: Vec<Attempt>,
}

impl Facts {
    fn of<T: Recorded>(result: &Result<Response<T>, Error>) -> Self {
        match result {
            Ok(response) => Self {
                outcome: response.value().outcome(),
                next: response.value().next_step(),
                retry_after: response.value().retry_after(),
                status: response.value().status(),
                http_status: Some(response.status()),
                request_id: response.request_id().map(str::to_owned),
                error: None,
                error_code: None,
                delivery: None,
                attempts: response.attempts().to_vec(),
            },
            Err(error) => Self {
                outcome: RecordedOutcome::Failed,
                next: match error.next_step() {
                    // In a record, `Retry` is to cancel the session.
                    NextStep::Retry if error.is_read() => NextStep::ReadSession,
                    next => next,
                },
                retry_after: error.retry_after(),
                status: error.session_status().cloned(),
                http_status: error.status(),
                request_id: error.request_id().map(str::to_owned),
                error: Some(error.kind()),
                error_code: error.code().map(str::to_owned),
                // A read has no effect, so it leaves no doubt.
                delivery: Some(error.delivery()).filter(|it| *it != Delivery::Unknown || !error.is_read()),
                attempts: error.attempts().to_vec(),
            },
        }
    }
}

/// Whole milliseconds, rounded up: a wait must not end too early.
pub(crate) fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// A result that a record can be made from. Not meant to be implemented by callers.
pub trait Recorded: sealed::Sealed {
    /// The outcome of the call.
    #[doc(hidden)]
    fn outcome(&self) -> RecordedOutcome;
    /// What to do next.
    #[doc(hidden)]
    fn next_step(&self) -> NextStep;
    /// The wait that the server has asked for before that.
    #[doc(hidden)]
    fn retry_after(&self) -> Option<Duration>;
    /// The session's status.
    #[doc(hidden)]
    fn status(&self) -> Option<SessionStatus>;
}

impl Recorded for Cancellation {
    fn outcome(&self) -> RecordedOutcome {
        self.outcome()
    }

    fn next_step(&self) -> NextStep {
        self.next_step()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after()
    }

    fn status(&self) -> Option<SessionStatus> {
        self.session().map(|session| session.status().clone())
    }
}

impl Recorded for CreatedSession {
    fn outcome(&self) -> RecordedOutcome {
        RecordedOutcome::Created
    }

    fn next_step(&self) -> NextStep {
        NextStep::Done
    }

    fn retry_after(&self) -> Option<Duration> {
        None
    }

    fn status(&self) -> Option<SessionStatus> {
        Some(self.status().clone())
    }
}

impl Recorded for Session {
    fn outcome(&self) -> RecordedOutcome {
        RecordedOutcome::Retrieved
    }

    fn next_step(&self) -> NextStep {
        match self.status() {
            status if status.is_terminal() => NextStep::Done,
            SessionStatus::Open => NextStep::Retry,
            _ => NextStep::ReadSession,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        None
    }

    fn status(&self) -> Option<SessionStatus> {
        Some(self.status().clone())
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for crate::client::cancel::Cancellation {}
    impl Sealed for crate::client::create::CreatedSession {}
    impl Sealed for crate::client::session::Session {}
}
