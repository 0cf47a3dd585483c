//! An outbox of cancellations: every accepted cancellation is carried out, or flagged for manual review, even if
//! connections drop or the process dies.
//!
//! A request to cancel is stored before it is accepted. A separate task ([`work`]) takes the rows that are due, makes
//! the call, and stores its [`SessionRecord`](zerogate::SessionRecord) together with the next step, which comes from a
//! match over [`NextStep`](zerogate::NextStep). Nothing else has to survive: if the process dies between the call and
//! the store, the row is unchanged, and the next process sends the request again. That is safe, because only an open
//! session changes.
//!
//! Only one process at a time works on a database. For several, have each claim a row with a lease that is longer than
//! the deadline of a call.

mod api;
mod store;
mod worker;

pub use api::router;
pub use store::{Ask, Entry, State, Store, Then};
pub use worker::{Pace, work};
