use std::time::Duration;

/// Options of a call: its deadline, its attempts, and what to do after a conflict.
///
/// A client has options for all its calls ([`ClientBuilder::options`](crate::ClientBuilder::options)), and a call can
/// use others ([`Client::with_options`](crate::Client::with_options)). Options replace each other as a whole: to change
/// one option of a client, start from [`Client::options`](crate::Client::options).
///
/// ```
/// use std::time::Duration;
/// use zerogate::{CallOptions, Client, SecretKey};
///
/// let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
/// let client = Client::builder(key).options(CallOptions::default().deadline(Duration::from_secs(10))).build()?;
/// // For one call, on the same connections: one attempt, and half the time.
/// let options = client.options();
/// let half = options.get_deadline() / 2;
/// let hurried = client.with_options(options.deadline(half).max_attempts(1));
/// # let _ = hurried;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CallOptions {
    pub(crate) deadline: Duration,
    pub(crate) max_attempts: u32,
    pub(crate) attempt_timeout: Duration,
    pub(crate) backoff: (Duration, Duration),
    pub(crate) retry_not_implemented: bool,
    pub(crate) on_conflict: OnConflict,
    pub(crate) max_body: usize,
}

/// A year: the clock would panic on instants too far in the future.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What to do after a `409` to a cancellation.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OnConflict {
    /// Read the session, so that the outcome has its status, which is authoritative (reference, *Cancel is only
    /// valid from open*).
    #[default]
    ReadBack,
    /// Report the conflict without the session, which saves a request.
    ///
    /// After an attempt of unknown delivery the session is read anyway: nothing else shows whether that attempt
    /// cancelled it.
    Report,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            max_attempts: 4,
            attempt_timeout: Duration::from_secs(10),
            backoff: (Duration::from_millis(250), Duration::from_secs(5)),
            retry_not_implemented: false,
            on_conflict: OnConflict::ReadBack,
            max_body: 1 << 20,
        }
    }
}

impl CallOptions {
    /// The maximum time for a call with all its attempts, pauses and reading back; the default is 30 s, the maximum a
    /// year.
    ///
    /// A cancellation reserves a fifth of it, at most 5 s, to read the session back after attempts of unknown delivery. A
    /// creation reserves as much.
    ///
    /// Keep it longer than the [connect timeout](crate::ClientBuilder::connect_timeout): an attempt that the deadline
    /// ends while the connection is being made counts as [`Unknown`](crate::Delivery::Unknown).
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: deadline.min(LONGEST), ..self }
    }

    /// The maximum number of attempts of a call; the default is 4, the minimum 1. Reading the session back has as many
    /// attempts of its own.
    pub fn max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts: max_attempts.max(1), ..self }
    }

    /// The maximum time for one attempt, from the connection to the last byte of the response; the default is 10 s, the
    /// minimum 1 ms. The deadline also applies.
    ///
    /// Keep it longer than the [connect timeout](crate::ClientBuilder::connect_timeout): an attempt that times out
    /// while the connection is being made counts as [`Unknown`](crate::Delivery::Unknown), because the client cannot
    /// tell how far it got.
    pub fn attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout: attempt_timeout.max(Duration::from_millis(1)), ..self }
    }

    /// The maximum pause after the first attempt, and after any attempt; the defaults are 250 ms and 5 s.
    ///
    /// The maximum doubles with every attempt, and the actual pause is a random part of it: see
    /// [`retry`](crate::retry).
    pub fn backoff(self, first: Duration, longest: Duration) -> Self {
        Self { backoff: (first.min(LONGEST), longest.min(LONGEST)), ..self }
    }

    /// Whether to retry a `501` like any other 5xx; the default is no.
    ///
    /// The reference calls all 5xx transient (*Errors, 5xx*); the vendor's public documentation describes 501 as *not
    /// enabled*, which a retry does not change.
    pub fn retry_not_implemented(self, retry_not_implemented: bool) -> Self {
        Self { retry_not_implemented, ..self }
    }

    /// What to do after a `409` to a cancellation; the default is to read the session.
    pub fn on_conflict(self, on_conflict: OnConflict) -> Self {
        Self { on_conflict, ..self }
    }

    /// The maximum number of bytes read from a response body; the default is 1 MiB.
    ///
    /// Documented responses are far smaller, but metadata has no documented limit: 100 sessions on a page may need more
    /// room. The limit is for a server that never stops sending.
    pub fn max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// The [deadline](Self::deadline).
    #[must_use]
    pub fn get_deadline(&self) -> Duration {
        self.deadline
    }

    /// The [maximum number of attempts](Self::max_attempts).
    #[must_use]
    pub fn get_max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The [maximum time for one attempt](Self::attempt_timeout).
    #[must_use]
    pub fn get_attempt_timeout(&self) -> Duration {
        self.attempt_timeout
    }

    /// The [maximum pauses](Self::backoff) after the first attempt and after any attempt.
    #[must_use]
    pub fn get_backoff(&self) -> (Duration, Duration) {
        self.backoff
    }

    /// Whether a `501` is [retried](Self::retry_not_implemented).
    #[must_use]
    pub fn get_retry_not_implemented(&self) -> bool {
        self.retry_not_implemented
    }

    /// What to do [after a conflict](Self::on_conflict).
    #[must_use]
    pub fn get_on_conflict(&self) -> OnConflict {
        self.on_conflict
    }

    /// The [maximum size of a body](Self::max_body).
    #[must_use]
    pub fn get_max_body(&self) -> usize {
        self.max_body
    }

    /// The part of the deadline reserved for reading back.
    pub(crate) fn reserve(&self) -> Duration {
        (self.deadline / 5).min(Duration::from_secs(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_deadline_but_at_most_five_seconds_is_for_reading_back() {
        for (deadline, reserve) in [(0, 0), (10_000, 2000), (25_000, 5000), (30_000, 5000), (300_000, 5000)] {
            let options = CallOptions::default().deadline(Duration::from_millis(deadline));
            assert_eq!(options.reserve(), Duration::from_millis(reserve), "{deadline}");
        }
    }
}
