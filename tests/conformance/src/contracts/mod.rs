//! The comparison of two contracts, and the import of a vendor's contract.

pub(crate) mod comparison;
pub(crate) mod import;
pub(crate) mod moved_rules;
pub(crate) mod sunset;
pub(crate) mod workspace;
