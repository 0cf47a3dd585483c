use std::time::Duration;

/// How a call is made: its deadline, its attempts, and what follows a conflict.
///
/// A client has options for all of its calls ([`ClientBuilder::options`](crate::ClientBuilder::options)), and a call can have
/// others ([`Client::with_options`](crate::Client::with_options)). Options replace each other as a whole: to change one of a
/// client's, start from [`Client::options`](crate::Client::options).
///
/// ```
/// use std::time::Duration;
/// use zerogate::{CallOptions, Client, SecretKey};
///
/// let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
/// let client = Client::builder(key).options(CallOptions::default().deadline(Duration::from_secs(10))).build()?;
/// // For one call, on the same connections: one attempt, and not a second longer than eight.
/// let hurried = client.with_options(client.options().deadline(Duration::from_secs(8)).max_attempts(1));
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

/// A year: a point in time beyond what the clock can count to would be a panic.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What follows a `409` to a cancellation.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OnConflict {
    /// The session is read once, so that the outcome says which terminal state it is in: that status is authoritative
    /// (reference, *Cancel is only valid from open*).
    #[default]
    ReadBack,
    /// The conflict is reported as it is, without the session: one request less.
    ///
    /// This is about a conflict that stands for itself. After an attempt of unknown delivery the session is read all the
    /// same, because nothing else tells whether that attempt has cancelled it.
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
    /// How long a call may take, with all its attempts, pauses and reading back; 30 s unless set, a year at most.
    ///
    /// Of a cancellation's deadline a fifth, 5 s at most, is kept for reading the session back after attempts of unknown
    /// delivery.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: deadline.min(LONGEST), ..self }
    }

    /// How many attempts a call may make; 4 unless set, and never less than 1. Reading back is not counted.
    pub fn max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts: max_attempts.max(1), ..self }
    }

    /// How long one attempt may take, from the connection to the last byte of the response; 10 s unless set, 1 ms at least, and
    /// never beyond the deadline.
    ///
    /// Let it be longer than [the time for a connection](crate::ClientBuilder::connect_timeout): an attempt that ends while
    /// the connection is being made counts as [`Unknown`](crate::Delivery::Unknown), since nothing shows how far it was.
    pub fn attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout: attempt_timeout.max(Duration::from_millis(1)), ..self }
    }

    /// The longest pause after the first attempt, and after any; 250 ms and 5 s unless set.
    ///
    /// Between them it doubles with every attempt, and a random part of it is waited: see [`retry`](crate::retry).
    pub fn backoff(self, first: Duration, longest: Duration) -> Self {
        Self { backoff: (first.min(LONGEST), longest.min(LONGEST)), ..self }
    }

    /// Whether a `501` is retried like any other 5xx; not unless set.
    ///
    /// The reference has all 5xx as transient (*Errors, 5xx*); the vendor's public documentation has 501 as *not enabled*,
    /// which no repetition changes.
    pub fn retry_not_implemented(self, retry_not_implemented: bool) -> Self {
        Self { retry_not_implemented, ..self }
    }

    /// What follows a `409` to a cancellation; the session is read unless set.
    pub fn on_conflict(self, on_conflict: OnConflict) -> Self {
        Self { on_conflict, ..self }
    }

    /// How many bytes of a response's body are read at most; 1 MiB unless set.
    ///
    /// No documented response comes near it; it is there for a server that never ends.
    pub fn max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// The part of the deadline that is kept for reading back.
    pub(crate) fn reserve(&self) -> Duration {
        (self.deadline / 5).min(Duration::from_secs(5))
    }
}
