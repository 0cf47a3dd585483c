//! Reports on what became of a contract.

mod github;
mod json;
mod markdown;
mod phrase;
mod text;

pub use github::github;
pub use json::{SCHEMA, json};
pub use markdown::markdown;
pub use text::text;
