//! Compares two schemas by what they mean.
//!
//! [`judge`] gets what both sides mean, and gives back what it found and the pairs of schemas below.

mod alike;
mod as_text;
mod as_written;
mod compared;
mod composition;
mod condition;
mod constraint;
mod judge;
mod limit;
mod property;
mod rest;
mod text;
mod type_names;
mod types;
mod values;

pub(crate) use as_written::OPAQUE;
pub(crate) use judge::{Judged, judge};
pub(crate) use type_names::Naming;
