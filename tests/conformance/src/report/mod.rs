//! Reports: on a server, as consumers of the stream of events; and on what became of a contract.

mod document;
mod fan_out;
mod github;
mod headline;
mod json;
mod junit;
mod markdown;
mod record;
mod spec;
mod text;
mod wording;

pub use document::Document;
pub use fan_out::{Reports, ReportsError};
pub use headline::Headline;
pub use json::schema;
pub use spec::{Format, InvalidReportSpec, ReportSpec};
pub use text::{Styles, Text, build};

/// Reports on what became of a contract.
pub mod drift {
    pub use super::github::drift as github;
    pub use super::json::{SCHEMA, drift as json};
    pub use super::markdown::drift as markdown;
    pub use super::text::drift as text;
}
