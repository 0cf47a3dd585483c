//! The API under `/v1`: one pipeline, and one file per operation.

mod cancel;
mod create;
mod exchange;
mod list;
mod retrieve;
mod route;
mod success;

pub(crate) use exchange::serve;
