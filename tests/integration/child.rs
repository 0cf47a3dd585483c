//! Runs a test in its own process, so that other tests do not share what it installs, measures or reads from the
//! environment.

use std::env;
use std::io;
use std::process::Command;

/// Set only in the child, so that one test function can be both parent and child.
const MARK: &str = "ZEROGATE_TEST_CHILD";

/// Whether this is the child.
pub(crate) fn is_here() -> bool {
    env::var_os(MARK).is_some()
}

/// Runs one test of this binary in another process and returns its output. Panics with the output if the test fails.
///
/// `module` is the caller's `module_path!()`.
pub(crate) fn run(module: &str, test: &str, variables: &[(&str, &str)]) -> String {
    let output = command(module, test)
        .unwrap()
        .env(MARK, "1")
        // The account that runs the tests may have set these.
        .env_remove("GATE_KEY")
        .env_remove("GATE_API_BASE_URL")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the child failed:\n{text}");
    // A filter that matches no test also succeeds.
    assert!(text.contains("1 passed"), "the child ran nothing:\n{text}");
    text
}

/// The command that runs one test of this binary in another process.
pub(crate) fn command(module: &str, test: &str) -> io::Result<Command> {
    let (_, module) = module.split_once("::").expect("a module below the crate");
    let mut command = Command::new(env::current_exe()?);
    command.args([&format!("{module}::{test}"), "--exact", "--nocapture", "--include-ignored"]);
    Ok(command)
}
