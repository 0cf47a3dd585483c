//! What a target's own team supplies beside its base URL: keys, sessions in every state, and ways to provoke errors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use zerogate_contract::read_text;

use crate::evidence::body;
use crate::wire::{Key, Role, Secrets, is_key};

/// What is supplied to judge a target by, as it stands in a JSON file.
///
/// ```json
/// {
///   "keys": { "partner": "GATE_KEY", "other_partner": "OTHER_KEY", "publishable": "PUBLISHABLE_KEY", "live": "LIVE_KEY" },
///   "sessions": { "open": [], "completed": [], "expired": [], "cancelled": [], "foreign": [] },
///   "provoke": { "429": { "X-Provoke": "throttle" }, "500": { "X-Provoke": "fail" }, "503": { "X-Provoke": "down" } }
/// }
/// ```
///
/// Every part is optional. A key is the name of the environment variable that holds it: keys never stand in the file.
/// `foreign` are sessions of the other partner. `provoke` are headers that make this target answer with that status.
#[derive(Debug, Clone, Default)]
pub struct Fixtures {
    pub(crate) keys: BTreeMap<Role, Key>,
    pub(crate) sessions: Sessions,
    pub(crate) provoke: BTreeMap<u16, Vec<(String, String)>>,
}

/// Ids of sessions by what they are.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sessions {
    pub(crate) open: Vec<String>,
    pub(crate) completed: Vec<String>,
    pub(crate) expired: Vec<String>,
    pub(crate) cancelled: Vec<String>,
    pub(crate) foreign: Vec<String>,
}

/// Fixtures that cannot be used; one line.
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

/// The largest file that is read, in bytes: many times what a target needs.
const MAX_BYTES: usize = 1024 * 1024;

impl Fixtures {
    /// Reads a file; `variable` is the environment.
    ///
    /// # Errors
    ///
    /// It cannot be read, it is not of the documented form, or a variable that it names is not set.
    pub fn read(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidFixtures> {
        let file = path.display().to_string();
        let text = read_text(path, MAX_BYTES)
            .map_err(|error| InvalidFixtures(format!("{file}: the fixtures cannot be read: {error}")))?;
        Self::parse(&file, &text, variable)
    }

    /// Reads the text of a file; messages call it `file`.
    ///
    /// # Errors
    ///
    /// It is not of the documented form, or a variable that it names is not set.
    pub fn parse(file: &str, text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidFixtures> {
        // A list would be taken for the fields in their order.
        if !text.trim_start().starts_with('{') {
            return Err(InvalidFixtures(format!("{file}:1:1: this is no JSON object")));
        }
        let File { keys, sessions, provoke } = serde_json::from_str(text).map_err(|error| {
            // It ends in the place, and quotes a key that was pasted into the wrong one.
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
                    "this is no name of an environment variable; the file names the variable, and never holds the key";
                return Err(refuse(&place, reason));
            }
            let reason = || format!("the environment variable {name} is not set, or empty; it has to hold the key");
            let key = variable(&name).filter(|key| !key.is_empty()).ok_or_else(|| refuse(&place, &reason()))?;
            if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                let reason =
                    format!("{name} holds a character that cannot stand in a header, such as a blank or a line end");
                return Err(refuse(&place, &reason));
            }
            let key = Key::new(key);
            match role {
                Role::Publishable if key.is_secret() => {
                    return Err(refuse(&place, &format!("{name} holds a secret key, not a publishable one")));
                }
                Role::Live if !key.is_live() => {
                    return Err(refuse(&place, &format!("{name} holds no live secret key, sk_live_…")));
                }
                _ => held.insert(role, key),
            };
        }
        let mut provocations = BTreeMap::new();
        for (status, headers) in provoke {
            let place = format!("/provoke/{status}");
            let status = status.parse().ok().filter(|status| matches!(status, 429 | 500..=599));
            let status = status.ok_or_else(|| refuse(&place, "this is neither 429 nor a status from 500 to 599"))?;
            if headers.is_empty() {
                return Err(refuse(&place, "there is no header that would provoke it"));
            }
            let is_header = |(name, value): (&String, &String)| {
                HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok()
            };
            if !headers.iter().all(is_header) {
                return Err(refuse(&place, "there is a header that cannot be sent"));
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
                    return Err((place(), "this cannot be the id of a session"));
                }
                if !seen.insert(id) {
                    return Err((place(), "this id is there already"));
                }
            }
        }
        Ok(())
    }
}

/// What a shell takes for a name. A key that was pasted in its place is refused without being repeated, also where it
/// has the form of one.
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
    fn what_is_given_is_there() {
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
    fn a_mistake_is_told_with_its_place_and_without_a_secret() {
        for (text, told) in [
            ("{", "fixtures.json: EOF while parsing an object at line 1 column 1"),
            ("[]", "fixtures.json:1:1: this is no JSON object"),
            ("", "fixtures.json:1:1: this is no JSON object"),
            (r#"{"session":{}}"#, "unknown field `session`"),
            (r#"{"sessions":{"opne":[]}}"#, "unknown field `opne`"),
            (r#"{"keys":{"partner":7}}"#, "invalid type"),
            (r#"{"sessions":{"open":[""]}}"#, "/sessions/open/0: this cannot be the id"),
            (r#"{"sessions":{"open":["a"],"foreign":["a"]}}"#, "/sessions/foreign/0: this id is there already"),
            (r#"{"keys":{"partner":"sk_test_canary"}}"#, "/keys/partner: this is no name"),
            (r#"{"keys":{"partner":"7"}}"#, "/keys/partner: this is no name"),
            (r#"{"keys":{"partner":"UNSET"}}"#, "/keys/partner: the environment variable UNSET is not set"),
            (r#"{"keys":{"partner":"EMPTY"}}"#, "/keys/partner: the environment variable EMPTY is not set"),
            (r#"{"keys":{"publishable":"KEY"}}"#, "/keys/publishable: KEY holds a secret key"),
            (r#"{"keys":{"publishable":"LINE"}}"#, "/keys/publishable: LINE holds a character that cannot stand"),
            (r#"{"keys":"sk_test_canary"}"#, "invalid type"),
            (r#"{"keys":{"sk_test_canary":"A"}}"#, "unknown field"),
            (r#"{"provoke":{"sk_test_canary":{"A":"1"}}}"#, "this is neither 429"),
            (r#"{"keys":{"live":"KEY"}}"#, "/keys/live: KEY holds no live secret key"),
            (r#"{"provoke":{"404":{"A":"1"}}}"#, "/provoke/404: this is neither 429"),
            (r#"{"provoke":{"429":{}}}"#, "/provoke/429: there is no header"),
            (r#"{"provoke":{"429":{"a b":"1"}}}"#, "/provoke/429: there is a header that cannot be sent"),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.contains(told) && !refused.contains("canary"), "{text}: {refused}");
            assert_eq!(refused.lines().count(), 1, "{refused}");
        }
    }
}
