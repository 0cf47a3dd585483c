//! The formats that mark schemas with their own types.

/// The `format` that marks a session id for the generator.
pub(crate) const SESSION_ID_FORMAT: &str = "zerogate-session-id";
/// The `format` that marks a client secret for the generator.
pub(crate) const CLIENT_SECRET_FORMAT: &str = "zerogate-client-secret";
/// The `format` that marks a timestamp for the generator.
pub(crate) const TIMESTAMP_FORMAT: &str = "date-time";
