//! The command as a process: exit codes, output, and messages about bad input.

use std::fs;
use std::io::{ErrorKind, pipe};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use crate::emulate::Emulate;
use crate::snapshot;

/// The command with a clean environment.
pub(crate) fn zerogate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zerogate"));
    for variable in ["GATE_KEY", "GATE_OTHER_KEY", "GATE_API_BASE_URL", "CLICOLOR_FORCE", "NO_COLOR", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Compares the output and exit code of a command with a snapshot.
pub(crate) fn snapshot(name: &str, description: &str, command: &mut Command) {
    snapshot::check(name, description, &shown(&command.output().unwrap()));
}

fn check(name: &str, description: &str, command: &mut Command) {
    snapshot(&format!("command-{name}"), description, command);
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let code = code(output);
    format!("exit code {code}\n-- stdout\n{}-- stderr\n{}", text(&output.stdout), text(&output.stderr))
}

/// A loopback port that is bound but not listening, so that connections are refused while this lives.
fn refusing() -> (tokio::net::TcpSocket, String) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

#[test]
fn help() {
    check("help", "What `zerogate --help` says.", &mut zerogate(&["--help"]));
    check("conform-help", "What `zerogate conform --help` says.", &mut zerogate(&["conform", "--help"]));
    check("emulate-help", "What `zerogate emulate --help` says.", &mut zerogate(&["emulate", "--help"]));
}

#[test]
fn rules_are_listed_and_explained() {
    check("rules", "The list of rules.", &mut zerogate(&["rules"]));
    check("rules-id", "A rule explained.", &mut zerogate(&["rules", "cancel-publishable-key"]));
    check("rules-unknown", "A rule that does not exist.", &mut zerogate(&["rules", "cancel-\u{1b}[2Jnothing"]));
}

#[test]
fn on_the_emulator() {
    check("bare", "The report on the faithful emulator.", &mut zerogate(&[]));
}

#[test]
fn the_bare_command_ignores_the_environment() {
    let (_socket, url) = refusing();
    let mut command = zerogate(&[]);
    command.env("GATE_API_BASE_URL", url).env("GATE_KEY", "sk_live_fake");
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0, "{}", shown(&output));
    assert!(output.stdout.starts_with(b"target: the embedded emulator at http://127.0.0.1:"), "{}", shown(&output));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_server_at_a_base_url() {
    let emulate = Emulate::start();
    let mut command = zerogate(&["conform", "--base-url", &emulate.base_url]);
    check(
        "conform-base-url",
        "The report on a server that can supply no fixtures.",
        command.env("GATE_KEY", &emulate.partner).env("GATE_API_BASE_URL", "not looked at"),
    );
}

#[test]
fn the_environment_may_give_the_base_url_without_its_version() {
    let emulate = Emulate::start();
    let mut command = zerogate(&["conform", "--only", "cancel-status-201,cancel-id"]);
    command.env("GATE_KEY", &emulate.partner).env("GATE_API_BASE_URL", emulate.base_url.trim_end_matches("/v1"));
    check("conform-only", "Two rules, on a server that the environment names.", &mut command);
}

#[test]
fn a_run_without_an_essential_rule_judges_nothing() {
    check(
        "nothing-essential",
        "Only a rule without which a server is judged just as well.",
        &mut zerogate(&["conform", "--only", "retrieve-fields-present", "conversation", "--fail-on", "should"]),
    );
}

#[test]
fn a_skipped_rule_judges_nothing() {
    let emulate = Emulate::start();
    let mut command = zerogate(&["conform", "--base-url", &emulate.base_url, "--only", "cancel-publishable-key"]);
    let output = command.env("GATE_KEY", &emulate.partner).output().unwrap();
    assert_eq!(code(&output), 3, "{}", shown(&output));
}

#[test]
fn bad_options_are_reported_in_one_line() {
    for (name, arguments) in [
        ("unknown-option", &["conform", "--verbose"][..]),
        ("unknown-command", &["confrom"]),
        ("misspelt-option", &["conform", "--base-ur", "http://localhost"]),
        ("no-value", &["conform", "--base-url"]),
        ("bad-level", &["conform", "--fail-on", "may"]),
        ("bad-timeout", &["conform", "--timeout", "0"]),
        ("bad-port", &["emulate", "--port", "65536"]),
        ("unknown-rule", &["conform", "--only", "cancel-status-200"]),
        ("exploration-without-a-number", &["conform", "--only", "exploration"]),
        ("unknown-rule-skipped", &["conform", "--skip", "cancel-id", "nothing"]),
        ("bad-url", &["conform", "--base-url", "localhost:4000"]),
        ("url-with-password", &["conform", "--base-url", "https://canary:canary@gate.example"]),
        ("url-with-hidden-password", &["conform", "--base-url", "http:///user:canary@127.0.0.1:1"]),
        ("url-with-key", &["conform", "--base-url", "https://gate.example/v1sk_live_canary"]),
        ("check-url-with-password", &["check", "a.har", "--base-url", "https://canary:canary@gate.example"]),
        ("check-url-with-key", &["check", "a.har", "--base-url", "https://gate.example/v1/pk%5Flive%5Fcanary"]),
        ("upstream-with-key", &["proxy", "--upstream", "https://gate.example/v1sk_live_canary", "--", "true"]),
        ("webhook-url-with-password", &["emulate", "--webhook-url", "http://me:canary@127.0.0.1:1"]),
        ("grade-without-dashes", &["grade", "python3", "client.py"]),
        ("proxy-without-dashes", &["proxy", "--upstream", "http://localhost:4000", "npm", "test"]),
        ("grade-option", &["grade", "--quite", "--", "true"]),
        ("unknown-command-option", &["--port", "1"]),
        ("missing-key", &["conform", "--base-url", "http://127.0.0.1:4000"]),
    ] {
        check(name, "Bad input.", &mut zerogate(arguments));
    }
}

#[test]
fn a_bad_environment_is_reported_in_one_line() {
    for (name, url, key) in [
        ("empty-url", "", "sk_test_canary"),
        ("bad-env-url", "ftp://gate.example", "sk_test_canary"),
        ("publishable-key", "https://gate.example", "pk_test_canary"),
        ("empty-key", "https://gate.example", ""),
        ("live-key", "https://gate.example", "sk_live_canary"),
        ("unknown-mode", "https://gate.example", "sk_prod_canary"),
    ] {
        let mut command = zerogate(&["conform"]);
        check(name, "Bad input.", command.env("GATE_API_BASE_URL", url).env("GATE_KEY", key));
    }
    let mut command = zerogate(&["conform", "--allow-live", "--base-url", "http://gate.example"]);
    check("live-key-in-plain-text", "A live key, over http.", command.env("GATE_KEY", "sk_live_canary"));
}

#[test]
fn a_key_without_a_server_is_refused() {
    for name in ["GATE_KEY", "GATE_OTHER_KEY"] {
        let output = zerogate(&["conform", "--only", "cancel-id"]).env(name, "sk_test_canary").output().unwrap();
        let error = format!(
            "error: {name} is set, but no server: pass --base-url or set GATE_API_BASE_URL; `zerogate` alone checks the \
             emulator\n"
        );
        assert_eq!((code(&output), String::from_utf8_lossy(&output.stderr).into_owned()), (2, error));
    }
}

#[test]
fn a_live_key_is_refused_before_anything_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let output = zerogate(&["conform", "--base-url", &url]).env("GATE_KEY", "sk_live_fake").output().unwrap();
    assert_eq!(code(&output), 2, "{}", shown(&output));
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "somebody connected");
}

