//! The last accepted contract and the changes since then, which explain a failing snapshot.
//!
//! The tests of two packages include it: both have snapshots that depend on the contract.

use std::{fs, thread};

use zerogate_contract::Document;
use zerogate_drift::{Drift, diff};

/// The path of the accepted contract, from the root of the repository.
const SNAPSHOT: &str = "snapshots/zerogate/accepted-contract.snap";

/// The accepted contract; `None` if there is none yet.
fn accepted() -> Option<Document> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    // In this package, or in the package two folders up.
    let snapshot = ["", "../../"].iter().find_map(|up| fs::read_to_string(format!("{root}{up}{SNAPSHOT}")).ok())?;
    let (_, text) = snapshot.strip_prefix("---\n")?.split_once("\n---\n")?;
    Document::parse("the accepted contract", text).ok()
}

/// The changes of the contract since it was accepted.
pub(crate) fn drift() -> Option<Drift> {
    let contract = Document::parse("openapi/gate-v1.yaml", zerogate::CONTRACT).ok()?;
    Some(diff(&accepted()?, &contract)).filter(|drift| !drift.is_empty())
}

/// Prints the changes of the contract at the end of a failed test.
pub(crate) struct Verdict;

impl Drop for Verdict {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        if let Some(drift) = drift() {
            // The test harness captures it and shows it with the failure.
            eprintln!("\nSince it was last accepted, the contract has changed:\n{drift}");
        }
    }
}
