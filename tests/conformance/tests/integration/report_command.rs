//! `zerogate conform --report` as a process: destinations, and refused options.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use zerogate_conformance::report::{RunFormat, run_schema};

use crate::command::{code, shown, zerogate};
use crate::snapshot;

/// Runs two rules on the embedded emulator, in a folder.
fn conform(folder: &Path, reports: &[&str]) -> Command {
    let mut command = zerogate(&["conform", "--only", "cancel-id", "cancel-status-201"]);
    command.args(reports.iter().flat_map(|report| ["--report", report])).current_dir(folder);
    command
}

fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

#[test]
fn the_schema_is_printed() {
    let output = zerogate(&["conform", "--schema"]).output().unwrap();
    assert_eq!((code(&output), output.stdout), (0, run_schema().into_bytes()));
}

#[test]
fn a_report_without_a_path_takes_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let begins = [
        ("text", "target: "),
        ("json", "{"),
        ("junit", "<?xml"),
        ("markdown", "## 🟢"),
        ("github", "::notice "),
        ("html", "<!DOCTYPE html>"),
    ];
    for format in RunFormat::all() {
        let name = format.name();
        let output = conform(folder.path(), &[name]).output().unwrap();
        assert_eq!(code(&output), 0, "{}", shown(&output));
        let start = begins.iter().find(|(format, _)| *format == name).map_or("", |(_, start)| start);
        assert!(!output.stdout.is_empty() && output.stdout.starts_with(start.as_bytes()), "{}", shown(&output));
        let headline = if name == "text" { "" } else { "conforms: 2 must rules passed, none failed\n" };
        assert_eq!(output.stderr, headline.as_bytes(), "{}", shown(&output));
        if name == "json" {
            assert_eq!(json(&output.stdout)["summary"]["passed"], 2);
        }
    }
}

#[test]
fn with_paths_only_the_text_is_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("junit:1.xml");
    fs::write(&before, "a report of before").unwrap();
    let output = conform(folder.path(), &["json:report.json", "junit:junit:1.xml"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", shown(&output));
    assert!(output.stdout.starts_with(b"target: ") && output.stderr.is_empty(), "{}", shown(&output));
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(json(&read("report.json"))["conclusion"], "conforms");
    assert!(read("junit:1.xml").starts_with(b"<?xml"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "a temporary file was left");
}

#[test]
fn a_text_report_with_a_path_goes_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let output = conform(folder.path(), &["text:report.txt"]).output().unwrap();
    assert_eq!((code(&output), output.stdout.as_slice()), (0, &b""[..]), "{}", shown(&output));
    assert_eq!(output.stderr, b"conforms: 2 must rules passed, none failed\n", "{}", shown(&output));
    assert!(fs::read(folder.path().join("report.txt")).unwrap().starts_with(b"target: "));
}

#[test]
fn a_quiet_run_writes_only_the_requested_reports() {
    let folder = tempfile::tempdir().unwrap();
    for (reports, start) in [(&[][..], ""), (&["json:report.json"], ""), (&["text:report.txt"], ""), (&["json"], "{")] {
        let output = conform(folder.path(), reports).arg("--quiet").output().unwrap();
        assert_eq!((code(&output), output.stderr.as_slice()), (0, &b""[..]), "{}", shown(&output));
        assert_eq!(output.stdout.is_empty(), start.is_empty(), "{}", shown(&output));
        assert!(output.stdout.starts_with(start.as_bytes()), "{}", shown(&output));
    }
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    // Without an essential rule there is no verdict.
    for report in [&[][..], &["--report", "json"], &["--report", "markdown:summary.md"]] {
        let mut command = zerogate(&["conform", "--only", "retrieve-fields-present"]);
        let output = command.args(report).current_dir(folder.path()).output().unwrap();
        assert_eq!(code(&output), 3, "{}", shown(&output));
    }
}

#[test]
fn an_unwritable_report_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    for (name, reports) in [
        ("unknown-format", &["yaml"][..]),
        ("no-path", &["json:"]),
        ("two-without-a-path", &["json", "text"]),
        ("one-file-twice", &["json:report", "junit:folder/../report"]),
        ("no-such-folder", &["json:no/such/report.json"]),
        ("no-such-folder-for-text", &["text:no/such/report.txt"]),
        ("a-folder", &["markdown:folder"]),
    ] {
        let mut command = conform(folder.path(), reports);
        let output = command.args(["--base-url", &url]).env("GATE_KEY", "sk_test_fake").output().unwrap();
        snapshot::check(&format!("report-refused-{name}"), "A report that cannot be written.", &shown(&output));
        assert_eq!(code(&output), 2, "{}", shown(&output));
        assert!(!folder.path().join("report").exists(), "{name}");
    }
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "somebody connected");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_not_a_success() {
    let folder = tempfile::tempdir().unwrap();
    let output = conform(folder.path(), &["json:/dev/full", "markdown:summary.md"]).output().unwrap();
    assert_eq!(code(&output), 3, "{}", shown(&output));
    assert!(output.stderr.starts_with(b"error: the report cannot be written: "), "{}", shown(&output));
    assert!(!fs::metadata("/dev/full").unwrap().is_file(), "the report took the place of the device");
    // The other report is still written.
    assert!(fs::read_to_string(folder.path().join("summary.md")).unwrap().starts_with("## 🟢 conforms"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_read_only_folder_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let output = conform(folder.path(), &["json:/proc/self/report.json"]).output().unwrap();
    assert_eq!(code(&output), 2, "{}", shown(&output));
    let start =
        b"error: --report: `json:/proc/self/report.json` cannot be written: cannot create a file in its folder: ";
    assert!(output.stderr.starts_with(start) && output.stdout.is_empty(), "{}", shown(&output));
}

/// The log of a job then has the text, and GitHub finds the annotations in it.
#[test]
#[cfg(target_os = "linux")]
fn a_report_may_follow_the_text_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let file = fs::File::options().create(true).append(true).open(&log).unwrap();
    let output = conform(folder.path(), &["text", "github:/dev/stdout"]).stdout(file).output().unwrap();
    assert_eq!(code(&output), 0, "{}", shown(&output));
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.starts_with("target: ") && log.contains("\n::notice title=conforms"), "{log}");
}

