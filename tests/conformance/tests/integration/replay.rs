//! Runs the command lines of findings in a shell, and checks that they reproduce the findings.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::process::Command;
use std::rc::Rc;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;
use zerogate_conformance::Finding;
use zerogate_emulator::Keys;

/// The suite's live key for an emulator.
const LIVE_KEY: &str = "sk_live_fake_and_unknown_to_the_emulator";

/// Whether there is a shell, and a recent enough curl.
pub(crate) static TOOLS: LazyLock<Result<(), String>> = LazyLock::new(|| {
    let told = shell("curl --version", &[]).map_err(|error| format!("there is no sh: {error}"))?;
    if told.starts_with("curl ") { Ok(()) } else { Err("there is no curl".to_owned()) }
});

/// The servers on which the lines of a run are repeated.
pub(crate) struct Stage<'s> {
    /// The origin in the lines, which is no longer there.
    pub(crate) origin: &'s str,
    /// The faulty server.
    pub(crate) faulty: &'s str,
    /// The same without the fault, with the same sessions.
    pub(crate) faithful: &'s str,
    pub(crate) keys: &'s Keys,
    pub(crate) transcripts: RefCell<HashMap<String, Rc<Transcript>>>,
}

impl Stage<'_> {
    /// Runs the line of a finding; returns why it does not reproduce the finding, or `None` if it does.
    pub(crate) fn complaint(&self, rule: &str, finding: &Finding) -> Option<String> {
        let line = finding.curl().replace(self.origin, self.faulty);
        if let Some(key) = self.secrets().into_iter().find(|key| line.contains(key)) {
            return Some(format!("a key stands in it: {key}"));
        }
        let faithful = line.replace(self.faulty, self.faithful);
        let (right, wrong) = (self.run(&faithful), self.run(&line));
        if right.exchanges.is_empty() && right.rest.is_empty() {
            return Some(format!("nothing came of it: {}", right.text));
        }
        let shown = match (is_shown(rule, finding, &right), is_shown(rule, finding, &wrong)) {
            (Some(true), _) => Some("it shows the finding where there is none"),
            (_, Some(false)) => Some("it does not show the finding"),
            (Some(false), Some(true)) => None,
            // The result is caused by the fault.
            _ if self.is_first() && right.comparable() != self.run_again(&faithful).comparable() => {
                Some("it shows something else each time")
            }
            // Two consecutive ids now and then differ in more than the last character: another try has others.
            _ if right.comparable() == wrong.comparable()
                && (rule != "cancel-odd-id-refused"
                    || (0..2).all(|_| right.comparable() == self.run_again(&line).comparable())) =>
            {
                Some("it shows what a faithful server shows")
            }
            _ => None,
        };
        let status = finding.response.as_ref().map(|response| response.status);
        // For parallel creations, the sessions are counted.
        let has_status = status.is_none_or(|status| wrong.exchanges.is_empty() || wrong.has(status));
        let complaint = shown.or((!has_status).then_some("another status came"))?;
        Some(format!(
            "{complaint}: {line}\n--- of the faithful server:\n{}\n--- of the faulty one:\n{}",
            right.text, wrong.text
        ))
    }

    /// Returns the result of a line, and runs it if it was not run before.
    fn run(&self, line: &str) -> Rc<Transcript> {
        if let Some(transcript) = self.transcripts.borrow().get(line) {
            return transcript.clone();
        }
        let transcript = Rc::new(self.run_again(line));
        self.transcripts.borrow_mut().insert(line.to_owned(), transcript.clone());
        transcript
    }

    fn run_again(&self, line: &str) -> Transcript {
        Transcript::of(line, &self.environment())
    }

    /// Whether only the first line was run, on both servers.
    fn is_first(&self) -> bool {
        self.transcripts.borrow().len() == 2
    }

    fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("GATE_KEY", &self.keys.partner),
            ("GATE_OTHER_KEY", &self.keys.other_partner),
            ("GATE_PUBLISHABLE_KEY", &self.keys.publishable),
            ("GATE_LIVE_KEY", LIVE_KEY),
        ]
    }

    fn secrets(&self) -> [&str; 4] {
        self.environment().map(|(_, key)| key)
    }
}

