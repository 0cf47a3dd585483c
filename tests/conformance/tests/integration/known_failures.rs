//! `zerogate conform --known-failures` as a process.

use std::fs;
use std::process::Output;

use serde_json::Value;

use zerogate_conformance::{Conclusion, Event, KnownFailures, Level, Options, Selection, rule, rules};

use crate::command::{shown, zerogate};
use crate::proxy::Act;
use crate::recording::Recording;
use crate::recordings::conversation::conversation;
use crate::recordings::recorders::recorded;
use crate::run::everything;
use crate::{CONTRACT, snapshot, violation};

/// The output of a run on the embedded emulator, which passes every rule, with this list of known failures.
fn conform(list: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("known.toml"), list).unwrap();
    let mut command = zerogate(&["conform", "--only", "cancel-id", "cancel-status-201", "--report", "json"]);
    command.args(["--known-failures", "known.toml"]).current_dir(folder.path()).output().unwrap()
}

fn entry(rule: &str, expires: &str) -> String {
    format!("[[known]]\nrule = {rule:?}\nreason = \"known\"\nexpires = {expires:?}\n\n")
}

#[test]
fn a_lapsed_entry_fails_the_run() {
    for (rule, expires, lapse) in [
        ("cancel-id", "9999-12-31", "unused"),
        ("no-such-rule", "9999-12-31", "unused"),
        ("cancel-object", "2001-01-01", "expired"),
    ] {
        let output = conform(&entry(rule, expires));
        assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let lapsed = &report["lapsed_known_failures"];
        assert_eq!(
            (&lapsed[0]["rule"], &lapsed[0]["lapse"], &lapsed[0]["line"]),
            (&rule.into(), &lapse.into(), &2.into())
        );
        assert_eq!((&lapsed[1], &report["conclusion"]), (&Value::Null, &"does-not-conform".into()));
        assert_eq!(output.stderr, b"does not conform: 1 entry of --known-failures is expired or unused\n");
    }
}

#[test]
fn an_entry_for_a_rule_that_was_not_judged_may_stay() {
    let output = conform(&(entry("cancel-object", "9999-12-31") + &entry("conversation", "9999-12-31")));
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

#[test]
fn an_invalid_list_is_wrong_usage() {
    let output = conform(&entry("cancel-id", "tomorrow"));
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{}", shown(&output));
    assert!(output.stderr.starts_with(b"error: known.toml:4: \"tomorrow\" is not a date; write"), "{}", shown(&output));
}

/// An entry, and the commands that report that it lapsed.
struct Shared {
    rule: &'static str,
    case: &'static str,
    expires: &'static str,
    told_by: &'static [&'static str],
}

