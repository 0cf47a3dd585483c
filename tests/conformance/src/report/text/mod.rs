//! For a person at a terminal.

mod build;
mod drift;
mod run;
mod style;

pub use build::build;
pub use drift::drift;
pub use run::Text;
pub use style::Styles;
