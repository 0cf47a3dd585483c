//! Redacts keys and other secrets in recordings. The same secret always becomes the same placeholder, so that a
//! recording still shows, for example, that a response repeats a key.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zerogate_contract::{Document, KEY_PREFIXES};
use zerogate_judge::{Exchange, Headers, Message, Part};

use super::plain::{CLIENT_SECRET, Plain, is_part};

/// Headers whose values are secrets, besides those that the contract names.
const SECRET_HEADERS: [&str; 7] =
    ["api-key", "apikey", "x-amz-security-token", "x-api-key", "x-auth-token", "x-access-token", "x-embed-token"];

/// Headers with a scheme followed by a secret.
const CREDENTIALS: [&str; 2] = ["authorization", "proxy-authorization"];

/// Fields of queries and forms whose values are secrets, besides those that the contract names.
const SECRET_QUERIES: [&str; 10] = [
    "access_token",
    "api_key",
    "apikey",
    CLIENT_SECRET,
    "id_token",
    "password",
    "refresh_token",
    "secret",
    "session_token",
    "token",
];

/// Headers that contain a URL, which may have a query.
const URL_HEADERS: [&str; 4] = ["content-location", "location", "referer", "refresh"];

/// The maximum depth of URLs in queries of URLs.
const NESTED: usize = 3;

/// A shorter secret could occur in a text by accident.
const SHORTEST: usize = 8;

/// How many secrets are searched for everywhere.
const LOOKED_FOR: usize = 64;

/// How many secrets get their own placeholder.
const NAMED: usize = 100_000;

/// The placeholder of a secret, before its number.
const NAME: &str = "redacted_";

const FORM: &str = "application/x-www-form-urlencoded";

/// Hashes that identify secrets; the secrets themselves are not kept.
type Digest = [u8; 32];

/// A secret and its placeholder.
#[derive(Debug)]
pub(super) struct Redactor {
    headers: Vec<String>,
    queries: Vec<String>,
    /// The number of each secret.
    numbers: HashMap<Digest, usize>,
    /// The secrets to search for, the longest first.
    known: Vec<(Vec<u8>, String)>,
    /// Client secrets, which are searched for as words, by length.
    words: HashSet<Digest>,
    lengths: BTreeSet<usize>,
}

/// The texts that stand for a secret: hex, and base64 with either alphabet, alone or within a longer text.
fn encodings(secret: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    // The first and the last character of a part may depend on its neighbours.
    let within = [(0, 0), (1, 2), (2, 3)].map(|(before, first)| {
        let encoded = STANDARD.encode([&[0; 2][..before], secret].concat());
        let last = encoded.trim_end_matches('=').len() - usize::from(encoded.ends_with('='));
        encoded[first..last].to_owned()
    });
    let base64 = within.into_iter().chain([STANDARD.encode(secret)]);
    let both = base64.flat_map(|text| [text.replace('+', "-").replace('/', "_"), text]);
    both.chain([hex.to_uppercase(), hex]).map(String::into_bytes)
}

/// A secret in a text.
struct Found<'p> {
    /// Its place in the bytes.
    place: Range<usize>,
    secret: &'p [u8],
    /// Its placeholder, if it is one of those to search for.
    name: Option<String>,
}

/// The recorded parts of an exchange.
#[derive(Debug)]
pub(super) struct Redacted {
    pub(super) url: String,
    pub(super) request: Message<'static>,
    pub(super) response: Message<'static>,
}

