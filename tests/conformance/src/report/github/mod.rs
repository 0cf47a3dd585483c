//! For GitHub Actions, which makes annotations of it.

mod command;
mod drift;
mod run;

pub use drift::github as drift;
pub(super) use run::text;
