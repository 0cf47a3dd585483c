//! `zerogate diff` as a process.

use std::fs;
use std::io::pipe;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use zerogate_conformance::report::{DriftFormat, drift_schema};

use crate::command::{self, code, shown, zerogate};
use crate::drift;

/// The contract with one breaking edit: no amount.
fn without_amount() -> String {
    let edited = crate::CONTRACT.replacen("        - amount\n", "", 1);
    let start = edited.find("        amount:\n").unwrap();
    let end = edited.find("        currency:\n").unwrap();
    format!("{}{}", &edited[..start], &edited[end..])
}

/// The contract with another text in one description.
fn reworded() -> String {
    crate::CONTRACT.replacen("summary: Retrieve a gate session.", "summary: Read a gate session.", 1)
}

/// A folder with the contract as `old.yaml`, and another as `new.yaml`.
fn folder(new: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.yaml"), crate::CONTRACT).unwrap();
    fs::write(folder.path().join("new.yaml"), new).unwrap();
    folder
}

fn diff(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = zerogate(&["diff"]);
    // Ignore a repository that may contain this folder.
    command.args(arguments).current_dir(folder).env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
    command
}

fn check(name: &str, description: &str, command: &mut Command) {
    command::snapshot(&format!("diff-{name}"), description, command);
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"]);
    let output = command
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn help() {
    check("help", "What `zerogate diff --help` says.", &mut zerogate(&["diff", "--help"]));
}

#[test]
fn the_schema_is_printed() {
    let output = zerogate(&["diff", "--schema"]).output().unwrap();
    assert_eq!((code(&output), output.stdout), (0, drift_schema().into_bytes()));
    let published = include_str!("../../schemas/diff.schema.json");
    let help = "`cargo run -- diff --schema >tests/conformance/schemas/diff.schema.json` updates it";
    assert!(drift_schema() == published, "the published schema is out of date; {help}");
}

#[test]
fn the_kinds_are_listed() {
    check("kinds", "Every kind of change.", &mut zerogate(&["diff", "--kinds"]));
}

#[test]
fn a_contract_and_itself() {
    let folder = folder(crate::CONTRACT);
    check("nothing", "Nothing changed.", &mut diff(folder.path(), &["old.yaml", "new.yaml", "--fail-on", "any"]));
    let output = diff(folder.path(), &["old.yaml", "new.yaml", "--format", "github"]).output().unwrap();
    assert_eq!((code(&output), output.stdout.len(), output.stderr.len()), (0, 0, 0));
}

#[test]
fn a_removed_field() {
    let folder = folder(&without_amount());
    for format in DriftFormat::all().map(|format| format.name()) {
        let mut command = diff(folder.path(), &["old.yaml", "new.yaml", "--format", format]);
        check(&format!("removed-{format}"), "The field `amount` of a session is gone.", &mut command);
    }
    let output = diff(folder.path(), &["old.yaml", "new.yaml", "--format", "json"]).output().unwrap();
    drift::valid(&String::from_utf8(output.stdout).unwrap());
}

#[test]
fn which_changes_count() {
    let (removed, reworded) = (folder(&without_amount()), folder(&reworded()));
    for (folder, level, wanted) in [
        (&removed, "breaking", 1),
        (&removed, "risky", 1),
        (&removed, "any", 1),
        (&reworded, "breaking", 0),
        (&reworded, "risky", 0),
        (&reworded, "any", 1),
    ] {
        for format in DriftFormat::all().map(|format| format.name()) {
            let arguments = ["old.yaml", "new.yaml", "--fail-on", level, "--format", format];
            let output = diff(folder.path(), &arguments).output().unwrap();
            assert_eq!(code(&output), wanted, "{level}: {}", shown(&output));
            assert!(output.stderr.is_empty(), "{level}: {}", shown(&output));
        }
    }
}

/// Another operation id affects only code, and an optional header only the wire.
#[test]
fn one_verdict_alone() {
    let renamed = folder(&crate::CONTRACT.replacen("operationId: createSession", "operationId: openSession", 1));
    let header = "it is what support asks for.\n";
    let required = format!("{header}      required: true\n");
    assert!(crate::CONTRACT.contains(&required));
    let optional = folder(&crate::CONTRACT.replacen(&required, header, 1));
    for (folder, [both, wire, source]) in [(&renamed, [1, 0, 1]), (&optional, [1, 1, 0])] {
        for (only, wanted) in [(&[][..], both), (&["--only", "wire"], wire), (&["--only", "source"], source)] {
            for format in DriftFormat::all().map(|format| format.name()) {
                let arguments = [&["old.yaml", "new.yaml", "--format", format], only].concat();
                let output = diff(folder.path(), &arguments).output().unwrap();
                assert_eq!(code(&output), wanted, "{only:?}: {}", shown(&output));
                let text = String::from_utf8(output.stdout).unwrap();
                let names = |verdict: &str| text.contains(verdict) && format != "json";
                assert!(only.is_empty() || !names(if only[1] == "wire" { "source" } else { "wire " }), "{text}");
                if format == "json" {
                    let report = drift::valid(&text);
                    assert_eq!(report["overall"]["wire"].is_null(), only.contains(&"source"), "{text}");
                    assert_eq!(report["overall"]["source"].is_null(), only.contains(&"wire"), "{text}");
                    let changes = report["changes"].as_array().unwrap().iter().filter(|it| it["doc_only"] == false);
                    assert_eq!(changes.count(), usize::from(wanted == 1), "{text}");
                }
            }
        }
    }
}

#[test]
fn a_contract_that_cannot_be_generated() {
    let folder = folder(&crate::CONTRACT.replacen("type: boolean", "type: bool", 1));
    check(
        "not-generated",
        "The new contract cannot be generated.",
        &mut diff(folder.path(), &["old.yaml", "new.yaml"]),
    );
    for (only, basis, why) in [(None, "reasoned", true), (Some("source"), "reasoned", true), (Some("wire"), "", false)]
    {
        let mut command = diff(folder.path(), &["old.yaml", "new.yaml", "--format", "json"]);
        let output = command.args(only.map(|only| format!("--only={only}"))).output().unwrap();
        let report = drift::valid(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(report["source_basis"].as_str().unwrap_or_default(), basis, "{report}");
        assert_eq!(report["not_generated"].is_string(), why, "{report}");
        for format in ["markdown", "github"] {
            let mut command = diff(folder.path(), &["old.yaml", "new.yaml", "--format", format]);
            let output = command.args(only.map(|only| format!("--only={only}"))).output().unwrap();
            assert_eq!(shown(&output).contains("not from generated code"), why, "{}", shown(&output));
        }
    }
}

#[test]
fn ignored_changes() {
    let folder = folder(&without_amount());
    let output = diff(folder.path(), &["old.yaml", "new.yaml", "--format", "json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let entry = |id: &str, pointer: &str, expires: &str| {
        format!(
            "[[ignore]]\nid = {id:?}\npointer = {pointer:?}\nreason = \"nobody reads it\"\nexpires = {expires:?}\n\n"
        )
    };
    let changes = report["changes"].as_array().unwrap();
    let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
    let list: String =
        changes.iter().map(|change| entry(&text(change, "id"), &text(change, "pointer"), "9999-12-31")).collect();
    let ignore = folder.path().join("ignore.toml");
    let arguments = ["old.yaml", "new.yaml", "--ignore", "ignore.toml", "--fail-on", "any"];

    fs::write(&ignore, &list).unwrap();
    check("ignored", "What changed is ignored.", &mut diff(folder.path(), &arguments));

    fs::write(&ignore, entry("endpoint-added", "/paths/~1refunds/post", "9999-12-31") + &list).unwrap();
    check("ignored-unused", "An entry of the list is unused.", &mut diff(folder.path(), &arguments));
    fs::write(&ignore, list.replace("response-", "respnse-")).unwrap();
    let output = shown(&diff(folder.path(), &arguments).output().unwrap());
    let words = output.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("no such kind of change; `zerogate diff --kinds` lists them"), "{output}");

    fs::write(&ignore, list.replace("9999", "2020")).unwrap();
    check("ignored-expired", "The list has expired.", &mut diff(folder.path(), &arguments));
}

#[test]
fn an_invalid_list_of_ignored_changes() {
    let folder = folder(crate::CONTRACT);
    let good = "[[ignore]]\nid = \"a\"\npointer = \"/b\"\nreason = \"c\"\nexpires = \"9999-12-31\"\n";
    for (name, text) in [
        ("no-toml", "- id: a\n"),
        ("no-reason", &good.replace("reason = \"c\"\n", "")),
        ("no-day", &good.replace("9999-12-31", "soon")),
        ("number-for-a-day", &good.replace("\"9999-12-31\"", "[9999]")),
        ("unknown-field", &good.replace("reason", "because")),
        ("twice", &good.repeat(2)),
    ] {
        fs::write(folder.path().join("ignore.toml"), text).unwrap();
        let mut command = diff(folder.path(), &["old.yaml", "new.yaml", "--ignore", "ignore.toml"]);
        check(&format!("ignore-{name}"), "Bad input.", &mut command);
    }
    let mut command = diff(folder.path(), &["old.yaml", "new.yaml", "--ignore", "nowhere.toml"]);
    check("ignore-missing", "Bad input.", &mut command);
}

#[test]
fn an_invalid_contract_is_reported_in_one_line() {
    let folder = folder(crate::CONTRACT);
    for (name, text) in [
        ("no-yaml", "openapi: [3.1.0\n"),
        ("swagger", "swagger: '2.0'\npaths: {}\n"),
        ("later-version", "openapi: 3.3.0\npaths: {}\n"),
        ("no-openapi", "paths: {}\n"),
        ("no-mapping", "just text\n"),
        ("version-is-a-number", "openapi: 3.1\n"),
        ("empty", ""),
        ("key-twice", "openapi: 3.0.3\npaths: {}\npaths: {}\n"),
    ] {
        fs::write(folder.path().join("new.yaml"), text).unwrap();
        check(&format!("refused-{name}"), "Bad input.", &mut diff(folder.path(), &["old.yaml", "new.yaml"]));
    }
    check("refused-missing", "Bad input.", &mut diff(folder.path(), &["old.yaml", "nowhere.yaml"]));
    check("refused-old", "Bad input.", &mut diff(folder.path(), &["nowhere.yaml", "old.yaml"]));
}

#[test]
fn bad_options_are_reported_in_one_line() {
    let folder = folder(crate::CONTRACT);
    for (name, arguments) in [
        ("no-arguments", &[][..]),
        ("one-argument", &["old.yaml"]),
        ("three-arguments", &["old.yaml", "new.yaml", "other.yaml"]),
        ("format", &["old.yaml", "new.yaml", "--format", "xml"]),
        ("level", &["old.yaml", "new.yaml", "--fail-on", "must"]),
        ("no-name", &["", "new.yaml"]),
        ("git-without-path", &["git:HEAD", "new.yaml"]),
        ("git-without-revision", &["git::old.yaml", "new.yaml"]),
        ("git-option", &["git:--output=x:old.yaml", "new.yaml"]),
        ("schema-and-more", &["old.yaml", "new.yaml", "--schema"]),
    ] {
        check(&format!("usage-{name}"), "Bad input.", &mut diff(folder.path(), arguments));
    }
}

#[test]
fn a_revision_in_git() {
    let folder = folder(&without_amount());
    let repository = folder.path().join("repository");
    fs::create_dir_all(repository.join("openapi")).unwrap();
    git(&repository, &["init", "--quiet", "--initial-branch", "main"]);
    let file = repository.join("openapi/gate v1.yaml");
    fs::write(&file, crate::CONTRACT).unwrap();
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "--message", "Add the contract"]);
    fs::write(&file, without_amount()).unwrap();

    let name = "git:HEAD:openapi/gate v1.yaml";
    let same = diff(&repository, &[name, "git:main:openapi/gate v1.yaml", "--fail-on", "any"]).output().unwrap();
    assert_eq!(code(&same), 0, "{}", shown(&same));
    check("git", "The file has changed since HEAD.", &mut diff(&repository, &[name, "openapi/gate v1.yaml"]));
    // The path is relative to the top, wherever the command runs.
    let within = diff(&repository.join("openapi"), &[name, "gate v1.yaml"]).output().unwrap();
    assert_eq!(code(&within), 1, "{}", shown(&within));
    let mut reverse = diff(&repository, &["openapi/gate v1.yaml", name, "--format", "github"]);
    check("git-github", "The path of a file in git is its own.", &mut reverse);

    for (name, revision) in [
        ("unknown-revision", "git:nowhere:openapi/gate v1.yaml"),
        ("unknown-path", "git:HEAD:openapi/gate-v2.yaml"),
        ("directory", "git:HEAD:openapi"),
        ("shell", "git:HEAD:$(touch pwned);`touch pwned`"),
    ] {
        check(&format!("git-{name}"), "Bad input.", &mut diff(&repository, &[revision, "openapi/gate v1.yaml"]));
    }
    assert!(!repository.join("pwned").exists());
    // Git's message depends on how far it looked.
    let nowhere = diff(folder.path(), &["git:HEAD:old.yaml", "new.yaml"]).output().unwrap();
    let told = String::from_utf8(nowhere.stderr.clone()).unwrap();
    assert!(told.starts_with("error: git:HEAD:old.yaml: git cannot read it: not a git repository"), "{told}");
    assert_eq!((code(&nowhere), told.lines().count(), nowhere.stdout.len()), (2, 1, 0));
    let mut without_git = diff(&repository, &[name, "openapi/gate v1.yaml"]);
    check("git-missing", "Git is not installed.", without_git.env("PATH", folder.path()));
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let folder = folder(&without_amount());
    for format in DriftFormat::all().map(|format| format.name()) {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut command = diff(folder.path(), &["old.yaml", "new.yaml", "--format", format]);
        let output = command.stdout(writer).output().unwrap();
        assert_eq!(code(&output), 1, "{format}: {}", shown(&output));
        assert!(output.stderr.is_empty(), "{format}: {}", shown(&output));
    }
}

