//! What goes over the wire: a request with its key, the connection, and the response.

pub(crate) mod connection;
pub(crate) mod credential;
pub(crate) mod curl;
pub(crate) mod exchange;
pub(crate) mod key_variants;
pub(crate) mod keys;
pub(crate) mod masked;
pub(crate) mod operation;
pub(crate) mod pace;
pub(crate) mod secrets;
