//! `zerogate proxy` as a process.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::Value;

use crate::command::{code, shown, snapshot, zerogate};
use crate::emulate::Emulate;

const ZEROGATE: &str = env!("CARGO_BIN_EXE_zerogate");

fn proxy(upstream: &str, arguments: &[&str]) -> Output {
    zerogate(&[&["proxy", "--upstream", upstream], arguments].concat()).output().unwrap()
}

#[test]
fn help_and_a_report() {
    snapshot("proxy-help", "What `zerogate proxy --help` says.", &mut zerogate(&["proxy", "--help"]));
    let emulate = Emulate::start();
    let conform = [
        ZEROGATE,
        "conform",
        "--only",
        "cancel-status-201,retrieve-status-200",
        "--report",
        "json:/dev/null",
        "--quiet",
    ];
    let mut command = zerogate(&[&["proxy", "--upstream", &emulate.base_url, "--"], &conform[..]].concat());
    command.env("GATE_KEY", &emulate.partner);
    snapshot("proxy-report", "What `zerogate proxy` says of a command that sends a few requests.", &mut command);
}

#[test]
fn the_exit_code_is_the_commands_unless_that_is_0() {
    let emulate = Emulate::start();
    let conform = format!("GATE_KEY={} {ZEROGATE} conform --quiet --only cancel-id", emulate.partner);
    for (script, expected) in [
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -TERM $$", 143),
        ("kill -KILL $$", 137),
        // Nothing was judged.
        ("exit 0", 3),
        (&conform, 0),
        (&format!("{conform}; exit 2"), 2),
    ] {
        let output = proxy(&emulate.base_url, &["--quiet", "--", "sh", "-c", script]);
        assert_eq!(code(&output), expected, "{script}: {}", shown(&output));
        assert_eq!((output.stdout.len(), output.stderr.len()), (0, 0), "{script}: {}", shown(&output));
    }
}

#[test]
fn a_finding_fails_a_command_that_succeeds() {
    let emulate = Emulate::start();
    let folder = tempfile::tempdir().unwrap();
    // A contract that every exchange breaks.
    let contract = crate::CONTRACT.replace("enum: [test, live]", "enum: [live]");
    assert_ne!(contract, crate::CONTRACT);
    fs::write(folder.path().join("other.yaml"), contract).unwrap();
    let other = folder.path().join("other.yaml");
    let script = format!("GATE_KEY={} {ZEROGATE} conform --quiet --only cancel-id", emulate.partner);
    let output = proxy(
        &emulate.base_url,
        &["--contract", other.to_str().unwrap(), "--report", "json", "--", "sh", "-c", &script],
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code(&output), &report["findings"][0]["rule"]), (1, &"response-body-invalid".into()));
    assert_eq!(report["files"][0]["upstream"], emulate.base_url.as_str());
    let shown = shown(&output);
    assert!(!shown.contains(&emulate.partner), "{shown}");
}

#[test]
fn the_command_gets_the_url_of_the_proxy() {
    let print = "echo \"$GATE_API_BASE_URL+$ONE+$TWO\"";
    for (upstream, options, expected) in [
        ("http://127.0.0.1:1/v1", &[][..], "http://127.0.0.1:PORT/v1++"),
        ("http://127.0.0.1:1", &[], "http://127.0.0.1:PORT++"),
        (
            "http://127.0.0.1:1/a/b/",
            &["--env", "ONE", "--env", "TWO"],
            "+http://127.0.0.1:PORT/a/b+http://127.0.0.1:PORT/a/b",
        ),
    ] {
        let output = proxy(upstream, &[options, &["--quiet", "--", "sh", "-c", print]].concat());
        let told = String::from_utf8(output.stdout).unwrap();
        let port: String = told.split("127.0.0.1:").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
        assert_eq!(told.trim_end().replace(&port, "PORT"), expected);
    }
}

#[test]
fn bad_input_is_reported_in_a_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let itself = format!("http://localhost:{free}/v1");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (contract, report, missing) = (path("gate.yaml"), path("report.json"), path("none/run.har"));
    fs::write(&contract, crate::CONTRACT).unwrap();
    let known = "http://127.0.0.1:1/v1";
    let json = format!("json:{report}");
    for (arguments, said) in [
        (&[][..], "--upstream <URL>"),
        (&["--upstream", "127.0.0.1:1"], "not a base URL"),
        (&["--upstream", "http://me:canary@127.0.0.1"], "not a base URL"),
        (&["--upstream", "http://gate.example/v1"], "use https, or pass --allow-plain-text"),
        (&["--upstream", &itself, "--port", &free], "the upstream is the proxy itself"),
        (&["--upstream", known, "--port", &port], "cannot listen on 127.0.0.1:"),
        (&["--upstream", known, "--port", "65536"], "65536"),
        (&["--upstream", known, "--env", "A=B"], "not the name of an environment variable"),
        (&["--upstream", known, "--keep-secrets"], "--record <FILE>"),
        (&["--upstream", known, "--record", "/"], "cannot record to it: it exists and is not a regular file"),
        (&["--upstream", known, "--record", "/dev/null"], "cannot record to it: it exists and is not a regular file"),
        (&["--upstream", known, "--record", &missing], "cannot record to it: its folder does not exist"),
        (&["--upstream", known, "--contract", &contract, "--record", &contract], "this file is an input of the run"),
        (&["--upstream", known, "--record", &report, "--report", &json], "this file is an input of the run"),
        (&["--upstream", known, "--contract", "none.yaml"], "none.yaml"),
        (&["--upstream", known, "--known-failures", "none.toml"], "none.toml"),
        (&["--upstream", known, "--only", "client-secrets"], "did you mean `client-secret`?"),
        (&["--upstream", known, "--quiet", "--", "no-such-command"], "no-such-command: cannot start it: No such file"),
        (&["--upstream", known, "--quiet", "--", "/"], "/: cannot start it: Permission denied"),
    ] {
        let output = zerogate(&[&["proxy"], arguments].concat()).output().unwrap();
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(
            (code(&output), told.lines().count(), output.stdout.len()),
            (2, 1, 0),
            "{arguments:?}: {}",
            shown(&output)
        );
        assert!(
            told.starts_with("error: ") && told.contains(said) && !told.contains("canary"),
            "{arguments:?}: {told}"
        );
    }
    assert_eq!(fs::read_to_string(&contract).unwrap(), crate::CONTRACT, "it was recorded over");
}

