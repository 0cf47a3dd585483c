//! Sets of session states.

use std::fmt;

/// A set of states.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct States(u8);

/// The states and their names in the API.
const NAMES: [(States, &str); 4] = [
    (States::OPEN, "open"),
    (States::COMPLETED, "completed"),
    (States::EXPIRED, "expired"),
    (States::CANCELLED, "cancelled"),
];

impl States {
    pub(super) const OPEN: Self = Self(1);
    const COMPLETED: Self = Self(2);
    const EXPIRED: Self = Self(4);
    pub(super) const CANCELLED: Self = Self(8);

    /// The state with this name, if it is known.
    pub(super) fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }

    /// Whether these states include all of those.
    pub(super) fn has(self, those: Self) -> bool {
        self.0 & those.0 == those.0
    }

    pub(super) fn or(self, those: Self) -> Self {
        Self(self.0 | those.0)
    }

    pub(super) fn without(self, those: Self) -> Self {
        Self(self.0 & !those.0)
    }

    /// These, and what an open session may become without a request.
    pub(super) fn by_itself(self) -> Self {
        if self.has(Self::OPEN) { self.or(Self::COMPLETED).or(Self::EXPIRED) } else { self }
    }
}

impl fmt::Display for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            NAMES.iter().filter(|(state, _)| self.has(*state)).map(|(_, name)| format!("`{name}`")).collect();
        f.write_str(&names.join(" or "))
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
