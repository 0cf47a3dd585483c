//! What a response shows: how it fits the contract, how it differs from another, and what it gives away.

pub(crate) mod body;
pub(crate) mod contract;
pub(crate) mod coverage;
pub(crate) mod echo;
pub(crate) mod likeness;
pub(crate) mod plain;