#[test]
fn one_list_serves_every_command() {
    let of = |rule, case, expires, told_by| Shared { rule, case, expires, told_by };
    let list = [
        of("cancel-id", "", "9999-12-31", &["conform"][..]),
        of("cancel-object", "", "2001-01-01", &["conform"]),
        of("cancel-status-201", "", "9999-12-31", &[]),
        of("conversation", "cancel it", "9999-12-31", &["conform"]),
        of("exploration", "cancels-once", "9999-12-31", &[]),
        of("exploration", "cancels-twice", "9999-12-31", &["conform"]),
        of("session-id", "", "9999-12-31", &["check"]),
        of("client-secret", "", "2001-01-01", &["check"]),
        of("terminal-changes", "", "9999-12-31", &[]),
        of("success", "open", "9999-12-31", &["grade"]),
        of("unauthorized", "", "2001-01-01", &["grade"]),
        of("not-found", "", "9999-12-31", &[]),
        // Rules of both `conform` and `check`.
        of("error-code", "", "9999-12-31", &[]),
        of("error-type", "", "2001-01-01", &["check", "conform"]),
        of("error-status-code", "no-such-case", "9999-12-31", &["conform"]),
        of("list-limit", "", "9999-12-31", &["conform"]),
        of("no-such-rule", "", "9999-12-31", &["check", "conform", "grade"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let entries = list.iter().map(|it| match it.case {
        "" => entry(it.rule, it.expires),
        name => case(it.rule, name),
    });
    let client = std::env::current_exe().unwrap();
    for (name, text) in [
        ("known.toml", entries.collect::<String>()),
        ("gate-v1.yaml", CONTRACT.to_owned()),
        ("right.har", recorded(&conversation()).to_string()),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (command, arguments) in [
        ("conform", &["--only", "cancel-id,list-limit,conversation"][..]),
        ("check", &["--contract", "gate-v1.yaml", "right.har"]),
        ("grade", &["--case", "success", "--", client.to_str().unwrap(), "--list"]),
    ] {
        let command_line = [&[command, "--known-failures", "known.toml", "--report", "json"], arguments].concat();
        let output = zerogate(&command_line).current_dir(folder.path()).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", shown(&output)));
        let lapsed = report["lapsed_known_failures"].as_array().unwrap().iter();
        let lapsed: Vec<&str> = lapsed.map(|it| it.get("rule").unwrap_or(it).as_str().unwrap()).collect();
        let told: Vec<&str> = list.iter().filter(|it| it.told_by.contains(&command)).map(|it| it.rule).collect();
        assert_eq!(lapsed, told, "{command}: {}", shown(&output));
    }
}

/// An entry for a case of a rule.
fn case(rule: &str, case: &str) -> String {
    entry(rule, "9999-12-31").replace("reason =", &format!("case = {case:?}\nreason ="))
}

/// A run of one rule on a server with this fault, with this list of known failures.
async fn run_with(list: &str, rule: &str, act: Act) -> Recording {
    let mut options: Options = everything();
    options.fail_on = Level::Should;
    options.known = KnownFailures::parse("known.toml", list).unwrap();
    options.selection = Selection::new(vec![rule.to_owned(), "cancel-id".to_owned()], Vec::new()).unwrap();
    Recording::behind(act, &options).await
}

/// The lapsed entries of a run, by line.
fn lapsed(recording: &Recording) -> Vec<usize> {
    let told = recording.0.iter().find_map(|event| match event {
        Event::KnownFailuresLapsed(lapsed) => Some(lapsed.iter().map(|lapsed| lapsed.entry.line).collect()),
        _ => None,
    });
    told.unwrap_or_default()
}

#[tokio::test]
async fn an_entry_for_a_case_excuses_that_case_alone() {
    const RULE: &str = "cancel-other-spelling";
    let (slash, doubled) = (case(RULE, "trailing-slash"), case(RULE, "double-slash"));
    let both = Act::Serve(|upstream, asked| {
        Box::pin(async move {
            let path = asked.target.trim_end_matches('/').replace("//", "/");
            upstream.respond(&asked.at(path)).await
        })
    });
    for (list, act, conclusion, gone) in [
        (slash.clone(), violation::act("trailing-slash-cancels"), Conclusion::Conforms, &[][..]),
        (slash.clone(), both, Conclusion::DoesNotConform, &[]),
        (slash.clone() + &doubled, both, Conclusion::Conforms, &[]),
        (slash.clone() + &doubled, violation::act("trailing-slash-cancels"), Conclusion::DoesNotConform, &[8]),
        (doubled.clone(), violation::act("trailing-slash-cancels"), Conclusion::DoesNotConform, &[2]),
        (entry(RULE, "9999-12-31"), both, Conclusion::Conforms, &[]),
    ] {
        let mut recording = run_with(&list, RULE, act).await;
        assert_eq!(recording.summary().conclusion(Level::Should), conclusion, "{list}: {:?}", recording.0);
        assert_eq!(lapsed(&recording), gone, "{list}");
        for (format, report) in recording.reports() {
            let is_told =
                report.contains("trailing-slash") || list.contains("rule = \"cancel-other-spelling\"\nreason");
            assert!(is_told, "{format}: {report}");
        }
        let json = recording.reports().find(|(format, _)| *format == "json").unwrap().1;
        let report: Value = serde_json::from_str(&json).unwrap();
        let result = report["results"].as_array().unwrap().iter().find(|result| result["rule"] == RULE).unwrap();
        for finding in result["findings"].as_array().unwrap() {
            let case = finding["case"].as_str().unwrap();
            let is_excused = list.contains(&format!("case = {case:?}")) || !list.contains("case");
            assert_eq!(!finding["known"].is_null(), is_excused, "{list}: {finding}");
        }
    }
}

#[tokio::test]
async fn an_entry_for_a_foreign_session_excuses_one_state_alone() {
    const RULE: &str = "cancel-foreign-session";
    let list = |states: &[&str]| states.iter().map(|state| case(RULE, state)).collect::<String>();
    let (terminal, any) = (violation::act("foreign-403-when-terminal"), violation::act("foreign-403"));
    for (states, act, conclusion, gone) in [
        (&["completed", "expired", "cancelled"][..], terminal, Conclusion::Conforms, &[][..]),
        (&["completed", "expired", "cancelled"], any, Conclusion::DoesNotConform, &[]),
        (&["completed", "expired", "cancelled", "open"], any, Conclusion::Conforms, &[]),
        (&["completed"], terminal, Conclusion::DoesNotConform, &[]),
        (&["completed", "expired", "cancelled", "open"], terminal, Conclusion::DoesNotConform, &[20]),
    ] {
        let mut recording = run_with(&list(states), RULE, act).await;
        assert_eq!(recording.summary().conclusion(Level::Should), conclusion, "{states:?}: {:?}", recording.0);
        assert_eq!(lapsed(&recording), gone, "{states:?}");
    }
}

#[test]
fn a_case_that_passes_or_does_not_exist_is_reported() {
    for (rule, name, told) in [
        ("cancel-other-spelling", "trailing-slash", "the case passes now; delete the entry"),
        ("cancel-other-spelling", "slash", "no such case; the rule has slash-escaped, detour-escaped, json,"),
        ("cancel-id", "every", "no such case; the rule has open, full"),
        ("cancel-foreign-session", "closed", "no such case; the rule has open, completed, expired, cancelled,"),
        ("cancel-unknown-session", "open", "the rule has no cases; delete `case`, or the entry"),
        (
            "no-such-rule",
            "open",
            "no such rule or case; `zerogate rules`, `zerogate check --rules` and `zerogate grade",
        ),
        ("conversation", "cancel it", "the step passes now; delete the entry"),
        ("conversation", "cancel", "no such case; the rule has create a session, retrieve it,"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("known.toml"), case(rule, name)).unwrap();
        let judged = ["conform", "--only", "cancel-id", "cancel-other-spelling", "conversation"];
        let mut command = zerogate(&judged);
        let output = command.args(["--known-failures", "known.toml"]).current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
        let text = shown(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("`{rule}`, case `{name}`: {told}")), "{text}");
    }
    // An error does not make an entry unused.
    let output = conform(&case("cancel-other-spelling", "trailing-slash"));
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

/// A case is named like a rule and is unique within it; `zerogate rules` lists it. Lists of known failures contain
/// these ids, so they must not change unnoticed.
#[test]
fn the_cases_of_a_rule_are_listed() {
    let ids = rules().map(|rule| format!("{}: {}\n", rule.id, rule.cases.join(", ")).replace(": \n", "\n"));
    snapshot::check("rule-cases", "The ids of rules and their cases.", &ids.collect::<String>());
    for rule in rules() {
        for (index, case) in rule.cases.iter().enumerate() {
            let is_plain = case.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_".contains(&it));
            assert!(is_plain && !case.is_empty() && !rule.cases[..index].contains(case), "{}: {case}", rule.id);
        }
    }
    let cases = &rule("cancel-odd-id-refused").unwrap().cases;
    assert_eq!(cases.len(), 37);
    let output = zerogate(&["rules", "cancel-odd-id-refused"]).output().unwrap();
    let text = shown(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&format!("cases {}", cases.join(", "))), "{text}");
}
