//! The contract's operations, each with its builder, reached through [`Client::call`](crate::Client::call).
// Nothing here is written by hand.
#![allow(
    missing_docs,
    unreachable_patterns,
    unreachable_pub,
    unused_imports,
    clippy::all,
    clippy::unwrap_used,
    rustdoc::all,
    reason = "generated code"
)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
