//! The kinds of change: a row each, whose columns are all that code may branch on.
//!
//! [`contract`] has the kinds that stand for themselves, [`family`] those of schemas: one for each place that a schema
//! can describe.

pub(crate) mod contract;
pub(crate) mod family;
mod row;
mod table;

pub(crate) use contract::kind;
pub(crate) use family::{Family, Flavour, Subject, family};
pub use row::{Action, Area, Kind};
pub(crate) use row::{Effect, Level};
pub use table::KINDS;
