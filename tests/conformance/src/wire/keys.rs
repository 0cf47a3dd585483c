//! The keys that the suite holds.

use std::fmt;

/// Which of a target's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Role {
    /// The secret key of the partner that the suite acts for.
    Partner,
    /// The secret key of another partner.
    OtherPartner,
    /// A publishable key of the partner: it is for browsers, and calls none of these operations.
    Publishable,
    /// A secret key of the partner for live sessions, where its other key is for test sessions.
    Live,
}

impl Role {
    /// What stands for the key wherever a request is shown: a variable of the shell.
    pub(crate) fn placeholder(self) -> &'static str {
        match self {
            Self::Partner => "$GATE_KEY",
            Self::OtherPartner => "$GATE_OTHER_KEY",
            Self::Publishable => "$GATE_PUBLISHABLE_KEY",
            Self::Live => "$GATE_LIVE_KEY",
        }
    }

    /// The name of that variable.
    pub(crate) fn variable(self) -> &'static str {
        self.placeholder().trim_start_matches('$')
    }
}

/// A key. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([redacted])")
    }
}
