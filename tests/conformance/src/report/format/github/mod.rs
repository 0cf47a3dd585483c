//! Reports for GitHub Actions, as annotations.

mod annotation;
mod drift;
mod grade;
mod run;
mod traffic;

pub(super) use drift::drift;
pub(super) use grade::grade;
pub(super) use run::run;
pub(super) use traffic::traffic;
