//! Constructs that are difficult for generators of OpenAPI clients, generated as in a user's build, and compiled. One
//! test is that this crate compiles; the other is that no value is lost. `constructs.yaml` has the constructs.
// Nothing else here is written by hand.
#![allow(
    dead_code,
    missing_docs,
    irrefutable_let_patterns,
    unreachable_patterns,
    unreachable_pub,
    unused_imports,
    clippy::all,
    clippy::unwrap_used,
    rustdoc::all,
    reason = "generated code"
)]

pub use zerogate::{ClientSecret, SessionId, Timestamp};

/// The data that generated clients carry.
#[derive(Clone, Debug)]
pub struct Call;

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod samples;

/// A schema of a construct that is a type.
#[cfg(test)]
struct Schema {
    construct: &'static str,
    component: &'static str,
    /// The document that the construct was generated from.
    document: &'static str,
    /// What is lost, according to the notes.
    lost: &'static [&'static str],
    /// Values to try besides those that the schema allows.
    values: &'static str,
    /// Decodes and encodes a value.
    round_trip: fn(serde_json::Value) -> Result<serde_json::Value, String>,
}

#[cfg(test)]
fn round_trip<T: serde::de::DeserializeOwned + serde::Serialize>(
    value: serde_json::Value,
) -> Result<serde_json::Value, String> {
    let read: T = serde_json::from_value(value).map_err(|error| error.to_string())?;
    serde_json::to_value(read).map_err(|error| error.to_string())
}

include!(concat!(env!("OUT_DIR"), "/constructs.rs"));
