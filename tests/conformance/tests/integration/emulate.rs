//! `zerogate emulate` as a process.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::command::{shown, zerogate};
use crate::snapshot;

/// An emulator in its own process, which ends when this is dropped.
pub(crate) struct Emulate {
    child: Child,
    stdout: BufReader<ChildStdout>,
    first_line: String,
    pub(crate) base_url: String,
    pub(crate) partner: String,
}

impl Emulate {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    fn with(options: &[&str]) -> Self {
        let mut child = zerogate(&[&["emulate", "--json"], options].concat()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first_line = String::new();
        stdout.read_line(&mut first_line).unwrap();
        let told: Value = serde_json::from_str(&first_line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (base_url, partner) = (text(&told["base_url"]), text(&told["keys"]["partner"]));
        Self { child, stdout, first_line, base_url, partner }
    }
}

impl Drop for Emulate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg(unix)]
fn it_prints_one_object_and_ends_with_ctrl_c() {
    let mut emulate = Emulate::start();
    snapshot::check("emulate-json", "The only line of `zerogate emulate --json`.", &emulate.first_line);
    let interrupted = Command::new("kill").args(["-INT", &emulate.child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let mut rest = String::new();
    emulate.stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert_eq!(emulate.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_taken_port_is_reported_in_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = zerogate(&["emulate", "--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    let start = format!("error: cannot listen on 127.0.0.1:{port}: ");
    assert!(told.starts_with(&start) && told.lines().count() == 1, "{told}");
}

#[test]
fn it_starts_with_the_given_sessions_clock_and_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions.json");
    fs::write(&file, r#"[{"id":"mine"},{"id":"done","status":"completed"}]"#).unwrap();
    let options = ["--clock", "frozen:2026-05-26T12:00:00Z", "--seed-file", file.to_str().unwrap()];
    let openings = ["--host", "0.0.0.0", "--allow-remote", "--allow-host", "gate", "--cors", "http://localhost:3000"];
    let emulate = Emulate::with(&[&options[..], &openings].concat());
    let mut request =
        TcpStream::connect(emulate.base_url.trim_start_matches("http://").trim_end_matches("/v1")).unwrap();
    request.write_all(b"GET /_emulator/sessions/mine HTTP/1.0\r\nHost: gate\r\n\r\n").unwrap();
    let mut response = String::new();
    request.read_to_string(&mut response).unwrap();
    assert!(response.to_lowercase().contains("date: tue, 26 may 2026 12:00:00 gmt"), "{response}");
    assert!(response.contains(r#""created_at":"2026-05-26T12:00:00.000Z""#), "{response}");
}

fn check(name: &str, description: &str, command: &mut Command) {
    snapshot::check(&format!("emulate-{name}"), description, &shown(&command.output().unwrap()));
}

#[test]
fn a_failed_start_is_reported_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("no-json", "[{"),
        ("no-list", "{}"),
        ("no-object", "[[]]"),
        ("wrong-field", r#"[{}, {"statsu": "open"}]"#),
        ("id-twice", r#"[{"id": "a"}, {"id": "a"}]"#),
    ] {
        let file = format!("{name}.json");
        fs::write(folder.path().join(&file), text).unwrap();
        let mut command = zerogate(&["emulate", "--seed-file", &file]);
        check(name, "A file of sessions that cannot be.", command.current_dir(folder.path()));
    }
    for (name, options) in [
        ("no-file", ["--seed-file", "missing.json"]),
        ("folder", ["--seed-file", "."]),
        ("no-address", ["--host", "localhost:80"]),
        ("no-host-name", ["--allow-host", "http://emulator"]),
        ("webhook-port", ["--webhook-url", "http://127.0.0.1:x"]),
        ("remote", ["--host", "0.0.0.0"]),
        ("clock", ["--clock", "tomorrow"]),
        ("origin", ["--cors", "*"]),
        ("webhook-url", ["--webhook-url", "http://shop.example/hooks"]),
    ] {
        let mut command = zerogate(&["emulate", options[0], options[1]]);
        check(name, "Wrong usage of `zerogate emulate`.", command.current_dir(folder.path()));
    }
}
