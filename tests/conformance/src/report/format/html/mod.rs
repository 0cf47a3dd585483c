//! Reports for a browser: one file, which loads nothing and has no script.
//!
//! Filters and the exchanges of a cell are CSS, which hides what the choice excludes. The templates escape every text,
//! and the file's policy allows no script.

mod drift;
mod filter;
mod finding;
mod grade;
mod matrix;
mod page;
mod run;
mod text;
mod tone;
mod traffic;

pub(super) use drift::drift;
pub(super) use grade::grade;
pub(super) use run::run;
pub(super) use traffic::traffic;
