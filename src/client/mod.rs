//! The client, and everything else that needs HTTP.

pub mod api;
mod backoff;
mod base_url;
mod builder;
mod call;
mod call_log;
mod cancel;
mod cancel_sessions;
mod cause;
mod create;
mod decode;
mod envelope;
mod environment;
mod error;
mod essentials;
mod hooks;
#[cfg(known_surface)]
mod list;
mod methods;
mod observe;
mod operation;
mod options;
mod outcome;
mod raw_response;
mod record;
mod redact;
mod response;
pub mod retry;
// Public for the conformance suite, which parses the header in the same way.
#[doc(hidden)]
pub mod retry_after;
mod scalar;
mod secret_key;
mod send;
mod session;
// Public for the conformance suite too: operations that a contract may lack.
#[doc(hidden)]
pub mod sessions;
mod transport;

pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use builder::ClientBuilder;
pub use cancel::{AlreadyTerminal, Cancellation};
pub use cancel_sessions::{CancelSessions, CancelTarget};
pub use create::{CreateSession, CreatedSession};
pub use decode::{DecodeError, FieldError};
pub use environment::Environment;
pub use error::Error;
#[cfg(known_surface)]
pub use list::{ListError, ListSessions, SessionPage, SessionStream};
pub use methods::Client;
pub use options::{CallOptions, OnConflict};
pub use record::Recorded;
pub use response::Response;
pub use secret_key::{InvalidSecretKey, KeyMode, SecretKey};
pub use session::Session;
