//! `zerogate grade` as a process.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use zerogate_conformance::report::{RunFormat, grade_schema};

use super::client::arguments;
use crate::command::{code, shown, snapshot, zerogate};
use crate::{markup, schema};

/// `zerogate grade` of a scripted client.
fn grade(options: &[&str], manner: &str) -> Command {
    let mut command = zerogate(&["grade"]);
    command.args(options).arg("--").arg(std::env::current_exe().unwrap()).args(arguments(manner));
    command
}

/// `zerogate grade` of a shell command.
fn grade_script(options: &[&str], script: &str) -> Command {
    let mut command = zerogate(&["grade"]);
    command.args(options).args(["--", "sh", "-c", script]);
    command
}

fn alive(pid: &str) -> bool {
    // A zombie is waiting for its parent, and does nothing.
    fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|stat| !stat.contains(") Z "))
}

fn gone(pid: &str) -> bool {
    let end = Instant::now() + Duration::from_secs(10);
    while alive(pid) && Instant::now() < end {
        std::thread::yield_now();
    }
    !alive(pid)
}

#[test]
fn help_and_lists() {
    snapshot("grade-help", "What `zerogate grade --help` says.", &mut zerogate(&["grade", "--help"]));
    snapshot("grade-list", "The cases.", &mut zerogate(&["grade", "--list"]));
    snapshot("grade-explain", "A case explained.", &mut zerogate(&["grade", "--list", "--case", "reset-after"]));
}

