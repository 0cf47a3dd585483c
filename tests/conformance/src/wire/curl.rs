//! Command lines that send a request again: for whoever wants to see with their own eyes.

use super::exchange::Sent;
use super::masked::Masked;

/// What stands for the id of a session that is created first, and how the shell finds it in the response.
const FRESH_ID: &str = "$ID";
const FIRST_ID: &str = r#"grep -o '"id" *: *"[^"]*"' | head -n 1 | cut -d '"' -f 4"#;

impl Sent {
    /// A command line that sends the request again; the key is left to the shell.
    ///
    /// Of a request that ended a session's being open it creates another session first.
    #[must_use]
    pub fn curl(&self) -> String {
        let url = |target: &Masked| Masked::from(self.origin.as_str()).and(target.clone()).shell_word();
        match (&self.created_by, self.target.around_session()) {
            (Some(creation), Some([before, after])) => format!(
                "ID=$({} | {FIRST_ID}); {}",
                command(creation, "-s", &url(&creation.target)),
                command(self, "-i", &format!(r#"{}"{FRESH_ID}"{}"#, url(&before), after.shell_word()))
            ),
            _ => command(self, "-i", &url(&self.target)),
        }
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
            _ if *value == Masked::default() => {
                line.push_str(&format!(" -H {}", Masked::from(format!("{name};")).shell_word()))
            }
            _ => line.push_str(&format!(" -H {}", Masked::from(format!("{name}: ")).and(value.clone()).shell_word())),
        }
    }
    if let Some(body) = &sent.body {
        line.push_str(&format!(" -d {}", body.shell_word()));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::key_variants::KeyVariant;
    use crate::wire::keys::Role;
    use crate::wire::operation::Operation;

    fn bearer() -> Masked {
        KeyVariant::Bearer.written(Role::Partner, "canary").shown
    }

    fn sent(headers: &[(&str, Masked)], body: Option<&str>) -> Sent {
        Sent {
            operation: Operation::CancelSession,
            method: "POST".to_owned(),
            origin: "http://127.0.0.1:4010".to_owned(),
            target: "/v1/gate_sessions/it's/../cancel".into(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            body: body.map(Masked::from),
            created_by: None,
        }
    }

    #[test]
    fn curl_leaves_the_key_to_the_shell_and_nothing_else() {
        let sent = sent(&[("accept", "application/json".into()), ("authorization", bearer())], None);
        assert_eq!(
            sent.curl(),
            r#"curl -i -X POST --path-as-is 'http://127.0.0.1:4010/v1/gate_sessions/it'\''s/../cancel' -H 'authorization: Bearer '"$GATE_KEY""#
        );
    }

    #[test]
    fn curl_repeats_header_and_body_as_they_were() {
        let sent = sent(&[("authorization", "Bearer $(true)".into())], Some(r#"{"amount":"$1"}"#));
        let line = sent.curl();
        assert!(line.ends_with(r#" -H 'authorization: Bearer $(true)' -d '{"amount":"$1"}'"#), "{line}");
    }

    #[test]
    fn where_a_session_was_cancelled_curl_creates_another_one() {
        let mut cancellation = sent(&[("authorization", bearer())], None);
        cancellation.target = Operation::CancelSession.target("/v1", "used");
        let mut creation = sent(&[("idempotency-key", "used".into())], Some("{}"));
        creation.target = Operation::CreateSession.target("/v1", "");
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
}
