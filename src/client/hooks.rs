//! Progenitor's hooks: what leaves is exactly what the contract documents, and what comes back is not lost.

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderValue, USER_AGENT};
use reqwest::{Method, Request, Response};
use tokio::time::Instant;

use crate::client::api;
use crate::client::call::{Call, Shared};
use crate::client::observe;
use crate::client::operation::Operation;
use crate::client::send;

const AGENT: &str = concat!("zerogate/", env!("CARGO_PKG_VERSION"));

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
            // What was seen of the first would be taken for a response to the second.
            return Err(Error::Custom("a call is for one operation, and this was its second".to_owned()));
        }
        observe::operation(call.span(), operation);
        dress(request, operation, call.shared());
        Ok(())
    }

    async fn post<E>(&self, result: &reqwest::Result<Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        // Generated code would take a session that lacks a field for none. What the response is stands in the log.
        if self.inner().is_raw() && result.is_ok() { Err(Error::Custom(String::new())) } else { Ok(()) }
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
        // RFC 9110, 8.6: to be sent where the method gives a body a meaning; some servers respond 411 without.
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
    use crate::client::base_url::BaseUrl;
    use crate::client::secret_key::SecretKey;

    #[test]
    fn the_key_goes_only_where_it_is_asked_for() {
        let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxx".parse().unwrap();
        let authorization = key.authorization();
        let base = BaseUrl::production();
        let shared = Shared { base, key, authorization, observer: None };
        for secured in [true, false] {
            let operation =
                Operation { id: "x", name: "x", method: "POST", path: "/x", secured, statuses: &[], flaw: None };
            let mut request = Request::new(Method::POST, Url::parse("https://gate-api.0bit.app/v1/x").unwrap());
            dress(&mut request, &operation, &shared);
            assert_eq!(request.headers().contains_key(AUTHORIZATION), secured);
            assert!(request.headers().get(AUTHORIZATION).is_none_or(HeaderValue::is_sensitive));
        }
    }
}
