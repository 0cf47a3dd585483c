//! For a person at a terminal.

mod build;
mod drift;
mod run;

pub use build::build;
pub use drift::drift;
pub use run::Text;
