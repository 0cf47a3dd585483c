//! Checks whether a request has the credentials that an operation requires. Whether they are valid is not judged.

use serde_json::Value;
use zerogate_contract::{Document, pointer};

use crate::exchange::{Exchange, NO_VALUE, Part};
use crate::url::Url;

/// The security of an operation: alternatives, each a set of credentials that are required together.
#[derive(Debug, Default)]
pub(crate) struct Alternatives(Vec<Vec<Credential>>);

/// Schemes that are registered or widely used. Anything else may be what a recorder wrote in place of a secret.
const SCHEMES: [&str; 16] = [
    "aws4-hmac-sha256",
    "basic",
    "bearer",
    "concealed",
    "digest",
    "dpop",
    "gnap",
    "hoba",
    "mutual",
    "negotiate",
    "ntlm",
    "oauth",
    "privatetoken",
    "scram-sha-1",
    "scram-sha-256",
    "vapid",
];

/// Why credentials without a known scheme are unknown.
const NO_SCHEME: &str = "`Authorization` names no known scheme: a recorder may have redacted it";

#[derive(Debug)]
enum Credential {
    /// The header `Authorization`; the scheme is in lower case.
    Authorization(Option<String>),
    Header(String),
    Query(String),
    Cookie(String),
    /// It is not part of the request, or its kind is not supported.
    Elsewhere,
}

/// Reads the security of an operation: its own, or else the document's.
pub(crate) fn of(document: &Document, operation: &Value) -> Alternatives {
    let listed = operation.get("security").or_else(|| document.value().get("security"));
    let alternatives = listed.and_then(Value::as_array).into_iter().flatten();
    let credential = |name: &String| {
        let scheme = document.value().pointer(&pointer::join("/components/securitySchemes", name));
        scheme.and_then(|scheme| document.resolve(scheme)).map_or(Credential::Elsewhere, Credential::of)
    };
    let schemes =
        |alternative: &Value| alternative.as_object().into_iter().flatten().map(|(name, _)| credential(name)).collect();
    Alternatives(alternatives.map(schemes).collect())
}

impl Credential {
    fn of(scheme: &Value) -> Self {
        let text = |key: &str| scheme.get(key).and_then(Value::as_str);
        match (text("type"), text("in"), text("name")) {
            (Some("http"), ..) => Self::Authorization(text("scheme").map(str::to_ascii_lowercase)),
            (Some("oauth2" | "openIdConnect"), ..) => Self::Authorization(None),
            (Some("apiKey"), Some("header"), Some(name)) if name.eq_ignore_ascii_case("authorization") => {
                Self::Authorization(None)
            }
            (Some("apiKey"), Some("header"), Some(name)) => Self::Header(name.to_owned()),
            (Some("apiKey"), Some("query"), Some(name)) => Self::Query(name.to_owned()),
            (Some("apiKey"), Some("cookie"), Some(name)) => Self::Cookie(name.to_owned()),
            _ => Self::Elsewhere,
        }
    }

    /// Whether a request has the credential.
    fn is_in(&self, exchange: &Exchange<'_>, url: &Url<'_>) -> Part<()> {
        let headers = &exchange.request.headers;
        let given = |name: &str| match headers.get(name) {
            // A recorder that redacts a value may leave it empty.
            Part::Known(value) if value.trim().is_empty() => Part::Unknown(NO_VALUE),
            Part::Known(value) => Part::Known(value),
            Part::Absent => Part::Absent,
            Part::Unknown(why) => Part::Unknown(why),
        };
        match self {
            Self::Authorization(scheme) => match (given("authorization"), scheme) {
                (Part::Known(value), Some(scheme)) => {
                    let sent = value.split_whitespace().next().unwrap_or_default();
                    if sent.eq_ignore_ascii_case(scheme) {
                        Part::Known(())
                    } else if SCHEMES.iter().any(|known| sent.eq_ignore_ascii_case(known)) {
                        Part::Absent
                    } else {
                        Part::Unknown(NO_SCHEME)
                    }
                }
                (other, _) => other.as_ref().known().map_or(Part::Absent, |_| Part::Known(())).or_unknown(&other),
            },
            Self::Header(name) => {
                given(name).as_ref().known().map_or(Part::Absent, |_| Part::Known(())).or_unknown(&given(name))
            }
            Self::Query(name) => {
                let values: Vec<&str> =
                    url.pairs().filter(|(known, _)| known == name).map(|(_, value)| value).collect();
                match values.iter().find(|value| !value.is_empty()) {
                    Some(_) => Part::Known(()),
                    None if values.is_empty() => Part::Absent,
                    None => Part::Unknown(NO_VALUE),
                }
            }
            Self::Cookie(name) => match given("cookie") {
                Part::Known(cookies) if !cookies.contains('=') => Part::Unknown(NO_VALUE),
                Part::Known(cookies) => {
                    let mut names =
                        cookies.split(';').filter_map(|cookie| cookie.split_once('=')).map(|(name, _)| name.trim());
                    if names.any(|known| known == name) { Part::Known(()) } else { Part::Absent }
                }
                Part::Absent => Part::Absent,
                Part::Unknown(why) => Part::Unknown(why),
            },
            Self::Elsewhere => Part::Unknown("the credentials are not part of the request"),
        }
    }
}

impl Part<()> {
    fn or_unknown<T>(self, found: &Part<T>) -> Self {
        if let Part::Unknown(why) = found { Part::Unknown(why) } else { self }
    }
}

impl Alternatives {
    /// Whether no credentials are required.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    /// Whether the request has the credentials of one of the alternatives.
    pub(crate) fn are_met(&self, exchange: &Exchange<'_>, url: &Url<'_>) -> Part<()> {
        let mut unknown = None;
        for alternative in &self.0 {
            let mut all = Part::Known(());
            for credential in alternative {
                match (credential.is_in(exchange, url), all) {
                    (Part::Absent, _) => all = Part::Absent,
                    (Part::Unknown(why), Part::Known(())) => all = Part::Unknown(why),
                    _ => {}
                }
            }
            match all {
                Part::Known(()) => return all,
                Part::Unknown(why) => unknown = Some(why),
                Part::Absent => {}
            }
        }
        match unknown {
            _ if self.0.is_empty() => Part::Known(()),
            Some(why) => Part::Unknown(why),
            None => Part::Absent,
        }
    }
}
