//! Reports: on a server, as consumers of the stream of events; and on what became of a contract.
//!
//! `format` is the table of formats. Each has a module of its own, which escapes what others supply in its own way; `wording`
//! is what all of them say.

mod document;
mod fan_out;
mod format;
mod github;
mod headline;
mod json;
mod junit;
mod markdown;
mod outcome;
mod record;
mod spec;
mod style;
mod text;
mod wording;

pub use fan_out::{Reports, ReportsError};
pub use format::{DriftFormat, Format, RunFormat, UnknownFormat};
pub use headline::headline;
pub use json::{drift_schema, run_schema};
pub use spec::{InvalidReportSpec, ReportSpec};
pub use style::Styles;
pub use text::{Text, build, drift as drift_text};
