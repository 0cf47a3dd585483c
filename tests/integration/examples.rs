//! The reference's example bodies, bodies of other statuses made from them, and the HTTP around them.

pub(crate) const SESSION: &str = include_str!("example-session.json");
pub(crate) const CONFLICT: &str = include_str!("example-conflict.json");

/// The example session, with this status.
pub(crate) fn session(status: &str) -> String {
    SESSION.replace("\"cancelled\"", &format!("{status:?}"))
}

/// The example error, as the envelope of another status.
pub(crate) fn envelope(kind: &str, status: u16) -> String {
    CONFLICT.replace("\"conflict\"", &format!("{kind:?}")).replace("409", &status.to_string())
}

/// An HTTP response with a JSON body and the headers of a correct server.
pub(crate) fn json(status: &str, body: &str) -> String {
    response(status, "content-type: application/json\r\nx-request-id: req_test_000000000123\r\n", body)
}

/// An HTTP response.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}
