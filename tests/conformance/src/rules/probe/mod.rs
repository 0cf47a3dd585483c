//! One function a rule: what it asks of what was seen.

pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod error;
pub(crate) mod list;
pub(crate) mod met;
pub(crate) mod neighbour;
pub(crate) mod odd;
pub(crate) mod race;
pub(crate) mod retrieve;
pub(crate) mod session;
pub(crate) mod state;
pub(crate) mod tenant;

mod apart;
mod refusal;
mod unchanged;
