//! Takes keys and other secrets out of what is recorded. The same secret becomes the same name each time, so that what a
//! recording shows of it, such as a key that a response repeats, is still to be seen.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use serde_json::Value;
use zerogate_contract::{Document, KEY_PREFIXES};
use zerogate_judge::{Exchange, Headers, Message, Part};

/// Headers whose values are secrets, beside those that a contract names.
const SECRET_HEADERS: [&str; 6] =
    ["api-key", "apikey", "x-amz-security-token", "x-api-key", "x-auth-token", "x-access-token"];

/// Headers with a scheme, and a secret behind it.
const CREDENTIALS: [&str; 2] = ["authorization", "proxy-authorization"];

/// Names of a query whose values are secrets, beside those that a contract names.
const SECRET_QUERIES: [&str; 4] = ["access_token", "api_key", "apikey", "token"];

/// A secret of fewer characters could stand in a text by accident.
const SHORTEST: usize = 8;

/// How many secrets are looked for wherever they stand.
const LOOKED_FOR: usize = 64;

/// How many secrets have a name of their own.
const NAMED: usize = 100_000;

/// What stands for a secret, before its number.
const NAME: &str = "redacted_";

/// The field of a response that is a secret.
const FIELD: &[u8] = b"\"client_secret\"";

/// What was a secret, and what stands for it.
#[derive(Debug)]
pub(super) struct Redactor {
    headers: Vec<String>,
    queries: Vec<String>,
    /// The number of each secret.
    numbers: HashMap<Vec<u8>, usize>,
    /// Those that are looked for, the longest first.
    known: Vec<(Vec<u8>, String)>,
}

/// What is recorded of an exchange.
#[derive(Debug)]
pub(super) struct Redacted {
    pub(super) url: String,
    pub(super) request: Message<'static>,
    pub(super) response: Message<'static>,
}

impl Redactor {
    /// With what a contract calls a key.
    pub(super) fn of(document: &Document) -> Self {
        let schemes = document.value().pointer("/components/securitySchemes").and_then(Value::as_object);
        let text = |scheme: &Value, name: &str| scheme.get(name).and_then(Value::as_str).map(str::to_ascii_lowercase);
        let keys: Vec<(String, String)> = schemes
            .into_iter()
            .flatten()
            .filter_map(|(_, scheme)| Some((text(scheme, "in")?, text(scheme, "name")?)))
            .collect();
        let named = |place: &str, usual: &[&str]| {
            let own = keys.iter().filter(|(own, _)| own == place).map(|(_, name)| name.clone());
            own.chain(usual.iter().map(|name| (*name).to_owned())).collect()
        };
        let (headers, queries) = (named("header", &SECRET_HEADERS), named("query", &SECRET_QUERIES));
        Self { headers, queries, numbers: HashMap::new(), known: Vec::new() }
    }

    /// An exchange without its secrets.
    pub(super) fn redacted(&mut self, exchange: &Exchange<'_>) -> Redacted {
        for (name, value) in &exchange.request.headers.known {
            if is_one_of(name, &CREDENTIALS) {
                self.learn_credential(value);
            } else if is_one_of(name, &self.headers) {
                self.learn(value);
            }
        }
        Redacted {
            url: self.url(exchange.url),
            request: self.message(&exchange.request),
            response: self.message(&exchange.response),
        }
    }

    /// The scheme stays.
    fn learn_credential(&mut self, value: &str) {
        let (_, credential) = credential(value);
        self.learn(credential);
        if let Ok(decoded) = STANDARD.decode(credential)
            && let Ok(decoded) = String::from_utf8(decoded)
        {
            decoded.split(':').for_each(|part| self.learn(part));
        }
    }

    /// From now on it is looked for everywhere.
    fn learn(&mut self, secret: &str) {
        let is_known = self.known.iter().any(|(known, _)| known == secret.as_bytes());
        if secret.len() < SHORTEST || is_known || self.known.len() >= LOOKED_FOR {
            return;
        }
        let name = self.name(secret.as_bytes());
        self.known.push((STANDARD.encode(secret).into_bytes(), name.clone()));
        self.known.push((secret.as_bytes().to_vec(), name));
        self.known.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
    }

