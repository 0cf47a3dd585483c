//! Compares two schemas by their meaning.
//!
//! [`judge`] takes the meaning of both sides, and returns the differences and the pairs of schemas below.

mod alike;
mod as_text;
mod as_written;
mod branches;
mod compared;
mod composition;
mod condition;
mod constraint;
mod describing;
mod discriminator;
mod heirs;
mod includes;
mod judge;
mod limit;
mod lists;
mod moved;
mod nested;
mod outline;
mod overlap;
mod property;
mod rest;
mod text;
mod type_names;
mod types;
mod values;
mod wrapping;

pub(crate) use as_written::OPAQUE;
pub(crate) use judge::{Judged, judge};
pub(crate) use type_names::Naming;
