//! What comes back of what a session was created with.

use serde_json::{Map, Value, json};

use super::session;
use crate::evidence::body;
use crate::lab::{Fragile, Lab, Need, Obstacle, round_trips};
use crate::rules::verdict::{Finding, Judged};

rules! {
    "create-amount-as-sent" => amount,
    "create-metadata-as-sent" => metadata,
    "create-text-as-sent" => text,
    "create-url-as-sent" => url,
}

async fn amount(lab: &Lab<'_>) -> Judged {
    comes_back(lab, Fragile::Amount).await
}

async fn metadata(lab: &Lab<'_>) -> Judged {
    comes_back(lab, Fragile::Metadata).await
}

async fn text(lab: &Lab<'_>) -> Judged {
    comes_back(lab, Fragile::Text).await
}

async fn url(lab: &Lab<'_>) -> Judged {
    comes_back(lab, Fragile::Url).await
}

async fn comes_back(lab: &Lab<'_>, kind: Fragile) -> Judged {
    let trips = round_trips(lab).await?;
    let of_kind = trips.iter().flat_map(|trip| {
        trip.sent.iter().filter(|(found, _)| *found == kind).map(|(_, fields)| (fields, &trip.returned))
    });
    let mut findings = Vec::new();
    let mut is_judged = false;
    for (fields, returned) in of_kind {
        is_judged = true;
        for exchange in returned {
            let session = session::of(exchange)?;
            let lost = lost(fields, session);
            // What the creation says already is not told again of reading it.
            if !lost.is_empty() {
                findings
                    .extend(lost.into_iter().map(|(expected, received)| Finding::new(expected, received, exchange)));
                break;
            }
        }
    }
    if is_judged { Ok(findings.into()) } else { Err(Obstacle::from(Need::Accepted(kind.words()))) }
}

/// What is not as it was sent: what was expected and what came, of each field. A field that is missing is for another rule.
fn lost(fields: &Map<String, Value>, session: &Map<String, Value>) -> Vec<(String, String)> {
    let mut lost = Vec::new();
    for (field, sent) in fields {
        // Metadata that are left out are metadata without anything in them.
        let (sent, how) = if sent.is_null() { (&json!({}), "left out") } else { (sent, "sent") };
        // Of what is no text, or is null because it is not kept at all, other rules speak.
        let is_another_kind = |found: &&Value| sent.is_string() && !found.is_string();
        if let Some(found) = session.get(field).filter(|found| !is_another_kind(found))
            && let Some((place, sent, found)) = difference(field, sent, found)
        {
            let received = found.map_or("nothing".to_owned(), |found| received(sent, found));
            lost.push((format!("`{place}` as it was {how}: {}", body::one_line(&sent.to_string())), received));
        }
    }
    lost
}

/// What came in the place of a value: its text may be anybody's.
fn received(sent: &Value, found: &Value) -> String {
    match (sent, found) {
        (Value::String(_), Value::String(_)) => "another text".to_owned(),
        _ => body::kind(found).to_owned(),
    }
}

/// The first place where a value is not what was sent: there, what was sent, and what is found.
fn difference<'v>(place: &str, sent: &'v Value, found: &'v Value) -> Option<(String, &'v Value, Option<&'v Value>)> {
    let children: Vec<(String, &Value, Option<&Value>)> = match (sent, found) {
        (Value::Object(sent), Value::Object(found)) if found.keys().all(|name| sent.contains_key(name)) => {
            sent.iter().map(|(name, value)| (name.clone(), value, found.get(name))).collect()
        }
        (Value::Array(sent), Value::Array(found)) if sent.len() == found.len() => {
            sent.iter().zip(found).enumerate().map(|(at, (sent, found))| (at.to_string(), sent, Some(found))).collect()
        }
        _ if body::same(sent, found) => return None,
        _ => return Some((place.to_owned(), sent, Some(found))),
    };
    children.into_iter().find_map(|(name, sent, found)| {
        let place = format!("{place}/{name}");
        match found {
            Some(found) => difference(&place, sent, found),
            None => Some((place, sent, None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_by_its_place() {
        let sent = json!({"a": [1, "2", {"b": null}], "c": 1.0});
        for (found, place) in [
            (json!({"a": [1, "2", {"b": null}], "c": 1}), None),
            (json!({"a": [1, 2, {"b": null}], "c": 1}), Some("m/a/1")),
            (json!({"a": [1, "2", {}], "c": 1}), Some("m/a/2/b")),
            (json!({"a": [1, "2"], "c": 1}), Some("m/a")),
            (json!({"a": [1, "2", {"b": null}], "c": 1, "d": 1}), Some("m")),
            (json!(null), Some("m")),
        ] {
            let place = place.map(str::to_owned);
            assert_eq!(difference("m", &sent, &found).map(|(place, ..)| place), place, "{found}");
        }
    }
}
