//! The violations: each breaks the contract in one place, and names the rules that must notice.

mod auth;
mod body;
mod create;
mod error;
mod leak;
mod list;
mod neighbour;
mod odd;
mod page;
mod race;
mod read;
mod state;
mod success;
mod tenant;
mod values;

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

/// The areas, and the violations of each.
pub(crate) const AREAS: &[(&str, &[Violation])] = &[
    ("success", success::ALL),
    ("state", state::ALL),
    ("race", race::ALL),
    ("neighbour", neighbour::ALL),
    ("odd", odd::ALL),
    ("body", body::ALL),
    ("auth", auth::ALL),
    ("tenant", tenant::ALL),
    ("leak", leak::ALL),
    ("error", error::ALL),
    ("read", read::ALL),
    ("create", create::ALL),
    ("values", values::ALL),
    ("list", list::ALL),
    ("page", page::ALL),
];

/// Every violation, by area.
pub(crate) fn all() -> impl Iterator<Item = Violation> {
    AREAS.iter().flat_map(|(_, violations)| *violations).copied()
}

/// The act of the violation with this name.
pub(crate) fn act(name: &str) -> Act {
    all().find(|violation| violation.name == name).unwrap().act
}
