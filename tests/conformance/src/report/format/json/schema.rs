//! JSON Schemas of reports.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// The JSON Schema of a report, generated from its type, as text.
pub(super) fn schema<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    format!("{:#}\n", schema.as_value())
}
