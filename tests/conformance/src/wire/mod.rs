//! The wire: requests with their keys, connections, and responses.

pub(crate) mod connection;
pub(crate) mod credential;
pub(crate) mod curl;
pub(crate) mod dial;
mod escapes;
pub(crate) mod exchange;
pub(crate) mod key_variants;
pub(crate) mod keys;
pub(crate) mod masked;
pub(crate) mod operation;
pub(crate) mod pace;
pub(crate) mod secrets;

pub(crate) use connection::Wire;
pub(crate) use credential::{Credential, kebab};
pub(crate) use dial::NoTls;
pub(crate) use escapes::escape;
pub(crate) use exchange::{
    Closing, Exchange, IDEMPOTENCY_KEY, Request, Response, ResponseSummary, Sent, TransportFailure,
    TransportFailureKind,
};
pub(crate) use key_variants::KeyVariant;
pub(crate) use keys::{Key, Role, is_key};
pub(crate) use masked::{IdForm, KeyForm, Masked, Written, escaped};
pub(crate) use operation::Operation;
pub(crate) use secrets::Secrets;
