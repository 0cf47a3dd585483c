//! Servers that send secrets back, and one whose secrets may be live.

use zerogate_conformance::Operation::CreateSession;
use zerogate_conformance::Target;
use zerogate_emulator::Emulator;

use crate::proxy::Act::{self, Serve};
use crate::proxy::Proxy;
use crate::recording::Recording;
use crate::run::{against, behind, everything, rules_only};

/// A server that sends credentials and client secrets back in every place.
fn sends_secrets_back() -> Act {
    Serve(|upstream, asked| {
        Box::pin(async move {
            let credential = asked.authorization().unwrap_or("none").to_owned();
            let mut response = upstream.respond(&asked).await;
            if asked.is(CreateSession) {
                upstream.remember("secret", response.json()["client_secret"].clone());
            } else {
                let secret = upstream.remembered("secret").as_str().unwrap_or_default().to_owned();
                response.header("x-request-id", &format!("{credential}-{secret}"));
                for field in ["amount", "currency", "code", "type", "statusCode", "object", "status"] {
                    response.set(field, format!("{credential} {secret}"));
                }
            }
            response
        })
    })
}

const SECRETS: [&str; 3] = ["sk_test_emulator", "pk_test_emulator", "gs_test_secret_"];

/// No report contains a secret, wherever the server sends it back.
#[tokio::test]
async fn secrets_that_a_server_sends_back_do_not_reach_the_events() {
    let told = behind(sends_secrets_back(), &everything()).await;
    assert!(told.with("fail").len() >= 8, "{}", told.everything);
    assert!(told.everything.contains("$GATE_KEY") && told.everything.contains("[client secret]"));
    for secret in SECRETS {
        assert!(!told.everything.contains(secret), "{}", told.everything);
    }
}

#[tokio::test]
async fn secrets_that_a_server_sends_back_do_not_reach_a_report() {
    let told = Recording::behind(sends_secrets_back(), &everything()).await;
    for (format, report) in told.reports() {
        assert!(report.contains("$GATE_KEY") && report.contains("client secret"), "{format}: {report}");
        for secret in SECRETS {
            assert!(!report.contains(secret), "{format}: {report}");
        }
    }
}

/// A server that sends a client secret back in every notation.
fn escapes_secrets() -> Act {
    Serve(|upstream, asked| {
        Box::pin(async move {
            let mut response = upstream.respond(&asked).await;
            if asked.is(CreateSession) && !response.is_error() {
                upstream.remember("secret", response.json()["client_secret"].clone());
            } else if asked.method != hyper::Method::HEAD {
                let secret = upstream.remembered("secret").as_str().unwrap_or_default().to_owned();
                let each =
                    |write: fn(u32) -> String| secret.chars().map(|letter| write(letter.into())).collect::<String>();
                response.set("currency", each(|code| format!("\\u{code:04x}")));
                response.set("code", each(|code| format!("%{code:02X}")));
                response.set("status", each(|code| format!("&#{code};")));
                response.set("type", each(|code| format!("&#x{code:x};")));
            }
            response
        })
    })
}

#[tokio::test]
async fn an_escaped_secret_does_not_reach_a_report() {
    let told = Recording::behind(escapes_secrets(), &rules_only()).await;
    // "secret".
    let notations = ["\\u0073\\u0065", "%73%65%63", "&#115;&#101;", "&#x73;&#x65;"];
    for (format, report) in told.reports() {
        assert!(report.contains("client secret"), "{format}: {report}");
        // Some formats escape backslashes and ampersands.
        let plain = report.replace("\\\\", "\\").replace("&amp;", "&");
        assert!(!notations.iter().any(|notation| plain.contains(notation)), "{format}: {report}");
    }
}

/// A server whose partner has a live key.
const LIVE: Act = Serve(|upstream, asked| {
    Box::pin(async move {
        let is_own = asked.authorization() == Some("Bearer sk_live_fake_partner");
        let mut asked = if is_own { asked.with_key(&upstream.keys.partner) } else { asked };
        // A cancellation that names a secret elsewhere would otherwise not be seen.
        let secrets = ["gs_test_secret_", "sk_live_fake_partner"];
        let is_told = asked.headers.iter().any(|(name, value)| {
            let value = value.to_str().unwrap();
            name != "authorization" && secrets.iter().any(|secret| value.contains(secret))
                || value.contains("gs_test_secret_")
        });
        let body = String::from_utf8_lossy(&asked.body);
        if is_told || secrets.iter().any(|secret| asked.target.contains(secret) || body.contains(secret)) {
            asked = asked.cancelling("a-secret-was-sent");
        }
        upstream.respond(&asked).await
    })
});

#[tokio::test]
async fn a_secret_that_may_be_live_is_sent_nowhere_but_where_it_belongs() {
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, LIVE).await;
    let target = Target::remote(proxy.base_url(), "sk_live_fake_partner", true).unwrap();
    let told = against(&target, &everything()).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    assert!(told.with("pass").contains(&"cancel-unknown-key"), "{}", told.everything);
    let sent = emulator.journal().into_iter().filter(|entry| entry.target.contains("a-secret-was-sent"));
    assert_eq!(sent.count(), 0);
}
