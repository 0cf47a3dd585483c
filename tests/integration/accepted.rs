//! The contract that was accepted last, and what has changed since: what a failing snapshot is to be read by.
//!
//! Included by the tests of two packages: both hold snapshots of what follows from the contract.

use std::{fs, thread};

use zerogate_contract::Document;
use zerogate_drift::{Drift, diff};

/// Where the contract is kept as it was accepted, from the root of the repository.
const SNAPSHOT: &str = "snapshots/zerogate/accepted-contract.snap";

/// The contract as it was accepted; `None` before there is one.
fn accepted() -> Option<Document> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    // This package's own, or that of the package two folders up.
    let snapshot = ["", "../../"].iter().find_map(|up| fs::read_to_string(format!("{root}{up}{SNAPSHOT}")).ok())?;
    let (_, text) = snapshot.strip_prefix("---\n")?.split_once("\n---\n")?;
    Document::parse("the accepted contract", text).ok()
}

/// What has changed in the contract since it was accepted.
pub(crate) fn drift() -> Option<Drift> {
    let contract = Document::parse("openapi/gate-v1.yaml", zerogate::CONTRACT).ok()?;
    Some(diff(&accepted()?, &contract)).filter(|drift| !drift.is_empty())
}

/// Says at the end of a test that failed what has changed in the contract.
pub(crate) struct Verdict;

impl Drop for Verdict {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        if let Some(drift) = drift() {
            // Captured by the test's harness, and shown with the failure.
            eprintln!("\nSince it was last accepted, the contract has changed:\n{drift}");
        }
    }
}
