/// The value of an answer, with its status and request id.
///
/// The request id is what support asks for; store it with your own reference and the session id (reference, *Use it
/// for*).
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    status: u16,
    request_id: Option<String>,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, status: u16, request_id: Option<String>) -> Self {
        Self { value, status, request_id }
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

    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The answer's `X-Request-Id`. On a success the contract does not promise one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: change(self.value), status: self.status, request_id: self.request_id }
    }
}
