//! The report for a program.

mod document;
mod drift;
mod fill;

use std::io;

use schemars::generate::SchemaSettings;

use super::record::Told;
use document::Report;
pub use drift::{SCHEMA, json as drift};

/// The JSON Schema of the report for a program, as text. It is also `schemas/conform.schema.json`.
///
/// ```
/// let schema: serde_json::Value = serde_json::from_str(&zerogate_conformance::report::schema())?;
/// assert_eq!(schema["properties"]["schema_version"]["const"], 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report<'_>>();
    format!("{:#}\n", schema.as_value())
}

pub(super) fn text(told: &Told) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(&Report::of(told))? + "\n")
}
