//! What a response shows: how it fits the contract, how it differs from another, and whether it leaks a key.

pub(crate) mod body;
pub(crate) mod contract;
pub(crate) mod coverage;
pub(crate) mod key_leak;
pub(crate) mod normalize;
pub(crate) mod page;
pub(crate) mod response_diff;
