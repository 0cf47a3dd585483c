//! The names that generated code has, as the check of names makes them.

pub(super) use crate::check::{pascal, snake};
