use std::time::{Duration, SystemTime};

use crate::client::cancel::Cancellation;
use crate::client::error::Error;
use crate::client::response::Response;
use crate::client::session::Session;
use crate::next_step::NextStep;
use crate::record::{RecordedOutcome, SessionRecord};
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::timestamp::Timestamp;

impl SessionRecord {
    /// A record of a call about a session, made of its result as it is: a success or an error.
    ///
    /// `T` is what [`cancel_session`](crate::Client::cancel_session) or
    /// [`retrieve_session`](crate::Client::retrieve_session) gives.
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
        let (reference_id, session_id) = (reference_id.into(), session_id.clone());
        let recorded_at = Timestamp::from(SystemTime::now());
        let millis = |wait: Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok(response) => Self {
                reference_id,
                session_id,
                recorded_at,
                outcome: response.value().outcome(),
                next: response.value().next_step(),
                retry_after_ms: response.value().retry_after().map(millis),
                status: response.value().status(),
                http_status: Some(response.status()),
                request_id: response.request_id().map(str::to_owned),
                error: None,
                error_code: None,
                delivery: None,
                attempts: response.attempts().to_vec(),
            },
            Err(error) => Self {
                reference_id,
                session_id,
                recorded_at,
                outcome: RecordedOutcome::Failed,
                next: error.next_step(),
                retry_after_ms: error.retry_after().map(millis),
                status: error.session_status().cloned(),
                http_status: error.status(),
                request_id: error.request_id().map(str::to_owned),
                error: Some(error.kind()),
                error_code: error.code().map(str::to_owned),
                delivery: Some(error.delivery()),
                attempts: error.attempts().to_vec(),
            },
        }
    }
}

/// A result that a [`SessionRecord`] can be made of. Not for implementing.
pub trait Recorded: sealed::Sealed {
    /// What became of the call.
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

impl Recorded for Session {
    fn outcome(&self) -> RecordedOutcome {
        RecordedOutcome::Retrieved
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

mod sealed {
    pub trait Sealed {}

    impl Sealed for crate::client::cancel::Cancellation {}
    impl Sealed for crate::client::session::Session {}
}
