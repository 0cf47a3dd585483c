//! Whether answers about one kind of session can be told from answers about another, by anything but the time they take.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::body;
use crate::exchange::Exchange;
use crate::plain::Plain;

/// An answer to a request about a session of this id.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) id: String,
    pub(crate) answer: Arc<Exchange>,
}

/// How an answer differs from all of those that it should be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) expected: String,
    pub(crate) received: String,
}

/// Headers whose values tell when an answer was given, how long that took, or how long its body is, which is compared
/// itself; or they are those of the request alone.
const ACCIDENTAL: [&str; 8] =
    ["age", "content-length", "date", "server-timing", "x-request-id", "x-response-time", "x-runtime", "x-trace-id"];

/// What tells `other` from every one of `alike`; what differs among those tells nothing.
pub(crate) fn difference(alike: &[Sample], other: &Sample) -> Option<Difference> {
    let other = Face::of(other);
    let statuses: BTreeSet<u16> = alike.iter().map(|sample| sample.answer.response.status).collect();
    if !statuses.contains(&other.status) {
        let expected = statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        return Some(Difference { expected, received: other.status.to_string() });
    }
    let alike: Vec<Face> = alike.iter().map(Face::of).filter(|face| face.status == other.status).collect();
    names(&alike, &other).or_else(|| values(&alike, &other)).or_else(|| bodies(&alike, &other))
}

/// An answer without what differs between any two.
struct Face {
    status: u16,
    headers: BTreeMap<String, String>,
    text: String,
    /// Every value within a JSON body by its pointer.
    leaves: Option<BTreeMap<String, String>>,
}

impl Face {
    fn of(Sample { id, answer }: &Sample) -> Self {
        let response = &answer.response;
        let plain = Plain::of(id, response);
        let mut headers = BTreeMap::new();
        for (name, value) in &response.headers {
            let values: &mut String = headers.entry(name.clone()).or_default();
            values.push_str(&plain.text(value));
            values.push('\n');
        }
        let leaves = response.json.as_ref().map(|json| {
            let mut leaves = BTreeMap::new();
            flatten(json, String::new(), &plain, &mut leaves);
            leaves
        });
        Self { status: response.status, headers, text: plain.text(&String::from_utf8_lossy(&response.body)), leaves }
    }
}

fn flatten(value: &Value, pointer: String, plain: &Plain, leaves: &mut BTreeMap<String, String>) {
    let child = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| flatten(value, child(key), plain, leaves));
        }
        Value::Array(items) if !items.is_empty() => {
            let numbered = items.iter().enumerate();
            numbered.for_each(|(index, value)| flatten(value, child(&index.to_string()), plain, leaves));
        }
        other => drop(leaves.insert(pointer, plain.text(&other.to_string()))),
    }
}

/// A header that all of the others have, or that none of them has.
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

/// A header that has one value with all of the others, and another one here.
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
            // The same values; and if the others are the same to the byte, so should this be.
            text.map(|text| lengths(text, &other.text))
        }),
        (Some(_), None, _) => Some(Difference { expected: "JSON".to_owned(), received: "no JSON".to_owned() }),
        (None, _, Some(text)) => Some(lengths(text, &other.text)),
        (None, _, None) => None,
    }
}

/// A value within the body that the others agree on and that is not here, or one that none of them has.
fn leaf(alike: &[&BTreeMap<String, String>], other: &BTreeMap<String, String>) -> Option<Difference> {
    let shown = |pointer: &str, value: Option<&String>| match value {
        Some(value) => format!("`{}` {}", body::one_line(pointer), body::short(&body::one_line(value))),
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
    let bytes = |text: &str| format!("a body of {} bytes, ids and times aside", text.len());
    if expected.len() == received.len() {
        let received = "another body of the same length".to_owned();
        return Difference { expected: "the same body, byte for byte, ids and times aside".to_owned(), received };
    }
    Difference { expected: bytes(expected), received: bytes(received) }
}

/// The value of all of them, if they have one and the same.
fn one_of<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}
