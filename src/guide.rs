//! Step by step: from the first call to a service in production.
//!
//! | you want to | read |
//! |---|---|
//! | cancel sessions from a Rust service | [`integrate`] |
//! | lose no cancellation, even in a crash | [`outbox`] |
//! | know what to log, keep and do on each outcome | [`operate`] |
//! | test your service without an account | [`test_your_service`] |
//! | update to a new version of the vendor's contract | [`update_the_contract`] |
//! | check a server in every pipeline | [`gate_your_ci`] |
//! | check recorded or live traffic | [`check_recorded_traffic`] |
//! | check a client in any language | [`grade_a_client`] |
//!
//! Install the command `zerogate` from a checkout of this project with
//! `cargo install --locked --path tests/conformance`, or use `cargo run --` there instead.

/// Cancel a session from a Rust service.
#[doc = include_str!("guide/integrate.md")]
pub mod integrate {}

/// Carry out every cancellation that you accepted.
#[doc = include_str!("guide/outbox.md")]
pub mod outbox {}

/// What to log, what to keep, and what to do on each outcome.
#[doc = include_str!("guide/operate.md")]
pub mod operate {}

/// Test your service against a server in memory, with faults.
#[doc = include_str!("guide/test-your-service.md")]
pub mod test_your_service {}

/// Update to a new version of the contract.
#[doc = include_str!("guide/update-the-contract.md")]
pub mod update_the_contract {}

/// Check a server in every pipeline.
#[doc = include_str!("guide/gate-your-ci.md")]
pub mod gate_your_ci {}

/// Check recorded or live traffic.
#[doc = include_str!("guide/check-recorded-traffic.md")]
pub mod check_recorded_traffic {}

/// Check a client in any language.
#[doc = include_str!("guide/grade-a-client.md")]
pub mod grade_a_client {}
