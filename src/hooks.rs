//! Progenitor's hooks: what leaves is exactly what the contract documents, and what comes back is not lost.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderValue, USER_AGENT};
use reqwest::{Method, Request, Response};
use tokio::time::Instant;
use tracing::Span;

use crate::answer::Answer;
use crate::attempt::{Attempt, AttemptOutcome};
use crate::base_url::BaseUrl;
use crate::delivery::Delivery;
use crate::generated::api;
use crate::observe;
use crate::operation::Operation;
use crate::options::CallOptions;
use crate::retry::Repeatable;
use crate::secret_key::SecretKey;
use crate::send;

const AGENT: &str = concat!("zerogate/", env!("CARGO_PKG_VERSION"));

/// A caller's own observer of attempts.
pub(crate) type Observer = Arc<dyn Fn(&Attempt) + Send + Sync>;

/// What all calls of a client share.
pub(crate) struct Shared {
    pub(crate) base: BaseUrl,
    pub(crate) key: SecretKey,
    pub(crate) authorization: HeaderValue,
    pub(crate) observer: Option<Observer>,
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
    seen: Mutex<Seen>,
}

/// What a call has seen.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// The operation, once its request was found fit to be sent.
    pub(crate) operation: Option<&'static Operation>,
    /// The last attempt's answer, once its head was there.
    pub(crate) answer: Option<Answer>,
    /// Every attempt that has ended.
    pub(crate) attempts: Vec<Attempt>,
    /// Why there was no further attempt, where the table asks for one.
    pub(crate) given_up: Option<String>,
}

impl Seen {
    /// What the last attempt came to.
    pub(crate) fn outcome(&self) -> Option<AttemptOutcome> {
        self.attempts.last().map(|attempt| attempt.outcome)
    }

    /// Whether any of the attempts may have taken effect.
    pub(crate) fn delivery(&self) -> Delivery {
        let Some(last) = self.attempts.last() else {
            return Delivery::NotSent;
        };
        let is_settled = self
            .operation
            .and_then(|operation| Repeatable::of(operation.id, operation.method))
            .is_some_and(|row| row.is_settled_by(last.status, last.delivery));
        let any = |delivery| self.attempts.iter().any(|attempt| attempt.delivery == delivery);
        if any(Delivery::Unknown) && !is_settled {
            Delivery::Unknown
        } else if any(Delivery::Unknown) || any(Delivery::Answered) {
            Delivery::Answered
        } else {
            Delivery::NotSent
        }
    }
}

impl Call {
    pub(crate) fn new(shared: Arc<Shared>, options: CallOptions, until: Instant, span: Span) -> Self {
        Self(Arc::new(State { shared, options, until, span, seen: Mutex::default() }))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub(crate) fn options(&self) -> &CallOptions {
        &self.0.options
    }

    /// When the call has to be over.
    pub(crate) fn until(&self) -> Instant {
        self.0.until
    }

    /// What the call has seen until now.
    pub(crate) fn seen(&self) -> Seen {
        self.seen_mut().clone()
    }

    pub(crate) fn seen_mut(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes this the call of `operation`; false if it is the call of one already.
    fn claim(&self, operation: &'static Operation) -> bool {
        let mut seen = self.seen_mut();
        let is_free = seen.operation.is_none();
        if is_free {
            seen.operation = Some(operation);
        }
        is_free
    }
}

// Generated builders derive `Debug` and print what they hold; neither key nor answer may show there.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("base", &self.shared().base).finish_non_exhaustive()
    }
}

impl ClientHooks<Call> for api::Client {
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        let call = self.inner();
        let operation = Operation::named(info.operation_id)
            .ok_or_else(|| Error::Custom(format!("the contract has no operation {}", info.operation_id)))?;
        if *request.method() != operation.method || !operation.is_addressed_by(request.url(), call.shared().base.url())
        {
            return Err(Error::InvalidRequest("a parameter would make the request address something else".to_owned()));
        }
        if call.until() <= Instant::now() {
            return Err(Error::Custom("the deadline has passed already".to_owned()));
        }
        if !call.claim(operation) {
            // What was seen of the first would be taken for an answer to the second.
            return Err(Error::Custom("a call is for one operation, and this was its second".to_owned()));
        }
        observe::operation(&call.0.span, operation);
        dress(request, operation, call.shared());
        Ok(())
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        match Operation::named(info.operation_id) {
            Some(operation) => send::send(self.inner(), operation, self.client(), request).await,
            // `pre` lets no such request through.
            None => self.client().execute(request).await,
        }
    }
}

/// Gives a request exactly the headers that the contract documents, and those that HTTP asks for.
fn dress(request: &mut Request, operation: &Operation, shared: &Shared) {
    let body = request.body().is_some();
    let takes_body = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    let headers = request.headers_mut();
    // progenitor's own, and not in the contract.
    headers.remove("api-version");
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    if takes_body && !body {
        // RFC 9110, 8.6: to be sent where the method gives a body a meaning; some servers answer 411 without.
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if operation.secured {
        headers.insert(AUTHORIZATION, shared.authorization.clone());
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::*;

    #[test]
    fn the_key_goes_only_where_it_is_asked_for() {
        let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxx".parse().unwrap();
        let authorization = key.authorization();
        let base = BaseUrl::production();
        let shared = Shared { base, key, authorization, observer: None };
        for secured in [true, false] {
            let operation = Operation { id: "x", name: "x", method: "POST", path: "/x", secured, answers: &[] };
            let mut request = Request::new(Method::POST, Url::parse("https://gate-api.0bit.app/v1/x").unwrap());
            dress(&mut request, &operation, &shared);
            assert_eq!(request.headers().contains_key(AUTHORIZATION), secured);
            assert!(request.headers().get(AUTHORIZATION).is_none_or(HeaderValue::is_sensitive));
        }
    }
}
