//! When a fault strikes.

use serde::{Deserialize, Serialize};

/// Whether the operation of a spoiled request is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The fault takes the place of the operation. (A delay stands before it.)
    #[default]
    Before,
    /// The operation is carried out, and then its response is replaced, cut, lost or held back.
    After,
}
