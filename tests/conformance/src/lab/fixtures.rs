//! Fixtures that the target's team supplies: keys, sessions in every state, and ways to provoke errors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use zerogate_contract::read_text;

use crate::evidence::body;
use crate::wire::{Key, Role, Secrets, is_key};

/// Fixtures for a target, read from a JSON file.
///
/// ```json
/// {
///   "keys": { "partner": "GATE_KEY", "other_partner": "OTHER_KEY", "publishable": "PUBLISHABLE_KEY", "live": "LIVE_KEY" },
///   "sessions": { "open": [], "completed": [], "expired": [], "cancelled": [], "foreign": [] },
///   "provoke": { "429": { "X-Provoke": "throttle" }, "500": { "X-Provoke": "fail" }, "503": { "X-Provoke": "down" } }
/// }
/// ```
///
/// Every part is optional. A key is given as the name of the environment variable that holds it; the file never
/// contains keys. `foreign` are sessions of the other partner. `provoke` are headers that make this target return that
/// status.
#[derive(Debug, Clone, Default)]
pub struct Fixtures {
    pub(crate) keys: BTreeMap<Role, Key>,
    pub(crate) sessions: Sessions,
    pub(crate) provoke: BTreeMap<u16, Vec<(String, String)>>,
}

/// Session ids by state.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sessions {
    pub(crate) open: Vec<String>,
    pub(crate) completed: Vec<String>,
    pub(crate) expired: Vec<String>,
    pub(crate) cancelled: Vec<String>,
    pub(crate) foreign: Vec<String>,
}

/// Invalid fixtures; the message is one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidFixtures(String);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    keys: Keys,
    sessions: Sessions,
    provoke: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    partner: Option<String>,
    other_partner: Option<String>,
    publishable: Option<String>,
    live: Option<String>,
}

/// The maximum size of the file, in bytes: many times what a target needs.
const MAX_BYTES: usize = 1024 * 1024;

impl Fixtures {
    /// Reads a file; `variable` looks up environment variables.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is invalid, or names a variable that is not set.
    pub fn read(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidFixtures> {
        let file = path.display().to_string();
        let text = read_text(path, MAX_BYTES)
            .map_err(|error| InvalidFixtures(format!("{file}: cannot read the fixtures: {error}")))?;
        Self::parse(&file, &text, variable)
    }

    /// Parses the text of a file; `file` is its name in messages.
    ///
    /// # Errors
    ///
    /// If the text is invalid or names a variable that is not set.
    pub fn parse(file: &str, text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidFixtures> {
        // serde would accept a list as the fields in order.
        if !text.trim_start().starts_with('{') {
            return Err(InvalidFixtures(format!("{file}:1:1: not a JSON object")));
        }
        let File { keys, sessions, provoke } = serde_json::from_str(text).map_err(|error| {
            // The message may quote a key that was pasted in the wrong place.
            let message = Secrets::default().redact(&body::one_line(&error.to_string()));
            InvalidFixtures(format!("{file}: {message}"))
        })?;
        let refuse = |place: &str, reason: &str| {
            let place = Secrets::default().redact(&body::one_line(place));
            InvalidFixtures(format!("{file}: {place}: {reason}"))
        };
        sessions.check().map_err(|(place, reason)| refuse(&place, reason))?;
        let mut held = BTreeMap::new();
        for (role, place, name) in keys.named() {
            let Some(name) = name else { continue };
            let place = format!("/keys/{place}");
            if !is_name(&name) {
                let reason =
                    "not the name of an environment variable; the file names the variable and never contains the key";
                return Err(refuse(&place, reason));
            }
            let reason = || format!("the environment variable {name} is not set or empty; set it to the key");
            let key = variable(&name).filter(|key| !key.is_empty()).ok_or_else(|| refuse(&place, &reason()))?;
            if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                let reason =
                    format!("{name} contains a character that is invalid in a header, such as a space or a newline");
                return Err(refuse(&place, &reason));
            }
            let key = Key::new(key);
            match role {
                Role::Publishable if key.is_secret() => {
                    return Err(refuse(&place, &format!("{name} is a secret key, not a publishable one")));
                }
                Role::Live if !key.is_live() => {
                    return Err(refuse(&place, &format!("{name} is not a live secret key, sk_live_…")));
                }
                _ => held.insert(role, key),
            };
        }
        let mut provocations = BTreeMap::new();
        for (status, headers) in provoke {
            let place = format!("/provoke/{status}");
            let status = status.parse().ok().filter(|status| matches!(status, 429 | 500..=599));
            let status = status.ok_or_else(|| refuse(&place, "not 429 or a status from 500 to 599"))?;
            if headers.is_empty() {
                return Err(refuse(&place, "no headers; add those that provoke it"));
            }
            let is_header = |(name, value): (&String, &String)| {
                HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok()
            };
            if !headers.iter().all(is_header) {
                return Err(refuse(&place, "a header is invalid"));
            }
            provocations.insert(status, headers.into_iter().collect());
        }
        Ok(Self { keys: held, sessions, provoke: provocations })
    }
}

impl Keys {
    fn named(self) -> [(Role, &'static str, Option<String>); 4] {
        [
            (Role::Partner, "partner", self.partner),
            (Role::OtherPartner, "other_partner", self.other_partner),
            (Role::Publishable, "publishable", self.publishable),
            (Role::Live, "live", self.live),
        ]
    }
}

impl Sessions {
    fn check(&self) -> Result<(), (String, &'static str)> {
        let Self { open, completed, expired, cancelled, foreign } = self;
        let lists = [
            ("open", open),
            ("completed", completed),
            ("expired", expired),
            ("cancelled", cancelled),
            ("foreign", foreign),
        ];
        let mut seen = BTreeSet::new();
        for (name, ids) in lists {
            for (index, id) in ids.iter().enumerate() {
                let place = || format!("/sessions/{name}/{index}");
                if matches!(id.as_str(), "" | "." | "..") {
                    return Err((place(), "not a valid session id"));
                }
                if !seen.insert(id) {
                    return Err((place(), "duplicate id"));
                }
            }
        }
        Ok(())
    }
}

/// Whether a text is a shell variable's name. A key pasted in its place is refused even if it looks like a name, and is
/// not printed.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !is_key(text)
        && !text.is_empty()
        && text.bytes().all(is_part)
        && !text.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Fixtures, String> {
        let variable = |name: &str| match name {
            "KEY" => Some("sk_test_canary".to_owned()),
            "PUBLISHABLE" => Some("pk_test_canary".to_owned()),
            "LIVE" => Some("sk_live_canary".to_owned()),
            "EMPTY" => Some(String::new()),
            "LINE" => Some("pk_test_canary\n".to_owned()),
            _ => None,
        };
        Fixtures::parse("fixtures.json", text, variable).map_err(|error| error.to_string())
    }

