//! `zerogate emulate` as a process.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::command::zerogate;
use crate::snapshot;

/// An emulator in a process of its own, which ends with this value.
pub(crate) struct Emulate {
    child: Child,
    stdout: BufReader<ChildStdout>,
    first_line: String,
    pub(crate) base_url: String,
    pub(crate) partner: String,
}

impl Emulate {
    pub(crate) fn start() -> Self {
        let mut child = zerogate(&["emulate", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
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
fn it_says_where_it_is_in_one_object_and_ends_with_ctrl_c() {
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
fn a_port_that_is_taken_is_told_in_a_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = zerogate(&["emulate", "--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    let start = format!("error: cannot listen on 127.0.0.1:{port}: ");
    assert!(told.starts_with(&start) && told.lines().count() == 1, "{told}");
}
