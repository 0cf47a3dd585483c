//! The comparison of two contracts.

pub(crate) mod comparison;
pub(crate) mod moved_rules;
pub(crate) mod sunset;
