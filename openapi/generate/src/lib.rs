//! Turns a contract into the source text of its client.
//!
//! Each module uses those above it:
//!
//! - [`BINDINGS`] and [`HOST_TYPES`]: what the hand-written code of the crate `zerogate` needs of a contract, and what
//!   generated code finds in that crate.
//! - `fit`: constructs, and what is done about each: taken, reworked with a note, left out, or refused. [`check`] tells
//!   what is wrong or beyond the generator, without doing anything about it.
//! - `design`: what the bindings ask for by design, such as open enums and kept texts.
//! - [`lower`]: the two in turn, and what they come to for each operation.
//! - [`generate`]: progenitor, and what has to be done to its output.
//! - [`build`]: all of it, as the build of the bindings does it.

mod bindings;
mod build;
mod design;
mod fit;
mod generate;
mod lower;

pub use bindings::{BINDINGS, HOST_TYPES, HostTypes, RequiredField, RequiredSchema, Requirement, missing};
pub use build::{Build, build, forecast};
pub use fit::{Skipped, check};
pub use generate::{GENERATOR_THREAD, Generated, Line, LineKind, Surface, generate, leave_differing, surface};
pub use lower::{Fate, Lowered, lower};
