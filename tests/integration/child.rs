//! A test in a process of its own: what it installs, measures or reads from its environment is not shared with other
//! tests.

use std::env;
use std::io;
use std::process::Command;

/// Set in the child alone, so that one test function is both sides.
const MARK: &str = "ZEROGATE_TEST_CHILD";

/// Whether this is the child.
pub(crate) fn is_here() -> bool {
    env::var_os(MARK).is_some()
}

/// Runs one test of this binary alone, in another process; its output, or a panic with it.
///
/// `module` is the caller's `module_path!()`.
pub(crate) fn run(module: &str, test: &str, variables: &[(&str, &str)]) -> String {
    let output = command(module, test)
        .unwrap()
        .env(MARK, "1")
        // What the caller's account has set is nobody's business here.
        .env_remove("GATE_KEY")
        .env_remove("GATE_API_BASE_URL")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the child failed:\n{text}");
    // A name that fits no test runs none of them, and that is a success.
    assert!(text.contains("1 passed"), "the child ran nothing:\n{text}");
    text
}

/// One test of this binary alone, for another process.
pub(crate) fn command(module: &str, test: &str) -> io::Result<Command> {
    let (_, module) = module.split_once("::").expect("a module below the crate");
    let mut command = Command::new(env::current_exe()?);
    command.args([&format!("{module}::{test}"), "--exact", "--nocapture", "--include-ignored"]);
    Ok(command)
}