/// The output of the shell, both streams in order.
fn shell(line: &str, environment: &[(&str, &str)]) -> std::io::Result<String> {
    let script = format!("exec 2>&1; {line}");
    let output = Command::new("sh").args(["-c", &script]).envs(environment.iter().copied()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The result of a line.
pub(crate) struct Transcript {
    line: String,
    text: String,
    exchanges: Vec<Shown>,
    /// The output before the first head: bodies and counts.
    rest: String,
}

/// A response, as curl prints it.
struct Shown {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    json: Value,
}

impl Transcript {
    fn of(line: &str, environment: &[(&str, &str)]) -> Self {
        let text = shell(line, environment).unwrap().replace('\r', "");
        // For parallel requests, the heads are counted, each with a number.
        let lines = format!("\n{text}");
        let mut parts = lines.split("\nHTTP/1.1 ");
        let rest = parts.next().unwrap_or_default().to_owned();
        let exchanges = parts.map(|part| {
            let (head, body) = part.split_once("\n\n").unwrap_or((part, ""));
            let mut lines = head.lines();
            let status = lines.next().and_then(|line| line.get(..3)?.parse().ok()).unwrap_or_default();
            let headers = lines.filter_map(|line| line.split_once(':'));
            let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
            let mut values = serde_json::Deserializer::from_str(body).into_iter::<Value>();
            let json = values.next().and_then(Result::ok).unwrap_or_default();
            Shown { status, headers, body: body.to_owned(), json }
        });
        Self { exchanges: exchanges.collect(), rest, text, line: line.to_owned() }
    }

    /// Whether a response had this status; for parallel requests, statuses are counted.
    fn has(&self, status: u16) -> bool {
        let counted = self.rest.split_whitespace().any(|word| word == status.to_string());
        counted || self.exchanges.iter().any(|shown| shown.status == status)
    }

    /// The transcript with ids and times, which differ between runs, numbered in order.
    fn comparable(&self) -> String {
        let mut words = Words::default();
        // An id that the line asks for keeps its number, so that a response with another id differs.
        words.plain(&self.line);
        let mut text = words.plain(&self.rest);
        for Shown { status, headers, body, json } in &self.exchanges {
            text.push_str(&format!("{status}\n"));
            for (name, value) in headers.iter().filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()))
            {
                text.push_str(&format!("{name}: {}\n", words.plain(value)));
            }
            // Parsing loses a duplicate name, but the length shows it.
            let read = if json.is_null() { body.clone() } else { format!("{json} of {} bytes", body.len()) };
            text.push_str(&words.plain(&read));
        }
        text
    }
}

/// The random words of a text, in order.
#[derive(Default)]
struct Words(BTreeMap<String, usize>);

impl Words {
    fn plain(&mut self, text: &str) -> String {
        let is_part = |character: char| character.is_ascii_alphanumeric() || "_-:.".contains(character);
        text.split_inclusive(|character| !is_part(character)).map(|word| self.word(word, is_part)).collect()
    }

    fn word(&mut self, word: &str, is_part: impl Fn(char) -> bool) -> String {
        let (name, end) = word.split_at(word.trim_end_matches(|last: char| !is_part(last)).len());
        let lower = name.to_lowercase();
        let is_id = name.len() == 24 && name.starts_with('6') && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_secret = name.starts_with("gs_test_secret_") && name.len() > 40;
        if is_id || is_secret || lower.starts_with("req_") {
            let number = self.0.len();
            let number = *self.0.entry(name.to_owned()).or_insert(number);
            return format!("[{number}]{end}");
        }
        // Its distance from now in hours, and its notation.
        match name.get(..23).and_then(|time| format!("{time}Z").parse::<Timestamp>().ok()) {
            Some(time) => {
                let hours = time.duration_since(Timestamp::now()).as_secs_f64() / 3600.0;
                format!("[{:.0} h]{}{end}", hours, &name[23..])
            }
            None => word.to_owned(),
        }
    }
}

