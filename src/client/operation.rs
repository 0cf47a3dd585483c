//! The contract's operations, with what is needed to check requests against them.

use progenitor_client::encode_path;
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Request, Url};

use crate::client::decode::DecodeError;
use crate::client::retry::{self, OperationPolicy};
use crate::session_id::SessionId;
use crate::types;

/// One operation of the contract.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The operation id in the contract.
    pub(crate) id: &'static str,
    /// The operation id in generated code.
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// The path template, without the path of the server.
    pub(crate) path: &'static str,
    /// Whether the operation's `security` requires the secret key.
    pub(crate) secured: bool,
    /// The documented statuses: the first and last of each entry.
    pub(crate) statuses: &'static [(u16, u16)],
    /// Returns why a JSON body does not match the documented success.
    pub(crate) flaw: Option<fn(&[u8]) -> DecodeError>,
}

static OPERATIONS: &[Operation] = include!(concat!(env!("OUT_DIR"), "/operations.rs"));

impl Operation {
    /// Returns the operation with this name in generated code.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.name == name)
    }

    /// The retry policy, if the operation may be repeated.
    pub(crate) fn policy(&self) -> Option<&'static OperationPolicy> {
        retry::of_operation(self.id, self.method)
    }

    /// Whether a success may contain a secret.
    pub(crate) fn holds_secret(&self) -> bool {
        self.policy().is_none_or(|policy| policy.holds_secret)
    }

    /// Whether the contract documents this status.
    pub(crate) fn documents(&self, status: u16) -> bool {
        self.statuses.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }

    /// Whether a URL addresses this operation on the server at `base`: the same origin, every segment of the template
    /// in its place, and one non-empty segment for every parameter.
    ///
    /// Checks the parsed URL, which is what is sent: parsing resolves `..` and turns backslashes into slashes.
    pub(crate) fn is_addressed_by(&self, url: &Url, base: &Url) -> bool {
        // A base URL has no trailing slash, and nothing after its path.
        let same_server = url.as_str().starts_with(base.as_str());
        let Some(path) = url.path().strip_prefix(base.path()).filter(|_| same_server) else { return false };
        let segments = |path: &'static str| path.as_bytes().split(|byte| *byte == b'/');
        let mut found = path.as_bytes().split(|byte| *byte == b'/');
        let fits = segments(self.path).all(|segment| {
            let is_parameter = segment.contains(&b'{');
            found.next().is_some_and(|found| if is_parameter { !found.is_empty() } else { found == segment })
        });
        fits && found.next().is_none()
    }

    /// Builds a request for the session `id`, for operations with no other path parameter and no body.
    pub(crate) fn about(&self, id: &SessionId, base: &Url) -> Request {
        let (before, after) = self.path.split_once('{').unwrap_or((self.path, ""));
        let after = after.split_once('}').map_or("", |(_, after)| after);
        let mut url = base.clone();
        url.set_path(&[base.path(), before, &encode_path(id.as_str()), after].concat());
        // Cannot fail: the contract's methods are valid.
        let mut request = Request::new(self.method.parse().unwrap_or(Method::GET), url);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addressed(url: &str) -> bool {
        let base = Url::parse("http://127.0.0.1:4000/v1").unwrap();
        Operation::named("cancel_session").unwrap().is_addressed_by(&Url::parse(url).unwrap(), &base)
    }

    #[test]
    fn documented_statuses_are_recognised() {
        let cancel = Operation::named("cancel_session").unwrap();
        for (status, documented) in [(201, true), (200, false), (404, true), (418, false), (503, true), (302, false)] {
            assert_eq!(cancel.documents(status), documented, "{status}");
        }
    }

    #[test]
    fn the_operations_own_url_is_recognised() {
        assert!(addressed("http://127.0.0.1:4000/v1/gate_sessions/67a1/cancel"));
        assert!(addressed("http://127.0.0.1:4000/v1/gate_sessions/a%2Fb/cancel"));
    }

    #[test]
    fn a_parameter_may_be_a_part_of_a_segment() {
        let operation = Operation {
            id: "x",
            name: "x",
            method: "GET",
            path: "/reports/day-{day}.csv",
            secured: true,
            statuses: &[],
            flaw: None,
        };
        let base = Url::parse("http://127.0.0.1:4000/v1").unwrap();
        let url = |path: &str| Url::parse(&format!("{base}{path}")).unwrap();
        assert!(operation.is_addressed_by(&url("/reports/day-1.csv"), &base));
        assert!(!operation.is_addressed_by(&url("/reports/day-1.csv/x"), &base));
    }

    #[test]
    fn a_url_changed_by_an_id_is_rejected() {
        for url in [
            "http://127.0.0.1:4000/v1/gate_sessions/../cancel",
            "http://127.0.0.1:4000/v1/gate_sessions/./cancel",
            "http://127.0.0.1:4000/v1/gate_sessions//cancel",
            "http://127.0.0.1:4000/v1/gate_sessions/a\\b/cancel",
            "http://127.0.0.1:4000/v1/gate_sessions/a/cancel/",
            "http://127.0.0.1:4000/v2/gate_sessions/a/cancel",
            "http://127.0.0.1:4001/v1/gate_sessions/a/cancel",
            "http://localhost:4000/v1/gate_sessions/a/cancel",
        ] {
            assert!(!addressed(url), "{url}");
        }
    }
}
