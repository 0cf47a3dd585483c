//! Routes a method and a raw path.

use axum::http::Method;
use percent_encoding::percent_decode_str;

use crate::envelope::Refusal;
use crate::operation::Operation;

/// One operation, with the id in its path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Cancel(String),
    Retrieve(String),
    Create,
    List,
}

impl Route {
    /// Splits the raw path and only then decodes the id: an encoded slash stays in its segment, and dot segments are
    /// ordinary ids.
    pub(crate) fn find(method: &Method, path: &str) -> Result<Self, Refusal> {
        let mut segments = path.split('/').skip(2);
        let parts = (segments.next(), segments.next(), segments.next(), segments.next());
        // RFC 9110: a server that supports GET must support HEAD. hyper omits the body.
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let posts = *method == Method::POST;
        match parts {
            (Some("gate_sessions"), None, ..) if posts => Ok(Self::Create),
            (Some("gate_sessions"), None, ..) if reads => Ok(Self::List),
            (Some("gate_sessions"), None, ..) => Err(Refusal::MethodNotAllowed("GET, HEAD, POST")),
            (Some("gate_sessions"), Some(id), None, _) if !id.is_empty() && reads => Ok(Self::Retrieve(decoded(id)?)),
            (Some("gate_sessions"), Some(id), None, _) if !id.is_empty() => Err(Refusal::MethodNotAllowed("GET, HEAD")),
            (Some("gate_sessions"), Some(id), Some("cancel"), None) if !id.is_empty() && posts => {
                Ok(Self::Cancel(decoded(id)?))
            }
            (Some("gate_sessions"), Some(id), Some("cancel"), None) if !id.is_empty() => {
                Err(Refusal::MethodNotAllowed("POST"))
            }
            _ => Err(Refusal::NoSuchPath),
        }
    }

    pub(crate) fn operation(&self) -> Operation {
        match self {
            Self::Cancel(_) => Operation::CancelSession,
            Self::Retrieve(_) => Operation::RetrieveSession,
            Self::Create => Operation::CreateSession,
            Self::List => Operation::ListSessions,
        }
    }
}

/// Bytes that are not UTF-8 cannot be a session id.
fn decoded(segment: &str) -> Result<String, Refusal> {
    percent_decode_str(segment).decode_utf8().map(Into::into).map_err(|_| Refusal::NoSuchSession)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(path: &str) -> Result<Route, Refusal> {
        Route::find(&Method::POST, path)
    }

    #[test]
    fn an_id_is_one_segment_decoded_once_and_never_normalised() {
        for (path, id) in [
            ("/v1/gate_sessions/abc/cancel", "abc"),
            ("/v1/gate_sessions/a%2Fb/cancel", "a/b"),
            ("/v1/gate_sessions/%252e/cancel", "%2e"),
            ("/v1/gate_sessions/../cancel", ".."),
            ("/v1/gate_sessions/%2e%2e/cancel", ".."),
            ("/v1/gate_sessions/%C3%A9/cancel", "é"),
            ("/v1/gate_sessions/%zz/cancel", "%zz"),
        ] {
            assert_eq!(post(path), Ok(Route::Cancel(id.to_owned())), "{path}");
        }
        assert_eq!(post("/v1/gate_sessions/%ff/cancel"), Err(Refusal::NoSuchSession));
    }

    #[test]
    fn a_path_that_is_nearly_right_is_unknown() {
        for path in [
            "/v1",
            "/v1/",
            "/v1/gate_sessions/",
            "/v1/gate_sessions//cancel",
            "/v1/gate_sessions/abc/",
            "/v1/gate_sessions/abc/cancel/",
            "/v1/gate_sessions/abc/cancel/x",
            "/v1/gate_sessions/abc/Cancel",
            "/v1/Gate_sessions",
            "/v1//gate_sessions",
            "/v1/gate%5Fsessions",
            "/v1/gate_sessions/a/b/cancel",
        ] {
            assert_eq!(post(path), Err(Refusal::NoSuchPath), "{path}");
        }
    }

    #[test]
    fn a_wrong_method_gets_the_allowed_methods() {
        let refused = |method, path| Route::find(&method, path).err();
        assert_eq!(refused(Method::GET, "/v1/gate_sessions/a/cancel"), Some(Refusal::MethodNotAllowed("POST")));
        assert_eq!(refused(Method::DELETE, "/v1/gate_sessions/a"), Some(Refusal::MethodNotAllowed("GET, HEAD")));
        assert_eq!(refused(Method::PUT, "/v1/gate_sessions"), Some(Refusal::MethodNotAllowed("GET, HEAD, POST")));
    }
}
