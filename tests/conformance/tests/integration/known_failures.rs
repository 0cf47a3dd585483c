//! `zerogate conform --known-failures` as a process.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::command::{shown, zerogate};

/// What is said of a run on the embedded emulator, which keeps everything, with this list of known failures.
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
fn an_entry_that_should_go_fails_the_run() {
    for (rule, expires, lapse) in [
        ("cancel-id", "9999-12-31", "stale"),
        ("no-such-rule", "9999-12-31", "stale"),
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
        assert_eq!(output.stderr, b"does not conform: 1 entry of the list of known failures has lapsed\n");
    }
}

#[test]
fn an_entry_for_a_rule_that_was_not_judged_may_stay() {
    let output = conform(&(entry("cancel-object", "9999-12-31") + &entry("conversation", "9999-12-31")));
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

#[test]
fn a_list_that_cannot_be_used_is_wrong_usage() {
    let output = conform(&entry("cancel-id", "tomorrow"));
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{}", shown(&output));
    assert!(output.stderr.starts_with(b"error: known.toml:4: \"tomorrow\" is not a date; write"), "{}", shown(&output));
}
