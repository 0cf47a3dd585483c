//! The violations: each breaks the contract in one place, and names the rules that must notice.

mod auth;
mod error;
mod read;
mod state;
mod success;
mod tenant;

use crate::proxy::Act;

/// One deliberate violation of the contract.
#[derive(Clone, Copy)]
pub(crate) struct Violation {
    pub(crate) name: &'static str,
    /// Every rule that it breaks, and no other.
    pub(crate) breaks: &'static [&'static str],
    pub(crate) act: Act,
}

const fn violation(name: &'static str, breaks: &'static [&'static str], act: Act) -> Violation {
    Violation { name, breaks, act }
}

/// Every violation, area by area.
pub(crate) fn all() -> impl Iterator<Item = Violation> {
    [success::ALL, state::ALL, auth::ALL, tenant::ALL, error::ALL, read::ALL].into_iter().flatten().copied()
}
