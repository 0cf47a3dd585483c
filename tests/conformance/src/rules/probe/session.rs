//! Checks on every response with a session.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value};

use crate::evidence::body;
pub(super) use crate::evidence::body::describe;
use crate::evidence::contract::CONTRACT;
use crate::lab::{Lab, Obstacle, Trouble};
use crate::rules::verdict::{Finding, Judged, Judgement};
use crate::wire::{Exchange, Response};

/// Returns the response if it is a success; otherwise the rule cannot be judged.
pub(super) fn success(exchange: &Exchange) -> Result<&Response, Obstacle> {
    let response = &exchange.response;
    if response.is_success() {
        return Ok(response);
    }
    let way = body::astray(response).map(|way| format!(": {way}")).unwrap_or_default();
    let what = format!("there is no success to judge: {} returned {}{way}", exchange.sent.operation, response.status);
    Err(Trouble::at(what, &exchange.sent).into())
}

/// Returns the JSON object of a success.
pub(super) fn of(exchange: &Exchange) -> Result<&Map<String, Value>, Obstacle> {
    match &success(exchange)?.json {
        Some(Value::Object(session)) => Ok(session),
        _ => {
            Err(Trouble::at(format!("the success has {}, not a JSON object", describe(exchange)), &exchange.sent)
                .into())
        }
    }
}

/// Checks that every field of the session is present.
pub(super) fn fields_present(exchange: &Exchange) -> Judged {
    let Some(session) = success(exchange)?.json.as_ref().and_then(Value::as_object) else {
        let received = format!("{}, not a JSON object", describe(exchange));
        return Ok(Finding::new("a session with all of its fields", received, exchange).into());
    };
    let missing: Vec<&String> = CONTRACT.session_fields.iter().filter(|field| !session.contains_key(*field)).collect();
    let expected = format!("all {} fields of a session", CONTRACT.session_fields.len());
    let named = missing.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
    // One for each field, since each is a case; they say the same, so that reports show them as one.
    let finding = |field: &&String| Finding::new(&*expected, format!("no {named}"), exchange).in_case(*field);
    Ok(missing.iter().map(finding).collect::<Vec<_>>().into())
}

/// Checks that the success is JSON and has a JSON content type.
pub(super) fn json(exchange: &Exchange) -> Judged {
    let response = success(exchange)?;
    let content_type = response.header("content-type");
    let received = if response.json.is_none() {
        describe(exchange)
    } else if let Some(coded) = body::coded(response) {
        coded
    } else if content_type.is_some_and(body::is_json) {
        return Ok(Judgement::fine());
    } else {
        content_type.map_or_else(|| "no content type".to_owned(), body::one_line)
    };
    Ok(Finding::new("JSON, with a JSON content type", received, exchange).into())
}

/// Checks every field against the contract, except those that have their own rules.
pub(super) fn field_types(exchange: &Exchange, singled_out: &[&str]) -> Judged {
    let body = Value::Object(of(exchange)?.clone());
    let misfits = CONTRACT.misfits(&body).into_iter();
    let amount = body.get("amount").and_then(Value::as_str);
    let is_no_number = amount.filter(|amount| !is_decimal(amount)).map(|amount| {
        let expected = "`amount` a decimal number in a string";
        Finding::new(expected, body::shown("amount", &Value::from(amount)), exchange).in_case("amount")
    });
    let findings = misfits.filter(|misfit| !singled_out.contains(&misfit.field.as_str())).map(|misfit| {
        let found = body.get(&misfit.field).unwrap_or(&Value::Null);
        let expected = format!("`{}` as the contract describes it", misfit.field);
        let told = if is_local_time(found) { NO_OFFSET.into() } else { body::one_line(&misfit.message) };
        let received = format!("{}: {told}", body::shown(&misfit.field, found));
        Finding::new(expected, received, exchange).in_case(misfit.field)
    });
    Ok(findings.chain(is_no_number).collect::<Vec<_>>().into())
}

/// The cases of [`field_types`].
pub(super) fn field_cases(singled_out: &[&str]) -> Vec<String> {
    CONTRACT.known_fields.iter().filter(|field| !singled_out.contains(&field.as_str())).cloned().collect()
}

/// The cases of rules on all documented fields of a session.
pub(super) fn documented_cases(singled_out: &[&str]) -> Vec<String> {
    CONTRACT.session_fields.iter().filter(|field| !singled_out.contains(&field.as_str())).cloned().collect()
}

/// The message for a time without an offset.
const NO_OFFSET: &str = "a time without an offset; append `Z` or an offset such as `+02:00`";

/// Whether a value is a date and a time without an offset.
fn is_local_time(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    text.contains(':') && text.parse::<Timestamp>().is_err() && text.parse::<DateTime>().is_ok()
}

/// Whether a text is a decimal number, with or without a fraction.
fn is_decimal(text: &str) -> bool {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    is_number(whole.strip_prefix('-').unwrap_or(whole)) && is_number(fraction)
}

/// Checks that there are no undocumented fields, except `client_secret`, which has its own rule.
pub(super) fn undocumented_fields(exchange: &Exchange) -> Judged {
    let is_known = |field: &str| field == "client_secret" || CONTRACT.known_fields.iter().any(|known| known == field);
    let fields = of(exchange)?.keys().filter(|field| !is_known(field));
    let unknown: Vec<String> = fields.map(|field| format!("`{}`", body::one_line(field))).collect();
    Ok(Judgement::unless(unknown.is_empty(), || Finding::new("only documented fields", unknown.join(", "), exchange)))
}

/// Checks that the response has no `client_secret`, by name or by value.
pub(super) fn no_client_secret(lab: &Lab<'_>, exchange: &Exchange) -> Judged {
    let response = success(exchange)?;
    // As received, and without JSON escapes.
    let bodies =
        [String::from_utf8_lossy(&response.body).into_owned(), response.json.clone().unwrap_or_default().to_string()];
    let received = if response.json.as_ref().is_some_and(names_client_secret) {
        "a field `client_secret`"
    } else if bodies.iter().any(|body| lab.secrets.client_secret_in(body)) {
        "the session's client secret, under another name"
    } else if response.headers.iter().any(|(_, value)| lab.secrets.client_secret_in(value)) {
        "the session's client secret, in a header"
    } else {
        return Ok(Judgement::fine());
    };
    Ok(Finding::new("no client secret in the response", received, exchange).into())
}

/// Whether a field of this name is anywhere outside the partner's metadata.
fn names_client_secret(body: &Value) -> bool {
    match body {
        Value::Object(object) => object
            .iter()
            .any(|(name, value)| name == "client_secret" || (name != "metadata" && names_client_secret(value))),
        Value::Array(items) => items.iter().any(names_client_secret),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_local_time_differs_from_a_timestamp_and_from_other_text() {
        for (value, is_local) in [
            (json!("2026-05-26T12:00:00"), true),
            (json!("2026-05-26 12:00:00.123"), true),
            (json!("2026-05-26T12:00:00Z"), false),
            (json!("2026-05-26T12:00:00+02:00"), false),
            (json!("2026-05-26"), false),
            (json!("soon: 1"), false),
            (json!(1_779_883_200), false),
        ] {
            assert_eq!(is_local_time(&value), is_local, "{value}");
        }
    }
}
