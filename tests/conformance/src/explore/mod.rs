//! Random conversations with a target, against a model of the lifecycle.
//!
//! A conversation is drawn from the run's seed ([`plan`]), held ([`talk`]), and compared with what the [`model`] allows. One
//! that shows something for the first time is made as short as it still shows the same ([`search`]).

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
