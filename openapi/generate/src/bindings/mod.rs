//! What the bindings need of a contract, and what they provide to the code generated from it.

mod host_types;
mod judge;
mod requirement;
mod zerogate;

pub use host_types::HostTypes;
pub use judge::missing;
pub use requirement::{RequiredField, RequiredSchema, Requirement};
pub use zerogate::{BINDINGS, HOST_TYPES};
