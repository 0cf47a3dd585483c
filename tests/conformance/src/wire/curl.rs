//! Command lines that repeat requests, so that users can reproduce findings.

use std::collections::{BTreeMap, BTreeSet};

use super::exchange::{Closing, IDEMPOTENCY_KEY, Sent};
use super::masked::{Masked, SECRET_OF};
use super::operation::Operation;

/// The shell command that extracts the id of the created session.
const FIRST_ID: &str = r#"grep -o '"id" *: *"[^"]*"' | head -n 1 | cut -d '"' -f 4"#;

/// The shell command that extracts the client secret of the created session.
const SECRET: &str = r#"grep -o '"client_secret" *: *"[^"]*"' | head -n 1 | cut -d '"' -f 4"#;

/// The last digit of a key, changed.
const OTHER_DIGIT: &str = "tail -c 1 | tr 0123456789abcdefABCDEF 1032547698badcfeBADCFE";

/// A unique idempotency key, from the kernel or a command.
const NEW_KEY: &str = "$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)";

impl Sent {
    /// Returns a command line that repeats the request; the shell expands the keys.
    ///
    /// If the suite created the session that it names, the line creates another one in the same way.
    #[must_use]
    pub fn curl(&self) -> String {
        line([self])
    }
}

/// Returns a command line that repeats these requests in order, after the histories of their sessions.
pub(crate) fn line<'s>(shown: impl IntoIterator<Item = &'s Sent>) -> String {
    let mut steps: BTreeMap<u64, (&Sent, bool)> = BTreeMap::new();
    for sent in shown {
        steps.insert(sent.number, (sent, true));
        for earlier in &sent.history {
            steps.entry(earlier.number).or_insert((earlier, false));
        }
        if let Some(earlier) = &sent.is_after {
            steps.entry(earlier.number).or_insert((earlier, true));
        }
    }
    let variables = Variables::of(steps.values().map(|(sent, _)| *sent));
    let mut line = variables.new_keys();
    let last = steps.len();
    let mut steps = steps.into_values().zip(1..).peekable();
    while let Some(((sent, is_shown), number)) = steps.next() {
        if let Some(((next, _), _)) = steps.peek()
            && next.is_after.as_ref().is_some_and(|earlier| earlier.number == sent.number)
        {
            // One command, so one connection; the first body is followed by a newline.
            line.push_str(&variables.curl(sent, r"-isS -w '\n'", ""));
            line.push_str(" --next ");
            continue;
        }
        let (command, ends_in_a_body) = variables.command(sent, is_shown);
        let is_next = sent.is_after.is_some();
        line.push_str(if is_next { command.strip_prefix("curl ").unwrap_or(&command) } else { &command });
        if number < last {
            // A body may not end with a newline.
            line.push_str(if ends_in_a_body { "; echo; " } else { "; " });
        }
    }
    line
}

/// A command line that repeats a sequence: group after group, each of requests that are sent at once, and of a list
/// with the pages that follow.
pub(crate) fn script(groups: &[Vec<(Vec<Sent>, Closing)>]) -> String {
    let all = || groups.iter().flatten().flat_map(|(sent, _)| sent.iter());
    let variables = Variables::of(all());
    let mut line = variables.new_keys();
    if groups.iter().any(|group| group.len() > 1) {
        line.push_str("D=$(mktemp -d); ");
    }
    let last = groups.len();
    for (group, number) in groups.iter().zip(1..) {
        let ends_in_a_body = match group.as_slice() {
            [(sent, closing)] => {
                let commands = sent.iter().map(|sent| variables.told(sent, *closing));
                line.push_str(&commands.collect::<Vec<_>>().join("; echo; "));
                true
            }
            group => {
                line.push_str(&variables.at_the_same_time(group));
                false
            }
        };
        if number < last {
            line.push_str(if ends_in_a_body { "; echo; " } else { "; " });
        }
    }
    line
}

/// The shell variables that later commands use.
#[derive(Default)]
struct Variables {
    /// The variables with sessions, by the original ids.
    sessions: BTreeMap<String, String>,
    /// The sessions whose client secrets are used.
    secrets: BTreeSet<String>,
    /// The idempotency keys that several creations share, or that differ in the last character, with their variables.
    keys: Vec<(String, String)>,
}