#[test]
fn a_report_may_go_to_a_file() {
    let folder = folder(&without_amount());
    let output =
        diff(folder.path(), &["old.yaml", "new.yaml", "--report", "html:a.html", "--report", "json:a.json"]).output();
    let output = output.unwrap();
    assert!(output.stdout.starts_with(b"old.yaml -> new.yaml\n") && output.stderr.is_empty(), "{}", shown(&output));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("a.html").starts_with("<!DOCTYPE html>"));
    drift::valid(&read("a.json"));
    for (reports, said) in [
        (&["--report", "json:old.yaml"][..], "this file is an input of the run"),
        (&["--report", "json", "--report", "html"], "both go to standard output"),
        (&["--report", "json:a", "--report", "html:a"], "write to the same file"),
        (&["--report", "html:no/such/a.html"], "its folder does not exist"),
        (&["--report", "html:"], "the path is empty"),
        (&["--report", "junit"], "unknown format `junit`"),
    ] {
        let output = diff(folder.path(), &[&["old.yaml", "new.yaml"], reports].concat()).output().unwrap();
        assert_eq!(code(&output), 2, "{}", shown(&output));
        assert!(shown(&output).contains(said) && output.stdout.is_empty(), "{}", shown(&output));
    }
    assert_eq!(read("old.yaml"), crate::CONTRACT);
}
