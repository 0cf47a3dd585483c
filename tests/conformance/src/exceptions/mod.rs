//! Lists of exceptions that somebody keeps: known failures, and changes that are ignored.

pub(crate) mod ignore;
pub(crate) mod known;
pub(crate) mod list;
