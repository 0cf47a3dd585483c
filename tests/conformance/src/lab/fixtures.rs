//! Fixtures that the target's team supplies: keys, sessions in every state, and ways to provoke errors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hyper::header::{HeaderName, HeaderValue};
use serde::de::IgnoredAny;
use serde_json::Value;
use zerogate_contract::pointer::join;
use zerogate_contract::{Document, Problem, read_text};

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
#[derive(Debug, Clone, Default)]
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

/// The names of the keys in the file.
const KEYS: [(&str, Role); 4] = [
    ("partner", Role::Partner),
    ("other_partner", Role::OtherPartner),
    ("publishable", Role::Publishable),
    ("live", Role::Live),
];

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
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
            let flaw = if error.is_eof() { "the file is empty or ends in the middle of a value" } else { "not JSON" };
            InvalidFixtures(format!("{file}:{}:{}: {flaw}", error.line(), error.column().max(1)))
        })?;
        let document = Document::parse(file, text).map_err(|error| refused(error.problems().first()))?;
        let mut fixtures = Self::default();
        let root = Node { document: &document, pointer: String::new(), value: document.value() };
        for (part, node) in root.fields(&["keys", "sessions", "provoke"])? {
            match part {
                "keys" => fixtures.keys = keys(&node, &variable)?,
                "sessions" => fixtures.sessions = Sessions::of(&node)?,
                _ => fixtures.provoke = provocations(&node)?,
            }
        }
        Ok(fixtures)
    }
}

fn refused(problem: Option<&Problem>) -> InvalidFixtures {
    // It may quote a key that was pasted in the wrong place.
    InvalidFixtures(Secrets::default().redact(&problem.map(Problem::to_string).unwrap_or_default()))
}

/// A value in the file.
struct Node<'d> {
    document: &'d Document,
    pointer: String,
    value: &'d Value,
}

impl<'d> Node<'d> {
    fn refuse(&self, reason: impl Into<String>) -> InvalidFixtures {
        refused(Some(&self.document.problem(&self.pointer, reason, "")))
    }

    fn is_no(&self, expected: &str) -> InvalidFixtures {
        self.refuse(format!("must be {expected}, but is {}", body::kind(self.value)))
    }

    fn below(&self, token: &str, value: &'d Value) -> Self {
        Self { document: self.document, pointer: join(&self.pointer, token), value }
    }

    /// The members of an object. None has the value null.
    fn members(&self) -> Result<Vec<(&'d str, Self)>, InvalidFixtures> {
        let members = self.value.as_object().ok_or_else(|| self.is_no("an object"))?;
        let members = members.iter().filter(|(_, value)| !value.is_null());
        Ok(members.map(|(name, value)| (name.as_str(), self.below(name, value))).collect())
    }

    /// The members of an object that has no others than these.
    fn fields(&self, known: &[&str]) -> Result<Vec<(&'d str, Self)>, InvalidFixtures> {
        let members = self.members()?;
        match members.iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(members),
            Some((_, other)) => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                Err(other.refuse(format!("is not a field; the fields are {}", known.join(", "))))
            }
        }
    }

    fn items(&self) -> Result<Vec<Self>, InvalidFixtures> {
        let items = self.value.as_array().ok_or_else(|| self.is_no("an array"))?;
        Ok(items.iter().enumerate().map(|(index, value)| self.below(&index.to_string(), value)).collect())
    }

    fn text(&self) -> Result<&'d str, InvalidFixtures> {
        self.value.as_str().ok_or_else(|| self.is_no("a string"))
    }
}

fn keys(node: &Node<'_>, variable: impl Fn(&str) -> Option<String>) -> Result<BTreeMap<Role, Key>, InvalidFixtures> {
    let mut keys = BTreeMap::new();
    for (name, node) in node.fields(&KEYS.map(|(name, _)| name))? {
        let Some((_, role)) = KEYS.into_iter().find(|(known, _)| *known == name) else { continue };
        let name = node.text()?;
        if !is_name(name) {
            return Err(node.refuse(
                "not the name of an environment variable; the file names the variable and never contains the key",
            ));
        }
        let unset = || node.refuse(format!("the environment variable {name} is not set or empty; set it to the key"));
        let key = variable(name).filter(|key| !key.is_empty()).ok_or_else(unset)?;
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = "contains a character that is invalid in a header, such as a space or a newline";
            return Err(node.refuse(format!("{name} {reason}")));
        }
        let key = Key::new(key);
        match role {
            Role::Publishable if key.is_secret() => {
                return Err(node.refuse(format!("{name} is a secret key, not a publishable one")));
            }
            Role::Live if !key.is_live() => {
                return Err(node.refuse(format!("{name} is not a live secret key, sk_live_…")));
            }
            _ => keys.insert(role, key),
        };
    }
    Ok(keys)
}

fn provocations(node: &Node<'_>) -> Result<BTreeMap<u16, Vec<(String, String)>>, InvalidFixtures> {
    let mut provocations = BTreeMap::new();
    for (status, node) in node.members()? {
        let status = status.parse().ok().filter(|status| matches!(status, 429 | 500..=599));
        let status = status.ok_or_else(|| node.refuse("not 429 or a status from 500 to 599"))?;
        let mut headers = Vec::new();
        for (name, node) in node.members()? {
            let value = node.text()?;
            if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(value).is_err() {
                return Err(node.refuse("not a header name and value"));
            }
            headers.push((name.to_owned(), value.to_owned()));
        }
        if headers.is_empty() {
            return Err(node.refuse("no headers; add those that provoke it"));
        }
        provocations.insert(status, headers);
    }
    Ok(provocations)
}

