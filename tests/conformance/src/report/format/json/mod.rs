//! Reports for programs, as JSON.

mod drift;
mod grade;
mod run;
mod schema;
mod traffic;

pub(super) use drift::drift;
pub use drift::drift_schema;
pub(super) use grade::grade;
pub use grade::grade_schema;
pub(super) use run::run;
pub use run::run_schema;
pub(in crate::report) use traffic::traffic;
pub use traffic::traffic_schema;
