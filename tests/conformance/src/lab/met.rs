//! Every answer of a run, for the rules that ask something of all of them.

use crate::evidence::key_leak::Leak;
use crate::wire::exchange::{Exchange, Response};

use super::Lab;

/// An answer that was met.
#[derive(Clone)]
pub(crate) struct Met {
    /// The exchange, without its body: there are many.
    pub(crate) exchange: Exchange,
    /// What of a key came back in it.
    pub(crate) echo: Option<Leak>,
}

impl Met {
    pub(super) fn new(exchange: &Exchange, echo: Option<Leak>) -> Self {
        let Exchange { sent, response, elapsed, name, is_regular } = exchange;
        let Response { version, status, headers, .. } = response;
        let response = Response {
            version: version.clone(),
            status: *status,
            headers: headers.clone(),
            body: Vec::new(),
            json: None,
        };
        let (sent, name) = (sent.clone(), name.clone());
        Self { exchange: Exchange { sent, response, elapsed: *elapsed, name, is_regular: *is_regular }, echo }
    }
}

impl Lab<'_> {
    /// Every answer that was met, after all that is to be met of errors was.
    pub(crate) async fn met(&self) -> Vec<Met> {
        // What comes of it has its own rules.
        let _ = self.error_answers().await;
        let mut met = self.lock().met.clone();
        // Not in the order in which they came, which is an accident.
        met.sort_by_cached_key(|Met { exchange, .. }| {
            let Exchange { sent, response, name, .. } = exchange;
            (sent.operation, response.status, name.clone(), sent.method.clone())
        });
        met
    }
}
