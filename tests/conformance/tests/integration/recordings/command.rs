//! `zerogate check` as a process.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use zerogate_conformance::report::{RunFormat, traffic_schema};

use super::conversation::{CANCEL, conversation};
use super::recorders::recorded;
use crate::command::{code, shown, snapshot, zerogate};
use crate::{CONTRACT, markup, schema};

/// The required fields.
const FIELDS: [&str; 8] =
    ["schema_version", "contract", "conclusion", "exit_code", "headline", "files", "findings", "not_judged"];

/// A folder with the contract, a valid recording, and an invalid one.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = conversation();
    wrong[CANCEL].edit(|body| body["client_secret"] = "cs_canary".into());
    wrong[CANCEL].edit(|body| body["mode"] = "canary".into());
    for (name, text) in [
        ("gate-v1.yaml", CONTRACT.to_owned()),
        ("right.har", recorded(&conversation()).to_string()),
        ("wrong.har", recorded(&wrong).to_string()),
        ("cut.har", recorded(&conversation()).to_string().split_at(2500).0.to_owned()),
        ("known.toml", known("client-secret") + &known("response-body-invalid")),
        ("unused.toml", known("session-id")),
        ("other.toml", known("terminal-changes")),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn known(rule: &str) -> String {
    format!("[[known]]\nrule = \"{rule}\"\nreason = \"known\"\nexpires = \"2999-12-31\"\n")
}

fn check(folder: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = zerogate(&["check", "--contract", "gate-v1.yaml"]);
    command.args(arguments).current_dir(folder);
    command
}

#[test]
fn reports_and_exit_codes() {
    let folder = folder();
    snapshot("check-help", "What `zerogate check --help` says.", &mut zerogate(&["check", "--help"]));
    snapshot("check-rules", "The rules for recorded traffic.", &mut zerogate(&["check", "--rules"]));
    for (name, arguments) in [
        ("right", &["right.har"][..]),
        ("wrong", &["right.har", "wrong.har", "--base-url", "http://127.0.0.1:4010/v1"]),
        ("cut", &["cut.har"]),
        ("junit", &["wrong.har", "--report", "junit"]),
        ("markdown", &["wrong.har", "--report", "markdown"]),
        ("github", &["wrong.har", "--report", "github"]),
        ("json", &["wrong.har", "--report", "json"]),
        ("html", &["wrong.har", "--report", "html", "--require-coverage", "statuses=100"]),
    ] {
        snapshot(
            &format!("check-{name}"),
            "What `zerogate check` says of recordings.",
            &mut check(folder.path(), arguments),
        );
    }
}

#[test]
fn options_say_what_counts() {
    let folder = folder();
    for (expected, arguments) in [
        (1, &["wrong.har"][..]),
        (0, &["wrong.har", "--skip", "client-secret,response-body-invalid"]),
        (0, &["wrong.har", "--only", "error-type"]),
        // These rules can judge nothing in it.
        (3, &["wrong.har", "--only", "response-body-undocumented,terminal-changes"]),
        (0, &["right.har", "--known-failures", "other.toml"]),
        (1, &["wrong.har", "--level", "must"]),
        (0, &["wrong.har", "--known-failures", "known.toml"]),
        (1, &["right.har", "--known-failures", "unused.toml"]),
        (0, &["right.har", "--require-coverage", "operations=100,statuses=30"]),
        (1, &["right.har", "--require-coverage", "operations=100,statuses=80"]),
        (3, &["right.har", "--base-url", "https://elsewhere.example/v1"]),
        (3, &["right.har", "cut.har"]),
        (1, &["wrong.har", "cut.har"]),
        (2, &["none.har"]),
        (2, &["right.har", "none.har"]),
        (2, &["."]),
        (2, &["gate-v1.yaml"]),
        (2, &["right.har", "--only", "client-secrets"]),
        (2, &["right.har", "--base-url", "gate.example"]),
        (2, &["right.har", "--require-coverage", "operation=100"]),
        (2, &["right.har", "--require-coverage", "operations=101"]),
        (2, &["right.har", "--report", "json:right.har"]),
        (2, &["right.har", "--known-failures", "none.toml"]),
        (2, &["-", "-"]),
        (2, &[]),
    ] {
        let output = check(folder.path(), arguments).output().unwrap();
        assert_eq!(code(&output), expected, "{arguments:?}: {}", shown(&output));
        if expected > 1 {
            assert_eq!(
                String::from_utf8(output.stderr.clone()).unwrap().lines().count().min(1),
                usize::from(expected == 2 || !["--base-url", "--only"].iter().any(|it| arguments.contains(it))),
                "{}",
                shown(&output)
            );
        }
        assert!(!shown(&output).contains("canary"), "{}", shown(&output));
    }
    let missing = zerogate(&["check", "a.har", "--contract", "none.yaml"]).output().unwrap();
    assert_eq!((code(&missing), missing.stderr.iter().filter(|byte| **byte == b'\n').count()), (2, 1));
}

#[test]
fn a_finding_about_two_entries_names_both() {
    let folder = folder();
    let mut changed = conversation();
    changed[CANCEL].edit(|body| body["currency"] = "USD".into());
    fs::write(folder.path().join("changed.har"), recorded(&changed).to_string()).unwrap();
    for (format, said) in [
        ("text", "entry 4 (POST /gate_sessions/{id}/cancel, 201, request req_3, unlike entry 2)"),
        ("json", r#""entry": 4, "earlier_entry": 2,"#),
        ("html", "unlike entry 2"),
    ] {
        let output = check(folder.path(), &["changed.har", "--report", format]).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn a_report_says_why_nothing_was_judged() {
    let folder = folder();
    let other_path = recorded(&conversation()).to_string().replace("/v1/gate_sessions", "/gate_sessions");
    fs::write(folder.path().join("path.har"), other_path).unwrap();
    fs::write(folder.path().join("empty.har"), recorded(&[]).to_string()).unwrap();
    let mut preflights = recorded(&conversation());
    for entry in preflights["log"]["entries"].as_array_mut().unwrap() {
        let asked = entry["request"]["method"].take();
        entry["request"]["method"] = "OPTIONS".into();
        let asked = json!({"name": "Access-Control-Request-Method", "value": asked});
        entry["request"]["headers"].as_array_mut().unwrap().push(asked);
    }
    fs::write(folder.path().join("preflights.har"), preflights.to_string()).unwrap();
    let all = conversation().len();
    for (arguments, why, judged) in [
        (
            &["right.har", "--base-url", "https://elsewhere.example/v1"][..],
            "no exchange is below --base-url; check the base URL of the client",
            format!("; {all} not below --base-url: http://127.0.0.1:4010 ({all})"),
        ),
        (
            &["path.har"],
            "no exchange is at a path of the contract, all below /v1; check the base URL of the client, or use --base-url",
            format!("; {all} not at a path of the contract, all below /v1: http://127.0.0.1:4010 ({all})"),
        ),
        (&["empty.har"], "the recording has no exchange", "0 of 0 exchanges".to_owned()),
        (
            &["preflights.har"],
            "no exchange could be judged, for the listed reasons",
            format!("{all} exchange a preflight, with which a browser asks whether a page may send a request (CORS)"),
        ),
        (
            &["right.har", "--only", "response-body-undocumented,terminal-changes"],
            "the selected rules apply to none of the exchanges",
            String::new(),
        ),
    ] {
        let output = shown(&check(folder.path(), arguments).output().unwrap());
        let words = output.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("could not be judged: {why}; ")), "{arguments:?}: {output}");
        assert!(words.contains(&judged), "{arguments:?}: {output}");
    }
}

#[test]
fn a_recording_is_read_from_standard_input() {
    let folder = folder();
    let mut command = check(folder.path(), &["-", "--report", "json"]);
    let output = command.stdin(fs::File::open(folder.path().join("wrong.har")).unwrap()).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code(&output), &report["files"][0]["name"]), (1, &"standard input".into()));
}

