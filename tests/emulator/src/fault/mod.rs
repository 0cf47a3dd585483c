//! Faults: their kinds, their JSON, their queue, and their effect.

mod apply;
mod armed;
mod fields;
mod kind;
mod provoked;
mod queue;
mod when;

pub(crate) use apply::{Outcome, apply};
pub use armed::{ArmedFault, Fault};
pub(crate) use fields::Fields;
pub use kind::{Alteration, FaultKind};
pub use provoked::PROVOKE;
pub(crate) use provoked::provoked;
pub(crate) use queue::Queue;
pub use when::When;
