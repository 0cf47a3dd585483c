//! `POST /v1/gate_sessions`

use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use serde_json::{Map, Value};

use super::success::Success;
use crate::body::ReadBody;
use crate::envelope::Refusal;
use crate::json;
use crate::session::{Flow, GateSession, Owner, parse};
use crate::store::{KeyReused, Store};

/// Longer than any amount of money.
const AMOUNT_LIMIT: usize = 64;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

pub(super) fn create(store: &Store, owner: Owner, headers: &HeaderMap, body: &ReadBody) -> Result<Success, Refusal> {
    if body.too_large() {
        return Err(Refusal::TooLarge);
    }
    let request: Value = serde_json::from_slice(&body.start)
        .map_err(|error| Refusal::Invalid(format!("The body {}.", json::unread(&body.start, &error))))?;
    let session = Fields::of(&request)?.session(owner)?;
    match store.create(owner, session, idempotency_key(headers), request) {
        Ok(created) => Ok(Success { status: StatusCode::CREATED, body: created.body, committed: created.committed }),
        Err(KeyReused) => Err(Refusal::KeyReused),
    }
}

/// The raw bytes of the key; a repeated header counts as one list (RFC 9110).
fn idempotency_key(headers: &HeaderMap) -> Option<Vec<u8>> {
    let values: Vec<&[u8]> = headers.get_all(IDEMPOTENCY_KEY).iter().map(|value| value.as_bytes()).collect();
    Some(values.join(&b", "[..])).filter(|key| !key.is_empty())
}

/// The fields of the body. Unknown ones are ignored.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn of(request: &'a Value) -> Result<Self, Refusal> {
        request.as_object().map(Self).ok_or_else(|| Refusal::Invalid("The body is not a JSON object.".to_owned()))
    }

    fn session(&self, owner: Owner) -> Result<GateSession, Refusal> {
        Ok(GateSession {
            amount: self.required("amount", decimal, "must be a decimal number in a string, such as \"100.00\"")?,
            currency: self.required("currency", |text| !text.is_empty(), "must not be empty")?,
            return_url: self.required("return_url", web_url, "must be an absolute http or https URL")?,
            cancel_url: self.optional("cancel_url", web_url, "must be an absolute http or https URL")?,
            flow: self.flow()?,
            target_token: self.text("target_token")?,
            target_network: self.text("target_network")?,
            wallet_address: self.text("wallet_address")?,
            user_reference: self.text("user_reference")?,
            metadata: self.metadata()?,
            ..GateSession::example(owner)
        })
    }

    /// Null counts as absent, since a session shows missing fields as null.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::invalid(name, "must be a string")),
        }
    }

    fn optional(&self, name: &str, good: fn(&str) -> bool, otherwise: &str) -> Result<Option<String>, Refusal> {
        match self.text(name)? {
            Some(text) if !good(&text) => Err(Refusal::invalid(name, otherwise)),
            text => Ok(text),
        }
    }

    fn required(&self, name: &str, good: fn(&str) -> bool, otherwise: &str) -> Result<String, Refusal> {
        self.optional(name, good, otherwise)?.ok_or_else(|| Refusal::invalid(name, "is required"))
    }

    fn flow(&self) -> Result<Option<Flow>, Refusal> {
        self.text("flow")?
            .map(|text| parse(&text).ok_or_else(|| Refusal::invalid("flow", "must be on_ramp, off_ramp or swap")))
            .transpose()
    }

    fn metadata(&self) -> Result<Map<String, Value>, Refusal> {
        match self.get("metadata") {
            None => Ok(Map::new()),
            Some(Value::Object(metadata)) => Ok(metadata.clone()),
            Some(_) => Err(Refusal::invalid("metadata", "must be an object")),
        }
    }
}

fn decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    text.len() <= AMOUNT_LIMIT && digits(whole) && digits(fraction)
}

fn web_url(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|url| {
        let web = url.scheme_str().is_some_and(|s| s.eq_ignore_ascii_case("http") || s.eq_ignore_ascii_case("https"));
        web && url.host().is_some_and(|host| !host.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_digits_with_an_optional_fraction() {
        for good in ["0", "100", "100.00", "0.000000000000000001"] {
            assert!(decimal(good), "{good}");
        }
        for bad in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,00", "1.0.0", " 1", "1 ", "０", "NaN"] {
            assert!(!decimal(bad), "{bad}");
        }
        assert!(!decimal(&"9".repeat(65)));
    }

    #[test]
    fn a_url_is_absolute_and_http_or_https() {
        for good in ["https://partner.example/done", "http://localhost:3000", "HTTPS://a.example/?x=1#y"] {
            assert!(web_url(good), "{good}");
        }
        for bad in ["", "/done", "partner.example", "ftp://a.example", "javascript:alert(1)", "https://", "https:///x"]
        {
            assert!(!web_url(bad), "{bad}");
        }
    }
}
