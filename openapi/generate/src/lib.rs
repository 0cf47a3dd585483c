//! Generates the source text of a contract's client.
//!
//! Each module uses those above it:
//!
//! - [`BINDINGS`] and [`HOST_TYPES`]: what the hand-written code of the crate `zerogate` needs of a contract, and what
//!   it provides to generated code.
//! - `fit`: decides for each construct whether it is used, rewritten with a note, omitted, or rejected. [`check`] only
//!   reports what is wrong or unsupported.
//! - `design`: what the bindings require by design, such as open enums and timestamps that keep their text.
//! - [`lower`]: applies both, and works out the consequences for each operation.
//! - [`generate`]: runs progenitor, and rewrites its output.
//! - [`build`]: all of this, as the build of the bindings does it.

mod bindings;
mod build;
mod design;
mod fit;
mod generate;
mod lower;

pub use bindings::{BINDINGS, HOST_TYPES, HostTypes, RequiredField, RequiredSchema, Requirement, missing};
pub use build::{Build, Forecast, build, forecast};
pub use fit::{Skipped, check};
pub use generate::{GENERATOR_THREAD, Generated, Line, LineKind, Surface, Took, generate, leave_differing, surface};
pub use lower::{Fate, Lowered, lower};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