#[test]
fn a_server_that_does_not_exist() {
    let (_socket, url) = refusing();
    let mut command = zerogate(&["conform", "--base-url", &url]);
    check("unreachable", "Nobody listens.", command.env("GATE_KEY", "sk_test_fake"));
}

#[test]
fn a_server_that_refuses_the_key() {
    let emulate = Emulate::start();
    let mut command = zerogate(&["conform", "--base-url", &emulate.base_url]);
    check("key-refused", "The server returns 401.", command.env("GATE_KEY", "sk_test_fake"));
}

#[test]
fn a_server_without_tls() {
    let emulate = Emulate::start();
    let mut command = zerogate(&["conform", "--base-url", &emulate.base_url.replace("http:", "https:")]);
    check("no-tls", "A plain port is asked for TLS.", command.env("GATE_KEY", &emulate.partner));
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    for arguments in [&["rules"][..], &[], &["--help"]] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let output = zerogate(arguments).stdout(writer).output().unwrap();
        assert_eq!(code(&output), 0, "{arguments:?}: {}", shown(&output));
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", shown(&output));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_unwritable_report_is_not_a_success() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = zerogate(&[]).stdout(full).output().unwrap();
    assert_eq!(code(&output), 3, "{}", shown(&output));
    assert!(output.stderr.starts_with(b"error: the report cannot be written: "), "{}", shown(&output));
}

/// For each file that the command reads: a pipe, a folder, a device, or a huge file in its place.
#[test]
#[cfg(unix)]
fn an_unreadable_file_is_reported_in_one_line_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    fs::create_dir(at("folder")).unwrap();
    // A sparse file takes no space.
    fs::File::create(at("large")).unwrap().set_len(40 * 1024 * 1024).unwrap();
    fs::write(at("latin"), b"caf\xe9").unwrap();
    fs::write(at("gate.yaml"), crate::CONTRACT).unwrap();
    for arguments in [&["init", "--quiet"][..], &["add", "large"], &["commit", "--quiet", "--message", "Add"]] {
        crate::diff::git(folder.path(), arguments);
    }
    let told = |arguments: &[&str], name: &str| {
        let arguments: Vec<&str> = arguments.iter().map(|it| if *it == "FILE" { name } else { it }).collect();
        let output = zerogate(&arguments).current_dir(folder.path()).env("GATE_KEY", "sk_test_fake").output().unwrap();
        assert_eq!((code(&output), output.stdout.len()), (2, 0), "{arguments:?}: {}", shown(&output));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.lines().count(), 1, "{arguments:?}: {told}");
        told
    };
    for arguments in [
        &["conform", "--known-failures", "FILE"][..],
        &["conform", "--base-url", "http://127.0.0.1:1", "--fixtures", "FILE"],
        &["diff", "gate.yaml", "gate.yaml", "--ignore", "FILE"],
        &["diff", "FILE", "gate.yaml"],
        &["diff", "gate.yaml", "FILE"],
        &["import", "FILE", "--contract", "gate.yaml"],
    ] {
        for (name, wanted) in [
            ("pipe", "a pipe or a device, not a file"),
            ("folder", "a folder, not a file"),
            ("/dev/zero", "a pipe or a device, not a file"),
            ("large", "larger than "),
            ("latin", "the text is not UTF-8: byte 3 "),
            ("missing", "No such file"),
        ] {
            let told = told(arguments, name);
            assert!(
                told.starts_with("error: ") && told.contains(name) && told.contains(wanted),
                "{arguments:?}: {told}"
            );
        }
    }
    assert!(told(&["diff", "gate.yaml", "FILE"], "git:HEAD:large").contains("larger than 33554432 bytes"));
    let output = zerogate(&["import", "gate.yaml", "--contract", "pipe"]).current_dir(folder.path()).output().unwrap();
    assert!(shown(&output).contains("nothing to compare with: pipe: the contract cannot be read: a pipe"));
}
