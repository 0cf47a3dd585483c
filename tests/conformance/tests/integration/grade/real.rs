//! Real clients: this crate's own, which passes every case, and the one that progenitor generates without this project.
//!
//! `../../../clients` has more of them, which need other tools than Rust's.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use zerogate_conformance::{Client, GradeOptions, Grades, grade};

use crate::snapshot;

/// The binary of another package, if it was built: tests of this package alone do not build it.
fn built(path: &str) -> Option<PathBuf> {
    let binary = Path::new(env!("CARGO_BIN_EXE_zerogate")).with_file_name(path);
    if !binary.exists() {
        // Bypasses the test harness, which hides the output of passing tests.
        let mut stderr = io::stderr();
        writeln!(
            stderr,
            "skipped: {} is not built; cargo build --workspace --bins --examples builds it",
            binary.display()
        )
        .unwrap();
        return None;
    }
    Some(binary)
}

fn graded(program: PathBuf) -> Grades {
    let client = Client { program: program.into(), arguments: Vec::new() };
    let options = GradeOptions { jobs: NonZero::new(6).unwrap(), ..GradeOptions::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(grade(&client, &options, |_| {})).unwrap()
}

#[test]
fn our_own_client_passes_every_case() {
    let Some(own) = built("examples/graded") else { return };
    let grades = graded(own);
    let left: Vec<_> = grades.results.iter().filter(|result| !result.is_passed()).collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn an_untouched_client_is_graded_as_recorded() {
    let Some(untouched) = built("zerogate-untouched") else { return };
    let mut table = String::new();
    for result in &graded(untouched).results {
        writeln!(table, "{:<11} {:<7} {}", result.word(), result.case.level.to_string(), result.case.id).unwrap();
        for finding in result.findings() {
            writeln!(table, "            expected {}\n            received {}", finding.expected, finding.received)
                .unwrap();
        }
    }
    snapshot::check("grade-untouched", "The grades of the client that progenitor generates from the contract.", &table);
}