#[test]
fn a_failed_case_shows_what_was_sent_and_printed() {
    let output = grade(&["--case", "success,conflict-expired"], "takes-expired-for-404").output().unwrap();
    assert_eq!(code(&output), 1, "{}", shown(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "pass must success",
        "fail must conflict-expired",
        "expected `already_terminal` or `unknown`: no request of the client took effect, and the session is expired",
        "received `not_found`",
        "/cancel → 409",
        "printed {\"outcome\":\"not_found\"",
        "does not conform: 1 of 2 cases passed, 1 must and 0 should failed, 0 not judged",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn the_exit_code_is_that_of_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known.toml");
    let list = |case: &str| {
        fs::write(&known, format!("[[known]]\nrule = {case:?}\nreason = \"later\"\nexpires = \"2999-12-31\"\n"))
            .unwrap();
    };
    let known = known.to_str().unwrap();
    for (options, manner, entry, expected) in [
        (&["--case", "success"][..], "plain", None, 0),
        (&["--case", "request-headers"], "adds-header", None, 0),
        (&["--case", "request-headers", "--fail-on", "should"], "adds-header", None, 1),
        (&["--case", "request-body", "--known-failures", known], "sends-body", Some("request-body"), 0),
        (&["--case", "request-body", "--known-failures", known], "plain", Some("request-body"), 1),
        (&["--case", "success", "--known-failures", known], "plain", Some("no-such-case"), 1),
        (&["--case", "closed-connection"], "no-retry", None, 3),
        (&["--case", "success"], "http2", None, 3),
        (&["--case", "no-such-case"], "plain", None, 2),
    ] {
        list(entry.unwrap_or("none"));
        let output = grade(&[options, &["--quiet"]].concat(), manner).output().unwrap();
        assert_eq!(code(&output), expected, "{options:?} {manner}: {}", shown(&output));
    }
    list("request-body");
    let options = ["--case", "request-body", "--known-failures", known, "--report", "junit"];
    let output = shown(&grade(&options, "sends-body").output().unwrap());
    assert!(output.contains(r#"<skipped message="known to fail: later (until 2999-12-31)""#), "{output}");
    let output = shown(&grade(&["--case", "success", "--case", "success"], "plain").output().unwrap());
    assert!(output.contains("conforms: 1 of 1 case passed"), "{output}");
    let output = zerogate(&["grade", "--", "/no/such/program"]).output().unwrap();
    assert_eq!(code(&output), 2, "{}", shown(&output));
    assert!(shown(&output).contains("error: /no/such/program: cannot start it"), "{}", shown(&output));
}

#[test]
fn one_and_many_jobs_give_the_same_verdicts() {
    let cases =
        "success,conflict-completed,not-found,reset-after,still-open,request-body,same-idempotency-key,create-lost";
    let verdicts = |options: &[&str]| {
        let output =
            grade(&[options, &["--case", cases, "--report", "json"]].concat(), "ignores-open").output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let results = report["results"].as_array().unwrap();
        results.iter().map(|it| (it["case"].clone(), it["verdict"].clone(), it["message"].clone())).collect::<Vec<_>>()
    };
    let one = verdicts(&["--jobs", "1"]);
    assert_eq!(one.len(), 8);
    assert_eq!(verdicts(&["--jobs", "8"]), one);
    assert_eq!(verdicts(&["--jobs", "3", "--serve"]), one);
}

#[test]
fn every_format_is_written_to_its_file_and_json_fits_its_schema() {
    let output = zerogate(&["grade", "--schema"]).output().unwrap();
    assert_eq!((code(&output), output.stdout), (0, grade_schema().into_bytes()));
    let published = include_str!("../../../schemas/grade.schema.json");
    let help = "`cargo run -- grade --schema >tests/conformance/schemas/grade.schema.json` updates it";
    assert!(grade_schema() == published, "the published schema is out of date; {help}");
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = RunFormat::all().map(|format| format!("{0}:report.{0}", format.name())).collect();
    let options: Vec<&str> = ["--quiet", "--case", "success,still-open,request-headers,create-lost"]
        .into_iter()
        .chain(names.iter().flat_map(|name| ["--report", name]))
        .collect();
    let output = grade(&options, "ignores-open").current_dir(folder.path()).output().unwrap();
    assert_eq!((code(&output), output.stdout.len(), output.stderr.len()), (1, 0, 0), "{}", shown(&output));
    for format in RunFormat::all() {
        let report = fs::read_to_string(folder.path().join(format!("report.{}", format.name()))).unwrap();
        assert!(report.contains("still-open"), "{report}");
        match format.name() {
            "json" => schema::check(&grade_schema(), &report, &["schema_version", "client", "results", "conclusion"]),
            "html" => assert_eq!(markup::complaint(&report), None, "{report}"),
            _ => {}
        }
    }
}

#[test]
fn nothing_of_a_client_is_left() {
    let folder = tempfile::tempdir().unwrap();
    // Grandchildren that ignore the signals that can be ignored, and hold the output open; that leave the group; and
    // that have no parent any more.
    for (index, start) in ["START &", "setsid START &", "(setsid START &) &"].into_iter().enumerate() {
        if index > 0 && !cfg!(target_os = "linux") {
            break;
        }
        let pid = folder.path().join(index.to_string());
        let script = format!(
            "trap '' TERM INT HUP; {} while ! test -e {pid}; do :; done; echo '{{\"outcome\": \"cancelled\"}}'",
            start
                .replace("START", "sh -c 'echo $$ > PID.new; mv PID.new PID; exec sleep 1000'")
                .replace("PID", pid.to_str().unwrap()),
            pid = pid.display(),
        );
        let output = grade_script(&["--case", "unauthorized", "--quiet"], &script).output().unwrap();
        assert_eq!(code(&output), 1, "{}", shown(&output));
        assert!(gone(&fs::read_to_string(&pid).unwrap()), "{start}");
    }
}

/// A shell that becomes `zerogate` by `exec` leaves it the processes that it has started.
#[test]
fn a_process_from_before_is_left_alone() {
    let zerogate = zerogate(&["grade", "--case", "unauthorized", "--quiet", "--", "true"]);
    let arguments = std::iter::once(zerogate.get_program()).chain(zerogate.get_args());
    let output = Command::new("sh")
        .args(["-c", "sleep 1000 >/dev/null 2>&1 & echo $! >&2; exec \"$@\"", "sh"])
        .args(arguments)
        .output()
        .unwrap();
    let pid = String::from_utf8(output.stderr.clone()).unwrap().lines().next().unwrap().to_owned();
    assert!(alive(&pid), "{}", shown(&output));
    let server = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(server, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_client_that_hangs_is_stopped_and_not_judged() {
    let began = Instant::now();
    let output = grade_script(&["--case", "retry-after-huge", "--grace", "0.3"], "trap '' TERM; sleep 1000 & wait")
        .output()
        .unwrap();
    assert_eq!(code(&output), 3, "{}", shown(&output));
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_client_that_always_hangs_is_given_up() {
    // The first three runs of these are short.
    let cases = "retry-after-huge,throttled-for-ever,success,not-found,unauthorized";
    let options = ["--jobs", "1", "--grace", "0", "--case", cases, "--report", "json"];
    let output = grade_script(&options, "sleep 1000").output().unwrap();
    assert_eq!(code(&output), 3, "{}", shown(&output));
    let said = "error: the client hung 3 times in a row: the other cases did not run\n";
    assert!(String::from_utf8(output.stderr.clone()).unwrap().starts_with(said), "{}", shown(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = report["results"].as_array().unwrap();
    let ran: Vec<_> =
        results.iter().map(|it| (it["verdict"].as_str().unwrap(), it["runs"].as_u64().unwrap())).collect();
    assert_eq!(ran, [1, 2, 0, 0, 0].map(|runs| ("not-judged", runs)), "{report}");
}

#[test]
fn an_interrupt_ends_the_client_and_reports_what_was_judged() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!(
        "if test $GATE_CASE_ID = unauthorized; then echo '{{\"outcome\": \"cancelled\"}}'; exit; fi; \
         trap '' TERM INT; echo $$ > {0}.new; mv {0}.new {0}; while :; do sleep 1000; done",
        pid.display()
    );
    let child = grade_script(&["--case", "unauthorized,success,not-found", "--jobs", "1", "--report", "json"], &script)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !pid.exists() {
        std::thread::yield_now();
    }
    let own = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(own, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 1, "{}", shown(&output));
    let said = "error: interrupted: the other cases did not run\n";
    assert!(String::from_utf8(output.stderr.clone()).unwrap().starts_with(said), "{}", shown(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdicts: Vec<_> = report["results"].as_array().unwrap().iter().map(|it| it["verdict"].clone()).collect();
    assert_eq!(verdicts, ["fail", "not-judged", "not-judged"], "{report}");
    assert!(gone(&fs::read_to_string(&pid).unwrap()));
}

#[test]
fn no_report_has_a_key_that_a_client_prints() {
    let script = "echo \"$GATE_KEY\" >&2; echo \"$GATE_KEY gs_test_secret_can\"ary; exit 3";
    for format in ["text", "json", "junit", "markdown", "github", "html"] {
        let output = grade_script(&["--case", "success,unauthorized", "--report", format], script).output().unwrap();
        let shown = shown(&output);
        assert!(!shown.contains("emulator_partner") && !shown.contains("canary"), "{shown}");
    }
}

#[test]
fn no_report_has_a_key_that_a_client_takes_for_something_else() {
    for format in ["text", "json", "junit", "markdown", "github", "html"] {
        for (manner, case) in [("key-as-status", "conflict-completed"), ("key-as-outcome", "unauthorized")] {
            let output = grade(&["--case", case, "--report", format], manner).output().unwrap();
            let shown = shown(&output);
            assert_eq!(code(&output), 1, "{shown}");
            assert!(!shown.contains("emulator_"), "{shown}");
        }
    }
}

#[test]
fn a_served_client_that_ends_after_an_outcome_is_started_again() {
    let output =
        grade(&["--serve", "--jobs", "1", "--case", "success,success-once,not-found"], "serves-once").output().unwrap();
    assert_eq!(code(&output), 0, "{}", shown(&output));
    assert!(shown(&output).contains("3 of 3 cases passed"), "{}", shown(&output));
}

/// The exit code and the report of a shell command, by case.
fn report(options: &[&str], script: &str) -> (i32, Value) {
    let output = grade_script(&[options, &["--report", "json"]].concat(), script).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = report["results"].as_array().unwrap();
    (code(&output), results.iter().map(|it| (it["case"].as_str().unwrap().to_owned(), it.clone())).collect())
}

#[test]
fn an_outcome_that_is_not_the_last_line_is_not_taken_for_none() {
    let misplaced = "the client printed an outcome, but not alone on the last line of its standard output";
    for (printed, expected) in [
        (r#"{"outcome": "cancelled"}\ndone.\n"#, (3, "not-judged")),
        (r#"{\n "outcome": "cancelled"\n}\n"#, (3, "not-judged")),
        (r#"INFO {"outcome": "cancelled"}\n"#, (3, "not-judged")),
        (r#"\357\273\277{"outcome": "cancelled"}\r\n"#, (1, "fail")),
        (r#"{"outcome": "error"}\n{"outcome": "cancelled"}"#, (1, "fail")),
    ] {
        let (code, report) = report(&["--case", "unauthorized"], &format!("printf '{printed}'"));
        let result = &report["unauthorized"];
        assert_eq!((code, result["verdict"].as_str().unwrap()), expected, "{printed}: {report}");
        assert_eq!(result["message"].as_str().unwrap().contains(misplaced), code == 3, "{report}");
    }
    let script = "read it; printf '{\n\"outcome\": \"error\"}'; exec sleep 1000";
    let served = report(&["--serve", "--grace", "0", "--case", "retry-after-huge"], script);
    assert!(served.1["retry-after-huge"]["message"].as_str().unwrap().contains(misplaced), "{served:?}");
}

#[test]
fn a_key_is_found_in_any_case_and_however_long_ago_it_was_printed() {
    let long = "head -c 200000 /dev/zero | tr '\\0' x >&2";
    for (case, print, expected) in [
        ("unauthorized", "echo $GATE_KEY >&2", "fail"),
        ("unauthorized", &*format!("echo $GATE_KEY >&2; {long}"), "fail"),
        ("unauthorized", "echo key=$GATE_KEY", "fail"),
        ("unauthorized", "echo $GATE_KEY | sed s/_/%5F/g >&2", "fail"),
        ("key-printed", "echo $GATE_KEY >&2", "fail"),
        // It is not a secret.
        ("publishable-key", "echo $GATE_KEY >&2", "not-judged"),
        ("unauthorized", "echo $GATE_KEY | cut -c 1-12 >&2", "not-judged"),
    ] {
        let script =
            format!("if test $GATE_CASE_ID = {case}; then {print}; fi; echo '{{\"outcome\": \"unauthorized\"}}'");
        let (_, report) = report(&["--case", "key-printed,unauthorized,publishable-key"], &script);
        let result = &report["key-printed"];
        assert_eq!(result["verdict"], expected, "{print}: {report}");
        let is_elsewhere = result["message"].as_str().unwrap().contains(&format!(", in the case `{case}`"));
        assert_eq!(is_elsewhere, expected == "fail" && case != "key-printed", "{report}");
    }
}

#[test]
fn a_served_client_that_prints_more_outcomes_than_cases_is_not_judged() {
    let script = "while read line; do echo '{\"outcome\": \"error\"}'; echo '{\"outcome\": \"unauthorized\"}'; done";
    let (code, report) = report(&["--serve", "--jobs", "1", "--case", "unauthorized,not-found"], script);
    let said = "the client printed 4 lines with an `outcome` for 2 cases, so it is unknown which belongs to which: \
                with --serve, print one for each case";
    assert_eq!((code, &report["not-found"]["message"]), (3, &Value::from(said)), "{report}");
    assert_eq!(report["unauthorized"]["message"], said, "{report}");
}

#[test]
fn a_client_that_does_not_exit_after_its_outcome_is_told_so() {
    let script = "echo '{\"outcome\": \"error\"}'; exec sleep 1000";
    let (code, report) = report(&["--grace", "0", "--case", "retry-after-huge"], script);
    let said = report["retry-after-huge"]["message"].as_str().unwrap();
    assert!(
        code == 3 && said.starts_with("it printed its outcome, and did not exit: the client was stopped"),
        "{said}"
    );
}

#[test]
fn a_client_whose_requests_cannot_be_read_is_told_why() {
    for (manner, why) in [("http2", "not an HTTP/1 message"), ("frames-twice", "it is ambiguous where a message ends")]
    {
        let output = grade(&["--case", "success", "--report", "json"], manner).output().unwrap();
        let shown = shown(&output);
        assert_eq!(code(&output), 3, "{shown}");
        assert!(shown.contains(&format!("no request of the client can be read: {why}")), "{shown}");
        assert_eq!(shown.contains("a client must begin with HTTP/1.1"), manner == "http2", "{shown}");
    }
}

#[test]
fn the_log_lines_of_a_served_client_do_not_hide_its_outcome() {
    let output = grade(&["--serve", "--case", "success"], "logs-much").output().unwrap();
    assert_eq!(code(&output), 0, "{}", shown(&output));
}

#[test]
fn a_client_that_prints_nothing_is_graded_by_what_it_sends() {
    let output = grade(&["--case", "success,request-body,not-found"], "prints-nothing").output().unwrap();
    let shown = shown(&output);
    assert_eq!(code(&output), 0, "{shown}");
    assert!(shown.contains("the client prints no outcome, so it is graded only by what it sends"), "{shown}");
    assert!(shown.contains("conforms, judged only by what it sends: "), "{shown}");
    assert!(shown.contains("2 of 3 cases passed, 0 must and 0 should failed, 1 not judged"), "{shown}");
}
