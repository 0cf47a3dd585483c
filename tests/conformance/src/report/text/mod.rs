//! For a person at a terminal.

mod build;
mod drift;
mod run;
mod style;

pub use build::text as build;
pub use drift::text as drift;
pub use run::Text;
pub use style::Styles;
