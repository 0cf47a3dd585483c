use crate::attempt::Attempt;
use crate::client::call_log::CallLog;

/// The value of a call, with the response's status and request id, and the attempts of the call.
///
/// Support asks for the request id; store it with your own reference and the session id (reference, *Use it for*), for
/// example as a [`SessionRecord`](crate::SessionRecord).
///
/// ```
/// # fn run(response: zerogate::Response<zerogate::Session>) {
/// println!("{} after {} attempts, request {:?}", response.status(), response.attempts().len(), response.request_id());
/// println!("the session is {}", response.value().status());
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    status: u16,
    request_id: Option<String>,
    attempts: Vec<Attempt>,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, status: u16, request_id: Option<String>, attempts: Vec<Attempt>) -> Self {
        Self { value, status, request_id, attempts }
    }

    /// Combines a value with the log of its call.
    pub(crate) fn of(value: T, log: CallLog) -> Self {
        let (status, request_id) = log.response.map_or((0, None), |response| (response.status, response.request_id));
        Self::new(value, status, request_id, log.attempts)
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the value, without the rest.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// The HTTP status of the deciding response.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The `X-Request-Id` of the deciding response. The contract does not promise one for a success.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// All attempts of the call in order, including reading back.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        let Self { value, status, request_id, attempts } = self;
        Response { value: change(value), status, request_id, attempts }
    }

    /// Inserts earlier attempts before the others.
    pub(crate) fn after(mut self, earlier: &[Attempt]) -> Self {
        self.attempts.splice(..0, earlier.iter().cloned());
        self
    }
}
