//! The meaning of a schema, however it is written.
//!
//! [`gather`] reads everything that describes a value, keyword by keyword, into a [`View`].

mod bound;
mod dependents;
mod gather;
mod keyword;
pub(crate) mod null;
mod said;
mod types;
mod view;

pub(crate) use bound::{At, Bound};
pub(crate) use dependents::as_dependents;
pub(crate) use gather::{UNDESCRIBED, gather, spelt_out, view};
pub(crate) use said::{Condition, Rest, Said, Union, allows_all, says_nothing};
pub(crate) use types::Types;
pub(crate) use view::{Doc, View};
