//! Tests what the suite finds, what it accepts, and how the command behaves.

#![expect(clippy::unwrap_used, reason = "what cannot be arranged fails the test")]

#[path = "../../../integration/accepted.rs"]
mod accepted;
mod check;
mod command;
mod creations;
mod derived_schema;
mod determinism;
mod diff;
#[cfg(unix)]
mod docs;
mod drift;
mod emulate;
mod explore;
mod fixtures;
mod grade;
mod harmless;
mod hostile;
mod import;
mod inert;
#[cfg(unix)]
mod interrupted;
mod known_failures;
mod markup;
mod matrix;
mod moved_rules;
mod numbers;
mod policy;
mod proxy;
mod recording;
mod recordings;
mod relayed;
mod replay;
mod report;
mod report_command;
mod reports;
mod run;
mod schema;
mod secrets;
mod snapshot;
mod throttled;
mod tls;
mod violation;

/// The contract that tests edit: not the build's, which may be a vendor's.
const CONTRACT: &str = include_str!("../../../../openapi/generate/tests/intake/gate-3.0.yaml");
