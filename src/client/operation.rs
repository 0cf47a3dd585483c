//! The contract's operations, as far as a request has to be checked against them.

use std::borrow::Cow;

use reqwest::Url;

use crate::client::decode::DecodeError;
use crate::client::retry::{self, OperationPolicy};
use crate::types;

/// One operation of the contract.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The operation id as the contract writes it.
    pub(crate) id: &'static str,
    /// The operation id as generated code writes it.
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// The path template, without the server's own path.
    pub(crate) path: &'static str,
    /// Whether the operation's `security` asks for the secret key.
    pub(crate) secured: bool,
    /// The statuses that the contract has for it: the first and the last of each of its entries.
    pub(crate) statuses: &'static [(u16, u16)],
    /// Why a body is not its success, if that is JSON.
    pub(crate) flaw: Option<fn(&[u8]) -> DecodeError>,
}

static OPERATIONS: &[Operation] = include!(concat!(env!("OUT_DIR"), "/operations.rs"));

impl Operation {
    /// The operation that generated code calls `name`.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.name == name)
    }

    /// What is known of repeating it, if it may be repeated at all.
    pub(crate) fn policy(&self) -> Option<&'static OperationPolicy> {
        retry::of_operation(self.id, self.method)
    }

    /// Whether its success may hold a secret.
    pub(crate) fn holds_secret(&self) -> bool {
        self.policy().is_none_or(|policy| policy.holds_secret)
    }

    /// Whether the contract has this status for the operation.
    pub(crate) fn documents(&self, status: u16) -> bool {
        self.statuses.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }

    /// Whether a URL addresses this operation on the server at `base`: same origin, every segment of the template where
    /// it belongs, and one segment that is not empty for every parameter.
    ///
    /// A path is text until it is parsed, and parsing resolves `..` and turns a backslash into a slash. So it is the
    /// parsed URL that is looked at: what is about to be sent.
    pub(crate) fn is_addressed_by(&self, url: &Url, base: &Url) -> bool {
        let (Some(found), Some(base_segments)) = (url.path_segments(), base.path_segments()) else {
            return false;
        };
        let expected = base_segments.filter(|segment| !segment.is_empty()).chain(self.path.split('/').skip(1));
        let mut found = found.map(Cow::Borrowed);
        let fits = expected.into_iter().all(|segment| {
            found.next().is_some_and(|found| if segment.contains('{') { !found.is_empty() } else { found == segment })
        });
        fits && found.next().is_none() && url.origin() == base.origin()
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
    fn a_documented_status_is_told_from_another() {
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
    fn a_url_that_an_id_has_bent_is_not() {
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
