//! For GitHub Actions, which makes annotations of it.

mod annotation;
mod drift;
mod run;

pub(super) use drift::drift;
pub(super) use run::run;
