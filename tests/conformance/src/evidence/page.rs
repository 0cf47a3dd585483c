//! Pages of the list of sessions.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::wire::Exchange;

/// A page of a list.
pub(crate) struct Page<'e> {
    pub(crate) data: &'e [Value],
    pub(crate) has_more: Option<bool>,
}

impl<'e> Page<'e> {
    /// The ids of its sessions, in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &'e str> + use<'e> {
        let data: &'e [Value] = self.data;
        data.iter().filter_map(|session| session.get("id")?.as_str())
    }

    /// Whether its sessions are in the order of a list: the newest first.
    pub(crate) fn is_newest_first(&self) -> bool {
        let times: Vec<_> = self.data.iter().filter_map(|session| created_at(session.as_object()?)).collect();
        times.is_sorted_by(|one, next| one >= next)
    }

    /// The times of two sessions, the older one first. Sessions that were being created at the same time may be in any order.
    ///
    /// `took`: how long it took to create them, by id.
    pub(crate) fn out_of_order(&self, took: &HashMap<String, Duration>) -> Option<[&'e str; 2]> {
        let mut oldest: Option<(Timestamp, &str, Duration)> = None;
        for session in self.data.iter().filter_map(Value::as_object) {
            let Some(time) = created_at(session) else { continue };
            let text = |field: &str| session.get(field).and_then(Value::as_str).unwrap_or_default();
            let (at, took) = (text("created_at"), took.get(text("id")).copied().unwrap_or_default());
            match oldest {
                Some((older, before, other)) if time > older => {
                    if time.duration_since(older).unsigned_abs() > took.max(other) {
                        return Some([before, at]);
                    }
                }
                _ => oldest = Some((time, at, took)),
            }
        }
        None
    }
}

/// The page in a response, if there is one.
pub(crate) fn page(exchange: &Exchange) -> Option<Page<'_>> {
    let body = exchange.response.object().filter(|_| exchange.response.is_success())?;
    let data = body.get("data")?.as_array()?;
    Some(Page { data, has_more: body.get("has_more").and_then(Value::as_bool) })
}

/// The time of creation of a session, in any notation.
pub(crate) fn created_at(session: &Map<String, Value>) -> Option<Timestamp> {
    session.get("created_at")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_sessions_of_overlapping_creations_may_be_in_any_order() {
        let took = HashMap::from([("slow".to_owned(), Duration::from_millis(5))]);
        let of = |sessions: &[(&str, u16)]| -> Vec<Value> {
            let session =
                |(id, at): &(&str, u16)| json!({"id": id, "created_at": format!("2026-05-26T12:00:00.{at:03}Z")});
            sessions.iter().map(session).collect()
        };
        for (sessions, is_ordered) in [
            (&[("a", 9), ("b", 8), ("c", 8)][..], true),
            (&[("a", 8), ("b", 9)], false),
            (&[("slow", 8), ("b", 9)], true),
            (&[("b", 8), ("slow", 13)], true),
            (&[("b", 8), ("slow", 14)], false),
            (&[("b", 8), ("slow", 13), ("c", 9)], false),
        ] {
            let data = of(sessions);
            let page = Page { data: &data, has_more: None };
            assert_eq!(page.out_of_order(&took).is_none(), is_ordered, "{sessions:?}");
        }
    }
}
