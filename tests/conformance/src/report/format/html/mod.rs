//! For a browser: one file, which asks for nothing else and has no script.
//!
//! Filters and the exchanges of a cell are a matter of style: what is chosen hides what does not belong to it. Every text is
//! escaped by the templates, and the file has a policy under which no script would run if one were there.

mod drift;
mod filter;
mod finding;
mod grade;
mod matrix;
mod page;
mod run;
mod text;
mod traffic;

pub(super) use drift::drift;
pub(super) use grade::grade;
pub(super) use run::run;
pub(super) use traffic::traffic;
