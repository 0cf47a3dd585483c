//! Reports: on a server, as consumers of the stream of events; and on what became of a contract.

mod document;
pub mod drift;
mod github;
mod headline;
mod json;
mod junit;
pub mod lowering;
mod many;
mod markdown;
mod markup;
mod phrase;
mod spec;
mod style;
mod text;
mod told;
mod workflow;

pub use document::Document;
pub use headline::Headline;
pub use json::schema;
pub use many::{Reports, ReportsError};
pub use spec::{Format, InvalidReportSpec, ReportSpec};
pub use style::Styles;
pub use text::Text;
