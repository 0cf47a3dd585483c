//! Violations in the values that a session is created with.

use std::sync::Arc;

use serde_json::{Map, Value};
use zerogate_conformance::Operation::{CreateSession, RetrieveSession};

use super::create::{sends, sent, used};
use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Serving, Upstream};

/// Creates a session with a field of the one before, as a cache or a shared default does.
fn of_an_earlier_session(
    upstream: Arc<Upstream>,
    asked: Asked,
    field: &'static str,
    is_kept: fn(&Value) -> bool,
) -> Serving {
    Box::pin(async move {
        let mut body = sent(&asked);
        if !asked.is(CreateSession) || !is_kept(&body[field]) {
            return upstream.respond(&asked).await;
        }
        let of_this_key = format!("{field} {:?}", asked.headers.get("idempotency-key"));
        if used(&upstream, &asked) == 1 {
            upstream.remember(&of_this_key, upstream.remembered(field));
            upstream.remember(field, body[field].take());
        }
        match upstream.remembered(&of_this_key) {
            Value::Null => upstream.respond(&asked).await,
            earlier => sends(upstream, asked, field, earlier).await,
        }
    })
}

/// Creates a session from an edited body.
fn keeps(
    upstream: Arc<Upstream>,
    mut asked: Asked,
    edit: impl FnOnce(&mut Map<String, Value>) + Send + 'static,
) -> Serving {
    Box::pin(async move {
        if asked.is(CreateSession)
            && let Ok(Value::Object(mut body)) = serde_json::from_slice(&asked.body)
        {
            edit(&mut body);
            asked = asked.with_body(&Value::Object(body));
        }
        upstream.respond(&asked).await
    })
}

/// Creates a session with a string field rewritten.
fn rewrites(upstream: Arc<Upstream>, asked: Asked, field: &'static str, edit: fn(&str) -> String) -> Serving {
    keeps(upstream, asked, move |body| {
        if let Some(text) = body.get(field).and_then(Value::as_str).map(edit) {
            body.insert(field.to_owned(), text.into());
        }
    })
}

fn metadata(body: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    body.get_mut("metadata")?.as_object_mut()
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "amounts-rounded",
        &["create-amount-as-sent"],
        Serve(|upstream, asked| {
            rewrites(upstream, asked, "amount", |amount| {
                amount.parse::<f64>().map_or_else(|_| amount.to_owned(), |amount| format!("{amount:.2}"))
            })
        }),
    ),
    violation(
        "amounts-of-eighteen-decimals",
        &["create-amount-as-sent"],
        Edit(|asked, response| {
            if asked.is(RetrieveSession) && !response.is_error() {
                let amount = response.json()["amount"].as_str().unwrap().to_owned();
                if !amount.contains('.') {
                    response.set("amount", format!("{amount}.000000000000000000"));
                }
            }
        }),
    ),
    violation(
        "metadata-values-made-text",
        &["create-metadata-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| {
                for value in metadata(body).into_iter().flat_map(Map::values_mut) {
                    *value = value.as_str().map_or_else(|| value.to_string(), str::to_owned).into();
                }
            })
        }),
    ),
    violation(
        "text-mangled",
        &["create-text-as-sent"],
        Serve(|upstream, asked| {
            // UTF-8 decoded as Latin-1.
            rewrites(upstream, asked, "user_reference", |text| text.bytes().map(char::from).collect())
        }),
    ),
    violation(
        "addresses-in-lower-case",
        &["create-text-as-sent"],
        Serve(|upstream, asked| rewrites(upstream, asked, "wallet_address", str::to_ascii_lowercase)),
    ),
    violation(
        "urls-rewritten",
        &["create-url-as-sent"],
        Serve(|upstream, asked| rewrites(upstream, asked, "return_url", |url| url.replace(".example?", ".example/?"))),
    ),
    violation(
        "long-text-cut",
        &["create-text-as-sent"],
        Serve(|upstream, asked| rewrites(upstream, asked, "user_reference", |text| text.chars().take(64).collect())),
    ),
    violation(
        "long-urls-cut",
        &["create-url-as-sent"],
        Serve(|upstream, asked| rewrites(upstream, asked, "return_url", |url| url.chars().take(255).collect())),
    ),
    violation(
        "amounts-through-a-double",
        &["create-amount-as-sent"],
        Serve(|upstream, asked| {
            rewrites(upstream, asked, "amount", |amount| {
                let decimals = amount.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                amount.parse::<f64>().map_or_else(|_| amount.to_owned(), |amount| format!("{amount:.decimals$}"))
            })
        }),
    ),
    violation(
        "metadata-forgotten",
        &["create-metadata-as-sent"],
        Serve(|upstream, asked| keeps(upstream, asked, |body| body.retain(|_, value| !value.is_object()))),
    ),
    violation(
        "metadata-of-an-earlier-session",
        &["create-metadata-as-sent"],
        Serve(|upstream, asked| of_an_earlier_session(upstream, asked, "metadata", Value::is_object)),
    ),
    violation(
        "reference-of-an-earlier-session",
        &["create-text-as-sent"],
        Serve(|upstream, asked| of_an_earlier_session(upstream, asked, "user_reference", Value::is_string)),
    ),
    violation(
        "metadata-flattened",
        &["create-metadata-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| {
                let Some(metadata) = metadata(body) else { return };
                if let Some(Value::Object(nested)) = metadata.remove("nested") {
                    metadata.extend(nested.into_iter().map(|(name, value)| (format!("nested.{name}"), value)));
                }
            })
        }),
    ),
    violation(
        "metadata-without-nulls",
        &["create-metadata-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| {
                metadata(body).into_iter().for_each(|metadata| metadata.retain(|_, value| !value.is_null()));
            })
        }),
    ),
    violation(
        "text-trimmed",
        &["create-text-as-sent"],
        Serve(|upstream, asked| rewrites(upstream, asked, "user_reference", |text| text.trim().to_owned())),
    ),
    violation(
        "text-in-lower-case",
        &["create-text-as-sent"],
        Serve(|upstream, asked| rewrites(upstream, asked, "user_reference", str::to_lowercase)),
    ),
    violation(
        "text-composed",
        &["create-text-as-sent"],
        Serve(|upstream, asked| {
            // As Unicode's NFC does.
            rewrites(upstream, asked, "user_reference", |text| text.replace("e\u{301}", "\u{e9}"))
        }),
    ),
    violation(
        "text-escaped-for-html",
        &["create-text-as-sent"],
        Serve(|upstream, asked| {
            rewrites(upstream, asked, "user_reference", |text| text.replace('&', "&amp;").replace('<', "&lt;"))
        }),
    ),
];
