//! Tests of recorded traffic: recorders, violations, and files that are not recordings.

mod bad_input;
mod bodies;
mod command;
pub(crate) mod conversation;
pub(crate) mod recorders;
pub(crate) mod violations;

use std::sync::LazyLock;

use serde_json::Value;
use zerogate_conformance::{Check, CheckOptions, KnownFailures, Level, Traffic};
use zerogate_contract::Document;
use zerogate_judge::Judge;

use crate::CONTRACT;

pub(crate) fn options() -> CheckOptions {
    CheckOptions {
        only: [].into(),
        skip: [].into(),
        level: Level::Should,
        known: KnownFailures::default(),
        goals: Vec::new(),
    }
}

static JUDGE: LazyLock<Judge> = LazyLock::new(|| Judge::of(Document::parse("gate-v1.yaml", CONTRACT).unwrap()));

/// Judges a recording with this text.
pub(crate) fn checked(har: &[u8], options: &CheckOptions) -> Traffic {
    let mut check = Check::new(&JUDGE, options);
    check.file("a.har", har, None, &mut |_| ());
    check.finish("2026-11-29".parse().unwrap())
}

fn judged(har: &Value) -> Traffic {
    checked(har.to_string().as_bytes(), &options())
}

/// The kinds of the findings.
pub(crate) fn kinds(traffic: &Traffic) -> Vec<String> {
    traffic.faults.iter().map(|fault| fault.kind.to_string()).collect()
}
