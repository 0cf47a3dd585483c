//! Reports: on a server, as consumers of the stream of events; and on what became of a contract.
//!
//! `format` is the table of formats, `wording` what all of them say; `fan_out` writes several reports of one run. Whatever
//! is written goes through `inert`.

mod document;
mod fan_out;
mod format;
mod headline;
mod inert;
mod outcome;
mod record;
mod spec;
mod style;
mod wording;

pub use fan_out::{Reports, ReportsError, TrafficReports};
pub use format::{
    DriftFormat, Format, RunFormat, Text, UnknownFormat, build, drift_schema, drift_text, run_schema, traffic_schema,
};
pub use headline::headline;
pub(crate) use inert::Inert;
pub use spec::{InvalidReportSpec, ReportSpec};
pub use style::Styles;
