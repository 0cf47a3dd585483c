//! Text from a server, a contract or a file cannot command a terminal or a pipeline, in any output.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;
use zerogate_conformance::Operation::CancelSession;
use zerogate_conformance::report::{DriftFormat, ReportSpec, Reports, RunFormat, Styles, Text, headline};
use zerogate_conformance::{Event, KnownFailures, Level, Verdict};
use zerogate_contract::Document;

use crate::command::{shown, zerogate};
use crate::markup;
use crate::proxy::Act;
use crate::recording::Recording;
use crate::run::everything;

/// A text of each kind.
const KINDS: [&str; 19] = [
    "::error title=a::b",
    "\n::add-mask::c",
    "\r\t::stop-commands::d",
    "\u{3000}::set-output name=e::f",
    "##[error]g",
    "##vso[task.complete]h",
    "##TeamCity[buildStop]i",
    "##\u{ad}vso[task.complete]j",
    "\u{202e}k",
    "\u{2066}l\u{2069}",
    "m\u{200b}n",
    "\u{feff}o\u{e0041}\u{fe0f}",
    "\x1b[2J\x1b]0;p\x07",
    "\u{85}::notice::q",
    "\u{2028}::warning::r",
    "\n  ::error::s",
    "</title></style><script>alert(1)</script><!-- <svg onload=alert(2)>",
    "\" onfocus=\"alert(3)\" '><img src=x onerror=alert(4)>",
    "javascript:alert(5) https://evil.example &lt;b&gt; &#60;b`<i>`",
];

/// All of them in one text, with one repeated so often that it is wherever a report breaks a line.
fn hostile() -> String {
    format!("{} {}", KINDS.join(" "), "::error::t ".repeat(45).trim_end())
}

/// Returns what a terminal or a pipeline would obey in an output, or what is invisible, except our own colours and
/// annotations.
fn complaint(output: &str, format: &str) -> Option<String> {
    const HIDDEN: [(u32, u32); 8] = [
        (0xad, 0xad),
        (0x200b, 0x200f),
        (0x2028, 0x202e),
        (0x2060, 0x206f),
        (0xfe00, 0xfe0f),
        (0xfeff, 0xfeff),
        (0xe0000, 0xe0fff),
        (0x7f, 0x9f),
    ];
    let is_hidden = |it: &char| {
        let number = u32::from(*it);
        (number < 0x20 && !"\n\t".contains(*it)) || HIDDEN.iter().any(|(from, to)| (*from..=*to).contains(&number))
    };
    if let Some(found) = output.chars().find(is_hidden) {
        return Some(format!("{found:?}"));
    }
    let lower = output.to_lowercase();
    if let Some(command) = ["##[", "##vso[", "##teamcity["].into_iter().find(|command| lower.contains(command)) {
        return Some(command.to_owned());
    }
    let is_own = |line: &str| {
        let levels = ["::error ", "::warning ", "::notice "];
        let rest = levels.into_iter().find_map(|level| line.strip_prefix(level));
        format == "github" && rest.is_some_and(|rest| rest.starts_with("title=") || rest.starts_with("file="))
    };
    let commands = |line: &&str| line.trim_start().starts_with("::") && !is_own(line);
    output.lines().find(commands).map(|line| format!("the line {line:?}"))
}

/// Checks that the text is in an output, and that no part of it would be obeyed.
fn check(output: &str, format: &str, what: &str) {
    assert!(output.contains("task.complete"), "{what}: the text is not in it: {output}");
    let in_markup = if format == "html" { markup::complaint(output) } else { None };
    if let Some(complaint) = complaint(output, format).or(in_markup) {
        panic!("{what}: {complaint} is in it: {output}");
    }
}

/// A run on a server that puts this text everywhere.
async fn on_a_hostile_server() -> Recording {
    let act = Act::Edit(|asked, response| {
        if response.is_error() || asked.is(CancelSession) {
            response.alter(|body| {
                for field in ["type", "code", "amount", "status"] {
                    body.insert(field.to_owned(), hostile().into());
                }
                body.insert(hostile(), 1.into());
            });
        }
    });
    Recording::behind(act, &everything()).await
}

/// The same with raw text in every event, as if nothing had escaped it.
fn raw(recording: &Recording) -> Recording {
    let literal: String = hostile().chars().map(|it| format!("\\U{:08X}", u32::from(it))).collect();
    let known = format!("[[known]]\nrule = \"{literal}\"\nreason = \"{literal}\"\nexpires = 2026-12-31\n");
    let known = KnownFailures::parse(&hostile(), &known).unwrap();
    let mut recording = Recording(recording.0.clone());
    for event in &mut recording.0 {
        match event {
            Event::RunStarted { target, .. } => *target = hostile(),
            Event::RuleFinished(result) => match &mut result.verdict {
                Verdict::Fail(findings) => {
                    for finding in findings {
                        finding.expected = hostile();
                        finding.received = hostile();
                        finding.sent.origin = hostile();
                        finding.response.iter_mut().for_each(|response| response.request_id = Some(hostile()));
                    }
                    result.known = known
                        .entries()
                        .first()
                        .filter(|_| result.rule.level == Level::Should)
                        .cloned()
                        .into_iter()
                        .collect();
                }
                Verdict::Error(trouble) => trouble.what = hostile(),
                _ => {}
            },
            Event::ConversationStep(step) => (step.message, step.request_id) = (hostile(), Some(hostile())),
            _ => {}
        }
    }
    let last = recording.0.len() - 1;
    let lapsed = known.lapsed("2026-11-01".parse().unwrap(), |_| true);
    recording.0.insert(last, Event::KnownFailuresLapsed(lapsed));
    recording
}

