//! What generated code finds in the crate that includes it.

/// The hand-written types that generated code refers to, as Rust paths.
#[derive(Clone, Copy, Debug)]
pub struct HostTypes {
    /// Module of the generated types, as the generated client is to name it.
    pub types: &'static str,
    /// What the generated client carries for its hooks.
    pub inner: &'static str,
    /// Type of a `date-time` string: keeps its text.
    pub timestamp: &'static str,
    /// Type of the path parameter that names a session.
    pub session_id: &'static str,
    /// Type of a client secret: prints as redacted.
    pub client_secret: &'static str,
    /// Type of a row of the table of operations.
    pub operation: &'static str,
    /// Type of why a success cannot be decoded; its `of::<T>` is in that table.
    pub decode_error: &'static str,
    /// Operations that take the secret key. The security scheme of the first *is* the secret key; other schemes ask for
    /// other secrets, and get none.
    pub keyed: &'static [&'static str],
}

#[cfg(test)]
impl HostTypes {
    /// The names that tests generate with.
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
