//! Rules on values that a session returns as they were sent.

use serde_json::{Map, Value, json};

use super::session;
use crate::evidence::body;
use crate::lab::{Fragile, Lab, Need, Obstacle, SentValue as Sent, round_trips};
use crate::rules::verdict::{Finding, Judged};

rules! {
    "create-amount-as-sent" => comes_back(Fragile::Amount) [Fragile::Amount.cases()],
    "create-metadata-as-sent" => comes_back(Fragile::Metadata) [Fragile::Metadata.cases()],
    "create-text-as-sent" => comes_back(Fragile::Text) [Fragile::Text.cases()],
    "create-url-as-sent" => comes_back(Fragile::Url) [Fragile::Url.cases()],
}

async fn comes_back(lab: &Lab<'_>, kind: Fragile) -> Judged {
    let trips = round_trips(lab).await?;
    let of_kind = trips.iter().flat_map(|trip| {
        let sent = trip.sent.iter().filter(|sent| sent.kind == kind);
        sent.map(|Sent { case, fields, .. }| (*case, fields, &trip.returned))
    });
    let mut findings = Vec::new();
    let mut is_judged = false;
    for (case, fields, returned) in of_kind {
        is_judged = true;
        for exchange in returned {
            // Text beyond ASCII may be the reason.
            if kind == Fragile::Text && exchange.response.json.is_none() {
                let expected = format!("text as sent: {}", body::one_line(&Value::from(fields.clone()).to_string()));
                findings.push(Finding::new(expected, session::describe(exchange), exchange).in_case(case));
                break;
            }
            let session = session::of(exchange)?;
            let lost = lost(fields, session);
            // A difference in the creation is not reported again for reading it.
            if !lost.is_empty() {
                let finding = |(expected, received): (String, String)| Finding::new(expected, received, exchange);
                findings.extend(lost.into_iter().map(finding).map(|finding| finding.in_case(case)));
                break;
            }
        }
    }
    if is_judged { Ok(findings.into()) } else { Err(Obstacle::from(Need::Accepted(kind.words()))) }
}

/// The fields that differ from what was sent, as expected and received. Another rule judges missing fields.
fn lost(fields: &Map<String, Value>, session: &Map<String, Value>) -> Vec<(String, String)> {
    let mut lost = Vec::new();
    for (field, sent) in fields {
        // Omitted metadata means empty metadata.
        let (sent, how) = if sent.is_null() { (&json!({}), "empty, as it was omitted") } else { (sent, "as sent") };
        // Other rules judge a value that is not a string, or null because it is not stored at all.
        let is_another_kind = |found: &&Value| sent.is_string() && !found.is_string();
        if let Some(found) = session.get(field).filter(|found| !is_another_kind(found))
            && let Some((place, sent, found)) = difference(field, sent, found)
        {
            let received = found.map_or("nothing".to_owned(), |found| received(sent, found));
            lost.push((format!("`{place}` {how}: {}", body::one_line(&sent.to_string())), received));
        }
    }
    lost
}

/// What was received in place of a value, without its text, which may be private.
fn received(sent: &Value, found: &Value) -> String {
    match (sent, body::contrast(sent, found)) {
        (Value::String(_), Some(contrast)) => format!("different text: {contrast}"),
        (_, Some(contrast)) => format!("{}: {contrast}", body::kind(found)),
        (_, None) => body::kind(found).to_owned(),
    }
}

/// The first place where a value differs from what was sent, with the value sent and the value found.
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