#[test]
fn every_format_is_written_to_its_file() {
    let folder = folder();
    let names: Vec<String> = RunFormat::all().map(|format| format!("{0}:report.{0}", format.name())).collect();
    let arguments = names.iter().flat_map(|name| ["--report", name]);
    let arguments: Vec<&str> = ["wrong.har", "--quiet"].into_iter().chain(arguments).collect();
    let output = check(folder.path(), &arguments).output().unwrap();
    assert_eq!((code(&output), output.stdout.len(), output.stderr.len()), (1, 0, 0), "{}", shown(&output));
    for format in RunFormat::all() {
        let report = fs::read_to_string(folder.path().join(format!("report.{}", format.name()))).unwrap();
        assert!(report.contains("client-secret") && !report.contains("canary"), "{report}");
    }
}

#[test]
fn the_report_fits_the_published_schema() {
    let output = zerogate(&["check", "--schema"]).output().unwrap();
    assert_eq!((code(&output), output.stdout), (0, traffic_schema().into_bytes()));
    let published = include_str!("../../../schemas/check.schema.json");
    let help = "`cargo run -- check --schema >tests/conformance/schemas/check.schema.json` updates it";
    assert!(traffic_schema() == published, "the published schema is out of date; {help}");
    let folder = folder();
    let output = check(folder.path(), &["wrong.har", "cut.har", "--report", "json"]).output().unwrap();
    schema::check(&traffic_schema(), &String::from_utf8(output.stdout).unwrap(), &FIELDS);
}

/// Text from a recording, its server and the contract stays text in a page.
#[test]
fn nothing_in_a_recording_becomes_markup() {
    const HOSTILE: &str = "</style><script>alert(1)</script>\" onfocus='alert(2)' <img src=x onerror=alert(3)> javascript:a &lt; \u{202e}";
    let folder = folder();
    let mut entries = conversation();
    for entry in &mut entries {
        entry.edit(|body| {
            for field in ["type", "code", "status", "amount"] {
                body[field] = HOSTILE.into();
            }
            body[HOSTILE] = HOSTILE.into();
        });
    }
    let mut recording = recorded(&entries);
    recording["log"]["creator"]["name"] = HOSTILE.into();
    recording["log"]["creator"]["version"] = HOSTILE.into();
    let file = HOSTILE.replace('/', ":");
    fs::write(folder.path().join(&file), recording.to_string()).unwrap();
    let contract = CONTRACT.replace("operationId: cancelSession", &format!("operationId: {}", Value::from(HOSTILE)));
    fs::write(folder.path().join(format!("{file}.yaml")), contract).unwrap();
    let reason = Value::from(HOSTILE.replace('\u{202e}', ""));
    let known = known("session-id").replace("reason = \"known\"", &format!("reason = {reason}"));
    fs::write(
        folder.path().join("hostile.toml"),
        known + "[[known]]\nrule = \"error-type\"\nreason = \"a\"\nexpires = \"2001-01-01\"\n",
    )
    .unwrap();
    let mut command = zerogate(&["check", &file, "--report", "html", "--known-failures", "hostile.toml"]);
    let output = command.args(["--contract", &format!("{file}.yaml")]).current_dir(folder.path()).output().unwrap();
    let page = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(code(&output), 1, "{}", shown(&output));
    assert_eq!(markup::complaint(&page), None, "{page}");
    // In received values, and in the names of the file, recorder, contract and operation.
    assert!(page.matches("&lt;img src=x onerror").count() > 10 && !page.contains('\u{202e}'), "{page}");
}