impl Redactor {
    /// Also uses the names of the contract's security schemes.
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
        Self {
            headers,
            queries,
            numbers: HashMap::new(),
            known: Vec::new(),
            words: HashSet::new(),
            lengths: BTreeSet::new(),
        }
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
        if exchange.status.known().is_some_and(|status| (200..300).contains(&status))
            && let Part::Known(body) = &exchange.response.body
        {
            self.learn_client_secrets(body);
        }
        let url = self.url(exchange.url, NESTED);
        Redacted {
            url: self.text(&url),
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

    /// Each response may have a new one, so they are looked up, not searched for.
    fn learn_client_secrets(&mut self, body: &[u8]) {
        let plain = Plain::of(body);
        for secret in plain.client_secrets().filter_map(|range| plain.text.get(range)) {
            if !secret.iter().all(is_part) {
                self.learn(&String::from_utf8_lossy(secret));
            } else if secret.len() >= SHORTEST && self.words.len() < NAMED {
                self.words.insert(Sha256::digest(secret).into());
                self.lengths.insert(secret.len());
            }
        }
    }

    /// From now on, searches for it everywhere.
    fn learn(&mut self, secret: &str) {
        let is_known = self.known.iter().any(|(known, _)| known == secret.as_bytes());
        if secret.len() < SHORTEST || is_known || self.known.len() >= LOOKED_FOR {
            return;
        }
        let name = self.name(secret.as_bytes());
        self.known.extend(encodings(secret.as_bytes()).map(|encoded| (encoded, name.clone())));
        // It may look like an escape itself, which is then undone wherever it is repeated.
        let plain = Plain::of(secret.as_bytes()).text.into_owned();
        if plain != secret.as_bytes() && plain.len() >= SHORTEST {
            self.known.push((plain, name.clone()));
        }
        // In JSON, a backslash at its end looks like the escape of what follows.
        if secret.ends_with('\\') {
            let once = secret.replace('\\', r"\\").replace('"', r#"\""#);
            let twice = once.replace('\\', r"\\").replace('"', r#"\""#);
            self.known.extend([once, twice].map(|escaped| (escaped.into_bytes(), name.clone())));
        }
        self.known.push((secret.as_bytes().to_vec(), name));
        self.known.sort_by_key(|(secret, _)| Reverse(secret.len()));
    }

    /// The placeholder of a secret. Keeps the prefix that shows the kind of a key.
    fn name(&mut self, secret: &[u8]) -> String {
        let prefix = KEY_PREFIXES.into_iter().find(|prefix| secret.starts_with(prefix.as_bytes())).unwrap_or_default();
        let next = self.numbers.len() + 1;
        let number = match self.numbers.entry(Sha256::digest(secret).into()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) if next <= NAMED => *new.insert(next),
            Entry::Vacant(_) => 0,
        };
        format!("{prefix}{NAME}{number}")
    }

    /// A URL without the secrets in its query and fragment, and in those of URLs inside them.
    fn url(&mut self, url: &str, depth: usize) -> String {
        let (rest, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
        let (path, query) = rest.find('?').map_or((rest, ""), |at| rest.split_at(at + 1));
        let fragment = fragment.split('#').map(|pairs| self.pairs(pairs, depth)).collect::<Vec<_>>().join("#");
        format!("{path}{}{fragment}", self.pairs(query, depth))
    }

    /// The pairs of a query or form.
    fn pairs(&mut self, pairs: &str, depth: usize) -> String {
        let pairs = pairs.split('&').map(|pair| {
            let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.is_empty()) else {
                return pair.to_owned();
            };
            // A fragment may have a path before its query.
            let own = name.rsplit('?').next().unwrap_or(name);
            if is_one_of(&percent_decode_str(own).decode_utf8_lossy(), &self.queries) {
                return format!("{name}={}", self.name(value.as_bytes()));
            }
            let plain = percent_decode_str(value).decode_utf8_lossy();
            let redacted = if depth == 0 { plain.to_string() } else { self.url(&plain, depth - 1) };
            if redacted == plain {
                pair.to_owned()
            } else {
                format!("{name}={}", utf8_percent_encode(&redacted, NON_ALPHANUMERIC))
            }
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    fn message(&mut self, message: &Message<'_>) -> Message<'static> {
        let known =
            message.headers.known.iter().map(|(name, value)| (Cow::Owned(name.to_string()), self.header(name, value)));
        let known = known.collect();
        let headers = Headers { known, incomplete: message.headers.incomplete, ..Headers::default() };
        let media_type = message.headers.get("content-type").known().unwrap_or_default();
        let is_form = media_type.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case(FORM));
        let body = match &message.body {
            Part::Known(body) if is_form => {
                let body = self.pairs(&String::from_utf8_lossy(body), NESTED);
                Part::Known(Cow::Owned(self.bytes(body.as_bytes())))
            }
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
                // In a response, the cookie is followed by its attributes.
                Some((name, value)) if is_sent || index == 0 => format!("{name}={}", name_of(value)),
                None if is_sent || index == 0 => {
                    let (blank, value) = part.split_at(part.len() - part.trim_start().len());
                    format!("{blank}{}", name_of(value))
                }
                _ => part.to_owned(),
            });
            parts.collect::<Vec<_>>().join(";")
        } else if is_one_of(name, &self.headers) {
            self.name(value.as_bytes())
        } else if is_one_of(name, &URL_HEADERS) {
            let url = self.url(value, NESTED);
            self.text(&url)
        } else if name.eq_ignore_ascii_case("link") {
            // Each URL is in brackets.
            let urls = value.split('>').map(|url| self.url(url, NESTED)).collect::<Vec<_>>().join(">");
            self.text(&urls)
        } else {
            self.text(value)
        })
    }

    fn text(&mut self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    /// Text of any kind, without known secrets and without what looks like a secret, however they are escaped.
    fn bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
        let (plain, as_is) = (Plain::of(bytes), Plain::as_is(bytes));
        let mut found = self.secrets(&plain);
        // What looks like an escape may be a mark and the start of a secret.
        if plain.has_escapes() {
            found.extend(self.secrets(&as_is));
        }
        found.sort_by_key(|found| (found.place.start, Reverse(found.place.end)));
        let mut done = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for Found { place, secret, name } in found {
            if place.end <= at || is_name(secret) {
                continue;
            }
            // Otherwise it overlaps with the one before.
            if place.start >= at {
                done.extend_from_slice(bytes.get(at..place.start).unwrap_or_default());
                done.extend_from_slice(name.unwrap_or_else(|| self.name(secret)).as_bytes());
            }
            at = place.end;
        }
        done.extend_from_slice(bytes.get(at..).unwrap_or_default());
        done
    }

    /// The secrets in a text.
    fn secrets<'p>(&self, plain: &'p Plain<'_>) -> Vec<Found<'p>> {
        let text = &plain.text;
        let known = self.known.iter().flat_map(|(secret, name)| {
            memmem::find_iter(text, secret).map(|at| (at..at + secret.len(), Some(name.clone())))
        });
        let is_word = |word: &[u8]| self.words.contains(&Digest::from(Sha256::digest(word)));
        let words = plain.words(&self.lengths, is_word);
        let keys = KEY_PREFIXES.into_iter().flat_map(|prefix| {
            let mut last = 0;
            let found = memmem::find_iter(text, prefix).filter_map(move |at| {
                // A prefix in the same word is redacted with it.
                let start = Some(at).filter(|at| *at >= last)?;
                last = plain.end_of_word(start);
                Some(start..last)
            });
            found.filter(|key| key.len() > prefix.len())
        });
        let all = known.chain(words.into_iter().chain(keys).chain(plain.client_secrets()).map(|range| (range, None)));
        let found = all.map(|(range, name)| Found {
            place: plain.place(range.start)..plain.place(range.end),
            secret: text.get(range).unwrap_or_default(),
            name,
        });
        found.collect()
    }
}

/// Whether a text is already a placeholder.
fn is_name(text: &[u8]) -> bool {
    let behind = KEY_PREFIXES.into_iter().find_map(|prefix| text.strip_prefix(prefix.as_bytes())).unwrap_or(text);
    behind.strip_prefix(NAME.as_bytes()).is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

/// The scheme of a credential with the space after it, and the rest.
fn credential(value: &str) -> (&str, &str) {
    let at = value.trim_end().find(' ').map_or(0, |at| at + 1);
    value.split_at(at)
}

fn is_one_of(name: &str, names: &[impl AsRef<str>]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_ref()))
}
