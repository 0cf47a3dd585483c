//! Reports: on a run, as consumers of the stream of events; on changes of a contract; and on recordings.
//!
//! `format` is the table of formats, `wording` the text that they share, and `fan_out` writes several reports of one
//! run. All output goes through `inert`.

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

pub use fan_out::{DriftReports, Reports, ReportsError, TrafficReports, WholeReports};
pub use format::{
    DriftFormat, DriftWriter, Format, RunFormat, RunWriter, Text, UnknownFormat, Writer, build, drift_schema,
    drift_text, grade_schema, run_schema, traffic_schema,
};
pub use headline::headline;
pub(crate) use inert::Inert;
pub use spec::{InvalidReportSpec, ReportSpec};
pub use style::Styles;
pub(crate) use wording::run::counted;
