//! What a server may do differently without breaking anything.

use std::time::Duration;

use hyper::Version;
use serde_json::{Value, json};
use zerogate_conformance::Operation::CreateSession;
#[cfg(test)]
use zerogate_conformance::Operation::{CancelSession, RetrieveSession};
#[cfg(test)]
use zerogate_conformance::{Conclusion, Target};
#[cfg(test)]
use zerogate_emulator::Emulator;

use crate::proxy::Act::{self, Edit, Serve, TitleCase};
#[cfg(test)]
use crate::proxy::Proxy;
use crate::proxy::Response;
#[cfg(test)]
use crate::run::{against, behind, everything, rules_only};

/// The variants by name, and a test for each: nothing is found, at any level, and the conversation goes well.
macro_rules! harmless {
    ($($(#[$meta:meta])* $name:ident: $act:expr;)+) => {
        /// Every variant.
        pub(crate) const ALL: &[(&str, Act)] = &[$((stringify!($name), $act)),+];

        $(
            $(#[$meta])*
            #[tokio::test]
            async fn $name() {
                nothing_is_found(stringify!($name)).await;
            }
        )+
    };
}

#[cfg(test)]
async fn nothing_is_found(variant: &str) {
    let (_, act) = ALL.iter().find(|(name, _)| *name == variant).unwrap();
    let told = behind(*act, &everything()).await;
    assert!(told.is_spotless(), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::Conforms);
}

harmless! {
    keys_in_another_order: Edit(|_, answer| answer.body = backwards(&answer.json()).into());
    whitespace: Edit(|_, answer| {
        let pretty = serde_json::to_string_pretty(&answer.json()).unwrap();
        answer.body = format!("\r\n{}\t\n", pretty.replace('\n', "\r\n")).into();
    });
    escapes_in_strings: Edit(|_, answer| {
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        answer.body = text.replace('/', r"\/").replace("open", r"\u006fpen").into();
    });
    header_names_with_capitals: TitleCase;
    more_headers: Edit(|_, answer| {
        answer.header("date", "Sun, 22 Nov 2026 12:00:00 GMT");
        answer.header("server", "something/1.0");
        answer.header("set-cookie", "lb=fake; Path=/; HttpOnly");
        answer.header("strict-transport-security", "max-age=31536000");
        answer.header("ratelimit-remaining", "99");
        answer.header("vary", "authorization");
    });
    content_type_with_a_charset: Edit(|_, answer| answer.header("content-type", "application/json; charset=UTF-8"));
    problem_json: Edit(|_, answer| {
        if answer.is_error() {
            answer.header("content-type", "application/problem+json");
        }
    });
    times_with_an_offset: Edit(|_, answer| times(answer, |time| time.replace('Z', "+00:00")));
    times_with_more_decimals: Edit(|_, answer| times(answer, |time| time.replace('Z', "000Z")));
    times_without_decimals: Edit(|_, answer| times(answer, |time| format!("{}Z", time.split('.').next().unwrap())));
    other_messages: Edit(|_, answer| {
        if answer.is_error() {
            answer.set("message", "Sitzung nicht möglich – \u{1f937}");
        }
    });
    other_codes: Edit(|_, answer| {
        if answer.is_error() && answer.status != 409 {
            answer.set("code", format!("gate_{}", answer.status));
        }
    });
    a_page_about_the_error: Edit(|_, answer| {
        if answer.is_error() {
            answer.set("doc_url", "https://docs.partner.example/errors");
        }
    });
    values_where_there_was_null: Edit(|_, answer| {
        sessions(answer, |session| {
            for (field, value) in [
                ("cancel_url", json!("https://partner.example/checkout/cancelled")),
                ("flow", json!("off_ramp")),
                ("target_token", json!("USDC")),
                ("target_network", json!("ETHEREUM")),
                ("wallet_address", json!("0x0000000000000000000000000000000000000000")),
                ("mode", json!("live")),
                ("metadata", json!({ "nested": { "client_secret": "the partner's own" } })),
            ] {
                session.insert(field.to_owned(), value);
            }
        });
    });
    null_where_there_was_a_value: Edit(|_, answer| {
        sessions(answer, |session| {
            session.insert("user_reference".to_owned(), Value::Null);
        });
    });
    other_request_ids: Edit(|_, answer| {
        let id = answer.headers["x-request-id"].to_str().unwrap().replace("req_test_", "/gateway:");
        answer.header("x-request-id", &id);
        if answer.is_error() {
            answer.set("request_id", id);
        }
    });
    in_pieces: Edit(|_, answer| answer.chunked = true);
    http_1_0: Edit(|_, answer| answer.version = Version::HTTP_10);
    messages_that_differ_from_call_to_call: Edit(|_, answer| {
        if answer.is_error() {
            let messages = ["Not possible.", "That is not possible.", "Impossible."];
            answer.set("message", messages[fastrand::usize(..messages.len())]);
        }
    });
    messages_that_name_the_session: Edit(|asked, answer| {
        if answer.is_error() {
            answer.set("message", format!("Session {} at {}", asked.id(), jiff::Timestamp::now()));
        }
    });
    a_message_about_keys: Edit(|_, answer| {
        if answer.is_error() {
            answer.set("message", "Send `Authorization: Bearer sk_test_...`, not sk_live_xxxxxxxx or pk_test_….");
        }
    });
    headers_that_differ_from_call_to_call: Edit(|_, answer| {
        answer.header("date", if fastrand::bool() { "Sun, 22 Nov 2026 12:00:00 GMT" } else { "now" });
        answer.header("cf-ray", &format!("{:x}-FRA", fastrand::u64(..)));
        answer.header("ratelimit-remaining", &fastrand::u8(..).to_string());
        answer.header("x-response-time", &format!("{}ms", fastrand::u8(..3)));
        if fastrand::bool() {
            answer.header("set-cookie", "lb=1; Path=/");
        }
    });
    a_field_that_differs_from_call_to_call: Edit(|_, answer| {
        if answer.is_error() {
            answer.set("trace", format!("{:x}", fastrand::u64(..)));
        }
    });
    retry_after_as_a_date: Edit(|_, answer| {
        if answer.is_error() {
            answer.header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
        }
    });
    a_second_request_id_of_a_gateway: Edit(|_, answer| {
        let own = answer.headers["x-request-id"].clone();
        answer.header("x-request-id", &format!("{:x}", fastrand::u128(..)));
        answer.headers.append("x-request-id", own);
    });
    status_codes_with_a_fraction: Edit(|_, answer| {
        if answer.is_error() {
            answer.set("statusCode", f64::from(answer.status));
        }
    });
    the_key_refused_with_404_for_a_live_one: Edit(|asked, answer| {
        let is_live = asked.authorization().is_some_and(|value| value.contains("sk_live_"));
        if is_live {
            answer.become_error(404, "not_found");
        }
    });
    ids_in_any_case: Serve(|upstream, asked| {
        Box::pin(async move {
            let target = asked.target.to_ascii_lowercase();
            upstream.answer(&asked.at(target.replace("%2f", "%2F").replace("%e", "%E"))).await
        })
    });
    a_redirect_from_a_slash_at_the_end: Edit(|asked, answer| {
        if let Some(target) = asked.target.strip_suffix('/') {
            answer.header("location", target);
            answer.status = 308;
            answer.body = bytes::Bytes::new();
        }
    });
    pages_of_the_gateways_own_for_what_it_does_not_let_through: Edit(|asked, answer| {
        if asked.target.len() > 4096 {
            answer.become_html();
            answer.status = 414;
        } else if answer.status == 405 {
            answer.become_html();
            answer.status = 404;
        }
    });
    other_sessions_in_between: Serve(|upstream, asked| {
        Box::pin(async move {
            // Somebody else creates one whenever the suite does.
            if asked.is(CreateSession) {
                let mut other = asked.clone();
                other.headers.remove("idempotency-key");
                other.headers.remove("content-length");
                other.body = r#"{"amount":"7.00","currency":"EUR","return_url":"https://partner.example/"}"#.into();
                upstream.answer(&other).await;
            }
            upstream.answer(&asked).await
        })
    });
    slower: Serve(|upstream, asked| {
        Box::pin(async move {
            let answer = upstream.answer(&asked).await;
            // Nothing waits for this: it is what the variant is about.
            tokio::time::sleep(Duration::from_millis(10)).await;
            answer
        })
    });
}

fn sessions(answer: &mut Response, alter: impl Fn(&mut serde_json::Map<String, Value>)) {
    if !answer.is_error() {
        answer.alter_sessions(alter);
    }
}

fn times(answer: &mut Response, rewrite: impl Fn(&str) -> String) {
    sessions(answer, |session| {
        for field in ["created_at", "expires_at"] {
            let time = rewrite(session[field].as_str().unwrap());
            session.insert(field.to_owned(), time.into());
        }
    });
}

/// The same value, the keys of each object in the opposite order.
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

/// Ids with a prefix, and a server that takes what lacks it for no id at all.
#[tokio::test]
async fn ids_of_another_kind() {
    let act = Serve(|upstream, mut asked| {
        Box::pin(async move {
            let is_id = !asked.is(RetrieveSession) && !asked.is(CancelSession) || asked.id().starts_with("gs_");
            asked.target = asked.target.replace("gs_", "");
            let mut answer = upstream.answer(&asked).await;
            if !is_id {
                answer.become_error(400, "invalid_request");
            }
            sessions(&mut answer, |session| {
                let id = format!("gs_{}", session["id"].as_str().unwrap());
                session.insert("id".to_owned(), id.into());
            });
            answer
        })
    });
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, act).await;
    let target = Target::remote(proxy.base_url(), &emulator.keys().partner, false).unwrap();
    let told = against(&target, &rules_only()).await;
    // An odd id is one of another kind.
    assert_eq!(told.with("fail"), ["cancel-odd-id-not-found"], "{}", told.everything);
    assert_eq!(told.with("error"), Vec::<&str>::new(), "{}", told.everything);
    for rule in ["cancel-unknown-session", "cancel-unauthorized-hides-existence", "retrieve-unknown-session"] {
        assert!(told.with("pass").contains(&rule), "{rule}");
    }
}