#[tokio::test]
async fn no_report_on_a_run_contains_a_command() {
    let recording = on_a_hostile_server().await;
    let raw = raw(&recording);
    let begun = raw.0.first().cloned().into_iter();
    let aborted = Recording(begun.chain([Event::RunAborted { reason: hostile() }]).collect());
    for (what, recording) in [("as it came", recording), ("raw", raw), ("aborted", aborted)] {
        let folder = tempfile::tempdir().unwrap();
        let path = |format: &str| folder.path().join(format);
        let reports: Vec<_> = recording.reports().collect();
        let spec = |format: &str| format!("{format}:{}", path(format).display()).parse().unwrap();
        let specs: Vec<ReportSpec> = reports.iter().map(|(format, _)| spec(format)).collect();
        recording.replay(&mut Reports::open(&specs, std::io::sink(), Styles::plain()).unwrap());
        for (format, report) in reports {
            check(&report, format, &format!("{what}: {format}"));
            assert_eq!(fs::read_to_string(path(format)).unwrap(), report, "{what}: {format}");
        }
        let mut coloured = Vec::new();
        recording.replay(&mut Text::new(&mut coloured, Styles::coloured()));
        check(&colourless(&coloured), "text", &format!("{what}: coloured"));
        let mut conclusion = Vec::new();
        recording.replay(&mut headline(&mut conclusion));
        assert_eq!(complaint(&String::from_utf8(conclusion).unwrap(), "text"), None, "{what}");
    }
}

/// A text without its colours.
fn colourless(text: &[u8]) -> String {
    let text = String::from_utf8(text.to_vec()).unwrap();
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
}

/// A valid file name.
const NAME: &str = "##vso[task.complete]\u{202e}\n::error::<img src=x onerror='alert(1)'>.json";

/// Our contract with an operation that has this text everywhere; `kind` is the type of its bodies.
fn contract(kind: &str) -> String {
    let mut contract = Document::parse("gate.yaml", crate::CONTRACT).unwrap().value().clone();
    let text = hostile();
    let schema = json!({
        "type": "object", "title": text, "required": [text],
        "properties": {&text: {"type": kind, "enum": [format!("{text} {kind}")], "description": format!("{text} {kind}")}},
        format!("x-{text}"): kind,
    });
    contract["paths"][format!("/{text}")] = json!({"post": {
        "operationId": text, "summary": format!("{text} {kind}"), "tags": [text],
        "parameters": [{"name": text, "in": "query", "schema": {"type": kind}}],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": text, "content": {"application/json": {"schema": schema}}}},
    }});
    contract.to_string()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Runs the command in a folder.
fn ran(folder: &TempDir, arguments: &[&str]) -> Output {
    zerogate(arguments).current_dir(folder.path()).output().unwrap()
}

#[test]
fn no_report_on_a_contract_contains_a_command() {
    let ignore = format!("[[ignore]]\nid = {NAME:?}\npointer = {NAME:?}\nreason = {NAME:?}\nexpires = 2001-01-01\n");
    let ignore = ignore.replace("\\u{202e}", "\\u202e");
    let folder = folder(&[(NAME, &contract("string")), ("new.json", &contract("integer")), ("ignore.toml", &ignore)]);
    for format in DriftFormat::all().map(|format| format.name()) {
        let output = ran(&folder, &["diff", NAME, "new.json", "--ignore", "ignore.toml", "--format", format]);
        check(std::str::from_utf8(&output.stdout).unwrap(), format, &shown(&output));
        assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0), "{}", shown(&output));
        if format == "json" {
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(report["old"]["name"], NAME);
        }
    }
    let output = ran(&folder, &["import", NAME, "--contract", "new.json", "--all"]);
    check(std::str::from_utf8(&output.stdout).unwrap(), "text", &shown(&output));
}

