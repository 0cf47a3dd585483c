//! Command lines that send a request again: for whoever wants to see with their own eyes.

use crate::wire::exchange::Sent;
use crate::wire::secrets::Role;

/// What stands for the id of a session that is created first, and how the shell finds it in the answer.
const FRESH_ID: &str = "$ID";
const FIRST_ID: &str = r#"grep -o '"id" *: *"[^"]*"' | head -n 1 | cut -d '"' -f 4"#;

/// The line. Of a request that ended a session's being open it creates another session first.
pub(crate) fn line(sent: &Sent) -> String {
    match (&sent.created_by, sent.url().split_once("/gate_sessions/")) {
        (Some(creation), Some((before, path))) => {
            let rest = path.split_once('/').map(|(_, rest)| format!("/{rest}")).unwrap_or_default();
            let url = format!(r#"{}"{FRESH_ID}"{}"#, quoted(&format!("{before}/gate_sessions/")), quoted(&rest));
            format!(
                "ID=$({} | {FIRST_ID}); {}",
                command(creation, "-s", &quoted(&creation.url())),
                command(sent, "-i", &url)
            )
        }
        _ => command(sent, "-i", &quoted(&sent.url())),
    }
}

/// The command with the URL as one word of the shell.
fn command(sent: &Sent, option: &str, url: &str) -> String {
    let method = if sent.method == "HEAD" { "--head".to_owned() } else { format!("{option} -X {}", sent.method) };
    let mut line = format!("curl {method} --path-as-is {url}");
    for (name, value) in &sent.headers {
        match name.as_str() {
            // What curl sends by itself, in its own words.
            "accept" | "host" | "user-agent" | "content-length" => {}
            // One that was used before would be answered as before.
            "idempotency-key" if option == "-s" => line.push_str(r#" -H "idempotency-key: $(date +%s%N)""#),
            // To curl, a header without a value is one to leave out.
            _ if value.is_empty() => line.push_str(&format!(" -H {}", quoted(&format!("{name};")))),
            _ => line.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}")))),
        }
    }
    if let Some(body) = &sent.body {
        line.push_str(&format!(" -d {}", quoted(body)));
    }
    line
}

/// One word for the shell. Only what stands for keys is left to it.
fn quoted(text: &str) -> String {
    let mut line = String::new();
    let mut rest = text;
    loop {
        let found = rest.match_indices('$').find_map(|(at, _)| Some((at, key_expression(rest.get(at..)?)?)));
        let plain = found.map_or(rest, |(at, _)| rest.get(..at).unwrap_or_default());
        if !plain.is_empty() || line.is_empty() && found.is_none() {
            line.push_str(&format!("'{}'", plain.replace('\'', r"'\''")));
        }
        let Some((at, length)) = found else { return line };
        line.push_str(&format!("\"{}\"", rest.get(at..at + length).unwrap_or_default()));
        rest = rest.get(at + length..).unwrap_or_default();
    }
}

/// How long the expression of the shell is that `text` begins with, if it is one that [`KeyVariant::shown`] makes of a key.
fn key_expression(text: &str) -> Option<usize> {
    Role::ALL.into_iter().find_map(|role| {
        let variable = role.placeholder();
        let name = variable.trim_start_matches('$');
        let (bounded, truncated) = (format!("${{{name}}}"), format!("${{{name}%?}}"));
        let encoded = format!(r#"$(printf %s "{variable}:" | base64 | tr -d '\n')"#);
        let swapped = format!(r#"$(printf %s "{variable}" | tr a-zA-Z A-Za-z)"#);
        let changed = format!(r#"$(printf %s "{variable}" | sed s/./"#);
        if let Some(rest) = text.strip_prefix(&changed) {
            let end = rest.find(')')?;
            let is_harmless = rest.get(..end)?.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/');
            return is_harmless.then_some(changed.len() + end + 1);
        }
        if let Some(rest) = text.strip_prefix(&format!("${{{name}#")) {
            let end = rest.find('}')?;
            let is_harmless = rest.get(..end)?.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return is_harmless.then_some(text.len() - rest.len() + end + 1);
        }
        let is_longer = |rest: &str| rest.starts_with(|next: char| next.is_ascii_uppercase() || next == '_');
        let fits = |form: &&str| text.strip_prefix(*form).is_some_and(|rest| *form != variable || !is_longer(rest));
        [variable, &bounded, &truncated, &encoded, &swapped].into_iter().find(fits).map(str::len)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::operation::Operation;

    fn sent(headers: &[(&str, &str)], body: Option<&str>) -> Sent {
        Sent {
            operation: Operation::CancelSession,
            method: "POST".to_owned(),
            origin: "http://127.0.0.1:4010".to_owned(),
            target: "/v1/gate_sessions/it's/../cancel".to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.map(str::to_owned),
            created_by: None,
        }
    }

    #[test]
    fn curl_leaves_the_key_to_the_shell_and_nothing_else() {
        let sent = sent(&[("accept", "application/json"), ("authorization", "Bearer $GATE_KEY")], None);
        assert_eq!(
            sent.curl(),
            r#"curl -i -X POST --path-as-is 'http://127.0.0.1:4010/v1/gate_sessions/it'\''s/../cancel' -H 'authorization: Bearer '"$GATE_KEY""#
        );
    }

    #[test]
    fn curl_repeats_header_and_body_as_they_were() {
        let sent = sent(&[("authorization", "Bearer $(true)")], Some(r#"{"amount":"$1"}"#));
        let line = sent.curl();
        assert!(line.ends_with(r#" -H 'authorization: Bearer $(true)' -d '{"amount":"$1"}'"#), "{line}");
    }

    #[test]
    fn where_a_session_was_cancelled_curl_creates_another_one() {
        let mut cancellation = sent(&[("authorization", "Bearer $GATE_KEY")], None);
        cancellation.target = "/v1/gate_sessions/used/cancel".to_owned();
        let mut creation = sent(&[("idempotency-key", "used")], Some("{}"));
        creation.target = "/v1/gate_sessions".to_owned();
        cancellation.created_by = Some(Box::new(creation));
        let line = cancellation.curl();
        assert!(
            line.starts_with("ID=$(curl -s -X POST --path-as-is 'http://127.0.0.1:4010/v1/gate_sessions' -H"),
            "{line}"
        );
        assert!(
            line.contains(r#"; curl -i -X POST --path-as-is 'http://127.0.0.1:4010/v1/gate_sessions/'"$ID"'/cancel' "#)
        );
        assert!(!line.contains("used"), "{line}");
    }

    #[test]
    fn only_what_stands_for_a_key_is_left_to_the_shell() {
        for (text, word) in [
            ("", "''"),
            ("$GATE_KEY", r#""$GATE_KEY""#),
            ("a $GATE_KEY b$GATE_OTHER_KEY", r#"'a '"$GATE_KEY"' b'"$GATE_OTHER_KEY""#),
            ("$GATE_KEYS $GATE $(true) `true`", "'$GATE_KEYS $GATE $(true) `true`'"),
            ("Bearer ${GATE_KEY#sk_test_}", r#"'Bearer '"${GATE_KEY#sk_test_}""#),
            ("Bearer ${GATE_KEY#`id`}", "'Bearer ${GATE_KEY#`id`}'"),
            ("Bearer ${GATE_KEY}0", r#"'Bearer '"${GATE_KEY}"'0'"#),
            ("Bearer ${GATE_KEY%?}", r#"'Bearer '"${GATE_KEY%?}""#),
            (r#"$(printf %s "$GATE_KEY" | sed s/./0/12)!"#, r#""$(printf %s "$GATE_KEY" | sed s/./0/12)"'!'"#),
            (r#"$(printf %s "$GATE_KEY" | sed s/./0/e;id)"#, r#"'$(printf %s "'"$GATE_KEY"'" | sed s/./0/e;id)'"#),
        ] {
            assert_eq!(quoted(text), word, "{text}");
        }
    }
}
