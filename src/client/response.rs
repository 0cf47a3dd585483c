use crate::attempt::Attempt;
use crate::client::call_log::CallLog;

/// The value of a response, with its status, its request id, and the attempts that led to it.
///
/// The request id is what support asks for; store it with your own reference and the session id (reference, *Use it
/// for*), for instance as a [`SessionRecord`](crate::SessionRecord).
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

    /// A value, and what was seen on the way to it.
    pub(crate) fn of(value: T, log: CallLog) -> Self {
        let (status, request_id) = log.response.map_or((0, None), |response| (response.status, response.request_id));
        Self::new(value, status, request_id, log.attempts)
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The value, without the rest.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// The HTTP status of the deciding response.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The `X-Request-Id` of the deciding response. On a success the contract does not promise one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Every attempt of the call, in the order in which they were made, reading back included.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        let Self { value, status, request_id, attempts } = self;
        Response { value: change(value), status, request_id, attempts }
    }

    /// Puts attempts before those that it has.
    pub(crate) fn after(mut self, earlier: &[Attempt]) -> Self {
        self.attempts.splice(..0, earlier.iter().cloned());
        self
    }
}
