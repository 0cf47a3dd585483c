//! The meaning of a schema, however it is written.
//!
//! [`gather`] reads everything that describes a value, keyword by keyword, into a [`View`].

mod gather;
mod keyword;
mod types;
mod view;

pub(crate) use gather::{gather, spelt_out, view};
pub(crate) use types::Types;
pub(crate) use view::{At, Bound, Condition, Doc, Rest, Union, View, says_nothing};
