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

/// A caller's own source of trace headers.
pub(crate) type TraceContext = Arc<dyn Fn(&mut HeaderMap) + Send + Sync>;

/// What the crate calls itself.
pub(crate) const AGENT: &str = concat!("zerogate/", env!("CARGO_PKG_VERSION"));

/// A caller's own observer of attempts.
pub(crate) type Observer = Arc<dyn Fn(&Attempt) + Send + Sync>;

/// What all calls of a client share.
pub(crate) struct Shared {
    pub(crate) base: BaseUrl,
    pub(crate) key: SecretKey,
    pub(crate) redactor: Redactor,
    pub(crate) authorization: HeaderValue,
    pub(crate) agent: HeaderValue,
    pub(crate) observer: Option<Observer>,
    /// Gives the headers of the trace that a call belongs to.
    pub(crate) trace_context: Option<TraceContext>,
    /// The time that the transport gives an attempt by itself.
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

/// One call: what it needs, and what it has seen so far.
///
/// Each call has its own, so that nothing of one call shows in another that runs at the same time.
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

    /// When the call has to be over.
    pub(crate) fn until(&self) -> Instant {
        self.0.until
    }

    /// What the call has seen until now.
    pub(crate) fn log(&self) -> MutexGuard<'_, CallLog> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes this the call of `operation`; false if it is the call of one already.
    pub(crate) fn claim(&self, operation: &'static Operation) -> bool {
        let mut log = self.log();
        let is_free = log.operation.is_none();
        if is_free {
            log.operation = Some(operation);
        }
        is_free
    }
}

// Generated builders derive `Debug` and print what they hold; neither key nor response may show there.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("base", &self.shared().base).finish_non_exhaustive()
    }
}
