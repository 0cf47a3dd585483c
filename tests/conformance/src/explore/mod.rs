//! Random sequences with a target, against a model of the lifecycle.
//!
//! A sequence is drawn from the run's seed ([`plan`]), held ([`talk`]), and compared with what the [`model`]
//! allows. One that shows a new failure is shortened while it still fails in the same way ([`search`]).

mod checks;
mod model;
mod plan;
mod search;
mod states;
mod talk;
mod trace;

pub(crate) use checks::CHECKS;
pub use checks::Check;
pub(crate) use search::explore;
pub use search::{Exploration, Explored};
