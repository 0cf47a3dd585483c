//! Pages of the list of sessions.

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
