//! The kinds of change: one row each. Code branches only on its columns.
//!
//! [`contract`] has the kinds for everything but schemas, [`families`] those for schemas: one for each place that a
//! schema can describe.

pub(crate) mod contract;
pub(crate) mod families;
pub(crate) mod family;
mod row;
mod table;

pub(crate) use contract::kind;
pub(crate) use families::family;
pub(crate) use family::{Family, Flavour, Subject};
pub use row::{Action, Area, Kind};
pub(crate) use row::{Effect, Level};
pub use table::KINDS;
