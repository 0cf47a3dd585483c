//! Correct servers that differ from the emulator.

use std::sync::Arc;
use std::time::Duration;

use hyper::Version;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::Offset;
use serde_json::{Value, json};
use zerogate_conformance::Operation::{CancelSession, CreateSession, RetrieveSession};
#[cfg(test)]
use zerogate_conformance::{Conclusion, Fault, Level, Target, rule};
#[cfg(test)]
use zerogate_emulator::Emulator;
#[cfg(test)]
use zerogate_judge::Kind;

use crate::proxy::Act::{self, Edit, Serve, TitleCase};
#[cfg(test)]
use crate::proxy::Proxy;
use crate::proxy::{Asked, Response, Serving, Upstream};
#[cfg(test)]
use crate::run::{against, everything, relayed, rules_only};

/// The variants by name, with a test for each: there is no finding except of the `should` rules that the variant names,
/// and the conversation passes.
macro_rules! harmless {
    ($($(#[$meta:meta])* $name:ident $(breaks $should:literal)?: $act:expr;)+) => {
        /// Every variant.
        pub(crate) const ALL: &[(&str, &[&str], Act)] = &[$((stringify!($name), &[$($should)?], $act)),+];

        $(
            $(#[$meta])*
            #[tokio::test]
            async fn $name() {
                nothing_is_found(stringify!($name)).await;
            }
        )+
    };
}

/// The findings in the traffic of a variant: the contract has no such path, status or media type, or the suite requests
/// a session by another spelling of its id.
#[cfg(test)]
const SHOWN: &[(&str, &[Kind])] = &[
    ("a_redirect_from_a_slash_at_the_end", &[Kind::OperationUndocumented]),
    ("a_key_used_for_another_path_is_refused", &[Kind::ResponseRefusalUndocumented]),
    ("ids_in_any_case", &[Kind::OperationUndocumented, Kind::SessionId]),
    ("no_unknown_parameters", &[Kind::ResponseRefusalUndocumented]),
    ("pages_of_the_gateways_own_for_what_it_does_not_let_through", &[Kind::ResponseRefusalUndocumented]),
    ("paths_of_nginx", ROUTES),
    (
        "paths_of_whatwg_urls",
        &[Kind::OperationUndocumented, Kind::ResponseMediaType, Kind::ResponseStatusUndocumented, Kind::SessionId],
    ),
    ("problem_json", &[Kind::ResponseMediaType]),
    ("replays_with_200", &[Kind::ResponseStatusUndocumented]),
    ("routes_of_express_and_nest", ROUTES),
    ("routes_of_fastapi", ROUTES),
    ("routes_of_flask", ROUTES),
    ("routes_of_rails", ROUTES),
    ("routes_of_spring", ROUTES),
];
#[cfg(test)]
const ROUTES: &[Kind] = &[Kind::OperationUndocumented, Kind::ResponseStatusUndocumented, Kind::SessionId];

#[cfg(test)]
async fn nothing_is_found(variant: &str) {
    let (_, breaks, act) = ALL.iter().find(|(name, ..)| *name == variant).unwrap();
    let (told, traffic) = relayed(Emulator::start().await.unwrap(), *act, &everything()).await;
    let told_of = SHOWN.iter().find(|(name, _)| *name == variant).map_or(&[][..], |(_, kinds)| kinds);
    let is_told = |fault: &Fault| told_of.contains(&fault.kind);
    assert!(traffic.faults.iter().all(is_told), "{:?}", traffic.faults);
    assert_eq!(told.with("fail"), *breaks, "{}", told.everything);
    assert!(!breaks.is_empty() || told.is_spotless(), "{}", told.everything);
    assert!(breaks.iter().all(|id| rule(id).unwrap().level == Level::Should), "{breaks:?}");
    assert_eq!(told.conclusion(), Conclusion::Conforms);
}

harmless! {
    keys_in_another_order: Edit(|_, response| response.body = backwards(&response.json()).into());
    whitespace: Edit(|_, response| {
        let pretty = serde_json::to_string_pretty(&response.json()).unwrap();
        response.body = format!("\r\n{}\t\n", pretty.replace('\n', "\r\n")).into();
    });
    escapes_in_strings: Edit(|_, response| {
        let text = String::from_utf8(response.body.to_vec()).unwrap();
        response.body = text.replace('/', r"\/").replace("open", r"\u006fpen").into();
    });
    header_names_with_capitals: TitleCase;
    more_headers: Edit(|_, response| {
        response.header("date", &now());
        response.header("server", "something/1.0");
        response.header("set-cookie", "lb=fake; Path=/; HttpOnly");
        response.header("strict-transport-security", "max-age=31536000");
        response.header("ratelimit-remaining", "99");
        response.header("vary", "authorization");
    });
    headers_of_express: Edit(|_, response| {
        response.header("x-powered-by", "Express");
        response.header("etag", &format!("W/\"{:x}\"", response.body.len()));
        response.header("keep-alive", "timeout=5");
    });
    replays_with_200: Serve(|upstream, asked| {
        Box::pin(async move {
            let mut response = upstream.respond(&asked).await;
            let key = asked.idempotency_key().unwrap_or_default();
            if asked.is(CreateSession) && response.status == 201 && upstream.count(&format!("{:?} {key}", asked.authorization())) > 1 {
                response.status = 200;
            }
            response
        })
    });
    a_key_used_for_another_path_is_refused: Serve(|upstream, asked| {
        Box::pin(async move {
            let Some(key) = asked.idempotency_key() else { return upstream.respond(&asked).await };
            let key = format!("path of {key} by {:?}", asked.authorization());
            let known = upstream.remembered(&key);
            if known.is_string() && known != asked.target.as_str() {
                let mut response = upstream.respond(&asked.reading()).await;
                response.become_error(422, "invalid_request");
                return response;
            }
            let response = upstream.respond(&asked).await;
            if !response.is_error() {
                upstream.remember(&key, asked.target.into());
            }
            response
        })
    });
    content_type_with_a_charset: Edit(|_, response| response.header("content-type", "application/json; charset=UTF-8"));
    problem_json: Edit(|_, response| {
        if response.is_error() {
            response.header("content-type", "application/problem+json");
        }
    });
    times_with_an_offset: Edit(|_, response| times(response, |time| time.replace('Z', "+00:00")));
    times_of_another_zone: Edit(|_, response| times(response, |time| {
        let time: Timestamp = time.parse().unwrap();
        format!("{:.3}", time.display_with_offset(Offset::constant(2)))
    }));
    times_with_more_decimals: Edit(|_, response| times(response, |time| time.replace('Z', "000Z")));
    times_without_decimals: Edit(|_, response| times(response, |time| format!("{}Z", time.split('.').next().unwrap())));
    other_messages: Edit(|_, response| {
        if response.is_error() {
            response.set("message", "Sitzung nicht möglich – \u{1f937}");
        }
    });
    other_codes: Edit(|_, response| {
        if response.is_error() && response.status != 409 {
            response.set("code", format!("gate_{}", response.status));
        }
    });
    a_page_about_the_error: Edit(|_, response| {
        if response.is_error() {
            response.set("doc_url", "https://docs.partner.example/errors");
        }
    });
    values_where_there_was_null breaks "create-metadata-as-sent": Edit(|_, response| {
        sessions(response, |session| {
            for (field, value) in [
                ("cancel_url", json!("https://partner.example/checkout/cancelled")),
                ("flow", json!("off_ramp")),
                ("target_token", json!("USDC")),
                ("target_network", json!("ETHEREUM")),
                ("wallet_address", json!("0x0000000000000000000000000000000000000000")),
                ("mode", json!("live")),
                ("metadata", json!({ "nested": { "client_secret": "the partner's own" } })),
            ] {
                if session[field].is_null() || field == "mode" || field == "metadata" {
                    session.insert(field.to_owned(), value);
                }
            }
        });
    });
    null_where_there_was_a_value: Edit(|_, response| {
        sessions(response, |session| {
            session.insert("user_reference".to_owned(), Value::Null);
        });
    });
    other_request_ids: Edit(|_, response| {
        let id = response.headers["x-request-id"].to_str().unwrap().replace("req_test_", "/gateway:");
        response.header("x-request-id", &id);
        if response.is_error() {
            response.set("request_id", id);
        }
    });
    in_pieces: Edit(|_, response| response.chunked = true);
    http_1_0: Edit(|_, response| response.version = Version::HTTP_10);
    messages_that_differ_from_call_to_call: Edit(|_, response| {
        if response.is_error() {
            let messages = ["Not possible.", "That is not possible.", "Impossible."];
            response.set("message", messages[fastrand::usize(..messages.len())]);
        }
    });
    messages_that_name_the_session: Edit(|asked, response| {
        if response.is_error() {
            response.set("message", format!("Session {} at {}", asked.id(), Timestamp::now()));
        }
    });
    a_message_about_keys: Edit(|_, response| {
        if response.is_error() {
            response.set("message", "Send `Authorization: Bearer sk_test_...`, not sk_live_xxxxxxxx or pk_test_….");
        }
    });
    headers_that_differ_from_call_to_call: Edit(|_, response| {
        response.header("date", &now());
        response.header("cf-ray", &format!("{:x}-FRA", fastrand::u64(..)));
        response.header("ratelimit-remaining", &fastrand::u8(..).to_string());
        response.header("x-response-time", &format!("{}ms", fastrand::u8(..3)));
        if fastrand::bool() {
            response.header("set-cookie", "lb=1; Path=/");
        }
    });
    a_field_that_differs_from_call_to_call: Edit(|_, response| {
        if response.is_error() {
            response.set("trace", format!("{:x}", fastrand::u64(..)));
        }
    });
    retry_after_as_a_date: Edit(|_, response| {
        if response.is_error() {
            response.header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
        }
    });
    a_second_request_id_of_a_gateway breaks "response-one-request-id": Edit(|_, response| {
        let own = response.headers["x-request-id"].clone();
        response.header("x-request-id", &format!("{:x}", fastrand::u128(..)));
        response.headers.append("x-request-id", own);
    });
    status_codes_with_a_fraction: Edit(|_, response| {
        if response.is_error() {
            response.set("statusCode", f64::from(response.status));
        }
    });
    the_key_refused_with_404_for_a_live_one: Edit(|asked, response| {
        let is_live = asked.authorization().is_some_and(|value| value.contains("sk_live_"));
        if is_live {
            response.become_error(404, "not_found");
        }
    });
    ids_in_any_case breaks "cancel-other-spelling": Serve(|upstream, asked| {
        Box::pin(async move {
            let target = asked.target.to_ascii_lowercase();
            upstream.respond(&asked.at(target.replace("%2f", "%2F").replace("%e", "%E"))).await
        })
    });
    a_redirect_from_a_slash_at_the_end: Edit(|asked, response| {
        if let Some(target) = asked.target.strip_suffix('/') {
            response.header("location", target);
            response.status = 308;
            response.body = bytes::Bytes::new();
        }
    });
    // Routes ignore case and a trailing slash.
    routes_of_express_and_nest breaks "cancel-other-spelling": Serve(|upstream, asked| {
        routed(upstream, asked, |target| target.strip_suffix('/').unwrap_or(target).replace("/CANCEL", "/cancel"))
    });
    // The server decodes the path before the framework routes it.
    routes_of_fastapi breaks "cancel-other-spelling": Serve(|upstream, asked| {
        routed(upstream, asked, |target| target.replace("%2F", "/"))
    });
    // The same, and a redirect merges double slashes.
    routes_of_flask breaks "cancel-other-spelling": Serve(|upstream, asked| {
        Box::pin(async move {
            let decoded = asked.target.replace("%2F", "/");
            let mut response = upstream.respond(&asked.at(decoded.clone())).await;
            if decoded.contains("//") {
                response.header("location", &decoded.replace("//", "/"));
                response.become_html();
                response.status = 308;
            }
            response
        })
    });
    // Parameters of a segment are ignored.
    routes_of_spring breaks "cancel-other-spelling": Serve(|upstream, asked| {
        routed(upstream, asked, |target| target.replace(";x/", "/"))
    });
    // The text after a dot is the requested format.
    routes_of_rails breaks "cancel-other-spelling": Serve(|upstream, asked| {
        routed(upstream, asked, |target| target.strip_suffix('/').unwrap_or(target).replace(".json/", "/"))
    });
    // Slashes are merged and dot segments resolved before routing.
    paths_of_nginx breaks "cancel-other-spelling": Serve(|upstream, asked| {
        routed(upstream, asked, |target| target.replace("//", "/").replace("x/../", "").replace("x/%2e%2e/", ""))
    });
    // `new URL` resolves dot segments before routing, escaped ones too. The framework's page is left as it is.
    paths_of_whatwg_urls breaks "cancel-other-spelling": Serve(|upstream, asked| {
        Box::pin(async move {
            let resolved = asked.target.replace("x/../", "").replace("x/%2e%2e/", "");
            let is_elsewhere = resolved.contains("/%2e%2e/") || resolved.contains("/../");
            let mut response = upstream.respond(&asked.at(resolved)).await;
            if is_elsewhere {
                response.become_html();
            }
            response
        })
    });
    // A partner may have one session per reference.
    unique_references: Serve(|upstream, asked| {
        Box::pin(async move {
            if asked.is(CreateSession) {
                let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
                let reference = body["user_reference"].as_str().unwrap_or_default();
                let reference = format!("{reference} of {:?}", asked.authorization());
                let key = asked.idempotency_key().unwrap_or_default().to_owned();
                let known = upstream.remembered(&reference);
                if known.is_string() && known != key.as_str() {
                    let mut response = upstream.respond(&asked.at("/v1/nothing")).await;
                    response.become_error(409, "conflict");
                    return response;
                }
                upstream.remember(&reference, key.into());
            }
            upstream.respond(&asked).await
        })
    });
    // A session's id is its reference, if that is free.
    ids_chosen_by_the_partner: Serve(|upstream, asked| {
        Box::pin(async move {
            let is_of_one = asked.is(RetrieveSession) || asked.is(CancelSession);
            let (before, name) = asked.target.split_once("starting_after=").unwrap_or_default();
            let (before, name) = if is_of_one { ("/v1/gate_sessions/", asked.id()) } else { (before, name) };
            let target = match upstream.remembered(&format!("id of {name}")).as_str() {
                Some(id) if is_of_one => asked.target.replace(&format!("{before}{name}"), &format!("{before}{id}")),
                Some(id) => format!("{before}starting_after={id}"),
                None => asked.target.clone(),
            };
            let mut response = upstream.respond(&asked.at(target)).await;
            if asked.is(CreateSession) && response.status == 201 {
                let created = response.json();
                let name = created["user_reference"].as_str().unwrap_or_default();
                let is_a_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                if is_a_word && name.len() < 64 && upstream.remembered(&format!("id of {name}")).is_null() {
                    upstream.remember(&format!("id of {name}"), created["id"].clone());
                    upstream.remember(&format!("name of {}", created["id"]), name.into());
                }
            }
            sessions(&mut response, |session| {
                if let Some(id) = session.get("id") && let name @ Value::String(_) = upstream.remembered(&format!("name of {id}")) {
                    session.insert("id".to_owned(), name);
                }
            });
            response
        })
    });
    pages_of_the_gateways_own_for_what_it_does_not_let_through: Edit(|asked, response| {
        if asked.target.len() > 4096 {
            response.become_html();
            response.status = 414;
        } else if response.status == 405 {
            response.become_html();
            response.status = 404;
        }
    });
    // Parameters that the contract does not list are refused, once the key is known.
    no_unknown_parameters: Edit(|asked, response| {
        if asked.is(CancelSession) && asked.target.contains('?') && response.status != 401 {
            response.become_error(400, "invalid_request");
        }
    });
    other_sessions_in_between: Serve(|upstream, asked| {
        Box::pin(async move {
            // Another client creates a session whenever the suite does.
            if asked.is(CreateSession) {
                let body = json!({"amount": "7.00", "currency": "EUR", "return_url": "https://partner.example/"});
                let mut other = asked.with_body(&body);
                other.headers.remove("idempotency-key");
                upstream.respond(&other).await;
            }
            upstream.respond(&asked).await
        })
    });
    slower: Serve(|upstream, asked| {
        Box::pin(async move {
            let response = upstream.respond(&asked).await;
            // Not used as synchronisation: the delay is the variant.
            tokio::time::sleep(Duration::from_millis(10)).await;
            response
        })
    });
}

/// The time in the format of a `Date` header.
fn now() -> String {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now()).unwrap()
}

/// Rewrites the path before it is routed.
fn routed(upstream: Arc<Upstream>, asked: Asked, read: fn(&str) -> String) -> Serving {
    Box::pin(async move { upstream.respond(&asked.at(read(&asked.target))).await })
}

fn sessions(response: &mut Response, alter: impl Fn(&mut serde_json::Map<String, Value>)) {
    if !response.is_error() {
        response.alter_sessions(alter);
    }
}

fn times(response: &mut Response, rewrite: impl Fn(&str) -> String) {
    sessions(response, |session| {
        for field in ["created_at", "expires_at"] {
            let time = rewrite(session[field].as_str().unwrap());
            session.insert(field.to_owned(), time.into());
        }
    });
}

/// The same value, with the keys of each object in reverse order.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let fields = object.iter().rev().map(|(key, value)| format!("{}:{}", json!(key), backwards(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(backwards).collect::<Vec<_>>().join(",")),
        _ => value.to_string(),
    }
}

/// Ids with a prefix, and a server that refuses ids without it.
#[tokio::test]
async fn ids_of_another_kind() {
    let act = Serve(|upstream, mut asked| {
        Box::pin(async move {
            let is_id = !asked.is(RetrieveSession) && !asked.is(CancelSession) || asked.id().starts_with("gs_");
            asked.target = asked.target.replace("gs_", "");
            let mut response = upstream.respond(&asked).await;
            if !is_id {
                response.become_error(400, "invalid_request");
            }
            sessions(&mut response, |session| {
                let id = format!("gs_{}", session["id"].as_str().unwrap());
                session.insert("id".to_owned(), id.into());
            });
            response
        })
    });
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, act).await;
    let target = Target::remote(proxy.base_url(), &emulator.keys().partner, false).unwrap();
    let told = against(&target, &rules_only()).await;
    // An odd id lacks the prefix.
    assert_eq!(told.with("fail"), ["cancel-odd-id-not-found"], "{}", told.everything);
    assert_eq!(told.with("error"), Vec::<&str>::new(), "{}", told.everything);
    for rule in ["cancel-unknown-session", "cancel-unauthorized-hides-existence", "retrieve-unknown-session"] {
        assert!(told.with("pass").contains(&rule), "{rule}");
    }
}
