//! Compares responses about two kinds of sessions, to see whether a caller can tell them apart by anything but timing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use zerogate_contract::pointer;

use crate::evidence::body;
use crate::evidence::normalize::Normalizer;
use crate::wire::Exchange;

/// A response to a request for a session.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) id: String,
    pub(crate) exchange: Arc<Exchange>,
}

/// How a response differs from all of those that it should match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) expected: String,
    pub(crate) received: String,
}

/// Headers whose values depend on the time, the duration, the length of the body, which is compared itself, or the
/// request alone.
const ACCIDENTAL: [&str; 8] =
    ["age", "content-length", "date", "server-timing", "x-request-id", "x-response-time", "x-runtime", "x-trace-id"];

/// Returns how `other` differs from every one of `alike`. Parts that vary among those are ignored.
pub(crate) fn difference(alike: &[Sample], other: &Sample) -> Option<Difference> {
    let other = Face::of(other);
    let statuses: BTreeSet<u16> = alike.iter().map(|sample| sample.exchange.response.status).collect();
    if !statuses.contains(&other.status) {
        let expected = statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        return Some(Difference { expected, received: other.status.to_string() });
    }
    let alike: Vec<Face> = alike.iter().map(Face::of).filter(|face| face.status == other.status).collect();
    names(&alike, &other).or_else(|| values(&alike, &other)).or_else(|| bodies(&alike, &other))
}

/// A normalized response.
struct Face {
    status: u16,
    headers: BTreeMap<String, String>,
    text: String,
    /// Every value in a JSON body, by pointer.
    leaves: Option<BTreeMap<String, String>>,
}

impl Face {
    fn of(Sample { id, exchange }: &Sample) -> Self {
        let response = &exchange.response;
        let normalizer = Normalizer::of(id, response);
        let mut headers = BTreeMap::new();
        for (name, value) in &response.headers {
            let values: &mut String = headers.entry(name.clone()).or_default();
            values.push_str(&normalizer.text(value));
            values.push('\n');
        }
        let leaves = response.json.as_ref().map(|json| {
            let mut leaves = BTreeMap::new();
            flatten(json, String::new(), &normalizer, &mut leaves);
            leaves
        });
        Self {
            status: response.status,
            headers,
            text: normalizer.text(&String::from_utf8_lossy(&response.body)),
            leaves,
        }
    }
}

fn flatten(value: &Value, at: String, normalizer: &Normalizer, leaves: &mut BTreeMap<String, String>) {
    let child = |key: &str| pointer::join(&at, key);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| flatten(value, child(key), normalizer, leaves));
        }
        Value::Array(items) if !items.is_empty() => {
            let numbered = items.iter().enumerate();
            numbered.for_each(|(index, value)| flatten(value, child(&index.to_string()), normalizer, leaves));
        }
        other => drop(leaves.insert(at, normalizer.text(&other.to_string()))),
    }
}

/// A header that all of the others have and this one lacks, or the reverse.
fn names(alike: &[Face], other: &Face) -> Option<Difference> {
    let has = |face: &Face, name: &str| face.headers.contains_key(name);
    let mut usual = alike.iter().flat_map(|face| face.headers.keys());
    let missing = usual.find(|name| !has(other, name) && alike.iter().all(|face| has(face, name)));
    if let Some(name) = missing {
        return Some(Difference {
            expected: format!("a header `{}`", body::one_line(name)),
            received: "none".to_owned(),
        });
    }
    let extra = other.headers.keys().find(|name| !alike.iter().any(|face| has(face, name)))?;
    let name = body::one_line(extra);
    Some(Difference { expected: format!("no header `{name}`"), received: format!("a header `{name}`") })
}

/// A header that has the same value in all of the others, but another one here.
fn values(alike: &[Face], other: &Face) -> Option<Difference> {
    let compared = other.headers.iter().filter(|(name, _)| !ACCIDENTAL.contains(&name.as_str()));
    let differs = |(name, value): &(&String, &String)| {
        let one = one_of(alike.iter().map(|face| face.headers.get(*name)))??;
        (one != *value).then(|| Difference {
            expected: format!("`{}: {}`", body::one_line(name), body::one_line(one)),
            received: format!("`{}`", body::one_line(value)),
        })
    };
    compared.into_iter().find_map(|header| differs(&header))
}

fn bodies(alike: &[Face], other: &Face) -> Option<Difference> {
    let text = one_of(alike.iter().map(|face| face.text.as_str()));
    if text == Some(other.text.as_str()) {
        return None;
    }
    let all: Option<Vec<_>> = alike.iter().map(|face| face.leaves.as_ref()).collect();
    match (all, &other.leaves, text) {
        (Some(all), Some(leaves), text) => leaf(&all, leaves).or_else(|| {
            // The values match. If the others are identical to the byte, this one should be as well.
            text.map(|text| lengths(text, &other.text))
        }),
        (Some(_), None, _) => Some(Difference { expected: "JSON".to_owned(), received: "no JSON".to_owned() }),
        (None, _, Some(text)) => Some(lengths(text, &other.text)),
        (None, _, None) => None,
    }
}

