//! An outbox of cancellations: what was accepted is carried out, or parked for a person, whoever hangs up and however often the
//! process dies.
//!
//! A request to cancel is written down before it is accepted, and carried out by a task of its own ([`work`]), which takes what
//! is due, makes the call, and stores its [`SessionRecord`](zerogate::SessionRecord) together with what follows. What follows is
//! a match over [`NextStep`](zerogate::NextStep). Nothing else has to survive: a process that dies between the call and the
//! store leaves the row as it was, and the next one asks again, which is safe, because only an open session changes.
//!
//! One process at a time works on a database. For several, let a row be claimed with a lease longer than the deadline of a call.

mod api;
mod store;
mod worker;

pub use api::router;
pub use store::{Ask, Entry, State, Store, Then};
pub use worker::{Pace, work};
