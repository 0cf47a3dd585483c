//! The contract's data types.
//!
//! Structs and enums are `#[non_exhaustive]`: a contract that adds a field or a value breaks no code. A string enum takes
//! any string; one that the contract does not name is its `Unknown` variant, which keeps the text.
//!
//! `Debug` shows every field but a client secret: of a session that includes wallet, reference and metadata, so log its id
//! and status instead. A number in `metadata` that fits neither 64 bits nor a double is rounded to a double.
// Nothing here is written by hand.
#![allow(
    missing_docs,
    irrefutable_let_patterns,
    unreachable_pub,
    unused_imports,
    clippy::all,
    clippy::unwrap_used,
    rustdoc::all,
    reason = "generated code"
)]

include!(concat!(env!("OUT_DIR"), "/types.rs"));
