//! Faults: what they are, how they are written in JSON, which one is next, and what they do.

mod apply;
mod kind;
mod provoked;
mod queue;
mod wire;

pub(crate) use apply::{Outcome, apply};
pub use kind::{Alteration, Fault, FaultKind, When};
pub use provoked::PROVOKE;
pub(crate) use provoked::provoked;
pub use queue::ArmedFault;
pub(crate) use queue::Queue;
