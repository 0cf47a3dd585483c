//! For a comment on a pull request, or a job summary.

mod drift;
mod escape;
mod run;

pub(super) use drift::drift;
pub(super) use run::run;
