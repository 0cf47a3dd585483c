//! The API under `/v1`: one pipeline, one file an operation.

mod cancel;
mod create;
mod exchange;
mod list;
mod retrieve;
mod route;

pub(crate) use exchange::{ReadBody, serve};
