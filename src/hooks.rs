//! Progenitor's hooks: what leaves is exactly what the contract documents, and what comes back is not lost.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderValue, USER_AGENT};
use reqwest::{Method, Request, Response};

use crate::answer::{self, Answer};
use crate::base_url::BaseUrl;
use crate::generated::api;
use crate::operation::Operation;

const AGENT: &str = concat!("zerogate/", env!("CARGO_PKG_VERSION"));

/// What all calls of a client share.
pub(crate) struct Shared {
    pub(crate) base: BaseUrl,
    pub(crate) authorization: HeaderValue,
}

/// One call: what it needs, and what it has seen so far.
///
/// Each call has its own, so that nothing of one call shows in another that runs at the same time.
#[derive(Clone)]
pub struct Call {
    shared: Arc<Shared>,
    seen: Arc<Mutex<Seen>>,
}

/// What a call has seen.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// The operation, once its request was found fit to be sent.
    pub(crate) operation: Option<&'static Operation>,
    /// The answer, once its head was there.
    pub(crate) answer: Option<Answer>,
}

impl Call {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, seen: Arc::default() }
    }

    /// What the call has seen until now.
    pub(crate) fn seen(&self) -> Seen {
        self.seen_mut().clone()
    }

    fn seen_mut(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
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
        f.debug_struct("Call").field("base", &self.shared.base).finish_non_exhaustive()
    }
}

impl ClientHooks<Call> for api::Client {
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        let call = self.inner();
        let operation = Operation::named(info.operation_id)
            .ok_or_else(|| Error::Custom(format!("the contract has no operation {}", info.operation_id)))?;
        if *request.method() != operation.method || !operation.is_addressed_by(request.url(), call.shared.base.url()) {
            return Err(Error::InvalidRequest("a parameter would make the request address something else".to_owned()));
        }
        if !call.claim(operation) {
            // What was seen of the first would be taken for an answer to the second.
            return Err(Error::Custom("a call is for one operation, and this was its second".to_owned()));
        }
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
            headers.insert(AUTHORIZATION, call.shared.authorization.clone());
        }
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        let call = self.inner();
        let response = self.client().execute(request).await?;
        answer::read(response, |answer| call.seen_mut().answer = Some(answer)).await
    }
}
