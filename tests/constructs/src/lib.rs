//! What generators of OpenAPI clients trip on, generated as a user's build does it, and compiled. There is nothing to run:
//! that this crate compiles is the test. `constructs.yaml` has the constructs.
// Nothing else here is written by hand.
#![allow(
    dead_code,
    missing_docs,
    irrefutable_let_patterns,
    unreachable_pub,
    unused_imports,
    clippy::all,
    clippy::unwrap_used,
    rustdoc::all,
    reason = "generated code"
)]

pub use zerogate::{ClientSecret, SessionId, Timestamp};

/// What generated clients carry.
#[derive(Clone, Debug)]
pub struct Call;

include!(concat!(env!("OUT_DIR"), "/constructs.rs"));
