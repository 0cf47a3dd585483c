//! The contract's data types.
//!
//! Structs and enums are `#[non_exhaustive]`, so that new fields and values in the contract break no code. String enums
//! accept any string: values that are not in the contract become the variant `Unknown`, which keeps the text.
//!
//! `Debug` shows every field except a client secret: for a session that includes its wallet, reference and metadata, so
//! log its id and status instead. A number in `metadata` that fits neither 64 bits nor a double is rounded to a double.
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
