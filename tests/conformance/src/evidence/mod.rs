//! Examines responses: whether they fit the contract, how they differ from others, and whether they leak a key.

pub(crate) mod body;
pub(crate) mod contract;
pub(crate) mod coverage;
pub(crate) mod key_leak;
pub(crate) mod normalize;
pub(crate) mod page;
pub(crate) mod response_diff;
