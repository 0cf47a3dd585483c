//! Turns a contract into the source text of its client.
//!
//! - [`check`]: everything that is wrong with a contract, or beyond the generator.
//! - [`lower`]: what is beyond the generator worked round or left out, and what the design of the bindings asks for.
//! - [`generate`]: progenitor, and what has to be done to its output.
//! - [`BINDINGS`] and [`EDGE`]: what the hand-written code of the crate `zerogate` needs of a contract, and what
//!   generated code needs of that crate.

mod check;
mod generate;
mod lower;
mod requirement;

pub use check::check;
pub use generate::{Edge, Generated, generate};
pub use lower::{Fate, Lowered, Skipped, lower};
pub use requirement::{BINDINGS, EDGE, RequiredField, RequiredSchema, Requirement, missing};
