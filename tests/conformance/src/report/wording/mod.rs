//! The wording that all reports for people share.

pub(super) mod drift;
pub(super) mod grade;
pub(super) mod obstacles;
pub(super) mod run;
pub(super) mod traffic;
