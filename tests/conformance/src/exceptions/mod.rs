//! Lists of exceptions: known failures and ignored changes.

pub(crate) mod ignore;
pub(crate) mod known;
pub(crate) mod list;
