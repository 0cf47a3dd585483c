//! For a comment on a pull request, or a job summary.

mod drift;
mod escape;
mod run;

pub use drift::markdown as drift;
pub(super) use run::text;