impl Sessions {
    /// Where a session is listed, as a JSON pointer.
    pub(super) fn place(&self, id: &str) -> Option<String> {
        let Self { open, completed, expired, cancelled, foreign } = self;
        let lists = [
            ("open", open),
            ("completed", completed),
            ("expired", expired),
            ("cancelled", cancelled),
            ("foreign", foreign),
        ];
        let place = |(name, ids): (&str, &Vec<String>)| {
            Some(format!("/sessions/{name}/{}", ids.iter().position(|listed| listed == id)?))
        };
        lists.into_iter().find_map(place)
    }

    fn of(node: &Node<'_>) -> Result<Self, InvalidFixtures> {
        let mut sessions = Self::default();
        let mut seen = BTreeSet::new();
        for (name, node) in node.fields(&["open", "completed", "expired", "cancelled", "foreign"])? {
            let list = match name {
                "open" => &mut sessions.open,
                "completed" => &mut sessions.completed,
                "expired" => &mut sessions.expired,
                "cancelled" => &mut sessions.cancelled,
                _ => &mut sessions.foreign,
            };
            for node in node.items()? {
                let id = node.text()?;
                if matches!(id, "" | "." | "..") {
                    return Err(node.refuse("not a valid session id"));
                }
                if !seen.insert(id) {
                    return Err(node.refuse("duplicate id"));
                }
                list.push(id.to_owned());
            }
        }
        Ok(sessions)
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
        for text in
            ["{}", r#"{"keys":{}}"#, r#"{"keys":{"partner":null}}"#, r#"{"sessions":{"open":[]}}"#, r#"{"provoke":{}}"#]
        {
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
            ("", "fixtures.json:1:1: the file is empty or ends in the middle of a value"),
            ("{", "fixtures.json:1:1: the file is empty or ends in the middle of a value"),
            ("{\n  \"keys\" {}\n}", "fixtures.json:2:10: not JSON"),
            ("{'keys': {}}", "fixtures.json:1:2: not JSON"),
            (r#"{"keys":{},}"#, "fixtures.json:1:12: not JSON"),
            ("[]", "fixtures.json:1:1: must be an object, but is an array"),
            ("sk_test_canary", "fixtures.json:1:1: not JSON"),
            (
                r#"{"session":{}}"#,
                "fixtures.json:1:2: /session: is not a field; the fields are `keys`, `sessions`, `provoke`",
            ),
            (
                "{\"sessions\":{\n\"opne\":[]}}",
                "fixtures.json:2:1: /sessions/opne: is not a field; the fields are `open`,",
            ),
            (r#"{"sessions":{},"sessions":{}}"#, "fixtures.json:1:16: "),
            (r#"{"sessions":[]}"#, "fixtures.json:1:2: /sessions: must be an object, but is an array"),
            (r#"{"sessions":{"open":"a"}}"#, "fixtures.json:1:14: /sessions/open: must be an array, but is a string"),
            (
                "{\"sessions\":{\"open\":[\"a\",\n 7]}}",
                "fixtures.json:2:2: /sessions/open/1: must be a string, but is a number",
            ),
            (r#"{"keys":{"partner":7}}"#, "fixtures.json:1:10: /keys/partner: must be a string, but is a number"),
            (r#"{"sessions":{"open":[""]}}"#, "fixtures.json:1:22: /sessions/open/0: not a valid session id"),
            (r#"{"sessions":{"open":["a"],"foreign":["a"]}}"#, "duplicate id"),
            (r#"{"keys":{"partner":"sk_test_canary"}}"#, "/keys/partner: not the name of"),
            (r#"{"keys":{"partner":"7"}}"#, "/keys/partner: not the name of"),
            (r#"{"keys":{"partner":"UNSET"}}"#, "/keys/partner: the environment variable UNSET is not set"),
            (r#"{"keys":{"partner":"EMPTY"}}"#, "/keys/partner: the environment variable EMPTY is not set"),
            (r#"{"keys":{"publishable":"KEY"}}"#, "/keys/publishable: KEY is a secret key"),
            (r#"{"keys":{"publishable":"LINE"}}"#, "/keys/publishable: LINE contains a character that is invalid"),
            (r#"{"keys":"sk_test_canary"}"#, "/keys: must be an object, but is a string"),
            (r#"{"keys":{"sk_test_canary":"A"}}"#, "is not a field; the fields are `partner`, `other_partner`,"),
            (r#"{"provoke":{"sk_test_canary":{"A":"1"}}}"#, "not 429"),
            (r#"{"keys":{"live":"KEY"}}"#, "/keys/live: KEY is not a live secret key"),
            (r#"{"provoke":{"404":{"A":"1"}}}"#, "/provoke/404: not 429"),
            (r#"{"provoke":{"429":{}}}"#, "/provoke/429: no headers"),
            (r#"{"provoke":{"429":{"a b":"1"}}}"#, "/provoke/429/a b: not a header name and value"),
            (r#"{"provoke":{"429":{"A":1}}}"#, "fixtures.json:1:20: /provoke/429/A: must be a string, but is a number"),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.contains(told) && !refused.contains("canary"), "{text}: {refused}");
            assert_eq!(refused.lines().count(), 1, "{refused}");
        }
    }
}
