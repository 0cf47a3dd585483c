//! How things are put in words, in every report that a person reads.

pub(super) mod drift;
pub(super) mod run;
pub(super) mod traffic;