/// An old report or recording is worth more than none.
#[test]
fn a_command_that_cannot_start_leaves_old_files_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    fs::write(folder.path().join("gate.yaml"), crate::CONTRACT).unwrap();
    fs::write(folder.path().join("README.md"), "# Not a recording").unwrap();
    let commands: [(&[&str], &[&str]); 14] = [
        (&["conform", "--report", "json:no/such/report"], &[]),
        (&["conform", "--base-url", "http://127.0.0.1:1"], &[]),
        (&["conform", "--base-url", "http://127.0.0.1:1", "--fixtures", "none.json"], &[]),
        (&["conform", "--explore", "1", "--known-failures", "none.toml"], &[]),
        (&["check", "none.har"], &[]),
        (&["check", "README.md"], &[]),
        (&["check", "README.md", "gate.yaml"], &[]),
        (&["diff", "gate.yaml", "none.yaml"], &[]),
        (&["diff", "gate.yaml", "README.md"], &[]),
        (&["grade"], &["no-such-command"]),
        (&["proxy", "--upstream", "http://127.0.0.1:1"], &["no-such-command"]),
        (&["proxy", "--upstream", "http://127.0.0.1:1", "--port", &port], &["true"]),
        (&["proxy", "--upstream", "http://127.0.0.1:1", "--contract", "README.md"], &["true"]),
        (&["proxy", "--upstream", &format!("http://127.0.0.1:{port}"), "--port", &port], &["true"]),
    ];
    for (index, (arguments, of)) in commands.iter().enumerate() {
        for output in ["text", "json", "html", "record"] {
            let old = format!("{index}.{output}");
            let report = format!("{output}:{old}");
            let output = match (output, arguments.first()) {
                ("record", Some(&"proxy")) => ["--record", &old],
                ("record", _) => continue,
                _ => ["--report", &report],
            };
            fs::write(folder.path().join(&old), "old").unwrap();
            let mut command = zerogate(arguments);
            command.args(output).args(["--"].iter().take(of.len())).args(*of).current_dir(folder.path());
            let done = command.output().unwrap();
            assert_eq!((code(&done), done.stdout.len()), (2, 0), "{arguments:?}: {}", shown(&done));
            assert_eq!(fs::read_to_string(folder.path().join(&old)).unwrap(), "old", "{arguments:?} {output:?}");
        }
    }
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    assert!(files.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "a temporary file was left");
}

#[test]
fn a_report_does_not_overwrite_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fixtures.json");
    std::fs::write(&file, "{}").unwrap();
    let path = file.to_str().unwrap();
    let report = format!("json:{path}");
    let url = "http://127.0.0.1:1";
    let mut command = zerogate(&["conform", "--base-url", url, "--fixtures", path, "--report", &report]);
    let output = command.env("GATE_KEY", "sk_test_fake").output().unwrap();
    assert_eq!(code(&output), 2, "{}", shown(&output));
    assert!(shown(&output).contains("this file is an input of the run"), "{}", shown(&output));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}");
}
