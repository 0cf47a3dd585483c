use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use tokio::time::Instant;
use tracing::Span;

use crate::attempt::Attempt;
use crate::client::base_url::BaseUrl;
use crate::client::call_log::CallLog;
use crate::client::operation::Operation;
use crate::client::options::CallOptions;
use crate::client::redact::Redactor;
use crate::client::secret_key::SecretKey;

/// The caller's source of trace headers.
pub(crate) type TraceContext = Arc<dyn Fn(&mut HeaderMap) + Send + Sync>;

/// The crate's part of the `User-Agent`.
pub(crate) const AGENT: &str = concat!("zerogate/", env!("CARGO_PKG_VERSION"));

/// The caller's observer of attempts.
pub(crate) type Observer = Arc<dyn Fn(&Attempt) + Send + Sync>;

/// The state that all calls of a client share.
pub(crate) struct Shared {
    pub(crate) base: BaseUrl,
    pub(crate) key: SecretKey,
    pub(crate) redactor: Redactor,
    pub(crate) authorization: HeaderValue,
    pub(crate) agent: HeaderValue,
    pub(crate) observer: Option<Observer>,
    /// Adds the headers of the call's trace.
    pub(crate) trace_context: Option<TraceContext>,
    /// The timeout that the transport applies to each attempt by itself.
    pub(crate) transport_timeout: Option<Duration>,
}

impl Shared {
    pub(crate) fn new(base: BaseUrl, key: SecretKey) -> Self {
        Self {
            redactor: Redactor::new(&key),
            authorization: key.authorization(),
            agent: HeaderValue::from_static(AGENT),
            base,
            key,
            observer: None,
            trace_context: None,
            transport_timeout: None,
        }
    }
}

/// The state of one call.
///
/// Each call has its own, so that concurrent calls do not mix.
#[derive(Clone)]
pub struct Call(Arc<State>);

struct State {
    shared: Arc<Shared>,
    options: CallOptions,
    until: Instant,
    span: Span,
    log: Mutex<CallLog>,
}

impl Call {
    pub(crate) fn new(shared: Arc<Shared>, options: CallOptions, until: Instant, span: Span) -> Self {
        Self(Arc::new(State { shared, options, until, span, log: Mutex::default() }))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub(crate) fn options(&self) -> &CallOptions {
        &self.0.options
    }

    pub(crate) fn span(&self) -> &Span {
        &self.0.span
    }

    /// The deadline.
    pub(crate) fn until(&self) -> Instant {
        self.0.until
    }

    /// The log so far.
    pub(crate) fn log(&self) -> MutexGuard<'_, CallLog> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the log, and leaves the operation.
    pub(crate) fn take_log(&self) -> CallLog {
        let mut log = self.log();
        let operation = log.operation;
        std::mem::replace(&mut *log, CallLog { operation, ..CallLog::default() })
    }

    /// Claims the call for `operation`; returns false if it is already claimed.
    pub(crate) fn claim(&self, operation: &'static Operation) -> bool {
        let mut log = self.log();
        let is_free = log.operation.is_none();
        if is_free {
            log.operation = Some(operation);
        }
        is_free
    }
}

// Generated builders derive `Debug` and print this value, which must show neither the key nor a response.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("base", &self.shared().base).finish_non_exhaustive()
    }
}