    /// What stands for a secret. What tells the kind of a key stays.
    fn name(&mut self, secret: &[u8]) -> String {
        let prefix = KEY_PREFIXES.into_iter().find(|prefix| secret.starts_with(prefix.as_bytes())).unwrap_or_default();
        let next = self.numbers.len() + 1;
        let number = match self.numbers.entry(secret.to_vec()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) if next <= NAMED => *new.insert(next),
            Entry::Vacant(_) => 0,
        };
        format!("{prefix}{NAME}{number}")
    }

    fn url(&mut self, url: &str) -> String {
        let Some((path, query)) = url.split_once('?') else { return self.text(url) };
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if is_one_of(name, &self.queries) && !value.is_empty() => {
                    format!("{name}={}", self.name(value.as_bytes()))
                }
                _ => pair.to_owned(),
            })
            .collect();
        self.text(&format!("{path}?{}", pairs.join("&")))
    }

    fn message(&mut self, message: &Message<'_>) -> Message<'static> {
        let known =
            message.headers.known.iter().map(|(name, value)| (Cow::Owned(name.to_string()), self.header(name, value)));
        let known = known.collect();
        let headers = Headers { known, incomplete: message.headers.incomplete, ..Headers::default() };
        let body = match &message.body {
            Part::Known(body) => Part::Known(Cow::Owned(self.bytes(body))),
            Part::Absent => Part::Absent,
            Part::Unknown(why) => Part::Unknown(why),
        };
        Message { headers, body }
    }

    fn header(&mut self, name: &str, value: &str) -> Cow<'static, str> {
        let mut name_of = |secret: &str| if secret.is_empty() { String::new() } else { self.name(secret.as_bytes()) };
        Cow::Owned(if is_one_of(name, &CREDENTIALS) {
            let (scheme, credential) = credential(value);
            format!("{scheme}{}", name_of(credential))
        } else if is_one_of(name, &["cookie", "set-cookie"]) {
            let is_sent = name.eq_ignore_ascii_case("cookie");
            let parts = value.split(';').enumerate().map(|(index, part)| match part.split_once('=') {
                // What follows the cookie in a response are its attributes.
                Some((name, value)) if is_sent || index == 0 => format!("{name}={}", name_of(value)),
                _ => part.to_owned(),
            });
            parts.collect::<Vec<_>>().join(";")
        } else if is_one_of(name, &self.headers) {
            self.name(value.as_bytes())
        } else {
            self.text(value)
        })
    }

    fn text(&mut self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    /// Whatever it is, without the secrets that are known, and without what looks like one.
    fn bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
        let known = self.known.iter().fold(bytes.to_vec(), |bytes, (secret, name)| replaced(&bytes, secret, name));
        let keys = KEY_PREFIXES.into_iter().fold(known, |bytes, prefix| {
            self.each(&bytes, prefix.as_bytes(), |rest| {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
                let end = rest.iter().skip(prefix.len()).position(|byte| !is_part(byte));
                let key = rest.get(..end.map_or(rest.len(), |end| prefix.len() + end))?;
                let is_name = key.get(prefix.len()..).is_some_and(|rest| rest.starts_with(NAME.as_bytes()));
                Some((0, key.len())).filter(|_| !is_name && key.len() > prefix.len())
            })
        });
        self.each(&keys, FIELD, client_secret)
    }

    /// Replaces what `find` names, counted from each place where `mark` stands.
    fn each(&mut self, bytes: &[u8], mark: &[u8], find: impl Fn(&[u8]) -> Option<(usize, usize)>) -> Vec<u8> {
        let mut done = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for found in memmem::find_iter(bytes, mark) {
            let rest = bytes.get(found.max(at)..).unwrap_or_default();
            let Some((start, end)) = find(rest).filter(|_| found >= at) else { continue };
            done.extend_from_slice(bytes.get(at..found + start).unwrap_or_default());
            done.extend_from_slice(self.name(rest.get(start..end).unwrap_or_default()).as_bytes());
            at = found + end;
        }
        done.extend_from_slice(bytes.get(at..).unwrap_or_default());
        done
    }
}

/// Where the text behind the name `client_secret` begins and ends, if it is one. It may be cut.
fn client_secret(rest: &[u8]) -> Option<(usize, usize)> {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let behind = |at: usize| rest.iter().skip(at).position(|byte| !is_blank(byte)).map(|blanks| at + blanks);
    let colon = behind(FIELD.len()).filter(|at| rest.get(*at) == Some(&b':'))?;
    let start = behind(colon + 1).filter(|at| rest.get(*at) == Some(&b'"'))? + 1;
    let mut end = start;
    while rest.get(end).is_some_and(|byte| *byte != b'"') {
        end += if rest.get(end) == Some(&b'\\') { 2 } else { 1 };
    }
    let end = end.min(rest.len());
    Some((start, end)).filter(|_| end > start)
}

/// The scheme of a credential with the blank behind it, and the rest.
fn credential(value: &str) -> (&str, &str) {
    let at = value.trim_end().find(' ').map_or(0, |at| at + 1);
    value.split_at(at)
}

fn is_one_of(name: &str, names: &[impl AsRef<str>]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_ref()))
}

fn replaced(bytes: &[u8], secret: &[u8], name: &str) -> Vec<u8> {
    let mut done = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for found in memmem::find_iter(bytes, secret) {
        done.extend_from_slice(bytes.get(at..found).unwrap_or_default());
        done.extend_from_slice(name.as_bytes());
        at = found + secret.len();
    }
    done.extend_from_slice(bytes.get(at..).unwrap_or_default());
    done
}
