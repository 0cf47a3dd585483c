use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;

fn redactor() -> Redactor {
    let mut redactor = Redactor::of(&Document::parse("none.yaml", "openapi: 3.0.3\npaths: {}\n").unwrap());
    redactor.learn_client_secrets(br#"{"client_secret":"gs_abc12345"}"#);
    redactor
}

#[test]
fn a_client_secret_is_found_beside_an_escape() {
    for text in [
        r#""secret:\ngs_abc12345""#,
        r#""{\"note\":\"secret:\\tgs_abc12345\"}""#,
        "x%2Dgs_abc12345",
        "gs_abc12345%5Fx",
        "a%2Db%2Dgs_abc12345%5Fx%2Dy",
        "x%252Dgs%255Fabc12345",
        "x&#45;gs_abc12345",
    ] {
        let redacted = redactor().text(text);
        assert!(redacted.contains("redacted_1") && !redacted.contains("abc"), "{text}: {redacted}");
    }
    for text in ["x-gs_abc12345", "%2Dgs_abc1234", "gs_abc123456%2D"] {
        assert_eq!(redactor().text(text), text, "another word");
    }
}

#[test]
fn a_credential_that_looks_like_an_escape_is_found() {
    for password in ["p%40ss-word!", "p&lt;ss-word!", r"GATE\nobody!", r"GATE\dobody!"] {
        let json = serde_json::to_string(password).unwrap();
        let encoded = utf8_percent_encode(password, NON_ALPHANUMERIC).to_string();
        for text in [password, &json, &encoded, &password.replace('%', "%25").replace('&', "&amp;")] {
            let mut redactor = redactor();
            redactor.learn_credential(&format!("Basic {}", STANDARD.encode(format!("somebody:{password}"))));
            let redacted = redactor.text(&format!("no user {text} here"));
            assert!(redacted.contains("redacted_3") && !redacted.contains("ss-word"), "{text}: {redacted}");
            assert!(!redacted.contains("body"), "{text}: {redacted}");
        }
    }
}

#[test]
fn an_encoded_credential_is_found() {
    let key = "sk_test_\u{7ff}fake>key?1";
    let url_safe = |text: &str| STANDARD.encode(text).replace('+', "-").replace('/', "_");
    let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    let within = ["", "a", "ab", "abc"].map(|before| url_safe(&format!("{before}{key}:")));
    let standard = ["", "a", "ab"].map(|before| STANDARD.encode(format!("{before}{key}")));
    for text in [hex.to_uppercase(), hex].into_iter().chain(within).chain(standard) {
        let mut redactor = redactor();
        redactor.learn(key);
        let redacted = redactor.text(&format!("<{text}>"));
        assert!(redacted.contains("redacted_1") && redacted.len() < text.len(), "{text}: {redacted}");
    }
}

#[test]
fn nothing_of_overlapping_secrets_stays() {
    let (one, other, within) = ("one-secret", "secret-other", "ecret-ot");
    for (text, expected) in [
        ("<one-secret-other>", "<redacted_1>"),
        ("<secret-other>", "<redacted_2>"),
        ("<one-secret> <secret-other>", "<redacted_1> <redacted_2>"),
        ("<one-secret-ot>", "<redacted_1>"),
        ("<one%2Dsecret%2Dother>", "<redacted_1>"),
    ] {
        let mut redactor = redactor();
        [one, other, within].into_iter().for_each(|secret| redactor.learn(secret));
        assert_eq!(redactor.text(text), expected);
    }
}

/// A mark and the start of a secret, or the end of a secret and a mark, look like an escape.
#[test]
fn a_secret_beside_a_mark_is_found() {
    for secret in ["bsecret-8", "fsecret-8", "nsecret-8", "rsecret-8", "tsecret-8", "u0041ecret-8", "x41secret-8"] {
        let mut client = Redactor { words: HashSet::new(), ..redactor() };
        client.learn_client_secrets(format!(r#"{{"client_secret":"{secret}"}}"#).as_bytes());
        let mut credential = redactor();
        credential.learn(secret);
        for (mut redactor, name) in [(client, "redacted_1"), (credential, "redacted_1")] {
            let text = redactor.text(&format!(r"the file C:\{secret} of %41"));
            assert_eq!(text, format!(r"the file C:\{name} of %41"), "{secret}");
        }
    }
    for (secret, text, expected) in [
        ("41secret-8", "up 12%41secret-8", "up 12%redacted_1"),
        ("lt;secret-8", "a&lt;secret-8", "a&redacted_1"),
        ("secret-8%", "secret-8%41", "redacted_141"),
        (r"secret-8\", r"C:\secret-8\next", r"C:\redacted_1next"),
        (r"secret-8\", r#"{"note":"secret-8\\"}"#, r#"{"note":"redacted_1"}"#),
        (r"secret-8\", r#"{"note":"{\"note\":\"secret-8\\\\\"}"}"#, r#"{"note":"{\"note\":\"redacted_1\"}"}"#),
        (r#"a"secret\"#, r#"{"note":"a\"secret\\"}"#, r#"{"note":"redacted_1"}"#),
    ] {
        let mut redactor = redactor();
        redactor.learn(secret);
        assert_eq!(redactor.text(text), expected, "{secret}");
    }
}

#[test]
fn the_time_is_linear_in_the_length_of_a_body() {
    let parts = ["sk_test_", "whsec_", "%41", "%73k_test_", "-gs_abc12345", r#""client_secret":""#, r"\n", "&amp;"];
    // Each value has another quotation mark.
    let quoted: Vec<String> =
        (0..64).map(|times| format!(r#""client_secret":&{}quot;"#, "amp;".repeat(times))).collect();
    for part in parts.map(str::to_owned).into_iter().chain([quoted.concat()]) {
        let text = part.repeat((1 << 20) / part.len());
        let (done, is_done) = mpsc::channel();
        let mut redactor = redactor();
        for length in 8..1008 {
            let secret = "A".repeat(length);
            redactor.learn_client_secrets(format!(r#"{{"client_secret":"{secret}"}}"#).as_bytes());
        }
        thread::spawn(move || done.send(redactor.text(&text).is_empty()));
        // With a quadratic one, hours.
        assert_eq!(is_done.recv_timeout(Duration::from_secs(60)), Ok(false), "{part:.40}");
    }
}
