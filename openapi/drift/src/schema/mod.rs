//! Compares two schemas by what they mean.
//!
//! [`judge`] gets what both sides mean, and gives back what it found and the pairs of schemas below.

mod alike;
mod as_text;
mod as_written;
mod branches;
mod compared;
mod composition;
mod condition;
mod constraint;
mod discriminator;
mod heirs;
mod judge;
mod limit;
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
