//! Two contracts compared, and a vendor's contract taken in.

pub(crate) mod comparison;
pub(crate) mod import;
pub(crate) mod moved_rules;
pub(crate) mod sunset;
pub(crate) mod workspace;
