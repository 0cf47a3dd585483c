//! When a fault applies.

use serde::{Deserialize, Serialize};

/// Whether the operation of an affected request is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The fault replaces the operation. (A delay precedes it.)
    #[default]
    Before,
    /// The operation is carried out, and then its response is replaced, cut, lost or delayed.
    After,
}
