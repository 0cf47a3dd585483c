//! The command `zerogate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    zerogate_conformance::cli::main()
}
