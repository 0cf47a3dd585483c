//! Judges recorded traffic by a contract.

pub(crate) mod body;
pub(crate) mod check;
pub(crate) mod entry;
pub(crate) mod goal;
pub(crate) mod har;
pub(crate) mod loose;
pub(crate) mod recorder;
pub(crate) mod stream;
pub(crate) mod traffic;
pub(crate) mod written;
