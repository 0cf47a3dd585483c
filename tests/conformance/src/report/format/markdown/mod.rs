//! Reports for a comment on a pull request or a job summary, as Markdown.

mod drift;
mod escape;
mod grade;
mod page;
mod run;
mod traffic;

pub(super) use drift::drift;
pub(super) use grade::grade;
pub(super) use run::run;
pub(super) use traffic::traffic;