/// A value in the body that the others share and this one lacks, or one that none of them has.
fn leaf(alike: &[&BTreeMap<String, String>], other: &BTreeMap<String, String>) -> Option<Difference> {
    let shown = |pointer: &str, value: Option<&String>| match value {
        Some(value) => format!("`{}` {}", body::one_line(pointer), body::shown_within(pointer, value)),
        None => format!("no `{}`", body::one_line(pointer)),
    };
    let usual = alike.first()?.keys();
    let agreed = usual.filter_map(|pointer| Some((pointer, one_of(alike.iter().map(|leaves| leaves.get(pointer)))??)));
    let mut other_one = agreed.filter(|(pointer, value)| other.get(*pointer) != Some(*value));
    if let Some((pointer, value)) = other_one.next() {
        return Some(Difference {
            expected: shown(pointer, Some(value)),
            received: shown(pointer, other.get(pointer)),
        });
    }
    let (pointer, value) =
        other.iter().find(|(pointer, _)| !alike.iter().any(|leaves| leaves.contains_key(*pointer)))?;
    Some(Difference { expected: shown(pointer, None), received: shown(pointer, Some(value)) })
}

fn lengths(expected: &str, received: &str) -> Difference {
    let bytes = |text: &str| format!("a body of {}, ids and times aside", body::counted(text.len(), "byte", "bytes"));
    if expected.len() == received.len() {
        let received = "a different body of the same length".to_owned();
        return Difference { expected: "the same body, byte for byte, ids and times aside".to_owned(), received };
    }
    Difference { expected: bytes(expected), received: bytes(received) }
}

/// The common value, if they all have the same.
fn one_of<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wire::exchange::{Response, Sent};

    fn sample(id: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Sample {
        let sent = Sent { target: format!("/v1/gate_sessions/{id}/cancel").into(), ..Sent::example() };
        let response = Response {
            version: "HTTP/1.1".to_owned(),
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            json: serde_json::from_str(body).ok(),
            body: body.as_bytes().to_vec(),
        };
        let (elapsed, name) = (Duration::ZERO, String::new());
        Sample { id: id.to_owned(), exchange: Arc::new(Exchange { sent, response, elapsed, name, is_regular: true }) }
    }

    fn told(alike: &[Sample], other: &Sample) -> Option<(String, String)> {
        difference(alike, other).map(|Difference { expected, received }| (expected, received))
    }

    fn body(message: &str, request_id: &str) -> String {
        format!(r#"{{"message":"{message}","request_id":"{request_id}"}}"#)
    }

    #[test]
    fn ids_times_and_varying_parts_are_ignored() {
        let alike = [
            sample("id-one", 404, &[("x-request-id", "req_1"), ("left", "9")], &body("No id-one, see a", "req_1")),
            sample("id-one", 404, &[("x-request-id", "req_2"), ("left", "8")], &body("No id-one, see b", "req_2")),
            sample("id-two", 404, &[("x-request-id", "req_3"), ("set-cookie", "a"), ("left", "7")], "{}"),
        ];
        let other =
            sample("id-six", 404, &[("x-request-id", "req_9"), ("left", "6")], &body("No id-six, see c", "req_9"));
        assert_eq!(told(&alike, &other), None);
    }

    #[test]
    fn every_other_difference_is_found() {
        let one = |id: &str| sample(id, 404, &[("a", "1")], &format!(r#"{{"message":"no {id}","code":"x"}}"#));
        let alike = [one("id-one"), one("id-one"), one("id-two")];
        assert_eq!(told(&alike, &one("id-six")), None);
        for (status, headers, body, expected, received) in [
            (403, &[("a", "1")][..], r#"{"message":"no id-six","code":"x"}"#, "404", "403"),
            (404, &[], r#"{"message":"no id-six","code":"x"}"#, "a header `a`", "none"),
            (404, &[("a", "1"), ("b", "1")], r#"{"message":"no id-six","code":"x"}"#, "no header `b`", "a header `b`"),
            (404, &[("a", "2")], r#"{"message":"no id-six","code":"x"}"#, "`a: 1`", "`2`"),
            (404, &[("a", "1")], r#"{"message":"no id-six","code":"y"}"#, r#"`/code` "x""#, r#"`/code` "y""#),
            (404, &[("a", "1")], r#"{"message":"no id-six"}"#, r#"`/code` "x""#, "no `/code`"),
            (404, &[("a", "1")], r#"{"message":"no id-six","code":"x","d":0}"#, "no `/d`", "`/d` 0"),
            (404, &[("a", "1")], "<html>", "JSON", "no JSON"),
            (
                404,
                &[("a", "1")],
                r#"{"message":"no id-six", "code":"x"}"#,
                "a body of 32 bytes, ids and times aside",
                "a body of 33 bytes, ids and times aside",
            ),
            (
                404,
                &[("a", "1")],
                r#"{"code":"x","message":"no id-six"}"#,
                "the same body, byte for byte, ids and times aside",
                "a different body of the same length",
            ),
        ] {
            let told = told(&alike, &sample("id-six", status, headers, body));
            assert_eq!(told, Some((expected.to_owned(), received.to_owned())), "{body}");
        }
    }

    #[test]
    fn a_varying_field_does_not_hide_another() {
        let one = |see: &str, code: &str| sample("id", 404, &[], &format!(r#"{{"see":"{see}","code":"{code}"}}"#));
        let alike = [one("a", "x"), one("b", "x"), one("c", "x")];
        assert_eq!(told(&alike, &one("d", "x")), None);
        assert_eq!(told(&alike, &one("d", "y")), Some((r#"`/code` "x""#.to_owned(), r#"`/code` "y""#.to_owned())));
    }
}
