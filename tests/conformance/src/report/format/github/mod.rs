//! For GitHub Actions, which makes annotations of it.

mod command;
mod drift;
mod run;

pub(super) use drift::drift;
pub(super) use run::run;
