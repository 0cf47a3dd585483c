//! The names that generated code uses from the crate that includes it.

/// The hand-written types that generated code refers to, as Rust paths.
#[derive(Clone, Copy, Debug)]
pub struct HostTypes {
    /// The module of the generated types, as named in the generated client.
    pub types: &'static str,
    /// The data that the generated client carries for its hooks.
    pub inner: &'static str,
    /// The type of a `date-time` string; it keeps the text.
    pub timestamp: &'static str,
    /// The type of the path parameter that identifies a session.
    pub session_id: &'static str,
    /// The type of a client secret; it prints as redacted.
    pub client_secret: &'static str,
    /// The type of a row of the table of operations.
    pub operation: &'static str,
    /// The type of the error for a success that cannot be decoded. The table uses its `of::<T>`.
    pub decode_error: &'static str,
    /// The operations that take the secret key. The security scheme of the first one *is* the secret key. Other schemes
    /// need other secrets, which are never sent.
    pub keyed: &'static [&'static str],
}

#[cfg(test)]
impl HostTypes {
    /// The names that tests use.
    pub(crate) const EXAMPLE: Self = Self {
        types: "crate::types",
        inner: "crate::Call",
        timestamp: "crate::Timestamp",
        session_id: "crate::SessionId",
        client_secret: "crate::ClientSecret",
        operation: "Operation",
        decode_error: "DecodeError",
        keyed: &[],
    };
}
