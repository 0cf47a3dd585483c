//! `GET /v1/gate_sessions`

use axum::extract::Query;
use axum::http::{StatusCode, Uri};
use serde::Serialize;

use super::success::Success;
use crate::envelope::Refusal;
use crate::session::{GateSession, Owner, Status, parse};
use crate::store::{Store, UnknownCursor};

const DEFAULT_LIMIT: usize = 10;
const GREATEST_LIMIT: usize = 100;

#[derive(Serialize)]
struct Page {
    object: &'static str,
    data: Vec<GateSession>,
    has_more: bool,
}

pub(super) fn list(store: &Store, owner: Owner, uri: &Uri) -> Result<Success, Refusal> {
    let Query(parameters) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| Refusal::Invalid("The query is invalid.".to_owned()))?;
    let limit = once(&parameters, "limit")?.map_or(Ok(DEFAULT_LIMIT), parse_limit)?;
    let status = once(&parameters, "status")?.map(parse_status).transpose()?;
    let after = once(&parameters, "starting_after")?;

    let (data, has_more) = store
        .list(owner, status, after, limit)
        .map_err(|UnknownCursor| Refusal::invalid("starting_after", "is not a session of yours"))?;
    Ok(Success::json(StatusCode::OK, &Page { object: "list", data, has_more }))
}

/// The value of a parameter that may be given at most once.
fn once<'a>(parameters: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = parameters.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let value = values.next();
    if values.next().is_some() { Err(Refusal::invalid(name, "is given more than once")) } else { Ok(value) }
}

fn parse_limit(text: &str) -> Result<usize, Refusal> {
    text.parse()
        .ok()
        .filter(|limit| text.bytes().all(|b| b.is_ascii_digit()) && (1..=GREATEST_LIMIT).contains(limit))
        .ok_or_else(|| Refusal::invalid("limit", "must be a whole number from 1 to 100"))
}

fn parse_status(text: &str) -> Result<Status, Refusal> {
    parse(text).ok_or_else(|| Refusal::invalid("status", "must be one of open, completed, expired, cancelled"))
}
