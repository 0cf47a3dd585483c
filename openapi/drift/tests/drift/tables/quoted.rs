//! Quotes from a contract in messages.

use serde_json::json;
use zerogate_contract::Document;
use zerogate_drift::reason;

use super::contract;

#[test]
fn texts_are_quoted_on_one_line_without_keys_and_not_in_full() {
    let of = |format: &str| {
        let text = json!({"type": "string"});
        contract(
            "3.0.3",
            &json!({"type": "object", "properties": {"p": {"type": "string", "format": format}}}),
            &text,
            &json!({}),
        )
    };
    for (format, quoted) in [
        ("Bearer sk_live_xxxxxxxx now", "`Bearer sk_live_… now`"),
        ("sk_live_a sk_live_b pk_test_c", "`sk_live_… sk_live_… pk_test_…`"),
        ("https://me:xxxx@gate.example/a@b", "`https://…@gate.example/a@b`"),
        ("https://gate.example/a@b", "`https://gate.example/a@b`"),
        ("a\u{202e}b\nc", r"`a\u{202e}b\nc`"),
        (&"a".repeat(80), &format!("`{}…`", "a".repeat(60))),
    ] {
        let said = reason(&of("plain"), &of(format)).to_string();
        assert!(said.contains(quoted), "{quoted}: {said}");
    }
}

#[test]
fn terminal_escape_sequences_are_escaped() {
    let [old, new] = ["{}", "{get: {operationId: \"a\\e[2J\", responses: {}}}"].map(|item| {
        let text = format!("openapi: 3.0.3\npaths: {{\"/a\\e[2J\": {item}}}\n");
        Document::parse("gate.yaml", &text).unwrap()
    });
    let said = reason(&old, &new).to_string();
    assert!(said.contains("\\u{1b}[2J") && !said.contains('\u{1b}'), "{said}");
}