/// A recording with this text everywhere.
fn har() -> String {
    let text = hostile();
    let headers = json!([{"name": text, "value": text}, {"name": "Content-Type", "value": "application/json"}]);
    let body =
        json!({&text: &text, "type": &text, "code": &text, "id": &text, "status": &text, "client_secret": &text});
    let entry = |method: &str, path: &str, status: u16, body: &str| {
        json!({
            "startedDateTime": "2026-05-25T12:00:00Z", "time": 1, "comment": text,
            "request": {
                "method": method, "url": format!("https://gate-api.0bit.app/v1{path}"), "httpVersion": text, "headers": headers,
                "queryString": [{"name": text, "value": text}], "cookies": [],
                "postData": {"mimeType": "application/json", "text": body},
            },
            "response": {
                "status": status, "statusText": text, "httpVersion": text, "headers": headers, "cookies": [],
                "content": {"mimeType": text, "size": 0, "text": body}, "redirectURL": text,
            },
        })
    };
    let body = body.to_string();
    let entries = [
        entry("POST", "/gate_sessions/gs_1/cancel", 201, &body),
        entry("POST", &format!("/gate_sessions/{text}/cancel"), 409, &body),
        entry("GET", &format!("/{text}"), 200, &text),
        entry(&text, "/gate_sessions", 200, &body),
        entry("POST", "/gate_sessions", 299, &text),
    ];
    json!({"log": {"version": "1.2", "creator": {"name": text, "version": text}, "entries": entries}}).to_string()
}

#[test]
fn no_report_on_a_recording_contains_a_command() {
    let known = format!("[[known]]\nrule = \"session-id\"\nreason = {NAME:?}\nexpires = 2001-01-01\n");
    let known = known.replace("\\u{202e}", "\\u202e");
    let folder = folder(&[(NAME, &har()), ("gate.json", &contract("string")), ("known.toml", &known)]);
    for format in RunFormat::all().map(|format| format.name()) {
        let output = ran(
            &folder,
            &["check", "--contract", "gate.json", NAME, "--known-failures", "known.toml", "--report", format],
        );
        check(std::str::from_utf8(&output.stdout).unwrap(), format, &shown(&output));
        let told = std::str::from_utf8(&output.stderr).unwrap();
        assert_eq!((output.status.code(), complaint(told, "text")), (Some(1), None), "{}", shown(&output));
    }
}

/// What a client prints, its own name, and the list of known failures.
#[cfg(unix)]
#[test]
fn no_report_on_a_client_contains_a_command() {
    let known = format!("[[known]]\nrule = \"unauthorized\"\nreason = {NAME:?}\nexpires = 2001-01-01\n");
    let folder = folder(&[("known.toml", &known.replace("\\u{202e}", "\\u202e"))]);
    for format in RunFormat::all().map(|format| format.name()) {
        // In one line: only the last is shown.
        let script = "for text; do printf '%s' \"$text\" | tr '\\n' ' '; done >&2; exit 1";
        let client = ["--", "sh", "-c", script];
        let options = ["grade", "--case", "success,unauthorized", "--known-failures", "known.toml", "--report", format];
        let arguments: Vec<&str> = options.into_iter().chain(client).chain([NAME]).chain(KINDS).collect();
        let output = ran(&folder, &arguments);
        check(std::str::from_utf8(&output.stdout).unwrap(), format, &shown(&output));
        let told = std::str::from_utf8(&output.stderr).unwrap();
        assert_eq!((output.status.code(), complaint(told, "text")), (Some(1), None), "{}", shown(&output));
    }
}

#[test]
fn standard_error_contains_no_command() {
    let hostile = hostile();
    let unknown = format!("{}: 1", json!(NAME));
    let folder = folder(&[
        ("list.toml", &format!("{} = 1", json!(NAME))),
        ("fixtures.json", &format!("{{{unknown}}}")),
        ("twice.yaml", &format!("{unknown}\n{unknown}\n")),
        ("none.json", &contract("string").replace("cancelSession", &NAME.replace(['\n', '/'], " "))),
    ]);
    for arguments in [
        &["rules", &hostile][..],
        &["conform", "--only", &hostile],
        &["conform", &hostile],
        &["conform", "--report", &hostile],
        &["conform", "--report", "json:##vso[task.complete]/\u{202e}\n::error::"],
        &["conform", "--known-failures", "list.toml"],
        &["conform", "--known-failures", NAME],
        &["conform", "--base-url", "http://127.0.0.1:1", "--fixtures", "fixtures.json"],
        &["conform", "--base-url", "http://127.0.0.1:1", "--fixtures", NAME],
        &["diff", "none.json", "none.json", "--ignore", "list.toml"],
        &["diff", "none.json", NAME],
        &["diff", "none.json", "twice.yaml"],
        &["diff", "none.json", &format!("git:{NAME}:a")],
        &["import", "none.json", "--contract", "new.json"],
        &["import", NAME],
        &["check", NAME],
        &["check", "--only", &hostile, "list.toml"],
        &["check", "list.toml", "--known-failures", "list.toml"],
        &["check", "list.toml", "--require-coverage", &hostile],
        &["grade", "--case", &hostile, "--", "true"],
        &["grade", "--", NAME],
    ] {
        let output = ran(&folder, arguments);
        let told = std::str::from_utf8(&output.stderr).unwrap();
        check(told, "text", &format!("{arguments:?}: {}", shown(&output)));
        assert!(told.lines().all(|line| line.starts_with("error: ")), "{}", shown(&output));
    }
}