impl Variables {
    fn of<'s>(steps: impl Iterator<Item = &'s Sent> + Clone) -> Self {
        let named: BTreeSet<&str> = steps.clone().filter_map(|sent| sent.target.named_session()).collect();
        let mut variables = Self::default();
        let mut uses: BTreeMap<String, usize> = BTreeMap::new();
        for sent in steps {
            let texts = sent.headers.iter().map(|(_, value)| value).chain([&sent.target]);
            variables.secrets.extend(texts.filter_map(Masked::session_of_secret).map(str::to_owned));
            if let Some(id) = sent.created.as_deref().filter(|id| named.contains(id)) {
                let number = variables.sessions.len() + 1;
                variables.sessions.entry(id.to_owned()).or_insert_with(|| numbered("ID", number));
            }
            if let Some(key) = sent.idempotency_key().map(ToString::to_string) {
                let count = uses.entry(key.clone()).or_default();
                *count += sent.at_once;
                if *count > 1 && !variables.keys.iter().any(|(known, _)| *known == key) {
                    let name = numbered("KEY", variables.keys.len() + 1);
                    variables.keys.push((key, name));
                }
            }
        }
        let near = |key: &str| uses.keys().any(|other| is_near(other, key));
        for key in uses.keys().filter(|key| near(key)) {
            if !variables.keys.iter().any(|(known, _)| known == key) {
                let name = numbered("KEY", variables.keys.len() + 1);
                variables.keys.push((key.clone(), name));
            }
        }
        variables
    }

    /// The commands that make the idempotency keys.
    fn new_keys(&self) -> String {
        let keys = self.keys.iter().enumerate().map(|(index, (key, name))| {
            let made = self.keys.iter().take(index).find(|(made, _)| is_near(made, key));
            match made {
                Some((_, made)) => format!(r#"{name}="${{{made}%?}}$(printf %s "${made}" | {OTHER_DIGIT})"; "#),
                None => format!("{name}={NEW_KEY}; "),
            }
        });
        keys.collect()
    }

    /// The command, and whether its output may end with a body.
    fn command(&self, sent: &Sent, is_shown: bool) -> (String, bool) {
        if sent.at_once > 1 {
            return (self.at_once(sent), false);
        }
        match sent.created.as_ref().and_then(|id| Some((id, self.sessions.get(id)?))) {
            Some((id, name)) if self.secrets.contains(id) => {
                let told = if is_shown { " | tee -a /dev/stderr" } else { "" };
                let curl = self.curl(sent, "-s", "");
                let of = |what: &str| format!(r#"$(printf %s "$CREATED" | {what})"#);
                let (first_id, secret) = (of(FIRST_ID), of(SECRET));
                let command = format!(
                    r#"CREATED=$({curl}{told}); {name}={first_id}; {name}{SECRET_OF}={secret}; echo "${name}""#
                );
                (command, false)
            }
            // If the response to the creation matters, it is printed separately.
            Some((_, name)) => {
                let told = if is_shown { "tee -a /dev/stderr | " } else { "" };
                (format!(r#"{name}=$({} | {told}{FIRST_ID}); echo "${name}""#, self.curl(sent, "-s", "")), false)
            }
            None => (self.curl(sent, "-isS", ""), true),
        }
    }

    /// The command, whose response is shown unless it must be lost.
    fn told(&self, sent: &Sent, closing: Closing) -> String {
        match closing {
            Closing::Read => self.command(sent, true).0,
            // Nobody reads it. To close the connection at once would take luck.
            Closing::Begun | Closing::Written => self.curl(sent, "-s -o /dev/null", ""),
        }
    }

    /// Different requests at once: what they come to is shown when all of them are over.
    fn at_the_same_time(&self, group: &[(Vec<Sent>, Closing)]) -> String {
        let first = || group.iter().filter_map(|(sent, closing)| Some((sent.first()?, *closing)));
        let mut line = String::new();
        for ((sent, closing), number) in first().zip(1..) {
            let command = match closing {
                Closing::Read => format!("{} >$D/{number}", self.curl(sent, "-isS", "")),
                Closing::Begun | Closing::Written => self.told(sent, closing),
            };
            line.push_str(&format!("{command} & "));
        }
        line.push_str("wait");
        for ((sent, _), number) in first().zip(1..).filter(|((_, closing), _)| *closing == Closing::Read) {
            line.push_str(&format!("; cat $D/{number}; echo"));
            if let Some(name) = sent.created.as_ref().and_then(|id| self.sessions.get(id)) {
                line.push_str(&format!("; {name}=$(<$D/{number} {FIRST_ID})"));
            }
        }
        let pages = group.iter().flat_map(|(sent, closing)| sent.iter().skip(1).map(|sent| (sent, *closing)));
        for (sent, closing) in pages {
            line.push_str(&format!("; {}; echo", self.told(sent, closing)));
        }
        line
    }

    /// Requests sent in parallel, with a count of each result: sessions, or statuses and request ids.
    fn at_once(&self, sent: &Sent) -> String {
        let parts = format!("#[1-{}]", sent.at_once);
        let (options, told) = if sent.operation == Operation::CreateSession {
            ("", r#"-o '"id" *: *"[^"]*"'"#)
        } else {
            (" -D - -o /dev/null", "-i -e '^HTTP/' -e '^x-request-id:'")
        };
        let options = format!("-Z --no-progress-meter --parallel-immediate{options}");
        format!("{} | grep {told} | sort | uniq -c", self.curl(sent, &options, &parts))
    }

    /// The command of one request.
    fn curl(&self, sent: &Sent, options: &str, behind: &str) -> String {
        let word = |text: &Masked| text.shell_word(|id| self.sessions.get(id).map(String::as_str));
        let method = match sent.method.as_str() {
            "GET" => String::new(),
            "HEAD" => " --head".to_owned(),
            method => format!(" -X {method}"),
        };
        // The suite uses no other version.
        let version = if sent.origin.starts_with("https:") { " --http1.1" } else { "" };
        let url = Masked::from(sent.origin.as_str()).and(sent.target.clone()).and(behind);
        let mut line = format!("curl {options}{method}{version} --path-as-is {}", word(&url));
        for (name, value) in &sent.headers {
            match name.as_str() {
                // The headers that curl adds itself.
                "host" | "user-agent" | "content-length" => {}
                // A key that was used before would replay the earlier response.
                IDEMPOTENCY_KEY => {
                    let shared = self.keys.iter().find(|(key, _)| *key == value.to_string());
                    let key = shared.map_or(NEW_KEY.to_owned(), |(_, name)| format!("${name}"));
                    line.push_str(&format!(r#" -H "{IDEMPOTENCY_KEY}: {key}""#));
                }
                // curl omits a header without a value.
                _ if *value == Masked::default() => {
                    line.push_str(&format!(" -H {}", word(&Masked::from(format!("{name};")))));
                }
                _ => line.push_str(&format!(" -H {}", word(&Masked::from(format!("{name}: ")).and(value.clone())))),
            }
        }
        if let Some(body) = &sent.body {
            line.push_str(&format!(" -d {}", word(body)));
        }
        line
    }
}

/// Whether two keys differ in the last character alone.
fn is_near(one: &str, other: &str) -> bool {
    let start = |key: &str| key.char_indices().next_back().and_then(|(at, _)| key.get(..at).map(str::to_owned));
    one != other && start(one).is_some() && start(one) == start(other)
}

/// A name with a number, unless it is the first.
fn numbered(name: &str, number: usize) -> String {
    if number == 1 { name.to_owned() } else { format!("{name}{number}") }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::wire::key_variants::KeyVariant;
    use crate::wire::keys::Role;

    fn sent(operation: Operation, id: &str, headers: &[(&str, Masked)], body: Option<&str>) -> Sent {
        Sent {
            operation,
            method: operation.method().to_owned(),
            target: operation.target("/v1", id),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            body: body.map(Masked::from),
            ..Sent::example()
        }
    }

    fn creation(number: u64, id: &str, key: &str) -> Sent {
        let headers = [("idempotency-key", key.into())];
        let created = Some(id.to_owned());
        Sent { number, created, ..sent(Operation::CreateSession, "", &headers, Some("{}")) }
    }

    #[test]
    fn curl_leaves_the_key_to_the_shell_and_nothing_else() {
        let key = KeyVariant::Bearer.written(Role::Partner, "canary").shown;
        let mut sent = sent(Operation::CancelSession, "", &[("user-agent", "x".into()), ("authorization", key)], None);
        sent.target = "/v1/gate_sessions/it's/../cancel".into();
        assert_eq!(
            sent.curl(),
            r#"curl -isS -X POST --path-as-is 'http://127.0.0.1:4010/v1/gate_sessions/it'\''s/../cancel' -H 'authorization: Bearer '"$GATE_KEY""#
        );
    }

    #[test]
    fn curl_repeats_header_and_body_as_they_were() {
        let headers = [("authorization", "Bearer $(true)".into()), ("cookie", "".into())];
        let line = sent(Operation::CancelSession, "a", &headers, Some(r#"{"amount":"$1"}"#)).curl();
        assert!(line.ends_with(r#" -H 'authorization: Bearer $(true)' -H 'cookie;' -d '{"amount":"$1"}'"#), "{line}");
    }

    #[test]
    fn sessions_are_created_anew_and_treated_as_they_were_in_their_order() {
        let (first, second) = (creation(3, "one", "used"), creation(5, "two", "too"));
        let cancelled = Sent { number: 7, ..sent(Operation::CancelSession, "two", &[], None) };
        let history = vec![Arc::new(second), Arc::new(cancelled)];
        let look = Sent { number: 8, history, ..sent(Operation::RetrieveSession, "two", &[], None) };
        let other =
            Sent { number: 9, history: vec![Arc::new(first)], ..sent(Operation::CancelSession, "one", &[], None) };
        let line = line([&other, &look]);
        let steps = [
            "ID=$(curl -s -X POST ",
            "; ID2=$(curl -s -X POST ",
            "/gate_sessions/'\"$ID2\"'/cancel'; echo; curl -isS --path",
        ];
        let places: Vec<_> = steps.iter().map(|step| line.find(step)).collect();
        assert!(places.is_sorted() && places.iter().all(Option::is_some), "{line}");
        assert!(line.ends_with(
            "; echo; curl -isS -X POST --path-as-is 'http://127.0.0.1:4010/v1/gate_sessions/'\"$ID\"'/cancel'"
        ));
        assert!(!line.contains("one") && !line.contains("used"), "{line}");
    }

    #[test]
    fn a_key_is_kept_where_creations_share_it() {
        let (first, again) = (creation(1, "one", "used"), creation(2, "one", "used"));
        let line = line([&first, &again]);
        assert_eq!(line.matches("idempotency-key: $KEY\"").count(), 2, "{line}");
        let at_once = Sent { at_once: 4, ..first }.curl();
        assert!(at_once.starts_with("KEY=$(cat ") && at_once.contains("/gate_sessions#[1-4]'"), "{at_once}");
        assert!(at_once.ends_with(r#" | grep -o '"id" *: *"[^"]*"' | sort | uniq -c"#), "{at_once}");
    }

    #[test]
    fn a_key_that_differs_in_the_last_character_still_does() {
        let line = line([&creation(1, "one", "used-0"), &creation(2, "two", "used-1")]);
        let digit = "tr 0123456789abcdefABCDEF 1032547698badcfeBADCFE";
        assert!(line.contains(&format!(r#"; KEY2="${{KEY%?}}$(printf %s "$KEY" | tail -c 1 | {digit})"; "#)), "{line}");
        assert!(line.contains("idempotency-key: $KEY\"") && line.contains("idempotency-key: $KEY2\""), "{line}");
        let apart = super::line([&creation(1, "one", "used"), &creation(2, "two", "too")]);
        assert!(!apart.contains("$KEY"), "{apart}");
    }

    #[test]
    fn parallel_requests_are_counted() {
        let race = Sent { at_once: 8, ..sent(Operation::CancelSession, "a", &[], None) }.curl();
        assert!(race.starts_with("curl -Z ") && race.ends_with("x-request-id:' | sort | uniq -c"), "{race}");
    }
}
