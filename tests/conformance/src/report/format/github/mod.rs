//! For GitHub Actions, which makes annotations of it.

mod annotation;
mod drift;
mod run;
mod traffic;

pub(super) use drift::drift;
pub(super) use run::run;
pub(super) use traffic::traffic;
