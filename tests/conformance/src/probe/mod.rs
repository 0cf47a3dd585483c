//! One function a rule: what it asks of what was seen.

pub(crate) mod auth;
pub(crate) mod cancel;
pub(crate) mod error;
pub(crate) mod met;
pub(crate) mod retrieve;
pub(crate) mod session;
pub(crate) mod state;
pub(crate) mod tenant;

mod apart;
mod refusal;
mod unchanged;