#[test]
fn an_upstream_that_refuses_is_reported_and_earlier_findings_are_kept() {
    let refusing = tokio::net::TcpSocket::new_v4().unwrap();
    refusing.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let upstream = format!("http://{}/v1", refusing.local_addr().unwrap());
    let script = format!("GATE_KEY=sk_test_fake {ZEROGATE} conform --quiet --only cancel-id 2>/dev/null; exit 0");
    let output = proxy(&upstream, &["--", "sh", "-c", &script]);
    assert_eq!(code(&output), 3, "{}", shown(&output));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("error: proxy: ") && told.contains("to the upstream failed"), "{told}");
}

/// A proxy that runs until it is stopped.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    pub(crate) address: String,
}

impl Running {
    fn start(upstream: &str, arguments: &[&str]) -> Self {
        Self::of(zerogate(&[&["proxy", "--upstream", upstream], arguments].concat()))
    }

    pub(crate) fn of(mut command: Command) -> Self {
        // In its own process group: no key at a terminal reaches it.
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let url = line.strip_prefix("proxy: http://").unwrap();
        let address = url.split(['/', ' ']).next().unwrap().to_owned();
        Self { child, stderr, address }
    }

    /// One request, and the whole of its response.
    fn ask(&self) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(b"GET /v1/gate_sessions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 401 "), "{response}");
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Its exit code and its output.
    fn end(mut self) -> (Option<i32>, String) {
        let (mut out, mut told) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.stderr.read_to_string(&mut told).unwrap();
        (self.child.wait().unwrap().code(), out + &told)
    }
}

/// Even if the test fails.
impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn without_a_command_it_ends_on_a_signal() {
    let emulate = Emulate::start();
    for name in ["-INT", "-TERM"] {
        let running = Running::start(&emulate.base_url, &[]);
        running.ask();
        running.signal(name);
        let (code, told) = running.end();
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("judged     1 of 1 exchange\n"), "{told}");
    }
}

#[test]
fn a_signal_is_passed_on_and_the_same_again_kills() {
    let emulate = Emulate::start();
    let wait = |traps: &str| format!("{traps}; echo ready; while :; do sleep 100 & wait $!; done");
    let ends = |name: &str| wait(&format!("trap 'kill $!; exit 9' {name}"));
    let two = wait("trap 'kill $!; echo ready' INT; trap 'kill $!; exit 9' TERM");
    for (script, signals, is_enough, expected) in [
        (ends("TERM"), &["-TERM"][..], true, 9),
        (ends("INT"), &["-INT"], true, 9),
        (ends("QUIT"), &["-QUIT"], true, 9),
        (two, &["-INT", "-TERM"], true, 9),
        (wait("trap '' TERM"), &["-TERM"], false, 137),
        (wait("trap '' INT"), &["-INT"], false, 137),
    ] {
        let mut running = Running::start(&emulate.base_url, &["--", "sh", "-c", &script]);
        let mut stdout = BufReader::new(running.child.stdout.take().unwrap());
        for signal in signals {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            assert_eq!(line, "ready\n", "{script}");
            running.signal(signal);
        }
        // Concurrent signals are merged, so the second is sent until it is received.
        let status = loop {
            match running.child.try_wait().unwrap() {
                Some(status) => break status,
                None if is_enough => break running.child.wait().unwrap(),
                None => signals.iter().for_each(|signal| running.signal(signal)),
            }
        };
        // A child of the shell may outlive it, and hold its output open.
        assert_eq!(status.code(), Some(expected), "{script} {signals:?}");
    }
}

#[test]
fn a_recording_of_nothing_takes_the_place_of_an_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.har");
    fs::write(&path, "old").unwrap();
    let output = proxy("http://127.0.0.1:1", &["--record", path.to_str().unwrap(), "--", "true"]);
    assert_eq!(code(&output), 3, "{}", shown(&output));
    let har: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(har["log"]["entries"], serde_json::json!([]));
}

/// Killed without a chance to do anything, once there is an entry in the file.
#[test]
fn a_recording_is_complete_whenever_the_proxy_is_killed() {
    let emulate = Emulate::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.har");
    for asked in 1..4 {
        fs::write(&path, "").unwrap();
        let mut running = Running::start(&emulate.base_url, &["--record", path.to_str().unwrap()]);
        (0..asked).for_each(|_| running.ask());
        while fs::metadata(&path).unwrap().len() == 0 {
            std::thread::yield_now();
        }
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        let har: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let entries = har["log"]["entries"].as_array().unwrap().len();
        assert!((1..=asked).contains(&entries), "{asked}: {entries}");
    }
}
