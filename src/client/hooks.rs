//! Progenitor's hooks: they send exactly what the contract documents, and keep the response.

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{Request, Response};

use crate::client::api;
use crate::client::call::Call;
use crate::client::operation::Operation;
use crate::client::raw_response;
use crate::client::send::{self, Refusal};

impl ClientHooks<Call> for api::Client {
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        let call = self.inner();
        let operation = Operation::named(info.operation_id).ok_or(Refusal::NO_OPERATION)?;
        send::check(call, operation, request)?;
        send::dress(request, operation, call.shared());
        Ok(())
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let call = self.inner();
        let Some(operation) = Operation::named(info.operation_id) else {
            // `pre` rejects such requests.
            return self.client().execute(request).await;
        };
        let response = send::send(call, operation, self.client(), request, None).await?;
        Ok(raw_response::rebuild(&response, call.log().whole_body()))
    }
}
