//! The keys that the suite holds.

use std::fmt;

use zerogate_contract::KEY_PREFIXES;

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

/// How a secret key, a publishable key and a webhook's secret begin.
const FAMILIES: [&str; 3] = [SECRET, "pk_", "whsec_"];
const SECRET: &str = "sk_";

const TEST: &str = "sk_test_";
const LIVE: &str = "sk_live_";

/// Whether a text begins as a key does.
pub(crate) fn is_key(text: &str) -> bool {
    FAMILIES.iter().any(|family| text.starts_with(family))
}

/// What tells the kind of a key, such as `sk_test_`.
pub(crate) fn kind(key: &str) -> &'static str {
    let mut kinds = KEY_PREFIXES.into_iter().chain([SECRET]);
    kinds.find(|kind| key.starts_with(kind)).unwrap_or_default()
}

/// What tells the other kind.
pub(crate) fn other_kind(key: &str) -> &'static str {
    if key.starts_with(TEST) { LIVE } else { TEST }
}

/// A key. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.0.starts_with(SECRET)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.0.starts_with(LIVE)
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
