//! The rules: their files, their probes, and the verdicts.

pub(crate) mod contract_ref;
pub(crate) mod probe;
pub(crate) mod registry;
pub(crate) mod rule;
pub(crate) mod verdict;
