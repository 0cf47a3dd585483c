//! Where targets are tried out.
//!
//! The [`core`](self::core) is a target, the way to it, and a log of what was seen. Beside it stand the observations: each is
//! a function that makes one, and that is made once, when the first rule asks for it. A rule is no more than a question to
//! what was seen.

pub(crate) mod attempt;
pub(crate) mod call_log;
pub(crate) mod contents;
pub(crate) mod core;
pub(crate) mod creations;
pub(crate) mod errors;
pub(crate) mod fixtures;
mod ids;
pub(crate) mod listing;
mod memo;
pub(crate) mod methods;
pub(crate) mod neighbours;
pub(crate) mod observation;
pub(crate) mod obstacle;
pub(crate) mod odd;
mod patience;
pub(crate) mod race;
pub(crate) mod reading;
pub(crate) mod refusals;
mod session_pool;
pub(crate) mod sessions;
pub(crate) mod situation;
pub(crate) mod strangers;
pub(crate) mod target;
mod trial;
pub(crate) mod watch;