    #[test]
    fn every_part_is_optional() {
        for text in ["{}", r#"{"keys":{}}"#, r#"{"sessions":{"open":[]}}"#, r#"{"provoke":{}}"#] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn every_part_is_parsed() {
        let fixtures = parse(
            r#"{"keys": {"other_partner": "KEY", "publishable": "PUBLISHABLE", "live": "LIVE"},
                "sessions": {"completed": ["a"], "foreign": ["b", "c"]},
                "provoke": {"429": {"X-Provoke": "now"}, "501": {"A": "1", "B": "2"}}}"#,
        )
        .unwrap();
        assert_eq!(fixtures.keys.get(&Role::OtherPartner).map(Key::expose), Some("sk_test_canary"));
        assert_eq!(fixtures.keys.get(&Role::Partner), None);
        assert_eq!(fixtures.sessions.foreign, ["b", "c"]);
        assert_eq!(fixtures.provoke[&429], [("X-Provoke".to_owned(), "now".to_owned())]);
        assert_eq!(fixtures.provoke[&501].len(), 2);
    }

    #[test]
    fn a_mistake_is_reported_with_its_place_and_without_a_secret() {
        for (text, told) in [
            ("{", "fixtures.json: EOF while parsing an object at line 1 column 1"),
            ("[]", "fixtures.json:1:1: not a JSON object"),
            ("", "fixtures.json:1:1: not a JSON object"),
            (r#"{"session":{}}"#, "unknown field `session`"),
            (r#"{"sessions":{"opne":[]}}"#, "unknown field `opne`"),
            (r#"{"keys":{"partner":7}}"#, "invalid type"),
            (r#"{"sessions":{"open":[""]}}"#, "/sessions/open/0: not a valid session id"),
            (r#"{"sessions":{"open":["a"],"foreign":["a"]}}"#, "/sessions/foreign/0: duplicate id"),
            (r#"{"keys":{"partner":"sk_test_canary"}}"#, "/keys/partner: not the name of"),
            (r#"{"keys":{"partner":"7"}}"#, "/keys/partner: not the name of"),
            (r#"{"keys":{"partner":"UNSET"}}"#, "/keys/partner: the environment variable UNSET is not set"),
            (r#"{"keys":{"partner":"EMPTY"}}"#, "/keys/partner: the environment variable EMPTY is not set"),
            (r#"{"keys":{"publishable":"KEY"}}"#, "/keys/publishable: KEY is a secret key"),
            (r#"{"keys":{"publishable":"LINE"}}"#, "/keys/publishable: LINE contains a character that is invalid"),
            (r#"{"keys":"sk_test_canary"}"#, "invalid type"),
            (r#"{"keys":{"sk_test_canary":"A"}}"#, "unknown field"),
            (r#"{"provoke":{"sk_test_canary":{"A":"1"}}}"#, "not 429"),
            (r#"{"keys":{"live":"KEY"}}"#, "/keys/live: KEY is not a live secret key"),
            (r#"{"provoke":{"404":{"A":"1"}}}"#, "/provoke/404: not 429"),
            (r#"{"provoke":{"429":{}}}"#, "/provoke/429: no headers"),
            (r#"{"provoke":{"429":{"a b":"1"}}}"#, "/provoke/429: a header is invalid"),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.contains(told) && !refused.contains("canary"), "{text}: {refused}");
            assert_eq!(refused.lines().count(), 1, "{refused}");
        }
    }
}