/// For a rule whose responses depend on the existing sessions: whether a transcript reproduces its finding. `None` for
/// other rules, whose lines give the same result each time.
fn is_shown(rule: &str, finding: &Finding, told: &Transcript) -> Option<bool> {
    let last = told.exchanges.last()?;
    Some(match rule {
        "list-shape" => {
            let is_short = last.json["data"].as_array().is_some_and(|data| data.len() <= 10);
            last.status != 200 || last.json["object"] != "list" || !last.json["has_more"].is_boolean() || !is_short
        }
        "list-matches-retrieve" => {
            let lists = told.exchanges.iter().flat_map(sessions);
            let listed = lists.rev().find(|listed| listed["id"] == last.json["id"]);
            listed.map_or(finding.case.as_deref() == Some("missing"), |listed| *listed != last.json)
        }
        "list-no-client-secret" => last.body.contains("client_secret"),
        "list-order" => {
            let times: Vec<&str> = sessions(last).filter_map(|session| session["created_at"].as_str()).collect();
            !times.is_sorted_by(|one, next| one >= next)
        }
        "list-cursor" if finding.case.as_deref() == Some("end") => last.status != 200 || !last.json["data"].is_array(),
        "list-cursor" => {
            let request = finding.sent.to_string();
            let cursor = request.rsplit('=').next()?;
            if finding.case.as_deref() == Some("cancelled") {
                // By now, another session is the newest.
                return Some(ids(last).eq(ids(&told.exchanges[0])) || ids(last).any(|id| id == cursor));
            }
            let expected = ids(&told.exchanges[0]).skip_while(|id| *id != cursor).skip(1).take(2);
            !ids(last).eq(expected)
        }
        "list-status-filter" => {
            let request = finding.sent.to_string();
            let wanted = request.rsplit('=').next()?;
            let mut with_it = told.exchanges.iter().flat_map(sessions).filter(|session| session["status"] == wanted);
            last.status != 200
                || sessions(last).any(|session| session["status"] != wanted)
                || with_it.any(|session| !ids(last).any(|listed| session["id"] == listed))
        }
        "list-filter-before-page" if finding.received.starts_with("true") => last.json["has_more"] == true,
        "list-filter-before-page" => ids(last).next().is_none(),
        "list-full-last-page" => last.json["has_more"] != false,
        "list-limit" if last.status >= 400 => true,
        "list-limit" if finding.case.as_deref() == Some("filtered") => ids(last).count() > 1,
        "list-limit" => {
            let is_short = finding.sent.to_string().contains("limit=2");
            let count = ids(last).count();
            is_short && (count > 2 || last.json["has_more"] == false) || count == 0 && last.json["has_more"] == true
        }
        "list-foreign-hidden" => {
            let foreign = finding.received.split_whitespace().find(|word| word.len() == 24)?;
            let is_own = |session: &Value| session["partner_id"] == last.json["data"][0]["partner_id"];
            sessions(last).any(|session| session["id"] == foreign || !is_own(session))
        }
        // The newest session is not the one in the finding.
        "create-idempotent-replay" if last.json["object"] == "list" => {
            ids(last).next() != told.exchanges[0].json["id"].as_str()
        }
        "create-bad-fields" | "create-key-with-other-body" | "create-required-fields"
            if last.json["object"] == "list" =>
        {
            let body: Value = serde_json::from_str(&finding.sent.body.as_ref()?.to_string()).ok()?;
            last.json["data"][0]["user_reference"] == body["user_reference"]
        }
        _ => return None,
    })
}

fn sessions(shown: &Shown) -> impl DoubleEndedIterator<Item = &Value> {
    shown.json["data"].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn ids(shown: &Shown) -> impl Iterator<Item = &str> {
    sessions(shown).filter_map(|session| session["id"].as_str())
}
